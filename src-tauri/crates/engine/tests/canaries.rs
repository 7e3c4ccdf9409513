//! Marker strings in everything that is sensitive, then a search of every byte the process left on the disk: the data
//! file, its log, the keys files, a backup, the logs at their most verbose, the system's temporary directory.
//!
//! A child process does the work, so that its temporary directory can be one that is searched too. It is searched once
//! while the child has everything open, in the middle of a running step, and once more after it has closed. Each marker
//! is looked for as it is, in UTF-16 and hex, and in base64 at each of its three alignments.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

#[path = "canaries/marks.rs"]
mod marks;
mod place;
#[allow(clippy::print_stdout, reason = "the child speaks to its parent")]
#[path = "canaries/work.rs"]
mod work;

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::marks::{Hit, Scanner, mark};

const TEST: &str = "nothing_sensitive_reaches_the_disk_in_clear";
const ROOT: &str = "CCC_CANARY_ROOT";

/// The directories a child works in.
pub struct Places {
    /// The profile.
    pub data: PathBuf,
    /// What the child takes for the system's temporary directory.
    pub temporary: PathBuf,
    /// Where it exports to; nothing else may be readable.
    pub export: PathBuf,
}

impl Places {
    fn under(root: &Path) -> Self {
        let places = Self {
            data: root.join("data"),
            temporary: root.join("tmp"),
            export: root.join("export"),
        };
        fs::create_dir_all(&places.temporary).unwrap();
        fs::create_dir_all(&places.export).unwrap();
        places
    }
}

fn spawn(root: &Path, places: &Places) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([TEST, "--exact", "--nocapture"])
        .env(ROOT, root)
        .env("TMPDIR", &places.temporary)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What the child says after `word`, on a line of its own.
fn hear(said: &mut impl BufRead, word: &str) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(
            said.read_line(&mut line).unwrap() > 0,
            "the child ended before it said {word}"
        );
        if let Some(rest) = line.strip_prefix(word) {
            return rest.trim().to_owned();
        }
    }
}

#[test]
fn nothing_sensitive_reaches_the_disk_in_clear() {
    if let Some(root) = env::var_os(ROOT) {
        return work::run(&Places::under(Path::new(&root)));
    }
    let root = TempDir::new().unwrap();
    let places = Places::under(root.path());
    let mut child = spawn(root.path(), &places);
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut scanner = Scanner::of_marks();
    // Secrets that are made, not chosen: the recovery key in its written forms, and the keychain's 32 bytes.
    let recovery = hear(&mut said, "recovery ");
    scanner.look_for("recovery key", recovery.as_bytes());
    scanner.look_for("recovery key without dashes", recovery.replace('-', "").as_bytes());
    scanner.look_for("keychain secret", &marks::unhex(&hear(&mut said, "keychain ")));
    hear(&mut said, "ready");
    let mut seen = Vec::new();
    let mut scan = |at: &str| {
        for directory in [&places.data, &root.path().join("data-backups"), &places.temporary] {
            let hits = scanner.scan(directory, &mut seen);
            assert_eq!(hits, Vec::<Hit>::new(), "{at}, in {}", directory.display());
        }
    };
    scan("while open");
    child.stdin.take().unwrap().write_all(b"close\n").unwrap();
    assert!(child.wait().unwrap().success());
    scan("after closing");
    for name in ["data.ccc", "data.ccc-wal", "verbose.log"] {
        let bytes = seen
            .iter()
            .filter(|(path, _)| path.ends_with(name))
            .map(|(_, bytes)| *bytes)
            .max();
        assert!(bytes > Some(100), "{name} was searched: {seen:?}");
    }
    let manifests = seen.iter().filter(|(path, _)| path.ends_with("manifest.json")).count();
    assert!(manifests > 0, "a backup was searched: {seen:?}");
    let keys = seen
        .iter()
        .filter(|(path, _)| path.to_string_lossy().contains("keys"))
        .count();
    assert!(keys >= 2, "both keys files were searched: {seen:?}");
    // What was exported is there to be read: the markers were really in it, and the scanner finds them.
    let exported = scanner.scan(&places.export, &mut Vec::new());
    for n in work::EXPORTED {
        let name = mark(n);
        assert!(
            exported.iter().any(|hit| hit.what == name),
            "marker {n} is missing in the export"
        );
    }
}

#[test]
fn the_scanner_finds_a_marker_in_every_form() {
    let scanner = Scanner::of_marks();
    for (form, bytes) in marks::forms(mark(7).as_bytes()) {
        let directory = TempDir::new().unwrap();
        let deeper = directory.path().join("deeper");
        fs::create_dir(&deeper).unwrap();
        fs::write(deeper.join("clean"), [0u8; 4_096]).unwrap();
        assert_eq!(scanner.scan(directory.path(), &mut Vec::new()), []);
        let around = [b"\x00around ".as_slice(), &bytes, b" it"].concat();
        fs::write(deeper.join("planted"), around).unwrap();
        let hits = scanner.scan(directory.path(), &mut Vec::new());
        assert_eq!(hits.len(), 1, "{form}: {hits:?}");
        assert_eq!((&*hits[0].what, &*hits[0].form), (&*mark(7), form));
    }
}

#[test]
fn the_scanner_finds_base64_whatever_stands_before() {
    let scanner = Scanner::of_marks();
    for before in ["", "x", "xy", "xyz"] {
        let directory = TempDir::new().unwrap();
        let text = format!("{before}{}and more", mark(3));
        fs::write(directory.path().join("planted"), marks::base64(text.as_bytes())).unwrap();
        let hits = scanner.scan(directory.path(), &mut Vec::new());
        assert_eq!(hits.len(), 1, "{} bytes before: {hits:?}", before.len());
    }
}
