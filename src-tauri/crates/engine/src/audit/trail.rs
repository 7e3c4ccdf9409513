//! Reading, verifying, anchoring and exporting the trail.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use ccc_domain::{Agent, Timestamp};
use ccc_store::{Db, tables::audit};
use serde::Serialize;

use super::{
    AnchorState, AuditEntry, AuditFilter, AuditKind, ChainReport, Entry,
    anchor::{self, Anchored, EVERY, Head},
    follows,
    last::Last,
    record,
};
use crate::{Error, cells, core::Core, export};

/// How many entries are read at once while verifying.
const PAGE: u32 = 1_000;
/// How long reads wait in memory at most while somebody looks after the trail: a minute.
const REST_MS: i64 = 60_000;

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
    last: Arc<Last>,
    /// The entry the anchor was last seen to name.
    anchored: Arc<AtomicU64>,
    /// When reads were last written.
    settled_at: Arc<AtomicI64>,
}

impl Audit {
    pub(crate) fn new(db: Arc<Db>, core: Arc<Core>, last: Arc<Last>, directory: &Path) -> Self {
        Self {
            db,
            core,
            anchor: anchor::path(directory),
            last,
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

    /// Whether the end of the trail was missing when the profile was opened, as after damage to the write-ahead log, and
    /// nobody has accepted that since: what was said last may be gone.
    pub fn is_cut(&self) -> bool {
        self.last.is_cut()
    }

    /// Recomputes every link of the chain, from the first entry to the last, and looks for those that the anchors name.
    ///
    /// # Errors
    /// Those of the store; a broken chain is a result, not an error.
    pub fn verify(&self) -> Result<ChainReport, Error> {
        // Before the trail: they may lag behind what is there, not behind what comes meanwhile.
        let anchored = anchor::read(&self.anchor, &self.core.keys)?;
        let mut named = self.last.heads()?;
        if let Anchored::At(head) = anchored {
            named.push(head);
        }
        let (entries, broken_at) = self.verify_chain()?;
        let all_there = named
            .iter()
            .try_fold(true, |there, head| Ok::<_, Error>(there && self.holds(*head)?))?;
        let anchor = match anchored {
            _ if !all_there => AnchorState::Cut,
            Anchored::Unreadable => AnchorState::Unreadable,
            Anchored::Nothing if named.is_empty() => AnchorState::Missing,
            Anchored::Nothing | Anchored::At(_) => AnchorState::Holds,
        };
        Ok(ChainReport {
            entries,
            broken_at,
            anchor,
            anchored_at: named.iter().map(|head| head.number).max(),
        })
    }

    fn holds(&self, head: Head) -> Result<bool, Error> {
        self.db.read(|c| head.is_in(c))
    }

    fn verify_chain(&self) -> Result<(u64, Option<u64>), Error> {
        let (mut last, mut previous) = (0u64, [0u8; 32]);
        loop {
            let rows = self.db.read(|c| audit::list(c, last, PAGE))?;
            if rows.is_empty() {
                return Ok((last, None));
            }
            for row in rows {
                if !follows(&self.core.keys, (last, previous), &row)? {
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

    /// Takes the trail as it is now for whole, as after data was restored on purpose: the anchors are moved to its end,
    /// whatever they named, and an entry says so.
    ///
    /// # Errors
    /// Those of the store, and [`Error::Io`] for the anchors' files.
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
            let head = Head { number, mac };
            anchor::write(&self.anchor, head, &self.core.keys)?;
            self.anchored.store(number, Ordering::Relaxed);
            self.last.accept(head)?;
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
