//! Real disks and permissions, in child processes confined by the system.

use std::process::{Command, Output, id};

use super::*;
use crate::common::{bytes, child, content, role};

/// A shell in a mount namespace of its own, with a small empty file system over the directory `$0`.
const SMALL_DISK: &str = r#"mount -t tmpfs -o size=3m,mode=700 none "$0" && exec "$@""#;
/// A shell in which writing past the file size limit is an error and not a signal.
const SIZE_LIMIT: &str = "trap '' XFSZ; exec \"$@\"";

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

/// Runs what follows where it may mount: root in a namespace of mounts, others in one of users as well.
fn small_disk(directory: &Path) -> Vec<&str> {
    let namespace = if is_root() { "-m" } else { "-rm" };
    let directory = directory.to_str().unwrap();
    vec!["unshare", namespace, "--", "sh", "-c", SMALL_DISK, directory]
}

/// Whether this user may mount in a namespace; some systems forbid it.
fn can_mount() -> bool {
    let probe = Place::empty();
    let shell = small_disk(probe.directory.path());
    let tried = Command::new(shell[0]).args(&shell[1..]).arg("true").output();
    tried.is_ok_and(|output| output.status.success())
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

fn run(test: &str, part: &str, place: &Place, shell: &[&str]) {
    assert_passed(&child(test, part, place.directory.path(), shell).output().unwrap());
}

/// Runs the test as a child on a disk of 3 MiB or, where that cannot be had, under a file size limit.
fn run_confined(test: &str) {
    let place = Place::empty();
    if can_mount() {
        run(test, "disk", &place, &small_disk(place.directory.path()));
    } else {
        run(test, "limit", &place, &["sh", "-c", SIZE_LIMIT, "sh"]);
    }
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
        return run(TEST, "limit", &Place::empty(), &["sh", "-c", SIZE_LIMIT, "sh"]);
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
            limit_file_size(&((free + 100) * 512).to_string());
        }
        let before = bytes(&directory);
        let migrations = with_second("CREATE TABLE notes (n INTEGER) STRICT");
        let failed = open::bring_up_to_date(&path, &migrations);
        assert!(
            matches!(failed, Err(Error::DiskFull | Error::Io)),
            "{free} KiB free: {failed:?}"
        );
        assert!(
            !disk || matches!(failed, Err(Error::DiskFull)),
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

/// A directory without its write permission and, where it can be had, on a file system that was remounted read-only.
#[test]
fn what_cannot_be_written_is_said_at_once_and_not_touched() {
    const TEST: &str = "disk::linux::what_cannot_be_written_is_said_at_once_and_not_touched";
    // Root is held to permissions by nothing but this capability.
    const PLAIN_ROOT: [&str; 3] = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"];
    let Some((part, directory)) = role() else {
        run(
            TEST,
            "permission",
            &Place::empty(),
            if is_root() { &PLAIN_ROOT } else { &[] },
        );
        if can_mount() {
            run_confined(TEST);
        }
        return;
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
