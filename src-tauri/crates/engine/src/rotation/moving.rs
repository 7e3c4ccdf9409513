//! Every row of a data file, sealed anew into another one.

use std::mem;

use ccc_domain::{Agent, ConversationId, SessionId};
use ccc_store::{
    Connection, Db,
    tables::{
        agent_states, audit as trail, context_summaries, conversations, drafts, index_partitions, patterns, receipts,
        sessions, settings,
        turns::{self, TurnRow},
    },
};

use crate::{
    Entity, Error, audit,
    backup::{Stage, Watch, tell},
    cells::{self, Reseal},
};

/// How many sealed bytes are written in one transaction: each waits for the disk.
const BATCH_BYTES: usize = 4 << 20;
/// About what a row takes besides its sealed values.
const ROW_BYTES: usize = 256;
/// How many entries of the trail are read at once.
const PAGE: u32 = 1_000;

const MISSING: Error = Error::Damaged("a turn of a conversation is missing or was changed: have the data salvaged");
const TRAIL: Error = Error::Damaged("the audit trail is not whole: verify it");

type Put = Box<dyn FnOnce(&Connection) -> Result<(), ccc_store::Error> + Send>;

/// Two data files, and what is on its way from one to the other. Nobody writes to either meanwhile.
pub(super) struct Moving<'a> {
    reseal: &'a Reseal<'a>,
    from: &'a Db,
    to: &'a Db,
    waiting: Vec<Put>,
    bytes: usize,
}

impl<'a> Moving<'a> {
    pub(super) fn new(reseal: &'a Reseal<'a>, from: &'a Db, to: &'a Db) -> Self {
        Self {
            reseal,
            from,
            to,
            waiting: Vec::new(),
            bytes: 0,
        }
    }

    /// Moves everything, or says what does not open.
    pub(super) fn run(mut self, watch: Watch<'_>) -> Result<(), Error> {
        let of = self.from.row_counts()?.get("conversations").copied();
        let of = of.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        let mut done = 0;
        tell(watch, Stage::Copying, done, of)?;
        for id in self.from.read(sessions::all_ids)? {
            for conversation in self.session(id)? {
                self.conversation(conversation)?;
                done += 1;
                tell(watch, Stage::Copying, done, of)?;
            }
            self.derived(id)?;
        }
        self.of_profile()?;
        self.trail(|| tell(watch, Stage::Copying, done, of))?;
        self.flush()
    }

    /// The session's row; which conversations it has.
    fn session(&mut self, id: SessionId) -> Result<Vec<ConversationId>, Error> {
        let (row, list) = self.from.read(|c| {
            let row = sessions::get(c, id)?.ok_or(Error::NotFound(Entity::Session))?;
            Ok::<_, Error>((row, conversations::counts(c, id)?))
        })?;
        let row = self.reseal.session(row)?;
        self.put(0, move |c| sessions::insert(c, &row))?;
        Ok(list.into_iter().map(|(conversation, _)| conversation).collect())
    }

    /// A conversation with its turns and their receipts, after its count and its chain were seen to hold.
    fn conversation(&mut self, id: ConversationId) -> Result<(), Error> {
        let from = self.from;
        from.read(|c| {
            let old = conversations::get(c, id)?.ok_or(Error::NotFound(Entity::Conversation))?;
            let mut row = self.reseal.conversation(old.clone())?;
            let first = row.clone();
            self.put(row.directive_sealed.len(), move |c| conversations::insert(c, &first))?;
            let (mut count, mut before) = (0u32, [0; 32]);
            row.chain = [0; 32];
            turns::each_after(c, id, 0, |turn| {
                before = cells::chain(self.reseal.from, &before, &turn)?;
                row.chain = self.turn(c, turn, &row.chain)?;
                count += 1;
                Ok::<_, Error>(())
            })?;
            if count != old.turn_count || before != old.chain {
                return Err(MISSING);
            }
            cells::mac_conversation(self.reseal.to, &mut row)?;
            self.put(0, move |c| conversations::update(c, &row))
        })
    }

    /// A turn and its receipt; the new chain's value after it.
    fn turn(&mut self, c: &Connection, turn: TurnRow, chain: &[u8; 32]) -> Result<[u8; 32], Error> {
        let receipt = receipts::get(c, turn.id)?;
        let turn = self.reseal.turn(turn)?;
        let chain = cells::chain(self.reseal.to, chain, &turn)?;
        let bytes = turn.content_sealed.len() + turn.metadata_sealed.len();
        self.put(bytes, move |c| turns::insert(c, &turn))?;
        if let Some(receipt) = receipt {
            let receipt = self.reseal.receipt(receipt)?;
            self.put(receipt.receipt_sealed.len(), move |c| receipts::insert(c, &receipt))?;
        }
        Ok(chain)
    }

    /// States, summaries, patterns, the index. A damaged segment of that stays behind: it is made anew.
    fn derived(&mut self, id: SessionId) -> Result<(), Error> {
        let from = self.from;
        from.read(|c| {
            for agent in Agent::ALL {
                if let Some(row) = agent_states::get(c, id, agent)? {
                    let row = self.reseal.state(row)?;
                    self.put(row.state_sealed.len(), move |c| agent_states::put(c, &row))?;
                }
            }
            for row in context_summaries::list(c, id)? {
                let row = self.reseal.summary(row)?;
                self.put(row.summary_sealed.len(), move |c| context_summaries::insert(c, &row))?;
            }
            for row in patterns::list(c, id)? {
                let row = self.reseal.pattern(row)?;
                self.put(row.pattern_sealed.len(), move |c| patterns::insert(c, &row))?;
            }
            for row in index_partitions::list(c, id)? {
                if let Ok(row) = self.reseal.partition(row) {
                    self.put(row.partition_sealed.len(), move |c| index_partitions::put(c, &row))?;
                }
            }
            Ok(())
        })
    }

    fn of_profile(&mut self) -> Result<(), Error> {
        for row in self.from.read(drafts::list)? {
            let row = self.reseal.draft(row)?;
            self.put(row.draft_sealed.len(), move |c| drafts::insert(c, &row))?;
        }
        for row in self.from.read(settings::list)? {
            let row = self.reseal.setting(row)?;
            self.put(row.value_sealed.len(), move |c| settings::put(c, &row))?;
        }
        Ok(())
    }

    /// The audit trail, each entry after it was seen to follow from the one before.
    fn trail(&mut self, go_on: impl Fn() -> Result<(), Error>) -> Result<(), Error> {
        let (mut last, mut new) = ((0, [0; 32]), [0; 32]);
        loop {
            go_on()?;
            let rows = self.from.read(|c| trail::list(c, last.0, PAGE))?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                if !audit::follows(self.reseal.from, last, &row)? {
                    return Err(TRAIL);
                }
                last = (row.id, row.mac);
                let row = audit::resealed(self.reseal, &new, row)?;
                new = row.mac;
                self.put(0, move |c| trail::insert(c, &row))?;
            }
        }
    }

    fn put(
        &mut self,
        bytes: usize,
        put: impl FnOnce(&Connection) -> Result<(), ccc_store::Error> + Send + 'static,
    ) -> Result<(), Error> {
        self.waiting.push(Box::new(put));
        self.bytes += bytes + ROW_BYTES;
        if self.bytes < BATCH_BYTES { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.bytes = 0;
        let batch = mem::take(&mut self.waiting);
        Ok(self.to.write(move |c| batch.into_iter().try_for_each(|put| put(c)))?)
    }
}
