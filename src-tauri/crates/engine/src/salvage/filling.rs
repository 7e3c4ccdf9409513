//! The turns of one conversation: those of the damaged file, and from a backup those that it lost.
//!
//! A backup's turns are taken where they fit: what both have stands at the same numbers in both, and where no turn is
//! missing any more the conversation's chain holds again, which proves that they are the lost ones. What the damaged file
//! has stays as it is, what comes after a gap too. All come from one backup: the newest of which that is proved; where it
//! is of none, as turns are missing still, the one with which there are most.

use std::collections::{BTreeMap, BTreeSet};

use ccc_domain::TurnId;
use ccc_store::tables::{conversations::ConversationRow, receipts::ReceiptRow, turns::TurnRow};

use super::spares::Kept;
use crate::{Error, cells, core::Core};

/// What the damaged file says of a conversation.
pub(super) struct Known<'a> {
    /// Its row, where that opens.
    pub(super) row: Option<&'a ConversationRow>,
    /// Whether the file lost its end, as with its log: what it says of itself is older than what a backup may know.
    pub(super) is_behind: bool,
    /// Turns whose text was deleted, by its trail.
    pub(super) deleted: &'a BTreeSet<[u8; 16]>,
}

/// What a conversation's count and chain say of turns.
#[derive(PartialEq, Eq)]
enum Proof {
    /// They are all there were, as they were.
    Holds,
    /// They are others.
    Fails,
    /// It cannot be told.
    Open,
}

/// Turns by number, and where they are from.
#[derive(Default, Clone)]
pub(super) struct Filled {
    pub(super) turns: BTreeMap<u32, TurnRow>,
    /// What belongs to turns from the backup.
    pub(super) receipts: Vec<ReceiptRow>,
    /// How many came from the backup.
    pub(super) from_backup: u32,
    /// Which one that is.
    pub(super) backup: Option<String>,
    /// Whether one was emptied anew: no chain runs over it.
    pub(super) emptied: bool,
}

impl Known<'_> {
    /// How many turns there were at the most; unknown without the row, or where that is old.
    fn most(&self) -> Option<u32> {
        self.row.map(|row| row.turn_count).filter(|_| !self.is_behind)
    }

    fn proof(&self, core: &Core, filled: &Filled) -> Result<Proof, Error> {
        let Some(row) = self.row.filter(|_| !self.is_behind && !filled.emptied) else {
            return Ok(Proof::Open);
        };
        if !filled.turns.keys().copied().eq(1..=row.turn_count) {
            return Ok(Proof::Open);
        }
        let mut turns = filled.turns.values();
        let chain = turns.try_fold([0; 32], |chain, turn| cells::chain(&core.keys, &chain, turn))?;
        Ok(if chain == row.chain { Proof::Holds } else { Proof::Fails })
    }

    /// These turns, and those of a backup that they lack.
    pub(super) fn fill<'b>(
        &self,
        core: &Core,
        own: Filled,
        backups: impl Iterator<Item = Kept<'b>>,
    ) -> Result<Filled, Error> {
        if self.proof(core, &own)? == Proof::Holds {
            return Ok(own);
        }
        let mut best = own.clone();
        for kept in backups.filter(|kept| own.fits(kept)) {
            let filled = self.filled(core, &own, &kept)?;
            match self.proof(core, &filled)? {
                Proof::Holds => return Ok(filled),
                Proof::Open if filled.turns.len() > best.turns.len() => best = filled,
                _ => {}
            }
            // No older one has more.
            if best.backup.is_some() && best.has_no_gap() {
                break;
            }
        }
        Ok(best)
    }

    fn filled(&self, core: &Core, own: &Filled, kept: &Kept<'_>) -> Result<Filled, Error> {
        let mut filled = own.clone();
        for turn in &kept.turns {
            if filled.turns.contains_key(&turn.number) || self.most().is_some_and(|most| turn.number > most) {
                continue;
            }
            let turn = if self.deleted.contains(&turn.id.to_bytes()) {
                // Deleted since that backup: its place comes back, its text does not.
                let opened = cells::open_turn(&core.keys, turn)?;
                filled.emptied = true;
                cells::seal_turn(&core.keys, &opened.tombstone(core.now()))?
            } else {
                filled.receipts.extend(kept.receipt_of(turn)?);
                turn.clone()
            };
            filled.turns.insert(turn.number, turn);
            filled.from_backup += 1;
        }
        filled.backup = (filled.from_backup > 0).then(|| kept.backup.to_owned());
        Ok(filled)
    }
}

impl Filled {
    /// Whether a backup's turns are of the same numbering: earlier salvage may have numbered them anew, and a restore may
    /// have let the conversation go on otherwise.
    fn fits(&self, kept: &Kept<'_>) -> bool {
        let ids: BTreeSet<TurnId> = self.turns.values().map(|turn| turn.id).collect();
        kept.turns.iter().all(|turn| match self.turns.get(&turn.number) {
            Some(own) => own.id == turn.id,
            None => !ids.contains(&turn.id),
        })
    }

    /// Whether none is missing before the last.
    fn has_no_gap(&self) -> bool {
        let last = self.turns.keys().next_back().copied().unwrap_or(0);
        self.turns.len() == last as usize
    }
}
