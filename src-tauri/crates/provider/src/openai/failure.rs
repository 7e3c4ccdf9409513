//! Sorting error answers: their status, their `error` object in its many dialects, and what to do next.

use std::time::Duration;

use serde_json::Value;

use super::quirks::Quirk;
use crate::{ProtocolProblem, ProviderError};

/// A failed attempt: the error and what may help.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What the caller gets if nothing helps.
    pub error: ProviderError,
    /// The wait the server asks for.
    pub retry_after: Option<Duration>,
    /// A lesson that makes the request acceptable.
    pub quirk: Option<Quirk>,
}

/// Codes and types that mean no credit is left: waiting does not help.
const QUOTA: [&str; 6] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "insufficient_credits",
    "insufficient_balance",
    "exceeded_current_quota_error",
];

/// How servers word a prompt that is too long: OpenAI, llama.cpp, vLLM, LM Studio, Anthropic-style and Mistral gateways.
const OVERFLOW: [&str; 9] = [
    "context_length_exceeded",
    "exceed_context_size",
    "exceeds the available context size",
    "maximum context length",
    "greater than the context length",
    "exceeds the context window",
    "prompt is too long",
    "input is too long",
    "too large for model with",
];

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        Self {
            error,
            retry_after: None,
            quirk: None,
        }
    }
}

impl Failure {
    /// An answer with a status other than success.
    pub fn of_status(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let refusal = Refusal::read(serde_json::from_slice(body).unwrap_or(Value::Null), &text);
        Self {
            error: error(status, retry_after, &refusal),
            retry_after,
            quirk: matches!(status, 400 | 422).then(|| refusal.quirk()).flatten(),
        }
    }

    /// An `error` object inside a successful answer.
    pub fn of_event(object: &Value) -> Self {
        let refusal = Refusal::read(object.clone(), &object.to_string());
        let status = refusal.status().unwrap_or(200);
        Self {
            error: error(status, None, &refusal),
            retry_after: None,
            quirk: refusal.quirk(),
        }
    }
}

fn error(status: u16, retry_after: Option<Duration>, refusal: &Refusal) -> ProviderError {
    let retry_after_ms = retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    let limited = |quota| ProviderError::RateLimited { retry_after_ms, quota };
    match status {
        300..=399 => ProviderError::Protocol(ProtocolProblem::Redirect),
        401 | 403 => ProviderError::Auth,
        402 => limited(true),
        429 => limited(refusal.is_quota()),
        200 if refusal.is_quota() => limited(true),
        200 if refusal.is_rate_limit() => limited(false),
        _ if refusal.is_overflow() => ProviderError::ContextTooLong,
        _ => ProviderError::Rejected { status },
    }
}

/// The parts of an error answer that decide. Read, judged and dropped; never kept in an error.
struct Refusal {
    /// `code`, `type` and `status` in lower case.
    names: Vec<String>,
    /// A numeric `code` or `status`.
    number: Option<u64>,
    /// The parameter it names.
    param: String,
    /// The whole answer in lower case.
    text: String,
}

impl Refusal {
    /// Reads `{"error": {…}}`, `{"error": "…"}`, a bare object, or a list with one of these, as some gateways send.
    fn read(value: Value, text: &str) -> Self {
        let value = value.get(0).cloned().unwrap_or(value);
        let object = value.get("error").filter(|e| e.is_object()).unwrap_or(&value);
        let fields = ["code", "type", "status"].map(|key| object.get(key));
        Self {
            names: fields
                .iter()
                .flatten()
                .filter_map(|v| v.as_str())
                .map(str::to_lowercase)
                .collect(),
            number: fields
                .iter()
                .flatten()
                .find_map(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok())),
            param: object
                .get("param")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            text: text.to_lowercase(),
        }
    }

    /// The HTTP status the object names in place of the real one.
    fn status(&self) -> Option<u16> {
        self.number
            .and_then(|n| u16::try_from(n).ok())
            .filter(|n| (400..600).contains(n))
    }

    fn is_quota(&self) -> bool {
        self.names.iter().any(|name| QUOTA.contains(&name.as_str()))
    }

    fn is_rate_limit(&self) -> bool {
        self.names
            .iter()
            .any(|name| name.contains("rate_limit") || name == "too_many_requests")
    }

    fn is_overflow(&self) -> bool {
        // Token limits per minute are worded alike, but are about the rate.
        !self.is_rate_limit() && OVERFLOW.iter().any(|phrase| self.text.contains(phrase))
    }

    fn quirk(&self) -> Option<Quirk> {
        let unsupported = self.names.iter().any(|name| name.starts_with("unsupported_"));
        match self.param.as_str() {
            "max_tokens" if unsupported || self.text.contains("max_completion_tokens") => Some(Quirk::CompletionTokens),
            "temperature" if unsupported => Some(Quirk::NoTemperature),
            _ if self.text.contains("stream_options") || self.text.contains("include_usage") => {
                Some(Quirk::NoStreamOptions)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
