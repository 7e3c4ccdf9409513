//! Twelve ways in which a keychain fails. In each the profile opens by its recovery key and by its passphrase, no new key is
//! made over it, nothing of its files changes, and the keychain's entry is left as it was.
//!
//! Half of them are made in GNOME's keyring on a session bus of its own; the others, which need a person or a fault inside
//! the keychain, in a store that misbehaves.

#[path = "../../../../src-tauri/crates/vault/tests/nasty/mod.rs"]
#[allow(clippy::unwrap_used, clippy::panic, reason = "what fails in it fails the row")]
mod nasty;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ccc_domain::ErrorCode;
use ccc_engine::{Engine, Error as EngineError, Keychain, Opening, Profile, RecoveryKey, Ways, memory::SessionFilter};
use clap::ValueEnum;
use nasty::{Mood, Store};

use super::Setting;
use crate::{
    error::Error,
    machine::{Keyring, Machine, after, wrong},
    profile::{self, PASSPHRASE},
    promise::content_of,
    score::{Score, counted},
    work::say,
};

const SESSIONS: usize = 1;
const TURNS: usize = 3;
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
    if matches!(case, Case::ReadOnly | Case::SetButNotGot) {
        wrong.extend(not_enrolled(&directory, &keychain, &store, &made)?);
    }
    Ok(Found { opened_before, wrong })
}

struct Made {
    recovery: RecoveryKey,
    account: String,
}

/// A profile that keychain and passphrase open, with turns in it.
fn set_up(directory: &Path, keychain: &Keychain) -> Result<Made, Error> {
    let (engine, recovery) = create(directory, keychain, true)?;
    profile::fill(&engine, SESSIONS, TURNS)?;
    engine.close();
    let account = engine.profile_id().to_string();
    Ok(Made { recovery, account })
}

fn create(directory: &Path, keychain: &Keychain, passphrase: bool) -> Result<(Engine, RecoveryKey), EngineError> {
    let text = ccc_engine::Passphrase::new(PASSPHRASE.to_owned())?;
    let ways = Ways {
        keychain: true,
        passphrase: passphrase.then_some(&text),
    };
    Profile::acquire(directory, keychain.clone())?.create(&ways)
}

/// What opening comes to, in a word.
fn opening(directory: &Path, keychain: &Keychain) -> Result<String, Error> {
    Ok(match Profile::acquire(directory, keychain.clone())?.opening() {
        Ok(Opening::FirstRun) => "first run".to_owned(),
        Ok(Opening::Unlocked(_)) => UNLOCKED.to_owned(),
        Ok(Opening::NeedsPassphrase { why }) => format!("{why:?}"),
        Ok(Opening::KeychainUnavailable {
            error,
            passphrase: true,
        }) => format!("{error:?}"),
        other => format!("{:?}", other.map_err(|error| error.code())),
    })
}

/// What is wrong with a profile over this keychain.
fn looked_at(
    directory: &Path,
    keychain: &Keychain,
    recovery: &RecoveryKey,
    expected: &str,
) -> Result<Vec<String>, Error> {
    let (mut wrong, before) = (Vec::new(), profile::files(directory)?);
    let told = opening(directory, keychain)?;
    if told != expected {
        wrong.push(format!("opening says {told} and not {expected}"));
    }
    for passphrase in [true, false] {
        match create(directory, keychain, passphrase) {
            Err(error) if error.code() == ErrorCode::AlreadyExists => {}
            Err(error) => wrong.push(format!("making a profile over it says {}", error.code())),
            Ok(_) => wrong.push("a new profile was made over it".to_owned()),
        }
    }
    if profile::files(directory)? != before {
        wrong.push("a file changed".to_owned());
    }
    let passphrase = profile::passphrase(PASSPHRASE)?;
    let open = |unlock: &dyn Fn(&Profile) -> Result<_, EngineError>| {
        let profile = Profile::acquire(directory, keychain.clone())?;
        let keys = unlock(&profile)?;
        profile.open(keys)
    };
    wrong.extend(unread(
        "the recovery key",
        open(&|profile| profile.unlock_with_recovery(recovery)),
    ));
    wrong.extend(unread(
        "the passphrase",
        open(&|profile| profile.unlock_with_passphrase(&passphrase)),
    ));
    Ok(wrong)
}

/// What is wrong with what an opened profile says.
fn unread(by: &str, opened: Result<Engine, EngineError>) -> Option<String> {
    match opened.and_then(|engine| as_stored(&engine)) {
        Ok(turns) if turns == SESSIONS * 2 * TURNS => None,
        Ok(turns) => Some(format!("by {by} {turns} turns are read")),
        Err(error) => Some(format!("{by} does not open it: {}", error.code())),
    }
}

/// How many turns say what they were stored with.
fn as_stored(engine: &Engine) -> Result<usize, EngineError> {
    let mut turns = 0;
    for session in engine.memory.list_sessions(SessionFilter::All)? {
        for conversation in engine.memory.list_conversations(session.id)? {
            let history = engine.memory.get_conversation_history(conversation.id)?;
            turns += history
                .iter()
                .filter(|turn| turn.content == content_of(turn.id))
                .count();
        }
    }
    Ok(turns)
}

/// What is wrong with profiles made over a keychain that does not take a secret: with a passphrase they go without it,
/// with nothing else they are not made.
fn made_without(directory: &Path, keychain: &Keychain) -> Result<Vec<String>, Error> {
    let mut wrong = Vec::new();
    match create(directory, keychain, false) {
        Err(error) if error.code() == ErrorCode::KeychainUnavailable => {}
        Err(error) => wrong.push(format!("a profile of it alone says {}", error.code())),
        Ok(_) => wrong.push("a profile was made of it alone".to_owned()),
    }
    let made = profile::files(directory)?;
    if made
        .keys()
        .any(|path| path.extension().is_some_and(|ending| ending == "ccc"))
    {
        wrong.push("a profile that could not be made left files".to_owned());
    }
    match create(directory, keychain, true) {
        Ok((engine, _)) if engine.ways()?.keychain => wrong.push("a way in that is none".to_owned()),
        Ok((engine, _)) => drop(engine.close()),
        Err(error) => wrong.push(format!("a profile with a passphrase is not made: {}", error.code())),
    }
    fs::remove_dir_all(directory)?;
    Ok(wrong)
}

/// What is wrong with making the keychain a way in again where it does not keep the entry.
fn not_enrolled(directory: &Path, keychain: &Keychain, store: &Arc<Store>, made: &Made) -> Result<Vec<String>, Error> {
    store.remove(&made.account);
    let keys = |directory: &Path| -> Result<_, Error> {
        Ok((
            fs::read(directory.join("keys-a.ccc"))?,
            fs::read(directory.join("keys-b.ccc"))?,
        ))
    };
    let before = keys(directory)?;
    let profile = Profile::acquire(directory, keychain.clone())?;
    let opened = profile.unlock_with_recovery(&made.recovery)?;
    let engine = profile.open(opened)?;
    let mut wrong = Vec::new();
    if engine.enrol_keychain().is_ok() {
        wrong.push("it became a way in".to_owned());
    }
    if keys(directory)? != before {
        wrong.push("the keys files changed".to_owned());
    }
    Ok(wrong)
}
