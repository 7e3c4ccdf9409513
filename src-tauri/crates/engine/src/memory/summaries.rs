//! Summaries of a session: an extract that follows it by itself, what the person or a model wrote, and the older ones.

use ccc_domain::{ContextSummary, Conversation, SessionId, SummarySource, Usage};
use ccc_store::{
    Connection,
    tables::{context_summaries, conversations},
};
use serde::Serialize;

use crate::{
    Error, MemoryService,
    audit::{self, Entry},
    cells,
    core::Core,
    memory::sessions,
};

/// The longest summary that is stored, in bytes: many times what a panel shows.
pub const MAX_SUMMARY_BYTES: usize = 16 << 10;

/// What a session is about, as its panel shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct SessionContext {
    /// The newest summary.
    pub summary: Option<ContextSummary>,
    /// The latest conversations, newest first, at most ten.
    pub recent: Vec<Conversation>,
    /// What was said lately is about this, most telling first, at most six.
    pub topics: Vec<String>,
}

/// A summary to be stored.
pub(crate) struct NewSummary {
    pub(crate) text: String,
    /// How many turns the session held when it was read for this.
    pub(crate) turn_count: u32,
    pub(crate) source: SummarySource,
    pub(crate) model: Option<String>,
    pub(crate) usage: Option<Usage>,
}

impl MemoryService {
    /// Writes a summary of the session from its own sentences, and stores it beside the older ones.
    ///
    /// The newest one stays and is returned where it is the same, where nothing was said since the person or a model
    /// wrote it, and where there is nothing to say: an empty one is then returned and not stored.
    ///
    /// # Errors
    /// [`Error::NotFound`]; damage to a row; those of the store.
    pub fn generate_context_summary(&self, session: SessionId) -> Result<ContextSummary, Error> {
        let _timed = self.latencies.time("generate_context_summary");
        let turns = self.turns_of(session)?;
        if let Some(newest) = self.db.read(|c| newest(&self.core, c, session))?
            && newest.turn_count == turns
        {
            return Ok(newest);
        }
        let digest = self.digest(session)?;
        let text = self.extract(session, &digest);
        self.put_summary(
            session,
            NewSummary {
                text,
                turn_count: turns,
                source: SummarySource::Extract,
                model: None,
                usage: None,
            },
        )
    }

    /// Stores a summary that the person wrote beside the older ones. The extract goes on with the next turns.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Blank`]; [`Error::TooLarge`] above [`MAX_SUMMARY_BYTES`]; those of the store.
    pub fn update_context_summary(&self, session: SessionId, text: &str) -> Result<ContextSummary, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::Blank);
        }
        let turn_count = self.turns_of(session)?;
        self.put_summary(
            session,
            NewSummary {
                text: text.to_owned(),
                turn_count,
                source: SummarySource::Person,
                model: None,
                usage: None,
            },
        )
    }

    /// Stores a summary, unless the newest one says the same.
    pub(crate) fn put_summary(&self, session: SessionId, new: NewSummary) -> Result<ContextSummary, Error> {
        if new.text.len() > MAX_SUMMARY_BYTES {
            return Err(Error::TooLarge {
                limit_bytes: MAX_SUMMARY_BYTES,
            });
        }
        let core = self.core.clone();
        self.db.write(move |tx| {
            let conversation_count = sessions::find(tx, session)?.conversation_count;
            if let Some(newest) = newest(&core, tx, session)?
                && newest.text == new.text
                && new.usage.is_none()
            {
                return Ok(newest);
            }
            let now = core.now();
            let summary = ContextSummary {
                id: core.id(),
                session_id: session,
                text: new.text,
                conversation_count,
                turn_count: new.turn_count,
                source: new.source,
                model: new.model,
                usage: new.usage,
                created_at: now,
                updated_at: now,
            };
            if summary.text.is_empty() {
                return Ok(summary);
            }
            context_summaries::insert(tx, &cells::seal_summary(&core.keys, &summary)?)?;
            let by = match summary.source {
                SummarySource::Extract => "app",
                SummarySource::Person => "wykeve",
                SummarySource::Model => "model",
            };
            let entry = Entry::new("summarise", "session", session.to_bytes()).by(by);
            audit::record(&core, tx, entry)?;
            Ok(summary)
        })
    }

    /// How many turns a session holds.
    pub(crate) fn turns_of(&self, session: SessionId) -> Result<u32, Error> {
        let counts = self.db.read(|c| conversations::counts(c, session))?;
        Ok(counts.iter().fold(0, |sum, (_, turns)| sum.saturating_add(*turns)))
    }

    /// The summaries of a session, newest first.
    ///
    /// # Errors
    /// Damage to a row; those of the store.
    pub fn list_summaries(&self, session: SessionId) -> Result<Vec<ContextSummary>, Error> {
        self.note_read("read", "summaries", Some(session.to_bytes()));
        let rows = self.db.read(|c| context_summaries::list(c, session))?;
        rows.iter()
            .map(|row| cells::open_summary(&self.core.keys, row))
            .collect()
    }

    /// What a session is about.
    ///
    /// # Errors
    /// [`Error::NotFound`]; damage to a row.
    pub fn get_session_context(&self, session: SessionId) -> Result<SessionContext, Error> {
        self.note_read("read", "session", Some(session.to_bytes()));
        let _timed = self.latencies.time("get_session_context");
        let summary = self.db.read(|c| newest(&self.core, c, session))?;
        let mut recent = self.list_conversations(session)?;
        let topics = self.topics(session, &self.digest(session)?);
        recent.reverse();
        recent.truncate(10);
        Ok(SessionContext {
            summary,
            recent,
            topics,
        })
    }
}

fn newest(core: &Core, connection: &Connection, session: SessionId) -> Result<Option<ContextSummary>, Error> {
    let rows = context_summaries::list(connection, session)?;
    rows.first().map(|row| cells::open_summary(&core.keys, row)).transpose()
}
