//! The service as its users see it.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::path::Path;

use ccc_domain::{ProfileId, SessionId};
use ccc_vault::{
    EncryptionService, Error, Field, KdfParams, KeyManager, Keychain, NewWays, Passphrase, Place, RecoveryKey,
};

const SESSIONS: [SessionId; 3] = [
    SessionId::from_bytes([1; 16]),
    SessionId::from_bytes([2; 16]),
    SessionId::from_bytes([3; 16]),
];
const SECRET: &str = "correct horse";

fn manager(dir: &Path) -> KeyManager {
    KeyManager::new(dir, Keychain::none()).with_kdf(KdfParams::for_tests())
}

fn create(dir: &Path) -> (EncryptionService, RecoveryKey) {
    let secret = Passphrase::new(SECRET.into()).unwrap();
    let ways = NewWays {
        keychain: false,
        passphrase: Some(&secret),
    };
    manager(dir)
        .create(ProfileId::from_bytes([7; 16]), ways, false)
        .unwrap()
}

fn place(session: Option<SessionId>) -> Place<'static> {
    Place {
        table: "sessions",
        column: "title",
        row: [9; 16],
        session,
        fixed: &[Field::Int(4)],
    }
}

#[test]
fn sessions_have_their_own_keys_which_survive_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let (service, recovery) = create(dir.path());
    let [one, two, three] = SESSIONS;
    assert_eq!(service.seal(&place(Some(one)), b"x").err(), Some(Error::NoSessionKey));
    service.create_session_keys(&[two, one]).unwrap();
    service.create_session_key(one).unwrap();
    assert_eq!(service.session_keys(), [one, two]);
    let sealed = service.seal(&place(Some(one)), b"one").unwrap();
    let meta = service.seal(&place(None), b"of no session").unwrap();
    drop(service);

    let service = manager(dir.path()).unlock_with_recovery(&recovery).unwrap();
    assert_eq!(service.session_keys(), [one, two]);
    assert_eq!(service.open(&place(Some(one)), &sealed).unwrap().as_slice(), b"one");
    assert_eq!(service.open(&place(None), &meta).unwrap().as_slice(), b"of no session");
    assert_eq!(
        service.open(&place(Some(two)), &sealed).err(),
        Some(Error::Damaged),
        "not under another key"
    );
    assert_eq!(service.open(&place(None), &sealed).err(), Some(Error::Damaged));
    assert_eq!(
        service.open(&place(Some(three)), &sealed).err(),
        Some(Error::NoSessionKey)
    );
}

#[test]
fn a_destroyed_key_is_gone_at_once_and_its_successor_opens_nothing_old() {
    let dir = tempfile::tempdir().unwrap();
    let (service, _) = create(dir.path());
    let [one, two, _] = SESSIONS;
    service.create_session_keys(&[one, two]).unwrap();
    let sealed = service.seal(&place(Some(one)), b"one").unwrap();
    service.destroy_session_key(one).unwrap();
    service.destroy_session_key(one).unwrap();
    assert_eq!(
        (service.has_session_key(one), service.session_keys()),
        (false, vec![two])
    );
    assert_eq!(
        service.open(&place(Some(one)), &sealed).err(),
        Some(Error::NoSessionKey),
        "the cached key is gone too"
    );
    service.create_session_key(one).unwrap();
    assert_eq!(service.open(&place(Some(one)), &sealed).err(), Some(Error::Damaged));
}

#[test]
fn after_locking_every_call_fails_for_every_clone() {
    let dir = tempfile::tempdir().unwrap();
    let (service, _) = create(dir.path());
    let [one, two, _] = SESSIONS;
    service.create_session_key(one).unwrap();
    let sealed = service.seal(&place(Some(one)), b"one").unwrap();
    let mac = service.row_mac(&place(None), &[]).unwrap();
    assert!(!service.is_locked());
    service.clone().lock();
    assert!(service.is_locked());
    service.lock();
    let away = tempfile::tempdir().unwrap();
    let results = [
        service.seal(&place(Some(one)), b"x").err(),
        service.seal(&place(None), b"x").err(),
        service.open(&place(Some(one)), &sealed).err(),
        service.row_mac(&place(None), &[]).err(),
        service.verify_row_mac(&place(None), &[], &mac).err(),
        service.chain(&[], &place(None), b"x").err(),
        service.audit_mac(&[], b"x").err(),
        service.backup_mac(b"x").err(),
        service.token_mac(b"x").err(),
        service.check_value().err(),
        service.ways().err(),
        service.create_session_key(two).err(),
        service.create_session_keys(&[two]).err(),
        service.destroy_session_key(one).err(),
        service.copy_keys_to(away.path()).err(),
        service.destroy_session_key_in(dir.path(), one).err(),
        manager(dir.path()).renew_recovery(&service).err(),
    ];
    for (i, result) in results.iter().enumerate() {
        assert_eq!(*result, Some(Error::Locked), "call {i}");
    }
    assert_eq!((service.has_session_key(one), service.session_keys()), (false, vec![]));
    let secret = Passphrase::new(SECRET.into()).unwrap();
    let again = manager(dir.path()).unlock_with_passphrase(&secret).unwrap();
    assert_eq!(again.session_keys(), [one], "nothing of it reached the disk");
}

