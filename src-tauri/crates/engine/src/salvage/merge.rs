//! One new file of two sources: the damaged file first, the backup for what it lost.

use std::{collections::BTreeSet, sync::Arc};

use ccc_domain::{
    Agent, Conversation, ConversationId, ConversationStatus, Preferences, Session, SessionId, SessionStatus, TurnId,
};
use ccc_store::{
    Db,
    tables::{
        conversations::{self, ConversationRow},
        drafts,
        receipts::{self, ReceiptRow},
        sessions::{self, SessionRow},
        turns::{self, TurnRow},
    },
};

use super::{
    MissingConversations, SalvageReport, SalvagedConversation, Source,
    derived::Sources,
    filling::{Filled, Known},
    first_line,
    spares::Spares,
    title_of,
};
use crate::{
    Error,
    backup::{Stage, Watch, tell},
    cells,
    core::Core,
};

/// The two sources, and where they are brought together.
pub(super) struct Merging<'a> {
    core: &'a Arc<Core>,
    db: &'a Db,
    damaged: Option<&'a Source>,
    backup: Option<&'a Source>,
    /// All backups, for turns.
    spares: &'a Spares,
    /// Whether the damaged file lost its end.
    is_behind: bool,
    /// What was deleted, by the damaged file's word.
    deleted: BTreeSet<[u8; 16]>,
    /// Whether some of that is in the backup still.
    is_deleted_since: bool,
    report: SalvageReport,
}

/// A conversation with its turns, as it is to be stored.
struct Merged {
    row: ConversationRow,
    turns: Vec<TurnRow>,
    receipts: Vec<ReceiptRow>,
    from_backup: u32,
    /// Which backup they came from.
    backup: Option<String>,
    lost: u32,
}

impl<'a> Merging<'a> {
    /// Of the damaged file and the newest backup.
    pub(super) fn new(
        core: &'a Arc<Core>,
        db: &'a Db,
        [damaged, backup]: [Option<&'a Source>; 2],
        spares: &'a Spares,
        is_behind: bool,
    ) -> Self {
        Self {
            core,
            db,
            damaged,
            backup,
            spares,
            is_behind,
            deleted: BTreeSet::new(),
            is_deleted_since: false,
            report: SalvageReport::default(),
        }
    }

    pub(super) fn run(mut self, watch: Watch<'_>) -> Result<SalvageReport, Error> {
        if let Some(damaged) = self.damaged {
            self.deleted = damaged.survey.deleted(&self.core.keys)?;
        }
        if let Some(backup) = self.backup {
            self.is_deleted_since = !self.deleted.is_subset(&backup.survey.deleted(&self.core.keys)?);
        }
        let sources = || self.damaged.into_iter().chain(self.backup);
        let mut all: BTreeSet<SessionId> = sources().flat_map(|source| source.survey.all_sessions()).collect();
        // A session whose key is destroyed was deleted.
        all.retain(|id| self.core.keys.has_session_key(*id));
        let of = all.len() as u64;
        for (done, id) in (0..).zip(all) {
            tell(watch, Stage::Copying, done, of)?;
            self.session(id)?;
        }
        Ok(self.report)
    }

    fn session(&mut self, id: SessionId) -> Result<(), Error> {
        let own = self.damaged.and_then(|source| source.survey.sessions.get(&id));
        let spare = self.backup.and_then(|source| source.survey.sessions.get(&id));
        let title = own
            .or(spare)
            .map(|row| title_of(&self.core.keys, row))
            .unwrap_or_default();
        let wanted = self.wanted(id, own);
        let mut merged = Vec::new();
        for conversation in wanted {
            let Some(one) = self.conversation(id, conversation)? else {
                continue;
            };
            self.note(&title, &one)?;
            merged.push(one);
        }
        if let Some(row) = own
            && let Some(count) = row
                .conversation_count
                .checked_sub(u32::try_from(merged.len()).unwrap_or(u32::MAX))
            && count > 0
        {
            self.report.missing.push(MissingConversations {
                session: title.clone(),
                count,
            });
        }
        let row = self.session_row(id, own.or(spare), merged.len())?;
        self.store(row, merged)
    }

    /// Which conversations a session is to have: those found in the damaged file and, where that lacks some, its end, or the
    /// session's own row, those of the backup that were not deleted since. Where the trail is damaged too, one that was may
    /// come back with them.
    fn wanted(&self, id: SessionId, own: Option<&SessionRow>) -> BTreeSet<ConversationId> {
        let of = |source: &Source| source.survey.conversations_of(id);
        let mut wanted = self.damaged.map(of).unwrap_or_default();
        if self.is_behind || own.is_none_or(|row| (row.conversation_count as usize) > wanted.len()) {
            let mut more = self.backup.map(of).unwrap_or_default();
            more.retain(|id| !self.deleted.contains(&id.to_bytes()));
            wanted.extend(more);
        }
        wanted
    }

    fn session_row(&self, id: SessionId, found: Option<&SessionRow>, count: usize) -> Result<SessionRow, Error> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        match found {
            Some(row) => {
                let mut row = row.clone();
                row.conversation_count = count;
                cells::mac_session(&self.core.keys, &mut row)?;
                Ok(row)
            }
            None => cells::seal_session(
                &self.core.keys,
                &Session {
                    id,
                    title: "Salvaged".to_owned(),
                    created_at: self.core.now(),
                    last_active_at: self.core.now(),
                    status: SessionStatus::Active,
                    pinned: false,
                    conversation_count: count,
                    preferences: Preferences::default(),
                },
            ),
        }
    }

