//! Keys files.
//!
//! An input is tried as a profile's only keys file: as it is, and with the plain hash that anybody can make. It opens by the
//! right recovery key only if it is one that was written, by another's never, and by a wrong passphrase never; costs out of
//! bounds are refused without the memory they ask for. What is well formed says the same again when it is written again.
//!
//! Guard down: the stated cost of a passphrase is paid, up to 600 MiB, before it is looked at.

use std::{fs, hint::black_box, path::PathBuf, sync::LazyLock};

use ccc_engine::{Keychain, Passphrase, RecoveryKey};
use ccc_vault::{Error, KeyManager, Opening, keys_file, sha256_of};
use tempfile::TempDir;

use crate::{Broken, Guard, profile, promise, setup};

/// Where slots begin, of how many bytes each is, and which kind is the passphrase's.
const SLOTS: usize = 37;
const SLOT: usize = 89;
const PASSPHRASE: u8 = 2;
/// Above the first of these a passphrase is too dear to be tried thousands of times; below the others it is refused.
const DEAR_KIB: u32 = 19 * 1024;
const FLOOR: [u32; 3] = [19 * 1024, 2, 1];
const CEILING: [u32; 3] = [1024 * 1024, 20, 4];
const MIB: usize = 1 << 20;
const PAID_MIB: usize = 600;

struct Door {
    manager: KeyManager,
    directory: PathBuf,
    right: RecoveryKey,
    anothers: RecoveryKey,
    wrong: Passphrase,
    written: Vec<Vec<u8>>,
    _place: TempDir,
}

impl Door {
    fn new() -> Result<Self, Broken> {
        let place = profile::place()?;
        let directory = place.path().join("keys");
        fs::create_dir_all(&directory).map_err(setup)?;
        let written = profile::KEYS.into_iter().map(profile::file);
        Ok(Self {
            manager: KeyManager::new(&directory, Keychain::none()),
            directory,
            right: profile::recovery()?,
            anothers: profile::anothers_recovery()?,
            wrong: Passphrase::new(format!("{}, nearly", profile::PASSPHRASE)).map_err(setup)?,
            written: written.collect::<Result<_, _>>()?,
            _place: place,
        })
    }

    /// Puts the file there, alone.
    fn put(&self, bytes: &[u8]) -> Result<(), Broken> {
        let [first, second] = profile::KEYS.map(|name| self.directory.join(name));
        fs::write(first, bytes).map_err(setup)?;
        match fs::remove_file(second) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(setup(error)),
            _ => Ok(()),
        }
    }
}

static DOOR: LazyLock<Result<Door, Broken>> = LazyLock::new(Door::new);

/// Tries the input, and with a hash that fits.
///
/// # Errors
/// [`Broken::Promise`]; [`Broken::Setup`].
pub fn hold(bytes: &[u8], guard: Guard) -> Result<(), Broken> {
    let door = DOOR.as_ref().map_err(setup)?;
    attempt(door, bytes, guard)?;
    if let Some(hashed) = hashed(bytes)? {
        attempt(door, &hashed, guard)?;
    }
    Ok(())
}

/// The same file with the hash that belongs to it; none where it has it, or has no room for one.
fn hashed(bytes: &[u8]) -> Result<Option<Vec<u8>>, Broken> {
    let mut out = bytes.to_vec();
    let Some((content, seals)) = out.len().checked_sub(64).and_then(|at| out.split_at_mut_checked(at)) else {
        return Ok(None);
    };
    let hash = sha256_of(&*content).map_err(setup)?;
    seals.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    Ok((out != bytes).then_some(out))
}

fn attempt(door: &Door, bytes: &[u8], guard: Guard) -> Result<(), Broken> {
    again(bytes)?;
    door.put(bytes)?;
    match door.manager.open(true) {
        Ok(Opening::FirstRun) => return Err(Broken::Promise("there seem to be no keys".to_owned())),
        Ok(Opening::Unlocked(_)) => return Err(Broken::Promise("it opens by no secret".to_owned())),
        _ => {}
    }
    refused(
        &door.manager.unlock_with_recovery(&door.anothers).err(),
        "another recovery key",
    )?;
    let costs = costs(bytes);
    if guard == Guard::Down {
        costs.iter().for_each(|cost| pay(*cost));
    }
    let absurd = |cost: &[u32; 3]| {
        let beyond = |bound: [u32; 3], is: fn(&u32, &u32) -> bool| cost.iter().zip(&bound).any(|(a, b)| is(a, b));
        beyond(FLOOR, u32::lt) || beyond(CEILING, u32::gt)
    };
    let cheap = costs
        .iter()
        .all(|[memory, passes, _]| *memory <= DEAR_KIB && *passes <= 2);
    // A cost within the bounds is paid for one input in 256.
    let seldom = bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) == 0;
    if costs.iter().all(absurd) || (cheap && costs.len() <= 1 && seldom) {
        refused(
            &door.manager.unlock_with_passphrase(&door.wrong).err(),
            "a wrong passphrase",
        )?;
    }
    // Last, as a file that opens is written anew.
    match door.manager.unlock_with_recovery(&door.right) {
        Ok(_) => promise(door.written.iter().any(|file| file == bytes), || {
            "a file that nobody wrote opens".to_owned()
        }),
        Err(error) => refused(&Some(error), "the right recovery key"),
    }
}

/// What anything but the right key to a file of its own may be told.
fn refused(error: &Option<Error>, what: &str) -> Result<(), Broken> {
    let fine = matches!(
        error,
        Some(Error::WrongSecret | Error::KeysDamaged | Error::KeysMismatch | Error::KeysTooNew { .. })
    );
    promise(fine, || format!("{what} is told {error:?}"))
}

/// A well-formed file says the same when it is written again.
fn again(bytes: &[u8]) -> Result<(), Broken> {
    let Some(content) = keys_file::written_again(bytes) else {
        return Ok(());
    };
    let hash = sha256_of(&*content).map_err(setup)?;
    let file = [&content[..], &hash, &[0; 32]].concat();
    let same = keys_file::written_again(&file).is_some_and(|twice| twice == content);
    promise(same, || format!("{content:?} is not read as it was written"))
}

/// The costs in the slots of passphrases.
fn costs(bytes: &[u8]) -> Vec<[u32; 3]> {
    let slots = bytes.get(SLOTS..).unwrap_or_default().chunks_exact(SLOT);
    let count = bytes.get(SLOTS - 1).copied().unwrap_or_default();
    slots
        .take(usize::from(count))
        .filter_map(|slot| match slot {
            [PASSPHRASE, a, b, c, d, e, f, g, h, i, j, k, l, ..] => Some([
                u32::from_be_bytes([*a, *b, *c, *d]),
                u32::from_be_bytes([*e, *f, *g, *h]),
                u32::from_be_bytes([*i, *j, *k, *l]),
            ]),
            _ => None,
        })
        .collect()
}

fn pay([memory_kib, ..]: [u32; 3]) {
    let bytes = (usize::try_from(memory_kib).unwrap_or(usize::MAX) / 1024).min(PAID_MIB) * MIB;
    black_box(vec![1u8; bytes]);
}
