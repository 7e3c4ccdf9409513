//! Rows changed behind the engine's back: each change is noticed when the row is next read, and nothing of it is shown.
//!
//! Whoever can write the file but has no key may swap cells, edit what stands in clear, remove rows or put older ones
//! back. What the file alone cannot show is a consistent older state of a whole row; the last test says which.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

#[path = "damage/original.rs"]
mod original;
mod place;

use std::fs;

use ccc_engine::{
    Profile,
    domain::{ConversationId, ErrorCode, Preferences, Session, SessionId, TurnId},
};

use crate::{
    original::{
        CONTEXT, CONVERSATION, CONVERSATIONS, Changed, EVERYTHING, HISTORY, OPTIONS, Original, Read, SESSION, SESSIONS,
        SETTING, STATE, SUMMARIES, TURN, connect, original,
    },
    place::{reopen, turn},
};

#[test]
fn an_untouched_copy_reads_whole() {
    let original = original();
    for (n, read) in EVERYTHING.into_iter().enumerate() {
        assert_eq!(original.copied().read(read), Ok(()), "read {n}");
    }
}

/// Exchanges the cells of `column` in the two rows of `table` with these keys.
fn swapped<'a>(of: &'a Original, table: &str, column: &str, key: &str, rows: [[u8; 16]; 2]) -> Changed<'a> {
    let sql = format!(
        "UPDATE {table} SET {column} = (SELECT o.{column} FROM {table} o WHERE o.{key} <> {table}.{key}
            AND o.{key} IN (?1, ?2)) WHERE {key} IN (?1, ?2)"
    );
    of.changed(&sql, rows)
}

#[test]
fn cells_that_change_places_are_noticed() {
    let of = original();
    let sessions = of.sessions.map(SessionId::to_bytes);
    let conversations = of.conversations.map(ConversationId::to_bytes);
    let within = [of.turns[0][0], of.turns[0][1]].map(TurnId::to_bytes);
    let across = [of.turns[0][0], of.turns[1][0]].map(TurnId::to_bytes);
    for column in ["content_sealed", "metadata_sealed"] {
        for rows in [within, across] {
            swapped(&of, "turns", column, "turn_id", rows).assert_noticed(column, &[HISTORY, TURN]);
        }
    }
    swapped(
        &of,
        "conversations",
        "directive_sealed",
        "conversation_id",
        conversations,
    )
    .assert_noticed("directive", &[CONVERSATION, CONVERSATIONS, HISTORY]);
    for column in ["title_sealed", "preferences_sealed", "row_mac"] {
        swapped(&of, "sessions", column, "session_id", sessions).assert_noticed(column, &[SESSION, SESSIONS, OPTIONS]);
    }
    swapped(&of, "context_summaries", "summary_sealed", "session_id", sessions).assert_noticed("summary", &[SUMMARIES]);
    swapped(&of, "agent_states", "state_sealed", "session_id", sessions).assert_noticed("state", &[STATE]);
}

#[test]
fn settings_that_change_places_are_noticed() {
    let of = original();
    of.changed(
        "UPDATE settings SET value_sealed = (SELECT o.value_sealed FROM settings o WHERE o.name <> settings.name)",
        [],
    )
    .assert_noticed("setting", &[SETTING]);
}

#[test]
fn a_cell_of_the_same_row_under_another_column_is_noticed() {
    let of = original();
    of.changed("UPDATE turns SET content_sealed = metadata_sealed", [])
        .assert_noticed("metadata as content", &[TURN, HISTORY]);
    of.changed("UPDATE turns SET speaker_sealed = content_sealed", [])
        .assert_noticed("content as speaker", &[TURN, HISTORY]);
    of.changed("UPDATE sessions SET title_sealed = preferences_sealed", [])
        .assert_noticed("preferences as title", &[SESSION, SESSIONS]);
}

#[test]
fn a_conversation_moved_to_another_session_gives_it_no_memory() {
    let of = original();
    let [from, to] = of.sessions.map(SessionId::to_bytes);
    of.changed(
        "UPDATE conversations SET session_id = ?2 WHERE session_id = ?1",
        [from, to],
    )
    .assert_noticed("a moved conversation", &[CONTEXT, CONVERSATION, HISTORY]);
}

