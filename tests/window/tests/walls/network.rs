//! Nothing that a page can try reaches a network.

use serde_json::json;
use window::{Home, Provider, Way, Window};

use crate::{alone, canary::Canary};

/// Every way out of a page, as the body of a script.
const PROBES: &str = include_str!("data/probes.js");

#[test]
fn nothing_that_a_page_can_try_reaches_a_network() {
    alone::run("network::nothing_that_a_page_can_try_reaches_a_network", || async {
        let canary = Canary::listen();
        let home = Home::without_keychain()?;
        let window = Window::start(&home).await?;
        window.first_run(Way::Passphrase("a long enough passphrase"), Provider::Rehearsal).await?;
        canary.prove();
        let here = window.client().current_url().await?;
        let tried = window.client().execute_async(PROBES, vec![json!(canary.addresses())]).await?;
        assert!(tried.as_u64() >= Some(450), "every way is tried towards every address: {tried}");
        canary.quiet();
        assert_eq!(canary.heard(), Vec::<String>::new(), "nothing arrives anywhere");
        assert_eq!(window.client().current_url().await?, here, "the window stays on its page");
        assert_eq!(window.client().windows().await?.len(), 1, "no other window is opened");
        canary.prove();
        Ok(())
    });
}
