//! Without a command: lines of stdin as directives and orders.

use std::{
    io::Write,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    common::{Profile, files, finish, first_line, read_until, text},
    server::{Recorded, Server, answer, status},
};

#[test]
fn lines_of_a_pipe_are_directives_until_it_ends() {
    let profile = Profile::new();
    let ran = profile.input(&[], b"Name three colours.\n\nand a fourth \\\none, please\n");
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("It is shown only once"),
        "first use shows the recovery key: {}",
        ran.out
    );
    assert!(ran.out.contains("Provider: rehearsal."), "{}", ran.out);
    assert_eq!(
        ran.out.matches("Done: the review accepts").count(),
        2,
        "a blank line is no directive: {}",
        ran.out
    );
    assert!(
        !ran.out.contains('\x1b') && !ran.out.contains("\n> "),
        "no prompt where nobody types"
    );
    assert_eq!(ran.err, "");

    let sessions = profile.json(&["sessions", "--json"]);
    assert_eq!(sessions.as_array().map(Vec::len), Some(1), "{sessions}");
    let shown = profile.json(&["show", &text(&sessions[0]["id"]), "--json"]);
    let directives: Vec<_> = shown["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| text(&c["conversation"]["directive"]))
        .collect();
    assert_eq!(directives, ["Name three colours.", "and a fourth \none, please"]);
}

#[test]
fn a_closed_stdin_ends_it_well() {
    let (profile, _) = Profile::ready();
    let ran = profile.run(&[]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
}

#[test]
fn without_keychain_passphrase_and_terminal_nothing_is_made() {
    for args in [&[][..], &["init"]] {
        let profile = Profile::new();
        let mut command = profile.command(args);
        command.env_remove("CCC_PASSPHRASE");
        let ran = finish(command.spawn().unwrap());
        assert_eq!(ran.failure(), (3, "keychain_unavailable".to_owned()), "{ran:?}");
        assert!(ran.err.contains("CCC_PASSPHRASE"), "it says what to do: {}", ran.err);
        assert_eq!(
            files(&profile.data),
            Vec::<String>::new(),
            "{args:?} leaves no keys and no data"
        );
    }
}

#[test]
fn orders_stand_between_directives() {
    let (profile, _) = Profile::ready();
    let (first, _) = profile.cycle("The first session.");
    let script = format!(
        ":help\n:sessions\n:memory off\nwithout memory\n:new\na new session\n:open {first}\n:open nothing\n\
         :open 01890a5d-ac96-774b-bcce-b302099a8057\n:frobnicate\n:resume\n:answer yes\nlast\n:quit\nnever run\n"
    );
    let ran = profile.input(&[], script.as_bytes());
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let codes: Vec<_> = ran
        .err
        .lines()
        .filter_map(|line| line.strip_prefix("error[")?.split_once(']'))
        .map(|(code, _)| code)
        .collect();
    assert_eq!(
        codes,
        [
            "invalid_input",
            "not_found",
            "invalid_input",
            "cycle_state",
            "cycle_state"
        ],
        "each failure is told and the next line is taken: {}",
        ran.err
    );
    assert_eq!(
        ran.out.matches("memory: off").count(),
        6,
        "memory is off for three cycles: {}",
        ran.out
    );
    let sessions = profile.json(&["sessions", "--json"]);
    let counts: Vec<_> = sessions
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (text(&s["title"]), s["conversation_count"].clone()))
        .collect();
    assert_eq!(
        counts,
        [
            ("The first session.".to_owned(), json!(3)),
            ("a new session".to_owned(), json!(1))
        ],
        "what came after :quit was not run"
    );
}

#[test]
fn a_bad_line_does_not_end_it() {
    let (profile, _) = Profile::ready();
    let long = "x".repeat((1 << 20) + 10);
    let ran = profile.input(&[], [b"\xff\xfe\n", long.as_bytes(), b"\ngood\n"].concat().as_slice());
    assert_eq!(ran.err.matches("error[invalid_input]").count(), 2, "{}", ran.err);
    assert_eq!(
        (ran.status, ran.out.matches("Done:").count()),
        (Some(0), 1),
        "{}",
        ran.out
    );
}

