//! The recovery key: whoever sets a profile up has seen one that opens it, whatever went wrong on the way.

use std::{io, process::Stdio};

use ccc_engine::{Keychain, Passphrase, Profile as EngineProfile, Ways};

use crate::common::{PASSPHRASE, Profile, Ran, finish};

const WHY: &str = "may not have been seen";

/// A pipe that nobody reads any more.
fn unread() -> Stdio {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// Set up by a process that died before it printed the recovery key; and that key.
fn cut_short() -> (Profile, String) {
    let profile = Profile::new();
    let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    let ways = Ways {
        keychain: false,
        passphrase: Some(&passphrase),
    };
    let empty = EngineProfile::acquire(&profile.data, Keychain::none()).unwrap();
    let (_engine, recovery) = empty.create(&ways).unwrap();
    let key = recovery.reveal().as_str().to_owned();
    (profile, key)
}

/// The recovery keys in what was printed.
fn keys(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| line.split('-').map(str::len).eq([4; 9]))
        .map(str::to_owned)
        .collect()
}

fn opened_by(profile: &Profile, key: &str) -> Ran {
    let mut command = profile.command(&["sessions", "--recovery-key"]);
    command.env_remove("CCC_PASSPHRASE").env("CCC_RECOVERY_KEY", key);
    finish(command.spawn().unwrap())
}

/// That the next command shows a new key once, and that it is the one that opens.
fn is_shown_once(profile: &Profile, args: &[&str]) -> String {
    let first = profile.run(args);
    assert_eq!(first.status, Some(0), "{args:?} does its work all the same: {first:?}");
    assert_eq!(first.err.matches(WHY).count(), 1, "{args:?} says why: {}", first.err);
    let shown = keys(&first.err);
    assert_eq!(shown.len(), 1, "{args:?} shows a key on stderr: {}", first.err);
    assert_eq!(keys(&first.out), Vec::<String>::new(), "results hold no key");
    let second = profile.run(args);
    assert_eq!(
        (second.status, second.err.as_str()),
        (Some(0), ""),
        "it is shown only once"
    );
    let by_new = opened_by(profile, &shown[0]);
    assert_eq!((by_new.status, by_new.err.as_str()), (Some(0), ""), "the new key opens");
    shown[0].clone()
}

#[test]
fn every_way_of_opening_shows_a_new_key_once_where_setting_up_was_cut_short() {
    for args in [&["sessions"][..], &["doctor"], &[]] {
        let (profile, old) = cut_short();
        let new = is_shown_once(&profile, args);
        assert_ne!(new, old, "{args:?}");
        assert_eq!(
            opened_by(&profile, &old).failure(),
            (3, "wrong_secret".to_owned()),
            "{args:?}: the one that was never shown opens nothing"
        );
    }
}

#[test]
fn a_closed_pipe_while_the_key_is_printed_is_a_failure() {
    for args in [&["init"][..], &[]] {
        let profile = Profile::new();
        let ran = finish(profile.command(args).stdout(unread()).spawn().unwrap());
        assert_eq!(ran.failure(), (6, "cancelled".to_owned()), "{args:?}: {ran:?}");
        assert!(ran.err.contains("its recovery key could not be shown"), "{}", ran.err);
        is_shown_once(&profile, &["sessions"]);
    }
}

#[test]
fn a_key_that_stderr_did_not_take_is_replaced_again() {
    let (profile, _) = cut_short();
    let unseen = finish(profile.command(&["sessions"]).stderr(unread()).spawn().unwrap());
    assert_eq!(unseen.status, Some(0), "{unseen:?}");
    is_shown_once(&profile, &["sessions"]);
}

#[test]
fn a_key_that_was_shown_stays() {
    for args in [&["init"][..], &[]] {
        let profile = Profile::new();
        let shown = keys(&profile.ok(args));
        assert_eq!(shown.len(), 1, "{args:?}");
        for args in [&["sessions"][..], &["doctor"], &[]] {
            let ran = profile.run(args);
            assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{args:?}");
        }
        assert_eq!(opened_by(&profile, &shown[0]).status, Some(0));
    }
}
