//! The end of the write-ahead log is lost: what was committed is gone, SQLite says nothing, and the note of the last commit
//! does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;

use std::{
    fs,
    path::{Path, PathBuf},
};

use ccc_engine::{
    Engine, Keychain, Passphrase, Passphrases, Profile, RecoveryKey, Ways,
    audit::{AnchorState, AuditFilter},
    backup::unwatched,
    memory::SessionFilter,
};
use tempfile::TempDir;

const PASSPHRASE: &str = "a passphrase that is stretched once";
const DATA: &str = "data.ccc";
const LOG: &str = "data.ccc-wal";
const NOTES: &str = "audit-last.ccc";
const ANCHOR: &str = "audit-head.ccc";
/// A frame of the log: its header and a page. The log's own header comes first.
const FRAME: usize = 24 + 4096;
const LOG_HEADER: usize = 32;

/// A profile as a kill leaves it, with sessions in its log.
struct Killed {
    room: TempDir,
    recovery: RecoveryKey,
}

impl Killed {
    /// One with so many sessions.
    fn with(sessions: usize) -> Self {
        let room = TempDir::new().unwrap();
        let profile = Profile::acquire(&room.path().join("running"), Keychain::none()).unwrap();
        let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
        let ways = Ways {
            keychain: false,
            passphrase: Some(&passphrase),
        };
        let (engine, recovery) = profile.create(&ways).unwrap();
        for n in 0..sessions {
            place::session(&engine, &format!("session {n}"));
        }
        let killed = Self { room, recovery };
        copy(&killed.room.path().join("running"), &killed.whole());
        drop(engine);
        killed
    }

    /// What the kill left.
    fn whole(&self) -> PathBuf {
        self.room.path().join("whole")
    }

    /// A copy of that.
    fn copied(&self) -> Lost<'_> {
        let directory = self.room.path().join("copy");
        let _ = fs::remove_dir_all(&directory);
        copy(&self.whole(), &directory);
        Lost {
            directory,
            recovery: &self.recovery,
        }
    }

    /// A copy whose log does not hold from the middle on.
    fn cut(&self) -> Lost<'_> {
        let lost = self.copied();
        lost.change(LOG, |log| {
            let middle = log.len() / 2;
            log[middle] ^= 1;
        });
        lost
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

struct Lost<'a> {
    directory: PathBuf,
    recovery: &'a RecoveryKey,
}

impl Lost<'_> {
    fn open(&self) -> Engine {
        place::reopen(&self.directory, self.recovery).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.path(name)).unwrap();
        change(&mut bytes);
        fs::write(self.path(name), bytes).unwrap();
    }

    /// What is said of the trail's end at the start, and by verifying.
    fn told(&self) -> (bool, AnchorState) {
        told(&self.open())
    }
}

fn told(engine: &Engine) -> (bool, AnchorState) {
    let report = engine.audit.verify().unwrap();
    assert_eq!(report.broken_at, None);
    (engine.audit.is_cut(), report.anchor)
}

fn sessions(engine: &Engine) -> usize {
    engine.memory.list_sessions(SessionFilter::All).unwrap().len()
}

const CUT: (bool, AnchorState) = (true, AnchorState::Cut);
const WHOLE: (bool, AnchorState) = (false, AnchorState::Holds);

#[test]
fn a_log_whose_end_is_lost_is_told_at_the_start_and_by_verifying() {
    let killed = Killed::with(10);
    assert_eq!(killed.copied().told(), WHOLE, "a kill alone is nothing");
    let lost = killed.cut();
    let engine = lost.open();
    assert!(sessions(&engine) < 10, "or nothing was lost");
    assert_eq!(told(&engine), CUT);
}

