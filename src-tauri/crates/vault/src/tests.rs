//! Tests of what the crate does not show: bytes, primitives, the two files.

mod abuse;
mod files;
mod fixture;
mod forgery;
mod golden;
mod rotation;
mod vectors;

use ccc_domain::{ProfileId, SessionId};

use crate::{
    Field, Place,
    crypto::{AesKey, Key32},
    envelope::DataKey,
    keys_file::EPOCH,
};

pub const PROFILE: ProfileId = ProfileId::from_bytes([0xaa; 16]);
pub const SESSION: SessionId = SessionId::from_bytes([0xbb; 16]);

/// A key of the bytes 0, 1, 2, …
pub fn data_key() -> DataKey {
    let bytes: [u8; 32] = std::array::from_fn(|i| i as u8);
    let key = Key32::from_slice(&bytes).expect("32 bytes");
    DataKey {
        key: AesKey::new(&key).expect("a valid key"),
        epoch: EPOCH,
    }
}

/// A turn's content cell.
pub fn place<'a>(fixed: &'a [Field<'a>]) -> Place<'a> {
    Place {
        table: "turns",
        column: "content",
        row: [0xcc; 16],
        session: Some(SESSION),
        fixed,
    }
}

/// One field of each kind.
pub const FIXED: [Field<'static>; 5] = [
    Field::Id([0xdd; 16]),
    Field::Int(1),
    Field::Text("beatrice"),
    Field::Null,
    Field::Bytes(&[1, 2]),
];

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
