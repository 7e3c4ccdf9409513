//! Who speaks, and the three steps of a cycle.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Who contributed a turn. Imported text may carry another speaker's name beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum Agent {
    /// The person, the Prime Architect.
    Wykeve,
    /// The Supervisor, who analyses and reviews.
    Beatrice,
    /// The Executor, who carries out.
    Codey,
}

/// One of the three steps of a cycle, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Beatrice writes guidance for the directive.
    Analyse,
    /// Codey carries it out.
    Execute,
    /// Beatrice reviews the result and gives a verdict.
    Review,
}

/// The text names no agent or step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown name")]
pub struct UnknownName;

impl Agent {
    /// All agents, in the order of a cycle.
    pub const ALL: [Self; 3] = [Self::Wykeve, Self::Beatrice, Self::Codey];

    /// The stored id: `wykeve`, `beatrice`, `codey`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wykeve => "wykeve",
            Self::Beatrice => "beatrice",
            Self::Codey => "codey",
        }
    }

    /// The name shown to a person and printed into memory blocks.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wykeve => "Wykeve",
            Self::Beatrice => "Beatrice",
            Self::Codey => "Codey",
        }
    }

    /// The role shown beside the name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Wykeve => "Prime Architect",
            Self::Beatrice => "Supervisor",
            Self::Codey => "Executor",
        }
    }
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 3] = [Self::Analyse, Self::Execute, Self::Review];

    /// The stored and shown name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Analyse => "analyse",
            Self::Execute => "execute",
            Self::Review => "review",
        }
    }

    /// Who takes this step.
    pub const fn agent(self) -> Agent {
        match self {
            Self::Analyse | Self::Review => Agent::Beatrice,
            Self::Execute => Agent::Codey,
        }
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Agent {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|a| a.as_str() == text).ok_or(UnknownName)
    }
}

impl FromStr for Step {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or(UnknownName)
    }
}
