//! Where the profile stands, as the window is shown it.

use std::collections::BTreeSet;

use ccc_domain::{ConversationId, ConversationStatus, SessionId};
use ccc_engine::{Engine, Error as EngineError, RecoveryKey};
use serde::Serialize;

/// Why a profile is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum LockReason {
    /// The person locked it, or was away.
    Locked,
    /// The keychain is no way in.
    KeychainNotUsed,
    /// The keychain has no entry that opens it.
    KeychainEmpty,
    /// The keychain is a way in and does not answer.
    KeychainUnavailable,
}

/// A cycle that did not end, or not by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
pub struct InterruptedCycle {
    /// Its session.
    pub session_id: SessionId,
    /// Its conversation.
    pub conversation_id: ConversationId,
}

/// Where the profile stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ProfileState {
    /// There is none yet.
    FirstRun {
        /// Whether the system's keychain answers.
        keychain: bool,
    },
    /// It waits for a way in; the recovery key always is one.
    Locked {
        /// Why.
        why: LockReason,
        /// Whether the keychain is a way in.
        keychain: bool,
        /// Whether a passphrase is one.
        passphrase: bool,
        /// How many turns that could not be saved were lost by locking.
        lost: u32,
    },
    /// It is open.
    Unlocked {
        /// What the app's end, or locking, cut off, and nobody has gone on with; then what runs, which a page that was
        /// loaded anew goes back to.
        interrupted: Vec<InterruptedCycle>,
        /// Whether nobody may have seen the recovery key, as after a setting-up that was cut short: renew it.
        recovery_unseen: bool,
        /// Whether the end of the audit trail was missing at the opening and nobody accepted that: what was written last
        /// may be gone.
        trail_cut: bool,
    },
}

/// The ways into an open profile; the recovery key always is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
pub struct WaysIn {
    /// Whether the keychain is one.
    pub keychain: bool,
    /// Whether there is a passphrase.
    pub passphrase: bool,
}

impl From<ccc_engine::KeyWays> for WaysIn {
    fn from(ways: ccc_engine::KeyWays) -> Self {
        Self {
            keychain: ways.keychain,
            passphrase: ways.passphrase,
        }
    }
}

/// The recovery key, shown once: nine groups of four, joined by dashes.
#[derive(Serialize, specta::Type)]
pub struct Created {
    /// The key.
    pub recovery_key: String,
}

impl From<&RecoveryKey> for Created {
    fn from(key: &RecoveryKey) -> Self {
        Self {
            recovery_key: key.reveal().as_str().to_owned(),
        }
    }
}

/// An open profile as shown.
///
/// # Errors
/// Damage to a row; those of the store.
pub(super) fn unlocked(engine: &Engine) -> Result<ProfileState, EngineError> {
    let left: BTreeSet<ConversationId> = engine.recovered.interrupted.iter().copied().collect();
    let mut interrupted = Vec::new();
    for id in left {
        match engine.memory.get_conversation(id) {
            Ok(found) if found.status == ConversationStatus::Active => interrupted.push(InterruptedCycle {
                session_id: found.session_id,
                conversation_id: id,
            }),
            // Gone on with since, or deleted with its session, or of a temporary one.
            Ok(_) | Err(EngineError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let running = running(engine)?;
    interrupted.retain(|cycle| {
        running
            .iter()
            .all(|other| other.conversation_id != cycle.conversation_id)
    });
    interrupted.extend(running);
    Ok(ProfileState::Unlocked {
        interrupted,
        recovery_unseen: !engine.recovery_was_shown()?,
        trail_cut: engine.audit.is_cut(),
    })
}

fn running(engine: &Engine) -> Result<Vec<InterruptedCycle>, EngineError> {
    let mut all = Vec::new();
    for space in engine.spaces() {
        for conversation_id in space.cycle.running() {
            match space.memory.get_conversation(conversation_id) {
                Ok(found) => all.push(InterruptedCycle {
                    session_id: found.session_id,
                    conversation_id,
                }),
                // One that could not be stored: there is no session to go back to.
                Err(EngineError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(all)
}
