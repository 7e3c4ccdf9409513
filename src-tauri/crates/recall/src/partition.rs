//! One session's turns as passages with their postings.
//!
//! New passages gather in a tail of plain lists; every [`TAIL_PASSAGES`] it is joined to the last segment, or becomes the
//! next one. Passages are numbered in the order they came, which need not be the order of a rebuild: conversations may
//! alternate. So neighbours are found by their links within a conversation, and nothing that is told outside depends on
//! the numbers.

use std::{collections::HashMap, hash::BuildHasher, ops::Range, sync::OnceLock};

use ccc_domain::{Agent, ConversationId, Timestamp, rank};
use foldhash::{fast::RandomState, quality::FixedState};

use crate::{
    cells::Cells,
    entries::{BY_AGENT, Conversation, MARKS, NONE, Passage, Speaker, TALK, TurnEntry},
    postings::{self, Posting},
    segment::{Place, SEGMENT_PASSAGES, Segment},
    text::Text,
    vocabulary::{Term, Vocabulary},
};

/// How many passages gather before they are put to rest.
const TAIL_PASSAGES: u32 = 64;
/// A date always comes to a day, a month and a year.
const DATE_TERMS: u32 = 3;

/// A session's part of the index.
#[derive(Default)]
pub(crate) struct Partition {
    pub(crate) conversations: Vec<Conversation>,
    numbers: HashMap<ConversationId, u32, RandomState>,
    pub(crate) speakers: Vec<Speaker>,
    pub(crate) turns: Vec<TurnEntry>,
    pub(crate) passages: Vec<Passage>,
    pub(crate) length_tenths: u64,
    pub(crate) segments: Vec<Segment>,
    tail: HashMap<Term, Vec<Posting>, RandomState>,
    /// The first passage and turn of the tail.
    tail_from: (u32, u32),
    /// How many passages hold each term, where there are several segments to ask.
    df: Option<HashMap<Term, u32, RandomState>>,
    /// The languages of its turns, a bit each.
    pub(crate) languages: u16,
    /// Which kinds of passages there are: a bit for each [`Passage::class`].
    pub(crate) classes: u64,
    /// Equal for two partitions with the same speakers.
    pub(crate) voices: u64,
    /// How many of its segments are stored as they are.
    pub(crate) stored: usize,
    /// Where its passages stand for scoring, once that was asked since the last one came.
    cells: OnceLock<Cells>,
}

/// A turn to be added.
#[derive(Debug, Clone, Copy)]
pub struct NewEntry<'a> {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its number there, from 1.
    pub number: u32,
    /// Who contributed it.
    pub agent: Agent,
    /// The speaker's name in imported text.
    pub speaker: Option<&'a str>,
    /// When.
    pub at: Timestamp,
    /// Whether it is complete.
    pub whole: bool,
    /// What was said.
    pub text: &'a str,
}

/// What became of a turn that was to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is in.
    Now,
    /// It was in already.
    Before,
    /// A turn before it is missing: the partition must be completed first.
    Gap,
}

impl Partition {
    /// Adds a turn, which must be the next of its conversation.
    pub(crate) fn add(&mut self, vocabulary: &mut Vocabulary, text: &mut Text, entry: &NewEntry<'_>) -> Added {
        let conversation = self.conversation(entry.conversation);
        let have = self.conversations[conversation as usize].turns;
        if entry.number <= have {
            return Added::Before;
        }
        if entry.number > have + 1 {
            return Added::Gap;
        }
        let name = entry.speaker.unwrap_or(entry.agent.as_str());
        let speaker = self.speaker(name, vocabulary);
        let to_agent = entry.speaker.is_none() || self.speakers[speaker as usize].words.is_empty();
        text.read(entry.text, entry.agent == Agent::Wykeve && to_agent, vocabulary);
        self.languages |= text.languages();
        let names = self.speakers[speaker as usize].terms.clone();
        let dates = text.date(entry.at, vocabulary);
        self.push_turn(TurnEntry {
            conversation,
            number: entry.number,
            at: entry.at,
            tokens: ccc_domain::tokens::estimate(entry.text),
            agent: entry.agent,
            whole: entry.whole,
            asks: entry.text.contains(['?', '？', '؟']),
            question: entry.text.trim_end().ends_with(['?', '？', '؟']),
            speaker,
            first: self.passages.len() as u32,
        });
        for (terms, marks) in text.passages() {
            let passage = self.push_passage(terms.len() as u32, marks);
            for (term, posting) in counted(passage, terms, &names, &dates) {
                vocabulary.hold(term, 1);
                if let Some(df) = &mut self.df {
                    *df.entry(term).or_default() += 1;
                }
                self.tail.entry(term).or_default().push(posting);
            }
        }
        if self.passages.len() as u32 - self.tail_from.0 >= TAIL_PASSAGES {
            self.rest();
        }
        Added::Now
    }

