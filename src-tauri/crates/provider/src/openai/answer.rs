//! From the bytes of a successful answer to what it says: a stream of events, or one JSON object.

use ccc_domain::{FinishReason, Usage};
use serde_json::Value;

use super::failure::Failure;
use crate::{
    ProtocolProblem, ProviderError,
    sse::{SseCaps, SseEvent, SseParser},
};

/// One thing an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// The model that answers.
    Model(String),
    /// A piece of the answer.
    Text(String),
    /// A piece of thought, from a field of its own.
    Thought(String),
    /// How the answer ended.
    Finish(FinishReason),
    /// What it cost.
    Usage(Usage),
    /// `[DONE]`: nothing follows.
    Done,
}

/// Reads the body of a successful answer, whatever its label says, by its first byte.
#[derive(Debug)]
pub struct AnswerReader {
    caps: SseCaps,
    form: Form,
    seen: bool,
}

#[derive(Debug)]
enum Form {
    Undecided,
    Events(Box<SseParser>),
    Object(Vec<u8>),
}

impl AnswerReader {
    /// A reader for an answer labelled `content_type`.
    ///
    /// # Errors
    /// [`ProviderError::Protocol`] if no answer can have that type.
    pub fn new(content_type: Option<&str>) -> Result<Self, ProviderError> {
        let kind = content_type
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match kind.as_str() {
            "text/html" | "application/xhtml+xml" => Err(ProviderError::Protocol(ProtocolProblem::Html)),
            "" | "text/event-stream" | "application/json" | "text/plain" | "application/octet-stream" => Ok(Self {
                caps: SseCaps::default(),
                form: Form::Undecided,
                seen: false,
            }),
            json if json.ends_with("+json") => Self::new(None),
            _ => Err(ProviderError::Protocol(ProtocolProblem::ContentType)),
        }
    }

    /// Takes the next bytes and appends what they say to `out`. True if they completed an event.
    ///
    /// # Errors
    /// What the answer reports, a cap it exceeds, or JSON it is not; what was said before is in `out`.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Delta>) -> Result<bool, Failure> {
        match &mut self.form {
            Form::Undecided => self.decide(bytes, out),
            Form::Object(held) if held.len() + bytes.len() > self.caps.stream => Err(ProviderError::TooLarge.into()),
            Form::Object(held) => {
                held.extend_from_slice(bytes);
                Ok(false)
            }
            Form::Events(parser) => {
                let mut events = Vec::new();
                let fed = parser.feed(bytes, &mut events);
                self.seen |= !events.is_empty();
                for event in &events {
                    read_event(event, out)?;
                }
                fed.map_err(|_| ProviderError::TooLarge)?;
                Ok(!events.is_empty())
            }
        }
    }

    /// Takes the end of the body.
    ///
    /// # Errors
    /// As [`AnswerReader::feed`]; also [`ProtocolProblem::Empty`] for a body that says nothing at all.
    pub fn finish(self, out: &mut Vec<Delta>) -> Result<(), Failure> {
        match self.form {
            Form::Undecided => Err(ProviderError::Protocol(ProtocolProblem::Empty).into()),
            Form::Object(held) => read_object(&held, out),
            Form::Events(parser) => {
                let last = parser.finish();
                let seen = self.seen || last.is_some();
                // An event cut in its middle is no malformed event; the missing finish reason tells that it was cut.
                if let Some(last) = last.filter(|e| is_done(e) || serde_json::from_str::<Value>(&e.data).is_ok()) {
                    read_event(&last, out)?;
                }
                if seen {
                    Ok(())
                } else {
                    Err(ProviderError::Protocol(ProtocolProblem::Empty).into())
                }
            }
        }
    }

    /// Passes over white space and a byte order mark, which mean nothing here, and decides by what follows.
    fn decide(&mut self, bytes: &[u8], out: &mut Vec<Delta>) -> Result<bool, Failure> {
        let blank = |b: &u8| b.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(b);
        let Some(start) = bytes.iter().position(|b| !blank(b)) else {
            return Ok(false);
        };
        let (_, rest) = bytes.split_at(start);
        self.form = match rest.first() {
            Some(b'<') => return Err(ProviderError::Protocol(ProtocolProblem::Html).into()),
            Some(b'{' | b'[') => Form::Object(Vec::new()),
            _ => Form::Events(Box::new(SseParser::new(self.caps))),
        };
        self.feed(rest, out)
    }
}

