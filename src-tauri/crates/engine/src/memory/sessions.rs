//! Sessions: made, listed, named, archived, restored.

use ccc_domain::{Preferences, Session, SessionId, SessionStatus};
use ccc_store::{Connection, tables::sessions};
use serde::Deserialize;

use crate::{
    Entity, Error, MemoryService,
    audit::{self, Entry},
    cells,
    core::Core,
};

/// The longest title, in characters.
const MAX_TITLE: usize = 200;

/// A session to be made.
#[derive(Debug, Clone, Default)]
pub struct NewSession {
    /// Its id; none makes a new one. Making the same id again returns the session that is there.
    pub id: Option<SessionId>,
    /// Its title; empty takes the first directive's words later.
    pub title: String,
    /// Its preferences.
    pub preferences: Preferences,
}

/// Which sessions are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum SessionFilter {
    /// Active ones.
    #[default]
    Active,
    /// Archived ones.
    Archived,
    /// Every one.
    All,
}

impl MemoryService {
    /// Makes a session with its own key, and the records of its agents on first need.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a title too long; those of the keys file and the store. A key without a session, left by a
    /// failure between the two, does no harm.
    pub fn initialize_session(&self, new: NewSession) -> Result<Session, Error> {
        check_title(&new.title)?;
        if let Some(id) = new.id
            && let Some(row) = self.db.read(|c| sessions::get(c, id))?
        {
            return cells::open_session(&self.core.keys, &row);
        }
        let now = self.core.now();
        let session = Session {
            id: new.id.unwrap_or_else(|| self.core.id()),
            title: new.title,
            created_at: now,
            last_active_at: now,
            status: SessionStatus::Active,
            pinned: false,
            conversation_count: 0,
            preferences: new.preferences,
        };
        self.core.keys.create_session_key(session.id)?;
        // Loaded before anybody can store a turn in it, so that none is missed.
        self.index.begin(session.id);
        let (core, id) = (self.core.clone(), session.id);
        let made = self.db.write(move |tx| {
            // Asked again inside the transaction: of several that make one id at once, one does.
            if let Some(row) = sessions::get(tx, session.id)? {
                return Ok((cells::open_session(&core.keys, &row)?, false));
            }
            sessions::insert(tx, &cells::seal_session(&core.keys, &session)?)?;
            audit::record(&core, tx, Entry::new("create", "session", session.id.to_bytes()))?;
            Ok::<_, Error>((session, true))
        });
        match made {
            Ok((_, true)) => self.index.sessions_changed(),
            _ => self.index.remove(id),
        }
        made.map(|(session, _)| session)
    }

    /// One session.
    ///
    /// # Errors
    /// [`Error::NotFound`]; damage to its row.
    pub fn get_session(&self, id: SessionId) -> Result<Session, Error> {
        self.note_read("read", "session", Some(id.to_bytes()));
        self.session(id)
    }

    /// As [`Self::get_session`], where nobody asked for the session: a part of another operation, or of finding out where it
    /// lives.
    pub(crate) fn session(&self, id: SessionId) -> Result<Session, Error> {
        self.db.read(|c| cells::open_session(&self.core.keys, &find(c, id)?))
    }

    /// Sessions: pinned ones first, then the last active first.
    ///
    /// # Errors
    /// Damage to a row; those of the store.
    pub fn list_sessions(&self, filter: SessionFilter) -> Result<Vec<Session>, Error> {
        self.note_read("list", "sessions", None);
        let _timed = self.latencies.time("list_sessions");
        let status = match filter {
            SessionFilter::Active => Some(SessionStatus::Active),
            SessionFilter::Archived => Some(SessionStatus::Archived),
            SessionFilter::All => None,
        };
        let rows = self.db.read(|c| sessions::list(c, status))?;
        rows.iter()
            .map(|row| cells::open_session(&self.core.keys, row))
            .collect()
    }

    /// Gives a session a title.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a title too long; [`Error::NotFound`].
    pub fn rename_session(&self, id: SessionId, title: &str) -> Result<Session, Error> {
        check_title(title)?;
        let title = title.trim().to_owned();
        self.change_session(id, "rename", move |session| {
            session.title = title;
            Ok(())
        })
    }

