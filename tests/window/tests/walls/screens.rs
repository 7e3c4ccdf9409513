//! Everybody can use every screen: axe-core finds nothing on any of them, in light and in dark.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use support::{Recorded, Reply, Server};
use window::{Home, Judge, Key, Result, Window};

use crate::talk;

const PASSPHRASE: &str = "a long enough passphrase";

/// What an answer of every kind of markup looks like.
const ANSWER: &str = "# Plan\n\nSome **bold**, _slanted_ and `code`, a [link](https://example.org/) and ![a bed](https://example.org/b.png).\n\n\
    | Step | Days |\n|---|---:|\n| Dig | 2 |\n\n1. First\n2. Second\n\n- [x] done\n- [ ] open\n\n> Quoted\n\n\
    ```rust\n// A comment\nfn main() { let number: u8 = 7; println!(\"text {number}\"); }\n```\n\n---\n\nEnd.";

/// The theme that is shown.
const THEME: &str = "return document.documentElement.dataset.theme;";

/// Faults by screen and theme; what stays empty is well.
#[derive(Default)]
struct Findings(BTreeMap<String, Vec<String>>, usize);

/// A window in one theme, and what was found in it.
struct Walk<'a> {
    window: &'a Window,
    judge: Judge<'a>,
    theme: &'static str,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    async fn look(&mut self, screen: &str) -> Result {
        let theme = self.window.script(THEME, vec![]).await?;
        assert_eq!(
            theme,
            json!(self.theme),
            "{screen} is judged in the theme it is said to be"
        );
        let faults = self.judge.faults().await?;
        self.findings.1 += 1;
        if !faults.is_empty() {
            self.findings.0.insert(format!("{screen}, {}", self.theme), faults);
        }
        Ok(())
    }

    /// A dialog or menu: opened, judged, closed by Escape.
    async fn look_over(&mut self, screen: &str, open: &str, role: &str) -> Result {
        self.window.click(open).await?;
        self.window.find(&[role], "").await?;
        self.look(screen).await?;
        self.window.press(Key::Escape).await?;
        let gone = async || Ok(self.window.find_all(&[role], "").await?.is_empty());
        self.window.wait_until(&format!("the {role} to close"), gone).await
    }
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_in_light() -> Result {
    every_screen("light").await
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_in_dark() -> Result {
    every_screen("dark").await
}

#[tokio::test]
async fn axe_finds_what_is_wrong() -> Result {
    let home = Home::without_keychain()?;
    let window = Window::start(&home).await?;
    window.wait_for_text("How should CCC open?").await?;
    const SPOIL: &str = "
        const add = (tag, set) => {
            const added = Object.assign(document.createElement(tag), set);
            document.querySelector('main, form').prepend(added);
            return added;
        };
        add('button', {});
        const pale = add('p', { textContent: 'pale' });
        pale.style.color = '#ccc';
        pale.style.backgroundColor = '#fff';";
    window.script(SPOIL, vec![]).await?;
    let faults = Judge::new(&window).faults().await?;
    let kinds: Vec<&str> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
    assert!(
        kinds.contains(&"button-name") && kinds.contains(&"color-contrast"),
        "{faults:?}"
    );
    Ok(())
}

async fn every_screen(theme: &'static str) -> Result {
    let home = Home::new()?;
    let server = Server::start(answers).unwrap();
    let mut findings = Findings::default();
    // What the system asks for, until the person has set something.
    let system = if theme == "dark" { "Adwaita:dark" } else { "Adwaita" };
    let window = Window::start_with(&home, &[("GTK_THEME", system)]).await?;
    let judge = Judge::new(&window);
    let mut walk = Walk {
        window: &window,
        judge,
        theme,
        findings: &mut findings,
    };
    first_run(&mut walk, &server.url()).await?;
    working(&mut walk).await?;
    sides(&mut walk).await?;
    locked(&mut walk).await?;
    assert_eq!(findings.0, BTreeMap::new(), "axe finds nothing");
    assert!(findings.1 >= 49, "every screen was judged: {}", findings.1);
    Ok(())
}

/// An answer; one that asks back; one that does not end; none at all.
fn answers(request: &Recorded) -> Reply {
    const MODELS: &str = r#"{"object":"list","data":[{"id":"loop-1"},{"id":"loop-2"}]}"#;
    let asks = |what: &str| request.body.contains(what);
    if request.line.starts_with("GET") {
        support::status(200, "", "application/json", MODELS)
    } else if asks("Hold it") {
        support::stalled(ANSWER)
    } else if asks("Fail at it") {
        support::status(401, "", "application/json", "{}")
    } else if asks("Ask me") {
        support::answer(&format!("{ANSWER}\n\nverdict: escalate: which of the two?"))
    } else {
        support::answer(&format!("{ANSWER}\n\nverdict: accept"))
    }
}

async fn first_run(walk: &mut Walk<'_>, url: &str) -> Result {
    let window = walk.window;
    window.wait_for_text("How should CCC open?").await?;
    walk.look("first run: way in").await?;
    window.click("Restore from a backup").await?;
    window.wait_for_text("There is no backup in").await?;
    walk.look("first run: restoring").await?;
    window.click("Cancel").await?;
    window.click("With both").await?;
    window.click("Create").await?;
    walk.look("first run: passphrase missing").await?;
    window.type_into("Passphrase", PASSPHRASE).await?;
    window.type_into("Passphrase again", PASSPHRASE).await?;
    window.click("Create").await?;
    let groups = window.recovery_groups().await?;
    walk.look("first run: recovery key").await?;
    window.click("I have it, go on").await?;
    window.wait_for_text("Type two of the nine groups").await?;
    window.click("Continue").await?;
    walk.look("first run: recovery key, wrong").await?;
    for label in window.names("textbox").await? {
        let number = label.trim_start_matches("Group ").parse::<usize>().unwrap_or_default();
        window
            .type_into(&label, groups.get(number.wrapping_sub(1)).map_or("", String::as_str))
            .await?;
    }
    window.click("Continue").await?;
    window.wait_for_text("Who should answer?").await?;
    walk.look("first run: provider").await?;
    window.click("My own provider").await?;
    window.click("Continue").await?;
    window.find(&["textbox"], "Address").await?;
    walk.look("first run: own provider").await?;
    window.click("Test").await?;
    walk.look("first run: own provider, faults").await?;
    window.type_into("Name", "local").await?;
    window.type_into("Address", url).await?;
    window.click("Test").await?;
    window.wait_for_text("It answers in").await?;
    walk.look("first run: own provider, tested").await?;
    window.type_into("Model", "loop-1").await?;
    window.click("Save").await?;
    window.find(&["textbox"], "Directive").await?;
    walk.look("empty").await
}

async fn working(walk: &mut Walk<'_>) -> Result {
    let window = walk.window;
    talk::run(window, "Plan the raised beds").await?;
    walk.look("cycle finished").await?;
    talk::run(window, "Ask me about the beds").await?;
    window.wait_for_text("Beatrice asks you").await?;
    walk.look("cycle that asks").await?;
    unfold(window).await?;
    walk.look("context unfolded").await?;
    press_in_transcript(window, "Actions for this turn").await?;
    window.find(&["menu"], "").await?;
    walk.look("menu of a turn").await?;
    window.press(Key::Escape).await?;
    window.press_with(&[Key::Control], 'n').await?;
    talk::send(window, "Hold it there").await?;
    window.wait_for_text("End.").await?;
    walk.look("cycle running").await?;
    window.click("Stop").await?;
    window.wait_for_end().await?;
    walk.look("cycle stopped").await?;
    window.press_with(&[Key::Control], 'n').await?;
    talk::send(window, "Fail at it").await?;
    window.wait_for_text("Stopped at").await?;
    walk.look("cycle failed").await?;
    Ok(())
}

/// Presses the first button or link of this name in the transcript, by keyboard: a row that is scrolled to moves while
/// the list measures it.
async fn press_in_transcript(window: &Window, name: &str) -> Result {
    press_of(window, "", name).await
}

/// As [`press_in_transcript`], in the first turn whose name holds `turn`.
async fn press_of(window: &Window, turn: &str, name: &str) -> Result {
    const FOCUS: &str = "
        const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        document.querySelector('.rows-list').scrollTop = 0;
        await frames();
        const found = findAll(['button', 'link'], args[0]).find((each) => nameOf(each.closest('article') ?? each).includes(args[1]) && each.closest('article'));
        found?.focus();
        await frames();
        return found !== undefined && document.activeElement === found;";
    let focused = async || Ok(window.script(FOCUS, vec![json!(name), json!(turn)]).await? == json!(true));
    window.wait_until(&format!("{name} to take the focus"), focused).await?;
    window.press(Key::Enter).await
}

async fn unfold(window: &Window) -> Result<Value> {
    window
        .script(
            "document.querySelectorAll('#context details').forEach((each) => (each.open = true));",
            vec![],
        )
        .await
}

/// What lies beside and over the work: menus, dialogs, drawers, the other screens.
async fn sides(walk: &mut Walk<'_>) -> Result {
    let window = walk.window;
    open_session(window, "Plan the raised beds").await?;
    searching(walk).await?;
    looking_through(walk).await?;
    press_in_transcript(window, "link").await?;
    dialog(walk, "link dialog").await?;
    press_in_transcript(window, "Actions for this turn").await?;
    window.find(&["menuitem"], "Edit and run again").await?.click().await?;
    dialog(walk, "edit directive").await?;
    walk.look_over("menu of a session", "Actions for Plan", "menu").await?;
    menu(window, "Actions for Plan", "Preferences…").await?;
    dialog(walk, "preferences").await?;
    menu(window, "Actions for Plan", "Reset…").await?;
    dialog(walk, "reset").await?;
    menu(window, "Actions for Plan", "Rename").await?;
    window.find(&["textbox"], "Title").await?;
    walk.look("rename").await?;
    window.press(Key::Escape).await?;
    window.press_with(&[Key::Control], '/').await?;
    dialog(walk, "shortcuts").await?;
    window.type_into("Search titles", "nothing like it").await?;
    window.wait_for_text("No title contains").await?;
    walk.look("search in vain").await?;
    window.press(Key::Escape).await?;
    window.press_with(&[Key::Control, Key::Shift], 'n').await?;
    window.wait_for_text("Gone when CCC closes").await?;
    walk.look("temporary session").await?;
    window.click("Health").await?;
    window.wait_for_text("Checks").await?;
    walk.look("health").await?;
    unfold(window).await?;
    walk.look("health as tables").await?;
    window.click("Audit trail").await?;
    window.find(&["table"], "").await?;
    walk.look("audit trail").await?;
    backups(walk).await?;
    settings(walk).await?;
    archive(walk).await?;
    narrow(walk).await
}

async fn backups(walk: &mut Walk<'_>) -> Result {
    const OF_IT: &str = "Actions for the backup of";
    let window = walk.window;
    window.click("Backups").await?;
    window.click("Back up now").await?;
    window.wait_for_text("The backup is made and verified.").await?;
    walk.look("backups").await?;
    walk.look_over("menu of a backup", OF_IT, "menu").await?;
    menu(window, OF_IT, "Restore everything…").await?;
    dialog(walk, "restore everything").await?;
    menu(window, OF_IT, "Bring sessions back…").await?;
    dialog(walk, "bring sessions back").await
}

async fn searching(walk: &mut Walk<'_>) -> Result {
    let window = walk.window;
    window.press_with(&[Key::Control], 'k').await?;
    window.wait_for_focus("Search everything").await?;
    walk.look("palette").await?;
    window.type_keys("raised beds").await?;
    window.find(&["option"], "You Plan the raised beds").await?;
    dialog(walk, "search").await?;
    window.press_with(&[Key::Control], 'f').await?;
    window.wait_for_focus("Find in this conversation").await?;
    window.type_keys("beds").await?;
    walk.look("find").await?;
    window.press(Key::Escape).await
}

/// The memory of a cycle before it is sent, with all of it told and a turn left out.
async fn looking_through(walk: &mut Walk<'_>) -> Result {
    const LEAVE_OUT: &str = "
        const tray = [...document.querySelectorAll('section')].find((each) => nameOf(each) === 'Memory for this cycle');
        tray.querySelectorAll('details').forEach((each) => (each.open = true));
        tray.querySelector('input').click();
        return tray.querySelectorAll('input').length;";
    let window = walk.window;
    window.type_into("Directive", "Plan the raised beds anew").await?;
    window.press(Key::Enter).await?;
    window.wait_for_text("Memory for this cycle").await?;
    walk.look("tray").await?;
    let offered = window.script(LEAVE_OUT, vec![]).await?.as_u64().unwrap_or_default();
    window
        .wait_for_text(&format!("{} of {offered} turns", offered.saturating_sub(1)))
        .await?;
    walk.look("tray, told in full, a turn left out").await?;
    window.press(Key::Escape).await?;
    window.wait_for_focus("Directive").await.map(drop)
}

async fn settings(walk: &mut Walk<'_>) -> Result {
    let window = walk.window;
    window.click("Settings").await?;
    window.wait_for_text("Lock after idle").await?;
    walk.look("settings").await?;
    window.click("Edit: local").await?;
    window.find(&["dialog"], "").await?;
    window
        .script("document.querySelector('[role=dialog] details').open = true;", vec![])
        .await?;
    window.type_into("Temperature", "warm").await?;
    window.click("Test").await?;
    window.wait_for_text("Use a number from 0 to 5.").await?;
    dialog(walk, "provider form, unfolded, with a fault").await?;
    for (button, name) in [
        ("Change the passphrase", "change of the passphrase"),
        ("New recovery key", "new recovery key"),
        ("Replace all keys", "replacing all keys"),
    ] {
        window.click(button).await?;
        dialog(walk, name).await?;
    }
    window.click("Remove: local").await?;
    dialog(walk, "provider removal").await?;
    // The theme is the person's now, not the system's.
    let other = if walk.theme == "dark" { "Light" } else { "Dark" };
    for theme in [other, if walk.theme == "dark" { "Dark" } else { "Light" }] {
        window.choose("Theme", theme).await?;
        let shown = async || Ok(window.script(THEME, vec![]).await? == json!(theme.to_lowercase()));
        window.wait_until("the theme to be shown", shown).await?;
    }
    Ok(())
}

async fn archive(walk: &mut Walk<'_>) -> Result {
    let window = walk.window;
    window.click("Archive").await?;
    window.wait_for_text("Nothing is archived").await?;
    walk.look("archive, empty").await?;
    window.click("Work").await?;
    menu(window, "Actions for Plan", "Archive").await?;
    window.wait_for_text("is archived").await?;
    walk.look("archived, with word of it").await?;
    window.click("Archive").await?;
    window.wait_for_text("Choose an archived session").await?;
    walk.look("archive").await?;
    window.find(&["button"], "Plan the raised beds").await?.click().await?;
    window.find(&["article"], "Codey").await?;
    walk.look("archive, reading").await?;
    press_of(window, "Codey", "Actions for this turn").await?;
    window.find(&["menuitem"], "What was injected").await?.click().await?;
    dialog(walk, "archive, receipt").await?;
    walk.look_over("menu of an archived session", "Actions for Plan", "menu")
        .await?;
    window.click("Work").await
}

/// Narrow, the sides are drawers.
async fn narrow(walk: &mut Walk<'_>) -> Result {
    let window = walk.window;
    let wide = window.client().get_window_size().await?;
    window.client().set_window_size(700, 620).await?;
    window.find(&["button"], "Show sessions").await?;
    walk.look("narrow").await?;
    window.click("Show sessions").await?;
    window.find(&["searchbox"], "Search titles").await?;
    walk.look("narrow, sessions open").await?;
    window.press(Key::Escape).await?;
    window.click("Show context").await?;
    window.wait_for_text("Injected memory").await?;
    walk.look("narrow, context open").await?;
    window.press(Key::Escape).await?;
    let (width, height) = (
        u32::try_from(wide.0).unwrap_or(1180),
        u32::try_from(wide.1).unwrap_or(780),
    );
    Ok(window.client().set_window_size(width, height).await?)
}

async fn locked(walk: &mut Walk<'_>) -> Result {
    let window = walk.window;
    window.press_with(&[Key::Control, Key::Shift], 'l').await?;
    window.wait_for_text("CCC is locked").await?;
    walk.look("locked").await?;
    window.type_into("Passphrase", "not the passphrase").await?;
    window.press(Key::Enter).await?;
    window.find(&["alert"], "").await?;
    walk.look("locked, refused").await?;
    window.click("Use the recovery key").await?;
    window.find(&["textbox"], "Recovery key").await?;
    walk.look("locked, recovery key").await
}

/// Judges the dialog that is open and closes it.
async fn dialog(walk: &mut Walk<'_>, name: &str) -> Result {
    walk.window.find(&["dialog"], "").await?;
    walk.look(name).await?;
    walk.window.press(Key::Escape).await?;
    let gone = async || Ok(walk.window.find_all(&["dialog"], "").await?.is_empty());
    walk.window.wait_until("the dialog to close", gone).await
}

async fn menu(window: &Window, button: &str, item: &str) -> Result {
    window.click(button).await?;
    Ok(window.find(&["menuitem"], item).await?.click().await?)
}

async fn open_session(window: &Window, title: &str) -> Result {
    window.find(&["button"], title).await?.click().await?;
    let shown = async || Ok(window.names("heading").await?.iter().any(|name| name == title));
    window.wait_until("the session", shown).await
}
