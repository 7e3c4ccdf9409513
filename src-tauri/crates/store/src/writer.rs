//! The writer: one connection, lent to whoever writes; those who come meanwhile share the next commit.
//!
//! A durable commit costs one wait for the disk. While one caller waits for it, the jobs of others gather, and one of
//! them commits them all, so eight appenders do not pay eight times. Each job but the first of a batch, before which
//! there is nothing to keep, runs in its own savepoint: one that fails takes back its own changes and no one else's.
//!
//! Why lent and not a thread of its own: waking that thread and being woken by it is a part of every append that a
//! lone writer can do without.

mod job;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Receiver},
};

use rusqlite::Connection;

use self::job::{Job, Reply, Task};
use crate::{Error, pragma};

/// How many jobs share a commit at most, so that none waits long for its answer.
const BATCH: usize = 64;

/// The writing connection, and who waits for it.
pub struct Writer {
    desk: Mutex<Desk>,
    witness: Option<Arc<dyn Witness>>,
}

/// Sees every commit. Whatever it does, what is committed stays so; it must not panic.
pub trait Witness: Send + Sync {
    /// A job's work, or a whole batch, was taken back, or is about to be: nothing in it counts.
    fn taken_back(&self);
    /// Looks at what is about to be committed, inside the transaction, which it must leave as it is.
    fn look(&self, connection: &Connection);
    /// It is committed, and on the disk; those whose work it was are not answered yet.
    fn committed(&self);
}

struct Desk {
    /// None while it is lent.
    connection: Option<Connection>,
    /// Jobs nobody runs yet, in the order they came. Empty while the connection is here.
    waiting: VecDeque<Box<dyn Job>>,
}

impl Writer {
    /// Over this connection.
    pub fn new(connection: Connection) -> Self {
        Self {
            desk: Mutex::new(Desk {
                connection: Some(connection),
                waiting: VecDeque::new(),
            }),
            witness: None,
        }
    }

    /// The same, with a witness.
    pub fn witnessed_by(mut self, witness: Arc<dyn Witness>) -> Self {
        self.witness = Some(witness);
        self
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
            .and_then(|()| self.end(connection));
        if committed.is_err() {
            self.taken_back();
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

    fn end(&self, connection: &Connection) -> Result<(), Error> {
        let Some(witness) = &self.witness else {
            return pragma::execute(connection, "COMMIT");
        };
        witness.look(connection);
        pragma::execute(connection, "COMMIT")?;
        witness.committed();
        Ok(())
    }

    fn run_all(&self, connection: &Connection, batch: &mut Vec<Box<dyn Job>>) -> Result<(), Error> {
        while batch.len() < BATCH {
            let Some(job) = self.desk().waiting.pop_front() else {
                break;
            };
            let first = batch.is_empty();
            batch.push(job);
            if let Some(job) = batch.last_mut()
                && !job.run(connection, first)?
            {
                self.taken_back();
            }
        }
        Ok(())
    }

    fn taken_back(&self) {
        if let Some(witness) = &self.witness {
            witness.taken_back();
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
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
        if !connection.is_autocommit() {
            self.writer.taken_back();
            if let Err(error) = pragma::execute(&connection, "ROLLBACK") {
                tracing::error!(code = %error.code(), "a transaction could not be taken back");
            }
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
