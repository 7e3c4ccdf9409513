//! What was said is found and gone to without a network.

use serde_json::json;
use window::{Home, Key, Provider, Result, Way, Window};

use window::alone::{self, Own};

use crate::canary::Canary;

const DIRECTIVE: &str = "Plan the quince hedge behind the boathouse.";

/// The article that has the focus, what is in it, and whether it is marked.
const READ: &str = "
    const turn = document.activeElement?.closest('article');
    return turn ? [turn.textContent, turn.closest('.marked') !== null] : null;";

#[test]
fn search_finds_a_turn_in_an_archived_session_and_jumps_to_it_without_a_network() {
    alone::run(
        Own::Network,
        "search::search_finds_a_turn_in_an_archived_session_and_jumps_to_it_without_a_network",
        || async {
            let canary = Canary::listen();
            let home = Home::without_keychain()?;
            let window = Window::start(&home).await?;
            window
                .first_run(Way::Passphrase("a long enough passphrase"), Provider::Rehearsal)
                .await?;
            window.run(DIRECTIVE).await?;
            window
                .choose_from_menu(&format!("Actions for {DIRECTIVE}"), "Archive")
                .await?;
            window.wait_for_text("is archived.").await?;
            canary.prove();
            jump(&window).await?;
            canary.quiet();
            assert_eq!(canary.heard(), Vec::<String>::new(), "nothing left the machine");
            canary.prove();
            find(&window).await
        },
    );
}

async fn jump(window: &Window) -> Result {
    window.press_with(&[Key::Control], 'k').await?;
    window.wait_for_focus("Search everything").await?;
    window.type_keys("\"quince hedge\" agent:me status:archived").await?;
    let line = window.find(&["option"], "You Plan the quince hedge").await?;
    let id = line.attr("id").await?.unwrap_or_default();
    window
        .wait_until("the arrows to come to what was found", async || {
            let field = window.find(&["combobox"], "Search everything").await?;
            if field.attr("aria-activedescendant").await?.as_deref() == Some(id.as_str()) {
                return Ok(true);
            }
            window.press(Key::Down).await.map(|()| false)
        })
        .await?;
    window.press(Key::Enter).await?;
    window
        .wait_until("the turn to be marked and read", async || {
            let read = window.script(READ, vec![]).await?;
            let text = read[0].as_str().unwrap_or_default();
            Ok(text.contains(DIRECTIVE) && read[1] == json!(true))
        })
        .await?;
    window.find(&["heading"], "Archive").await?;
    let unmarked = "return document.querySelector('.marked') === null;";
    window
        .wait_until("the mark to go", async || {
            Ok(window.script(unmarked, vec![]).await? == json!(true))
        })
        .await
}

async fn find(window: &Window) -> Result {
    window.press_with(&[Key::Control], 'f').await?;
    window.wait_for_focus("Find in this conversation").await?;
    window.type_keys("QUINCE HEDGE").await?;
    window
        .wait_until("what was found to be counted and coloured", async || {
            let told = window.script("return [...document.querySelectorAll('[role=search] [role=status]')].map(textOf).join();", vec![]).await?;
            let coloured = window.script("return typeof Highlight === 'undefined' ? -1 : (CSS.highlights.get('ccc-find-current')?.size ?? 0);", vec![]).await?;
            Ok(told.as_str().is_some_and(|told| told.contains(" of ")) && coloured != json!(0))
        })
        .await?;
    window.press(Key::Escape).await?;
    let gone = async || {
        Ok(window
            .find_all(&["searchbox"], "Find in this conversation")
            .await?
            .is_empty())
    };
    window.wait_until("the bar to close", gone).await
}
