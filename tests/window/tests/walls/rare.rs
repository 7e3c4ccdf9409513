//! What a person sees once in a while, and perhaps in distress: everybody can use that too, in light and in dark. On the
//! way all keys are replaced, and a damaged file is salvaged.

use window::{Home, Judge, Provider, Result, Way, Window};

const DIRECTIVE: &str = "Plan the raised beds";

#[tokio::test]
async fn axe_finds_nothing_on_what_comes_once_in_a_while_in_light() -> Result {
    once_in_a_while("Adwaita").await
}

#[tokio::test]
async fn axe_finds_nothing_on_what_comes_once_in_a_while_in_dark() -> Result {
    once_in_a_while("Adwaita:dark").await
}

#[tokio::test]
async fn axe_finds_nothing_where_older_data_was_put_back() -> Result {
    for system in ["Adwaita", "Adwaita:dark"] {
        let theme = [("GTK_THEME", system)];
        let home = Home::new()?;
        let files = ["data.ccc", "data.ccc-wal"].map(|name| home.data_directory().join(name));
        let window = Window::start_with(&home, &theme).await?;
        window.first_run(Way::Keychain, Provider::Rehearsal).await?;
        window.quit().await?;
        let older = files.each_ref().map(|file| std::fs::read(file).unwrap_or_default());
        let window = Window::start_with(&home, &theme).await?;
        window.run(DIRECTIVE).await?;
        window.quit().await?;
        for (file, older) in files.iter().zip(older) {
            std::fs::write(file, older).unwrap();
        }
        let window = Window::start_with(&home, &theme).await?;
        window.wait_for_text("What was written last is missing").await?;
        nothing_is_found(&window, system).await?;
    }
    Ok(())
}

async fn once_in_a_while(system: &str) -> Result {
    let theme = [("GTK_THEME", system)];
    let home = Home::new()?;
    let window = Window::start_with(&home, &theme).await?;
    let first_key = window.first_run(Way::Keychain, Provider::Rehearsal).await?;
    window.run(DIRECTIVE).await?;
    let second_key = replace_all_keys(&window).await?;
    assert_ne!(first_key, second_key);
    window.click("Backups").await?;
    window.click("Back up now").await?;
    window.wait_for_text("The backup is made and verified.").await?;
    window.quit().await?;

    home.spoil_data()?;
    let window = Window::start_with(&home, &theme).await?;
    window.wait_for_text("Some stored data is damaged").await?;
    nothing_is_found(&window, "damaged").await?;
    window.click("Restore from a backup").await?;
    window
        .wait_for_text("What is in the data folder now is kept aside")
        .await?;
    nothing_is_found(&window, "damaged, restoring").await?;
    window.click("Cancel").await?;
    window.click("Salvage what is there").await?;
    window.wait_for_text("The damaged file is kept in").await?;
    nothing_is_found(&window, "salvaged").await?;
    window.click("Go on").await?;
    window.find(&["button"], DIRECTIVE).await?;
    window.quit().await?;

    std::fs::write(home.data_directory().join("data.ccc"), vec![7; 8192]).unwrap();
    let window = Window::start_with(&home, &theme).await?;
    window.wait_for_text("CCC cannot open").await?;
    nothing_is_found(&window, "not to be opened").await
}

/// Replaces all keys in the settings, and confirms the recovery key that comes of it.
async fn replace_all_keys(window: &Window) -> Result<String> {
    window.click("Settings").await?;
    window.click("Replace all keys").await?;
    window.find(&["dialog"], "").await?;
    window.click_on(&["button"], "Replace").await?;
    window.wait_for_text("A new recovery key").await?;
    nothing_is_found(window, "a new recovery key").await?;
    let key = window.confirm_recovery_key().await?;
    window.find(&["textbox"], "Directive").await?;
    window.find(&["button"], DIRECTIVE).await?;
    Ok(key)
}

async fn nothing_is_found(window: &Window, screen: &str) -> Result {
    assert_eq!(Judge::new(window).faults().await?, Vec::<String>::new(), "{screen}");
    Ok(())
}
