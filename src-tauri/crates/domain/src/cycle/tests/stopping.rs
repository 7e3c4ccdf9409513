//! What is stopped, cut or not stored: nothing is lost, and nothing whole is asked for twice.

use super::*;

fn interrupted(step: Step, text: &str) -> Effect {
    Effect::StoreTurn {
        step,
        round: 0,
        status: TurnStatus::Interrupted,
        finish: None,
        text: text.into(),
        verdict: None,
    }
}

#[test]
fn a_stopped_step_keeps_its_text_and_is_asked_for_again() {
    for (event, cause, aborts) in [
        (E::Cancel, ErrorCode::Cancelled, true),
        (E::Interrupted, ErrorCode::Truncated, true),
        (
            E::Failed(ErrorCode::ProviderUnreachable),
            ErrorCode::ProviderUnreachable,
            false,
        ),
    ] {
        let (state, effects) = run(
            running(Step::Execute, 2),
            [E::Delta("half".into()), event.clone(), E::StepStored],
        );
        let abort = aborts.then_some(Effect::Abort);
        let expected: Vec<Effect> = abort
            .clone()
            .into_iter()
            .chain([interrupted(Step::Execute, "half")])
            .collect();
        assert_eq!(
            (state.phase(), effects),
            (&paused(Step::Execute, cause), expected),
            "after {event:?}"
        );
        assert_eq!(next(state, E::Resume).1, [request(Step::Execute, 0)]);

        let (state, effects) = next(running(Step::Execute, 2), event.clone());
        let expected: Vec<Effect> = abort.into_iter().collect();
        assert_eq!(
            (state.phase(), effects),
            (&paused(Step::Execute, cause), expected),
            "no text, no turn: {event:?}"
        );
    }
}

#[test]
fn an_answer_the_provider_cut_is_never_whole() {
    for finish in [FinishReason::Length, FinishReason::ContentFilter, FinishReason::Eof] {
        let events = [E::Delta("fine\naccept".into()), E::Finished(finish), E::StepStored];
        let (state, effects) = run(running(Step::Review, 2), events);
        let truncated = Effect::StoreTurn {
            step: Step::Review,
            round: 0,
            status: TurnStatus::Truncated,
            finish: Some(finish),
            text: "fine\naccept".into(),
            verdict: None,
        };
        assert_eq!(
            (state.phase(), effects),
            (&paused(Step::Review, ErrorCode::Truncated), vec![truncated])
        );
    }
}

#[test]
fn what_could_not_be_stored_is_held_and_stored_again() {
    let full = E::StoreFailed(ErrorCode::DiskFailed);
    let unstored = Phase::Unstored {
        cause: ErrorCode::DiskFailed,
    };
    let written = [E::Delta("plan".into()), E::Finished(FinishReason::Stop)];
    let (escalated, _) = reviewed(2, "escalate: who?");
    let rows = [
        (
            CycleState::new(2),
            vec![submit("do it")],
            E::DirectiveStored,
            request(Step::Analyse, 0),
        ),
        (
            running(Step::Analyse, 2),
            written.to_vec(),
            E::StepStored,
            request(Step::Execute, 0),
        ),
        (
            escalated,
            vec![E::Answer("me".into())],
            E::AnswerStored,
            request(Step::Execute, 1),
        ),
    ];
    for (state, events, stored, then) in rows {
        let (state, first) = run(state, events);
        let (state, none) = run(state, [full.clone(), full.clone(), stored.clone()]);
        assert_eq!((state.phase(), none), (&unstored, vec![]));
        assert_eq!(state.unstored(), first.last().cloned());
        let (state, again) = next(state, E::Resume);
        assert_eq!(again, first, "the same store, and no request");
        assert_eq!(next(state, stored).1, [then]);
    }
}

#[test]
fn a_stop_while_storing_keeps_the_step_and_opens_no_further_request() {
    let events = [
        E::Delta("plan".into()),
        E::Finished(FinishReason::Stop),
        E::Cancel,
        E::StepStored,
    ];
    let (state, effects) = run(running(Step::Analyse, 2), events);
    assert_eq!(effects, [complete(Step::Analyse, 0, "plan", None)]);
    assert_eq!(state.phase(), &paused(Step::Execute, ErrorCode::Cancelled));
    assert_eq!(next(state, E::Resume).1, [request(Step::Execute, 0)]);
}
