//! Patterns that agents may have learned: looked at by the full check, and salvaged as all that is sealed.

use std::collections::BTreeMap;

use ccc_engine::{backup::unwatched, domain::ErrorCode};

use crate::{
    filling::damage_bytes,
    place::pattern,
    salvage::{behind, closed, salvaged},
    scene::Scene,
};

const FIRST: [u8; 16] = [1; 16];
const SECOND: [u8; 16] = [2; 16];

/// A profile with a pattern in each session.
fn learned() -> Scene {
    let scene = Scene::new();
    let (profile, keys) = closed(&scene);
    let data = scene.data().join("data.ccc");
    pattern(&data, &keys, scene.sessions[0], FIRST, "short answers");
    pattern(&data, &keys, scene.sessions[1], SECOND, "tests first");
    drop(profile);
    scene
}

/// The sealed patterns, by their ids.
fn sealed(scene: &Scene) -> BTreeMap<[u8; 16], Vec<u8>> {
    let file = behind(scene);
    let mut all = file.prepare("SELECT pattern_id, pattern_sealed FROM patterns").unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn damage(scene: &Scene, id: [u8; 16]) {
    damage_bytes(&scene.data().join("data.ccc"), &[sealed(scene)[&id].clone()]);
}

#[test]
fn a_full_check_opens_them_and_says_whose_does_not() {
    let scene = learned();
    assert_eq!(scene.open().full_check(&unwatched).unwrap().faults, []);
    damage(&scene, SECOND);
    let engine = scene.open();
    let faults = engine.full_check(&unwatched).unwrap().faults;
    let of: Vec<_> = faults.iter().map(|fault| fault.session_id).collect();
    assert_eq!(of, [Some(scene.sessions[1])]);
    let code = engine.backups.make(&unwatched).err().map(|error| error.code());
    assert_eq!(code, Some(ErrorCode::DataDamaged), "nor is a backup of it made");
}

#[test]
fn one_whose_clear_columns_were_changed_is_noticed() {
    for change in [
        "status = 'accepted'",
        "agent = 'beatrice'",
        "created_at = 1",
        "updated_at = 1",
    ] {
        let scene = learned();
        let sql = format!("UPDATE patterns SET {change} WHERE pattern_id = ?1");
        assert_eq!(behind(&scene).execute(&sql, [FIRST]).unwrap(), 1);
        let faults = scene.open().full_check(&unwatched).unwrap().faults;
        assert_eq!(faults.len(), 1, "{change}: {faults:?}");
    }
}

#[test]
fn salvage_keeps_them_and_takes_a_damaged_one_from_the_backup() {
    let scene = learned();
    let whole = sealed(&scene);
    scene.open().backups.make(&unwatched).unwrap();
    damage(&scene, SECOND);
    salvaged(&scene);
    assert_eq!(sealed(&scene), whole);
    assert_eq!(scene.open().full_check(&unwatched).unwrap().faults, []);
}

#[test]
fn one_that_no_backup_has_is_left_out() {
    let scene = learned();
    damage(&scene, SECOND);
    salvaged(&scene);
    assert_eq!(sealed(&scene).into_keys().collect::<Vec<_>>(), [FIRST]);
    assert_eq!(scene.open().full_check(&unwatched).unwrap().faults, []);
}

#[test]
fn one_that_was_removed_since_the_backup_does_not_come_back() {
    let scene = learned();
    scene.open().backups.make(&unwatched).unwrap();
    let removed = behind(&scene).execute("DELETE FROM patterns WHERE pattern_id = ?1", [FIRST]);
    assert_eq!(removed.unwrap(), 1);
    salvaged(&scene);
    assert_eq!(sealed(&scene).into_keys().collect::<Vec<_>>(), [SECOND]);
}
