//! Locking by itself, without the page having a part in it.

use super::*;

/// An open profile with these settings, and its state.
fn open(lock_after_minutes: Option<u32>, lock_on_sleep: bool) -> (Window, AppState) {
    let window = Window::new();
    window.create();
    let settings = json!({
        "theme": "system", "memory": true,
        "lock_after_minutes": lock_after_minutes, "lock_on_sleep": lock_on_sleep,
    });
    window.ask("settings_set", json!({"settings": settings})).unwrap();
    let state = window.app.state::<AppState>().inner().clone();
    (window, state)
}

fn is_open(window: &Window) -> bool {
    window.state()["state"] == "unlocked"
}

/// As if the person had last done something so long ago.
fn idle_for(state: &AppState, seconds: u64) {
    state.vigil().note(Reading::now().before(Duration::from_secs(seconds)));
}

#[test]
fn a_window_that_says_nothing_is_locked_when_the_time_is_up() {
    let (window, state) = open(Some(1), true);
    idle_for(&state, 50);
    state.look_after().unwrap();
    assert!(is_open(&window), "not yet");
    idle_for(&state, 61);
    state.look_after().unwrap();
    assert_eq!(window.state(), locked("locked"));
    assert_eq!(
        window.asked.reloads.load(Ordering::Relaxed),
        1,
        "what the page held is gone"
    );
    state.look_after().unwrap();
    assert_eq!(window.asked.reloads.load(Ordering::Relaxed), 1, "locked once");
}

#[test]
fn what_the_person_does_and_opening_begin_the_time_anew() {
    let (window, state) = open(Some(1), true);
    idle_for(&state, 61);
    window.ask("activity_note", json!({})).unwrap();
    state.look_after().unwrap();
    assert!(is_open(&window), "they did something");
    window.ask("profile_lock", json!({})).unwrap();
    idle_for(&state, 61);
    window.ask("profile_unlock", json!({"passphrase": PASSPHRASE})).unwrap();
    state.look_after().unwrap();
    assert!(is_open(&window), "they just opened it");
}

#[test]
fn a_profile_that_never_locks_by_itself_stays_open() {
    let (window, state) = open(None, true);
    idle_for(&state, 3_600);
    state.look_after().unwrap();
    assert!(is_open(&window));
}

#[test]
fn sleep_locks_where_the_person_has_it_so() {
    for (lock_on_sleep, stays_open) in [(false, true), (true, false)] {
        let (window, state) = open(None, lock_on_sleep);
        state.about_to_sleep().unwrap();
        assert_eq!(is_open(&window), stays_open, "told before: {lock_on_sleep}");
        let (window, state) = open(None, lock_on_sleep);
        state
            .look_after_at(Reading::now().asleep(Duration::from_secs(60)))
            .unwrap();
        assert_eq!(is_open(&window), stays_open, "noticed after: {lock_on_sleep}");
    }
}
