//! Deleting, the audit trail, upkeep and the passphrase, through the commands.

use super::*;

impl Window {
    /// A finished cycle; its turns.
    fn said(&self, session_id: &str) -> Vec<Value> {
        let params =
            json!({"session_id": session_id, "directive": "Keep the vase.", "memory": true, "branch_of": null});
        self.ask("cycle_run", json!({"params": params, "onBatch": on(8)}))
            .unwrap();
        let ended = self.cycle(8).pop().unwrap()["ended"].clone();
        ended["turns"].as_array().unwrap().clone()
    }

    fn turns(&self, conversation: &Value) -> Vec<Value> {
        let read = self
            .ask("conversation_turns", json!({"conversationIds": [conversation]}))
            .unwrap();
        read[0]["turns"].as_array().unwrap().clone()
    }
}

#[test]
fn a_turn_is_out_of_sight_at_once_comes_back_by_undoing_and_is_gone_after_locking() {
    let window = Window::new();
    window.create();
    let session = window.session();
    let turns = window.said(&session);
    let (turn, conversation) = (&turns[1]["id"], &turns[1]["conversation_id"]);
    let pending = window.ask("turn_delete", json!({"turnId": turn})).unwrap();
    assert_eq!(pending["target"], json!({"kind": "turn", "id": turn}));
    assert_eq!(window.turns(conversation)[1]["content"], json!(""));
    window
        .ask("erasure_undo", json!({"target": pending["target"]}))
        .unwrap();
    assert_eq!(window.turns(conversation), turns);
    let again = window.code("erasure_undo", json!({"target": pending["target"]}));
    assert_eq!(again, Err("not_found".to_owned()));

    window.ask("turn_delete", json!({"turnId": turn})).unwrap();
    window.ask("profile_lock", json!({})).unwrap();
    window
        .ask("profile_unlock", json!({"passphrase": PASSPHRASE, "recoveryKey": null}))
        .unwrap();
    let left = window.turns(conversation);
    assert_eq!((left.len(), &left[1]["content"]), (4, &json!("")));
    assert!(left[1]["metadata"]["deleted_at"].is_string());

    window
        .ask("conversation_delete", json!({"conversationId": conversation}))
        .unwrap();
    let listed = window.ask("conversation_list", json!({"sessionId": session})).unwrap();
    assert_eq!(listed, json!([]));
}

#[test]
fn the_trail_is_listed_verified_and_exported_where_the_person_says() {
    let window = Window::new();
    window.create();
    let session = window.session();
    let filter = json!({"entity": "session", "action": "create"});
    let listed = window.ask("audit_list", json!({"filter": filter})).unwrap();
    assert_eq!(
        (listed[0]["entity_id"].clone(), listed.as_array().unwrap().len()),
        (json!(session), 1)
    );
    let verified = window.ask("audit_verify", json!({})).unwrap();
    assert_eq!(
        (&verified["broken_at"], &verified["anchor"]),
        (&Value::Null, &json!("holds"))
    );
    assert_eq!(
        window.ask("audit_export", json!({})).unwrap(),
        Value::Null,
        "the person would not"
    );
    *window.asked.save_to.lock().unwrap() = Some(window.directory.path().to_owned());
    let count = window.ask("audit_export", json!({})).unwrap();
    let file = fs::read(window.directory.path().join("CCC audit trail.json")).unwrap();
    let written: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(
        written["entries"].as_array().map(Vec::len),
        count.as_u64().and_then(|n| usize::try_from(n).ok())
    );
}

#[test]
fn upkeep_is_done_by_itself_once_and_whenever_it_is_asked_for() {
    let window = Window::new();
    window.create();
    let state = window.app.state::<AppState>().inner().clone();
    window.ask("changes_subscribe", json!({"onChange": on(3)})).unwrap();
    state.tend().unwrap();
    let runs = |of: Value| of["runs"].as_array().unwrap().clone();
    let first = runs(window.ask("upkeep_state", json!({})).unwrap());
    assert_eq!(first.len(), 5);
    state.tend().unwrap();
    assert_eq!(
        runs(window.ask("upkeep_state", json!({})).unwrap()),
        first,
        "nothing is due"
    );
    assert_ne!(runs(window.ask("upkeep_run", json!({})).unwrap()), first);
    let told: Vec<_> = window.messages.try_iter().collect();
    assert_eq!(told, [], "nothing changed that the window would have to read again");
    assert_eq!(window.ask("waiting_turns", json!({})).unwrap(), Value::Null);
    assert_eq!(
        window.code("waiting_export", json!({"format": "json"})),
        Ok(Value::Null)
    );
}

#[test]
fn the_passphrase_is_changed_and_wrong_ones_cost_time_but_never_the_way_in() {
    let window = Window::new();
    window.create();
    assert_eq!(
        window.ask("ways_get", json!({})).unwrap(),
        json!({"keychain": false, "passphrase": true})
    );
    let removed = window.code("passphrase_remove", json!({}));
    assert_eq!(
        removed,
        Err("invalid_input".to_owned()),
        "it is the only way in besides the recovery key"
    );
    window
        .ask("passphrase_set", json!({"passphrase": "another long one"}))
        .unwrap();
    window.ask("profile_lock", json!({})).unwrap();
    let unlock =
        |passphrase: &str| window.ask("profile_unlock", json!({"passphrase": passphrase, "recoveryKey": null}));
    for _ in 0..3 {
        assert_eq!(unlock(PASSPHRASE).unwrap_err()["code"], json!("wrong_secret"));
    }
    let early = unlock("another long one").unwrap_err();
    assert_eq!(early["code"], json!("too_soon"));
    let wait = early["retry_after_ms"].as_u64().unwrap();
    assert!((1..=1_000).contains(&wait), "{early}");
    std::thread::sleep(Duration::from_millis(wait));
    assert_eq!(unlock("another long one").unwrap()["state"], json!("unlocked"));
}
