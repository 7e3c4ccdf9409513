//! A session's whole life over many processes.

use std::fs;

use serde_json::json;

use crate::common::{PASSPHRASE, Profile, files, text};

const DIRECTIVE: &str = "Plan the release of the parser. Use pytest for its tests.";

#[test]
fn a_session_lives_through_many_processes() {
    let (profile, _) = Profile::ready();
    let run = profile.ok(&["run", DIRECTIVE]);
    assert_eq!(
        run.matches("[rehearsal: no model is called]").count(),
        3,
        "each step says that no model is called: {run}"
    );
    assert!(run.contains("Done: the review accepts the work."), "{run}");
    assert!(!run.contains('\x1b'), "no styles where no terminal is: {run:?}");

    let sessions = profile.json(&["sessions", "--json"]);
    assert_eq!(sessions.as_array().map(Vec::len), Some(1), "{sessions}");
    assert_eq!(sessions[0]["title"], json!(DIRECTIVE));
    let id = text(&sessions[0]["id"]);
    let id = id.as_str();
    assert!(
        profile.ok(&["sessions"]).starts_with(id),
        "the id is there to be copied"
    );

    let shown = profile.json(&["show", id, "--json"]);
    let turns = shown["conversations"][0]["turns"].as_array().unwrap();
    let agents: Vec<_> = turns.iter().map(|turn| text(&turn["agent"])).collect();
    assert_eq!(agents, ["wykeve", "beatrice", "codey", "beatrice"]);
    assert_eq!(turns[0]["content"], json!(DIRECTIVE));
    let conversation = text(&shown["conversations"][0]["conversation"]["id"]);
    assert_eq!(
        profile.json(&["show", &conversation, "--json"]),
        shown["conversations"][0]
    );
    let read = profile.ok(&["show", id]);
    assert!(
        read.contains("2. Beatrice (Supervisor) · analyse") && read.contains(DIRECTIVE),
        "{read}"
    );

    profile.ok(&["archive", id]);
    assert_eq!(
        profile.failure(&["run", "more", "--session", id]),
        (2, "read_only".to_owned())
    );
    assert_eq!(
        profile.ok(&["sessions"]),
        "",
        "an archived session is not listed among the active ones"
    );
    for all in ["--archived", "--all"] {
        assert!(profile.ok(&["sessions", all]).contains("archived"), "{all} lists it");
    }
    exports(&profile, id);

    profile.ok(&["restore", id]);
    profile.ok(&["run", "And now the changelog.", "--session", id]);
    profile.ok(&["rename", id, "Parser release"]);
    let renamed = profile.json(&["sessions", "--json"]);
    assert_eq!(
        (&renamed[0]["title"], &renamed[0]["conversation_count"]),
        (&json!("Parser release"), &json!(2))
    );

    let deleted = profile.ok(&["delete", id, "--yes"]);
    assert_eq!(
        deleted,
        "Deleted “Parser release”: 2 conversations with all their turns, receipts and summaries; its key is destroyed.\n\
         Not reached: exported files, and copies of the keys file made before.\n"
    );
    assert_eq!(profile.ok(&["sessions", "--all"]), "");
    assert_eq!(profile.failure(&["show", id]), (2, "not_found".to_owned()));
    assert_eq!(profile.failure(&["show", &conversation]), (2, "not_found".to_owned()));
}

fn exports(profile: &Profile, id: &str) {
    profile.ok(&["export", id, "--format", "json", "--output", "a.json"]);
    profile.ok(&["export", id, "--format", "md", "--output", "a.md"]);
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(profile.work.path().join("a.json")).unwrap()).unwrap();
    assert_eq!(json["format"], "ccc-session");
    assert_eq!(
        json["conversations"][0]["turns"].as_array().map(Vec::len),
        Some(4),
        "{json}"
    );
    let markdown = fs::read_to_string(profile.work.path().join("a.md")).unwrap();
    assert!(markdown.contains(&format!("> {DIRECTIVE}")), "{markdown}");
}

