//! Twelve ways in which a keychain fails. In each the profile opens by its recovery key and by its passphrase, no new key is
//! made over it, nothing of its files changes, and the keychain's entry is left as it was.
//!
//! Half of them are made in GNOME's keyring on a session bus of its own; the others, which need a person or a fault inside
//! the keychain, in a store that misbehaves.

#[path = "../../../../src-tauri/crates/vault/tests/nasty/mod.rs"]
#[allow(clippy::unwrap_used, clippy::panic, reason = "what fails in it fails the row")]
mod nasty;

mod look;

use std::{path::PathBuf, time::Duration};

use ccc_engine::{Keychain, RecoveryKey};
use clap::ValueEnum;

use self::{
    look::{looked_at, made_without, not_enrolled, opening, set_up},
    nasty::{Mood, Store},
};
use super::Setting;
use crate::{
    error::Error,
    machine::{Keyring, Machine, after, wrong},
    score::{Score, counted},
    work::say,
};

/// So long a call of a sound keychain may take, and of one that hangs.
const PATIENT: Duration = Duration::from_secs(20);
const HASTY: Duration = Duration::from_millis(50);

/// How the keychain fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Case {
    /// There is no session bus.
    Absent,
    /// It is locked, and nobody unlocks it.
    Locked,
    /// Its prompt is dismissed.
    Dismissed,
    /// The entry is gone.
    Deleted,
    /// The entry holds other 32 bytes.
    Wrong,
    /// The entry lacks its last byte.
    Truncated,
    /// There are several entries.
    Duplicate,
    /// It gives what it has and takes nothing.
    ReadOnly,
    /// It takes a secret and fails when asked for it.
    SetButNotGot,
    /// It is another keychain than the one the entry was put into.
    Switched,
    /// It answers after the limit.
    Slow,
    /// There is none at first, and then the one with the entry.
    Later,
}

impl Case {
    /// What opening the profile comes to.
    const fn expected(self) -> &'static str {
        match self {
            Self::Absent | Self::SetButNotGot | Self::Later => "Unavailable",
            Self::Locked => "Locked",
            Self::Dismissed => "Denied",
            Self::Deleted | Self::Switched => "KeychainEmpty",
            Self::Wrong | Self::Truncated => "KeychainWrong",
            Self::Duplicate => "Ambiguous",
            Self::ReadOnly => UNLOCKED,
            Self::Slow => "TimedOut",
        }
    }

    /// How the misbehaving store behaves; none for cases of the real one.
    fn mood(self) -> Option<Mood> {
        Some(match self {
            Self::Dismissed => Mood::Denied,
            Self::Duplicate => Mood::Ambiguous,
            Self::ReadOnly => Mood::ReadOnly,
            Self::SetButNotGot => Mood::SetsButFails,
            Self::Slow => Mood::Hangs,
            Self::Later => Mood::Absent,
            _ => return None,
        })
    }
}

const UNLOCKED: &str = "unlocked";

/// What is to be done where the real keychain is.
#[derive(Debug, clap::Args)]
pub struct Asked {
    #[command(subcommand)]
    step: Step,
    /// The profile.
    #[arg(long)]
    directory: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum Step {
    /// Makes a profile that the keychain opens.
    SetUp,
    /// Makes one case of the keychain and looks at the profile.
    Check {
        #[arg(long)]
        case: Case,
        #[arg(long)]
        recovery: String,
        #[arg(long)]
        account: String,
    },
}

/// Goes through the cases, again from the first after the last.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let (cases, mut complaints, mut noticed) = (Case::value_variants(), Vec::new(), 0);
    for run in 0..setting.runs {
        let case = cases[run % cases.len()];
        let found = match case.mood() {
            Some(mood) => misbehaving(setting, case, mood)?,
            None => real(setting, case)?,
        };
        noticed += usize::from(found.opened_before);
        complaints.extend(found.wrong.into_iter().map(|line| format!("{case:?}: {line}")));
    }
    Ok(Score {
        name: "The keychain fails in twelve ways, half of them on a real Secret Service".into(),
        runs: setting.runs,
        looked_at: counted([(setting.runs * 2, "openings by recovery key and passphrase")]),
        wrong: complaints,
        control: "the same keychain, sound, opens the profile by itself".into(),
        noticed: (noticed, setting.runs),
    })
}

struct Found {
    opened_before: bool,
    wrong: Vec<String>,
}

