//! The words and rules of CCC, as plain data and pure functions.
//!
//! A **session** is a memory space. It holds **conversations**, each one directive and the **turns** that answer it.
//! A **cycle** is the run analyse → execute → review over one directive; [`cycle`] is that contract as a reducer:
//! it takes a state and an event and returns the next state and what must be done about it.
//!
//! Nothing here does I/O, reads a clock, draws a random number or waits: ids and instants come in from the caller.
//! So every rule can be tested exhaustively, and the same input gives the same bytes everywhere.
//!
//! With the feature `bindings` the types also describe themselves to TypeScript. There every number is `number`: where
//! a field says it is described as a `u32`, that is because the exporter refuses `u64` and makes `f64` nullable; what is
//! sent stays what serde writes.
//!
//! Start reading at [`turn`] for the data, at [`cycle`] for the behaviour, at [`prompt`] for what a model is sent.

pub mod agent;
pub mod agent_state;
pub mod backup;
pub mod chat;
pub mod code;
pub mod context;
pub mod conversation;
pub mod cycle;
pub mod extract;
pub mod id;
pub mod persona;
pub mod prompt;
pub mod rank;
pub mod search;
pub mod session;
pub mod summary;
pub mod time;
pub mod tokens;
pub mod turn;
pub mod upkeep;
pub mod verdict;

pub use agent::{Agent, Step};
pub use agent_state::{AgentState, AgentStateData, InteractionOutcome};
pub use chat::{FinishReason, Message, Role, Usage};
pub use code::ErrorCode;
pub use context::{Context, ContextItem, ContextState, Receipt, Tray};
pub use conversation::{Conversation, ConversationStatus};
pub use cycle::{CycleEvent, CycleState, Effect, Outcome, Phase};
pub use id::{ConversationId, PatternId, ProfileId, ReceiptId, SessionId, StateId, SummaryId, TurnId};
pub use search::{SearchQuery, Snippet};
pub use session::{Preferences, Scope, Session, SessionStatus};
pub use summary::{ContextSummary, SummarySource};
pub use time::Timestamp;
pub use turn::{NewTurn, Turn, TurnMetadata, TurnStatus};
pub use verdict::Verdict;
