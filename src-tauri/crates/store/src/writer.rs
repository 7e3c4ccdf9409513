//! The writer: one connection, lent to whoever writes; those who come meanwhile share the next commit.
//!
//! A durable commit costs one wait for the disk. While one caller waits for it, the jobs of others gather, and one of
//! them commits them all, so eight appenders do not pay eight times. Each job but the first of a batch, before which
//! there is nothing to keep, runs in its own savepoint: one that fails takes back its own changes and no one else's.
//!
//! Why lent and not a thread of its own: waking that thread and being woken by it is a part of every append that a
//! lone writer can do without.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SendError, SyncSender, sync_channel},
    },
};

use rusqlite::Connection;

use crate::{Error, pragma};

/// How many jobs share a commit at most, so that none waits long for its answer.
const BATCH: usize = 64;

/// Work for the writer: run inside the batch's transaction, then told how the batch ended.
trait Job: Send {
    /// An error is the batch's, not the job's own: its transaction is gone, or holds a part of the job.
    fn run(&mut self, connection: &Connection, first: bool) -> Result<(), Error>;
    fn finish(self: Box<Self>, committed: Result<(), &Error>);
    /// Gives the connection to the caller who waits for this job; back, if nobody does.
    fn lead(&self, connection: Connection) -> Result<(), Connection>;
}

/// What a waiting caller is sent.
enum Reply<T, E> {
    /// Its turn has come to run what is waiting, its own job first.
    Lead(Connection),
    /// How its job ended.
    Answer(Result<T, E>),
}

struct Task<F, T, E> {
    work: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: SyncSender<Reply<T, E>>,
}

impl<F, T, E> Task<F, T, E> {
    /// A job, and where its caller hears of it. There is room for both replies: sending never waits.
    fn new(work: F) -> (Self, Receiver<Reply<T, E>>) {
        let (reply, heard) = sync_channel(2);
        let task = Self {
            work: Some(work),
            outcome: None,
            reply,
        };
        (task, heard)
    }
}

impl<F, T, E> Job for Task<F, T, E>
where
    F: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, connection: &Connection, first: bool) -> Result<(), Error> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        if !first {
            pragma::execute(connection, "SAVEPOINT job")?;
        }
        // A panic in one job must not take the others of its batch with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(connection)))
            .unwrap_or_else(|_| Err(Error::Unexpected("a write panicked".to_owned()).into()));
        let failed = outcome.is_err();
        self.outcome = Some(outcome);
        // A full or failing disk makes SQLite take back the whole transaction: what ran so far is lost, and said so.
        if connection.is_autocommit() {
            return Err(Error::Io);
        }
        match (first, failed) {
            (true, false) => Ok(()),
            (true, true) => {
                pragma::execute(connection, "ROLLBACK")?;
                pragma::execute(connection, "BEGIN IMMEDIATE")
            }
            (false, true) => {
                pragma::execute(connection, "ROLLBACK TO job")?;
                pragma::execute(connection, "RELEASE job")
            }
            (false, false) => pragma::execute(connection, "RELEASE job"),
        }
    }

    fn finish(self: Box<Self>, committed: Result<(), &Error>) {
        let outcome = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(Error::Closed.into()),
            // A job that failed by itself keeps its own reason; the others learn why the batch was lost.
            (Err(_), Some(Err(own))) => Err(own),
            (Err(error), _) => Err(again(error).into()),
        };
        // The caller may have gone; what was committed stays committed.
        let _ = self.reply.send(Reply::Answer(outcome));
    }

    fn lead(&self, connection: Connection) -> Result<(), Connection> {
        match self.reply.send(Reply::Lead(connection)) {
            Err(SendError(Reply::Lead(connection))) => Err(connection),
            Ok(()) | Err(SendError(Reply::Answer(_))) => Ok(()),
        }
    }
}

/// The same failure, for the next caller of a batch that was lost.
fn again(error: &Error) -> Error {
    match error {
        Error::DiskFull => Error::DiskFull,
        Error::NotWritable => Error::NotWritable,
        Error::Busy => Error::Busy,
        Error::Damaged => Error::Damaged,
        Error::Closed => Error::Closed,
        _ => Error::Io,
    }
}

