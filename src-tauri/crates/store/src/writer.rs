//! The writer: one thread that owns the writing connection and commits what is waiting in batches.
//!
//! Why a thread and not a mutex: SQLite has one writer anyway, and a durable commit costs one wait for the disk. While
//! it waits, the jobs of others gather in the queue and share the next commit, so eight appenders do not pay eight
//! times. Each job runs in its own savepoint: one that fails takes back its own changes and no one else's.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

use crate::{Error, pragma};

/// How many jobs may wait; further callers wait in line for a place.
const QUEUE: usize = 256;
/// How many jobs share a commit at most, so that none waits long for its answer.
const BATCH: usize = 64;

/// Work for the writer: run inside the batch's transaction, then told how the batch ended.
trait Job: Send {
    /// An error is the batch's, not the job's own: its transaction is gone, or holds a part of the job.
    fn run(&mut self, connection: &Connection) -> Result<(), Error>;
    fn finish(self: Box<Self>, committed: Result<(), &Error>);
}

struct Task<F, T, E> {
    work: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: SyncSender<Result<T, E>>,
}

impl<F, T, E> Job for Task<F, T, E>
where
    F: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, connection: &Connection) -> Result<(), Error> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        pragma::execute(connection, "SAVEPOINT job")?;
        // A panic in one job must not take the writer down with everybody's turns.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(connection)))
            .unwrap_or_else(|_| Err(Error::Unexpected("a write panicked".to_owned()).into()));
        let failed = outcome.is_err();
        self.outcome = Some(outcome);
        // A full or failing disk makes SQLite take back the whole transaction: what ran so far is lost, and said so.
        if connection.is_autocommit() {
            return Err(Error::Io);
        }
        if failed {
            pragma::execute(connection, "ROLLBACK TO job")?;
        }
        pragma::execute(connection, "RELEASE job")
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
        let _ = self.reply.send(outcome);
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

/// The writer thread's handle.
pub struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Writer {
    /// Starts the thread with its connection.
    pub fn start(connection: Connection) -> Result<Self, Error> {
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(connection, &jobs))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Hands `work` over and waits until it is durable.
    pub fn run<T, E>(&self, work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        let task = Task {
            work: Some(work),
            outcome: None,
            reply,
        };
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        queue.send(Box::new(task)).map_err(|_| Error::Closed)?;
        answer.recv().unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Finishes what is waiting and closes the connection.
    pub fn close(mut self) -> Result<(), Error> {
        self.stop()
    }

    fn stop(&mut self) -> Result<(), Error> {
        drop(self.queue.take());
        match self.thread.take() {
            Some(thread) => thread.join().unwrap_or(Err(Error::Closed)),
            None => Ok(()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(code = %error.code(), "the data file was not closed cleanly");
        }
    }
}

fn serve(connection: Connection, jobs: &Receiver<Box<dyn Job>>) -> Result<(), Error> {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        let committed = commit(&connection, &mut batch, jobs);
        for job in batch {
            job.finish(committed.as_ref().copied());
        }
    }
    pragma::close(connection)
}

/// Runs the batch, joined by whatever arrives meanwhile, and commits it: wholly, or not at all.
fn commit(connection: &Connection, batch: &mut Vec<Box<dyn Job>>, jobs: &Receiver<Box<dyn Job>>) -> Result<(), Error> {
    pragma::execute(connection, "BEGIN IMMEDIATE")?;
    let committed = run_all(connection, batch, jobs).and_then(|()| pragma::execute(connection, "COMMIT"));
    if committed.is_err() && !connection.is_autocommit() {
        pragma::execute(connection, "ROLLBACK")?;
    }
    committed
}

fn run_all(connection: &Connection, batch: &mut Vec<Box<dyn Job>>, jobs: &Receiver<Box<dyn Job>>) -> Result<(), Error> {
    let mut next = 0;
    while let Some(job) = batch.get_mut(next) {
        job.run(connection)?;
        next += 1;
        if batch.len() < BATCH {
            batch.extend(jobs.try_recv());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
