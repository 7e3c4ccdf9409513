//! Every row of a data file opened: its seal, its mac, its place in a chain. What does not fit is noted, not shown.

use ccc_domain::{Agent, ConversationId, ErrorCode, SessionId};
use ccc_store::{
    Connection, Db,
    tables::{
        agent_states, audit as trail, context_summaries, conversations, drafts, index_partitions, patterns, receipts,
        sessions, settings, turns,
    },
};
use ccc_vault::EncryptionService;

use crate::{
    Error, audit,
    backup::{Stage, Watch, tell},
    cells,
};

/// What was seen.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Examined {
    pub(crate) conversations: u64,
    pub(crate) turns: u64,
    /// The audit trail's last entry that follows from all before it.
    pub(crate) trail: (u64, [u8; 32]),
    pub(crate) faults: Vec<Fault>,
    /// Sessions whose key was destroyed: nothing of them can be read, and that is no damage.
    pub(crate) destroyed: Vec<SessionId>,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) session: Option<SessionId>,
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) what: &'static str,
}

struct Examination<'a> {
    keys: &'a EncryptionService,
    db: &'a Db,
    seen: Examined,
}

/// Opens every row. What other callers write meanwhile is no fault: each conversation is read as of one moment.
///
/// # Errors
/// [`Error::Cancelled`]; those of the disk and of locking. Damage is a result, not an error.
pub(crate) fn examine(keys: &EncryptionService, db: &Db, watch: Watch<'_>) -> Result<Examined, Error> {
    let mut examination = Examination {
        keys,
        db,
        seen: Examined::default(),
    };
    examination.run(watch)?;
    Ok(examination.seen)
}

