//! The profile is locked in the middle of a cycle.

use support::Gate;
use window::{Home, Key, Result, Way, Window};

use crate::talk::{DIRECTIVE, GUIDANCE, WORK, asked, is_interrupted, own, said, server, whole};

const PASSPHRASE: &str = "five unrelated words here";

#[tokio::test]
async fn locking_leaves_nothing_readable_and_the_cycle_goes_on_after_unlocking() -> Result {
    let gate = Gate::default();
    let server = server(&gate);
    let window = Window::start(&Home::new()?).await?;
    window.first_run(Way::Both(PASSPHRASE), own(&server.url())).await?;
    window.send(DIRECTIVE).await?;
    window.wait_for_text(WORK[0].trim()).await?;
    assert_eq!(
        readable(&window).await?,
        ["harbour", "quay", "loop-1"],
        "all of it can be found while open"
    );

    window.press_with(&[Key::Control, Key::Shift], 'l').await?;
    window.wait_for_text("CCC is locked").await?;
    assert_eq!(
        readable(&window).await?,
        Vec::<&str>::new(),
        "nothing of it is anywhere in the page"
    );

    window.type_into("Passphrase", "not the right one at all").await?;
    window.click("Unlock").await?;
    window
        .wait_until("a word on the wrong passphrase", async || {
            Ok(!window.names("alert").await?.is_empty())
        })
        .await?;
    assert_eq!(readable(&window).await?, Vec::<&str>::new());
    window.find(&["textbox"], "Passphrase").await?.clear().await?;
    window.type_into("Passphrase", PASSPHRASE).await?;
    window.click("Unlock").await?;

    window.find(&["button"], "Resume at work").await?;
    assert!(is_interrupted(&window, "Codey, Work").await?);
    gate.open();
    window.click("Resume at work").await?;
    window.wait_for_text("Short and to the point.").await?;
    window.wait_for_end().await?;
    let said = said(&window).await?;
    assert!(
        said.contains(&whole()[2]) && said.contains(&format!("Beatrice: {GUIDANCE}")),
        "{said:?}"
    );
    assert_eq!(asked(&server), ["analyse", "execute", "execute", "review"]);
    Ok(())
}

/// Which of the telling words the page holds anywhere: of the directive and title, of the answers, of the provider.
async fn readable(window: &Window) -> Result<Vec<&'static str>> {
    let page = window.everything().await?;
    Ok(["harbour", "quay", "loop-1"]
        .into_iter()
        .filter(|word| page.contains(word))
        .collect())
}
