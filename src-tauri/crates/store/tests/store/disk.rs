//! Disks that are full, failing or not writable.

use std::{fs, path::Path};

use ccc_store::{
    Db, Error,
    tables::{settings, turns},
};

use crate::common::{Place, assert_sound, at, create, fill, profile, put, setting, setting_names};

/// Stores 16 KiB rows until one fails; the names of those acknowledged, and the failure.
fn fill_up(db: &Db) -> (Vec<String>, Error) {
    let mut kept = Vec::new();
    loop {
        let name = format!("{:05}", kept.len());
        let row = setting(&name, &[7; 16 * 1024]);
        match db.write(move |connection| settings::put(connection, &row)) {
            Ok(()) => kept.push(name),
            Err(error) => return (kept, error),
        }
        assert!(kept.len() < 10_000, "160 MiB fit on a disk that was to be small");
    }
}

/// Fills up `db`, makes room and goes on; returns what stopped it.
fn stopped_and_resumed(db: &Db, path: &Path, make_room: impl FnOnce()) -> Error {
    fill(db, 20);
    let (mut kept, error) = fill_up(db);
    assert!(kept.len() > 3, "{kept:?} before {error}");
    assert_eq!(
        setting_names(db),
        kept,
        "what was acknowledged is readable while the disk is full"
    );
    assert!(matches!(db.read(turns::count), Ok(20)));
    make_room();
    let row = setting("resumed", &[8; 16 * 1024]);
    db.write(move |connection| settings::put(connection, &row)).unwrap();
    kept.push("resumed".to_owned());
    assert_eq!(setting_names(db), kept);
    let again = Db::open(path).unwrap();
    assert_eq!(setting_names(&again), kept, "another connection sees the same");
    error
}

/// SQLite's own limit on the file, which is everywhere: the same error as that of a full disk.
#[test]
fn a_file_that_may_not_grow_keeps_its_rows_and_takes_new_ones_once_it_may() {
    let place = Place::empty();
    let db = create(&place.path);
    let limit = |sql: &'static str| {
        db.write(move |connection| -> Result<i64, Error> { Ok(connection.query_row(sql, [], |row| row.get(0))?) })
            .unwrap()
    };
    limit("PRAGMA max_page_count = 200");
    let stopped = stopped_and_resumed(&db, &place.path, || {
        limit("PRAGMA max_page_count = 4000");
    });
    assert!(matches!(stopped, Error::DiskFull), "{stopped:?}");
    db.close().unwrap();
    assert_sound(&place.path);
}

#[test]
fn below_a_file_nothing_can_be_made() {
    let place = Place::empty();
    let file = place.directory.path().join("file");
    fs::write(&file, b"in the way").unwrap();
    let refused = Db::create(&file.join("data.ccc"), profile(), at(1)).err();
    assert!(matches!(refused, Some(Error::NotWritable)), "{refused:?}");
    assert_eq!(place.names(), ["file"]);
}

#[test]
fn in_a_missing_directory_nothing_can_be_made() {
    let place = Place::empty();
    let refused = Db::create(&place.directory.path().join("gone/data.ccc"), profile(), at(1)).err();
    assert!(matches!(refused, Some(Error::NotWritable)), "{refused:?}");
    assert_eq!(place.names(), Vec::<String>::new());
}

#[cfg(target_os = "linux")]
mod linux {
    use std::process::{Command, Output, id};

    use ccc_store::open;

    use super::*;
    use crate::common::{bytes, child, content, role, with_second};

    /// A shell in a mount namespace of its own, with a small empty file system over the directory `$0`.
    const SMALL_DISK: &str = r#"mount -t tmpfs -o size=3m,mode=700 none "$0" && exec "$@""#;
    /// A shell in which writing past the file size limit is an error and not a signal.
    const SIZE_LIMIT: &str = "trap '' XFSZ; exec \"$@\"";

