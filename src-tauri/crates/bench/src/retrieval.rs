//! How well memory finds what a question needs: conversations with questions whose answers' turns are known, through the
//! real path. Each file becomes a session, stored, sealed, indexed and ranked as any other.

mod baseline;
mod figures;
mod paired;
mod set;
mod shown;
mod typos;

use std::path::{Path, PathBuf};

use ccc_domain::{Agent, NewTurn, Preferences, Scope, Session, TurnMetadata, TurnStatus};
use ccc_engine::{
    Engine,
    memory::{ContextRequest, NewSession},
};
use serde_json::Value;

use self::{
    baseline::Baseline,
    figures::Asked,
    set::{Set, SetTurn},
};
use crate::{error::Error, sealed};

/// What is to be measured.
pub struct Options {
    /// The files.
    pub sets: Vec<PathBuf>,
    /// Whether SQLite's FTS5 is asked as well.
    pub baseline: bool,
    /// Puts a slip of the finger into each question.
    pub typos: Option<u64>,
}

/// What was found, as a table for people and as JSON for programs.
pub struct Findings {
    /// The table.
    pub shown: String,
    /// The same.
    pub json: Value,
}

/// One question of one file, answered by both.
struct Answer {
    file: String,
    /// The question's place in its file.
    question: usize,
    roles: bool,
    category: String,
    ours: Asked,
    plain: Option<Asked>,
}

/// Asks every question of every file.
pub fn measure(place: &Path, options: &Options) -> Result<Findings, Error> {
    let engine = sealed::create(&place.join("retrieval"))?;
    let mut answers = Vec::new();
    for path in &options.sets {
        let set = Set::read(path)?;
        let session = store(&engine, &set)?;
        let baseline = options.baseline.then(|| Baseline::new(&set)).transpose()?;
        for (n, query) in set
            .queries
            .iter()
            .enumerate()
            .filter(|(_, query)| !query.evidence.is_empty())
        {
            let text = match options.typos {
                Some(seed) => typos::slip(&query.text, seed.wrapping_add(n as u64)),
                None => query.text.clone(),
            };
            answers.push(Answer {
                file: set.name.clone(),
                question: n,
                roles: set.has_roles(),
                category: query.category.clone(),
                ours: ask(&engine, &session, &set, query, &text)?,
                plain: match &baseline {
                    Some(baseline) => Some(Asked::new(&set, query, &baseline.ranked(&text)?, None)),
                    None => None,
                },
            });
        }
    }
    Ok(shown::findings(&answers))
}

/// Stores a file as a session; each of its sessions as a conversation.
fn store(engine: &Engine, set: &Set) -> Result<Session, Error> {
    let memory = &engine.memory;
    let session = memory.initialize_session(NewSession {
        title: set.name.clone(),
        preferences: Preferences {
            scope: Scope::Session,
            ..Preferences::default()
        },
        ..NewSession::default()
    })?;
    for turns in set.conversations() {
        let directive = turns.first().map_or("-", |turn| turn.text.as_str());
        let conversation = memory.create_conversation(session.id, directive)?;
        for turn in turns {
            memory.store_conversation_turn(NewTurn {
                id: memory.new_id(),
                session_id: session.id,
                conversation_id: conversation.id,
                agent: agent(turn),
                speaker: Some(turn.speaker.clone()),
                content: turn.content(),
                created_at: turn.at()?.unwrap_or_else(|| memory.now()),
                status: TurnStatus::Complete,
                metadata: TurnMetadata::default(),
            })?;
        }
    }
    Ok(session)
}

fn agent(turn: &SetTurn) -> Agent {
    match turn.role.as_deref() {
        Some("assistant") => Agent::Codey,
        _ => Agent::Wykeve,
    }
}

fn ask(engine: &Engine, session: &Session, set: &Set, query: &set::Query, text: &str) -> Result<Asked, Error> {
    let conversations = engine.memory.list_conversations(session.id)?;
    let place = |conversation, number: u32| {
        let nth = conversations.iter().position(|known| known.id == conversation)?;
        set.turn_of(nth, number)
    };
    let hits = engine.memory.rank(Some(&[session.id]), text, usize::MAX)?;
    let ranked: Vec<(usize, f64)> = hits
        .turns
        .iter()
        .filter_map(|hit| Some((place(hit.conversation, hit.number)?, hit.score)))
        .collect();
    let context = engine
        .memory
        .get_relevant_context(session.id, text, &ContextRequest::default())?;
    let given: Vec<usize> = context
        .items
        .iter()
        .filter_map(|item| place(item.conversation_id, item.number))
        .collect();
    Ok(Asked::new(set, query, &ranked, Some(&given)))
}
