//! Batches made certain: all jobs wait before one of their callers leads.

use std::{path::PathBuf, sync::Arc};

use tempfile::TempDir;

use super::*;

type Work = Box<dyn FnOnce(&Connection) -> Result<i64, Error> + Send>;

const FAILED: &str = "the disk failed";
const TAKEN: &str = "a row with that key exists, or one it refers to does not";

struct Bench {
    _directory: TempDir,
    path: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data.ccc");
        let connection = pragma::open_new(&path).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE parents (n INTEGER PRIMARY KEY) STRICT;
                 CREATE TABLE rows (n INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (n)) STRICT;
                 INSERT INTO rows (n) VALUES (0);",
            )
            .unwrap();
        pragma::close(connection).unwrap();
        Self {
            _directory: directory,
            path,
        }
    }

    /// The answers to `works`, all of them waiting when the writer starts.
    fn answers(&self, works: Vec<Work>) -> Vec<Result<i64, String>> {
        let writer = Writer::new(pragma::open_writer(&self.path).unwrap());
        let connection = writer.desk().connection.take().unwrap();
        let heard: Vec<_> = works.into_iter().map(|work| put(&writer, work)).collect();
        writer.lead(connection);
        let answers = heard.iter().map(|heard| writer.wait(heard));
        let answers = answers
            .map(|answer| answer.map_err(|error: Error| error.to_string()))
            .collect();
        writer.close().unwrap();
        answers
    }

    fn kept(&self) -> Vec<i64> {
        kept(&pragma::open_reader(&self.path).unwrap())
    }
}

/// Lets `work` wait.
fn put(writer: &Writer, work: Work) -> Receiver<Reply<i64, Error>> {
    let (task, heard) = Task::new(work);
    writer.desk().waiting.push_back(Box::new(task));
    heard
}

