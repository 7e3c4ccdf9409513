//! What most tests begin with: setting the profile up, and running a cycle.

use serde_json::json;

use crate::{Result, Window};

/// How the profile opens.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    /// By the keychain.
    Keychain,
    /// By this passphrase.
    Passphrase(&'a str),
    /// By both.
    Both(&'a str),
}

/// Who answers.
#[derive(Debug, Clone, Copy)]
pub enum Provider<'a> {
    /// The built-in one, which calls no model.
    Rehearsal,
    /// An endpoint, such as `support::Server::url` gives; saved without a test.
    Own {
        /// What it is called.
        name: &'a str,
        /// Its base URL.
        url: &'a str,
        /// The model to ask for.
        model: &'a str,
    },
}

impl Window {
    /// Goes through the first run as a person does: a way in, the recovery key read and two of its groups typed again, a
    /// provider. Returns the recovery key, nine groups joined by dashes.
    ///
    /// # Errors
    /// [`crate::Error::InVain`] when a step does not come.
    pub async fn first_run(&self, way: Way<'_>, provider: Provider<'_>) -> Result<String> {
        self.choose_way(way).await?;
        let recovery_key = self.confirm_recovery_key().await?;
        self.wait_for_text("Who should answer?").await?;
        match provider {
            Provider::Rehearsal => self.click("Start").await?,
            Provider::Own { name, url, model } => {
                self.click("My own provider").await?;
                self.click("Continue").await?;
                self.type_into("Name", name).await?;
                self.type_into("Address", url).await?;
                self.type_into("Model", model).await?;
                self.click("Save without a test").await?;
            }
        }
        self.find(&["textbox"], "Directive").await?;
        Ok(recovery_key)
    }

    async fn choose_way(&self, way: Way<'_>) -> Result {
        self.wait_for_text("How should CCC open?").await?;
        let (choice, passphrase) = match way {
            Way::Keychain => ("With this computer's keychain", None),
            Way::Passphrase(passphrase) => ("With a passphrase", Some(passphrase)),
            Way::Both(passphrase) => ("With both", Some(passphrase)),
        };
        self.click(choice).await?;
        if let Some(passphrase) = passphrase {
            self.type_into("Passphrase", passphrase).await?;
            self.type_into("Passphrase again", passphrase).await?;
        }
        self.click("Create").await
    }

    /// Reads the recovery key that is shown and types two of its groups again; the key, nine groups joined by dashes.
    ///
    /// # Errors
    /// [`crate::Error::InVain`] when none is shown.
    pub async fn confirm_recovery_key(&self) -> Result<String> {
        let groups = self.recovery_groups().await?;
        self.click("I have it, go on").await?;
        self.wait_for_text("Type two of the nine groups").await?;
        for label in self.names("textbox").await? {
            let number = label.trim_start_matches("Group ").parse::<usize>().unwrap_or_default();
            let group = groups.get(number.wrapping_sub(1)).cloned().unwrap_or_default();
            self.type_into(&label, &group).await?;
        }
        self.click("Continue").await?;
        Ok(groups.join("-"))
    }

    /// The nine groups of the recovery key that the window shows now.
    ///
    /// # Errors
    /// [`crate::Error::InVain`] when it shows none.
    pub async fn recovery_groups(&self) -> Result<Vec<String>> {
        const GROUPS: &str =
            "return findAll(['list'], args[0]).flatMap((list) => [...list.querySelectorAll('code')]).map(textOf);";
        self.wait_for("the recovery key in nine groups", async || {
            let shown = self.script(GROUPS, vec![json!("Recovery key in nine groups")]).await?;
            let groups = shown
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|group| group.as_str().map(str::to_owned));
            Ok(Some(groups.collect::<Vec<_>>()).filter(|groups| groups.len() == 9))
        })
        .await
    }

    /// Types a directive, sends it by Enter, and waits until its cycle has ended, well or not.
    ///
    /// # Errors
    /// [`crate::Error::InVain`] when it does not end.
    pub async fn run(&self, directive: &str) -> Result {
        self.send(directive).await?;
        self.wait_for_end().await
    }

    /// Types a directive, sends it by Enter with all of the memory that is shown for it, and waits until its cycle
    /// has begun: it stands in the transcript, something runs, or newer turns are there, as quick answers have it out of sight
    /// at once.
    ///
    /// # Errors
    /// [`crate::Error::InVain`] when it does not.
    pub async fn send(&self, directive: &str) -> Result {
        // Ids sort by their time.
        const NEWEST: &str = "
            const ids = [...document.querySelectorAll('[data-turn]')].map((turn) => turn.dataset.turn);
            return ids.sort().at(-1) ?? '';";
        const BEGUN: &str = "
            const said = findAll(['article'], 'You').some((turn) => textOf(turn).includes(args[0]));
            const newer = [...document.querySelectorAll('[data-turn]')].some((turn) => turn.dataset.turn > args[1]);
            return said || newer || findAll(['button'], 'Stop').length > 0;";
        let newest = self.script(NEWEST, vec![]).await?;
        self.type_into("Directive", directive).await?;
        self.press(crate::Key::Enter).await?;
        self.wait_until("the cycle to begin", async || {
            self.let_memory_through().await?;
            Ok(self.script(BEGUN, vec![json!(directive), newest.clone()]).await? == json!(true))
        })
        .await
    }

    /// Sends a directive on with all the memory that is shown for it, where there is any to look through.
    ///
    /// # Errors
    /// [`crate::Error::Driver`].
    pub async fn let_memory_through(&self) -> Result {
        for send in self.find_all(&["button"], "Run with this memory").await? {
            // It may have gone by now, as it does when it is pressed.
            send.click().await.ok();
        }
        Ok(())
    }

    /// Waits until no cycle runs in the session that is shown.
    ///
    /// # Errors
    /// [`crate::Error::InVain`] when one goes on.
    pub async fn wait_for_end(&self) -> Result {
        self.wait_until("the cycle to end", async || {
            let idle = !self.find_all(&["button"], "Run cycle").await?.is_empty();
            let writing = self
                .script(
                    "return document.querySelector('[aria-busy=\"true\"]') !== null;",
                    vec![],
                )
                .await?;
            Ok(idle && writing == json!(false))
        })
        .await
    }
}
