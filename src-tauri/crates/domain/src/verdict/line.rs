//! One line of a review: whether it rules, and what it says.

/// What a line rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Accept,
    SendBack,
    Escalate,
}

/// A line that rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ruling<'a> {
    pub kind: Kind,
    /// What follows the ruling on its line, without the decoration around it.
    pub rest: &'a str,
    /// Whether the line calls itself a verdict, so that more freedom is allowed after the ruling.
    pub labelled: bool,
}

/// Words that announce a verdict.
const LABELS: [&str; 2] = ["verdict", "decision"];
/// At most this many words may stand before a label, or be an unknown label, such as one in another language.
const LABEL_WORDS: usize = 3;
/// What may follow `accept` on a labelled line; anything else ("accept only if", "accept or send back") is no ruling.
const AFTER_ACCEPT: [&str; 10] = [
    "with", "without", "as", "the", "this", "it", "work", "because", "since", "and",
];
/// What may not follow a send-back or an escalation, even on a labelled line.
const NOT_AFTER: [&str; 9] = ["or", "if", "only", "unless", "when", "would", "nor", "is", "and"];
/// Words between a label and its ruling that say nothing.
const FILLERS: [&str; 7] = ["is", "to", "i", "we", "do", "b", "strong"];
/// What the instruction itself says in the place of reasons; a line that repeats it rules nothing.
const PLACEHOLDERS: [&str; 2] = ["reasons", "question"];
/// Tags that models put around a verdict.
const CLOSING_TAGS: [&str; 4] = ["verdict", "decision", "b", "strong"];
/// Decoration that may stand between words.
const MARKUP: &[char] = &[
    '*', '_', '`', '~', '"', '\'', '“', '”', '’', '«', '»', ')', ']', '}', '>',
];

/// What `text` rules, if it does. `under_heading`: the line before it was nothing but a label.
pub(super) fn read(text: &str, under_heading: bool) -> Option<Ruling<'_>> {
    let words = words(text);
    let first = usize::from(is_number(&words));
    if let Some(found) = ruling(text, &words, &[first], under_heading) {
        return Some(found);
    }
    if let Some(found) = ruling(text, &words, &labelled_starts(text, &words), true) {
        return Some(found);
    }
    let unknown_label = (first + 1..=first + LABEL_WORDS).find(|&at| gap(text, &words, at).contains([':', '：']))?;
    ruling(text, &words, &[unknown_label], false)
}

/// Whether `text` is nothing but a label: a heading over the verdict.
pub(super) fn is_heading(text: &str) -> bool {
    let words = words(text);
    words.len() <= LABEL_WORDS + 1 && words.last().is_some_and(|w| is_one_of(w.text, &LABELS))
}

/// Whether `text` is an item of a list, or indented under one.
pub(super) fn is_item(text: &str) -> bool {
    let line = text.trim_start_matches(['>', ' ']);
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    ["- ", "* ", "+ ", "• ", "– "]
        .iter()
        .any(|bullet| line.starts_with(bullet))
        || (numbered.len() < line.len() && numbered.starts_with(['.', ')']))
        || text.starts_with([' ', '\t'])
}

#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.extend(text.get(from..at).map(|text| Word {
                    text,
                    start: from,
                    end: at,
                }));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// What stands before word `at`, or after the last one.
fn gap<'a>(text: &'a str, words: &[Word<'_>], at: usize) -> &'a str {
    let from = at
        .checked_sub(1)
        .and_then(|before| words.get(before))
        .map_or(0, |w| w.end);
    let to = words.get(at).map_or(text.len(), |w| w.start);
    text.get(from..to).unwrap_or_default()
}

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|item| item.eq_ignore_ascii_case(word))
}