#[test]
fn an_export_without_a_name_takes_a_safe_one_and_overwrites_nothing() {
    let (profile, _) = Profile::ready();
    let (session, _) = profile.cycle("anything");
    profile.ok(&["rename", &session, "con\u{202e}"]);
    let export = ["export", &session, "--format", "md"];
    let said = profile.ok(&export);
    assert!(said.ends_with(": _con.md\n"), "{said}");
    fs::write(profile.work.path().join("_con.md"), "mine").unwrap();
    assert_eq!(profile.failure(&export), (2, "already_exists".to_owned()));
    assert_eq!(fs::read_to_string(profile.work.path().join("_con.md")).unwrap(), "mine");
    profile.ok(&[&export[..], &["--force"]].concat());
    let written = fs::read_to_string(profile.work.path().join("_con.md")).unwrap();
    assert!(written.starts_with("# con"), "{written}");
    assert_eq!(
        files(profile.work.path()),
        ["_con.md", "data"],
        "nothing unfinished stays beside it"
    );
}

#[test]
fn memory_says_before_and_after_what_it_gives() {
    let (profile, _) = Profile::ready();
    let (session, _) = profile.cycle("The parser is tested with pytest.");
    let asked = "Which tests has the parser?";
    let context = profile.json(&["context", &session, asked, "--json"]);
    let given = context["items"].as_array().unwrap();
    assert!(!given.is_empty(), "the first cycle is remembered");
    assert!(
        given[0]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("parser")),
        "{context}"
    );
    assert_eq!(
        profile.ok(&["context", &session, asked, "--block"]),
        text(&context["block"])
    );
    let read = profile.ok(&["context", &session, asked]);
    assert!(
        read.contains("score") && read.contains(&text(&given[0]["turn_id"])),
        "{read}"
    );

    let out = profile.ok(&["run", asked, "--session", &session, "--json"]);
    let turns = crate::common::report(&out)["turns"].clone();
    let receipt = profile.json(&["receipt", &text(&turns[1]["id"]), "--json"]);
    assert_eq!(
        receipt["context"]["block"], context["block"],
        "what was shown before is what was given, byte for byte"
    );
    assert_eq!(
        profile.json(&["receipt", &text(&turns[0]["id"]), "--json"]),
        json!(null)
    );
    let read = profile.ok(&["receipt", &text(&turns[1]["id"])]);
    assert!(
        read.contains(context["block"].as_str().unwrap()),
        "the receipt holds the exact text: {read}"
    );

    let plain = profile.ok(&["run", asked, "--session", &session, "--no-memory", "--json"]);
    let step = crate::common::events(&plain)
        .into_iter()
        .find(|event| event["event"] == "step_started")
        .unwrap();
    assert_eq!(
        (&step["memory"]["state"], &step["memory_turns"]),
        (&json!("off"), &json!(0))
    );
}

#[test]
fn stored_text_cannot_steer_the_terminal() {
    let (profile, _) = Profile::ready();
    let hostile = "red \x1b[31m title\x1b]0;x\x07 \u{9b}2J";
    let run = profile.ok(&["run", hostile]);
    let id = text(&profile.json(&["sessions", "--json"])[0]["id"]);
    for out in [
        run,
        profile.ok(&["sessions"]),
        profile.ok(&["show", &id]),
        profile.ok(&["context", &id, "red"]),
    ] {
        let steering: Vec<char> = out.chars().filter(|c| c.is_control() && *c != '\n').collect();
        assert_eq!(steering, Vec::<char>::new(), "{out:?}");
        assert!(out.contains("red"), "the text itself is shown: {out:?}");
    }
    let shown = profile.json(&["show", &id, "--json"]);
    assert_eq!(
        shown["conversations"][0]["turns"][0]["content"],
        json!(hostile),
        "what is stored is what was said"
    );
}

