use std::sync::Arc;

use ccc_domain::{ProfileId, Scope};
use ccc_store::Db;
use ccc_vault::EncryptionService;

use super::*;
use crate::{
    SystemClock,
    core::Core,
    memory::{ContextRequest, NewSession},
};

fn service() -> MemoryService {
    let profile = ProfileId::from_bytes([7; 16]);
    let db = Arc::new(Db::in_memory(profile, Timestamp::default()).unwrap());
    let keys = EncryptionService::throw_away(profile).unwrap();
    MemoryService::new(db, Arc::new(Core::new(keys, Arc::new(SystemClock))))
}

#[test]
fn no_context_of_a_deleted_or_emptied_session_is_kept() {
    let memory = service();
    let session = || {
        let mut new = NewSession::default();
        new.preferences.scope = Scope::All;
        let session = memory.initialize_session(new).unwrap().id;
        memory.start_conversation(session, "Keep the logs.", None).unwrap();
        session
    };
    let (asking, deleted, emptied) = (session(), session(), session());
    let ask = || {
        let request = ContextRequest::default();
        let found = memory.get_relevant_context(asking, "Which logs?", &request).unwrap();
        (found.items.len(), memory.contexts.count())
    };
    assert_eq!(ask(), (3, 1));
    memory.delete_session(deleted).unwrap();
    assert_eq!(memory.contexts.count(), 0, "what quoted it is gone with it");
    assert_eq!(ask(), (2, 1));
    memory.reset_session(emptied).unwrap();
    assert_eq!(memory.contexts.count(), 0);
    assert_eq!(ask(), (1, 1));
}

#[test]
fn a_context_that_was_being_chosen_while_a_session_was_deleted_is_not_kept() {
    let memory = service();
    let session = memory.initialize_session(NewSession::default()).unwrap().id;
    memory.start_conversation(session, "Keep the logs.", None).unwrap();
    let ask = || memory.get_relevant_context(session, "Which logs?", &ContextRequest::default());
    memory.contexts.forget_before(memory.index.generation() + 1);
    ask().unwrap();
    assert_eq!(memory.contexts.count(), 0, "it was begun before");
    memory.index.changed();
    ask().unwrap();
    assert_eq!(memory.contexts.count(), 1, "and this one after");
}

#[test]
fn the_words_of_a_deleted_turn_are_in_the_loaded_index_no_more() {
    let memory = service();
    let session = memory.initialize_session(NewSession::default()).unwrap().id;
    let directive = |text| memory.start_conversation(session, text, None).unwrap().1;
    let deleted = directive("The kandelaber stands in the hall.");
    directive("The hall is long.");
    let begun = |prefix| {
        memory
            .get_relevant_context(session, "Which hall?", &ContextRequest::default())
            .unwrap();
        memory.index.read().complete(prefix, 5)
    };
    assert_eq!(begun("kande"), ["kandelab"]);
    memory.delete_turn(deleted.id).unwrap();
    assert_eq!(begun("kande"), Vec::<String>::new());
    assert_eq!(begun("lon"), ["long"], "the other turn's are");
}
