//! What receipts quote of a turn: found, and taken out when the turn is deleted.

use ccc_domain::{ContextItem, ConversationId, SessionId, TurnId};
use ccc_store::{
    Connection,
    tables::{drafts, receipts},
};
use serde::{Deserialize, Serialize};

use crate::{Error, MemoryService, cells, core::Core};

/// How many receipts are opened between two looks at the store.
const PAGE: u32 = 500;

/// What is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Target {
    /// A turn: its text goes, its place stays.
    Turn(TurnId),
    /// A conversation with all its turns.
    Conversation(ConversationId),
    /// A session with all its conversations.
    Session(SessionId),
}

impl Target {
    /// Whether an item of a context is of it.
    pub(crate) fn holds(&self, item: &ContextItem) -> bool {
        match self {
            Self::Turn(id) => item.turn_id == *id,
            Self::Conversation(id) => item.conversation_id == *id,
            Self::Session(id) => item.session_id == *id,
        }
    }
}

/// The receipts that quote something.
pub(super) struct Quotes {
    target: Target,
    receipts: Vec<TurnId>,
}

impl MemoryService {
    /// The receipts of any session that quote `target`. Opens them all, whatever the clock said when they were made. One
    /// that does not open quotes nothing that could be read.
    /// Those of sessions that are `going` need not be looked at.
    pub(super) fn quotes(&self, target: Target, going: impl Fn(SessionId) -> bool) -> Result<Quotes, Error> {
        let (mut found, mut after) = (Vec::new(), TurnId::from_bytes([0; 16]));
        loop {
            let rows = self.db.read(|c| receipts::list_after(c, after, PAGE))?;
            let Some(last) = rows.last() else {
                return Ok(Quotes {
                    target,
                    receipts: found,
                });
            };
            after = last.turn_id;
            let staying = rows.iter().filter(|row| !going(row.session_id));
            let quoting = staying.filter(|row| {
                let receipt = cells::open_receipt(&self.core.keys, row);
                receipt.is_ok_and(|receipt| receipt.context.items.iter().any(|item| target.holds(item)))
            });
            found.extend(quoting.map(|row| row.turn_id));
        }
    }
}

impl Quotes {
    /// Takes what is quoted out of the receipts, and of drafts; how many there were.
    pub(super) fn redact(&self, core: &Core, tx: &Connection) -> Result<u32, Error> {
        let mut redacted = 0;
        for turn in &self.receipts {
            let Some(mut row) = receipts::get(tx, *turn)? else {
                continue;
            };
            let mut receipt = cells::open_receipt(&core.keys, &row)?;
            if receipt.context.redact(|item| self.target.holds(item)) {
                row = cells::seal_receipt(&core.keys, row.session_id, &receipt)?;
                receipts::overwrite(tx, &row)?;
                redacted += 1;
            }
        }
        for row in drafts::list(tx)? {
            // One whose session is going too does not open any more.
            let Ok(mut draft) = cells::open_draft(&core.keys, &row) else {
                continue;
            };
            let quoted = draft
                .receipt
                .as_mut()
                .is_some_and(|receipt| receipt.context.redact(|i| self.target.holds(i)));
            if quoted {
                drafts::overwrite(tx, &cells::seal_draft(&core.keys, row, &draft)?)?;
                redacted += 1;
            }
        }
        Ok(redacted)
    }
}
