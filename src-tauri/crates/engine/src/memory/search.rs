//! Search over everything: archived sessions too, sessions about to be deleted not.
//!
//! The index ranks, and leaves out what it knows to be outside the filters; turns are opened in that order until enough
//! are found, and each one's text has the last word. Nothing is written.

use std::collections::{HashMap, HashSet};

use ccc_domain::{
    Agent, ConversationId, ErrorCode, SearchQuery, Session, SessionId, SessionStatus, Snippet, Timestamp, TurnId,
    TurnStatus, search::Unfinished,
};
use ccc_recall::{Finder, Hit, Hits, Index, Narrow, Request, Seen, Sought};
use ccc_store::{
    Connection,
    tables::{
        sessions::{self, SessionRow},
        turns::{self, TurnRow},
    },
};
use serde::{Deserialize, Serialize};

use crate::{Error, MemoryService, cells};

/// The most results of one search: ten screens of them.
pub const MOST_RESULTS: u32 = 100;
/// The most results that may be skipped: who needs more writes a better query.
const MOST_SKIPPED: u32 = 1_000;
/// How many ranked turns are looked at: first few, and many where those give too few.
const CANDIDATES: [usize; 2] = [256, 4_096];
/// How many words a word that is begun may become: the most frequent of them.
const MOST_COMPLETIONS: usize = 16;

/// A search.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct SearchRequest {
    /// The query in the language of [`ccc_domain::search`], as it is typed.
    pub query: String,
    /// At most so many results, and at most [`MOST_RESULTS`].
    pub limit: u32,
    /// How many of the best are skipped.
    pub offset: u32,
}

/// A turn that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct SearchHit {
    /// The turn.
    pub turn_id: TurnId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its session.
    pub session_id: SessionId,
    /// The session's title; empty while it has none.
    pub session_title: String,
    /// Where the session stands.
    pub session_status: SessionStatus,
    /// Whether the session is in memory alone.
    pub temporary: bool,
    /// The turn's number in its conversation.
    pub number: u32,
    /// Who contributed it.
    pub agent: Agent,
    /// The speaker's name in imported text.
    pub speaker: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// Whether it is whole.
    pub status: TurnStatus,
    /// What was found in it.
    pub snippet: Snippet,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct SearchResults {
    /// The turns, best first; newest first where no text was asked for.
    pub hits: Vec<SearchHit>,
    /// Whether more were found than these.
    pub more: bool,
    /// Sessions that could not be searched, and turns that could not be opened, as they are damaged.
    pub damaged: u32,
}

/// Told whether to stop.
pub type Stop<'a> = &'a dyn Fn() -> bool;

/// Results of one space with their ranks.
#[derive(Default)]
pub(crate) struct Ranked {
    hits: Vec<(f64, SearchHit)>,
    damaged: u32,
}

impl SearchRequest {
    /// How many results are asked for, with those that are skipped.
    pub(crate) fn wanted(&self) -> usize {
        (self.limit.min(MOST_RESULTS) + self.offset.min(MOST_SKIPPED)) as usize
    }
}

impl Ranked {
    pub(crate) fn join(&mut self, other: Self) {
        self.hits.extend(other.hits);
        self.damaged += other.damaged;
    }

    /// What was asked for of all that was found.
    pub(crate) fn page(mut self, request: &SearchRequest) -> SearchResults {
        let key = |hit: &SearchHit| (hit.created_at, hit.session_id, hit.conversation_id, hit.number);
        self.hits
            .sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| key(&b.1).cmp(&key(&a.1))));
        let more = self.hits.len() > request.wanted();
        let hits = self.hits.into_iter().map(|(_, hit)| hit);
        SearchResults {
            hits: hits
                .take(request.wanted())
                .skip(request.offset.min(MOST_SKIPPED) as usize)
                .collect(),
            more,
            damaged: self.damaged,
        }
    }
}

