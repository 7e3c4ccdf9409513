//! The profile's life, through the commands of a window that is not drawn.

mod away;
mod backups;
mod memory;
mod search;
mod tending;

use std::{
    fs, io,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, channel},
    },
    time::Duration,
};

use ccc_engine::{Keychain, Profile};
use serde_json::{Value, json};
use tauri::{
    App, Manager, Url, WebviewWindow,
    ipc::{CallbackFn, InvokeBody},
    test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets},
    webview::InvokeRequest,
};
use tempfile::TempDir;

use super::*;

const PASSPHRASE: &str = "correct horse battery";

/// What the window asked of the system.
#[derive(Default)]
struct Asked {
    reloads: AtomicUsize,
    links: Mutex<Vec<String>>,
    save_to: Mutex<Option<PathBuf>>,
}

struct FakeHost(Arc<Asked>);

impl Host for FakeHost {
    fn reload(&self) {
        self.0.reloads.fetch_add(1, Ordering::Relaxed);
    }

    fn ask_where_to_save(&self, suggested: &str) -> Option<PathBuf> {
        let folder = self.0.save_to.lock().unwrap().clone();
        folder.map(|folder| folder.join(suggested))
    }

    fn ask_for_a_folder(&self) -> Option<PathBuf> {
        self.0.save_to.lock().unwrap().clone()
    }

    fn open_link(&self, url: &Url) -> io::Result<()> {
        self.0.links.lock().unwrap().push(url.to_string());
        Ok(())
    }
}

/// The app without a screen, over a directory of its own.
struct Window {
    directory: TempDir,
    app: App<MockRuntime>,
    webview: WebviewWindow<MockRuntime>,
    asked: Arc<Asked>,
    /// What came over channels: the channel's id and the message.
    messages: Receiver<(u32, Value)>,
}

impl Window {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let profile = Profile::acquire(directory.path(), Keychain::none()).unwrap();
        Self::over(directory, profile)
    }

    fn over(directory: TempDir, profile: Profile) -> Self {
        let (sender, messages) = channel();
        let asked = Arc::new(Asked::default());
        let app = mock_builder()
            .invoke_handler(crate::ipc::builder::<MockRuntime>().invoke_handler())
            .channel_interceptor(move |_, callback, _, body| {
                let message = body.clone().deserialize().unwrap();
                sender.send((callback.0, message)).is_ok()
            })
            .build(mock_context(noop_assets()))
            .unwrap();
        app.manage(AppState::new(profile, Box::new(FakeHost(asked.clone())), None));
        let webview = tauri::WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default())
            // Not the person's own folder, which Tauri would make otherwise.
            .data_directory(directory.path().join("webview"))
            .build()
            .unwrap();
        Self {
            directory,
            app,
            webview,
            asked,
            messages,
        }
    }

    /// As after a restart, the lock of the directory kept: what Tauri manages outlives its app here.
    fn again(self) -> Self {
        let state = self.app.state::<AppState>();
        state.close();
        let profile = state.profile().clone();
        Self::over(self.directory, profile)
    }

    fn ask(&self, command: &str, body: Value) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: "tauri://localhost".parse().unwrap(),
            body: InvokeBody::Json(body),
            headers: tauri::http::HeaderMap::new(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(&self.webview, request).map(|body| body.deserialize().unwrap())
    }

    fn code(&self, command: &str, body: Value) -> Result<Value, String> {
        let asked = self.ask(command, body);
        asked.map_err(|error| error.get("code").and_then(Value::as_str).unwrap_or("none").to_owned())
    }

    fn create(&self) -> String {
        let body = json!({"keychain": false, "passphrase": PASSPHRASE});
        let created = self.ask("profile_create", body).unwrap();
        created.get("recovery_key").and_then(Value::as_str).unwrap().to_owned()
    }

    fn state(&self) -> Value {
        self.ask("profile_state", json!({})).unwrap()
    }

    fn session(&self) -> String {
        let made = self
            .ask("session_create", json!({"temporary": false, "preferences": null}))
            .unwrap();
        made.get("id").and_then(Value::as_str).unwrap().to_owned()
    }

    /// The next message of a channel.
    fn heard(&self, on: u32) -> Value {
        loop {
            let (id, message) = self.messages.recv_timeout(Duration::from_secs(10)).unwrap();
            if id == on {
                return message;
            }
        }
    }

    /// Batches of a cycle up to its end.
    fn cycle(&self, on: u32) -> Vec<Value> {
        let mut batches = Vec::new();
        loop {
            let batch = self.heard(on);
            let ended = !batch["ended"].is_null();
            batches.push(batch);
            if ended {
                return batches;
            }
        }
    }
}

