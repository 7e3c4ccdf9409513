//! Where a session lives: in the profile's data file, or in memory alone.
//!
//! A temporary session has the same services as any other, over a data file in memory under keys that are kept nowhere.
//! It never touches the disk, and locking or closing the profile ends it.

use std::sync::{Arc, PoisonError};

use ccc_domain::{
    Conversation, ConversationId, ConversationStatus, CycleState, ErrorCode, Phase, Session, SessionId, Turn, TurnId,
};
use ccc_store::Db;
use ccc_vault::EncryptionService;
use serde::Serialize;

use crate::{
    CycleRunner, Engine, Error, MemoryService,
    core::Core,
    cycle::CycleOptions,
    memory::{NewSession, SessionFilter},
};

/// The services of one place where sessions live. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Space {
    /// What was said there.
    pub memory: MemoryService,
    /// The cycles there.
    pub cycle: CycleRunner,
    /// Whether it is in memory alone.
    pub temporary: bool,
}

/// A session, and where it lives.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct SessionView {
    /// The session.
    #[serde(flatten)]
    pub session: Session,
    /// Kept in memory alone, gone when the profile is locked or closed.
    pub temporary: bool,
}

/// A conversation's turns by number, and where its cycle stands by them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ConversationHistory {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its turns.
    pub turns: Vec<Turn>,
    /// Where a cycle that is not running would go on.
    pub phase: Phase,
}

impl Space {
    /// A session of this place as shown.
    pub const fn view(&self, session: Session) -> SessionView {
        SessionView {
            session,
            temporary: self.temporary,
        }
    }

    /// The conversations of a session, oldest first. One whose cycle runs is active, also where a step of a finished
    /// one is being done again.
    ///
    /// # Errors
    /// As [`MemoryService::list_conversations`].
    pub fn conversations(&self, session: SessionId) -> Result<Vec<Conversation>, Error> {
        let mut all = self.memory.list_conversations(session)?;
        all.extend(self.memory.waiting_conversations(session));
        all.retain(|conversation| !self.memory.is_conversation_going(conversation.id));
        let running = self.cycle.running();
        for conversation in all.iter_mut().filter(|c| running.contains(&c.id)) {
            conversation.status = ConversationStatus::Active;
        }
        Ok(all)
    }

    /// A conversation's turns, and where its cycle stands by them.
    ///
    /// # Errors
    /// As [`MemoryService::get_conversation_history`].
    pub fn history(&self, id: ConversationId) -> Result<ConversationHistory, Error> {
        let (conversation, turns) = self.memory.conversation_as_said(id)?;
        let now = self.memory.now();
        let shown = |turn: Turn| match self.memory.is_turn_going(turn.id) {
            true => turn.tombstone(now),
            false => turn,
        };
        let turns: Vec<Turn> = turns.into_iter().map(shown).collect();
        let max_rounds = self.memory.session(conversation.session_id)?.preferences.max_rounds;
        Ok(ConversationHistory {
            conversation_id: id,
            phase: CycleState::resume(&turns, max_rounds).phase().clone(),
            turns,
        })
    }
}

impl Engine {
    /// The space of the data file.
    pub fn lasting_space(&self) -> Space {
        Space {
            memory: self.memory.clone(),
            cycle: self.cycle.clone(),
            temporary: false,
        }
    }

    /// Both spaces, the lasting one first; the temporary one once there is one.
    pub fn spaces(&self) -> Vec<Space> {
        let temporary = self.temporary.lock().unwrap_or_else(PoisonError::into_inner).clone();
        std::iter::once(self.lasting_space()).chain(temporary).collect()
    }

    /// Makes a session, in memory alone where `temporary`.
    ///
    /// # Errors
    /// As [`MemoryService::initialize_session`].
    pub fn new_session(&self, new: NewSession, temporary: bool) -> Result<SessionView, Error> {
        let space = match temporary {
            true => self.temporary_space()?,
            false => self.lasting_space(),
        };
        Ok(space.view(space.memory.initialize_session(new)?))
    }

