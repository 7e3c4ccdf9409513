//! Finding the place again where the stored turns are not the plain run of one cycle.

use super::*;

fn directive() -> Turn {
    turn(1, Agent::Wykeve, "do it", TurnMetadata::default(), TurnStatus::Complete)
}

fn step(number: u32, step: Step, round: u32, content: &str) -> Turn {
    let metadata = TurnMetadata {
        step: Some(step),
        round,
        ..TurnMetadata::default()
    };
    turn(number, step.agent(), content, metadata, TurnStatus::Complete)
}

fn round(first: u32, round: u32, review: &str) -> [Turn; 2] {
    [
        step(first, Step::Execute, round, "work"),
        step(first + 1, Step::Review, round, review),
    ]
}

fn place(turns: &[Turn], max_rounds: u32) -> (Phase, u32, u32) {
    let state = CycleState::resume(turns, max_rounds);
    (state.phase().clone(), state.round(), state.sent_back())
}

#[test]
fn no_turn_is_no_cycle() {
    assert_eq!(CycleState::resume(&[], 2), CycleState::new(2));
}

#[test]
fn a_verdict_that_was_not_kept_is_read_again() {
    let mut turns = vec![directive(), step(2, Step::Analyse, 0, "plan")];
    turns.extend(round(3, 0, "Good.\n\naccept"));
    assert_eq!(place(&turns, 2), (Phase::Done(Outcome::Accepted), 0, 0));
}

#[test]
fn a_regenerated_step_makes_the_later_ones_due_again() {
    let mut turns = vec![directive(), step(2, Step::Analyse, 0, "plan")];
    turns.extend(round(3, 0, "accept"));
    turns.push(step(5, Step::Execute, 0, "other work"));
    assert_eq!(place(&turns, 2), (paused(Step::Review, ErrorCode::Truncated), 0, 0));
    turns.push(step(6, Step::Analyse, 0, "other plan"));
    turns.reverse();
    assert_eq!(
        place(&turns, 2),
        (paused(Step::Execute, ErrorCode::Truncated), 0, 0),
        "the order handed in does not matter"
    );
}

#[test]
fn what_happened_stands_when_the_setting_changes() {
    let mut turns = vec![directive(), step(2, Step::Analyse, 0, "plan")];
    turns.extend(round(3, 0, "send back: no tests"));
    turns.push(step(5, Step::Execute, 1, "work"));
    assert_eq!(
        place(&turns, 0),
        (paused(Step::Review, ErrorCode::Truncated), 1, 1),
        "round 1 had begun before sending back was turned off"
    );
    turns.insert(
        4,
        turn(5, Agent::Wykeve, "go on", TurnMetadata::default(), TurnStatus::Complete),
    );
    turns[5].number = 6;
    assert_eq!(
        place(&turns, 9),
        (paused(Step::Review, ErrorCode::Truncated), 1, 0),
        "the person had answered before more rounds were allowed"
    );
}

#[test]
fn an_unanswered_question_is_asked_again() {
    let mut turns = vec![directive(), step(2, Step::Analyse, 0, "plan")];
    turns.extend(round(3, 0, "escalate: which database?"));
    assert_eq!(
        place(&turns, 2),
        (
            Phase::Escalated {
                question: "which database?".into()
            },
            0,
            0
        )
    );
    let text = |number| {
        turn(
            number,
            Agent::Wykeve,
            "the small one",
            TurnMetadata::default(),
            TurnStatus::Complete,
        )
    };
    turns.push(text(5));
    assert_eq!(place(&turns, 2), (paused(Step::Execute, ErrorCode::Truncated), 1, 0));
    turns.extend(round(6, 1, "escalate: how small?"));
    assert_eq!(
        place(&turns, 2),
        (
            Phase::Escalated {
                question: "how small?".into()
            },
            1,
            0
        ),
        "one answer answers one question"
    );
}

fn numbers(turns: &[Turn]) -> Vec<u32> {
    turns.iter().map(|turn| turn.number).collect()
}

#[test]
fn a_turn_that_was_done_again_no_longer_counts() {
    let mut turns = vec![directive(), step(2, Step::Analyse, 0, "plan")];
    turns.extend(round(3, 0, "accept"));
    turns.push(step(5, Step::Analyse, 0, "other plan"));
    let (state, counted) = CycleState::resume_counted(&turns, 2);
    assert_eq!(state.phase(), &paused(Step::Execute, ErrorCode::Truncated));
    assert_eq!(
        numbers(&counted),
        [1, 5],
        "neither the old plan nor what was built on it is sent to a model"
    );
}

#[test]
fn any_step_that_was_done_can_be_done_again_in_its_latest_round() {
    let mut turns = vec![directive(), step(2, Step::Analyse, 0, "plan")];
    turns.extend(round(3, 0, "send back: no tests"));
    turns.extend(round(5, 1, "accept"));
    let again = |step| CycleState::retry(&turns, step, 2).unwrap();
    for (step, round, sent_back, counted) in [
        (Step::Analyse, 0, 0, vec![1]),
        (Step::Execute, 1, 1, vec![1, 2, 3, 4]),
        (Step::Review, 1, 1, vec![1, 2, 3, 4, 5]),
    ] {
        let (state, before) = again(step);
        assert_eq!(
            (
                state.phase().clone(),
                state.round(),
                state.sent_back(),
                numbers(&before)
            ),
            (paused(step, ErrorCode::Truncated), round, sent_back, counted),
            "{step}"
        );
    }
}

#[test]
fn a_step_that_never_came_is_not_done_again() {
    let mut turns = vec![directive(), step(2, Step::Analyse, 0, "plan")];
    assert_eq!(
        CycleState::retry(&turns, Step::Execute, 2).map(|(state, before)| (state.phase().clone(), numbers(&before))),
        Some((paused(Step::Execute, ErrorCode::Truncated), vec![1, 2])),
        "the step that is due may be asked for"
    );
    assert_eq!(CycleState::retry(&turns, Step::Review, 2), None);
    turns.clear();
    assert_eq!(CycleState::retry(&turns, Step::Analyse, 2), None);
}
