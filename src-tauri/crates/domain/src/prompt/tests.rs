use std::collections::BTreeMap;

use super::*;
use crate::{ContextItem, ConversationId, SessionId, Timestamp, TurnId, TurnMetadata, Verdict, persona};

mod hostile;

fn turn(number: u32, agent: Agent, content: &str, step: Option<(Step, u32)>) -> Turn {
    let metadata = TurnMetadata {
        step: step.map(|(step, _)| step),
        round: step.map_or(0, |(_, round)| round),
        ..TurnMetadata::default()
    };
    Turn {
        id: TurnId::from_parts(u64::from(number), [0; 10]),
        session_id: SessionId::from_bytes([1; 16]),
        conversation_id: ConversationId::from_bytes([2; 16]),
        number,
        agent,
        speaker: None,
        content: content.into(),
        created_at: Timestamp::from_ms(0),
        status: TurnStatus::Complete,
        metadata,
    }
}

fn step(number: u32, step: Step, round: u32, content: &str) -> Turn {
    turn(number, step.agent(), content, Some((step, round)))
}

fn first_pass() -> Vec<Turn> {
    vec![
        turn(1, Agent::Wykeve, "Write a function that checks e-mail addresses.", None),
        step(
            2,
            Step::Analyse,
            0,
            "1. Check for one @.\n2. Check the domain.\n3. Add tests.",
        ),
        step(
            3,
            Step::Execute,
            0,
            "fn is_address(text: &str) -> bool {\n    text.matches('@').count() == 1\n}",
        ),
    ]
}

fn asked(of: Step, turns: &[Turn], memory: &str) -> Vec<Message> {
    messages(of, turns, persona::shipped(of.agent()), memory).unwrap()
}

fn all_three(memory: &str) -> BTreeMap<&'static str, Vec<Message>> {
    Step::ALL
        .into_iter()
        .map(|step| (step.as_str(), asked(step, &first_pass(), memory)))
        .collect()
}

#[test]
fn the_plain_cycle_sends_the_frozen_bytes() {
    let sent = serde_json::to_string_pretty(&all_three("")).unwrap() + "\n";
    assert_eq!(
        sent,
        include_str!("stage1.json"),
        "with memory off and the shipped personas, every byte sent is the plain cycle's"
    );
}

#[test]
fn memory_changes_the_first_two_requests_only_and_only_their_system_text() {
    let (plain, remembering) = (all_three(""), all_three("MEMORY"));
    for step in [Step::Analyse, Step::Execute] {
        let (plain, remembering) = (&plain[step.as_str()], &remembering[step.as_str()]);
        assert_eq!(remembering[0].content, format!("{}\n\nMEMORY", plain[0].content));
        assert_eq!(remembering[1..], plain[1..]);
    }
    assert_eq!(remembering["review"], plain["review"]);
}

#[test]
fn work_sent_back_goes_out_with_the_review_and_the_order_to_revise() {
    let mut turns = first_pass();
    turns.push(step(4, Step::Review, 0, "send back: no tests"));
    let sent = asked(Step::Execute, &turns, "");
    assert_eq!(
        sent[..4],
        asked(Step::Execute, &first_pass(), "")[..],
        "it begins as the first time"
    );
    assert_eq!(sent[4], Message::new(Role::Assistant, turns[2].content.clone()));
    let expected = format!(
        "Beatrice's review of the previous work:\n\n<ccc:review>\nsend back: no tests\n</ccc:review>\n\n{REVISE}"
    );
    assert_eq!(sent[5..], [Message::new(Role::User, expected)]);
}

#[test]
fn the_persons_answer_reaches_both_agents_in_the_round_after_it() {
    let mut turns = first_pass();
    turns.push(step(4, Step::Review, 0, "escalate: also accept quoted names?"));
    turns.push(turn(5, Agent::Wykeve, "No, plain ones only.", None));
    let answer = "settles the matter:\n\n<ccc:answer>\nNo, plain ones only.\n</ccc:answer>";
    let executed = asked(Step::Execute, &turns, "");
    assert!(executed[5].content.contains(answer), "{executed:#?}");
    turns.push(step(6, Step::Execute, 1, "the new work"));
    let reviewed = asked(Step::Review, &turns, "");
    assert!(reviewed[3].content.contains(answer), "{reviewed:#?}");
    assert!(
        reviewed[3].content.contains("<ccc:work>\nthe new work\n</ccc:work>"),
        "{reviewed:#?}"
    );
    assert!(
        !reviewed[3].content.contains("is_address"),
        "the work of this round is judged, not the old one"
    );
    turns.push(step(7, Step::Review, 1, "send back: too slow"));
    let again = asked(Step::Execute, &turns, "");
    assert!(
        !again[5].content.contains("plain ones"),
        "the answer belonged to the round before: {again:#?}"
    );
    let mut later = first_pass();
    later.push(step(4, Step::Review, 0, "send back: no tests"));
    later.push(step(5, Step::Execute, 1, "tested work"));
    later.push(step(6, Step::Review, 1, "escalate: also accept quoted names?"));
    later.push(turn(7, Agent::Wykeve, "No, plain ones only.", None));
    let reviewed = asked(Step::Review, &later, "");
    assert!(
        !reviewed[3].content.contains("plain ones"),
        "the answer came after the work judged here: {reviewed:#?}"
    );
}

#[test]
fn the_newest_complete_turn_counts() {
    let mut turns = first_pass();
    turns.push(step(4, Step::Analyse, 0, "a better plan"));
    turns.push(Turn {
        status: TurnStatus::Interrupted,
        ..step(5, Step::Analyse, 0, "half a pl")
    });
    turns.reverse();
    let sent = asked(Step::Execute, &turns, "");
    assert!(sent[2].content.contains("a better plan"), "{sent:#?}");
}

#[test]
fn a_step_whose_ground_is_missing_is_not_composed() {
    let turns = first_pass();
    let missing = |of: Step, turns: &[Turn]| messages(of, turns, "persona", "").unwrap_err();
    let step = |step| MissingTurn::Step { step, round: 0 };
    assert_eq!(missing(Step::Analyse, &[]), MissingTurn::Directive);
    assert_eq!(missing(Step::Execute, &turns[1..]), MissingTurn::Directive);
    assert_eq!(missing(Step::Execute, &turns[..1]), step(Step::Analyse));
    assert_eq!(missing(Step::Review, &turns[..2]), step(Step::Execute));
    let mut cut = turns.clone();
    cut[1].status = TurnStatus::Truncated;
    assert_eq!(
        missing(Step::Execute, &cut),
        step(Step::Analyse),
        "a cut turn is no ground to build on"
    );
}

#[test]
fn the_order_to_review_and_the_persona_name_the_verdicts_that_are_understood() {
    for (form, verdict) in [
        ("accept", Verdict::Accept),
        ("send back: no tests", Verdict::SendBack("no tests".into())),
        ("escalate: who pays?", Verdict::Escalate("who pays?".into())),
    ] {
        assert_eq!(Verdict::parse(form), verdict);
        let name = form.split(':').next().unwrap();
        assert!(REVIEW.contains(&format!("`{name}")), "the order names {name}");
    }
    for word in ["accept", "send it back", "escalate"] {
        assert!(
            persona::shipped(Agent::Beatrice).contains(word),
            "her persona names {word}"
        );
    }
    assert_eq!(
        Verdict::parse(REVIEW),
        Verdict::NotGiven,
        "a model that repeats the order gives no verdict"
    );
}
