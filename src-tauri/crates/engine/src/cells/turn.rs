//! Turns: speaker, content and metadata sealed; every clear column is in what each seal authenticates.

use ccc_domain::Turn;
use ccc_store::tables::turns::TurnRow;
use ccc_vault::{EncryptionService, Field, Place};

use super::{Reseal, open_json, open_text, seal_json};
use crate::Error;

/// `spoken`: whether there is a speaker, so that taking the name away is noticed too.
fn turn_fixed(row: &TurnRow, spoken: bool) -> [Field<'static>; 7] {
    [
        Field::Int(i64::from(spoken)),
        Field::Id(row.session_id.to_bytes()),
        Field::Id(row.conversation_id.to_bytes()),
        Field::Int(i64::from(row.number)),
        Field::Text(row.agent.as_str()),
        Field::Text(row.status.as_str()),
        Field::Int(row.created_at.ms()),
    ]
}

fn turn_place<'a>(column: &'a str, row: &TurnRow, fixed: &'a [Field<'a>]) -> Place<'a> {
    Place {
        table: "turns",
        column,
        row: row.id.to_bytes(),
        session: Some(row.session_id),
        fixed,
    }
}

/// Seals a turn.
pub(crate) fn seal_turn(keys: &EncryptionService, turn: &Turn) -> Result<TurnRow, Error> {
    let mut row = TurnRow {
        id: turn.id,
        session_id: turn.session_id,
        conversation_id: turn.conversation_id,
        number: turn.number,
        agent: turn.agent,
        status: turn.status,
        created_at: turn.created_at,
        speaker_sealed: None,
        content_sealed: Vec::new(),
        metadata_sealed: Vec::new(),
    };
    let fixed = turn_fixed(&row, turn.speaker.is_some());
    row.speaker_sealed = turn
        .speaker
        .as_ref()
        .map(|speaker| keys.seal(&turn_place("speaker", &row, &fixed), speaker.as_bytes()))
        .transpose()?;
    row.content_sealed = keys.seal(&turn_place("content", &row, &fixed), turn.content.as_bytes())?;
    row.metadata_sealed = seal_json(keys, &turn_place("metadata", &row, &fixed), &turn.metadata)?;
    Ok(row)
}

/// The value of a conversation's chain after this turn.
pub(crate) fn chain(keys: &EncryptionService, previous: &[u8], row: &TurnRow) -> Result<[u8; 32], Error> {
    let fixed = turn_fixed(row, row.speaker_sealed.is_some());
    Ok(keys.chain(previous, &turn_place("content", row, &fixed), &row.content_sealed)?)
}

/// Opens a turn.
pub(crate) fn open_turn(keys: &EncryptionService, row: &TurnRow) -> Result<Turn, Error> {
    let fixed = turn_fixed(row, row.speaker_sealed.is_some());
    Ok(Turn {
        id: row.id,
        session_id: row.session_id,
        conversation_id: row.conversation_id,
        number: row.number,
        agent: row.agent,
        speaker: row
            .speaker_sealed
            .as_ref()
            .map(|sealed| open_text(keys, &turn_place("speaker", row, &fixed), sealed))
            .transpose()?,
        content: open_text(keys, &turn_place("content", row, &fixed), &row.content_sealed)?,
        created_at: row.created_at,
        status: row.status,
        metadata: open_json(keys, &turn_place("metadata", row, &fixed), &row.metadata_sealed)?,
    })
}

/// Opens who spoke, where that is imported, and what was said.
pub(crate) fn open_said(keys: &EncryptionService, row: &TurnRow) -> Result<(Option<String>, String), Error> {
    let fixed = turn_fixed(row, row.speaker_sealed.is_some());
    let open = |column, sealed| open_text(keys, &turn_place(column, row, &fixed), sealed);
    let speaker = row.speaker_sealed.as_ref().map(|sealed| open("speaker", sealed));
    Ok((speaker.transpose()?, open("content", &row.content_sealed)?))
}

impl Reseal<'_> {
    /// A turn under the other keys.
    pub(crate) fn turn(&self, mut row: TurnRow) -> Result<TurnRow, Error> {
        let fixed = turn_fixed(&row, row.speaker_sealed.is_some());
        row.speaker_sealed = row
            .speaker_sealed
            .as_ref()
            .map(|sealed| self.value(&turn_place("speaker", &row, &fixed), sealed))
            .transpose()?;
        row.content_sealed = self.value(&turn_place("content", &row, &fixed), &row.content_sealed)?;
        row.metadata_sealed = self.value(&turn_place("metadata", &row, &fixed), &row.metadata_sealed)?;
        Ok(row)
    }
}
