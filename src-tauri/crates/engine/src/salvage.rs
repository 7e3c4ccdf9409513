//! Salvage: a profile whose data file is damaged gets a new one, of every row that still opens and, for what does not, of
//! the newest backup that is whole.
//!
//! Only what authenticates under the profile's keys is taken, so a row that damage or a tool has changed or moved cannot
//! slip in. A conversation is whole when its count and its chain say so; one that lost turns keeps the others, numbered
//! anew, and is named in the report. The damaged file is kept aside. The index is made anew when it is first asked for.
//!
//! A file whose log was lost is whole by its own word and behind itself by that of the notes beside it: what came since is
//! taken from the backup too. Without that word nothing is added to what is whole: it may have been restored on purpose.
//!
//! The new file takes the old one's place as a restored backup does: wholly, or not at all.

mod derived;
mod filling;
mod merge;
mod spares;
mod survey;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use ccc_domain::{ConversationId, SessionId};
use ccc_store::{Db, files, tables::settings, wreck::Wreck};
use ccc_vault::EncryptionService;
use serde::Serialize;

use self::{
    merge::Merging,
    spares::Spares,
    survey::{Survey, Trail},
};
use crate::{
    Engine, Error, Profile,
    audit::{self, Entry, last},
    backup::{Replacing, Watch},
    cells,
    core::Core,
    examine::examine,
};

/// What became of a conversation that was not read whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct SalvagedConversation {
    /// Its session's title; empty where that was lost.
    pub session: String,
    /// The first line of its directive.
    pub title: String,
    /// Its id.
    pub conversation_id: ConversationId,
    /// How many turns it has now.
    pub turns: u32,
    /// How many of them came from the backup.
    pub from_backup: u32,
    /// How many are lost, as far as that can be told.
    pub lost: u32,
}

/// What salvaging came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct SalvageReport {
    /// How many conversations were read whole.
    pub whole: u32,
    /// Those that were not, by session and time.
    pub conversations: Vec<SalvagedConversation>,
    /// Sessions that had more conversations than were found anywhere: title, and how many are missing.
    pub missing: Vec<MissingConversations>,
    /// How many turns there are now.
    pub turns: u32,
    /// How many entries of the audit trail hold together still.
    pub trail: u32,
    /// The backup that was drawn on, the newest of several, if one was.
    pub backup: Option<String>,
    /// Where the damaged file is kept.
    pub aside: Option<String>,
}

/// Conversations of which nothing was found but their number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct MissingConversations {
    /// Their session's title.
    pub session: String,
    /// How many.
    pub count: u32,
}

/// What a full check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct CheckReport {
    /// How many conversations were read.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub conversations: u64,
    /// How many turns were opened.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub turns: u64,
    /// What does not fit; empty when all does.
    pub faults: Vec<CheckFault>,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct CheckFault {
    /// What, without content.
    pub what: String,
    /// The session, where it is of one.
    pub session_id: Option<SessionId>,
    /// The conversation, where it is of one.
    pub conversation_id: Option<ConversationId>,
}

impl Engine {
    /// Opens every row and looks whether the file hangs together. Changes nothing; writing goes on meanwhile.
    ///
    /// # Errors
    /// [`Error::Cancelled`]; those of the disk. Damage is a result, not an error.
    pub fn full_check(&self, watch: Watch<'_>) -> Result<CheckReport, Error> {
        let db = self.backups.data();
        let seen = examine(&self.core.keys, db, watch)?;
        let structure = match db.check(true) {
            Err(ccc_store::Error::Damaged) => Some("the structure of the file"),
            other => other.map(|()| None)?,
        };
        let mut faults: Vec<CheckFault> = seen.faults.into_iter().map(CheckFault::from).collect();
        faults.extend(structure.map(|what| CheckFault {
            what: what.to_owned(),
            session_id: None,
            conversation_id: None,
        }));
        Ok(CheckReport {
            conversations: seen.conversations,
            turns: seen.turns,
            faults,
        })
    }
}

impl From<crate::examine::Fault> for CheckFault {
    fn from(fault: crate::examine::Fault) -> Self {
        Self {
            what: fault.what.to_owned(),
            session_id: fault.session,
            conversation_id: fault.conversation,
        }
    }
}

/// Something to read rows from, and what of it opens.
pub(crate) struct Source {
    wreck: Wreck,
    survey: Survey,
}

impl Source {
    /// None where not even the beginning can be read.
    fn open(keys: &EncryptionService, path: &Path) -> Option<Self> {
        let wreck = Wreck::open(path).ok()?;
        let survey = Survey::of(keys, &wreck);
        Some(Self { wreck, survey })
    }
}

