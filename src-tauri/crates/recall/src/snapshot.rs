//! A segment as bytes, with all that is needed to have it again: its conversations, speakers, turns, passages, its
//! terms in the alphabet's order with what each shares with the one before left out, and their postings. What is alike
//! stands together, column by column, which is compressed better.

use std::collections::HashMap;

use ccc_domain::{Agent, ConversationId, Timestamp};

use crate::{
    entries::{MARKS, TurnEntry},
    lists::{Lists, read_lists},
    partition::Partition,
    postings::{self, Reader, put},
    segment::Segment,
    vocabulary::{Term, Vocabulary},
};

/// Raised when the bytes or the way text becomes terms change: a snapshot of another version is made anew.
const VERSION: u8 = 3;

/// The bytes are no snapshot of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a snapshot of the index")]
pub struct Damaged;

/// Writes the segment at `at` of `partition`; none where there is none.
pub(crate) fn encode(partition: &Partition, at: usize, vocabulary: &Vocabulary) -> Option<Vec<u8>> {
    let segment = partition.segments.get(at)?;
    let (first, count) = segment.turns;
    let turns = partition.turns.get(first as usize..(first + count) as usize)?;
    let mut bytes = vec![VERSION];
    let (conversations, of_conversation) = distinct(turns.iter().map(|turn| turn.conversation));
    put(&mut bytes, conversations.len() as u64);
    for number in &conversations {
        bytes.extend(partition.conversations.get(*number as usize)?.id.to_bytes());
        let first = turns.iter().find(|turn| turn.conversation == *number)?;
        put(&mut bytes, first.number.into());
    }
    let (speakers, of_speaker) = distinct(turns.iter().map(|turn| turn.speaker));
    put(&mut bytes, speakers.len() as u64);
    for number in &speakers {
        put_text(&mut bytes, &partition.speakers.get(*number as usize)?.name);
    }
    bytes.extend(partition.languages.to_be_bytes());
    put(&mut bytes, turns.len() as u64);
    for turn in turns {
        put(&mut bytes, *of_conversation.get(&turn.conversation)?);
    }
    bytes.extend(turns.iter().map(flags));
    for turn in turns {
        put(&mut bytes, *of_speaker.get(&turn.speaker)?);
    }
    put_numbers(&mut bytes, partition, segment, turns)?;
    put_terms(&mut bytes, segment, vocabulary);
    Some(bytes)
}

/// The columns of instants, costs, and passages.
fn put_numbers(bytes: &mut Vec<u8>, partition: &Partition, segment: &Segment, turns: &[TurnEntry]) -> Option<()> {
    let mut last_at = 0;
    for turn in turns {
        put(bytes, zigzag(turn.at.ms().wrapping_sub(last_at)));
        last_at = turn.at.ms();
    }
    turns.iter().for_each(|turn| put(bytes, turn.tokens.into()));
    let end = segment.base + segment.passages;
    let ends = turns.iter().skip(1).map(|next| next.first).chain([end]);
    for (turn, end) in turns.iter().zip(ends) {
        put(bytes, u64::from(end - turn.first));
    }
    for passage in partition.passages.get(segment.base as usize..end as usize)? {
        put(bytes, u64::from(passage.words) << 5 | u64::from(passage.marks & MARKS));
    }
    Some(())
}

fn put_terms(bytes: &mut Vec<u8>, segment: &Segment, vocabulary: &Vocabulary) {
    let mut terms: Vec<(&str, &[u8])> = segment
        .terms()
        .map(|(term, rest)| (vocabulary.text(term), rest))
        .collect();
    terms.sort_unstable_by_key(|(text, _)| *text);
    put(bytes, terms.len() as u64);
    let (mut last, mut texts, mut lists) = ("", Vec::new(), Lists::default());
    for (text, rest) in terms {
        let shared = last.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        let shared = text.floor_char_boundary(shared);
        let own = text.get(shared..).unwrap_or_default();
        match (shared, own.len()) {
            (0..16, 1..16) => bytes.push((shared << 4 | own.len()) as u8),
            (_, len) => {
                bytes.push(LONG);
                put(bytes, shared as u64);
                put(bytes, len as u64);
            }
        }
        texts.extend_from_slice(own.as_bytes());
        lists.add(rest);
        last = text;
    }
    put(bytes, texts.len() as u64);
    bytes.extend(texts);
    lists.put(bytes);
}

/// Stands for a term whose lengths do not fit four bits each: none is new by no byte.
const LONG: u8 = 0;

/// Adds a segment from its bytes to the end of `partition`.
///
/// # Errors
/// [`Damaged`]; the partition must be dropped then.
pub(crate) fn decode(partition: &mut Partition, bytes: &[u8], vocabulary: &mut Vocabulary) -> Result<(), Damaged> {
    read(partition, &mut Reader(bytes), vocabulary).ok_or(Damaged)
}

