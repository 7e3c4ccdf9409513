//! Any OpenAI-compatible Chat Completions endpoint.
//!
//! `run` is the course of one answer; `wire` what is sent, `answer` what comes back, `failure` what is refused;
//! `address` and `resolve` decide where bytes may go at all.

mod address;
mod answer;
mod client;
mod config;
mod exchange;
mod failure;
mod models;
mod quirks;
mod resolve;
mod run;
mod said;
mod wire;

use std::{fmt, sync::Arc};

use futures_util::{StreamExt as _, stream::BoxStream};
use reqwest::{
    Client, RequestBuilder,
    header::{AUTHORIZATION, HeaderName},
};
use tokio_util::sync::CancellationToken;

use self::{address::Endpoint, quirks::QuirkMemory, run::Run};
use crate::{ApiKey, ChatEvent, ChatProvider, ChatRequest, ProviderError, breaker::Breaker};

pub use self::{
    config::{KeyHeader, OpenAiConfig, Timing},
    models::TestReport,
};

/// A client of one endpoint. Cloning is cheap and shares connections, lessons and the breaker.
///
/// Keep one per configured provider: what it learns about the endpoint, and the rest it gives a failing one, live here.
#[derive(Clone)]
pub struct OpenAiCompatible(Arc<Shared>);

/// What all requests to the endpoint share.
struct Shared {
    name: String,
    endpoint: Endpoint,
    api_key: Option<ApiKey>,
    key_header: KeyHeader,
    model: Option<String>,
    timing: Timing,
    client: Client,
    quirks: QuirkMemory,
    breaker: Arc<Breaker>,
}

impl OpenAiCompatible {
    /// A client of the endpoint. Sends nothing.
    ///
    /// # Errors
    /// [`ProviderError::Url`] if the address breaks the policy, [`ProviderError::Auth`] if no header can carry the key,
    /// [`ProviderError::Setup`] if the system's trust store cannot be used.
    pub fn new(config: OpenAiConfig) -> Result<Self, ProviderError> {
        let endpoint = Endpoint::parse(&config.base_url, config.confirmed_http_host.as_deref())?;
        if let Some(key) = &config.api_key {
            key.header("")?;
        }
        Ok(Self(Arc::new(Shared {
            client: client::build(&endpoint, &config.timing)?,
            breaker: Breaker::new(config.timing.breaker_rest),
            quirks: QuirkMemory::default(),
            name: config.name,
            endpoint,
            api_key: config.api_key,
            key_header: config.key_header,
            model: config.model,
            timing: config.timing,
        })))
    }
}

impl Shared {
    /// Adds the key, if there is one.
    fn authorise(&self, request: RequestBuilder) -> Result<RequestBuilder, ProviderError> {
        let Some(key) = &self.api_key else { return Ok(request) };
        Ok(match self.key_header {
            KeyHeader::Bearer => request.header(AUTHORIZATION, key.header("Bearer ")?),
            KeyHeader::ApiKey => request.header(HeaderName::from_static("api-key"), key.header("")?),
        })
    }
}

impl ChatProvider for OpenAiCompatible {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn stream(
        &self,
        request: ChatRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<ChatEvent, ProviderError>> {
        let run = Run::new(Arc::clone(&self.0), request, cancel);
        futures_util::stream::unfold(run, |mut run| async move { run.next().await.map(|item| (item, run)) }).boxed()
    }
}

impl fmt::Debug for OpenAiCompatible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiCompatible")
            .field("name", &self.0.name)
            .finish_non_exhaustive()
    }
}
