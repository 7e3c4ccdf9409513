//! Scores of passages: a term's postings spread over their neighbours, and BM25 of what comes together.

use ccc_domain::rank::{self, Corpus, Lent};

use crate::{
    partition::{NONE, Partition, TALK},
    postings::Posting,
    vocabulary::{Term, Vocabulary},
};

/// A term of the query and what it is worth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weighted {
    pub(crate) term: Term,
    /// Its weight times its rarity.
    pub(crate) worth: f64,
}

/// The scores of a partition's passages, before priors.
pub(crate) struct Scores(pub(crate) Vec<f64>);

/// Virtual frequencies of one term, and where they are not 0.
#[derive(Default)]
pub(crate) struct Scratch {
    frequency: Vec<f64>,
    touched: Vec<u32>,
    places: Vec<u32>,
}

impl Scratch {
    #[inline]
    fn add(&mut self, passage: u32, value: f64) {
        let Some(cell) = self.frequency.get_mut(passage as usize) else {
            return;
        };
        if *cell == 0.0 {
            self.touched.push(passage);
        }
        *cell += value;
    }
}

impl Scores {
    /// Nothing found yet.
    pub(crate) fn new(partition: &Partition) -> Self {
        Self(vec![0.0; partition.passages.len()])
    }

    /// Adds what `terms` are worth, in their order: sums in another order would differ in their last bits.
    pub(crate) fn add(&mut self, partition: &Partition, terms: &[Weighted], corpus: &Corpus, scratch: &mut Scratch) {
        let norm = Norm::new(corpus);
        scratch
            .frequency
            .resize(partition.passages.len().max(scratch.frequency.len()), 0.0);
        let mut places = std::mem::take(&mut scratch.places);
        partition.places(terms.iter().map(|weighted| weighted.term), &mut places);
        for (nth, weighted) in terms.iter().enumerate() {
            partition.each_at(&places, nth, weighted.term, |posting| {
                spread(partition, &posting, |passage, value| scratch.add(passage, value));
            });
            for passage in scratch.touched.drain(..) {
                let at = passage as usize;
                let frequency = std::mem::take(&mut scratch.frequency[at]);
                let norm = norm.of(partition.passages[at].length_tenths);
                self.0[at] += weighted.worth * rank::saturate(frequency, norm);
            }
        }
        scratch.places = places;
    }
}

/// [`Corpus::norm`] with its constant parts taken once.
struct Norm {
    base: f64,
    each: f64,
}

impl Norm {
    fn new(corpus: &Corpus) -> Self {
        let base = corpus.norm(0);
        Self {
            base,
            each: (corpus.norm(10) - base) / 10.0,
        }
    }

    #[inline]
    fn of(&self, length_tenths: u32) -> f64 {
        self.base + self.each * f64::from(length_tenths)
    }
}

/// Hands over what a posting adds to its passage and to its neighbours.
#[inline]
fn spread(partition: &Partition, posting: &Posting, mut add: impl FnMut(u32, f64)) {
    let own = f64::from(posting.text)
        + rank::NAME_WEIGHT * f64::from(posting.name)
        + rank::DATE_WEIGHT * f64::from(posting.date);
    add(posting.passage, own);
    if posting.text == 0 {
        return;
    }
    let Some(passage) = partition.passages.get(posting.passage as usize) else {
        return;
    };
    let lent = rank::damping(passage.words) * f64::from(posting.text);
    add(passage.before, rank::AFTER * lent);
    let after = partition.at(passage.after);
    if let Some(after) = after {
        add(passage.after, rank::BEFORE * lent);
        add(after.after, rank::TWO_BEFORE * lent);
    }
    if passage.marks & TALK != 0 {
        if let Some(two_after) = after.and_then(|after| partition.at(after.after)) {
            add(two_after.after, rank::THREE_BEFORE * lent);
        }
        if let Some(before) = partition.at(passage.before) {
            add(before.before, rank::TWO_AFTER * lent);
        }
    }
}

/// A passage that lends terms.
pub(crate) struct Lender<'a> {
    pub(crate) partition: &'a Partition,
    pub(crate) passage: u32,
    /// Its share of the lenders' scores.
    pub(crate) share: f64,
}

