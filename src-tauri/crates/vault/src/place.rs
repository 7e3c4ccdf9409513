//! Where a value belongs, in the exact bytes that are authenticated with it.
//!
//! The encoding is a contract with every database ever written: it is frozen by a golden test.

use ccc_domain::{ProfileId, SessionId};

/// The cell a value belongs to. A value opens only under an equal place.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The column's name.
    pub column: &'a str,
    /// The row's id.
    pub row: [u8; 16],
    /// The session whose key seals it; none for what belongs to no session, which is sealed under the profile's key.
    pub session: Option<SessionId>,
    /// The row's immutable columns, always in the same order.
    pub fixed: &'a [Field<'a>],
}

/// A column's value. Kinds never collide: `Int(0)`, `Text("")` and `Null` authenticate differently.
#[derive(Clone, Copy)]
pub enum Field<'a> {
    /// SQL NULL.
    Null,
    /// An id.
    Id([u8; 16]),
    /// An integer.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl Field<'_> {
    /// Appends tag, length (u32, big endian) and value.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => put(out, 0, &[]),
            Self::Id(id) => put(out, 1, id),
            Self::Int(number) => put(out, 2, &number.to_be_bytes()),
            Self::Text(text) => put(out, 3, text.as_bytes()),
            Self::Bytes(bytes) => put(out, 4, bytes),
        }
    }
}

impl Place<'_> {
    /// Appends profile, table, column, row, session and the fixed fields with their count.
    pub(crate) fn encode(&self, profile: ProfileId, out: &mut Vec<u8>) {
        Field::Id(profile.to_bytes()).encode(out);
        Field::Text(self.table).encode(out);
        Field::Text(self.column).encode(out);
        Field::Id(self.row).encode(out);
        self.session
            .map_or(Field::Null, |session| Field::Id(session.to_bytes()))
            .encode(out);
        encode_all(self.fixed, out);
    }
}

/// Appends how many fields follow (as [`Field::Int`]), then the fields.
pub(crate) fn encode_all(fields: &[Field<'_>], out: &mut Vec<u8>) {
    Field::Int(i64::try_from(fields.len()).unwrap_or(i64::MAX)).encode(out);
    fields.iter().for_each(|field| field.encode(out));
}

fn put(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.push(tag);
    // A column of 4 GiB does not exist: SQLite's limit is 1 GB and a value's is 64 MiB.
    out.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(value);
}
