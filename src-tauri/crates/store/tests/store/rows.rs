//! Sessions, conversations, turns and the audit trail come back as they went in.

use ccc_domain::{Agent, ConversationStatus, SessionStatus, Timestamp, TurnStatus};
use ccc_store::{
    Error,
    tables::{
        audit::{self, AuditRow},
        conversations::{self, ConversationRow},
        sessions::{self, SessionRow},
        turns::{self, TurnRow},
    },
};

use crate::common::{at, conversation, conversation_id, in_file, session, session_id, turn, turn_id};

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
        turns::each_after(connection, conversation_id(1), 1, |row| -> Result<(), Error> {
            walked.push(row);
            Ok(())
        })?;
        assert_eq!(walked, first[1..]);
        assert_eq!(turns::at(connection, conversation_id(1), 2)?.as_ref(), first.get(1));
        assert_eq!(turns::at(connection, conversation_id(1), 9)?, None);
        let stopped = turns::each_after(connection, conversation_id(1), 0, |_| Err(Error::Damaged));
        assert!(
            matches!(stopped, Err(Error::Damaged)),
            "the closure's error ends the walk"
        );
        assert_eq!(turns::count(connection)?, 4);
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
