//! What of memory matters for a directive.
//!
//! Pinned turns, whatever they cost; then the turns that rank best for the directive, then the newest ones, as many as fit
//! the token budget. All whole, printed oldest first. The same store, settings, directive and day give the same bytes.

use std::{collections::HashSet, thread};

use ccc_domain::{
    Context, ContextItem, ContextState, ConversationId, Preferences, Scope, SessionId, Turn, TurnId, TurnStatus,
    prompt, rank, tokens,
};
use ccc_recall::{Hit, Hits, Request};
use ccc_store::{
    Connection,
    tables::{conversations, turns},
};

use crate::{
    Error, MemoryService, cells,
    memory::{contexts::Key, reasons},
};

/// How many ranked turns are considered: in the retrieval study a context of 1,000 tokens was filled from the first 80.
const MOST_CANDIDATES: usize = 80;
/// How many of the newest turns may fill what ranking left of the budget.
const MOST_RECENT: usize = 6;
/// A budget is full when less than this share of it is left: what still fits is too small to help.
const FULL: f64 = 0.97;

const MS_AN_HOUR: u64 = 60 * 60 * 1_000;

/// What memory is asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContextRequest {
    /// The conversation being answered: its own turns are in the prompt already.
    pub exclude: Option<ConversationId>,
    /// Tokens the block may cost; none takes the session's preference.
    pub budget_tokens: Option<u32>,
    /// At most this many turns; none takes the session's preference.
    pub max_context_turns: Option<u32>,
}

impl MemoryService {
    /// The past turns of the session's scope that matter for `directive`, within a token budget, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the session; damage to a turn; those of the store.
    pub fn get_relevant_context(
        &self,
        session: SessionId,
        directive: &str,
        request: &ContextRequest,
    ) -> Result<Context, Error> {
        self.note_read("choose", "context", Some(session.to_bytes()));
        let _timed = self.latencies.time("get_relevant_context");
        let preferences = self.session(session)?.preferences;
        let key = Key {
            session,
            directive: directive.to_owned(),
            request: request.clone(),
            preferences: preferences.clone(),
            day: self.now().day(),
            generation: self.index.generation(),
        };
        let mut context = match self.contexts.get(&key) {
            Some(context) => context,
            None => {
                let context = self.choose_context(session, directive, request, &preferences)?;
                self.contexts.put(key, context.clone());
                context
            }
        };
        self.mark_recent(&mut context, &preferences);
        Ok(context)
    }

    /// Chooses a context that will be asked for soon, on a thread of its own. Whatever fails then fails again, and is told,
    /// when it is asked for.
    pub(crate) fn look_ahead(&self, session: SessionId, directive: String) {
        let memory = self.clone();
        let choose = move || memory.get_relevant_context(session, &directive, &ContextRequest::default());
        if let Err(error) = thread::Builder::new().name("look-ahead".to_owned()).spawn(choose) {
            tracing::debug!(%error, "memory is chosen when it is asked for");
        }
    }

    /// Marks what is young as of now; a context that is kept grows older.
    pub(super) fn mark_recent(&self, context: &mut Context, preferences: &Preferences) {
        let now = self.now();
        let youngest = u64::from(preferences.max_context_age_hours).saturating_mul(MS_AN_HOUR);
        for item in &mut context.items {
            item.recent = now.since_ms(item.created_at) <= youngest;
        }
    }

    fn choose_context(
        &self,
        session: SessionId,
        directive: &str,
        request: &ContextRequest,
        preferences: &Preferences,
    ) -> Result<Context, Error> {
        let scope = self.scope(session, &preferences.scope)?;
        let hits = self.rank(scope.as_deref(), directive, MOST_CANDIDATES)?;
        let budget = request.budget_tokens.unwrap_or(preferences.context_budget_tokens);
        let mut chosen = Chosen::new(request, preferences, budget);
        self.db.read(|c| {
            for id in &preferences.pinned_turns {
                let row = turns::get(c, *id)?.filter(|row| is_in(scope.as_deref(), row));
                self.offer_pinned(&mut chosen, row)?;
            }
            self.offer_hits(c, &mut chosen, &hits)?;
            self.offer_newest(c, &mut chosen, session)
        })?;
        Ok(chosen.context(u32::try_from(hits.considered).unwrap_or(u32::MAX)))
    }

    /// Ranks the turns of `sessions`, or of all, for a directive or a query; at most `limit`, best first.
    ///
    /// # Errors
    /// Damage to a turn where a part of the index must be made anew; those of the store.
    pub fn rank(&self, sessions: Option<&[SessionId]>, text: &str, limit: usize) -> Result<Hits, Error> {
        let visible;
        let scope = match sessions {
            Some(sessions) => sessions,
            None => {
                visible = self.visible()?;
                &visible
            }
        };
        self.load_indexes(scope)?;
        let index = self.index.read();
        Ok(index.search(&Request {
            text,
            sessions: Some(scope),
            now: self.now(),
            limit,
        }))
    }

