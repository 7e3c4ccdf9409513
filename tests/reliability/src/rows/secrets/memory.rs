//! The memory of another process, looked through.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::FileExt,
};

use crate::error::Error;

const PAGE: usize = 4096;
/// So much is read at once, and so much of it again with the next piece.
const PIECE: usize = 1 << 20;
const OVERLAP: usize = 256;

/// What of the wanted stands in the memory that the process of this number may write: what, in which part of the memory,
/// and how often.
pub fn found(process: u32, wanted: &[(String, Vec<u8>)]) -> Result<BTreeMap<(String, String), usize>, Error> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
    let memory = File::open(format!("/proc/{process}/mem"))?;
    let (mut hits, mut looked_at, firsts) = (BTreeMap::new(), 0, Firsts::of(wanted));
    for (begin, end, part) in maps.lines().filter_map(writable) {
        let mut at = begin;
        while at < end {
            let length = PIECE.min(usize::try_from(end - at).unwrap_or(PIECE));
            let mut bytes = vec![0; length];
            // A part that was given back meanwhile holds nothing.
            if memory.read_exact_at(&mut bytes, at).is_ok() {
                looked_at += length;
                let last = at + length as u64 == end;
                for what in search(&bytes, last, wanted, &firsts) {
                    *hits.entry((what.to_owned(), part.to_owned())).or_default() += 1;
                }
            }
            at += if length > OVERLAP && at + (length as u64) < end {
                length - OVERLAP
            } else {
                length
            } as u64;
        }
    }
    if looked_at == 0 {
        return Err(Error::Setup("the system shows nothing of another process's memory"));
    }
    Ok(hits)
}

/// The bounds of a part of the memory and what it is, where it may be written.
fn writable(line: &str) -> Option<(u64, u64, &str)> {
    let mut words = line.split_whitespace();
    let (begin, end) = words.next()?.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let writable = words.next()?.starts_with("rw");
    let part = words.nth(3).unwrap_or("nameless memory");
    writable.then_some((number(begin)?, number(end)?, part))
}

/// Which pairs of bytes begin anything that is wanted.
struct Firsts(Vec<bool>);

impl Firsts {
    fn of(wanted: &[(String, Vec<u8>)]) -> Self {
        let mut firsts = vec![false; 1 << 16];
        for (_, bytes) in wanted {
            if let [one, other, ..] = bytes.as_slice() {
                firsts[usize::from(*one) << 8 | usize::from(*other)] = true;
            }
        }
        Self(firsts)
    }
}

/// What begins in a piece; what begins in its overlap is left to the next piece, where there is one.
fn search<'a>(bytes: &[u8], last: bool, wanted: &'a [(String, Vec<u8>)], firsts: &Firsts) -> Vec<&'a str> {
    let (zeros, mut hits) = ([0; PAGE], Vec::new());
    let end = if last {
        bytes.len()
    } else {
        bytes.len().saturating_sub(OVERLAP)
    };
    for from in (0..end).step_by(PAGE) {
        let page = &bytes[from..end.min(from + PAGE)];
        if page == &zeros[..page.len()] {
            continue;
        }
        for at in from..from + page.len() {
            let here = &bytes[at..];
            let [one, other, ..] = here else { break };
            if firsts.0[usize::from(*one) << 8 | usize::from(*other)] {
                let matching = wanted.iter().filter(|(_, bytes)| here.starts_with(bytes));
                hits.extend(matching.map(|(what, _)| what.as_str()));
            }
        }
    }
    hits
}