impl MemoryService {
    /// The best turns for a query, one more than `wanted` where there are more. `stop` is asked between turns.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when it was stopped; the keys' when they are locked; those of the store. What is damaged is
    /// counted and left out.
    pub(crate) fn ranked(&self, query: &SearchQuery, wanted: usize, stop: Stop<'_>) -> Result<Ranked, Error> {
        self.note_read("search", "memory", None);
        let _timed = self.latencies.time("search");
        let mut ranked = Ranked::default();
        let scope = self.searched(query, &mut ranked, stop)?;
        let ids: Vec<SessionId> = scope.keys().copied().collect();
        let damaged = ranked.damaged;
        for most in CANDIDATES {
            let (hits, finder) = self.candidates(query, &ids, most);
            let all = hits.turns.len() < most;
            ranked.hits.clear();
            ranked.damaged = damaged;
            let mut opening = Opening {
                query,
                finder,
                scope: &scope,
                titles: HashMap::new(),
                wanted: wanted + 1,
                stop,
            };
            self.db.read(|c| {
                hits.turns
                    .iter()
                    .try_for_each(|hit| self.open_hit(c, &mut opening, hit, &mut ranked))
            })?;
            if all || ranked.hits.len() > wanted {
                break;
            }
        }
        Ok(ranked)
    }

    /// The sessions a query is about, loaded.
    fn searched(
        &self,
        query: &SearchQuery,
        ranked: &mut Ranked,
        stop: Stop<'_>,
    ) -> Result<HashMap<SessionId, SessionRow>, Error> {
        let mut scope = HashMap::new();
        for row in self.db.read(|c| sessions::list(c, None))? {
            if stop() {
                return Err(Error::Cancelled);
            }
            if !query.session_statuses.is_empty() && !query.session_statuses.contains(&row.status) {
                continue;
            }
            let ready = || -> Result<bool, Error> {
                if !query.sessions.is_empty() && !named(query, &cells::open_session(&self.core.keys, &row)?) {
                    return Ok(false);
                }
                self.load_index(row.id).map(|()| true)
            };
            match ready() {
                Ok(true) => drop(scope.insert(row.id, row)),
                Ok(false) => {}
                Err(error) => ranked.leave_out(error)?,
            }
        }
        Ok(scope)
    }

    /// What the index finds, and what finds it again in the texts.
    fn candidates(&self, query: &SearchQuery, ids: &[SessionId], most: usize) -> (Hits, Finder) {
        let index = self.index.read();
        let asked = Asked::new(query, &index);
        let keep = |seen: &Seen| query.admits(seen.agent, seen.at) && may_be(query, seen.whole);
        let narrow = Narrow {
            keep: Some(&keep),
            holding: &asked.holding,
            terms: &asked.terms,
        };
        let request = Request {
            text: &asked.text,
            sessions: Some(ids),
            now: self.now(),
            limit: most,
        };
        let mut hits = Hits::default();
        if query.seeks_text() {
            hits = index.find(&request, &narrow);
        }
        // Words that say nothing rank nothing; that they follow one another is told by the texts.
        if query.words.is_empty() && hits.turns.is_empty() {
            hits = index.newest(ids, &narrow, most);
        }
        let finder = asked.finder(query, &hits, &index);
        (hits, finder)
    }

    /// Opens a turn and takes it where it is what was asked for.
    fn open_hit(
        &self,
        connection: &Connection,
        opening: &mut Opening<'_>,
        hit: &Hit,
        ranked: &mut Ranked,
    ) -> Result<(), Error> {
        let query = opening.query;
        if ranked.hits.len() >= opening.wanted || (hit.matched.is_empty() && !query.words.is_empty()) {
            return Ok(());
        }
        if (opening.stop)() {
            return Err(Error::Cancelled);
        }
        let row = turns::at(connection, hit.conversation, hit.number)?;
        let fits = |row: &TurnRow| {
            row.session_id == hit.session
                && (query.turn_statuses.is_empty() || query.turn_statuses.contains(&row.status))
        };
        let Some(row) = row.filter(fits) else { return Ok(()) };
        match self.found(opening, &row) {
            Ok(found) => ranked.hits.extend(found.map(|found| (hit.score, found))),
            Err(error) => ranked.leave_out(error)?,
        }
        Ok(())
    }

