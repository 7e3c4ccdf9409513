//! Being asked to stop: Ctrl-C everywhere, and on Unix also a request to end or a closed terminal.

use std::io;

/// Listens from its making on; until then a signal ends the program as usual.
pub struct Signals {
    ended: bool,
    #[cfg(unix)]
    each: [tokio::signal::unix::Signal; 3],
}

impl Signals {
    /// Begins to listen. Must be called inside the runtime.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let each = [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            ];
            Ok(Self { ended: false, each })
        }
        #[cfg(not(unix))]
        Ok(Self { ended: false })
    }

    /// Whether one of those that came asked for the program's end, and not only for the end of what it does.
    pub const fn must_end(&self) -> bool {
        self.ended
    }

    /// Returns at the next one.
    #[cfg(unix)]
    pub async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.each;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => self.ended = true,
            _ = hangup.recv() => self.ended = true,
        }
    }

    /// Returns at the next one.
    #[cfg(not(unix))]
    pub async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
