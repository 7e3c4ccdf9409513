//! A running cycle as a window follows it: told in batches, and picked up again by a window that was away.
//!
//! [`CycleRunner::start`] carries an order out by itself and tells its listeners. What is told is numbered; text that
//! comes within [`TICK`] is told as one piece. The registry keeps where each running cycle stands, so that
//! [`CycleRunner::attach`] gives the whole of it and goes on from its number, with nothing missed or told twice.
//! Listeners come and go; none of them stops a cycle. What is kept is bounded by the conversation itself: its turns and
//! the running step's text.

mod standing;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ccc_domain::{ConversationId, Timestamp, Turn};
use serde::Serialize;
use standing::Standing;
pub use standing::{CycleSnapshot, RunningStep, StatelessReason};
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, unbounded_channel},
        oneshot,
    },
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    cycle::{CycleOptions, CycleReport, CycleRunner, CycleUpdate, Order, run::blocking},
};

/// How long text gathers before it is told: two frames of a screen at 60 Hz, below what a reader notices.
pub const TICK: Duration = Duration::from_millis(33);

/// Updates told together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct CycleBatch {
    /// The number of the first update; the others follow it. The end counts as one more.
    pub first: u32,
    /// In the order they happened; adjoining pieces of text are one.
    pub updates: Vec<CycleUpdate>,
    /// What the run leaves, in its last batch, however it ended.
    pub ended: Option<CycleReport>,
}

/// Hears a cycle's batches, in order. False means that nobody hears any more. It must not wait, nor ask the runner.
pub type Listener = Box<dyn Fn(&CycleBatch) -> bool + Send>;

/// Told once: how a run began, or why it did not.
type Begun = oneshot::Sender<Result<CycleSnapshot, Error>>;

/// The running cycles that were started here.
#[derive(Default)]
pub(super) struct Live(Mutex<HashMap<ConversationId, Arc<LiveRun>>>);

struct LiveRun {
    stop: CancellationToken,
    inner: Mutex<Inner>,
}

struct Inner {
    standing: Standing,
    listeners: Vec<Listener>,
    over: bool,
}

impl CycleRunner {
    /// Carries `order` out by itself and tells `listener`. Returns once the directive is durable, or the first step is
    /// asked for; what was told until then is in the snapshot.
    ///
    /// # Errors
    /// Those of the order, as long as nothing of it was done; later failures are in the last batch.
    pub async fn start(&self, order: Order, options: CycleOptions, listener: Listener) -> Result<CycleSnapshot, Error> {
        let turns = match order.conversation() {
            Some(conversation) => {
                blocking(&self.memory, move |memory| memory.conversation_as_said(conversation))
                    .await?
                    .1
            }
            None => Vec::new(),
        };
        let run = Arc::new(LiveRun::new(turns, listener));
        let (begun, told) = oneshot::channel();
        tokio::spawn(self.clone().follow(order, options, run, begun));
        told.await
            .unwrap_or(Err(Error::Internal("a cycle ended before it began")))
    }

    /// Where the running cycle of a conversation stands; `listener` is told what comes after. None where none runs.
    pub fn attach(&self, conversation: ConversationId, listener: Listener) -> Option<CycleSnapshot> {
        let run = self.live.runs().get(&conversation).cloned()?;
        let mut inner = run.inner();
        if inner.over {
            return None;
        }
        let snapshot = inner.standing.snapshot()?;
        inner.listeners.push(listener);
        Some(snapshot)
    }

    /// Stops the running cycle of a conversation; its text is kept as interrupted. Returns before it has ended.
    ///
    /// # Errors
    /// [`Error::NoCycleRunning`].
    pub fn stop(&self, conversation: ConversationId) -> Result<(), Error> {
        let run = self.live.runs().get(&conversation).cloned();
        run.ok_or(Error::NoCycleRunning)?.stop.cancel();
        Ok(())
    }

    /// The conversations whose cycle runs.
    pub fn running(&self) -> Vec<ConversationId> {
        let mut running: Vec<ConversationId> = self.live.runs().keys().copied().collect();
        running.sort_unstable();
        running
    }

    /// Whether any cycle runs, followed by a window or not.
    pub fn is_running(&self) -> bool {
        self.running.any()
    }

    /// Lets every listener go, as when the window that listened is gone. The cycles go on.
    pub fn deafen(&self) {
        for run in self.live.runs().values() {
            run.inner().listeners.clear();
        }
    }

