//! A provider whose answers a test gives piece by piece, and the ear of a window that listens.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use ccc_engine::{
    ChatProvider, ProviderError,
    cycle::{
        CycleOptions, CycleReport, CycleUpdate,
        live::{CycleBatch, Listener},
    },
    domain::{FinishReason, Usage},
};
use ccc_provider::{ChatEvent, ChatRequest};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

/// What a test says as the model, for one request.
pub struct Mouth(UnboundedSender<ChatEvent>);

impl Mouth {
    pub fn begin(&self) {
        self.0.send(ChatEvent::Started { model: "m".to_owned() }).unwrap();
    }

    pub fn say(&self, text: &str) {
        self.0.send(ChatEvent::Text(text.to_owned())).unwrap();
    }

    pub fn finish(&self) {
        let usage = Usage {
            prompt_tokens: 1,
            completion_tokens: 1,
            estimated: false,
        };
        let reason = FinishReason::Stop;
        self.0.send(ChatEvent::Finished { reason, usage }).unwrap();
    }

    /// A whole answer.
    pub fn answer(&self, text: &str) {
        self.begin();
        self.say(text);
        self.finish();
    }
}

/// Answers its requests one after the other, each by the next [`Mouth`].
#[derive(Default)]
pub struct Scripted {
    answers: Mutex<VecDeque<UnboundedReceiver<ChatEvent>>>,
    requests: Mutex<Vec<ChatRequest>>,
}

impl Scripted {
    /// The mouths of the next `count` requests.
    pub fn mouths<const N: usize>(self: &Arc<Self>) -> [Mouth; N] {
        std::array::from_fn(|_| {
            let (sender, receiver) = unbounded_channel();
            self.answers.lock().unwrap().push_back(receiver);
            Mouth(sender)
        })
    }

    /// Everything that was sent, message by message, of the request at `index`.
    pub fn sent(&self, index: usize) -> String {
        let requests = self.requests.lock().unwrap();
        let messages = requests[index].messages.iter().map(|m| m.content.as_str());
        messages.collect::<Vec<_>>().join("\n")
    }

    pub fn options(self: &Arc<Self>) -> CycleOptions {
        CycleOptions::new(self.clone())
    }
}

impl ChatProvider for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn stream(
        &self,
        request: ChatRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<ChatEvent, ProviderError>> {
        self.requests.lock().unwrap().push(request);
        let answer = self
            .answers
            .lock()
            .unwrap()
            .pop_front()
            .expect("a request nobody answers");
        stream::unfold((answer, cancel), |(mut answer, cancel)| async move {
            let event = tokio::select! {
                () = cancel.cancelled() => Err(ProviderError::Cancelled),
                event = answer.recv() => Ok(event?),
            };
            Some((event, (answer, cancel)))
        })
        .boxed()
    }
}

/// What a window hears of a cycle.
pub struct Ear(UnboundedReceiver<CycleBatch>);

impl Ear {
    pub fn new() -> (Self, Listener) {
        let (sender, receiver) = unbounded_channel();
        (
            Self(receiver),
            Box::new(move |batch| sender.send(batch.clone()).is_ok()),
        )
    }

    /// The next batch; none when nobody speaks to it any more.
    pub async fn next(&mut self) -> Option<CycleBatch> {
        self.0.recv().await
    }

    /// Batches until one holds what is looked for.
    pub async fn until(&mut self, found: impl Fn(&CycleUpdate) -> bool) -> Vec<CycleBatch> {
        let mut heard = Vec::new();
        while let Some(batch) = self.next().await {
            let done = batch.updates.iter().any(&found);
            heard.push(batch);
            if done {
                return heard;
            }
        }
        panic!("it never came");
    }

    /// Everything up to the end, and what the run left.
    pub async fn rest(&mut self) -> (Vec<CycleBatch>, Option<CycleReport>) {
        let mut heard = Vec::new();
        while let Some(batch) = self.next().await {
            let ended = batch.ended.clone();
            heard.push(batch);
            if ended.is_some() {
                return (heard, ended);
            }
        }
        (heard, None)
    }
}

/// The text of these batches, put together.
pub fn text(heard: &[CycleBatch]) -> String {
    let updates = heard.iter().flat_map(|batch| &batch.updates);
    let said = updates.filter_map(|update| match update {
        CycleUpdate::Text { text } => Some(text.as_str()),
        _ => None,
    });
    said.collect()
}

/// The numbers of what was told, the end included.
pub fn numbers(heard: &[CycleBatch]) -> Vec<u32> {
    let of = |batch: &CycleBatch| {
        let count = batch.updates.len() + usize::from(batch.ended.is_some());
        batch.first..batch.first + u32::try_from(count).unwrap()
    };
    heard.iter().flat_map(of).collect()
}
