//! A tripwire in the page: notes whatever of a hostile text runs, loads, or becomes more than text.

use serde_json::{Value, json};
use window::{Result, Window};

const SETUP: &str = include_str!("data/tripwire.js");

/// Sets it up in the page that is shown now, and proves that it notes things.
///
/// # Panics
/// When it does not: then silence means nothing.
pub async fn set_up(window: &Window) -> Result {
    window.script(SETUP, vec![]).await?;
    const HOSTILE: &str = "
        document.body.insertAdjacentHTML('beforeend', '<i id=\"proof\"><img src=\"http://leak.example/x\" onerror=\"window.hit=1\"></i>');
        window.hit = 1;
        alert(1);
        await new Promise((done) => setTimeout(done, 100));
        document.getElementById('proof').remove();
        const noted = window.tripped;
        window.forget();
        return noted.map((each) => each.split(':')[0]);";
    let noted = strings(&window.script(HOSTILE, vec![]).await?);
    for kind in ["ran", "stopped", "foreign", "handler", "address"] {
        assert!(
            noted.iter().any(|each| each == kind),
            "the tripwire notes what is {kind}: {noted:?}"
        );
    }
    Ok(())
}

/// What it noted since, in what is shown now too.
pub async fn noted(window: &Window) -> Result<Vec<String>> {
    let noted = window
        .script("window.lookAround(); return window.tripped;", vec![])
        .await?;
    assert_ne!(noted, json!(null), "the tripwire is set up in this page");
    Ok(strings(&noted))
}

/// The texts of a list; another value as the one text it is, so that a failure in the page is not taken for silence.
pub fn strings(value: &Value) -> Vec<String> {
    match value.as_array() {
        Some(list) => list
            .iter()
            .map(|each| each.as_str().map_or_else(|| each.to_string(), str::to_owned))
            .collect(),
        None => vec![value.to_string()],
    }
}
