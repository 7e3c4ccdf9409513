//! How connections to the file are set up.

use std::collections::BTreeMap;

use ccc_store::{Connection, Error};

use crate::common::{Place, create};

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

#[test]
fn sqlite_is_new_enough_to_be_trusted_with_several_connections() {
    let version = rusqlite::version_number();
    assert!(version >= 3_051_003, "{version} has the WAL-reset bug");
}

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
