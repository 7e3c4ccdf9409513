//! What was said lately in a session, as its topics and its extract are made of it.
//!
//! The newest turns only, up to [`MOST_TURNS`] and [`MOST_BYTES`]: what a session is about changes, and the work stays
//! the same however long it grows. Left out are muted turns, reviews, which repeat what they judge, and what Rehearsal
//! composed, which nobody said.

use std::collections::BTreeMap;

use ccc_domain::{Conversation, SessionId, Step, Turn, TurnId, TurnStatus, extract};
use ccc_recall::{sentences, topics};
use ccc_store::tables::turns;

use crate::{Error, MemoryService, cells};

/// How many turns are read at most.
const MOST_TURNS: u32 = 200;
/// How much text is read at most: about 40,000 words.
const MOST_BYTES: usize = 256 << 10;
/// How much of one turn is read at most, so that a pasted file is not all there is.
const MOST_OF_ONE: usize = 16 << 10;
/// How many words an extract holds at most, the length that was measured.
const MOST_WORDS: usize = 100;
/// A longer sentence is cut: it is a table or a list without breaks.
const LONGEST_SENTENCE: usize = 40;
/// How many topics are shown at most.
const MOST_TOPICS: usize = 6;

/// A turn's speaker and its prose.
struct Said {
    who: String,
    prose: String,
}

/// What was said lately, oldest first.
#[derive(Default)]
pub(crate) struct Digest {
    said: Vec<Said>,
    bytes: usize,
}

impl MemoryService {
    /// Reads what was said lately in a session.
    pub(crate) fn digest(&self, session: SessionId) -> Result<Digest, Error> {
        let muted = self.session(session)?.preferences.muted_turns;
        self.load_index(session)?;
        self.db.read(|c| {
            let mut digest = Digest::default();
            for id in turns::newest(c, session, None, MOST_TURNS)? {
                if digest.bytes >= MOST_BYTES {
                    break;
                }
                if let Some(row) = turns::get(c, id)?.filter(|_| !muted.contains(&id)) {
                    digest.take(cells::open_turn(&self.core.keys, &row)?);
                }
            }
            digest.said.reverse();
            Ok(digest)
        })
    }

    /// Reads what was said lately in a conversation. `muted` turns are left out.
    pub(super) fn conversation_digest(&self, of: &Conversation, muted: &[TurnId]) -> Result<Digest, Error> {
        let from = of.turn_count.saturating_sub(MOST_TURNS);
        let mut digest = Digest::default();
        self.db.read(|c| {
            turns::each_after(c, of.id, from, |row| {
                if row.status == TurnStatus::Complete && !muted.contains(&row.id) && digest.bytes < MOST_BYTES {
                    digest.take(cells::open_turn(&self.core.keys, &row)?);
                }
                Ok::<_, Error>(())
            })
        })?;
        Ok(digest)
    }

    /// What it is about, most telling first; how rare a word is, is asked of this session.
    pub(super) fn topics(&self, session: SessionId, digest: &Digest) -> Vec<String> {
        let index = self.index.read();
        let rarity = index.rarity(Some(&[session]));
        let texts: Vec<&str> = digest.said.iter().map(|said| said.prose.as_str()).collect();
        topics(&texts, |stem| rarity.of(stem), MOST_TOPICS)
    }