fn is_done(event: &SseEvent) -> bool {
    event.data.trim() == "[DONE]"
}

fn read_event(event: &SseEvent, out: &mut Vec<Delta>) -> Result<(), Failure> {
    if is_done(event) {
        out.push(Delta::Done);
        return Ok(());
    }
    if event.data.trim().is_empty() {
        return Ok(());
    }
    let value: Value = serde_json::from_str(&event.data).map_err(|_| ProviderError::Protocol(ProtocolProblem::Json))?;
    if event.name == "error" {
        return Err(Failure::of_event(&value));
    }
    read_value(&value, out)
}

fn read_object(bytes: &[u8], out: &mut Vec<Delta>) -> Result<(), Failure> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| ProviderError::Protocol(ProtocolProblem::Json))?;
    let value = value
        .get(0)
        .filter(|first| first.get("error").is_some())
        .unwrap_or(&value);
    read_value(value, out)?;
    match value.get("choices").is_some() {
        true => Ok(()),
        false => Err(ProviderError::Protocol(ProtocolProblem::Shape).into()),
    }
}

/// Reads a chunk or a whole completion: they differ only in calling the text `delta` or `message`.
fn read_value(value: &Value, out: &mut Vec<Delta>) -> Result<(), Failure> {
    if !value.is_object() {
        return Err(ProviderError::Protocol(ProtocolProblem::Shape).into());
    }
    if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
        return Err(Failure::of_event(error));
    }
    if let Some(model) = text_of(value.get("model")) {
        out.push(Delta::Model(model));
    }
    if let Some(choice) = first_choice(value) {
        read_choice(choice, out);
    }
    out.extend(value.get("usage").and_then(usage).map(Delta::Usage));
    Ok(())
}

/// The choice numbered 0, where any are; the first and the last chunk of some servers have none.
fn first_choice(value: &Value) -> Option<&Value> {
    let choices = value.get("choices")?.as_array()?;
    choices
        .iter()
        .find(|choice| choice.get("index").is_none_or(|index| index.is_null() || *index == 0))
}

fn read_choice(choice: &Value, out: &mut Vec<Delta>) {
    let said = choice
        .get("delta")
        .or_else(|| choice.get("message"))
        .unwrap_or(&Value::Null);
    let thought = text_of(said.get("reasoning_content")).or_else(|| text_of(said.get("reasoning")));
    out.extend(thought.map(Delta::Thought));
    match said.get("content") {
        Some(Value::Array(parts)) => out.extend(parts.iter().filter_map(part)),
        content => out.extend(text_of(content).map(Delta::Text)),
    }
    out.extend(text_of(said.get("refusal")).map(Delta::Text));
    out.extend(text_of(choice.get("finish_reason")).map(|reason| Delta::Finish(finish_reason(&reason))));
}

/// A part of a list of contents: text, or a thought as Mistral's reasoning models send it.
fn part(part: &Value) -> Option<Delta> {
    match part.get("type").and_then(Value::as_str) {
        Some("thinking") => {
            let inner = part.get("thinking")?;
            let joined: Option<String> = inner
                .as_array()
                .map(|list| list.iter().filter_map(|p| p.get("text")?.as_str()).collect());
            joined.or_else(|| text_of(Some(inner))).map(Delta::Thought)
        }
        _ => text_of(part.get("text")).map(Delta::Text),
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    value
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// The provider's word for the end. One we do not know, a call of tools we never offered among them, is no completion.
fn finish_reason(word: &str) -> FinishReason {
    match word.to_ascii_lowercase().as_str() {
        "stop" | "end_turn" | "stop_sequence" | "eos" | "eos_token" => FinishReason::Stop,
        "length" | "max_tokens" | "max_output_tokens" | "model_length" => FinishReason::Length,
        "content_filter" | "safety" => FinishReason::ContentFilter,
        _ => FinishReason::Eof,
    }
}

fn usage(value: &Value) -> Option<Usage> {
    let count = |key: &str| value.get(key)?.as_u64().map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    Some(Usage {
        prompt_tokens: count("prompt_tokens")?,
        completion_tokens: count("completion_tokens")?,
        estimated: false,
    })
}

#[cfg(test)]
mod tests;
