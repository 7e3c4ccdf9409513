//! What belongs to the profile and to no session: settings and details of the audit trail.

use ccc_domain::Timestamp;
use ccc_store::tables::settings::SettingRow;
use ccc_vault::{EncryptionService, Field, Place};
use serde::{Serialize, de::DeserializeOwned};

use super::{Reseal, open_json, open_text, seal_json};
use crate::Error;

/// Seals a setting.
pub(crate) fn seal_setting(
    keys: &EncryptionService,
    name: &str,
    updated_at: Timestamp,
    value: &impl Serialize,
) -> Result<SettingRow, Error> {
    let fixed = [Field::Text(name), Field::Int(updated_at.ms())];
    let value_sealed = seal_json(keys, &of_profile("settings", "value", [0; 16], &fixed), value)?;
    Ok(SettingRow {
        name: name.to_owned(),
        updated_at,
        value_sealed,
    })
}

/// Opens a setting.
pub(crate) fn open_setting<T: DeserializeOwned>(keys: &EncryptionService, row: &SettingRow) -> Result<T, Error> {
    let fixed = [Field::Text(&row.name), Field::Int(row.updated_at.ms())];
    open_json(
        keys,
        &of_profile("settings", "value", [0; 16], &fixed),
        &row.value_sealed,
    )
}

fn of_profile<'a>(table: &'a str, column: &'a str, row: [u8; 16], fixed: &'a [Field<'a>]) -> Place<'a> {
    Place {
        table,
        column,
        row,
        session: None,
        fixed,
    }
}

/// Seals the detail of audit entry `id` made at `at`.
pub(crate) fn seal_audit_detail(
    keys: &EncryptionService,
    id: u64,
    at: Timestamp,
    detail: &str,
) -> Result<Vec<u8>, Error> {
    let fixed = audit_fixed(id, at)?;
    Ok(keys.seal(&of_profile("audit", "detail", [0; 16], &fixed), detail.as_bytes())?)
}

/// Opens the detail of audit entry `id` made at `at`.
pub(crate) fn open_audit_detail(
    keys: &EncryptionService,
    id: u64,
    at: Timestamp,
    sealed: &[u8],
) -> Result<String, Error> {
    let fixed = audit_fixed(id, at)?;
    open_text(keys, &of_profile("audit", "detail", [0; 16], &fixed), sealed)
}

fn audit_fixed(id: u64, at: Timestamp) -> Result<[Field<'static>; 2], Error> {
    let id = i64::try_from(id).map_err(|_| Error::Internal("the audit trail is full"))?;
    Ok([Field::Int(id), Field::Int(at.ms())])
}

impl Reseal<'_> {
    /// A setting under the other keys.
    pub(crate) fn setting(&self, mut row: SettingRow) -> Result<SettingRow, Error> {
        let fixed = [Field::Text(&row.name), Field::Int(row.updated_at.ms())];
        let place = of_profile("settings", "value", [0; 16], &fixed);
        row.value_sealed = self.value(&place, &row.value_sealed)?;
        Ok(row)
    }

    /// The detail of audit entry `id` made at `at`, under the other keys.
    pub(crate) fn audit_detail(&self, id: u64, at: Timestamp, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let fixed = audit_fixed(id, at)?;
        self.value(&of_profile("audit", "detail", [0; 16], &fixed), sealed)
    }
}