fn read(partition: &mut Partition, reader: &mut Reader<'_>, vocabulary: &mut Vocabulary) -> Option<()> {
    if reader.bytes(1)? != [VERSION] {
        return None;
    }
    let mut conversations = Vec::new();
    for _ in 0..reader.number()? {
        let id = ConversationId::from_bytes(reader.bytes(16)?.try_into().ok()?);
        let number = partition.conversation(id);
        let have = partition.conversations.get(number as usize)?.turns;
        if reader.small()? != have.checked_add(1)? {
            return None;
        }
        conversations.push(number);
    }
    let mut speakers = Vec::new();
    for _ in 0..reader.number()? {
        speakers.push(partition.speaker(text(reader)?, vocabulary));
    }
    partition.languages |= u16::from_be_bytes(reader.bytes(2)?.try_into().ok()?);
    let base = partition.passages.len() as u32;
    let first_turn = partition.turns.len() as u32;
    read_turns(partition, reader, &conversations, &speakers)?;
    let terms = read_terms(reader, vocabulary)?;
    if !reader.0.is_empty() {
        return None;
    }
    let (turns, passages) = (partition.turns.len() as u32, partition.passages.len() as u32);
    let (terms, data) = terms;
    let segment = Segment::new(base, passages - base, (first_turn, turns - first_turn), terms, data);
    if segment.all().any(|(_, posting)| posting.passage >= passages) {
        return None;
    }
    for (term, rest) in segment.terms() {
        vocabulary.hold(term, postings::count(rest));
    }
    partition.push_segment(segment);
    partition.count_last();
    Some(())
}

fn read_turns(
    partition: &mut Partition,
    reader: &mut Reader<'_>,
    conversations: &[u32],
    speakers: &[u32],
) -> Option<()> {
    let count = usize::try_from(reader.number()?).ok()?;
    let of_conversation = column(reader, count)?;
    let flags = reader.bytes(count)?;
    let of_speaker = column(reader, count)?;
    let instants = column(reader, count)?;
    let tokens = column(reader, count)?;
    let passages = column(reader, count)?;
    let mut at = 0i64;
    for n in 0..count {
        let conversation = *conversations.get(index(&of_conversation, n)?)?;
        let have = partition.conversations.get(conversation as usize)?.turns;
        let flags = *flags.get(n)?;
        at = at.wrapping_add(unzigzag(*instants.get(n)?));
        partition.push_turn(TurnEntry {
            conversation,
            number: have.checked_add(1)?,
            at: Timestamp::from_ms(at),
            tokens: u32::try_from(*tokens.get(n)?).ok()?,
            agent: agent_of(flags)?,
            whole: flags & WHOLE != 0,
            asks: flags & ASKS != 0,
            question: flags & QUESTION != 0,
            speaker: *speakers.get(index(&of_speaker, n)?)?,
            first: partition.passages.len() as u32,
        });
        for _ in 0..*passages.get(n)? {
            let head = reader.number()?;
            partition.push_passage(u32::try_from(head >> 5).ok()?, head as u8 & MARKS);
        }
    }
    Some(())
}

/// So many numbers.
fn column(reader: &mut Reader<'_>, count: usize) -> Option<Vec<u64>> {
    // Each takes a byte at least: a count that cannot be asks for no memory.
    if count > reader.0.len() {
        return None;
    }
    (0..count).map(|_| reader.number()).collect()
}

fn index(column: &[u64], n: usize) -> Option<usize> {
    usize::try_from(*column.get(n)?).ok()
}

/// Flags of a turn, above its agent.
const WHOLE: u8 = 4;
const ASKS: u8 = 8;
const QUESTION: u8 = 16;

fn flags(turn: &TurnEntry) -> u8 {
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    agent_byte(turn.agent) | flag(turn.whole, WHOLE) | flag(turn.asks, ASKS) | flag(turn.question, QUESTION)
}

type Terms = (Vec<(Term, u32)>, Box<[u8]>);

fn read_terms(reader: &mut Reader<'_>, vocabulary: &mut Vocabulary) -> Option<Terms> {
    let count = usize::try_from(reader.number()?).ok()?;
    let mut lengths = Vec::with_capacity(count.min(reader.0.len()));
    for _ in 0..count {
        lengths.push(match *reader.bytes(1)?.first()? {
            LONG => (
                usize::try_from(reader.number()?).ok()?,
                usize::try_from(reader.number()?).ok()?,
            ),
            both => (usize::from(both >> 4), usize::from(both & 15)),
        });
    }
    let mut texts = text(reader)?;
    let (mut terms, mut last) = (Vec::with_capacity(lengths.len()), String::new());
    for (shared, own) in lengths {
        if shared > last.len() || !last.is_char_boundary(shared) {
            return None;
        }
        let (own, rest) = texts.split_at_checked(own)?;
        texts = rest;
        last.truncate(shared);
        last.push_str(own);
        terms.push((vocabulary.intern(&last), 0));
    }
    let (starts, data) = read_lists(reader, count)?;
    for ((_, place), start) in terms.iter_mut().zip(starts) {
        *place = start;
    }
    texts.is_empty().then(|| (terms, data.into()))
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

fn text<'a>(reader: &mut Reader<'a>) -> Option<&'a str> {
    let len = usize::try_from(reader.number()?).ok()?;
    std::str::from_utf8(reader.bytes(len)?).ok()
}

/// The distinct values in the order they first come, and the place of each.
fn distinct(values: impl Iterator<Item = u32>) -> (Vec<u32>, HashMap<u32, u64>) {
    let (mut list, mut places) = (Vec::new(), HashMap::new());
    for value in values {
        places.entry(value).or_insert_with(|| {
            list.push(value);
            list.len() as u64 - 1
        });
    }
    (list, places)
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

fn agent_byte(agent: Agent) -> u8 {
    match agent {
        Agent::Wykeve => 0,
        Agent::Beatrice => 1,
        Agent::Codey => 2,
    }
}

fn agent_of(flags: u8) -> Option<Agent> {
    Agent::ALL.into_iter().find(|agent| agent_byte(*agent) == flags & 3)
}
