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
    assert_eq!(
        ran.failure(),
        (4, "data_damaged".to_owned()),
        "an answer, and no turn of it saved: {ran:?}"
    );
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

/// A file size limit stands for a full disk: room for the log's first commits and no more.
#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_refuses_is_shown_and_exported_and_the_status_says_so() {
    let (profile, _) = Profile::ready();
    let (session, _) = profile.cycle("before");
    let file = profile.work.path().join("unsaved.md");
    let program = profile.command(&[]).get_program().to_owned();
    let run = |last: &[&str]| {
        let command = profile.command(&[]);
        let mut limited = std::process::Command::new("sh");
        limited.args(["-c", "trap '' XFSZ; exec prlimit --fsize=36864 \"$@\"", "sh"]);
        limited
            .arg(&program)
            .args(["run", "meanwhile", "--session", &session])
            .args(last);
        limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        limited
            .current_dir(profile.work.path())
            .stdout(std::process::Stdio::piped());
        limited
            .stderr(std::process::Stdio::piped())
            .stdin(std::process::Stdio::null());
        crate::common::finish(limited.spawn().unwrap())
    };
    let ran = run(&[]);
    assert_eq!(ran.failure(), (4, "disk_failed".to_owned()), "{ran:?}");
    assert!(ran.out.contains("is not saved yet (disk_failed)"), "{ran:?}");
    assert!(ran.err.contains("--unsaved FILE"), "{ran:?}");
    let file_name = file.to_str().unwrap();
    let ran = run(&["--unsaved", file_name]);
    assert_eq!(ran.failure(), (4, "disk_failed".to_owned()), "{ran:?}");
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.starts_with("# Turns that could not be saved"), "{kept}");
    let ran = profile.run(&["run", "after", "--session", &session]);
    assert_eq!(ran.status, Some(0), "with room it goes on: {ran:?}");
}
