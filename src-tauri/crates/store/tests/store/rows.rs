//! Rows of every table come back as they went in, and go with what they belong to.

use ccc_domain::{
    Agent, ConversationStatus, ReceiptId, SessionId, SessionStatus, StateId, SummaryId, Timestamp, TurnStatus,
};
use ccc_store::{
    Connection, Error,
    tables::{
        agent_states::{self, AgentStateRow},
        audit::{self, AuditRow},
        context_summaries::{self, SummaryRow},
        conversations::{self, ConversationRow},
        drafts::{self, DraftRow},
        index_partitions::{self, PartitionRow},
        pending_deletions,
        receipts::{self, ReceiptRow},
        sessions::{self, SessionRow},
        settings,
        turns::{self, TurnRow},
    },
};

use crate::common::{
    Place, at, content, conversation, conversation_id, create, fill, session, session_id, setting, turn, turn_id,
};

/// Runs `check` inside a transaction on a new file that holds session 1, conversation 1 and turns 1 to 3.
fn in_file(check: impl FnOnce(&Connection) -> Result<(), Error> + Send + 'static) {
    let place = Place::empty();
    let db = create(&place.path);
    fill(&db, 3);
    db.write(check).unwrap();
}

#[test]
fn sessions_are_listed_pinned_first_and_change_only_where_they_may() {
    in_file(|connection| {
        let row = |n: u8, active: i64, status, pinned| SessionRow {
            last_active_at: at(active),
            status,
            pinned,
            ..session(n)
        };
        let (old, pinned, archived) = (
            row(2, 30, SessionStatus::Active, false),
            row(3, 5, SessionStatus::Active, true),
            row(4, 90, SessionStatus::Archived, false),
        );
        for row in [&old, &pinned, &archived] {
            sessions::insert(connection, row)?;
        }
        let all = [pinned.clone(), archived.clone(), old.clone(), session(1)];
        assert_eq!(sessions::list(connection, None)?, all);
        assert_eq!(sessions::list(connection, Some(SessionStatus::Archived))?, [archived]);
        let changed = SessionRow {
            created_at: at(999),
            last_active_at: at(31),
            status: SessionStatus::Expired,
            pinned: true,
            conversation_count: 9,
            title_sealed: vec![1],
            preferences_sealed: vec![2],
            row_mac: [9; 32],
            ..old.clone()
        };
        sessions::update(connection, &changed)?;
        let expected = SessionRow {
            created_at: old.created_at,
            ..changed
        };
        assert_eq!(sessions::get(connection, old.id)?, Some(expected));
        assert_eq!(
            sessions::get(connection, session_id(1))?,
            Some(session(1)),
            "others stay"
        );
        assert_eq!(
            (
                sessions::delete(connection, old.id)?,
                sessions::delete(connection, old.id)?
            ),
            (true, false)
        );
        assert_eq!(sessions::get(connection, old.id)?, None);
        Ok(())
    });
}

#[test]
fn conversations_are_listed_oldest_first_and_change_only_where_they_may() {
    in_file(|connection| {
        let earlier = ConversationRow {
            branch_of: Some(conversation_id(1)),
            created_at: at(7),
            ..conversation(2, 1)
        };
        conversations::insert(connection, &earlier)?;
        assert_eq!(
            conversations::list(connection, session_id(1))?,
            [earlier.clone(), conversation(1, 1)]
        );
        assert_eq!(conversations::list(connection, session_id(2))?, []);
        let changed = ConversationRow {
            status: ConversationStatus::Archived,
            turn_count: 8,
            chain: [8; 32],
            row_mac: [9; 32],
            directive_sealed: vec![0],
            ..earlier.clone()
        };
        conversations::update(connection, &changed)?;
        let expected = ConversationRow {
            directive_sealed: earlier.directive_sealed,
            ..changed
        };
        assert_eq!(conversations::get(connection, earlier.id)?, Some(expected));
        assert!(conversations::delete(connection, earlier.id)?);
        assert_eq!(conversations::get(connection, earlier.id)?, None);
        Ok(())
    });
}

