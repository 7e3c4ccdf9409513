//! The main path without a mouse: only keys are pressed here, and where the focus goes it is seen.

use std::sync::atomic::{AtomicBool, Ordering};

use support::{Part, Server, answer, delta, stream_head};
use window::{Home, Key, Result, Window};

use crate::talk::{DIRECTIVE, GUIDANCE, REVIEW, WORK, asked, said, step, whole};

const MODIFIED: [Key; 2] = [Key::Control, Key::Shift];

/// The first work neither goes on nor ends: it is there to be stopped.
fn server() -> Server {
    let first = AtomicBool::new(true);
    Server::start(move |request| match step(request) {
        "analyse" => answer(GUIDANCE),
        "execute" if first.swap(false, Ordering::AcqRel) => {
            vec![stream_head(), delta(WORK[0]), Part::Hold]
        }
        "execute" => answer(&WORK.concat()),
        _ => answer(REVIEW),
    })
    .unwrap()
}

#[tokio::test]
async fn the_whole_main_path_goes_by_keyboard_alone() -> Result {
    let server = server();
    let home = Home::new()?;
    let window = Window::start(&home).await?;
    set_up(&window, &server.url()).await?;
    run_stop_and_retry(&window, &server).await?;
    change_a_setting(&window).await?;
    lock_and_unlock(&window).await?;
    archive_browse_and_export(&window).await?;
    assert!(home.saved(".md")?.starts_with(b"#"), "the file is there");
    window.quit().await
}

/// The first run: a way in, the recovery key, a provider.
async fn set_up(window: &Window, url: &str) -> Result {
    window.wait_for_focus("How should CCC open?").await?;
    window.tab_to("radio", "With this computer's keychain").await?;
    window.press(Key::Down).await?;
    window.wait_for_focus("With a passphrase").await?;
    window.press(Key::Up).await?;
    window.wait_for_focus("With this computer's keychain").await?;
    window.tab_to("button", "Create").await?;
    window.press(Key::Space).await?;

    let groups = window.recovery_groups().await?;
    window.wait_for_focus("Your recovery key").await?;
    window.tab_to("button", "I have it, go on").await?;
    window.press(Key::Enter).await?;
    for _ in 0..2 {
        window.tab_to("textbox", "Group ").await?;
        let label = window.focus().await?.unwrap().name;
        let number: usize = label.trim_start_matches("Group ").parse().unwrap();
        window.type_keys(&groups[number - 1].to_lowercase()).await?;
        window.press(Key::Tab).await?;
    }
    window.tab_to("button", "Continue").await?;
    window.press(Key::Enter).await?;

    window.wait_for_focus("Who should answer?").await?;
    window.tab_to("radio", "Rehearsal").await?;
    window.move_to(&[], Key::Down, "radio", "My own provider").await?;
    window.press(Key::Enter).await?;
    for (label, text) in [("Name", "loop"), ("Address", url), ("Model", "loop-1")] {
        window.tab_to("textbox", label).await?;
        window.type_keys(text).await?;
    }
    window.tab_to("button", "Save without a test").await?;
    window.press(Key::Enter).await?;
    window.wait_for_focus("Directive").await.map(drop)
}

/// A cycle, stopped in the middle of its work; the work done again from the turn's menu.
async fn run_stop_and_retry(window: &Window, server: &Server) -> Result {
    window.type_keys(DIRECTIVE).await?;
    window.press(Key::Enter).await?;
    window.wait_for_text(WORK[0].trim()).await?;
    window.wait_for_focus("Directive").await?;
    window.press(Key::Escape).await?;
    window.find(&["button"], "Resume at work").await?;

    window.tab_back_to("button", "Actions for this turn").await?;
    open_menu_and_choose(window, "Do this step again").await?;
    window.wait_for_focus("").await?;
    window.wait_for_text("Short and to the point.").await?;
    window.wait_for_end().await?;
    assert_eq!(asked(server), ["analyse", "execute", "execute", "review"]);
    assert!(said(window).await?.contains(&whole()[2]), "the work is whole now");
    Ok(())
}

async fn change_a_setting(window: &Window) -> Result {
    const SWITCH: &str = "Use memory in the whole app";
    window.press_with(&[Key::Control], ',').await?;
    window.wait_for_focus("Settings").await?;
    window.tab_to("switch", SWITCH).await?;
    for on in ["false", "true"] {
        window.press(Key::Space).await?;
        window
            .wait_until("the switch to turn", async || {
                let switch = window.find(&["switch"], SWITCH).await?;
                Ok(switch.attr("aria-checked").await?.as_deref() == Some(on))
            })
            .await?;
        window.wait_for_focus(SWITCH).await?;
    }
    Ok(())
}

async fn lock_and_unlock(window: &Window) -> Result {
    window.press_with(&MODIFIED, 'l').await?;
    window.wait_for_focus("CCC is locked").await?;
    window.tab_to("button", "Unlock with the keychain").await?;
    window.press(Key::Enter).await?;
    window.wait_for_focus("Directive").await.map(drop)
}

async fn archive_browse_and_export(window: &Window) -> Result {
    let actions = format!("Actions for {DIRECTIVE}");
    window.press_with(&MODIFIED, 'k').await?;
    window.wait_for_focus("Search titles").await?;
    window.type_keys("harbour").await?;
    window.tab_to("button", &actions).await?;
    open_menu_and_choose(window, "Archive").await?;
    window.wait_for_text(&format!("“{DIRECTIVE}” is archived.")).await?;
    // Its row is gone, and the focus is not gone with it.
    window.wait_for_focus("").await?;

    window.press_with(&MODIFIED, 'a').await?;
    window.wait_for_focus("Archive").await?;
    window.tab_to("button", DIRECTIVE).await?;
    window.press(Key::Enter).await?;
    window.wait_for_text("trawler").await?;
    window.tab_to("button", &actions).await?;
    open_menu_and_choose(window, "Export as Markdown…").await?;
    window.wait_for_text("Exported 5 turns").await?;
    window.wait_for_focus(&actions).await.map(drop)
}

/// With the focus on a menu's button: opens it, goes down to the item, and chooses it.
async fn open_menu_and_choose(window: &Window, item: &str) -> Result {
    window.press(Key::Enter).await?;
    window
        .wait_until("a menu with the focus on an item", async || {
            Ok(window.focus().await?.is_some_and(|focus| focus.role == "menuitem"))
        })
        .await?;
    window.move_to(&[], Key::Down, "menuitem", item).await?;
    window.press(Key::Enter).await
}
