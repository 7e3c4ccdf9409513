//! Ids: UUIDv7 newtypes, so that an id of one kind cannot be passed for another and ids sort by creation time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not an id in the form `xxxxxxxx-xxxx-7xxx-xxxx-xxxxxxxxxxxx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "bindings", derive(specta::Type))]
        #[serde(transparent)]
        pub struct $name(#[cfg_attr(feature = "bindings", specta(type = String))] Uuid);

        impl $name {
            /// A UUIDv7 of this instant (unix milliseconds, 48 bits used) and these random bytes.
            pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
            }

            /// The id with these 16 bytes, whatever its UUID version.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes that are stored and authenticated.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text.trim()).map(Self).map_err(|_| InvalidId)
            }
        }
    )*};
}

ids! {
    /// One data directory with its own keys.
    ProfileId
    /// A memory space.
    SessionId
    /// One directive and its turns.
    ConversationId
    /// One contribution.
    TurnId
    /// What one agent has learned in one session.
    StateId
    /// A summary of a session.
    SummaryId
    /// Something an agent may have learned.
    PatternId
    /// The record of what one step was given from memory.
    ReceiptId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_survive_their_text() {
        let early = TurnId::from_parts(1_700_000_000_000, [255; 10]);
        let late = TurnId::from_parts(1_700_000_000_001, [0; 10]);
        assert!(early < late, "the instant leads the id");
        assert_eq!(early.to_string().parse::<TurnId>(), Ok(early));
        assert_eq!("turn".parse::<TurnId>(), Err(InvalidId));
        assert_eq!(TurnId::from_bytes(late.to_bytes()), late);
    }
}
