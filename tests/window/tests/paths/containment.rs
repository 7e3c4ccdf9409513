//! What the page may reach: what was granted to it, and nothing else.

use std::{
    fs,
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use window::{Home, Result, Window};

#[tokio::test]
async fn the_window_shows_the_version_that_the_rust_side_answers() -> Result {
    let window = Window::start(&Home::without_keychain()?).await?;
    window
        .wait_for_text(concat!("Version ", env!("CARGO_PKG_VERSION")))
        .await
}

#[tokio::test]
async fn a_command_that_no_capability_grants_is_denied_and_tauri_is_no_global() -> Result {
    const ASK: &str =
        "return await window.__TAURI_INTERNALS__.invoke(args[0]).then((v) => 'answered', () => 'denied');";
    let window = Window::start(&Home::without_keychain()?).await?;
    assert_eq!(
        window.script(ASK, vec![json!("plugin:app|version")]).await?,
        json!("denied")
    );
    assert_eq!(
        window.script(ASK, vec![json!("app_info")]).await?,
        json!("answered"),
        "what is granted is answered"
    );
    assert_eq!(
        window.script("return typeof window.__TAURI__;", vec![]).await?,
        json!("undefined")
    );
    Ok(())
}

#[tokio::test]
async fn the_pages_process_is_told_how_not_to_stand_still() -> Result {
    let home = Home::without_keychain()?;
    let _window = Window::start(&home).await?;
    let is_page = |pid: &i32| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        // As much of its name as the system keeps.
        name.starts_with("WebKitWebProces")
    };
    let pages: Vec<i32> = home.processes().into_iter().filter(is_page).collect();
    assert!(!pages.is_empty());
    for pid in pages {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        for told in [
            "JSC_heapGrowthMaxIncrease=0.5",
            "JSC_largeHeapSize=8388608",
            "WEBKIT_DISABLE_MEMORY_PRESSURE_MONITOR=1",
        ] {
            let mut variables = environment.split(|byte| *byte == 0);
            assert!(variables.any(|each| each == told.as_bytes()), "{told}");
        }
    }
    Ok(())
}

/// Everything a page can try to reach another machine with.
const OUT: &str = r#"
    const out = args[0];
    const add = (tag, set) => document.body.append(Object.assign(document.createElement(tag), set));
    await fetch(out + "/fetch").catch(() => {});
    try { new WebSocket(out.replace("http", "ws") + "/ws"); } catch {}
    try { new EventSource(out + "/events"); } catch {}
    navigator.sendBeacon(out + "/beacon");
    add("img", { src: out + "/img" });
    add("script", { src: out + "/script" });
    add("iframe", { src: out + "/frame" });
    for (const rel of ["stylesheet", "prefetch", "preconnect", "dns-prefetch"]) add("link", { rel, href: out + "/" + rel });
    const form = Object.assign(document.createElement("form"), { action: out + "/form", method: "post" });
    document.body.append(form);
    form.submit();
    window.open(out + "/open");"#;

#[tokio::test]
async fn nothing_inside_the_web_view_reaches_the_network_or_leaves_our_pages() -> Result {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let out = format!("http://{}", listener.local_addr().unwrap());
    let hits = Arc::new(Mutex::new(0));
    let counted = hits.clone();
    // A connection without a request is a leak as well.
    thread::spawn(move || listener.incoming().for_each(|_| *counted.lock().unwrap() += 1));
    std::net::TcpStream::connect(out.trim_start_matches("http://")).unwrap();

    let window = Window::start(&Home::without_keychain()?).await?;
    let here = window.script("return location.href;", vec![]).await?;
    window.script(OUT, vec![json!(out)]).await?;
    window
        .script("location.href = args[0] + '/navigation';", vec![json!(out)])
        .await?;
    // There is no event for a request that never comes; with the locks off, requests arrived well within this time.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(
        *hits.lock().unwrap(),
        1,
        "nothing arrived but the connection that shows that arrivals are counted"
    );
    let still: Value = window.script("return location.href;", vec![]).await?;
    assert_eq!(still, here, "the window stays on our page");
    Ok(())
}
