//! How rare terms are in a scope.

use ccc_domain::SessionId;

use crate::{Index, scope::Scope};

/// How rare terms are in a scope: what search weighs them by.
pub struct Rarity<'a> {
    index: &'a Index,
    scope: Scope<'a>,
}

impl Index {
    /// How rare terms are in these sessions, of those that have a partition; none means in all that have.
    pub fn rarity(&self, sessions: Option<&[SessionId]>) -> Rarity<'_> {
        Rarity {
            index: self,
            scope: Scope::new(self, sessions),
        }
    }
}

impl Rarity<'_> {
    /// The rarity of a term as [`crate::stems`] gives it; the highest there is for one that nothing holds.
    pub fn of(&self, stem: &str) -> f64 {
        let term = self.index.vocabulary.get(stem);
        let df = term.map_or(0, |term| self.scope.df(self.index, term));
        self.scope.corpus.idf(df)
    }
}
