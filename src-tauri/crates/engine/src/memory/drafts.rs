//! Drafts: a running step's text, so that a crash costs at most what came since the last save.

use ccc_domain::{ConversationId, NewTurn, SessionId, Timestamp, TurnId, TurnStatus};
use ccc_store::{
    Connection,
    tables::{
        drafts::{self, DraftRow},
        receipts,
    },
};

use crate::{
    Error, MemoryService,
    audit::{self, Entry},
    cells::{self, Draft},
    core::Core,
    memory::turns,
};

/// Where a running step's draft belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DraftPlace {
    pub(crate) turn_id: TurnId,
    pub(crate) session_id: SessionId,
    pub(crate) conversation_id: ConversationId,
    pub(crate) started_at: Timestamp,
}

impl MemoryService {
    /// Saves what a running step said since the piece before.
    pub(crate) fn save_draft(&self, place: DraftPlace, piece: u32, mut draft: Draft) -> Result<(), Error> {
        let core = self.core.clone();
        self.db.write(move |tx| {
            if let Some(receipt) = &mut draft.receipt {
                core.redact(receipt);
            }
            let row = DraftRow {
                turn_id: place.turn_id,
                piece,
                session_id: place.session_id,
                conversation_id: place.conversation_id,
                started_at: place.started_at,
                saved_at: core.now(),
                draft_sealed: Vec::new(),
            };
            Ok(drafts::insert(tx, &cells::seal_draft(&core.keys, row, &draft)?)?)
        })
    }

    /// Removes a draft whose step left nothing to keep.
    pub(crate) fn drop_draft(&self, turn: TurnId) -> Result<(), Error> {
        self.db.write(move |tx| Ok(drafts::delete(tx, turn).map(drop)?))
    }

    /// Turns the drafts of one conversation into interrupted turns: a run of it was dropped in this process.
    pub(crate) fn recover_drafts_of(&self, conversation: ConversationId) -> Result<(), Error> {
        let of = |row: &DraftRow| row.conversation_id == conversation;
        self.recover_drafts_where(of).map(drop)
    }

    /// Turns every draft into an interrupted turn. One that cannot be is left as it is and counted: it must not keep
    /// the profile from opening.
    pub(super) fn recover_drafts(&self) -> Result<(Vec<ConversationId>, usize), Error> {
        self.recover_drafts_where(|_| true)
    }

    fn recover_drafts_where(&self, of: impl Fn(&DraftRow) -> bool) -> Result<(Vec<ConversationId>, usize), Error> {
        let mut rows = self.db.read(drafts::list)?;
        rows.retain(of);
        let (mut interrupted, mut left) = (Vec::new(), 0);
        for pieces in rows.chunk_by(|a, b| a.turn_id == b.turn_id) {
            let (core, pieces, conversations) = (self.core.clone(), pieces.to_vec(), pieces.first());
            match self.db.write(move |tx| recover(&core, tx, &pieces)) {
                Ok(()) => interrupted.extend(conversations.map(|row| row.conversation_id)),
                Err(error) => {
                    tracing::error!(code = %error.code(), "a draft could not be recovered");
                    left += 1;
                }
            }
        }
        Ok((interrupted, left))
    }
}

/// Stores what the pieces of one draft say together, and removes them.
fn recover(core: &Core, tx: &Connection, pieces: &[DraftRow]) -> Result<(), Error> {
    let Some((row, mut draft)) = open_all(core, pieces)? else {
        return Ok(());
    };
    let text = std::mem::take(&mut draft.text);
    if !text.trim().is_empty() {
        let turn = NewTurn {
            id: row.turn_id,
            session_id: row.session_id,
            conversation_id: row.conversation_id,
            agent: draft.step.agent(),
            speaker: None,
            content: text,
            created_at: row.started_at,
            status: TurnStatus::Interrupted,
            metadata: draft.metadata,
        };
        let turn = turns::append(core, tx, turn)?;
        if let Some(receipt) = draft.receipt {
            receipts::insert(tx, &cells::seal_receipt(&core.keys, turn.session_id, &receipt)?)?;
        }
    }
    drafts::delete(tx, row.turn_id)?;
    audit::record(
        core,
        tx,
        Entry::new("recover", "draft", row.turn_id.to_bytes()).by("app"),
    )
}

/// The newest piece with the text of all; the text ends where a piece is missing.
fn open_all<'a>(core: &Core, pieces: &'a [DraftRow]) -> Result<Option<(&'a DraftRow, Draft)>, Error> {
    let (mut text, mut receipt, mut newest) = (String::new(), None, None);
    for (number, row) in (0..).zip(pieces) {
        if row.piece != number {
            break;
        }
        let draft = cells::open_draft(&core.keys, row)?;
        text.push_str(&draft.text);
        receipt = receipt.or(draft.receipt.clone());
        newest = Some((row, draft));
    }
    Ok(newest.map(|(row, draft)| (row, Draft { text, receipt, ..draft })))
}
