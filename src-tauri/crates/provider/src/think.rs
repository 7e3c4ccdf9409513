//! Splitting what a model thinks aloud in tags from what it answers.

/// The opening tags some servers leave in the text, each with its closing one.
const TAGS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

/// Bytes held back at most before an answer counts as begun.
const HELD: usize = 1_024;

/// A piece of text, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Answer.
    Text(String),
    /// Thought.
    Thought(String),
}

/// Separates a leading `<think>…</think>` from the answer, across any cuts.
///
/// Only a tag that opens the answer counts: further on it is part of what the model has to say, as in an answer about
/// such tags.
#[derive(Debug, Default)]
pub struct ThinkSplitter {
    held: String,
    state: State,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Start,
    Thinking(&'static str),
    AfterThought,
    Answer,
}

impl ThinkSplitter {
    /// Takes the next piece of text and returns what is certain by now.
    pub fn feed(&mut self, text: &str) -> Vec<Piece> {
        self.held.push_str(text);
        let mut out = Vec::new();
        while self.step(&mut out) {}
        out
    }

    /// What was still held back at the end: an unfinished thought is a thought, half a tag is text.
    pub fn finish(self) -> Option<Piece> {
        match self.state {
            _ if self.held.is_empty() => None,
            State::Thinking(_) => Some(Piece::Thought(self.held)),
            State::AfterThought => None,
            State::Start | State::Answer => Some(Piece::Text(self.held)),
        }
    }

    /// Moves on by one state if what is held decides it.
    fn step(&mut self, out: &mut Vec<Piece>) -> bool {
        match self.state {
            State::Start => self.open(),
            State::Thinking(close) => self.think(close, out),
            State::AfterThought => {
                self.held = self.held.trim_start().to_owned();
                let decided = !self.held.is_empty();
                if decided {
                    self.state = State::Answer;
                }
                decided
            }
            State::Answer => {
                if !self.held.is_empty() {
                    out.push(Piece::Text(std::mem::take(&mut self.held)));
                }
                false
            }
        }
    }

    fn open(&mut self) -> bool {
        let text = self.held.trim_start();
        for (open, close) in TAGS {
            if let Some(rest) = text.strip_prefix(open) {
                self.held = rest.to_owned();
                self.state = State::Thinking(close);
                return true;
            }
        }
        // White space and the beginning of a tag decide nothing yet, but a server cannot hold the answer back with them.
        if self.held.len() < HELD && TAGS.iter().any(|(open, _)| open.starts_with(text)) {
            return false;
        }
        self.state = State::Answer;
        true
    }

    fn think(&mut self, close: &'static str, out: &mut Vec<Piece>) -> bool {
        if let Some((thought, rest)) = self.held.split_once(close) {
            push_thought(out, thought);
            self.held = rest.to_owned();
            self.state = State::AfterThought;
            return true;
        }
        let keep = (1..close.len())
            .rev()
            .find(|&n| close.get(..n).is_some_and(|start| self.held.ends_with(start)))
            .unwrap_or(0);
        let held = self.held.split_off(self.held.len() - keep);
        push_thought(out, &std::mem::replace(&mut self.held, held));
        false
    }
}

fn push_thought(out: &mut Vec<Piece>, thought: &str) {
    if !thought.is_empty() {
        out.push(Piece::Thought(thought.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thought and answer of a text fed in pieces of `size` characters.
    fn split(text: &str, size: usize) -> (String, String) {
        let (mut splitter, mut thought, mut answer) = (ThinkSplitter::default(), String::new(), String::new());
        let chars: Vec<char> = text.chars().collect();
        let mut pieces: Vec<Piece> = Vec::new();
        for chunk in chars.chunks(size) {
            pieces.extend(splitter.feed(&chunk.iter().collect::<String>()));
        }
        pieces.extend(splitter.finish());
        for piece in pieces {
            match piece {
                Piece::Text(text) => answer += &text,
                Piece::Thought(text) => thought += &text,
            }
        }
        (thought, answer)
    }

    #[test]
    fn a_leading_thought_is_split_off_however_it_is_cut() {
        let cases = [
            (
                "<think>a < b </thin é</think>\n\nanswer </think> <think>",
                "a < b </thin é",
                "answer </think> <think>",
            ),
            ("\n <thinking>x</think></thinking>y", "x</think>", "y"),
            ("plain <think>text</think>", "", "plain <think>text</think>"),
            ("  spaced", "", "  spaced"),
            ("<thin", "", "<thin"),
            ("<think>never closed </thi", "never closed </thi", ""),
            ("<think></think>", "", ""),
            ("", "", ""),
        ];
        for (text, thought, answer) in cases {
            for size in 1..=text.chars().count().max(1) {
                assert_eq!(
                    split(text, size),
                    (thought.into(), answer.into()),
                    "{text:?} in pieces of {size}"
                );
            }
        }
    }

    #[test]
    fn text_is_passed_on_at_once_where_no_tag_can_begin() {
        let mut splitter = ThinkSplitter::default();
        assert_eq!(splitter.feed("H"), [Piece::Text("H".into())]);
        assert_eq!(splitter.feed("<think>"), [Piece::Text("<think>".into())]);
    }
}
