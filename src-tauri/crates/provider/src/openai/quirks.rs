//! What an endpoint and its models were found not to take, remembered while the app runs.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How a request is to be shaped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    /// The endpoint refuses `stream_options`, as Mistral's and older Azure ones do; then usage is estimated.
    pub no_stream_options: bool,
    /// The model wants `max_completion_tokens`, as OpenAI's reasoning models do.
    pub completion_tokens: bool,
    /// The model takes no temperature but its own.
    pub no_temperature: bool,
}

/// One thing a refusal taught.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quirk {
    /// See [`Quirks::no_stream_options`].
    NoStreamOptions,
    /// See [`Quirks::completion_tokens`].
    CompletionTokens,
    /// See [`Quirks::no_temperature`].
    NoTemperature,
}

/// The memory: `stream_options` per endpoint, the others per model.
#[derive(Debug, Default)]
pub struct QuirkMemory(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    no_stream_options: bool,
    models: HashMap<String, Quirks>,
}

impl QuirkMemory {
    /// How to shape a request for `model`.
    pub fn of(&self, model: &str) -> Quirks {
        let known = self.lock();
        Quirks {
            no_stream_options: known.no_stream_options,
            ..known.models.get(model).copied().unwrap_or_default()
        }
    }

    /// Remembers a lesson. False if it was known when `sent` was shaped, so that asking again would change nothing.
    pub fn learn(&self, model: &str, quirk: Quirk, sent: Quirks) -> bool {
        let mut known = self.lock();
        match quirk {
            Quirk::NoStreamOptions => {
                known.no_stream_options = true;
                !sent.no_stream_options
            }
            Quirk::CompletionTokens => {
                known.models.entry(model.to_owned()).or_default().completion_tokens = true;
                !sent.completion_tokens
            }
            Quirk::NoTemperature => {
                known.models.entry(model.to_owned()).or_default().no_temperature = true;
                !sent.no_temperature
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_hold_for_the_endpoint_or_for_the_model_they_came_from() {
        let memory = QuirkMemory::default();
        let fresh = Quirks::default();
        assert!(memory.learn("a", Quirk::NoStreamOptions, fresh));
        assert!(memory.learn("a", Quirk::CompletionTokens, fresh));
        assert!(memory.learn("a", Quirk::NoTemperature, fresh));
        let all = Quirks {
            no_stream_options: true,
            completion_tokens: true,
            no_temperature: true,
        };
        let endpoint_only = Quirks {
            no_stream_options: true,
            ..fresh
        };
        assert_eq!((memory.of("a"), memory.of("b")), (all, endpoint_only));
        for quirk in [Quirk::NoStreamOptions, Quirk::CompletionTokens, Quirk::NoTemperature] {
            assert!(
                !memory.learn("a", quirk, all),
                "{quirk:?} teaches nothing a second time"
            );
        }
    }
}
