//! One caller's work, and how it hears of it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SendError, SyncSender, sync_channel},
};

use rusqlite::Connection;

use crate::{Error, pragma};

/// Work for the writer: run inside the batch's transaction, then told how the batch ended.
pub trait Job: Send {
    /// Whether its work stands; if not, it was taken back. An error is the batch's, not the job's own: its transaction is
    /// gone, or holds a part of the job.
    fn run(&mut self, connection: &Connection, first: bool) -> Result<bool, Error>;
    fn finish(self: Box<Self>, committed: Result<(), &Error>);
    /// Gives the connection to the caller who waits for this job; back, if nobody does.
    fn lead(&self, connection: Connection) -> Result<(), Connection>;
}

/// What a waiting caller is sent.
pub enum Reply<T, E> {
    /// Its turn has come to run what is waiting, its own job first.
    Lead(Connection),
    /// How its job ended.
    Answer(Result<T, E>),
}

pub struct Task<F, T, E> {
    work: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: SyncSender<Reply<T, E>>,
}

impl<F, T, E> Task<F, T, E> {
    /// A job, and where its caller hears of it. There is room for both replies: sending never waits.
    pub fn new(work: F) -> (Self, Receiver<Reply<T, E>>) {
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
    fn run(&mut self, connection: &Connection, first: bool) -> Result<bool, Error> {
        let Some(work) = self.work.take() else {
            return Ok(true);
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
            (true, false) => {}
            (true, true) => {
                pragma::execute(connection, "ROLLBACK")?;
                pragma::execute(connection, "BEGIN IMMEDIATE")?;
            }
            (false, true) => {
                pragma::execute(connection, "ROLLBACK TO job")?;
                pragma::execute(connection, "RELEASE job")?;
            }
            (false, false) => pragma::execute(connection, "RELEASE job")?,
        }
        Ok(!failed)
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