#[test]
fn a_row_mac_covers_the_row_and_every_mutable_column() {
    let dir = tempfile::tempdir().unwrap();
    let (service, _) = create(dir.path());
    let row = place(Some(SESSIONS[0]));
    let mutable = [Field::Text("active"), Field::Int(3)];
    let mac = service.row_mac(&row, &mutable).unwrap();
    assert_eq!(service.verify_row_mac(&row, &mutable, &mac), Ok(()));
    let others: [&[Field<'_>]; 4] = [
        &[Field::Text("archived"), Field::Int(3)],
        &[Field::Text("active"), Field::Int(4)],
        &[Field::Text("active")],
        &[Field::Text("active"), Field::Null],
    ];
    for other in others {
        assert_eq!(service.verify_row_mac(&row, other, &mac), Err(Error::Damaged));
    }
    let elsewhere = Place { row: [8; 16], ..row };
    assert_eq!(service.verify_row_mac(&elsewhere, &mutable, &mac), Err(Error::Damaged));
    // A fixed column may not slide into the mutable ones.
    let slid = Place { fixed: &[], ..row };
    let mutable = [Field::Int(4), Field::Text("active"), Field::Int(3)];
    assert_eq!(service.verify_row_mac(&slid, &mutable, &mac), Err(Error::Damaged));
    assert_eq!(service.verify_row_mac(&row, &mutable, &mac[..31]), Err(Error::Damaged));
}

#[test]
fn chains_depend_on_everything_before() {
    let dir = tempfile::tempdir().unwrap();
    let (service, _) = create(dir.path());
    let cell = place(Some(SESSIONS[0]));
    let first = service.chain(&[], &cell, b"one").unwrap();
    let values = [
        first,
        service.chain(&first, &cell, b"one").unwrap(),
        service.chain(&[], &cell, b"two").unwrap(),
        service.chain(&[], &place(None), b"one").unwrap(),
        service.audit_mac(&[], b"one").unwrap(),
        service.audit_mac(b"o", b"ne").unwrap(),
        service.audit_mac(&first, b"one").unwrap(),
        service.backup_mac(b"one").unwrap(),
        service.token_mac(b"one").unwrap(),
    ];
    let distinct: std::collections::HashSet<_> = values.iter().collect();
    assert_eq!(distinct.len(), values.len(), "no two are alike");
    assert_eq!(
        service.chain(&[], &cell, b"one").unwrap(),
        first,
        "and each is repeatable"
    );
}

#[test]
fn threads_seal_while_keys_come_and_go() {
    let dir = tempfile::tempdir().unwrap();
    let (service, recovery) = create(dir.path());
    let [one, two, _] = SESSIONS;
    service.create_session_key(one).unwrap();
    std::thread::scope(|scope| {
        for n in 0..3u8 {
            let service = &service;
            scope.spawn(move || {
                for round in 0..300u16 {
                    let text = [n, round as u8];
                    let sealed = service.seal(&place(Some(one)), &text).unwrap();
                    assert_eq!(service.open(&place(Some(one)), &sealed).unwrap().as_slice(), text);
                }
            });
        }
        for _ in 0..10 {
            service.create_session_key(two).unwrap();
            service.destroy_session_key(two).unwrap();
        }
    });
    let reopened = manager(dir.path()).unlock_with_recovery(&recovery).unwrap();
    assert_eq!(reopened.session_keys(), [one]);
}

#[test]
fn the_service_may_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<EncryptionService>();
    shared::<Keychain>();
    shared::<KeyManager>();
}
