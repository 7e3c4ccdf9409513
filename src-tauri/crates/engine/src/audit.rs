//! The audit trail: every memory operation, numbered, each entry chained to the one before.
//!
//! An entry of a write is made in the write's own transaction, so neither is there without the other. Entries carry
//! ids and counts; a detail, where there is one, is sealed. Reads are noted in memory and written together ([`reads`]).
//! The chain shows an entry that was changed, removed, added or moved; a cut-off end is shown by its [`anchor`] and by what
//! was noted of the [`last`] commit.

pub(crate) mod anchor;
pub(crate) mod last;
pub(crate) mod reads;
mod trail;

use ccc_domain::{Agent, Timestamp};
use ccc_store::{
    Connection,
    tables::{audit, settings},
};
use ccc_vault::EncryptionService;
use serde::{Deserialize, Serialize};

pub use self::trail::Audit;
use crate::{Error, cells, core::Core};

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

/// Adds `entry` in the transaction of `tx`, not in a savepoint inside it: taking that back alone is not noticed here.
pub(crate) fn record(core: &Core, tx: &Connection, entry: Entry<'_>) -> Result<(), Error> {
    let known = core.last.as_ref().and_then(|last| last.end());
    let head = known.map_or_else(|| audit::head(tx), |head| Ok(Some(head)))?;
    let (last, previous) = head.unwrap_or((0, [0; 32]));
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
    audit::insert(tx, &row)?;
    if let Some(last) = &core.last {
        last.made(row.id, row.mac);
    }
    Ok(())
}

/// Notes a read; it comes into the trail with the next writing of reads.
pub(crate) fn note_read(core: &Core, action: &'static str, entity: &'static str, id: Option<[u8; 16]>) {
    core.reads.note((action, entity, id), core.now());
}

/// Whether `row` is the entry after `last`, which is a number and a mac; zeros before the first.
pub(crate) fn follows(keys: &EncryptionService, last: (u64, [u8; 32]), row: &audit::AuditRow) -> Result<bool, Error> {
    Ok(row.id == last.0 + 1 && row.mac == keys.audit_mac(&last.1, &canonical(row))?)
}

/// An entry under other keys, as the one after that with the mac `previous` there.
pub(crate) fn resealed(
    reseal: &cells::Reseal<'_>,
    previous: &[u8; 32],
    mut row: audit::AuditRow,
) -> Result<audit::AuditRow, Error> {
    let detail = row.detail_sealed.as_ref();
    row.detail_sealed = detail
        .map(|sealed| reseal.audit_detail(row.id, row.at, sealed))
        .transpose()?;
    row.mac = reseal.to.audit_mac(previous, &canonical(&row))?;
    Ok(row)
}

/// Whether a data file was written with these keys, by the ends of its trail and its settings: one of them that fits is
/// enough, as any of them may be damaged. A file that has none of them, or none that can be read, may be anybody's.
pub(crate) fn was_written_with(keys: &EncryptionService, connection: &Connection) -> bool {
    let first = audit::list(connection, 0, 1).unwrap_or_default();
    let last = audit::head(connection).ok().flatten();
    let last = last.and_then(|(number, _)| audit::list(connection, number.saturating_sub(2), 2).ok());
    let fits = |last: (u64, [u8; 32]), row| follows(keys, last, row).unwrap_or(false);
    let pair = last.unwrap_or_default();
    let begins = first.iter().map(|row| fits((0, [0; 32]), row));
    let ends = pair.windows(2).filter_map(|pair| match pair {
        [before, row] => Some(fits((before.id, before.mac), row)),
        _ => None,
    });
    let settings = settings::list(connection).unwrap_or_default();
    let opens = |row: &settings::SettingRow| cells::open_setting::<serde_json::Value>(keys, row).is_ok();
    let mut witnesses = begins.chain(ends).chain(settings.iter().map(opens)).peekable();
    witnesses.peek().is_none() || witnesses.any(|fits| fits)
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

/// What the anchors beside the data say of the end of the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum AnchorState {
    /// The entries they name are there.
    Holds,
    /// One they name is not, or another one is: the end of the trail was cut off or lost, or older data put back.
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
    /// The newest entry that an anchor names; none without one.
    #[cfg_attr(feature = "bindings", specta(type = Option<u32>))]
    pub anchored_at: Option<u64>,
}

impl ChainReport {
    /// Whether everything holds. A missing anchor proves nothing.
    pub const fn holds(&self) -> bool {
        self.broken_at.is_none() && matches!(self.anchor, AnchorState::Holds | AnchorState::Missing)
    }
}
