//! What a person types, and what is never printed.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::path::Path;

use ccc_domain::ProfileId;
use ccc_vault::{
    EncryptionService, Error, KdfParams, KeyManager, Keychain, NewWays, Opening, Passphrase, RecoveryKey, SecretFault,
};
use proptest::prelude::*;

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

#[test]
fn nothing_secret_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let (service, recovery) = create(dir.path());
    let secret = Passphrase::new(SECRET.into()).unwrap();
    let printed = [
        format!("{secret:?}"),
        format!("{recovery:?}"),
        format!("{:?}", Keychain::none()),
        format!(
            "{:?}",
            NewWays {
                keychain: true,
                passphrase: Some(&secret)
            }
        ),
        format!("{service:?}"),
        format!("{:?}", Opening::Unlocked(service)),
    ];
    assert_eq!(printed[0], "Passphrase(..)");
    assert_eq!(printed[1], "RecoveryKey(..)");
    assert_eq!(printed[2], "Keychain { present: false, .. }");
    assert_eq!(
        printed[3],
        "NewWays { keychain: true, passphrase: Some(Passphrase(..)) }"
    );
    let id = ProfileId::from_bytes([7; 16]);
    assert_eq!(
        printed[4],
        format!("EncryptionService {{ profile: {id:?}, locked: false, .. }}")
    );
    assert_eq!(printed[5], format!("Unlocked({})", printed[4]));
}

#[test]
fn a_recovery_key_forgives_how_it_is_typed_but_no_wrong_letter() {
    let dir = tempfile::tempdir().unwrap();
    let (_, recovery) = create(dir.path());
    let written = recovery.reveal();
    assert_eq!(
        (written.len(), written.matches('-').count()),
        (44, 8),
        "nine groups of four"
    );
    let sloppy = written
        .to_lowercase()
        .replace('0', "o")
        .replace('1', "l")
        .replace('-', " \u{2013}\n");
    for typed in [
        written.as_str(),
        &sloppy,
        &written.replace('-', ""),
        &written.replace('1', "I"),
    ] {
        let parsed = RecoveryKey::parse(typed).unwrap();
        assert!(manager(dir.path()).unlock_with_recovery(&parsed).is_ok());
    }
    let fault = |text: &str| RecoveryKey::parse(text).err();
    assert_eq!(fault(" - "), Some(Error::InvalidSecret(SecretFault::Blank)));
    assert_eq!(
        fault(written.trim_end_matches(|c| c != '-')),
        Some(Error::InvalidSecret(SecretFault::Malformed))
    );
    assert_eq!(
        fault(&format!("{}0", written.as_str())),
        Some(Error::InvalidSecret(SecretFault::Malformed))
    );
    assert_eq!(
        fault(&written.replacen('-', "U", 1)),
        Some(Error::InvalidSecret(SecretFault::Malformed))
    );
    for at in (0..44).filter(|at| at % 5 != 4) {
        let mut letters: Vec<char> = written.chars().collect();
        letters[at] = if letters[at] == '7' { '8' } else { '7' };
        let typed: String = letters.into_iter().collect();
        assert_eq!(
            fault(&typed),
            Some(Error::InvalidSecret(SecretFault::Checksum)),
            "letter {at}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_typed_recovery_key_makes_parsing_panic(text in "\\PC{0,60}") {
        prop_assert!(RecoveryKey::parse(&text).is_err(), "twenty check bits are not met by chance");
    }
}