#[test]
fn wherever_the_log_is_damaged_nothing_is_lost_in_silence() {
    let killed = Killed::with(6);
    let length = fs::metadata(killed.whole().join(LOG)).unwrap().len() as usize;
    let frames = (0..).map(|n| LOG_HEADER + n * FRAME).take_while(|at| *at < length);
    let mut lost = 0;
    for at in frames
        .flat_map(|frame| [frame, frame + 12, frame + 2_000])
        .chain([3, 20])
    {
        let copy = killed.copied();
        copy.change(LOG, |log| log[at] ^= 1);
        match place::reopen(&copy.directory, &killed.recovery) {
            Ok(engine) if sessions(&engine) == 6 => assert_eq!(told(&engine), WHOLE, "byte {at}"),
            Ok(engine) => {
                lost += 1;
                assert_eq!(told(&engine), CUT, "byte {at}");
            }
            Err(error) => panic!("byte {at}: {error}"),
        }
    }
    assert!(lost > 10, "only {lost} of the damages took something");
}

#[test]
fn going_on_does_not_cover_it_up_and_accepting_it_ends_it() {
    let killed = Killed::with(10);
    let lost = killed.cut();
    for _ in 0..2 {
        let engine = lost.open();
        for n in 0..20 {
            place::session(&engine, &n.to_string());
        }
        engine.close();
        drop(engine);
        assert_eq!(lost.told(), CUT);
    }
    let engine = lost.open();
    engine.audit.accept().unwrap();
    assert_eq!(told(&engine), WHOLE);
    let by_accept = AuditFilter {
        action: Some("accept".to_owned()),
        ..AuditFilter::default()
    };
    assert_eq!(engine.audit.find(&by_accept, 9).unwrap().len(), 1);
    drop(engine);
    assert_eq!(lost.told(), WHOLE, "nor is it told at the next start");
    let engine = lost.open();
    place::session(&engine, "later");
    let report = engine.audit.verify().unwrap();
    assert_eq!(report.anchored_at, Some(report.entries), "each commit is noted again");
}

#[test]
fn a_torn_note_leaves_the_one_before_and_notes_that_say_nothing_are_no_alarm() {
    let killed = Killed::with(10);
    for torn in [0, 4096] {
        let lost = killed.cut();
        lost.change(NOTES, |notes| notes[torn + 20] ^= 1);
        assert_eq!(lost.told(), CUT, "the note at {torn} was torn");
    }
    let spoils: [fn(&mut Vec<u8>); 4] = [
        |notes| notes.fill(0),
        |notes| notes.iter_mut().for_each(|byte| *byte ^= 0x55),
        |notes| notes.truncate(40),
        Vec::clear,
    ];
    for (n, spoil) in spoils.into_iter().enumerate() {
        let copy = killed.copied();
        copy.change(NOTES, spoil);
        let engine = copy.open();
        let report = engine.audit.verify().unwrap();
        assert_eq!((engine.audit.is_cut(), report.holds()), (false, true), "spoiled {n}");
        place::session(&engine, "later");
        assert_eq!(told(&engine), WHOLE, "spoiled {n}, and noted anew");
    }
}

#[test]
fn without_notes_the_anchor_tells_at_the_start_as_well() {
    let killed = Killed::with(3);
    let copy = killed.copied();
    let older = fs::read(copy.path(DATA)).unwrap();
    copy.open().close();
    assert!(copy.path(ANCHOR).exists());
    fs::remove_file(copy.path(NOTES)).unwrap();
    assert_eq!(copy.told(), WHOLE);
    fs::write(copy.path(DATA), older).unwrap();
    for _ in 0..2 {
        let engine = copy.open();
        assert_eq!(told(&engine), CUT);
        place::session(&engine, "later");
        engine.audit.settle();
        assert_eq!(told(&engine), CUT, "the anchor is not moved over it");
    }
}

#[test]
fn an_older_note_as_a_cut_of_power_leaves_it_is_no_alarm() {
    let killed = Killed::with(3);
    let copy = killed.copied();
    let older = fs::read(copy.path(NOTES)).unwrap();
    let engine = copy.open();
    for n in 0..10 {
        place::session(&engine, &n.to_string());
    }
    drop(engine);
    fs::write(copy.path(NOTES), &older).unwrap();
    assert_eq!(copy.told(), WHOLE);
    fs::remove_file(copy.path(NOTES)).unwrap();
    assert!(!copy.open().audit.is_cut());
}

#[test]
fn notes_of_another_profile_say_nothing() {
    let [killed, other] = [5, 9].map(Killed::with);
    let copy = killed.copied();
    fs::copy(other.whole().join(NOTES), copy.path(NOTES)).unwrap();
    assert!(!copy.open().audit.is_cut());
}

