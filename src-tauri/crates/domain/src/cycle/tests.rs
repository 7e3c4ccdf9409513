//! The cycle's ways, one by one; its rules under arbitrary events are in `properties`.

use super::{CycleEvent as E, CycleState, Effect, Outcome, Phase, next};
use crate::{
    Agent, ConversationId, ErrorCode, FinishReason, SessionId, Step, Timestamp, Turn, TurnId, TurnMetadata, TurnStatus,
    Verdict,
};

mod moves;
mod properties;
mod resuming;
mod stopping;
mod world;

fn submit(text: &str) -> E {
    E::Submit { directive: text.into() }
}

fn request(step: Step, round: u32) -> Effect {
    Effect::Request { step, round }
}

fn paused(step: Step, cause: ErrorCode) -> Phase {
    Phase::Paused { step, cause }
}

fn complete(step: Step, round: u32, text: &str, verdict: Option<Verdict>) -> Effect {
    Effect::StoreTurn {
        step,
        round,
        status: TurnStatus::Complete,
        finish: Some(FinishReason::Stop),
        text: text.into(),
        verdict,
    }
}

/// The state after `events`, and all effects in their order.
fn run(state: CycleState, events: impl IntoIterator<Item = E>) -> (CycleState, Vec<Effect>) {
    events.into_iter().fold((state, Vec::new()), |(state, mut all), event| {
        let (state, effects) = next(state, event);
        all.extend(effects);
        (state, all)
    })
}

/// A step that writes `text`, is whole, and is stored.
fn wrote(text: &str) -> [E; 3] {
    [E::Delta(text.into()), E::Finished(FinishReason::Stop), E::StepStored]
}

fn running(step: Step, max_rounds: u32) -> CycleState {
    let before = Step::ALL
        .into_iter()
        .take_while(|s| *s != step)
        .flat_map(|_| wrote("done"));
    let events = [submit("do it"), E::DirectiveStored].into_iter().chain(before);
    run(CycleState::new(max_rounds), events).0
}

fn reviewed(max_rounds: u32, review: &str) -> (CycleState, Vec<Effect>) {
    run(running(Step::Review, max_rounds), wrote(review))
}

fn turn(number: u32, agent: Agent, content: &str, metadata: TurnMetadata, status: TurnStatus) -> Turn {
    Turn {
        id: TurnId::from_parts(u64::from(number), [0; 10]),
        session_id: SessionId::from_bytes([1; 16]),
        conversation_id: ConversationId::from_bytes([2; 16]),
        number,
        agent,
        speaker: None,
        content: content.into(),
        created_at: Timestamp::from_ms(0),
        status,
        metadata,
    }
}

#[test]
fn an_accepted_cycle_asks_for_three_steps_in_order() {
    let events = [submit("do it"), E::DirectiveStored].into_iter();
    let events = events
        .chain(wrote("plan"))
        .chain(wrote("work"))
        .chain(wrote("fine\n\naccept"));
    let (state, effects) = run(CycleState::new(2), events);
    assert_eq!(
        effects,
        [
            Effect::StoreDirective("do it".into()),
            request(Step::Analyse, 0),
            complete(Step::Analyse, 0, "plan", None),
            request(Step::Execute, 0),
            complete(Step::Execute, 0, "work", None),
            request(Step::Review, 0),
            complete(Step::Review, 0, "fine\n\naccept", Some(Verdict::Accept)),
            Effect::Complete(Outcome::Accepted),
        ]
    );
    assert_eq!(state.phase(), &Phase::Done(Outcome::Accepted));
}

#[test]
fn nothing_is_requested_before_the_directive_is_durable() {
    let (state, effects) = run(CycleState::new(2), [submit("do it")]);
    assert_eq!(
        (state.phase(), effects),
        (&Phase::Recording, vec![Effect::StoreDirective("do it".into())])
    );
}