    /// Whether this user may mount in a namespace; some systems forbid it to all but root.
    fn can_mount() -> bool {
        let probe = Place::empty();
        [["-m", "--"], ["-rm", "--"]].iter().any(|flags| {
            Command::new("unshare")
                .args(flags)
                .args(["sh", "-c", SMALL_DISK])
                .arg(probe.directory.path())
                .arg("true")
                .status()
                .is_ok_and(|status| status.success())
        })
    }

    fn namespace_flag() -> &'static str {
        let root = Command::new("id").arg("-u").output().unwrap();
        if root.stdout == b"0\n" { "-m" } else { "-rm" }
    }

    fn assert_passed(output: &Output) {
        assert!(
            output.status.success(),
            "the child failed:\n{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("1 passed"), "the child ran its test: {said}");
    }

    /// Runs the test as a child on a disk of 3 MiB or, where that cannot be had, under a file size limit.
    fn run_confined(test: &str) {
        let place = Place::empty();
        let directory = place.directory.path();
        let text = directory.to_str().unwrap();
        let (part, shell) = if can_mount() {
            (
                "disk",
                vec!["unshare", namespace_flag(), "--", "sh", "-c", SMALL_DISK, text],
            )
        } else {
            ("limit", vec!["sh", "-c", SIZE_LIMIT, "sh"])
        };
        assert_passed(&child(test, part, directory, &shell).output().unwrap());
    }

    fn limit_file_size(to: &str) {
        let set = Command::new("prlimit")
            .args([format!("--pid={}", id()), format!("--fsize={to}:")])
            .status()
            .unwrap();
        assert!(set.success());
    }

    fn remount(directory: &Path, how: &str) {
        let done = Command::new("mount").args(["-o", how]).arg(directory).status().unwrap();
        assert!(done.success());
    }

    fn ballast(directory: &Path, bytes: usize) -> std::path::PathBuf {
        let ballast = directory.join("ballast");
        fs::write(&ballast, vec![1; bytes]).unwrap();
        ballast
    }

    #[test]
    fn a_full_disk_loses_nothing_and_writing_goes_on_once_there_is_room() {
        const TEST: &str = "disk::linux::a_full_disk_loses_nothing_and_writing_goes_on_once_there_is_room";
        let Some((part, directory)) = role() else {
            return run_confined(TEST);
        };
        let path = directory.join("data.ccc");
        let db = create(&path);
        let stopped = if part == "disk" {
            let ballast = ballast(&directory, 512 * 1024);
            stopped_and_resumed(&db, &path, || fs::remove_file(ballast).unwrap())
        } else {
            limit_file_size("2000000");
            stopped_and_resumed(&db, &path, || limit_file_size("unlimited"))
        };
        let expected = if part == "disk" { Error::DiskFull } else { Error::Io };
        assert_eq!(stopped.to_string(), expected.to_string());
        let rows = setting_names(&db);
        let closed = db.close();
        if part == "disk" {
            assert!(
                matches!(closed, Err(Error::DiskFull)),
                "room for a row, not for the log to be folded in: {closed:?}"
            );
            remount(&directory, "remount,size=16m");
        } else {
            closed.unwrap();
        }
        let db = Db::open(&path).unwrap();
        assert_eq!(setting_names(&db), rows, "a log that was not folded in is read");
        db.close().unwrap();
        assert_eq!(bytes(&directory).into_keys().collect::<Vec<_>>(), ["data.ccc"]);
        assert_sound(&path);
    }

    #[test]
    fn a_file_at_its_size_limit_loses_nothing_and_grows_on_once_it_may() {
        const TEST: &str = "disk::linux::a_file_at_its_size_limit_loses_nothing_and_grows_on_once_it_may";
        let Some((_, directory)) = role() else {
            let place = Place::empty();
            let shell = ["sh", "-c", SIZE_LIMIT, "sh"];
            return assert_passed(&child(TEST, "limit", place.directory.path(), &shell).output().unwrap());
        };
        let path = directory.join("data.ccc");
        let db = create(&path);
        limit_file_size("2000000");
        let stopped = stopped_and_resumed(&db, &path, || limit_file_size("unlimited"));
        assert!(matches!(stopped, Error::Io), "{stopped:?}");
        db.close().unwrap();
        assert_sound(&path);
    }

    #[test]
    fn a_migration_the_disk_has_no_room_for_leaves_the_original_and_no_copy() {
        const TEST: &str = "disk::linux::a_migration_the_disk_has_no_room_for_leaves_the_original_and_no_copy";
        let Some((part, directory)) = role() else {
            return run_confined(TEST);
        };
        let path = directory.join("data.ccc");
        let db = create(&path);
        let row = setting("large", &[7; 600 * 1024]);
        db.write(move |connection| settings::put(connection, &row)).unwrap();
        db.close().unwrap();
        let disk = part == "disk";
        let length = usize::try_from(fs::metadata(&path).unwrap().len()).unwrap();
        // Room for nothing, for part of the copy's log, for that but not for the copy.
        for free in [40, 300, 1_000] {
            let used = (3_072 - free) * 1_024 - length;
            let ballast = disk.then(|| ballast(&directory, used));
            if !disk {
                limit_file_size(&(free * 512).to_string());
            }
            let before = bytes(&directory);
            let migrations = with_second("CREATE TABLE notes (n INTEGER) STRICT");
            let failed = open::bring_up_to_date(&path, &migrations);
            assert!(
                matches!(failed, Err(Error::DiskFull | Error::Io)),
                "{free} KiB free: {failed:?}"
            );
            assert_eq!(
                matches!(failed, Err(Error::DiskFull)),
                disk,
                "{free} KiB free: {failed:?}"
            );
            assert!(
                bytes(&directory) == before,
                "{free} KiB free: {:?}",
                bytes(&directory).keys()
            );
            match ballast {
                Some(ballast) => fs::remove_file(ballast).unwrap(),
                None => limit_file_size("unlimited"),
            }
        }
        open::bring_up_to_date(&path, &with_second("CREATE TABLE notes (n INTEGER) STRICT")).unwrap();
        assert_eq!(content(&path)["settings"].len(), 1, "with room it goes through");
    }

    /// A directory on a file system that was remounted read-only, or without its write permission.
    #[test]
    fn what_cannot_be_written_is_said_at_once_and_not_touched() {
        const TEST: &str = "disk::linux::what_cannot_be_written_is_said_at_once_and_not_touched";
        let Some((part, directory)) = role() else {
            return run_confined(TEST);
        };
        let path = directory.join("data.ccc");
        let db = create(&path);
        put(&db, "kept").unwrap();
        db.close().unwrap();
        let before = bytes(&directory);
        let lock = |locked: bool| {
            if part == "disk" {
                return remount(&directory, if locked { "remount,ro" } else { "remount,rw" });
            }
            let mut change = Command::new("chmod");
            change.args(["-R", if locked { "a-w" } else { "u+w" }]).arg(&directory);
            assert!(change.status().unwrap().success());
        };
        lock(true);
        let opened = Db::open(&path).err();
        assert!(matches!(opened, Some(Error::NotWritable)), "{opened:?}");
        let created = Db::create(&directory.join("second.ccc"), profile(), at(1)).err();
        assert!(matches!(created, Some(Error::NotWritable)), "{created:?}");
        let migrations = with_second("CREATE TABLE notes (n INTEGER) STRICT");
        let migrated = open::bring_up_to_date(&path, &migrations);
        assert!(matches!(migrated, Err(Error::NotWritable)), "{migrated:?}");
        lock(false);
        assert!(bytes(&directory) == before);
        assert_eq!(setting_names(&Db::open(&path).unwrap()), ["kept"]);
    }
}
