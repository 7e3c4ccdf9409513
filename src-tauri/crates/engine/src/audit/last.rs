//! The last entry of the newest commit, noted in a file beside the data: a write-ahead log whose end was lost is noticed.
//!
//! SQLite takes a damaged log to end where it no longer holds, as after a cut of power: what was committed behind that is
//! gone, and nobody is told. So after each commit, and before those who wrote are answered, number and mac of the trail's
//! last entry are written here, signed. The commit is on the disk by then, so that no note ever names more than is there;
//! and none is waited for, so that a cut of power may leave an older one. What [`super::anchor`] keeps is waited for, and
//! lags further behind.
//!
//! Two places are written in turn: a write that is torn spoils one of them. One that does not open says nothing.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use ccc_domain::ErrorCode;
use ccc_store::{Connection, Db, Witness, tables::audit};
use ccc_vault::EncryptionService;

use super::anchor::{self, Anchored, Head, SIGNED};
use crate::Error;

/// Where the notes begin: in different blocks of every usual disk.
const PLACES: [u64; 2] = [0, 4096];
/// Begins what a note's signature covers: another version than an anchor's and an entry's, so that none of them passes for
/// another.
const SIGNED_AS: &[u8] = b"\x03last";

/// The notes of one open profile.
pub(crate) struct Last {
    path: PathBuf,
    keys: EncryptionService,
    notes: Mutex<Notes>,
}

struct Notes {
    /// None until something is noted, and after that failed.
    file: Option<File>,
    /// Where the next note goes, and where the newest is.
    places: [u64; 2],
    /// The trail's last entry as the writing connection sees it; none where it must be looked up.
    end: Option<Head>,
    /// The entry that the newest names.
    noted: u64,
    /// Whether the trail lacked an entry that was named when it was opened. Nothing is noted then: it tells of it.
    cut: bool,
    /// Whether noting failed the last time.
    failing: bool,
}

/// Where the notes of a profile are.
pub(crate) fn path(directory: &Path) -> PathBuf {
    directory.join("audit-last.ccc")
}

impl Last {
    /// Of the profile in `directory`, before anything is written to its data: whether the end of the trail is there is
    /// looked up now.
    ///
    /// # Errors
    /// Those of the store but damage; notes and an anchor that cannot be read say nothing.
    pub(crate) fn open(directory: &Path, keys: &EncryptionService, db: &Db) -> Result<Self, Error> {
        let path = path(directory);
        let [first, second] = read(&path, keys)?;
        let number = |head: Option<Head>| head.map_or(0, |head| head.number);
        let mut places = PLACES;
        if number(first) > number(second) {
            places.reverse();
        }
        let mut cut = false;
        for head in [first, second, anchored(directory, keys)].into_iter().flatten() {
            cut |= !is_there(head, db)?;
        }
        if cut {
            tracing::error!("the end of the audit trail is missing, and with it what was written last");
        }
        let notes = Notes {
            file: None,
            places,
            end: None,
            noted: 0,
            cut,
            failing: false,
        };
        Ok(Self {
            path,
            keys: keys.clone(),
            notes: Mutex::new(notes),
        })
    }

    /// Whether the end of the trail was missing when the profile was opened, and nobody has accepted that since.
    pub(crate) fn is_cut(&self) -> bool {
        self.notes().cut
    }

    /// The last entry, to whoever makes the next one in a write, where that needs no looking up.
    pub(super) fn end(&self) -> Option<(u64, [u8; 32])> {
        let end = self.notes().end;
        end.map(|head| (head.number, head.mac))
    }

    /// This entry was made in a write, after all others.
    pub(super) fn made(&self, number: u64, mac: [u8; 32]) {
        self.notes().end = Some(Head { number, mac });
    }

    /// What the notes name, as they are on the disk now.
    pub(super) fn heads(&self) -> Result<Vec<Head>, Error> {
        Ok(read(&self.path, &self.keys)?.into_iter().flatten().collect())
    }

