//! The terms that the best passages lend for a second pass.

use ccc_domain::rank::{self, Corpus, Lent};

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

/// Each term that was met once, and where it is: a table of its own, as a map of the library takes several times longer.
struct Table {
    met: Vec<Met>,
    /// Places in `met`, each where its term's hash or another before it led; [`NO_PLACE`] between them.
    places: Vec<u32>,
}

const NO_PLACE: u32 = u32::MAX;
/// As many terms as stand in and around the lenders, about; at most half of the places are taken.
const MET: usize = 2_048;

impl Table {
    fn new() -> Self {
        Self {
            met: Vec::with_capacity(MET),
            places: vec![NO_PLACE; 2 * MET],
        }
    }

    /// The entry of a term, made now where it is new.
    #[inline]
    fn entry(&mut self, term: Term) -> (usize, &mut Met) {
        if 2 * self.met.len() >= self.places.len() {
            self.grow();
        }
        let slot = self.slot(term);
        let at = match self.places.get_mut(slot) {
            Some(place) if *place == NO_PLACE => {
                *place = self.met.len() as u32;
                self.met.push(Met {
                    term,
                    frequency: 0.0,
                    value: 0.0,
                });
                self.met.len() - 1
            }
            place => place.map_or(0, |place| *place as usize),
        };
        (at, &mut self.met[at])
    }

    /// The slot of a term, or the free one that is for it.
    #[inline]
    fn slot(&self, term: Term) -> usize {
        let among = self.places.len() - 1;
        // Fibonacci hashing, the high half of which is spread best.
        let mut slot = (u64::from(term).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & among;
        let is_other = |place: u32| self.met.get(place as usize).is_some_and(|met| met.term != term);
        while self.places.get(slot).is_some_and(|place| is_other(*place)) {
            slot = (slot + 1) & among;
        }
        slot
    }

    fn grow(&mut self) {
        self.places = vec![NO_PLACE; 2 * self.places.len()];
        for at in 0..self.met.len() {
            let slot = self.slot(self.met[at].term);
            self.places[slot] = at as u32;
        }
    }
}

fn met(lenders: &[Lender<'_>], norm: &Norm) -> Vec<Met> {
    let mut table = Table::new();
    let (mut touched, mut terms) = (Vec::new(), Vec::new());
    for lender in lenders {
        let Some(passage) = lender.partition.at(lender.passage) else {
            continue;
        };
        // In the order of the conversation, as scoring adds them.
        for (from, weight) in around(lender.partition, lender.passage) {
            let damping = lender.partition.at(from).map_or(0.0, |from| rank::damping(from.words));
            terms.clear();
            lender.partition.terms_of(from, &mut terms);
            for (term, posting) in &terms {
                let frequency = match weight {
                    Some(weight) => weight * (damping * f64::from(posting.text)),
                    None => own(posting),
                };
                if frequency == 0.0 {
                    continue;
                }
                let (at, met) = table.entry(*term);
                if met.frequency == 0.0 {
                    touched.push(at);
                }
                met.frequency += frequency;
            }
        }
        let norm = norm.of(passage.length_tenths);
        for at in touched.drain(..) {
            let frequency = std::mem::take(&mut table.met[at].frequency);
            table.met[at].value += lender.share * rank::saturate(frequency, norm);
        }
    }
    table.met
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_has_one_entry_of_its_own_however_many_there_are() {
        let mut table = Table::new();
        let terms: Vec<Term> = (0..10_000).map(|n| n * n % 7_919 * 4_096).collect();
        for term in &terms {
            table.entry(*term).1.value += 1.0;
        }
        let mut expected = std::collections::BTreeMap::new();
        terms
            .iter()
            .for_each(|term| *expected.entry(*term).or_insert(0.0) += 1.0);
        let met = table.met.iter().map(|met| (met.term, met.value));
        assert_eq!((table.met.len(), met.collect()), (expected.len(), expected));
    }
}
