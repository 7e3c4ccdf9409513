//! What a row found, and how it is told.

use std::fmt::{self, Write};

use crate::promise::Fault;

/// A row of the scorecard.
#[derive(Debug)]
pub struct Score {
    /// What was broken.
    pub name: &'static str,
    /// How often.
    pub runs: usize,
    /// What was looked at, in words and numbers.
    pub looked_at: String,
    /// Promises not kept, each with the run's seed.
    pub faults: Vec<(u64, Fault)>,
    /// Other things that must not be, in words.
    pub wrong: Vec<String>,
    /// The guard that was broken on purpose.
    pub control: &'static str,
    /// How often that was noticed, of how often it was tried.
    pub noticed: (usize, usize),
}

impl Score {
    /// Whether nothing was lost, and a broken guard was noticed.
    pub fn holds(&self) -> bool {
        self.faults.is_empty() && self.wrong.is_empty() && self.noticed.0 > 0
    }

    /// What was wrong, for whoever must find the cause: a line each, twenty at most.
    pub fn complaints(&self) -> String {
        let mut text = String::new();
        for (seed, fault) in self.faults.iter().take(20) {
            let _ = writeln!(text, "  seed {seed}: {fault}");
        }
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
        write!(
            f,
            "| {} | {} | {} | {} | {} | {noticed} of {tried} | {verdict} |",
            self.name,
            self.runs,
            self.looked_at,
            self.faults.len() + self.wrong.len(),
            self.control,
        )
    }
}
