//! The audit trail: every memory operation, numbered, each entry chained to the one before.
//!
//! An entry of a write is made in the write's own transaction, so neither is there without the other. Entries carry
//! ids and counts; a detail, where there is one, is sealed. Reads are noted in memory and written together ([`reads`]).
//! The chain shows an entry that was changed, removed, added or moved; a cut-off end is shown by its [`anchor`].

mod anchor;
pub(crate) mod reads;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use ccc_domain::{Agent, Timestamp};
use ccc_store::{Connection, Db, tables::audit};
use serde::{Deserialize, Serialize};

use self::anchor::{Anchored, EVERY, Head};
use crate::{Error, cells, core::Core, export};

/// How many entries are read at once while verifying.
const PAGE: u32 = 1_000;
/// How long reads wait in memory at most while somebody looks after the trail: a minute.
const REST_MS: i64 = 60_000;

/// What was done, to be recorded.
pub(crate) struct Entry<'a> {
    pub(crate) actor: &'a str,
    pub(crate) action: &'a str,
    pub(crate) entity: &'a str,
    pub(crate) entity_id: Option<[u8; 16]>,
    pub(crate) detail: Option<String>,
}

impl<'a> Entry<'a> {
    /// An entry of the person's doing.
    pub(crate) fn new(action: &'a str, entity: &'a str, entity_id: [u8; 16]) -> Self {
        Self {
            actor: Agent::Wykeve.as_str(),
            action,
            entity,
            entity_id: Some(entity_id),
            detail: None,
        }
    }

    pub(crate) fn by(self, actor: &'a str) -> Self {
        Self { actor, ..self }
    }

    pub(crate) fn detail(self, detail: String) -> Self {
        Self {
            detail: Some(detail),
            ..self
        }
    }
}

/// Adds `entry` in the transaction of `tx`.
pub(crate) fn record(core: &Core, tx: &Connection, entry: Entry<'_>) -> Result<(), Error> {
    let (last, previous) = audit::head(tx)?.unwrap_or((0, [0; 32]));
    let (id, at) = (last + 1, core.now());
    let mut row = audit::AuditRow {
        id,
        at,
        actor: entry.actor.to_owned(),
        action: entry.action.to_owned(),
        entity: entry.entity.to_owned(),
        entity_id: entry.entity_id,
        detail_sealed: entry
            .detail
            .map(|text| cells::seal_audit_detail(&core.keys, id, at, &text))
            .transpose()?,
        mac: [0; 32],
    };
    row.mac = core.keys.audit_mac(&previous, &canonical(&row))?;
    Ok(audit::insert(tx, &row)?)
}

/// Notes a read; it comes into the trail with the next writing of reads.
pub(crate) fn note_read(core: &Core, action: &'static str, entity: &'static str, id: Option<[u8; 16]>) {
    core.reads.note((action, entity, id), core.now());
}

/// The bytes of an entry that its mac covers: a version, then each field with its length before it.
fn canonical(row: &audit::AuditRow) -> Vec<u8> {
    let mut bytes = vec![1u8];
    let mut field = |value: Option<&[u8]>| {
        let value = value.map_or((0u8, [].as_slice()), |v| (1, v));
        bytes.push(value.0);
        bytes.extend_from_slice(&(value.1.len() as u64).to_be_bytes());
        bytes.extend_from_slice(value.1);
    };
    field(Some(&row.id.to_be_bytes()));
    field(Some(&row.at.ms().to_be_bytes()));
    field(Some(row.actor.as_bytes()));
    field(Some(row.action.as_bytes()));
    field(Some(row.entity.as_bytes()));
    field(row.entity_id.as_ref().map(<[u8; 16]>::as_slice));
    field(row.detail_sealed.as_deref());
    bytes
}

/// One entry as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct AuditEntry {
    /// Its number, from 1.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who: an agent's id, or `app`.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub entity: String,
    /// To which one, as the text of its id.
    pub entity_id: Option<String>,
    /// More, where there is more.
    pub detail: Option<String>,
}

/// What entries are looked for by; none of a field means any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(default)]
pub struct AuditFilter {
    /// Before the entry of this number.
    #[cfg_attr(feature = "bindings", specta(type = Option<u32>))]
    pub before: Option<u64>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// By whom: an agent's id, or `app`.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// To what kind of thing.
    pub entity: Option<String>,
    /// To which one: the text of its id.
    pub entity_id: Option<String>,
}

/// A kind of operation that the trail holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct AuditKind {
    /// The kind of thing.
    pub entity: String,
    /// What was done to it.
    pub action: String,
}

