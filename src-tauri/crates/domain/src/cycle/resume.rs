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
        Line::replay(turns, max_rounds).state
    }

    /// As [`Self::resume`], with the turns that count in it, by number: what the person said, and of each step the turn
    /// the cycle builds on. A prompt is made of these; what was cut, or done again since, is left out.
    pub fn resume_counted(turns: &[Turn], max_rounds: u32) -> (Self, Vec<Turn>) {
        let line = Line::replay(turns, max_rounds);
        let counted = line.counted(turns);
        (line.state, counted)
    }

    /// The state from which `step` of the latest round is done again, and the turns that count for it; none where the
    /// step's turn has not come yet. The later steps are due again afterwards.
    pub fn retry(turns: &[Turn], step: Step, max_rounds: u32) -> Option<(Self, Vec<Turn>)> {
        let line = Line::replay(turns, max_rounds);
        let mut before = line.counted(turns);
        if let Some((_, again)) = line.done.iter().rev().find(|(done, _)| *done == step) {
            before.retain(|turn| turn.number < *again);
            return Some((Self::resume(&before, max_rounds), before));
        }
        matches!(line.state.phase, Phase::Paused { step: due, .. } if due == step).then_some((line.state, before))
    }
}

/// A cycle's way through its turns.
struct Line {
    state: CycleState,
    /// The steps that count, with the numbers of their turns, in the order they were done.
    done: Vec<(Step, u32)>,
}

impl Line {
    fn replay(turns: &[Turn], max_rounds: u32) -> Self {
        let mut line = Self {
            state: CycleState::new(max_rounds),
            done: Vec::new(),
        };
        let directive = turns.iter().filter(|t| t.agent == Agent::Wykeve).map(|t| t.number);
        if let Some(directive) = directive.min() {
            line.state.phase = line.follow(turns, directive);
        }
        line
    }

    /// Goes from step to step as long as they are there; the phase it comes to.
    fn follow(&mut self, turns: &[Turn], directive: u32) -> Phase {
        let paused = |step| Phase::Paused { step, cause: CUT };
        let Some(guidance) = self.step(turns, Step::Analyse, directive) else {
            return paused(Step::Analyse);
        };
        let mut after = guidance.number;
        loop {
            let Some(work) = self.step(turns, Step::Execute, after) else {
                return paused(Step::Execute);
            };
            let Some(review) = self.step(turns, Step::Review, work.number) else {
                return paused(Step::Review);
            };
            after = match went_on(&mut self.state, turns, review) {
                Ok(number) => number,
                Err(end) => return end,
            };
        }
    }

    /// The turn of `step` in the present round, where it comes after turn number `after`.
    fn step<'a>(&mut self, turns: &'a [Turn], step: Step, after: u32) -> Option<&'a Turn> {
        let turn = complete(turns, step, self.state.round, after)?;
        self.done.push((step, turn.number));
        Some(turn)
    }

    fn counted(&self, turns: &[Turn]) -> Vec<Turn> {
        let counts =
            |turn: &&Turn| turn.agent == Agent::Wykeve || self.done.iter().any(|(_, number)| *number == turn.number);
        let mut counted: Vec<Turn> = turns.iter().filter(counts).cloned().collect();
        counted.sort_by_key(|turn| turn.number);
        counted
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
