//! How to reach one endpoint.

use std::{fmt, time::Duration};

use crate::ApiKey;

/// One OpenAI-compatible endpoint. Its `Debug` shows the name only: an address may hold what should not be printed.
pub struct OpenAiConfig {
    /// The name the person gave it.
    pub name: String,
    /// Where the API is, such as `https://api.openai.com/v1`. Only the person may set it, never an import or a link.
    pub base_url: String,
    /// The key; none for most local servers.
    pub api_key: Option<ApiKey>,
    /// Where the key goes.
    pub key_header: KeyHeader,
    /// The model to ask for where a request names none; none leaves it to the server.
    pub model: Option<String>,
    /// The one host, besides this machine, that may be spoken to without encryption.
    pub confirmed_http_host: Option<String>,
    /// How long to wait for what.
    pub timing: Timing,
}

/// The header that carries the key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyHeader {
    /// `Authorization: Bearer …`, which nearly all servers take.
    #[default]
    Bearer,
    /// `api-key: …`, as deployments on Azure want it.
    ApiKey,
}

/// How long to wait for what. No limit on a whole answer: a long one is no failure while it flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// For a connection.
    pub connect: Duration,
    /// From sending to the head of the answer, including the connection.
    pub first_byte: Duration,
    /// For any further byte; renewed by each.
    pub idle: Duration,
    /// For any further event while only signs of life arrive.
    pub event: Duration,
    /// For the usage, once the answer has ended but the server keeps the connection open.
    pub after_finish: Duration,
    /// The longest wait before the first repetition; doubled for each further one.
    pub retry_base: Duration,
    /// The longest wait before any repetition, unless the server asks for more.
    pub retry_cap: Duration,
    /// How long a server that keeps failing is left alone.
    pub breaker_rest: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            event: Duration::from_secs(600),
            after_finish: Duration::from_secs(5),
            retry_base: Duration::from_millis(500),
            retry_cap: Duration::from_secs(8),
            breaker_rest: Duration::from_secs(30),
        }
    }
}

impl OpenAiConfig {
    /// An endpoint without key or model, with the default timing.
    pub fn new(name: impl Into<String>, base_url: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            base_url: base_url.into(),
            api_key: None,
            key_header: KeyHeader::default(),
            model: None,
            confirmed_http_host: None,
            timing: Timing::default(),
        }
    }
}

impl fmt::Debug for OpenAiConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiConfig")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
