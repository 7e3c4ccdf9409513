//! Memory switched off for a cycle, for a session and for the whole app: each reaches what a step is given.

use super::*;

impl Window {
    /// What memory the two first steps of a new cycle had, by their receipts.
    fn memory_of_a_cycle(&self, session_id: &str, memory: bool) -> Vec<Value> {
        let params =
            json!({"session_id": session_id, "directive": "Keep the logs.", "memory": memory, "branch_of": null});
        self.ask("cycle_run", json!({"params": params, "onBatch": on(8)}))
            .unwrap();
        let ended = self.cycle(8).pop().unwrap()["ended"].clone();
        let turns = ended["turns"].as_array().unwrap()[1..3].iter();
        let receipt = |turn: &Value| self.ask("turn_receipt", json!({"turnId": turn["id"]})).unwrap();
        turns.map(|turn| receipt(turn)["context"]["state"].clone()).collect()
    }

    fn app_memory(&self, memory: bool) {
        let mut settings = self.ask("settings_get", json!({})).unwrap();
        settings["memory"] = json!(memory);
        self.ask("settings_set", json!({"settings": settings})).unwrap();
    }

    fn session_memory(&self, session_id: &str, memory: bool) {
        let listed = self.ask("session_list", json!({"filter": "all"})).unwrap();
        let mut preferences = listed[0]["preferences"].clone();
        preferences["memory"] = json!(memory);
        let set = json!({"sessionId": session_id, "preferences": preferences});
        self.ask("session_preferences_set", set).unwrap();
    }
}

#[test]
fn memory_is_used_where_nothing_has_it_off_and_by_no_step_where_anything_has() {
    let window = Window::new();
    window.create();
    let session = window.session();
    let (used, off) = (vec![json!("used"); 2], vec![json!("off"); 2]);
    assert_eq!(window.memory_of_a_cycle(&session, true), used);
    assert_eq!(window.memory_of_a_cycle(&session, false), off, "this cycle");
    assert_eq!(window.memory_of_a_cycle(&session, true), used, "that cycle alone");
    window.session_memory(&session, false);
    assert_eq!(window.memory_of_a_cycle(&session, true), off, "the session");
    window.session_memory(&session, true);
    window.app_memory(false);
    assert_eq!(window.memory_of_a_cycle(&session, true), off, "the whole app");
    window.app_memory(true);
    assert_eq!(window.memory_of_a_cycle(&session, true), used, "back as it was");
}

#[test]
fn the_window_is_told_what_else_is_about_the_same() {
    let window = Window::new();
    window.create();
    let session = window.session();
    window.memory_of_a_cycle(&session, true);
    window.memory_of_a_cycle(&session, true);
    let listed = window.ask("conversation_list", json!({"sessionId": session})).unwrap();
    let related = |of: &Value, limit: u32| {
        let asked = json!({"conversationId": of["id"], "limit": limit});
        window.ask("conversation_related", asked).unwrap()
    };
    let found = related(&listed[1], 3);
    assert_eq!(found.as_array().unwrap().len(), 1, "the other one, and not itself");
    assert_eq!(found[0]["conversation_id"], listed[0]["id"]);
    assert_eq!(found[0]["reason"], json!("shares “keep”, “logs”"));
    assert_eq!(related(&listed[1], 0), json!([]));
}

#[test]
fn the_index_is_loaded_by_itself_when_the_profile_opens_and_gone_when_it_locks() {
    let window = Window::new();
    window.create();
    let session = window.session();
    window.memory_of_a_cycle(&session, true);
    window.ask("profile_lock", json!({})).unwrap();
    window
        .ask("profile_unlock", json!({"passphrase": PASSPHRASE, "recoveryKey": null}))
        .unwrap();
    let engine = window.app.state::<AppState>().engine().unwrap();
    let index = || engine.memory.index_state().unwrap();
    let all = || index().loaded == 1 && !index().loading;
    let deadline = Instant::now() + Duration::from_secs(10);
    while !all() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(all(), "nobody asked for it: {}", index().words());
    assert_eq!((index().sessions, index().turns), (1, 4));
    assert!(index().words().starts_with("ready, 4 turns, "), "{}", index().words());
    window.ask("profile_lock", json!({})).unwrap();
    assert_eq!((index().loaded, index().turns, index().bytes), (0, 0, 0));
}

#[test]
fn what_is_new_in_the_index_is_stored_once_nothing_ran_for_a_while() {
    let window = Window::new();
    window.create();
    let session = window.session();
    window.memory_of_a_cycle(&session, true);
    let state = window.app.state::<AppState>();
    let written = || {
        fs::metadata(window.directory.path().join("data.ccc-wal"))
            .unwrap()
            .len()
    };
    let before = written();
    let now = Instant::now();
    assert!(!state.tend_index_at(now).unwrap(), "a cycle has just run");
    assert_eq!(written(), before);
    assert!(state.tend_index_at(now + index::STORE_AFTER).unwrap());
    let after = written();
    assert!(after > before, "{after} bytes, {before} before");
    assert!(state.tend_index_at(now + 2 * index::STORE_AFTER).unwrap());
    assert_eq!(written(), after, "nothing new, nothing written");
    window.ask("profile_lock", json!({})).unwrap();
    assert!(
        !state.tend_index_at(now + 3 * index::STORE_AFTER).unwrap(),
        "there is none while locked"
    );
}

#[test]
fn a_summary_is_edited_listed_and_asked_of_a_model_where_there_is_one() {
    let window = Window::new();
    window.create();
    let session = window.session();
    window.memory_of_a_cycle(&session, true);
    let of = json!({"sessionId": session});
    let listed = || window.ask("summary_list", of.clone()).unwrap();
    let texts = || -> Vec<Value> {
        listed()
            .as_array()
            .unwrap()
            .iter()
            .map(|each| each["text"].clone())
            .collect()
    };
    assert_eq!(
        texts(),
        ["Wykeve: Keep the logs."],
        "of what Rehearsal composed, nothing"
    );
    let edit = |text: &str| window.ask("summary_edit", json!({"sessionId": session, "text": text}));
    assert_eq!(edit("We keep them.").unwrap()["source"], json!("person"));
    assert_eq!(edit(" ").unwrap_err()["code"], json!("invalid_input"));
    assert_eq!(texts(), ["We keep them.", "Wykeve: Keep the logs."]);
    let shown = window.ask("session_context", of.clone()).unwrap();
    assert_eq!(shown["summary"]["text"], json!("We keep them."));
    let refused = window.ask("summary_write", of.clone()).unwrap_err();
    assert_eq!(refused["code"], json!("invalid_input"), "Rehearsal calls no model");
}