    /// The sessions that memory is looked for in; none for all.
    pub(super) fn scope(&self, session: SessionId, scope: &Scope) -> Result<Option<Vec<SessionId>>, Error> {
        Ok(match scope {
            Scope::Session => Some(vec![session]),
            Scope::All => None,
            Scope::Chosen(chosen) => {
                let wanted = |id: &&SessionId| **id == session || chosen.contains(id);
                Some(self.visible()?.iter().filter(wanted).copied().collect())
            }
        })
    }

    /// Offers the ranked turns, opening those alone that fit.
    fn offer_hits(&self, connection: &Connection, chosen: &mut Chosen<'_>, hits: &Hits) -> Result<(), Error> {
        let may_be_given = |hit: &&Hit| hit.whole && Some(hit.conversation) != chosen.request.exclude;
        let hits = hits.turns.iter().filter(may_be_given);
        let strong = chosen.threshold * hits.clone().map(|hit| hit.score).fold(0.0, f64::max);
        // Stable, so that of equal value the better ranked comes first.
        let mut hits: Vec<(f64, &Hit)> = hits.map(|hit| (rank::value(hit.score, hit.tokens), hit)).collect();
        hits.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        for (_, hit) in hits {
            if chosen.is_full() {
                break;
            }
            if !chosen.fits(hit.tokens, hit.into()) {
                continue;
            }
            let row = turns::at(connection, hit.conversation, hit.number)?;
            let row = row.filter(|row| row.session_id == hit.session);
            self.offer(chosen, row, |turn| Why {
                score: rounded(hit.score),
                reason: reasons::found(hit, turn),
                strong: hit.score >= strong,
            })?;
        }
        Ok(())
    }

    /// Offers the newest turns of the session, opening those alone that fit.
    fn offer_newest(&self, connection: &Connection, chosen: &mut Chosen<'_>, session: SessionId) -> Result<(), Error> {
        let mut left = MOST_RECENT;
        conversations::each_newest(connection, session, |conversation| {
            if chosen.is_full() || left == 0 {
                return Ok(false);
            }
            if Some(conversation) == chosen.request.exclude {
                return Ok(true);
            }
            let newest = self.index.read().newest_of(session, conversation, left);
            left -= newest.len();
            for (number, tokens) in newest {
                if !chosen.may_fit(tokens) {
                    continue;
                }
                let row = turns::at(connection, conversation, number)?;
                let row = row.filter(|row| row.session_id == session);
                self.offer(chosen, row, |turn| Why::plain(reasons::recent(turn)))?;
            }
            Ok(true)
        })
    }

    /// Takes the turn of `row`, which the person pinned, whether it fits or not.
    pub(super) fn offer_pinned(&self, chosen: &mut Chosen<'_>, row: Option<turns::TurnRow>) -> Result<(), Error> {
        let Some(row) = row.filter(|row| chosen.is_new(row) && !self.is_going(row)) else {
            return Ok(());
        };
        let turn = cells::open_turn(&self.core.keys, &row)?;
        if !turn.is_deleted() {
            let why = Why::plain(reasons::pinned(&turn));
            chosen.put(turn, why);
        }
        Ok(())
    }

    /// Takes the turn of `row` where it may be given and fits.
    pub(super) fn offer(
        &self,
        chosen: &mut Chosen<'_>,
        row: Option<turns::TurnRow>,
        why: impl FnOnce(&Turn) -> Why,
    ) -> Result<(), Error> {
        let may_take = |row: &turns::TurnRow| chosen.may_take(row) && !self.is_going(row);
        if let Some(row) = row.filter(may_take) {
            let turn = cells::open_turn(&self.core.keys, &row)?;
            if turn.is_deleted() {
                return Ok(());
            }
            let why = why(&turn);
            chosen.take(turn, why);
        }
        Ok(())
    }
}

/// Whether a turn is of these sessions, or of any.
pub(super) fn is_in(scope: Option<&[SessionId]>, row: &turns::TurnRow) -> bool {
    scope.is_none_or(|scope| scope.contains(&row.session_id))
}

/// A score to six places, which JSON gives back as they were: a receipt that is read again equals the one that was made.
fn rounded(score: f64) -> f64 {
    (score * 1e6).round() / 1e6
}

/// Why a turn is offered.
pub(super) struct Why {
    pub(super) score: f64,
    pub(super) reason: String,
    pub(super) strong: bool,
}

