//! Memory is looked through before it is sent, and what was sent stays readable.

use serde_json::{Value, json};
use support::{Recorded, Server, answer};
use window::{Home, Result, Way, Window};

use crate::talk::{GUIDANCE, REVIEW, own, said, step};

const FIRST: &str = "Describe the harbour at dawn and the boats in it";
const SECOND: &str = "Describe the harbour again, with the boats that leave it";
const RUN: &str = "Run with this memory";

/// The system message of a request, as the server received it.
fn system(request: &Recorded) -> String {
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let messages = body["messages"].as_array().unwrap().clone();
    let system = messages.into_iter().find(|message| message["role"] == "system");
    system.unwrap()["content"].as_str().unwrap().to_owned()
}

/// What a script finds, as text.
async fn texts(window: &Window, script: &str) -> Result<Vec<String>> {
    let found = window.script(script, vec![]).await?;
    let texts = found.as_array().unwrap().iter();
    Ok(texts.map(|text| text.as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn the_tray_is_edited_and_the_receipt_shows_the_bytes_that_were_sent() -> Result {
    let server = Server::start(|request| match step(request) {
        "analyse" => answer(GUIDANCE),
        "execute" => answer("The boats lie in the harbour until the sun is up."),
        _ => answer(REVIEW),
    })
    .unwrap();
    let window = Window::start(&Home::new()?).await?;
    window.first_run(Way::Keychain, own(&server.url())).await?;
    window.run(FIRST).await?;
    let before = server.requests().len();

    window.type_into("Directive", SECOND).await?;
    window.press(window::Key::Enter).await?;
    window.wait_for_text("Memory for this cycle").await?;
    assert_eq!(server.requests().len(), before, "nothing is sent before it was seen");
    let offered = texts(&window, "return findAll(['checkbox'], null).map(nameOf);").await?;
    assert!(offered.len() >= 2, "the first cycle is offered: {offered:?}");
    let left_out = offered.iter().find(|text| text.starts_with("The boats lie")).unwrap();
    window.click_on(&["checkbox"], left_out).await?;
    let shown = format!("{} of {} turns", offered.len() - 1, offered.len());
    window.wait_for_text(&shown).await?;
    window.click(RUN).await?;
    window.wait_for_text("You left 1 turn out.").await?;
    window.wait_for_end().await?;

    let sent = server.requests().split_off(before);
    assert_eq!(sent.len(), 3);
    // Every receipt in the panel, opened as far as it goes.
    const BLOCKS: &str = "document.querySelectorAll('#context details').forEach((each) => (each.open = true));
        return [...document.querySelectorAll('#context pre')].map((each) => each.textContent);";
    window
        .wait_until("the receipts of both steps", async || {
            Ok(texts(&window, BLOCKS).await?.len() == 2)
        })
        .await?;
    for (block, request) in texts(&window, BLOCKS).await?.iter().zip(&sent) {
        assert!(block.contains(FIRST), "memory was given: {block}");
        assert!(
            !block.contains("until the sun is up"),
            "but not what was left out: {block}"
        );
        let system = system(request);
        assert_eq!(
            system.matches(block.as_str()).count(),
            1,
            "to the byte:\n{block}\n---\n{system}"
        );
        let rest = system.replace(block.as_str(), "");
        assert!(!rest.contains("ccc:"), "and nothing of memory beside it: {rest}");
    }

    // One click leads to the source.
    window.click("Show this turn").await?;
    const IN_SIGHT: &str =
        "return findAll(['article'], null).some((turn) => textOf(turn).includes(args[0]) && inSight(turn));";
    window
        .wait_until("the source turn in sight", async || {
            Ok(window.script(IN_SIGHT, vec![json!(FIRST)]).await? == json!(true))
        })
        .await
}

#[tokio::test]
async fn the_tray_can_be_switched_off() -> Result {
    let window = Window::start(&Home::without_keychain()?).await?;
    let way = Way::Passphrase("five unrelated words here");
    window.first_run(way, window::Provider::Rehearsal).await?;
    window.run(FIRST).await?;
    window.click("Settings").await?;
    window.click_on(&["switch"], "Show memory before each cycle").await?;
    window.click(FIRST).await?;
    window.type_into("Directive", SECOND).await?;
    window.press(window::Key::Enter).await?;
    window
        .wait_until("a second cycle that ran at once", async || {
            let review = "The directive begins: “Describe the harbour again";
            Ok(said(&window).await?.iter().any(|turn| turn.contains(review)))
        })
        .await?;
    window.wait_for_no_text("For analysis, nothing").await?;
    window.wait_for_text("For analysis, ").await
}
