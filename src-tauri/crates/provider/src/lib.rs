//! Talking to models: one trait, a streaming client for any OpenAI-compatible Chat Completions endpoint, and the
//! offline [`Rehearsal`].
//!
//! A [`ChatProvider`] turns a [`ChatRequest`] into a stream of [`ChatEvent`]s. Everything that may be tried again is
//! tried again before the first token and never after it; an answer counts as complete only if the provider itself
//! said so. Whatever goes wrong arrives as one typed [`ProviderError`], which holds kinds and numbers, never text that
//! came over the wire.
//!
//! What it refuses to do: follow redirects, send a key over plain http to a host that was not confirmed, connect to
//! link-local or metadata addresses, keep cookies, accept certificates the system does not trust, buffer without a
//! bound, or write prompts, answers and keys to a log.
//!
//! Start reading at [`chat`] for the contract, at [`openai`] for the client, at [`sse`] for the wire.

pub mod breaker;
pub mod chat;
pub mod error;
pub mod key;
pub mod openai;
pub mod rehearsal;
pub mod retry;
pub mod sse;
pub mod think;

pub use chat::{ChatEvent, ChatProvider, ChatRequest, MemoryLine, RehearsalHint};
pub use error::{ProtocolProblem, ProviderError, UrlProblem, Waited, Why};
pub use key::ApiKey;
pub use openai::{KeyHeader, OpenAiCompatible, OpenAiConfig, TestReport, Timing};
pub use rehearsal::Rehearsal;
