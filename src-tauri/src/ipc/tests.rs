use std::{collections::BTreeSet, fs, path::PathBuf};

use specta_typescript::Typescript;

use super::builder;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn bindings_path() -> PathBuf {
    root().join("ui/src/lib/backend/bindings.ts")
}

fn rendered() -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bindings.ts");
    builder::<tauri::Wry>().export(Typescript::default(), &file).unwrap();
    fs::read_to_string(file).unwrap()
}

/// The command names the bindings invoke.
fn offered() -> BTreeSet<String> {
    rendered()
        .split("__TAURI_INVOKE")
        .filter(|rest| rest.starts_with(['<', '(']))
        .filter_map(|rest| rest.split('"').nth(1))
        .map(str::to_owned)
        .collect()
}

/// The quoted words of a file's lines that hold `key`.
fn quoted(file: &str, key: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    text.lines()
        .filter(|line| line.contains(key))
        .filter_map(|line| line.split_once('[').map(|(_, list)| list))
        .flat_map(|list| list.split('"').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_bindings_of_the_ui_are_those_of_the_commands() {
    let written = fs::read_to_string(bindings_path()).unwrap();
    assert!(written == rendered(), "the commands changed: run `npm run bindings`");
}

#[test]
fn every_command_offered_is_described_by_a_permission_and_no_other_is() {
    assert!(
        !offered().is_empty(),
        "the bindings name no command, so nothing was compared"
    );
    assert_eq!(quoted("src-tauri/permissions/app.toml", "commands.allow"), offered());
}

#[test]
fn the_window_is_granted_our_permissions_alone() {
    let granted = quoted("src-tauri/capabilities/main.json", "\"permissions\"");
    let described: BTreeSet<String> = fs::read_to_string(root().join("src-tauri/permissions/app.toml"))
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("identifier = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        granted, described,
        "no permission of Tauri's own is granted, and none of ours is left out"
    );
}

#[test]
#[ignore = "writes ui/src/lib/backend/bindings.ts; run by `npm run bindings`"]
fn write_bindings() {
    fs::write(bindings_path(), rendered()).unwrap();
}
