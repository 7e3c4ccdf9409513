//! Backups, restoring and salvage as processes.

use std::fs;

use crate::common::{PASSPHRASE, Profile, files, finish, text};

/// The name of the newest backup.
fn newest(profile: &Profile) -> String {
    text(&profile.json(&["backup", "list", "--json"])["backups"][0]["name"])
}

fn shown(profile: &Profile, session: &str) -> String {
    profile.ok(&["show", session, "--json"])
}

#[test]
fn a_backup_is_made_listed_verified_tried_out_and_restored() {
    let (profile, _) = Profile::ready();
    let (session, _) = profile.cycle("Keep this.");
    let made = profile.ok(&["backup", "make"]);
    assert!(made.starts_with("Made and verified: "), "{made}");
    let name = newest(&profile);
    assert!(profile.ok(&["backup", "list"]).contains(&format!("{name}  ")));
    assert!(
        profile
            .ok(&["backup", "verify"])
            .starts_with(&format!("ok      {name}: 4 turns"))
    );
    assert!(profile.ok(&["backup", "drill"]).contains("read 4 turns back"));
    assert_eq!(
        profile.json(&["backup", "due", "--json"])["done"],
        "nothing",
        "an hour has not passed"
    );

    let before = shown(&profile, &session);
    profile.ok(&["rename", &session, "Renamed later"]);
    let refused = profile.run(&["restore-backup", &name]);
    assert_eq!(
        refused.failure(),
        (2, "invalid_input".to_owned()),
        "nobody can be asked"
    );
    let restored = profile.json(&["restore-backup", &name, "--yes", "--json"]);
    assert_eq!(
        (restored["turns"].as_u64(), restored["deleted_since"].as_u64()),
        (Some(4), Some(0))
    );
    assert_eq!(shown(&profile, &session), before);
    let left = text(&restored["before"]);
    profile.ok(&["restore-backup", &left, "--yes"]);
    assert!(shown(&profile, &session).contains("Renamed later"), "and back again");
}

#[test]
fn a_copy_beside_opens_with_the_same_passphrase_and_a_session_comes_back_as_a_copy() {
    let (profile, _) = Profile::ready();
    let (session, _) = profile.cycle("Keep this.");
    profile.ok(&["backup", "make"]);
    let name = newest(&profile);
    let beside = profile.work.path().join("beside");
    let told = profile.ok(&["restore-backup", &name, "--beside", beside.to_str().unwrap()]);
    assert!(told.contains("--data-dir"), "{told}");
    assert_eq!(files(&beside), ["data.ccc", "keys-a.ccc", "keys-b.ccc"]);
    let copied = profile.json(&["sessions", "--json", "--data-dir", beside.to_str().unwrap()]);
    assert_eq!(copied[0]["id"], session.as_str());

    assert!(profile.ok(&["restore-backup", &name, "--list"]).contains(&session));
    let back = profile.json(&["restore-backup", &name, "--session", &session, "--json"]);
    assert_eq!(
        (back[0]["copy"].as_bool(), back[0]["turns"].as_u64()),
        (Some(true), Some(4))
    );
    assert_eq!(profile.json(&["sessions", "--json"]).as_array().unwrap().len(), 2);
}

#[test]
fn a_new_machine_takes_a_backup_by_its_directory_and_a_secret() {
    let (profile, key) = Profile::ready();
    let (session, _) = profile.cycle("Keep this.");
    profile.ok(&["backup", "make"]);
    let directory = profile.work.path().join("data-backups").join(newest(&profile));
    let before = shown(&profile, &session);
    for secret in [("CCC_RECOVERY_KEY", key.as_str()), ("CCC_PASSPHRASE", PASSPHRASE)] {
        let machine = Profile::new();
        let mut command = machine.command(&["restore-backup", directory.to_str().unwrap(), "--yes"]);
        command.env_remove("CCC_PASSPHRASE").env(secret.0, secret.1);
        let ran = finish(command.spawn().unwrap());
        assert_eq!(ran.status, Some(0), "{}: {ran:?}", secret.0);
        assert_eq!(shown(&machine, &session), before);
    }
    let machine = Profile::new();
    let mut command = machine.command(&["restore-backup", directory.to_str().unwrap(), "--yes"]);
    command.env_remove("CCC_PASSPHRASE");
    let ran = finish(command.spawn().unwrap());
    assert_eq!(ran.failure(), (3, "locked".to_owned()));
}

#[test]
fn a_damaged_file_is_told_checked_salvaged_and_kept() {
    let (profile, _) = Profile::ready();
    let (session, _) = profile.cycle("Keep this.");
    profile.ok(&["backup", "make"]);
    let before = shown(&profile, &session);
    assert!(profile.ok(&["salvage", "--check"]).contains("4 turns opened"));
    fs::write(profile.data.join("data.ccc"), b"nothing at all").unwrap();
    assert_eq!(profile.failure(&["sessions"]).1, "data_foreign");
    let report = profile.json(&["salvage", "--yes", "--json"]);
    assert_eq!(report["turns"].as_u64(), Some(4), "{report}");
    assert_eq!(shown(&profile, &session), before);
    let aside = text(&report["aside"]);
    assert_eq!(
        fs::read(std::path::Path::new(&aside).join("data.ccc")).unwrap(),
        b"nothing at all"
    );
    profile.ok(&["salvage", "--check"]);
}

#[test]
fn a_folder_of_ones_own_is_set_shown_and_left() {
    let (profile, _) = Profile::ready();
    profile.cycle("Keep this.");
    let stick = profile.work.path().join("stick");
    fs::create_dir(&stick).unwrap();
    let stick = stick.to_str().unwrap();
    assert_eq!(profile.ok(&["backup", "folder", stick]).trim(), stick);
    profile.ok(&["backup", "make"]);
    assert!(profile.ok(&["backup", "list"]).contains("whole in 2 places"));
    assert_eq!(
        profile.ok(&["backup", "folder", "--none"]).trim(),
        "No folder gets a copy."
    );
    let inside = profile.data.to_str().unwrap();
    assert_eq!(
        profile.failure(&["backup", "folder", inside]),
        (2, "invalid_input".to_owned())
    );
}