/// The terms the best passages lend, in the alphabet's order. `df` tells how many passages of the scope hold a term.
pub(crate) fn feedback(
    lenders: &[Lender<'_>],
    corpus: &Corpus,
    vocabulary: &Vocabulary,
    df: impl Fn(Term) -> u64,
) -> Vec<Lent<Term>> {
    let norm = Norm::new(corpus);
    let mut values: Vec<(Term, f64)> = Vec::new();
    let mut near: Vec<Near<'_>> = Vec::new();
    for lender in lenders {
        let Some(passage) = lender.partition.passages.get(lender.passage as usize) else {
            continue;
        };
        if !near.iter().any(|near| std::ptr::eq(near.partition, lender.partition)) {
            near.push(Near::new(lender.partition, lenders));
        }
        let norm = norm.of(passage.length_tenths);
        for near in near
            .iter()
            .filter(|near| std::ptr::eq(near.partition, lender.partition))
        {
            for (term, frequency) in near.frequencies(lender.passage) {
                values.push((term, lender.share * rank::saturate(frequency, norm)));
            }
        }
    }
    // By term; of one term in the order of the lenders, because the sort is stable.
    values.sort_by_key(|(term, _)| *term);
    let mut gathered: Vec<(Term, f64)> = values
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|group| {
            let (term, _) = group.first()?;
            let sum: f64 = group.iter().map(|(_, value)| value).sum();
            Some((*term, corpus.idf(df(*term)) * sum))
        })
        .collect();
    // What cannot be lent needs no place in the alphabet.
    let mut values: Vec<f64> = gathered.iter().map(|(_, value)| *value).collect();
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    let least = values.get(rank::FEEDBACK_TERMS - 1).copied().unwrap_or(0.0);
    gathered.retain(|(_, value)| *value >= least);
    gathered.sort_unstable_by_key(|(term, _)| vocabulary.text(*term));
    rank::expansion(gathered)
}

/// What stands in and around the lenders of one partition: their segments are walked once for all of them.
struct Near<'a> {
    partition: &'a Partition,
    postings: Vec<(Term, Posting)>,
}

impl<'a> Near<'a> {
    fn new(partition: &'a Partition, lenders: &[Lender<'_>]) -> Self {
        let own = lenders
            .iter()
            .filter(|lender| std::ptr::eq(lender.partition, partition));
        let mut wanted: Vec<u32> = own.flat_map(|lender| around(partition, lender.passage)).collect();
        wanted.retain(|passage| *passage != NONE);
        wanted.sort_unstable();
        wanted.dedup();
        let mut postings = Vec::new();
        partition.postings_of(&wanted, |term, posting| postings.push((term, posting)));
        Self { partition, postings }
    }

    /// The virtual frequencies of a passage's terms.
    fn frequencies(&self, passage: u32) -> Vec<(Term, f64)> {
        let around = around(self.partition, passage);
        let mut parts: Vec<(Term, u32, f64)> = Vec::new();
        for (term, posting) in self.postings.iter().filter(|(_, p)| around.contains(&p.passage)) {
            spread(self.partition, posting, |to, value| {
                if to == passage {
                    parts.push((*term, posting.passage, value));
                }
            });
        }
        // Of one term in the order of the conversation, as scoring adds them.
        let place = |from: u32| around.iter().position(|other| *other == from);
        parts.sort_unstable_by_key(|(term, from, _)| (*term, place(*from)));
        parts
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|group| Some((group.first()?.0, group.iter().map(|(_, _, value)| value).sum())))
            .collect()
    }
}

/// The passages that lend to one, and itself, in the order of the conversation.
fn around(partition: &Partition, passage: u32) -> [u32; 6] {
    let before = |passage: u32| partition.at(passage).map_or(NONE, |p| p.before);
    let after = |passage: u32| partition.at(passage).map_or(NONE, |p| p.after);
    [
        before(before(before(passage))),
        before(before(passage)),
        before(passage),
        passage,
        after(passage),
        after(after(passage)),
    ]
}
