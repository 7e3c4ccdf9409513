//! Nothing readable is left behind: no directive, answer, title, key or passphrase in any file the program, its webview or
//! its keychain wrote.

use std::fs;

use serde_json::json;
use support::{Recorded, Server, answer};
use window::{Home, Key, Provider, Result, Way, Window};

use crate::{scan::scan, talk};

const DIRECTIVE: &str = "Quince-marmalade-directive-83107";
const ANALYSIS: &str = "Walnut-orchard-analysis-29416";
const WORK: &str = "Medlar-harvest-work-57302";
const REVIEW: &str = "Damson-cellar-review-61958";
const TITLE: &str = "Mulberry-avenue-title-40275";
const SEARCH: &str = "Mulberry-avenue-title-4027";
const UNSENT: &str = "Gooseberry-unsent-draft-77120";
const PASSPHRASE: &str = "Juniper-passphrase-90634-correct";
const API_KEY: &str = "sk-Elderberry-provider-key-12873";
const MODEL: &str = "Rowan-model-name-36504";

fn answers(request: &Recorded) -> Vec<support::Part> {
    if request.line.starts_with("GET") {
        return support::status(200, "", "application/json", r#"{"object":"list","data":[]}"#);
    }
    match request.body.matches("\"role\"").count() {
        _ if request.body.contains(WORK) => answer(&format!("{REVIEW}\n\nverdict: accept")),
        _ if request.body.contains(ANALYSIS) => answer(&format!("Done: {WORK}")),
        _ => answer(&format!("Guidance: {ANALYSIS}")),
    }
}

/// A day's work with every kind of text in it; returns the window, open still, and the recovery key.
async fn day(home: &Home, provider: &Server) -> Result<(Window, String)> {
    let temporary = home.folder().join("temporary");
    fs::create_dir_all(&temporary).unwrap();
    let window = Window::start_with(home, &[("TMPDIR", &temporary.to_string_lossy())]).await?;
    let recovery_key = window.first_run(Way::Both(PASSPHRASE), Provider::Rehearsal).await?;
    add_provider(&window, &provider.url()).await?;
    talk::run(&window, DIRECTIVE).await?;
    for said in [ANALYSIS, WORK, REVIEW] {
        window.wait_for_text(said).await?;
    }
    window.choose_from_menu("Actions for ", "Rename").await?;
    window.find(&["textbox"], "Title").await?;
    // The old title is selected, so that typing replaces it.
    let selected = "return document.activeElement.ariaLabel === 'Title' && document.activeElement.selectionEnd > 0;";
    window
        .wait_until("the title to be selected", async || {
            Ok(window.script(selected, vec![]).await? == json!(true))
        })
        .await?;
    window.type_keys(TITLE).await?;
    window.press(Key::Enter).await?;
    window
        .wait_until("the new title", async || {
            Ok(window.names("heading").await?.iter().any(|name| name == TITLE))
        })
        .await?;
    window.type_into("Search titles", SEARCH).await?;
    window.type_into("Directive", UNSENT).await?;
    window.click("Health").await?;
    window.wait_for_text("Everything works").await?;
    window.click("Lock").await?;
    window.wait_for_text("CCC is locked").await?;
    window.type_into("Passphrase", PASSPHRASE).await?;
    window.press(Key::Enter).await?;
    window.find(&["textbox"], "Directive").await?;
    Ok((window, recovery_key))
}

async fn add_provider(window: &Window, url: &str) -> Result {
    window.click("Settings").await?;
    window.click("Add a provider").await?;
    window.type_into("Name", "local").await?;
    window.type_into("Address", url).await?;
    window.type_into("API key", API_KEY).await?;
    window.type_into("Model", MODEL).await?;
    window.click("Save without a test").await?;
    window.click("Make default").await?;
    let preferred = "const list = await window.__TAURI_INTERNALS__.invoke('provider_list'); return list.preferred;";
    window
        .wait_until("it to be the default", async || {
            Ok(window.script(preferred, vec![]).await? == json!("local"))
        })
        .await?;
    window.click("Work").await
}

#[tokio::test]
async fn nothing_readable_is_left_in_any_file() -> Result {
    let home = Home::new()?;
    let provider = Server::start(answers).unwrap();
    let (window, recovery_key) = day(&home, &provider).await?;
    let groups: Vec<&str> = recovery_key.split('-').collect();
    let mut marks: Vec<(&str, String)> = [
        ("the directive", DIRECTIVE),
        ("the analysis", ANALYSIS),
        ("the work", WORK),
        ("the review", REVIEW),
        ("the title", TITLE),
        ("what was searched for", SEARCH),
        ("what was not sent", UNSENT),
        ("the passphrase", PASSPHRASE),
        ("the provider's key", API_KEY),
        ("the model", MODEL),
        ("the recovery key", recovery_key.as_str()),
    ]
    .map(|(name, mark)| (name, mark.to_owned()))
    .into();
    // Two groups are ten random letters: long enough to be found by no accident, in a copy with or without dashes.
    for pair in groups.windows(2) {
        marks.extend([
            ("part of the recovery key", pair.join("-")),
            ("part of the recovery key", pair.concat()),
        ]);
    }
    let asked: String = provider
        .requests()
        .iter()
        .map(|request| format!("{:?}{}", request.headers, request.body))
        .collect();
    for sent in [DIRECTIVE, API_KEY, MODEL] {
        assert!(asked.contains(sent), "{sent} was really used");
    }
    let open = scan(home.folder(), &marks);
    assert_eq!(open.found, Vec::<String>::new(), "while it is open");
    window.quit().await?;
    let closed = scan(home.folder(), &marks);
    assert_eq!(closed.found, Vec::<String>::new(), "after it was closed");
    let (files, bytes) = (closed.files, closed.bytes);
    assert!(
        files > 12 && bytes > 100_000,
        "there was something to look through: {files} files, {bytes} bytes"
    );
    planted(&home, &marks);
    Ok(())
}

/// Silence means something only where the scan finds what is there.
fn planted(home: &Home, marks: &[(&str, String)]) {
    for (name, mark) in marks {
        let file = home.folder().join("data").join("planted");
        fs::write(&file, format!("\u{1}\u{2}{mark}\u{3}")).unwrap();
        assert!(
            !scan(home.folder(), &[(name, mark.clone())]).found.is_empty(),
            "{name} is found where it is planted"
        );
        fs::remove_file(file).unwrap();
    }
}
