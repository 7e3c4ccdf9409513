//! What was derived from a session's turns, of both sources: states, summaries, patterns.
//!
//! Nothing counts summaries and patterns: one that the damaged file lacks may as well have been deleted. So they come from
//! the backup only where the file may have lost some.

use std::collections::BTreeMap;

use ccc_domain::{Agent, PatternId, SessionId, SummaryId, SummarySource};
use ccc_store::{
    Connection,
    tables::{
        agent_states::{self, AgentStateRow},
        context_summaries::{self, SummaryRow},
        patterns::{self, PatternRow},
    },
};
use ccc_vault::EncryptionService;

use super::Source;
use crate::cells;

/// Where derived rows come from.
pub(super) struct Sources<'a> {
    pub(super) damaged: Option<&'a Source>,
    pub(super) backup: Option<&'a Source>,
    /// Whether the damaged file lost its end.
    pub(super) is_behind: bool,
    /// Whether something was deleted since the backup was made.
    pub(super) is_deleted_since: bool,
}

/// The rows of one session.
#[derive(Default)]
pub(super) struct Derived {
    states: BTreeMap<&'static str, AgentStateRow>,
    summaries: BTreeMap<SummaryId, SummaryRow>,
    patterns: BTreeMap<PatternId, PatternRow>,
}

impl Sources<'_> {
    /// Those of a session, the damaged file's own first.
    pub(super) fn of(&self, keys: &EncryptionService, id: SessionId) -> Derived {
        let mut derived = Derived::default();
        for source in self.damaged.into_iter().chain(self.backup) {
            let states = source.survey.states.values().filter(|row| row.session_id == id);
            for row in states {
                derived
                    .states
                    .entry(Agent::as_str(row.agent))
                    .or_insert_with(|| row.clone());
            }
        }
        if let Some(damaged) = self.damaged {
            derived.take_in(damaged, id, |_| true);
        }
        let may_lack = |source: &Source| source.survey.is_torn || self.is_behind;
        if let Some(backup) = self.backup.filter(|_| self.damaged.is_none_or(may_lack)) {
            // Deleting a turn drops the summaries that may quote it, but not what the person wrote.
            let by_person =
                |row: &SummaryRow| cells::open_summary(keys, row).is_ok_and(|s| s.source == SummarySource::Person);
            derived.take_in(backup, id, |row| !self.is_deleted_since || by_person(row));
        }
        derived
    }
}

impl Derived {
    fn take_in(&mut self, source: &Source, id: SessionId, may_come: impl Fn(&SummaryRow) -> bool) {
        let summaries = source.survey.summaries.values().filter(|row| row.session_id == id);
        for row in summaries.filter(|row| may_come(row)) {
            self.summaries.entry(row.id).or_insert_with(|| row.clone());
        }
        let patterns = source.survey.patterns.values().filter(|row| row.session_id == id);
        for row in patterns {
            self.patterns.entry(row.id).or_insert_with(|| row.clone());
        }
    }

    pub(super) fn store(&self, tx: &Connection) -> Result<(), ccc_store::Error> {
        let (states, summaries, patterns) = (self.states.values(), self.summaries.values(), self.patterns.values());
        for row in states {
            agent_states::put(tx, row)?;
        }
        for row in summaries {
            context_summaries::insert(tx, row)?;
        }
        for row in patterns {
            patterns::insert(tx, row)?;
        }
        Ok(())
    }
}