#[test]
fn blank_text_and_misplaced_commands_are_refused_and_change_nothing() {
    let rows = [
        (CycleState::new(2), submit(" \n\t"), ErrorCode::InvalidInput),
        (CycleState::new(2), E::Resume, ErrorCode::CycleState),
        (CycleState::new(2), E::Answer("yes".into()), ErrorCode::CycleState),
        (running(Step::Execute, 2), submit("more"), ErrorCode::CycleState),
        (running(Step::Execute, 2), E::Resume, ErrorCode::CycleState),
        (reviewed(2, "accept").0, submit("more"), ErrorCode::CycleState),
        (
            reviewed(2, "escalate: who?").0,
            E::Answer("  ".into()),
            ErrorCode::InvalidInput,
        ),
        (
            run(CycleState::new(2), [submit("do it")]).0,
            E::Resume,
            ErrorCode::CycleState,
        ),
    ];
    for (state, event, code) in rows {
        let (after, effects) = next(state.clone(), event.clone());
        assert_eq!(
            (&after, effects),
            (&state, vec![Effect::Refuse(code)]),
            "{event:?} in {:?}",
            state.phase()
        );
    }
}

#[test]
fn a_review_without_a_verdict_ends_the_cycle_and_says_so() {
    let (state, effects) = reviewed(2, "Looks fine to me.");
    assert_eq!(effects.last(), Some(&Effect::Complete(Outcome::NoVerdict)));
    assert_eq!(state.phase(), &Phase::Done(Outcome::NoVerdict));
}

#[test]
fn work_is_sent_back_until_the_rounds_are_used_up_and_then_the_person_is_asked() {
    let (state, effects) = reviewed(1, "send back: no tests");
    assert_eq!(effects.last(), Some(&request(Step::Execute, 1)));
    assert_eq!((state.round(), state.sent_back()), (1, 1));
    let (state, effects) = run(
        state,
        wrote("work again")
            .into_iter()
            .chain(wrote("send back: still no tests")),
    );
    let Some(Effect::Ask { question }) = effects.last() else {
        panic!("the person is asked, not {effects:?}");
    };
    assert!(
        question.contains("still no tests"),
        "the question carries the reasons: {question}"
    );
    let (state, effects) = run(state, [E::Cancel, E::Answer("without tests".into()), E::AnswerStored]);
    assert_eq!(
        effects,
        [Effect::StoreAnswer("without tests".into()), request(Step::Execute, 2)]
    );
    assert_eq!(
        (state.round(), state.sent_back()),
        (2, 0),
        "the person has spoken, so the count starts again"
    );
}

#[test]
fn with_no_rounds_a_send_back_asks_the_person_at_once() {
    let (state, effects) = reviewed(0, "send back: no tests");
    assert!(
        matches!(effects.last(), Some(Effect::Ask { .. })),
        "not sent back: {effects:?}"
    );
    assert_eq!((state.round(), state.sent_back()), (0, 0));
}

#[test]
fn an_escalation_stays_until_it_is_answered() {
    let (state, _) = reviewed(2, "escalate: which database?");
    let escalated = Phase::Escalated {
        question: "which database?".into(),
    };
    let (after, effects) = run(state, [E::Cancel, E::Interrupted, E::Delta("x".into()), E::StepStored]);
    assert_eq!((after.phase(), effects), (&escalated, vec![]));
}

#[test]
fn a_state_survives_json_in_every_phase() {
    let storing = [E::Delta("half".into()), E::Finished(FinishReason::Stop)];
    let states = [
        CycleState::new(3),
        run(CycleState::new(2), [submit("do it")]).0,
        running(Step::Analyse, 2),
        run(running(Step::Review, 2), storing.clone()).0,
        run(
            running(Step::Review, 2),
            storing.into_iter().chain([E::StoreFailed(ErrorCode::DiskFailed)]),
        )
        .0,
        next(running(Step::Execute, 2), E::Cancel).0,
        reviewed(2, "accept").0,
        reviewed(2, "escalate: who?").0,
        next(reviewed(2, "escalate: who?").0, E::Answer("me".into())).0,
    ];
    for state in states {
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<CycleState>(&json).unwrap(), state, "{json}");
    }
    let json = serde_json::to_string(&Phase::Done(Outcome::NoVerdict)).unwrap();
    assert_eq!(json, r#"{"name":"done","data":"no_verdict"}"#);
}
