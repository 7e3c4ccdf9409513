//! Conversations: the directive sealed; status, count and chain under the row's mac.

use ccc_domain::Conversation;
use ccc_store::tables::conversations::ConversationRow;
use ccc_vault::{EncryptionService, Field, Place};

use super::{Reseal, open_text};
use crate::Error;

fn conversation_fixed(row: &ConversationRow) -> [Field<'static>; 3] {
    [
        Field::Id(row.session_id.to_bytes()),
        row.branch_of.map_or(Field::Null, |id| Field::Id(id.to_bytes())),
        Field::Int(row.created_at.ms()),
    ]
}

fn conversation_place<'a>(column: &'a str, row: &ConversationRow, fixed: &'a [Field<'a>]) -> Place<'a> {
    Place {
        table: "conversations",
        column,
        row: row.id.to_bytes(),
        session: Some(row.session_id),
        fixed,
    }
}

/// Seals what a conversation's row holds; its chain begins at zero.
pub(crate) fn seal_conversation(
    keys: &EncryptionService,
    conversation: &Conversation,
) -> Result<ConversationRow, Error> {
    let mut row = ConversationRow {
        id: conversation.id,
        session_id: conversation.session_id,
        branch_of: conversation.branch_of,
        created_at: conversation.created_at,
        status: conversation.status,
        turn_count: conversation.turn_count,
        chain: [0; 32],
        directive_sealed: Vec::new(),
        row_mac: [0; 32],
    };
    let fixed = conversation_fixed(&row);
    row.directive_sealed = keys.seal(
        &conversation_place("directive", &row, &fixed),
        conversation.directive.as_bytes(),
    )?;
    mac_conversation(keys, &mut row)?;
    Ok(row)
}

/// Renews a conversation row's mac after its clear columns changed.
pub(crate) fn mac_conversation(keys: &EncryptionService, row: &mut ConversationRow) -> Result<(), Error> {
    let fixed = conversation_fixed(row);
    row.row_mac = keys.row_mac(&conversation_place("", row, &fixed), &conversation_mutable(row))?;
    Ok(())
}

/// Whether a conversation row's clear columns are as they were written.
pub(crate) fn check_conversation(keys: &EncryptionService, row: &ConversationRow) -> Result<(), Error> {
    let fixed = conversation_fixed(row);
    Ok(keys.verify_row_mac(
        &conversation_place("", row, &fixed),
        &conversation_mutable(row),
        &row.row_mac,
    )?)
}

fn conversation_mutable(row: &ConversationRow) -> [Field<'_>; 4] {
    [
        Field::Text(row.status.as_str()),
        Field::Int(i64::from(row.turn_count)),
        Field::Bytes(&row.chain),
        Field::Bytes(&row.directive_sealed),
    ]
}

/// Opens a conversation's row.
pub(crate) fn open_conversation(keys: &EncryptionService, row: &ConversationRow) -> Result<Conversation, Error> {
    check_conversation(keys, row)?;
    let fixed = conversation_fixed(row);
    Ok(Conversation {
        id: row.id,
        session_id: row.session_id,
        branch_of: row.branch_of,
        directive: open_text(
            keys,
            &conversation_place("directive", row, &fixed),
            &row.directive_sealed,
        )?,
        created_at: row.created_at,
        status: row.status,
        turn_count: row.turn_count,
    })
}

impl Reseal<'_> {
    /// A conversation's row under the other keys. Its chain is not theirs yet: it is made anew over the resealed turns.
    pub(crate) fn conversation(&self, mut row: ConversationRow) -> Result<ConversationRow, Error> {
        check_conversation(self.from, &row)?;
        let fixed = conversation_fixed(&row);
        row.directive_sealed = self.value(&conversation_place("directive", &row, &fixed), &row.directive_sealed)?;
        mac_conversation(self.to, &mut row)?;
        Ok(row)
    }
}
