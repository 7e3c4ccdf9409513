//! A session that comes from elsewhere, stored with everything in it: under its own ids, or as a copy under new ones.

use std::collections::HashMap;

use ccc_domain::{ConversationId, Receipt, Session, SessionId, TurnId};
use ccc_store::{
    Connection,
    tables::{agent_states, context_summaries, conversations, receipts, sessions, turns},
};

use crate::{
    Error, MemoryService,
    audit::{self, Entry},
    cells,
    core::Core,
    export::{ConversationExport, SessionExport, TurnExport},
};

/// New ids for old ones; where it is no copy, every id is its own.
struct Renamed {
    session: SessionId,
    conversations: HashMap<ConversationId, ConversationId>,
    turns: HashMap<TurnId, TurnId>,
    copy: bool,
}

impl Renamed {
    fn of(core: &Core, export: &SessionExport, copy: bool) -> Self {
        let mut renamed = Self {
            session: if copy { core.id() } else { export.session.id },
            conversations: HashMap::new(),
            turns: HashMap::new(),
            copy,
        };
        for conversation in export.conversations.iter().filter(|_| copy) {
            renamed.conversations.insert(conversation.conversation.id, core.id());
            let turns = conversation.turns.iter().map(|turn| (turn.turn.id, core.id()));
            renamed.turns.extend(turns);
        }
        renamed
    }

    /// A turn of another session keeps its id.
    fn turn(&self, id: TurnId) -> TurnId {
        self.turns.get(&id).copied().unwrap_or(id)
    }

    fn conversation(&self, id: ConversationId) -> ConversationId {
        self.conversations.get(&id).copied().unwrap_or(id)
    }

    fn turns(&self, ids: &mut [TurnId]) {
        ids.iter_mut().for_each(|id| *id = self.turn(*id));
    }

    fn receipt(&self, core: &Core, mut receipt: Receipt) -> Receipt {
        if self.copy {
            receipt.id = core.id();
        }
        receipt.turn_id = self.turn(receipt.turn_id);
        for item in &mut receipt.context.items {
            if self.turns.contains_key(&item.turn_id) {
                item.session_id = self.session;
                item.conversation_id = self.conversation(item.conversation_id);
                item.turn_id = self.turn(item.turn_id);
            }
        }
        self.turns(&mut receipt.context.left_out);
        receipt
    }
}

impl MemoryService {
    /// Stores a session with everything in it, sealed anew: as a copy with new ids, or under its own.
    ///
    /// # Errors
    /// [`Error::IdConflict`] when it is no copy and the session is there; those of the keys file and the store.
    pub(crate) fn take_in(&self, export: SessionExport, copy: bool) -> Result<Session, Error> {
        let renamed = Renamed::of(&self.core, &export, copy);
        let id = renamed.session;
        self.core.keys.create_session_key(id)?;
        let core = self.core.clone();
        let session = self.db.write(move |tx| {
            if sessions::get(tx, id)?.is_some() {
                return Err(Error::IdConflict);
            }
            store(&core, tx, export, &renamed)
        })?;
        self.index.remove(id);
        self.index.changed();
        Ok(session)
    }
}

fn store(core: &Core, tx: &Connection, export: SessionExport, renamed: &Renamed) -> Result<Session, Error> {
    let mut session = export.session;
    session.id = renamed.session;
    session.conversation_count = u32::try_from(export.conversations.len()).unwrap_or(u32::MAX);
    renamed.turns(&mut session.preferences.pinned_turns);
    renamed.turns(&mut session.preferences.muted_turns);
    sessions::insert(tx, &cells::seal_session(&core.keys, &session)?)?;
    for conversation in export.conversations {
        store_conversation(core, tx, conversation, renamed)?;
    }
    for mut state in export.agent_states {
        state.session_id = session.id;
        if renamed.copy {
            state.id = core.id();
        }
        renamed.turns(&mut state.data.evidence);
        agent_states::put(tx, &cells::seal_state(&core.keys, &state)?)?;
    }
    for mut summary in export.summaries {
        summary.session_id = session.id;
        if renamed.copy {
            summary.id = core.id();
        }
        context_summaries::insert(tx, &cells::seal_summary(&core.keys, &summary)?)?;
    }
    let entry = Entry::new("bring-back", "session", session.id.to_bytes());
    audit::record(core, tx, entry)?;
    Ok(session)
}

fn store_conversation(
    core: &Core,
    tx: &Connection,
    export: ConversationExport,
    renamed: &Renamed,
) -> Result<(), Error> {
    let mut conversation = export.conversation;
    conversation.id = renamed.conversation(conversation.id);
    conversation.session_id = renamed.session;
    conversation.branch_of = conversation.branch_of.map(|id| renamed.conversation(id));
    let (mut rows, mut given) = (Vec::new(), Vec::new());
    for (number, TurnExport { mut turn, receipt }) in (1..).zip(export.turns) {
        turn.id = renamed.turn(turn.id);
        (turn.session_id, turn.conversation_id) = (renamed.session, conversation.id);
        turn.number = number;
        if let Some(tray) = &mut turn.metadata.tray {
            renamed.turns(&mut tray.kept);
            renamed.turns(&mut tray.left_out);
        }
        rows.push(cells::seal_turn(&core.keys, &turn)?);
        given.extend(receipt.map(|receipt| renamed.receipt(core, receipt)));
    }
    conversation.turn_count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let mut row = cells::seal_conversation(&core.keys, &conversation)?;
    for turn in &rows {
        row.chain = cells::chain(&core.keys, &row.chain, turn)?;
    }
    cells::mac_conversation(&core.keys, &mut row)?;
    conversations::insert(tx, &row)?;
    rows.iter().try_for_each(|turn| turns::insert(tx, turn))?;
    for receipt in given {
        receipts::insert(tx, &cells::seal_receipt(&core.keys, renamed.session, &receipt)?)?;
    }
    Ok(())
}
