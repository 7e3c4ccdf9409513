//! The key to a provider, held so that it does not show up anywhere.

use std::{fmt, hint::black_box};

use reqwest::header::HeaderValue;

use crate::ProviderError;

/// A provider's API key. It cannot be printed, cloned, compared or serialised; share it in an `Arc`.
///
/// Its own memory is overwritten when it is dropped. The copies the HTTP client makes for its headers are not.
pub struct ApiKey(Vec<u8>);

impl ApiKey {
    /// From what the person entered; surrounding white space, as pasting brings it, is removed.
    pub fn new(text: String) -> Self {
        let held = Self(text.trim().as_bytes().to_vec());
        drop(Self(text.into_bytes()));
        held
    }

    /// The key as a header value after `prefix`, marked sensitive so that no HTTP layer prints or indexes it.
    ///
    /// # Errors
    /// [`ProviderError::Auth`] if it is empty or has a character no header can carry.
    pub(crate) fn header(&self, prefix: &str) -> Result<HeaderValue, ProviderError> {
        if self.0.is_empty() {
            return Err(ProviderError::Auth);
        }
        let joined = Self([prefix.as_bytes(), &self.0].concat());
        let mut value = HeaderValue::from_bytes(&joined.0).map_err(|_| ProviderError::Auth)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl Drop for ApiKey {
    fn drop(&mut self) {
        self.0.fill(0);
        // Keeps the compiler from removing the fill as a write nobody reads.
        black_box(&self.0);
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_prints_as_nothing_and_its_header_is_sensitive() {
        let key = ApiKey::new(" sk-canary\n".into());
        let header = key.header("Bearer ").unwrap();
        assert_eq!(header.as_bytes(), b"Bearer sk-canary");
        assert!(header.is_sensitive(), "HTTP layers print sensitive headers as such");
        assert_eq!(format!("{key:?} {header:?}"), "ApiKey(…) Sensitive");
    }

    #[test]
    fn a_key_no_header_can_carry_is_refused() {
        for text in ["", "  ", "a\r\nX-Other: b", "a\0b"] {
            assert_eq!(
                ApiKey::new(text.into()).header("Bearer "),
                Err(ProviderError::Auth),
                "{text:?}"
            );
        }
    }
}
