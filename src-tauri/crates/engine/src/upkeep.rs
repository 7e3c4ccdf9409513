//! Upkeep, carried out: never while a cycle runs, one job after the other, each noted with what it did. The rules are in
//! [`ccc_domain::upkeep`].

mod jobs;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError, TryLockError, atomic::Ordering},
    time::Instant,
};

use ccc_domain::{ErrorCode, SessionId, Timestamp, upkeep::Job};
use serde::{Deserialize, Serialize};

use crate::{Engine, Error};

/// The setting that holds [`Kept`].
const KEPT: &str = "upkeep";

/// How a job went the last time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct UpkeepRun {
    /// The job.
    pub job: Job,
    /// When.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub took_ms: u64,
    /// What it did, in words, without content.
    pub detail: String,
    /// Why it failed; none where it went well.
    pub failure: Option<ErrorCode>,
}

/// What upkeep came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Upkept {
    /// How each job went that was done.
    pub runs: Vec<UpkeepRun>,
    /// Whether sessions or conversations may be others than before.
    pub changed: bool,
}

/// What a job did.
struct Did {
    /// In words, without content.
    detail: String,
    /// Whether it changed sessions or conversations.
    changed: bool,
}

/// What is kept of upkeep from one start to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    runs: Vec<UpkeepRun>,
    /// When sessions were first seen archived.
    archived: BTreeMap<SessionId, Timestamp>,
    /// When sessions were first seen expired.
    warned: BTreeMap<SessionId, Timestamp>,
}

/// Upkeep as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct UpkeepState {
    /// The job that is being done.
    pub running: Option<Job>,
    /// How each job went the last time, in the order they are done.
    pub runs: Vec<UpkeepRun>,
    /// Sessions that were expired, with when they are deleted.
    pub expiring: Vec<Expiring>,
}

/// A session that is deleted at its time, unless it is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Expiring {
    /// The session.
    pub session_id: SessionId,
    /// Not before this.
    pub deleted_at: Timestamp,
}

/// What is shared of upkeep while the profile is open.
#[derive(Default)]
pub(crate) struct Upkeep {
    /// Held while jobs are done.
    working: Mutex<()>,
    running: Mutex<Option<Job>>,
    cancelled: std::sync::atomic::AtomicBool,
}

impl Engine {
    /// Does the jobs that are due, or all of them where `all`. A cycle that runs, and [`Self::cancel_upkeep`], end it before
    /// the next job. Does nothing where it is at work already.
    ///
    /// # Errors
    /// Those of the settings. What fails in a job is in its run.
    pub fn upkeep(&self, all: bool) -> Result<Upkept, Error> {
        let _one_at_a_time = match self.upkeep.working.try_lock() {
            Ok(working) => working,
            Err(TryLockError::WouldBlock) => return Ok(Upkept::default()),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        };
        self.upkeep.cancelled.store(false, Ordering::Release);
        let mut kept: Kept = self.settings.get(KEPT)?;
        let before = kept.clone();
        let mut done = Upkept::default();
        for job in Job::ALL {
            let last = kept.runs.iter().find(|run| run.job == job).map(|run| run.at);
            if !(all || job.is_due(last, self.memory.now())) {
                continue;
            }
            if self.must_stop() {
                break;
            }
            let (run, changed) = self.run(job, &mut kept);
            kept.runs.retain(|other| other.job != job);
            kept.runs.push(run.clone());
            done.runs.push(run);
            done.changed |= changed;
        }
        if kept != before {
            self.settings.set(KEPT, &kept)?;
        }
        Ok(done)
    }

    /// Ends upkeep after what it is at.
    pub fn cancel_upkeep(&self) {
        self.upkeep.cancelled.store(true, Ordering::Release);
    }

    /// How upkeep stands.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn upkeep_state(&self) -> Result<UpkeepState, Error> {
        let kept: Kept = self.settings.get(KEPT)?;
        let warning = i64::try_from(ccc_domain::upkeep::WARNING.as_millis()).unwrap_or(i64::MAX);
        let expiring = kept.warned.iter().map(|(session, warned)| Expiring {
            session_id: *session,
            deleted_at: Timestamp::from_ms(warned.ms().saturating_add(warning)),
        });
        let mut runs = kept.runs.clone();
        runs.sort_by_key(|run| Job::ALL.iter().position(|job| *job == run.job));
        Ok(UpkeepState {
            running: *self.upkeep.running.lock().unwrap_or_else(PoisonError::into_inner),
            runs,
            expiring: expiring.collect(),
        })
    }

    /// Whether a cycle runs, or the person has had enough.
    fn must_stop(&self) -> bool {
        self.upkeep.cancelled.load(Ordering::Acquire) || self.spaces().iter().any(|space| space.cycle.is_running())
    }

    /// Does a job: how it went, and whether sessions or conversations may be others than before.
    fn run(&self, job: Job, kept: &mut Kept) -> (UpkeepRun, bool) {
        let (at, began) = (self.memory.now(), Instant::now());
        let running = |job| *self.upkeep.running.lock().unwrap_or_else(PoisonError::into_inner) = job;
        running(Some(job));
        let went = match job {
            Job::Sessions => self.tend_sessions(kept),
            Job::Conversations => self.archive_conversations(),
            Job::Log => self.fold_log().map(Did::beside),
            Job::Space => self.give_room_back().map(Did::beside),
            Job::Leftovers => self.remove_leftovers().map(Did::beside),
        };
        running(None);
        let (Did { detail, changed }, failure) = match went {
            Ok(did) => (did, None),
            Err(error) => {
                tracing::warn!(job = job.as_str(), code = %error.code(), "upkeep failed");
                // It may have failed after a part of its work.
                let changed = matches!(job, Job::Sessions | Job::Conversations);
                let detail = error.to_string();
                (Did { detail, changed }, Some(error.code()))
            }
        };
        let run = UpkeepRun {
            job,
            at,
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            detail,
            failure,
        };
        (run, changed)
    }
}

impl Did {
    /// Work on files, beside sessions and conversations.
    fn beside(detail: String) -> Self {
        Self { detail, changed: false }
    }
}