fn on(channel: u32) -> String {
    format!("__CHANNEL__:{channel}")
}

fn locked(why: &str) -> Value {
    json!({"state": "locked", "why": why, "keychain": false, "passphrase": true, "lost": 0})
}

fn unlocked() -> Value {
    json!({"state": "unlocked", "interrupted": [], "recovery_unseen": true, "trail_cut": false})
}

#[test]
fn each_stage_answers_as_what_it_is() {
    let window = Window::new();
    assert_eq!(
        window.code("session_list", json!({"filter": "all"})),
        Err("locked".to_owned()),
        "not looked at"
    );
    assert_eq!(window.state(), json!({"state": "first_run", "keychain": false}));
    let list = || window.code("session_list", json!({"filter": "all"}));
    assert_eq!(list(), Err("not_initialised".to_owned()));
    let unlock = |secret: Value| window.code("profile_unlock", secret);
    assert_eq!(
        unlock(json!({"passphrase": PASSPHRASE})),
        Err("not_initialised".to_owned())
    );

    let recovery_key = window.create();
    assert_eq!((window.state(), list()), (unlocked(), Ok(json!([]))));
    let again = window.code("profile_create", json!({"keychain": false, "passphrase": PASSPHRASE}));
    assert_eq!(again, Err("already_exists".to_owned()));

    assert_eq!(window.code("profile_lock", json!({})), Ok(Value::Null));
    assert_eq!(window.state(), locked("locked"));
    assert_eq!(list(), Err("locked".to_owned()));
    assert_eq!(
        window.asked.reloads.load(Ordering::Relaxed),
        1,
        "what the page held is gone"
    );
    assert_eq!(
        unlock(json!({"passphrase": "wrong horse"})),
        Err("wrong_secret".to_owned())
    );
    assert_eq!(unlock(json!({})), Err("invalid_input".to_owned()));
    assert_eq!(
        unlock(json!({"passphrase": PASSPHRASE, "recoveryKey": recovery_key})),
        Err("invalid_input".to_owned())
    );
    assert_eq!(window.state(), locked("locked"), "a refusal opens nothing");
    assert_eq!(unlock(json!({"recoveryKey": recovery_key})), Ok(unlocked()));
    assert_eq!(list(), Ok(json!([])));
}

#[test]
fn a_start_over_a_profile_waits_for_its_passphrase_and_keeps_its_lock() {
    let window = Window::new();
    window.create();
    let session = window.session();
    let window = window.again();
    assert_eq!(window.state(), locked("keychain_not_used"));
    assert_eq!(
        window.code("keychain_retry", json!({})),
        Ok(locked("keychain_not_used"))
    );
    let second = Profile::acquire(window.directory.path(), Keychain::none()).map(drop);
    assert!(
        matches!(second, Err(EngineError::ProfileInUse)),
        "locked or not, the directory is ours"
    );
    let wrong = window.code("profile_unlock", json!({"passphrase": "wrong horse"}));
    assert_eq!(wrong, Err("wrong_secret".to_owned()));
    let second = Profile::acquire(window.directory.path(), Keychain::none()).map(drop);
    assert!(matches!(second, Err(EngineError::ProfileInUse)), "also after a failure");
    assert_eq!(
        window.code("profile_unlock", json!({"passphrase": PASSPHRASE})),
        Ok(unlocked())
    );
    let sessions = window.ask("session_list", json!({"filter": "active"})).unwrap();
    assert_eq!(sessions[0]["id"], json!(session));
}

