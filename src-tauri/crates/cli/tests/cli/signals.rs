//! Signals where directives are typed: what was half typed is never taken for a directive.

use std::{
    fs::File,
    io::{BufReader, Read, Write},
    process::{Child, ChildStdout, Command, Stdio},
};

use rustix::{
    fs::{Mode, OFlags},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use crate::{
    common::{Profile, finish, read_until, text},
    server::{Recorded, Server, stalled},
};

fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(sent.success(), "the signal is sent");
}

/// The program at a terminal: where one types, and what it prints.
fn at_a_terminal(profile: &Profile) -> (Child, File, BufReader<ChildStdout>) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let terminal = rustix::fs::open(&*name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let mut child = profile.command(&[]).stdin(Stdio::from(terminal)).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, keyboard.into(), out)
}

/// Every directive that is stored.
fn directives(profile: &Profile) -> Vec<String> {
    let sessions = profile.json(&["sessions", "--json"]);
    let mut all = Vec::new();
    for session in sessions.as_array().unwrap() {
        let shown = profile.json(&["show", &text(&session["id"]), "--json"]);
        let conversations = shown["conversations"].as_array().unwrap();
        all.extend(conversations.iter().map(|c| text(&c["conversation"]["directive"])));
    }
    all
}

#[test]
fn ctrl_c_drops_a_half_typed_directive_and_asks_for_another() {
    let (profile, _) = Profile::ready();
    let (child, mut keyboard, out) = at_a_terminal(&profile);
    let (_, out) = read_until(out, "\n> ");
    keyboard.write_all(b"delete everything \\\n").unwrap();
    let (_, out) = read_until(out, "… ");
    send("-INT", &child);
    let (seen, out) = read_until(out, "\n> ");
    assert!(!seen.contains("Beatrice"), "no cycle began: {seen}");
    keyboard.write_all(b"a whole one\n").unwrap();
    let (_, out) = read_until(out, "Done: the review accepts the work.");
    let (_, mut out) = read_until(out, "\n> ");
    send("-INT", &child);
    out.read_to_end(&mut Vec::new()).unwrap();
    let ran = finish(child);
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (Some(0), ""),
        "with nothing typed it ends"
    );
    assert_eq!(directives(&profile), ["a whole one"]);
}

#[test]
fn a_request_to_end_drops_a_half_typed_directive_and_ends() {
    let (profile, _) = Profile::ready();
    for signal in ["-TERM", "-HUP"] {
        let (child, mut keyboard, out) = at_a_terminal(&profile);
        let (_, out) = read_until(out, "\n> ");
        keyboard.write_all(b"delete everything \\\n").unwrap();
        let (_, mut out) = read_until(out, "… ");
        send(signal, &child);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        let ran = finish(child);
        assert_eq!(
            (ran.status, rest.as_str(), ran.err.as_str()),
            (Some(0), "", ""),
            "{signal}"
        );
    }
    assert_eq!(directives(&profile), Vec::<String>::new());
}

#[test]
fn a_request_to_end_during_a_cycle_takes_no_other_directive() {
    let server = Server::start(|_: &Recorded| stalled("The first half")).unwrap();
    let (profile, _) = Profile::ready();
    profile.ok(&["provider", "add", "loop", "--url", &server.url(), "--no-key"]);
    let mut child = profile.command(&[]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"the first\nthe second\n").unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let (_, mut out) = read_until(out, "The first half");
    send("-TERM", &child);
    out.read_to_end(&mut Vec::new()).unwrap();
    let ran = finish(child);
    assert_eq!(ran.failure(), (0, "cancelled".to_owned()), "{ran:?}");
    assert_eq!(directives(&profile), ["the first"]);
    drop(stdin);
}