#[test]
fn what_cannot_be_noted_is_committed_all_the_same() {
    let killed = Killed::with(3);
    let copy = killed.copied();
    fs::remove_file(copy.path(NOTES)).unwrap();
    fs::create_dir(copy.path(NOTES)).unwrap();
    let engine = copy.open();
    for n in 0..5 {
        place::session(&engine, &n.to_string());
    }
    assert_eq!((sessions(&engine), engine.audit.is_cut()), (8, false));
    fs::remove_dir(copy.path(NOTES)).unwrap();
    place::session(&engine, "noted again");
    let report = engine.audit.verify().unwrap();
    assert_eq!(
        (report.anchor, report.anchored_at),
        (AnchorState::Holds, Some(report.entries))
    );
}

/// What takes the profile's place has an end of its own, which the old notes do not name.
#[test]
fn data_that_takes_the_profiles_place_is_no_cut_end() {
    let killed = Killed::with(3);
    let copy = killed.copied();
    let backups = copy.directory.with_file_name("copy-backups");
    let engine = copy.open();
    let made = engine.backups.make(&unwatched).unwrap();
    let names: Vec<_> = fs::read_dir(backups.join(&made.name)).unwrap().collect();
    assert_eq!(names.len(), 4, "data, keys twice, a manifest: no notes");
    for n in 0..10 {
        place::session(&engine, &n.to_string());
    }
    engine.prepare_restore(&made.name, &unwatched).unwrap();
    drop(engine);
    let engine = copy.open();
    assert_eq!((sessions(&engine), engine.audit.is_cut()), (3, false));
    assert!(engine.audit.verify().unwrap().holds());
    place::session(&engine, "after the restore");
    assert_eq!(told(&engine), WHOLE);
    drop(engine);
    assert_eq!(copy.told(), WHOLE);
}

#[test]
fn a_salvaged_profile_does_not_tell_it_again() {
    let killed = Killed::with(10);
    let lost = killed.cut();
    let before = sessions(&lost.open());
    assert_eq!(lost.told(), CUT);
    let profile = Profile::acquire(&lost.directory, Keychain::none()).unwrap();
    let keys = profile.unlock_with_recovery(&killed.recovery).unwrap();
    let aside = profile.salvage(&keys, &unwatched).unwrap().aside.unwrap();
    drop(profile);
    let engine = lost.open();
    assert_eq!((sessions(&engine), engine.audit.is_cut()), (before, false));
    place::session(&engine, "after it");
    assert_eq!(told(&engine), WHOLE);
    let aside = place::reopen(Path::new(&aside), &killed.recovery).unwrap();
    assert_eq!(told(&aside), CUT, "what was replaced still does");
}

#[test]
fn replacing_the_master_key_refuses_a_cut_end_and_leaves_no_old_notes() {
    let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    let passphrases = Passphrases {
        current: Some(&passphrase),
        new: None,
    };
    let killed = Killed::with(5);
    let refused = killed.cut().open().prepare_rotation(&passphrases, &unwatched);
    assert_eq!(
        refused.err().map(|error| error.code()),
        Some(ccc_engine::domain::ErrorCode::DataDamaged)
    );
    let copy = killed.copied();
    let engine = copy.open();
    let recovery = engine.prepare_rotation(&passphrases, &unwatched).unwrap();
    drop(engine);
    let engine = place::reopen(&copy.directory, &recovery).unwrap();
    assert!(!engine.audit.is_cut() && engine.audit.verify().unwrap().holds());
    assert_eq!(sessions(&engine), 5);
    place::session(&engine, "after it");
    drop(engine);
    assert_eq!(told(&place::reopen(&copy.directory, &recovery).unwrap()), WHOLE);
}

#[test]
fn deleting_everything_leaves_the_trail_and_its_end() {
    let killed = Killed::with(5);
    let copy = killed.copied();
    let engine = copy.open();
    assert_eq!(engine.delete_everything().unwrap(), 5);
    assert_eq!(told(&engine), WHOLE);
    drop(engine);
    assert_eq!(copy.told(), WHOLE);
}
