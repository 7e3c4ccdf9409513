//! Deleting turns, conversations and sessions: nothing of their text is left in the data file, its log, the index, what
//! quoted them, or an export; and what stays still holds together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;
mod scripted;

use std::{fs, path::Path, sync::Arc};

use ccc_engine::{
    Engine, RecoveryKey,
    cycle::{CycleReport, CycleUpdate, Order},
    domain::{ContextItem, ErrorCode, Preferences, Scope, SessionId, Turn, TurnId},
    memory::{ContextRequest, ErasureReport, NewSession, SearchRequest, Target},
};
use rusqlite::{Connection, OpenFlags};
use scripted::{Ear, Scripted};
use tempfile::TempDir;

/// A word that is said in one turn and nowhere else.
const CANARY: &str = "kandelaber";

struct Desk {
    directory: TempDir,
    engine: Engine,
    recovery: RecoveryKey,
    /// Where the canary is said.
    said: SessionId,
    /// Another session, whose memory is everything.
    other: SessionId,
}

impl Desk {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let (engine, recovery) = place::create(directory.path());
        let said = place::session(&engine, "").id;
        let preferences = Preferences {
            scope: Scope::All,
            ..Preferences::default()
        };
        let new = NewSession {
            title: "Elsewhere".to_owned(),
            preferences,
            ..NewSession::default()
        };
        let other = engine.memory.initialize_session(new).unwrap().id;
        Self {
            directory,
            engine,
            recovery,
            said,
            other,
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("data.ccc")
    }

    /// A conversation of three turns, the second of which holds the canary.
    fn conversation(&self) -> Vec<Turn> {
        let memory = &self.engine.memory;
        let (begun, first) = memory.start_conversation(self.said, "Furnish the hall.", None).unwrap();
        let say = |text: &str| {
            memory
                .store_conversation_turn(place::turn(&self.engine, &begun, text))
                .unwrap()
        };
        let text = format!("The {CANARY} stands in the hall by the long window.");
        vec![first, say(&text), say("There is nothing else in the room yet.")]
    }

    /// A cycle elsewhere that is given what was said about the hall; its report, and whether it was sent the canary.
    async fn quoting_cycle(&self) -> (CycleReport, bool) {
        let model: Arc<Scripted> = Arc::default();
        let [analyse, execute, review] = model.mouths();
        analyse.answer("the plan");
        execute.answer("the work");
        review.answer("Fine.\n\naccept");
        let (mut ear, listener) = Ear::new();
        let order = Order::run(self.other, "What stands in the hall by the window?");
        self.engine.cycle.start(order, model.options(), listener).await.unwrap();
        let report = ear.rest().await.1.unwrap();
        (report, model.sent(0).contains(CANARY))
    }