#[test]
fn a_clear_column_of_a_turn_that_was_edited_is_noticed() {
    let of = original();
    for edit in [
        "agent = 'beatrice'",
        "status = 'interrupted'",
        "created_at = created_at + 1",
        "turn_number = turn_number + 10",
        "session_id = zeroblob(16)",
    ] {
        let reads: &[Read] = if edit.starts_with("session_id") {
            &[HISTORY]
        } else {
            &[TURN, HISTORY]
        };
        of.changed(&format!("UPDATE turns SET {edit}"), [])
            .assert_noticed(edit, reads);
    }
    let [to, of_turn] = [of.conversations[1].to_bytes(), of.turns[0][0].to_bytes()];
    of.changed(
        "UPDATE turns SET conversation_id = ?1, turn_number = 9 WHERE turn_id = ?2",
        [to, of_turn],
    )
    .assert_noticed("a turn moved to another conversation", &[TURN, HISTORY]);
}

#[test]
fn a_clear_column_of_a_conversation_that_was_edited_is_noticed() {
    let of = original();
    for edit in [
        "status = 'completed'",
        "turn_count = turn_count + 1",
        "turn_count = turn_count - 1",
        "created_at = created_at + 1",
        "chain = zeroblob(32)",
        "row_mac = zeroblob(32)",
        "branch_of = zeroblob(16)",
    ] {
        of.changed(&format!("UPDATE conversations SET {edit}"), [])
            .assert_noticed(edit, &[CONVERSATION, CONVERSATIONS, HISTORY]);
    }
}

#[test]
fn a_clear_column_of_a_session_that_was_edited_is_noticed() {
    let of = original();
    for edit in [
        "status = 'archived'",
        "pinned = 1",
        "created_at = created_at + 1",
        "last_active_at = last_active_at + 1",
        "conversation_count = conversation_count + 1",
        "row_mac = zeroblob(32)",
    ] {
        of.changed(&format!("UPDATE sessions SET {edit}"), [])
            .assert_noticed(edit, &[SESSION, SESSIONS]);
    }
}

#[test]
fn a_clear_column_of_what_is_derived_that_was_edited_is_noticed() {
    let of = original();
    for edit in [
        "updated_at = updated_at + 1",
        "conversation_count = 7",
        "created_at = 0",
    ] {
        of.changed(&format!("UPDATE context_summaries SET {edit}"), [])
            .assert_noticed(edit, &[SUMMARIES]);
    }
    of.changed("UPDATE agent_states SET updated_at = 0", [])
        .assert_noticed("updated_at", &[STATE]);
    of.changed("UPDATE settings SET updated_at = 0", [])
        .assert_noticed("updated_at", &[SETTING]);
}

#[test]
fn a_missing_turn_is_noticed_wherever_it_stood() {
    let of = original();
    for turn in of.turns[0] {
        of.changed("DELETE FROM turns WHERE turn_id = ?1", [turn.to_bytes()])
            .assert_noticed("a deleted turn", &[HISTORY]);
    }
    of.changed("DELETE FROM turns", [])
        .assert_noticed("all turns deleted", &[HISTORY]);
}

#[test]
fn a_missing_conversation_is_noticed() {
    let of = original();
    of.changed(
        "DELETE FROM conversations WHERE conversation_id = ?1",
        [of.conversations[1].to_bytes()],
    )
    .assert_noticed("a deleted conversation", &[CONVERSATIONS]);
}

#[test]
fn a_turn_under_a_second_number_is_noticed() {
    let of = original();
    of.changed(
        "INSERT INTO turns SELECT randomblob(16), session_id, conversation_id, 4, agent, status, created_at,
            speaker_sealed, content_sealed, metadata_sealed FROM turns WHERE turn_id = ?1",
        [of.turns[0][0].to_bytes()],
    )
    .assert_noticed("a repeated turn", &[HISTORY]);
}

/// The profile after more was said and its sessions renamed, with rows of `table` as they were in `of`.
fn with_older<'a>(of: &'a Original, columns: &str, table: &str, key: &str) -> Changed<'a> {
    let copy = of.copied();
    let engine = reopen(copy.directory.path(), &of.recovery).unwrap();
    let conversation = engine.memory.get_conversation(of.conversations[0]).unwrap();
    let later = turn(&engine, &conversation, "said later");
    engine.memory.store_conversation_turn(later).unwrap();
    engine.memory.rename_session(of.sessions[0], "Renamed").unwrap();
    engine
        .memory
        .set_preferences(
            of.sessions[0],
            Preferences {
                memory: false,
                ..Preferences::default()
            },
        )
        .unwrap();
    drop(engine);
    let connection = connect(copy.directory.path());
    // The store lets no connection of its own attach files; this one is not its own.
    let older = of.directory.path().join("data.ccc");
    connection
        .execute("ATTACH ?1 AS older", [older.to_str().unwrap()])
        .unwrap();
    let set = format!(
        "UPDATE {table} SET ({columns}) = (SELECT {columns} FROM older.{table} o WHERE o.{key} = {table}.{key})
            WHERE EXISTS (SELECT 1 FROM older.{table} o WHERE o.{key} = {table}.{key})"
    );
    assert!(connection.execute(&set, []).unwrap() > 0);
    copy
}

