//! The memory of a cycle that the person looked through before sending.

use std::collections::HashMap;

use ccc_domain::{Context, ContextItem, SessionId, Tray, TurnId};
use ccc_store::tables::turns;

use crate::{
    Error, MemoryService,
    memory::{
        ContextRequest,
        context::{Chosen, Why, is_in},
        reasons,
    },
};

impl MemoryService {
    /// What a cycle on `directive` is given when the person saw its memory before and let `tray` through.
    ///
    /// The block is made of the kept turns and no other: byte for byte what was shown, without what was left out. The
    /// budget that this leaves is not filled with turns that nobody saw. A kept turn is missing only where it is deleted,
    /// muted, no longer in the session's scope, or where a smaller budget was set meanwhile.
    ///
    /// # Errors
    /// As [`Self::get_relevant_context`].
    pub fn get_tray_context(
        &self,
        session: SessionId,
        directive: &str,
        request: &ContextRequest,
        tray: &Tray,
    ) -> Result<Context, Error> {
        let found = self.get_relevant_context(session, directive, request)?;
        let preferences = self.session(session)?.preferences;
        let scope = self.scope(session, &preferences.scope)?;
        let (considered, budget) = (found.considered, found.budget_tokens);
        let known: HashMap<TurnId, ContextItem> = found.items.into_iter().map(|i| (i.turn_id, i)).collect();
        let mut kept = Chosen::new(request, &preferences, budget);
        self.db.read(|c| {
            for id in tray.kept.iter().filter(|id| !tray.left_out.contains(id)) {
                let row = turns::get(c, *id)?.filter(|row| is_in(scope.as_deref(), row));
                if preferences.pinned_turns.contains(id) {
                    self.offer_pinned(&mut kept, row)?;
                    continue;
                }
                self.offer(&mut kept, row, |turn| match known.get(id) {
                    Some(item) => Why {
                        score: item.score,
                        reason: item.reason.clone(),
                        strong: item.strong,
                    },
                    None => Why::plain(reasons::shown(turn)),
                })?;
            }
            Ok::<_, Error>(())
        })?;
        let mut context = kept.context(considered);
        self.mark_recent(&mut context, &preferences);
        context.left_out.clone_from(&tray.left_out);
        Ok(context)
    }
}
