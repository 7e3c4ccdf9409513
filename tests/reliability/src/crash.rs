//! The states that a cut of power may leave, made from the record of a run.
//!
//! What was synced is on the disk. Of what was not, any part may be: a write whole, not at all, or some of its sectors of
//! 512 bytes. Names (made, renamed, removed) reach the disk in their order, as in the journal of ext4: all before the
//! last sync of anything, and then up to some point. Files are told apart by what they are and not by their names.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use fastrand::Rng;

use crate::{error::Error, promise::Promises, trace::Record};

const SECTOR: usize = 512;

/// A file's number in one run; an inode may be used again for another.
type Id = usize;

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

#[derive(Debug, Clone)]
enum Naming {
    Made(Id, PathBuf),
    Renamed(PathBuf, PathBuf),
    Removed(PathBuf),
    Directory(PathBuf),
}

#[derive(Debug, Clone, Default)]
struct Content {
    synced: Vec<u8>,
    waiting: Vec<Change>,
}

/// A disk at some moment: what is on it, and what may be.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    files: Vec<Content>,
    inodes: BTreeMap<u64, Id>,
    names: BTreeMap<PathBuf, Id>,
    directories: Vec<PathBuf>,
    waiting: Vec<Naming>,
    /// What was said so far.
    pub promises: Promises,
    root: PathBuf,
}

/// How much of what waits reaches the disk.
#[derive(Debug, Clone, Copy)]
enum Luck {
    Nothing,
    Everything,
    /// Each part with this chance.
    Some(f64),
}

impl Disk {
    /// The disk below `root` as it is, all of it synced.
    pub fn of(root: &Path) -> Result<Self, Error> {
        let root = root.canonicalize()?;
        let mut disk = Self {
            root: root.clone(),
            ..Self::default()
        };
        let mut directories = vec![root];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(&directory)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    directories.push(entry.path());
                    disk.directories.push(entry.path());
                } else {
                    let id = disk.add(entry.metadata()?.ino(), fs::read(entry.path())?);
                    disk.names.insert(entry.path(), id);
                }
            }
        }
        Ok(disk)
    }

    fn add(&mut self, inode: u64, synced: Vec<u8>) -> Id {
        self.files.push(Content {
            synced,
            waiting: Vec::new(),
        });
        let id = self.files.len() - 1;
        self.inodes.insert(inode, id);
        id
    }

    /// Takes in what was done next.
    pub fn take(&mut self, record: &Record) {
        match record {
            Record::Write(inode, at, data) => self.change(*inode, Change::Write(*at, data.clone())),
            Record::Truncate(inode, size) => self.change(*inode, Change::Truncate(*size)),
            Record::Sync(inode) => {
                if let Some(file) = self.inodes.get(inode).and_then(|id| self.files.get_mut(*id)) {
                    for change in std::mem::take(&mut file.waiting) {
                        apply(&mut file.synced, &change);
                    }
                }
                for naming in std::mem::take(&mut self.waiting) {
                    naming.apply(&mut self.names, &mut self.directories);
                }
            }
            Record::Name(inode, path) => {
                let id = self.add(*inode, Vec::new());
                self.waiting.push(Naming::Made(id, path.clone()));
            }
            Record::Rename(from, to) => self.waiting.push(Naming::Renamed(from.clone(), to.clone())),
            Record::Remove(path) => self.waiting.push(Naming::Removed(path.clone())),
            Record::Directory(path) => self.waiting.push(Naming::Directory(path.clone())),
            Record::Said(said) => self.promises.hear(said),
            Record::Failed => {}
        }
    }

    fn change(&mut self, inode: u64, change: Change) {
        if let Some(file) = self.inodes.get(&inode).and_then(|id| self.files.get_mut(*id)) {
            file.waiting.push(change);
        }
    }

    /// Writes a state into `place` that a cut of power may leave now.
    pub fn cut(&self, rng: &mut Rng, place: &Path) -> Result<(), Error> {
        let luck = match rng.u8(0..4) {
            0 => Luck::Nothing,
            1 => Luck::Everything,
            _ => Luck::Some(rng.f64()),
        };
        let (mut names, mut directories) = (self.names.clone(), self.directories.clone());
        let named = match luck {
            Luck::Nothing => 0,
            Luck::Everything => self.waiting.len(),
            Luck::Some(_) => rng.usize(0..=self.waiting.len()),
        };
        for naming in self.waiting.iter().take(named) {
            naming.apply(&mut names, &mut directories);
        }
        let moved = |path: &Path| path.strip_prefix(&self.root).map(|path| place.join(path)).ok();
        fs::create_dir_all(place)?;
        for directory in directories.iter().filter_map(|path| moved(path)) {
            fs::create_dir_all(directory)?;
        }
        for (path, id) in &names {
            if let (Some(path), Some(file)) = (moved(path), self.files.get(*id)) {
                fs::write(path, file.after(luck, rng))?;
            }
        }
        Ok(())
    }
}

impl Content {
    fn after(&self, luck: Luck, rng: &mut Rng) -> Vec<u8> {
        let mut content = self.synced.clone();
        for change in &self.waiting {
            match luck {
                Luck::Nothing => {}
                Luck::Everything => apply(&mut content, change),
                Luck::Some(chance) => match change {
                    Change::Write(at, data) if rng.f64() < 0.2 => torn(&mut content, *at, data, rng),
                    _ if rng.f64() < chance => apply(&mut content, change),
                    _ => {}
                },
            }
        }
        content
    }
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Truncate(size) => content.resize(*size as usize, 0),
        Change::Write(at, data) => {
            let (at, end) = (*at as usize, *at as usize + data.len());
            if content.len() < end {
                content.resize(end, 0);
            }
            if let Some(cells) = content.get_mut(at..end) {
                cells.copy_from_slice(data);
            }
        }
    }
}

/// Some sectors of a write.
fn torn(content: &mut Vec<u8>, at: u64, data: &[u8], rng: &mut Rng) {
    let first = SECTOR - at as usize % SECTOR;
    let (head, rest) = data.split_at(first.min(data.len()));
    let mut from = at;
    for sector in std::iter::once(head).chain(rest.chunks(SECTOR)) {
        if rng.bool() {
            apply(content, &Change::Write(from, sector.to_vec()));
        }
        from += sector.len() as u64;
    }
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<PathBuf, Id>, directories: &mut Vec<PathBuf>) {
        match self {
            Self::Made(id, path) => {
                names.insert(path.clone(), *id);
            }
            Self::Removed(path) => {
                names.remove(path);
                directories.retain(|directory| directory != path);
            }
            Self::Directory(path) => directories.push(path.clone()),
            Self::Renamed(from, to) => {
                if let Some(id) = names.remove(from) {
                    names.insert(to.clone(), id);
                } else {
                    moved(from, to, names, directories);
                }
            }
        }
    }
}

/// A directory with all that is in it under another name.
fn moved(from: &Path, to: &Path, names: &mut BTreeMap<PathBuf, Id>, directories: &mut [PathBuf]) {
    let renamed = |path: &Path| path.strip_prefix(from).map(|rest| to.join(rest)).ok();
    let inside: Vec<PathBuf> = names.keys().filter(|path| path.starts_with(from)).cloned().collect();
    for path in inside {
        if let (Some(id), Some(new)) = (names.remove(&path), renamed(&path)) {
            names.insert(new, id);
        }
    }
    for directory in directories {
        if let Some(new) = renamed(directory) {
            *directory = new;
        }
    }
}
