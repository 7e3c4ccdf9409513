//! Conversations about the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;

use ccc_engine::{
    Engine,
    domain::{Agent, Conversation, ConversationId, ErrorCode, Preferences, Session},
    memory::RelatedConversation,
};
use tempfile::TempDir;

fn say(engine: &Engine, session: &Session, directive: &str) -> Conversation {
    engine.memory.start_conversation(session.id, directive, None).unwrap().0
}

fn related(engine: &Engine, to: &Conversation) -> Vec<RelatedConversation> {
    engine.memory.related_conversations(to.id, 3).unwrap()
}

fn ids(found: &[RelatedConversation]) -> Vec<ConversationId> {
    found.iter().map(|each| each.conversation_id).collect()
}

#[test]
fn conversations_that_share_words_come_best_first_once_each_and_never_the_one_itself() {
    let directory = TempDir::new().unwrap();
    let (engine, _) = place::create(directory.path());
    let session = place::session(&engine, "Plans");
    let weak = say(&engine, &session, "Name the release after a bird.");
    let strong = say(&engine, &session, "Keep the release notes in one file.");
    let other = say(&engine, &session, "Water the garden.");
    let asked = say(&engine, &session, "Where are the release notes?");
    // A second turn of a conversation that is there already.
    let mut again = place::turn(&engine, &strong, "Notes on notes: the notes of each release.");
    again.agent = Agent::Wykeve;
    let best = engine.memory.store_conversation_turn(again).unwrap();
    let found = related(&engine, &asked);
    assert_eq!(
        ids(&found),
        [strong.id, weak.id],
        "not itself, not {:?}, which shares no word",
        other.id
    );
    assert_eq!(
        found[0],
        RelatedConversation {
            conversation_id: strong.id,
            session_id: session.id,
            turn_id: best.id,
            directive: "Keep the release notes in one file.".to_owned(),
            created_at: strong.created_at,
            reason: "shares “release”, “notes”".to_owned(),
        }
    );
    assert_eq!(engine.memory.related_conversations(asked.id, 1).unwrap(), found[..1]);
    assert_eq!(related(&engine, &other), []);
}

#[test]
fn another_session_and_one_about_to_be_deleted_give_nothing() {
    let directory = TempDir::new().unwrap();
    let (engine, _) = place::create(directory.path());
    let (session, elsewhere) = (place::session(&engine, "Here"), place::session(&engine, "There"));
    let first = say(&engine, &session, "Keep the logs.");
    let asked = say(&engine, &session, "How long do we keep the logs?");
    say(&engine, &elsewhere, "Keep the logs of the others.");
    assert_eq!(ids(&related(&engine, &asked)), [first.id], "this session's alone");
    engine.memory.delete_session_later(session.id).unwrap();
    assert_eq!(related(&engine, &asked), [], "out of sight");
    engine.memory.undo_deletion(session.id).unwrap();
    assert_eq!(ids(&related(&engine, &asked)), [first.id]);
    engine.memory.delete_session(session.id).unwrap();
    let gone = engine.memory.related_conversations(asked.id, 3).unwrap_err();
    assert_eq!(gone.code(), ErrorCode::NotFound);
}

#[test]
fn a_muted_turn_speaks_for_no_conversation() {
    let directory = TempDir::new().unwrap();
    let (engine, _) = place::create(directory.path());
    let session = place::session(&engine, "Plans");
    let (first, turn) = engine
        .memory
        .start_conversation(session.id, "Keep the logs.", None)
        .unwrap();
    let asked = say(&engine, &session, "How long do we keep the logs?");
    assert_eq!(ids(&related(&engine, &asked)), [first.id]);
    let preferences = Preferences {
        muted_turns: vec![turn.id],
        ..Preferences::default()
    };
    engine.memory.set_preferences(session.id, preferences).unwrap();
    assert_eq!(related(&engine, &asked), []);
}
