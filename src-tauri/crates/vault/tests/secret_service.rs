//! The keychain of Linux for real: a private D-Bus session with GNOME's keyring in it.
//!
//! Each outer test runs this same binary again inside `dbus-run-session`, with a home of its own, for one inner test.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]
#![cfg(all(unix, not(target_os = "macos")))]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use ccc_domain::ProfileId;
use ccc_vault::{KdfParams, KeyManager, Keychain, KeychainError, NewWays, Opening, Passphrase, RecoveryKey, Why};

const PROFILE: ProfileId = ProfileId::from_bytes([7; 16]);
const SECRET: &str = "correct horse";

/// Unlocking must come before anything else touches the service: the bus would start a locked one by itself.
const UNLOCKED: &str = r#"
eval "$(printf 'keyring-password\n' | gnome-keyring-daemon --unlock --components=secrets)"
for _ in $(seq 200); do
    dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
        org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true && break
    sleep 0.05
done
exec "$@""#;
const LOCKED: &str = r#"exec "$@""#;

fn require(program: &str, package: &str) {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).any(|dir| dir.join(program).is_file());
    assert!(
        found,
        "{program} is not installed: this test needs the packages dbus and gnome-keyring ({package})"
    );
}

/// This binary, for one inner test, with `home` as its home and nothing of this session's.
fn inner(mut command: Command, test: &str, home: &Path) {
    let runtime = home.join("run");
    fs::create_dir_all(&runtime).unwrap();
    fs::set_permissions(&runtime, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    for name in [
        "DBUS_SESSION_BUS_ADDRESS",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "GNOME_KEYRING_CONTROL",
    ] {
        command.env_remove(name);
    }
    let output = command
        .args(["--ignored", "--exact", test, "--nocapture"])
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_RUNTIME_DIR", runtime)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && out.contains("1 passed"),
        "{test} failed inside:\n{out}\n{err}"
    );
}

fn in_session(script: &str, test: &str, home: &Path) {
    require("dbus-run-session", "dbus");
    require("dbus-send", "dbus");
    require("gnome-keyring-daemon", "gnome-keyring");
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "bash", "-euc", script, "inner"])
        .arg(env::current_exe().unwrap());
    inner(command, test, home);
}

fn vault() -> PathBuf {
    PathBuf::from(env::var_os("HOME").unwrap()).join("vault")
}

fn keychain() -> Keychain {
    Keychain::system().with_limits(Duration::from_secs(20), Duration::from_secs(20))
}

fn manager() -> KeyManager {
    KeyManager::new(&vault(), keychain()).with_kdf(KdfParams::for_tests())
}

