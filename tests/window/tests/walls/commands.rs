//! What the page may ask of the program: what is granted by name, and nothing else.

use serde_json::{Value, json};
use window::{Home, Provider, Way, Window};

use crate::tripwire::strings;

/// Commands that exist in the program or in Tauri, and that nothing grants; ours, misspelt; and what does not exist.
const DENIED: &[&str] = &[
    "plugin:app|version",
    "plugin:app|app_hide",
    "plugin:dialog|open",
    "plugin:dialog|save",
    "plugin:dialog|message",
    "plugin:event|emit",
    "plugin:event|emit_to",
    "plugin:event|listen",
    "plugin:fs|read_text_file",
    "plugin:http|fetch",
    "plugin:image|from_path",
    "plugin:log|log",
    "plugin:menu|new",
    "plugin:opener|open_url",
    "plugin:path|resolve_directory",
    "plugin:process|exit",
    "plugin:resources|close",
    "plugin:shell|execute",
    "plugin:shell|open",
    "plugin:tray|new",
    "plugin:webview|create_webview",
    "plugin:webview|create_webview_window",
    "plugin:webview|internal_toggle_devtools",
    "plugin:webview|print",
    "plugin:webview|reparent",
    "plugin:window|close",
    "plugin:window|create",
    "plugin:window|destroy",
    "plugin:window|get_all_windows",
    "plugin:window|set_title",
    "plugin:window-state|restore_state",
    "plugin:window-state|save_window_state",
    "plugin:|session_list",
    "plugin:app|session_list",
    "app|session_list",
    "SESSION_LIST",
    "session_list ",
    "session_list\u{0}",
    "__cmd__session_list",
    "session_read_all",
    "",
];

/// Asks for each with arguments that would fit, and says what came back.
const ASK: &str = "
    const args_ = { filter: 'all', url: 'http://leak.example', path: '/etc/hostname', label: 'x', title: 'x', value: 'x', event: 'x', payload: 'x', options: { label: 'x', url: 'http://leak.example' } };
    const asked = (command) => window.__TAURI_INTERNALS__.invoke(command, args_).then((answer) => ['answered', JSON.stringify(answer)], (error) => ['refused', String(error)]);
    return Promise.all(args[0].map(asked));";

#[tokio::test]
async fn a_command_that_nothing_grants_is_refused_and_the_rest_goes_on() -> window::Result {
    let home = Home::without_keychain()?;
    let window = Window::start(&home).await?;
    window
        .first_run(Way::Passphrase("a long enough passphrase"), Provider::Rehearsal)
        .await?;
    let answers = window.script(ASK, vec![json!(DENIED)]).await?;
    let answers = answers.as_array().cloned().unwrap_or_default();
    assert_eq!(answers.len(), DENIED.len(), "each was asked");
    for (command, answer) in DENIED.iter().zip(&answers) {
        let (came, said) = (answer[0].as_str(), answer[1].as_str().unwrap_or_default());
        assert_eq!(came, Some("refused"), "{command:?}: {said}");
        let clean = said.contains("not allowed") || said.contains("not found") || said.contains("no permission");
        assert!(
            clean && !said.contains("panic"),
            "{command:?} is refused in plain words: {said}"
        );
    }
    let granted = window.script(ASK, vec![json!(["session_list"])]).await?;
    assert_eq!(
        granted,
        json!([["answered", "[]"]]),
        "what is granted is answered still"
    );
    assert_eq!(
        window.script("return typeof window.__TAURI__;", vec![]).await?,
        json!("undefined"),
        "Tauri is no global"
    );
    window.run("Plan the release").await
}

/// Frames of every kind, and what each of them can do: whether it has a hand on the program.
const FRAMES: &str = "
    const add = (set) => document.body.appendChild(Object.assign(document.createElement('iframe'), set));
    const kinds = { blank: {}, page: { src: location.href }, srcdoc: { srcdoc: '<p>x' }, data: { src: 'data:text/html,<p>x' }, blob: { src: URL.createObjectURL(new Blob(['<p>x'], { type: 'text/html' })) } };
    const frames = Object.entries(kinds).map(([kind, set]) => [kind, add(set)]);
    await new Promise((done) => setTimeout(done, 500));
    const hand = (frame) => { try { return typeof frame.contentWindow.__TAURI_INTERNALS__; } catch { return 'another origin'; } };
    const own = (frame) => { try { return frame.contentDocument?.querySelector('#app, p') === null || frame.contentDocument === null; } catch { return true; } };
    return frames.map(([kind, frame]) => [kind, hand(frame), own(frame)]);";

/// Messages to the program that do not come through its own function: without the key of this run, or with a wrong one.
const FORGED: &str = "
    const late = () => new Promise((done) => setTimeout(() => done('no answer'), 1500));
    const ask = (from, headers) => from.fetch('ipc://localhost/session_create', { method: 'POST', body: JSON.stringify({ temporary: false, preferences: null }), headers: { 'content-type': 'application/json', ...headers } })
        .then(async (answer) => `${answer.status} ${await answer.text()}`, (error) => `refused ${error}`);
    const send = (from, headers) => Promise.race([ask(from, headers), late()]);
    const frame = document.body.appendChild(document.createElement('iframe'));
    const forged = { 'Tauri-Callback': '1', 'Tauri-Error': '2', 'Tauri-Invoke-Key': 'wrong' };
    return Promise.all([send(window, {}), send(window, forged), send(frame.contentWindow, {}), send(frame.contentWindow, forged)]);";

#[tokio::test]
async fn a_frame_within_the_page_has_no_hand_on_the_program() -> window::Result {
    let home = Home::without_keychain()?;
    let window = Window::start(&home).await?;
    window
        .first_run(Way::Passphrase("a long enough passphrase"), Provider::Rehearsal)
        .await?;
    let hands = window.script(FRAMES, vec![]).await?;
    for frame in hands.as_array().into_iter().flatten() {
        assert_ne!(
            frame[1],
            json!("object"),
            "no frame is given a hand on the program: {hands}"
        );
        assert_eq!(frame[2], Value::Bool(true), "no page is loaded in a frame: {hands}");
    }
    assert_eq!(
        hands.as_array().map(Vec::len),
        Some(5),
        "every kind of frame was tried: {hands}"
    );
    let answers = strings(&window.script(FORGED, vec![]).await?);
    assert_eq!(answers.len(), 4, "each was sent");
    for answer in answers {
        assert!(!answer.starts_with("200"), "a forged message is not answered: {answer}");
    }
    let sessions = window.script(ASK, vec![json!(["session_list"])]).await?;
    assert_eq!(sessions, json!([["answered", "[]"]]), "and nothing is done for it");
    window.run("Plan the release").await
}
