//! The program is killed in the middle of a step.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};

use support::{Gate, Part, Server, answer, delta, held_back, stream_head};
use window::{Home, Result, Way, Window};

use crate::talk::{DIRECTIVE, GUIDANCE, REVIEW, WORK, asked, is_interrupted, own, said, step, whole};

/// The work comes in two pieces, and the first time it then neither goes on nor ends.
fn server(more: &Gate) -> Server {
    let more = more.clone();
    let first = AtomicBool::new(true);
    Server::start(move |request| match step(request) {
        "analyse" => answer(GUIDANCE),
        "execute" if first.swap(false, Ordering::AcqRel) => vec![
            stream_head(),
            delta(WORK[0]),
            Part::Until(more.clone()),
            delta("And so on."),
            Part::Hold,
        ],
        "execute" => held_back(WORK[0], &more, WORK[1]),
        _ => answer(REVIEW),
    })
    .unwrap()
}

#[tokio::test]
async fn a_killed_cycle_opens_on_its_cut_step_and_no_finished_step_is_asked_for_again() -> Result {
    let more = Gate::default();
    let server = server(&more);
    let home = Home::new()?;
    let window = Window::start(&home).await?;
    window.first_run(Way::Keychain, own(&server.url())).await?;
    window.send(DIRECTIVE).await?;
    window.wait_for_text(WORK[0].trim()).await?;
    let before = last_write(&home);
    more.open();
    // Whatever draft is written now holds at least what was seen.
    let written = async || Ok(last_write(&home) != before);
    window.wait_until("a draft on the disk", written).await?;
    window.kill().await?;

    let window = Window::start(&home).await?;
    window.find(&["button"], "Resume at work").await?;
    let shown = said(&window).await?;
    assert_eq!(shown[..2], whole()[..2], "what was finished is there");
    assert!(
        shown[2].starts_with(&format!("Codey: {}", WORK[0].trim())),
        "so is what was written: {shown:?}"
    );
    assert!(
        is_interrupted(&window, "Codey, Work").await?,
        "and it does not pass for a whole answer"
    );
    assert_eq!(
        asked(&server),
        ["analyse", "execute"],
        "nothing is asked for before the person says so"
    );

    window.click("Resume at work").await?;
    window.wait_for_text("Short and to the point.").await?;
    window.wait_for_end().await?;
    let shown = said(&window).await?;
    assert_eq!(shown.last(), whole().last(), "{shown:?}");
    assert!(shown.contains(&whole()[2]), "the work is whole: {shown:?}");
    assert_eq!(
        asked(&server),
        ["analyse", "execute", "execute", "review"],
        "only the step that was cut is paid for again"
    );
    Ok(())
}

/// When the data was last written to, and how much of it there is.
fn last_write(home: &Home) -> (SystemTime, u64) {
    let log = fs::metadata(home.folder().join("data/ccc/data.ccc-wal")).unwrap();
    (log.modified().unwrap(), log.len())
}