    /// The sessions of both spaces: pinned ones first, then the last active first.
    ///
    /// # Errors
    /// As [`MemoryService::list_sessions`].
    pub fn list_all_sessions(&self, filter: SessionFilter) -> Result<Vec<SessionView>, Error> {
        let mut all = Vec::new();
        for space in self.spaces() {
            let sessions = space.memory.list_sessions(filter)?;
            all.extend(sessions.into_iter().map(|session| space.view(session)));
        }
        all.sort_by(|a, b| {
            let key = |view: &SessionView| (view.session.pinned, view.session.last_active_at, view.session.id);
            key(b).cmp(&key(a))
        });
        Ok(all)
    }

    /// Where a session lives; the lasting space for one that is nowhere.
    ///
    /// # Errors
    /// Damage to its row; those of the store.
    pub fn space_of(&self, session: SessionId) -> Result<Space, Error> {
        self.space_with(|memory| memory.session(session).map(drop))
    }

    /// As [`Self::space_of`], of the session a conversation is in.
    ///
    /// # Errors
    /// As [`Self::space_of`].
    pub fn space_of_conversation(&self, conversation: ConversationId) -> Result<Space, Error> {
        self.space_with(|memory| memory.conversation_as_said(conversation).map(drop))
    }

    /// As [`Self::space_of`], of the session a turn is in.
    ///
    /// # Errors
    /// As [`Self::space_of`].
    pub fn space_of_turn(&self, turn: TurnId) -> Result<Space, Error> {
        self.space_with(|memory| memory.get_turn(turn).map(drop))
    }

    /// How a cycle in a session is run: by the session's provider, else the preferred one; with memory where neither
    /// the caller nor the app has it off. Waits for the keychain; memory is chosen meanwhile for a `directive` that is
    /// given, and is there when the cycle asks for it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the session or the provider; the keychain's; the provider's for its address.
    pub fn cycle_options(
        &self,
        session: SessionId,
        memory: bool,
        directive: Option<&str>,
    ) -> Result<CycleOptions, Error> {
        let space = self.space_of(session)?;
        let preferences = space.memory.session(session)?.preferences;
        let memory = memory && self.settings.app()?.memory;
        if let Some(directive) = directive.filter(|_| memory && preferences.memory) {
            space.memory.look_ahead(session, directive.to_owned());
        }
        let name = match preferences.provider {
            Some(name) => name,
            None => self.providers.preferred()?,
        };
        Ok(CycleOptions {
            memory,
            parameters: self.providers.parameters(&name)?,
            ..CycleOptions::new(self.providers.connect(&name, None)?)
        })
    }

    /// Empties a session, after ending its cycles.
    ///
    /// # Errors
    /// As [`MemoryService::reset_session`].
    pub fn reset_session(&self, session: SessionId) -> Result<SessionView, Error> {
        let space = self.space_of(session)?;
        space.cycle.interrupt_session(session);
        Ok(space.view(space.memory.reset_session(session)?))
    }

    fn space_with(&self, holds: impl Fn(&MemoryService) -> Result<(), Error>) -> Result<Space, Error> {
        for space in self.spaces().into_iter().filter(|space| space.temporary) {
            match holds(&space.memory) {
                Ok(()) => return Ok(space),
                Err(error) if error.code() == ErrorCode::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.lasting_space())
    }

    fn temporary_space(&self) -> Result<Space, Error> {
        // Nothing is made for a profile that is locked.
        self.ways()?;
        let mut made = self.temporary.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(space) = &*made {
            return Ok(space.clone());
        }
        let profile = self.profile_id();
        let keys = EncryptionService::throw_away(profile)?;
        let db = Arc::new(Db::in_memory(profile, self.memory.now())?);
        let memory = MemoryService::new(db, Arc::new(Core::new(keys, self.profile().clock())));
        let space = Space {
            cycle: CycleRunner::new(memory.clone()),
            memory,
            temporary: true,
        };
        *made = Some(space.clone());
        Ok(space)
    }

    /// Ends every temporary session.
    pub(crate) fn drop_temporary(&self) {
        let made = self.temporary.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(space) = made {
            space.cycle.interrupt_all();
            space.memory.forget_cached();
            space.memory.lock();
        }
    }
}
