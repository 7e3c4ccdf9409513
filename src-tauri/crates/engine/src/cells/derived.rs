//! What is derived from turns: states, summaries, patterns, receipts, drafts, the index. Each write seals anew, so all clear columns are in the
//! seal and no mac is needed.

use ccc_domain::{AgentState, ContextSummary, Receipt, SessionId, SummarySource, Timestamp, TurnId, Usage};
use ccc_store::tables::{
    agent_states::AgentStateRow, context_summaries::SummaryRow, drafts::DraftRow, index_partitions::PartitionRow,
    patterns::PatternRow, receipts::ReceiptRow,
};
use ccc_vault::{EncryptionService, Field, Place};
use serde::{Deserialize, Serialize};

use super::{Draft, Reseal, open_json, open_text, seal_json};
use crate::Error;

fn state_fixed(row: &AgentStateRow) -> [Field<'static>; 3] {
    [
        Field::Id(row.session_id.to_bytes()),
        Field::Text(row.agent.as_str()),
        Field::Int(row.updated_at.ms()),
    ]
}

fn state_place<'a>(row: &AgentStateRow, fixed: &'a [Field<'a>]) -> Place<'a> {
    derived("agent_states", "state", row.id.to_bytes(), row.session_id, fixed)
}

/// Seals an agent's state.
pub(crate) fn seal_state(keys: &EncryptionService, state: &AgentState) -> Result<AgentStateRow, Error> {
    let mut row = AgentStateRow {
        id: state.id,
        session_id: state.session_id,
        agent: state.agent,
        updated_at: state.updated_at,
        state_sealed: Vec::new(),
    };
    row.state_sealed = seal_json(keys, &state_place(&row, &state_fixed(&row)), &state.data)?;
    Ok(row)
}

/// Opens an agent's state.
pub(crate) fn open_state(keys: &EncryptionService, row: &AgentStateRow) -> Result<AgentState, Error> {
    Ok(AgentState {
        id: row.id,
        session_id: row.session_id,
        agent: row.agent,
        data: open_json(keys, &state_place(row, &state_fixed(row)), &row.state_sealed)?,
        updated_at: row.updated_at,
    })
}

fn summary_fixed(row: &SummaryRow) -> [Field<'static>; 4] {
    [
        Field::Id(row.session_id.to_bytes()),
        Field::Int(i64::from(row.conversation_count)),
        Field::Int(row.created_at.ms()),
        Field::Int(row.updated_at.ms()),
    ]
}

fn summary_place<'a>(row: &SummaryRow, fixed: &'a [Field<'a>]) -> Place<'a> {
    derived("context_summaries", "summary", row.id.to_bytes(), row.session_id, fixed)
}

/// Seals a summary.
pub(crate) fn seal_summary(keys: &EncryptionService, summary: &ContextSummary) -> Result<SummaryRow, Error> {
    let mut row = SummaryRow {
        id: summary.id,
        session_id: summary.session_id,
        conversation_count: summary.conversation_count,
        created_at: summary.created_at,
        updated_at: summary.updated_at,
        summary_sealed: Vec::new(),
    };
    row.summary_sealed = seal_written(keys, &summary_place(&row, &summary_fixed(&row)), summary)?;
    Ok(row)
}

/// Opens a summary.
pub(crate) fn open_summary(keys: &EncryptionService, row: &SummaryRow) -> Result<ContextSummary, Error> {
    let written = open_written(keys, &summary_place(row, &summary_fixed(row)), &row.summary_sealed)?;
    Ok(ContextSummary {
        id: row.id,
        session_id: row.session_id,
        text: written.text,
        conversation_count: row.conversation_count,
        turn_count: written.turn_count,
        source: written.source,
        model: written.model,
        usage: written.usage,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// What of a summary is sealed.
#[derive(Default, Serialize, Deserialize)]
struct Written {
    text: String,
    turn_count: u32,
    source: SummarySource,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

/// Begins a sealed summary with its origin; an older one is the bare text, which begins with no such character.
const WITH_ORIGIN: u8 = 1;

fn seal_written(keys: &EncryptionService, place: &Place<'_>, summary: &ContextSummary) -> Result<Vec<u8>, Error> {
    let written = Written {
        text: summary.text.clone(),
        turn_count: summary.turn_count,
        source: summary.source,
        model: summary.model.clone(),
        usage: summary.usage,
    };
    let json = serde_json::to_vec(&written).map_err(|_| Error::Internal("a summary could not be written as JSON"))?;
    Ok(keys.seal(place, &[&[WITH_ORIGIN], json.as_slice()].concat())?)
}

fn open_written(keys: &EncryptionService, place: &Place<'_>, sealed: &[u8]) -> Result<Written, Error> {
    let text = open_text(keys, place, sealed)?;
    match text.strip_prefix(char::from(WITH_ORIGIN)) {
        Some(json) => serde_json::from_str(json).map_err(|_| Error::Damaged("a sealed value is not readable")),
        None => Ok(Written {
            text,
            ..Written::default()
        }),
    }
}

fn pattern_fixed(row: &PatternRow) -> [Field<'_>; 5] {
    [
        Field::Id(row.session_id.to_bytes()),
        Field::Text(row.agent.as_str()),
        Field::Text(&row.status),
        Field::Int(row.created_at.ms()),
        Field::Int(row.updated_at.ms()),
    ]
}

fn pattern_place<'a>(row: &PatternRow, fixed: &'a [Field<'a>]) -> Place<'a> {
    derived("patterns", "pattern", row.id.to_bytes(), row.session_id, fixed)
}

/// Whether a pattern opens. Nobody reads patterns yet, so nothing is said of what is in them.
pub(crate) fn check_pattern(keys: &EncryptionService, row: &PatternRow) -> Result<(), Error> {
    let opened = keys.open(&pattern_place(row, &pattern_fixed(row)), &row.pattern_sealed)?;
    drop(opened);
    Ok(())
}

fn receipt_fixed(session: SessionId, turn: TurnId, created_at: Timestamp) -> [Field<'static>; 3] {
    [
        Field::Id(session.to_bytes()),
        Field::Id(turn.to_bytes()),
        Field::Int(created_at.ms()),
    ]
}

/// Seals a receipt of a turn in `session`.
pub(crate) fn seal_receipt(
    keys: &EncryptionService,
    session: SessionId,
    receipt: &Receipt,
) -> Result<ReceiptRow, Error> {
    let fixed = receipt_fixed(session, receipt.turn_id, receipt.created_at);
    let place = derived("receipts", "receipt", receipt.id.to_bytes(), session, &fixed);
    Ok(ReceiptRow {
        id: receipt.id,
        session_id: session,
        turn_id: receipt.turn_id,
        created_at: receipt.created_at,
        receipt_sealed: seal_json(keys, &place, receipt)?,
    })
}

/// Opens a receipt.
pub(crate) fn open_receipt(keys: &EncryptionService, row: &ReceiptRow) -> Result<Receipt, Error> {
    let fixed = receipt_fixed(row.session_id, row.turn_id, row.created_at);
    open_json(
        keys,
        &derived("receipts", "receipt", row.id.to_bytes(), row.session_id, &fixed),
        &row.receipt_sealed,
    )
}

fn draft_fixed(row: &DraftRow) -> [Field<'static>; 5] {
    [
        Field::Int(i64::from(row.piece)),
        Field::Id(row.session_id.to_bytes()),
        Field::Id(row.conversation_id.to_bytes()),
        Field::Int(row.started_at.ms()),
        Field::Int(row.saved_at.ms()),
    ]
}

/// Seals a piece of a draft into `row`, whose other columns are filled in.
pub(crate) fn seal_draft(keys: &EncryptionService, mut row: DraftRow, draft: &Draft) -> Result<DraftRow, Error> {
    let fixed = draft_fixed(&row);
    let place = derived("drafts", "draft", row.turn_id.to_bytes(), row.session_id, &fixed);
    row.draft_sealed = seal_json(keys, &place, draft)?;
    Ok(row)
}

/// Opens a piece of a draft.
pub(crate) fn open_draft(keys: &EncryptionService, row: &DraftRow) -> Result<Draft, Error> {
    let fixed = draft_fixed(row);
    open_json(
        keys,
        &derived("drafts", "draft", row.turn_id.to_bytes(), row.session_id, &fixed),
        &row.draft_sealed,
    )
}

fn partition_fixed(row: &PartitionRow) -> [Field<'static>; 3] {
    [
        Field::Id(row.session_id.to_bytes()),
        Field::Int(i64::from(row.segment)),
        Field::Int(row.updated_at.ms()),
    ]
}

fn partition_place<'a>(row: &PartitionRow, fixed: &'a [Field<'a>]) -> Place<'a> {
    derived(
        "index_partitions",
        "partition",
        row.session_id.to_bytes(),
        row.session_id,
        fixed,
    )
}

/// Seals a segment of the index into `row`, whose other columns are filled in.
pub(crate) fn seal_partition(
    keys: &EncryptionService,
    mut row: PartitionRow,
    segment: &[u8],
) -> Result<PartitionRow, Error> {
    row.partition_sealed = keys.seal(&partition_place(&row, &partition_fixed(&row)), segment)?;
    Ok(row)
}

/// Opens a segment of the index.
pub(crate) fn open_partition(keys: &EncryptionService, row: &PartitionRow) -> Result<Vec<u8>, Error> {
    let opened = keys.open(&partition_place(row, &partition_fixed(row)), &row.partition_sealed)?;
    Ok(opened.to_vec())
}

impl Reseal<'_> {
    /// An agent's state under the other keys.
    pub(crate) fn state(&self, mut row: AgentStateRow) -> Result<AgentStateRow, Error> {
        row.state_sealed = self.value(&state_place(&row, &state_fixed(&row)), &row.state_sealed)?;
        Ok(row)
    }

    /// A summary under the other keys.
    pub(crate) fn summary(&self, mut row: SummaryRow) -> Result<SummaryRow, Error> {
        row.summary_sealed = self.value(&summary_place(&row, &summary_fixed(&row)), &row.summary_sealed)?;
        Ok(row)
    }

    /// A pattern under the other keys.
    pub(crate) fn pattern(&self, mut row: PatternRow) -> Result<PatternRow, Error> {
        row.pattern_sealed = self.value(&pattern_place(&row, &pattern_fixed(&row)), &row.pattern_sealed)?;
        Ok(row)
    }

    /// A receipt under the other keys.
    pub(crate) fn receipt(&self, mut row: ReceiptRow) -> Result<ReceiptRow, Error> {
        let fixed = receipt_fixed(row.session_id, row.turn_id, row.created_at);
        let place = derived("receipts", "receipt", row.id.to_bytes(), row.session_id, &fixed);
        row.receipt_sealed = self.value(&place, &row.receipt_sealed)?;
        Ok(row)
    }

    /// A piece of a draft under the other keys.
    pub(crate) fn draft(&self, mut row: DraftRow) -> Result<DraftRow, Error> {
        let fixed = draft_fixed(&row);
        let place = derived("drafts", "draft", row.turn_id.to_bytes(), row.session_id, &fixed);
        row.draft_sealed = self.value(&place, &row.draft_sealed)?;
        Ok(row)
    }

    /// A segment of the index under the other keys.
    pub(crate) fn partition(&self, mut row: PartitionRow) -> Result<PartitionRow, Error> {
        row.partition_sealed = self.value(&partition_place(&row, &partition_fixed(&row)), &row.partition_sealed)?;
        Ok(row)
    }
}

fn derived<'a>(
    table: &'a str,
    column: &'a str,
    row: [u8; 16],
    session: SessionId,
    fixed: &'a [Field<'a>],
) -> Place<'a> {
    Place {
        table,
        column,
        row,
        session: Some(session),
        fixed,
    }
}

#[cfg(test)]
mod tests {
    use ccc_domain::{ConversationId, ProfileId, Step, SummaryId, TurnMetadata};

    use super::*;

    #[test]
    fn a_draft_moved_to_other_keys_opens_there_and_no_more_with_the_old_ones() {
        let session = SessionId::from_bytes([2; 16]);
        let [from, to] = [(), ()].map(|()| {
            let keys = EncryptionService::throw_away(ProfileId::from_bytes([1; 16])).unwrap();
            keys.create_session_key(session).unwrap();
            keys
        });
        let row = DraftRow {
            turn_id: TurnId::from_bytes([3; 16]),
            piece: 1,
            session_id: session,
            conversation_id: ConversationId::from_bytes([4; 16]),
            started_at: Timestamp::from_ms(5),
            saved_at: Timestamp::from_ms(6),
            draft_sealed: Vec::new(),
        };
        let draft = Draft {
            step: Step::Execute,
            round: 1,
            text: "so far".to_owned(),
            metadata: TurnMetadata::default(),
            receipt: None,
        };
        let row = seal_draft(&from, row, &draft).unwrap();
        let reseal = Reseal { from: &from, to: &to };
        let moved = reseal.draft(row).unwrap();
        assert_eq!(open_draft(&to, &moved).unwrap(), draft);
        assert!(open_draft(&from, &moved).is_err());
    }

    #[test]
    fn a_summary_sealed_as_bare_text_opens_as_an_extract_and_another_with_its_origin() {
        let keys = EncryptionService::throw_away(ProfileId::from_bytes([1; 16])).unwrap();
        let session = SessionId::from_bytes([2; 16]);
        keys.create_session_key(session).unwrap();
        let summary = ContextSummary {
            id: SummaryId::from_bytes([3; 16]),
            session_id: session,
            text: "In short.".to_owned(),
            conversation_count: 2,
            turn_count: 5,
            source: SummarySource::Model,
            model: Some("m".to_owned()),
            usage: Some(Usage::default()),
            created_at: Timestamp::from_ms(7),
            updated_at: Timestamp::from_ms(8),
        };
        let mut row = seal_summary(&keys, &summary).unwrap();
        assert_eq!(open_summary(&keys, &row).unwrap(), summary);
        let bare = keys.seal(&summary_place(&row, &summary_fixed(&row)), b"In short.");
        row.summary_sealed = bare.unwrap();
        let older = ContextSummary {
            turn_count: 0,
            source: SummarySource::Extract,
            model: None,
            usage: None,
            ..summary
        };
        assert_eq!(open_summary(&keys, &row).unwrap(), older);
    }
}
