//! What agents have learned.

use ccc_domain::{Agent, SessionId, StateId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{Error, tables::parsed};

/// An agent's state as stored. Every clear column is authenticated with the sealed one, which each update seals anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentStateRow {
    /// Its id.
    pub id: StateId,
    /// Its session.
    pub session_id: SessionId,
    /// The agent.
    pub agent: Agent,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What was learned.
    pub state_sealed: Vec<u8>,
}

fn map(row: &Row<'_>) -> rusqlite::Result<AgentStateRow> {
    Ok(AgentStateRow {
        id: StateId::from_bytes(row.get(0)?),
        session_id: SessionId::from_bytes(row.get(1)?),
        agent: parsed(row, 2, |text| text.parse().ok())?,
        updated_at: Timestamp::from_ms(row.get(3)?),
        state_sealed: row.get(4)?,
    })
}

/// Adds the state or replaces the one of the same session and agent, whose id it must carry.
pub fn put(connection: &Connection, row: &AgentStateRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO agent_states (state_id, session_id, agent, updated_at, state_sealed)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (state_id) DO UPDATE SET updated_at = excluded.updated_at, state_sealed = excluded.state_sealed",
        )?
        .execute((
            row.id.to_bytes(),
            row.session_id.to_bytes(),
            row.agent.as_str(),
            row.updated_at.ms(),
            &row.state_sealed,
        ))?;
    Ok(())
}

/// The state of one agent in one session.
pub fn get(connection: &Connection, session: SessionId, agent: Agent) -> Result<Option<AgentStateRow>, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT state_id, session_id, agent, updated_at, state_sealed FROM agent_states
             WHERE session_id = ?1 AND agent = ?2",
        )?
        .query_row((session.to_bytes(), agent.as_str()), map)
        .optional()?)
}

/// The row of this internal number, as salvage reads them.
pub fn at_number(connection: &Connection, number: i64) -> Result<Option<AgentStateRow>, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT state_id, session_id, agent, updated_at, state_sealed
             FROM agent_states WHERE rowid = ?1",
        )?
        .query_row([number], map)
        .optional()?)
}
