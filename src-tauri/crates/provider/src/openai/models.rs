//! Asking an endpoint what it offers and whether it works.

use std::time::Duration;

use ccc_domain::{Message, Role, Step};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{OpenAiCompatible, client, exchange};
use crate::{
    ChatEvent, ChatProvider as _, ChatRequest, ProtocolProblem, ProviderError, RehearsalHint, Waited, sse::SseCaps,
};

/// What a test of an endpoint found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// The models it lists, sorted; none if it has no list.
    pub models: Option<Vec<String>>,
    /// The model that gave a one-token answer; none if no model is configured, so that none was asked.
    pub answered: Option<String>,
    /// How long the list, or the answer where one was asked for, took.
    pub latency: Duration,
}

impl OpenAiCompatible {
    /// The ids of the models the endpoint lists, sorted. Asks once, whatever the breaker says: a person waits for it.
    ///
    /// # Errors
    /// As an answer's, except that nothing is tried again.
    pub async fn models(&self) -> Result<Vec<String>, ProviderError> {
        let shared = &self.0;
        let request = shared.client.get(shared.endpoint.join("models"));
        let mut response = exchange::send(shared, request).await.map_err(|failure| failure.error)?;
        let (mut body, started) = (Vec::new(), Instant::now());
        while let Some(bytes) = timeout(shared.timing.idle, response.chunk())
            .await
            .map_err(|_| ProviderError::TimedOut(Waited::Idle))?
            .map_err(|error| client::classify(&error))?
        {
            body.extend_from_slice(&bytes);
            if body.len() > SseCaps::default().stream {
                return Err(ProviderError::TooLarge);
            }
            if started.elapsed() > shared.timing.event {
                return Err(ProviderError::TimedOut(Waited::Event));
            }
        }
        let listed = ids(&body)?;
        shared.breaker.succeeded();
        Ok(listed)
    }

    /// Whether the endpoint works: lists its models, where it can, and has the configured model answer with one token,
    /// which costs that token. A list alone proves no key: some endpoints show it to anybody.
    ///
    /// # Errors
    /// What stands in the way. A missing list does not, if a model answers.
    pub async fn test(&self) -> Result<TestReport, ProviderError> {
        let start = Instant::now();
        let listed = self.models().await;
        let Some(model) = self.0.model.clone() else {
            let models = Some(listed?);
            return Ok(TestReport {
                models,
                answered: None,
                latency: start.elapsed(),
            });
        };
        let models = match listed {
            Ok(models) => Some(models),
            Err(ProviderError::Rejected { .. } | ProviderError::Protocol(_) | ProviderError::TooLarge) => None,
            Err(error) => return Err(error),
        };
        let start = Instant::now();
        self.0.breaker.succeeded();
        let mut stream = self.stream(question(), CancellationToken::new());
        while let Some(event) = stream.next().await {
            if matches!(event?, ChatEvent::Started { .. }) {
                break;
            }
        }
        Ok(TestReport {
            models,
            answered: Some(model),
            latency: start.elapsed(),
        })
    }
}

fn question() -> ChatRequest {
    ChatRequest {
        messages: vec![Message::new(Role::User, "Say yes.")],
        model: None,
        temperature: None,
        max_tokens: Some(1),
        hint: RehearsalHint::new(Step::Analyse, ""),
    }
}

/// The ids in `{"data": […]}`, `{"models": […]}` or a bare list.
fn ids(body: &[u8]) -> Result<Vec<String>, ProviderError> {
    let blank = body.trim_ascii_start();
    if blank.first() == Some(&b'<') {
        return Err(ProviderError::Protocol(ProtocolProblem::Html));
    }
    let value: Value = serde_json::from_slice(blank).map_err(|_| ProviderError::Protocol(ProtocolProblem::Json))?;
    let list = value.get("data").or_else(|| value.get("models")).unwrap_or(&value);
    let list = list.as_array().ok_or(ProviderError::Protocol(ProtocolProblem::Shape))?;
    let id = |entry: &Value| {
        let named = ["id", "name", "model"].into_iter().find_map(|key| entry.get(key));
        named.unwrap_or(entry).as_str().map(str::to_owned)
    };
    let mut ids: Vec<String> = list.iter().filter_map(id).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_their_dialects() {
        for body in [
            r#"{"object":"list","data":[{"id":"b"},{"id":"a"},{"id":"b"}]}"#,
            r#" {"models":[{"name":"a"},{"model":"b"}]}"#,
            r#"["b","a",7]"#,
        ] {
            assert_eq!(ids(body.as_bytes()), Ok(vec!["a".into(), "b".into()]), "{body}");
        }
        let problem = |body: &str| ids(body.as_bytes());
        assert_eq!(problem("\n<html>"), Err(ProviderError::Protocol(ProtocolProblem::Html)));
        assert_eq!(problem("{"), Err(ProviderError::Protocol(ProtocolProblem::Json)));
        assert_eq!(problem("{}"), Err(ProviderError::Protocol(ProtocolProblem::Shape)));
    }
}