    /// A conversation of both sources; none where there is nothing of it.
    fn conversation(&self, session: SessionId, id: ConversationId) -> Result<Option<Merged>, Error> {
        let row_of = |source: Option<&'a Source>| source.and_then(|s| s.survey.conversations.get(&id));
        let own = row_of(self.damaged);
        let known = Known {
            row: own,
            is_behind: self.is_behind,
            deleted: &self.deleted,
        };
        let filled = known.fill(self.core, self.own_turns(id), self.spares.conversations(id))?;
        let turns: Vec<TurnRow> = filled.turns.into_values().collect();
        let row = match (own, row_of(self.backup)) {
            (Some(row), _) => Some(row.clone()),
            (None, Some(row)) => Some(self.without_deleted(row, &turns)?),
            (None, None) => self.row_from(session, id, &turns)?,
        };
        let Some(row) = row else { return Ok(None) };
        let expected = row.turn_count.max(turns.last().map_or(0, |turn| turn.number));
        let count = u32::try_from(turns.len()).unwrap_or(u32::MAX);
        let mut receipts = filled.receipts;
        let with: BTreeSet<TurnId> = receipts.iter().map(|receipt| receipt.turn_id).collect();
        // That of a deleted turn went with it.
        let without = turns
            .iter()
            .filter(|turn| !with.contains(&turn.id) && !self.deleted.contains(&turn.id.to_bytes()));
        receipts.extend(without.filter_map(|turn| self.receipt_of(turn)));
        let (row, turns) = self.chained(row, turns)?;
        Ok(Some(Merged {
            row,
            turns,
            receipts,
            from_backup: filled.from_backup,
            backup: filled.backup,
            lost: expected.saturating_sub(count),
        }))
    }

    /// The turns that the damaged file still has.
    fn own_turns(&self, id: ConversationId) -> Filled {
        let found = self
            .damaged
            .and_then(|s| s.survey.turns.get(&id).map(|turns| (s, turns)));
        let rows = found.into_iter().flat_map(|(source, turns)| {
            let row = |(number, at): (&u32, &i64)| Some((*number, source.wreck.row::<TurnRow>(*at)?));
            turns.iter().filter_map(row)
        });
        Filled {
            turns: rows.collect(),
            ..Filled::default()
        }
    }

    fn receipt_of(&self, turn: &TurnRow) -> Option<ReceiptRow> {
        let mut sources = self.damaged.into_iter().chain(self.backup);
        sources.find_map(|source| {
            let at = source.survey.receipts.get(&turn.id)?;
            source.wreck.row::<ReceiptRow>(*at)
        })
    }

