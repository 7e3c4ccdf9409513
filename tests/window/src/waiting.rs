//! Waiting by asking.

use std::time::{Duration, Instant};

use crate::{Error, Result, Window};

/// How long anything may take: far longer than it does, as the machine may be busy.
pub const LIMIT: Duration = Duration::from_secs(60);

/// How long one asking may take before it is given up.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);

/// Between two askings.
const PAUSE: Duration = Duration::from_millis(30);

/// Asks until it is so.
///
/// # Errors
/// [`Error::InVain`] after [`LIMIT`].
pub fn blocking(what: &str, mut so: impl FnMut() -> bool) -> Result {
    let began = Instant::now();
    while !so() {
        if began.elapsed() > LIMIT {
            return Err(Error::InVain {
                what: what.to_owned(),
                shown: String::new(),
                picture: None,
            });
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

impl Window {
    /// Asks until there is an answer, and returns it. `what` says what for, as in "waited in vain for …".
    ///
    /// An asking that fails counts as no answer: the page may just be changing under it.
    ///
    /// # Errors
    /// [`Error::InVain`] after a minute, with what the window shows then.
    pub async fn wait_for<T>(&self, what: &str, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
        let began = Instant::now();
        let mut last = Ok(None);
        while began.elapsed() < LIMIT {
            // A page that has died answers nothing at all.
            last = tokio::time::timeout(ANSWER_LIMIT, ask()).await.unwrap_or(Ok(None));
            if let Ok(Some(answer)) = last {
                return Ok(answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
        let reason = last
            .err()
            .map(|error| format!(" (at last: {error})"))
            .unwrap_or_default();
        Err(Error::InVain {
            what: format!("{what}{reason}"),
            shown: self.shown().await,
            picture: self.picture_of_failure(),
        })
    }

    /// The visible text for a failure; empty when the page no longer answers.
    pub(crate) async fn shown(&self) -> String {
        let text = tokio::time::timeout(ANSWER_LIMIT, self.text()).await;
        text.map(Result::unwrap_or_default).unwrap_or_default()
    }

    /// As [`Self::wait_for`], for something that is so or not.
    ///
    /// # Errors
    /// As [`Self::wait_for`].
    pub async fn wait_until(&self, what: &str, mut so: impl AsyncFnMut() -> Result<bool>) -> Result {
        self.wait_for(what, async || Ok(so().await?.then_some(()))).await
    }
}
