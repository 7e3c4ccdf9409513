//! The window: started, closed, killed, started again.

use std::thread;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::{Error, Home, Result, driver::Driver, processes, programs, waiting};

/// A running program with its window, and the hand on it. It ends with this value.
pub struct Window {
    client: Client,
    pid: i32,
    driver: Option<Driver>,
    home: Home,
}

impl Window {
    /// Starts the program in a home and waits until its page shows something.
    ///
    /// # Errors
    /// [`Error::NoWindow`] when none comes up; [`Error::InVain`] when it stays empty; [`Error::Machine`] when a program
    /// is missing.
    pub async fn start(home: &Home) -> Result<Self> {
        Self::start_with(home, &[]).await
    }

    /// As [`Self::start`], with more environment variables.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(home: &Home, variables: &[(&str, &str)]) -> Result<Self> {
        let program = programs::window()?;
        let driver = Driver::start(home, variables)?;
        let options = json!({ "binary": program, "args": [] });
        let capabilities = [("webkitgtk:browserOptions".to_owned(), options)].into_iter().collect();
        let address = format!("http://{}", driver.address());
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connecting = builder.capabilities(capabilities).connect(&address);
        // The driver itself would wait for ever for a program that does not call back.
        let client = tokio::time::timeout(waiting::LIMIT, connecting).await;
        let client =
            client.map_err(|_| Error::machine("the window's answer")(std::io::ErrorKind::TimedOut.into()))??;
        let pid = driver.pid().and_then(|parent| processes::child_of(parent, &program));
        let pid = pid.ok_or_else(|| Error::machine("the window's process")(std::io::ErrorKind::NotFound.into()))?;
        let window = Self {
            client,
            pid,
            driver: Some(driver),
            home: home.clone(),
        };
        window.settle().await?;
        Ok(window)
    }

    /// Waits until the page shows what the profile's state asks for, and gives the window the focus.
    async fn settle(&self) -> Result {
        self.wait_until("a heading", async || Ok(!self.names("heading").await?.is_empty()))
            .await?;
        self.wait_until("the window on the display", async || {
            self.home.display().focus(self.pid)
        })
        .await
    }

    /// The WebDriver client, for what there is no method for.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The home it runs in.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The program's process.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Loads the page anew, as a reload from a menu would, and waits until it shows something.
    ///
    /// # Errors
    /// [`Error::Driver`]; [`Error::InVain`].
    pub async fn reload(&self) -> Result {
        self.client.refresh().await?;
        self.settle().await
    }

    /// Gives the window this width and height, in pixels, and waits until its page has them.
    ///
    /// # Errors
    /// [`Error::InVain`].
    pub async fn resize(&self, width: u32, height: u32) -> Result {
        self.home.display().resize(self.pid, width, height)?;
        self.wait_until("the window's new size", async || {
            let size = self.script("return [innerWidth, innerHeight];", vec![]).await?;
            Ok(size == json!([width, height]))
        })
        .await
    }

    /// Closes the window by its closing button and waits until the program has ended.
    ///
    /// # Errors
    /// [`Error::InVain`] when it goes on.
    pub async fn quit(self) -> Result {
        self.home.display().ask_to_close(self.pid)?;
        self.wait_until("the program to end", async || Ok(!processes::runs(self.pid)))
            .await
    }

    /// Ends the program at once, as a crash or a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// [`Error::InVain`] when it goes on.
    pub async fn kill(self) -> Result {
        processes::kill(self.pid);
        self.wait_until("the program to be gone", async || Ok(!processes::runs(self.pid)))
            .await
    }

    /// A failure, with what the window shows now.
    pub(crate) async fn in_vain(&self, what: String) -> Error {
        let shown = self.shown().await;
        Error::InVain {
            what,
            shown,
            picture: self.picture_of_failure(),
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if thread::panicking() {
            self.picture_of_failure();
        }
        processes::kill(self.pid);
        drop(self.driver.take());
    }
}
