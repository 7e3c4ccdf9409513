//! What of a file opens under the profile's keys, found row by row.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use ccc_domain::{ConversationId, PatternId, SessionId, StateId, SummaryId, TurnId};
use ccc_store::{
    tables::{
        agent_states::AgentStateRow, audit::AuditRow, context_summaries::SummaryRow, conversations::ConversationRow,
        drafts::DraftRow, patterns::PatternRow, receipts::ReceiptRow, sessions::SessionRow, settings::SettingRow,
        turns::TurnRow,
    },
    wreck::Wreck,
};
use ccc_vault::EncryptionService;

use crate::{Error, audit, backup::BackupSettings, cells};

/// The audit trail's entries that can be read, by number.
pub(super) type Entries = BTreeMap<u64, AuditRow>;

/// What opens. Turns and receipts are kept as the numbers of their rows: there may be many.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) sessions: BTreeMap<SessionId, SessionRow>,
    pub(super) conversations: BTreeMap<ConversationId, ConversationRow>,
    /// By conversation and by number in it.
    pub(super) turns: BTreeMap<ConversationId, BTreeMap<u32, i64>>,
    /// Which session a conversation is in, by its own row or by one of its turns.
    pub(super) session_of: BTreeMap<ConversationId, SessionId>,
    pub(super) receipts: BTreeMap<TurnId, i64>,
    pub(super) drafts: Vec<DraftRow>,
    pub(super) states: BTreeMap<StateId, AgentStateRow>,
    pub(super) summaries: BTreeMap<SummaryId, SummaryRow>,
    pub(super) patterns: BTreeMap<PatternId, PatternRow>,
    /// Whether some summary or pattern may be lost: one does not open, or a page is damaged.
    pub(super) is_torn: bool,
    pub(super) settings: Vec<SettingRow>,
    pub(super) trail: Entries,
}

impl Survey {
    pub(super) fn of(keys: &EncryptionService, wreck: &Wreck) -> Self {
        let mut found = Self::default();
        wreck.each(|_, row: SessionRow| {
            if cells::open_session(keys, &row).is_ok() {
                found.sessions.insert(row.id, row);
            }
        });
        wreck.each(|_, row: ConversationRow| {
            if cells::open_conversation(keys, &row).is_ok() {
                found.session_of.insert(row.id, row.session_id);
                found.conversations.insert(row.id, row);
            }
        });
        wreck.each(|at, row: TurnRow| {
            if cells::open_turn(keys, &row).is_ok() {
                found.session_of.entry(row.conversation_id).or_insert(row.session_id);
                found
                    .turns
                    .entry(row.conversation_id)
                    .or_default()
                    .insert(row.number, at);
            }
        });
        wreck.each(|at, row: ReceiptRow| {
            if cells::open_receipt(keys, &row).is_ok() {
                found.receipts.insert(row.turn_id, at);
            }
        });
        found.derived(keys, wreck);
        found.settings = wreck.settings();
        found
            .settings
            .retain(|row| cells::open_setting::<serde_json::Value>(keys, row).is_ok());
        wreck.each(|_, row: AuditRow| {
            found.trail.insert(row.id, row);
        });
        found
    }

    fn derived(&mut self, keys: &EncryptionService, wreck: &Wreck) {
        self.is_torn = !wreck.hangs_together();
        wreck.each(|_, row: DraftRow| {
            if cells::open_draft(keys, &row).is_ok() {
                self.drafts.push(row);
            }
        });
        wreck.each(|_, row: AgentStateRow| {
            if cells::open_state(keys, &row).is_ok() {
                self.states.insert(row.id, row);
            }
        });
        wreck.each(|_, row: SummaryRow| {
            if cells::open_summary(keys, &row).is_ok() {
                self.summaries.insert(row.id, row);
            } else {
                self.is_torn = true;
            }
        });
        wreck.each(|_, row: PatternRow| {
            if cells::check_pattern(keys, &row).is_ok() {
                self.patterns.insert(row.id, row);
            } else {
                self.is_torn = true;
            }
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.conversations.is_empty() && self.turns.is_empty()
    }

    /// Every session of which anything was found.
    pub(super) fn all_sessions(&self) -> BTreeSet<SessionId> {
        self.sessions.keys().chain(self.session_of.values()).copied().collect()
    }

    /// The conversations of a session of which anything was found.
    pub(super) fn conversations_of(&self, session: SessionId) -> BTreeSet<ConversationId> {
        let of = self.session_of.iter().filter(|(_, of)| **of == session);
        of.map(|(id, _)| *id).collect()
    }

    /// The ids of turns and conversations that were deleted, by entries of the trail that follow from the ones before.
    pub(super) fn deleted(&self, keys: &EncryptionService) -> Result<BTreeSet<[u8; 16]>, Error> {
        let (mut deleted, mut last) = (BTreeSet::new(), (0, [0; 32]));
        for row in self.trail.values() {
            let is_one = row.action == "delete" && ["turn", "conversation"].contains(&row.entity.as_str());
            if is_one && audit::follows(keys, last, row)? {
                deleted.extend(row.entity_id);
            }
            last = (row.id, row.mac);
        }
        Ok(deleted)
    }

    /// The folder that the person chose for backups.
    pub(super) fn chosen_folder(&self, keys: &EncryptionService) -> Option<PathBuf> {
        let row = self.settings.iter().find(|row| row.name == "backup")?;
        let settings: BackupSettings = cells::open_setting(keys, row).ok()?;
        settings.folder.map(PathBuf::from)
    }
}

/// The audit trail.
pub(super) struct Trail;

impl Trail {
    /// The longest trail from the first entry on in which each follows from the one before, whichever source has it.
    pub(super) fn joined(keys: &EncryptionService, sources: &[&Entries]) -> Result<Vec<AuditRow>, Error> {
        let (mut trail, mut last) = (Vec::new(), (0, [0; 32]));
        loop {
            let mut next = None;
            for row in sources.iter().filter_map(|entries| entries.get(&(last.0 + 1))) {
                if next.is_none() && audit::follows(keys, last, row)? {
                    next = Some(row.clone());
                }
            }
            let Some(row) = next else { return Ok(trail) };
            last = (row.id, row.mac);
            trail.push(row);
        }
    }
}
