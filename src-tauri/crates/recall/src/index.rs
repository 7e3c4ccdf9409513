//! The index: partitions by session over one vocabulary.

use std::collections::BTreeMap;

use ccc_domain::{ConversationId, SessionId};

use crate::{Added, Damaged, NewEntry, partition::Partition, snapshot, text::Text, vocabulary::Vocabulary};

/// What was said, by its words.
#[derive(Default)]
pub struct Index {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) partitions: BTreeMap<SessionId, Partition>,
    text: Text,
}

/// A segment of a session's partition, to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its place among the session's segments, from 0.
    pub segment: u32,
    /// What is to be sealed: it holds words of the turns.
    pub bytes: Vec<u8>,
}

impl Index {
    /// An index of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins an empty partition, dropping the one that is there.
    pub fn begin(&mut self, session: SessionId) {
        self.remove(session);
        self.partitions.insert(session, Partition::default());
    }

    /// Begins a partition with the segments that were stored of it, in their order.
    ///
    /// # Errors
    /// [`Damaged`] for bytes that are no snapshot of this version; the session has no partition then.
    pub fn attach(&mut self, session: SessionId, segments: &[impl AsRef<[u8]>]) -> Result<(), Damaged> {
        self.remove(session);
        let mut partition = Partition::default();
        for bytes in segments {
            if let Err(damaged) = snapshot::decode(&mut partition, bytes.as_ref(), &mut self.vocabulary) {
                partition.release(&mut self.vocabulary);
                self.vocabulary.sweep();
                self.forget();
                return Err(damaged);
            }
        }
        partition.stored = partition.segments.len();
        partition.settle();
        self.partitions.insert(session, partition);
        Ok(())
    }

    /// Whether a session has a partition here.
    pub fn has(&self, session: SessionId) -> bool {
        self.partitions.contains_key(&session)
    }

    /// Those of these sessions that have no partition here.
    pub fn lacking(&self, sessions: &[SessionId]) -> Vec<SessionId> {
        let mut ids = sessions.to_vec();
        ids.sort_unstable();
        let (mut have, mut lacking) = (self.chosen(&ids).into_iter().map(|(id, _)| id).peekable(), Vec::new());
        for id in ids {
            while have.next_if(|known| *known < id).is_some() {}
            if have.peek() != Some(&id) {
                lacking.push(id);
            }
        }
        lacking
    }

    /// The partitions of these sessions, which are sorted, each once.
    pub(crate) fn chosen(&self, sorted: &[SessionId]) -> Vec<(SessionId, &Partition)> {
        let mut chosen: Vec<(SessionId, &Partition)> = Vec::with_capacity(sorted.len());
        if sorted.len() < self.partitions.len() / 8 {
            chosen.extend(sorted.iter().filter_map(|id| Some((*id, self.partitions.get(id)?))));
        } else {
            // Side by side: looking each one up would go down the tree each time.
            let mut wanted = sorted.iter().peekable();
            for (id, partition) in &self.partitions {
                while wanted.next_if(|wanted| **wanted < *id).is_some() {}
                if wanted.peek() == Some(&id) {
                    chosen.push((*id, partition));
                }
            }
        }
        chosen.dedup_by_key(|(id, _)| *id);
        chosen
    }

    /// How many turns of each conversation of a session are here.
    pub fn conversations(&self, session: SessionId) -> impl Iterator<Item = (ConversationId, u32)> {
        let conversations = self
            .partitions
            .get(&session)
            .map_or([].as_slice(), |p| &p.conversations);
        conversations
            .iter()
            .map(|conversation| (conversation.id, conversation.turns))
    }

    /// The numbers of a conversation's whole turns with what their texts cost in a prompt, newest first, at most `limit`.
    pub fn newest_of(&self, session: SessionId, conversation: ConversationId, limit: usize) -> Vec<(u32, u32)> {
        let partition = self.partitions.get(&session);
        let turns = partition.into_iter().flat_map(|p| p.newest_of(conversation));
        let whole = turns.filter(|turn| turn.whole);
        whole.take(limit).map(|turn| (turn.number, turn.tokens)).collect()
    }

    /// Adds a turn of a session that has a partition; adding one again changes nothing.
    pub fn append(&mut self, session: SessionId, entry: &NewEntry<'_>) -> Added {
        match self.partitions.get_mut(&session) {
            Some(partition) => partition.add(&mut self.vocabulary, &mut self.text, entry),
            None => Added::Gap,
        }
    }

    /// Drops a session's partition, and the words that no other holds.
    pub fn remove(&mut self, session: SessionId) {
        if let Some(partition) = self.partitions.remove(&session) {
            partition.release(&mut self.vocabulary);
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.vocabulary.forget_words();
        self.text.forget();
    }

    /// The segments of a session's partition that are not stored as they are.
    pub fn snapshots(&mut self, session: SessionId) -> Vec<Snapshot> {
        let Some(partition) = self.partitions.get_mut(&session) else {
            return Vec::new();
        };
        partition.rest();
        let new = partition.stored..partition.segments.len();
        new.filter_map(|at| {
            Some(Snapshot {
                segment: u32::try_from(at).ok()?,
                bytes: snapshot::encode(partition, at, &self.vocabulary)?,
            })
        })
        .collect()
    }

    /// Notes that the first `segments` segments of a session are stored.
    pub fn stored(&mut self, session: SessionId, segments: usize) {
        if let Some(partition) = self.partitions.get_mut(&session) {
            partition.stored = partition.stored.max(segments.min(partition.segments.len()));
        }
    }

    /// Sessions with turns that no stored segment holds.
    pub fn unsaved(&self) -> Vec<SessionId> {
        let unsaved = |partition: &Partition| partition.unsaved();
        self.partitions
            .iter()
            .filter(|(_, p)| unsaved(p))
            .map(|(id, _)| *id)
            .collect()
    }

    /// How many turns a session has here.
    pub fn turns(&self, session: SessionId) -> usize {
        self.partitions
            .get(&session)
            .map_or(0, |partition| partition.turns.len())
    }

    /// About how many bytes the partitions and their vocabulary take.
    pub fn memory(&self) -> usize {
        self.vocabulary.memory() + self.partitions.values().map(Partition::memory).sum::<usize>()
    }
}
