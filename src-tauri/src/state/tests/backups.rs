//! Backups by the window's commands: made, listed, brought back, restored over an open profile.

use ccc_engine::{Keychain, Profile};

use super::*;

/// A window whose backups lie beside its profile, in the same directory of the test's.
fn window() -> Window {
    let directory = tempfile::tempdir().unwrap();
    let profile = Profile::acquire(&directory.path().join("data"), Keychain::none()).unwrap();
    let window = Window::over(directory, profile);
    window.create();
    window
}

impl Window {
    fn back_up(&self) -> String {
        let made = self.ask("backup_make", json!({"onProgress": on(5)})).unwrap();
        made["name"].as_str().unwrap().to_owned()
    }

    fn titles(&self) -> Vec<String> {
        let listed = self.ask("session_list", json!({"filter": "all"})).unwrap();
        let titles = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["title"].as_str().unwrap().to_owned());
        titles.collect()
    }

    fn rename(&self, session: &str, title: &str) {
        self.ask("session_rename", json!({"sessionId": session, "title": title}))
            .unwrap();
    }
}

#[test]
fn a_backup_is_made_told_of_and_listed() {
    let window = window();
    window.session();
    let name = window.back_up();
    assert_eq!(window.heard(5)["stage"], "copying");
    let seen = window.ask("backup_overview", json!({})).unwrap();
    assert_eq!(seen["backups"][0]["name"], name.as_str());
    assert_eq!(seen["backups"][0]["sessions"], 1);
    assert_eq!(seen["state"]["made"]["name"], name.as_str());
    let folder = window.directory.path().join("data-backups");
    assert_eq!(seen["own_folder"], folder.to_str().unwrap());
    assert!(folder.join(&name).join("manifest.json").exists());
    let verified = window.ask("backup_verify", json!({"name": name, "onProgress": on(6)}));
    assert_eq!(verified.unwrap(), 0, "there is no turn yet");
    let tried = window.ask("backup_drill", json!({"onProgress": on(7)})).unwrap();
    assert_eq!(tried["failure"], Value::Null);
}

#[test]
fn a_whole_restore_goes_back_over_an_open_profile_and_loads_the_page_anew() {
    let window = window();
    let session = window.session();
    window.rename(&session, "Then");
    let name = window.back_up();
    window.rename(&session, "Now");
    let restored = window
        .ask("backup_restore", json!({"name": name, "onProgress": on(5)}))
        .unwrap();
    assert_eq!(restored["sessions"], 1);
    assert_eq!(window.asked.reloads.load(Ordering::Relaxed), 1);
    assert_eq!(window.state()["state"], "locked", "its passphrase is asked for");
    window.ask("profile_unlock", json!({"passphrase": PASSPHRASE})).unwrap();
    assert_eq!(window.titles(), ["Then"]);
    let before = restored["before"].as_str().unwrap();
    window
        .ask("backup_restore", json!({"name": before, "onProgress": on(5)}))
        .unwrap();
    window.ask("profile_unlock", json!({"passphrase": PASSPHRASE})).unwrap();
    assert_eq!(window.titles(), ["Now"]);
}

#[test]
fn a_restore_that_cannot_be_leaves_the_profile_open_as_it_was() {
    let window = window();
    window.session();
    let refused = window.code("backup_restore", json!({"name": "none", "onProgress": on(5)}));
    assert_eq!(refused, Err("not_found".to_owned()));
    assert_eq!(window.state()["state"], "unlocked");
    assert_eq!(window.asked.reloads.load(Ordering::Relaxed), 0);
}

