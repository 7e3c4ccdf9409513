use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use ccc_domain::{Agent, ConversationStatus, ProfileId, TurnMetadata, TurnStatus};
use ccc_store::Db;
use ccc_vault::EncryptionService;

use super::{queue::Limits, *};
use crate::{Clock, core::Core, memory::NewSession};

/// A clock that a test sets.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::Relaxed))
    }
}

struct World {
    memory: MemoryService,
    hands: Arc<Hands>,
    session: SessionId,
}

impl World {
    fn new() -> Self {
        let profile = ProfileId::from_bytes([7; 16]);
        let hands = Arc::new(Hands(AtomicI64::new(1_800_000_000_000)));
        let db = Arc::new(Db::in_memory(profile, hands.now()).unwrap());
        let keys = EncryptionService::throw_away(profile).unwrap();
        let memory = MemoryService::new(db, Arc::new(Core::new(keys, hands.clone())));
        let session = memory.initialize_session(NewSession::default()).unwrap().id;
        Self { memory, hands, session }
    }

    fn pass(&self, ms: i64) {
        self.hands.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// Lets the data file grow no more, or as it likes: SQLite then answers as on a full disk.
    fn full(&self, full: bool) {
        let pages = if full { 1 } else { 1_000_000 };
        let set = move |c: &ccc_store::Connection| -> Result<i64, ccc_store::Error> {
            Ok(c.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get(0))?)
        };
        self.memory.db.write(set).unwrap();
    }

    fn begin(&self, directive: &str) -> (Conversation, Kept) {
        let (conversation, turn) = self.memory.beginning(self.session, directive, None, None).unwrap();
        let kept = self
            .memory
            .keep(Record::Beginning(conversation.clone(), turn), 1)
            .unwrap();
        (conversation, kept)
    }

    fn step(&self, conversation: ConversationId, content: &str) -> StepRecord {
        StepRecord {
            turn: NewTurn {
                id: self.memory.new_id(),
                session_id: self.session,
                conversation_id: conversation,
                agent: Agent::Beatrice,
                speaker: None,
                content: content.to_owned(),
                created_at: self.memory.now(),
                status: TurnStatus::Complete,
                metadata: TurnMetadata::default(),
            },
            receipt: None,
            status: Some(ConversationStatus::Completed),
        }
    }

    /// Where a step was kept: durable, or waiting for this reason.
    fn say(&self, conversation: ConversationId, content: &str, number: u32) -> Result<u32, ErrorCode> {
        let record = Record::Step(self.step(conversation, content));
        match self.memory.keep(record, number).unwrap() {
            Kept::Stored(turn) => Ok(turn.number),
            Kept::Waiting { code, .. } => Err(code),
        }
    }

    fn stored(&self, conversation: ConversationId) -> Vec<String> {
        let turns = self.memory.get_conversation_history(conversation).unwrap();
        turns.into_iter().map(|turn| turn.content).collect()
    }
}

/// Larger than what a page has room for.
fn long(text: &str) -> String {
    use std::fmt::Write;
    (0..20_000u32).fold(text.to_owned(), |mut long, n| {
        let _ = write!(long, " {}", n.wrapping_mul(2_654_435_761));
        long
    })
}

#[test]
fn what_a_full_disk_refuses_waits_in_order_and_is_written_once_there_is_room() {
    let world = World::new();
    let (there, _) = world.begin("Before.");
    world.full(true);
    let first = long("first");
    assert_eq!(world.say(there.id, &first, 2), Err(ErrorCode::DiskFailed));
    let (begun, kept) = world.begin("Meanwhile.");
    assert!(matches!(kept, Kept::Waiting { turn, .. } if turn.number == 1));
    assert_eq!(world.say(begun.id, "second", 2), Err(ErrorCode::DiskFailed));
    let waiting = world.memory.waiting().unwrap();
    assert_eq!(
        (waiting.turns.len(), waiting.code, waiting.is_full),
        (3, ErrorCode::DiskFailed, false)
    );
    assert_eq!(world.stored(there.id), ["Before."]);

    let (said, turns) = world.memory.conversation_as_said(begun.id).unwrap();
    assert_eq!((said.status, said.turn_count), (ConversationStatus::Completed, 2));
    assert_eq!(turns.iter().map(|turn| turn.number).collect::<Vec<_>>(), [1, 2]);

    world.full(false);
    assert_eq!(world.memory.write_waiting(), 3);
    assert_eq!(world.memory.waiting(), None);
    assert_eq!(world.stored(there.id), ["Before.".to_owned(), first]);
    assert_eq!(world.stored(begun.id), ["Meanwhile.", "second"]);
    assert_eq!(
        world.memory.conversation_as_said(begun.id).unwrap(),
        (said, turns),
        "as it was shown"
    );
    assert_eq!(world.memory.get_session(world.session).unwrap().conversation_count, 2);
}

#[test]
fn a_disk_that_failed_is_left_alone_for_its_rest_and_tried_again_by_the_next_who_comes() {
    let world = World::new();
    let (there, _) = world.begin("Before.");
    world.full(true);
    assert_eq!(world.say(there.id, &long("first"), 2), Err(ErrorCode::DiskFailed));
    world.full(false);
    world.pass(999);
    assert_eq!(
        world.say(there.id, "second", 3),
        Err(ErrorCode::DiskFailed),
        "nobody tried"
    );
    assert_eq!(world.stored(there.id).len(), 1);
    world.pass(1);
    assert_eq!(world.say(there.id, "third", 4), Ok(4));
    assert_eq!(world.memory.waiting(), None);
    assert_eq!(world.memory.outage(), None);
    assert_eq!(world.stored(there.id).len(), 4);
}

