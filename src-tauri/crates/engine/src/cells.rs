//! Rows to what they mean and back: which value is sealed where, and what is authenticated with it.
//!
//! Each sealed value is bound to its table, column, row and the row's immutable columns, so that a value moved to
//! another place does not open. Mutable clear columns are under the row's mac together with the sealed values that may
//! be replaced, so that an older value put back is noticed too. The order of fields is part of the format.

mod conversation;
mod derived;
mod profile;
mod session;
mod turn;

use ccc_domain::{Receipt, Step, TurnMetadata};
use ccc_vault::{EncryptionService, Place};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub(crate) use self::{conversation::*, derived::*, profile::*, session::*, turn::*};
use crate::Error;

/// A piece of a running step's text, and where it belongs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) step: Step,
    pub(crate) round: u32,
    pub(crate) text: String,
    pub(crate) metadata: TurnMetadata,
    /// What the step was given, with its first piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) receipt: Option<Receipt>,
}

/// Rows sealed anew: what opens under one set of keys, sealed under another at the same place, byte for byte the same.
pub(crate) struct Reseal<'a> {
    pub(crate) from: &'a EncryptionService,
    pub(crate) to: &'a EncryptionService,
}

impl Reseal<'_> {
    fn value(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.to.seal(place, &self.from.open(place, sealed)?)?)
    }
}

fn seal_json(keys: &EncryptionService, place: &Place<'_>, value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let json = serde_json::to_vec(value).map_err(|_| Error::Internal("a value could not be written as JSON"))?;
    Ok(keys.seal(place, &json)?)
}

fn open_json<T: DeserializeOwned>(keys: &EncryptionService, place: &Place<'_>, sealed: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(&keys.open(place, sealed)?).map_err(|_| Error::Damaged("a sealed value is not readable"))
}

fn open_text(keys: &EncryptionService, place: &Place<'_>, sealed: &[u8]) -> Result<String, Error> {
    let plain = keys.open(place, sealed)?;
    std::str::from_utf8(&plain)
        .map(str::to_owned)
        .map_err(|_| Error::Damaged("a sealed text is not UTF-8"))
}
