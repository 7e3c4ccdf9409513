//! The two keys files: torn, missing, behind, forged, foreign.

use std::{collections::BTreeMap, fs, path::Path, time::Instant};

use ccc_domain::SessionId;

use super::{PROFILE, SESSION};
use crate::{
    EncryptionService, Error, Generations, KdfParams, KeyManager, Keychain, NewWays, Passphrase, RecoveryKey,
    crypto::sha256,
};

const A: &str = "keys-a.ccc";
const B: &str = "keys-b.ccc";

/// A profile with a passphrase, a recovery key and one session, and its files as they were then.
struct Fixture {
    dir: tempfile::TempDir,
    recovery: RecoveryKey,
    check: [u8; 32],
    files: BTreeMap<String, Vec<u8>>,
}

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse".into()).unwrap()
}

fn manager(dir: &Path) -> KeyManager {
    KeyManager::new(dir, Keychain::none()).with_kdf(KdfParams::for_tests())
}

fn read_all(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap()))
        .collect()
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ways = NewWays {
            keychain: false,
            passphrase: Some(&passphrase()),
        };
        let (service, recovery) = manager(dir.path()).create(PROFILE, ways, false).unwrap();
        service.create_session_key(SESSION).unwrap();
        let (check, files) = (service.check_value().unwrap(), read_all(dir.path()));
        assert_eq!(files.keys().collect::<Vec<_>>(), [A, B], "two files and nothing else");
        Self {
            dir,
            recovery,
            check,
            files,
        }
    }

    /// Puts the files back, then replaces those named.
    fn with(&self, changed: &[(&str, Vec<u8>)]) -> Result<EncryptionService, Error> {
        for (name, bytes) in &self.files {
            fs::write(self.dir.path().join(name), bytes).unwrap();
        }
        for (name, bytes) in changed {
            fs::write(self.dir.path().join(name), bytes).unwrap();
        }
        self.open()
    }

    fn open(&self) -> Result<EncryptionService, Error> {
        manager(self.dir.path()).unlock_with_recovery(&self.recovery)
    }

    fn assert_right(&self, service: &EncryptionService, generations: Generations, what: &str) {
        assert_eq!(
            service.check_value().unwrap(),
            self.check,
            "{what}: the same master key"
        );
        assert_eq!(service.session_keys(), [SESSION], "{what}: the same sessions");
        assert_eq!(service.generations(), generations, "{what}");
    }
}

/// With the plain hash made right again, as someone who forges would.
fn rehashed(mut bytes: Vec<u8>) -> Vec<u8> {
    let hashed = bytes.len() - 64;
    let hash = sha256(&bytes[..hashed]);
    bytes[hashed..hashed + 32].copy_from_slice(&hash);
    bytes
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 0x55;
    bytes
}

#[test]
fn any_changed_byte_falls_back_to_the_other_file_and_never_opens_as_something_else() {
    let fixture = Fixture::new();
    let (a, b) = (&fixture.files[A], &fixture.files[B]);
    for at in 0..a.len() {
        for (name, bytes) in [(A, a), (B, b)] {
            let service = fixture.with(&[(name, flipped(bytes, at))]).unwrap();
            fixture.assert_right(&service, Generations::OneDamaged, &format!("byte {at} of {name}"));
        }
        let both = fixture.with(&[(A, flipped(a, at)), (B, flipped(b, at))]);
        let error = both.err().unwrap();
        let expected = if at < 8 {
            Error::KeysMismatch
        } else {
            Error::KeysDamaged
        };
        assert_eq!(error, expected, "byte {at} of both");
    }
}

#[test]
fn a_forged_file_never_opens_even_with_its_hash_made_right() {
    let fixture = Fixture::new();
    let (a, b) = (&fixture.files[A], &fixture.files[B]);
    for at in 12..a.len() - 64 {
        let forged = [(A, rehashed(flipped(a, at))), (B, rehashed(flipped(b, at)))];
        let error = fixture.with(&forged).err().unwrap();
        assert!(
            matches!(error, Error::KeysDamaged | Error::WrongSecret),
            "byte {at} of both: {error:?}"
        );
        // A forged profile id in one file is two profiles in one directory: hands off.
        let one = fixture.with(&forged[1..]);
        match one {
            Ok(service) => fixture.assert_right(&service, Generations::OneDamaged, &format!("byte {at} of one")),
            Err(error) => assert!(error == Error::KeysMismatch && at < 28, "byte {at} of one: {error:?}"),
        }
    }
}

#[test]
fn a_torn_file_falls_back_to_the_other_at_every_length() {
    let fixture = Fixture::new();
    for (name, bytes) in &fixture.files {
        for length in 0..bytes.len() {
            let service = fixture.with(&[(name, bytes[..length].to_vec())]).unwrap();
            fixture.assert_right(&service, Generations::OneDamaged, &format!("{length} bytes of {name}"));
        }
    }
}

