//! A session's whole life: begun, worked in, closed, found again, put away, read with nothing around, taken out.

use std::net::TcpListener;

use serde_json::Value;
use support::Gate;
use window::{Home, Result, Way, Window};

use crate::talk::{DIRECTIVE, WORK, own, said, server, wait_for_talk, whole};

#[tokio::test]
async fn a_session_is_begun_worked_in_archived_read_offline_and_exported() -> Result {
    let gate = Gate::default();
    let server = server(&gate);
    let home = Home::new()?;
    let window = Window::start(&home).await?;
    let url = server.url();
    window.first_run(Way::Keychain, own(&url)).await?;

    window.send(DIRECTIVE).await?;
    window.wait_for_text(WORK[0].trim()).await?;
    assert!(
        !window.text().await?.contains(WORK[1]),
        "it is shown as it comes, not when it has ended"
    );
    gate.open();
    window.wait_for_end().await?;
    wait_for_talk(&window, &whole()).await?;
    window.quit().await?;
    drop(server);

    // From here on nothing answers at the provider's address, and whoever came there would be counted.
    let silent = TcpListener::bind(url.trim_start_matches("http://").trim_end_matches("/v1")).unwrap();
    silent.set_nonblocking(true).unwrap();
    let window = Window::start(&home).await?;
    window.click(DIRECTIVE).await?;
    wait_for_talk(&window, &whole()).await?;
    window
        .choose_from_menu(&format!("Actions for {DIRECTIVE}"), "Archive")
        .await?;
    window.wait_for_text(&format!("“{DIRECTIVE}” is archived.")).await?;
    window.quit().await?;

    let window = Window::start(&home).await?;
    window.click("Archive").await?;
    window.click(DIRECTIVE).await?;
    wait_for_talk(&window, &whole()).await?;
    assert!(
        window.find_all(&["textbox"], "Directive").await?.is_empty(),
        "and nothing can be written in it"
    );
    for form in ["JSON", "Markdown"] {
        let item = format!("Export as {form}…");
        window
            .choose_from_menu(&format!("Actions for {DIRECTIVE}"), &item)
            .await?;
        window.wait_for_text("Exported 4 turns").await?;
        window.click("Dismiss").await?;
        window.wait_for_no_text("Exported 4 turns").await?;
    }
    window.quit().await?;
    assert!(silent.accept().is_err(), "nobody came to the provider's address");
    the_command_line_writes_the_same(&home)
}

/// What the window exported, `ccc-cli` writes too, byte for byte but for the time of the export.
fn the_command_line_writes_the_same(home: &Home) -> Result {
    let list = home.cli(&["sessions", "--archived", "--json"])?;
    let sessions: Value = serde_json::from_slice(&list.stdout).unwrap();
    let id = sessions.pointer("/0/id").and_then(Value::as_str).unwrap().to_owned();
    for (form, ending) in [("json", ".json"), ("md", ".md")] {
        let file = home.folder().join("from-the-command-line");
        let path = file.to_string_lossy();
        let output = home.cli(&["export", &id, "--format", form, "--output", &path, "--force"])?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = |bytes: Vec<u8>| without_its_time(&String::from_utf8(bytes).unwrap());
        let (window, cli) = (text(home.saved(ending)?), text(std::fs::read(&file).unwrap()));
        assert!(window.contains(&WORK.concat()), "it holds what was said");
        assert_eq!(window, cli, "{ending}");
    }
    Ok(())
}

/// An export without the one line that says when it was made, which must be there.
fn without_its_time(text: &str) -> String {
    let is_time = |line: &&str| line.contains("xported_at") || line.contains("Exported");
    assert_eq!(
        text.lines().filter(is_time).count(),
        1,
        "one line says when it was made:\n{text}"
    );
    text.lines()
        .filter(|line| !is_time(line))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[tokio::test]
async fn rehearsal_runs_the_whole_cycle_without_a_provider_and_says_so() -> Result {
    let window = Window::start(&Home::without_keychain()?).await?;
    window
        .first_run(
            Way::Passphrase("five unrelated words here"),
            window::Provider::Rehearsal,
        )
        .await?;
    window.run(DIRECTIVE).await?;
    let said = said(&window).await?;
    assert_eq!(said.len(), 4, "{said:?}");
    assert_eq!(
        window.text().await?.matches("Rehearsal, no model").count(),
        3,
        "on every turn"
    );
    Ok(())
}
