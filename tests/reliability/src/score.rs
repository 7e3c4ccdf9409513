//! What a row found, and how it is told.

use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};

use crate::promise::Fault;

/// A row of the scorecard, or a part of one.
#[derive(Debug, Serialize, Deserialize)]
pub struct Score {
    /// What was broken.
    pub name: String,
    /// How often.
    pub runs: usize,
    /// What was looked at: how many of what, in the row's order.
    pub looked_at: Vec<(usize, String)>,
    /// Promises not kept, and other things that must not be, in words.
    pub wrong: Vec<String>,
    /// The guard that was broken on purpose.
    pub control: String,
    /// How often that was noticed, of how often it was tried.
    pub noticed: (usize, usize),
}

/// What was looked at, for [`Score::looked_at`].
pub fn counted<const N: usize>(counts: [(usize, &str); N]) -> Vec<(usize, String)> {
    counts.map(|(count, what)| (count, what.to_owned())).to_vec()
}

/// The broken promises of one run, in words.
pub fn broken(seed: u64, faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| format!("seed {seed}: {fault}")).collect()
}

impl Score {
    /// This part and the one after it as one.
    pub fn join(mut self, other: Self) -> Self {
        for ((count, _), (more, _)) in self.looked_at.iter_mut().zip(other.looked_at) {
            *count += more;
        }
        self.runs += other.runs;
        self.wrong.extend(other.wrong);
        self.noticed = (self.noticed.0 + other.noticed.0, self.noticed.1 + other.noticed.1);
        self
    }

    /// Whether nothing was lost, and a broken guard was noticed.
    pub fn holds(&self) -> bool {
        self.wrong.is_empty() && self.noticed.0 > 0
    }

    /// What was wrong, for whoever must find the cause: a line each, twenty at most.
    pub fn complaints(&self) -> String {
        let mut text = String::new();
        for wrong in self.wrong.iter().take(20) {
            let _ = writeln!(text, "  {wrong}");
        }
        text
    }
}

/// The heading of the table.
pub const HEADING: &str = "| Test | Runs | Looked at | Broken promises | Control: what must be noticed | Noticed | |\n\
                           |---|--:|---|--:|---|--:|---|";

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds() { "holds" } else { "**FAILS**" };
        let (noticed, tried) = self.noticed;
        let looked_at: Vec<String> = self.looked_at.iter().map(|(n, what)| format!("{n} {what}")).collect();
        write!(
            f,
            "| {} | {} | {} | {} | {} | {noticed} of {tried} | {verdict} |",
            self.name,
            self.runs,
            looked_at.join(", "),
            self.wrong.len(),
            self.control,
        )
    }
}
