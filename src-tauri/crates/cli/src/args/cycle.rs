//! The commands that run a cycle.

use std::path::PathBuf;

use clap::Args;

/// A directive and how to run it.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The directive; `-` reads it from stdin
    pub directive: String,
    /// The session it belongs to; none makes a new one
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    #[command(flatten)]
    pub options: RunOptions,
}

/// An answer and how to go on with it.
#[derive(Debug, Args)]
pub struct AnswerArgs {
    /// The conversation
    pub conversation: String,
    /// The answer; `-` reads it from stdin
    pub answer: String,
    #[command(flatten)]
    pub options: RunOptions,
}

/// How a cycle is run.
#[derive(Debug, Clone, Default, Args)]
pub struct RunOptions {
    /// The provider [default: the session's, else the preferred one]
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// The model [default: the session's, else the provider's]
    #[arg(long)]
    pub model: Option<String>,
    /// The sampling temperature, 0 to 2
    #[arg(long, value_name = "T", value_parser = temperature)]
    pub temperature: Option<f64>,
    /// How often the review may send work back; 0 turns that off
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=20))]
    pub max_rounds: Option<u32>,
    /// Run the plain cycle: nothing is read from memory
    #[arg(long)]
    pub no_memory: bool,
    /// Where turns are exported to that could not be saved by the end: readable with the ending .md, else JSON
    #[arg(long, value_name = "FILE")]
    pub unsaved: Option<PathBuf>,
    /// Print one JSON object per line, errors included
    #[arg(long)]
    pub json: bool,
}

fn temperature(text: &str) -> Result<f64, &'static str> {
    text.parse()
        .ok()
        .filter(|t| (0.0..=2.0).contains(t))
        .ok_or("a temperature is a number from 0 to 2")
}
