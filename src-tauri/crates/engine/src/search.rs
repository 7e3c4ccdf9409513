//! Search over both spaces.

use ccc_domain::SearchQuery;

use crate::{
    Engine, Error,
    memory::{SearchRequest, SearchResults, search::Ranked, search::Stop},
};

impl Engine {
    /// Finds turns in all sessions, archived and temporary ones too. The last word of the query may be one that is being
    /// typed, unless a space follows it. Writes nothing; `stop` is asked often, and true ends the search.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when it was stopped; the keys' when the profile is locked; those of the store.
    pub fn search(&self, request: &SearchRequest, stop: Stop<'_>) -> Result<SearchResults, Error> {
        let query = SearchQuery::typed(&request.query);
        if query.is_empty() {
            return Ok(SearchResults::default());
        }
        let mut all = Ranked::default();
        for space in self.spaces() {
            let found = space.memory.ranked(&query, request.wanted(), stop)?;
            all.join(if space.temporary { found.temporary() } else { found });
        }
        Ok(all.page(request))
    }
}
