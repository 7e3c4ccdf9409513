//! What the file looks like inside, and how connections to it are set up.

use std::{collections::BTreeMap, fs, path::Path};

use ccc_store::{Connection, Db, Error, open};

use crate::common::{Place, create, profile};

/// Columns that are readable in the file, each known to hold no word of the person's.
const CLEAR: [&str; 33] = [
    "action",
    "agent",
    "at",
    "actor",
    "audit_id",
    "branch_of",
    "chain",
    "conversation_count",
    "conversation_id",
    "created_at",
    "entity",
    "entity_id",
    "last_active_at",
    "last_turn_id",
    "mac",
    "name",
    "one",
    "pattern_id",
    "pinned",
    "profile_id",
    "receipt_id",
    "requested_at",
    "row_mac",
    "segment",
    "session_id",
    "started_at",
    "state_id",
    "status",
    "summary_id",
    "turn_count",
    "turn_id",
    "turn_number",
    "updated_at",
];

/// Kinds of value that must never be readable, and the tables they are in.
const SEALED: [(&str, &str); 15] = [
    ("agent_states", "state_sealed"),
    ("audit", "detail_sealed"),
    ("context_summaries", "summary_sealed"),
    ("conversations", "directive_sealed"),
    ("drafts", "draft_sealed"),
    ("index_partitions", "partition_sealed"),
    ("patterns", "pattern_sealed"),
    ("receipts", "receipt_sealed"),
    ("sessions", "preferences_sealed"),
    ("sessions", "title_sealed"),
    ("settings", "value_sealed"),
    ("turns", "content_sealed"),
    ("turns", "metadata_sealed"),
    ("turns", "speaker_sealed"),
    ("profile", ""),
];

fn column<T: rusqlite::types::FromSql>(connection: &Connection, sql: &str) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare(sql)?;
    let values = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(values)
}

fn ask<T: rusqlite::types::FromSql>(db: &Db, sql: &str) -> Vec<T> {
    db.read(|connection| column(connection, sql)).unwrap()
}

#[test]
fn the_schema_is_the_committed_one() {
    let place = Place::empty();
    let db = create(&place.path);
    let statements: Vec<String> = ask(
        &db,
        "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'refinery_%'
         ORDER BY tbl_name, type DESC, name",
    );
    let schema = statements.join("\n\n") + "\n";
    let seen = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema.sql");
    fs::write(&seen, &schema).unwrap();
    let committed = include_str!("../schema.sql").replace("\r\n", "\n");
    assert_eq!(
        schema,
        committed,
        "if meant, tests/schema.sql becomes {}",
        seen.display()
    );
}

#[test]
fn every_table_is_strict() {
    let place = Place::empty();
    let db = create(&place.path);
    let loose: Vec<String> = ask(
        &db,
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'",
    );
    assert_eq!(
        loose,
        ["refinery_schema_history"],
        "the one table we do not make ourselves"
    );
}

#[test]
fn only_listed_columns_are_readable() {
    let place = Place::empty();
    let db = create(&place.path);
    let from = "FROM pragma_table_list t JOIN pragma_table_info(t.name) c
                WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE 'refinery_%'";
    let clear: Vec<String> = ask(
        &db,
        &format!("SELECT DISTINCT c.name {from} AND c.name NOT LIKE '%\\_sealed' ESCAPE '\\' ORDER BY c.name"),
    );
    let mut listed = CLEAR.to_vec();
    listed.sort_unstable();
    assert_eq!(clear, listed, "a new readable column is a decision");
    let sealed: Vec<String> = ask(
        &db,
        &format!("SELECT t.name || '.' || c.name || ' ' || c.type {from} AND c.name LIKE '%\\_sealed' ESCAPE '\\'"),
    );
    for (table, column) in SEALED.iter().filter(|(_, column)| !column.is_empty()) {
        let wanted = format!("{table}.{column} BLOB");
        assert!(sealed.contains(&wanted), "{wanted} is not among {sealed:?}");
    }
    assert_eq!(sealed.len(), SEALED.len() - 1, "every sealed column is listed");
}

