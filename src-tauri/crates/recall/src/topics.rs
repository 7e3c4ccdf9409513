//! What texts are about, in single words and pairs of neighbours.
//!
//! A word counts by how often it occurs and how rare it is; a pair that occurs again counts for more than its words, and
//! takes their place. In scripts without spaces the runs of one script are the words, and parts of long runs that occur
//! again.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    english,
    read::{self, Telling},
    words::{Word, each_word, is_dense},
};

/// What a pair of words is worth beside a single word.
const PAIR: f64 = 1.6;
/// A pair that occurs less often is chance.
const LEAST_PAIRS: u32 = 2;
/// What a common word of English is worth beside another: how rare it is in a few turns says little about it.
const COMMON: f64 = 0.6;
/// A shorter word says too little by itself.
const LEAST_LETTERS: usize = 3;
/// A run of more characters is no word: its parts are, where they occur again.
const LONGEST_RUN: usize = 6;
/// The parts that are looked at have from two to so many characters.
const LONGEST_PART: usize = 4;

/// What may be a topic.
struct Candidate {
    /// As it was first written, in the middle of a sentence where it ever was.
    written: String,
    in_sentence: bool,
    stems: Vec<String>,
    count: u32,
    /// When it first came.
    first: usize,
    /// Whether it counts when it occurs once.
    once: bool,
}

#[derive(Default)]
struct Candidates(BTreeMap<Vec<String>, Candidate>);

/// What `texts` are about, most telling first, at most `most`, as it was first written. `rarity` tells how rare a term
/// is. Equal input gives equal output.
pub fn topics(texts: &[&str], rarity: impl Fn(&str) -> f64, most: usize) -> Vec<String> {
    let mut found = Candidates::default();
    for text in texts {
        let written = read::written(text);
        found.words(text, &written.words);
        for run in written.runs {
            found.run(run);
        }
    }
    choose(found.telling(), rarity, most)
}

impl Candidates {
    fn note(&mut self, stems: Vec<String>, written: &str, in_sentence: bool, once: bool) {
        let first = self.0.len();
        let known = self.0.entry(stems).or_insert_with_key(|stems| Candidate {
            written: as_shown(written, in_sentence),
            in_sentence,
            stems: stems.clone(),
            count: 0,
            first,
            once: false,
        });
        known.count += 1;
        known.once |= once;
        if in_sentence && !known.in_sentence {
            (known.written, known.in_sentence) = (as_shown(written, true), true);
        }
    }

    /// Notes the words of a text and the pairs of those that stand side by side.
    fn words(&mut self, text: &str, words: &[Telling]) {
        let slice = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        for (n, word) in words.iter().enumerate() {
            let in_sentence = !begins_sentence(slice(0, word.start));
            let written = slice(word.start, word.end);
            if written.chars().count() >= LEAST_LETTERS && written.chars().any(char::is_alphabetic) {
                self.note(vec![word.stem.clone()], written, in_sentence, true);
            }
            let Some(next) = words.get(n + 1) else { continue };
            let between = slice(word.end, next.start);
            let close = between.chars().all(|c| c == ' ' || c == '-') && next.stem != word.stem;
            let pair = slice(word.start, next.end);
            if close && pair.chars().filter(|c| c.is_alphabetic()).count() >= 2 * LEAST_LETTERS {
                self.note(vec![word.stem.clone(), next.stem.clone()], pair, in_sentence, false);
            }
        }
    }

    /// Notes a run of a script without spaces, or the parts of a long one.
    fn run(&mut self, run: &str) {
        let ends: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
        let length = ends.len() - 1;
        if (2..=LONGEST_RUN).contains(&length) {
            return self.note(pairs(run), run, true, true);
        }
        for part in (2..=LONGEST_PART).flat_map(|size| ends.windows(size + 1)) {
            if let ([from, .., to], true) = (part, length > LONGEST_RUN) {
                let part = run.get(*from..*to).unwrap_or_default();
                self.note(pairs(part), part, true, false);
            }
        }
    }

    /// Those that occur often enough, without the parts of others that occur as often.
    fn telling(self) -> Vec<Candidate> {
        let often = |candidate: &Candidate| candidate.once || candidate.count >= LEAST_PAIRS;
        let mut telling: Vec<Candidate> = self.0.into_values().filter(often).collect();
        let parts: Vec<(String, u32)> = telling
            .iter()
            .filter(|candidate| candidate.is_dense())
            .map(|part| (part.written.clone(), part.count))
            .collect();
        telling.retain(|candidate| {
            let within = |(other, count): &(String, u32)| {
                *count == candidate.count && other.len() > candidate.written.len() && other.contains(&candidate.written)
            };
            candidate.once || !candidate.is_dense() || !parts.iter().any(within)
        });
        telling
    }
}