    /// The sentences that stand for all, a line each, with who said it; empty where nothing was said.
    pub(crate) fn extract(&self, session: SessionId, digest: &Digest) -> String {
        let index = self.index.read();
        let rarity = index.rarity(Some(&[session]));
        let mut numbers = BTreeMap::new();
        let (mut lines, mut weighed) = (Vec::new(), Vec::new());
        for said in &digest.said {
            for sentence in sentences(&said.prose) {
                let mut term = |stem: String| {
                    let (next, rarity) = (numbers.len(), rarity.of(&stem));
                    let number = *numbers.entry(stem).or_insert(next);
                    (u32::try_from(number).unwrap_or(u32::MAX), rarity)
                };
                weighed.push(extract::Sentence {
                    terms: sentence.stems.into_iter().map(&mut term).collect(),
                    words: sentence.words.min(LONGEST_SENTENCE),
                    asks: sentence.asks,
                });
                lines.push((said.who.as_str(), sentence.text));
            }
        }
        let chosen = extract::choose(&weighed, MOST_WORDS).into_iter();
        let chosen = chosen.filter_map(|n| lines.get(n));
        let lines: Vec<String> = chosen.map(|(who, text)| format!("{who}: {}", one_line(text))).collect();
        lines.join("\n")
    }
}

impl Digest {
    /// Takes a turn that says something of its own.
    fn take(&mut self, turn: Turn) {
        if turn.metadata.rehearsal || turn.metadata.step == Some(Step::Review) {
            return;
        }
        let text = turn.content.get(..turn.content.floor_char_boundary(MOST_OF_ONE));
        let prose = prose(text.unwrap_or_default());
        self.bytes += prose.len();
        self.said.push(Said { who: who(turn), prose });
    }

    /// The last turns with their speakers, newest last, as many as fit `bytes`, but one at least.
    pub(crate) fn latest(&self, bytes: usize) -> Vec<(&str, &str)> {
        let (mut latest, mut used) = (Vec::new(), 0);
        for said in self.said.iter().rev() {
            used += said.prose.len();
            if used > bytes && !latest.is_empty() {
                break;
            }
            latest.push((said.who.as_str(), said.prose.as_str()));
        }
        latest.reverse();
        latest
    }
}

fn who(turn: Turn) -> String {
    turn.speaker.unwrap_or_else(|| turn.agent.name().to_owned())
}

/// A text without fenced code and without the marks that begin headings, items and quotations.
fn prose(text: &str) -> String {
    let (mut prose, mut fenced) = (String::with_capacity(text.len()), false);
    for line in text.lines() {
        let bare = line.trim_start();
        if bare.starts_with("```") || bare.starts_with("~~~") {
            fenced = !fenced;
            // What follows is another matter, also where no blank line says so.
            prose.push('\n');
            continue;
        }
        if fenced {
            continue;
        }
        match bare.strip_prefix(['#', '-', '*', '>', '+', '|']) {
            // On a line of its own, as a heading or an item is.
            Some(rest) => {
                prose.push('\n');
                prose.push_str(rest.trim_start_matches(['#', '-', '*', '>', ' ']));
                prose.push('\n');
            }
            None => prose.push_str(line),
        }
        prose.push('\n');
    }
    prose.replace("**", "").replace('`', "")
}

/// On one line, cut where it is longer than a sentence should be.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words
        .get(..LONGEST_SENTENCE.min(words.len()))
        .unwrap_or_default()
        .join(" ");
    // A script without spaces has no words to count here: as many characters as so many words would take.
    let most = LONGEST_SENTENCE * 12;
    let kept: String = line.chars().take(most).collect();
    if words.len() > LONGEST_SENTENCE || kept.len() < line.len() {
        kept + "…"
    } else {
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_without_code_and_marks() {
        let text = "# Plan\nKeep **the** logs.\n```rust\nfn secret() {}\n```\n- one `item`\n> quoted";
        let lines: Vec<String> = sentences(&prose(text)).iter().map(|s| s.text.to_owned()).collect();
        assert_eq!(lines, ["Plan", "Keep the logs.", "one item", "quoted"]);
    }

    #[test]
    fn a_line_is_one_and_not_too_long() {
        assert_eq!(one_line("a\n  b"), "a b");
        assert_eq!(one_line(&"w ".repeat(41)), format!("{}…", "w ".repeat(40).trim_end()));
        assert_eq!(one_line(&"検".repeat(481)), format!("{}…", "検".repeat(480)));
    }
}
