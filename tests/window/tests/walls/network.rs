//! Nothing that a page can try reaches a network.

use serde_json::{Value, json};
use window::{Home, Provider, Way, Window};

use window::alone::{self, Own};

use crate::canary::Canary;

/// Every way out of a page, as the body of a script.
const PROBES: &str = include_str!("data/probes.js");

#[test]
fn nothing_that_a_page_can_try_reaches_a_network() {
    alone::run(
        Own::Network,
        "network::nothing_that_a_page_can_try_reaches_a_network",
        || async {
            let canary = Canary::listen();
            let home = Home::without_keychain()?;
            let window = Window::start(&home).await?;
            window
                .first_run(Way::Passphrase("a long enough passphrase"), Provider::Rehearsal)
                .await?;
            canary.prove();
            let here = window.client().current_url().await?;
            let tried = probe(&window, &canary, false).await;
            canary.quiet();
            // First what arrived: a page that was left answers nothing.
            assert_eq!(canary.heard(), Vec::<String>::new(), "nothing arrives anywhere");
            let tried = tried?;
            assert!(
                tried.as_u64() >= Some(450),
                "every way is tried towards every address: {tried}"
            );
            assert_eq!(
                window.client().current_url().await?,
                here,
                "the window stays on its page"
            );
            assert_eq!(window.client().windows().await?.len(), 1, "no other window is opened");
            canary.prove();
            hints(&window, &canary).await
        },
    );
}

/// The one thing that leaves: WebKitGTK looks up a name in advance where a page hints at it. Its setting
/// `enable-dns-prefetching` is off, and without effect since 2.48; the feature that took its place can be switched off by
/// `webkit_settings_set_feature_enabled` alone, which has no safe binding. Nothing but the name goes, and no text makes
/// such a hint (see `shown`).
async fn hints(window: &Window, canary: &Canary) -> window::Result {
    let tried = probe(window, canary, true).await?;
    assert_eq!(tried.as_u64(), Some(6), "each hint is tried towards every address");
    canary.quiet();
    let more: Vec<String> = canary
        .heard()
        .into_iter()
        .filter(|what| !what.starts_with("name "))
        .collect();
    assert_eq!(more, Vec::<String>::new(), "nothing but names arrives");
    canary.prove();
    Ok(())
}

/// Tries them all in the page, or the hints to look up names, and returns how many that were.
async fn probe(window: &Window, canary: &Canary, lookups: bool) -> window::Result<Value> {
    window
        .client()
        .execute(PROBES, vec![json!(canary.addresses()), json!(lookups)])
        .await?;
    window
        .wait_for("every way to be tried", async || {
            Ok(Some(window.script("return window.tried;", vec![]).await?).filter(|tried| !tried.is_null()))
        })
        .await
}
