//! Ways into a profile, and everything that may stand in them.

use std::{fs, path::Path};

use serde_json::json;

use crate::common::{PASSPHRASE, Profile, Ran, files, finish};

fn with_env(profile: &Profile, args: &[&str], name: &str, value: Option<&str>) -> Ran {
    let mut command = profile.command(args);
    match value {
        Some(value) => command.env(name, value),
        None => command.env_remove(name),
    };
    finish(command.spawn().unwrap())
}

/// The names and bytes of keys and data.
fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let bytes = fs::read(directory.join(&name)).unwrap();
        (name, bytes)
    };
    files(directory).into_iter().map(read).collect()
}

fn keys_files(directory: &Path) -> Vec<String> {
    files(directory)
        .into_iter()
        .filter(|name| !name.starts_with("data.ccc"))
        .collect()
}

#[test]
fn a_profile_is_set_up_once() {
    let (profile, recovery) = Profile::ready();
    assert_eq!(recovery.split('-').map(str::len).collect::<Vec<_>>(), [4; 9]);
    let before = contents(&profile.data);
    let again = profile.run(&["init"]);
    assert_eq!(again.failure(), (2, "already_exists".to_owned()), "{again:?}");
    assert!(again.err.contains("the profile is set up already"), "{}", again.err);
    assert_eq!(again.out, "", "no other recovery key is shown");
    assert_eq!(contents(&profile.data), before, "nothing was touched");
}

#[test]
fn a_mistyped_directory_is_not_made_by_looking() {
    let profile = Profile::new();
    for args in [
        &["sessions"][..],
        &["run", "x"],
        &["audit", "verify"],
        &["doctor"],
        &["provider", "list"],
    ] {
        assert_eq!(profile.failure(args), (3, "not_initialised".to_owned()), "{args:?}");
    }
    assert!(!profile.data.exists(), "no directory was made");
    assert!(
        profile.run(&["sessions"]).err.contains("ccc-cli init"),
        "it says how to set up"
    );
    fs::create_dir(&profile.data).unwrap();
    assert_eq!(
        profile.failure(&["sessions"]),
        (3, "not_initialised".to_owned()),
        "an empty one is not set up either"
    );
}

#[test]
fn a_secret_opens_or_is_refused() {
    let (profile, recovery) = Profile::ready();
    let tried = |name, value| with_env(&profile, &["sessions"], name, value).failure();
    let wrong = with_env(&profile, &["sessions"], "CCC_PASSPHRASE", Some("eight small stones"));
    assert_eq!(wrong.failure(), (3, "wrong_secret".to_owned()));
    assert!(!wrong.err.contains("stones"), "a secret is not printed: {}", wrong.err);
    assert_eq!(tried("CCC_PASSPHRASE", Some("   ")), (2, "invalid_input".to_owned()));
    assert_eq!(tried("CCC_PASSPHRASE", None), (3, "locked".to_owned()));
    assert_eq!(
        tried("CCC_PASSPHRASE", Some("")),
        (3, "locked".to_owned()),
        "empty is as not set"
    );

    let by_recovery = |key: &str| {
        let mut command = profile.command(&["sessions", "--recovery-key"]);
        command.env_remove("CCC_PASSPHRASE").env("CCC_RECOVERY_KEY", key);
        finish(command.spawn().unwrap())
    };
    assert_eq!(by_recovery(&recovery).status, Some(0), "the recovery key opens");
    assert_eq!(
        by_recovery(&recovery.to_lowercase().replace('-', " ")).status,
        Some(0),
        "however it is written"
    );
    assert_eq!(by_recovery("not a key").failure(), (2, "invalid_input".to_owned()));
    let (_, other) = Profile::ready();
    let wrong = by_recovery(&other);
    assert_eq!(wrong.failure(), (3, "wrong_secret".to_owned()));
    assert!(!wrong.err.contains(&other), "a secret is not printed: {}", wrong.err);
}

#[test]
fn a_short_passphrase_is_not_set() {
    let profile = Profile::new();
    let short = with_env(&profile, &["init"], "CCC_PASSPHRASE", Some("short"));
    assert_eq!(short.failure(), (2, "invalid_input".to_owned()));
    assert!(short.err.contains("at least 8 characters"), "{}", short.err);
    assert_eq!(files(&profile.data), Vec::<String>::new());
    profile.ok(&["init"]);
}