#[test]
fn what_is_damaged_missing_or_behind_is_put_right_at_opening() {
    let fixture = Fixture::new();
    for name in [A, B] {
        fixture.with(&[(name, vec![])]).unwrap();
        fixture.assert_right(&fixture.open().unwrap(), Generations::Whole, "after damage");
        fixture.with(&[]).unwrap();
        fs::remove_file(fixture.dir.path().join(name)).unwrap();
        fixture.assert_right(&fixture.open().unwrap(), Generations::OneMissing, "one alone");
        fixture.assert_right(&fixture.open().unwrap(), Generations::Whole, "after a loss");
    }
}

#[test]
fn opening_whole_files_writes_nothing() {
    let fixture = Fixture::new();
    fixture.assert_right(&fixture.open().unwrap(), Generations::Whole, "as written");
    assert!(read_all(fixture.dir.path()) == fixture.files, "not a byte moved");
}

#[test]
fn a_kill_between_the_two_writes_loses_no_session_key() {
    let fixture = Fixture::new();
    let other = SessionId::from_bytes([1; 16]);
    fixture.open().unwrap().create_session_key(other).unwrap();
    let after = read_all(fixture.dir.path());
    for behind in [A, B] {
        for (name, bytes) in &after {
            let bytes = if name == behind { &fixture.files[name] } else { bytes };
            fs::write(fixture.dir.path().join(name), bytes).unwrap();
        }
        fs::write(fixture.dir.path().join(format!("{behind}.tmp")), b"half").unwrap();
        let service = fixture.open().unwrap();
        assert_eq!(service.generations(), Generations::OneBehind);
        assert_eq!(service.session_keys(), [other, SESSION], "the newer file counts");
        assert_eq!(read_all(fixture.dir.path()).len(), 2, "the half-written file is gone");
        assert_eq!(fixture.open().unwrap().generations(), Generations::Whole);
    }
}

#[test]
fn a_destroyed_session_key_is_in_no_file() {
    let fixture = Fixture::new();
    let (before, at) = (&fixture.files[A], fixture.files[A].len() - 64 - 64);
    // The session's record without its id: epoch, nonce and wrapped key.
    let record = before[at + 4..at + 64].to_vec();
    let holds = |files: &BTreeMap<String, Vec<u8>>| {
        let windows = files
            .values()
            .filter(|bytes| bytes.windows(60).any(|window| window == record));
        windows.count()
    };
    assert_eq!(holds(&fixture.files), 2, "both files held it");
    let service = fixture.open().unwrap();
    service.destroy_session_key(SESSION).unwrap();
    assert_eq!(holds(&read_all(fixture.dir.path())), 0, "and neither does now");
    assert!(!service.has_session_key(SESSION));

    // Killed between the two writes: one file still has it until the next opening.
    fs::write(fixture.dir.path().join(A), before).unwrap();
    let service = fixture.open().unwrap();
    assert_eq!(
        (service.session_keys(), holds(&read_all(fixture.dir.path()))),
        (vec![], 0)
    );
}

#[test]
fn a_failed_write_changes_nothing_and_can_be_repeated() {
    let fixture = Fixture::new();
    let service = fixture.open().unwrap();
    let other = SessionId::from_bytes([1; 16]);
    for name in [A, B] {
        // A directory in the way of the temporary file fails the write whatever the user's rights.
        let blocker = fixture.dir.path().join(format!("{name}.tmp"));
        fs::create_dir(&blocker).unwrap();
        assert!(
            matches!(service.create_session_key(other), Err(Error::NotWritable(_))),
            "{name} is blocked"
        );
        fs::remove_dir(&blocker).unwrap();
        service.create_session_key(other).unwrap();
        let reopened = fixture.open().unwrap();
        assert_eq!(
            reopened.generations(),
            Generations::Whole,
            "repeating made both files agree"
        );
        assert_eq!(reopened.session_keys(), [other, SESSION]);
        service.destroy_session_key(other).unwrap();
    }
}

#[test]
fn a_failed_creation_leaves_nothing_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("keys-a.ccc.tmp")).unwrap();
    let secret = passphrase();
    let ways = NewWays {
        keychain: false,
        passphrase: Some(&secret),
    };
    assert!(matches!(
        manager(dir.path()).create(PROFILE, ways, false),
        Err(Error::NotWritable(_))
    ));
    fs::remove_dir(dir.path().join("keys-a.ccc.tmp")).unwrap();
    assert!(
        manager(dir.path()).create(PROFILE, ways, false).is_ok(),
        "the next attempt is a first one"
    );
}

#[test]
fn files_that_are_not_this_profiles_are_left_alone() {
    let (fixture, stranger) = (Fixture::new(), tempfile::tempdir().unwrap());
    let secret = passphrase();
    let ways = NewWays {
        keychain: false,
        passphrase: Some(&secret),
    };
    let id = ccc_domain::ProfileId::from_bytes([1; 16]);
    manager(stranger.path()).create(id, ways, false).unwrap();
    let foreign = fs::read(stranger.path().join(B)).unwrap();
    assert_eq!(
        fixture.with(&[(B, foreign)]).err(),
        Some(Error::KeysMismatch),
        "two profiles in one directory"
    );

    let junk = b"not a keys file at all".to_vec();
    let refused = fixture.with(&[(A, junk.clone()), (B, junk)]);
    assert_eq!(refused.err(), Some(Error::KeysMismatch));

    let mut newer = fixture.files[B].clone();
    newer[8..12].copy_from_slice(&[0, 2, 0xff, 0xfd]);
    let refused = fixture.with(&[(B, newer.clone())]);
    assert_eq!(refused.err(), Some(Error::KeysTooNew { version: 2 }));
    assert!(
        fs::read(fixture.dir.path().join(B)).unwrap() == newer,
        "a newer program's file is not overwritten"
    );
}

