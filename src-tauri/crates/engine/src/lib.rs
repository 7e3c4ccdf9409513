//! The services the window and the command line share; all of CCC's behaviour that is not drawing or typing.
//!
//! [`Engine`] is one open profile. Its [`MemoryService`] keeps sessions, conversations and turns, sealed, and finds
//! what of them matters now. Its [`CycleRunner`] takes a directive through Beatrice, Codey and Beatrice, performing
//! what the pure reducer `ccc_domain::cycle` asks for. Beside them stand [`settings`], [`export`], [`audit`] and
//! [`health`].
//!
//! MemoryService blocks: it waits for the disk. Call it off any thread that must stay responsive; CycleRunner, which is
//! async, does so by itself. Time and ids come from a [`Clock`], so that tests can set them.
//!
//! Nothing here prints, draws or knows a window. Logs hold ids, counts and codes, never text.
//!
//! Start reading at [`Engine`], then [`memory`] and [`cycle`].

mod attempts;
pub mod audit;
pub mod backup;
mod cells;
mod clock;
mod core;
pub mod core_dumps;
pub mod cycle;
mod erasing;
mod error;
mod examine;
pub mod export;
pub mod health;
mod keys;
mod latency;
pub mod logging;
pub mod memory;
mod profile;
pub mod providers;
mod rotation;
pub mod salvage;
mod search;
pub mod settings;
mod space;
pub mod upkeep;
mod writing;

pub use ccc_domain as domain;
pub use ccc_provider::{ApiKey, ChatProvider, ProviderError};
pub use ccc_vault::{EncryptionService, Keychain, Opening, Passphrase, Passphrases, RecoveryKey, Ways as KeyWays, Why};
pub use clock::{Clock, SystemClock};
pub use cycle::CycleRunner;
pub use error::{Entity, Error};
pub use latency::OperationLatency;
pub use memory::MemoryService;
pub use profile::{Engine, Profile, Ways};
pub use space::{ConversationHistory, SessionView, Space};