#[test]
fn sessions_come_back_as_copies_and_a_copy_beside_goes_where_the_person_says() {
    let window = window();
    let session = window.session();
    window.rename(&session, "Kept");
    let name = window.back_up();
    let inside = window.ask("backup_sessions", json!({"name": name})).unwrap();
    assert_eq!(inside[0]["id"], session.as_str());
    let back = json!({"name": name, "sessionIds": [session]});
    let back = window.ask("backup_bring_back", back).unwrap();
    assert_eq!(back[0]["copy"], true);
    assert_eq!(window.titles().len(), 2);

    let beside = json!({"name": name, "onProgress": on(5)});
    assert_eq!(
        window.ask("backup_restore_beside", beside.clone()).unwrap(),
        Value::Null,
        "the dialog was closed"
    );
    *window.asked.save_to.lock().unwrap() = Some(window.directory.path().to_owned());
    let done = window.ask("backup_restore_beside", beside).unwrap();
    let target = PathBuf::from(done["directory"].as_str().unwrap());
    assert!(
        target.join("data.ccc").exists() && target.starts_with(window.directory.path()),
        "{done}"
    );
}

#[test]
fn the_person_chooses_a_folder_in_a_dialog_and_leaves_it() {
    let window = window();
    let folder = || window.ask("backup_overview", json!({})).unwrap()["settings"]["folder"].clone();
    assert_eq!(window.ask("backup_folder_choose", json!({})).unwrap(), Value::Null);
    let stick = window.directory.path().join("stick");
    std::fs::create_dir(&stick).unwrap();
    *window.asked.save_to.lock().unwrap() = Some(stick.clone());
    window.ask("backup_folder_choose", json!({})).unwrap();
    assert_eq!(folder(), stick.to_str().unwrap());
    window.ask("backup_folder_leave", json!({})).unwrap();
    assert_eq!(folder(), Value::Null);
    let set = window.ask("backup_automatic_set", json!({"automatic": false})).unwrap();
    assert_eq!(set["automatic"], false);
}

#[test]
fn what_is_due_is_done_in_the_background_and_told() {
    let window = window();
    window.session();
    window.ask("changes_subscribe", json!({"onChange": on(3)})).unwrap();
    let state = window.app.state::<AppState>().inner().clone();
    state.tend_backups().unwrap();
    while window.heard(3) != json!({"tags": ["backups"]}) {}
    let seen = window.ask("backup_overview", json!({})).unwrap();
    assert_eq!(seen["backups"].as_array().unwrap().len(), 1);
}

#[test]
fn damaged_data_is_salvaged_with_a_secret_and_opens_again() {
    let window = window();
    let session = window.session();
    window.rename(&session, "Kept");
    window.back_up();
    let body = |passphrase: Value| json!({"passphrase": passphrase, "recoveryKey": null, "onProgress": on(5)});
    let refused = window.code("data_salvage", body(json!(PASSPHRASE)));
    assert_eq!(refused, Err("invalid_input".to_owned()), "it is open");
    let window = window.again();
    let data = window.directory.path().join("data").join("data.ccc");
    std::fs::write(&data, b"nothing at all").unwrap();
    assert_eq!(window.state()["state"], "locked");
    let unlock = || window.code("profile_unlock", json!({"passphrase": PASSPHRASE}));
    assert_eq!(unlock(), Err("data_foreign".to_owned()));
    let salvage = |secret: Value| window.code("data_salvage", body(secret));
    assert_eq!(
        salvage(Value::Null),
        Err("locked".to_owned()),
        "the keychain is no way in"
    );
    let report = salvage(json!(PASSPHRASE)).unwrap();
    assert!(report["backup"].is_string(), "{report}");
    unlock().unwrap();
    assert_eq!(window.titles(), ["Kept"]);
}

