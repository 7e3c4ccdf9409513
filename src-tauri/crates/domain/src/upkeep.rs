//! Upkeep: which jobs are due, and what becomes of a session that is not used. Rules only; who carries them out waits
//! until no cycle runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Session, SessionStatus, Timestamp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a session whose time is over is shown as expired before it is deleted: a week, so that whoever looks in once
/// a week sees it.
pub const WARNING: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Something that is done now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Sessions are archived, warned of and deleted by what was set for each.
    Sessions,
    /// Finished conversations of such sessions are archived.
    Conversations,
    /// The write-ahead log is folded into the data file.
    Log,
    /// Room that deleting left in the data file is given back.
    Space,
    /// Files that an interrupted writing left are removed.
    Leftovers,
}

impl Job {
    /// In the order they are done: what the first ones delete, the later ones clear away.
    pub const ALL: [Self; 5] = [
        Self::Sessions,
        Self::Conversations,
        Self::Leftovers,
        Self::Space,
        Self::Log,
    ];

    /// The name in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Conversations => "conversations",
            Self::Log => "log",
            Self::Space => "space",
            Self::Leftovers => "leftovers",
        }
    }

    /// How long it rests after it was done.
    const fn rest(self) -> Duration {
        match self {
            // SQLite folds the log in by itself at about 4 MiB; this empties it too.
            Self::Log => Duration::from_secs(60 * 60),
            Self::Sessions | Self::Conversations | Self::Space | Self::Leftovers => DAY,
        }
    }

    /// Whether it is to be done at `now`, when it was last done at `last`. A clock that was set back makes it due.
    pub fn is_due(self, last: Option<Timestamp>, now: Timestamp) -> bool {
        last.is_none_or(|last| now < last || is_past(last, self.rest(), now))
    }
}

/// What becomes of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Keep,
    /// It was not used for as long as was set: it is made read-only.
    Archive,
    /// It was archived for as long as was set: it is shown as expired, and deleted when [`WARNING`] is over.
    Warn,
    /// The warning is over.
    Delete,
}

/// What becomes of `session` at `now`. `archived_at` and `warned_at` are when it was first seen archived and expired; one
/// that was not seen so before is only noted. Pinned ones are kept, and so is everything by default.
pub fn fate(session: &Session, archived_at: Option<Timestamp>, warned_at: Option<Timestamp>, now: Timestamp) -> Fate {
    let days = |days: u32| DAY * days;
    if session.pinned {
        return Fate::Keep;
    }
    let preferences = &session.preferences;
    let over = |since: Option<Timestamp>, rest: Duration| since.is_some_and(|since| is_past(since, rest, now));
    match (
        session.status,
        preferences.archive_after_days,
        preferences.delete_after_days,
    ) {
        (SessionStatus::Active, Some(idle), _) if over(Some(session.last_active_at), days(idle)) => Fate::Archive,
        (SessionStatus::Archived, _, Some(after)) if over(archived_at, days(after)) => Fate::Warn,
        // The setting may have been taken back since.
        (SessionStatus::Expired, _, Some(_)) if over(warned_at, WARNING) => Fate::Delete,
        _ => Fate::Keep,
    }
}

/// Whether a conversation that ended at `ended_at` is archived at `now`, in a session that archives after so many days.
pub fn is_old(ended_at: Timestamp, archive_after_days: Option<u32>, now: Timestamp) -> bool {
    archive_after_days.is_some_and(|days| is_past(ended_at, DAY * days, now))
}

fn is_past(since: Timestamp, rest: Duration, now: Timestamp) -> bool {
    u128::from(now.since_ms(since)) >= rest.as_millis()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Preferences, SessionId};

    fn at(days: i64) -> Timestamp {
        Timestamp::from_ms(days * 24 * 60 * 60 * 1_000)
    }

    fn session(status: SessionStatus, archive: Option<u32>, delete: Option<u32>) -> Session {
        Session {
            id: SessionId::from_bytes([1; 16]),
            title: String::new(),
            created_at: at(0),
            last_active_at: at(10),
            status,
            pinned: false,
            conversation_count: 0,
            preferences: Preferences {
                archive_after_days: archive,
                delete_after_days: delete,
                ..Preferences::default()
            },
        }
    }

    /// The first day on which something becomes of it, and what.
    fn first(session: &Session, archived: Option<i64>, warned: Option<i64>) -> Option<(i64, Fate)> {
        let fate_on = |day| fate(session, archived.map(at), warned.map(at), at(day));
        (0..200)
            .map(|day| (day, fate_on(day)))
            .find(|(_, fate)| *fate != Fate::Keep)
    }

    #[test]
    fn nothing_becomes_of_a_session_unless_that_was_set() {
        for status in [SessionStatus::Active, SessionStatus::Archived, SessionStatus::Expired] {
            assert_eq!(
                first(&session(status, None, None), Some(0), Some(0)),
                None,
                "{status:?}"
            );
        }
        let mut pinned = session(SessionStatus::Active, Some(1), Some(1));
        pinned.pinned = true;
        assert_eq!(first(&pinned, Some(0), Some(0)), None);
    }

    #[test]
    fn a_session_is_archived_warned_of_and_deleted_each_in_its_time() {
        let with = |status| session(status, Some(30), Some(60));
        assert_eq!(
            first(&with(SessionStatus::Active), None, None),
            Some((40, Fate::Archive))
        );
        assert_eq!(
            first(&with(SessionStatus::Archived), Some(40), None),
            Some((100, Fate::Warn))
        );
        assert_eq!(
            first(&with(SessionStatus::Archived), None, None),
            None,
            "not before it was seen archived"
        );
        assert_eq!(
            first(&with(SessionStatus::Expired), Some(40), Some(100)),
            Some((107, Fate::Delete))
        );
        assert_eq!(
            first(&with(SessionStatus::Expired), Some(40), None),
            None,
            "nor without its warning"
        );
    }

    #[test]
    fn a_job_rests_and_is_due_when_the_clock_was_set_back() {
        assert!(Job::Sessions.is_due(None, at(5)));
        assert!(!Job::Sessions.is_due(Some(at(5)), at(5)));
        assert!(Job::Sessions.is_due(Some(at(5)), at(6)));
        assert!(Job::Sessions.is_due(Some(at(5)), at(4)));
        let hour = Timestamp::from_ms(at(5).ms() + 60 * 60 * 1_000);
        assert!(Job::Log.is_due(Some(at(5)), hour) && !Job::Space.is_due(Some(at(5)), hour));
    }
}
