//! Logs: ids, counts and codes, never text; in files that rotate daily, the last seven kept.
//!
//! What may be logged is decided where it is logged: every event names its fields, and none of them is content. The
//! filter is the second net: only CCC's own crates speak, so that no library prints a request or a value.

use std::path::Path;

use tracing_appender::{non_blocking::WorkerGuard, rolling};
use tracing_subscriber::{EnvFilter, fmt};

use crate::Error;

/// How many days of logs are kept.
const KEPT: usize = 7;

/// Keeps the log's writing thread alive; what is waiting is written when it is dropped.
pub struct LogGuard {
    _worker: WorkerGuard,
}

/// Starts logging into `directory`, one file a day. A second call in the same process changes nothing.
///
/// # Errors
/// [`Error::Io`] when the directory cannot be written.
pub fn start(directory: &Path) -> Result<LogGuard, Error> {
    std::fs::create_dir_all(directory)?;
    let files = rolling::Builder::new()
        .rotation(rolling::Rotation::DAILY)
        .filename_prefix("ccc")
        .filename_suffix("log")
        .max_log_files(KEPT)
        .build(directory)
        .map_err(|_| Error::Io(std::io::ErrorKind::PermissionDenied.into()))?;
    let (writer, worker) = tracing_appender::non_blocking(files);
    let own_crates = ["domain", "vault", "store", "recall", "provider", "engine", "cli", "lib"];
    let filter = own_crates.map(|name| format!("ccc_{name}=info")).join(",");
    let subscriber = fmt()
        .json()
        .with_writer(writer)
        .with_env_filter(EnvFilter::new(filter))
        .finish();
    // Another subscriber is there already in tests that make several engines.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(LogGuard { _worker: worker })
}
