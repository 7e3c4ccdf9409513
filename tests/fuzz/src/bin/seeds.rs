//! Makes the profile and the corpus anew: real files of all kinds, small, with invented text. Inputs whose names begin with
//! `found-` are left as they are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ccc_domain::{Agent, NewTurn, ProfileId, TurnMetadata, TurnStatus};
use ccc_engine::{Engine, Keychain, Passphrase, Profile, RecoveryKey, backup::unwatched, memory::NewSession};
use ccc_vault::{KdfParams, KeyManager, NewWays};
use fuzz::{
    Broken, envelope, profile,
    profile::{ANCHOR, ANOTHERS_RECOVERY, DATA, FOLDER, KEYS, MANIFEST, PASSPHRASE, RECOVERY},
    setup,
};
use rusqlite::{Connection, OpenFlags};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");

type Files = Vec<(&'static str, Vec<u8>)>;

fn main() -> Result<(), Broken> {
    make_profile()?;
    put("envelope", envelopes()?)?;
    put("keys", keys()?)?;
    put("manifest", manifests()?)?;
    put("sse", streams())?;
    put("database", databases()?)
}

/// Writes a target's corpus in the place of the one that is there.
fn put(target: &str, files: Files) -> Result<(), Broken> {
    let folder = Path::new(CORPUS).join(target);
    fs::create_dir_all(&folder).map_err(setup)?;
    for entry in fs::read_dir(&folder).map_err(setup)? {
        let entry = entry.map_err(setup)?;
        if !entry.file_name().to_string_lossy().starts_with("found-") {
            fs::remove_file(entry.path()).map_err(setup)?;
        }
    }
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).map_err(setup)?;
    }
    Ok(())
}

/// Makes the profile, a backup of a copy of it, and another profile's recovery key.
fn make_profile() -> Result<(), Broken> {
    let place = profile::place()?;
    let at = |name: &str| place.path().join(name);
    let recovery = create(&at("profile"), 2)?;
    let anothers = create(&at("another"), 0)?;
    small_pages(&at("profile").join(DATA)).map_err(setup)?;
    let folder = Path::new(FOLDER);
    fs::create_dir_all(folder).map_err(setup)?;
    for name in KEYS.into_iter().chain([DATA, ANCHOR]) {
        fs::copy(at("profile").join(name), folder.join(name)).map_err(setup)?;
    }
    fs::write(folder.join(RECOVERY), format!("{}\n", *recovery.reveal())).map_err(setup)?;
    fs::write(folder.join(ANOTHERS_RECOVERY), format!("{}\n", *anothers.reveal())).map_err(setup)?;
    let engine = profile::open(&at("profile"), &recovery).map_err(setup)?;
    let made = engine.backups.make(&unwatched).map_err(setup)?;
    let copy = made.copies.first().ok_or_else(|| setup("a backup is nowhere"))?;
    fs::copy(PathBuf::from(&copy.path).join(MANIFEST), folder.join(MANIFEST)).map_err(setup)?;
    engine.close();
    Ok(())
}

/// A profile whose passphrase is as cheap as one may be, with so many sessions; what opens it.
fn create(directory: &Path, sessions: usize) -> Result<RecoveryKey, Broken> {
    fs::create_dir_all(directory).map_err(setup)?;
    let passphrase = Passphrase::new(PASSPHRASE.to_owned()).map_err(setup)?;
    let ways = NewWays {
        keychain: false,
        passphrase: Some(&passphrase),
    };
    let cost = KdfParams::new(19 * 1024, 2, 1).map_err(setup)?;
    let manager = KeyManager::new(directory, Keychain::none()).with_kdf(cost);
    let (keys, recovery) = manager
        .create(ProfileId::from_parts(1, [7; 10]), ways, false)
        .map_err(setup)?;
    let profile = Profile::acquire(directory, Keychain::none()).map_err(setup)?;
    let engine = profile.open(keys).map_err(setup)?;
    for n in 0..sessions {
        fill(&engine, n).map_err(setup)?;
    }
    engine.close();
    Ok(recovery)
}

/// One session with two conversations and a summary.
fn fill(engine: &Engine, n: usize) -> Result<(), ccc_engine::Error> {
    let session = engine.memory.initialize_session(NewSession {
        title: format!("Session {n}"),
        ..NewSession::default()
    })?;
    for directive in ["Say it.", "Say it again."] {
        let conversation = engine.memory.create_conversation(session.id, directive)?;
        for text in envelope::words() {
            let said = String::from_utf8_lossy(&text);
            engine.memory.store_conversation_turn(NewTurn {
                id: engine.memory.new_id(),
                session_id: session.id,
                conversation_id: conversation.id,
                agent: Agent::Codey,
                speaker: None,
                content: format!("Said in session {n}: {said}"),
                created_at: engine.memory.now(),
                status: TurnStatus::Complete,
                metadata: TurnMetadata::default(),
            })?;
        }
    }
    engine.memory.generate_context_summary(session.id)?;
    engine.memory.save_index()
}

