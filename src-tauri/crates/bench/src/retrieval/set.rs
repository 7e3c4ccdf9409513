//! The files: a conversation in parts, and questions with the turns that answer them. docs/retrieval.md tells the format.

use std::{collections::HashMap, fs, path::Path};

use ccc_domain::Timestamp;
use serde_json::Value;

use crate::error::Error;

/// A file.
pub struct Set {
    pub name: String,
    pub turns: Vec<SetTurn>,
    pub queries: Vec<Query>,
    /// Turns by id.
    numbers: HashMap<String, usize>,
    /// Where each part begins, and the end.
    parts: Vec<usize>,
}

/// A turn.
pub struct SetTurn {
    session: i64,
    pub speaker: String,
    pub role: Option<String>,
    pub text: String,
    attachment: Option<String>,
    at: Option<String>,
}

/// A question.
pub struct Query {
    pub text: String,
    pub category: String,
    /// The turns that answer it.
    pub evidence: Vec<usize>,
}

impl Set {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let value: Value = serde_json::from_slice(&fs::read(path)?).map_err(|_| Error::Set("it is not JSON"))?;
        let list = |key: &str| {
            value
                .get(key)
                .and_then(Value::as_array)
                .ok_or(Error::Set("a list is missing"))
        };
        let mut set = Self {
            name: string(&value, "name")?,
            turns: list("turns")?.iter().map(SetTurn::read).collect::<Result<_, _>>()?,
            queries: Vec::new(),
            numbers: HashMap::new(),
            parts: Vec::new(),
        };
        for (n, turn) in list("turns")?.iter().enumerate() {
            set.numbers.insert(string(turn, "id")?, n);
        }
        let sessions: Vec<i64> = set.turns.iter().map(|turn| turn.session).collect();
        let begins = |n: &usize| *n == 0 || sessions.get(n - 1) != sessions.get(*n);
        set.parts = (0..sessions.len()).filter(begins).chain([sessions.len()]).collect();
        set.queries = list("queries")?
            .iter()
            .map(|query| set.query(query))
            .collect::<Result<_, _>>()?;
        Ok(set)
    }

    fn query(&self, value: &Value) -> Result<Query, Error> {
        let evidence = value
            .get("evidence")
            .and_then(Value::as_array)
            .ok_or(Error::Set("a question has no evidence"))?;
        let number = |id: &Value| id.as_str().and_then(|id| self.numbers.get(id)).copied();
        Ok(Query {
            text: string(value, "text")?,
            category: string(value, "category")?,
            evidence: evidence
                .iter()
                .map(|id| number(id).ok_or(Error::Set("evidence names no turn")))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Whether its turns have roles.
    pub fn has_roles(&self) -> bool {
        self.turns.iter().any(|turn| turn.role.is_some())
    }

    /// The turns of each part.
    pub fn conversations(&self) -> impl Iterator<Item = &[SetTurn]> {
        self.parts.windows(2).filter_map(|ends| match ends {
            [start, end] => self.turns.get(*start..*end),
            _ => None,
        })
    }

    /// The turn with this number, from 1, of a part.
    pub fn turn_of(&self, part: usize, number: u32) -> Option<usize> {
        let number = usize::try_from(number).ok()?.checked_sub(1)?;
        Some(self.parts.get(part)? + number)
    }

    /// The pair of each turn: a user's turn and what follows until the next. None without roles.
    pub fn pairs(&self) -> Option<Vec<usize>> {
        self.has_roles().then(|| {
            let mut current = 0;
            let pair = |(n, turn): (usize, &SetTurn)| {
                current += usize::from(n > 0 && turn.role.as_deref() == Some("user"));
                current
            };
            self.turns.iter().enumerate().map(pair).collect()
        })
    }
}

impl SetTurn {
    fn read(value: &Value) -> Result<Self, Error> {
        let optional = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            session: value
                .get("session")
                .and_then(Value::as_i64)
                .ok_or(Error::Set("a turn has no session"))?,
            speaker: string(value, "speaker")?,
            role: optional("role"),
            text: string(value, "text")?,
            attachment: optional("attachment").filter(|text| !text.is_empty()),
            at: optional("at"),
        })
    }

    /// What is stored: the text and the caption of what was attached. Never blank.
    pub fn content(&self) -> String {
        let content = match &self.attachment {
            Some(attachment) => format!("{} {attachment}", self.text),
            None => self.text.clone(),
        };
        if content.trim().is_empty() {
            "-".to_owned()
        } else {
            content
        }
    }

    /// When, if it is told.
    pub fn at(&self) -> Result<Option<Timestamp>, Error> {
        let Some(at) = &self.at else { return Ok(None) };
        let zoned = if at.contains('T') {
            format!("{at}Z")
        } else {
            format!("{at}T00:00:00Z")
        };
        zoned
            .parse()
            .map(Some)
            .map_err(|_| Error::Set("a time is not in ISO form"))
    }
}

fn string(value: &Value, key: &str) -> Result<String, Error> {
    value
        .get(key)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or(Error::Set("a text is missing"))
}
