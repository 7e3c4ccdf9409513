//! Whether everything works, each check measured.

use std::time::Instant;

use ccc_domain::ErrorCode;
use ccc_vault::{Field, Place};
use serde::Serialize;

use crate::{Engine, Error};

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Why it failed; none when it works.
    pub failure: Option<ErrorCode>,
    /// What was seen, in words, without content.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
}

/// All checks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HealthReport {
    /// In a fixed order.
    pub checks: Vec<Check>,
}

impl HealthReport {
    /// Whether every check passed.
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.failure.is_none())
    }
}

fn check(name: &'static str, run: impl FnOnce() -> Result<String, Error>) -> Check {
    let began = Instant::now();
    let (failure, detail) = match run() {
        Ok(detail) => (None, detail),
        Err(error) => (Some(error.code()), error.to_string()),
    };
    Check {
        name,
        failure,
        detail,
        took_ms: began.elapsed().as_secs_f64() * 1_000.0,
    }
}

impl Engine {
    /// Runs every check: database, memory service, encryption, keychain, audit trail, disk. Writes nothing but one
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
            check("encryption", || self.encryption_holds()),
            check("keychain", || {
                if !self.core.keys.ways()?.keychain {
                    return Ok("not a way into this profile".to_owned());
                }
                let profile = self.profile_id().to_string();
                let entry = self
                    .profile()
                    .keychain()
                    .get(&profile)
                    .map_err(ccc_vault::Error::from)?;
                Ok(if entry.is_some() {
                    "holds this profile's entry"
                } else {
                    "holds no entry of this profile"
                }
                .into())
            }),
            check("audit trail", || {
                let report = self.audit.verify()?;
                match report.broken_at {
                    None => Ok(format!("{} entries hold together", report.entries)),
                    Some(_) => Err(Error::Damaged("the audit trail is broken")),
                }
            }),
            check("disk", || {
                self.settings.set("health.checked_at", &self.memory.now())?;
                Ok("a write was durable".to_owned())
            }),
        ];
        HealthReport { checks }
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

fn file_size(path: &std::path::Path) -> Result<u64, Error> {
    Ok(std::fs::metadata(path)?.len())
}
