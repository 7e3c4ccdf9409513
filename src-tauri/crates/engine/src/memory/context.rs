//! What of memory matters for a directive.
//!
//! The plain form: pinned turns, then the turns that share words with the directive by BM25, then the newest ones, all
//! whole, as many as fit the token budget; printed oldest first. The same store, settings and directive give the same
//! bytes.

use std::collections::{HashMap, HashSet};

use ccc_domain::{
    Context, ContextItem, ContextState, ConversationId, Preferences, SessionId, Turn, TurnId, TurnStatus, prompt,
    tokens,
};
use ccc_store::tables::turns;

use crate::{
    Error, MemoryService, cells,
    memory::index::{self, Shared},
};

/// How many ranked turns are opened at most: more than a budget of 1,000 tokens ever holds, few enough to stay quick.
const MOST_CANDIDATES: usize = 60;
/// How many of the newest turns may fill what ranking left of the budget.
const MOST_RECENT: u32 = 6;

/// What the heading and the closing of a memory block cost, and what the line above each turn costs, by our estimate
/// and rounded up. A test holds the whole block within the budget.
const FRAME_TOKENS: u32 = 100;
const LINE_TOKENS: u32 = 24;

/// What memory is asked for.
#[derive(Debug, Clone, Default)]
pub struct ContextRequest {
    /// The conversation being answered: its own turns are in the prompt already.
    pub exclude: Option<ConversationId>,
    /// Tokens the block may cost; none takes the session's preference.
    pub budget_tokens: Option<u32>,
    /// At most this many turns; none takes the session's preference.
    pub max_context_turns: Option<u32>,
}

/// A turn that may be given, and why.
struct Candidate {
    turn_id: TurnId,
    score: f64,
    reason: String,
}

impl MemoryService {
    /// The past turns of the session that matter for `directive`, within a token budget, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the session; damage to a turn; those of the store.
    pub fn get_relevant_context(
        &self,
        session: SessionId,
        directive: &str,
        request: &ContextRequest,
    ) -> Result<Context, Error> {
        let _timed = self.latencies.time("get_relevant_context");
        let preferences = self.get_session(session)?.preferences;
        let partition = self.partition(session)?;
        let considered = index::lock(&partition).len();
        let candidates = self.candidates(session, &partition, directive, &preferences, request.exclude)?;
        let (turns, candidates) = self.open_candidates(session, candidates, request.exclude)?;
        let budget = request.budget_tokens.unwrap_or(preferences.context_budget_tokens);
        let most = request
            .max_context_turns
            .or(preferences.max_context_turns)
            .map_or(usize::MAX, |most| most as usize);
        let items = choose(turns, candidates, &preferences, budget, most);
        let block = prompt::memory_block(&items);
        Ok(Context {
            state: ContextState::Used,
            tokens: tokens::estimate(&block),
            items,
            block,
            budget_tokens: budget,
            considered: u32::try_from(considered).unwrap_or(u32::MAX),
        })
    }

    /// The session's partition, read from the store where it is not loaded.
    pub(super) fn partition(&self, session: SessionId) -> Result<Shared, Error> {
        self.index.load(session, |partition| {
            self.db.read(|c| {
                turns::for_each(c, session, |row| {
                    // Which session a conversation is in is not part of a turn's seal; which one the turn is in, is.
                    if row.session_id != session {
                        return Err(Error::Damaged("a turn stands in another session than its own"));
                    }
                    partition.append(row.id, &cells::open_content(&self.core.keys, &row)?);
                    Ok(())
                })
            })
        })
    }

    /// Pinned turns, matches, and the newest turns, each once, best first, muted ones left out.
    fn candidates(
        &self,
        session: SessionId,
        partition: &Shared,
        directive: &str,
        preferences: &Preferences,
        exclude: Option<ConversationId>,
    ) -> Result<Vec<Candidate>, Error> {
        let hits = index::lock(partition).search(directive);
        let newest = self.db.read(|c| turns::newest(c, session, exclude, MOST_RECENT))?;
        let pinned = preferences.pinned_turns.iter().map(|&turn_id| Candidate {
            turn_id,
            score: 0.0,
            reason: "pinned".to_owned(),
        });
        let matching = hits.into_iter().map(|hit| Candidate {
            turn_id: hit.turn_id,
            score: hit.score,
            reason: format!("matches “{}”", hit.matched.join("”, “")),
        });
        let recent = newest.into_iter().map(|turn_id| Candidate {
            turn_id,
            score: 0.0,
            reason: "recent".to_owned(),
        });
        let mut seen: HashSet<TurnId> = preferences.muted_turns.iter().copied().collect();
        Ok(pinned
            .chain(matching)
            .chain(recent)
            .filter(|candidate| seen.insert(candidate.turn_id))
            .collect())
    }

    /// Opens the turns of the first candidates that can be given: whole turns of this session, outside the excluded
    /// conversation.
    fn open_candidates(
        &self,
        session: SessionId,
        candidates: Vec<Candidate>,
        exclude: Option<ConversationId>,
    ) -> Result<(HashMap<TurnId, Turn>, Vec<Candidate>), Error> {
        let fits = |row: &turns::TurnRow| {
            row.session_id == session && exclude != Some(row.conversation_id) && row.status == TurnStatus::Complete
        };
        self.db.read(|c| {
            let (mut opened, mut kept) = (HashMap::new(), Vec::new());
            for candidate in candidates {
                let Some(row) = turns::get(c, candidate.turn_id)?.filter(fits) else {
                    continue;
                };
                opened.insert(row.id, cells::open_turn(&self.core.keys, &row)?);
                kept.push(candidate);
                if kept.len() == MOST_CANDIDATES {
                    break;
                }
            }
            Ok((opened, kept))
        })
    }
}

/// The items that fit, oldest first.
fn choose(
    mut turns: HashMap<TurnId, Turn>,
    candidates: Vec<Candidate>,
    preferences: &Preferences,
    budget: u32,
    most: usize,
) -> Vec<ContextItem> {
    let mut items: Vec<ContextItem> = candidates
        .into_iter()
        .filter_map(|candidate| turns.remove(&candidate.turn_id).map(|turn| item(turn, candidate)))
        .collect();
    let costs: Vec<u32> = items.iter().map(|item| item.tokens).collect();
    let pinned = |item: &ContextItem| preferences.pinned_turns.contains(&item.turn_id);
    let always = items
        .iter()
        .enumerate()
        .filter(|(_, item)| pinned(item))
        .map(|(i, _)| i)
        .collect();
    let taken: HashSet<usize> = tokens::fit(&costs, &always, budget.saturating_sub(FRAME_TOKENS))
        .into_iter()
        .take(most)
        .collect();
    let mut index = 0..;
    items.retain(|_| index.next().is_some_and(|i| taken.contains(&i)));
    items.sort_by_key(|item| (item.created_at, item.conversation_id, item.number));
    items
}

fn item(turn: Turn, candidate: Candidate) -> ContextItem {
    ContextItem {
        turn_id: turn.id,
        conversation_id: turn.conversation_id,
        session_id: turn.session_id,
        number: turn.number,
        agent: turn.agent,
        created_at: turn.created_at,
        tokens: [
            tokens::estimate(&turn.content),
            tokens::estimate(turn.speaker.as_deref().unwrap_or_default()),
        ]
        .into_iter()
        .fold(LINE_TOKENS, u32::saturating_add),
        speaker: turn.speaker,
        text: turn.content,
        score: candidate.score,
        reason: candidate.reason,
    }
}