impl Profile {
    /// Makes a new data file of what can still be read and, for the rest, of the newest whole backup, and puts it in the
    /// damaged one's place, which is kept aside. No engine may have the profile open. A file that is whole comes out as it
    /// went in.
    ///
    /// # Errors
    /// [`Error::Damaged`] when neither the file nor a backup gives anything; [`Error::Cancelled`]; those of the disk. Nothing
    /// has changed then.
    pub fn salvage(&self, keys: &EncryptionService, watch: Watch<'_>) -> Result<SalvageReport, Error> {
        let replacing = Replacing::begin(self.directory())?;
        let old = replacing.scratch("damaged")?;
        let damaged = copy_with_log(&self.data_file(), &old).and_then(|copy| Source::open(keys, &copy));
        let spares = Spares::of(self, keys, damaged.as_ref(), &replacing.scratch("backups")?);
        let from = match spares.newest() {
            Some((directory, _)) => {
                let copy = replacing.scratch("backup")?.join("data.ccc");
                files::copy_durably(&directory.join("data.ccc"), &copy)?;
                Source::open(keys, &copy)
            }
            None => None,
        };
        if damaged.as_ref().is_none_or(|source| source.survey.is_empty()) && from.is_none() {
            return Err(Error::Damaged(
                "nothing in it can be read, and there is no whole backup",
            ));
        }
        keys.copy_keys_to(replacing.new_files())?;
        let core = Arc::new(Core::new(keys.clone(), self.clock()));
        let data = replacing.new_files().join("data.ccc");
        let db = Db::create(&data, keys.profile(), core.now())?;
        let is_behind = match &damaged {
            Some(source) => {
                let trail = &source.survey.trail;
                last::is_lacking(self.directory(), keys, |number| trail.get(&number).map(|row| row.mac))?
            }
            None => false,
        };
        let mut report = Merging::new(&core, &db, [damaged.as_ref(), from.as_ref()], &spares, is_behind).run(watch)?;
        report.trail = finish(&core, &db, damaged.as_ref(), from.as_ref(), &report)?;
        let seen = examine(keys, &db, watch)?;
        if let Some(fault) = seen.faults.first() {
            tracing::error!(what = fault.what, "what was salvaged does not verify");
            return Err(Error::Internal("what was salvaged does not verify"));
        }
        report.turns = u32::try_from(seen.turns).unwrap_or(u32::MAX);
        if damaged.is_none() {
            report.backup = spares.newest().map(|(_, name)| name.to_owned());
        }
        db.close()?;
        drop((damaged, from, spares));
        report.aside = replacing.commit(core.now(), self.data_file().exists())?;
        self.settle()?;
        Ok(report)
    }
}

/// The damaged file and its log, copied: reading them folds the one into the other.
fn copy_with_log(data: &Path, into: &Path) -> Option<PathBuf> {
    let copy = into.join("data.ccc");
    fs::copy(data, &copy).ok()?;
    let log = files::wal_of(data);
    if log.exists() {
        fs::copy(log, files::wal_of(&copy)).ok()?;
    }
    Some(copy)
}

/// Settings, the audit trail as far as it holds, and the entry that says what happened; how long the trail is.
fn finish(
    core: &Arc<Core>,
    db: &Db,
    damaged: Option<&Source>,
    from: Option<&Source>,
    report: &SalvageReport,
) -> Result<u32, Error> {
    let sources = || damaged.into_iter().chain(from);
    let mut kept = std::collections::BTreeMap::new();
    for row in sources().flat_map(|source| source.survey.settings.iter()) {
        kept.entry(row.name.clone()).or_insert_with(|| row.clone());
    }
    let rows: Vec<_> = sources().map(|source| &source.survey.trail).collect();
    let trail = Trail::joined(&core.keys, &rows)?;
    let (count, core) = (trail.len(), core.clone());
    let lost: u32 = report.conversations.iter().map(|c| c.lost).sum();
    db.write(move |tx| {
        for row in kept.values() {
            settings::put(tx, row)?;
        }
        for row in &trail {
            ccc_store::tables::audit::insert(tx, row)?;
        }
        let entry = Entry::new("salvage", "profile", core.keys.profile().to_bytes());
        audit::record(&core, tx, entry.detail(format!("{lost} turns lost")))
    })?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The first line of a text, shortened for a report.
pub(crate) fn first_line(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    line.chars().take(80).collect()
}

/// A session's title, where its row opens.
pub(crate) fn title_of(keys: &EncryptionService, row: &ccc_store::tables::sessions::SessionRow) -> String {
    cells::open_session(keys, row)
        .map(|session| session.title)
        .unwrap_or_default()
}
