//! A segment as bytes, with all that is needed to have it again: its conversations, speakers, turns, passages, its
//! terms in the alphabet's order with what each shares with the one before left out, and their postings.

use std::collections::HashMap;

use ccc_domain::{Agent, ConversationId, Timestamp};

use crate::{
    partition::{Partition, TurnEntry},
    postings::{self, Reader, put},
    segment::Segment,
    vocabulary::{Term, Vocabulary},
};

/// Raised when the bytes or the way text becomes terms change: a snapshot of another version is made anew.
const VERSION: u8 = 1;

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
    }
    let (speakers, of_speaker) = distinct(turns.iter().map(|turn| turn.speaker));
    put(&mut bytes, speakers.len() as u64);
    for number in &speakers {
        put_text(&mut bytes, &partition.speakers.get(*number as usize)?.name);
    }
    bytes.extend(partition.languages.to_be_bytes());
    put(&mut bytes, turns.len() as u64);
    let mut last_at = 0;
    for (n, turn) in turns.iter().enumerate() {
        put(&mut bytes, *of_conversation.get(&turn.conversation)?);
        put(&mut bytes, turn.number.into());
        bytes.push(flags(turn));
        put(&mut bytes, *of_speaker.get(&turn.speaker)?);
        put(&mut bytes, zigzag(turn.at.ms().wrapping_sub(last_at)));
        last_at = turn.at.ms();
        put(&mut bytes, turn.tokens.into());
        let end = turns
            .get(n + 1)
            .map_or(segment.base + segment.passages, |next| next.first);
        put(&mut bytes, u64::from(end - turn.first));
        for passage in partition.passages.get(turn.first as usize..end as usize)? {
            put(
                &mut bytes,
                u64::from(passage.words) << 5 | u64::from(passage.marks & MARKS),
            );
        }
    }
    put_terms(&mut bytes, segment, vocabulary);
    Some(bytes)
}

fn put_terms(bytes: &mut Vec<u8>, segment: &Segment, vocabulary: &Vocabulary) {
    let mut terms: Vec<(&str, &[u8])> = segment
        .terms()
        .map(|(term, rest)| (vocabulary.text(term), rest))
        .collect();
    terms.sort_unstable_by_key(|(text, _)| *text);
    put(bytes, terms.len() as u64);
    let (mut last, mut data) = ("", Vec::new());
    for (text, rest) in terms {
        let shared = last.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        let shared = text.floor_char_boundary(shared);
        put(bytes, shared as u64);
        put_text(bytes, text.get(shared..).unwrap_or_default());
        let mut reader = Reader(rest);
        let all = postings_len(&mut reader).map_or(rest, |len| rest.get(..len).unwrap_or(rest));
        data.extend_from_slice(all);
        last = text;
    }
    put(bytes, data.len() as u64);
    bytes.extend(data);
}

/// How many bytes the postings at the head of `reader` take.
fn postings_len(reader: &mut Reader<'_>) -> Option<usize> {
    let before = reader.0.len();
    for _ in 0..reader.number()? {
        let extra = match reader.number()? & 7 {
            0 | 2 | 3 => 0,
            1 => 1,
            4 => 3,
            _ => return None,
        };
        for _ in 0..extra {
            reader.small()?;
        }
    }
    Some(before - reader.0.len())
}

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
        conversations.push(partition.conversation(id));
    }
    let mut speakers = Vec::new();
    for _ in 0..reader.number()? {
        speakers.push(partition.speaker(text(reader)?, vocabulary));
    }
    partition.languages |= u16::from_be_bytes(reader.bytes(2)?.try_into().ok()?);
    let base = partition.passages.len() as u32;
    let (first_turn, mut at) = (partition.turns.len() as u32, 0i64);
    for _ in 0..reader.number()? {
        let conversation = *conversations.get(reader.small()? as usize)?;
        let number = reader.small()?;
        if number
            != partition
                .conversations
                .get(conversation as usize)?
                .turns
                .checked_add(1)?
        {
            return None;
        }
        let flags = *reader.bytes(1)?.first()?;
        let speaker = *speakers.get(reader.small()? as usize)?;
        at = at.wrapping_add(unzigzag(reader.number()?));
        let when = Timestamp::from_ms(at);
        partition.push_turn(TurnEntry {
            conversation,
            number,
            at: when,
            tokens: reader.small()?,
            agent: agent_of(flags)?,
            whole: flags & WHOLE != 0,
            asks: flags & ASKS != 0,
            question: flags & QUESTION != 0,
            speaker,
            first: partition.passages.len() as u32,
        });
        for _ in 0..reader.number()? {
            let head = reader.number()?;
            partition.push_passage(u32::try_from(head >> 5).ok()?, head as u8 & MARKS);
        }
    }
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

/// The marks of a passage that are written; the others follow from its conversation.
const MARKS: u8 = 0x1f;

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
    let count = reader.number()?;
    let (mut terms, mut last) = (Vec::new(), String::new());
    for _ in 0..count {
        let shared = usize::try_from(reader.number()?).ok()?;
        if !last.is_char_boundary(shared) {
            return None;
        }
        last.truncate(shared);
        last.push_str(text(reader)?);
        terms.push((vocabulary.intern(&last), 0));
    }
    let len = usize::try_from(reader.number()?).ok()?;
    let data = reader.bytes(len)?;
    let mut rest = Reader(data);
    for (_, start) in &mut terms {
        *start = u32::try_from(len - rest.0.len()).ok()?;
        postings_len(&mut rest)?;
    }
    rest.0.is_empty().then(|| (terms, data.into()))
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