    async fn follow(self, order: Order, options: CycleOptions, run: Arc<LiveRun>, begun: Begun) {
        let (sender, updates) = unbounded_channel();
        let (runner, stop) = (self.clone(), run.stop.clone());
        let carried = tokio::spawn(async move { runner.carry_out(order, options, sender, stop).await });
        let begun = self.pump(&run, updates, begun).await;
        let ended = carried.await.unwrap_or(Err(Error::Internal("a cycle ended early")));
        match (begun, ended) {
            (Some(begun), Err(error)) => {
                run.inner().over = true;
                let _ = begun.send(Err(error));
            }
            (begun, ended) => {
                if let Some(begun) = begun {
                    let _ = begun.send(run.snapshot());
                }
                run.end(ended);
            }
        }
        self.live.leave(&run);
    }

    /// Tells what comes until nothing does any more. Hands `begun` back where the run had not begun by then.
    async fn pump(
        &self,
        run: &Arc<LiveRun>,
        mut updates: UnboundedReceiver<CycleUpdate>,
        begun: Begun,
    ) -> Option<Begun> {
        let mut begun = Some(begun);
        while let Some(batch) = gather(&mut updates).await {
            for update in &batch {
                if let CycleUpdate::Started { conversation_id, .. } = update {
                    self.live.runs().insert(*conversation_id, run.clone());
                }
            }
            let is_work =
                |update: &CycleUpdate| !matches!(update, CycleUpdate::Started { .. } | CycleUpdate::Stateless { .. });
            let works = batch.iter().any(is_work);
            run.tell(batch, self.memory.now());
            if works && let Some(begun) = begun.take() {
                // The caller may have gone; the cycle goes on all the same.
                let _ = begun.send(run.snapshot());
            }
        }
        begun
    }
}

impl Live {
    fn runs(&self) -> MutexGuard<'_, HashMap<ConversationId, Arc<LiveRun>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets `run`, but not the next run of its conversation.
    fn leave(&self, run: &Arc<LiveRun>) {
        self.runs().retain(|_, other| !Arc::ptr_eq(other, run));
    }
}

impl LiveRun {
    fn new(turns: Vec<Turn>, listener: Listener) -> Self {
        Self {
            stop: CancellationToken::new(),
            inner: Mutex::new(Inner {
                standing: Standing::new(turns),
                listeners: vec![listener],
                over: false,
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self) -> Result<CycleSnapshot, Error> {
        let snapshot = self.inner().standing.snapshot();
        snapshot.ok_or(Error::Internal("a cycle began without a conversation"))
    }

    fn tell(&self, updates: Vec<CycleUpdate>, now: Timestamp) {
        let mut inner = self.inner();
        let first = inner.standing.take_in(&updates, now);
        inner.tell(&CycleBatch {
            first,
            updates,
            ended: None,
        });
    }

    /// Tells the end. A run that failed after it began leaves what it had come to.
    fn end(&self, ended: Result<CycleReport, Error>) {
        let mut inner = self.inner();
        inner.over = true;
        let report = match ended {
            Ok(report) => Some(report),
            Err(error) => {
                tracing::error!(code = %error.code(), "a cycle failed");
                inner.standing.report(error.code())
            }
        };
        let first = inner.standing.count();
        inner.tell(&CycleBatch {
            first,
            updates: Vec::new(),
            ended: report,
        });
        inner.listeners.clear();
    }
}

impl Inner {
    fn tell(&mut self, batch: &CycleBatch) {
        self.listeners.retain(|listener| listener(batch));
    }
}

/// The next updates: the first that comes and what comes within [`TICK`] of it. None when there will be no more.
async fn gather(updates: &mut UnboundedReceiver<CycleUpdate>) -> Option<Vec<CycleUpdate>> {
    let mut batch = vec![updates.recv().await?];
    let due = Instant::now() + TICK;
    while let Ok(Some(update)) = timeout_at(due, updates.recv()).await {
        match (batch.last_mut(), update) {
            (Some(CycleUpdate::Text { text }), CycleUpdate::Text { text: more })
            | (Some(CycleUpdate::Reasoning { text }), CycleUpdate::Reasoning { text: more }) => text.push_str(&more),
            (_, update) => batch.push(update),
        }
    }
    Some(batch)
}
