//! A result as a table for people and as JSON for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::measure::{Pair, Sample, Spread};

/// One line of the table: what one side took.
struct Line {
    label: String,
    samples: usize,
    wall: Spread,
    cpu: Option<Spread>,
}

impl Line {
    fn of(label: String, samples: &[Sample]) -> Self {
        Self {
            label,
            samples: samples.len(),
            wall: Spread::of_wall(samples),
            cpu: Spread::of_cpu(samples),
        }
    }

    fn shown(&self) -> String {
        let Spread { p50, p90, p95, p99 } = self.wall;
        let cpu = self.cpu.map_or("-".to_owned(), |cpu| format!("{:.0}", cpu.p50));
        format!(
            "{:<28}{:>8}{p50:>11.0}{p90:>11.0}{p95:>11.0}{p99:>11.0}{cpu:>11}\n",
            self.label, self.samples
        )
    }

    fn json(&self) -> Value {
        let spread = |s: Spread| json!({ "p50": s.p50, "p90": s.p90, "p95": s.p95, "p99": s.p99 });
        json!({ "label": self.label, "samples": self.samples, "wall_us": spread(self.wall), "cpu_us": self.cpu.map(spread) })
    }
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// It is only told.
    None,
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Target {
    /// Whether a value is as it should be; none where nothing is asked of it. What is no number meets no target.
    fn met(self, value: f64) -> Option<bool> {
        match self {
            Self::None => None,
            Self::AtMost(most) => Some(value <= most),
            Self::AtLeast(least) => Some(value >= least),
        }
    }

    fn shown(self) -> String {
        match self {
            Self::None => String::new(),
            Self::AtMost(most) => format!("at most {most}"),
            Self::AtLeast(least) => format!("at least {least}"),
        }
    }
}

/// A figure that counts, and what it should be.
struct Figure {
    label: String,
    value: f64,
    target: Target,
}

/// What a measurement found.
pub struct Report {
    title: String,
    lines: Vec<Line>,
    figures: Vec<Figure>,
}

impl Report {
    /// An empty one.
    pub fn new(title: String) -> Self {
        Self {
            title,
            lines: Vec::new(),
            figures: Vec::new(),
        }
    }

    /// Adds both sides' times, labelled with `of`, and the ratio of their medians.
    pub fn add_pair(&mut self, of: &str, pair: &Pair, target: Target) {
        let (sealed, plain) = (
            Line::of(format!("{of} ccc"), &pair.sealed),
            Line::of(format!("{of} plain"), &pair.plain),
        );
        let ratio = sealed.wall.p50 / plain.wall.p50;
        self.add_figure(&format!("{of}: ratio of the medians"), ratio, target);
        if let (Some(sealed), Some(plain)) = (sealed.cpu, plain.cpu) {
            self.add_figure(
                &format!("{of}: ratio of the medians of computing time"),
                sealed.p50 / plain.p50,
                Target::None,
            );
        }
        self.lines.extend([sealed, plain]);
    }

    /// Adds both sides' times, labelled with `of`, and how many times faster CCC is at the median.
    pub fn add_times_faster(&mut self, of: &str, pair: &Pair, target: Target) {
        let (sealed, plain) = (
            Line::of(format!("{of} ccc"), &pair.sealed),
            Line::of(format!("{of} plain"), &pair.plain),
        );
        let times = plain.wall.p50 / sealed.wall.p50;
        self.add_figure(&format!("{of}: times faster than plain, at the median"), times, target);
        self.lines.extend([sealed, plain]);
    }

    /// Adds times that nothing is compared with.
    pub fn add_samples(&mut self, of: &str, samples: &[Sample]) {
        self.lines.push(Line::of(format!("{of} ccc"), samples));
    }

    /// Adds a figure.
    pub fn add_figure(&mut self, label: &str, value: f64, target: Target) {
        self.figures.push(Figure {
            label: label.to_owned(),
            value,
            target,
        });
    }

    /// The table.
    pub fn shown(&self) -> String {
        let mut out = format!(
            "\n{}\n\n{:<28}{:>8}{:>11}{:>11}{:>11}{:>11}{:>11}\n",
            self.title, "microseconds", "samples", "p50", "p90", "p95", "p99", "cpu p50"
        );
        self.lines.iter().for_each(|line| out.push_str(&line.shown()));
        out.push('\n');
        for figure in &self.figures {
            // Writing to a String cannot fail.
            let _ = write!(out, "{}: {:.3}", figure.label, figure.value);
            if let Some(met) = figure.target.met(figure.value) {
                let met = if met { "met" } else { "MISSED" };
                let _ = write!(out, " (target {}: {met})", figure.target.shown());
            }
            out.push('\n');
        }
        out
    }

    /// The same for programs, with where it was measured.
    pub fn json(&self, machine: &crate::machine::Machine, load_after: Option<&str>) -> Value {
        let figure = |f: &Figure| json!({ "label": f.label, "value": f.value, "target": f.target.shown(), "met": f.target.met(f.value) });
        json!({
            "title": self.title,
            "machine": machine.json(load_after),
            "lines": self.lines.iter().map(Line::json).collect::<Vec<_>>(),
            "figures": self.figures.iter().map(figure).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(sealed: u64, plain: u64) -> Pair {
        let sample = |us: u64| {
            vec![Sample {
                wall: us * 1_000,
                cpu: Some(us * 500),
            }]
        };
        Pair {
            sealed: sample(sealed),
            plain: sample(plain),
        }
    }

    fn figures(sealed: u64, plain: u64) -> String {
        let mut report = Report::new("t".to_owned());
        report.add_pair("all", &pair(sealed, plain), Target::AtMost(1.0));
        report.shown()
    }

    #[test]
    fn a_missed_target_is_said_aloud() {
        assert!(figures(90, 100).contains("all: ratio of the medians: 0.900 (target at most 1: met)"));
        assert!(figures(101, 100).contains("all: ratio of the medians: 1.010 (target at most 1: MISSED)"));
    }

    #[test]
    fn times_faster_is_told_and_judged() {
        let shown = |plain| {
            let mut report = Report::new("t".to_owned());
            report.add_times_faster("all", &pair(10, plain), Target::AtLeast(15.0));
            report.shown()
        };
        assert!(shown(151).contains("at the median: 15.100 (target at least 15: met)"));
        assert!(shown(149).contains("at the median: 14.900 (target at least 15: MISSED)"));
    }

    #[test]
    fn nothing_measured_meets_no_target() {
        let mut report = Report::new("t".to_owned());
        report.add_pair("none", &Pair::default(), Target::AtMost(1.0));
        report.add_times_faster("none", &Pair::default(), Target::AtLeast(1.0));
        assert_eq!(report.shown().matches("MISSED").count(), 2, "{}", report.shown());
    }
}
