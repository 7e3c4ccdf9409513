//! What a query comes to in a scope: its terms with their weights, whom and which days it names.

use std::collections::BTreeMap;

use ccc_domain::{
    Timestamp,
    rank::{self, Corpus, DateRange},
};

use crate::{
    fuzzy,
    language::{Language, Votes},
    partition::{Partition, TurnEntry},
    score::Weighted,
    vocabulary::{Term, Vocabulary},
    words::{self, Word, each_word},
};

/// A word of the query with the terms it may be.
struct Asked {
    /// As it was written, folded.
    word: Box<str>,
    stems: Vec<String>,
}

/// A query before it meets a scope.
pub(crate) struct Query {
    asked: Vec<Asked>,
    folded: Vec<Box<str>>,
    dates: Vec<DateRange>,
    agents_in_full: bool,
}

/// A query's term in a scope.
pub(crate) struct Found {
    pub(crate) text: String,
    pub(crate) term: Term,
    /// 1, or less for a term that is only like what was written.
    weight: f64,
    /// What was written.
    pub(crate) word: Box<str>,
}

impl Found {
    /// Whether it is what was written, and not only like it.
    pub(crate) fn weight_is_full(&self) -> bool {
        self.weight >= 1.0
    }
}

impl Query {
    /// Reads `text` for a scope whose turns are in `languages`.
    pub(crate) fn new(text: &str, languages: u16, now: Timestamp) -> Self {
        let (mut folded, mut dense, mut votes) = (Vec::<Box<str>>::new(), Vec::<Box<str>>::new(), Votes::default());
        each_word(text, |word| match word {
            Word::Spaced(word) => {
                votes.add(word);
                folded.push(word.into());
            }
            Word::Dense(pair) => dense.push(pair.into()),
        });
        let languages = languages | votes.language().bit();
        let spoken: Vec<Language> = Language::ALL.into_iter().filter(|l| languages & l.bit() != 0).collect();
        let mut asked: Vec<Asked> = Vec::new();
        for word in &folded {
            if words::stem(word, votes.language()).is_none() {
                continue;
            }
            let mut stems: Vec<String> = spoken.iter().filter_map(|language| words::stem(word, *language)).collect();
            stems.sort_unstable();
            stems.dedup();
            asked.push(Asked {
                word: word.clone(),
                stems,
            });
        }
        asked.extend(dense.into_iter().map(|pair| Asked {
            stems: vec![pair.to_string()],
            word: pair,
        }));
        let plain: Vec<&str> = folded.iter().map(|word| &**word).collect();
        Self {
            asked,
            dates: rank::dates(&plain, now),
            agents_in_full: rank::asks_what_was_answered(&plain),
            folded,
        }
    }

    /// Its terms in a scope, in the alphabet's order, each once. `df` tells how many passages of the scope hold a term.
    pub(crate) fn terms(&self, vocabulary: &Vocabulary, df: &impl Fn(Term) -> u64) -> Vec<Found> {
        let mut found: BTreeMap<String, Found> = BTreeMap::new();
        for asked in &self.asked {
            let mut held = false;
            for stem in &asked.stems {
                let Some(term) = vocabulary.get(stem).filter(|term| df(*term) > 0) else { continue };
                held = true;
                found.insert(stem.clone(), Found {
                    text: stem.clone(),
                    term,
                    weight: 1.0,
                    word: asked.word.clone(),
                });
            }
            if held {
                continue;
            }
            for (text, term, weight) in asked.stems.iter().flat_map(|stem| like(stem, vocabulary, df)) {
                found.entry(text.clone()).or_insert_with(|| Found {
                    text,
                    term,
                    weight,
                    word: asked.word.clone(),
                });
            }
        }
        found.into_values().collect()
    }

    /// The speaker who alone is named, of those in `partitions`, by the folded words of the name.
    pub(crate) fn speaker(&self, partitions: &[&Partition]) -> Option<Vec<Box<str>>> {
        let mut named: Option<&[Box<str>]> = None;
        for speaker in partitions.iter().flat_map(|partition| &partition.speakers) {
            let holds = |word: &Box<str>| {
                self.folded.iter().any(|w| w == word || w.strip_suffix("'s") == Some(word))
            };
            if speaker.words.is_empty() || !speaker.words.iter().all(holds) || named == Some(&speaker.words) {
                continue;
            }
            if named.is_some() {
                return None;
            }
            named = Some(&speaker.words);
        }
        named.map(<[_]>::to_vec)
    }
}

/// What the terms are worth to scoring.
pub(crate) fn weighted(terms: &[Found], corpus: &Corpus, df: &impl Fn(Term) -> u64) -> Vec<Weighted> {
    let worth = |found: &Found| found.weight * corpus.idf(df(found.term));
    terms
        .iter()
        .map(|found| Weighted {
            term: found.term,
            worth: worth(found),
        })
        .collect()
}

/// The two terms most like a stem that no turn of the scope holds: fewest edits, then the most frequent, then by the
/// alphabet.
fn like(stem: &str, vocabulary: &Vocabulary, df: &impl Fn(Term) -> u64) -> Vec<(String, Term, f64)> {
    let Some(most) = fuzzy::most_edits(stem) else { return Vec::new() };
    let mut near: Vec<(usize, u64, &str, Term)> = vocabulary
        .like(stem)
        // A slip seldom meets the first letter; other words that differ in it are many (subject, object).
        .filter(|(_, text)| text.chars().next() == stem.chars().next())
        .filter_map(|(term, text)| {
            let edits = fuzzy::edits(stem, text, most)?;
            let df = df(term);
            (df > 0).then_some((edits, u64::MAX - df, text, term))
        })
        .collect();
    near.sort_unstable();
    near.into_iter()
        .zip(fuzzy::WORTH)
        .map(|((_, _, text, term), worth)| (text.to_owned(), term, worth))
        .collect()
}

/// What weighs the scores of turns beside their words.
pub(crate) struct Priors<'a> {
    query: &'a Query,
    speaker: Option<Vec<Box<str>>>,
}

impl<'a> Priors<'a> {
    pub(crate) fn new(query: &'a Query, partitions: &[&Partition]) -> Self {
        Self {
            query,
            speaker: query.speaker(partitions),
        }
    }

    /// Whether a turn's speaker is the one who is named.
    pub(crate) fn named(&self, partition: &Partition, turn: &TurnEntry) -> bool {
        let speaker = partition.speakers.get(turn.speaker as usize);
        self.speaker.as_ref().is_some_and(|named| speaker.is_some_and(|speaker| speaker.words == *named))
    }

    /// How much more a turn weighs for its day.
    pub(crate) fn dated(&self, turn: &TurnEntry) -> f64 {
        let factors = self.query.dates.iter().map(|range| range.factor(turn.at));
        factors.fold(1.0, f64::max)
    }

    /// The factor of a turn.
    #[inline]
    pub(crate) fn of(&self, partition: &Partition, turn: &TurnEntry) -> f64 {
        let mut factor = 1.0;
        if turn.agent != ccc_domain::Agent::Wykeve && !self.query.agents_in_full {
            factor *= rank::AGENT_PRIOR;
        }
        if self.speaker.is_some() && self.named(partition, turn) {
            factor *= rank::NAMED_SPEAKER;
        }
        if !self.query.dates.is_empty() {
            factor *= self.dated(turn);
        }
        factor
    }
}
