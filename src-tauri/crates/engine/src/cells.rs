//! Rows to what they mean and back: which value is sealed where, and what is authenticated with it.
//!
//! Each sealed value is bound to its table, column, row and the row's immutable columns, so that a value moved to
//! another place does not open. Mutable clear columns are under the row's mac together with the sealed values that may
//! be replaced, so that an older value put back is noticed too. The order of fields is part of the format.

use ccc_domain::{
    AgentState, ContextSummary, Conversation, Preferences, Receipt, Session, SessionId, Step, Timestamp, Turn, TurnId,
    TurnMetadata,
};
use ccc_store::tables::{
    agent_states::AgentStateRow, context_summaries::SummaryRow, conversations::ConversationRow, drafts::DraftRow,
    receipts::ReceiptRow, sessions::SessionRow, settings::SettingRow, turns::TurnRow,
};
use ccc_vault::{EncryptionService, Field, Place};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::Error;

/// A piece of a running step's text, and where it belongs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) step: Step,
    pub(crate) round: u32,
    pub(crate) text: String,
    pub(crate) metadata: TurnMetadata,
}

fn seal_json(keys: &EncryptionService, place: &Place<'_>, value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let json = serde_json::to_vec(value).map_err(|_| Error::Internal("a value could not be written as JSON"))?;
    Ok(keys.seal(place, &json)?)
}

fn open_json<T: DeserializeOwned>(keys: &EncryptionService, place: &Place<'_>, sealed: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(&keys.open(place, sealed)?).map_err(|_| Error::Damaged("a sealed value is not readable"))
}

fn open_text(keys: &EncryptionService, place: &Place<'_>, sealed: &[u8]) -> Result<String, Error> {
    let plain = keys.open(place, sealed)?;
    std::str::from_utf8(&plain)
        .map(str::to_owned)
        .map_err(|_| Error::Damaged("a sealed text is not UTF-8"))
}

// Sessions

fn session_place<'a>(column: &'a str, row: &SessionRow, fixed: &'a [Field<'a>]) -> Place<'a> {
    Place {
        table: "sessions",
        column,
        row: row.id.to_bytes(),
        session: Some(row.id),
        fixed,
    }
}

/// Seals what a session's row holds and renews its mac.
pub(crate) fn seal_session(keys: &EncryptionService, session: &Session) -> Result<SessionRow, Error> {
    let mut row = SessionRow {
        id: session.id,
        created_at: session.created_at,
        last_active_at: session.last_active_at,
        status: session.status,
        pinned: session.pinned,
        conversation_count: session.conversation_count,
        title_sealed: Vec::new(),
        preferences_sealed: Vec::new(),
        row_mac: [0; 32],
    };
    let fixed = [Field::Int(row.created_at.ms())];
    row.title_sealed = keys.seal(&session_place("title", &row, &fixed), session.title.as_bytes())?;
    row.preferences_sealed = seal_json(keys, &session_place("preferences", &row, &fixed), &session.preferences)?;
    mac_session(keys, &mut row)?;
    Ok(row)
}

/// Renews a session row's mac after its clear columns changed.
pub(crate) fn mac_session(keys: &EncryptionService, row: &mut SessionRow) -> Result<(), Error> {
    let fixed = [Field::Int(row.created_at.ms())];
    row.row_mac = keys.row_mac(&session_place("", row, &fixed), &session_mutable(row))?;
    Ok(())
}

/// Whether a session row's clear columns are as they were written.
pub(crate) fn check_session(keys: &EncryptionService, row: &SessionRow) -> Result<(), Error> {
    let fixed = [Field::Int(row.created_at.ms())];
    Ok(keys.verify_row_mac(&session_place("", row, &fixed), &session_mutable(row), &row.row_mac)?)
}

fn session_mutable(row: &SessionRow) -> [Field<'_>; 6] {
    [
        Field::Int(row.last_active_at.ms()),
        Field::Text(row.status.as_str()),
        Field::Int(i64::from(row.pinned)),
        Field::Int(i64::from(row.conversation_count)),
        Field::Bytes(&row.title_sealed),
        Field::Bytes(&row.preferences_sealed),
    ]
}

/// Opens a session's row.
pub(crate) fn open_session(keys: &EncryptionService, row: &SessionRow) -> Result<Session, Error> {
    check_session(keys, row)?;
    let fixed = [Field::Int(row.created_at.ms())];
    let preferences: Preferences = open_json(
        keys,
        &session_place("preferences", row, &fixed),
        &row.preferences_sealed,
    )?;
    Ok(Session {
        id: row.id,
        title: open_text(keys, &session_place("title", row, &fixed), &row.title_sealed)?,
        created_at: row.created_at,
        last_active_at: row.last_active_at,
        status: row.status,
        pinned: row.pinned,
        conversation_count: row.conversation_count,
        preferences,
    })
}

// Conversations

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

// Turns