impl Why {
    /// Not by its rank.
    pub(super) const fn plain(reason: String) -> Self {
        Self {
            score: 0.0,
            reason,
            strong: false,
        }
    }
}

/// Where a turn stands in the printed block: turns of one conversation and day share a heading.
#[derive(Clone, Copy, PartialEq)]
struct Place(ConversationId, i64);

impl From<&Hit> for Place {
    fn from(hit: &Hit) -> Self {
        Self(hit.conversation, hit.at.day_number())
    }
}

/// What is taken so far.
pub(super) struct Chosen<'a> {
    request: &'a ContextRequest,
    items: Vec<ContextItem>,
    seen: HashSet<TurnId>,
    headings: Vec<Place>,
    budget: u32,
    used: u32,
    most: usize,
    /// The share of the best score from which a match is strong.
    threshold: f64,
}

impl<'a> Chosen<'a> {
    pub(super) fn new(request: &'a ContextRequest, preferences: &Preferences, budget: u32) -> Self {
        let most = request.max_context_turns.or(preferences.max_context_turns);
        Self {
            request,
            items: Vec::new(),
            seen: preferences.muted_turns.iter().copied().collect(),
            headings: Vec::new(),
            budget,
            used: prompt::FRAME_TOKENS,
            most: most.map_or(usize::MAX, |most| most as usize),
            threshold: preferences.similarity_threshold,
        }
    }

    fn is_full(&self) -> bool {
        self.items.len() >= self.most || f64::from(self.used) > FULL * f64::from(self.budget)
    }

    /// What a text of so many tokens would cost with what is printed around it.
    fn cost(&self, tokens: u32, place: &Place) -> u32 {
        let heading = if self.headings.contains(place) {
            0
        } else {
            prompt::HEADING_TOKENS
        };
        tokens.saturating_add(prompt::LINE_TOKENS).saturating_add(heading)
    }

    fn fits(&self, tokens: u32, place: Place) -> bool {
        self.used.saturating_add(self.cost(tokens, &place)) <= self.budget
    }

    /// Whether a text of so many tokens may fit, wherever it is printed.
    fn may_fit(&self, tokens: u32) -> bool {
        !self.is_full() && self.used.saturating_add(tokens.saturating_add(prompt::LINE_TOKENS)) <= self.budget
    }

    /// Whether a turn may be given without someone having asked for it.
    fn may_take(&self, row: &turns::TurnRow) -> bool {
        row.status == TurnStatus::Complete && self.is_new(row) && self.items.len() < self.most
    }

    /// Whether a turn is not in the prompt yet, nor to be kept out of it.
    fn is_new(&self, row: &turns::TurnRow) -> bool {
        self.request.exclude != Some(row.conversation_id) && !self.seen.contains(&row.id)
    }

    /// Takes a turn if it fits.
    fn take(&mut self, turn: Turn, why: Why) {
        if self.fits(tokens_of(&turn), place_of(&turn)) {
            self.put(turn, why);
        }
    }

    /// Takes a turn.
    fn put(&mut self, turn: Turn, why: Why) {
        let place = place_of(&turn);
        let cost = self.cost(tokens_of(&turn), &place);
        self.used = self.used.saturating_add(cost);
        if !self.headings.contains(&place) {
            self.headings.push(place);
        }
        self.seen.insert(turn.id);
        self.items.push(item(turn, cost, why));
    }

    pub(super) fn context(mut self, considered: u32) -> Context {
        self.items
            .sort_by_key(|item| (item.created_at, item.conversation_id, item.number));
        let block = prompt::memory_block(&self.items);
        Context {
            state: ContextState::Used,
            tokens: tokens::estimate(&block),
            items: self.items,
            block,
            budget_tokens: self.budget,
            considered,
            left_out: Vec::new(),
        }
    }
}

fn place_of(turn: &Turn) -> Place {
    Place(turn.conversation_id, turn.created_at.day_number())
}

/// What a turn's text and its speaker's name come to.
fn tokens_of(turn: &Turn) -> u32 {
    let speaker = tokens::estimate(turn.speaker.as_deref().unwrap_or_default());
    tokens::estimate(&turn.content).saturating_add(speaker)
}

fn item(turn: Turn, tokens: u32, why: Why) -> ContextItem {
    ContextItem {
        turn_id: turn.id,
        conversation_id: turn.conversation_id,
        session_id: turn.session_id,
        number: turn.number,
        agent: turn.agent,
        created_at: turn.created_at,
        tokens,
        speaker: turn.speaker,
        text: turn.content,
        score: why.score,
        reason: why.reason,
        strong: why.strong,
        recent: false,
    }
}
