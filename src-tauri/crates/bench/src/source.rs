//! What is said: conversations planned, and their turns made from the text.

use ccc_domain::{Agent, Conversation, FinishReason, NewTurn, Session, Step, TurnMetadata, TurnStatus, Usage};
use ccc_engine::MemoryService;

use crate::{
    error::Error,
    store::Shape,
    text::{Rng, SESSION_TURNS, Writer, conversation_lengths},
};

/// A conversation to be written, and the text that follows from it.
pub struct Planned {
    /// Its session, from 0.
    pub session: usize,
    /// How many turns it has.
    pub turns: u32,
    /// What its text follows from.
    pub seed: u64,
}

/// The conversations that hold `turns` turns, session by session. The last session may hold fewer.
pub fn plan(turns: u32, shape: Shape) -> Vec<Planned> {
    let (mut rng, mut planned, mut left) = (Rng::new(2), Vec::new(), turns);
    for nth in 0..turns.div_ceil(SESSION_TURNS) as usize {
        let session = if shape == Shape::One { 0 } else { nth };
        for length in conversation_lengths(&mut rng) {
            let turns = length.min(left);
            left -= turns;
            let seed = rng.next();
            planned.extend((turns > 0).then_some(Planned { session, turns, seed }));
        }
    }
    planned
}

/// A conversation with its turns.
pub type Said = (Conversation, Vec<NewTurn>);

/// Makes conversations and their turns.
pub struct Source {
    memory: MemoryService,
    writer: Writer,
}

impl Source {
    /// For the store behind `memory`.
    pub fn new(memory: MemoryService) -> Self {
        let writer = Writer::new();
        Self { memory, writer }
    }

    /// Makes the conversation in CCC's store, and its turns, which are stored nowhere yet.
    pub fn start(&self, planned: &Planned, sessions: &[Session]) -> Result<(Conversation, Vec<NewTurn>), Error> {
        let session = sessions
            .get(planned.session)
            .ok_or(Error::Internal("a plan without its sessions"))?;
        let mut rng = Rng::new(planned.seed);
        let texts: Vec<String> = (0..planned.turns).map(|_| self.writer.turn(&mut rng)).collect();
        let directive = texts.first().ok_or(Error::Internal("a conversation without turns"))?;
        let conversation = self.memory.create_conversation(session.id, directive)?;
        let turns = texts.into_iter().enumerate();
        let turns = turns.map(|(n, content)| self.turn(&conversation, n, content)).collect();
        Ok((conversation, turns))
    }

    fn turn(&self, conversation: &Conversation, n: usize, content: String) -> NewTurn {
        let (agent, step) = said_by(n);
        NewTurn {
            id: self.memory.new_id(),
            session_id: conversation.session_id,
            conversation_id: conversation.id,
            agent,
            speaker: None,
            metadata: metadata(step, &content),
            content,
            created_at: self.memory.now(),
            status: TurnStatus::Complete,
        }
    }
}

/// The agents in the order of a cycle, after the directive.
fn said_by(n: usize) -> (Agent, Option<Step>) {
    match n % 4 {
        0 => (Agent::Wykeve, None),
        1 => (Agent::Beatrice, Some(Step::Analyse)),
        2 => (Agent::Codey, Some(Step::Execute)),
        _ => (Agent::Beatrice, Some(Step::Review)),
    }
}

fn metadata(step: Option<Step>, content: &str) -> TurnMetadata {
    let Some(step) = step else {
        return TurnMetadata::default();
    };
    let tokens = ccc_domain::tokens::estimate(content);
    TurnMetadata {
        step: Some(step),
        provider: Some("local".to_owned()),
        model: Some("a-model-of-usual-name-8b-instruct".to_owned()),
        temperature: Some(0.7),
        usage: Some(Usage {
            prompt_tokens: tokens + 400,
            completion_tokens: tokens,
            estimated: false,
        }),
        latency_ms: Some(u64::from(tokens) * 20),
        finish_reason: Some(FinishReason::Stop),
        ..TurnMetadata::default()
    }
}
