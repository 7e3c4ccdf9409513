//! What a working program was told is durable, and whether it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use ccc_domain::{ConversationId, SessionId, TurnId};
use ccc_engine::{Engine, Error as EngineError};

/// What a turn says follows from its id, so that everyone knows it. Now and then long enough for several pages.
pub fn content_of(id: TurnId) -> String {
    let words = id.to_bytes().map(usize::from);
    let repeat = 1 + words[15] * if words[14] < 16 { 20 } else { 1 };
    format!("{id} said {words:?}\n").repeat(repeat)
}

/// Everything said so far.
#[derive(Debug, Default, Clone)]
pub struct Promises {
    turns: BTreeMap<TurnId, (SessionId, ConversationId)>,
    /// Sessions whose deletion was begun: they may be there or not.
    leaving: BTreeSet<SessionId>,
    /// Sessions whose deletion was acknowledged.
    gone: BTreeSet<SessionId>,
    /// How often a call was refused.
    pub refusals: usize,
    /// Whether work went on after what was broken was whole again.
    pub recovered: bool,
}

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The profile does not open.
    Closed(&'static str),
    /// A conversation cannot be read.
    Unreadable(ConversationId, &'static str),
    /// An acknowledged turn is not there.
    Missing(TurnId),
    /// A turn says something else.
    Different(TurnId),
    /// A session is there whose deletion was acknowledged.
    Undead(SessionId),
    /// A conversation's turns are not numbered from 1 without a gap.
    Gap(ConversationId),
    /// The audit trail does not hold together.
    Trail,
    /// At its start the profile says that what was written last is gone.
    Cut,
}

/// A fault that nobody was told of: what is read is not what was stored, and no call said so. What is missing is told of
/// where the profile says so at its start.
pub fn silent(faults: &[Fault]) -> Option<&Fault> {
    let told = faults.contains(&Fault::Cut);
    faults.iter().find(|fault| match fault {
        Fault::Missing(_) => !told,
        Fault::Different(_) | Fault::Gap(_) => true,
        _ => false,
    })
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(code) => write!(f, "the profile does not open: {code}"),
            Self::Unreadable(id, code) => write!(f, "conversation {id} cannot be read: {code}"),
            Self::Missing(id) => write!(f, "turn {id} is missing"),
            Self::Different(id) => write!(f, "turn {id} says something else"),
            Self::Undead(id) => write!(f, "session {id} was deleted and is there"),
            Self::Gap(id) => write!(f, "the turns of conversation {id} are not numbered in order"),
            Self::Trail => write!(f, "the audit trail is broken"),
            Self::Cut => write!(f, "what was written last is said to be gone"),
        }
    }
}

impl Promises {
    /// Takes in what was said. A line cut in two was not said.
    pub fn hear(&mut self, said: &str) {
        for line in said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            self.hear_line(line);
        }
    }

    fn hear_line(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["turn", id, session, conversation] => {
                if let (Ok(id), Ok(session), Ok(conversation)) = (id.parse(), session.parse(), conversation.parse()) {
                    self.turns.insert(id, (session, conversation));
                }
            }
            ["deleting", session] => self.leaving.extend(session.parse::<SessionId>().ok()),
            ["deleted", session] => self.gone.extend(session.parse::<SessionId>().ok()),
            ["refused", _] => self.refusals += 1,
            ["recovered"] => self.recovered = true,
            _ => {}
        }
    }

    /// Takes in a turn that was stored.
    pub fn add(&mut self, id: TurnId, session: SessionId, conversation: ConversationId) {
        self.turns.insert(id, (session, conversation));
    }

    /// Takes in what another program said of the same profile.
    pub fn join(&mut self, other: Self) {
        self.turns.extend(other.turns);
        self.leaving.extend(other.leaving);
        self.gone.extend(other.gone);
    }

    /// How many turns are at stake.
    pub fn turns(&self) -> usize {
        self.turns.len()
    }

    /// The promises that an opened profile does not keep.
    pub fn broken(&self, opened: Result<&Engine, &EngineError>) -> Vec<Fault> {
        let engine = match opened {
            Ok(engine) => engine,
            Err(error) => return vec![Fault::Closed(error.code().as_str())],
        };
        let mut faults = Vec::new();
        let mut histories: BTreeMap<ConversationId, Option<BTreeMap<TurnId, String>>> = BTreeMap::new();
        for (id, (session, conversation)) in &self.turns {
            if self.leaving.contains(session) {
                continue;
            }
            let history = histories.entry(*conversation).or_insert_with(|| {
                let history = history(engine, *conversation);
                history.inspect_err(|fault| faults.push(fault.clone())).ok()
            });
            let Some(turns) = history else { continue };
            match turns.get(id) {
                None => faults.push(Fault::Missing(*id)),
                Some(content) if *content != content_of(*id) => faults.push(Fault::Different(*id)),
                Some(_) => {}
            }
        }
        let there = |session: &&SessionId| engine.memory.get_session(**session).is_ok();
        faults.extend(self.gone.iter().filter(there).map(|session| Fault::Undead(*session)));
        // Each turn has its entry.
        let least = self.turns.len() as u64;
        if !matches!(engine.audit.verify(), Ok(report) if report.broken_at.is_none() && report.entries >= least) {
            faults.push(Fault::Trail);
        }
        faults.extend(engine.audit.is_cut().then_some(Fault::Cut));
        faults
    }
}

/// What the turns of a conversation say.
fn history(engine: &Engine, id: ConversationId) -> Result<BTreeMap<TurnId, String>, Fault> {
    let unreadable = |error: EngineError| Fault::Unreadable(id, error.code().as_str());
    let turns = engine.memory.get_conversation_history(id).map_err(unreadable)?;
    let conversation = engine.memory.get_conversation(id).map_err(unreadable)?;
    if !turns.iter().map(|turn| turn.number).eq(1..=conversation.turn_count) {
        return Err(Fault::Gap(id));
    }
    Ok(turns.into_iter().map(|turn| (turn.id, turn.content)).collect())
}
