//! What the file looks like inside.

use std::{fs, path::Path};

use ccc_store::{Connection, Db, Error, open};

use crate::common::{Place, create, profile};

/// Columns that are readable in the file, each known to hold no word of the person's.
const CLEAR: [&str; 34] = [
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
    "mac",
    "name",
    "one",
    "pattern_id",
    "piece",
    "pinned",
    "profile_id",
    "receipt_id",
    "requested_at",
    "row_mac",
    "saved_at",
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