    fn found(&self, opening: &mut Opening<'_>, row: &TurnRow) -> Result<Option<SearchHit>, Error> {
        let (speaker, text) = cells::open_said(&self.core.keys, row)?;
        // Nothing is left of a deleted one.
        if text.is_empty() || self.is_going(row) {
            return Ok(None);
        }
        let Some(places) = opening.finder.find(&text) else {
            return Ok(None);
        };
        if places.is_empty() && opening.query.seeks_text() {
            return Ok(None);
        }
        let Some(session) = opening.scope.get(&row.session_id) else {
            return Ok(None);
        };
        let title = match opening.titles.get(&session.id) {
            Some(title) => String::clone(title),
            None => {
                let title = cells::open_session(&self.core.keys, session)?.title;
                opening.titles.insert(session.id, title.clone());
                title
            }
        };
        Ok(Some(SearchHit {
            turn_id: row.id,
            conversation_id: row.conversation_id,
            session_id: row.session_id,
            session_title: title,
            session_status: session.status,
            temporary: false,
            number: row.number,
            agent: row.agent,
            speaker,
            created_at: row.created_at,
            status: row.status,
            snippet: Snippet::of(&text, &places),
        }))
    }
}

impl Ranked {
    /// Counts what is damaged; other failures are the search's.
    fn leave_out(&mut self, error: Error) -> Result<(), Error> {
        if !matches!(error.code(), ErrorCode::DataDamaged | ErrorCode::DataTooNew) {
            return Err(error);
        }
        self.damaged += 1;
        Ok(())
    }

    /// Says of all that they are in memory alone.
    pub(crate) fn temporary(mut self) -> Self {
        self.hits.iter_mut().for_each(|(_, hit)| hit.temporary = true);
        self
    }
}

/// What opening needs of a search.
struct Opening<'a> {
    query: &'a SearchQuery,
    finder: Finder,
    scope: &'a HashMap<SessionId, SessionRow>,
    titles: HashMap<SessionId, String>,
    wanted: usize,
    stop: Stop<'a>,
}

/// A query's text as the index is asked for it.
struct Asked {
    text: String,
    /// Its words that are whole.
    words: Vec<String>,
    begun: Option<String>,
    terms: Vec<String>,
    holding: Vec<String>,
}

impl Asked {
    fn new(query: &SearchQuery, index: &Index) -> Self {
        let mut words = query.words.clone();
        let last = words.last().filter(|_| query.unfinished == Some(Unfinished::Word));
        let terms = last.map_or(Vec::new(), |begun| index.completions(begun, MOST_COMPLETIONS));
        let begun = if terms.is_empty() { None } else { words.pop() };
        let mut holding = query.phrases.clone();
        if query.unfinished == Some(Unfinished::Phrase)
            && let Some(last) = holding.last_mut()
        {
            // Its last word may go on.
            last.truncate(last.rfind(char::is_whitespace).unwrap_or(0));
        }
        Self {
            text: [words.as_slice(), query.phrases.as_slice()].concat().join(" "),
            words,
            begun,
            terms,
            holding,
        }
    }

    /// What finds the query in the texts, and the words that the index took for slips of it.
    fn finder(&self, query: &SearchQuery, hits: &Hits, index: &Index) -> Finder {
        let matched = hits.turns.iter().flat_map(|hit| &hit.matched);
        // Of a phrase, its words in their order alone are shown.
        let phrases: Vec<String> = query.phrases.iter().map(|phrase| phrase.to_lowercase()).collect();
        let of_phrase = |word: &String| phrases.iter().any(|phrase| phrase.contains(word.as_str()));
        let own = matched
            .filter(|word| !self.terms.contains(word) && !of_phrase(word))
            .cloned();
        let words: HashSet<String> = self.words.iter().cloned().chain(own).collect();
        index.finder(&Sought {
            words: &words.into_iter().collect::<Vec<_>>(),
            begun: self.begun.as_deref(),
            phrases: &query.phrases,
            unfinished_phrase: query.unfinished == Some(Unfinished::Phrase),
            without: &query.without,
        })
    }
}

/// Whether a turn that is whole or not may have one of the statuses asked for.
fn may_be(query: &SearchQuery, whole: bool) -> bool {
    let fits = |status: &TurnStatus| (*status == TurnStatus::Complete) == whole;
    query.turn_statuses.is_empty() || query.turn_statuses.iter().any(fits)
}

/// Whether a session is one of those that a query names: all the words in its title, or how its id begins.
fn named(query: &SearchQuery, session: &Session) -> bool {
    let (title, id) = (session.title.to_lowercase(), session.id.to_string());
    query.sessions.iter().map(|name| name.to_lowercase()).any(|name| {
        name.split_whitespace().all(|word| title.contains(word)) || (name.len() >= LEAST_ID && id.starts_with(&name))
    })
}

/// Fewer characters of an id are in many titles, and the first ones tell only the time.
const LEAST_ID: usize = 4;
