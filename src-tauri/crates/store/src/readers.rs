//! A few reading connections, the last used first, so that its cache is warm.

use std::{
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, PoisonError},
};

use rusqlite::Connection;

use crate::{Error, pragma};

/// Connections at rest, and how many more may be opened.
struct Pool {
    idle: Vec<Connection>,
    unopened: usize,
}

/// The reading connections of one data file.
pub struct Readers {
    path: PathBuf,
    pool: Mutex<Pool>,
    returned: Condvar,
}

impl Readers {
    /// At most `most` connections to the file at `path`, opened when first needed.
    pub fn new(path: &Path, most: usize) -> Self {
        let pool = Mutex::new(Pool {
            idle: Vec::new(),
            unopened: most,
        });
        Self {
            path: path.to_owned(),
            pool,
            returned: Condvar::new(),
        }
    }

    /// Runs `f` on one of them, in a transaction so that all it reads is of one moment.
    pub fn with<T, E: From<Error>>(&self, f: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        let lease = Lease {
            readers: self,
            connection: Some(self.take()?),
        };
        match &lease.connection {
            Some(connection) => {
                pragma::execute(connection, "BEGIN")?;
                f(connection)
            }
            None => Err(Error::Closed.into()),
        }
    }

    fn take(&self) -> Result<Connection, Error> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = pool.idle.pop() {
                return Ok(connection);
            }
            if pool.unopened > 0 {
                pool.unopened -= 1;
                drop(pool);
                return pragma::open_reader(&self.path).inspect_err(|_| self.give(None));
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give(&self, connection: Option<Connection>) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        match connection {
            Some(connection) => pool.idle.push(connection),
            None => pool.unopened += 1,
        }
        self.returned.notify_one();
    }
}

/// Ends the transaction and gives the connection back, also when the reading closure panics.
struct Lease<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        // One left open would show its next reader the past and keep the log from being folded in.
        let ended = self
            .connection
            .take()
            .filter(|c| pragma::execute(c, "ROLLBACK").is_ok());
        self.readers.give(ended);
    }
}
