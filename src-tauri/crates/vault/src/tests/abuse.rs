//! Envelopes that were changed, moved or made to explode.

use ccc_domain::{ProfileId, SessionId};
use proptest::prelude::*;

use super::{FIXED, PROFILE, data_key, place};
use crate::{
    Error, Field, Place,
    codec::MAX_PLAIN,
    crypto::random,
    envelope::{aad, open, seal},
};

#[test]
fn every_changed_bit_is_rejected() {
    let key = data_key();
    let texts = [b"short".to_vec(), b"long enough to be compressed ".repeat(20)];
    let mut rejected = 0;
    for text in texts {
        let sealed = seal(&key, PROFILE, &place(&FIXED), &text).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let error = open(&key, PROFILE, &place(&FIXED), &changed).err();
            let unknown = bit < 8 || (bit < 16 && changed[1] > 1);
            let expected = if unknown { Error::SealTooNew } else { Error::Damaged };
            assert_eq!(error, Some(expected), "bit {bit}");
            rejected += 1;
        }
        for length in 0..sealed.len() {
            assert_eq!(
                open(&key, PROFILE, &place(&FIXED), &sealed[..length]).err(),
                Some(Error::Damaged)
            );
        }
    }
    assert!(rejected > 800, "{rejected} mutations were tried");
}

#[test]
fn a_value_opens_in_its_own_cell_alone() {
    let key = data_key();
    let home = place(&FIXED);
    let sealed = seal(&key, PROFILE, &home, b"here").unwrap();
    let mut elsewhere = vec![
        Place {
            table: "drafts",
            ..home
        },
        Place {
            column: "metadata",
            ..home
        },
        Place {
            row: [0xcd; 16],
            ..home
        },
        Place { session: None, ..home },
        Place {
            session: Some(SessionId::from_bytes([1; 16])),
            ..home
        },
        Place {
            fixed: &FIXED[..4],
            ..home
        },
        Place {
            table: "turnsc",
            column: "ontent",
            ..home
        },
    ];
    let changed = [
        [Field::Id([0xde; 16]), FIXED[1], FIXED[2], FIXED[3], FIXED[4]],
        [FIXED[0], Field::Int(2), FIXED[2], FIXED[3], FIXED[4]],
        [FIXED[0], FIXED[1], Field::Text("codey"), FIXED[3], FIXED[4]],
        [FIXED[0], FIXED[1], FIXED[2], Field::Text(""), FIXED[4]],
        [FIXED[0], FIXED[1], FIXED[2], FIXED[3], Field::Text("\u{1}\u{2}")],
        [FIXED[0], FIXED[1], FIXED[3], FIXED[2], FIXED[4]],
    ];
    elsewhere.extend(changed.iter().map(|fixed| Place { fixed, ..home }));
    for (i, other) in elsewhere.iter().enumerate() {
        assert_eq!(
            open(&key, PROFILE, other, &sealed).err(),
            Some(Error::Damaged),
            "place {i}"
        );
    }
    let stranger = ProfileId::from_bytes([2; 16]);
    assert_eq!(
        open(&key, stranger, &home, &sealed).err(),
        Some(Error::Damaged),
        "another profile"
    );
    assert_eq!(
        open(&key, PROFILE, &home, &sealed).unwrap().as_slice(),
        b"here",
        "and at home it opens"
    );
}

/// Seals `body` as it stands under codec 1, as no honest program would.
fn forge(body: &[u8]) -> Vec<u8> {
    let (key, nonce) = (data_key(), random().unwrap());
    let mut out = [&[1u8, 1, 0, 0, 0, 1][..], &nonce].concat();
    out.extend_from_slice(body);
    key.key
        .seal(nonce, &aad(1, 1, PROFILE, &place(&FIXED)), &mut out, 18)
        .unwrap();
    out
}

#[test]
fn a_frame_that_would_grow_past_the_cap_is_refused() {
    let bomb = zstd::bulk::compress(&vec![0; MAX_PLAIN + 1], 3).unwrap();
    assert!(bomb.len() < 10_000, "64 MiB in {} bytes", bomb.len());
    let opened = open(&data_key(), PROFILE, &place(&FIXED), &forge(&bomb));
    assert_eq!(opened.err(), Some(Error::TooLarge));
    for junk in [&b""[..], b"not a frame", &bomb[..bomb.len() / 2]] {
        assert!(
            open(&data_key(), PROFILE, &place(&FIXED), &forge(junk)).is_err(),
            "junk does not panic"
        );
    }
}

#[test]
fn the_largest_value_round_trips_and_one_byte_more_is_refused() {
    let mut large = vec![0u8; MAX_PLAIN];
    large[MAX_PLAIN / 2] = 1;
    let sealed = seal(&data_key(), PROFILE, &place(&FIXED), &large).unwrap();
    let opened = open(&data_key(), PROFILE, &place(&FIXED), &sealed).unwrap();
    assert!(*opened == large, "64 MiB come back as they were");
    large.push(0);
    let refused = seal(&data_key(), PROFILE, &place(&FIXED), &large);
    assert_eq!(refused.err(), Some(Error::TooLarge));
}

#[test]
fn nonces_do_not_repeat() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..10_000 {
        let sealed = seal(&data_key(), PROFILE, &place(&FIXED), b"").unwrap();
        let nonce: [u8; 12] = sealed[6..18].try_into().unwrap();
        assert!(seen.insert(nonce), "a nonce came twice");
    }
}

proptest! {
    #[test]
    fn whatever_is_sealed_comes_back(plain in prop::collection::vec(any::<u8>(), 0..4096), zeros in 0usize..4096) {
        let plain = [plain, vec![0; zeros]].concat();
        let sealed = seal(&data_key(), PROFILE, &place(&FIXED), &plain).unwrap();
        prop_assert!(sealed.len() <= plain.len() + 34, "sealing adds 34 bytes at most");
        let opened = open(&data_key(), PROFILE, &place(&FIXED), &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
    }

    #[test]
    fn no_bytes_make_opening_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(open(&data_key(), PROFILE, &place(&FIXED), &bytes).is_err());
    }
}
