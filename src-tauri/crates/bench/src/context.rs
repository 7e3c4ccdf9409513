//! The whole of finding a context, from a directive to the printed block, against FTS5's ranking and the text of what it
//! ranks first. Every directive is another one, so that no context that was kept is counted.
//!
//! "Warm" has the index loaded and both databases in the page cache. "Cold" has nothing of the index loaded: the first
//! directive after unlocking.

mod directives;
mod index;
mod plain;

use ccc_domain::{Scope, Session, SessionId};
use ccc_engine::{
    Engine,
    memory::{ContextRequest, SessionFilter},
};

use self::directives::{Directives, Words};
use crate::{
    error::Error,
    measure::{Pair, Sample, Spread, time},
    plain::Plain,
    report::{Report, Target},
    sealed,
    store::{Place, Shape, plain_in, sealed_in},
};

/// Directives of one kind.
#[derive(Debug, Clone, Copy)]
struct Kind {
    words: usize,
    from: Words,
}

/// What is asked. Rare words are told beside the others: where few turns match, FTS5 has little to rank.
const KINDS: [Kind; 4] = [
    Kind {
        words: 1,
        from: Words::Common,
    },
    Kind {
        words: 3,
        from: Words::Common,
    },
    Kind {
        words: 8,
        from: Words::Common,
    },
    Kind {
        words: 3,
        from: Words::Any,
    },
];

impl Kind {
    fn shown(self) -> String {
        let plural = if self.words == 1 { "" } else { "s" };
        let rare = if self.from == Words::Any { "any " } else { "" };
        format!("{} {rare}word{plural}", self.words)
    }

    fn target(self, times: f64) -> Target {
        match self.from {
            Words::Common => Target::AtLeast(times),
            Words::Any => Target::None,
        }
    }
}

/// How many directives warm both sides up before the first that counts.
const WARMING: u32 = 3;
/// How often everything is loaded by the first directive.
const COLD_ROUNDS: u32 = 3;
/// Times faster than FTS5 in a session.
const IN_SESSION: f64 = 10.0;
/// Times faster than FTS5 over all sessions, from so many turns on.
const OVER_ALL: [(u32, f64); 2] = [(1_000_000, 25.0), (100_000, 15.0)];

/// What is to be measured.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Turns in the store.
    pub turns: u32,
    /// Directives of each kind.
    pub rounds: u32,
    /// Whether all turns are of one session.
    pub one_session: bool,
}

/// Measures contexts in a store that is filled if it is not there.
pub fn measure(place: &Place, options: Options) -> Result<Report, Error> {
    let shape = if options.one_session { Shape::One } else { Shape::Many };
    let directory = place.filled(options.turns, shape)?;
    let plain = Plain::open(&plain_in(&directory))?;
    let bench = Bench {
        engine: sealed::unlocked(&sealed_in(&directory))?()?,
        plain,
        options,
    };
    let mut report = Report::new(format!(
        "context: {} turns, {}, {} directives of each kind",
        options.turns,
        shape.shown(),
        options.rounds
    ));
    let mut directives = Directives::new();
    index::measure(&bench.engine, &sealed_in(&directory), options.turns, &mut report)?;
    bench.warm(&mut directives, &mut report)?;
    bench.cold(&mut directives, &mut report)?;
    index::rebuild(&bench.engine, &sealed_in(&directory), options.turns, &mut report)?;
    index::add_load(&directory, &mut report)?;
    Ok(report)
}

struct Bench {
    engine: Engine,
    plain: Plain,
    options: Options,
}

impl Bench {
    fn warm(&self, directives: &mut Directives, report: &mut Report) -> Result<(), Error> {
        let sessions = self.sessions()?;
        let asking_one = |n: u32| {
            let session = sessions.get(n as usize * 7 % sessions.len());
            let session = session.ok_or(Error::Differ("no session"))?;
            Ok((session.id, Some(plain::rows_of(&self.plain, session.id)?)))
        };
        for kind in KINDS {
            let target = kind.target(IN_SESSION);
            self.pairs("in a session", kind, target, directives, report, asking_one)?;
        }
        if self.options.one_session {
            return Ok(());
        }
        let asking = self.asking_all(&sessions)?;
        let floor = OVER_ALL.iter().find(|(turns, _)| self.options.turns >= *turns);
        for kind in KINDS {
            let target = floor.map_or(Target::None, |(_, times)| kind.target(*times));
            self.pairs("over all", kind, target, directives, report, |_| Ok((asking, None)))?;
        }
        Ok(())
    }

