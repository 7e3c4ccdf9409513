//! The cycle, carried out: a directive goes through Beatrice, Codey and Beatrice, and every step is durable before the
//! next is asked for.
//!
//! The rules live in `ccc_domain::cycle`; a run feeds that reducer events and performs the effects it asks for. While a
//! step streams, its text is saved as a draft every 500 ms or 2 KiB. When memory fails in the middle of a cycle, the
//! cycle goes on without it and says so: what cannot be stored waits in memory, and is in the updates and the report.
//!
//! [`live`] keeps what a running cycle told so far, for a window that comes and goes.

mod begin;
mod choice;
pub mod live;
mod order;
mod recollection;
mod record;
mod request;
mod run;
mod running;
mod step;
mod update;

use std::sync::Arc;

use ccc_domain::SessionId;
pub use order::Order;
pub use request::CycleOptions;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
pub use update::{CycleReport, CycleUpdate};

use crate::{
    Error, MemoryService,
    cycle::{live::Live, run::Run, running::Running},
};

/// Runs cycles. Cheap to clone; all clones know of each other's running cycles.
#[derive(Clone)]
pub struct CycleRunner {
    memory: MemoryService,
    running: Arc<Running>,
    live: Arc<Live>,
}

impl CycleRunner {
    pub(crate) fn new(memory: MemoryService) -> Self {
        Self {
            memory,
            running: Arc::new(Running::default()),
            live: Arc::new(Live::default()),
        }
    }

    /// Carries `order` out, to the cycle's end or to where the person is needed. Finished steps are not asked for again.
    ///
    /// `updates` tells everything as it happens; it may be dropped at any time. Cancelling `stop` ends the running step,
    /// whose text is kept as interrupted.
    ///
    /// # Errors
    /// Those of the [`Order`]. What happens after the directive is durable is in the report, not an error.
    pub async fn carry_out(
        &self,
        order: Order,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<CycleReport, Error> {
        match order {
            Order::Run {
                session,
                directive,
                branch_of,
            } => {
                let run = Run::anew(self, session, branch_of, options, updates, stop).await?;
                run.submit(&directive).await
            }
            Order::Resume(id) => Run::attach(self, id, options, updates, stop).await?.resume().await,
            Order::Answer(id, answer) => {
                Run::attach(self, id, options, updates, stop)
                    .await?
                    .answer(&answer)
                    .await
            }
            Order::Retry(id, step) => Run::again(self, id, step, options, updates, stop).await?.resume().await,
        }
    }

    /// Lets no cycle begin any more, and ends those that run as [`Self::interrupt_all`] does. For locking.
    pub(crate) fn close(&self) {
        self.running.close();
    }

    /// Ends every running cycle and waits, at most three seconds, until their text is kept. Blocks.
    pub fn interrupt_all(&self) {
        self.running.interrupt(|_| true);
    }

    /// As [`Self::interrupt_all`], for the cycles of one session.
    pub fn interrupt_session(&self, session: SessionId) {
        self.running.interrupt(|running| running == session);
    }
}
