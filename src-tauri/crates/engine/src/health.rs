//! Whether everything works, each check measured.

use std::time::Instant;

use ccc_domain::{ErrorCode, Timestamp};
use ccc_store::tables::turns::Day;
use ccc_vault::{Field, Place};
use serde::Serialize;

use crate::{Engine, Error, OperationLatency, memory::ContextUse, upkeep::UpkeepState};

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Why it failed; none when it works.
    pub failure: Option<ErrorCode>,
    /// What was seen, in words, without content.
    pub detail: String,
    /// What the person should do, where it works today and may not tomorrow.
    pub advice: Option<Advice>,
    /// How long it took, in milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub took_ms: f64,
}

/// Something to be done before it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// The keychain is a way in and its entry is gone: put it back while the profile is open.
    EnrolKeychain,
}

impl Advice {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::EnrolKeychain => {
                "the keychain will not open this profile: keep the passphrase or the recovery key at hand, and put the \
                 entry back on the window's health screen"
            }
        }
    }
}

/// All checks, and what was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct HealthReport {
    /// When.
    pub checked_at: Timestamp,
    /// In a fixed order.
    pub checks: Vec<Check>,
    /// How long operations took since the profile was opened.
    pub latencies: Vec<OperationLatency>,
    /// The days on which turns were stored, oldest first, at most [`DAYS`].
    pub activity: Vec<Activity>,
    /// What is kept.
    pub storage: Storage,
    /// How memory was used since the profile was opened.
    pub context: ContextUse,
    /// What was done now and then, and what is about to be; none where that cannot be read.
    pub upkeep: Option<UpkeepState>,
}

/// How many days a report looks back on: a month, so that a plot has a shape and a copied report stays short.
pub const DAYS: usize = 31;

/// What was stored on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Activity {
    /// The day in UTC, `2026-05-08`.
    pub day: String,
    /// How many turns.
    pub turns: u32,
}

/// How large the data is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Storage {
    /// The data file, in bytes; 0 where it cannot be looked at.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub bytes: u64,
    /// What the turns that are there now took by the end of each day, oldest first, at most [`DAYS`].
    pub growth: Vec<Growth>,
}

/// How much was kept by the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Growth {
    /// The day in UTC.
    pub day: String,
    /// Sealed bytes of all turns so far.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub bytes: u64,
}

impl HealthReport {
    /// Whether every check passed. Advice is no failure.
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.failure.is_none())
    }
}

/// What a check that passed saw.
struct Seen {
    detail: String,
    advice: Option<Advice>,
}

impl From<String> for Seen {
    fn from(detail: String) -> Self {
        Self { detail, advice: None }
    }
}

fn check<S: Into<Seen>>(name: &'static str, run: impl FnOnce() -> Result<S, Error>) -> Check {
    let began = Instant::now();
    let (failure, seen) = match run() {
        Ok(seen) => (None, seen.into()),
        Err(error) => (Some(error.code()), error.to_string().into()),
    };
    Check {
        name,
        failure,
        detail: seen.detail,
        advice: seen.advice,
        took_ms: began.elapsed().as_secs_f64() * 1_000.0,
    }
}

impl Engine {
    /// Runs every check: database, memory service, its index, encryption, keychain, audit trail, disk. Writes nothing but one
    /// setting that says when it was run.
    pub fn health(&self) -> HealthReport {
        let checks = vec![
            check("database", || {
                let turns = self.memory.turn_count()?;
                Ok(format!(
                    "{turns} turns, {} bytes",
                    file_size(&self.profile().data_file())?
                ))
            }),
            check("memory service", || {
                let sessions = self.memory.list_sessions(crate::memory::SessionFilter::All)?;
                Ok(format!("{} sessions", sessions.len()))
            }),
            check("memory index", || Ok(self.memory.index_state()?.words())),
            check("encryption", || self.encryption_holds()),
            check("keychain", || self.keychain_opens()),
            check("audit trail", || {
                let report = self.audit.verify()?;
                match (report.broken_at, report.holds()) {
                    (None, true) => Ok(format!("{} entries hold together", report.entries)),
                    (Some(_), _) => Err(Error::Damaged("the audit trail is broken")),
                    (None, false) => Err(Error::Damaged("the end of the audit trail is not where it was")),
                }
            }),
            check("disk", || {
                self.settings.set("health.checked_at", &self.memory.now())?;
                Ok("a write was durable".to_owned())
            }),
        ];
        let days = self.memory.stored_by_day().unwrap_or_default();
        HealthReport {
            checked_at: self.memory.now(),
            checks,
            latencies: self.memory.latencies(),
            activity: activity(&days),
            storage: Storage {
                bytes: file_size(&self.profile().data_file()).unwrap_or(0),
                growth: growth(&days),
            },
            context: self.memory.context_use(),
            upkeep: self.upkeep_state().ok(),
        }
    }

    /// Whether the keychain, where it is a way in, holds what opens the profile.
    fn keychain_opens(&self) -> Result<Seen, Error> {
        if !self.ways()?.keychain {
            return Ok("not a way into this profile".to_owned().into());
        }
        let account = self.profile_id().to_string();
        let entry = self
            .profile()
            .keychain()
            .get(&account)
            .map_err(ccc_vault::Error::from)?;
        Ok(match entry {
            Some(_) => "holds this profile's entry".to_owned().into(),
            None => Seen {
                detail: "holds no entry of this profile".to_owned(),
                advice: Some(Advice::EnrolKeychain),
            },
        })
    }

    /// Seals, opens, and sees that the same bytes do not open in another place.
    fn encryption_holds(&self) -> Result<String, Error> {
        let at = |column| Place {
            table: "health",
            column,
            row: [0; 16],
            session: None,
            fixed: &[] as &[Field<'_>],
        };
        let sealed = self.core.keys.seal(&at("probe"), b"probe")?;
        let opened = self.core.keys.open(&at("probe"), &sealed)?;
        if opened.as_slice() != b"probe" || self.core.keys.open(&at("elsewhere"), &sealed).is_ok() {
            return Err(Error::Damaged("sealing does not hold"));
        }
        Ok("seals, opens, and refuses a moved value".to_owned())
    }
}

fn activity(days: &[Day]) -> Vec<Activity> {
    let shown = days.iter().skip(days.len().saturating_sub(DAYS));
    let shown = shown.map(|day| Activity {
        day: day.day.clone(),
        turns: day.turns,
    });
    shown.collect()
}

fn growth(days: &[Day]) -> Vec<Growth> {
    let sum = |bytes: &mut u64, day: &Day| {
        *bytes += day.bytes;
        Some(Growth {
            day: day.day.clone(),
            bytes: *bytes,
        })
    };
    let all: Vec<Growth> = days.iter().scan(0, sum).collect();
    let surplus = all.len().saturating_sub(DAYS);
    all.into_iter().skip(surplus).collect()
}

fn file_size(path: &std::path::Path) -> Result<u64, Error> {
    Ok(std::fs::metadata(path)?.len())
}
