//! The formats, frozen: a change here is a change of every database ever written.

use super::{FIXED, PROFILE, data_key, hex, place};
use crate::{
    Field, KdfParams, Passphrase, RecoveryKey,
    crypto::{Key32, MacKey},
    envelope::{aad, open, seal_with},
    keys_dir::Name,
    keys_file::{KeysFile, Parsed},
    master::{MasterKeys, Unlocked},
    slot::{Secret, Slot},
};

const AAD: &str = "030000000b6363632f76312f7365616c\
    0100\
    00000001\
    0100000010aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
    03000000057475726e73\
    0300000007636f6e74656e74\
    0100000010cccccccccccccccccccccccccccccccc\
    0100000010bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\
    02000000080000000000000005\
    0100000010dddddddddddddddddddddddddddddddd\
    02000000080000000000000001\
    03000000086265617472696365\
    0000000000\
    04000000020102";

#[test]
fn the_authenticated_bytes_of_a_cell_are_frozen() {
    assert_eq!(hex(&aad(0, 1, PROFILE, &place(&FIXED))), AAD);
}

#[test]
fn the_envelope_is_frozen_and_opens() {
    let (key, nonce) = (data_key(), std::array::from_fn(|i| 0x10 + i as u8));
    let raw = seal_with(&key, PROFILE, &place(&FIXED), b"carry it out", nonce).unwrap();
    assert_eq!(hex(&raw), RAW, "raw codec");
    let long = b"carry it out, then report. ".repeat(4);
    let packed = seal_with(&key, PROFILE, &place(&FIXED), &long.repeat(4), nonce).unwrap();
    assert_eq!(
        packed[..6],
        [1, 1, 0, 0, 0, 1],
        "zstd codec, chosen because it is smaller"
    );
    assert_eq!(
        open(&key, PROFILE, &place(&FIXED), &unhex(RAW)).unwrap().as_slice(),
        b"carry it out"
    );
    assert_eq!(
        open(&key, PROFILE, &place(&FIXED), &unhex(PACKED)).unwrap().as_slice(),
        long,
        "what zstd makes may change with its version, what it reads may not"
    );
}

#[test]
fn macs_and_purposes_are_frozen() {
    let vmk = Key32::from_slice(&[7; 32]).unwrap();
    let keys = MasterKeys::derive(PROFILE, &vmk).unwrap();
    let named = [
        &keys.audit,
        &keys.backup,
        &keys.token,
        &keys.check,
        &keys.row,
        &keys.chain,
        &keys.file,
    ];
    let mut macs: Vec<String> = named.iter().map(|key| hex(&key.sign(&[b"x"])[..8])).collect();
    assert_eq!(macs.join(" "), PURPOSES);
    macs.sort();
    macs.dedup();
    assert_eq!(macs.len(), named.len(), "no two purposes share a key");
}

#[test]
fn row_mac_and_chain_are_frozen() {
    let dir = tempfile::tempdir().unwrap();
    let service = fixed_service(dir.path());
    let mutable = [Field::Text("active"), Field::Int(3)];
    assert_eq!(hex(&service.row_mac(&place(&FIXED), &mutable).unwrap()), ROW_MAC);
    assert_eq!(
        hex(&service.chain(&[], &place(&FIXED), b"carry it out").unwrap()),
        CHAIN
    );
    assert_eq!(hex(&service.audit_mac(&[9; 32], b"entry").unwrap()), AUDIT);
}

#[test]
fn the_recovery_key_is_written_as_it_always_was() {
    let key = RecoveryKey::from_bytes(std::array::from_fn(|i| i as u8));
    assert_eq!(key.reveal().as_str(), RECOVERY);
}

#[test]
fn the_keys_file_is_laid_out_as_documented() {
    let vmk = Key32::from_slice(&[7; 32]).unwrap();
    let passphrase = Passphrase::new("correct horse".into()).unwrap();
    let slot = Slot::wrap(PROFILE, &Secret::Passphrase(&passphrase), KdfParams::for_tests(), &vmk).unwrap();
    let file = KeysFile {
        profile: PROFILE,
        generation: 5,
        slots: vec![slot],
        sessions: Default::default(),
        retired: vec![],
    };
    let bytes = file.encode(&MacKey::new(&vmk)).unwrap();
    assert_eq!(
        hex(&bytes[..37]),
        format!("4343434b455953000001fffe{}000000000000000501", "aa".repeat(16))
    );
    assert_eq!(
        hex(&bytes[37..50]),
        "02000000400000000100000001",
        "way, memory, passes, lanes"
    );
    assert_eq!(bytes.len(), 37 + 89 + 4 + 64);
    let Parsed::Whole { file: read, signed } = KeysFile::parse(&bytes) else {
        panic!("its own bytes are well formed")
    };
    assert!(read == file && signed == bytes.len() - 32, "it reads what it wrote");
}

/// A service over a fixed master key, as creation never makes it.
fn fixed_service(dir: &std::path::Path) -> crate::EncryptionService {
    let vmk = Key32::from_slice(&[7; 32]).unwrap();
    let keys = MasterKeys::derive(PROFILE, &vmk).unwrap();
    let file = KeysFile {
        profile: PROFILE,
        generation: 0,
        slots: vec![],
        sessions: Default::default(),
        retired: vec![],
    };
    let unlocked = Unlocked::new(vmk, keys, file, Name::A, false);
    crate::EncryptionService::new(
        Some(crate::keys_dir::KeysDir::new(dir)),
        unlocked,
        crate::Generations::Whole,
    )
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

const RAW: &str = "010000000001101112131415161718191a1b1e9fea6430e953c7ea1a7d694b6b2eec83496e40e12a59eb78debfae";
const PACKED: &str = "010100000001101112131415161718191a1b554bb7eb69a52fb2caad6b7c7d0b1073be246e616eb67b91939187097e2631ab3f9b232dd5a76e54dd459e86d1c99a93c0269a9be2fba794d0c9b0";
const PURPOSES: &str = "03eedf235c2a38fa d0946ef7b9ac7419 7f3dc758c6f555e3 163e62fb27c5b12e 6d1f6a29090f9ba0 d16c696ea6ed4d75 b2e52dce25b2ff4b";
const ROW_MAC: &str = "dc90761ffdd8190fd0a3a20aab63bf573981cce6aeb02b663ef23c9a3cc3f163";
const CHAIN: &str = "4cfbf85b9bc01d6116b2a16ca7a9414c6bab250f473be5065a1d992abbc94394";
const AUDIT: &str = "5076a1a0bed6b00ecccf29b4cc3aa08fb0c775adfe2cecba80c4244700c50e76";
const RECOVERY: &str = "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-BT61";