    /// The number of a conversation here, given now where it is new.
    pub(crate) fn conversation(&mut self, id: ConversationId) -> u32 {
        let next = self.conversations.len() as u32;
        let number = *self.numbers.entry(id).or_insert(next);
        if number == next {
            self.conversations.push(Conversation {
                id,
                turns: 0,
                agents: false,
                last: NONE,
            });
        }
        number
    }

    /// The number of a speaker, given now where the name is new.
    pub(crate) fn speaker(&mut self, name: &str, vocabulary: &mut Vocabulary) -> u32 {
        let known = self.speakers.iter().position(|speaker| &*speaker.name == name);
        let number = known.unwrap_or_else(|| {
            let (words, terms) = crate::text::name(name, vocabulary);
            // In any order, as each speaker comes once.
            self.voices ^= FixedState::default().hash_one(name);
            self.speakers.push(Speaker {
                name: name.into(),
                words,
                terms,
            });
            self.speakers.len() - 1
        });
        number as u32
    }

    /// Adds a turn without its passages.
    pub(crate) fn push_turn(&mut self, turn: TurnEntry) {
        self.cells.take();
        let conversation = &mut self.conversations[turn.conversation as usize];
        conversation.turns = turn.number;
        let first_agent = turn.agent != Agent::Wykeve && !conversation.agents;
        let mut passage = conversation.last;
        conversation.agents |= first_agent;
        self.turns.push(turn);
        while first_agent && passage != NONE {
            self.passages[passage as usize].marks &= !TALK;
            self.measure(passage);
            passage = self.passages[passage as usize].before;
        }
    }

    /// Adds a passage of the last turn, with so many terms in its text.
    pub(crate) fn push_passage(&mut self, words: u32, marks: u8) -> u32 {
        let passage = self.passages.len() as u32;
        let turn = self.turns.len() - 1;
        let conversation = &mut self.conversations[self.turns[turn].conversation as usize];
        let before = std::mem::replace(&mut conversation.last, passage);
        let of_agent = if self.turns[turn].agent == Agent::Wykeve {
            0
        } else {
            BY_AGENT
        };
        let of_talk = if conversation.agents { 0 } else { TALK };
        let passage_entry = Passage {
            turn: turn as u32,
            words,
            length_tenths: 0,
            before,
            after: NONE,
            marks: marks & MARKS | of_agent | of_talk,
        };
        self.classes |= 1 << passage_entry.class();
        self.passages.push(passage_entry);
        self.measure(passage);
        if let Some(neighbour) = self.passages.get_mut(before as usize) {
            neighbour.after = passage;
            let two_before = neighbour.before;
            self.measure(before);
            self.measure(two_before);
        }
        passage
    }

    /// Renews a passage's length, which its neighbours have part in.
    fn measure(&mut self, passage: u32) {
        let Some(this) = self.at(passage) else { return };
        let words = |passage: Option<&Passage>| passage.map_or(0, |p| p.words);
        let (before, after) = (self.at(this.before), self.at(this.after));
        let two_before = before.and_then(|p| self.at(p.before));
        let talk = this.marks & TALK != 0;
        let lengths = rank::Lengths {
            own: this.words,
            before: words(before),
            two_before: words(two_before),
            three_before: words(two_before.and_then(|p| self.at(p.before)).filter(|_| talk)),
            after: words(after),
            two_after: words(after.and_then(|p| self.at(p.after)).filter(|_| talk)),
            name: self.name_terms(self.turns[this.turn as usize].speaker),
            date: DATE_TERMS,
        };
        let (old, new) = (this.length_tenths, lengths.tenths());
        self.length_tenths = self.length_tenths + u64::from(new) - u64::from(old);
        self.passages[passage as usize].length_tenths = new;
    }