fn is_number(words: &[Word<'_>]) -> bool {
    words
        .first()
        .is_some_and(|w| w.text.bytes().all(|b| b.is_ascii_digit()))
}

/// Where the ruling may begin after a label, best guess first: the last label counts before an earlier one.
fn labelled_starts(text: &str, words: &[Word<'_>]) -> Vec<usize> {
    let filler = |at: usize| words.get(at).is_some_and(|w| is_one_of(w.text, &FILLERS));
    let labels = (0..words.len()).rev().filter(|&at| {
        words.get(at).is_some_and(|w| is_one_of(w.text, &LABELS))
            && (at <= LABEL_WORDS || gap(text, words, at + 1).contains([':', '：']))
    });
    labels
        .flat_map(|label| {
            let marked = |&at: &usize| gap(text, words, at).contains([':', '：', '=', '–', '—', '→']);
            let after_mark = (label + 1..=label + 6).find(marked);
            let after_filler = (label + 1..=label + 4).find(|&at| !filler(at));
            after_mark.into_iter().chain(after_filler)
        })
        .collect()
}

/// The first ruling that begins at one of these words.
fn ruling<'a>(text: &'a str, words: &[Word<'a>], starts: &[usize], labelled: bool) -> Option<Ruling<'a>> {
    starts.iter().find_map(|&start| {
        let (kind, next) = keyword(words, start)?;
        let rest = follows(text, words, kind, next, labelled)?;
        if kind == Kind::Accept && !labelled && is_media_type(rest) {
            return None;
        }
        (!is_one_of(rest.trim_matches(|c: char| !c.is_alphanumeric()), &PLACEHOLDERS)).then_some(Ruling {
            kind,
            rest,
            labelled,
        })
    })
}

/// The ruling named from word `at` on, and the index of the word after it.
fn keyword(words: &[Word<'_>], at: usize) -> Option<(Kind, usize)> {
    let is = |at: usize, list: &[&str]| words.get(at).is_some_and(|w| is_one_of(w.text, list));
    let accept = &["accept", "accepted", "approve", "approved"];
    if is(at, accept) {
        return Some((Kind::Accept, at + 1));
    }
    if is(at, &["sendback", "reject", "rejected"]) {
        return Some((Kind::SendBack, at + 1));
    }
    if is(at, &["escalate", "escalated", "escalation"]) {
        return Some((Kind::Escalate, at + 1));
    }
    if is(at, &["not", "cannot"]) && is(at + 1, accept) {
        return Some((Kind::SendBack, at + 2));
    }
    let object =
        usize::from(is(at + 1, &["it", "this"])) + 2 * usize::from(is(at + 1, &["the"]) && is(at + 2, &["work"]));
    (is(at, &["send", "sent"]) && is(at + 1 + object, &["back"])).then_some((Kind::SendBack, at + 2 + object))
}

/// The rest of the line from word `next` on, if what follows the ruling allows it to be one.
fn follows<'a>(text: &'a str, words: &[Word<'a>], kind: Kind, next: usize, labelled: bool) -> Option<&'a str> {
    let mark = gap(text, words, next);
    let from_mark = |at: usize| words.get(at - 1).and_then(|w| text.get(w.end..)).map(bare);
    let Some(word) = words.get(next) else {
        return (!mark.contains(['?', '？'])).then_some("");
    };
    let names_several = mark.contains([',', '|', '/']) && keyword(words, next).is_some();
    if names_several || mark.contains('?') {
        return None;
    }
    if divides(mark) {
        return from_mark(next);
    }
    if kind != Kind::Accept && is_one_of(word.text, &["because", "since"]) {
        return from_mark(next + 1);
    }
    let fillers: &[&str] = if kind == Kind::Accept {
        &["with", "without", "as"]
    } else {
        &["to", "for", "with"]
    };
    if is_one_of(word.text, fillers) && mark.trim_matches(MARKUP).trim().is_empty() {
        let end = (next + 1..=next + 5).find(|&at| at >= words.len() || divides(gap(text, words, at)));
        if let Some(end) = end {
            return if end >= words.len() { Some("") } else { from_mark(end) };
        }
    }
    let free = match kind {
        Kind::Accept => mark.contains([',', ';', '<', '|']) || is_one_of(word.text, &AFTER_ACCEPT),
        _ => !is_one_of(word.text, &NOT_AFTER),
    };
    (labelled && free).then(|| from_mark(next)).flatten()
}

/// Whether what stands between two words sets them apart: a colon, an arrow, a full stop or a dash with space beside it.
fn divides(mark: &str) -> bool {
    let open = mark.trim_start_matches(|c: char| c.is_whitespace() || MARKUP.contains(&c));
    let spaced = mark.contains(char::is_whitespace);
    (open.starts_with([':', '：', '–', '—', '→']) && !open.starts_with("::"))
        || (spaced && open.starts_with(['.', '!', '-']))
}

/// `rest` without the marks that lead it, the decoration they close and a decoration left open at its end.
fn bare(rest: &str) -> &str {
    let marks: &[char] = &[':', '：', '.', '!', '-', '–', '—', '→', '=', ',', ';', '|'];
    let open = rest.trim_start_matches(|c: char| c.is_whitespace() || MARKUP.contains(&c));
    let start = match open.trim_start_matches(marks) {
        unmarked if unmarked.len() < open.len() => unmarked.trim_start_matches(MARKUP),
        _ => rest.trim_start_matches(MARKUP),
    };
    let mut end = start.trim();
    if let Some((before, tag)) = end.rsplit_once("</")
        && is_one_of(tag.trim_end_matches('>'), &CLOSING_TAGS)
    {
        end = before.trim_end();
    }
    for mark in ["**", "__", "`", "\"", "*", "”", "|"] {
        if end.ends_with(mark) && end.matches(mark).count() % 2 == 1 {
            end = end.strip_suffix(mark).unwrap_or(end).trim_end();
        }
    }
    end
}

/// Whether `rest` is a media type: "Accept: text/html" is a header that a review quotes, not a ruling.
fn is_media_type(rest: &str) -> bool {
    let kind = rest.split([',', ';', ' ']).next().unwrap_or_default();
    kind.split_once('/')
        .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && !kind.contains("//"))
}
