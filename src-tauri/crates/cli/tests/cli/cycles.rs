//! Cycles as they happen: their events, stopping, crashing, asking, failing.

use std::{
    io::BufReader,
    process::{Child, Command},
    time::Instant,
};

use serde_json::json;

use crate::{
    common::{Profile, events, finish, first_line, read_until, report, text},
    server::{Recorded, Server, answer, stalled},
};

/// A profile whose preferred provider is `server`.
fn with_server(server: &Server) -> Profile {
    let (profile, _) = Profile::ready();
    profile.ok(&[
        "provider",
        "add",
        "loop",
        "--url",
        &server.url(),
        "--model",
        "loop-1",
        "--no-key",
    ]);
    profile
}

fn names(out: &str) -> Vec<String> {
    let mut names: Vec<String> = events(out).iter().map(|event| text(&event["event"])).collect();
    names.dedup();
    names
}

#[test]
fn the_events_come_in_the_documented_order() {
    let (profile, _) = Profile::ready();
    let out = profile.ok(&["run", "Name three colours.", "--json"]);
    let step = ["step_started", "model", "text", "step_ended", "turn_stored"];
    let expected = [
        &["started", "turn_stored"][..],
        &step,
        &step,
        &step,
        &["done", "report"],
    ]
    .concat();
    assert_eq!(names(&out), expected);

    let all = events(&out);
    let steps: Vec<_> = all
        .iter()
        .filter(|e| e["event"] == "step_started")
        .map(|e| text(&e["step"]))
        .collect();
    assert_eq!(steps, ["analyse", "execute", "review"]);
    let report = report(&out);
    assert_eq!(report["phase"], json!({"name": "done", "data": "accepted"}));
    assert_eq!(report["stateless"], json!(null));
    let pieces: String = all
        .iter()
        .filter(|e| e["event"] == "text")
        .map(|e| text(&e["text"]))
        .collect();
    let turns = report["turns"].as_array().unwrap();
    let said: String = turns[1..].iter().map(|turn| text(&turn["content"])).collect();
    assert_eq!(pieces, said, "the pieces are the turns");
}

#[test]
fn the_help_of_run_names_every_event_and_field() {
    let (profile, _) = Profile::ready();
    let all = events(&profile.ok(&["run", "Name three colours.", "--json"]));
    let turn = all[1]["turn"].as_object().unwrap();
    let help = profile.ok(&["run", "--help"]);
    for event in &all {
        assert!(
            help.contains(&format!("  {} ", text(&event["event"]))),
            "{event} is documented"
        );
    }
    let fields = [
        "id",
        "session_id",
        "conversation_id",
        "number",
        "agent",
        "content",
        "created_at",
        "status",
        "metadata",
    ];
    let mut known = fields.map(str::to_owned).to_vec();
    known.sort();
    assert_eq!(
        turn.keys().cloned().collect::<Vec<_>>(),
        known,
        "a turn has what the help says"
    );
}

/// Answers analyse, and stalls in execute after `text`.
fn stalls_at_execute(text: &'static str) -> Server {
    Server::start(move |request: &Recorded| match request.index {
        0 => answer("Do it in two steps."),
        1 => stalled(text),
        _ => answer("Done.\n\nVerdict: accept"),
    })
    .unwrap()
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let id = child.id().to_string();
    assert!(
        Command::new("kill").args(["-INT", &id]).status().unwrap().success(),
        "the signal is sent"
    );
}

#[test]
#[cfg(unix)]
fn a_stopped_cycle_keeps_its_text_and_is_resumed_where_it_stopped() {
    let server = stalls_at_execute("The first half of the work");
    let profile = with_server(&server);
    let mut child = profile.command(&["run", "Build it."]).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let (_, out) = read_until(out, "The first half of the work");
    interrupt(&child);
    let (rest, _out) = read_until(out, "To go on: ccc-cli resume ");
    assert!(rest.contains("Stopped at execute (cancelled)"), "{rest}");
    assert_eq!(finish(child).failure(), (6, "cancelled".to_owned()));

    let session = text(&profile.json(&["sessions", "--json"])[0]["id"]);
    let shown = profile.json(&["show", &session, "--json"]);
    let cut = &shown["conversations"][0]["turns"][2];
    assert_eq!(
        (&cut["agent"], &cut["status"], &cut["content"]),
        (
            &json!("codey"),
            &json!("interrupted"),
            &json!("The first half of the work")
        )
    );

    let resumed = profile.run(&["resume", "--json"]);
    assert_eq!(resumed.status, Some(0), "{resumed:?}");
    assert_eq!(report(&resumed.out)["phase"]["data"], json!("accepted"));
    assert_eq!(
        server.requests().len(),
        4,
        "analyse is not asked for, and paid for, again"
    );
    assert_eq!(
        profile.failure(&["resume"]),
        (2, "cycle_state".to_owned()),
        "nothing is left to resume"
    );
}