    /// A backup's row; without its directive where the turn that said it was deleted since.
    fn without_deleted(&self, row: &ConversationRow, turns: &[TurnRow]) -> Result<ConversationRow, Error> {
        let first = turns.first().filter(|turn| turn.number == 1);
        if !first.is_some_and(|turn| self.deleted.contains(&turn.id.to_bytes())) {
            return Ok(row.clone());
        }
        let mut opened = cells::open_conversation(&self.core.keys, row)?;
        opened.directive.clear();
        let emptied = cells::seal_conversation(&self.core.keys, &opened)?;
        let mut row = ConversationRow {
            directive_sealed: emptied.directive_sealed,
            ..row.clone()
        };
        cells::mac_conversation(&self.core.keys, &mut row)?;
        Ok(row)
    }

    /// A row for turns whose conversation was lost: its directive is the person's first word in it.
    fn row_from(
        &self,
        session: SessionId,
        id: ConversationId,
        turns: &[TurnRow],
    ) -> Result<Option<ConversationRow>, Error> {
        let Some(first) = turns.iter().find(|turn| turn.agent == Agent::Wykeve).or(turns.first()) else {
            return Ok(None);
        };
        let conversation = Conversation {
            id,
            session_id: session,
            branch_of: None,
            directive: cells::open_turn(&self.core.keys, first)?.content,
            created_at: first.created_at,
            status: ConversationStatus::Completed,
            turn_count: 0,
        };
        Ok(Some(cells::seal_conversation(&self.core.keys, &conversation)?))
    }

    /// Turns numbered from 1 without gaps, and the row with their count and chain. What fits already stays as it is.
    fn chained(
        &self,
        mut row: ConversationRow,
        mut turns: Vec<TurnRow>,
    ) -> Result<(ConversationRow, Vec<TurnRow>), Error> {
        let keys = &self.core.keys;
        for (number, turn) in (1..).zip(&mut turns) {
            if turn.number != number {
                let mut opened = cells::open_turn(keys, turn)?;
                opened.number = number;
                *turn = cells::seal_turn(keys, &opened)?;
            }
        }
        let mut chain = [0; 32];
        for turn in &turns {
            chain = cells::chain(keys, &chain, turn)?;
        }
        let count = u32::try_from(turns.len()).unwrap_or(u32::MAX);
        if (count, chain) != (row.turn_count, row.chain) {
            (row.turn_count, row.chain) = (count, chain);
            cells::mac_conversation(keys, &mut row)?;
        }
        Ok((row, turns))
    }

    fn note(&mut self, session: &str, merged: &Merged) -> Result<(), Error> {
        if merged.lost == 0 && merged.from_backup == 0 {
            self.report.whole += 1;
            return Ok(());
        }
        let opened = cells::open_conversation(&self.core.keys, &merged.row)?;
        // Their names sort by when they were made.
        self.report.backup = self.report.backup.take().max(merged.backup.clone());
        self.report.conversations.push(SalvagedConversation {
            session: session.to_owned(),
            title: first_line(&opened.directive),
            conversation_id: opened.id,
            turns: opened.turn_count,
            from_backup: merged.from_backup,
            lost: merged.lost,
        });
        Ok(())
    }

    fn store(&self, session: SessionRow, merged: Vec<Merged>) -> Result<(), Error> {
        let id = session.id;
        let derived = Sources {
            damaged: self.damaged,
            backup: self.backup,
            is_behind: self.is_behind,
            is_deleted_since: self.is_deleted_since,
        }
        .of(&self.core.keys, id);
        let kept: BTreeSet<ConversationId> = merged.iter().map(|one| one.row.id).collect();
        let mut unfinished: Vec<_> = self
            .damaged
            .map(|source| source.survey.drafts.clone())
            .unwrap_or_default();
        unfinished.retain(|draft| kept.contains(&draft.conversation_id));
        Ok(self.db.write(move |tx| {
            sessions::insert(tx, &session)?;
            for one in &merged {
                conversations::insert(tx, &one.row)?;
                one.turns.iter().try_for_each(|turn| turns::insert(tx, turn))?;
                one.receipts
                    .iter()
                    .try_for_each(|receipt| receipts::insert(tx, receipt))?;
            }
            derived.store(tx)?;
            unfinished.iter().try_for_each(|draft| drafts::insert(tx, draft))
        })?)
    }
}
