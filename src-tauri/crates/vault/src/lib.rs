//! Keys, sealing and the keychain: everything that turns text into bytes only its owner can read.
//!
//! One random master key per profile is wrapped in **slots**, one for each way in: the system's keychain, a
//! passphrase, the recovery key. From it are derived the keys of each purpose; one of them wraps a random key per
//! session. A value is sealed under its session's key together with its **place** (table, column, row and the row's
//! unchanging columns), so it opens nowhere else.
//!
//! Slots and wrapped session keys live in the keys file, kept twice and never in the database. What must hold:
//! a missing keychain entry never makes a new key; nothing of the keychain is deleted or overwritten on failure;
//! a destroyed session key is gone from both files before the call returns.
//!
//! It refuses to know tables, SQL, time or windows, to seal what it could not open again, to keep a secret in a file
//! in clear, and to put a secret or a text into an error or a `Debug` output.
//!
//! What is not promised: ring's key objects are not overwritten when dropped (the app brings an allocator that does), nor are
//! zstd's contexts, which the C library's allocator holds; and whoever holds an old copy of both keys files and a way in
//! holds its session keys.
//!
//! Start reading at [`key_manager`] for opening, at [`encryption`] for sealing, at [`keys_file`] for the bytes.

mod codec;
mod commit;
mod copies;
mod crypto;
mod digest;
pub mod encryption;
mod envelope;
pub mod error;
pub mod kdf;
pub mod key_manager;
pub mod keychain;
mod keys_dir;
pub mod keys_file;
mod master;
pub mod place;
mod retired;
mod rotate;
pub mod secret;
mod slot;
mod unlock;
mod ways;

#[cfg(test)]
mod tests;

pub use digest::sha256_of;
pub use encryption::{EncryptionService, Generations};
pub use error::{Error, SecretFault};
pub use kdf::KdfParams;
pub use key_manager::{KeyManager, NewWays, Opening, Why};
pub use keychain::{Keychain, KeychainError};
pub use place::{Field, Place};
pub use rotate::Passphrases;
pub use secret::{Passphrase, RecoveryKey};
pub use slot::Ways;