fn real(setting: &Setting, case: Case) -> Result<Found, Error> {
    let machine = Machine::new(setting.path("home")?)?;
    let directory = machine.profile().to_string_lossy().into_owned();
    let said = machine.said(Keyring::Unlocked, &["keychain", "--directory", &directory, "set-up"])?;
    let mut complaints: Vec<String> = wrong(&said).map(str::to_owned).collect();
    let opened_before = after(&said, "opening ").as_deref() == Some(UNLOCKED);
    if let (Some(recovery), Some(account)) = (after(&said, "recovery "), after(&said, "account ")) {
        let name = case.to_possible_value().map(|value| value.get_name().to_owned());
        let name = name.unwrap_or_default();
        let mut words = vec!["keychain", "--directory", &directory, "check", "--case", &name];
        words.extend(["--recovery", &recovery, "--account", &account]);
        let other = Machine::new(setting.path("other-home")?)?;
        let said = match case {
            Case::Absent => machine.said(Keyring::None, &words)?,
            Case::Locked => machine.said(Keyring::Locked, &words)?,
            Case::Switched => other.said(Keyring::Unlocked, &words)?,
            _ => machine.said(Keyring::Unlocked, &words)?,
        };
        complaints.extend(wrong(&said).map(str::to_owned));
        if after(&said, "looked").is_none() {
            complaints.push("nothing was looked at".to_owned());
        }
    } else {
        complaints.push("no profile was made".to_owned());
    }
    Ok(Found {
        opened_before,
        wrong: complaints,
    })
}

/// One step, where the real keychain is.
pub fn ask(asked: &Asked) -> Result<(), Error> {
    let keychain = Keychain::system().with_limits(PATIENT, PATIENT);
    match &asked.step {
        Step::SetUp => {
            let made = set_up(&asked.directory, &keychain)?;
            say(&format!("recovery {}", made.recovery.reveal().as_str()));
            say(&format!("account {}", made.account));
            say(&format!("opening {}", opening(&asked.directory, &keychain)?));
        }
        Step::Check {
            case,
            recovery,
            account,
        } => {
            spoil(*case, &keychain, account)?;
            let recovery = RecoveryKey::parse(recovery).map_err(|_| Error::Setup("this is no recovery key"))?;
            let before = keychain.get(account);
            let mut wrong = looked_at(&asked.directory, &keychain, &recovery, case.expected())?;
            if *case == Case::Absent {
                wrong.extend(made_without(&asked.directory.with_extension("new"), &keychain)?);
            }
            if keychain.get(account) != before {
                wrong.push("the keychain's entry changed".to_owned());
            }
            wrong.iter().for_each(|line| say(&format!("wrong {line}")));
            say("looked");
        }
    }
    Ok(())
}

/// Makes a case inside an open keyring.
fn spoil(case: Case, keychain: &Keychain, account: &str) -> Result<(), Error> {
    let done = match case {
        Case::Deleted => keychain.delete(account),
        Case::Wrong => keychain.set(account, &[7; 32]),
        Case::Truncated => match keychain.get(account) {
            Ok(Some(secret)) => keychain.set(account, secret.split_last().map_or(&[], |(_, head)| head)),
            _ => return Err(Error::Setup("the keychain has no entry to be cut")),
        },
        _ => Ok(()),
    };
    done.map_err(|_| Error::Setup("the keychain does not let itself be spoilt"))
}

fn misbehaving(setting: &Setting, case: Case, mood: Mood) -> Result<Found, Error> {
    let (directory, store) = (setting.path("misbehaving")?, Store::new());
    let limit = if mood == Mood::Hangs { HASTY } else { PATIENT };
    let sound = store.keychain().with_limits(PATIENT, PATIENT);
    let keychain = sound.clone().with_limits(limit, limit);
    let made = set_up(&directory, &sound)?;
    let opened_before = opening(&directory, &sound)? == UNLOCKED;
    let entries = store.entries();
    store.set_mood(mood);
    let mut wrong = looked_at(&directory, &keychain, &made.recovery, case.expected())?;
    if store.entries() != entries {
        wrong.push("the keychain's entry changed".to_owned());
    }
    match case {
        Case::Slow | Case::Later => {
            store.release();
            let later = opening(&directory, &sound)?;
            if later != UNLOCKED {
                wrong.push(format!("it says {later} when the keychain is there again"));
            }
        }
        _ => wrong.extend(made_without(&setting.path("made-without")?, &keychain)?),
    }
    if wrong.is_empty() && matches!(case, Case::ReadOnly | Case::SetButNotGot) {
        wrong.extend(not_enrolled(&directory, &keychain, &store, &made)?);
    }
    Ok(Found { opened_before, wrong })
}
