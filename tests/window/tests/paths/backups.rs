//! What was said comes back: from a damaged file, from a backup, on another machine; and what was deleted does not.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use serde_json::Value;
use support::Gate;
use window::{Home, Judge, Result, Way, Window};

use crate::talk::{DIRECTIVE, own, said, server, wait_for_talk, whole};

/// A session's directive, and so its title, that is deleted.
const SECRET: &str = "Where the spare key is buried";

/// A window in which the cycle of [`DIRECTIVE`] has run.
async fn worked_in(home: &Home, url: &str) -> Result<(Window, String)> {
    let window = Window::start(home).await?;
    let recovery = window.first_run(Way::Keychain, own(url)).await?;
    window.run(DIRECTIVE).await?;
    wait_for_talk(&window, &whole()).await?;
    Ok((window, recovery))
}

/// Makes a backup on its screen.
async fn back_up(window: &Window) -> Result {
    window.click("Backups").await?;
    window.click("Back up now").await?;
    window.wait_for_text("The backup is made and verified.").await
}

/// Restores the newest backup in the place of everything, and waits for the page that comes then.
async fn go_back(window: &Window) -> Result {
    window
        .choose_from_menu("Actions for the backup of", "Restore everything")
        .await?;
    window.find(&["dialog"], "").await?;
    window.click_on(&["button"], "Restore everything").await?;
    window.find(&["textbox"], "Directive").await.map(|_| ())
}

/// The only backup of this home.
fn the_backup(home: &Home) -> PathBuf {
    let folder = home.folder().join("data/ccc-backups");
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let all: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

#[tokio::test]
async fn a_damaged_file_is_salvaged_in_the_window_and_a_backup_restored() -> Result {
    let gate = Gate::default();
    gate.open();
    let server = server(&gate);
    let home = Home::new()?;
    let (window, _) = worked_in(&home, &server.url()).await?;
    back_up(&window).await?;
    window.quit().await?;
    home.spoil_data()?;

    let window = Window::start(&home).await?;
    window.wait_for_text("Some stored data is damaged").await?;
    window.click("Salvage what is there").await?;
    window.wait_for_text("4 turns are there").await?;
    window.wait_for_text("The damaged file is kept in").await?;
    window.click("Go on").await?;
    window.click(DIRECTIVE).await?;
    wait_for_talk(&window, &whole()).await?;

    window
        .choose_from_menu(&format!("Actions for {DIRECTIVE}"), "Reset")
        .await?;
    window.click_on(&["button"], "Reset").await?;
    window
        .wait_until("an empty transcript", async || Ok(said(&window).await?.is_empty()))
        .await?;
    window.click("Backups").await?;
    go_back(&window).await?;
    window.click(DIRECTIVE).await?;
    wait_for_talk(&window, &whole()).await
}

#[tokio::test]
async fn a_new_machine_gets_everything_from_a_backup_and_the_recovery_key() -> Result {
    let gate = Gate::default();
    gate.open();
    let server = server(&gate);
    let old = Home::new()?;
    let (window, recovery) = worked_in(&old, &server.url()).await?;
    back_up(&window).await?;
    window.quit().await?;

    let new = Home::new()?;
    let (from, to) = (the_backup(&old), new.saves().join("carried"));
    fs::create_dir(&to).unwrap();
    for file in fs::read_dir(&from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    let window = Window::start(&new).await?;
    window.click("Restore from a backup").await?;
    window.wait_for_text("There is no backup in").await?;
    window.click("Look in another folder").await?;
    window.type_into("Recovery key", &recovery).await?;
    window.click("Restore").await?;
    window.wait_for_text("All is as it was").await?;
    window.click("Go on").await?;
    window.click(DIRECTIVE).await?;
    wait_for_talk(&window, &whole()).await
}

#[tokio::test]
async fn a_deleted_session_stays_unreadable_when_an_older_backup_is_restored() -> Result {
    let gate = Gate::default();
    gate.open();
    let server = server(&gate);
    let home = Home::new()?;
    let (window, recovery) = worked_in(&home, &server.url()).await?;
    window.click("New session").await?;
    window.run(SECRET).await?;
    back_up(&window).await?;
    let backup = the_backup(&home);
    window
        .choose_from_menu(&format!("Actions for {SECRET}"), "Delete")
        .await?;
    window.wait_for_text(&format!("“{SECRET}” is deleted.")).await?;
    // Closing carries out what could still be taken back.
    window.quit().await?;

    let window = Window::start(&home).await?;
    window.click("Backups").await?;
    go_back(&window).await?;
    window.click(DIRECTIVE).await?;
    wait_for_talk(&window, &whole()).await?;
    assert!(
        !window.everything().await?.contains(SECRET),
        "in no place of the window"
    );
    window.quit().await?;

    // Nor for somebody who has the backup itself and the recovery key.
    let beside = home.folder().join("beside");
    let restored = home.cli_with(
        &[("CCC_RECOVERY_KEY", &recovery)],
        &[
            "restore-backup",
            &backup.to_string_lossy(),
            "--beside",
            &beside.to_string_lossy(),
        ],
    )?;
    assert!(
        restored.status.success(),
        "{}",
        String::from_utf8_lossy(&restored.stderr)
    );
    let listed = home.cli_with(
        &[("CCC_RECOVERY_KEY", &recovery)],
        &["--data-dir", &beside.to_string_lossy(), "sessions", "--json"],
    )?;
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed.pointer("/0/title").and_then(Value::as_str), Some(DIRECTIVE));
    Ok(())
}

#[test]
fn the_disk_fills_up_during_a_cycle_and_has_room_again() {
    use window::alone::{self, Own};

    alone::run(
        Own::Mounts,
        "backups::the_disk_fills_up_during_a_cycle_and_has_room_again",
        full_disk,
    );
}

async fn full_disk() -> Result {
    let gate = Gate::default();
    let server = server(&gate);
    let home = Home::new()?;
    let disk = home.data_directory();
    fs::create_dir_all(&disk).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=16m,mode=700", "none"])
        .arg(&disk)
        .status();
    assert!(mounted.unwrap().success());
    let window = Window::start(&home).await?;
    window.first_run(Way::Keychain, own(&server.url())).await?;
    window.send(DIRECTIVE).await?;
    window.wait_for_text("The quay lies wet and empty.").await?;
    let ballast = disk.join("ballast");
    fill(&ballast);
    gate.open();
    window.wait_for_end().await?;
    window.wait_for_text("2 turns are not saved yet").await?;
    // The note takes the directive's place on the screen.
    wait_for_talk(&window, &whole()[1..]).await?;
    assert_eq!(Judge::new(&window).faults().await?, Vec::<String>::new());

    home.ask_to_close(window.pid())?;
    window.wait_for_text("Close the window again").await?;
    fs::remove_file(&ballast).unwrap();
    window.click("Try now").await?;
    window.wait_for_text("Everything is saved").await?;
    window.wait_for_no_text("not saved yet").await?;
    window.quit().await?;
    let window = Window::start(&home).await?;
    window.click(DIRECTIVE).await?;
    wait_for_talk(&window, &whole()).await
}

/// Takes all room there is.
fn fill(ballast: &Path) {
    let mut file = File::create(ballast).unwrap();
    for size in [1 << 16, 1 << 12, 512, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}