/// Both files with the passphrase slot's costs replaced; the recovery slot comes after it.
fn recosted(fixture: &Fixture, costs: [u32; 3]) -> Vec<(&'static str, Vec<u8>)> {
    let cost_bytes: Vec<u8> = costs.iter().flat_map(|cost| cost.to_be_bytes()).collect();
    let forge = |name: &'static str| {
        let mut bytes = fixture.files[name].clone();
        assert_eq!(bytes[37], 2, "the first slot is the passphrase's");
        bytes[38..50].copy_from_slice(&cost_bytes);
        (name, rehashed(bytes))
    };
    vec![forge(A), forge(B)]
}

#[test]
fn tampered_costs_neither_weaken_nor_stall() {
    let fixture = Fixture::new();
    let cases = [
        ([63, 1, 1], Error::KeysDamaged),
        ([64, 0, 1], Error::KeysDamaged),
        ([64, 1, 0], Error::KeysDamaged),
        ([u32::MAX, 1, 1], Error::KeysDamaged),
        ([1024 * 1024 + 1, 1, 1], Error::KeysDamaged),
        ([64, u32::MAX, 1], Error::KeysDamaged),
        ([64, 1, 5], Error::KeysDamaged),
        ([65, 1, 1], Error::WrongSecret),
    ];
    for (costs, expected) in cases {
        let _ = fixture.with(&recosted(&fixture, costs));
        let began = Instant::now();
        let refused = manager(fixture.dir.path()).unlock_with_passphrase(&passphrase());
        assert_eq!(refused.err(), Some(expected), "{costs:?}");
        assert!(began.elapsed().as_secs() < 5, "{costs:?} was not derived");
        let one = fixture.with(&recosted(&fixture, costs)[..1]).unwrap();
        fixture.assert_right(&one, Generations::OneDamaged, "the other file still opens");
    }
}

#[test]
fn a_real_key_manager_refuses_the_cost_that_tests_use() {
    let fixture = Fixture::new();
    let real = KeyManager::new(fixture.dir.path(), Keychain::none());
    assert_eq!(
        real.unlock_with_passphrase(&passphrase()).err(),
        Some(Error::KeysDamaged)
    );
    assert!(real.unlock_with_recovery(&fixture.recovery).is_ok());
    for [memory, passes, lanes] in [
        [19 * 1024 - 1, 2, 1],
        [19 * 1024, 1, 1],
        [19 * 1024, 2, 0],
        [1 << 21, 2, 1],
    ] {
        let params = KdfParams::new(memory, passes, lanes);
        assert_eq!(params.err(), Some(Error::KdfOutOfBounds), "{memory} {passes} {lanes}");
    }
    assert!(KdfParams::new(19 * 1024, 2, 1).is_ok(), "the floor itself is allowed");
}

#[cfg(unix)]
#[test]
fn the_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new();
    for name in [A, B] {
        let mode = fs::metadata(fixture.dir.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let inner = fixture.dir.path().join("deep/vault");
    let (secret, id) = (passphrase(), ccc_domain::ProfileId::from_bytes([1; 16]));
    let ways = NewWays {
        keychain: false,
        passphrase: Some(&secret),
    };
    manager(&inner).create(id, ways, false).unwrap();
    assert_eq!(fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn copies_beside_backups_open_and_follow_a_destruction() {
    let (fixture, backup) = (Fixture::new(), tempfile::tempdir().unwrap());
    let service = fixture.open().unwrap();
    let other = SessionId::from_bytes([1; 16]);
    service.create_session_key(other).unwrap();
    service.copy_keys_to(backup.path()).unwrap();
    assert_eq!(service.copy_keys_to(backup.path()).err(), Some(Error::AlreadyExists));
    let restored = || manager(backup.path()).unlock_with_recovery(&fixture.recovery).unwrap();
    assert_eq!(restored().session_keys(), [other, SESSION]);
    service.destroy_session_key(SESSION).unwrap();
    service.destroy_session_key_in(backup.path(), SESSION).unwrap();
    assert_eq!(
        (restored().session_keys(), restored().generations()),
        (vec![other], Generations::Whole)
    );
    service.destroy_session_key_in(backup.path(), SESSION).unwrap();

    let stranger = Fixture::new();
    let refused = service.destroy_session_key_in(stranger.dir.path(), SESSION);
    assert_eq!(
        refused.err(),
        Some(Error::KeysMismatch),
        "another master key's file is left alone"
    );
    assert!(read_all(stranger.dir.path()) == stranger.files);
    let nowhere = service.destroy_session_key_in(&backup.path().join("none"), SESSION);
    assert_eq!(nowhere, Ok(()));
}
