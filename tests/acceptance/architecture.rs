//! Who may depend on whom, read from `cargo metadata`, and how long a source file may grow.
//!
//! Each third-party library that carries a promise (cryptography, the database, the network, the window) has one home,
//! so that the promise is kept and reviewed in one place.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use cargo_metadata::{CargoOpt, DependencyKind, MetadataCommand};

mod controls;

/// A declared dependency of a workspace member.
#[derive(Debug, Clone)]
struct Edge {
    from: String,
    to: String,
    /// Only tests use it.
    dev: bool,
}

const VAULT: &[&str] = &["ccc-vault"];
const STORE: &[&str] = &["ccc-store"];
const RECALL: &[&str] = &["ccc-recall"];
const PROVIDER: &[&str] = &["ccc-provider"];
const SHELL: &[&str] = &["ccc"];
const WINDOW: &[&str] = &["window"];
const FUZZ: &[&str] = &["fuzz"];

/// Where a third-party dependency may be used; a trailing `*` stands for any ending.
const HOMES: &[(&str, &[&str])] = &[
    ("ring", VAULT),
    ("argon2", VAULT),
    ("zeroize", VAULT),
    ("zstd", VAULT),
    ("keyring*", VAULT),
    ("*-keyring-store", VAULT),
    // The measuring programs compare against a plain database.
    ("rusqlite", &["ccc-store", "ccc-bench"]),
    ("refinery", STORE),
    ("foldhash", RECALL),
    ("hashbrown", RECALL),
    ("frostem", RECALL),
    ("unicode-normalization", RECALL),
    ("unicode-segmentation", RECALL),
    ("reqwest", PROVIDER),
    ("rustls*", PROVIDER),
    ("tauri*", SHELL),
    ("webkit2gtk", SHELL),
    // The vault's keychain of Linux brings it; the shell hears of sleep by it.
    ("zbus", SHELL),
    ("fantoccini", WINDOW),
    ("x11rb", WINDOW),
    ("libfuzzer-sys", FUZZ),
    ("clap*", &["ccc-cli", "ccc-bench", "reliability"]),
];

/// Members that are tests, whatever kind of dependency they declare.
const TESTS: &[&str] = &["acceptance", "fuzz", "reliability"];

/// Which workspace members a member may use. The measuring program, the acceptance tests, the fuzz targets and the
/// scorecard look at every layer below the window, so that they can measure and test it alone.
const LAYERS: &[(&str, &[&str])] = &[
    ("ccc-domain", &[]),
    ("ccc-vault", &["ccc-domain"]),
    ("ccc-store", &["ccc-domain"]),
    ("ccc-recall", &["ccc-domain"]),
    ("ccc-provider", &["ccc-domain"]),
    (
        "ccc-engine",
        &["ccc-domain", "ccc-vault", "ccc-store", "ccc-recall", "ccc-provider"],
    ),
    ("ccc-cli", &["ccc-domain", "ccc-engine"]),
    ("ccc", &["ccc-domain", "ccc-engine"]),
    ("ccc-bench", BELOW_THE_WINDOW),
    ("acceptance", BELOW_THE_WINDOW),
    ("fuzz", BELOW_THE_WINDOW),
    ("reliability", BELOW_THE_WINDOW),
    // It sees the programs as a person does: through their windows and what they print.
    ("window", &[]),
];

const BELOW_THE_WINDOW: &[&str] = &[
    "ccc-domain",
    "ccc-vault",
    "ccc-store",
    "ccc-recall",
    "ccc-provider",
    "ccc-engine",
];

/// What would give the domain I/O, waiting or chance.
const IMPURE: &[&str] = &[
    "tokio*",
    "futures*",
    "async-*",
    "rand*",
    "getrandom",
    "tracing*",
    "directories",
    "tempfile",
];

/// Above this a file is split. Most files stay between 60 and 250 lines.
const MAX_LINES: usize = 600;

fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => name.ends_with(end),
        (_, Some(start)) => name.starts_with(start),
        _ => name == pattern,
    }
}

fn layer(member: &str) -> Option<&'static [&'static str]> {
    LAYERS.iter().find(|(name, _)| *name == member).map(|(_, below)| *below)
}

