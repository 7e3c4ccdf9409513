//! The review's outcome, and how it is read from what a model wrote.
//!
//! A model is asked to close its review with one line: `accept`, `send back: reasons` or `escalate: question`. Models
//! decorate it, label it, put it into a heading, a list, a fence or a table, or wrap the reasons onto the next lines.
//! Reading is tolerant of all that, but only of whole lines: prose that speaks of accepting decides nothing.

use serde::{Deserialize, Serialize};

mod line;
#[cfg(test)]
mod tests;

use line::{Kind, Ruling};

/// What the review decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
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

impl Verdict {
    /// The verdict of the last verdict line of `review`, with the lines that directly follow it as part of its reasons.
    ///
    /// A send-back or an escalation that names nothing carries the whole review, trimmed.
    pub fn parse(review: &str) -> Self {
        let lines: Vec<&str> = review.lines().collect();
        let Some((at, ruling)) = last_ruling(&lines) else {
            return Self::NotGiven;
        };
        let following = lines.get(at + 1..).unwrap_or_default();
        match ruling.kind {
            Kind::Accept => Self::Accept,
            Kind::SendBack => Self::SendBack(words(&ruling, following, review)),
            Kind::Escalate => Self::Escalate(words(&ruling, following, review)),
        }
    }

    /// The same decision with its reasons or its question taken out.
    pub fn without_text(self) -> Self {
        match self {
            Self::SendBack(_) => Self::SendBack(String::new()),
            Self::Escalate(_) => Self::Escalate(String::new()),
            same @ (Self::Accept | Self::NotGiven) => same,
        }
    }
}

/// The last line that rules, and its index.
///
/// List items directly under a send-back or an escalation are its reasons ("- Accept: header is missing"), unless they
/// are labelled as a verdict themselves.
fn last_ruling<'a>(lines: &[&'a str]) -> Option<(usize, Ruling<'a>)> {
    let (mut last, mut under_heading, mut in_reasons) = (None, false, false);
    for (at, text) in lines.iter().enumerate() {
        if text.trim().is_empty() {
            in_reasons = false;
            continue;
        }
        if let Some(ruling) = line::read(text, under_heading)
            && (ruling.labelled || !(in_reasons && line::is_item(text)))
        {
            in_reasons = ruling.kind != Kind::Accept && !line::is_item(text);
            last = Some((at, ruling));
        }
        under_heading = line::is_heading(text);
    }
    last
}

/// The reasons or the question: the rest of the line and its paragraph; without any, the whole review.
fn words(ruling: &Ruling<'_>, following: &[&str], review: &str) -> String {
    let paragraph = following
        .iter()
        .map(|text| text.trim().trim_start_matches('>').trim())
        .take_while(|text| !text.is_empty() && !text.starts_with("```") && !text.starts_with("~~~"));
    let all: Vec<&str> = std::iter::once(ruling.rest).chain(paragraph).collect();
    let joined = all.join("\n");
    match joined.chars().any(char::is_alphanumeric) {
        true => joined.trim().to_owned(),
        false => review.trim().to_owned(),
    }
}
