//! `context` and `receipt`: what memory would give, and what it gave.

use ccc_domain::{ContextState, SessionId, Step, TurnId};
use ccc_engine::memory::ContextRequest;

use crate::{
    args::{ContextArgs, Global},
    commands::{id, text, to_json, with_app},
    error::Error,
    render,
};

/// `ccc-cli context`. Changes nothing.
///
/// # Errors
/// [`Error::Invalid`] for the id or the directive; the engine's.
pub fn context(global: &Global, args: &ContextArgs) -> Result<(), Error> {
    let session = id::<SessionId>(&args.session)?;
    let directive = text(&args.directive)?;
    with_app(global, |app, out| {
        let memory = &app.engine.memory;
        let context = memory.get_relevant_context(session, &directive, &ContextRequest::default())?;
        match (args.form.json, args.block) {
            (true, _) => out.json(&to_json(&context)?),
            (_, true) => out.text(&context.block),
            _ => render::context(out, &context),
        }
    })
}

/// `ccc-cli receipt`.
///
/// # Errors
/// [`Error::Invalid`] for the id; the engine's.
pub fn receipt(global: &Global, turn: &str, as_json: bool) -> Result<(), Error> {
    let turn = id::<TurnId>(turn)?;
    with_app(global, |app, out| {
        let receipt = app.engine.memory.get_receipt(turn)?;
        if as_json {
            return out.json(&to_json(&receipt)?);
        }
        let Some(receipt) = receipt else {
            return out.line(without_receipt(app.engine.memory.get_turn(turn)?.metadata.step));
        };
        render::context(out, &receipt.context)?;
        if receipt.context.state == ContextState::Used && !receipt.context.block.is_empty() {
            out.line("")?;
            out.heading("The exact text:")?;
            out.line(&receipt.context.block)?;
        }
        Ok(())
    })
}

/// Why a turn of this step, or of none, has no receipt.
const fn without_receipt(step: Option<Step>) -> &'static str {
    match step {
        Some(_) => "A crash cut this step before its receipt was stored, so what memory gave it is not known.",
        None => "No step gave this turn, so nothing was taken from memory for it.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_a_receipt_was_cut_and_a_turn_without_a_step_took_nothing() {
        let told = [Step::Analyse, Step::Execute, Step::Review].map(|step| without_receipt(Some(step)));
        assert_eq!(
            told,
            ["A crash cut this step before its receipt was stored, so what memory gave it is not known."; 3]
        );
        assert_eq!(
            without_receipt(None),
            "No step gave this turn, so nothing was taken from memory for it."
        );
    }
}
