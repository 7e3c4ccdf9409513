//! The rules of the cycle under arbitrary events.

use std::collections::BTreeSet;

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::{moves::moves, world::World, *};

/// Where a cycle with these turns goes on, told one turn after the other.
#[derive(Debug, PartialEq)]
enum Due {
    Nothing,
    Request(Step, u32),
    Answer,
    End,
}

fn due(turns: &[Turn], max_rounds: u32) -> Due {
    let (mut due, mut round, mut sent_back) = (Due::Nothing, 0, 0);
    for turn in turns {
        due = match (due, turn.metadata.step) {
            (Due::Nothing, None) => Due::Request(Step::Analyse, 0),
            (Due::Answer, None) => {
                (round, sent_back) = (round + 1, 0);
                Due::Request(Step::Execute, round)
            }
            (due, Some(_)) if turn.status != TurnStatus::Complete => due,
            (_, Some(Step::Analyse)) => Due::Request(Step::Execute, round),
            (_, Some(Step::Execute)) => Due::Request(Step::Review, round),
            (_, Some(Step::Review)) => match turn.metadata.verdict.as_ref().expect("a whole review has a verdict") {
                Verdict::Accept | Verdict::NotGiven => Due::End,
                Verdict::SendBack(_) if sent_back < max_rounds => {
                    (round, sent_back) = (round + 1, sent_back + 1);
                    Due::Request(Step::Execute, round)
                }
                _ => Due::Answer,
            },
            (due, None) => panic!("the person spoke while {due:?} was due"),
        };
    }
    due
}

/// Where a state goes on, as it shows when it is resumed.
fn goes_on(state: &CycleState) -> Due {
    match (state.phase(), next(state.clone(), E::Resume).1.as_slice()) {
        (Phase::Idle, [Effect::Refuse(_)]) => Due::Nothing,
        (Phase::Escalated { .. }, [Effect::Refuse(_)]) => Due::Answer,
        (Phase::Done(_), [Effect::Refuse(_)]) => Due::End,
        (Phase::Paused { .. }, [Effect::Request { step, round }]) => Due::Request(*step, *round),
        other => panic!("not at rest: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_hold_whatever_happens(max_rounds in 0u32..4, moves in moves()) {
        World::new(max_rounds).play(&moves);
    }

    #[test]
    fn the_first_step_not_whole_is_found_from_any_prefix(max_rounds in 0u32..4, moves in moves()) {
        let world = World::new(max_rounds).play(&moves);
        for end in 0..=world.stored.len() {
            let turns = &world.stored[..end];
            prop_assert_eq!(goes_on(&CycleState::resume(turns, max_rounds)), due(turns, max_rounds), "after {} turns", end);
        }
    }

    #[test]
    fn a_restart_at_rest_changes_nothing_but_the_cause(max_rounds in 0u32..4, moves in moves()) {
        let world = World::new(max_rounds).play(&moves).settle();
        let live = &world.state;
        let again = CycleState::resume(&world.stored, max_rounds);
        prop_assert_eq!((again.round(), again.sent_back()), (live.round(), live.sent_back()));
        match (again.phase(), live.phase()) {
            (Phase::Paused { step, .. }, Phase::Paused { step: was, .. }) => prop_assert_eq!(step, was),
            (phase, was) => prop_assert_eq!(phase, was),
        }
    }
}

#[test]
fn the_moves_above_reach_every_phase_and_several_rounds() {
    let (mut phases, mut rounds) = (BTreeSet::new(), BTreeSet::new());
    let mut runner = TestRunner::deterministic();
    for _ in 0..500 {
        let moves = moves().new_tree(&mut runner).unwrap().current();
        let world = World::new(2).play(&moves);
        phases.extend(world.phases);
        rounds.extend(world.rounds);
    }
    let all = [
        "answering",
        "done",
        "escalated",
        "paused",
        "recording",
        "running",
        "storing",
        "unstored",
    ];
    assert_eq!(phases, BTreeSet::from(all), "no phase goes untested");
    assert!(rounds.len() >= 4, "send-backs and answers were reached: {rounds:?}");
}
