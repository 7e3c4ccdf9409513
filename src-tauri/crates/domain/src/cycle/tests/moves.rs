//! Arbitrary events, weighted so that cycles get somewhere.

use proptest::prelude::*;

use super::*;

/// One or several events in a row.
#[derive(Debug, Clone)]
pub(super) enum Move {
    Event(E),
    /// The open step writes this and is whole.
    Write(String),
    /// What is being stored is durable.
    Stored,
    /// The person does what the cycle waits for.
    GoOn,
}

impl Move {
    pub(super) fn events(&self, state: &CycleState) -> Vec<E> {
        match (self, state.phase()) {
            (Self::Event(event), _) => vec![event.clone()],
            (Self::Write(text), _) => vec![E::Delta(text.clone()), E::Finished(FinishReason::Stop)],
            (Self::Stored, Phase::Recording) => vec![E::DirectiveStored],
            (Self::Stored, Phase::Answering) => vec![E::AnswerStored],
            (Self::GoOn, Phase::Escalated { .. }) => vec![E::Answer("so".into())],
            (Self::GoOn, _) => vec![E::Resume],
            (Self::Stored, _) => vec![E::StepStored],
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        "a",
        "b ",
        "é🙂",
        "\naccept",
        "\n\nsend back: c",
        "\n\nescalate: d",
        "\n",
    ])
    .prop_map(String::from)
}

/// What a step writes; as a review, it mostly asks for another round.
fn whole() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        "a",
        "\naccept",
        "send back: b",
        "c\nsend back: c",
        "send back",
        "escalate: d",
    ])
    .prop_map(String::from)
}

pub(super) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let finish = prop::sample::select(vec![
        FinishReason::Stop,
        FinishReason::Length,
        FinishReason::ContentFilter,
        FinishReason::Eof,
    ]);
    let code = || prop::sample::select(vec![ErrorCode::DiskFailed, ErrorCode::ProviderUnreachable]);
    let event = prop_oneof![
        1 => text().prop_map(|directive| E::Submit { directive }),
        1 => Just(E::DirectiveStored),
        3 => text().prop_map(E::Delta),
        1 => finish.prop_map(E::Finished),
        1 => code().prop_map(E::Failed),
        1 => Just(E::Cancel),
        1 => Just(E::StepStored),
        1 => code().prop_map(E::StoreFailed),
        1 => Just(E::Interrupted),
        2 => Just(E::Resume),
        2 => text().prop_map(E::Answer),
        1 => Just(E::AnswerStored),
    ];
    let step = prop_oneof![
        4 => event.prop_map(Move::Event),
        6 => whole().prop_map(Move::Write),
        6 => Just(Move::Stored),
        2 => Just(Move::GoOn),
    ];
    prop::collection::vec(step, 0..100).prop_map(|mut moves| {
        moves.insert(0, Move::Event(submit("do it")));
        moves
    })
}