    /// Everything that is sealed of the canary now, as it lies in the file.
    fn sealed(&self) -> Vec<Vec<u8>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let file = Connection::open_with_flags(self.path(), flags).unwrap();
        let session = self.said.to_bytes();
        let mut sealed = Vec::new();
        for sql in [
            "SELECT content_sealed FROM turns WHERE session_id = ?1 AND turn_number = 2",
            "SELECT summary_sealed FROM context_summaries WHERE session_id = ?1",
            "SELECT partition_sealed FROM index_partitions WHERE session_id = ?1",
            "SELECT receipt_sealed FROM receipts WHERE session_id <> ?1 AND length(receipt_sealed) > 400",
        ] {
            let mut statement = file.prepare(sql).unwrap();
            let rows = statement.query_map([session], |row| row.get::<_, Vec<u8>>(0)).unwrap();
            let before = sealed.len();
            sealed.extend(rows.map(Result::unwrap));
            assert!(sealed.len() > before, "there is something to look for: {sql}");
        }
        sealed
    }

    /// How many of these, or pieces of them, are still in the data file or its log.
    fn left(&self, sealed: &[Vec<u8>]) -> usize {
        let files =
            ["data.ccc", "data.ccc-wal"].map(|name| fs::read(self.directory.path().join(name)).unwrap_or_default());
        // A long one lies in several pages: any 24 bytes of it would do for finding it.
        let pieces = sealed.iter().flat_map(|bytes| bytes.chunks_exact(24).step_by(4));
        let within = |piece: &[u8]| files.iter().any(|file| file.windows(24).any(|window| window == piece));
        pieces.filter(|piece| within(piece)).count()
    }

    fn hits(&self, query: &str) -> usize {
        let request = SearchRequest {
            query: query.to_owned(),
            limit: 20,
            offset: 0,
        };
        self.engine.search(&request, &|| false).unwrap().hits.len()
    }

    fn given(&self) -> Vec<String> {
        let request = ContextRequest::default();
        let memory = &self.engine.memory;
        let found = memory
            .get_relevant_context(self.other, "What stands in the hall?", &request)
            .unwrap();
        found.items.into_iter().map(|item| item.text).collect()
    }

    /// All that can be read and exported of both sessions, as one text.
    fn everything(&self, engine: &Engine) -> String {
        let exports = engine
            .memory
            .list_sessions(ccc_engine::memory::SessionFilter::All)
            .unwrap();
        let exports = exports
            .iter()
            .map(|session| engine.collect_session(session.id).unwrap());
        exports.map(|export| serde_json::to_string(&export).unwrap()).collect()
    }
}

