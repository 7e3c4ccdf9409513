//! The partitions that are searched, and what their passages come to together.

use ccc_domain::{SessionId, rank::Corpus};

use crate::{Index, partition::Partition, vocabulary::Term};

/// The partitions that are searched.
pub(crate) struct Scope<'a> {
    pub(crate) partitions: Vec<(SessionId, &'a Partition)>,
    pub(crate) corpus: Corpus,
    /// Every partition there is: the vocabulary has the counts.
    all: bool,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(index: &'a Index, sessions: Option<&[SessionId]>) -> Self {
        let partitions: Vec<(SessionId, &Partition)> = match sessions {
            None => index.partitions.iter().map(|(id, p)| (*id, p)).collect(),
            Some(ids) => {
                let mut ids = ids.to_vec();
                ids.sort_unstable();
                index.chosen(&ids)
            }
        };
        let corpus = partitions.iter().fold(Corpus::default(), |sum, (_, p)| Corpus {
            passages: sum.passages + p.passages.len() as u64,
            length_tenths: sum.length_tenths + p.length_tenths,
        });
        let all = partitions.len() == index.partitions.len();
        Self {
            partitions,
            corpus,
            all,
        }
    }

    /// The scope's terms, each once, where they are fewer than the vocabulary's.
    pub(crate) fn few_terms(&self, index: &Index) -> Option<Vec<Term>> {
        let count: usize = self.partitions.iter().map(|(_, partition)| partition.distinct()).sum();
        (!self.all && count < index.vocabulary.len()).then(|| {
            let mut terms: Vec<Term> = self.partitions.iter().flat_map(|(_, p)| p.terms()).collect();
            if !matches!(self.partitions.as_slice(), [(_, only)] if only.has_terms_once()) {
                terms.sort_unstable();
                terms.dedup();
            }
            terms
        })
    }

    pub(crate) fn df(&self, index: &Index, term: Term) -> u64 {
        if self.all {
            return index.vocabulary.df(term);
        }
        self.partitions.iter().map(|(_, partition)| partition.df(term)).sum()
    }
}