impl Examination<'_> {
    fn run(&mut self, watch: Watch<'_>) -> Result<(), Error> {
        let of = self.db.row_counts().unwrap_or_default();
        let of = of
            .get("conversations")
            .and_then(|n| u64::try_from(*n).ok())
            .unwrap_or(0);
        tell(watch, Stage::Checking, 0, of)?;
        let sessions = self.db.read(sessions::all_ids).map_err(Error::from);
        for id in self
            .noted(None, None, "the list of sessions", sessions)?
            .unwrap_or_default()
        {
            self.session(id, of, watch)?;
        }
        self.profile()?;
        self.trail(watch)?;
        tell(watch, Stage::Checking, self.seen.conversations, of)
    }

    fn session(&mut self, id: SessionId, of: u64, watch: Watch<'_>) -> Result<(), Error> {
        if !self.keys.has_session_key(id) {
            self.seen.destroyed.push(id);
            return Ok(());
        }
        let (keys, db) = (self.keys, self.db);
        let read = db.read(|c| {
            let row = sessions::get(c, id)?.ok_or(Error::NotFound(crate::Entity::Session));
            Ok::<_, Error>((row, conversations::counts(c, id)?))
        });
        let Some((row, list)) = self.noted(Some(id), None, "its conversations", read)? else {
            return Ok(());
        };
        // Deleted since it was listed.
        let Ok(row) = row else { return Ok(()) };
        let opened = cells::open_session(keys, &row);
        if self.noted(Some(id), None, "the session", opened)?.is_some() && row.conversation_count as usize != list.len()
        {
            self.fault(Some(id), None, "a conversation is missing");
        }
        for (conversation, _) in list {
            self.conversation(id, conversation)?;
            tell(watch, Stage::Checking, self.seen.conversations, of)?;
        }
        let derived = db.read(|c| derived(keys, c, id));
        self.noted(Some(id), None, "what was derived from it", derived)?;
        Ok(())
    }

    fn conversation(&mut self, session: SessionId, id: ConversationId) -> Result<(), Error> {
        let keys = self.keys;
        let read = self.db.read(|c| conversation(keys, c, id, drop));
        if let Some(turns) = self.noted(Some(session), Some(id), "a conversation", read)? {
            self.seen.turns += turns;
        }
        self.seen.conversations += 1;
        Ok(())
    }

    fn profile(&mut self) -> Result<(), Error> {
        let keys = self.keys;
        let settings = self.db.read(settings::list).map_err(Error::from).and_then(|rows| {
            rows.iter()
                .try_for_each(|row| cells::open_setting::<serde_json::Value>(keys, row).map(drop))
        });
        self.noted(None, None, "a setting", settings)?;
        let drafts = self.db.read(drafts::list).map_err(Error::from).and_then(|rows| {
            let mut known = rows.iter().filter(|row| keys.has_session_key(row.session_id));
            known.try_for_each(|row| cells::open_draft(keys, row).map(drop))
        });
        self.noted(None, None, "a draft", drafts)?;
        Ok(())
    }

    fn trail(&mut self, watch: Watch<'_>) -> Result<(), Error> {
        let (keys, mut last) = (self.keys, (0, [0; 32]));
        loop {
            tell(watch, Stage::Checking, self.seen.conversations, self.seen.conversations)?;
            let read = self.db.read(|c| trail::list(c, last.0, 1_000)).map_err(Error::from);
            let rows = self.noted(None, None, "the audit trail", read)?.unwrap_or_default();
            if rows.is_empty() {
                break;
            }
            for row in rows {
                if !audit::follows(keys, last, &row)? {
                    self.seen.trail = last;
                    self.fault(None, None, "the audit trail");
                    return Ok(());
                }
                last = (row.id, row.mac);
                let detail = row.detail_sealed.as_ref();
                let opened = detail.map(|sealed| cells::open_audit_detail(keys, row.id, row.at, sealed));
                self.noted(None, None, "a detail of the audit trail", opened.transpose())?;
            }
        }
        self.seen.trail = last;
        Ok(())
    }

    /// What was read; none where it is damaged, which is then a fault.
    fn noted<T>(
        &mut self,
        session: Option<SessionId>,
        conversation: Option<ConversationId>,
        what: &'static str,
        read: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match read {
            Ok(value) => Ok(Some(value)),
            // Deleted since it was listed, and its key with it.
            Err(Error::NotFound(_) | Error::Vault(ccc_vault::Error::NoSessionKey)) => Ok(None),
            Err(error) if error.code() == ErrorCode::DataDamaged => {
                self.fault(session, conversation, what);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn fault(&mut self, session: Option<SessionId>, conversation: Option<ConversationId>, what: &'static str) {
        self.seen.faults.push(Fault {
            session,
            conversation,
            what,
        });
    }
}

/// How many turns of a conversation were opened, with their receipts, their count and their chain. Each is handed to `each`
/// before it is known whether all are there.
pub(crate) fn conversation(
    keys: &EncryptionService,
    connection: &Connection,
    id: ConversationId,
    mut each: impl FnMut(turns::TurnRow),
) -> Result<u64, Error> {
    let row = conversations::get(connection, id)?.ok_or(Error::NotFound(crate::Entity::Conversation))?;
    cells::open_conversation(keys, &row)?;
    let (mut count, mut chain) = (0u32, [0; 32]);
    turns::each_after(connection, id, 0, |turn| {
        cells::open_turn(keys, &turn)?;
        chain = cells::chain(keys, &chain, &turn)?;
        count += 1;
        if let Some(receipt) = receipts::get(connection, turn.id)? {
            cells::open_receipt(keys, &receipt)?;
        }
        each(turn);
        Ok::<_, Error>(())
    })?;
    if count != row.turn_count || chain != row.chain {
        return Err(Error::Damaged("a turn of this conversation is missing or was changed"));
    }
    Ok(count.into())
}

/// States, summaries, patterns; segments of the index, which are made anew where they are damaged, are only read.
fn derived(keys: &EncryptionService, connection: &Connection, session: SessionId) -> Result<(), Error> {
    for agent in Agent::ALL {
        if let Some(row) = agent_states::get(connection, session, agent)? {
            cells::open_state(keys, &row)?;
        }
    }
    for row in context_summaries::list(connection, session)? {
        cells::open_summary(keys, &row)?;
    }
    for row in patterns::list(connection, session)? {
        cells::check_pattern(keys, &row)?;
    }
    for row in index_partitions::list(connection, session)? {
        if cells::open_partition(keys, &row).is_err() {
            tracing::info!("a segment of the index is damaged and will be made anew");
        }
    }
    Ok(())
}
