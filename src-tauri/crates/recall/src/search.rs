//! Ranking the turns of a scope for a query.

use std::{cmp::Ordering, collections::BinaryHeap, num::NonZero, thread};

use ccc_domain::{
    Agent, ConversationId, SessionId, Timestamp,
    rank::{self, Corpus},
};

use crate::{
    Index,
    partition::{Partition, TurnEntry},
    query::{self, Found, Priors, Query},
    score::{Lender, Scores, Scratch, Weighted, feedback},
    vocabulary::Term,
};
use crate::{language::Language, narrow::Narrow};

/// Fewer passages are scored faster by one thread than it takes to start another.
const PASSAGES_A_THREAD: usize = 20_000;

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
        let most = priors.most();
        let mut work: Vec<Work<'_>> = (0..)
            .zip(&scope.partitions)
            .map(|(n, (id, partition))| Work::new(n, *id, partition))
            .collect();
        let base = query::weighted(&terms, &scope.corpus, &df);
        let gathered = each(&mut work, |work, gathered| {
            work.add(&base, &scope.corpus, &mut gathered.scratch);
            work.take_lenders(&priors, most, &mut gathered.lenders);
        });
        let asked = terms.iter().map(|found| found.weight).sum();
        let lent = lent(self, &scope, gathered, asked, &df);
        let gathered = each(&mut work, |work, gathered| {
            work.add(&lent, &scope.corpus, &mut gathered.scratch);
            work.take_best(&priors, most, request.limit, narrow, self, &mut gathered.best);
        });
        let mut best: Vec<Best> = gathered.into_iter().flat_map(|gathered| gathered.best).collect();
        best.sort_unstable();
        best.truncate(request.limit);
        let turns = explain(&work, &best, &terms, &priors);
        Hits { turns, considered }
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