fn files() -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(vault()).unwrap().map(|e| e.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn create(secret: Option<&Passphrase>) -> RecoveryKey {
    let ways = NewWays {
        keychain: true,
        passphrase: secret,
    };
    let (service, recovery) = manager().create(PROFILE, ways, false).unwrap();
    assert!(service.ways().unwrap().keychain, "the keychain took the secret");
    recovery
}

#[test]
fn a_lost_entry_never_makes_a_key() {
    let home = tempfile::tempdir().unwrap();
    in_session(UNLOCKED, "inner_lost_entry", home.path());
}

#[test]
#[ignore = "run inside a D-Bus session by a_lost_entry_never_makes_a_key"]
fn inner_lost_entry() {
    let recovery = create(None);
    assert!(matches!(manager().open(true), Ok(Opening::Unlocked(_))));
    let (before, account) = (files(), PROFILE.to_string());
    let kept = keychain().get(&account).unwrap().unwrap();

    keychain().delete(&account).unwrap();
    for _ in 0..2 {
        let opened = manager().open(true);
        assert!(
            matches!(
                opened,
                Ok(Opening::NeedsRecovery {
                    why: Why::KeychainEmpty
                })
            ),
            "{opened:?}"
        );
        assert_eq!(keychain().get(&account), Ok(None), "no entry was made");
        assert_eq!(files(), before, "and not a byte of the keys files moved");
    }
    let service = manager().unlock_with_recovery(&recovery).unwrap();

    keychain().set(&account, &kept[..31]).unwrap();
    let opened = manager().open(true);
    assert!(
        matches!(
            opened,
            Ok(Opening::NeedsRecovery {
                why: Why::KeychainWrong
            })
        ),
        "{opened:?}"
    );
    assert_eq!(
        keychain().get(&account).unwrap().unwrap().len(),
        31,
        "a truncated value is left alone"
    );

    keychain().delete(&account).unwrap();
    manager().enrol_keychain(&service).unwrap();
    assert!(
        matches!(manager().open(true), Ok(Opening::Unlocked(_))),
        "enrolled again"
    );
}

#[test]
fn a_locked_keyring_is_said_to_be_locked() {
    let home = tempfile::tempdir().unwrap();
    in_session(UNLOCKED, "inner_with_passphrase", home.path());
    in_session(LOCKED, "inner_locked", home.path());
    in_session(UNLOCKED, "inner_unlocked_again", home.path());
}

#[test]
#[ignore = "run inside a D-Bus session by a_locked_keyring_is_said_to_be_locked"]
fn inner_with_passphrase() {
    create(Some(&Passphrase::new(SECRET.into()).unwrap()));
}

#[test]
#[ignore = "run inside a D-Bus session by a_locked_keyring_is_said_to_be_locked"]
fn inner_locked() {
    let before = files();
    let opened = manager().open(true);
    let locked = Opening::KeychainUnavailable {
        error: KeychainError::Locked,
        passphrase: true,
    };
    assert_eq!(format!("{opened:?}"), format!("{:?}", Ok::<_, ()>(locked)));
    assert_eq!(files(), before);
    assert!(
        manager()
            .unlock_with_passphrase(&Passphrase::new(SECRET.into()).unwrap())
            .is_ok()
    );
}

#[test]
#[ignore = "run inside a D-Bus session by a_locked_keyring_is_said_to_be_locked"]
fn inner_unlocked_again() {
    assert!(matches!(manager().open(true), Ok(Opening::Unlocked(_))));
}

#[test]
fn a_restarted_keyring_is_found_again() {
    let home = tempfile::tempdir().unwrap();
    in_session(UNLOCKED, "inner_restart", home.path());
}

#[test]
#[ignore = "run inside a D-Bus session by a_restarted_keyring_is_found_again"]
fn inner_restart() {
    let keychain = keychain();
    keychain.set("someone", b"secret").unwrap();
    let script = "printf 'keyring-password\\n' | gnome-keyring-daemon --replace --unlock --components=secrets";
    let restarted = Command::new("bash")
        .args(["-c", script])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(restarted.success());
    let found = keychain.get("someone").unwrap().unwrap();
    assert_eq!(found.as_slice(), b"secret", "over a new session, by the same keychain");
}

#[test]
fn without_a_bus_the_keychain_is_unavailable_at_once() {
    let home = tempfile::tempdir().unwrap();
    inner(Command::new(env::current_exe().unwrap()), "inner_no_bus", home.path());
}

#[test]
#[ignore = "run without a D-Bus session by without_a_bus_the_keychain_is_unavailable_at_once"]
fn inner_no_bus() {
    let secret = Passphrase::new(SECRET.into()).unwrap();
    let began = Instant::now();
    assert_eq!(keychain().get("someone"), Err(KeychainError::Unavailable));
    let alone = manager().create(
        PROFILE,
        NewWays {
            keychain: true,
            passphrase: None,
        },
        false,
    );
    assert_eq!(alone.err(), Some(KeychainError::Unavailable.into()));
    let ways = NewWays {
        keychain: true,
        passphrase: Some(&secret),
    };
    let (service, _) = manager().create(PROFILE, ways, false).unwrap();
    assert!(!service.ways().unwrap().keychain, "the profile goes without it");
    assert!(began.elapsed() < Duration::from_secs(5), "nothing hung");
}
