//! The review's outcome.

use serde::{Deserialize, Serialize};

/// What the review decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict", content = "text")]
pub enum Verdict {
    /// The work is accepted.
    Accept,
    /// The work goes back, for these reasons.
    SendBack(String),
    /// The person is asked this.
    Escalate(String),
    /// No verdict could be read: taken as accepted, and shown as "no verdict given".
    NotGiven,
}