    /// Takes `head` for the last entry, whatever was noted, and waits for the disk.
    pub(super) fn accept(&self, head: Head) -> Result<(), Error> {
        let bytes = head.signed(SIGNED_AS, &self.keys)?;
        let mut notes = self.notes();
        for _ in PLACES {
            notes.write(&self.path, &bytes)?;
        }
        if let Some(file) = &notes.file {
            file.sync_all()?;
        }
        (notes.noted, notes.cut) = (head.number, false);
        Ok(())
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Witness for Last {
    fn taken_back(&self) {
        self.notes().end = None;
    }

    fn look(&self, connection: &Connection) {
        let mut notes = self.notes();
        if notes.end.is_none() {
            let head = audit::head(connection).ok().flatten();
            notes.end = head.map(|(number, mac)| Head { number, mac });
        }
    }

    /// A failure costs the note alone: the one before stays.
    fn committed(&self) {
        let mut notes = self.notes();
        let Some(head) = notes.end else { return };
        if notes.cut || head.number == notes.noted {
            return;
        }
        // Locked meanwhile: what is written then has no entry of its own.
        let Ok(bytes) = head.signed(SIGNED_AS, &self.keys) else {
            return;
        };
        match notes.write(&self.path, &bytes) {
            Ok(()) => (notes.noted, notes.failing) = (head.number, false),
            Err(error) if !notes.failing => {
                notes.failing = true;
                tracing::warn!(kind = %error.kind(), "the last entry of the audit trail is not noted");
            }
            Err(_) => {}
        }
    }
}

impl Notes {
    /// Writes where the older note is, which stays the next place where that fails.
    fn write(&mut self, path: &Path, bytes: &[u8; SIGNED]) -> io::Result<()> {
        let [place, _] = self.places;
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(path)?),
        };
        let written = write_at(file, bytes, place);
        match written {
            Ok(()) => self.places.reverse(),
            Err(_) => self.file = None,
        }
        written
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], place: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, place)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8], place: u64) -> io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(place))?;
    file.write_all(bytes)
}

/// Whether a trail lacks an entry that the notes beside it, or its anchor, name; `mac_of` knows its entries by number.
pub(crate) fn is_lacking(
    directory: &Path,
    keys: &EncryptionService,
    mac_of: impl Fn(u64) -> Option<[u8; 32]>,
) -> Result<bool, Error> {
    let [first, second] = read(&path(directory), keys)?;
    let mut named = [first, second, anchored(directory, keys)].into_iter().flatten();
    Ok(named.any(|head| head.number > 0 && mac_of(head.number) != Some(head.mac)))
}

/// What the anchor names, where it is one.
fn anchored(directory: &Path, keys: &EncryptionService) -> Option<Head> {
    match anchor::read(&anchor::path(directory), keys) {
        Ok(Anchored::At(head)) => Some(head),
        _ => None,
    }
}

/// Whether the trail has this entry; not where it is damaged there.
fn is_there(head: Head, db: &Db) -> Result<bool, Error> {
    match db.read(|c| head.is_in(c)) {
        Err(error) if error.code() == ErrorCode::DataDamaged => Ok(false),
        found => found,
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The two notes, where they are whole and of these keys.
fn read(path: &Path, keys: &EncryptionService) -> Result<[Option<Head>; 2], Error> {
    let bytes = fs::read(path).unwrap_or_default();
    let mut heads = [None; 2];
    for (head, place) in heads.iter_mut().zip(PLACES) {
        let note = usize::try_from(place).ok().and_then(|at| bytes.get(at..));
        let Some((note, _)) = note.and_then(<[u8]>::split_first_chunk::<SIGNED>) else {
            continue;
        };
        *head = Head::opened(note, SIGNED_AS, keys)?;
    }
    Ok(heads)
}

#[cfg(test)]
mod tests;
