//! Ranking the turns of a scope for a query.

use ccc_domain::{Agent, ConversationId, SessionId, Timestamp, rank};

use crate::{
    Index, explain,
    feedback::{Lender, feedback},
    language::Language,
    narrow::Narrow,
    partition::Partition,
    pass::Passes,
    query::{self, Priors, Query},
    scope::Scope,
    score::{Norm, Weighted},
    vocabulary::Term,
    weigh::{Best, Work},
};

/// What is looked for, and where.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The directive or query.
    pub text: &'a str,
    /// These sessions, of those that have a partition; none means every one that has.
    pub sessions: Option<&'a [SessionId]>,
    /// What "yesterday" counts from.
    pub now: Timestamp,
    /// At most so many turns.
    pub limit: usize,
}

/// A turn that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its session.
    pub session: SessionId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its number there.
    pub number: u32,
    /// Who contributed it.
    pub agent: Agent,
    /// When.
    pub at: Timestamp,
    /// Whether it is complete.
    pub whole: bool,
    /// What its text costs in a prompt.
    pub tokens: u32,
    /// Its score: above 0, comparable within one search.
    pub score: f64,
    /// The words of the query it holds itself, as they were written; a slip of the finger as what it was taken for.
    /// Empty for a turn that its neighbours or words like them brought.
    pub matched: Vec<String>,
    /// Whether its speaker is the one whom the query names.
    pub named: bool,
    /// Whether it is of a day that the query names.
    pub dated: bool,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hits {
    /// The turns, best first; of equal scores the newer first.
    pub turns: Vec<Hit>,
    /// How many turns were looked at.
    pub considered: usize,
}

impl Index {
    /// Ranks the turns of a scope. The same turns give the same hits, in whatever order they were added, stored or
    /// loaded.
    pub fn search(&self, request: &Request<'_>) -> Hits {
        self.find(request, &Narrow::default())
    }

    /// As [`Self::search`], of the turns alone that `narrow` leaves.
    pub fn find(&self, request: &Request<'_>, narrow: &Narrow<'_>) -> Hits {
        let scope = Scope::new(self, request.sessions);
        let languages = scope.partitions.iter().fold(0, |all, (_, p)| all | p.languages);
        let query = Query::new(request.text, languages, request.now);
        let df = |term| scope.df(self, term);
        let mut terms = query.terms(&self.vocabulary, &scope.corpus, &df, &|| scope.few_terms(self));
        terms.extend(narrow.begun(self, &terms, &df));
        let considered = scope.partitions.iter().map(|(_, p)| p.turns.len()).sum();
        if terms.is_empty() || request.limit == 0 {
            return Hits {
                turns: Vec::new(),
                considered,
            };
        }
        let partitions: Vec<&Partition> = scope.partitions.iter().map(|(_, p)| *p).collect();
        let priors = Priors::new(&query, query.speaker(&partitions, &self.vocabulary, &df));
        let work: Vec<Work<'_>> = (0..)
            .zip(&scope.partitions)
            .map(|(n, (session, partition))| Work {
                n,
                session: *session,
                partition,
                most: priors.most(partition.classes),
            })
            .collect();
        let asked: f64 = terms.iter().map(|found| found.weight).sum();
        let passes = Passes {
            index: self,
            work: &work,
            priors: &priors,
            norm: Norm::new(&scope.corpus),
            narrow,
            limit: request.limit,
            asked: &query::weighted(&terms, &scope.corpus, &df),
        };
        let best = passes.run(|best| lent(self, &scope, best, asked, &df));
        Hits {
            turns: explain::hits(&work, &best, &terms, &priors),
            considered,
        }
    }

    /// The terms that a word may become which is `begun`, most frequent first; none for one that is a whole word of what
    /// is here, or nothing but a word's beginning.
    pub fn completions(&self, begun: &str, limit: usize) -> Vec<String> {
        let mut words = Vec::new();
        crate::words::each_word(begun, |word| {
            words.push(match word {
                crate::words::Word::Spaced(word) => word.to_owned(),
                crate::words::Word::Dense(pair) => pair.to_owned(),
            });
        });
        let [word] = words.as_slice() else { return Vec::new() };
        let held = |term: &str| {
            self.vocabulary
                .get(term)
                .is_some_and(|term| self.vocabulary.df(term) > 0)
        };
        let languages = self.languages();
        let spoken = Language::ALL
            .into_iter()
            .filter(|language| languages & language.bit() != 0);
        let mut stems = spoken.filter_map(|language| crate::words::stem(word, language));
        if held(word) || stems.any(|stem| held(&stem)) {
            return Vec::new();
        }
        let mut found = self.complete(word, limit);
        // What was typed may be longer than the stem of what is meant: the text tells whether it is.
        let shorter = (4.max(word.chars().count().saturating_sub(5))..word.chars().count()).rev();
        let cut = |chars: usize| word.char_indices().nth(chars).and_then(|(at, _)| word.get(..at));
        found.extend(shorter.filter_map(cut).find(|stem| held(stem)).map(str::to_owned));
        found
    }

    /// The terms that begin with what `prefix` folds to, by how many passages hold them, most first.
    pub fn complete(&self, prefix: &str, limit: usize) -> Vec<String> {
        let prefix = crate::words::folded(prefix.trim());
        let mut found: Vec<(u64, &str)> = self
            .vocabulary
            .beginning_with(&prefix)
            .map(|(term, text)| (self.vocabulary.df(term), text))
            .filter(|(df, _)| *df > 0)
            .collect();
        found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        found.into_iter().take(limit).map(|(_, text)| text.to_owned()).collect()
    }
}

/// The terms that the best passages lend.
fn lent(index: &Index, scope: &Scope<'_>, best: Best<'_>, asked: f64, df: &impl Fn(Term) -> u64) -> Vec<Weighted> {
    let sum: f64 = best.0.iter().map(|(score, _)| score).sum();
    let lenders: Vec<Lender<'_>> = best
        .0
        .iter()
        .map(|(score, place)| Lender {
            partition: place.partition,
            passage: place.passage,
            share: score / sum,
        })
        .collect();
    let weight = rank::FEEDBACK_WEIGHT * asked;
    feedback(&lenders, &scope.corpus, &index.vocabulary, df)
        .into_iter()
        .map(|lent| Weighted {
            term: lent.term,
            worth: weight * lent.share * scope.corpus.idf(df(lent.term)),
        })
        .collect()
}