    /// Where its passages stand for scoring.
    #[inline]
    pub(crate) fn cells(&self) -> &Cells {
        self.cells.get_or_init(|| Cells::new(self))
    }

    /// A passage; none for [`NONE`].
    #[inline]
    pub(crate) fn at(&self, passage: u32) -> Option<&Passage> {
        self.passages.get(passage as usize)
    }

    /// The turn before this one in its conversation.
    pub(crate) fn turn_before(&self, turn: &TurnEntry) -> Option<u32> {
        let first = self.at(turn.first)?;
        self.at(first.before).map(|passage| passage.turn)
    }

    /// The turn after the one whose last passage is `last`, in its conversation.
    pub(crate) fn turn_after(&self, last: u32) -> Option<u32> {
        let last = self.at(last)?;
        self.at(last.after).map(|passage| passage.turn)
    }

    /// The turns of a conversation, newest first.
    pub(crate) fn newest_of(&self, conversation: ConversationId) -> impl Iterator<Item = &TurnEntry> {
        let number = self.numbers.get(&conversation).map(|number| *number as usize);
        let last = number.and_then(|number| self.conversations.get(number)?.into());
        let turn = |passage: u32| self.turns.get(self.at(passage)?.turn as usize);
        let newest = last.and_then(|conversation: &Conversation| turn(conversation.last));
        std::iter::successors(newest, move |turn| {
            self.turn_before(turn)
                .and_then(|before| self.turns.get(before as usize))
        })
    }

    /// How many terms of its speaker's name a turn has.
    pub(crate) fn name_terms(&self, speaker: u32) -> u32 {
        self.speakers
            .get(speaker as usize)
            .map_or(0, |speaker| speaker.terms.len() as u32)
    }

    /// Joins the tail to the segments.
    pub(crate) fn rest(&mut self) {
        let (passages, turns) = (self.passages.len() as u32, self.turns.len() as u32);
        let (mut base, mut first_turn) = self.tail_from;
        if base == passages {
            return;
        }
        let (mut terms, mut data, mut list) = (Vec::new(), Vec::new(), Vec::new());
        if self
            .segments
            .last()
            .is_some_and(|last| last.passages < SEGMENT_PASSAGES)
            && let Some(last) = self.segments.pop()
        {
            (base, first_turn) = (last.base, last.turns.0);
            for (term, bytes) in last.terms() {
                terms.push((term, data.len() as u32));
                match self.tail.remove(&term) {
                    Some(new) => {
                        list.clear();
                        list.extend(postings::decode(bytes, base).chain(new));
                        postings::encode(&mut data, base, &list);
                    }
                    None => {
                        data.extend_from_slice(bytes.get(..postings::extent(bytes).unwrap_or(0)).unwrap_or_default())
                    }
                }
            }
        }
        for (term, postings) in self.tail.drain() {
            terms.push((term, data.len() as u32));
            postings::encode(&mut data, base, &postings);
        }
        self.stored = self.stored.min(self.segments.len());
        let segment = Segment::new(
            base,
            passages - base,
            (first_turn, turns - first_turn),
            terms,
            data.into(),
        );
        self.push_segment(segment);
    }

    /// Adds a segment that ends with the last passage.
    pub(crate) fn push_segment(&mut self, segment: Segment) {
        self.segments.push(segment);
        self.tail_from = (self.passages.len() as u32, self.turns.len() as u32);
        if self.segments.len() > 1 && self.df.is_none() {
            self.df = Some(HashMap::default());
            for at in 0..self.segments.len() - 1 {
                self.count_in(at);
            }
            self.count_in(self.segments.len() - 1);
        }
    }

    /// Adds the terms of a segment that was loaded to the count of all, where there is one.
    pub(crate) fn count_last(&mut self) {
        if self.segments.len() > 2 {
            self.count_in(self.segments.len() - 1);
        }
    }

