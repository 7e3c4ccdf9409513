//! `search`: over every session, in text and in JSON.

use serde_json::{Value, json};

use crate::common::{Profile, text};

/// What was found, by what is shown of it.
fn snippets(found: &Value) -> Vec<String> {
    let hits = found["hits"].as_array().unwrap();
    hits.iter().map(|hit| text(&hit["snippet"]["text"])).collect()
}

#[test]
fn what_was_said_is_found_in_every_session_also_in_an_archived_one() {
    let (profile, _) = Profile::ready();
    let (garden, conversation) = profile.cycle("Plan the quince hedge.");
    profile.cycle("Name the release.");
    profile.ok(&["archive", &garden]);
    let found = profile.json(&["search", "quinces agent:me", "--json"]);
    assert_eq!(snippets(&found), ["Plan the quince hedge."]);
    let hit = &found["hits"][0];
    assert_eq!(
        (
            &hit["session_id"],
            &hit["conversation_id"],
            &hit["number"],
            &hit["session_status"]
        ),
        (&json!(garden), &json!(conversation), &json!(1), &json!("archived"))
    );
    assert_eq!(hit["snippet"]["marks"], json!([{"start": 9, "end": 15}]));
    assert_eq!((&found["more"], &found["damaged"]), (&json!(false), &json!(0)));
    let shown = profile.ok(&["search", "quinces agent:me status:archived"]);
    assert!(
        shown.contains("Plan the [quince] hedge.") && shown.contains("(archived)"),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("turn 1 of conversation {conversation}")),
        "{shown}"
    );
}

#[test]
fn a_query_is_whole_and_may_begin_with_a_minus() {
    let (profile, _) = Profile::ready();
    profile.cycle("Plan the quince hedge.");
    profile.cycle("Name the planet.");
    let mine = |query: &str| snippets(&profile.json(&["search", query, "--json"]));
    assert_eq!(mine("plane agent:me"), Vec::<String>::new(), "nobody is typing");
    assert_eq!(mine("-quince agent:me"), ["Name the planet."]);
    assert_eq!(profile.ok(&["search", "zzzz"]), "Nothing was found.\n");
    assert_eq!(profile.failure(&["search", "  "]), (2, "invalid_input".to_owned()));
    assert_eq!(profile.run(&["search", "quince", "--limit", "0"]).status, Some(2));
    assert_eq!(
        snippets(&serde_json::from_str(&profile.input(&["search", "-", "--json"], b"planet agent:me\n").out).unwrap()),
        ["Name the planet."]
    );
}

#[test]
fn pages_follow_one_another() {
    let (profile, _) = Profile::ready();
    profile.cycle("Plan the quince hedge.");
    let page = |offset: &str| profile.json(&["search", "after:2000", "--limit", "2", "--offset", offset, "--json"]);
    let (first, second) = (page("0"), page("2"));
    assert_eq!(
        (first["more"].as_bool(), first["hits"].as_array().unwrap().len()),
        (Some(true), 2)
    );
    assert_eq!(
        (second["more"].as_bool(), second["hits"].as_array().unwrap().len()),
        (Some(false), 2)
    );
    let shown = profile.ok(&["search", "after:2000", "--limit", "2"]);
    assert!(shown.contains("There are more: --offset 2"), "{shown}");
}
