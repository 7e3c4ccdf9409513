//! The index of what was said: in memory, exact, one partition per session.
//!
//! A [`Partition`] holds, for every word stem, the turns it occurs in. Turns are added in the same step as they are
//! stored, so a turn can be found the moment it is there. [`Partition::search`] ranks turns by BM25 over whole turns;
//! it returns the same scores in the same order for the same turns, in whatever order they were added.
//!
//! What it refuses to do: it reads no file and keeps no text, only stems and counts. It is derived data; dropping a
//! partition and adding the turns again gives the same answers.
//!
//! This is the plain form: no passages, no neighbours, no dates, no snapshots yet; ARCHITECTURE.md says what comes.

mod partition;
mod words;

pub use partition::{Hit, Partition};
pub use words::stems;