/// What the anchor beside the data says of the end of the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum AnchorState {
    /// The entry it names is there.
    Holds,
    /// The entry it names is not, or another one is: the end of the trail was cut off, or older data put back.
    Cut,
    /// It is no anchor of this profile.
    Unreadable,
    /// There is none; before the trail is first anchored there need not be.
    Missing,
}

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ChainReport {
    /// How many entries hold.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub entries: u64,
    /// The first entry that does not follow from the one before; none when all do.
    #[cfg_attr(feature = "bindings", specta(type = Option<u32>))]
    pub broken_at: Option<u64>,
    /// Whether the end is there.
    pub anchor: AnchorState,
    /// The entry that the anchor names; none without one.
    #[cfg_attr(feature = "bindings", specta(type = Option<u32>))]
    pub anchored_at: Option<u64>,
}

impl ChainReport {
    /// Whether everything holds. A missing anchor proves nothing.
    pub const fn holds(&self) -> bool {
        self.broken_at.is_none() && matches!(self.anchor, AnchorState::Holds | AnchorState::Missing)
    }
}

/// The trail as a file for another program.
#[derive(Serialize)]
struct AuditExport {
    format: &'static str,
    version: u32,
    exported_at: Timestamp,
    verified: ChainReport,
    entries: Vec<AuditEntry>,
}

/// Reading, verifying and exporting the trail.
#[derive(Clone)]
pub struct Audit {
    db: Arc<Db>,
    core: Arc<Core>,
    anchor: PathBuf,
    /// The entry the anchor was last seen to name.
    anchored: Arc<AtomicU64>,
    /// When reads were last written.
    settled_at: Arc<AtomicI64>,
}

impl Audit {
    pub(crate) fn new(db: Arc<Db>, core: Arc<Core>, directory: &Path) -> Self {
        Self {
            db,
            core,
            anchor: anchor::path(directory),
            anchored: Arc::default(),
            settled_at: Arc::default(),
        }
    }

