//! The choice of a run's memory: asked for once, waited for no longer than a person waits gladly.

use std::time::Duration;

use ccc_domain::{Context, ErrorCode};
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout_at},
};

use crate::Error;

/// A step waits no longer than this for its memory, which takes a few milliseconds: half a second is what a person
/// notices as waiting.
pub(super) const LONGEST_CHOICE: Duration = Duration::from_millis(500);

/// What a run takes from memory.
#[derive(Default)]
pub(super) enum Choice {
    /// It was not asked for.
    #[default]
    None,
    /// It is being chosen, and is there by then if nothing holds it up.
    Coming(JoinHandle<Result<Context, Error>>, Instant),
    /// It was chosen, or cannot be.
    There(Result<Context, ErrorCode>),
}

impl Choice {
    /// One that was just begun.
    pub(super) fn coming(choosing: JoinHandle<Result<Context, Error>>) -> Self {
        Self::Coming(choosing, Instant::now() + LONGEST_CHOICE)
    }

    /// The memory, once it is chosen; none where it was not asked for. A choice that is late goes on by itself, and who
    /// asks later has it.
    ///
    /// # Errors
    /// [`ErrorCode::MemorySlow`] when it is late; the code of what kept memory from choosing.
    pub(super) async fn get(&mut self) -> Result<Option<&Context>, ErrorCode> {
        if let Self::Coming(choosing, due) = self {
            let joined = timeout_at(*due, choosing).await.map_err(|_| ErrorCode::MemorySlow)?;
            let chosen = joined.unwrap_or(Err(Error::Internal("choosing memory ended early")));
            *self = Self::There(chosen.map_err(|error| error.code()));
        }
        match self {
            Self::There(Ok(context)) => Ok(Some(context)),
            Self::There(Err(code)) => Err(*code),
            Self::None | Self::Coming(..) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use ccc_domain::ContextState;
    use tokio::task::spawn_blocking;

    use super::*;

    #[tokio::test]
    async fn a_choice_that_is_late_is_there_for_who_asks_later() {
        let (go_on, told) = mpsc::channel::<()>();
        let mut choice = Choice::coming(spawn_blocking(move || {
            let _ = told.recv();
            Ok(Context::none(ContextState::Used))
        }));
        let begun = Instant::now();
        assert_eq!(choice.get().await, Err(ErrorCode::MemorySlow));
        assert!(begun.elapsed() >= LONGEST_CHOICE, "it was waited for");
        let again = Instant::now();
        assert_eq!(choice.get().await, Err(ErrorCode::MemorySlow));
        assert!(again.elapsed() < LONGEST_CHOICE, "no step waits for it twice");
        go_on.send(()).unwrap();
        while choice.get().await.is_err() {
            assert!(again.elapsed() < Duration::from_secs(10), "it never comes");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let chosen = choice.get().await.unwrap().cloned();
        assert_eq!(chosen, Some(Context::none(ContextState::Used)));
        assert_eq!(choice.get().await.unwrap().cloned(), chosen, "and stays");
    }

    #[tokio::test]
    async fn what_kept_memory_from_choosing_is_told() {
        let mut choice = Choice::coming(spawn_blocking(|| Err(Error::ReadOnly)));
        assert_eq!(choice.get().await, Err(ErrorCode::ReadOnly));
        assert_eq!(choice.get().await, Err(ErrorCode::ReadOnly), "each time");
        assert_eq!(Choice::None.get().await, Ok(None), "and nothing is asked for by itself");
    }
}
