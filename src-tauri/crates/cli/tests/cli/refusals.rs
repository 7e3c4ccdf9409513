//! Input that is not acceptable: each with its code and exit status, and nothing left behind.

use serde_json::{Value, json};

use crate::{
    common::{Profile, events},
    server::{Recorded, Server, answer},
};

const UNKNOWN: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[test]
fn what_is_not_there_and_what_is_no_id() {
    let (profile, _) = Profile::ready();
    let cases: [&[&str]; 13] = [
        &["run", "x", "--session", "ID"],
        &["resume", "ID"],
        &["answer", "ID", "x"],
        &["show", "ID"],
        &["context", "ID", "x"],
        &["receipt", "ID"],
        &["export", "ID", "--format", "json"],
        &["rename", "ID", "x"],
        &["archive", "ID"],
        &["restore", "ID"],
        &["delete", "ID", "--yes"],
        &["receipt", "ID", "--json"],
        &["show", "ID", "--json"],
    ];
    for args in cases {
        let with = |id: &'static str| {
            args.iter()
                .map(|arg| if *arg == "ID" { id } else { arg })
                .collect::<Vec<_>>()
        };
        assert_eq!(profile.failure(&with(UNKNOWN)), (2, "not_found".to_owned()), "{args:?}");
        for malformed in [
            "7",
            "",
            "01890a5d-ac96",
            "../../etc/passwd",
            "01890a5d-ac96-774b-bcce-b302099a805z",
        ] {
            assert_eq!(
                profile.failure(&with(malformed)),
                (2, "invalid_input".to_owned()),
                "{args:?} {malformed:?}"
            );
        }
    }
    for args in [
        ["provider", "test", "nobody"],
        ["provider", "prefer", "nobody"],
        ["provider", "remove", "nobody"],
    ] {
        assert_eq!(profile.failure(&args), (2, "not_found".to_owned()), "{args:?}");
    }
    let unknown_provider = ["run", "x", "--provider", "nobody"];
    assert_eq!(profile.failure(&unknown_provider), (2, "not_found".to_owned()));
    assert_eq!(
        profile.json(&["sessions", "--all", "--json"]),
        json!([]),
        "nothing was left behind"
    );
}

#[test]
fn a_directive_is_text_of_a_size() {
    let (profile, _) = Profile::ready();
    for blank in ["", "  ", "\n\t \n"] {
        assert_eq!(
            profile.failure(&["run", blank]),
            (2, "invalid_input".to_owned()),
            "{blank:?}"
        );
        assert_eq!(
            profile.input(&["run", "-"], blank.as_bytes()).failure(),
            (2, "invalid_input".to_owned())
        );
    }
    let large = profile.input(&["run", "-"], &vec![b'x'; 5 << 20]);
    assert_eq!(large.failure(), (2, "invalid_input".to_owned()));
    assert!(large.err.contains("larger than 1048576 bytes"), "{}", large.err);
    // Cut off inside a character, it is still too large and not "no text".
    let large = profile.input(&["run", "-"], format!("x{}", "é".repeat(1 << 20)).as_bytes());
    assert!(large.err.contains("larger than 1048576 bytes"), "{}", large.err);
    let bytes = profile.input(&["run", "-"], b"\xff\xfe not text");
    assert_eq!(bytes.failure(), (2, "invalid_input".to_owned()));
    assert_eq!(
        profile.json(&["sessions", "--all", "--json"]),
        json!([]),
        "nothing was left behind"
    );

    // Exactly as much as is taken, with the line end an editor adds.
    let server = Server::start(|_: &Recorded| answer("Fine.\n\nVerdict: accept")).unwrap();
    profile.ok(&["provider", "add", "loop", "--url", &server.url(), "--no-key"]);
    let mut most = vec![b'x'; 1 << 20];
    most.push(b'\n');
    let ran = profile.input(&["run", "-", "--json"], &most);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let stored = &events(&ran.out)[1]["turn"]["content"];
    assert_eq!(stored.as_str().map(str::len), Some(1 << 20));
}

#[test]
fn failures_are_json_where_json_was_asked_for() {
    let (profile, _) = Profile::ready();
    for args in [
        &["run", " ", "--json"][..],
        &["show", "x", "--json"],
        &["resume", "x", "--json"],
    ] {
        let ran = profile.run(args);
        let error: Value = serde_json::from_str(&ran.err).unwrap();
        assert_eq!(error["error"]["code"], "invalid_input", "{args:?}");
        assert_eq!(
            error["error"].as_object().map(serde_json::Map::len),
            Some(2),
            "code and message: {error}"
        );
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{args:?}");
    }
    let text = profile.run(&["show", "x"]);
    assert_eq!(
        text.err.lines().count(),
        2,
        "a line on what failed and one on what to do: {}",
        text.err
    );
}

#[test]
fn deleting_is_never_done_unasked() {
    let (profile, _) = Profile::ready();
    let (session, _) = profile.cycle("precious");
    for input in [&b""[..], b"yes\n"] {
        let ran = profile.input(&["delete", &session], input);
        assert_eq!(
            ran.failure(),
            (2, "invalid_input".to_owned()),
            "a pipe is nobody to ask"
        );
        assert!(ran.err.contains("--yes"), "{}", ran.err);
    }
    assert!(profile.ok(&["sessions"]).contains("precious"), "it is still there");
}

#[test]
fn bad_arguments_end_with_two() {
    let (profile, _) = Profile::ready();
    for args in [
        &["run"][..],
        &["frobnicate"],
        &["run", "x", "--temperature", "warm"],
        &["run", "x", "--temperature", "NaN"],
        &["run", "x", "--temperature", "-1"],
        &["run", "x", "--max-rounds", "99"],
        &["init", "--passphrase", "on the command line"],
        &["sessions", "--recovery-key=KEY"],
        &["export", UNKNOWN, "--format", "pdf"],
        &["completions", "tcsh"],
        &["provider", "add", "x"],
    ] {
        let ran = profile.run(args);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{args:?}: {}", ran.err);
    }
}

#[test]
fn a_key_is_needed_or_refused_explicitly() {
    let (profile, _) = Profile::ready();
    let mut command = profile.command(&["provider", "add", "x", "--url", "https://example.com/v1"]);
    command.env("CCC_NO_KEYCHAIN", "0");
    let ran = crate::common::finish(command.spawn().unwrap());
    assert_eq!(ran.failure(), (2, "invalid_input".to_owned()), "{ran:?}");
    assert!(ran.err.contains("--no-key"), "{}", ran.err);
}
