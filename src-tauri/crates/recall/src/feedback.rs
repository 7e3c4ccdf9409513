//! The terms that the best passages lend for a second pass.

use std::collections::HashMap;

use ccc_domain::rank::{self, Corpus, Lent};
use foldhash::fast::RandomState;

use crate::{
    partition::Partition,
    score::{Norm, around, own},
    vocabulary::{Term, Vocabulary},
};

/// A passage that lends terms.
pub(crate) struct Lender<'a> {
    pub(crate) partition: &'a Partition,
    pub(crate) passage: u32,
    /// Its share of the lenders' scores.
    pub(crate) share: f64,
}

/// How many terms stand in and around the lenders, about.
const MET: usize = 1_024;

/// A term that stands in or around a lender.
struct Met {
    term: Term,
    /// Its virtual frequency in the lender that is looked at.
    frequency: f64,
    /// What it comes to in all lenders before its rarity.
    value: f64,
}

/// The terms the best passages lend, in the alphabet's order. `df` tells how many passages of the scope hold a term.
pub(crate) fn feedback(
    lenders: &[Lender<'_>],
    corpus: &Corpus,
    vocabulary: &Vocabulary,
    df: impl Fn(Term) -> u64,
) -> Vec<Lent<Term>> {
    let mut gathered = most(met(lenders, &Norm::new(corpus)), corpus, df);
    gathered.sort_unstable_by_key(|(term, _)| vocabulary.text(*term));
    rank::expansion(gathered)
}

fn met(lenders: &[Lender<'_>], norm: &Norm) -> Vec<Met> {
    let mut met: Vec<Met> = Vec::with_capacity(MET);
    let mut places: HashMap<Term, usize, RandomState> = HashMap::with_capacity_and_hasher(MET, RandomState::default());
    let mut touched: Vec<usize> = Vec::new();
    for lender in lenders {
        let Some(passage) = lender.partition.at(lender.passage) else {
            continue;
        };
        // In the order of the conversation, as scoring adds them.
        for (from, weight) in around(lender.partition, lender.passage) {
            let damping = lender.partition.at(from).map_or(0.0, |from| rank::damping(from.words));
            lender.partition.each_term_of(from, |term, posting| {
                let frequency = match weight {
                    Some(weight) => weight * (damping * f64::from(posting.text)),
                    None => own(&posting),
                };
                if frequency == 0.0 {
                    return;
                }
                let at = *places.entry(term).or_insert_with(|| {
                    met.push(Met {
                        term,
                        frequency: 0.0,
                        value: 0.0,
                    });
                    met.len() - 1
                });
                if met[at].frequency == 0.0 {
                    touched.push(at);
                }
                met[at].frequency += frequency;
            });
        }
        let norm = norm.of(passage.length_tenths);
        for at in touched.drain(..) {
            let frequency = std::mem::take(&mut met[at].frequency);
            met[at].value += lender.share * rank::saturate(frequency, norm);
        }
    }
    met
}

/// Those that may be lent, with what they are worth. How frequent a term is, is asked only where the rarest there can be
/// would be lent for it.
fn most(mut met: Vec<Met>, corpus: &Corpus, df: impl Fn(Term) -> u64) -> Vec<(Term, f64)> {
    let (rarest, mut gathered, mut least) = (corpus.idf(1), Vec::new(), 0.0);
    let first = (4 * rank::FEEDBACK_TERMS).min(met.len());
    if first < met.len() {
        met.select_nth_unstable_by(first, |a, b| b.value.total_cmp(&a.value));
    }
    let (first, rest) = met.split_at(first);
    for part in [first, rest] {
        let may_be = part.iter().filter(|met| met.value * rarest >= least);
        gathered.extend(may_be.map(|met| (met.term, corpus.idf(df(met.term)) * met.value)));
        let mut values: Vec<f64> = gathered.iter().map(|(_, value)| *value).collect();
        values.sort_unstable_by(|a, b| b.total_cmp(a));
        least = values.get(rank::FEEDBACK_TERMS - 1).copied().unwrap_or(0.0);
        gathered.retain(|(_, value)| *value >= least);
    }
    gathered
}
