//! The jobs themselves.

use std::{fs, path::Path, time::Duration};

use ccc_domain::{
    ConversationStatus, Session, SessionStatus,
    upkeep::{Fate, fate, is_old},
};

use super::{Did, Kept};
use crate::{Engine, Error, memory::SessionFilter};

/// Files of ours that are renamed when whole: one that is still there after a day was left by an interrupted writing.
const UNFINISHED: [&str; 2] = [".part", ".tmp"];
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The data file is made smaller when this share of it is free: copying it is work for the disk, and free pages are used
/// again by what is stored next.
const FREE_SHARE: f64 = 0.25;
/// Nor is less than this worth it.
const FREE_BYTES: u64 = 4 << 20;
/// The copy is made in memory, for it must not lie on the disk: above this size the file is left as it is.
const MOST_BYTES: u64 = 256 << 20;

impl Engine {
    /// Archives, warns of and deletes sessions by what was set for each.
    pub(super) fn tend_sessions(&self, kept: &mut Kept) -> Result<Did, Error> {
        let (mut archived, mut warned, mut deleted) = (0, 0, 0);
        let sessions = self.memory.list_sessions(SessionFilter::All)?;
        note_states(kept, &sessions, self.memory.now());
        for session in &sessions {
            if self.must_stop() {
                break;
            }
            let (id, now) = (session.id, self.memory.now());
            match fate(
                session,
                kept.archived.get(&id).copied(),
                kept.warned.get(&id).copied(),
                now,
            ) {
                Fate::Keep => {}
                Fate::Archive => {
                    self.memory.archive_unused(id)?;
                    kept.archived.insert(id, now);
                    archived += 1;
                }
                Fate::Warn => {
                    self.memory.expire_session(id)?;
                    kept.warned.insert(id, now);
                    warned += 1;
                }
                Fate::Delete => {
                    self.memory.delete_session(id)?;
                    kept.archived.remove(&id);
                    kept.warned.remove(&id);
                    deleted += 1;
                }
            }
        }
        Ok(Did {
            detail: format!("{archived} archived, {warned} expired, {deleted} deleted"),
            changed: archived + warned + deleted > 0,
        })
    }

    /// Archives finished conversations that are as old as their session archives after.
    pub(super) fn archive_conversations(&self) -> Result<Did, Error> {
        let mut archived = 0;
        for session in self.memory.list_sessions(SessionFilter::Active)? {
            let after = session.preferences.archive_after_days;
            if after.is_none() || session.pinned || self.must_stop() {
                continue;
            }
            for conversation in self.memory.list_conversations(session.id)? {
                let now = self.memory.now();
                if conversation.status == ConversationStatus::Completed
                    && is_old(conversation.created_at, after, now)
                    && is_old(self.memory.last_said(conversation.id)?, after, now)
                {
                    self.memory.archive_conversation(conversation.id)?;
                    archived += 1;
                }
            }
        }
        Ok(Did {
            detail: format!("{archived} archived"),
            changed: archived > 0,
        })
    }

    /// Folds the write-ahead log in and empties it.
    pub(super) fn fold_log(&self) -> Result<String, Error> {
        let before = self.memory.log_bytes();
        self.memory.fold_log()?;
        Ok(format!("{before} bytes folded in"))
    }

    /// Gives back room that deleting left, where it is much.
    pub(super) fn give_room_back(&self) -> Result<String, Error> {
        let (free, all) = self.memory.room()?;
        // The shares are for a decision, not for sums.
        #[allow(clippy::cast_precision_loss)]
        let share = free as f64 / (all.max(1)) as f64;
        if free < FREE_BYTES || share < FREE_SHARE || all > MOST_BYTES {
            return Ok(format!("{free} of {all} bytes are free and are used again"));
        }
        self.memory.give_room_back()?;
        Ok(format!("{free} of {all} bytes given back"))
    }

    /// Removes unfinished files from the profile's directory.
    pub(super) fn remove_leftovers(&self) -> Result<String, Error> {
        let mut removed = 0;
        for entry in fs::read_dir(self.profile().directory())? {
            let path = entry?.path();
            if is_left_over(&path) {
                fs::remove_file(&path)?;
                removed += 1;
            }
        }
        Ok(format!("{removed} files removed"))
    }
}

/// Notes which sessions are archived or expired, and forgets those that are not any more.
fn note_states(kept: &mut Kept, sessions: &[Session], now: ccc_domain::Timestamp) {
    let is = |id, status| {
        sessions
            .iter()
            .any(|session| session.id == id && session.status == status)
    };
    kept.archived
        .retain(|id, _| is(*id, SessionStatus::Archived) || is(*id, SessionStatus::Expired));
    kept.warned.retain(|id, _| is(*id, SessionStatus::Expired));
    for session in sessions {
        match session.status {
            SessionStatus::Active => {}
            SessionStatus::Archived => _ = kept.archived.entry(session.id).or_insert(now),
            SessionStatus::Expired => _ = kept.warned.entry(session.id).or_insert(now),
        }
    }
}

/// Whether a file was left by an interrupted writing of ours. Its age is asked of the file system alone.
fn is_left_over(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let unfinished = UNFINISHED.iter().any(|ending| name.ends_with(ending));
    let old = || {
        let modified = path.metadata().ok()?.modified().ok()?;
        Some(modified.elapsed().ok()? >= A_DAY)
    };
    unfinished && path.is_file() && old().unwrap_or(false)
}
