//! Where the two generations of the keys file lie, and how they are replaced: whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use crate::{
    Error,
    keys_file::{KeysFile, MAX_FILE, Parsed},
};

/// One of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    A,
    B,
}

impl Name {
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::A => "keys-a.ccc",
            Self::B => "keys-b.ccc",
        }
    }
}

/// A directory with keys files.
#[derive(Debug, Clone)]
pub struct KeysDir(PathBuf);

/// A well-formed keys file as found, not yet authenticated.
pub struct Found {
    pub name: Name,
    pub file: KeysFile,
    /// The bytes the MAC covers, and the MAC.
    signed: (Vec<u8>, Vec<u8>),
}

/// What the directory holds.
pub struct Survey {
    /// The well-formed files, the higher generation first.
    pub found: Vec<Found>,
    /// Whether a file is there that is not well formed.
    pub damaged: bool,
}

impl Found {
    pub fn is_authentic(&self, mac: &crate::crypto::MacKey) -> bool {
        mac.verify(&self.signed.0, &self.signed.1)
    }
}

impl KeysDir {
    pub fn new(dir: &Path) -> Self {
        Self(dir.to_path_buf())
    }

    fn path(&self, name: Name) -> PathBuf {
        self.0.join(name.file())
    }

    /// Whether either file exists, readable or not.
    pub fn is_occupied(&self) -> Result<bool, Error> {
        let mut occupied = false;
        for name in Name::BOTH {
            occupied |= self.path(name).try_exists().map_err(|e| Error::read(&e))?;
        }
        Ok(occupied)
    }

    /// Reads both files; none if there is no keys file at all.
    ///
    /// # Errors
    /// [`Error::KeysTooNew`] and [`Error::KeysMismatch`] for files to keep one's hands off; [`Error::KeysDamaged`] if
    /// there are files but none is well formed; [`Error::Io`].
    pub fn survey(&self) -> Result<Option<Survey>, Error> {
        let (mut found, mut damaged, mut foreign) = (Vec::new(), false, false);
        for name in Name::BOTH {
            let Some(bytes) = self.read(name)? else { continue };
            match KeysFile::parse(&bytes) {
                Parsed::Whole { file, signed } => {
                    let (content, mac) = bytes.split_at(signed);
                    let signed = (content.to_vec(), mac.to_vec());
                    found.push(Found { name, file, signed });
                }
                Parsed::TooNew(version) => return Err(Error::KeysTooNew { version }),
                Parsed::Foreign => foreign = true,
                Parsed::Damaged => damaged = true,
            }
        }
        found.sort_by_key(|found| std::cmp::Reverse(found.file.generation));
        match found.as_slice() {
            [] if damaged => Err(Error::KeysDamaged),
            [] if foreign => Err(Error::KeysMismatch),
            [] => Ok(None),
            [a, b] if a.file.profile != b.file.profile => Err(Error::KeysMismatch),
            _ => {
                let damaged = damaged || foreign;
                Ok(Some(Survey { found, damaged }))
            }
        }
    }

    fn read(&self, name: Name) -> Result<Option<Vec<u8>>, Error> {
        let file = match File::open(self.path(name)) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::read(&e)),
        };
        let mut bytes = Vec::new();
        // One byte more than allowed: an overlong file then fails its checks instead of being cut to a valid one.
        file.take(MAX_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| Error::read(&e))?;
        Ok(Some(bytes))
    }

    /// Makes the directory, for the owner alone.
    pub fn create(&self) -> Result<(), Error> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(|e| Error::write(&e))
    }

    /// Removes what a creation that failed has left.
    pub fn discard(&self) {
        for name in Name::BOTH {
            // Nothing depends on it: a file that stays is found by the next creation, which then refuses.
            let _ = fs::remove_file(self.path(name));
        }
    }

    /// Replaces one file. When this returns, the new bytes are on the disk under the name; until then the old are.
    pub fn write(&self, name: Name, bytes: &[u8]) -> Result<(), Error> {
        self.replace(name, bytes).map_err(|e| Error::write(&e))
    }

    fn replace(&self, name: Name, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        let temporary = path.with_extension("ccc.tmp");
        // What a killed write left behind may have other rights, or be a link: it is removed, not reused.
        match fs::remove_file(&temporary) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, &path)?;
        self.sync()
    }

    /// Makes the renaming itself durable. Windows has no such call; there the journal of NTFS orders it.
    fn sync(&self) -> io::Result<()> {
        #[cfg(unix)]
        File::open(&self.0)?.sync_all()?;
        Ok(())
    }
}