#[test]
fn a_try_that_fails_costs_one_write_and_doubles_the_rest() {
    let world = World::new();
    let (there, _) = world.begin("Before.");
    world.full(true);
    for (number, text) in [(2, "first"), (3, "second")] {
        assert!(world.say(there.id, &long(text), number).is_err());
    }
    world.pass(1_000);
    assert_eq!(world.memory.try_waiting(), 0);
    world.full(false);
    world.pass(1_000);
    assert_eq!(world.memory.try_waiting(), 0, "two seconds now");
    world.pass(1_000);
    assert_eq!(world.memory.try_waiting(), 2);
}

#[test]
fn what_was_durable_though_its_write_was_said_to_have_failed_is_not_stored_twice() {
    let world = World::new();
    let (begun, turn) = world.memory.beginning(world.session, "Once.", None, None).unwrap();
    let step = world.step(begun.id, "said once");
    let records = [Record::Beginning(begun.clone(), turn), Record::Step(step)].map(Arc::new);
    for (number, record) in (1..).zip(&records) {
        world.memory.write_record(record).unwrap();
        let entry = Entry::new(record.clone(), number, ErrorCode::DiskFailed, world.memory.now());
        world.memory.waiting.push(entry);
    }
    world.say(begun.id, "after it", 3).unwrap();
    assert_eq!(world.memory.waiting(), None, "they were tried first");
    assert_eq!(world.stored(begun.id), ["Once.", "said once", "after it"]);
    assert_eq!(world.memory.get_session(world.session).unwrap().conversation_count, 1);
}

#[test]
fn one_that_can_never_be_stored_holds_up_its_own_conversation_alone() {
    let world = World::new();
    let (begun, turn) = world
        .memory
        .beginning(SessionId::from_bytes([9; 16]), "Nowhere.", None, None)
        .unwrap();
    let lost = Arc::new(Record::Beginning(begun.clone(), turn));
    let after = Arc::new(Record::Step(world.step(begun.id, "after it")));
    for record in [lost, after] {
        world
            .memory
            .waiting
            .push(Entry::new(record, 1, ErrorCode::DiskFailed, world.memory.now()));
    }
    let (there, kept) = world.begin("Elsewhere.");
    assert!(matches!(kept, Kept::Stored(_)));
    assert_eq!(world.say(there.id, "goes on", 2), Ok(2));
    let waiting = world.memory.waiting().unwrap();
    assert_eq!((waiting.turns.len(), waiting.code), (2, ErrorCode::NotFound));
    assert_eq!(
        world.memory.waiting_exports().len(),
        2,
        "and can still be saved elsewhere"
    );
}

#[test]
fn what_cannot_be_sealed_is_written_nowhere_and_that_is_said() {
    let world = World::new();
    let (there, _) = world.begin("Before.");
    let count = || world.memory.db.read(ccc_store::tables::turns::count).unwrap();
    let (before, step) = (count(), world.step(there.id, "not in clear"));
    world.memory.core.keys.destroy_session_key(world.session).unwrap();
    let refused = world.memory.keep(Record::Step(step.clone()), 2).unwrap_err();
    assert!(matches!(refused, Error::Vault(_)), "{refused:?}");
    // Where it waited already it goes on waiting, and is there to be saved elsewhere.
    let entry = Entry::new(
        Arc::new(Record::Step(step)),
        2,
        ErrorCode::DiskFailed,
        world.memory.now(),
    );
    world.memory.waiting.push(entry);
    assert_eq!(world.memory.write_waiting(), 0);
    assert_eq!(world.memory.waiting().map(|waiting| waiting.code), Some(refused.code()));
    assert_eq!((count(), world.memory.waiting_turns().len()), (before, 1));
}

#[test]
fn above_their_room_no_cycle_begins_and_above_all_room_no_step_is_asked_for() {
    let mut world = World::new();
    let limits = Limits {
        begin: 300_000,
        go_on: 600_000,
    };
    Arc::get_mut(&mut world.memory.waiting).unwrap().limits = limits;
    let (there, _) = world.begin("Before.");
    world.full(true);
    let mut number = 1;
    let mut seen = Vec::new();
    for _ in 0..4 {
        number += 1;
        world.say(there.id, &long("more"), number).unwrap_err();
        seen.push((
            world.memory.check_room_to_begin().is_ok(),
            world.memory.has_room_to_go_on(),
        ));
    }
    assert_eq!(seen, [(true, true), (false, true), (false, false), (false, false)]);
    assert_eq!(
        world.memory.waiting_turns().len(),
        4,
        "what was said is kept all the same"
    );
    world.full(false);
    assert!(
        world.memory.check_room_to_begin().is_ok(),
        "the disk is tried before anything is refused"
    );
    assert_eq!(world.memory.waiting(), None);
}

#[test]
fn what_waits_of_a_session_goes_with_the_session() {
    let world = World::new();
    let (there, _) = world.begin("Before.");
    world.full(true);
    world.say(there.id, &long("first"), 2).unwrap_err();
    world.full(false);
    world.memory.delete_session(world.session).unwrap();
    assert_eq!(world.memory.waiting(), None);
    assert_eq!(world.memory.outage(), None);
}
