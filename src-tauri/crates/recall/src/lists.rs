//! A segment's lists of postings as a snapshot has them, in columns.
//!
//! Most terms stand in one passage once. Such a list is that passage's place in two bytes, the higher one being its form, so
//! that its count and its place do not take three.

use crate::postings::{self, Reader, put};

/// The lists of a segment's terms, in the terms' order.
#[derive(Default)]
pub(crate) struct Lists {
    /// Of each term: below [`MANY`] the higher byte of its one place; from there on how many postings it has, or
    /// [`MORE`], and they are in `data`.
    forms: Vec<u8>,
    /// The lower bytes of single places.
    lows: Vec<u8>,
    data: Vec<u8>,
}

/// See [`Lists::forms`].
const MANY: u8 = 0x80;
/// The number of postings stands before them.
const MORE: u8 = 0xff;

impl Lists {
    /// Adds the list that begins `bytes`.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let bytes = bytes.get(..postings::extent(bytes).unwrap_or(0)).unwrap_or_default();
        let mut reader = Reader(bytes);
        let (count, body) = (reader.number().unwrap_or(0), reader.0);
        let only = postings::decode(bytes, 0)
            .next()
            .filter(|posting| count == 1 && posting.is_plain());
        match (only, u8::try_from(count)) {
            (Some(only), _) if only.passage < u32::from(MANY) << 8 => {
                self.forms.push((only.passage >> 8) as u8);
                self.lows.push(only.passage as u8);
            }
            (_, Ok(count)) if count < MORE - MANY => {
                self.forms.push(MANY + count);
                self.data.extend_from_slice(body);
            }
            _ => {
                self.forms.push(MORE);
                self.data.extend_from_slice(bytes);
            }
        }
    }

    /// Writes the columns.
    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.forms);
        bytes.extend_from_slice(&self.lows);
        put(bytes, self.data.len() as u64);
        bytes.extend_from_slice(&self.data);
    }
}

/// Reads the lists of so many terms: where each begins, and the lists as a segment has them.
pub(crate) fn read_lists(reader: &mut Reader<'_>, count: usize) -> Option<(Vec<u32>, Vec<u8>)> {
    let forms = reader.bytes(count)?;
    let singles = forms.iter().filter(|form| **form < MANY).count();
    let mut lows = reader.bytes(singles)?.iter();
    let len = usize::try_from(reader.number()?).ok()?;
    let mut rest = reader.bytes(len)?;
    let (mut starts, mut data) = (Vec::with_capacity(count), Vec::with_capacity(len + 3 * count));
    for form in forms {
        starts.push(u32::try_from(data.len()).ok()?);
        match *form {
            high @ ..MANY => {
                put(&mut data, 1);
                put(&mut data, (u64::from(high) << 8 | u64::from(*lows.next()?)) << 1);
                continue;
            }
            MORE => {}
            many => put(&mut data, u64::from(many - MANY)),
        }
        let body = match *form {
            MORE => postings::extent(rest)?,
            many => postings::extent_of(rest, u64::from(many - MANY))?,
        };
        let (list, others) = rest.split_at_checked(body)?;
        data.extend_from_slice(list);
        rest = others;
    }
    rest.is_empty().then_some((starts, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postings::Posting;

    #[test]
    fn lists_of_every_form_come_back_as_they_went() {
        let plain = |passage| Posting {
            passage,
            text: 1,
            name: 0,
            date: 0,
        };
        let named = Posting { name: 1, ..plain(3) };
        let lists: [Vec<Posting>; 9] = [
            vec![plain(0)],
            vec![plain(255)],
            vec![plain(256)],
            vec![plain(0x7fff)],
            vec![plain(0x8000)],
            vec![named],
            vec![plain(2), named],
            (0..126).map(plain).collect(),
            (0..127).map(plain).collect(),
        ];
        let (mut columns, mut expected, mut starts) = (Lists::default(), Vec::new(), Vec::new());
        for list in &lists {
            let mut bytes = Vec::new();
            postings::encode(&mut bytes, 0, list);
            starts.push(expected.len() as u32);
            expected.extend_from_slice(&bytes);
            // What follows a list in its segment is no part of it.
            bytes.extend([1, 2, 3]);
            columns.add(&bytes);
        }
        assert_eq!(columns.lows.len(), 4, "those that are one plain place below 0x8000");
        let mut bytes = Vec::new();
        columns.put(&mut bytes);
        let mut reader = Reader(&bytes);
        assert_eq!(read_lists(&mut reader, lists.len()), Some((starts, expected)));
        assert_eq!(reader.0, [0u8; 0]);
        for cut in 0..bytes.len() {
            assert_eq!(
                read_lists(&mut Reader(&bytes[..cut]), lists.len()),
                None,
                "cut at {cut}"
            );
        }
    }
}
