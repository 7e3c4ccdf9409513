//! What agents learn: for now the counts of their cycles, with the turns they rest on.

use ccc_domain::{Agent, AgentState, AgentStateData, InteractionOutcome, SessionId};
use ccc_store::{Connection, tables::agent_states};

use crate::{
    Error, MemoryService,
    audit::{self, Entry},
    cells,
    core::Core,
    memory::sessions,
};

impl MemoryService {
    /// An agent's state in a session; all zero before its first cycle.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the session; damage to the row.
    pub fn get_agent_state(&self, session: SessionId, agent: Agent) -> Result<AgentState, Error> {
        self.note_read("read", "agent-state", Some(session.to_bytes()));
        self.db.read(|c| state(&self.core, c, session, agent))
    }

    /// An agent's state in a session, where it has learned something.
    pub(crate) fn find_agent_state(&self, session: SessionId, agent: Agent) -> Result<Option<AgentState>, Error> {
        let row = self.db.read(|c| agent_states::get(c, session, agent))?;
        row.map(|row| cells::open_state(&self.core.keys, &row)).transpose()
    }

    /// Replaces an agent's state in a session.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the session; those of the store.
    pub fn update_agent_state(
        &self,
        session: SessionId,
        agent: Agent,
        data: AgentStateData,
    ) -> Result<AgentState, Error> {
        self.change_state(session, agent, move |_| data)
    }

    /// Adds one cycle's outcome to what an agent has learned in a session.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the session; those of the store.
    pub fn update_agent_learning(
        &self,
        session: SessionId,
        agent: Agent,
        outcome: InteractionOutcome,
    ) -> Result<AgentState, Error> {
        self.change_state(session, agent, move |data| data.learn(&outcome))
    }

    fn change_state(
        &self,
        session: SessionId,
        agent: Agent,
        change: impl FnOnce(AgentStateData) -> AgentStateData + Send + 'static,
    ) -> Result<AgentState, Error> {
        let core = self.core.clone();
        self.db.write(move |tx| {
            let mut state = state(&core, tx, session, agent)?;
            state.data = change(state.data);
            state.updated_at = core.now();
            agent_states::put(tx, &cells::seal_state(&core.keys, &state)?)?;
            audit::record(
                &core,
                tx,
                Entry::new("learn", "agent-state", state.id.to_bytes()).by(agent.as_str()),
            )?;
            Ok(state)
        })
    }
}

fn state(core: &Core, connection: &Connection, session: SessionId, agent: Agent) -> Result<AgentState, Error> {
    sessions::find(connection, session)?;
    match agent_states::get(connection, session, agent)? {
        Some(row) => cells::open_state(&core.keys, &row),
        None => Ok(AgentState {
            id: core.id(),
            session_id: session,
            agent,
            data: AgentStateData::default(),
            updated_at: core.now(),
        }),
    }
}
