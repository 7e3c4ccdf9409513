//! `sessions`, `show`, `rename`, `archive`, `restore` and `delete`.

use std::io::{self, Write};

use ccc_domain::{Conversation, ConversationId, ErrorCode, SessionId};
use ccc_engine::{Engine, memory::SessionFilter};
use serde_json::{Value, json};

use crate::{
    args::Global,
    commands::{id, to_json, with_app},
    error::Error,
    out::Out,
    render, secrets,
};

/// `ccc-cli sessions`.
///
/// # Errors
/// The engine's.
pub fn list(global: &Global, archived: bool, all: bool, as_json: bool) -> Result<(), Error> {
    let filter = match (archived, all) {
        (true, _) => SessionFilter::Archived,
        (_, true) => SessionFilter::All,
        _ => SessionFilter::Active,
    };
    with_app(global, |app, out| {
        let sessions = app.engine.memory.list_sessions(filter)?;
        if as_json {
            return out.json(&to_json(&sessions)?);
        }
        sessions
            .iter()
            .try_for_each(|session| out.line(render::session(session)))
    })
}

/// `ccc-cli show`: of a session, else of a conversation with that id.
///
/// # Errors
/// [`Error::Invalid`] for the id; the engine's.
pub fn show(global: &Global, text: &str, as_json: bool) -> Result<(), Error> {
    let session = id::<SessionId>(text)?;
    let conversation = id::<ConversationId>(text)?;
    with_app(global, |app, out| match app.engine.memory.get_session(session) {
        Err(error) if error.code() == ErrorCode::NotFound => show_conversation(&app.engine, out, conversation, as_json),
        found => {
            let found = found?;
            let conversations = app.engine.memory.list_conversations(found.id)?;
            if as_json {
                let each = conversations.iter().map(|c| conversation_json(&app.engine, c));
                let conversations = each.collect::<Result<Vec<_>, _>>()?;
                return out.json(&json!({"session": to_json(&found)?, "conversations": conversations}));
            }
            out.heading(render::title(&found))?;
            out.aside(render::session(&found))?;
            for conversation in &conversations {
                let turns = app.engine.memory.get_conversation_history(conversation.id)?;
                render::conversation(out, conversation, &turns)?;
            }
            Ok(())
        }
    })
}

fn show_conversation(engine: &Engine, out: &mut Out, id: ConversationId, as_json: bool) -> Result<(), Error> {
    let conversation = match engine.memory.get_conversation(id) {
        Err(error) if error.code() == ErrorCode::NotFound => return Err(Error::NothingThere),
        found => found?,
    };
    if as_json {
        return out.json(&conversation_json(engine, &conversation)?);
    }
    render::conversation(out, &conversation, &engine.memory.get_conversation_history(id)?)
}

fn conversation_json(engine: &Engine, conversation: &Conversation) -> Result<Value, Error> {
    let turns = engine.memory.get_conversation_history(conversation.id)?;
    Ok(json!({"conversation": to_json(conversation)?, "turns": to_json(&turns)?}))
}

/// `ccc-cli rename`.
///
/// # Errors
/// [`Error::Invalid`] for the id; the engine's.
pub fn rename(global: &Global, session: &str, title: &str) -> Result<(), Error> {
    let session = id(session)?;
    with_app(global, |app, out| {
        let renamed = app.engine.memory.rename_session(session, title)?;
        out.line(format!("Renamed: “{}”", render::title(&renamed)))
    })
}

/// `ccc-cli archive`.
///
/// # Errors
/// [`Error::Invalid`] for the id; the engine's.
pub fn archive(global: &Global, session: &str) -> Result<(), Error> {
    let session = id(session)?;
    with_app(global, |app, out| {
        let archived = app.engine.memory.archive_session(session)?;
        out.line(format!("Archived and read-only: “{}”", render::title(&archived)))
    })
}

/// `ccc-cli restore`.
///
/// # Errors
/// [`Error::Invalid`] for the id; the engine's.
pub fn restore(global: &Global, session: &str) -> Result<(), Error> {
    let session = id(session)?;
    with_app(global, |app, out| {
        let restored = app.engine.memory.restore_session(session)?;
        out.line(format!("Active again: “{}”", render::title(&restored)))
    })
}

/// `ccc-cli delete`.
///
/// # Errors
/// [`Error::Invalid`] for the id, or where nobody can be asked and `--yes` is missing; the engine's.
pub fn delete(global: &Global, session: &str, yes: bool) -> Result<(), Error> {
    let session = id::<SessionId>(session)?;
    with_app(global, |app, out| {
        let found = app.engine.memory.get_session(session)?;
        let title = render::title(&found);
        if !yes && !confirm(&format!("Delete “{title}” for good? Type yes: "))? {
            return out.line("Nothing was deleted.");
        }
        let report = app.engine.memory.delete_session(session)?;
        let key = if report.key_destroyed {
            "its key is destroyed"
        } else {
            "its key is still there"
        };
        out.line(format!(
            "Deleted “{title}”: {} conversations with all their turns, receipts and summaries; {key}.",
            report.conversations
        ))
    })
}

/// Asks before something that cannot be undone by asking again.
///
/// # Errors
/// [`Error::Invalid`] when there is nobody to ask; [`Error::Output`] when the terminal fails.
pub fn confirm(question: &str) -> Result<bool, Error> {
    if !secrets::can_ask() {
        return Err(Error::Invalid("add --yes to do it without being asked"));
    }
    let mut stderr = io::stderr();
    write!(stderr, "{question}")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
