//! How long things take. Run by hand, in a release build: `cargo test --release -p ccc-vault --test speed -- --ignored
//! --nocapture`.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]
#![allow(clippy::print_stdout, reason = "what it measures is what it is for")]

use std::time::Instant;

use ccc_domain::{ProfileId, SessionId};
use ccc_vault::{Field, KeyManager, Keychain, NewWays, Passphrase, Place};

const TEXT: &str = "The review found two places where the plan and the work disagree. ";

/// Prints the microseconds of one `work`, the best of five rounds of `count`.
fn measure(name: &str, count: u32, mut work: impl FnMut()) {
    let round = |work: &mut dyn FnMut()| {
        let began = Instant::now();
        (0..count).for_each(|_| work());
        began.elapsed().as_secs_f64() * 1e6 / f64::from(count)
    };
    // What is done once per session is new in every round: the ids come from a counter of the caller.
    let best = (0..5).map(|_| round(&mut work)).fold(f64::INFINITY, f64::min);
    println!("{name:<40} {best:>12.2} us");
}

#[test]
#[ignore = "a measurement"]
fn sealing_opening_and_unlocking() {
    let dir = tempfile::tempdir().unwrap();
    let manager = KeyManager::new(dir.path(), Keychain::none());
    let secret = Passphrase::new("correct horse".into()).unwrap();
    let ways = NewWays {
        keychain: false,
        passphrase: Some(&secret),
    };
    let (service, recovery) = manager.create(ProfileId::from_bytes([7; 16]), ways, false).unwrap();
    let sessions: Vec<SessionId> = (0..5_000u64).map(|n| SessionId::from_parts(n, [3; 10])).collect();
    service.create_session_keys(&sessions).unwrap();
    let fixed = [Field::Id([1; 16]), Field::Int(3), Field::Text("beatrice")];
    let place = Place {
        table: "turns",
        column: "content",
        row: [9; 16],
        session: Some(sessions[0]),
        fixed: &fixed,
    };
    for size in [60, 600, 6_000] {
        let text = TEXT.repeat(100).into_bytes()[..size].to_vec();
        let sealed = service.seal(&place, &text).unwrap();
        measure(&format!("seal {size} bytes"), 5_000, || {
            drop(service.seal(&place, &text).unwrap())
        });
        measure(&format!("open {size} bytes"), 5_000, || {
            drop(service.open(&place, &sealed).unwrap())
        });
    }
    measure("row_mac", 5_000, || assert!(service.row_mac(&place, &fixed).is_ok()));
    let mut unused = sessions.iter().skip(1).copied();
    measure("first use of a session's key", 900, || {
        let session = unused.next();
        drop(service.seal(&Place { session, ..place }, b"x").unwrap());
    });
    let mut fresh = 1u64 << 40..;
    measure("create one session key beside 5,000", 10, || {
        service
            .create_session_key(SessionId::from_parts(fresh.next().unwrap(), [4; 10]))
            .unwrap();
    });
    measure("unlock 5,000 sessions, recovery key", 5, || {
        drop(manager.unlock_with_recovery(&recovery).unwrap())
    });
    measure("unlock 5,000 sessions, passphrase", 1, || {
        drop(manager.unlock_with_passphrase(&secret).unwrap())
    });
}