fn kept(connection: &Connection) -> Vec<i64> {
    let mut statement = connection.prepare("SELECT n FROM rows ORDER BY n").unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn add(n: i64) -> Work {
    Box::new(move |connection| {
        connection.execute("INSERT INTO rows (n) VALUES (?1)", [n])?;
        Ok(n)
    })
}

fn run(sql: &'static str) -> Work {
    Box::new(move |connection| {
        connection.execute_batch(sql)?;
        Ok(0)
    })
}

#[test]
fn a_failing_job_takes_back_its_own_changes_and_no_one_elses() {
    let bench = Bench::new();
    let path = bench.path.clone();
    let works = vec![
        add(1),
        run("INSERT INTO rows (n) VALUES (2); INSERT INTO rows (n) VALUES (1);"),
        Box::new(|connection| {
            connection.execute("INSERT INTO rows (n) VALUES (3)", [])?;
            Err(Error::Damaged)
        }),
        add(4),
        // Proves that it was one batch: others do not see yet what this job sees.
        Box::new(move |connection| {
            assert_eq!(kept(connection), [0, 1, 4]);
            assert_eq!(kept(&pragma::open_reader(&path)?), [0]);
            Ok(5)
        }),
    ];
    let expected = [
        Ok(1),
        Err(TAKEN.to_owned()),
        Err("the data file is damaged".to_owned()),
        Ok(4),
        Ok(5),
    ];
    assert_eq!(bench.answers(works), expected);
    assert_eq!(
        bench.kept(),
        [0, 1, 4],
        "rows 2 and 3 belonged to jobs that failed later"
    );
}

#[test]
fn a_panicking_job_is_answered_and_the_writer_lives_on() {
    let bench = Bench::new();
    let works = vec![
        add(1),
        Box::new(|connection: &Connection| {
            connection.execute("INSERT INTO rows (n) VALUES (2)", [])?;
            panic!("on purpose")
        }),
        add(3),
    ];
    let panicked = Err("BUG: unexpected database state: a write panicked".to_owned());
    assert_eq!(bench.answers(works), [Ok(1), panicked, Ok(3)]);
    assert_eq!(bench.kept(), [0, 1, 3]);
}

#[test]
fn a_lost_transaction_is_told_to_everybody_in_the_batch_and_to_no_one_else() {
    let bench = Bench::new();
    // The hundredth makes SQLite roll back the whole transaction, as a full disk does.
    let mut works: Vec<Work> = (1..=200).map(add).collect();
    works[99] = run("INSERT INTO rows (n) VALUES (100); INSERT OR ROLLBACK INTO rows (n) VALUES (0);");
    let answers = bench.answers(works);
    let expected: Vec<_> = (1..=200)
        .map(|n| match n {
            65..=99 => Err(FAILED.to_owned()),
            100 => Err(TAKEN.to_owned()),
            _ => Ok(n),
        })
        .collect();
    assert_eq!(
        answers, expected,
        "batches are of 64; the second ends with the lost job"
    );
    let kept: Vec<i64> = (0..=64).chain(101..=200).collect();
    assert_eq!(bench.kept(), kept, "what was told lost is not there");
}

#[test]
fn a_job_that_hides_a_lost_transaction_loses_the_batch_all_the_same() {
    let bench = Bench::new();
    let swallow: Work = Box::new(|connection| {
        let _ = connection.execute("INSERT OR ROLLBACK INTO rows (n) VALUES (0)", []);
        Ok(2)
    });
    let replace = run("ROLLBACK; BEGIN; INSERT INTO rows (n) VALUES (3);");
    let lost = Err(FAILED.to_owned());
    assert_eq!(
        bench.answers(vec![add(1), swallow]),
        [lost.clone(), lost.clone()],
        "an error not passed on changes nothing"
    );
    assert_eq!(
        bench.answers(vec![add(1), replace]),
        [lost.clone(), lost],
        "nor does a transaction of the job's own"
    );
    assert_eq!(bench.kept(), [0]);
}

#[test]
fn a_commit_that_fails_is_told_to_everybody_and_the_next_batch_goes_through() {
    let bench = Bench::new();
    let orphan = run("PRAGMA defer_foreign_keys = ON; INSERT INTO rows (n, parent) VALUES (2, 9);");
    let mut works = vec![add(1), orphan];
    works.extend((3..=64).map(add));
    works.push(add(65));
    let answers = bench.answers(works);
    assert!(
        answers[..64].iter().all(|a| *a == Err(FAILED.to_owned())),
        "the first batch of 64 hangs on one commit: {answers:?}"
    );
    assert_eq!(answers[64], Ok(65));
    assert_eq!(bench.kept(), [0, 65]);
}

/// Writes down what others see, and what is in the batch, before and after each commit.
struct Clerk {
    reader: Mutex<Connection>,
    /// Of somebody in the first batch.
    answer: Mutex<Option<Receiver<Reply<i64, Error>>>>,
    batch: Mutex<Vec<i64>>,
    seen: Mutex<Vec<(Vec<i64>, Vec<i64>)>>,
    taken_back: Mutex<u32>,
}

impl Clerk {
    fn new(path: &std::path::Path) -> Self {
        Self {
            reader: Mutex::new(pragma::open_reader(path).unwrap()),
            answer: Mutex::default(),
            batch: Mutex::default(),
            seen: Mutex::default(),
            taken_back: Mutex::default(),
        }
    }

    fn see(&self) {
        let answer = self.answer.lock().unwrap();
        let answered = answer.as_ref().is_some_and(|reply| reply.try_recv().is_ok());
        assert!(!answered, "before anybody is answered");
        let others = kept(&self.reader.lock().unwrap());
        let batch = self.batch.lock().unwrap().clone();
        self.seen.lock().unwrap().push((others, batch));
    }
}

impl Witness for Clerk {
    fn taken_back(&self) {
        *self.taken_back.lock().unwrap() += 1;
    }

    fn look(&self, connection: &Connection) {
        assert!(!connection.is_autocommit());
        *self.batch.lock().unwrap() = kept(connection);
        self.see();
    }

    fn committed(&self) {
        self.see();
        *self.answer.lock().unwrap() = None;
    }
}

#[test]
fn a_commit_is_witnessed_before_anybody_is_answered_and_a_failed_one_is_not() {
    let bench = Bench::new();
    let clerk = Arc::new(Clerk::new(&bench.path));
    let writer = Writer::new(pragma::open_writer(&bench.path).unwrap()).witnessed_by(clerk.clone());
    let connection = writer.desk().connection.take().unwrap();
    *clerk.answer.lock().unwrap() = Some(put(&writer, add(1)));
    let failing = put(&writer, add(0));
    drop(put(&writer, add(2)));
    writer.lead(connection);
    assert!(matches!(failing.recv(), Ok(Reply::Answer(Err(Error::Constraint)))));
    let rows = vec![0, 1, 2];
    let expected = [(vec![0], rows.clone()), (rows.clone(), rows)];
    assert_eq!(*clerk.seen.lock().unwrap(), expected, "what others see, and the batch");
    assert_eq!(*clerk.taken_back.lock().unwrap(), 1, "one job of three");
    let orphan = run("PRAGMA defer_foreign_keys = ON; INSERT INTO rows (n, parent) VALUES (9, 9);");
    assert!(writer.run(orphan).is_err());
    assert_eq!(clerk.seen.lock().unwrap().len(), 3, "looked at, and not committed");
    assert_eq!(
        *clerk.taken_back.lock().unwrap(),
        2,
        "and the batch that no commit took"
    );
    assert!(writer.run(add(0)).is_err());
    assert_eq!(*clerk.taken_back.lock().unwrap(), 3, "and the first job of a batch");
}

#[test]
fn an_answer_no_one_waits_for_stops_nothing() {
    let bench = Bench::new();
    let writer = Writer::new(pragma::open_writer(&bench.path).unwrap());
    let connection = writer.desk().connection.take().unwrap();
    for n in 1..=2 {
        drop(put(&writer, add(n)));
    }
    writer.lead(connection);
    writer.close().unwrap();
    assert_eq!(bench.kept(), [0, 1, 2]);
}

#[test]
fn the_connection_goes_past_those_who_are_gone_to_the_next_who_waits() {
    let bench = Bench::new();
    let writer = Writer::new(pragma::open_writer(&bench.path).unwrap());
    let connection = writer.desk().connection.take().unwrap();
    let mut heard: Vec<_> = (1..=70).map(|n| put(&writer, add(n))).collect();
    // The second batch begins with the 65th, which nobody waits for.
    drop(heard.remove(64));
    writer.lead(connection);
    let answers: Vec<i64> = heard.iter().map(|heard| writer.wait(heard).unwrap()).collect();
    assert_eq!(answers, (1..=64).chain(66..=70).collect::<Vec<_>>());
    assert!(writer.desk().connection.is_some(), "it is back when all are served");
    assert_eq!(bench.kept(), (0..=70).collect::<Vec<_>>());
}

#[test]
fn a_first_job_that_fails_leaves_nothing_and_the_rest_is_kept() {
    let bench = Bench::new();
    let failing: Work = Box::new(|connection| {
        connection.execute("INSERT INTO rows (n) VALUES (1)", [])?;
        Err(Error::Damaged)
    });
    let damaged = Err("the data file is damaged".to_owned());
    assert_eq!(bench.answers(vec![failing, add(2)]), [damaged, Ok(2)]);
    assert_eq!(bench.kept(), [0, 2], "row 1 belonged to the job that failed");
}

#[test]
fn a_batch_that_cannot_begin_is_told_to_its_leader_and_the_next_goes_through() {
    let bench = Bench::new();
    let writer = Writer::new(pragma::open_writer(&bench.path).unwrap());
    let connection = writer.desk().connection.take().unwrap();
    connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let other = pragma::open_writer(&bench.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let heard = put(&writer, add(1));
    writer.lead(connection);
    assert!(matches!(writer.wait(&heard), Err(Error::Busy)));
    other.execute_batch("ROLLBACK").unwrap();
    assert!(matches!(writer.run(add(2)), Ok(2)));
    assert_eq!(bench.kept(), [0, 2]);
}