#[test]
fn a_new_machine_is_restored_from_a_folder_the_person_shows_and_opens_with_the_secret_of_then() {
    let old = window();
    let session = old.session();
    old.rename(&session, "Carried over");
    let name = old.back_up();
    let folder = old.directory.path().join("data-backups");

    let directory = tempfile::tempdir().unwrap();
    let profile = Profile::acquire(&directory.path().join("data"), Keychain::none()).unwrap();
    let new = Window::over(directory, profile);
    assert_eq!(new.state()["state"], "first_run");
    let seen = new.ask("backup_source", json!({})).unwrap();
    assert_eq!(seen["backups"], json!([]), "none of its own");
    assert_eq!(
        new.ask("backup_source_choose", json!({})).unwrap(),
        Value::Null,
        "the dialog was closed"
    );
    *new.asked.save_to.lock().unwrap() = Some(folder.clone());
    let seen = new.ask("backup_source_choose", json!({})).unwrap();
    assert_eq!(seen["folder"], folder.to_str().unwrap());
    assert_eq!(seen["backups"][0]["name"], name.as_str());
    assert_eq!(seen["backups"][0]["sessions"], 1);

    let body = |name: &str, passphrase: Value| json!({"name": name, "passphrase": passphrase, "recoveryKey": null, "onProgress": on(5)});
    let restore = |name: &str, passphrase: Value| new.code("profile_restore", body(name, passphrase));
    assert_eq!(restore("../data", json!(PASSPHRASE)), Err("not_found".to_owned()));
    assert_eq!(
        restore(&name, json!("another one, not this")),
        Err("wrong_secret".to_owned())
    );
    assert_eq!(restore(&name, Value::Null), Err("locked".to_owned()), "no keychain");
    assert_eq!(new.state()["state"], "first_run", "nothing was made");
    assert_eq!(restore(&name, json!(PASSPHRASE)).unwrap()["sessions"], 1);
    assert_eq!(new.state()["state"], "locked");
    new.ask("profile_unlock", json!({"passphrase": PASSPHRASE})).unwrap();
    assert_eq!(new.titles(), ["Carried over"]);
    assert_eq!(
        restore(&name, json!(PASSPHRASE)),
        Err("invalid_input".to_owned()),
        "an open profile is not replaced by this"
    );
}

#[test]
fn the_master_key_is_replaced_over_an_open_profile_which_then_opens_by_its_passphrase_and_asks_for_a_new_recovery_key()
{
    let window = window();
    let session = window.session();
    window.rename(&session, "Kept");
    window.ask("recovery_confirm", json!({})).unwrap();
    let rotate = |passphrase: Value| window.code("keys_rotate", json!({"passphrase": passphrase, "onProgress": on(5)}));
    assert_eq!(
        rotate(Value::Null),
        Err("invalid_input".to_owned()),
        "there is a passphrase"
    );
    assert_eq!(rotate(json!("not this one")), Err("wrong_secret".to_owned()));
    assert_eq!(window.state()["state"], "unlocked", "a refusal leaves it open");
    assert_eq!(window.titles(), ["Kept"]);

    rotate(json!(PASSPHRASE)).unwrap();
    assert_eq!(window.heard(5)["stage"], "copying");
    assert_eq!(window.asked.reloads.load(Ordering::Relaxed), 1);
    assert_eq!(window.state()["state"], "locked");
    let opened = window.ask("profile_unlock", json!({"passphrase": PASSPHRASE})).unwrap();
    assert_eq!(opened["recovery_unseen"], true);
    assert_eq!(window.titles(), ["Kept"]);
}

#[test]
fn a_replacement_of_the_master_key_that_fails_while_it_runs_closes_the_profile_as_it_was() {
    let window = window();
    let session = window.session();
    window.rename(&session, "Kept");
    // Its place is taken by what cannot be removed as a directory.
    let data = window.directory.path().join("data");
    std::fs::write(data.join(".restoring.partial"), "in the way").unwrap();
    let body = json!({"passphrase": PASSPHRASE, "onProgress": on(5)});
    assert!(window.code("keys_rotate", body).is_err());
    assert_eq!(window.asked.reloads.load(Ordering::Relaxed), 1);
    assert_eq!(window.state()["state"], "locked");
    window.ask("profile_unlock", json!({"passphrase": PASSPHRASE})).unwrap();
    assert_eq!(window.titles(), ["Kept"]);
}
