//! Picking sentences, terms and quotations out of plain text of any script.

use std::collections::{HashMap, HashSet};

/// Characters of a quotation at most.
const QUOTE: usize = 240;

/// Small words that tell nothing about a text. Other languages lose their short words by length alone.
const SMALL: [&str; 40] = [
    "about", "after", "also", "and", "any", "are", "because", "been", "but", "can", "could", "does", "each", "every",
    "for", "from", "have", "into", "its", "make", "more", "must", "not", "please", "should", "some", "such", "that",
    "the", "their", "them", "then", "there", "these", "they", "this", "what", "when", "with", "your",
];

/// The sentences of a text, in order, without list marks and surrounding white space.
///
/// A full stop ends one only before white space, so that `v1.2` stays whole; a line end always does.
pub fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let (mut current, mut chars) = (String::new(), line.chars().peekable());
        while let Some(c) = chars.next() {
            current.push(c);
            let before_space = chars.peek().is_none_or(|next| next.is_whitespace());
            if matches!(c, '。' | '！' | '？' | '।' | '؟' | '۔') || (matches!(c, '.' | '!' | '?' | '…') && before_space)
            {
                found.push(std::mem::take(&mut current));
            }
        }
        found.push(current);
    }
    tidy(found)
}

/// The parts of one sentence between commas, semicolons and colons.
pub fn clauses(sentence: &str) -> Vec<String> {
    let separator = |c: char| matches!(c, ',' | ';' | '、' | '，' | '；' | '：' | '،' | '؛');
    tidy(sentence.split(separator).map(str::to_owned).collect())
}

/// Removes list marks and white space, and what holds no letter or digit.
fn tidy(parts: Vec<String>) -> Vec<String> {
    let stripped = parts.iter().map(|part| strip_mark(part.trim()).trim().to_owned());
    stripped
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .collect()
}

/// Without a leading `-`, `*`, `•`, `#` or `12.`.
pub fn strip_mark(line: &str) -> &str {
    let bare = line.trim_start_matches(['-', '*', '•', '#', '>']).trim_start();
    let digits = bare.trim_start_matches(|c: char| c.is_ascii_digit());
    match digits.strip_prefix(". ").or_else(|| digits.strip_prefix(") ")) {
        Some(rest) if digits.len() < bare.len() => rest,
        _ => bare,
    }
}

/// The words that carry a text, most frequent first, then longest, then earliest: at most `count`.
pub fn key_terms(text: &str, count: usize) -> Vec<String> {
    let mut seen: HashMap<String, (usize, usize)> = HashMap::new();
    for (at, word) in words(text).enumerate() {
        seen.entry(word).or_insert((0, at)).0 += 1;
    }
    let mut ranked: Vec<(String, (usize, usize))> = seen.into_iter().collect();
    ranked.sort_by(|(a, (a_count, a_at)), (b, (b_count, b_at))| {
        let length = |word: &str| word.chars().count();
        b_count
            .cmp(a_count)
            .then(length(b).cmp(&length(a)))
            .then(a_at.cmp(b_at))
    });
    ranked.into_iter().take(count).map(|(word, _)| word).collect()
}

/// The telling words that both texts hold, in the order of the first.
pub fn shared_terms(text: &str, other: &str) -> Vec<String> {
    let theirs: HashSet<String> = words(other).collect();
    let mut taken = HashSet::new();
    words(text)
        .filter(|word| theirs.contains(word) && taken.insert(word.clone()))
        .collect()
}

/// Telling words in lower case: no small words, nothing under four letters, unless the script writes none apart.
fn words(text: &str) -> impl Iterator<Item = String> {
    let split = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '\''));
    split
        .map(|word| word.trim_matches(['-', '\'', '_']).to_lowercase())
        .filter(|word| {
            (word.chars().count() > 3 || !word.is_ascii() && word.chars().count() > 1)
                && !SMALL.contains(&word.as_str())
        })
}

/// The text as a quotation: one line, cut after [`QUOTE`] characters.
pub fn quote(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTE).and_then(|(at, _)| line.get(..at)) {
        Some(start) => format!("“{}…”", start.trim_end()),
        None => format!("“{line}”"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_readers_see_an_end() {
        assert_eq!(
            sentences("Move to v1.2 now. Then test!\n\n- keep logs\n2) report? …\n検索を速くする。結果を示す"),
            [
                "Move to v1.2 now.",
                "Then test!",
                "keep logs",
                "report?",
                "検索を速くする。",
                "結果を示す"
            ]
        );
        assert_eq!(sentences(" \n...\n"), Vec::<String>::new());
        assert_eq!(strip_mark("2026 is near"), "2026 is near", "a number is no list mark");
    }

    #[test]
    fn clauses_and_terms_are_taken_in_a_fixed_order() {
        assert_eq!(clauses("Read it, sort it；ship it"), ["Read it", "sort it", "ship it"]);
        assert_eq!(
            key_terms("The parser and the lexer; the Parser must be fast, with tests", 3),
            ["parser", "lexer", "tests"]
        );
        assert_eq!(key_terms("Ключевые слова: проверка", 2), ["ключевые", "проверка"]);
        assert_eq!(
            shared_terms("Fast parser tests", "tests for the PARSER"),
            ["parser", "tests"]
        );
    }

    #[test]
    fn a_quotation_is_one_bounded_line() {
        assert_eq!(quote(" a\n b "), "“a b”");
        assert_eq!(quote(&"é".repeat(300)), format!("“{}…”", "é".repeat(QUOTE)));
    }
}
