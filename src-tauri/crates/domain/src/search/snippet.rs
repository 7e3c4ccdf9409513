//! What of a long text is shown for what was found in it.

use std::ops::Range;

use serde::Serialize;

/// About how many characters of a text are shown: two lines of a list.
pub const SNIPPET_CHARS: usize = 160;
/// How many of them stand before what was found.
const BEFORE: usize = 40;

/// A piece of a text with what was found in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Snippet {
    /// The piece on one line; `…` stands where the text goes on.
    pub text: String,
    /// What was found, in order, without overlaps.
    pub marks: Vec<Mark>,
}

/// From where to where, in UTF-16 units as JavaScript counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Mark {
    /// The first unit.
    pub start: u32,
    /// The unit after the last.
    pub end: u32,
}

impl Snippet {
    /// The piece of `text` that holds the most of what was found. `found` are byte ranges of it, sorted and apart; where
    /// there are none, the text's beginning is shown.
    pub fn of(text: &str, found: &[Range<usize>]) -> Self {
        let from = found.get(densest(found)).map_or(0, |first| back(text, first.start));
        let from = from + text.get(from..).map_or(0, |rest| rest.len() - rest.trim_start().len());
        let shown = text.get(from..).unwrap_or_default();
        let to = from + forth(shown);
        let mut line = Line::new(from > 0 && text.get(..from).is_some_and(|before| !before.trim().is_empty()));
        let mut marks = found
            .iter()
            .filter(|mark| mark.start >= from && mark.start < to)
            .peekable();
        for (at, c) in text.get(from..to).unwrap_or_default().char_indices() {
            if marks.next_if(|mark| mark.end <= from + at).is_some() {
                line.close();
            }
            let opens = marks.peek().is_some_and(|mark| mark.start == from + at);
            line.push(c, opens);
        }
        line.finish(text.get(to..).is_some_and(|after| !after.trim().is_empty()))
    }
}

/// The first of the ranges from which on the most lie within a snippet.
fn densest(found: &[Range<usize>]) -> usize {
    let (mut best, mut most, mut end) = (0, 0, 0);
    for (at, first) in found.iter().enumerate() {
        while found
            .get(end)
            .is_some_and(|last| last.end <= first.start + SNIPPET_CHARS - BEFORE)
        {
            end += 1;
        }
        if end.saturating_sub(at) > most {
            (best, most) = (at, end - at);
        }
    }
    best
}

/// Where a snippet begins whose first find begins at `at`: at a word, not far before.
fn back(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let Some((far, _)) = before.char_indices().rev().nth(BEFORE) else {
        return 0;
    };
    let near = before.get(far..).unwrap_or_default();
    // After a space; a script without spaces is cut anywhere.
    near.find(char::is_whitespace).map_or(far, |space| far + space)
}

/// How many bytes of `shown` are shown.
fn forth(shown: &str) -> usize {
    let Some((far, _)) = shown.char_indices().nth(SNIPPET_CHARS) else {
        return shown.len();
    };
    let near = shown.get(..far).unwrap_or_default();
    let space = near.rfind(char::is_whitespace);
    space.filter(|space| *space > far / 2).unwrap_or(far)
}

/// A line that is written, with its length as JavaScript counts it.
struct Line {
    snippet: Snippet,
    units: u32,
    open: Option<u32>,
}

impl Line {
    fn new(goes_before: bool) -> Self {
        let mut line = Self {
            snippet: Snippet::default(),
            units: 0,
            open: None,
        };
        if goes_before {
            line.write('…');
        }
        line
    }

    fn write(&mut self, c: char) {
        self.snippet.text.push(c);
        self.units += if c.len_utf16() == 2 { 2 } else { 1 };
    }

    /// Writes a character of the text: all spaces and controls between two words are one space.
    fn push(&mut self, c: char, opens: bool) {
        if opens && self.open.is_none() {
            self.open = Some(self.units);
        }
        if !c.is_whitespace() && !c.is_control() {
            self.write(c);
        } else if !self.snippet.text.ends_with(' ') {
            self.write(' ');
        }
    }

    fn close(&mut self) {
        if let Some(start) = self.open.take() {
            self.snippet.marks.push(Mark { start, end: self.units });
        }
    }

    fn finish(mut self, goes_on: bool) -> Snippet {
        self.close();
        if goes_on {
            self.write('…');
        }
        self.snippet
    }
}
