//! Entries that were made and taken back again.

use std::path::Path;

use ccc_vault::{Keychain, Passphrase};
use tempfile::TempDir;

use crate::{
    Engine, Error, Profile, Ways,
    audit::{Entry, record},
};

fn open(directory: &Path) -> Engine {
    let passphrase = Passphrase::new("a passphrase that is stretched once".to_owned()).unwrap();
    let ways = Ways {
        keychain: false,
        passphrase: Some(&passphrase),
    };
    let profile = Profile::acquire(directory, Keychain::none()).unwrap();
    profile.create(&ways).unwrap().0
}

/// Makes so many entries in one write, which fails afterwards or not.
fn make(engine: &Engine, entries: usize, failing: bool) {
    let core = engine.core.clone();
    let written = engine.backups.data().write(move |tx| {
        for _ in 0..entries {
            record(&core, tx, Entry::new("try", "profile", [7; 16]))?;
        }
        if failing { Err(Error::Cancelled) } else { Ok(()) }
    });
    assert_eq!(written.is_err(), failing);
}

#[test]
fn entries_that_were_taken_back_are_neither_followed_nor_noted() {
    let directory = TempDir::new().unwrap();
    let engine = open(directory.path());
    let before = engine.audit.verify().unwrap().entries;
    for (entries, failing) in [
        (1, false),
        (2, true),
        (1, true),
        (2, false),
        (0, false),
        (3, false),
        (1, false),
    ] {
        make(&engine, entries, failing);
        let report = engine.audit.verify().unwrap();
        assert!(report.holds(), "{report:?}");
        assert_eq!(report.anchored_at, Some(report.entries), "the end is noted");
    }
    assert_eq!(engine.audit.verify().unwrap().entries, before + 7);
}