/// Third-party dependencies outside their homes. A test may also use the library of a layer it stands on, to look at
/// what that layer wrote.
fn strays(edges: &[Edge]) -> Vec<String> {
    let stray = |edge: &&Edge| {
        HOMES
            .iter()
            .filter(|(pattern, _)| matches(pattern, &edge.to))
            .any(|(_, homes)| {
                let below = layer(&edge.from).unwrap_or_default();
                let tests_its_layer =
                    (edge.dev || TESTS.contains(&edge.from.as_str())) && homes.iter().any(|h| below.contains(h));
                !homes.contains(&edge.from.as_str()) && !tests_its_layer
            })
    };
    edges
        .iter()
        .filter(stray)
        .map(|e| format!("{} uses {} outside its home", e.from, e.to))
        .collect()
}

/// Members that use a member they must not see, and members without a place in [`LAYERS`].
fn shortcuts(edges: &[Edge], members: &[String]) -> Vec<String> {
    let unplaced = members
        .iter()
        .filter(|m| layer(m).is_none())
        .map(|m| format!("{m} has no place in LAYERS"));
    // A crate that names itself does so to switch a feature on for its own tests; the acceptance tests lend their server.
    let own = |e: &&Edge| !(e.dev && (e.from == e.to || e.to == "acceptance"));
    let seen = |e: &&Edge| members.contains(&e.to) && !layer(&e.from).unwrap_or_default().contains(&e.to.as_str());
    let sideways = edges
        .iter()
        .filter(own)
        .filter(seen)
        .map(|e| format!("{} must not see {}", e.from, e.to));
    unplaced.chain(sideways).collect()
}

/// What takes the domain's purity away.
fn impurities(edges: &[Edge]) -> Vec<String> {
    edges
        .iter()
        .filter(|e| e.from == "ccc-domain" && !e.dev && IMPURE.iter().any(|pattern| matches(pattern, &e.to)))
        .map(|e| format!("ccc-domain is pure and must not use {}", e.to))
        .collect()
}

/// Files of more than [`MAX_LINES`] lines.
fn too_long(files: &BTreeMap<PathBuf, usize>) -> Vec<String> {
    files
        .iter()
        .filter(|(_, lines)| **lines > MAX_LINES)
        .map(|(path, lines)| format!("{} has {lines} lines, split it", path.display()))
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The members of the workspace and what they declare; needs no network and no lock on the build.
fn workspace() -> Result<(Vec<String>, Vec<Edge>), cargo_metadata::Error> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .no_deps()
        .exec()?;
    let packages = metadata.workspace_packages();
    let members = packages.iter().map(|p| p.name.to_string()).collect();
    let edges = packages
        .iter()
        .flat_map(|p| p.dependencies.iter().map(move |d| (p, d)))
        .map(|(p, d)| Edge {
            from: p.name.to_string(),
            to: d.name.clone(),
            dev: d.kind == DependencyKind::Development,
        })
        .collect();
    Ok((members, edges))
}

/// Every Rust file under `folder` with its number of lines.
fn rust_files(folder: &Path) -> io::Result<BTreeMap<PathBuf, usize>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.append(&mut rust_files(&path)?);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let lines = fs::read_to_string(&path)?.lines().count();
            found.insert(path, lines);
        }
    }
    Ok(found)
}

#[test]
fn every_dependency_stays_in_its_home() {
    let (_, edges) = workspace().unwrap();
    assert_eq!(strays(&edges), Vec::<String>::new());
    for (pattern, home) in [("ring", "ccc-vault"), ("rusqlite", "ccc-store"), ("tauri*", "ccc")] {
        let at_home = edges.iter().any(|e| matches(pattern, &e.to) && e.from == home);
        assert!(
            at_home,
            "{pattern} was not found in {home}: the check looks at the wrong names"
        );
    }
}

#[test]
fn members_see_only_the_layers_below_them() {
    let (members, edges) = workspace().unwrap();
    assert_eq!(shortcuts(&edges, &members), Vec::<String>::new());
    assert_eq!(
        members.len(),
        LAYERS.len(),
        "a member that left the workspace leaves LAYERS too"
    );
}

#[test]
fn the_domain_stays_pure() {
    let (_, edges) = workspace().unwrap();
    assert_eq!(impurities(&edges), Vec::<String>::new());
}

#[test]
fn no_source_file_outgrows_its_reader() {
    let files = rust_files(&root().join("src-tauri")).unwrap();
    assert!(
        files.len() > 10,
        "only {} files were found, so hardly anything was measured",
        files.len()
    );
    assert_eq!(too_long(&files), Vec::<String>::new());
}
