//! Finding model servers on this machine, by asking the ports they usually take for their models. Nothing leaves it.

use std::time::Duration;

use ccc_provider::{OpenAiCompatible, OpenAiConfig, Timing};
use futures_util::future::join_all;
use serde::Serialize;

/// What usually listens where, as their documentation has it.
pub const USUAL_SERVERS: &[(&str, u16)] = &[
    ("Ollama", 11434),
    ("LM Studio", 1234),
    ("llama.cpp", 8080),
    ("vLLM", 8000),
    ("Jan", 1337),
    ("KoboldCpp", 5001),
    ("GPT4All", 4891),
];

/// How long a server on this machine may take to list its models: a person waits for all of them.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// A server that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct DiscoveredServer {
    /// What usually listens on its port.
    pub name: String,
    /// Its address as a provider's.
    pub base_url: String,
    /// Its models, sorted; at least one.
    pub models: Vec<String>,
}

/// The servers that answer on the usual ports of this machine. Asks for the list of models alone, so nothing is paid.
pub async fn discover() -> Vec<DiscoveredServer> {
    discover_at(USUAL_SERVERS).await
}

/// As [`discover`], on these ports, in their order.
pub async fn discover_at(servers: &[(&str, u16)]) -> Vec<DiscoveredServer> {
    let asked = servers.iter().map(|(name, port)| ask(name, *port));
    join_all(asked).await.into_iter().flatten().collect()
}

async fn ask(name: &str, port: u16) -> Option<DiscoveredServer> {
    let base_url = format!("http://127.0.0.1:{port}/v1");
    let config = OpenAiConfig {
        timing: Timing {
            connect: PATIENCE,
            first_byte: PATIENCE,
            idle: PATIENCE,
            ..Timing::default()
        },
        ..OpenAiConfig::new(name, &base_url)
    };
    let server = OpenAiCompatible::new(config).ok()?;
    let models = tokio::time::timeout(PATIENCE, server.models()).await.ok()?.ok()?;
    // Something that lists no model cannot be asked anything.
    (!models.is_empty()).then(|| DiscoveredServer {
        name: name.to_owned(),
        base_url,
        models,
    })
}