#[test]
fn turns_are_listed_by_number_and_walked_conversation_by_conversation() {
    in_file(|connection| {
        conversations::insert(
            connection,
            &ConversationRow {
                created_at: at(1),
                ..conversation(2, 1)
            },
        )?;
        let other = TurnRow {
            conversation_id: conversation_id(2),
            agent: Agent::Wykeve,
            status: TurnStatus::Interrupted,
            speaker_sealed: Some(vec![5]),
            ..turn(9)
        };
        turns::insert(connection, &other)?;
        let first: Vec<TurnRow> = (1..=3).map(turn).collect();
        assert_eq!(turns::list(connection, conversation_id(1))?, first);
        assert_eq!(turns::get(connection, turn_id(9))?, Some(other.clone()));
        assert_eq!(turns::get(connection, turn_id(99))?, None);
        let mut walked = Vec::new();
        turns::for_each(connection, session_id(1), |row| -> Result<(), Error> {
            walked.push(row);
            Ok(())
        })?;
        let expected: Vec<TurnRow> = std::iter::once(other).chain(first).collect();
        assert_eq!(walked, expected);
        let stopped = turns::for_each(connection, session_id(1), |_| Err(Error::Damaged));
        assert!(
            matches!(stopped, Err(Error::Damaged)),
            "the closure's error ends the walk"
        );
        assert_eq!(turns::count(connection)?, 4);
        Ok(())
    });
}

#[test]
fn agent_states_are_replaced_per_session_and_agent() {
    in_file(|connection| {
        let first = state(vec![1]);
        let second = AgentStateRow {
            updated_at: at(61),
            state_sealed: vec![2],
            ..first.clone()
        };
        agent_states::put(connection, &first)?;
        agent_states::put(connection, &second)?;
        assert_eq!(
            agent_states::get(connection, session_id(1), Agent::Codey)?,
            Some(second.clone())
        );
        assert_eq!(agent_states::get(connection, session_id(1), Agent::Beatrice)?, None);
        let twin = AgentStateRow {
            id: StateId::from_bytes([9; 16]),
            ..second
        };
        let refused = agent_states::put(connection, &twin);
        assert!(
            matches!(refused, Err(Error::Constraint)),
            "one state per agent: {refused:?}"
        );
        Ok(())
    });
}

#[test]
fn drafts_and_partitions_are_replaced_and_listed_in_order() {
    in_file(|connection| {
        let (late, early) = (draft(11, 80), draft(12, 70));
        drafts::put(connection, &late)?;
        drafts::put(connection, &early)?;
        let newer = DraftRow {
            updated_at: at(99),
            draft_sealed: vec![9],
            ..late
        };
        drafts::put(connection, &newer)?;
        assert_eq!(drafts::list(connection)?, [early.clone(), newer]);
        assert_eq!(
            (
                drafts::delete(connection, early.turn_id)?,
                drafts::delete(connection, early.turn_id)?
            ),
            (true, false)
        );

        for segment in [1, 0] {
            index_partitions::put(connection, &partition(segment, 1))?;
        }
        index_partitions::put(connection, &partition(1, 2))?;
        assert_eq!(
            index_partitions::list(connection, session_id(1))?,
            [partition(0, 1), partition(1, 2)]
        );
        Ok(())
    });
}

#[test]
fn summaries_receipts_settings_and_pending_deletions_come_back() {
    in_file(|connection| {
        let (older, newer) = (summary(1, 10), summary(2, 20));
        context_summaries::insert(connection, &older)?;
        context_summaries::insert(connection, &newer)?;
        assert_eq!(context_summaries::list(connection, session_id(1))?, [newer, older]);

        receipts::insert(connection, &receipt())?;
        assert_eq!(receipts::get(connection, turn_id(1))?, Some(receipt()));
        assert_eq!(receipts::get(connection, turn_id(2))?, None);

        settings::put(connection, &setting("theme", b"dark"))?;
        settings::put(connection, &setting("theme", b"light"))?;
        assert_eq!(settings::get(connection, "theme")?, Some(setting("theme", b"light")));
        assert_eq!(settings::get(connection, "scale")?, None);

        let ids: [SessionId; 2] = [session_id(8), session_id(7)];
        pending_deletions::insert(connection, ids[0], at(1))?;
        pending_deletions::insert(connection, ids[1], at(2))?;
        pending_deletions::insert(connection, ids[0], at(3))?;
        assert_eq!(pending_deletions::list(connection)?, ids, "the first note counts");
        assert_eq!(
            (
                pending_deletions::delete(connection, ids[0])?,
                pending_deletions::list(connection)?
            ),
            (true, vec![ids[1]])
        );
        Ok(())
    });
}

