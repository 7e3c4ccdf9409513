//! Memory that fails while it is read: a cycle is run without it, where the person says who may be asked.

use std::fs;

use crate::common::{Profile, events, report};

/// Spoils the sealed title of a session where its row lies in the data file.
fn spoil(profile: &Profile, session: &str) {
    let path = profile.data.join("data.ccc");
    let mut bytes = fs::read(&path).unwrap();
    let id = u128::from_str_radix(&session.replace('-', ""), 16)
        .unwrap()
        .to_be_bytes();
    // The row: its id, two instants of six bytes, its status, pinned and the count in at most one byte, the title.
    let rows: Vec<usize> = (0..bytes.len() - 64)
        .filter(|at| bytes[*at..].starts_with(&id) && bytes[at + 28..].starts_with(b"active"))
        .collect();
    assert!(!rows.is_empty(), "the session's row is in the data file");
    rows.iter().for_each(|at| bytes[at + 28 + 6 + 24] ^= 0xff);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_session_that_cannot_be_read_is_sent_to_nobody_but_whom_the_person_names() {
    let (profile, _) = Profile::ready();
    let (session, _) = profile.cycle("kept");
    spoil(&profile, &session);
    assert_eq!(
        profile.failure(&["show", &session]),
        (4, "data_damaged".to_owned()),
        "the session cannot be read"
    );
    let go_on = ["run", "go on all the same", "--session", &session];
    let refused = profile.run(&go_on);
    assert_eq!((refused.status, refused.out.as_str()), (Some(4), ""), "{refused:?}");
    assert_eq!(
        refused.err,
        "error[data_damaged]: the session cannot be read, so its own provider is not known and nobody was asked\n  \
         To go on without memory, say who may be asked: --provider NAME\n"
    );
    let named = [&go_on[..], &["--provider", "rehearsal", "--json"]].concat();
    let ran = profile.run(&named);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let stateless = events(&ran.out).into_iter().find(|event| event["event"] == "stateless");
    assert_eq!(
        stateless.map(|event| event["code"].clone()),
        Some("data_damaged".into())
    );
    assert_eq!(report(&ran.out)["turns"].as_array().map(Vec::len), Some(4));
}

#[test]
fn a_session_that_is_not_there_is_no_outage() {
    let (profile, _) = Profile::ready();
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    assert_eq!(
        profile.failure(&["run", "x", "--session", nobody]),
        (2, "not_found".to_owned())
    );
}
