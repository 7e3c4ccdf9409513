//! What a query comes to in a scope: its terms with their weights, whom and which days it names.

use std::collections::{BTreeMap, HashSet};

use ccc_domain::{
    Timestamp,
    rank::{self, Corpus, Cues, DateRange},
};
use foldhash::fast::RandomState;

use crate::{
    english,
    entries::{CLASSES, Passage, TurnEntry, of_class},
    fuzzy,
    language::{Language, Votes},
    partition::Partition,
    score::Weighted,
    slip::{self, Meant},
    vocabulary::{Term, Vocabulary},
    words::{self, Word, each_word},
};

/// Of so many words that no turn holds it is asked what may have been meant: each costs up to a millisecond, and in a long
/// text one slip weighs little.
const MOST_SLIPS: usize = 12;

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
    cues: Cues,
    english: bool,
    spoken: Vec<Language>,
}

/// A query's term in a scope.
pub(crate) struct Found {
    pub(crate) term: Term,
    /// 1, or less for a term that is only like what was written.
    pub(crate) weight: f64,
    /// What a person is told that it matches; none for a term that only means about the same.
    pub(crate) word: Option<Box<str>>,
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
        let language = votes.language();
        let english = language == Language::English;
        let about_talk = |word: &str| english && english::ABOUT_TALK.contains(&word.strip_suffix("'s").unwrap_or(word));
        let telling: Vec<&Box<str>> = folded
            .iter()
            .filter(|word| words::stem(word, language).is_some())
            .collect();
        let about_matter: Vec<&Box<str>> = telling.iter().copied().filter(|word| !about_talk(word)).collect();
        // A question about nothing but talk is asked by those words.
        for word in if about_matter.is_empty() && dense.is_empty() {
            telling
        } else {
            about_matter
        } {
            let mut stems: Vec<String> = spoken
                .iter()
                .filter_map(|language| words::stem(word, *language))
                .collect();
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
            cues: Cues::of(&plain),
            english,
            spoken,
            folded,
        }
    }

    /// Its terms in a scope, in the alphabet's order, each once. `df` tells how many passages of the scope hold a term.
    /// `among` gives the terms of a scope that is so small that walking its terms is quicker than the vocabulary.
    pub(crate) fn terms(
        &self,
        vocabulary: &Vocabulary,
        corpus: &Corpus,
        df: &impl Fn(Term) -> u64,
        among: &impl Fn() -> Option<Vec<Term>>,
    ) -> Vec<Found> {
        let mut found: BTreeMap<String, Found> = BTreeMap::new();
        let held = |stem: &str| vocabulary.get(stem).filter(|term| df(*term) > 0);
        let mut offer = |text: &str, term: Term, weight: f64, word: Option<&str>| {
            let known = found.entry(text.to_owned()).or_insert_with(|| Found {
                term,
                weight: 0.0,
                word: None,
            });
            if weight > known.weight {
                known.weight = weight;
                known.word = word.map(Into::into);
            }
        };
        let mut mended = 0;
        for asked in &self.asked {
            let here: Vec<(&String, Term)> = asked.stems.iter().filter_map(|s| Some((s, held(s)?))).collect();
            for (stem, term) in &here {
                offer(stem, *term, 1.0, Some(&asked.word));
            }
            let slipped = here.is_empty() && !asked.stems.iter().any(|stem| english::is_common(stem));
            let meant = if slipped && mended < MOST_SLIPS {
                mended += 1;
                self.meant(asked, vocabulary, df, among)
            } else {
                Meant::default()
            };
            for (likely, worth) in meant.likely.iter().zip(fuzzy::WORTH) {
                offer(&likely.stem, likely.term, worth, Some(&likely.word));
            }
            let stems = asked.stems.iter().chain(&meant.stem);
            for stem in stems.filter(|_| self.english) {
                let own = held(stem).map(|term| corpus.idf(df(term)));
                for other in english::like(stem) {
                    let Some(term) = held(other) else { continue };
                    // A frequent word must not be found by many rare ones that mean about the same.
                    let rarity = own.map_or(1.0, |own| (own / corpus.idf(df(term))).min(1.0));
                    offer(other, term, rank::LIKE_WEIGHT * rarity, None);
                }
            }
        }
        found.into_values().collect()
    }

    /// What may have been meant by a word that no turn holds: with one slip in it, or by a term that is like it.
    fn meant(
        &self,
        asked: &Asked,
        vocabulary: &Vocabulary,
        df: &impl Fn(Term) -> u64,
        among: &impl Fn() -> Option<Vec<Term>>,
    ) -> Meant {
        let held = |stem: &str| {
            let term = vocabulary.get(stem)?;
            Some((term, df(term))).filter(|(_, df)| *df > 0)
        };
        slip::meant(&asked.word, &self.spoken, self.english, &held).unwrap_or_else(|| {
            let like = |stem: &String| slip::like(stem, vocabulary, df, among);
            Meant::of(asked.stems.iter().flat_map(like).collect())
        })
    }

    /// The speaker who alone is named, of those in `partitions`, by the folded words of the name.
    pub(crate) fn speaker(
        &self,
        partitions: &[&Partition],
        vocabulary: &Vocabulary,
        df: &impl Fn(Term) -> u64,
    ) -> Option<Vec<Box<str>>> {
        let holds = |word: &str| {
            self.folded
                .iter()
                .any(|w| **w == *word || w.strip_suffix("'s") == Some(word))
        };
        let slipped: Vec<&Box<str>> = self
            .asked
            .iter()
            .filter(|asked| self.may_be_slip(asked, vocabulary, df))
            .map(|asked| &asked.word)
            .collect();
        let near = |name: &[Box<str>]| match name {
            [name] if name.chars().count() >= 4 => slipped
                .iter()
                .any(|word| fuzzy::edits(word.strip_suffix("'s").unwrap_or(word), name, 1).is_some()),
            _ => false,
        };
        let mut named: Option<&[Box<str>]> = None;
        // Most sessions have the same speakers, and asking once is enough.
        let mut known: HashSet<u64, RandomState> = HashSet::default();
        let mut last = None;
        let new = partitions.iter().filter(|partition| {
            last.replace(partition.voices) != Some(partition.voices) && known.insert(partition.voices)
        });
        for speaker in new.flat_map(|partition| &partition.speakers) {
            let words = &speaker.words;
            if words.is_empty() || !(words.iter().all(|word| holds(word)) || near(words)) || named == Some(words) {
                continue;
            }
            if named.is_some() {
                return None;
            }
            named = Some(words);
        }
        named.map(<[_]>::to_vec)
    }

    fn may_be_slip(&self, asked: &Asked, vocabulary: &Vocabulary, df: &impl Fn(Term) -> u64) -> bool {
        let known = |stem: &String| vocabulary.get(stem).is_some_and(|term| df(term) > 0) || english::is_common(stem);
        !asked.stems.iter().any(known)
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

/// What weighs the scores of passages beside their words.
pub(crate) struct Priors<'a> {
    query: &'a Query,
    speaker: Option<Vec<Box<str>>>,
    /// The factors of each class of passages, of another speaker's turn than the one who is named.
    factors: [f64; CLASSES as usize],
}

