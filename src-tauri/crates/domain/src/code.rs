//! Error codes: what a person or a program can do about a failure, under a stable name.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $exit:literal;)*) => {
        /// The stable name of a failure. The window words each of them; `ccc-cli` prints it and maps it to an exit code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "bindings", derive(specta::Type))]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode { $($(#[$doc])* $variant,)* }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in JSON and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The exit status of `ccc-cli`: 2 bad input, 3 keys and locks, 4 data, 5 provider, 6 stopped, 1 anything else.
            pub const fn exit_code(self) -> u8 {
                match self { $(Self::$variant => $exit,)* }
            }
        }
    };
}

codes! {
    /// Something given is not acceptable as it is: blank, too large, malformed.
    InvalidInput = "invalid_input", 2;
    /// No session, conversation, turn or provider with that id or name.
    NotFound = "not_found", 2;
    /// The id is taken by other content.
    IdConflict = "id_conflict", 2;
    /// The session is archived or expired: restore it first.
    ReadOnly = "read_only", 2;
    /// A cycle already runs in that conversation, or there is none to resume.
    CycleState = "cycle_state", 2;
    /// The file to be written exists.
    AlreadyExists = "already_exists", 2;
    /// The profile was never set up.
    NotInitialised = "not_initialised", 3;
    /// The keys are locked: a passphrase or recovery key is needed.
    Locked = "locked", 3;
    /// The passphrase or recovery key does not open the keys.
    WrongSecret = "wrong_secret", 3;
    /// Several secrets were wrong: wait before the next.
    TooSoon = "too_soon", 3;
    /// The system's keychain does not answer or refuses.
    KeychainUnavailable = "keychain_unavailable", 3;
    /// Data is here but the keys file is not.
    KeysMissing = "keys_missing", 3;
    /// The keys file belongs to another profile, or is not one.
    KeysMismatch = "keys_mismatch", 3;
    /// Another CCC has this profile open.
    ProfileInUse = "profile_in_use", 3;
    /// The data file was written by a newer CCC.
    DataTooNew = "data_too_new", 4;
    /// The data file is not CCC's.
    DataForeign = "data_foreign", 4;
    /// The data file or a sealed value in it is damaged.
    DataDamaged = "data_damaged", 4;
    /// The disk is full, read-only or failing.
    DiskFailed = "disk_failed", 4;
    /// The directory cannot be written.
    NotWritable = "not_writable", 4;
    /// Turns that could not be stored fill the room they have in memory: no cycle begins before some are.
    TooMuchWaits = "too_much_waits", 4;
    /// The provider's address is not allowed as given.
    ProviderUrl = "provider_url", 5;
    /// The provider refused the key.
    ProviderAuth = "provider_auth", 5;
    /// The provider asks to wait, or the account's limit is reached.
    ProviderRateLimited = "provider_rate_limited", 5;
    /// Nothing answers at the provider's address, or not in time.
    ProviderUnreachable = "provider_unreachable", 5;
    /// The provider answered with an error.
    ProviderRejected = "provider_rejected", 5;
    /// What answers is not the expected interface.
    ProviderProtocol = "provider_protocol", 5;
    /// The prompt is longer than the model takes.
    ContextTooLong = "context_too_long", 5;
    /// The answer was cut before its end.
    Truncated = "truncated", 6;
    /// The person stopped it.
    Cancelled = "cancelled", 6;
    /// Memory took too long for a step, which went on without it.
    MemorySlow = "memory_slow", 4;
    /// A defect in CCC.
    Internal = "internal", 1;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_json_is_the_name_on_the_command_line() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
            assert_ne!(code.exit_code(), 0, "no failure exits as a success");
        }
    }
}
