//! What a damaged file still gives, row by row.

use std::fs;

use ccc_store::{tables::turns::TurnRow, wreck::Wreck};

use crate::common::{Place, plain};

/// The numbers of the rows that are found, with those of their turns.
fn found(place: &Place) -> Vec<(i64, u32)> {
    let mut found = Vec::new();
    let wreck = Wreck::open(&place.path).unwrap();
    wreck.each(|number, row: TurnRow| found.push((number, row.number)));
    found
}

fn renumber(place: &Place, turn: u32, number: i64) {
    let changed = plain(&place.path)
        .execute("UPDATE turns SET rowid = ?2 WHERE turn_number = ?1", (turn, number))
        .unwrap();
    assert_eq!(changed, 1);
}

#[test]
fn a_row_whose_number_is_beyond_counting_is_found_and_the_search_ends() {
    let place = Place::with_turns(3);
    renumber(&place, 2, 1 << 60);
    assert_eq!(found(&place), [(1, 1), (3, 3), (1 << 60, 2)]);
    renumber(&place, 2, i64::MAX);
    assert_eq!(found(&place), [(1, 1), (3, 3), (i64::MAX, 2)]);
}

#[test]
fn rows_beyond_many_damaged_pages_are_found() {
    const ROWS: u32 = 30_000;
    let place = Place::with_turns(ROWS);
    let mut bytes = fs::read(&place.path).unwrap();
    let pages = bytes.len() / 4096;
    for page in bytes.chunks_mut(4096).skip(pages / 4).take(pages / 2) {
        // Leaves of tables; without what leads to them nothing could be found.
        if page[0] == 0x0d {
            page.fill(0);
        }
    }
    fs::write(&place.path, bytes).unwrap();
    let wreck = Wreck::open(&place.path).unwrap();
    let each = (0..=i64::from(ROWS)).filter_map(|number| Some((number, wreck.row::<TurnRow>(number)?.number)));
    let there: Vec<(i64, u32)> = each.collect();
    let hole = there.windows(2).map(|pair| pair[1].0 - pair[0].0).max().unwrap();
    assert!(hole > 10_000, "the hole is of {hole} rows alone");
    assert_eq!(found(&place), there);
}