#[test]
fn the_audit_trail_names_every_operation_and_no_secret() {
    let (profile, recovery) = Profile::ready();
    let (session, _) = profile.cycle("a directive nobody finds here");
    let listed = profile.json(&["audit", "list", "--json"]);
    let entries = listed.as_array().unwrap();
    let numbers: Vec<_> = entries.iter().map(|entry| entry["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=entries.len() as u64).collect::<Vec<_>>());
    // First comes the note that the recovery key was shown.
    assert_eq!(
        (&entries[0]["entity"], &entries[1]["entity_id"]),
        (&json!("setting"), &json!(session))
    );
    let text = listed.to_string();
    for secret in [PASSPHRASE, &recovery, "nobody finds"] {
        assert!(!text.contains(secret), "the trail does not hold {secret:?}");
    }
    assert_eq!(
        profile.json(&["audit", "verify", "--json"]),
        json!({
            "entries": entries.len(), "broken_at": null,
            "anchor": "holds", "anchored_at": entries.len()
        })
    );
    assert_eq!(
        profile
            .ok(&["audit", "list", "--after", &(entries.len() - 1).to_string()])
            .lines()
            .count(),
        1
    );
    let after = |number: u64| {
        [
            "audit".to_owned(),
            "list".to_owned(),
            "--after".to_owned(),
            number.to_string(),
        ]
    };
    let (last, beyond) = (after(i64::MAX as u64), after(i64::MAX as u64 + 1));
    assert_eq!(profile.ok(&last.each_ref().map(String::as_str)), "");
    assert_eq!(
        profile.failure(&beyond.each_ref().map(String::as_str)),
        (2, "invalid_input".to_owned()),
        "no entry has so large a number"
    );
}

#[test]
fn a_turn_and_a_conversation_are_deleted_and_what_was_not_reached_is_said() {
    let (profile, _) = Profile::ready();
    let (session, conversation) = profile.cycle("the cobalt vase");
    let shown = profile.json(&["show", &conversation, "--json"]);
    let turn = text(&shown["turns"][0]["id"]);
    assert_eq!(profile.failure(&["delete"]), (2, String::new()));
    assert_eq!(
        profile.failure(&["delete", "--turn", &turn]),
        (2, "invalid_input".to_owned())
    );
    let deleted = profile.ok(&["delete", "--turn", &turn, "--yes"]);
    assert!(deleted.starts_with("Deleted the text of the turn, what "), "{deleted}");
    assert!(deleted.contains("the session's title was made of it"), "{deleted}");
    assert!(
        deleted.contains("Not reached: copies of the data made before"),
        "{deleted}"
    );
    let shown = profile.json(&["show", &conversation, "--json"]);
    assert_eq!(shown["turns"][0]["content"], "");
    let deleted = profile.ok(&["delete", "--conversation", &conversation, "--yes"]);
    assert!(deleted.starts_with("Deleted a conversation with 4 turns"), "{deleted}");
    assert!(!profile.ok(&["show", &session, "--json"]).contains("cobalt"));
    assert_eq!(
        profile.ok(&["search", "cobalt"]).lines().count(),
        profile.ok(&["search", "xyzzy"]).lines().count()
    );
    let deleted = profile.ok(&["delete", "--everything", "--yes"]);
    assert!(deleted.starts_with("Deleted 1 sessions"), "{deleted}");
    assert_eq!(profile.ok(&["sessions", "--all"]), "");
}

#[test]
fn a_trail_whose_end_is_gone_is_told_until_it_is_accepted() {
    let (profile, _) = Profile::ready();
    let older = fs::read(profile.data.join("data.ccc")).unwrap();
    profile.cycle("later");
    assert_eq!(profile.run(&["audit", "verify"]).status, Some(0));
    fs::write(profile.data.join("data.ccc"), older).unwrap();
    let ran = profile.run(&["audit", "verify"]);
    assert_eq!(ran.failure(), (4, "data_damaged".to_owned()));
    assert!(ran.err.contains("audit accept"), "{ran:?}");
    assert_eq!(profile.failure(&["doctor"]).0, 4);
    profile.ok(&["audit", "accept"]);
    profile.ok(&["audit", "verify"]);
    let newest = profile.json(&["audit", "list", "--action", "accept", "--json"]);
    assert_eq!(newest.as_array().map(Vec::len), Some(1));
    profile.ok(&["audit", "export", "trail.json"]);
    assert_eq!(
        profile.failure(&["audit", "export", "trail.json"]),
        (2, "already_exists".to_owned())
    );
}

#[test]
fn upkeep_does_what_is_due_once_and_all_of_it_on_request() {
    let (profile, _) = Profile::ready();
    profile.cycle("something to keep");
    let first = profile.ok(&["upkeep"]);
    assert_eq!(first.lines().count(), 5, "{first}");
    assert_eq!(profile.ok(&["upkeep"]), "Nothing is due.\n");
    assert_eq!(profile.ok(&["upkeep", "--all"]).lines().count(), 5);
    let state = profile.json(&["upkeep", "--json"]);
    assert_eq!(state["runs"].as_array().map(Vec::len), Some(5));
    assert_eq!(state["expiring"], json!([]));
}
