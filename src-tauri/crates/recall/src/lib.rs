//! The index of what was said: in memory, exact, one partition per session.
//!
//! An [`Index`] holds, for every term, the passages it occurs in. Turns are added in the same step as they are stored, so
//! a turn can be found the moment it is there. [`Index::search`] ranks turns by the formulas of `ccc_domain::rank`. A
//! partition's segments are written out as [`Snapshot`]s, which hold words of the turns and must be sealed, and come
//! back by [`Index::attach`].
//!
//! Results are exact and repeatable: the same turns give the same hits with the same scores to the last bit, in whatever
//! order they were added, stored, dropped and loaded. So every sum is taken in the order of conversations or of the
//! alphabet, and no number given while loading decides anything.
//!
//! What it refuses to do: it reads no file and keeps no text, only terms and counts. It is derived data; adding the turns
//! again gives the same answers. Bytes that are no snapshot are an error, never a panic and never half a partition.
//!
//! Start reading at `index` for what there is, at `search` for a query's way.

mod cells;
mod english;
mod entries;
mod explain;
mod feedback;
mod finder;
mod forward;
mod fuzzy;
mod index;
mod language;
mod lists;
mod marks;
mod narrow;
mod partition;
mod pass;
mod passages;
mod places;
mod postings;
mod query;
mod rarity;
mod read;
mod room;
mod scope;
mod score;
mod search;
mod segment;
mod slip;
mod snapshot;
#[cfg(test)]
mod tests;
mod text;
mod topics;
mod vocabulary;
mod weigh;
mod words;

pub use finder::{Finder, Sought};
pub use index::{Index, Snapshot};
pub use narrow::{Narrow, Seen};
pub use partition::{Added, NewEntry};
pub use rarity::Rarity;
pub use read::{Sentence, sentences, stems};
pub use search::{Hit, Hits, Request};
pub use snapshot::Damaged;
pub use topics::topics;
