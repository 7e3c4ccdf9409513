//! What was found, as a table.

use std::{fmt::Write, fs, process::Command};

/// How samples are spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub samples: usize,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
}

impl Spread {
    /// By the nearest rank: values that were really taken. None at all gives no numbers.
    pub fn of(samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
            sorted.get(rank).copied().unwrap_or(f64::NAN)
        };
        Self {
            samples: sorted.len(),
            p50: at(50),
            p90: at(90),
            p99: at(99),
            max: at(100),
        }
    }
}

/// A result.
pub struct Report {
    head: String,
    lines: Vec<(String, Spread)>,
    figures: Vec<(String, f64, Option<f64>)>,
    load_after: String,
}

impl Report {
    /// An empty one; notes the commit and the load.
    pub fn begin() -> Self {
        let commit = Command::new("git").args(["describe", "--always", "--dirty"]).output();
        let commit = commit
            .map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned())
            .unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            head: format!("commit {commit}, {cores} cores, load before {}", load()),
            lines: Vec::new(),
            figures: Vec::new(),
            load_after: String::new(),
        }
    }

    /// Notes the load at the end.
    pub fn end(&mut self) {
        self.load_after = load();
    }

    pub fn line(&mut self, label: &str, spread: Spread) {
        self.lines.push((label.to_owned(), spread));
    }

    /// Adds a figure and what it should be at most.
    pub fn figure(&mut self, label: &str, value: f64, target: Option<f64>) {
        self.figures.push((label.to_owned(), value, target));
    }

    /// The table. A figure that is no number meets no target.
    pub fn shown(&self) -> String {
        let mut out = format!("{}, after {}\n\n", self.head, self.load_after);
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{:<60}{:>8}{:>9}{:>9}{:>9}{:>9}",
            "", "samples", "p50", "p90", "p99", "max"
        );
        for (
            label,
            Spread {
                samples,
                p50,
                p90,
                p99,
                max,
            },
        ) in &self.lines
        {
            let _ = writeln!(out, "{label:<60}{samples:>8}{p50:>9.1}{p90:>9.1}{p99:>9.1}{max:>9.1}");
        }
        out.push('\n');
        for (label, value, target) in &self.figures {
            let met = |target: f64| if *value <= target { "met" } else { "MISSED" };
            let target = target
                .map(|target| format!(" (at most {target}: {})", met(target)))
                .unwrap_or_default();
            let _ = writeln!(out, "{label}: {value:.2}{target}");
        }
        out
    }
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_taken() {
        let samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        let expected = Spread {
            samples: 100,
            p50: 50.0,
            p90: 90.0,
            p99: 99.0,
            max: 100.0,
        };
        assert_eq!(Spread::of(&samples), expected);
        assert!(Spread::of(&[]).p50.is_nan(), "nothing measured is no zero");
    }

    #[test]
    fn a_missed_target_is_said_aloud() {
        let mut report = Report::begin();
        report.figure("near", 1.24, Some(1.25));
        report.figure("far", 1.26, Some(1.25));
        report.figure("none", f64::NAN, Some(1.25));
        let shown = report.shown();
        let verdicts: Vec<&str> = shown.lines().filter(|line| line.contains("at most")).collect();
        let expected = [
            "near: 1.24 (at most 1.25: met)",
            "far: 1.26 (at most 1.25: MISSED)",
            "none: NaN (at most 1.25: MISSED)",
        ];
        assert_eq!(verdicts, expected);
    }
}
