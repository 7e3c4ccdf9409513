//! The page is loaded anew while a step is being written.

use support::Gate;
use window::{Home, Result, Way, Window};

use crate::talk::{DIRECTIVE, WORK, asked, own, server, wait_for_talk, whole};

#[tokio::test]
async fn a_page_loaded_anew_goes_on_with_the_stream_without_a_gap() -> Result {
    let gate = Gate::default();
    let server = server(&gate);
    let window = Window::start(&Home::without_keychain()?).await?;
    window
        .first_run(Way::Passphrase("five unrelated words here"), own(&server.url()))
        .await?;
    window.send(DIRECTIVE).await?;
    window.wait_for_text(WORK[0].trim()).await?;

    window.reload().await?;
    window.wait_for_text(WORK[0].trim()).await?;
    window.find(&["button"], "Stop").await?;
    gate.open();
    window.wait_for_text("Short and to the point.").await?;
    window.wait_for_end().await?;
    // Nothing is missing, nothing is there twice.
    wait_for_talk(&window, &whole()).await?;
    assert_eq!(asked(&server), ["analyse", "execute", "review"]);
    Ok(())
}
