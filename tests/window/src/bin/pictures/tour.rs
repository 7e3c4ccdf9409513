//! The way through the window, from picture to picture.

use std::path::Path;

use window::{Home, Result, Window};

/// Widths and heights, in pixels.
pub const SIZES: [(u32, u32); 2] = [(1280, 800), (800, 600)];
/// As they are called in the settings.
pub const THEMES: [&str; 2] = ["Light", "Dark"];

/// The session that is shown.
const SESSION: &str = "Log retention for the shop";

/// A tour of one size in one theme.
struct Tour<'a> {
    window: Window,
    folder: &'a Path,
    name: String,
}

impl<'a> Tour<'a> {
    async fn start(home: &Home, folder: &'a Path, (width, height): (u32, u32), theme: &str) -> Result<Self> {
        let dark = [("GTK_THEME", "Adwaita:dark")];
        let variables: &[(&str, &str)] = if theme == "Dark" { &dark } else { &[] };
        let window = Window::start_with(home, variables).await?;
        window.resize(width, height).await?;
        Ok(Self {
            window,
            folder,
            name: format!("{}-{width}", theme.to_lowercase()),
        })
    }

    /// Nothing hovered, no note that goes away by itself, and everything drawn.
    async fn picture(&self, name: &str) -> Result {
        let file = self.folder.join(format!("{name}-{}.png", self.name));
        self.window.screenshot(&file).await
    }

    fn is_narrow(&self) -> bool {
        self.name.ends_with("-800")
    }

    /// Opens the drawer of sessions where it is not beside.
    async fn sessions(&self) -> Result {
        match self.is_narrow() {
            true => self.window.click("Show sessions").await,
            false => Ok(()),
        }
    }
}

/// What a newcomer sees.
pub async fn first_run(home: &Home, folder: &Path, size: (u32, u32), theme: &str) -> Result {
    let tour = Tour::start(home, folder, size, theme).await?;
    tour.window.wait_for_text("How should CCC open?").await?;
    tour.picture("first-run").await?;
    tour.window.click("Restore from a backup").await?;
    tour.window.wait_for_text("There is no backup in").await?;
    tour.picture("restoring").await?;
    tour.window.click("Cancel").await?;
    tour.window.click("With this computer's keychain").await?;
    tour.window.click("Create").await?;
    tour.window.recovery_groups().await?;
    tour.picture("recovery-key").await?;
    tour.window.click("I have it, go on").await?;
    tour.window.wait_for_text("Type two of the nine groups").await?;
    tour.picture("recovery-check").await?;
    Ok(())
}

/// Every screen, with work in it.
pub async fn work(home: &Home, folder: &Path, size: (u32, u32), theme: &str) -> Result {
    let tour = Tour::start(home, folder, size, theme).await?;
    let window = &tour.window;
    window.find(&["textbox"], "Directive").await?;
    tour.picture("empty").await?;
    window.click("Settings").await?;
    window.choose("Theme", theme).await?;
    tour.picture("settings").await?;

    tour.sessions().await?;
    window.click(SESSION).await?;
    window.wait_for_text("Try it, then let it run every night").await?;
    tour.picture("cycle").await?;
    cycle(&tour).await?;

    window.click("Archive").await?;
    tour.picture("archive").await?;
    window.click("Moving the studio").await?;
    window.wait_for_text("First week").await?;
    tour.picture("archived").await?;
    window.click("Health").await?;
    window.wait_for_text("Time of operations since start").await?;
    tour.picture("health").await?;
    window.click("Audit trail").await?;
    window.find(&["table"], "").await?;
    tour.picture("audit").await?;
    window.click("Backups").await?;
    window.click("Back up now").await?;
    window.wait_for_text("The backup is made and verified.").await?;
    tour.picture("backups").await?;
    window.press_with(&[window::Key::Control], '/').await?;
    tour.picture("shortcuts").await?;
    window.press(window::Key::Escape).await?;
    window.click("Lock").await?;
    window.wait_for_text("Passphrase").await?;
    tour.picture("lock").await
}

async fn cycle(tour: &Tour<'_>) -> Result {
    let window = &tour.window;
    if tour.is_narrow() {
        tour.sessions().await?;
        tour.picture("sessions").await?;
        window.press(window::Key::Escape).await?;
        window.click("Show context").await?;
        tour.picture("context").await?;
        window.press(window::Key::Escape).await?;
    }
    let to_the_table = "const list = document.querySelector('[role=log]'); list.scrollTop = 0;
        await new Promise((done) => setTimeout(done, 600)); return null;";
    window.script(to_the_table, vec![]).await?;
    tour.picture("cycle-begin").await?;
    search(tour).await?;
    tray(tour).await
}

async fn search(tour: &Tour<'_>) -> Result {
    let window = &tour.window;
    window.press_with(&[window::Key::Control], 'k').await?;
    window.wait_for_focus("Search everything").await?;
    window.type_keys("thirty days").await?;
    window.find(&["option"], "Codey").await?;
    tour.picture("search").await?;
    window.press(window::Key::Escape).await?;
    window.press_with(&[window::Key::Control], 'f').await?;
    window.wait_for_focus("Find in this conversation").await?;
    window.type_keys("logs").await?;
    tour.picture("find").await?;
    window.press(window::Key::Escape).await
}

/// The memory of a cycle before it is sent, beside what went into the last one.
async fn tray(tour: &Tour<'_>) -> Result {
    const TELL: &str = "document.querySelectorAll(args[0]).forEach((each) => (each.open = true)); return null;";
    let window = &tour.window;
    if !tour.is_narrow() {
        window.script(TELL, vec!["#context details".into()]).await?;
        tour.picture("receipt").await?;
    }
    window
        .type_into("Directive", "Who should be told before the first logs are deleted?")
        .await?;
    if !tour.is_narrow() {
        window.wait_for_text("For your next directive").await?;
        tour.picture("preview").await?;
    }
    window.press(window::Key::Enter).await?;
    window.wait_for_text("Memory for this cycle").await?;
    tour.picture("tray").await?;
    window
        .script(TELL, vec!["section li:first-of-type details".into()])
        .await?;
    tour.picture("tray-item").await?;
    window.press(window::Key::Escape).await
}