#[test]
fn the_audit_trail_is_read_in_order_and_by_pieces() {
    in_file(|connection| {
        assert_eq!(audit::head(connection)?, None);
        let entries: Vec<AuditRow> = (1..=5_u8)
            .map(|n| AuditRow {
                id: u64::from(n),
                at: at(i64::from(n)),
                actor: "wykeve".to_owned(),
                action: "store".to_owned(),
                entity: "turn".to_owned(),
                entity_id: (n > 2).then_some([n; 16]),
                detail_sealed: (n > 3).then(|| vec![n]),
                mac: [n; 32],
            })
            .collect();
        entries.iter().try_for_each(|entry| audit::insert(connection, entry))?;
        assert_eq!(audit::head(connection)?, Some((5, [5; 32])));
        assert_eq!(audit::list(connection, 0, 100)?, entries);
        assert_eq!(audit::list(connection, 2, 2)?, entries[2..4]);
        assert!(matches!(audit::insert(connection, &entries[0]), Err(Error::Constraint)));
        Ok(())
    });
}

#[test]
fn instants_before_and_after_all_calendars_come_back() {
    in_file(|connection| {
        for ms in [i64::MIN, -1, 0, i64::MAX] {
            let at = Timestamp::from_ms(ms);
            let row = SessionRow {
                last_active_at: at,
                ..session(1)
            };
            sessions::update(connection, &row)?;
            assert_eq!(sessions::get(connection, session_id(1))?, Some(row));
        }
        Ok(())
    });
}

#[test]
fn a_deleted_session_takes_everything_of_its_own_with_it() {
    let place = Place::empty();
    let db = create(&place.path);
    fill(&db, 3);
    db.write(|connection| -> Result<(), Error> {
        sessions::insert(connection, &session(2))?;
        conversations::insert(connection, &conversation(2, 2))?;
        agent_states::put(connection, &state(vec![1]))?;
        context_summaries::insert(connection, &summary(1, 1))?;
        receipts::insert(connection, &receipt())?;
        drafts::put(connection, &draft(11, 1))?;
        index_partitions::put(connection, &partition(0, 1))?;
        settings::put(connection, &setting("theme", b"dark"))?;
        connection.execute(
            "INSERT INTO patterns VALUES (zeroblob(16), ?1, 'codey', 'proposed', 1, 1, x'00')",
            [session_id(1).to_bytes()],
        )?;
        assert!(sessions::delete(connection, session_id(1))?);
        Ok(())
    })
    .unwrap();
    db.close().unwrap();
    let left: Vec<(String, usize)> = content(&place.path)
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(table, rows)| (table, rows.len()))
        .collect();
    let expected = ["conversations", "profile", "sessions", "settings"].map(|table| (table.to_owned(), 1));
    assert_eq!(left, expected);
}

fn state(sealed: Vec<u8>) -> AgentStateRow {
    AgentStateRow {
        id: StateId::from_bytes([1; 16]),
        session_id: session_id(1),
        agent: Agent::Codey,
        updated_at: at(60),
        state_sealed: sealed,
    }
}

fn draft(turn: u32, started: i64) -> DraftRow {
    DraftRow {
        turn_id: turn_id(turn),
        session_id: session_id(1),
        conversation_id: conversation_id(1),
        started_at: at(started),
        updated_at: at(started),
        draft_sealed: vec![1],
    }
}

fn partition(segment: u32, sealed: u8) -> PartitionRow {
    PartitionRow {
        session_id: session_id(1),
        segment,
        last_turn_id: turn_id(3),
        updated_at: at(60),
        partition_sealed: vec![sealed],
    }
}

fn summary(n: u8, created: i64) -> SummaryRow {
    SummaryRow {
        id: SummaryId::from_bytes([n; 16]),
        session_id: session_id(1),
        conversation_count: u32::from(n),
        created_at: at(created),
        updated_at: at(created + 1),
        summary_sealed: vec![n],
    }
}

fn receipt() -> ReceiptRow {
    ReceiptRow {
        id: ReceiptId::from_bytes([1; 16]),
        session_id: session_id(1),
        turn_id: turn_id(1),
        created_at: at(60),
        receipt_sealed: vec![6],
    }
}
