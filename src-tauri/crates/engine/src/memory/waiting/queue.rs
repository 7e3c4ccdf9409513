//! The queue: what waits, in order, and what is known of the disk.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ccc_domain::{
    Conversation, ConversationId, ConversationStatus, ErrorCode, NewTurn, SessionId, Timestamp, Turn, TurnId,
};

use super::{Record, WaitingTurns, outage::Outage};
use crate::export::TurnExport;

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// No cycle begins above so many bytes.
    pub begin: usize,
    /// No cycle asks for another step above so many bytes.
    pub go_on: usize,
}

impl Default for Limits {
    /// A step seldom exceeds 100 KiB: a cycle that began below 16 MiB ends far below 64. What a step says that was asked
    /// for below 64 is kept whole, so memory holds at most one largest turn more for each cycle that runs.
    fn default() -> Self {
        Self {
            begin: 16 << 20,
            go_on: 64 << 20,
        }
    }
}

/// One that waits.
pub struct Entry {
    record: Arc<Record>,
    number: u32,
    code: ErrorCode,
    since: Timestamp,
}

impl Entry {
    pub fn new(record: Arc<Record>, number: u32, code: ErrorCode, since: Timestamp) -> Self {
        Self {
            record,
            number,
            code,
            since,
        }
    }

    fn turn(&self) -> Turn {
        self.record.turn().clone().numbered(self.number)
    }
}

#[derive(Default)]
struct Inner {
    entries: VecDeque<Entry>,
    /// Why nothing is written for now.
    outage: Option<Outage>,
}

/// What waits to be written.
#[derive(Default)]
pub struct Waiting {
    inner: Mutex<Inner>,
    /// Held while it is being written.
    pub writing: Mutex<()>,
    pub limits: Limits,
}

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_empty(&self) -> bool {
        self.lock().entries.is_empty()
    }

    pub fn push(&self, entry: Entry) {
        self.lock().entries.push_back(entry);
    }

    pub fn records(&self) -> Vec<Arc<Record>> {
        self.lock().entries.iter().map(|entry| entry.record.clone()).collect()
    }

    /// Takes out one that is written.
    pub fn remove(&self, turn: TurnId) {
        self.lock().entries.retain(|entry| entry.record.turn().id != turn);
    }

    /// Notes why one could not be written though the disk works.
    pub fn refused(&self, turn: TurnId, code: ErrorCode) {
        let mut inner = self.lock();
        let entry = inner.entries.iter_mut().find(|entry| entry.record.turn().id == turn);
        if let Some(entry) = entry {
            entry.code = code;
        }
    }

    /// Notes that the disk failed.
    pub fn failed(&self, code: ErrorCode, reason: &str, now: Timestamp) {
        let mut inner = self.lock();
        match &mut inner.outage {
            Some(outage) => outage.again(code, reason.to_owned(), now),
            none => *none = Some(Outage::new(code, reason.to_owned(), now)),
        }
    }

    /// Notes that the disk works.
    pub fn succeeded(&self) {
        self.lock().outage = None;
    }

    /// Whether the disk failed and had its rest.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let inner = self.lock();
        match &inner.outage {
            Some(outage) => outage.is_over_its_rest(now),
            None => !inner.entries.is_empty(),
        }
    }

    /// Why nothing is written for now.
    pub fn outage(&self) -> Option<(ErrorCode, String)> {
        let inner = self.lock();
        inner.outage.as_ref().map(|outage| (outage.code, outage.reason.clone()))
    }

    /// Why a turn of this conversation has to wait before it was tried.
    pub fn reason(&self, conversation: ConversationId) -> Option<(ErrorCode, String)> {
        if let Some(outage) = self.outage() {
            return Some(outage);
        }
        let inner = self.lock();
        let own = |entry: &&Entry| entry.record.turn().conversation_id == conversation;
        let first = inner.entries.iter().find(own)?;
        Some((first.code, "turns before it wait to be stored".to_owned()))
    }

    pub fn reason_of_its_own(&self, conversation: ConversationId) -> bool {
        let inner = self.lock();
        let mut turns = inner.entries.iter().map(|entry| entry.record.turn());
        turns.any(|turn| turn.conversation_id == conversation)
    }

    pub fn turns(&self, of: impl Fn(&NewTurn) -> bool) -> Vec<Turn> {
        let inner = self.lock();
        let meant = inner.entries.iter().filter(|entry| of(entry.record.turn()));
        meant.map(Entry::turn).collect()
    }

    pub fn exports(&self) -> Vec<TurnExport> {
        let inner = self.lock();
        let exported = inner.entries.iter().map(|entry| TurnExport {
            turn: entry.turn(),
            receipt: match &*entry.record {
                Record::Step(step) => step.receipt.clone(),
                Record::Beginning(..) => None,
            },
        });
        exported.collect()
    }

    /// A conversation that waits itself.
    pub fn beginning(&self, id: ConversationId) -> Option<Conversation> {
        let inner = self.lock();
        inner.entries.iter().find_map(|entry| match &*entry.record {
            Record::Beginning(conversation, _) if conversation.id == id => Some(conversation.clone()),
            _ => None,
        })
    }

    /// The conversations of a session that wait themselves.
    pub fn conversations(&self, session: SessionId) -> Vec<Conversation> {
        let inner = self.lock();
        let begun = inner.entries.iter().filter_map(|entry| match &*entry.record {
            Record::Beginning(conversation, _) if conversation.session_id == session => Some(conversation.clone()),
            _ => None,
        });
        begun.collect()
    }

    /// Where a conversation stands by its turns that wait.
    pub fn status(&self, conversation: ConversationId) -> Option<ConversationStatus> {
        let inner = self.lock();
        inner.entries.iter().rev().find_map(|entry| match &*entry.record {
            Record::Step(step) if step.turn.conversation_id == conversation => step.status,
            _ => None,
        })
    }

    /// Drops those that `of` names; how many.
    pub fn forget(&self, of: impl Fn(&NewTurn) -> bool) -> usize {
        let mut inner = self.lock();
        let before = inner.entries.len();
        inner.entries.retain(|entry| !of(entry.record.turn()));
        if inner.entries.is_empty() {
            inner.outage = None;
        }
        before - inner.entries.len()
    }

    fn bytes(inner: &Inner) -> usize {
        inner.entries.iter().map(|entry| entry.record.bytes()).sum()
    }

    pub fn is_full(&self) -> bool {
        Self::bytes(&self.lock()) >= self.limits.begin
    }

    pub fn has_room_to_go_on(&self) -> bool {
        Self::bytes(&self.lock()) < self.limits.go_on
    }

    pub fn view(&self) -> Option<WaitingTurns> {
        let inner = self.lock();
        let first = inner.entries.front()?;
        let bytes = Self::bytes(&inner);
        Some(WaitingTurns {
            turns: inner.entries.iter().map(|entry| entry.record.turn().id).collect(),
            bytes,
            since: first.since,
            code: inner.outage.as_ref().map_or(first.code, |outage| outage.code),
            is_full: bytes >= self.limits.begin,
        })
    }
}
