//! Wrong passphrases, by the thousand, at the least cost that a passphrase may have; some at the cost it has. And the cost
//! of the right one, changed behind the program's back: weaker than the floor or dearer than the ceiling is refused before
//! anything is derived, any other opens nothing, as the cost is sealed with the key.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use ccc_domain::{ErrorCode, ProfileId, Timestamp};
use ccc_engine::{Clock, Error as EngineError, Keychain, Profile};
use ccc_vault::{KdfParams, KeyManager, NewWays, sha256_of};
use fastrand::Rng;

use super::Setting;
use crate::{
    error::Error,
    profile::{self, PASSPHRASE},
    score::{Score, counted},
};

/// The floor: 19 MiB, 2 passes, 1 lane.
const FLOOR: [u32; 3] = [19 * 1024, 2, 1];
/// Of how many tries one comes without the wait that is asked for.
const HASTY: usize = 50;
/// The longest wait, and a little.
const PATIENCE_MS: i64 = 31_000;
const AT_REAL_COST: usize = 20;
const CONTROLS: usize = 20;
/// What the process may have held at once, in KiB: far above one derivation, far below the cheapest absurd one.
const MOST_KIB: u64 = 512 * 1024;

/// Costs below the floor and above the ceiling, in KiB, passes, lanes.
const OUT_OF_BOUNDS: [[u32; 3]; 12] = [
    [0, 0, 0],
    [8, 1, 1],
    [64, 1, 1],
    [19 * 1024 - 1, 2, 1],
    [64 * 1024, 1, 1],
    [64 * 1024, 3, 0],
    [1024 * 1024 + 1, 3, 1],
    [u32::MAX, 3, 1],
    [64 * 1024, 21, 1],
    [64 * 1024, 400, 1],
    [64 * 1024, 3, 5],
    [u32::MAX, u32::MAX, u32::MAX],
];
/// Costs that are allowed and not the ones it was sealed with.
const OTHERS: [[u32; 3]; 3] = [FLOOR, [64 * 1024, 2, 1], [32 * 1024, 3, 1]];

/// Guesses, and tampers.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let mut wrong = Vec::new();
    let (held_back, noticed) = at_the_floor(setting, &mut wrong)?;
    let real = at_real_cost(setting, &mut wrong)?;
    let (tampered, opened) = tampered(setting, &mut wrong)?;
    Ok(Score {
        name: "Wrong passphrases, at the least cost and at the real one; its cost weakened or made absurd".into(),
        runs: setting.runs + real + tampered,
        looked_at: counted([
            (setting.runs, "wrong ones at the least cost"),
            (held_back, "of them held back for haste"),
            (real, "at the real cost"),
            (tampered, "changed costs"),
        ]),
        wrong,
        control: "the right one between them, and its own cost written by the same hand, open".into(),
        noticed: (noticed + opened, CONTROLS + 1),
    })
}

/// Wrong ones on a cheap profile; how many were held back, and how often the right one opened it afterwards.
fn at_the_floor(setting: &Setting, wrong: &mut Vec<String>) -> Result<(usize, usize), Error> {
    let (cheap, mut held_back) = (setting.path("cheap")?, 0);
    create(&cheap)?;
    let mut guesses = Guesses::new(&cheap)?;
    let before = profile::files(&cheap)?;
    for run in 0..setting.runs {
        let (seed, mut rng) = setting.rng(run);
        let guess = guess(&mut rng);
        let hasty = run % HASTY == HASTY - 1;
        match (guesses.wait(!hasty).try_one(&guess)?, hasty) {
            (Some(ErrorCode::WrongSecret), false) => {}
            (Some(ErrorCode::TooSoon), true) => held_back += 1,
            (None, _) => wrong.push(format!("seed {seed}: {guess:?} opens")),
            (Some(code), _) => wrong.push(format!("seed {seed}: {guess:?} is told {code}")),
        }
    }
    if profile::files(&cheap)? != before {
        wrong.push("a wrong passphrase changed a file".to_owned());
    }
    let mut opened = 0;
    for _ in 0..CONTROLS {
        opened += usize::from(guesses.wait(true).try_one(PASSPHRASE)?.is_none());
    }
    Ok((held_back, opened))
}

/// A profile whose passphrase is as cheap as one may be.
fn create(directory: &Path) -> Result<(), Error> {
    fs::create_dir_all(directory)?;
    let [memory, passes, lanes] = FLOOR;
    let cost = KdfParams::new(memory, passes, lanes).map_err(EngineError::from)?;
    let passphrase = profile::passphrase(PASSPHRASE)?;
    let ways = NewWays {
        keychain: false,
        passphrase: Some(&passphrase),
    };
    let manager = KeyManager::new(directory, Keychain::none()).with_kdf(cost);
    let made = manager.create(ProfileId::from_parts(1, [7; 10]), ways, false);
    let (keys, _recovery) = made.map_err(EngineError::from)?;
    Profile::acquire(directory, Keychain::none())?.open(keys)?.close();
    Ok(())
}

/// A clock that is set by hand.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::Relaxed))
    }
}

/// Tries on one profile, which counts them.
struct Guesses {
    profile: Profile,
    clock: Arc<Hand>,
}

impl Guesses {
    fn new(directory: &Path) -> Result<Self, Error> {
        let clock = Arc::new(Hand(AtomicI64::new(1_800_000_000_000)));
        let profile = Profile::acquire(directory, Keychain::none())?.with_clock(clock.clone());
        Ok(Self { profile, clock })
    }

