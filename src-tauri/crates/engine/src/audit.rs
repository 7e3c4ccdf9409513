//! The audit trail: every memory operation, numbered, each entry chained to the one before.
//!
//! An entry of a write is made in the write's own transaction, so neither is there without the other. Entries carry
//! ids and counts; a detail, where there is one, is sealed. The chain shows an entry that was changed, removed, added
//! or moved. Cutting off the newest entries is not shown by the chain itself.

use std::sync::Arc;

use ccc_domain::{Agent, Timestamp};
use ccc_store::{Connection, Db, tables::audit};
use ccc_vault::EncryptionService;
use serde::Serialize;

use crate::{Error, cells, core::Core};

/// How many entries are read at once while verifying.
const PAGE: u32 = 1_000;

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

/// Whether `row` is the entry after `last`, which is a number and a mac; zeros before the first.
pub(crate) fn follows(keys: &EncryptionService, last: (u64, [u8; 32]), row: &audit::AuditRow) -> Result<bool, Error> {
    Ok(row.id == last.0 + 1 && row.mac == keys.audit_mac(&last.1, &canonical(row))?)
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
pub struct AuditEntry {
    /// Its number, from 1.
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

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainReport {
    /// How many entries hold.
    pub entries: u64,
    /// The first entry that does not follow from the one before; none when all do.
    pub broken_at: Option<u64>,
}

/// Reading and verifying the trail.
#[derive(Clone)]
pub struct Audit {
    db: Arc<Db>,
    core: Arc<Core>,
}

impl Audit {
    pub(crate) fn new(db: Arc<Db>, core: Arc<Core>) -> Self {
        Self { db, core }
    }

    /// Entries after number `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// Those of the store and of opening a detail.
    pub fn list(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, Error> {
        let rows = self.db.read(|c| audit::list(c, after, limit))?;
        rows.into_iter().map(|row| self.shown(row)).collect()
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

    /// Recomputes every link of the chain, from the first entry to the last.
    ///
    /// # Errors
    /// Those of the store; a broken chain is a result, not an error.
    pub fn verify(&self) -> Result<ChainReport, Error> {
        let (mut last, mut previous) = (0u64, [0u8; 32]);
        loop {
            let rows = self.db.read(|c| audit::list(c, last, PAGE))?;
            if rows.is_empty() {
                return Ok(ChainReport {
                    entries: last,
                    broken_at: None,
                });
            }
            for row in rows {
                if !follows(&self.core.keys, (last, previous), &row)? {
                    return Ok(ChainReport {
                        entries: last,
                        broken_at: Some(last + 1),
                    });
                }
                (last, previous) = (row.id, row.mac);
            }
        }
    }
}
