//! The language of search: words, `"phrases"`, what must not be there, and filters.
//!
//! | Written | Means |
//! |---|---|
//! | `rectangle area` | turns that hold these words in any form, best first |
//! | `"rectangle area"` | these words, one after the other |
//! | `-circle`, `-"unit circle"` | turns without it |
//! | `session:plans`, `session:"release plans"`, `session:01890a5d` | words of the session's title, or how its id begins |
//! | `agent:codey`, `agent:me` | who said it |
//! | `after:2026-05-03`, `after:2026-05`, `after:2026` | from the beginning of that day, month or year, in UTC |
//! | `before:…` | up to that beginning |
//! | `status:archived`, `status:interrupted` | where the session stands, or whether the turn is whole |
//!
//! Every text is a query. What looks like a filter and is none (`http://…`, `agent:nobody`) is a word. Filters of one
//! kind widen one another, filters of different kinds narrow.

mod snippet;
#[cfg(test)]
mod tests;

use jiff::{civil::Date, tz::TimeZone};

use crate::{Agent, SessionStatus, Timestamp, TurnStatus};

pub use snippet::{Mark, SNIPPET_CHARS, Snippet};

/// What opens and closes a phrase: typewriters' quotes, and those that writing aids put in their place.
const QUOTES: &[char] = &['"', '“', '”', '„'];

/// What a query asks for. The same text always gives the same query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words to be found in any form.
    pub words: Vec<String>,
    /// Word sequences that must be there.
    pub phrases: Vec<String>,
    /// Words and sequences that must not be there.
    pub without: Vec<String>,
    /// Each one words of a session's title, or the beginning of its id.
    pub sessions: Vec<String>,
    /// Who may have said it; anyone where none is named.
    pub agents: Vec<Agent>,
    /// The first instant.
    pub after: Option<Timestamp>,
    /// The instant after the last one.
    pub before: Option<Timestamp>,
    /// Where the session may stand; anywhere where none is named.
    pub session_statuses: Vec<SessionStatus>,
    /// How whole the turn may be; any where none is named.
    pub turn_statuses: Vec<TurnStatus>,
    /// What the text ends in the middle of.
    pub unfinished: Option<Unfinished>,
}

/// The part of a query that is still being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// The last of the words.
    Word,
    /// The last of the phrases.
    Phrase,
}

impl SearchQuery {
    /// Reads a query as it is typed: its end may be the beginning of a longer word or phrase.
    pub fn typed(text: &str) -> Self {
        let mut query = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            query.unfinished = None;
            rest = query.take(rest).trim_start();
        }
        if text.ends_with(char::is_whitespace) && query.unfinished == Some(Unfinished::Word) {
            query.unfinished = None;
        }
        query
    }

    /// Reads a query that is written to its end.
    pub fn finished(text: &str) -> Self {
        Self {
            unfinished: None,
            ..Self::typed(text)
        }
    }

    /// Whether nothing at all is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether any text is looked for, beside what filters tell.
    pub const fn seeks_text(&self) -> bool {
        !self.words.is_empty() || !self.phrases.is_empty()
    }

    /// Whether a turn of this agent and instant passes.
    pub fn admits(&self, agent: Agent, at: Timestamp) -> bool {
        (self.agents.is_empty() || self.agents.contains(&agent))
            && self.after.is_none_or(|after| at >= after)
            && self.before.is_none_or(|before| at < before)
    }

    /// Takes the first part of `text`, which does not begin with a space; what is left.
    fn take<'a>(&mut self, text: &'a str) -> &'a str {
        let (minus, text) = match text.strip_prefix('-') {
            Some(rest) if !rest.is_empty() && !rest.starts_with(char::is_whitespace) => (true, rest),
            _ => (false, text),
        };
        if let Some((phrase, closed, rest)) = quoted(text) {
            let phrase = phrase.trim();
            if !phrase.is_empty() {
                let into = if minus { &mut self.without } else { &mut self.phrases };
                into.push(phrase.to_owned());
                self.unfinished = (!closed && !minus).then_some(Unfinished::Phrase);
            }
            return rest;
        }
        if !minus && let Some(rest) = self.take_filter(text) {
            return rest;
        }
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        let into = if minus { &mut self.without } else { &mut self.words };
        into.push(word.to_owned());
        self.unfinished = (!minus).then_some(Unfinished::Word);
        rest
    }

    /// Takes a filter that `text` begins with; what is left, none where it is not one.
    fn take_filter<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (name, after) = text.split_once(':')?;
        let (value, rest) = match quoted(after) {
            Some((value, _, rest)) => (value.trim(), rest),
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        self.set(&name.to_lowercase(), value).then_some(rest)
    }

    /// Whether `name` is a filter and takes this value.
    fn set(&mut self, name: &str, value: &str) -> bool {
        let lower = value.to_lowercase();
        match name {
            "session" if !value.is_empty() => self.sessions.push(value.to_owned()),
            "agent" => match lower.as_str() {
                "me" => self.agents.push(Agent::Wykeve),
                other => match other.parse() {
                    Ok(agent) => self.agents.push(agent),
                    Err(_) => return false,
                },
            },
            "after" | "before" => {
                let Some(at) = beginning(value) else { return false };
                if name == "after" {
                    self.after = Some(self.after.map_or(at, |other| other.max(at)));
                } else {
                    self.before = Some(self.before.map_or(at, |other| other.min(at)));
                }
            }
            "status" => match (SessionStatus::parse(&lower), TurnStatus::parse(&lower)) {
                (Some(status), _) => self.session_statuses.push(status),
                (_, Some(status)) => self.turn_statuses.push(status),
                _ => return false,
            },
            _ => return false,
        }
        true
    }
}

/// What stands in the quotes that `text` begins with, whether they are closed, and what follows them.
fn quoted(text: &str) -> Option<(&str, bool, &str)> {
    let inner = text.strip_prefix(QUOTES)?;
    Some(match inner.split_once(QUOTES) {
        Some((value, rest)) => (value, true, rest),
        None => (inner, false, ""),
    })
}

/// The first instant of a day, a month or a year, in UTC.
fn beginning(text: &str) -> Option<Timestamp> {
    let mut parts = text.split('-');
    let mut number = |digits: usize| match parts.next() {
        None => Some(None),
        Some(part) if part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()) => {
            part.parse::<i16>().ok().map(Some)
        }
        Some(_) => None,
    };
    let (year, month, day) = (number(4)??, number(2)?.unwrap_or(1), number(2)?.unwrap_or(1));
    if parts.next().is_some() {
        return None;
    }
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let at = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_ms(at.as_millisecond()))
}
