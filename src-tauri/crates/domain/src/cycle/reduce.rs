//! One step of the reducer, event by event.

use super::{
    CycleEvent, CycleState, Effect, Pending, Phase,
    ruling::{Ruling, rule},
};
use crate::{ErrorCode, FinishReason, Step, Verdict};

type Next = (CycleState, Vec<Effect>);

/// The state after `event`, and what must be done about it.
pub fn next(state: CycleState, event: CycleEvent) -> Next {
    match event {
        CycleEvent::Submit { directive } => submit(state, directive),
        CycleEvent::DirectiveStored => stored(state, &Phase::Recording),
        CycleEvent::Delta(text) => delta(state, &text),
        CycleEvent::Finished(reason) => finished(state, reason),
        CycleEvent::Failed(cause) => failed(state, cause),
        CycleEvent::Cancel => stop(state, ErrorCode::Cancelled),
        CycleEvent::Interrupted => stop(state, super::resume::CUT),
        CycleEvent::StepStored => match state.phase {
            Phase::Storing { step } => stored(state, &Phase::Storing { step }),
            _ => ignore(state),
        },
        CycleEvent::StoreFailed(cause) => store_failed(state, cause),
        CycleEvent::Resume => resume(state),
        CycleEvent::Answer(text) => answer(state, text),
        CycleEvent::AnswerStored => stored(state, &Phase::Answering),
    }
}

fn ignore(state: CycleState) -> Next {
    (state, Vec::new())
}

fn refuse(state: CycleState, code: ErrorCode) -> Next {
    (state, vec![Effect::Refuse(code)])
}

fn submit(state: CycleState, directive: String) -> Next {
    if directive.trim().is_empty() {
        return refuse(state, ErrorCode::InvalidInput);
    }
    match state.phase {
        Phase::Idle => store(state, Pending::Directive(directive)),
        _ => refuse(state, ErrorCode::CycleState),
    }
}

fn answer(state: CycleState, text: String) -> Next {
    if text.trim().is_empty() {
        return refuse(state, ErrorCode::InvalidInput);
    }
    match state.phase {
        Phase::Escalated { .. } => store(state, Pending::Answer(text)),
        _ => refuse(state, ErrorCode::CycleState),
    }
}

fn delta(mut state: CycleState, text: &str) -> Next {
    if matches!(state.phase, Phase::Running { .. }) {
        state.text.push_str(text);
    }
    ignore(state)
}

fn finished(state: CycleState, reason: FinishReason) -> Next {
    let Phase::Running { step } = state.phase else {
        return ignore(state);
    };
    let complete = reason.is_complete();
    let pending = Pending::Turn {
        step,
        finish: Some(reason),
        verdict: (complete && step == Step::Review).then(|| Verdict::parse(&state.text)),
        cause: (!complete).then_some(ErrorCode::Truncated),
    };
    store(state, pending)
}

fn failed(state: CycleState, cause: ErrorCode) -> Next {
    match state.phase {
        Phase::Running { step } => cut(state, step, cause),
        _ => ignore(state),
    }
}

/// Stops at once where a request is open, and before the next request where something is being stored.
fn stop(mut state: CycleState, cause: ErrorCode) -> Next {
    if let Phase::Running { step } = state.phase {
        let (state, mut effects) = cut(state, step, cause);
        effects.insert(0, Effect::Abort);
        return (state, effects);
    }
    if state.is_busy() {
        state.halt.get_or_insert(cause);
    }
    ignore(state)
}

/// Ends the running step unfinished; what it wrote is stored first.
fn cut(mut state: CycleState, step: Step, cause: ErrorCode) -> Next {
    if state.text.is_empty() {
        state.phase = Phase::Paused { step, cause };
        return ignore(state);
    }
    let pending = Pending::Turn {
        step,
        finish: None,
        verdict: None,
        cause: Some(cause),
    };
    store(state, pending)
}

fn store(mut state: CycleState, pending: Pending) -> Next {
    let effect = pending.effect(&state);
    state.phase = match pending {
        Pending::Directive(_) => Phase::Recording,
        Pending::Turn { step, .. } => Phase::Storing { step },
        Pending::Answer(_) => Phase::Answering,
    };
    state.pending = Some(pending);
    (state, vec![effect])
}

fn store_failed(mut state: CycleState, cause: ErrorCode) -> Next {
    if matches!(state.phase, Phase::Recording | Phase::Storing { .. } | Phase::Answering) {
        state.phase = Phase::Unstored { cause };
        state.halt = None;
    }
    ignore(state)
}

fn resume(mut state: CycleState) -> Next {
    match (&state.phase, state.pending.take()) {
        (Phase::Paused { step, .. }, _) => {
            let step = *step;
            begin(state, step)
        }
        (Phase::Unstored { .. }, Some(pending)) => store(state, pending),
        (_, pending) => {
            state.pending = pending;
            refuse(state, ErrorCode::CycleState)
        }
    }
}

/// Goes on after the store that `phase` waits for; a report for another phase is ignored.
fn stored(mut state: CycleState, phase: &Phase) -> Next {
    if state.phase != *phase {
        return ignore(state);
    }
    match state.pending.take() {
        Some(Pending::Directive(_)) => begin(state, Step::Analyse),
        Some(Pending::Answer(_)) => {
            state.sent_back = 0;
            state.round = state.round.saturating_add(1);
            begin(state, Step::Execute)
        }
        Some(Pending::Turn {
            step,
            cause: Some(cause),
            ..
        }) => {
            rest(&mut state, Phase::Paused { step, cause });
            ignore(state)
        }
        Some(Pending::Turn {
            step,
            verdict,
            cause: None,
            ..
        }) => match step {
            Step::Analyse => begin(state, Step::Execute),
            Step::Execute => begin(state, Step::Review),
            Step::Review => reviewed(state, verdict.unwrap_or(Verdict::NotGiven)),
        },
        None => ignore(state),
    }
}

fn reviewed(mut state: CycleState, verdict: Verdict) -> Next {
    match rule(verdict, state.sent_back, state.max_rounds) {
        Ruling::Again => {
            state.sent_back += 1;
            state.round = state.round.saturating_add(1);
            begin(state, Step::Execute)
        }
        Ruling::Done(outcome) => {
            rest(&mut state, Phase::Done(outcome));
            (state, vec![Effect::Complete(outcome)])
        }
        Ruling::Ask(question) => {
            rest(
                &mut state,
                Phase::Escalated {
                    question: question.clone(),
                },
            );
            (state, vec![Effect::Ask { question }])
        }
    }
}

/// Requests `step`, unless the cycle was stopped while something was being stored.
fn begin(mut state: CycleState, step: Step) -> Next {
    match state.halt {
        Some(cause) => {
            rest(&mut state, Phase::Paused { step, cause });
            ignore(state)
        }
        None => {
            rest(&mut state, Phase::Running { step });
            let round = state.round;
            (state, vec![Effect::Request { step, round }])
        }
    }
}

/// Enters `phase` with nothing held.
fn rest(state: &mut CycleState, phase: Phase) {
    state.text.clear();
    state.halt = None;
    state.phase = phase;
}
