//! Whole database files: named beside one another, copied, renamed and removed so that a crash leaves no half.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use crate::Error;

/// Copies a closed database. Never an open one: closing the handle used here would drop SQLite's locks on it.
pub fn copy_durably(from: &Path, to: &Path) -> Result<(), Error> {
    fs::copy(from, to)?;
    sync(to)
}

/// Puts `from` in the place of `to`, whatever is there.
pub fn rename_durably(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to)?;
    // A directory can be synced on unix only; elsewhere the file system's journal orders the rename.
    #[cfg(unix)]
    if let Some(directory) = to.parent() {
        let here = directory.as_os_str().is_empty();
        File::open(if here { Path::new(".") } else { directory })?.sync_all()?;
    }
    Ok(())
}

/// Waits until the file's content is on the disk. Windows syncs only what is open for writing.
pub fn sync(path: &Path) -> Result<(), Error> {
    Ok(OpenOptions::new().write(true).open(path)?.sync_all()?)
}

/// Removes a database with its log and index, where they are.
pub fn remove_database(path: &Path) -> Result<(), Error> {
    for file in [path.to_owned(), wal_of(path), with_suffix(path, "-shm")] {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Whether anything is at `path`, be it a link to nothing.
pub fn is_taken(path: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// SQLite's write-ahead log of the database at `path`.
pub fn wal_of(path: &Path) -> PathBuf {
    with_suffix(path, "-wal")
}

/// The file of this ending next to `path`: `data.ccc` and `new` make `data.ccc.new`.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    with_suffix(path, &format!(".{ending}"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
