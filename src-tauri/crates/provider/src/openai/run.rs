//! The course of one answer: ask, perhaps wait and ask again, read, end.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use reqwest::{
    Response,
    header::{ACCEPT, CONTENT_TYPE},
};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{
    Shared,
    answer::{AnswerReader, Delta},
    client, exchange,
    failure::Failure,
    quirks::Quirks,
    said::Said,
    wire,
};
use crate::{ChatEvent, ChatRequest, ProviderError, Waited, Why, breaker::Permit, retry};

/// One answer under way. Polled by the stream that holds it; dropping it closes the connection.
pub struct Run {
    shared: Arc<Shared>,
    request: ChatRequest,
    model: Option<String>,
    cancel: CancellationToken,
    phase: Phase,
    ready: VecDeque<ChatEvent>,
    permit: Option<Permit>,
    retries: u32,
    sent: Quirks,
    said: Said,
}

enum Phase {
    Ask,
    Wait(Instant),
    Read(Box<Reading>),
    Failed(ProviderError),
    Ended,
}

struct Reading {
    response: Response,
    reader: AnswerReader,
    last_event: Instant,
}

impl Run {
    /// An answer not asked for yet.
    pub fn new(shared: Arc<Shared>, request: ChatRequest, cancel: CancellationToken) -> Self {
        let model = request.model.clone().or_else(|| shared.model.clone());
        Self {
            shared,
            request,
            model,
            cancel,
            phase: Phase::Ask,
            ready: VecDeque::new(),
            permit: None,
            retries: 0,
            sent: Quirks::default(),
            said: Said::default(),
        }
    }

