//! How a provider's model is asked, beside which model it is.

use serde::{Deserialize, Serialize};

use crate::Error;

/// The highest temperature that is taken: some servers go beyond the usual 2.
const HOTTEST: f64 = 5.0;

/// What a provider is asked with where neither the caller nor the session says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(default)]
pub struct Parameters {
    /// The sampling temperature; none leaves it to the provider.
    pub temperature: Option<f64>,
    /// The most tokens of one answer; none leaves it to the provider. An answer that is cut there is shown as cut.
    pub max_tokens: Option<u32>,
}

impl Parameters {
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.temperature.is_some_and(|t| !(0.0..=HOTTEST).contains(&t)) {
            return Err(Error::Invalid("a temperature is a number from 0 to 5"));
        }
        if self.max_tokens == Some(0) {
            return Err(Error::Invalid("an answer takes at least one token"));
        }
        Ok(())
    }
}