fn turn_fixed(row: &TurnRow) -> [Field<'static>; 6] {
    [
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
    let fixed = turn_fixed(&row);
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
    let fixed = turn_fixed(row);
    Ok(keys.chain(previous, &turn_place("content", row, &fixed), &row.content_sealed)?)
}

/// Opens a turn.
pub(crate) fn open_turn(keys: &EncryptionService, row: &TurnRow) -> Result<Turn, Error> {
    let fixed = turn_fixed(row);
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

/// Opens a turn's text alone.
pub(crate) fn open_content(keys: &EncryptionService, row: &TurnRow) -> Result<String, Error> {
    let fixed = turn_fixed(row);
    open_text(keys, &turn_place("content", row, &fixed), &row.content_sealed)
}

// What is derived from turns

/// Seals an agent's state.
pub(crate) fn seal_state(keys: &EncryptionService, state: &AgentState) -> Result<AgentStateRow, Error> {
    let fixed = [
        Field::Id(state.session_id.to_bytes()),
        Field::Text(state.agent.as_str()),
        Field::Int(state.updated_at.ms()),
    ];
    let place = derived("agent_states", "state", state.id.to_bytes(), state.session_id, &fixed);
    Ok(AgentStateRow {
        id: state.id,
        session_id: state.session_id,
        agent: state.agent,
        updated_at: state.updated_at,
        state_sealed: seal_json(keys, &place, &state.data)?,
    })
}

/// Opens an agent's state.
pub(crate) fn open_state(keys: &EncryptionService, row: &AgentStateRow) -> Result<AgentState, Error> {
    let fixed = [
        Field::Id(row.session_id.to_bytes()),
        Field::Text(row.agent.as_str()),
        Field::Int(row.updated_at.ms()),
    ];
    let place = derived("agent_states", "state", row.id.to_bytes(), row.session_id, &fixed);
    Ok(AgentState {
        id: row.id,
        session_id: row.session_id,
        agent: row.agent,
        data: open_json(keys, &place, &row.state_sealed)?,
        updated_at: row.updated_at,
    })
}

fn summary_fixed(
    session: SessionId,
    conversations: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
) -> [Field<'static>; 4] {
    [
        Field::Id(session.to_bytes()),
        Field::Int(i64::from(conversations)),
        Field::Int(created_at.ms()),
        Field::Int(updated_at.ms()),
    ]
}

/// Seals a summary.
pub(crate) fn seal_summary(keys: &EncryptionService, summary: &ContextSummary) -> Result<SummaryRow, Error> {
    let fixed = summary_fixed(
        summary.session_id,
        summary.conversation_count,
        summary.created_at,
        summary.updated_at,
    );
    let place = derived(
        "context_summaries",
        "summary",
        summary.id.to_bytes(),
        summary.session_id,
        &fixed,
    );
    Ok(SummaryRow {
        id: summary.id,
        session_id: summary.session_id,
        conversation_count: summary.conversation_count,
        created_at: summary.created_at,
        updated_at: summary.updated_at,
        summary_sealed: keys.seal(&place, summary.text.as_bytes())?,
    })
}

/// Opens a summary.
pub(crate) fn open_summary(keys: &EncryptionService, row: &SummaryRow) -> Result<ContextSummary, Error> {
    let fixed = summary_fixed(row.session_id, row.conversation_count, row.created_at, row.updated_at);
    let place = derived(
        "context_summaries",
        "summary",
        row.id.to_bytes(),
        row.session_id,
        &fixed,
    );
    Ok(ContextSummary {
        id: row.id,
        session_id: row.session_id,
        text: open_text(keys, &place, &row.summary_sealed)?,
        conversation_count: row.conversation_count,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
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

// What belongs to the profile

/// Seals a setting.
pub(crate) fn seal_setting(
    keys: &EncryptionService,
    name: &str,
    updated_at: Timestamp,
    value: &impl Serialize,
) -> Result<SettingRow, Error> {
    let fixed = [Field::Text(name), Field::Int(updated_at.ms())];
    let value_sealed = seal_json(keys, &of_profile("settings", "value", [0; 16], &fixed), value)?;
    Ok(SettingRow {
        name: name.to_owned(),
        updated_at,
        value_sealed,
    })
}

/// Opens a setting.
pub(crate) fn open_setting<T: DeserializeOwned>(keys: &EncryptionService, row: &SettingRow) -> Result<T, Error> {
    let fixed = [Field::Text(&row.name), Field::Int(row.updated_at.ms())];
    open_json(
        keys,
        &of_profile("settings", "value", [0; 16], &fixed),
        &row.value_sealed,
    )
}

fn of_profile<'a>(table: &'a str, column: &'a str, row: [u8; 16], fixed: &'a [Field<'a>]) -> Place<'a> {
    Place {
        table,
        column,
        row,
        session: None,
        fixed,
    }
}

/// Seals the detail of audit entry `id` made at `at`.
pub(crate) fn seal_audit_detail(
    keys: &EncryptionService,
    id: u64,
    at: Timestamp,
    detail: &str,
) -> Result<Vec<u8>, Error> {
    let fixed = audit_fixed(id, at)?;
    Ok(keys.seal(&of_profile("audit", "detail", [0; 16], &fixed), detail.as_bytes())?)
}

/// Opens the detail of audit entry `id` made at `at`.
pub(crate) fn open_audit_detail(
    keys: &EncryptionService,
    id: u64,
    at: Timestamp,
    sealed: &[u8],
) -> Result<String, Error> {
    let fixed = audit_fixed(id, at)?;
    open_text(keys, &of_profile("audit", "detail", [0; 16], &fixed), sealed)
}

fn audit_fixed(id: u64, at: Timestamp) -> Result<[Field<'static>; 2], Error> {
    let id = i64::try_from(id).map_err(|_| Error::Internal("the audit trail is full"))?;
    Ok([Field::Int(id), Field::Int(at.ms())])
}
