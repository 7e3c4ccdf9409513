//! What Rehearsal answers at each step.

use ccc_domain::Step;

use super::{
    LABEL,
    excerpt::{clauses, key_terms, quote, sentences, shared_terms, strip_mark},
};
use crate::{MemoryLine, RehearsalHint};

/// Points of guidance at most.
const POINTS: usize = 7;

/// Remembered passages quoted at most.
const QUOTED: usize = 5;

/// Terms named at most.
const TERMS: usize = 6;

/// The whole answer to a step.
pub fn answer(hint: &RehearsalHint) -> String {
    let mut lines = vec![LABEL.to_owned(), String::new()];
    match hint.step {
        Step::Analyse => analyse(hint, &mut lines),
        Step::Execute => execute(hint, &mut lines),
        Step::Review => review(hint, &mut lines),
    }
    lines.join("\n")
}

fn analyse(hint: &RehearsalHint, lines: &mut Vec<String>) {
    lines.push("Guidance, taken from the directive's own words:".into());
    lines.push(String::new());
    for (number, point) in (1..).zip(points(&hint.directive)) {
        lines.push(format!("{number}. {point}"));
    }
    let terms = key_terms(&hint.directive, TERMS);
    if !terms.is_empty() {
        lines.push(String::new());
        lines.push(format!("Terms to keep in view: {}.", terms.join(", ")));
    }
    remember("Remembered, to build on:", &hint.memory, &hint.directive, lines);
}

fn execute(hint: &RehearsalHint, lines: &mut Vec<String>) {
    lines.push(match hint.round {
        0 => "Draft along the guidance:".into(),
        round => format!("Draft along the guidance, pass {} after it was sent back:", round + 1),
    });
    let guidance = hint.guidance.as_deref().map(guidance_points).unwrap_or_default();
    let steps = if guidance.is_empty() {
        points(&hint.directive)
    } else {
        guidance
    };
    let asked = sentences(&hint.directive);
    for (number, step) in (1..).zip(&steps) {
        lines.push(String::new());
        lines.push(format!("{number}. {step}"));
        if let Some(sentence) = closest(step, &asked)
            && sentence != step
        {
            lines.push(format!("   It answers: {}", quote(sentence)));
        }
        if let Some(line) = said(&hint.memory).find(|line| !shared_terms(step, &line.text).is_empty()) {
            lines.push(format!("   It rests on {}", source(line)));
        }
    }
    remember("Remembered while working:", &hint.memory, &hint.directive, lines);
}

fn review(hint: &RehearsalHint, lines: &mut Vec<String>) {
    let work = hint.work.as_deref().unwrap_or_default();
    let terms = key_terms(&hint.directive, TERMS);
    let (covered, missing): (Vec<_>, Vec<_>) = terms
        .into_iter()
        .partition(|term| work.to_lowercase().contains(term.as_str()));
    let total = covered.len() + missing.len();
    lines.push(match total {
        0 => "Review: the work was compared with the directive.".into(),
        _ => format!(
            "Review: the work takes up {} of {total} terms of the directive.",
            covered.len()
        ),
    });
    if !missing.is_empty() {
        lines.push(format!("Not taken up by name: {}.", missing.join(", ")));
    }
    if let Some(first) = sentences(&hint.directive).first() {
        lines.push(format!("The directive begins: {}", quote(first)));
    }
    remember("Held against memory:", &hint.memory, &hint.directive, lines);
    lines.push(String::new());
    lines.push("Verdict: accept".into());
}

/// The points a directive makes: its sentences, else the clauses of its only one, rounded off to say how to end.
fn points(directive: &str) -> Vec<String> {
    let mut points = sentences(directive);
    if let [only] = points.as_slice() {
        points = clauses(only);
    }
    let surplus = points.len().saturating_sub(POINTS - 1);
    points.truncate(POINTS - 1);
    points.push(match surplus {
        0 => "Check the result against the directive, word for word.".into(),
        more => format!("Take up the {more} further points of the directive, then check the result against it."),
    });
    points
}

/// The numbered lines of a guidance.
fn guidance_points(guidance: &str) -> Vec<String> {
    let numbered = guidance
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let points = numbered
        .map(|line| strip_mark(line).to_owned())
        .filter(|point| !point.is_empty());
    points.take(POINTS).collect()
}

/// The sentence that shares most terms with `step`; the earlier one on a tie, none if none shares any.
fn closest<'a>(step: &str, sentences: &'a [String]) -> Option<&'a String> {
    let mut best = (0, None);
    for sentence in sentences {
        let shared = shared_terms(step, sentence).len();
        if shared > best.0 {
            best = (shared, Some(sentence));
        }
    }
    best.1
}

/// The passages worth quoting: what an earlier rehearsal wrote is made of the same words and says nothing new.
fn said(memory: &[MemoryLine]) -> impl Iterator<Item = &MemoryLine> {
    memory.iter().filter(|line| !line.text.starts_with(LABEL))
}

fn remember(heading: &str, memory: &[MemoryLine], directive: &str, lines: &mut Vec<String>) {
    let passages = said(memory).count();
    if passages == 0 {
        return;
    }
    lines.push(String::new());
    lines.push(heading.to_owned());
    for line in said(memory).take(QUOTED) {
        let shared = shared_terms(directive, &line.text);
        let why = if shared.is_empty() {
            String::new()
        } else {
            format!(" (shares: {})", shared.join(", "))
        };
        lines.push(format!("- {}{why}", source(line)));
    }
    if let Some(more @ 1..) = passages.checked_sub(QUOTED) {
        lines.push(format!("- and {more} more."));
    }
}

/// A passage with who said it and when.
fn source(line: &MemoryLine) -> String {
    format!("{}, {}: {}", line.who, line.when, quote(&line.text))
}