    fn count_in(&mut self, at: usize) {
        if let (Some(df), Some(segment)) = (&mut self.df, self.segments.get(at)) {
            for (term, bytes) in segment.terms() {
                *df.entry(term).or_default() += postings::count(bytes);
            }
        }
    }

    /// How many passages hold a term.
    pub(crate) fn df(&self, term: Term) -> u64 {
        if let Some(df) = &self.df {
            return df.get(&term).copied().unwrap_or(0).into();
        }
        let at_rest: u32 = self.segments.iter().map(|segment| segment.df(term)).sum();
        u64::from(at_rest) + self.tail.get(&term).map_or(0, |postings| postings.len() as u64)
    }

    /// The postings of a term, in the order of their passages.
    #[inline]
    pub(crate) fn each_posting(&self, term: Term, mut each: impl FnMut(Posting)) {
        for segment in &self.segments {
            segment.postings(term).for_each(&mut each);
        }
        self.each_new(term, each);
    }

    /// The postings of a term in the tail.
    #[inline]
    fn each_new(&self, term: Term, each: impl FnMut(Posting)) {
        if self.tail.is_empty() {
            return;
        }
        if let Some(postings) = self.tail.get(&term) {
            postings.iter().copied().for_each(each);
        }
    }

    /// A little of all that a search reads of it, which brings that into the processor's caches.
    #[inline]
    pub(crate) fn met(&self) -> u32 {
        self.segments
            .iter()
            .fold(self.cells().met(), |met, segment| met ^ segment.base)
    }

    /// Whether a passage here holds the term that is `nth` in `places`.
    #[inline]
    pub(crate) fn holds_at(&self, places: &[Place], nth: usize, term: Term) -> bool {
        let mut at_rest = places.iter().skip(nth * self.segments.len()).take(self.segments.len());
        at_rest.any(|place| place.count > 0) || (!self.tail.is_empty() && self.tail.contains_key(&term))
    }

    /// As [`Self::each_posting`] for the term that is `nth` in `places`.
    #[inline]
    pub(crate) fn each_at(&self, places: &[Place], nth: usize, term: Term, mut each: impl FnMut(Posting)) {
        let from = nth * self.segments.len();
        for (segment, place) in self.segments.iter().zip(places.get(from..).unwrap_or_default()) {
            segment.each_from(place.start, &mut each);
        }
        self.each_new(term, each);
    }

    /// Whether [`Self::terms`] gives each once.
    pub(crate) fn has_terms_once(&self) -> bool {
        self.segments.len() + usize::from(!self.tail.is_empty()) <= 1
    }

    /// Its terms, some of them several times.
    pub(crate) fn terms(&self) -> impl Iterator<Item = Term> {
        let at_rest = self.segments.iter().flat_map(Segment::terms).map(|(term, _)| term);
        at_rest.chain(self.tail.keys().copied())
    }

    /// How many terms [`Self::terms`] gives.
    pub(crate) fn distinct(&self) -> usize {
        self.segments.iter().map(Segment::distinct).sum::<usize>() + self.tail.len()
    }

    /// The segment that holds a passage; none for one in the tail.
    fn segment_of(&self, passage: u32) -> Option<&Segment> {
        let after = self.segments.partition_point(|segment| segment.base <= passage);
        let segment = after.checked_sub(1).and_then(|at| self.segments.get(at))?;
        (passage < self.tail_from.0).then_some(segment)
    }

    /// A turn's passages.
    pub(crate) fn passages_of(&self, turn: u32) -> Range<u32> {
        let first = |turn: u32| self.turns.get(turn as usize).map(|turn| turn.first);
        let end = self.passages.len() as u32;
        first(turn).unwrap_or(end)..first(turn + 1).unwrap_or(end)
    }

    /// A term's postings in these passages, which are sorted, each with what stands beside its passage. Walks the lists
    /// of segments that hold one of them.
    pub(crate) fn each_posting_in<T: Copy>(&self, passages: &[(u32, T)], term: Term, mut each: impl FnMut(T, Posting)) {
        let mut rest = passages;
        for segment in &self.segments {
            let end = segment.base + segment.passages;
            let (here, others) = rest.split_at(rest.partition_point(|(passage, _)| *passage < end));
            rest = others;
            if !here.is_empty() {
                meet(here, segment.postings(term), &mut each);
            }
        }
        if let Some(new) = self.tail.get(&term).filter(|_| !rest.is_empty()) {
            meet(rest, new.iter().copied(), each);
        }
    }