impl Candidate {
    fn is_dense(&self) -> bool {
        self.written.chars().all(is_dense)
    }
}

/// The terms of a run, as the index has them.
fn pairs(run: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_word(run, |word| {
        let (Word::Spaced(word) | Word::Dense(word)) = word;
        found.push(word.to_owned());
    });
    found
}

/// Whether what follows `before` begins a sentence or a line.
fn begins_sentence(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '*', '"', '(', '#', '-', '“', '`']);
    before.is_empty() || before.ends_with(['.', '!', '?', ':', '\n', '。', '¿', '¡'])
}

/// On one line; with a small letter where a sentence alone gave it a capital.
fn as_shown(written: &str, in_sentence: bool) -> String {
    let shown = written.trim_matches(['\'', '\u{2019}']);
    let shown = shown
        .strip_suffix("'s")
        .or(shown.strip_suffix("\u{2019}s"))
        .unwrap_or(shown);
    let mut letters = shown.chars();
    match letters.next() {
        Some(first) if !in_sentence && !letters.as_str().chars().any(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => shown.to_owned(),
    }
}

fn choose(candidates: Vec<Candidate>, rarity: impl Fn(&str) -> f64, most: usize) -> Vec<String> {
    let rarity = |stem: &String| rarity(stem) * if english::is_common(stem) { COMMON } else { 1.0 };
    let score = |candidate: &Candidate| {
        let mean = candidate.stems.iter().map(rarity).sum::<f64>() / candidate.stems.len() as f64;
        let pair = if candidate.once { 1.0 } else { PAIR };
        f64::from(candidate.count) * mean * pair
    };
    let mut ranked: Vec<(f64, Candidate)> = candidates.into_iter().map(|c| (score(&c), c)).collect();
    ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(x.first.cmp(&y.first)));
    let (mut chosen, mut within): (Vec<Candidate>, BTreeSet<String>) = Default::default();
    for (_, candidate) in ranked {
        if chosen.len() >= most {
            break;
        }
        match candidate.stems.as_slice() {
            [word] if within.contains(word) => continue,
            [_] => {}
            several => {
                let inside = |known: &Candidate| matches!(known.stems.as_slice(), [word] if several.contains(word));
                chosen.retain(|known| !inside(known));
                within.extend(several.iter().cloned());
            }
        }
        chosen.push(candidate);
    }
    chosen.into_iter().map(|candidate| candidate.written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(texts: &[&str], most: usize) -> Vec<String> {
        topics(texts, |_| 1.0, most)
    }

    #[test]
    fn forms_count_as_one_word_and_are_shown_as_first_written() {
        assert_eq!(
            plain(&["Backups fail. We test the backup.", "Testing BACKUPS weekly"], 2),
            ["backup", "test"],
            "in the middle of a sentence first"
        );
        assert_eq!(
            plain(&["Ask PostgreSQL, not Sqlite."], 3),
            ["PostgreSQL", "Sqlite", "ask"],
            "common words last; a capital that is more than a sentence's stays"
        );
        assert_eq!(plain(&[], 6), Vec::<String>::new());
    }

    #[test]
    fn a_pair_that_comes_again_takes_the_place_of_its_words() {
        let text = "The connection pool leaks. Drain each connection pool, then the pool.";
        assert_eq!(plain(&[text], 2), ["connection pool", "leaks"]);
        let apart = "The connection. Pool leaks; connection, pool.";
        assert!(
            !plain(&[apart], 9).contains(&"connection pool".to_owned()),
            "not across a stop"
        );
    }

    #[test]
    fn rare_words_come_first_and_common_ones_after() {
        let rarity = |stem: &str| if stem == "quorum" { 3.0 } else { 1.0 };
        assert_eq!(
            topics(&["Return replicas, replicas, and a quorum; return."], rarity, 3),
            ["quorum", "replicas", "return"]
        );
    }

    #[test]
    fn other_languages_keep_their_letters() {
        assert_eq!(
            plain(&["Die Fläche der Rechtecke, und die Flächen der Kreise."], 1),
            ["Fläche"]
        );
        assert_eq!(plain(&["Функция для площади, функции для круга"], 1), ["функции"]);
    }

    #[test]
    fn scripts_without_spaces_give_runs_and_parts_that_come_again() {
        assert_eq!(plain(&["長方形の面積を計算する。面積の関数。"], 2), ["面積", "長方形"]);
        assert_eq!(
            plain(&["计算矩形面积的函数需要修改", "请把矩形面积的公式写下来吧"], 1),
            ["矩形面积"]
        );
    }
}
