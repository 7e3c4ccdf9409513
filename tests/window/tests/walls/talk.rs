//! Directives whose answers come at once and are long: what was said first is out of sight before anyone looks, so the
//! stored turns are counted instead.

use serde_json::{Value, json};
use window::{Key, Result, Window};

/// What a cycle that needs no second round leaves: the directive and three answers.
const WHOLE: u64 = 4;

/// How many turns are stored in all active sessions.
const TURNS: &str = "
    const invoke = (command, with_) => window.__TAURI_INTERNALS__.invoke(command, with_);
    const sessions = await invoke('session_list', { filter: 'active' });
    const lists = await Promise.all(sessions.map(({ id }) => invoke('conversation_list', { sessionId: id })));
    return lists.flat().reduce((sum, conversation) => sum + conversation.turn_count, 0);";

/// Writes what a keyboard cannot: lines, and characters that have no key.
const WRITE: &str = "
    const field = findAll(['textbox'], 'Directive')[0];
    field.value = args[0];
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    field.focus();";

/// Sends a directive and waits until its three answers are stored and nothing runs any more.
pub async fn run(window: &Window, directive: &str) -> Result {
    send_for(window, directive, WHOLE).await?;
    window.wait_for_end().await
}

/// Sends a directive and waits until it is stored.
pub async fn send(window: &Window, directive: &str) -> Result {
    send_for(window, directive, 1).await
}

async fn send_for(window: &Window, directive: &str, turns: u64) -> Result {
    let stored = async || window.script(TURNS, vec![]).await.map(|count| Value::as_u64(&count));
    let before = window.wait_for("the count of turns", stored).await?;
    window.find(&["textbox"], "Directive").await?;
    window.script(WRITE, vec![json!(directive)]).await?;
    window.press(Key::Enter).await?;
    let what = format!("{turns} turns to be stored");
    window
        .wait_until(&what, async || {
            window.let_memory_through().await?;
            Ok(stored().await? >= Some(before + turns))
        })
        .await
}
