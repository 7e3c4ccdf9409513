//! Hostile text stays text, wherever it is shown: in answers as they come, in the transcript, the context, the archive,
//! in titles, and in the names of models.

use std::collections::BTreeSet;

use serde_json::json;
use window::{
    Home, Key, Provider, Result, Way, Window,
    alone::{self, Own},
};

use crate::{
    canary::Canary,
    talk,
    texts::{self, Answers},
    tripwire::{self, strings},
};

const PASSPHRASE: &str = "a long enough passphrase";

/// Scrolls through the transcript from its beginning, so that every row is drawn once, and returns the numbers of the
/// texts that were shown as paragraphs. Its argument is how many there are, after which it need not look on.
const READ_ALL: &str = r"
    const numbers = new Set();
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const list = document.querySelector('.rows-list');
    const read = () => document.querySelectorAll('.markdown p').forEach((p) => {
        const found = /^Text (\d{3})\.$/.exec(p.textContent.trim());
        if (found) numbers.add(found[1]);
    });
    for (const button of findAll(['button'], 'Show earlier')) button.click();
    // Older conversations are read after the newest: from the top on once nothing more comes.
    for (let height = -1, still = 0, looks = 0; still < 20 && looks < 150; looks += 1) {
        list.scrollTop = 0;
        await frame();
        still = list.scrollHeight === height ? still + 1 : 0;
        height = list.scrollHeight;
    }
    for (let still = 0; still < 3 && numbers.size < args[0]; ) {
        await frame();
        read();
        const end = list.scrollTop + list.clientHeight >= list.scrollHeight - 1;
        still = end ? still + 1 : 0;
        list.scrollTop += list.clientHeight * 0.5;
    }
    return [...numbers].sort();";

/// Unfolds everything and says how many texts the context panel shows.
const UNFOLD: &str = r"
    document.querySelectorAll('details').forEach((each) => (each.open = true));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return document.querySelectorAll('#context .whole').length;";

/// Names a session so and says whether its title is then shown, to the letter, in the list and above the transcript.
const NAME: &str = r"
    const invoke = (command, with_) => window.__TAURI_INTERNALS__.invoke(command, with_);
    const [session] = await invoke('session_list', { filter: 'active' });
    const faults = [];
    for (const title of args[0]) {
        const named = await invoke('session_rename', { sessionId: session.id, title }).catch((error) => error);
        if (named.code !== undefined) { faults.push(`${named.code}: ${title}`); continue; }
        for (let i = 0; i < 600 && document.querySelector('main h1').textContent !== named.title; i += 1) await new Promise((done) => setTimeout(done, 10));
        const places = [document.querySelector('main h1').textContent, document.querySelector('#sessions [aria-current] .title').textContent];
        if (!places.every((place) => place.trim() === named.title)) faults.push(`not shown: ${title}`);
    }
    return faults;";

#[test]
fn hostile_text_stays_text_wherever_it_is_shown() {
    alone::run(
        Own::Network,
        "shown::hostile_text_stays_text_wherever_it_is_shown",
        || async {
            let (texts, answers) = (texts::exfiltration().len() + texts::payloads().len(), Answers::new());
            assert!(
                texts::exfiltration().len() >= 60 && texts::payloads().len() >= 200,
                "the lists are whole"
            );
            let (canary, home, cycles) = (Canary::listen(), Home::without_keychain()?, answers.cycles());
            let provider = answers.serve();
            let window = Window::start(&home).await?;
            tripwire::set_up(&window).await?;
            let own = Provider::Own {
                name: "hostile",
                url: &provider.url(),
                model: "<img src=x onerror=window.hit=1>",
            };
            window.first_run(Way::Passphrase(PASSPHRASE), own).await?;
            canary.prove();
            for directive in directives(cycles) {
                talk::run(&window, &directive).await?;
            }
            window.wait_for_text(texts::ASKED).await?;
            assert_eq!(
                read_all(&window, texts).await?,
                numbers(texts),
                "every text is shown, each as paragraphs of its own"
            );
            let injected = window.script(UNFOLD, vec![]).await?;
            assert!(
                injected.as_u64() > Some(0),
                "the context shows what was said before: {injected}"
            );
            nothing_noted(&window, "in the transcript and the context").await?;
            titles(&window).await?;
            models(&window).await?;
            archive(&window, texts).await?;
            canary.quiet();
            assert_eq!(canary.heard(), Vec::<String>::new(), "nothing arrives anywhere");
            canary.prove();
            Ok(())
        },
    );
}

