//! The rows that a deletion overwrites or removes, each function in the deletion's own transaction.

use ccc_domain::{ConversationId, SessionId, SummarySource, TurnId};
use ccc_store::{
    Connection,
    tables::{context_summaries, conversations, receipts, sessions, turns},
};

use super::ErasureReport;
use crate::{
    Entity, Error,
    audit::{self, Entry},
    cells,
    core::Core,
    memory::{
        conversations as conversation_ops,
        sessions::{self as session_ops, title_of},
    },
};

/// Overwrites a turn, and makes the chain of its conversation anew.
pub(super) fn overwrite_turn(core: &Core, tx: &Connection, id: TurnId) -> Result<ErasureReport, Error> {
    let row = turns::get(tx, id)?.ok_or(Error::NotFound(Entity::Turn))?;
    let mut conversation = conversation_ops::find(tx, row.conversation_id)?;
    let mut rows = turns::list(tx, row.conversation_id)?;
    // A chain that does not hold is not made to.
    conversation_ops::check_chain(core, &conversation, &rows)?;
    let turn = cells::open_turn(&core.keys, &row)?;
    if turn.is_deleted() {
        return Err(Error::NotFound(Entity::Turn));
    }
    let emptied = cells::seal_turn(&core.keys, &turn.tombstone(core.now()))?;
    turns::overwrite(tx, &emptied)?;
    receipts::delete(tx, id)?;
    let mut title = false;
    if emptied.number == 1 {
        title = forget_directive(core, tx, &mut conversation)?;
    }
    rows.iter_mut()
        .filter(|row| row.id == id)
        .for_each(|row| row.clone_from(&emptied));
    conversation.chain = rows
        .iter()
        .try_fold([0; 32], |chain, row| cells::chain(&core.keys, &chain, row))?;
    cells::mac_conversation(&core.keys, &mut conversation)?;
    conversations::overwrite(tx, &conversation)?;
    forget_in_session(core, tx, row.session_id, &[id], false)?;
    audit::record(core, tx, Entry::new("delete", "turn", id.to_bytes()))?;
    Ok(ErasureReport {
        turns: 1,
        title,
        ..ErasureReport::default()
    })
}

/// Empties the directive of a conversation, and the title its session took from it; whether there was such a title.
fn forget_directive(core: &Core, tx: &Connection, row: &mut conversations::ConversationRow) -> Result<bool, Error> {
    let mut conversation = cells::open_conversation(&core.keys, row)?;
    let title = std::mem::take(&mut conversation.directive);
    let emptied = cells::seal_conversation(&core.keys, &conversation)?;
    row.directive_sealed = emptied.directive_sealed;
    forget_title(core, tx, row.session_id, &title)
}

fn forget_title(core: &Core, tx: &Connection, session: SessionId, directive: &str) -> Result<bool, Error> {
    let mut session = cells::open_session(&core.keys, &session_ops::find(tx, session)?)?;
    if session.title.is_empty() || session.title != title_of(directive) {
        return Ok(false);
    }
    session.title.clear();
    sessions::update(tx, &cells::seal_session(&core.keys, &session)?)?;
    Ok(true)
}

/// Deletes the rows of a conversation, and takes it out of its session's count.
pub(super) fn delete_conversation(core: &Core, tx: &Connection, id: ConversationId) -> Result<ErasureReport, Error> {
    let row = conversation_ops::find(tx, id)?;
    let of_session = conversations::list(tx, row.session_id)?;
    let session = cells::open_session(&core.keys, &session_ops::find(tx, row.session_id)?)?;
    if of_session.len() != session.conversation_count as usize {
        return Err(Error::Damaged("a conversation of this session is missing"));
    }
    // A directive that cannot be read gave no title that could be compared.
    let directive = cells::open_conversation(&core.keys, &row).map(|of| of.directive);
    let title = directive.map_or(Ok(false), |directive| {
        forget_title(core, tx, row.session_id, &directive)
    })?;
    let turns: Vec<TurnId> = turns::list(tx, id)?.iter().map(|turn| turn.id).collect();
    conversations::delete(tx, id)?;
    forget_in_session(core, tx, row.session_id, &turns, true)?;
    audit::record(core, tx, Entry::new("delete", "conversation", id.to_bytes()))?;
    Ok(ErasureReport {
        turns: u32::try_from(turns.len()).unwrap_or(u32::MAX),
        title,
        ..ErasureReport::default()
    })
}

/// Forgets pins and mutes of turns that are gone, and of a conversation that it was there.
fn forget_in_session(
    core: &Core,
    tx: &Connection,
    session: SessionId,
    gone: &[TurnId],
    conversation: bool,
) -> Result<(), Error> {
    let before = cells::open_session(&core.keys, &session_ops::find(tx, session)?)?;
    let mut session = before.clone();
    session.preferences.pinned_turns.retain(|id| !gone.contains(id));
    session.preferences.muted_turns.retain(|id| !gone.contains(id));
    session.conversation_count -= u32::from(conversation).min(session.conversation_count);
    if session != before {
        sessions::update(tx, &cells::seal_session(&core.keys, &session)?)?;
    }
    Ok(())
}

/// Drops the session's summaries, but not what the person wrote.
pub(super) fn drop_summaries(
    core: &Core,
    tx: &Connection,
    session: SessionId,
    report: &mut ErasureReport,
) -> Result<(), Error> {
    for row in context_summaries::list(tx, session)? {
        let own = cells::open_summary(&core.keys, &row).is_ok_and(|found| found.source == SummarySource::Person);
        if own {
            report.own_summaries += 1;
        } else {
            context_summaries::delete(tx, row.id)?;
            report.summaries += 1;
        }
    }
    Ok(())
}