    /// Entries after number `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// Those of the store and of opening a detail.
    pub fn list(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, Error> {
        let rows = self.db.read(|c| audit::list(c, after, limit))?;
        rows.into_iter().map(|row| self.shown(row)).collect()
    }

    /// The entries that `filter` lets through, newest first, at most `limit`. Reads that are not in the trail yet are
    /// written first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an id that is none; those of the store and of opening a detail.
    pub fn find(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>, Error> {
        self.settle();
        let filter = self.row_filter(filter)?;
        let rows = self.db.read(|c| audit::find(c, &filter, limit))?;
        rows.into_iter().map(|row| self.shown(row)).collect()
    }

    fn row_filter(&self, filter: &AuditFilter) -> Result<audit::Filter, Error> {
        let id = filter.entity_id.as_deref().map(|text| {
            let id: Result<ccc_domain::TurnId, _> = text.trim().parse();
            id.map_err(|_| Error::Invalid("that is no id"))
        });
        Ok(audit::Filter {
            before: filter.before,
            from: filter.from,
            until: filter.until,
            actor: filter.actor.clone(),
            action: filter.action.clone(),
            entity: filter.entity.clone(),
            entity_id: id.transpose()?.map(ccc_domain::TurnId::to_bytes),
        })
    }

    /// The kinds of operations that the trail holds, to choose among.
    ///
    /// # Errors
    /// Those of the store.
    pub fn kinds(&self) -> Result<Vec<AuditKind>, Error> {
        let kinds = self.db.read(audit::kinds)?.into_iter();
        Ok(kinds.map(|(entity, action)| AuditKind { entity, action }).collect())
    }

    fn shown(&self, row: audit::AuditRow) -> Result<AuditEntry, Error> {
        let detail = row
            .detail_sealed
            .as_ref()
            .map(|sealed| cells::open_audit_detail(&self.core.keys, row.id, row.at, sealed))
            .transpose()?;
        Ok(AuditEntry {
            number: row.id,
            at: row.at,
            actor: row.actor,
            action: row.action,
            entity: row.entity,
            entity_id: row.entity_id.map(|id| ccc_domain::TurnId::from_bytes(id).to_string()),
            detail,
        })
    }

    /// Recomputes every link of the chain, from the first entry to the last, and looks for the one the anchor names.
    ///
    /// # Errors
    /// Those of the store; a broken chain is a result, not an error.
    pub fn verify(&self) -> Result<ChainReport, Error> {
        // Before the trail: it may lag behind what is there, not behind what comes meanwhile.
        let anchored = anchor::read(&self.anchor, &self.core.keys)?;
        let (entries, broken_at) = self.verify_chain()?;
        let (anchor, anchored_at) = match anchored {
            Anchored::Nothing => (AnchorState::Missing, None),
            Anchored::Unreadable => (AnchorState::Unreadable, None),
            Anchored::At(head) if self.holds(head)? => (AnchorState::Holds, Some(head.number)),
            Anchored::At(head) => (AnchorState::Cut, Some(head.number)),
        };
        Ok(ChainReport {
            entries,
            broken_at,
            anchor,
            anchored_at,
        })
    }

    fn holds(&self, head: Head) -> Result<bool, Error> {
        // The trail of a data file that was never written to has no entry to name.
        Ok(head.number == 0 || self.db.read(|c| audit::mac(c, head.number))? == Some(head.mac))
    }

    fn verify_chain(&self) -> Result<(u64, Option<u64>), Error> {
        let (mut last, mut previous) = (0u64, [0u8; 32]);
        loop {
            let rows = self.db.read(|c| audit::list(c, last, PAGE))?;
            if rows.is_empty() {
                return Ok((last, None));
            }
            for row in rows {
                let expected = self.core.keys.audit_mac(&previous, &canonical(&row))?;
                if row.id != last + 1 || row.mac != expected {
                    return Ok((last, Some(last + 1)));
                }
                (last, previous) = (row.id, row.mac);
            }
        }
    }

    /// Writes the reads that were noted into the trail and moves the anchor to its end. For when nobody waits: a failure
    /// is logged, and made good by the next call.
    pub fn settle(&self) {
        self.settled_at.store(self.core.now().ms(), Ordering::Relaxed);
        if let Err(error) = self.write_reads().and_then(|()| self.move_anchor()) {
            tracing::warn!(code = %error.code(), "the end of the audit trail is not anchored");
        }
    }

    /// As [`Self::settle`], where the trail has grown enough since the anchor was moved, or a minute is over.
    pub fn settle_if_due(&self) {
        let since = self
            .core
            .now()
            .ms()
            .saturating_sub(self.settled_at.load(Ordering::Relaxed));
        if !(0..REST_MS).contains(&since) {
            return self.settle();
        }
        let head = self.db.read(audit::head);
        let grown = head.is_ok_and(|head| {
            let number = head.map_or(0, |(number, _)| number);
            number >= self.anchored.load(Ordering::Relaxed).saturating_add(EVERY)
        });
        if grown {
            self.settle();
        }
    }

    fn write_reads(&self) -> Result<(), Error> {
        let reads = self.core.reads.take();
        if reads.is_empty() {
            return Ok(());
        }
        let (core, writing) = (self.core.clone(), reads.clone());
        let written = self.db.write(move |tx| {
            for ((action, entity, id), times) in &writing {
                let entry = Entry {
                    actor: Agent::Wykeve.as_str(),
                    action,
                    entity,
                    entity_id: *id,
                    detail: Some(match times.times {
                        1 => format!("once, {}", times.first),
                        more => format!("{more} times since {}", times.first),
                    }),
                };
                record(&core, tx, entry)?;
            }
            Ok::<_, Error>(())
        });
        if written.is_err() {
            self.core.reads.put_back(reads);
        }
        written
    }

    /// Moves the anchor to the end. One that names what is not there is left as it is: it tells of it.
    fn move_anchor(&self) -> Result<(), Error> {
        let Some((number, mac)) = self.db.read(audit::head)? else {
            return Ok(());
        };
        let head = Head { number, mac };
        match anchor::read(&self.anchor, &self.core.keys)? {
            Anchored::Unreadable => {}
            Anchored::At(known) if !self.holds(known)? => {}
            Anchored::At(known) if known == head => {}
            Anchored::Nothing | Anchored::At(_) => anchor::write(&self.anchor, head, &self.core.keys)?,
        }
        self.anchored.store(number, Ordering::Relaxed);
        Ok(())
    }

    /// Takes the trail as it is now for whole, as after data was restored on purpose: the anchor is moved to its end,
    /// whatever it named, and an entry says so.
    ///
    /// # Errors
    /// Those of the store, and [`Error::Io`] for the anchor's file.
    pub fn accept(&self) -> Result<(), Error> {
        let core = self.core.clone();
        self.db.write(move |tx| {
            let entry = Entry {
                actor: Agent::Wykeve.as_str(),
                action: "accept",
                entity: "audit",
                entity_id: None,
                detail: None,
            };
            record(&core, tx, entry)
        })?;
        if let Some((number, mac)) = self.db.read(audit::head)? {
            anchor::write(&self.anchor, Head { number, mac }, &self.core.keys)?;
            self.anchored.store(number, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Writes the whole trail, oldest first, with what verifying it found, to `path` as JSON; how many entries.
    ///
    /// # Errors
    /// [`Error::FileExists`] when there is a file and `overwrite` is false; [`Error::Io`]; those of the store.
    pub fn export(&self, path: &Path, overwrite: bool) -> Result<usize, Error> {
        self.settle();
        let mut export = AuditExport {
            format: "ccc-audit",
            version: export::VERSION,
            exported_at: self.core.now(),
            verified: self.verify()?,
            entries: Vec::new(),
        };
        loop {
            let after = export.entries.last().map_or(0, |entry| entry.number);
            let page = self.list(after, PAGE)?;
            if page.is_empty() {
                break;
            }
            export.entries.extend(page);
        }
        export::write_file(path, export::as_json(&export)?.as_bytes(), overwrite)?;
        Ok(export.entries.len())
    }
}