#[test]
fn missing_keys_are_never_made_anew() {
    let (profile, _) = Profile::ready();
    profile.cycle("kept");
    let keys = keys_files(&profile.data);
    assert!(!keys.is_empty(), "there are keys files");
    let saved: Vec<_> = keys
        .iter()
        .map(|name| fs::read(profile.data.join(name)).unwrap())
        .collect();
    keys.iter()
        .for_each(|name| fs::remove_file(profile.data.join(name)).unwrap());
    let before = contents(&profile.data);
    for args in [&["sessions"][..], &["init"], &[], &["run", "x"], &["doctor"]] {
        assert_eq!(profile.failure(args), (3, "keys_missing".to_owned()), "{args:?}");
    }
    assert_eq!(contents(&profile.data), before, "nothing was made or changed");
    for (name, bytes) in keys.iter().zip(saved) {
        fs::write(profile.data.join(name), bytes).unwrap();
    }
    assert!(
        profile.ok(&["sessions"]).contains("kept"),
        "with its keys back it opens"
    );
}

#[test]
fn keys_of_another_profile_open_nothing() {
    let ((profile, _), (other, _)) = (Profile::ready(), Profile::ready());
    for name in keys_files(&other.data) {
        fs::copy(other.data.join(&name), profile.data.join(&name)).unwrap();
    }
    assert_eq!(profile.failure(&["sessions"]), (3, "keys_mismatch".to_owned()));
    assert_eq!(profile.failure(&["run", "x"]), (3, "keys_mismatch".to_owned()));
}

#[test]
fn a_data_file_that_cannot_be_ours_is_left_alone() {
    let (profile, _) = Profile::ready();
    let path = profile.data.join("data.ccc");
    let ours = fs::read(&path).unwrap();
    // user_version, at offset 60 of SQLite's header.
    let mut newer = ours.clone();
    newer[60..64].copy_from_slice(&9_999u32.to_be_bytes());
    for (bytes, code) in [
        (newer, "data_too_new"),
        (
            b"a letter to a friend, saved under the wrong name".repeat(9),
            "data_foreign",
        ),
        (Vec::new(), "data_foreign"),
    ] {
        fs::write(&path, &bytes).unwrap();
        for args in [&["sessions"][..], &["run", "x"], &["doctor"]] {
            assert_eq!(profile.failure(args), (4, code.to_owned()), "{args:?}");
        }
        assert_eq!(fs::read(&path).unwrap(), bytes, "{code}: the file is as it was");
    }
    fs::write(&path, ours).unwrap();
    profile.ok(&["sessions"]);
}