#[test]
fn one_process_at_a_time_has_the_profile() {
    let (profile, _) = Profile::ready();
    let mut holder = profile.command(&[]).stdin(Stdio::piped()).spawn().unwrap();
    let (_, out) = first_line(&mut holder);
    let began = Instant::now();
    for args in [&["sessions"][..], &["run", "x"], &["init"], &[], &["doctor"]] {
        assert_eq!(profile.failure(args), (3, "profile_in_use".to_owned()), "{args:?}");
    }
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "nobody waits for the lock: {:?}",
        began.elapsed()
    );
    let mut stdin = holder.stdin.take().unwrap();
    stdin.write_all(b"still works\n").unwrap();
    let (_, _out) = read_until(out, "Done: the review accepts the work.");
    drop(stdin);
    assert_eq!(finish(holder).status, Some(0));
    profile.ok(&["sessions"]);
}

#[test]
fn a_script_goes_on_where_a_cycle_stopped_and_answers_what_it_asks() {
    let server = Server::start(|request: &Recorded| match request.index {
        1 => status(401, "", "application/json", "{}"),
        3 => answer("Unclear.\n\nVerdict: escalate: Which port?"),
        _ => answer("Fine.\n\nVerdict: accept"),
    })
    .unwrap();
    let (profile, _) = Profile::ready();
    profile.ok(&["provider", "add", "loop", "--url", &server.url(), "--no-key"]);
    let first = profile.input(&[], b"Open the port.\n");
    assert_eq!(
        first.failure(),
        (0, "provider_auth".to_owned()),
        "told, and no reason to fail: {first:?}"
    );

    let second = profile.input(&[], b":resume\nA new directive, no answer.\n");
    assert!(
        second
            .out
            .contains("Left open: “Open the port.”; it stopped at execute (Codey).\nTo go on: :resume"),
        "{}",
        second.out
    );
    assert!(second.out.contains("Beatrice asks you:\nWhich port?"), "{}", second.out);
    assert_eq!(
        second.out.matches("To answer: :answer TEXT").count(),
        1,
        "{}",
        second.out
    );

    let third = profile.input(&[], b":answer 8080\n");
    assert!(third.out.contains("it asks: Which port?"), "{}", third.out);
    assert!(third.out.contains("Done: the review accepts the work."), "{third:?}");
    let sessions = profile.json(&["sessions", "--json"]);
    let shown = profile.json(&["show", &text(&sessions[0]["id"]), "--json"]);
    let said: Vec<_> = shown["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|conversation| conversation["turns"].as_array().unwrap())
        .filter(|turn| turn["agent"] == "wykeve")
        .map(|turn| text(&turn["content"]))
        .collect();
    assert_eq!(
        said,
        ["Open the port.", "8080", "A new directive, no answer."],
        "the line after a question was a directive of its own"
    );
}

#[test]
fn resume_takes_the_newest_open_conversation_as_its_help_says() {
    let server = Server::start(|request: &Recorded| match request.index {
        0..=2 => status(401, "", "application/json", "{}"),
        _ => answer("Fine.\n\nVerdict: accept"),
    })
    .unwrap();
    let (profile, _) = Profile::ready();
    profile.ok(&["provider", "add", "loop", "--url", &server.url(), "--no-key"]);
    let older = crate::common::report(&profile.run(&["run", "The older.", "--json"]).out);
    profile.run(&["run", "The newer.", "--json"]);
    let stopped_last = profile.run(&["resume", &text(&older["conversation_id"])]);
    assert_eq!(stopped_last.failure(), (5, "provider_auth".to_owned()));

    let ran = profile.input(&[], b":help\n:resume\n");
    assert!(
        ran.out.contains("go on with the newest cycle that has not ended")
            && ran.out.contains("answer what the newest cycle that has not ended asks"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("Done: the review accepts the work."), "{ran:?}");
    let status_of = |title: &str| {
        let sessions = profile.json(&["sessions", "--json"]);
        let session = sessions
            .as_array()
            .unwrap()
            .iter()
            .find(|s| s["title"] == title)
            .unwrap();
        let shown = profile.json(&["show", &text(&session["id"]), "--json"]);
        text(&shown["conversations"][0]["conversation"]["status"])
    };
    assert_eq!(
        (status_of("The older."), status_of("The newer.")),
        ("active".to_owned(), "completed".to_owned()),
        "not the one that was stopped last"
    );
}
