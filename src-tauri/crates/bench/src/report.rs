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
        let Spread { p50, p90, p99 } = self.wall;
        let cpu = self.cpu.map_or("-".to_owned(), |cpu| format!("{:.0}", cpu.p50));
        format!(
            "{:<20}{:>8}{p50:>11.0}{p90:>11.0}{p99:>11.0}{cpu:>11}\n",
            self.label, self.samples
        )
    }

    fn json(&self) -> Value {
        let spread = |s: Spread| json!({ "p50": s.p50, "p90": s.p90, "p99": s.p99 });
        json!({ "label": self.label, "samples": self.samples, "wall_us": spread(self.wall), "cpu_us": self.cpu.map(spread) })
    }
}

/// A figure that counts, and what it should be at most.
struct Figure {
    label: String,
    value: f64,
    target: Option<f64>,
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
    pub fn add_pair(&mut self, of: &str, pair: &Pair, target: Option<f64>) {
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
                None,
            );
        }
        self.lines.extend([sealed, plain]);
    }

    /// Adds a figure.
    pub fn add_figure(&mut self, label: &str, value: f64, target: Option<f64>) {
        self.figures.push(Figure {
            label: label.to_owned(),
            value,
            target,
        });
    }

    /// The table.
    pub fn shown(&self) -> String {
        let mut out = format!(
            "\n{}\n\n{:<20}{:>8}{:>11}{:>11}{:>11}{:>11}\n",
            self.title, "microseconds", "samples", "p50", "p90", "p99", "cpu p50"
        );
        self.lines.iter().for_each(|line| out.push_str(&line.shown()));
        out.push('\n');
        for figure in &self.figures {
            // Writing to a String cannot fail.
            let _ = write!(out, "{}: {:.3}", figure.label, figure.value);
            if let Some(target) = figure.target {
                let met = if figure.value <= target { "met" } else { "MISSED" };
                let _ = write!(out, " (target at most {target}: {met})");
            }
            out.push('\n');
        }
        out
    }

    /// The same for programs, with where it was measured.
    pub fn json(&self, machine: &crate::machine::Machine, load_after: Option<&str>) -> Value {
        let figure = |f: &Figure| {
            let met = f.target.map(|target| f.value <= target);
            json!({ "label": f.label, "value": f.value, "target": f.target, "met": met })
        };
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
        report.add_pair("all", &pair(sealed, plain), Some(1.0));
        report.shown()
    }

    #[test]
    fn a_missed_target_is_said_aloud() {
        assert!(figures(90, 100).contains("all: ratio of the medians: 0.900 (target at most 1: met)"));
        assert!(figures(101, 100).contains("all: ratio of the medians: 1.010 (target at most 1: MISSED)"));
    }

    #[test]
    fn nothing_measured_meets_no_target() {
        let mut report = Report::new("t".to_owned());
        report.add_pair("none", &Pair::default(), Some(1.0));
        assert!(report.shown().contains("MISSED"), "{}", report.shown());
    }
}
