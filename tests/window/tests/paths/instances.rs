//! A second window over the same memory.

use std::{process::Stdio, thread};

use window::{Home, Provider, Result, Way, Window};

#[tokio::test]
async fn a_second_instance_says_that_the_first_is_open_and_leaves_it_alone() -> Result {
    let home = Home::new()?;
    let window = Window::start(&home).await?;
    window.first_run(Way::Keychain, Provider::Rehearsal).await?;

    let second = home
        .command(&window::program()?)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = i32::try_from(second.id()).unwrap();
    let ended = thread::spawn(move || second.wait_with_output());
    let closed = async || home.ask_to_close(pid);
    window
        .wait_until("the second one's dialog, to close it", closed)
        .await?;
    window
        .wait_until("the second one's end", async || Ok(ended.is_finished()))
        .await?;
    let output = ended.join().unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("error[profile_in_use]: CCC is open already."), "{said}");

    window.run("Say something").await?;
    window.wait_for_text("Rehearsal, no model").await
}