    /// The next item of the stream; none after its end.
    pub async fn next(&mut self) -> Option<Result<ChatEvent, ProviderError>> {
        if matches!(self.phase, Phase::Ended) && self.ready.is_empty() {
            return None;
        }
        let cancel = self.cancel.clone();
        let item = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(ProviderError::Cancelled),
            item = self.advance() => item,
        };
        if item.is_err() {
            // Drops the response, which closes its connection, and whatever a cancelled answer had not handed out.
            self.phase = Phase::Ended;
            self.permit = None;
            self.ready.clear();
        }
        item.transpose()
    }

    async fn advance(&mut self) -> Result<Option<ChatEvent>, ProviderError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            let step = match &mut self.phase {
                Phase::Ended => return Ok(None),
                Phase::Failed(error) => return Err(error.clone()),
                Phase::Wait(until) => {
                    sleep_until(*until).await;
                    self.phase = Phase::Ask;
                    continue;
                }
                Phase::Ask => self.ask().await,
                Phase::Read(_) => self.read().await,
            };
            if let Err(failure) = step {
                self.failed(&failure);
            }
        }
    }

    async fn ask(&mut self) -> Result<(), Failure> {
        let admitted = self.shared.breaker.admit(Instant::now());
        self.permit = Some(admitted.map_err(|wait| ProviderError::BreakerOpen {
            retry_after_ms: millis(wait),
        })?);
        self.sent = self.shared.quirks.of(self.model.as_deref().unwrap_or_default());
        let request = self
            .shared
            .client
            .post(self.shared.endpoint.join("chat/completions"))
            .header(ACCEPT, "text/event-stream, application/json")
            .header(CONTENT_TYPE, "application/json")
            .body(wire::body(&self.request, self.model.as_deref(), self.sent));
        let response = exchange::send(&self.shared, request).await?;
        let reader = AnswerReader::new(exchange::content_type(&response))?;
        self.said = Said::new(self.model.as_deref());
        self.phase = Phase::Read(Box::new(Reading {
            response,
            reader,
            last_event: Instant::now(),
        }));
        Ok(())
    }

    async fn read(&mut self) -> Result<(), Failure> {
        let Phase::Read(reading) = &mut self.phase else {
            return Ok(());
        };
        let (deadline, waited) = reading.deadline(&self.shared, &self.said);
        let mut deltas = Vec::new();
        let fed = match timeout_at(deadline, reading.response.chunk()).await {
            Ok(Ok(Some(bytes))) => reading.reader.feed(&bytes, &mut deltas),
            Ok(Ok(None)) => return self.end_of_body(),
            Ok(Err(error)) => Err(client::classify(&error).into()),
            Err(_) => Err(ProviderError::TimedOut(waited).into()),
        };
        if fed == Ok(true) {
            reading.last_event = Instant::now();
        }
        self.take(deltas);
        match fed {
            Ok(_) if self.said.is_done() => self.conclude(),
            Ok(_) => {}
            // The answer is whole; what breaks after its end takes nothing from it.
            Err(_) if self.said.has_finished() => self.conclude(),
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    fn end_of_body(&mut self) -> Result<(), Failure> {
        let Phase::Read(reading) = std::mem::replace(&mut self.phase, Phase::Ended) else {
            return Ok(());
        };
        let mut deltas = Vec::new();
        let finished = reading.reader.finish(&mut deltas);
        self.take(deltas);
        self.said.flush(&mut self.ready);
        if !self.said.has_finished() {
            finished?;
            // An answer that ended before it said anything can be asked for again.
            if !self.said.has_started() && !self.said.is_done() {
                return Err(ProviderError::Unreachable(Why::Cut).into());
            }
        }
        self.conclude();
        Ok(())
    }

    /// Tells the breaker, then learns, waits or gives up.
    fn failed(&mut self, failure: &Failure) {
        let (error, now) = (&failure.error, Instant::now());
        match error {
            ProviderError::BreakerOpen { .. } => {}
            error if error.is_outage() => self.shared.breaker.failed(now),
            _ => self.shared.breaker.succeeded(),
        }
        self.permit = None;
        if self.said.has_started() {
            self.said.flush(&mut self.ready);
            self.phase = Phase::Failed(error.clone());
            return;
        }
        let model = self.model.as_deref().unwrap_or_default();
        if failure
            .quirk
            .is_some_and(|quirk| self.shared.quirks.learn(model, quirk, self.sent))
        {
            self.phase = Phase::Ask;
            return;
        }
        let Some(wait) = self.wait_before_retry(failure) else {
            self.phase = Phase::Failed(error.clone());
            return;
        };
        self.retries += 1;
        self.ready.push_back(ChatEvent::Retrying {
            attempt: self.retries,
            wait_ms: millis(wait),
            code: error.code(),
        });
        self.phase = Phase::Wait(now + wait);
    }

    fn wait_before_retry(&self, failure: &Failure) -> Option<Duration> {
        if self.retries == retry::MAX_RETRIES || !failure.error.is_transient() {
            return None;
        }
        // Waiting only to be turned away by our own breaker would hide the error that opened it.
        if self.shared.breaker.is_open() {
            return None;
        }
        let timing = &self.shared.timing;
        retry::wait(
            self.retries + 1,
            failure.retry_after,
            timing.retry_base,
            timing.retry_cap,
            fastrand::f64(),
        )
    }

    fn take(&mut self, deltas: Vec<Delta>) {
        self.said.take(deltas, &mut self.ready);
        if self.said.has_started() {
            self.shared.breaker.succeeded();
        }
    }

    fn conclude(&mut self) {
        self.said.conclude(&self.request.messages, &mut self.ready);
        self.shared.breaker.succeeded();
        self.permit = None;
        self.phase = Phase::Ended;
    }
}

impl Reading {
    /// Until when the next byte must be here, and what its absence means.
    fn deadline(&self, shared: &Shared, said: &Said) -> (Instant, Waited) {
        let (now, timing) = (Instant::now(), &shared.timing);
        if said.has_finished() {
            return (self.last_event + timing.after_finish.min(timing.idle), Waited::Idle);
        }
        let (idle, event) = (now + timing.idle, self.last_event + timing.event);
        if event < idle {
            (event, Waited::Event)
        } else {
            (idle, Waited::Idle)
        }
    }
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