#[test]
fn a_directory_that_cannot_be_written_is_told() {
    let mut profile = Profile::new();
    let file = profile.work.path().join("a file");
    fs::write(&file, "mine").unwrap();
    for below in [file.clone(), file.join("data")] {
        profile.data = below;
        for args in [&["init"][..], &[], &["sessions"]] {
            let (status, code) = profile.failure(args);
            assert_eq!(
                status,
                if code == "not_writable" { 4 } else { 2 },
                "{args:?} in {:?}: {code}",
                profile.data
            );
            assert!(
                ["not_writable", "already_exists"].contains(&code.as_str()),
                "{args:?}: {code}"
            );
        }
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

#[test]
fn the_doctor_says_what_it_could_not_examine() {
    let (profile, _) = Profile::ready();
    let names = |json: &serde_json::Value, status: &str| -> Vec<String> {
        let checks = json["checks"].as_array().unwrap().iter();
        checks
            .filter(|c| c["status"] == status)
            .map(|c| c["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let well = profile.json(&["doctor", "--json"]);
    let all = [
        "data directory",
        "keys",
        "database",
        "memory service",
        "memory index",
        "encryption",
        "keychain",
        "audit trail",
        "disk",
    ];
    assert_eq!(names(&well, "ok"), all);

    let locked = with_env(&profile, &["doctor", "--json"], "CCC_PASSPHRASE", None);
    assert_eq!(locked.failure(), (3, "locked".to_owned()));
    let locked: serde_json::Value = serde_json::from_str(&locked.out).unwrap();
    assert_eq!(names(&locked, "ok"), all[..1]);
    assert_eq!(names(&locked, "failed"), all[1..2]);
    assert_eq!(names(&locked, "not_run"), all[2..]);

    let none = Profile::new().run(&["doctor", "--json"]);
    assert_eq!(none.failure(), (3, "not_initialised".to_owned()));
    let none: serde_json::Value = serde_json::from_str(&none.out).unwrap();
    assert_eq!(none["checks"][0]["code"], json!("not_initialised"));
    assert_eq!(names(&none, "not_run"), all[1..]);
}

#[test]
fn no_secret_is_left_in_a_log() {
    let (profile, recovery) = Profile::ready();
    profile.cycle("words nobody may find in a log");
    for entry in fs::read_dir(profile.data.join("logs")).unwrap() {
        let log = fs::read_to_string(entry.unwrap().path()).unwrap();
        for secret in [PASSPHRASE, &recovery, "nobody may find"] {
            assert!(!log.contains(secret), "{secret:?} is in a log");
        }
    }
}

/// What opens the profile from now on, and what does not any more.
#[test]
fn the_passphrase_and_the_recovery_key_are_changed_and_the_old_ones_open_nothing() {
    let (profile, recovery) = Profile::ready();
    profile.cycle("kept");
    let shown = profile.json(&["keys", "show", "--json"]);
    assert_eq!(
        (&shown["passphrase"], &shown["keychain"]),
        (&true.into(), &false.into())
    );
    assert_eq!(
        profile.failure(&["keys", "passphrase"]),
        (2, "invalid_input".to_owned()),
        "nobody to ask"
    );
    assert_eq!(
        profile.failure(&["keys", "passphrase", "--remove"]).0,
        2,
        "the only way in besides the recovery key"
    );

    let with = |name: &str, value: &str, args: &[&str]| with_env(&profile, args, name, Some(value));
    const NEW: &str = "eight large stones";
    assert_eq!(
        with("CCC_NEW_PASSPHRASE", "short", &["keys", "passphrase"]).failure().0,
        2
    );
    assert_eq!(with("CCC_NEW_PASSPHRASE", NEW, &["keys", "passphrase"]).status, Some(0));
    assert_eq!(profile.failure(&["sessions"]), (3, "wrong_secret".to_owned()));
    assert_eq!(with("CCC_PASSPHRASE", NEW, &["sessions"]).status, Some(0));

    let renewed = with("CCC_PASSPHRASE", NEW, &["keys", "recovery"]).out;
    let key = renewed.lines().map(str::trim).find(|line| line.len() == 44).unwrap();
    assert_eq!(
        with("CCC_RECOVERY_KEY", &recovery, &["sessions", "--recovery-key"])
            .failure()
            .0,
        3
    );
    assert_eq!(
        with("CCC_RECOVERY_KEY", key, &["sessions", "--recovery-key"]).status,
        Some(0)
    );
    let trail = with("CCC_PASSPHRASE", NEW, &["audit", "list", "--entity", "keys"]);
    assert_eq!(trail.out.lines().count(), 2, "{trail:?}");
    assert!(!trail.out.contains(NEW) && !trail.out.contains(key));
}

#[test]
fn the_master_key_is_replaced_and_everything_is_there_under_the_new_recovery_key() {
    let (profile, recovery) = Profile::ready();
    profile.cycle("kept through it");
    let said = profile.ok(&["sessions"]);
    let with = |name: &str, value: &str, args: &[&str]| with_env(&profile, args, name, Some(value));
    let locked = with_env(&profile, &["keys", "rotate"], "CCC_PASSPHRASE", None);
    assert_eq!(locked.failure(), (3, "locked".to_owned()));
    let mut by_recovery = profile.command(&["keys", "rotate", "--recovery-key"]);
    by_recovery
        .env_remove("CCC_PASSPHRASE")
        .env("CCC_RECOVERY_KEY", &recovery);
    let without = finish(by_recovery.spawn().unwrap());
    assert_eq!(
        without.failure(),
        (2, "invalid_input".to_owned()),
        "its passphrase is not at hand"
    );
    assert!(without.err.contains("the passphrase is needed"), "{}", without.err);

    const NEW: &str = "eight large stones";
    let rotated = with("CCC_NEW_PASSPHRASE", NEW, &["keys", "rotate", "--new-passphrase"]);
    assert_eq!(rotated.status, Some(0), "{rotated:?}");
    let key = rotated
        .out
        .lines()
        .map(str::trim)
        .find(|line| line.len() == 44)
        .unwrap();
    assert!(
        rotated.out.contains("A backup under the new keys was made."),
        "{}",
        rotated.out
    );

    assert_eq!(
        profile.failure(&["sessions"]),
        (3, "wrong_secret".to_owned()),
        "the old passphrase"
    );
    let old = with("CCC_RECOVERY_KEY", &recovery, &["sessions", "--recovery-key"]);
    assert_eq!(old.failure(), (3, "wrong_secret".to_owned()), "the old recovery key");
    assert_eq!(with("CCC_PASSPHRASE", NEW, &["sessions"]).out, said);
    let new = with("CCC_RECOVERY_KEY", key, &["sessions", "--recovery-key"]);
    assert_eq!(
        (new.out, new.err),
        (said, String::new()),
        "no other recovery key is shown"
    );
    let verified = with("CCC_PASSPHRASE", NEW, &["audit", "verify"]);
    assert_eq!(verified.status, Some(0), "{verified:?}");
}