#[test]
fn what_cannot_be_opened_says_so_and_can_be_asked_again() {
    let window = Window::new();
    window.create();
    let window = window.again();
    let keys = window.directory.path().join("keys-a.ccc");
    let other = window.directory.path().join("keys-b.ccc");
    let kept = [fs::read(&keys).unwrap(), fs::read(&other).unwrap()];
    for file in [&keys, &other] {
        fs::remove_file(file).unwrap();
    }
    let ask = || window.code("profile_state", json!({}));
    assert_eq!(ask(), Err("keys_missing".to_owned()));
    fs::write(&keys, &kept[0]).unwrap();
    fs::write(&other, &kept[1]).unwrap();
    assert_eq!(ask(), Ok(locked("keychain_not_used")));
}

#[test]
fn a_cycle_streams_in_numbered_batches_and_is_found_again() {
    let window = Window::new();
    window.create();
    window.ask("changes_subscribe", json!({"onChange": on(7)})).unwrap();
    let session_id = window.session();
    assert_eq!(window.heard(7), json!({"tags": ["sessions"]}));
    let params = json!({"session_id": session_id, "directive": "Plan it.", "memory": true, "branch_of": null});
    let begun = window
        .ask("cycle_run", json!({"params": params, "onBatch": on(8)}))
        .unwrap();
    assert_eq!(begun["turns"][0]["content"], json!("Plan it."));
    let batches = window.cycle(8);
    let mut next = 1;
    for batch in &batches {
        assert_eq!(batch["first"], json!(next));
        next += batch["updates"].as_array().unwrap().len();
    }
    let report = &batches.last().unwrap()["ended"];
    assert_eq!(report["phase"], json!({"name": "done", "data": "accepted"}));

    let conversation = begun["conversation_id"].clone();
    let attach = window.ask(
        "cycle_attach",
        json!({"conversationId": conversation, "onBatch": on(9)}),
    );
    assert_eq!(attach, Ok(Value::Null), "it has ended");
    let histories = window
        .ask("conversation_turns", json!({"conversationIds": [conversation]}))
        .unwrap();
    assert_eq!(histories[0]["turns"], report["turns"]);
    assert_eq!(histories[0]["phase"], report["phase"]);
    let stop = window.code("cycle_stop", json!({"conversationId": conversation}));
    assert_eq!(stop, Err("cycle_state".to_owned()));
    let resume = json!({"conversationId": conversation, "memory": true, "onBatch": on(9)});
    assert_eq!(window.code("cycle_resume", resume), Err("cycle_state".to_owned()));
    let again = json!({"conversationId": conversation, "step": "review", "memory": true, "onBatch": on(10)});
    window.ask("cycle_retry_step", again).unwrap();
    let turns = window.cycle(10).last().unwrap()["ended"]["turns"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(turns, 5);
}

#[test]
fn a_page_that_was_left_hears_no_more() {
    let window = Window::new();
    window.create();
    window.ask("changes_subscribe", json!({"onChange": on(7)})).unwrap();
    window.app.state::<AppState>().page_left();
    window.session();
    window.ask("changes_subscribe", json!({"onChange": on(8)})).unwrap();
    window.session();
    let (first, _) = window.messages.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(first, 8, "the old page's channel was told nothing");
}

#[test]
fn the_webview_names_no_path_and_opens_no_file() {
    let window = Window::new();
    let recovery_key = window.create();
    let session_id = window.session();
    window
        .ask("session_rename", json!({"sessionId": session_id, "title": "../up"}))
        .unwrap();
    let save = |key: &str| window.code("recovery_save", json!({"recoveryKey": key}));
    let export = json!({"sessionId": session_id, "format": "json"});
    assert_eq!(save(&recovery_key), Ok(json!(false)), "the person would not");
    assert_eq!(window.code("session_export", export.clone()), Ok(Value::Null));

    let folder = tempfile::tempdir().unwrap();
    *window.asked.save_to.lock().unwrap() = Some(folder.path().to_owned());
    assert_eq!(save("not a key"), Err("invalid_input".to_owned()));
    assert_eq!(save(&recovery_key), Ok(json!(true)));
    assert!(
        fs::read_to_string(folder.path().join("ccc-recovery-key.txt"))
            .unwrap()
            .contains(&recovery_key),
        "the file holds the key"
    );
    let report = window.code("session_export", export).unwrap();
    assert_eq!((&report["conversations"], &report["turns"]), (&json!(0), &json!(0)));
    let written = fs::read_to_string(folder.path().join("CCC up.json")).unwrap();
    assert_eq!(report["bytes"], json!(written.len()));

    let open = |url: &str| window.code("link_open", json!({"url": url}));
    assert_eq!(open("https://example.org/"), Ok(Value::Null));
    assert_eq!(open("file:///etc/hostname"), Err("invalid_input".to_owned()));
    assert_eq!(*window.asked.links.lock().unwrap(), ["https://example.org/"]);
}

#[test]
fn locking_in_the_middle_of_a_cycle_offers_it_again_afterwards() {
    let window = Window::new();
    window.create();
    let server = support::Server::start(|_| support::stalled("half a plan")).unwrap();
    let entry = json!({"name": "loop", "base_url": server.url(), "model": "m", "confirmed_http_host": null});
    let listed = window
        .ask("provider_add", json!({"entry": entry, "apiKey": null}))
        .unwrap();
    assert_eq!(listed["preferred"], json!("loop"));
    let session_id = window.session();
    let params = json!({"session_id": session_id, "directive": "Plan it.", "memory": true, "branch_of": null});
    let begun = window
        .ask("cycle_run", json!({"params": params, "onBatch": on(8)}))
        .unwrap();
    let conversation = begun["conversation_id"].clone();
    while !window.heard(8).to_string().contains("half a plan") {}
    let listed = window
        .ask("conversation_list", json!({"sessionId": session_id}))
        .unwrap();
    assert_eq!(listed[0]["status"], json!("active"));
    let left = json!([{"session_id": session_id, "conversation_id": conversation}]);
    assert_eq!(
        window.state()["interrupted"],
        left,
        "a page loaded anew goes back to what runs"
    );

    window.ask("profile_lock", json!({})).unwrap();
    let report = window.cycle(8).pop().unwrap();
    assert_eq!(
        report["ended"]["turns"][1]["status"],
        json!("interrupted"),
        "its text is kept"
    );
    let opened = window.ask("profile_unlock", json!({"passphrase": PASSPHRASE})).unwrap();
    assert_eq!(opened["interrupted"], left);
    let histories = window
        .ask("conversation_turns", json!({"conversationIds": [conversation]}))
        .unwrap();
    assert_eq!(histories[0]["phase"]["name"], json!("paused"));
}

#[test]
fn a_session_goes_out_of_sight_and_comes_back() {
    let window = Window::new();
    window.create();
    let session_id = window.session();
    let list = || window.ask("session_list", json!({"filter": "all"})).unwrap();
    let before = list();
    let pending = window.ask("session_delete", json!({"sessionId": session_id})).unwrap();
    assert_eq!(pending["session_id"], json!(session_id));
    assert_eq!(list(), json!([]));
    let back = window
        .ask("session_delete_undo", json!({"sessionId": session_id}))
        .unwrap();
    assert_eq!((json!([back]), list()), (before.clone(), before));
    let temporary = window
        .ask("session_create", json!({"temporary": true, "preferences": null}))
        .unwrap();
    assert_eq!(temporary["temporary"], json!(true));
    let window = window.again();
    window.state();
    window.ask("profile_unlock", json!({"passphrase": PASSPHRASE})).unwrap();
    let left = window.ask("session_list", json!({"filter": "all"})).unwrap();
    assert_eq!(left[0]["id"], json!(session_id));
    assert_eq!(left.as_array().unwrap().len(), 1, "the temporary one is gone");
}