    /// Shows a session first, or no longer.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn pin_session(&self, id: SessionId, pinned: bool) -> Result<Session, Error> {
        self.change_session(id, if pinned { "pin" } else { "unpin" }, move |session| {
            session.pinned = pinned;
            Ok(())
        })
    }

    /// Sets a session's preferences.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::ReadOnly`] for an archived session.
    pub fn set_preferences(&self, id: SessionId, preferences: Preferences) -> Result<Session, Error> {
        self.change_session(id, "set-preferences", move |session| {
            writable(session.status)?;
            session.preferences = preferences;
            Ok(())
        })
    }

    /// Notes that a session was used now.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::ReadOnly`].
    pub fn update_session_activity(&self, id: SessionId) -> Result<Session, Error> {
        let now = self.core.now();
        self.change_session(id, "touch", move |session| {
            writable(session.status)?;
            session.last_active_at = session.last_active_at.max(now);
            Ok(())
        })
    }

    /// Makes a session read-only. It stays browsable; archiving it again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn archive_session(&self, id: SessionId) -> Result<Session, Error> {
        self.change_session(id, "archive", |session| {
            session.status = SessionStatus::Archived;
            Ok(())
        })
    }

    /// Archives a session that was not used for as long as was set, as the app's doing.
    pub(crate) fn archive_unused(&self, id: SessionId) -> Result<Session, Error> {
        self.change_session_by("app", id, "archive", |session| {
            session.status = SessionStatus::Archived;
            Ok(())
        })
    }

    /// Shows an archived session as expired: it is deleted unless it is restored.
    pub(crate) fn expire_session(&self, id: SessionId) -> Result<Session, Error> {
        self.change_session_by("app", id, "expire", |session| {
            session.status = SessionStatus::Expired;
            Ok(())
        })
    }

    /// Makes an archived or expired session active again. It counts as used now.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn restore_session(&self, id: SessionId) -> Result<Session, Error> {
        let now = self.core.now();
        self.change_session(id, "restore", move |session| {
            if session.status != SessionStatus::Active {
                session.last_active_at = session.last_active_at.max(now);
            }
            session.status = SessionStatus::Active;
            Ok(())
        })
    }

    /// Empties a session: its conversations, what its agents learned and its summaries. Its title, its preferences and
    /// its key stay; pins and mutes go with the turns they named. What is deleted is overwritten in the data file, while
    /// an older copy of that file still opens.
    ///
    /// No cycle may run in it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::ReadOnly`] for an archived session.
    pub fn reset_session(&self, id: SessionId) -> Result<Session, Error> {
        let core = self.core.clone();
        let emptied = self.db.write(move |tx| {
            let mut session = cells::open_session(&core.keys, &find(tx, id)?)?;
            writable(session.status)?;
            sessions::clear(tx, id)?;
            session.conversation_count = 0;
            session.preferences.pinned_turns.clear();
            session.preferences.muted_turns.clear();
            sessions::update(tx, &cells::seal_session(&core.keys, &session)?)?;
            audit::record(&core, tx, Entry::new("reset", "session", id.to_bytes()))?;
            Ok::<_, Error>(session)
        })?;
        self.index.remove(id);
        self.forget_waiting_of(id);
        self.contexts.forget_before(self.index.generation());
        Ok(emptied)
    }

    /// Notes that a session was exported.
    pub(crate) fn note_export(&self, id: SessionId) -> Result<(), Error> {
        let core = self.core.clone();
        self.db
            .write(move |tx| audit::record(&core, tx, Entry::new("export", "session", id.to_bytes())))
    }

    fn change_session(
        &self,
        id: SessionId,
        action: &'static str,
        change: impl FnOnce(&mut Session) -> Result<(), Error> + Send + 'static,
    ) -> Result<Session, Error> {
        self.change_session_by(ccc_domain::Agent::Wykeve.as_str(), id, action, change)
    }

    fn change_session_by(
        &self,
        actor: &'static str,
        id: SessionId,
        action: &'static str,
        change: impl FnOnce(&mut Session) -> Result<(), Error> + Send + 'static,
    ) -> Result<Session, Error> {
        let core = self.core.clone();
        self.db.write(move |tx| {
            let before = cells::open_session(&core.keys, &find(tx, id)?)?;
            let mut session = before.clone();
            change(&mut session)?;
            if session != before {
                sessions::update(tx, &cells::seal_session(&core.keys, &session)?)?;
                audit::record(&core, tx, Entry::new(action, "session", id.to_bytes()).by(actor))?;
            }
            Ok(session)
        })
    }
}

/// The row of a session.
pub(super) fn find(connection: &Connection, id: SessionId) -> Result<sessions::SessionRow, Error> {
    sessions::get(connection, id)?.ok_or(Error::NotFound(Entity::Session))
}

/// A session's row made current, to be written back by [`touched`] once something was stored in the session.
pub(super) fn touch(core: &Core, mut row: sessions::SessionRow) -> Result<sessions::SessionRow, Error> {
    cells::check_session(&core.keys, &row)?;
    row.last_active_at = row.last_active_at.max(core.now());
    Ok(row)
}

/// Writes a session's row back after [`touch`].
pub(super) fn touched(core: &Core, tx: &Connection, mut row: sessions::SessionRow) -> Result<(), Error> {
    cells::mac_session(&core.keys, &mut row)?;
    Ok(sessions::update(tx, &row)?)
}

/// Whether a session of this status takes changes.
pub(super) fn writable(status: SessionStatus) -> Result<(), Error> {
    match status {
        SessionStatus::Active => Ok(()),
        SessionStatus::Archived | SessionStatus::Expired => Err(Error::ReadOnly),
    }
}

fn check_title(title: &str) -> Result<(), Error> {
    if title.chars().count() > MAX_TITLE {
        return Err(Error::Invalid("the title is longer than 200 characters: shorten it"));
    }
    Ok(())
}

/// A title made of a directive's first words.
pub(super) fn title_of(directive: &str) -> String {
    let line = directive
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let mut title: String = line.chars().take(60).collect();
    if line.chars().count() > 60 {
        title = title
            .rsplit_once(' ')
            .map_or(title.clone(), |(head, _)| head.to_owned())
            + "…";
    }
    title
}