/// A file of a few dozen pages has as deep trees as a large one if they are small.
fn small_pages(data: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    Connection::open_with_flags(data, flags)?
        .execute_batch("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM; PRAGMA journal_mode = WAL;")
}

fn envelopes() -> Result<Files, Broken> {
    let vault = envelope::Vault::open()?;
    let sealed = envelope::words().map(|text| vault.keys.seal(&vault.place(), &text).map_err(setup));
    let [nothing, little, compressed] = sealed;
    Ok(vec![
        ("sealed-nothing", nothing?),
        ("sealed-little", little?),
        ("sealed-compressed", compressed?),
        ("text-short", b"\0\x05\x02\x01A text.".to_vec()),
        ("text-long", [&b"\0\x30\x03\x80"[..], &b"again ".repeat(80)].concat()),
    ])
}

fn keys() -> Result<Files, Broken> {
    let [first, second] = KEYS.map(profile::file);
    let (first, place) = (first?, profile::place()?);
    create(&place.path().join("empty"), 0)?;
    let empty = fs::read(place.path().join("empty").join(KEYS[0])).map_err(setup)?;
    Ok(vec![
        ("retired", with_retired(&first)?),
        ("first", first),
        ("second", second?),
        ("without-sessions", empty),
    ])
}

/// The same as the second version of the file, with two keys of master keys that were replaced.
fn with_retired(file: &[u8]) -> Result<Vec<u8>, Broken> {
    let end = file
        .len()
        .checked_sub(64)
        .ok_or_else(|| setup("a keys file without its end"))?;
    let (content, seals) = file.split_at(end);
    let mut out = content.to_vec();
    out.splice(8..12, [0, 2, 0xff, 0xfd]);
    out.push(2);
    out.extend_from_slice(&[7; 120]);
    out.extend_from_slice(seals);
    Ok(out)
}

fn manifests() -> Result<Files, Broken> {
    let written = profile::file(MANIFEST)?;
    let text = String::from_utf8(written.clone()).map_err(setup)?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(setup)?;
    let mac = value.get("mac").and_then(serde_json::Value::as_str).unwrap_or_default();
    let forged = text.replace("\"turns\":", "\"words\":").replace(mac, &"0".repeat(64));
    Ok(vec![
        ("as-written", written),
        ("in-one-line", value.to_string().into_bytes()),
        ("newer", text.replace("\"format\": 1", "\"format\": 2").into_bytes()),
        ("forged", forged.into_bytes()),
    ])
}

/// Streams as providers send them, and every oddity of the format.
fn streams() -> Files {
    let stream = |head: &[u8], text: &[u8]| [head, text].concat();
    let chunk = br#"data: {"choices":[{"delta":{"content":"a \u00e9"}}]}"#;
    let answer = [&chunk[..], b"\n\n", chunk, b"\n\ndata: [DONE]\n\n"].concat();
    vec![
        ("answer", stream(&[0, 0], &answer)),
        ("answer-cut", stream(&[0, 3, 40, 90, 200], &answer)),
        ("byte-order-mark", stream(&[0, 1, 9], b"\xef\xbb\xbfdata: first\n\n")),
        (
            "carriage-returns",
            stream(&[0, 0], b"data: a\rdata: b\r\rdata: c\n\n\r\ndata: d\n\r"),
        ),
        (
            "comments",
            stream(
                &[0, 2, 10, 20],
                b": waiting\n\nevent: error\nid: 7\nretry: 10\ndata\n\n",
            ),
        ),
        (
            "no-utf-8",
            stream(
                &[0, 2, 128, 128],
                b"data: bad \xff\xc3( end \xe6\xa4\n\ndata: \xf0\x9f\xa6",
            ),
        ),
        (
            "several-lines",
            stream(&[1, 1, 77], b"event: x\ndata:a\ndata: b\ndata:\n\ndata: c"),
        ),
    ]
}

fn databases() -> Result<Files, Broken> {
    Ok(vec![
        ("a-row-beyond-counting-salvaged", beyond_counting()?),
        ("unchanged", vec![1]),
        ("unchanged-salvaged", vec![0]),
        ("a-flipped-bit", vec![1, 1, 20, 0, 80, 1, 0]),
        ("a-zeroed-page-salvaged", vec![0, 4, 9, 0, 0, 0, 0]),
        ("cut-off", vec![1, 7, 30, 1, 0, 0, 0]),
        ("two-pages-alike", vec![1, 5, 12, 0, 0, 13, 0, 3, 12, 0, 8, 5, 0]),
    ])
}

/// A whole file, one row of which has a number that nobody counts to. The number of a row is not authenticated, and a flipped
/// bit may change it.
fn beyond_counting() -> Result<Vec<u8>, Broken> {
    let place = profile::place()?;
    let path = place.path().join(DATA);
    fs::write(&path, profile::file(DATA)?).map_err(setup)?;
    let opened = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(setup)?;
    let renumbered = "PRAGMA journal_mode = DELETE; UPDATE turns SET rowid = 1 << 60 WHERE rowid = 2;";
    opened.execute_batch(renumbered).map_err(setup)?;
    drop(opened);
    Ok([fs::read(&path).map_err(setup)?, vec![0]].concat())
}
