//! A second window over the same memory.

use std::{io::Read, path::Path, process::Stdio};

use window::{Home, Provider, Result, Way, Window};

#[tokio::test]
async fn a_second_instance_says_that_the_first_is_open_and_leaves_it_alone() -> Result {
    let home = Home::new()?;
    let window = Window::start(&home).await?;
    window.first_run(Way::Keychain, Provider::Rehearsal).await?;

    let program = window::program()?;
    let mut second = home
        .command(Path::new(&program))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = i32::try_from(second.id()).unwrap();
    window
        .wait_until("the second one's dialog, closed again", async || home.ask_to_close(pid))
        .await?;
    let mut status = None;
    window
        .wait_until("the second one's end", async || {
            status = second.try_wait().unwrap();
            Ok(status.is_some())
        })
        .await?;
    let mut said = String::new();
    second.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.unwrap().code(), Some(3));
    assert!(said.contains("error[profile_in_use]: CCC is open already."), "{said}");

    window.run("Say something").await?;
    window.wait_for_text("Rehearsal, no model").await
}
