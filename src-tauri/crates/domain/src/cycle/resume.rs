//! Finding a cycle's place again from its stored turns.

use super::{
    CycleState, Phase,
    ruling::{Ruling, rule},
};
use crate::{Agent, ErrorCode, Step, Turn, TurnStatus, Verdict};

/// The cause of a pause that nobody asked for: the app ended or locked, or the turns do not say.
pub(super) const CUT: ErrorCode = ErrorCode::Truncated;

impl CycleState {
    /// The state from which a cycle goes on, given the turns stored of its conversation, in any order.
    ///
    /// The first turn of the person is the directive; a later one after a review is the answer to an escalation. A step
    /// counts when its newest complete turn comes after that of the step before it, so a regenerated step makes the
    /// later ones due again. What happened stands even where `max_rounds` has changed since. Turns without a step, as
    /// imported text has, are passed over.
    pub fn resume(turns: &[Turn], max_rounds: u32) -> Self {
        let mut state = Self::new(max_rounds);
        if let Some(directive) = turns
            .iter()
            .filter(|t| t.agent == Agent::Wykeve)
            .map(|t| t.number)
            .min()
        {
            state.phase = replay(&mut state, turns, directive);
        }
        state
    }
}

fn replay(state: &mut CycleState, turns: &[Turn], directive: u32) -> Phase {
    let paused = |step| Phase::Paused { step, cause: CUT };
    let Some(guidance) = complete(turns, Step::Analyse, 0, directive) else {
        return paused(Step::Analyse);
    };
    let mut after = guidance.number;
    loop {
        let Some(work) = complete(turns, Step::Execute, state.round, after) else {
            return paused(Step::Execute);
        };
        let Some(review) = complete(turns, Step::Review, state.round, work.number) else {
            return paused(Step::Review);
        };
        after = match went_on(state, turns, review) {
            Ok(number) => number,
            Err(end) => return end,
        };
    }
}

/// Moves `state` to the round after `review` and returns the number its turns come after, or the phase it ended in.
fn went_on(state: &mut CycleState, turns: &[Turn], review: &Turn) -> Result<u32, Phase> {
    let verdict = match &review.metadata.verdict {
        Some(verdict) => verdict.clone(),
        None => Verdict::parse(&review.content),
    };
    let later = || turns.iter().filter(|t| t.number > review.number);
    let round = state.round.saturating_add(1);
    let begun = later()
        .filter(|t| t.metadata.step.is_some() && t.metadata.round >= round)
        .map(|t| t.number)
        .min();
    let answer = later()
        .filter(|t| t.agent == Agent::Wykeve && begun.is_none_or(|begun| t.number < begun))
        .map(|t| t.number)
        .max();
    let ruling = rule(verdict, state.sent_back, state.max_rounds);
    match (ruling, answer, begun) {
        (Ruling::Done(outcome), ..) => return Err(Phase::Done(outcome)),
        (_, Some(_), _) => state.sent_back = 0,
        (Ruling::Again, None, _) | (_, None, Some(_)) => state.sent_back = state.sent_back.saturating_add(1),
        (Ruling::Ask(question), None, None) => return Err(Phase::Escalated { question }),
    }
    state.round = round;
    Ok(answer.unwrap_or(review.number))
}

/// The newest complete turn of this step and round, if it comes after turn number `after`.
fn complete(turns: &[Turn], step: Step, round: u32, after: u32) -> Option<&Turn> {
    turns
        .iter()
        .filter(|t| t.metadata.step == Some(step) && t.metadata.round == round && t.status == TurnStatus::Complete)
        .max_by_key(|t| t.number)
        .filter(|t| t.number > after)
}