    /// Adds the terms of a passage, each once, in no order.
    pub(crate) fn terms_of(&self, passage: u32, terms: &mut Vec<(Term, Posting)>) {
        if let Some(segment) = self.segment_of(passage) {
            terms.extend(segment.terms_of(passage));
            return;
        }
        for (term, postings) in &self.tail {
            if let Ok(at) = postings.binary_search_by_key(&passage, |posting| posting.passage) {
                terms.push((*term, postings[at]));
            }
        }
    }

    /// Makes ready for searching what was loaded, and gives back the room that growing left.
    pub(crate) fn settle(&mut self) {
        self.segments.iter().for_each(Segment::turn);
        self.cells();
        self.turns.shrink_to_fit();
        self.passages.shrink_to_fit();
        self.conversations.shrink_to_fit();
    }

    /// Whether it holds turns that no stored segment does.
    pub(crate) fn unsaved(&self) -> bool {
        self.stored < self.segments.len() || !self.tail.is_empty()
    }

    /// Takes what its passages hold back from the vocabulary.
    pub(crate) fn release(&self, vocabulary: &mut Vocabulary) {
        for (term, bytes) in self.segments.iter().flat_map(Segment::terms) {
            vocabulary.release(term, postings::count(bytes));
        }
        for (term, postings) in &self.tail {
            vocabulary.release(*term, postings.len() as u32);
        }
    }

    /// What it takes in memory, about.
    pub(crate) fn memory(&self) -> usize {
        let segments: usize = self.segments.iter().map(Segment::memory).sum();
        let tail: usize = self
            .tail
            .values()
            .map(|p| p.capacity() * size_of::<Posting>() + 40)
            .sum();
        segments
            + tail
            + self.turns.capacity() * size_of::<TurnEntry>()
            + self.passages.capacity() * size_of::<Passage>()
            + self.conversations.capacity() * (size_of::<Conversation>() + 28)
            + self.cells.get().map_or(0, Cells::memory)
            + self.df.as_ref().map_or(0, |df| df.capacity() * 9)
    }
}

/// Hands over the postings whose passage is among `passages`, both being sorted.
fn meet<T: Copy>(passages: &[(u32, T)], postings: impl Iterator<Item = Posting>, mut each: impl FnMut(T, Posting)) {
    let mut left = passages.iter().peekable();
    for posting in postings {
        while left.next_if(|(passage, _)| *passage < posting.passage).is_some() {}
        match left.peek() {
            Some((passage, beside)) if *passage == posting.passage => each(*beside, posting),
            Some(_) => {}
            None => return,
        }
    }
}

/// The postings of one passage, one for each term.
fn counted(passage: u32, text: &[Term], names: &[Term], dates: &[Term]) -> Vec<(Term, Posting)> {
    let blank = |term| {
        let posting = Posting {
            passage,
            text: 0,
            name: 0,
            date: 0,
        };
        (term, posting)
    };
    let mut sorted = text.to_vec();
    sorted.sort_unstable();
    let mut found: Vec<(Term, Posting)> = Vec::with_capacity(sorted.len() + 4);
    for group in sorted.chunk_by(|a, b| a == b) {
        let mut posting = blank(group[0]);
        posting.1.text = group.len() as u32;
        found.push(posting);
    }
    let own = found.len();
    let mut other = |term: Term, add: fn(&mut Posting)| {
        let at = match found[..own].binary_search_by_key(&term, |(term, _)| *term) {
            Ok(at) => at,
            Err(_) => found[own..]
                .iter()
                .position(|(other, _)| *other == term)
                .map_or(found.len(), |at| own + at),
        };
        if at == found.len() {
            found.push(blank(term));
        }
        add(&mut found[at].1);
    };
    names.iter().for_each(|&term| other(term, |posting| posting.name += 1));
    dates.iter().for_each(|&term| other(term, |posting| posting.date += 1));
    found
}
