//! Conversations about the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;

use ccc_engine::{
    Engine,
    domain::{Agent, Conversation, ConversationId, ErrorCode, Preferences, Scope, Session},
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

#[test]
fn what_an_answer_brought_up_is_related_too() {
    let directory = TempDir::new().unwrap();
    let (engine, _) = place::create(directory.path());
    let session = place::session(&engine, "Plans");
    let quorum = say(&engine, &session, "Explain what a quorum is.");
    let asked = say(&engine, &session, "Why did the vote fail?");
    assert_eq!(related(&engine, &asked), [], "they share no word yet");
    let answer = place::turn(&engine, &asked, "The quorum was missed: a quorum needs three replicas.");
    engine.memory.store_conversation_turn(answer).unwrap();
    let found = related(&engine, &asked);
    assert_eq!(ids(&found), [quorum.id]);
    assert_eq!(found[0].reason, "shares “quorum”");
}

#[test]
fn related_conversations_are_looked_for_where_memory_is() {
    let directory = TempDir::new().unwrap();
    let (engine, _) = place::create(directory.path());
    let (session, elsewhere) = (place::session(&engine, "Here"), place::session(&engine, "There"));
    let third = place::session(&engine, "Nowhere");
    let asked = say(&engine, &session, "How long do we keep the logs?");
    let there = say(&engine, &elsewhere, "Keep the logs of the others.");
    let nowhere = say(&engine, &third, "Keep the logs.");
    let scoped = |scope: Scope| {
        let preferences = Preferences {
            scope,
            ..Preferences::default()
        };
        engine.memory.set_preferences(session.id, preferences).unwrap();
        let mut found = ids(&related(&engine, &asked));
        found.sort_unstable();
        found
    };
    assert_eq!(scoped(Scope::Session), []);
    assert_eq!(scoped(Scope::Chosen(vec![elsewhere.id])), [there.id]);
    assert_eq!(scoped(Scope::All), [there.id, nowhere.id]);
    engine.memory.delete_session_later(third.id).unwrap();
    assert_eq!(scoped(Scope::All), [there.id], "out of sight");
}
