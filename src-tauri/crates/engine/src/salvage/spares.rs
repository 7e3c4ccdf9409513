//! The backups of a profile, asked one after the other for turns that the damaged file lost.

use std::{
    cell::OnceCell,
    path::{Path, PathBuf},
};

use ccc_domain::ConversationId;
use ccc_store::{
    Db,
    tables::{
        receipts::{self, ReceiptRow},
        turns::TurnRow,
    },
};
use ccc_vault::EncryptionService;

use super::Source;
use crate::{
    Error, Profile,
    backup::{self, Whole},
    examine,
};

/// The profile's backups, newest first; each is opened when it is first asked for something.
pub(super) struct Spares {
    keys: EncryptionService,
    all: Vec<Spare>,
}

/// One of them.
struct Spare {
    name: String,
    directory: PathBuf,
    /// Where a copy of it may be made.
    scratch: PathBuf,
    /// None inside where it is not, byte for byte, what was made.
    opened: OnceCell<Option<Whole>>,
}

/// A conversation as a backup has it: all its turns by number, seen to be all by its count and its chain there.
pub(super) struct Kept<'a> {
    db: &'a Db,
    pub(super) backup: &'a str,
    pub(super) turns: Vec<TurnRow>,
}

impl Spares {
    /// Those in the profile's own folder, and in the one that the damaged file still names.
    pub(super) fn of(profile: &Profile, keys: &EncryptionService, damaged: Option<&Source>, scratch: &Path) -> Self {
        let own = backup::directory_of(profile.directory()).ok();
        let chosen = damaged.and_then(|source| source.survey.chosen_folder(keys));
        let folders = own.into_iter().chain(chosen.map(|folder| folder.join("ccc-backups")));
        let mut all: Vec<(String, PathBuf)> = folders
            .flat_map(|folder| backup::finished_in(&folder))
            .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), path)))
            .collect();
        all.sort();
        let spare = |(n, (name, directory)): (usize, (String, PathBuf))| Spare {
            name,
            directory,
            scratch: scratch.join(n.to_string()),
            opened: OnceCell::new(),
        };
        Self {
            keys: keys.clone(),
            all: all.into_iter().rev().enumerate().map(spare).collect(),
        }
    }

    /// The newest one that is, byte for byte, what was made: its directory and its name.
    pub(super) fn newest(&self) -> Option<(&Path, &str)> {
        let whole = self.all.iter().find(|spare| spare.open(&self.keys).is_some());
        whole.map(|spare| (spare.directory.as_path(), spare.name.as_str()))
    }

    /// A conversation in each backup that has it, the newest first.
    pub(super) fn conversations(&self, id: ConversationId) -> impl Iterator<Item = Kept<'_>> {
        self.all.iter().filter_map(move |spare| {
            let db = &spare.open(&self.keys)?.db;
            let mut turns = Vec::new();
            // One that does not hold there either gives nothing.
            db.read(|c| examine::conversation(&self.keys, c, id, |turn| turns.push(turn)))
                .ok()?;
            Some(Kept {
                db,
                backup: &spare.name,
                turns,
            })
        })
    }
}

impl Spare {
    fn open(&self, keys: &EncryptionService) -> Option<&Whole> {
        let open = || backup::open_whole(&self.directory, keys, self.scratch.clone());
        self.opened.get_or_init(open).as_ref()
    }
}

impl Kept<'_> {
    /// What belongs to one of its turns.
    pub(super) fn receipt_of(&self, turn: &TurnRow) -> Result<Option<ReceiptRow>, Error> {
        Ok(self.db.read(|c| receipts::get(c, turn.id))?)
    }
}