impl<'a> Priors<'a> {
    pub(crate) fn new(query: &'a Query, speaker: Option<Vec<Box<str>>>) -> Self {
        let factor = |class: usize| {
            let (marks, by_agent) = of_class(class as u8);
            query.cues.factor(marks, by_agent, false)
        };
        Self {
            query,
            speaker,
            factors: std::array::from_fn(factor),
        }
    }

    /// Whether a turn's speaker is the one who is named.
    pub(crate) fn named(&self, partition: &Partition, turn: &TurnEntry) -> bool {
        let speaker = partition.speakers.get(turn.speaker as usize);
        self.speaker
            .as_ref()
            .is_some_and(|named| speaker.is_some_and(|speaker| speaker.words == *named))
    }

    /// How much more a turn weighs for its day.
    pub(crate) fn dated(&self, turn: &TurnEntry) -> f64 {
        let factors = self.query.dates.iter().map(|range| range.factor(turn.at));
        factors.fold(1.0, f64::max)
    }

    /// The most that a passage of these classes weighs; see [`Partition::classes`].
    pub(crate) fn most(&self, classes: u64) -> f64 {
        let dated = if self.query.dates.is_empty() {
            1.0
        } else {
            DateRange::MOST
        };
        let named = self.speaker.is_some();
        let without_lowest = |classes: &u64| Some(classes & (classes - 1)).filter(|left| *left != 0);
        let held = std::iter::successors(Some(classes).filter(|classes| *classes != 0), without_lowest);
        let factors = held.map(|classes| {
            let (marks, by_agent) = of_class(classes.trailing_zeros() as u8);
            self.query.cues.factor(marks, by_agent, named)
        });
        dated * factors.fold(0.0, f64::max)
    }

    /// As [`Self::of`], where a passage's class says all.
    #[inline]
    pub(crate) fn of_class(&self, class: u8) -> Option<f64> {
        let all = self.speaker.is_none() && self.query.dates.is_empty();
        all.then(|| self.factors.get(usize::from(class)).copied().unwrap_or(0.0))
    }

    /// What a passage is worth beside its words.
    #[inline]
    pub(crate) fn of(&self, partition: &Partition, passage: &Passage) -> f64 {
        if let Some(factor) = self.of_class(passage.class()) {
            return factor;
        }
        let Some(turn) = partition.turns.get(passage.turn as usize) else {
            return 0.0;
        };
        let (marks, by_agent) = of_class(passage.class());
        let named = self.speaker.is_some() && self.named(partition, turn);
        self.dated(turn) * self.query.cues.factor(marks, by_agent, named)
    }
}
