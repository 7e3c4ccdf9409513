//! A session's whole life: begun, worked in, closed, found again, put away, read with nothing around, taken out.

use support::{Server, answer};
use window::{Home, Provider, Result, Way, Window};

#[tokio::test]
async fn a_session_is_begun_worked_in_archived_read_offline_and_exported() -> Result {
    let server = Server::start(|_| answer("Verdict: accept")).unwrap();
    let home = Home::new()?;
    let window = Window::start(&home).await?;
    let provider = Provider::Own {
        name: "loop",
        url: &server.url(),
        model: "loop-1",
    };
    window.first_run(Way::Keychain, provider).await?;
    window.run("Describe the harbour at dawn").await?;
    window.quit().await?;
    let window = Window::start(&home).await?;
    Ok(())
}
