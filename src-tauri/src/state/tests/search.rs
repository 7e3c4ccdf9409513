//! Search through the window's command.

use super::*;

fn ask(query: &str) -> Value {
    json!({"request": {"query": query, "limit": 20, "offset": 0}})
}

#[test]
fn the_window_finds_what_was_said_in_an_archived_session() {
    let window = Window::new();
    window.create();
    let session = window.session();
    let params = json!({"session_id": session, "directive": "Keep the quince.", "memory": true, "branch_of": null});
    window
        .ask("cycle_run", json!({"params": params, "onBatch": on(8)}))
        .unwrap();
    window.cycle(8);
    window.ask("session_archive", json!({"sessionId": session})).unwrap();
    let found = window.ask("search", ask("quin agent:me")).unwrap();
    assert_eq!(found["hits"].as_array().unwrap().len(), 1);
    let hit = &found["hits"][0];
    assert_eq!((&hit["session_id"], &hit["number"]), (&json!(session), &json!(1)));
    assert_eq!(
        hit["snippet"],
        json!({"text": "Keep the quince.", "marks": [{"start": 9, "end": 15}]})
    );
    assert_eq!(window.ask("search", ask("")).unwrap()["hits"], json!([]));
    window.ask("profile_lock", json!({})).unwrap();
    let locked = window.ask("search", ask("quince")).unwrap_err();
    assert_eq!(locked["code"], json!("locked"), "nothing is found behind the lock");
}

#[test]
fn a_later_search_ends_an_earlier_one() {
    let window = Window::new();
    let state = window.app.state::<AppState>();
    let first = state.begin_search();
    assert!(!first(), "the latest goes on");
    let second = state.begin_search();
    assert!(first() && !second(), "the earlier one is told to stop");
}
