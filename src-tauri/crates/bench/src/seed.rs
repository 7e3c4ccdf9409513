//! Profiles for the window to be pictured and measured with: written through the engine, by cycles that really run, and
//! opened by the system's keychain of whoever runs this.
//!
//! It writes into an empty directory alone. Who answers is an actor of ours: nothing is asked of any provider.

mod actor;
mod prose;
mod tales;

use std::{path::Path, sync::Arc};

use ccc_domain::{Agent, NewTurn, SessionId, Timestamp, TurnMetadata, TurnStatus};
use ccc_engine::{
    Clock, Engine, Keychain, Passphrase, Profile, SystemClock, Ways,
    cycle::{CycleOptions, Order},
    memory::NewSession,
};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use actor::{Actor, Lines, Past};

/// What opens a seeded profile beside the keychain. Nothing secret is in it.
pub const PASSPHRASE: &str = "four plain words here";

/// What a profile is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Purpose {
    /// A few sessions that somebody might have.
    Pictures,
    /// Two sessions of 200 turns, one conversation of 10,000, and thirty short sessions.
    Measuring,
}

/// Turns of the long conversation.
const LONG: u32 = 10_000;
/// Cycles in a session of 200 turns.
const CYCLES: usize = 50;
/// Short sessions beside the measured ones.
const OTHERS: usize = 30;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Makes a profile in `directory`.
///
/// # Errors
/// Where a profile is there already, the engine's error for that; those of the keychain and the disk.
pub fn write(directory: &Path, purpose: Purpose) -> Result<(), Error> {
    let clock = Arc::new(Past::at(SystemClock.now()));
    let passphrase = Passphrase::new(PASSPHRASE.to_owned()).map_err(ccc_engine::Error::from)?;
    let ways = Ways {
        keychain: true,
        passphrase: Some(&passphrase),
    };
    let profile = Profile::acquire(directory, Keychain::system())?.with_clock(clock.clone());
    let (engine, _recovery) = profile.create(&ways)?;
    engine.note_recovery_shown()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let seeding = Seeding {
        engine: &engine,
        clock: &clock,
        now: clock.now(),
    };
    runtime.block_on(async {
        match purpose {
            Purpose::Pictures => seeding.pictures().await,
            Purpose::Measuring => seeding.measuring().await,
        }
    })?;
    engine.close();
    Ok(())
}

struct Seeding<'a> {
    engine: &'a Engine,
    clock: &'a Past,
    now: Timestamp,
}

impl Seeding<'_> {
    async fn pictures(&self) -> Result<(), Error> {
        for tale in tales::all() {
            let began = self.before(tale.minutes_ago);
            self.clock.set(began);
            let session = self.session(tale.title)?;
            for (n, told) in (0i64..).zip(tale.cycles) {
                self.clock.set(Timestamp::from_ms(began.ms() + n * 4 * MINUTE));
                self.cycle(session, told.directive, told.lines(), true).await?;
            }
            if tale.pinned {
                self.engine.memory.pin_session(session, true)?;
            }
            if tale.archived {
                self.engine.memory.archive_session(session)?;
            }
        }
        self.clock.set(self.now);
        Ok(())
    }

    async fn measuring(&self) -> Result<(), Error> {
        let mut prose = prose::Prose::new(11);
        for n in 0..OTHERS {
            self.clock.set(self.before(3 * 24 * 60 + 60 * n as i64));
            let session = self.session(&format!("Notes {}", n + 1))?;
            self.cycle(session, &prose.directive(), prose.lines(n), false).await?;
        }
        self.clock.set(self.before(2 * 24 * 60));
        self.long(&mut prose)?;
        for (hours, title) in [(5, "Two hundred turns, first"), (2, "Two hundred turns, second")] {
            self.clock.set(self.before(hours * 60));
            let session = self.session(title)?;
            for n in 0..CYCLES {
                self.cycle(session, &prose.directive(), prose.lines(n), false).await?;
            }
        }
        self.clock.set(self.now);
        Ok(())
    }

    /// One conversation of very many turns, as an imported one may be.
    fn long(&self, prose: &mut prose::Prose) -> Result<(), Error> {
        let memory = &self.engine.memory;
        let session_id = self.session("Ten thousand turns")?;
        let conversation = memory.create_conversation(session_id, &prose.directive())?;
        for n in 0..LONG {
            let lines = prose.lines(n as usize);
            let (agent, content) = match n % 4 {
                0 => (Agent::Wykeve, prose.directive()),
                1 => (Agent::Beatrice, lines.guidance),
                2 => (Agent::Codey, lines.work),
                _ => (Agent::Beatrice, lines.review),
            };
            memory.store_conversation_turn(NewTurn {
                id: memory.new_id(),
                session_id,
                conversation_id: conversation.id,
                agent,
                speaker: None,
                content,
                created_at: self.clock.now(),
                status: TurnStatus::Complete,
                metadata: TurnMetadata::default(),
            })?;
        }
        Ok(())
    }

    fn session(&self, title: &str) -> Result<SessionId, Error> {
        let new = NewSession {
            title: title.to_owned(),
            ..NewSession::default()
        };
        Ok(self.engine.memory.initialize_session(new)?.id)
    }

    /// Runs a cycle; with `pause` each step takes about as long as a quick model.
    async fn cycle(&self, session: SessionId, directive: &str, lines: Lines, pause: bool) -> Result<(), Error> {
        let options = CycleOptions {
            model: Some("gpt-4o-mini".to_owned()),
            ..CycleOptions::new(Arc::new(Actor::new(lines, pause)))
        };
        let (updates, _) = unbounded_channel();
        let stop = CancellationToken::new();
        let report = self
            .engine
            .cycle
            .carry_out(Order::run(session, directive), options, updates, stop)
            .await?;
        match report.turns.len() {
            0..4 => Err(Error::Internal("a seeded cycle was cut short")),
            _ => Ok(()),
        }
    }

    fn before(&self, minutes: i64) -> Timestamp {
        Timestamp::from_ms(self.now.ms() - minutes * MINUTE)
    }
}

/// A day in minutes, for the tales.
const DAY_MINUTES: i64 = DAY / MINUTE;