fn behind(path: &Path, sql: &str, id: TurnId) {
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    assert_eq!(file.execute(sql, [id.to_bytes()]).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_turn_leaves_its_place_and_nothing_of_what_it_said() {
    let desk = Desk::new();
    let memory = &desk.engine.memory;
    let turns = desk.conversation();
    let (report, was_sent) = desk.quoting_cycle().await;
    assert!(was_sent, "it was quoted");
    assert!(
        memory
            .generate_context_summary(desk.said)
            .unwrap()
            .text
            .contains(CANARY)
    );
    let mut preferences = memory.get_session(desk.said).unwrap().preferences;
    preferences.pinned_turns.push(turns[1].id);
    memory.set_preferences(desk.said, preferences).unwrap();
    memory.save_index().unwrap();
    let sealed = desk.sealed();
    assert_eq!((desk.hits(CANARY), desk.left(&sealed) > 0), (1, true));

    let erased = desk.engine.delete_turn(turns[1].id).unwrap();
    let expected = ErasureReport {
        turns: 1,
        receipts: 2,
        summaries: 1,
        own_summaries: 0,
        title: false,
        log_emptied: true,
    };
    assert_eq!(erased, expected, "analyse and execute quoted it");
    assert_eq!(desk.left(&sealed), 0, "not in the file, not in its log");
    assert_eq!(desk.hits(CANARY), 0);
    assert!(desk.given().iter().all(|text| !text.contains(CANARY)));
    let place = memory.get_turn(turns[1].id).unwrap();
    assert_eq!(
        (place.number, place.content.as_str(), place.is_deleted()),
        (2, "", true)
    );
    assert_eq!(memory.get_session(desk.said).unwrap().preferences.pinned_turns, []);

    let receipt = memory.get_receipt(report.turns[1].id).unwrap().unwrap();
    let quoted = receipt
        .context
        .items
        .iter()
        .find(|item| item.turn_id == turns[1].id)
        .unwrap();
    assert_eq!(
        (quoted.text.as_str(), quoted.reason.as_str()),
        (ContextItem::DELETED, ContextItem::DELETED)
    );
    assert!(
        receipt.context.block.contains("The ccc:memory block"),
        "and the rest is as it was"
    );
    memory.save_index().unwrap();
    assert!(!desk.everything(&desk.engine).contains(CANARY));
    let (_, is_sent) = desk.quoting_cycle().await;
    assert!(!is_sent);

    let path = desk.directory.path().to_owned();
    let Desk {
        engine,
        recovery,
        directory,
        said,
        ..
    } = desk;
    drop(engine);
    let engine = place::reopen(&path, &recovery).unwrap();
    let history = engine
        .memory
        .get_conversation_history(turns[0].conversation_id)
        .unwrap();
    assert_eq!(history.iter().map(|turn| turn.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(
        engine
            .memory
            .list_summaries(said)
            .unwrap()
            .iter()
            .all(|summary| !summary.text.contains(CANARY))
    );
    assert_eq!(engine.audit.verify().unwrap().broken_at, None);
    behind(
        &path.join("data.ccc"),
        "DELETE FROM turns WHERE turn_id = ?1",
        turns[1].id,
    );
    let missing = engine
        .memory
        .get_conversation_history(turns[0].conversation_id)
        .unwrap_err();
    assert_eq!(missing.code(), ErrorCode::DataDamaged, "its place is missed");
    drop(directory);
}

#[tokio::test]
async fn a_directive_takes_the_title_that_was_made_of_it_along() {
    let desk = Desk::new();
    let turns = desk.conversation();
    let memory = &desk.engine.memory;
    assert_eq!(memory.get_session(desk.said).unwrap().title, "Furnish the hall.");
    assert!(desk.engine.delete_turn(turns[0].id).unwrap().title);
    assert_eq!(memory.get_session(desk.said).unwrap().title, "");
    assert_eq!(memory.get_conversation(turns[0].conversation_id).unwrap().directive, "");
    assert!(!desk.everything(&desk.engine).contains("Furnish"));
    let order = Order::Resume(turns[0].conversation_id);
    let (_, listener) = Ear::new();
    let model: Arc<Scripted> = Arc::default();
    let refused = desk
        .engine
        .cycle
        .start(order, model.options(), listener)
        .await
        .unwrap_err();
    assert_eq!(
        refused.code(),
        ErrorCode::CycleState,
        "nothing is asked for without its directive"
    );
    let again = desk.engine.delete_turn(turns[0].id).unwrap_err();
    assert_eq!(again.code(), ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_conversation_goes_whole_and_its_session_holds_together() {
    let desk = Desk::new();
    let turns = desk.conversation();
    let kept = desk
        .engine
        .memory
        .start_conversation(desk.said, "Paint the hall.", None)
        .unwrap()
        .0;
    desk.quoting_cycle().await;
    desk.engine.memory.generate_context_summary(desk.said).unwrap();
    desk.engine.memory.save_index().unwrap();
    let sealed = desk.sealed();
    let erased = desk.engine.delete_conversation(turns[0].conversation_id).unwrap();
    assert_eq!(
        (erased.turns, erased.receipts, erased.title, erased.log_emptied),
        (3, 2, true, true)
    );
    assert_eq!(desk.left(&sealed), 0);
    assert_eq!(desk.hits(CANARY), 0);
    assert!(!desk.everything(&desk.engine).contains(CANARY));
    let left = desk.engine.memory.list_conversations(desk.said).unwrap();
    assert_eq!(left.iter().map(|c| c.id).collect::<Vec<_>>(), [kept.id]);
    let gone = desk.engine.delete_conversation(turns[0].conversation_id).unwrap_err();
    assert_eq!(gone.code(), ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_session_was_given_of_a_deleted_session_goes_with_it() {
    let desk = Desk::new();
    desk.conversation();
    let (_, was_sent) = desk.quoting_cycle().await;
    assert!(was_sent);
    assert!(desk.everything(&desk.engine).contains(CANARY));
    desk.engine.memory.delete_session(desk.said).unwrap();
    let left = desk.everything(&desk.engine);
    assert!(!left.contains(CANARY) && left.contains(r#""text":"deleted""#), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_that_runs_elsewhere_does_not_write_again_what_was_deleted() {
    let desk = Desk::new();
    let turns = desk.conversation();
    let model: Arc<Scripted> = Arc::default();
    let [analyse, execute, review] = model.mouths();
    let (mut ear, listener) = Ear::new();
    let order = Order::run(desk.other, "What stands in the hall by the window?");
    desk.engine.cycle.start(order, model.options(), listener).await.unwrap();
    analyse.begin();
    // Long enough for a draft, which holds the receipt too.
    analyse.say(&"the plan ".repeat(400));
    ear.until(|update| matches!(update, CycleUpdate::Text { .. })).await;
    assert!(model.sent(0).contains(CANARY));
    desk.engine.delete_turn(turns[1].id).unwrap();
    analyse.finish();
    execute.answer("the work");
    review.answer("Fine.\n\naccept");
    ear.rest().await;
    assert!(!desk.everything(&desk.engine).contains(CANARY));
}

#[test]
fn a_conversation_that_does_not_hold_together_is_not_made_to_by_deleting_from_it() {
    let desk = Desk::new();
    let turns = desk.conversation();
    behind(&desk.path(), "DELETE FROM turns WHERE turn_id = ?1", turns[2].id);
    let refused = desk.engine.delete_turn(turns[1].id).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DataDamaged);
    assert_eq!(
        desk.engine.memory.get_turn(turns[1].id).unwrap(),
        turns[1],
        "nothing was deleted"
    );
}

#[test]
fn what_is_to_be_deleted_is_out_of_sight_and_comes_back_when_that_is_taken_back() {
    let desk = Desk::new();
    let (memory, space) = (&desk.engine.memory, desk.engine.lasting_space());
    let turns = desk.conversation();
    let conversation = turns[0].conversation_id;
    let target = Target::Turn(turns[1].id);
    memory.delete_later(target).unwrap();
    assert_eq!(
        (desk.hits(CANARY), desk.given().iter().any(|text| text.contains(CANARY))),
        (0, false)
    );
    assert!(space.history(conversation).unwrap().turns[1].is_deleted());
    memory.undo_erasure(target).unwrap();
    assert_eq!(
        (desk.hits(CANARY), space.history(conversation).unwrap().turns),
        (1, turns.clone())
    );
    assert_eq!(memory.undo_erasure(target).unwrap_err().code(), ErrorCode::NotFound);

    let whole = Target::Conversation(conversation);
    memory.delete_later(whole).unwrap();
    assert_eq!(
        (space.conversations(desk.said).unwrap(), desk.hits(CANARY)),
        (Vec::new(), 0)
    );
    assert_eq!(memory.carry_out_deletions().unwrap(), 0, "its time is not over");
    assert_eq!(memory.carry_out_all_deletions().unwrap(), 1);
    assert_eq!(
        memory.get_conversation(conversation).unwrap_err().code(),
        ErrorCode::NotFound
    );
    assert_eq!(memory.undo_erasure(whole).unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn locking_carries_out_what_could_still_be_taken_back() {
    let desk = Desk::new();
    let turns = desk.conversation();
    desk.engine.memory.delete_later(Target::Turn(turns[1].id)).unwrap();
    desk.engine.lock();
    let Desk {
        directory,
        engine,
        recovery,
        ..
    } = desk;
    drop(engine);
    let engine = place::reopen(directory.path(), &recovery).unwrap();
    assert!(engine.memory.get_turn(turns[1].id).unwrap().is_deleted());
}

#[test]
fn everything_is_every_session_and_its_key() {
    let desk = Desk::new();
    desk.conversation();
    assert_eq!(desk.engine.delete_everything().unwrap(), 2);
    assert_eq!(desk.everything(&desk.engine), "");
    assert_eq!(desk.engine.memory.turn_count().unwrap(), 0);
    let Desk {
        directory,
        engine,
        recovery,
        ..
    } = desk;
    drop(engine);
    // No session ever had a key, as far as the keys file knows.
    fs::remove_file(directory.path().join("data.ccc")).unwrap();
    assert!(place::reopen(directory.path(), &recovery).is_ok());
}
