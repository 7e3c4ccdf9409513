//! Keys files that were changed, by accident or on purpose.

use std::{fs, time::Instant};

use super::{
    PROFILE,
    fixture::{A, B, Fixture, flipped, manager, passphrase, rehashed},
};
use crate::{
    Error, Generations, KdfParams, KeyManager, Keychain, NewWays, Passphrase,
    crypto::Key32,
    slot::{Secret, Slot},
};

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
    newer[8..12].copy_from_slice(&[0, 3, 0xff, 0xfc]);
    let refused = fixture.with(&[(B, newer.clone())]);
    assert_eq!(refused.err(), Some(Error::KeysTooNew { version: 3 }));
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

#[test]
fn a_slot_opens_under_its_own_profile_and_kind_alone() {
    let (vmk, key) = (Key32::random().unwrap(), Key32::random().unwrap());
    let secret = Secret::Keychain(&key);
    let slot = Slot::wrap(PROFILE, &secret, KdfParams::for_tests(), &vmk).unwrap();
    let opened = slot.unwrap(PROFILE, &secret, KdfParams::for_tests()).unwrap();
    assert_eq!(opened.map(|key| *key.bytes()), Some(*vmk.bytes()));
    let stranger = ccc_domain::ProfileId::from_bytes([1; 16]);
    assert!(
        slot.unwrap(stranger, &secret, KdfParams::for_tests())
            .unwrap()
            .is_none(),
        "another profile"
    );
    let typed = Passphrase::new("correct horse".into()).unwrap();
    let other = slot.unwrap(PROFILE, &Secret::Passphrase(&typed), KdfParams::for_tests());
    assert!(other.unwrap().is_none(), "another kind of secret");
}
