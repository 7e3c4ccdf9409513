//! A link of shown text opens outside, after a question that names the host it really goes to, or not at all.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use serde_json::json;
use support::{Part, Recorded, Reply, Server, answer};
use window::{Home, Key, Provider, Result, Way, Window};

use crate::tripwire::strings;

/// Links as they stand in an answer, with the host the question names; none for those that are never opened.
const LINKS: &[(&str, Option<&str>)] = &[
    ("https://example.org/a?b#c", Some("example.org")),
    ("http://127.0.0.1:8080/", Some("127.0.0.1:8080")),
    ("https://bank.example:443@evil.example/", Some("evil.example")),
    ("https://bank.example%2f@evil.example/", Some("evil.example")),
    ("https://evil.example\\\\@bank.example/", Some("evil.example")),
    ("https://аpple.com/", Some("xn--pple-43d.com")),
    ("https://ex\u{200b}ample.org/\u{202e}gro", Some("example.org")),
    ("HTTPS://EXAMPLE.ORG/", Some("example.org")),
    ("https://0x7f.1/", Some("127.0.0.1")),
    ("mailto:a@example.org", Some("a@example.org")),
    ("javascript:alert(1)", None),
    ("JaVaScRiPt:alert(1)", None),
    ("java&#x0A;script:alert(1)", None),
    ("data:text/html,x", None),
    ("vbscript:x", None),
    ("file:///etc/passwd", None),
    ("smb://host/share", None),
    ("tauri://localhost/", None),
    ("ipc://localhost/session_list", None),
    ("ms-settings:", None),
    ("//example.org/", None),
    ("/relative", None),
    ("#main", None),
    ("--help", None),
];

/// Presses the link of this number and says what the question then shows: the host, if any, and the buttons.
const PRESS: &str = "
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    document.querySelector('.rows-list').scrollTop = 0;
    await frame();
    await frame();
    const link = [...document.querySelectorAll('.markdown button[role=link]')].find((each) => each.textContent === args[0]);
    if (!link) return ['no such link'];
    link.click();
    for (let i = 0; i < 200 && !document.querySelector('[role=dialog] button'); i += 1) await frame();
    const dialog = document.querySelector('[role=dialog]');
    return [dialog.querySelector('.host')?.textContent ?? '', ...[...dialog.querySelectorAll('button')].map((each) => each.textContent.trim())];";

/// A browser that writes down what it is given, in the place of the system's.
fn browser(home: &Home) -> (String, PathBuf) {
    let (folder, opened) = (home.folder().join("programs"), home.folder().join("opened"));
    fs::create_dir(&folder).unwrap();
    let program = folder.join("xdg-open");
    fs::write(
        &program,
        format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{}'\n", opened.display()),
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    (
        format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()),
        opened,
    )
}

fn answers(request: &Recorded) -> Reply {
    let links = LINKS.iter().enumerate();
    let links: String = links
        .map(|(i, (link, _))| format!("[link {i}.](<{link}>)\n\n"))
        .collect();
    let text = if request.body.contains("link 0.") {
        "verdict: accept"
    } else {
        &links
    };
    // After a moment, in which the directive is seen.
    let moment = Part::Pause(Duration::from_millis(400));
    [moment].into_iter().chain(answer(text)).collect()
}

#[tokio::test]
async fn a_link_opens_after_a_question_that_names_its_host_or_not_at_all() -> Result {
    let home = Home::without_keychain()?;
    let (path, opened) = browser(&home);
    let provider = Server::start(answers).unwrap();
    let window = Window::start_with(&home, &[("PATH", &path)]).await?;
    let own = Provider::Own {
        name: "links",
        url: &provider.url(),
        model: "links",
    };
    window
        .first_run(Way::Passphrase("a long enough passphrase"), own)
        .await?;
    window.run("Name some links").await?;
    for (i, (link, host)) in LINKS.iter().enumerate() {
        let shown = strings(&window.script(PRESS, vec![json!(format!("link {i}."))]).await?);
        let offered = shown.iter().any(|button| button == "Open link");
        assert_eq!(
            shown.first().map(String::as_str),
            Some(host.unwrap_or("")),
            "{link}: {shown:?}"
        );
        assert_eq!(
            offered,
            host.is_some(),
            "{link} is offered to be opened, or not: {shown:?}"
        );
        window.press(Key::Escape).await?;
        let gone = async || Ok(window.find_all(&["dialog"], "").await?.is_empty());
        window.wait_until("the question to close", gone).await?;
    }
    refused(&window).await?;
    assert!(!opened.exists(), "nothing is opened before the person says so");
    window.script(PRESS, vec![json!("link 2.")]).await?;
    window.click("Open link").await?;
    window.wait_until("the browser", async || Ok(opened.exists())).await?;
    assert_eq!(
        fs::read_to_string(&opened).unwrap(),
        "https://bank.example:443@evil.example/\n"
    );
    Ok(())
}

/// The wall behind the question: what the Rust side opens.
async fn refused(window: &Window) -> Result {
    const ASK: &str = "
        const ask = (url) => window.__TAURI_INTERNALS__.invoke('link_open', { url }).then(() => `opened ${url}`, (error) => error.code);
        return Promise.all(args[0].map(ask));";
    let links = LINKS.iter().filter(|(_, host)| host.is_none()).map(|(link, _)| *link);
    let answers = strings(&window.script(ASK, vec![json!(links.collect::<Vec<_>>())]).await?);
    assert!(
        answers.iter().all(|code| code == "invalid_input"),
        "each is refused: {answers:?}"
    );
    Ok(())
}
