//! `delete`: of a session, a conversation, a turn, or everything; with what was destroyed and what could not be reached.

use ccc_domain::{ConversationId, SessionId, TurnId};
use ccc_engine::memory::ErasureReport;

use crate::{
    args::{DeleteArgs, Global},
    commands::{confirm::confirm, id, with_app},
    error::Error,
    open::App,
    out::{Out, one_line},
    render,
};

/// What no deletion inside a session that stays can reach.
const OUT_OF_REACH: &str = "Not reached: copies of the data made before, exported files, and what other turns say in words of \
                            their own.";
/// What deleting a session cannot reach.
const COPIES: &str = "Not reached: exported files, and copies of the keys file made before.";

/// `ccc-cli delete`.
///
/// # Errors
/// [`Error::Invalid`] for the id, or where nobody can be asked and `--yes` is missing; the engine's.
pub fn run(global: &Global, args: &DeleteArgs) -> Result<(), Error> {
    let session = args.session.as_deref().map(id::<SessionId>).transpose()?;
    let conversation = args.conversation.as_deref().map(id::<ConversationId>).transpose()?;
    let turn = args.turn.as_deref().map(id::<TurnId>).transpose()?;
    with_app(global, |app, out| match (session, conversation, turn) {
        (Some(session), ..) => delete_session(app, out, session, args.yes),
        (_, Some(conversation), _) => delete_conversation(app, out, conversation, args.yes),
        (.., Some(turn)) => delete_turn(app, out, turn, args.yes),
        _ => delete_everything(app, out, args.yes),
    })
}

fn delete_session(app: &App, out: &mut Out, id: SessionId, yes: bool) -> Result<(), Error> {
    let title = render::title(&app.engine.memory.get_session(id)?);
    if !confirmed(yes, &format!("“{title}”"))? {
        return out.line("Nothing was deleted.");
    }
    let report = app.engine.memory.delete_session(id)?;
    let key = if report.key_destroyed {
        "its key is destroyed"
    } else {
        "its key is still there"
    };
    out.line(format!(
        "Deleted “{title}”: {} conversations with all their turns, receipts and summaries; {key}.",
        report.conversations
    ))?;
    out.line(COPIES)
}

fn delete_conversation(app: &App, out: &mut Out, id: ConversationId, yes: bool) -> Result<(), Error> {
    let directive = app.engine.memory.get_conversation(id)?.directive;
    if !confirmed(yes, &format!("the conversation “{}”", one_line(&directive)))? {
        return out.line("Nothing was deleted.");
    }
    let report = app.engine.delete_conversation(id)?;
    out.line(format!(
        "Deleted a conversation with {} turns{}",
        report.turns,
        also(&report)
    ))?;
    out.line(OUT_OF_REACH)
}

fn delete_turn(app: &App, out: &mut Out, id: TurnId, yes: bool) -> Result<(), Error> {
    let turn = app.engine.memory.get_turn(id)?;
    if !confirmed(yes, &format!("turn {} of {}", turn.number, turn.agent.name()))? {
        return out.line("Nothing was deleted.");
    }
    let report = app.engine.delete_turn(id)?;
    out.line(format!("Deleted the text of the turn{}", also(&report)))?;
    out.line(OUT_OF_REACH)
}

fn delete_everything(app: &App, out: &mut Out, yes: bool) -> Result<(), Error> {
    if !confirmed(yes, "every session")? {
        return out.line("Nothing was deleted.");
    }
    let sessions = app.engine.delete_everything()?;
    out.line(format!(
        "Deleted {sessions} sessions with everything in them; their keys are destroyed. Settings, providers and the audit \
         trail stay."
    ))?;
    out.line(COPIES)
}

/// What went with it, to the end of the sentence.
fn also(report: &ErasureReport) -> String {
    let mut also = format!(
        ", what {} receipts quoted of it, {} summaries, and the session's index",
        report.receipts, report.summaries
    );
    if report.title {
        also.push_str("; the session's title was made of it and is gone");
    }
    if report.own_summaries > 0 {
        also.push_str(&format!("; {} summaries in your own words stay", report.own_summaries));
    }
    if !report.log_emptied {
        also.push_str("; the file's log is emptied when CCC next ends");
    }
    also.push('.');
    also
}

fn confirmed(yes: bool, what: &str) -> Result<bool, Error> {
    Ok(yes || confirm(&format!("Delete {what} for good? Type yes: "))?)
}
