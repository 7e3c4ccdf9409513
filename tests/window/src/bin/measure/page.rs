//! Switching and scrolling, timed inside the page.

use std::time::Duration;

use serde_json::{Value, json};
use window::{Error, Home, Result, Window, fantoccini::wd::TimeoutConfiguration};

use crate::report::{Report, Spread};

/// The functions that are timed with.
const PAGE: &str = include_str!("page.js");
/// Switches that are taken.
const SWITCHES: usize = 40;
/// How far the long conversation is scrolled in one frame, in pixels: 24,000 a second, far faster than anybody reads.
const STEP: usize = 400;
/// A frame that a person notices while scrolling, in milliseconds.
const SLOW_MS: f64 = 50.0;
/// Scrolling through all of it takes minutes.
const LIMIT: Duration = Duration::from_secs(1_200);

/// Opens the window for both.
pub async fn open(home: &Home) -> Result<Window> {
    let window = Window::start(home).await?;
    let long = TimeoutConfiguration::new(Some(LIMIT), None, None);
    window.client().update_timeouts(long).await?;
    Ok(window)
}

/// From the click on a session of 200 turns to its last turns on the screen.
pub async fn switches(window: &Window, report: &mut Report) -> Result {
    let switches = samples(window, "return await switches(args[0]);", json!(SWITCHES)).await?;
    let spread = Spread::of(&switches);
    report.line("switch to a session of 200 turns, ms", spread);
    report.figure("switch to a session of 200 turns: p50, ms", spread.p50, Some(100.0));
    Ok(())
}

/// Every frame while a conversation of 10,000 turns is scrolled from its beginning to its end.
pub async fn scrolling(window: &Window, report: &mut Report) -> Result {
    let frames = samples(window, "return await scrolling(args[0]);", json!(STEP)).await?;
    let spread = Spread::of(&frames);
    report.line("frames over 10,000 turns, ms", spread);
    report.figure("worst frame over 10,000 turns, ms", spread.max, Some(SLOW_MS));
    let slow = frames.iter().filter(|frame| **frame > SLOW_MS).count();
    report.figure("frames over 50 ms", slow as f64, None);
    // Where they lie tells whether it is the list that is slow, or something beside it.
    let mut passed = 0.0;
    for (number, frame) in frames.iter().enumerate() {
        passed += frame;
        if *frame > SLOW_MS {
            report.figure(
                &format!("frame {number}, {:.0} s after the first, ms", passed / 1_000.0),
                *frame,
                None,
            );
        }
    }
    Ok(())
}

async fn samples(window: &Window, body: &str, argument: Value) -> Result<Vec<f64>> {
    let found = window.script(&format!("{PAGE}\n{body}"), vec![argument]).await?;
    let numbers = found
        .as_array()
        .map(|all| all.iter().filter_map(Value::as_f64).collect());
    numbers.ok_or_else(|| Error::machine("the page's own measuring")(std::io::Error::other(found.to_string())))
}
