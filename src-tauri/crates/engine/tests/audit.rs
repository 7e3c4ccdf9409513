//! The audit trail: reads are in it, its end is anchored outside the data file, and what was done to it is noticed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;

use std::fs;

use ccc_engine::{
    Engine, RecoveryKey,
    audit::{AnchorState, AuditFilter},
    domain::ErrorCode,
};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

struct Trail {
    directory: TempDir,
    recovery: RecoveryKey,
}

impl Trail {
    /// A profile with some work in it, closed cleanly.
    fn closed() -> Self {
        let directory = TempDir::new().unwrap();
        let (engine, recovery) = place::create(directory.path());
        for title in ["one", "two", "three"] {
            place::session(&engine, title);
        }
        engine.lock();
        Self { directory, recovery }
    }

    fn open(&self) -> Engine {
        place::reopen(self.directory.path(), &self.recovery).unwrap()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    fn behind(&self, sql: &str) {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let file = Connection::open_with_flags(self.path("data.ccc"), flags).unwrap();
        assert!(file.execute(sql, []).unwrap() > 0, "{sql}");
    }

    fn verified(&self) -> (Option<u64>, AnchorState) {
        let report = self.open().audit.verify().unwrap();
        (report.broken_at, report.anchor)
    }
}

fn by(field: impl FnOnce(&mut AuditFilter)) -> AuditFilter {
    let mut filter = AuditFilter::default();
    field(&mut filter);
    filter
}

#[test]
fn a_trail_whose_end_is_cut_off_is_noticed() {
    let trail = Trail::closed();
    assert_eq!(trail.verified(), (None, AnchorState::Holds));
    trail.behind("DELETE FROM audit WHERE audit_id = (SELECT max(audit_id) FROM audit)");
    assert_eq!(trail.verified(), (None, AnchorState::Cut));
    // Going on does not cover it up, however long.
    let engine = trail.open();
    for n in 0..80 {
        place::session(&engine, &n.to_string());
    }
    engine.lock();
    drop(engine);
    assert_eq!(trail.verified(), (None, AnchorState::Cut));
}

#[test]
fn a_whole_older_data_file_is_noticed_until_it_is_accepted() {
    let trail = Trail::closed();
    let older = fs::read(trail.path("data.ccc")).unwrap();
    let engine = trail.open();
    place::session(&engine, "later");
    engine.lock();
    drop(engine);
    fs::write(trail.path("data.ccc"), older).unwrap();
    assert_eq!(trail.verified(), (None, AnchorState::Cut));
    let engine = trail.open();
    engine.audit.accept().unwrap();
    let told = engine
        .audit
        .find(&by(|f| f.action = Some("accept".to_owned())), 10)
        .unwrap();
    assert_eq!(told.len(), 1, "and that it was is in the trail");
    drop(engine);
    assert_eq!(trail.verified(), (None, AnchorState::Holds));
}

#[test]
fn an_anchor_that_was_changed_or_is_another_profiles_is_not_believed() {
    let trail = Trail::closed();
    let file = trail.path("audit-head.ccc");
    let whole = fs::read(&file).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&file, changed).unwrap();
        assert_eq!(
            trail.open().audit.verify().unwrap().anchor,
            AnchorState::Unreadable,
            "byte {at}"
        );
    }
    fs::copy(Trail::closed().path("audit-head.ccc"), &file).unwrap();
    assert_eq!(trail.verified(), (None, AnchorState::Unreadable));
    fs::remove_file(&file).unwrap();
    assert_eq!(
        trail.verified(),
        (None, AnchorState::Holds),
        "by the note of the last commit"
    );
    fs::remove_file(trail.path("audit-last.ccc")).unwrap();
    assert_eq!(trail.verified(), (None, AnchorState::Missing));
}

#[test]
fn an_anchor_may_lag_behind_as_after_a_crash() {
    let trail = Trail::closed();
    let engine = trail.open();
    place::session(&engine, "not anchored");
    drop(engine);
    let alone = |engine: &Engine| {
        // Without the note of the last commit, which does not lag.
        fs::remove_file(trail.path("audit-last.ccc")).unwrap();
        engine.audit.verify().unwrap()
    };
    let report = alone(&trail.open());
    assert_eq!(
        (report.anchor, report.anchored_at < Some(report.entries)),
        (AnchorState::Holds, true)
    );
    let engine = trail.open();
    for n in 0..70 {
        place::session(&engine, &n.to_string());
        engine.audit.settle_if_due();
    }
    let report = alone(&engine);
    assert!(report.anchored_at.unwrap() + 64 > report.entries, "{report:?}");
}