    /// Asks both sides the same directives, alternately. `ask` says which session asks, and to which rows the baseline is
    /// restricted.
    fn pairs(
        &self,
        scope: &str,
        kind: Kind,
        target: Target,
        directives: &mut Directives,
        report: &mut Report,
        ask: impl Fn(u32) -> Result<(SessionId, Option<(i64, i64)>), Error>,
    ) -> Result<(), Error> {
        let mut pair = Pair::default();
        for n in 0..WARMING + self.options.rounds {
            let directive = directives.next(kind.words, kind.from);
            let (session, only) = ask(n)?;
            let sealed = || self.context(session, &directive.join(" "));
            let plain = || self.plain_context(only, &directive);
            if n < WARMING {
                sealed()?;
                plain()?;
            } else {
                pair.take(sealed, plain)?;
            }
        }
        report.add_times_faster(&format!("{scope}, {}", kind.shown()), &pair, target);
        Ok(())
    }

    /// The first directive after unlocking, which loads what it needs.
    fn cold(&self, directives: &mut Directives, report: &mut Report) -> Result<(), Error> {
        let sessions = self.sessions()?;
        let memory = &self.engine.memory;
        memory.forget_cached();
        let mut samples = Vec::new();
        for session in sessions
            .iter()
            .skip(1)
            .chain(&sessions)
            .take(self.options.rounds as usize)
        {
            if sessions.len() < self.options.rounds as usize {
                memory.forget_cached();
            }
            samples.push(self.context(session.id, &directives.next(3, Words::Common).join(" "))?);
        }
        report.add_samples("in a session, cold", &samples);
        if self.options.one_session {
            return Ok(());
        }
        let (asking, mut samples) = (self.asking_all(&sessions)?, Vec::new());
        for _ in 0..COLD_ROUNDS {
            memory.forget_cached();
            samples.push(self.context(asking, &directives.next(3, Words::Common).join(" "))?);
        }
        report.add_samples("over all, cold", &samples);
        let seconds = Spread::of_wall(&samples).p50 / 1e6;
        report.add_figure("seconds of the first directive over all", seconds, Target::None);
        Ok(())
    }

    fn context(&self, session: SessionId, directive: &str) -> Result<Sample, Error> {
        let memory = &self.engine.memory;
        let (context, sample) = time(|| memory.get_relevant_context(session, directive, &ContextRequest::default()));
        if context?.items.is_empty() {
            return Err(Error::Differ("a directive found nothing"));
        }
        Ok(sample)
    }

    fn plain_context(&self, rows: Option<(i64, i64)>, directive: &[String]) -> Result<Sample, Error> {
        let (found, sample) = time(|| plain::context(&self.plain, directive, rows));
        found.map(|_| sample)
    }

    /// Oldest first, so that the same ones are asked in every run.
    fn sessions(&self) -> Result<Vec<Session>, Error> {
        let mut sessions = self.engine.memory.list_sessions(SessionFilter::All)?;
        sessions.sort_by_key(|session| session.id);
        if sessions.is_empty() {
            return Err(Error::Differ("no session"));
        }
        Ok(sessions)
    }

    /// The last session, asking over all.
    fn asking_all(&self, sessions: &[Session]) -> Result<SessionId, Error> {
        let last = sessions.last().ok_or(Error::Differ("no session"))?;
        if last.preferences.scope != Scope::All {
            let mut preferences = last.preferences.clone();
            preferences.scope = Scope::All;
            self.engine.memory.set_preferences(last.id, preferences)?;
        }
        Ok(last.id)
    }
}