/// Directives that are hostile themselves, with words in common so that memory brings earlier answers back.
fn directives(count: usize) -> Vec<String> {
    let hostile = [texts::exfiltration(), texts::payloads()].concat();
    let parts = hostile
        .chunks(hostile.len().div_ceil(count))
        .map(|part| part.join("\n"));
    parts
        .map(|part| format!("Explain the image, the script and the link\n{part}"))
        .collect()
}

async fn read_all(window: &Window, texts: usize) -> Result<Vec<String>> {
    Ok(strings(&window.script(READ_ALL, vec![json!(texts)]).await?))
}

fn numbers(texts: usize) -> Vec<String> {
    (0..texts).map(|number| format!("{number:03}")).collect()
}

async fn nothing_noted(window: &Window, place: &str) -> Result {
    assert_eq!(
        tripwire::noted(window).await?,
        Vec::<String>::new(),
        "{place}, nothing runs or loads"
    );
    Ok(())
}

async fn titles(window: &Window) -> Result {
    let titles: Vec<String> = texts::payloads()
        .into_iter()
        .filter(|title| title.chars().count() <= 200)
        .collect();
    assert!(titles.len() >= 200, "the list of titles is whole");
    let faults = strings(&window.script(NAME, vec![json!(titles)]).await?);
    let unnamed: BTreeSet<&str> = faults
        .iter()
        .map(|fault| fault.split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(
        unnamed,
        BTreeSet::new(),
        "every title is taken and shown to the letter: {faults:?}"
    );
    nothing_noted(window, "in titles").await?;
    window.click("Actions for ").await?;
    window.find(&["menuitem"], "Reset").await?.click().await?;
    window.find(&["dialog"], "").await?;
    nothing_noted(window, "in a question about a title").await?;
    window.click("Cancel").await?;
    let searched = "<img src=http://leak.example/searched>";
    window.type_into("Search titles", searched).await?;
    window.wait_for_text(searched).await?;
    nothing_noted(window, "in what is searched for").await?;
    window.press(Key::Escape).await
}

/// The names of models, listed by the provider, in the form that offers them.
async fn models(window: &Window) -> Result {
    window.click("Settings").await?;
    window.click("Edit: hostile").await?;
    window.click("Test").await?;
    let offered = "return document.querySelectorAll('datalist option').length;";
    window
        .wait_until("the models to be offered", async || {
            Ok(window.script(offered, vec![]).await?.as_u64() >= Some(200))
        })
        .await?;
    nothing_noted(window, "in the names of models").await?;
    window.click("Cancel").await?;
    window.click("Work").await
}

async fn archive(window: &Window, texts: usize) -> Result {
    window.click("Actions for ").await?;
    window.find(&["menuitem"], "Archive").await?.click().await?;
    nothing_noted(window, "in what is announced").await?;
    window.click("Archive").await?;
    let open =
        "const entry = document.querySelector('.archive .list li button'); entry?.click(); return entry !== null;";
    window
        .wait_until("the archived session", async || {
            Ok(window.script(open, vec![]).await? == json!(true))
        })
        .await?;
    window
        .wait_until("its text", async || {
            Ok(!window.find_all(&["article"], "").await?.is_empty())
        })
        .await?;
    assert_eq!(
        read_all(window, texts).await?,
        numbers(texts),
        "the archive shows every text as well"
    );
    nothing_noted(window, "in the archive").await
}