#[test]
fn reads_are_in_the_trail_counted_and_none_waits_for_it() {
    let directory = TempDir::new().unwrap();
    let (engine, _) = place::create(directory.path());
    let session = place::session(&engine, "one");
    let conversation = place::conversation(&engine, session.id);
    let entries = || engine.audit.verify().unwrap().entries;
    let before = entries();
    for _ in 0..3 {
        engine.memory.get_conversation_history(conversation.id).unwrap();
    }
    assert_eq!(entries(), before, "a read writes nothing");
    engine.audit.settle();
    let id = Some(conversation.id.to_string());
    let read = engine.audit.find(&by(|f| f.entity_id.clone_from(&id)), 10).unwrap();
    let shown: Vec<_> = read
        .iter()
        .map(|entry| (entry.action.as_str(), entry.entity.as_str()))
        .collect();
    assert_eq!(
        shown,
        [("read", "conversation"), ("create", "conversation")],
        "newest first"
    );
    assert!(read[0].detail.as_ref().unwrap().starts_with("3 times since "));
    assert!(engine.audit.verify().unwrap().holds());
}

#[test]
fn reading_one_session_or_conversation_is_in_the_trail_and_what_is_looked_up_for_something_else_is_not() {
    let directory = TempDir::new().unwrap();
    let (engine, _) = place::create(directory.path());
    let session = place::session(&engine, "one");
    let conversation = place::conversation(&engine, session.id);
    engine.audit.settle();
    let entries = || engine.audit.verify().unwrap().entries;
    let before = entries();
    for _ in 0..2 {
        engine.memory.get_session(session.id).unwrap();
        engine.memory.get_conversation(conversation.id).unwrap();
    }
    // Its preferences are looked up.
    engine.cycle_options(session.id, true, None).unwrap();
    engine.memory.related_conversations(conversation.id, 3).unwrap();
    assert_eq!(entries(), before, "a read writes nothing");
    engine.audit.settle();
    assert_eq!(entries(), before + 3, "one entry each, however often");
    let read = |id: String| {
        let found = engine.audit.find(&by(|f| f.entity_id = Some(id)), 10).unwrap();
        let of_read = found.into_iter().filter(|entry| entry.action == "read");
        of_read
            .map(|entry| (entry.entity, entry.detail.unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    for (id, entity) in [
        (session.id.to_string(), "session"),
        (conversation.id.to_string(), "conversation"),
    ] {
        let found = read(id);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, entity);
        assert!(found[0].1.starts_with("2 times since "), "{found:?}");
    }
}

#[test]
fn entries_are_found_by_each_of_their_fields_and_page_by_page() {
    let trail = Trail::closed();
    let engine = trail.open();
    let all = engine.audit.find(&AuditFilter::default(), 1_000).unwrap();
    let numbers = |filter: &AuditFilter, limit| {
        let found = engine.audit.find(filter, limit).unwrap();
        found.iter().map(|entry| entry.number).collect::<Vec<_>>()
    };
    let expected = |of: &dyn Fn(&ccc_engine::audit::AuditEntry) -> bool| {
        all.iter()
            .filter(|entry| of(entry))
            .map(|entry| entry.number)
            .collect::<Vec<_>>()
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        numbers(&by(|f| f.action = text("create")), 99),
        expected(&|e| e.action == "create")
    );
    assert_eq!(
        numbers(&by(|f| f.entity = text("session")), 99),
        expected(&|e| e.entity == "session")
    );
    assert_eq!(numbers(&by(|f| f.actor = text("nobody")), 99), Vec::<u64>::new());
    let middle = all[all.len() / 2].at;
    assert_eq!(
        numbers(&by(|f| f.from = Some(middle)), 99),
        expected(&|e| e.at >= middle)
    );
    assert_eq!(
        numbers(&by(|f| f.until = Some(middle)), 99),
        expected(&|e| e.at < middle)
    );
    let page = numbers(&AuditFilter::default(), 2);
    let next = numbers(&by(|f| f.before = page.last().copied()), 2);
    assert_eq!(
        [page, next].concat(),
        all.iter().take(4).map(|e| e.number).collect::<Vec<_>>()
    );
    let no_id = engine.audit.find(&by(|f| f.entity_id = text("x")), 1).unwrap_err();
    assert_eq!(no_id.code(), ErrorCode::InvalidInput);
    assert!(
        engine
            .audit
            .kinds()
            .unwrap()
            .iter()
            .any(|kind| kind.entity == "session" && kind.action == "create")
    );
}

#[test]
fn the_trail_is_exported_whole_with_what_verifying_it_found() {
    let trail = Trail::closed();
    let engine = trail.open();
    let elsewhere = TempDir::new().unwrap();
    let file = elsewhere.path().join("trail.json");
    let count = engine.audit.export(&file, false).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(json["format"], "ccc-audit");
    assert_eq!(json["verified"]["anchor"], "holds");
    assert_eq!(json["entries"].as_array().unwrap().len(), count);
    assert_eq!(json["verified"]["entries"], count);
    let refused = engine.audit.export(&file, false).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::AlreadyExists);
}
