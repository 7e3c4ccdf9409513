//! The contexts chosen last, and how memory was used since the profile was opened.
//!
//! A preview and the steps of its cycle ask for the same context within seconds. A key holds all that a context depends
//! on, the index's generation among it, so a write makes every older entry useless.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ccc_domain::{Context, ContextState, Preferences, SessionId, Tray, TurnId};
use serde::Serialize;

use crate::memory::ContextRequest;

/// How many contexts are kept: a few sessions' latest, some megabytes at most.
const KEPT: usize = 32;

/// What a context depends on.
#[derive(PartialEq)]
pub(super) struct Key {
    pub(super) session: SessionId,
    pub(super) directive: String,
    pub(super) request: ContextRequest,
    pub(super) preferences: Preferences,
    /// "Yesterday" means another day tomorrow.
    pub(super) day: String,
    pub(super) generation: u64,
}

/// How memory was used since the profile was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ContextUse {
    /// How many contexts were asked for, to be shown or to be sent.
    pub asked: u32,
    /// How many of them were there already.
    pub cached: u32,
    /// How often memory failed or took too long, and the cycle went on without it.
    pub missed: u32,
    /// How many turns were shown before sending.
    pub offered: u32,
    /// How many of them the person left out.
    pub left_out: u32,
    /// Steps that took memory, whether or not any was found.
    pub steps: u32,
    /// How many of them were given a turn that matched; the newest turns alone are no find.
    pub found: u32,
    /// Steps that would have taken memory and went without, by why.
    pub without: Vec<Without>,
}

/// Steps that went without memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Without {
    /// Why: an error's code; `off` where the person has memory off.
    pub why: String,
    /// How many.
    pub steps: u32,
}

#[derive(Default)]
struct Inner {
    /// The latest used last.
    kept: VecDeque<(Key, Context)>,
    /// Contexts of an older generation are not kept any more.
    least: u64,
    used: ContextUse,
}

/// The contexts chosen last.
#[derive(Default)]
pub(super) struct Contexts(Mutex<Inner>);

impl Contexts {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The context of `key`, where it is kept.
    pub(super) fn get(&self, key: &Key) -> Option<Context> {
        let mut inner = self.lock();
        inner.used.asked += 1;
        let at = inner.kept.iter().position(|(known, _)| known == key)?;
        let entry = inner.kept.remove(at)?;
        let context = entry.1.clone();
        inner.kept.push_back(entry);
        inner.used.cached += 1;
        Some(context)
    }

    /// Keeps a context that was just chosen.
    pub(super) fn put(&self, key: Key, context: Context) {
        let mut inner = self.lock();
        if key.generation < inner.least {
            return;
        }
        inner.kept.retain(|(known, _)| known.generation == key.generation);
        if inner.kept.len() >= KEPT {
            inner.kept.pop_front();
        }
        inner.kept.push_back((key, context));
    }

    /// Counts a step without memory.
    pub(super) fn missed(&self) {
        self.lock().used.missed += 1;
    }

    /// Counts what was shown before sending, and what of it was left out.
    pub(super) fn shown(&self, tray: &Tray) {
        let count = |turns: &[TurnId]| u32::try_from(turns.len()).unwrap_or(u32::MAX);
        let used = &mut self.lock().used;
        used.offered = used
            .offered
            .saturating_add(count(&tray.kept).saturating_add(count(&tray.left_out)));
        used.left_out = used.left_out.saturating_add(count(&tray.left_out));
    }

    /// Counts a step by whether it took memory.
    pub(super) fn step(&self, context: &Context) {
        let used = &mut self.lock().used;
        let why = match &context.state {
            ContextState::NotTaken => return,
            ContextState::Used => {
                used.steps += 1;
                used.found += u32::from(context.items.iter().any(|item| item.score > 0.0));
                return;
            }
            ContextState::Off => "off",
            ContextState::Unavailable(why) => why,
        };
        match used.without.iter_mut().find(|known| known.why == why) {
            Some(known) => known.steps += 1,
            None => used.without.push(Without {
                why: why.to_owned(),
                steps: 1,
            }),
        }
    }

    /// The counts.
    pub(super) fn used(&self) -> ContextUse {
        self.lock().used.clone()
    }

    /// Forgets every context from before `generation`, and keeps none that is still being chosen from then.
    pub(super) fn forget_before(&self, generation: u64) {
        let mut inner = self.lock();
        inner.least = inner.least.max(generation);
        let least = inner.least;
        inner.kept.retain(|(key, _)| key.generation >= least);
    }

    /// How many contexts are kept.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.lock().kept.len()
    }

    /// Forgets every context.
    pub(super) fn clear(&self) {
        self.lock().kept.clear();
    }
}
