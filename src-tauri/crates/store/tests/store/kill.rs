//! kill -9 while writing. It shows that nothing acknowledged waits in the process; it says nothing about power loss,
//! because the system keeps what a dead process handed to it.

use std::{
    collections::{BTreeSet, hash_map::RandomState},
    hash::BuildHasher,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::Stdio,
    thread,
    time::Duration,
};

use ccc_domain::ConversationId;
use ccc_store::{
    Connection, Db, Error,
    tables::{conversations, turns},
};

use crate::common::{Place, assert_sound, child, conversation, conversation_id, create, fill, role, turn};

const TEST: &str = "kill::every_acknowledged_turn_survives_thirty_kills";
const KILLS: u32 = 30;
/// How many threads write in the child, so that batches of several are killed too.
const WRITERS: u32 = 4;

/// Appends a turn as the engine does: the number is allotted, and the count kept, in the same transaction.
fn append(connection: &Connection) -> Result<u32, Error> {
    let mut conversation = conversations::get(connection, conversation_id(1))?.ok_or(Error::Damaged)?;
    conversation.turn_count += 1;
    turns::insert(connection, &turn(conversation.turn_count))?;
    conversations::update(connection, &conversation)?;
    Ok(conversation.turn_count)
}

/// Writes until killed, and says the number of each turn once it is acknowledged.
fn write_until_killed(path: &Path) {
    let db = Db::open(path).unwrap();
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                while let Ok(number) = db.write(append) {
                    // The line begins with a newline: the harness has printed something before.
                    if write!(io::stdout().lock(), "\nturn {number}\n").is_err() {
                        break;
                    }
                }
            });
        }
    });
}

/// Lets the child acknowledge `after` turns, kills it a random moment later, and returns all it acknowledged.
fn kill_after(directory: &Path, after: usize, moment: Duration) -> BTreeSet<u32> {
    let mut process = child(TEST, "write", directory, &[])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut numbers = BufReader::new(process.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("turn ")?.parse().ok());
    let mut acknowledged: BTreeSet<u32> = numbers.by_ref().take(after).collect();
    thread::sleep(moment);
    process.kill().unwrap();
    // What it said before it died counts as well; a line cut in two does not.
    acknowledged.extend(numbers);
    process.wait().unwrap();
    acknowledged
}

fn stored(db: &Db, id: ConversationId) -> (u32, Vec<u32>) {
    db.read(|connection| -> Result<_, Error> {
        let count = conversations::get(connection, id)?.ok_or(Error::Damaged)?.turn_count;
        let numbers = turns::list(connection, id)?
            .into_iter()
            .map(|turn| turn.number)
            .collect();
        Ok((count, numbers))
    })
    .unwrap()
}

#[test]
fn every_acknowledged_turn_survives_thirty_kills() {
    if let Some((_, directory)) = role() {
        return write_until_killed(&directory.join("data.ccc"));
    }
    let place = Place::empty();
    let db = create(&place.path);
    fill(&db, 0);
    db.close().unwrap();
    assert_eq!(conversation(1, 1).turn_count, 0);
    let mut acknowledged = BTreeSet::new();
    for kill in 1..=KILLS {
        let random = RandomState::new().hash_one(kill);
        let after = usize::try_from(random % 40).unwrap();
        let moment = Duration::from_micros((random >> 32) % 5_000);
        acknowledged.extend(kill_after(place.directory.path(), after, moment));
        let db = Db::open(&place.path).unwrap();
        let (count, numbers) = stored(&db, conversation_id(1));
        let seen: BTreeSet<u32> = numbers.iter().copied().collect();
        let lost: Vec<_> = acknowledged.difference(&seen).collect();
        assert!(lost.is_empty(), "kill {kill} ({after} turns, {moment:?}) lost {lost:?}");
        assert_eq!(
            numbers,
            (1..=count).collect::<Vec<_>>(),
            "kill {kill} left half a transaction"
        );
        db.close().unwrap();
        assert_sound(&place.path);
    }
    assert!(
        acknowledged.len() > 300,
        "only {} turns were at stake",
        acknowledged.len()
    );
}