/// The writing connection, and who waits for it.
pub struct Writer(Mutex<Desk>);

struct Desk {
    /// None while it is lent.
    connection: Option<Connection>,
    /// Jobs nobody runs yet, in the order they came. Empty while the connection is here.
    waiting: VecDeque<Box<dyn Job>>,
}

impl Writer {
    /// Over this connection.
    pub fn new(connection: Connection) -> Self {
        Self(Mutex::new(Desk {
            connection: Some(connection),
            waiting: VecDeque::new(),
        }))
    }

    /// Runs `work`, alone or in a batch, and returns when it is durable.
    pub fn run<T, E>(&self, work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (task, heard) = Task::new(work);
        let idle = {
            let mut desk = self.desk();
            desk.waiting.push_back(Box::new(task));
            desk.connection.take()
        };
        if let Some(connection) = idle {
            self.lead(connection);
        }
        self.wait(&heard)
    }

    /// Waits for the answer, leading a batch where that falls to this caller.
    fn wait<T, E: From<Error>>(&self, heard: &Receiver<Reply<T, E>>) -> Result<T, E> {
        loop {
            match heard.recv() {
                Ok(Reply::Lead(connection)) => self.lead(connection),
                Ok(Reply::Answer(outcome)) => return outcome,
                Err(_) => return Err(Error::Closed.into()),
            }
        }
    }

    /// Runs and commits a batch of what is waiting, answers it, and hands the connection on.
    fn lead(&self, connection: Connection) {
        let lent = Lent {
            writer: self,
            connection: Some(connection),
        };
        let Some(connection) = &lent.connection else { return };
        let mut batch = Vec::new();
        let committed = self.commit(connection, &mut batch);
        for job in batch {
            job.finish(committed.as_ref().copied());
        }
    }

    /// Runs the batch, joined by whatever arrives meanwhile, and commits it: wholly, or not at all.
    fn commit(&self, connection: &Connection, batch: &mut Vec<Box<dyn Job>>) -> Result<(), Error> {
        let committed = pragma::execute(connection, "BEGIN IMMEDIATE")
            .and_then(|()| self.run_all(connection, batch))
            .and_then(|()| pragma::execute(connection, "COMMIT"));
        if committed.is_err() {
            // Whoever did not run yet but led this batch is told too.
            if batch.is_empty() {
                batch.extend(self.desk().waiting.pop_front());
            }
            if !connection.is_autocommit() {
                pragma::execute(connection, "ROLLBACK")?;
            }
        }
        committed
    }

    fn run_all(&self, connection: &Connection, batch: &mut Vec<Box<dyn Job>>) -> Result<(), Error> {
        while batch.len() < BATCH {
            let Some(job) = self.desk().waiting.pop_front() else {
                break;
            };
            let first = batch.is_empty();
            batch.push(job);
            if let Some(job) = batch.last_mut() {
                job.run(connection, first)?;
            }
        }
        Ok(())
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the connection, its log folded into the file.
    pub fn close(self) -> Result<(), Error> {
        self.stop()
    }

    fn stop(&self) -> Result<(), Error> {
        let connection = self.desk().connection.take();
        connection.map_or(Ok(()), pragma::close)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(code = %error.code(), "the data file was not closed cleanly");
        }
    }
}

/// The connection in a leader's hands: goes to the next who waits, or back, also when the leader panics.
struct Lent<'a> {
    writer: &'a Writer,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if !connection.is_autocommit()
            && let Err(error) = pragma::execute(&connection, "ROLLBACK")
        {
            tracing::error!(code = %error.code(), "a transaction could not be taken back");
        }
        let mut desk = self.writer.desk();
        for job in &desk.waiting {
            match job.lead(connection) {
                Ok(()) => return,
                Err(back) => connection = back,
            }
        }
        desk.connection = Some(connection);
    }
}

#[cfg(test)]
mod tests;
