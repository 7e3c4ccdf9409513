//! `doctor`: every check that can be run, and why the others could not.

use ccc_domain::ErrorCode;
use ccc_engine::{Engine, Opening, health::Check};
use serde_json::{Value, json};

use crate::{
    args::Global,
    error::Error,
    open::{self, App},
    out::Out,
};

/// The engine's checks, in its order, to be named where they could not be run.
const NEED_KEYS: [&str; 7] = [
    "database",
    "memory service",
    "memory index",
    "encryption",
    "keychain",
    "audit trail",
    "disk",
];

/// How a check went.
enum Went {
    Well,
    /// Works today and may not tomorrow.
    Caution,
    Wrong(ErrorCode),
    NotRun,
}

struct Finding {
    name: &'static str,
    went: Went,
    detail: String,
    took_ms: Option<f64>,
}

impl Finding {
    fn new(name: &'static str, went: Went, detail: impl Into<String>) -> Self {
        Self {
            name,
            went,
            detail: detail.into(),
            took_ms: None,
        }
    }

    fn failed(name: &'static str, error: &Error) -> Self {
        Self::new(name, Went::Wrong(error.code()), error.to_string())
    }
}

/// `ccc-cli doctor`. Makes no directory and sets nothing up.
///
/// # Errors
/// [`Error::Unhealthy`] with the first check that failed.
pub fn run(global: &Global, as_json: bool) -> Result<(), Error> {
    let findings = examine(global);
    print(&mut Out::new(), &findings, as_json)?;
    let first = findings.iter().find_map(|finding| match finding.went {
        Went::Wrong(code) => Some((finding.name, code)),
        _ => None,
    });
    first.map_or(Ok(()), |(name, code)| Err(Error::Unhealthy(name, code)))
}

fn examine(global: &Global) -> Vec<Finding> {
    let mut findings = Vec::new();
    let not_run = NEED_KEYS.map(|name| Finding::new(name, Went::NotRun, "needs the profile to be open"));
    match open_step_by_step(global, &mut findings) {
        Some(app) => findings.extend(checks(&app.engine, global.no_keychain)),
        None => findings.extend(not_run),
    }
    findings
}

/// Opens the profile and notes each step; none when one failed.
fn open_step_by_step(global: &Global, findings: &mut Vec<Finding>) -> Option<App> {
    let mut step = |name, result: Result<String, &Error>| {
        findings.push(match result {
            Ok(detail) => Finding::new(name, Went::Well, detail),
            Err(error) => Finding::failed(name, error),
        });
    };
    let profile = match open::existing(global) {
        Ok(profile) => profile,
        Err(error) => {
            step("data directory", Err(&error));
            step_not_run(findings, &["keys"]);
            return None;
        }
    };
    step("data directory", Ok("is there, and nobody else has it open".to_owned()));
    let opened = profile.opening().map_err(Error::from).and_then(|opening| {
        let way = way(&opening);
        Ok((App::unlock(profile, opening, global)?, way))
    });
    match opened {
        Ok((app, way)) => {
            step("keys", Ok(way.to_owned()));
            Some(app)
        }
        Err(error) => {
            step("keys", Err(&error));
            None
        }
    }
}

fn step_not_run(findings: &mut Vec<Finding>, names: &[&'static str]) {
    findings.extend(
        names
            .iter()
            .map(|name| Finding::new(name, Went::NotRun, "needs the data directory")),
    );
}

const fn way(opening: &Opening) -> &'static str {
    match opening {
        Opening::Unlocked(_) => "opened by the keychain",
        Opening::KeychainUnavailable { .. } => "the keychain does not answer; opened by another way",
        _ => "opened by passphrase or recovery key",
    }
}

fn checks(engine: &Engine, no_keychain: bool) -> Vec<Finding> {
    let finding = |check: Check| Finding {
        took_ms: Some(check.took_ms),
        ..match check.failure {
            Some(ErrorCode::KeychainUnavailable) if no_keychain => {
                Finding::new(check.name, Went::NotRun, "left alone by --no-keychain")
            }
            Some(code) => Finding::new(check.name, Went::Wrong(code), check.detail),
            None => match check.advice {
                Some(advice) => {
                    let detail = format!("{}: {}", check.detail, advice.words());
                    Finding::new(check.name, Went::Caution, detail)
                }
                None => Finding::new(check.name, Went::Well, check.detail),
            },
        }
    };
    engine.health().checks.into_iter().map(finding).collect()
}

fn print(out: &mut Out, findings: &[Finding], as_json: bool) -> Result<(), Error> {
    if as_json {
        return out.json(&json!({"checks": findings.iter().map(in_json).collect::<Vec<Value>>()}));
    }
    for finding in findings {
        let (word, code) = word(&finding.went);
        let code = code.map(|code| format!(" [{code}]")).unwrap_or_default();
        let took = finding.took_ms.map(|ms| format!(" ({ms:.1} ms)")).unwrap_or_default();
        out.line(format!("{word:<8} {:<15} {}{code}{took}", finding.name, finding.detail))?;
    }
    Ok(())
}

fn in_json(finding: &Finding) -> Value {
    let (word, code) = word(&finding.went);
    json!({
        "name": finding.name,
        "status": word.replace(' ', "_"),
        "code": code,
        "detail": finding.detail,
        "took_ms": finding.took_ms,
    })
}

const fn word(went: &Went) -> (&'static str, Option<ErrorCode>) {
    match went {
        Went::Well => ("ok", None),
        Went::Caution => ("caution", None),
        Went::Wrong(code) => ("failed", Some(*code)),
        Went::NotRun => ("not run", None),
    }
}
