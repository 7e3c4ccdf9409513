//! What belongs to sessions and turns comes back as it went in, and goes with them.

use ccc_domain::{Agent, PatternId, ReceiptId, SessionId, StateId, SummaryId};
use ccc_store::{
    Error,
    tables::{
        agent_states::{self, AgentStateRow},
        context_summaries::{self, SummaryRow},
        conversations,
        drafts::{self, DraftRow},
        index_partitions::{self, PartitionRow},
        patterns::{self, PatternRow},
        pending_deletions,
        receipts::{self, ReceiptRow},
        sessions, settings, turns,
    },
};

use crate::common::{
    Place, at, content, conversation, conversation_id, create, fill, in_file, session, session_id, setting, turn_id,
};

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
fn drafts_grow_by_pieces_and_partitions_are_replaced_and_both_are_listed_in_order() {
    in_file(|connection| {
        let (late, early) = (draft(11, 80), draft(12, 70));
        let second = DraftRow {
            piece: 1,
            saved_at: at(99),
            draft_sealed: vec![9],
            ..late.clone()
        };
        for row in [&second, &late, &early] {
            drafts::insert(connection, row)?;
        }
        assert!(drafts::insert(connection, &late).is_err(), "a piece is saved once");
        assert_eq!(drafts::list(connection)?, [early.clone(), late, second]);
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
        assert_eq!(
            pending_deletions::list(connection, at(9))?,
            ids,
            "the first note counts"
        );
        assert_eq!(
            pending_deletions::list(connection, at(1))?,
            [ids[0]],
            "asked for by then"
        );
        assert_eq!(
            (
                pending_deletions::delete(connection, ids[0])?,
                pending_deletions::list(connection, at(9))?
            ),
            (true, vec![ids[1]])
        );
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
        drafts::insert(connection, &draft(11, 1))?;
        index_partitions::put(connection, &partition(0, 1))?;
        settings::put(connection, &setting("theme", b"dark"))?;
        patterns::insert(connection, &pattern(1, 1))?;
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

#[test]
fn patterns_are_listed_by_session_and_read_by_number() {
    in_file(|connection| {
        let (late, early) = (pattern(1, 90), pattern(2, 80));
        patterns::insert(connection, &late)?;
        patterns::insert(connection, &early)?;
        assert_eq!(patterns::list(connection, session_id(1))?, [early, late.clone()]);
        assert_eq!(patterns::list(connection, session_id(2))?, []);
        assert_eq!(patterns::at_number(connection, 1)?, Some(late.clone()));
        assert_eq!(patterns::at_number(connection, 3)?, None);
        let again = patterns::insert(connection, &late);
        assert!(matches!(again, Err(Error::Constraint)), "{again:?}");
        let unknown = PatternRow {
            id: PatternId::from_bytes([9; 16]),
            status: "perhaps".to_owned(),
            ..late
        };
        let refused = patterns::insert(connection, &unknown);
        assert!(matches!(refused, Err(Error::Constraint)), "{refused:?}");
        Ok(())
    });
}

fn pattern(n: u8, created_at: i64) -> PatternRow {
    PatternRow {
        id: PatternId::from_bytes([n; 16]),
        session_id: session_id(1),
        agent: Agent::Codey,
        status: "proposed".to_owned(),
        created_at: at(created_at),
        updated_at: at(created_at + 1),
        pattern_sealed: vec![n],
    }
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
        piece: 0,
        session_id: session_id(1),
        conversation_id: conversation_id(1),
        started_at: at(started),
        saved_at: at(started),
        draft_sealed: vec![1],
    }
}

fn partition(segment: u32, sealed: u8) -> PartitionRow {
    PartitionRow {
        session_id: session_id(1),
        segment,
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

#[test]
fn clearing_a_session_leaves_its_row_alone() {
    in_file(|connection| {
        context_summaries::insert(connection, &summary(1, 70))?;
        agent_states::put(connection, &state(vec![1]))?;
        let before = sessions::get(connection, session_id(1))?;
        sessions::clear(connection, session_id(1))?;
        assert_eq!(sessions::get(connection, session_id(1))?, before);
        assert_eq!(conversations::list(connection, session_id(1))?, []);
        assert_eq!(turns::count(connection)?, 0, "turns go with their conversations");
        assert_eq!(context_summaries::list(connection, session_id(1))?, []);
        assert_eq!(agent_states::get(connection, session_id(1), Agent::Codey)?, None);
        Ok(())
    });
}

#[test]
fn a_session_whose_deletion_was_begun_is_listed_no_more() {
    in_file(|connection| {
        let all = sessions::list(connection, None)?;
        assert!(all.iter().any(|row| row.id == session_id(1)), "there is one to hide");
        pending_deletions::insert(connection, session_id(1), at(1))?;
        assert!(
            sessions::list(connection, None)?
                .iter()
                .all(|row| row.id != session_id(1)),
            "hidden in the list of all"
        );
        pending_deletions::delete(connection, session_id(1))?;
        assert_eq!(sessions::list(connection, None)?, all);
        Ok(())
    });
}