#[test]
fn an_escalation_waits_for_its_answer() {
    let server = Server::start(|request: &Recorded| match request.index {
        2 => answer("I cannot tell.\n\nVerdict: escalate: Which database?"),
        _ => answer("Fine.\n\nVerdict: accept"),
    })
    .unwrap();
    let profile = with_server(&server);
    let run = profile.run(&["run", "Store it."]);
    assert_eq!(run.status, Some(0), "waiting for an answer is no failure: {run:?}");
    assert!(run.out.contains("Beatrice asks you:\nWhich database?"), "{}", run.out);
    let session = text(&profile.json(&["sessions", "--json"])[0]["id"]);
    let shown = profile.json(&["show", &session, "--json"]);
    let conversation = text(&shown["conversations"][0]["conversation"]["id"]);
    assert!(
        run.out.contains(&format!("To answer: ccc-cli answer {conversation}")),
        "{}",
        run.out
    );

    let waiting = profile.run(&["resume"]);
    assert_eq!(waiting.failure(), (2, "cycle_state".to_owned()));
    assert!(
        waiting.err.contains("this cycle waits for your answer"),
        "{}",
        waiting.err
    );
    assert!(waiting.err.contains("it asks: Which database?"), "{}", waiting.err);
    assert_eq!(
        profile.failure(&["answer", &conversation, " "]),
        (2, "invalid_input".to_owned())
    );
    let answered = profile.ok(&["answer", &conversation, "PostgreSQL", "--json"]);
    assert_eq!(report(&answered)["phase"]["data"], json!("accepted"));
    let turns = report(&answered)["turns"].clone();
    assert_eq!(
        (&turns[4]["agent"], &turns[4]["content"]),
        (&json!("wykeve"), &json!("PostgreSQL"))
    );
    assert_eq!(
        profile.failure(&["answer", &conversation, "again"]),
        (2, "cycle_state".to_owned()),
        "a cycle that is done takes no answer"
    );
}

#[test]
fn a_provider_that_is_not_there_stops_the_cycle_and_loses_nothing() {
    let gone = Server::start(|_: &Recorded| Vec::new()).unwrap().url();
    let (profile, _) = Profile::ready();
    profile.ok(&["provider", "add", "gone", "--url", &gone, "--model", "m", "--no-key"]);
    let run = profile.run(&["run", "Try it.", "--json"]);
    assert_eq!(run.failure(), (5, "provider_unreachable".to_owned()), "{run:?}");
    assert_eq!(report(&run.out)["phase"]["name"], json!("paused"));
    assert!(
        names(&run.out).contains(&"retrying".to_owned()),
        "it was tried again: {}",
        run.out
    );
    let resumed = profile.run(&["resume", "--provider", "rehearsal", "--json"]);
    assert_eq!(report(&resumed.out)["phase"]["data"], json!("accepted"), "{resumed:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let (profile, _) = Profile::ready();
    // More than a pipe holds, so that writing goes on after the reader left.
    let (session, _) = profile.cycle(&"A long directive to be shown. ".repeat(4_000));
    for args in [
        &["show", &session][..],
        &["run", "short", "--json"],
        &["completions", "bash"],
    ] {
        let mut child = profile.command(args).spawn().unwrap();
        let (line, out) = first_line(&mut child);
        assert!(!line.is_empty(), "{args:?} began");
        drop(out);
        let ran = finish(child);
        assert!(!ran.err.contains("panicked"), "{args:?}: {}", ran.err);
        if args[0] == "run" {
            // The cycle may have ended before its reader left; if not, it was stopped and says so.
            let ended = [(0, String::new()), (6, "cancelled".to_owned())];
            assert!(ended.contains(&ran.failure()), "{args:?}: {ran:?}");
        } else {
            assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{args:?}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_told_and_the_cycle_goes_on() {
    let (profile, _) = Profile::ready();
    // A file may not grow beyond 64 KiB, as on a full disk; text that does not compress makes the log outgrow that.
    let mut word = 1u64;
    let noise: String = std::iter::repeat_with(|| {
        word = word
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        format!("{word:x} ")
    })
    .take(20_000)
    .collect();
    std::fs::write(profile.work.path().join("directive"), &noise).unwrap();
    let script = r#"trap '' XFSZ; ulimit -f 64; exec "$0" run - --json < directive"#;
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_ccc-cli")]);
    let prepared = profile.command(&[]);
    command.current_dir(profile.work.path());
    command.envs(prepared.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let began = Instant::now();
    let ran = finish(command.spawn().unwrap());
    let said = names(&ran.out);
    assert!(
        said.contains(&"stateless".to_owned()),
        "after {:?}: {} {}",
        began.elapsed(),
        ran.err,
        said.join(" ")
    );
    assert!(said.contains(&"turn_not_stored".to_owned()), "{}", said.join(" "));
    assert_eq!(report(&ran.out)["stateless"], json!("disk_failed"));
    assert_eq!(
        ran.failure(),
        (4, "disk_failed".to_owned()),
        "the answer is there, and not saved: {}",
        ran.err
    );
    assert_eq!(
        report(&ran.out)["phase"]["name"],
        json!("done"),
        "the cycle came to its end"
    );
}
