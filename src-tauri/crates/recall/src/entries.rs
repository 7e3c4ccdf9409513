//! What is known of conversations, turns, passages and speakers without their text.

use ccc_domain::{Agent, ConversationId, Timestamp};

use crate::vocabulary::Term;

/// No passage, or no speaker.
pub(crate) const NONE: u32 = u32::MAX;

/// A conversation that has turns here.
pub(crate) struct Conversation {
    pub(crate) id: ConversationId,
    /// The number of its last turn here; all before it are here too.
    pub(crate) turns: u32,
    /// Whether agents take part: otherwise it is a talk between people.
    pub(crate) agents: bool,
    /// Its last passage.
    pub(crate) last: u32,
}

/// What is known of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TurnEntry {
    pub(crate) conversation: u32,
    pub(crate) number: u32,
    pub(crate) at: Timestamp,
    /// What its text costs in a prompt.
    pub(crate) tokens: u32,
    pub(crate) agent: Agent,
    /// Whether it was complete.
    pub(crate) whole: bool,
    /// Whether it holds a question, and whether it ends with one.
    pub(crate) asks: bool,
    pub(crate) question: bool,
    /// In [`crate::partition::Partition::speakers`].
    pub(crate) speaker: u32,
    /// Its first passage.
    pub(crate) first: u32,
}

/// A passage.
#[derive(Clone, Copy)]
pub(crate) struct Passage {
    pub(crate) turn: u32,
    /// Terms of its own text.
    pub(crate) words: u32,
    pub(crate) length_tenths: u32,
    /// Its neighbours in the conversation.
    pub(crate) before: u32,
    pub(crate) after: u32,
    /// See [`ccc_domain::rank::marks`]; and [`TALK`], [`BY_AGENT`].
    pub(crate) marks: u8,
}

/// Mark of a passage in a talk between people, which lends to more neighbours.
pub(crate) const TALK: u8 = 0x80;
/// The marks of [`ccc_domain::rank::marks`], which every prior is made of.
pub(crate) const MARKS: u8 = 0x1f;
/// Mark of a passage of an agent's turn.
pub(crate) const BY_AGENT: u8 = 0x20;
/// How many kinds of passages there are for priors.
pub(crate) const CLASSES: u8 = 0x40;

impl Passage {
    /// Its kind for priors, below [`CLASSES`]; see [`of_class`].
    #[inline]
    pub(crate) fn class(&self) -> u8 {
        self.marks & (MARKS | BY_AGENT)
    }

    /// Whether its turn may have something added from a neighbour's score: an agent's has nothing where agents take part.
    #[inline]
    pub(crate) fn may_borrow(&self) -> bool {
        self.marks & BY_AGENT == 0 || self.marks & TALK != 0
    }
}

/// The marks of a class, and whether it is of agents.
pub(crate) fn of_class(class: u8) -> (u8, bool) {
    (class & MARKS, class & BY_AGENT != 0)
}

/// A speaker's name.
pub(crate) struct Speaker {
    pub(crate) name: Box<str>,
    /// Its folded words, all of which a directive must hold to name the speaker; none for a bare role.
    pub(crate) words: Vec<Box<str>>,
    pub(crate) terms: Vec<Term>,
}