    /// Lets the longest wait pass, or no time at all.
    fn wait(&mut self, long: bool) -> &Self {
        self.clock
            .0
            .fetch_add(if long { PATIENCE_MS } else { 0 }, Ordering::Relaxed);
        self
    }

    /// What a passphrase is told; none where it opens.
    fn try_one(&self, text: &str) -> Result<Option<ErrorCode>, Error> {
        let opened = self.profile.unlock_with_passphrase(&profile::passphrase(text)?);
        Ok(opened.err().map(|error| error.code()))
    }
}

/// Another passphrase than the right one: near it, or anything.
fn guess(rng: &mut Rng) -> String {
    let right: Vec<char> = PASSPHRASE.chars().collect();
    let at = rng.usize(0..right.len());
    let (head, tail) = (&right[..at], &right[at..]);
    let text: String = match rng.u8(0..6) {
        0 => head.iter().chain(&tail[1..]).collect(),
        1 => head.iter().chain(&[' ']).chain(tail).collect(),
        2 => head.iter().chain(&[rng.char('!'..'~')]).chain(&tail[1..]).collect(),
        3 => head
            .iter()
            .copied()
            .chain(tail.iter().flat_map(|c| c.to_uppercase()))
            .collect(),
        4 => PASSPHRASE.repeat(2),
        _ => (0..rng.usize(1..60)).map(|_| rng.char('!'..='\u{2fff}')).collect(),
    };
    if text == PASSPHRASE || text.trim().is_empty() {
        return format!("{text}.");
    }
    text
}

/// Wrong ones on a profile as anybody has it; how many.
fn at_real_cost(setting: &Setting, wrong: &mut Vec<String>) -> Result<usize, Error> {
    let directory = setting.fresh("real")?;
    let mut guesses = Guesses::new(&directory)?;
    for run in 0..AT_REAL_COST {
        let (seed, mut rng) = setting.rng(run);
        let guess = guess(&mut rng);
        let told = guesses.wait(true).try_one(&guess)?;
        if told != Some(ErrorCode::WrongSecret) {
            wrong.push(format!("seed {seed}: {guess:?} at the real cost is told {told:?}"));
        }
    }
    if guesses.wait(true).try_one(PASSPHRASE)?.is_some() {
        wrong.push("the right one does not open after the wrong ones".to_owned());
    }
    Ok(AT_REAL_COST)
}

/// Changes the cost in both keys files; how many were tried, and how many controls opened.
fn tampered(setting: &Setting, wrong: &mut Vec<String>) -> Result<(usize, usize), Error> {
    let refused = OUT_OF_BOUNDS.map(|costs| (costs, ErrorCode::DataDamaged));
    let others = OTHERS.map(|costs| (costs, ErrorCode::WrongSecret));
    // Forgets what was held at once before.
    fs::write("/proc/self/clear_refs", "5")?;
    for (costs, expected) in refused.iter().chain(&others) {
        let told = with_costs(setting, Some(*costs))?;
        if told != Some(*expected) {
            wrong.push(format!("the right passphrase at the cost {costs:?} is told {told:?}"));
        }
    }
    let most = peak_kib()?;
    if most > MOST_KIB {
        wrong.push(format!("an absurd cost was paid: {most} KiB"));
    }
    let opened = with_costs(setting, None)?.is_none();
    Ok((refused.len() + others.len(), usize::from(opened)))
}

/// What the right passphrase is told where both keys files state these costs, or their own.
fn with_costs(setting: &Setting, costs: Option<[u32; 3]>) -> Result<Option<ErrorCode>, Error> {
    let directory = setting.fresh("tampered")?;
    for name in ["keys-a.ccc", "keys-b.ccc"] {
        let path = directory.join(name);
        fs::write(&path, stated(fs::read(&path)?, costs)?)?;
    }
    Guesses::new(&directory)?.try_one(PASSPHRASE)
}

/// A keys file whose passphrase slot states these costs, with the plain hash that whoever changes it can make. Slots of 89
/// bytes begin at 37: the kind, of which 2 is the passphrase's, and three numbers; the file ends in hash and mac.
fn stated(mut bytes: Vec<u8>, costs: Option<[u32; 3]>) -> Result<Vec<u8>, Error> {
    let none = Error::Setup("a keys file has another form than was thought");
    let slots = usize::from(*bytes.get(36).ok_or(Error::Setup("a keys file without slots"))?);
    let slot = (0..slots).map(|n| 37 + n * 89).find(|at| bytes.get(*at) == Some(&2));
    let field = slot.and_then(|at| bytes.get_mut(at + 1..at + 13)).ok_or(none)?;
    let own: Vec<u8> = field.to_vec();
    let new: Vec<u8> = costs.map_or(own, |costs| costs.iter().flat_map(|cost| cost.to_be_bytes()).collect());
    field.copy_from_slice(&new);
    let hashed = bytes.len() - 64;
    let (content, seals) = bytes.split_at_mut(hashed);
    let hash = sha256_of(&*content)?;
    seals.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    Ok(bytes)
}

/// The most memory this process held at once since that was last forgotten.
fn peak_kib() -> Result<u64, Error> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    number.ok_or(Error::Setup("the system does not say how much memory was held"))
}