#[test]
fn an_older_cell_that_is_put_back_is_noticed() {
    let of = original();
    for column in ["title_sealed", "preferences_sealed", "last_active_at", "row_mac"] {
        with_older(&of, column, "sessions", "session_id").assert_noticed(column, &[SESSION, SESSIONS]);
    }
    for column in ["turn_count", "chain", "row_mac"] {
        with_older(&of, column, "conversations", "conversation_id")
            .assert_noticed(column, &[CONVERSATION, CONVERSATIONS, HISTORY]);
    }
}

#[test]
fn an_older_row_of_a_conversation_that_is_put_back_is_noticed() {
    let of = original();
    with_older(
        &of,
        "status, turn_count, chain, row_mac",
        "conversations",
        "conversation_id",
    )
    .assert_noticed("an older row", &[HISTORY]);
}

#[test]
fn an_edited_or_missing_audit_entry_breaks_the_chain_there() {
    let of = original();
    let broken_at = |sql: &str| {
        let changed = of.changed(sql, []);
        let engine = reopen(changed.directory.path(), &of.recovery).unwrap();
        engine.audit.verify().unwrap().broken_at
    };
    assert_eq!(broken_at("UPDATE audit SET at = at + 1 WHERE audit_id = 4"), Some(4));
    assert_eq!(
        broken_at("UPDATE audit SET actor = 'beatrice' WHERE audit_id = 5"),
        Some(5)
    );
    assert_eq!(
        broken_at("UPDATE audit SET entity_id = zeroblob(16) WHERE audit_id = 6"),
        Some(6)
    );
    assert_eq!(broken_at("DELETE FROM audit WHERE audit_id = 3"), Some(3));
    assert_eq!(broken_at("DELETE FROM audit WHERE audit_id = 1"), Some(1));
    let moved = "UPDATE audit SET (at, actor, action, entity, entity_id, mac) =
        (SELECT at, actor, action, entity, entity_id, mac FROM audit o WHERE o.audit_id = 2) WHERE audit_id = 7";
    assert_eq!(broken_at(moved), Some(7));
}

#[test]
fn another_profiles_data_file_is_refused() {
    let (of, other) = (original(), original());
    let copy = of.copied();
    fs::copy(
        other.directory.path().join("data.ccc"),
        copy.directory.path().join("data.ccc"),
    )
    .unwrap();
    assert_eq!(copy.read(SESSIONS), Err(ErrorCode::KeysMismatch));
}

/// Not a promise but a limit, written down so that it is known: these rows were all genuine once, and nothing in the
/// file says that they are not the newest. The audit trail still names what was done after them.
#[test]
fn a_whole_row_as_it_once_was_is_shown_as_it_was() {
    let of = original();
    let columns = "last_active_at, status, pinned, conversation_count, title_sealed, preferences_sealed, row_mac";
    let older = with_older(&of, columns, "sessions", "session_id");
    let engine = reopen(older.directory.path(), &of.recovery).unwrap();
    let Session { title, .. } = engine.memory.get_session(of.sessions[0]).unwrap();
    assert_eq!(title, "First", "the name it had before it was renamed");
    let trail = engine.audit.list(0, 1_000).unwrap();
    let renamed = |e: &&ccc_engine::audit::AuditEntry| e.action == "rename";
    assert_eq!(
        trail.iter().filter(renamed).count(),
        1,
        "that it was renamed is on record"
    );
}

#[test]
fn a_profile_without_its_data_is_not_made_anew() {
    let of = original();
    let copy = of.copied();
    fs::remove_file(copy.directory.path().join("data.ccc")).unwrap();
    assert_eq!(copy.read(SESSIONS), Err(ErrorCode::DataDamaged));
    let left = Profile::acquire(copy.directory.path(), place::keychain()).unwrap();
    assert!(
        !left.data_file().exists(),
        "an empty file in its place would look like nothing was ever said"
    );
}