/// The partitions that are searched.
pub(crate) struct Scope<'a> {
    partitions: Vec<(SessionId, &'a Partition)>,
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
    fn few_terms(&self, index: &Index) -> Option<Vec<Term>> {
        let count: usize = self.partitions.iter().map(|(_, partition)| partition.distinct()).sum();
        (!self.all && count < index.vocabulary.len()).then(|| {
            let mut terms: Vec<Term> = self.partitions.iter().flat_map(|(_, p)| p.terms()).collect();
            terms.sort_unstable();
            terms.dedup();
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

/// The terms that the best passages lend.
fn lent(
    index: &Index,
    scope: &Scope<'_>,
    gathered: Vec<Gathered<'_>>,
    asked: f64,
    df: &impl Fn(Term) -> u64,
) -> Vec<Weighted> {
    let mut best: Vec<(f64, Place<'_>)> = gathered.into_iter().flat_map(|gathered| gathered.lenders).collect();
    best.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    best.truncate(rank::FEEDBACK_PASSAGES);
    let sum: f64 = best.iter().map(|(score, _)| score).sum();
    let lenders: Vec<Lender<'_>> = best
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

/// What a thread gathers from its partitions.
#[derive(Default)]
struct Gathered<'a> {
    scratch: Scratch,
    /// The best passages after the first pass, best first.
    lenders: Vec<(f64, Place<'a>)>,
    best: BinaryHeap<Best>,
}

/// Where a passage stands, in an order that does not depend on numbers given while loading.
struct Place<'a> {
    session: SessionId,
    partition: &'a Partition,
    passage: u32,
}

impl Place<'_> {
    /// Session, instant, conversation, number, and the passage's place in its turn.
    fn key(&self) -> (SessionId, Timestamp, Option<ConversationId>, u32, u32) {
        let passage = self.partition.passages.get(self.passage as usize);
        let turn = passage.and_then(|passage| self.partition.turns.get(passage.turn as usize));
        let conversation = turn.and_then(|turn| self.partition.conversations.get(turn.conversation as usize));
        (
            self.session,
            turn.map_or(Timestamp::default(), |turn| turn.at),
            conversation.map(|conversation| conversation.id),
            turn.map_or(0, |turn| turn.number),
            self.passage - turn.map_or(0, |turn| turn.first),
        )
    }

    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// A turn among the best of its partition; the best come first in order.
#[derive(Clone, Copy, PartialEq)]
struct Best {
    score: f64,
    at: Timestamp,
    session: SessionId,
    conversation: ConversationId,
    number: u32,
    turn: u32,
    /// Its partition among all that are searched.
    work: u32,
}

impl Eq for Best {}

impl PartialOrd for Best {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Best {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then_with(|| other.at.cmp(&self.at))
            .then_with(|| {
                (self.session, self.conversation, self.number).cmp(&(other.session, other.conversation, other.number))
            })
    }
}

/// One partition's share of a search.
struct Work<'a> {
    /// Its place among all that are searched.
    n: u32,
    session: SessionId,
    partition: &'a Partition,
    scores: Scores,
}

impl<'a> Work<'a> {
    fn new(n: u32, session: SessionId, partition: &'a Partition) -> Self {
        Self {
            n,
            session,
            partition,
            scores: Scores(Vec::new()),
        }
    }

    fn add(&mut self, terms: &[Weighted], corpus: &Corpus, scratch: &mut Scratch) {
        if self.scores.0.is_empty() {
            self.scores = Scores::new(self.partition);
        }
        self.scores.add(self.partition, terms, corpus, scratch);
    }

    /// Puts its passages among the best; no prior is above `most`, so that most need not be weighed.
    fn take_lenders(&self, priors: &Priors<'_>, most: f64, best: &mut Vec<(f64, Place<'a>)>) {
        for (score, passage) in self.scores.0.iter().zip(0..) {
            let is_below = |score: f64| match best.get(rank::FEEDBACK_PASSAGES - 1) {
                Some(least) => least.0 > score,
                None => score <= 0.0,
            };
            if is_below(score * most) {
                continue;
            }
            let Some(turn) = self.turn_of(passage) else { continue };
            let score = score * priors.of(self.partition, turn)(self.marks(passage));
            if is_below(score) {
                continue;
            }
            best.push((score, self.place(passage)));
            best.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            best.truncate(rank::FEEDBACK_PASSAGES);
        }
    }

    fn turn_of(&self, passage: u32) -> Option<&TurnEntry> {
        let passage = self.partition.at(passage)?;
        self.partition.turns.get(passage.turn as usize)
    }

    fn marks(&self, passage: u32) -> u8 {
        self.partition.at(passage).map_or(0, |passage| passage.marks)
    }

    /// The scores of a turn's passages.
    fn scores_of(&self, n: u32, turn: &TurnEntry) -> &[f64] {
        let next = self.partition.turns.get(n as usize + 1);
        let end = next.map_or(self.scores.0.len(), |next| next.first as usize);
        self.scores.0.get(turn.first as usize..end).unwrap_or_default()
    }

    /// A turn's score: that of its best passage.
    fn own_score(&self, n: u32, turn: &TurnEntry, priors: &Priors<'_>) -> f64 {
        let scores = self.scores_of(n, turn);
        if scores.iter().all(|score| *score <= 0.0) {
            return 0.0;
        }
        let prior = priors.of(self.partition, turn);
        let weighed = scores
            .iter()
            .zip(turn.first..)
            .map(|(score, passage)| score * prior(self.marks(passage)));
        weighed.fold(0.0, f64::max)
    }

    /// A turn's score with what its neighbours lend it.
    fn with_neighbours(&self, n: u32, turn: &TurnEntry, priors: &Priors<'_>) -> f64 {
        let entry = |turn: Option<u32>| turn.and_then(|n| self.partition.turns.get(n as usize));
        let of = |turn: Option<u32>| {
            let entry = entry(turn).zip(turn);
            entry.map_or(0.0, |(entry, n)| self.own_score(n, entry, priors))
        };
        let score = self.own_score(n, turn, priors);
        let conversation = self.partition.conversations.get(turn.conversation as usize);
        if conversation.is_some_and(|conversation| conversation.agents) {
            if turn.agent != Agent::Wykeve {
                return score;
            }
            let end = self
                .partition
                .turns
                .get(n as usize + 1)
                .map_or(self.scores.0.len() as u32, |next| next.first);
            let after = self.partition.turn_after(end.saturating_sub(1));
            let answer = entry(after).is_some_and(|after| after.agent != Agent::Wykeve);
            return score + if answer { rank::LIFT * of(after) } else { 0.0 };
        }
        let before = self.partition.turn_before(turn);
        let asked = entry(before).is_some_and(|before| before.asks);
        let score = score + if asked { rank::ANSWER * of(before) } else { 0.0 };
        score * if turn.question { rank::QUESTION } else { 1.0 }
    }

    fn place(&self, passage: u32) -> Place<'a> {
        Place {
            session: self.session,
            partition: self.partition,
            passage,
        }
    }

    /// Puts its turns among the best `limit`. No prior is above `most`: what cannot come among them is not weighed.
    fn take_best(
        &self,
        priors: &Priors<'_>,
        most: f64,
        limit: usize,
        narrow: &Narrow<'_>,
        index: &Index,
        heap: &mut BinaryHeap<Best>,
    ) {
        // A turn has at most this from its neighbour.
        let lift = rank::LIFT.max(rank::ANSWER) * (peak(&self.scores.0) * most);
        let is_below = |heap: &BinaryHeap<Best>, score: f64| match heap.peek() {
            Some(least) if heap.len() == limit => least.score > score,
            _ => false,
        };
        if is_below(heap, peak(&self.scores.0) * most + lift) {
            return;
        }
        let holding = narrow.holding(index, self.partition);
        for (n, turn) in (0..).zip(&self.partition.turns) {
            if is_below(heap, peak(self.scores_of(n, turn)) * most + lift) {
                continue;
            }
            let score = self.with_neighbours(n, turn, priors);
            if score <= 0.0 || is_below(heap, score) || !holding.admits(n) || !narrow.keeps(self.session, turn) {
                continue;
            }
            let Some(conversation) = self.partition.conversations.get(turn.conversation as usize) else {
                continue;
            };
            heap.push(Best {
                score,
                at: turn.at,
                session: self.session,
                conversation: conversation.id,
                number: turn.number,
                turn: n,
                work: self.n,
            });
            if heap.len() > limit {
                heap.pop();
            }
        }
    }
}

/// The largest of these scores.
fn peak(scores: &[f64]) -> f64 {
    scores
        .iter()
        .fold(0.0, |peak, &score| if score > peak { score } else { peak })
}

/// Does `job` for every partition, on several threads where there is enough to do; what each thread gathered.
fn each<'a>(work: &mut [Work<'a>], job: impl Fn(&mut Work<'a>, &mut Gathered<'a>) + Sync) -> Vec<Gathered<'a>> {
    let passages: usize = work.iter().map(|work| work.partition.passages.len()).sum();
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(4);
    let threads = threads.min(passages / PASSAGES_A_THREAD + 1).min(work.len().max(1));
    let run = |part: &mut [Work<'a>]| {
        let mut gathered = Gathered::default();
        part.iter_mut().for_each(|work| job(work, &mut gathered));
        gathered
    };
    if threads <= 1 {
        return vec![run(work)];
    }
    thread::scope(|scope| {
        let (mut rest, mut begun, mut gathered) = (work, Vec::new(), Vec::new());
        for left in (1..=threads).rev() {
            let share: usize = rest.iter().map(|work| work.partition.passages.len()).sum::<usize>() / left;
            let mut taken = 0;
            let count = rest.iter().take_while(|work| {
                let before = taken;
                taken += work.partition.passages.len();
                before < share || left == 1
            });
            let (part, others) = rest.split_at_mut(count.count());
            rest = others;
            if left == 1 {
                gathered.push(run(part));
            } else {
                begun.push(scope.spawn(move || run(part)));
            }
        }
        for thread in begun {
            match thread.join() {
                Ok(part) => gathered.push(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        gathered
    })
}

/// The hits of the best turns, with the words that each holds.
fn explain(work: &[Work<'_>], best: &[Best], terms: &[Found], priors: &Priors<'_>) -> Vec<Hit> {
    let mut matched: Vec<Vec<String>> = vec![Vec::new(); best.len()];
    let mut by_partition: Vec<(usize, &Best)> = best.iter().enumerate().collect();
    by_partition.sort_by_key(|(_, best)| best.work);
    for chosen in by_partition.chunk_by(|a, b| a.1.work == b.1.work) {
        let Some(work) = chosen.first().and_then(|(_, best)| work.get(best.work as usize)) else {
            continue;
        };
        for (at, words) in matches(work.partition, chosen, terms) {
            matched[at] = words;
        }
    }
    let hit = |(best, matched): (&Best, Vec<String>)| {
        let work = work.get(best.work as usize)?;
        let turn = work.partition.turns.get(best.turn as usize)?;
        Some(Hit {
            session: best.session,
            conversation: best.conversation,
            number: best.number,
            agent: turn.agent,
            at: best.at,
            whole: turn.whole,
            tokens: turn.tokens,
            score: best.score,
            matched,
            named: priors.named(work.partition, turn),
            dated: priors.dated(turn) > 1.0,
        })
    };
    best.iter().zip(matched).filter_map(hit).collect()
}

fn matches<'a>(
    partition: &'a Partition,
    chosen: &'a [(usize, &'a Best)],
    terms: &'a [Found],
) -> impl Iterator<Item = (usize, Vec<String>)> + 'a {
    let mut found: Vec<Vec<String>> = vec![Vec::new(); chosen.len()];
    let mut passages: Vec<u32> = Vec::new();
    for (_, best) in chosen {
        let turn = |n: u32| partition.turns.get(n as usize);
        let end = turn(best.turn + 1).map_or(partition.passages.len() as u32, |next| next.first);
        passages.extend(turn(best.turn).map_or(end, |turn| turn.first)..end);
    }
    passages.sort_unstable();
    for term in terms {
        let Some(word) = term.word.as_deref() else { continue };
        partition.each_posting_in(&passages, term.term, |posting| {
            let turn = partition
                .passages
                .get(posting.passage as usize)
                .map_or(u32::MAX, |p| p.turn);
            let Some(at) = chosen.iter().position(|(_, best)| best.turn == turn) else {
                return;
            };
            if posting.text > 0 && !found[at].iter().any(|known| known == word) {
                found[at].push(word.to_owned());
            }
        });
    }
    chosen.iter().map(|(at, _)| *at).zip(found)
}
