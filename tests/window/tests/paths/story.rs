//! A session's whole life: begun, worked in, closed, found again, put away, read with nothing around, taken out.

use std::{net::TcpListener, thread, time::Duration};

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
    let silent = take_over(&url);
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

/// Listens where the server did, once its last thread has let go.
fn take_over(url: &str) -> TcpListener {
    let address = url.trim_start_matches("http://").trim_end_matches("/v1");
    for _ in 0..2_000 {
        if TcpListener::bind(address).is_ok() {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let silent = TcpListener::bind(address).unwrap();
    silent.set_nonblocking(true).unwrap();
    silent
}

/// What the window exported, `ccc-cli` writes too, byte for byte but for the time of the export.
fn the_command_line_writes_the_same(home: &Home) -> Result {
    let list = home.cli(&["sessions", "--archived", "--json"])?;
    assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
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

/// An export with a blank for the one time at which it was made, which must be there.
fn without_its_time(text: &str) -> String {
    let marks = ["\"exported_at\": \"", " · exported "];
    let (before, after) = marks.iter().find_map(|mark| text.split_once(mark)).unwrap();
    let time = after.find('Z').unwrap();
    assert_eq!(time, "2026-01-01T00:00:00.000".len(), "a time stands there");
    format!("{before}{}", after.get(time..).unwrap())
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