#[test]
fn every_foreign_key_is_led_by_an_index() {
    let place = Place::empty();
    let db = create(&place.path);
    let tables = "FROM pragma_table_list t";
    let keys: Vec<String> = ask(
        &db,
        &format!("SELECT t.name || '.' || k.\"from\" {tables} JOIN pragma_foreign_key_list(t.name) k ORDER BY 1"),
    );
    let led: Vec<String> = ask(
        &db,
        &format!(
            "SELECT t.name || '.' || c.name {tables} JOIN pragma_index_list(t.name) i
             JOIN pragma_index_info(i.name) c WHERE c.seqno = 0"
        ),
    );
    let without: Vec<_> = keys.iter().filter(|key| !led.contains(key)).collect();
    assert_eq!(
        without,
        Vec::<&String>::new(),
        "deleting a parent would scan the whole table"
    );
    assert_eq!(keys.len(), 10, "the check looked at something: {keys:?}");
}

#[test]
fn the_header_says_whose_file_it_is_and_of_which_schema() {
    let place = Place::empty();
    let db = create(&place.path);
    let found: Vec<i64> = [
        "SELECT application_id FROM pragma_application_id",
        "SELECT user_version FROM pragma_user_version",
    ]
    .iter()
    .flat_map(|sql| ask(&db, sql))
    .collect();
    assert_eq!(found, [i64::from(u32::from_be_bytes(*b"CCC1")), 1]);
    assert_eq!(db.read(ccc_store::tables::profile::get).unwrap(), profile());
    db.close().unwrap();
    assert_eq!(open::recognise(&place.path).unwrap(), 1);
}

#[test]
fn sqlite_is_new_enough_to_be_trusted_with_several_connections() {
    let version = rusqlite::version_number();
    assert!(version >= 3_051_003, "{version} has the WAL-reset bug");
}

const PRAGMAS: [(&str, &str); 14] = [
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("fullfsync", "1"),
    ("checkpoint_fullfsync", "1"),
    ("foreign_keys", "1"),
    ("secure_delete", "1"),
    ("temp_store", "2"),
    ("trusted_schema", "0"),
    ("cell_size_check", "1"),
    ("mmap_size", "0"),
    ("cache_size", "-16000"),
    ("journal_size_limit", "67108864"),
    ("busy_timeout", "5000"),
    ("query_only", ""),
];

fn pragmas(connection: &Connection) -> Result<BTreeMap<&'static str, String>, Error> {
    PRAGMAS
        .into_iter()
        .map(|(name, _)| {
            let value = connection.query_row(&format!("PRAGMA {name}"), [], |row| {
                row.get::<_, rusqlite::types::Value>(0)
            })?;
            let text = match value {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            };
            Ok((name, text))
        })
        .collect()
}

#[test]
fn connections_are_durable_checked_and_readers_read_only() {
    let place = Place::empty();
    let db = create(&place.path);
    let expected = |query_only: &str| {
        let mut expected: BTreeMap<_, _> = PRAGMAS
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        expected.insert("query_only", query_only.to_owned());
        expected
    };
    assert_eq!(db.write(pragmas).unwrap(), expected("0"));
    assert_eq!(db.read(pragmas).unwrap(), expected("1"));
}

#[test]
fn tricks_of_a_hostile_file_are_refused() {
    let place = Place::empty();
    let db = create(&place.path);
    for (sql, why) in [
        ("ATTACH ':memory:' AS other", "no second database"),
        ("SELECT \"no such column\"", "a misspelt name is no text"),
        (
            "CREATE TABLE x (a TEXT CHECK (a <> \"text\"))",
            "not in definitions either",
        ),
        (
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = '' WHERE name = 'turns'",
            "the schema is not a table",
        ),
    ] {
        let refused = db.write(move |connection| -> Result<(), Error> { Ok(connection.execute_batch(sql)?) });
        assert!(matches!(refused, Err(Error::Unexpected(_))), "{why}: {refused:?}");
    }
}
