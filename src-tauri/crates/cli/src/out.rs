//! Writing to stdout: flushed, free of control characters, styled only where a terminal shows it.

use std::io::{self, IsTerminal, Stdout, Write};

use ccc_engine::domain::Timestamp;
use serde_json::Value;

use crate::error::Error;

/// Where results go.
pub struct Out {
    stdout: Stdout,
    styled: bool,
}

impl Out {
    /// Stdout, styled where it is a terminal that shows it and NO_COLOR is not set.
    pub fn new() -> Self {
        let stdout = io::stdout();
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb") && !set("WT_SESSION");
        let styled = stdout.is_terminal() && !set("NO_COLOR") && !dumb;
        Self { stdout, styled }
    }

    /// A line of our own words and of stored text, which is made harmless.
    ///
    /// # Errors
    /// [`Error::Pipe`] and [`Error::Output`], as every writing here.
    pub fn line(&mut self, text: impl AsRef<str>) -> Result<(), Error> {
        self.text(text)?;
        self.raw("\n")
    }

    /// Text as it comes, shown at once.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub fn text(&mut self, text: impl AsRef<str>) -> Result<(), Error> {
        self.raw(&harmless(text.as_ref()))
    }

    /// A line that stands out.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub fn heading(&mut self, text: impl AsRef<str>) -> Result<(), Error> {
        self.wrapped("\x1b[1m", text.as_ref())
    }

    /// A line that stands back.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub fn aside(&mut self, text: impl AsRef<str>) -> Result<(), Error> {
        self.wrapped("\x1b[2m", text.as_ref())
    }

    /// A JSON value on a line of its own.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub fn json(&mut self, value: &Value) -> Result<(), Error> {
        self.raw(&format!("{value}\n"))
    }

    /// Bytes as they are: scripts, and what was asked for exactly.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub fn raw(&mut self, text: &str) -> Result<(), Error> {
        self.stdout.write_all(text.as_bytes())?;
        Ok(self.stdout.flush()?)
    }

    fn wrapped(&mut self, style: &str, text: &str) -> Result<(), Error> {
        let text = harmless(text);
        if self.styled {
            self.raw(&format!("{style}{text}\x1b[0m\n"))
        } else {
            self.raw(&format!("{text}\n"))
        }
    }
}

/// A note on stderr, beside the results.
pub fn note(text: impl AsRef<str>) {
    // Nobody is left to tell when stderr is gone.
    let _ = note_or_fail(text);
}

/// A note on stderr that has to be seen.
///
/// # Errors
/// When stderr does not take all of it.
pub fn note_or_fail(text: impl AsRef<str>) -> io::Result<()> {
    let mut stderr = io::stderr();
    stderr.write_all(format!("{}\n", harmless(text.as_ref())).as_bytes())?;
    stderr.flush()
}

/// Stored text is data: what would steer the terminal is replaced by a visible mark, new lines and tabs stay.
pub fn harmless(text: &str) -> String {
    text.chars()
        .filter(|c| *c != '\r')
        .map(|c| match c {
            '\n' | '\t' => c,
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// The first line with something on it, shortened, without what would turn or hide its neighbours.
pub fn one_line(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let mut short: String = harmless(line)
        .chars()
        .filter(|c| !is_bidi_control(*c))
        .take(120)
        .collect();
    if line.chars().count() > 120 {
        short.push('…');
    }
    short
}

/// Marks that change the direction of the text after them.
pub const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An instant to the minute, in UTC.
pub fn minute(at: Timestamp) -> String {
    at.to_string().replace('T', " ").chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_text_cannot_steer_the_terminal() {
        assert_eq!(
            harmless("a\x1b[2Jb\r\nc\td\u{9b}e\u{7}"),
            "a\u{fffd}[2Jb\nc\td\u{fffd}e\u{fffd}"
        );
        assert_eq!(one_line("\n  x\u{202e}y\x08 \nz"), "xy\u{fffd}");
        assert_eq!(one_line(&"é".repeat(121)), format!("{}…", "é".repeat(120)));
    }

    #[test]
    fn an_instant_is_shown_to_the_minute() {
        assert_eq!(minute(Timestamp::from_ms(1_683_554_400_123)), "2023-05-08 14:00");
    }
}
