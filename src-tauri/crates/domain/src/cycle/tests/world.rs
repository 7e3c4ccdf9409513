//! A small model of the world around a cycle, which checks the cycle's rules at every event.

use std::collections::BTreeSet;

use super::{moves::Move, *};

/// The world: what is durable, what was said, whether a request is open.
pub(super) struct World {
    pub(super) state: CycleState,
    pub(super) stored: Vec<Turn>,
    in_flight: Option<Effect>,
    open: bool,
    /// All text accepted from the model, and the part of it no durable turn holds yet.
    said: String,
    loose: String,
    /// The text of the durable turns of the agents, in their order.
    durable: String,
    sent_back: u32,
    pub(super) rounds: BTreeSet<u32>,
    pub(super) phases: BTreeSet<&'static str>,
}

impl World {
    pub(super) fn new(max_rounds: u32) -> Self {
        Self {
            state: CycleState::new(max_rounds),
            stored: Vec::new(),
            in_flight: None,
            open: false,
            said: String::new(),
            loose: String::new(),
            durable: String::new(),
            sent_back: 0,
            rounds: BTreeSet::new(),
            phases: BTreeSet::new(),
        }
    }

    pub(super) fn play(mut self, moves: &[Move]) -> Self {
        for step in moves {
            for event in step.events(&self.state) {
                self.happen(event);
            }
        }
        self
    }

    /// The app ends, and all that is under way still becomes durable.
    pub(super) fn settle(mut self) -> Self {
        while self.state.is_busy() || matches!(self.state.phase(), Phase::Unstored { .. }) {
            if !self.state.is_busy() {
                self.happen(E::Resume);
            }
            self.happen(E::Interrupted);
            for event in Move::Stored.events(&self.state) {
                self.happen(event);
            }
        }
        self
    }

    fn happen(&mut self, event: E) {
        let was_running = matches!(self.state.phase(), Phase::Running { .. });
        match (&event, self.state.phase()) {
            (E::Delta(text), Phase::Running { .. }) => {
                self.said.push_str(text);
                self.loose.push_str(text);
            }
            (E::DirectiveStored, Phase::Recording) | (E::AnswerStored, Phase::Answering) => self.make_durable(),
            (E::StepStored, Phase::Storing { .. }) => self.make_durable(),
            _ => {}
        }
        if was_running && matches!(event, E::Finished(_) | E::Failed(_)) {
            self.open = false;
        }
        let (state, effects) = next(self.state.clone(), event);
        self.state = state;
        for effect in effects {
            self.perform(effect);
        }
        self.check();
    }

    fn make_durable(&mut self) {
        let number = u32::try_from(self.stored.len()).unwrap() + 1;
        let whole = TurnStatus::Complete;
        self.stored
            .push(match self.in_flight.take().expect("a store was under way") {
                Effect::StoreDirective(text) | Effect::StoreAnswer(text) => {
                    turn(number, Agent::Wykeve, &text, TurnMetadata::default(), whole)
                }
                Effect::StoreTurn {
                    step,
                    round,
                    status,
                    finish,
                    text,
                    verdict,
                } => {
                    self.durable.push_str(&text);
                    self.loose.clear();
                    let metadata = TurnMetadata {
                        step: Some(step),
                        round,
                        finish_reason: finish,
                        verdict,
                        ..TurnMetadata::default()
                    };
                    turn(number, step.agent(), &text, metadata, status)
                }
                other => panic!("{other:?} is no store"),
            });
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Request { step, round } => {
                assert!(!self.open, "a second request was opened");
                assert!(!self.stored.is_empty(), "a request before the directive was durable");
                assert!(!self.is_whole(step, round), "{step} of round {round} is paid for twice");
                assert_eq!(self.loose, "", "a step begins with the text of another not durable");
                self.open = true;
                if step == Step::Execute && self.rounds.insert(round) && round > 0 {
                    self.count_send_back();
                }
            }
            Effect::Abort => {
                assert!(self.open, "nothing to abort");
                self.open = false;
            }
            Effect::StoreTurn {
                ref text,
                status,
                finish,
                ..
            } => {
                let whole = finish == Some(FinishReason::Stop);
                assert_eq!(
                    status == TurnStatus::Complete,
                    whole,
                    "whole is what the provider called so"
                );
                assert!(!self.open, "a turn is stored whose request is still open");
                assert_eq!(*text, self.loose, "a turn holds exactly what its step said");
                self.in_flight = Some(effect);
            }
            Effect::StoreDirective(_) | Effect::StoreAnswer(_) => self.in_flight = Some(effect),
            Effect::Complete(_) => {
                let last = self.stored.last().expect("turns are stored");
                assert_eq!(
                    (last.metadata.step, last.status),
                    (Some(Step::Review), TurnStatus::Complete)
                );
                let mut works = self.stored.iter().filter(|t| t.metadata.step == Some(Step::Execute));
                let newest = works.next_back().expect("work is stored");
                assert_eq!(
                    newest.metadata.round, last.metadata.round,
                    "the review is of another round's work"
                );
                assert_eq!(newest.status, TurnStatus::Complete, "the work reviewed is whole");
            }
            Effect::Ask { .. } | Effect::Refuse(_) => {}
        }
    }

    fn is_whole(&self, step: Step, round: u32) -> bool {
        let same = |t: &&Turn| t.metadata.step == Some(step) && t.metadata.round == round;
        self.stored
            .iter()
            .filter(same)
            .any(|t| t.status == TurnStatus::Complete)
    }

    /// A new round begins: sent back if a review was the last word on it, answered if the person was.
    fn count_send_back(&mut self) {
        let ruling = |t: &&Turn| {
            t.agent == Agent::Wykeve || (t.metadata.step == Some(Step::Review) && t.status == TurnStatus::Complete)
        };
        let by_person = self
            .stored
            .iter()
            .rev()
            .find(ruling)
            .is_some_and(|t| t.agent == Agent::Wykeve);
        self.sent_back = if by_person { 0 } else { self.sent_back + 1 };
        assert!(
            self.sent_back <= self.state.max_rounds(),
            "sent back more often than allowed"
        );
    }

    fn check(&mut self) {
        let said = self.said.strip_prefix(self.durable.as_str());
        assert_eq!(said, Some(self.loose.as_str()), "text was lost, doubled or reordered");
        assert!(
            self.state.sent_back() <= self.state.max_rounds(),
            "the state counts more send-backs than allowed"
        );
        assert_eq!(
            self.open,
            matches!(self.state.phase(), Phase::Running { .. }),
            "a request is open while running"
        );
        self.phases.insert(name(self.state.phase()));
        if !matches!(
            self.state.phase(),
            Phase::Running { .. } | Phase::Storing { .. } | Phase::Unstored { .. }
        ) {
            assert_eq!(self.loose, "", "a step ended and its text is nowhere durable");
        }
    }
}

fn name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Idle => "idle",
        Phase::Recording => "recording",
        Phase::Running { .. } => "running",
        Phase::Storing { .. } => "storing",
        Phase::Paused { .. } => "paused",
        Phase::Unstored { .. } => "unstored",
        Phase::Escalated { .. } => "escalated",
        Phase::Answering => "answering",
        Phase::Done(_) => "done",
    }
}
