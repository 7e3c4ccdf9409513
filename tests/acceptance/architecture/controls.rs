//! The checks find what they are for: each is given a workspace with one thing wrong.

use super::*;

fn edge(from: &str, to: &str) -> Edge {
    Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        dev: false,
    }
}

fn in_tests(from: &str, to: &str) -> Edge {
    Edge {
        dev: true,
        ..edge(from, to)
    }
}

fn members() -> Vec<String> {
    LAYERS.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn a_dependency_that_leaves_its_home_is_reported() {
    for (from, to) in [
        ("ccc-engine", "ring"),
        ("ccc-store", "argon2"),
        ("ccc-engine", "zeroize"),
        ("ccc-store", "zstd"),
        ("ccc", "keyring-core"),
        ("ccc-engine", "zbus-secret-service-keyring-store"),
        ("ccc-engine", "rusqlite"),
        ("ccc-cli", "refinery"),
        ("ccc-domain", "frostem"),
        ("ccc-engine", "frostem"),
        ("ccc-domain", "unicode-segmentation"),
        ("ccc-engine", "reqwest"),
        ("ccc-vault", "rustls"),
        ("ccc-engine", "tauri"),
        ("ccc-cli", "tauri-plugin-log"),
        ("ccc-engine", "clap"),
    ] {
        let found = strays(&[edge(from, to), edge("ccc-vault", "ring")]);
        assert_eq!(found, [format!("{from} uses {to} outside its home")]);
    }
}

#[test]
fn a_test_may_look_at_what_its_own_layer_wrote_and_at_no_other() {
    let allowed = [
        in_tests("ccc-engine", "rusqlite"),
        edge("acceptance", "rusqlite"),
        edge("reliability", "ring"),
        edge("ccc-bench", "rusqlite"),
        edge("ccc-bench", "clap"),
    ];
    assert_eq!(strays(&allowed), Vec::<String>::new());
    let denied = strays(&[in_tests("ccc-recall", "rusqlite"), edge("acceptance", "tauri")]);
    assert_eq!(
        denied,
        [
            "ccc-recall uses rusqlite outside its home",
            "acceptance uses tauri outside its home"
        ]
    );
}

#[test]
fn siblings_and_shortcuts_past_the_engine_are_reported() {
    for (from, to) in [
        ("ccc-vault", "ccc-store"),
        ("ccc-store", "ccc-vault"),
        ("ccc-recall", "ccc-provider"),
        ("ccc-provider", "ccc-recall"),
        ("ccc-domain", "ccc-vault"),
        ("ccc-cli", "ccc-store"),
        ("ccc", "ccc-vault"),
        ("ccc-engine", "ccc"),
        ("acceptance", "ccc"),
    ] {
        let found = shortcuts(&[edge(from, to), edge("ccc-engine", "ccc-store")], &members());
        assert_eq!(found, [format!("{from} must not see {to}")]);
    }
    let own_tests = shortcuts(&[in_tests("ccc-vault", "ccc-vault")], &members());
    assert_eq!(
        own_tests,
        Vec::<String>::new(),
        "a crate may name itself for its own tests"
    );
    let in_a_test = shortcuts(&[in_tests("ccc-store", "ccc-vault")], &members());
    assert_eq!(
        in_a_test,
        ["ccc-store must not see ccc-vault"],
        "tests of siblings stay apart too"
    );
}

#[test]
fn a_member_without_a_place_is_reported() {
    let mut members = members();
    members.push("ccc-cloud".to_owned());
    assert_eq!(shortcuts(&[], &members), ["ccc-cloud has no place in LAYERS"]);
}

#[test]
fn an_impure_domain_is_reported() {
    for name in [
        "tokio",
        "tokio-util",
        "futures-util",
        "rand",
        "getrandom",
        "async-trait",
    ] {
        let found = impurities(&[edge("ccc-domain", name), edge("ccc-engine", name)]);
        assert_eq!(found, [format!("ccc-domain is pure and must not use {name}")]);
    }
    let fine = impurities(&[in_tests("ccc-domain", "tempfile"), edge("ccc-domain", "serde")]);
    assert_eq!(fine, Vec::<String>::new());
}

#[test]
fn a_file_one_line_too_long_is_reported() {
    let files = BTreeMap::from([
        (PathBuf::from("a.rs"), MAX_LINES),
        (PathBuf::from("b.rs"), MAX_LINES + 1),
    ]);
    assert_eq!(
        too_long(&files),
        [format!("b.rs has {} lines, split it", MAX_LINES + 1)]
    );
}
