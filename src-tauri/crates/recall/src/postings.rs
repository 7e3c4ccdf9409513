//! Which passages hold a term, and how often: as a list while they are new, as bytes once they rest.

/// A term in a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Posting {
    /// The passage's number in its partition.
    pub(crate) passage: u32,
    /// How often the text holds it.
    pub(crate) text: u32,
    /// How often the speaker's name does.
    pub(crate) name: u32,
    /// How often the date does.
    pub(crate) date: u32,
}

impl Posting {
    /// Whether the text holds the term once, and nothing else does.
    pub(crate) fn is_plain(&self) -> bool {
        (self.text, self.name, self.date) == (1, 0, 0)
    }
}

/// A posting's first number is its gap to the passage before, with the lowest bit saying whether another number follows.
/// That one is its kind, in the two low bits; without it, the text holds the term once.
const SEVERAL: u64 = 0;
const DATE: u64 = 1;
const NAME: u64 = 2;
const ANY: u64 = 3;

/// Appends `value`, seven bits a byte, the lowest first.
pub(crate) fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Reads numbers from bytes; none past their end and for a number above 63 bits.
#[derive(Clone)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) fn number(&mut self) -> Option<u64> {
        // Most numbers take one byte.
        if let [byte @ ..0x80, rest @ ..] = self.0 {
            self.0 = rest;
            return Some(u64::from(*byte));
        }
        self.long_number()
    }

    fn long_number(&mut self) -> Option<u64> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
            if shift > 56 {
                return None;
            }
        }
    }

    pub(crate) fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }
}

/// Appends how many postings there are, then each. They come in the order of their passages, none before `base`.
pub(crate) fn encode(bytes: &mut Vec<u8>, base: u32, postings: &[Posting]) {
    put(bytes, postings.len() as u64);
    let mut next = base;
    for posting in postings {
        let gap = u64::from(posting.passage - next) << 1;
        next = posting.passage + 1;
        if posting.is_plain() {
            put(bytes, gap);
            continue;
        }
        put(bytes, gap | 1);
        match (posting.text, posting.name, posting.date) {
            (0, 0, 1) => put(bytes, DATE),
            (0, 1, 0) => put(bytes, NAME),
            (text, 0, 0) => put(bytes, u64::from(text) << 2 | SEVERAL),
            (text, name, date) => {
                put(bytes, ANY);
                [text, name, date].into_iter().for_each(|n| put(bytes, n.into()));
            }
        }
    }
}

/// The postings that begin `bytes`, as [`encode`] wrote them; they end early where the bytes make no sense.
pub(crate) fn decode(bytes: &[u8], base: u32) -> impl Iterator<Item = Posting> {
    let mut reader = Reader(bytes);
    let (mut left, mut next) = (reader.number().unwrap_or(0), base);
    std::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        let head = reader.number()?;
        let passage = next.checked_add(u32::try_from(head >> 1).ok()?)?;
        next = passage.checked_add(1)?;
        let (text, name, date) = if head & 1 == 0 {
            (1, 0, 0)
        } else {
            let kind = reader.number()?;
            match kind & 3 {
                SEVERAL => (u32::try_from(kind >> 2).ok()?, 0, 0),
                DATE => (0, 0, 1),
                NAME => (0, 1, 0),
                _ => (reader.small()?, reader.small()?, reader.small()?),
            }
        };
        Some(Posting {
            passage,
            text,
            name,
            date,
        })
    })
}

/// How many bytes the postings at the head of `bytes` take; none where they make no sense.
pub(crate) fn extent(bytes: &[u8]) -> Option<usize> {
    let mut reader = Reader(bytes);
    let count = reader.number()?;
    Some(bytes.len() - reader.0.len() + extent_of(reader.0, count)?)
}

/// How many bytes so many postings take that begin `bytes`; none where they make no sense.
pub(crate) fn extent_of(bytes: &[u8], count: u64) -> Option<usize> {
    let mut reader = Reader(bytes);
    for _ in 0..count {
        if reader.number()? & 1 == 1 && reader.number()? & 3 == ANY {
            for _ in 0..3 {
                reader.small()?;
            }
        }
    }
    Some(bytes.len() - reader.0.len())
}

/// How many postings begin `bytes`.
pub(crate) fn count(bytes: &[u8]) -> u32 {
    Reader(bytes).small().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn postings_come_back_as_they_went(
            base in 0u32..1_000,
            parts in prop::collection::vec((0u32..200, 0u32..4, 0u32..3, 0u32..3), 0..40),
        ) {
            let mut next = base;
            let postings: Vec<Posting> = parts.into_iter().map(|(gap, text, name, date)| {
                let passage = next + gap;
                next = passage + 1;
                Posting { passage, text, name, date }
            }).collect();
            let mut bytes = Vec::new();
            encode(&mut bytes, base, &postings);
            prop_assert_eq!(count(&bytes) as usize, postings.len());
            prop_assert_eq!(extent(&bytes), Some(bytes.len()));
            prop_assert_eq!(decode(&bytes, base).collect::<Vec<_>>(), postings);
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let found = decode(&bytes, 7).take(1_000).count();
            prop_assert!(found <= bytes.len(), "each posting takes at least a byte");
        }
    }
}
