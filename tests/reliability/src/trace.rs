//! The record of a program's disk, as `disk.c` writes it.

use std::path::PathBuf;

/// What was done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Bytes into a file, by inode, from an offset on.
    Write(u64, u64, Vec<u8>),
    /// A file's new size.
    Truncate(u64, u64),
    /// A file's or a directory's content is on the disk.
    Sync(u64),
    /// A file was made.
    Name(u64, PathBuf),
    /// A name was given to what had another.
    Rename(PathBuf, PathBuf),
    /// A name is gone.
    Remove(PathBuf),
    /// A directory was made.
    Directory(PathBuf),
    /// The program said something.
    Said(String),
    /// A call was made to fail.
    Failed,
}

/// The records of a log; one that is cut off at the end is left out.
pub fn read(log: &[u8]) -> Vec<Record> {
    let mut rest = log;
    let mut records = Vec::new();
    while let Some((record, after)) = next(rest) {
        records.extend(record);
        rest = after;
    }
    records
}

fn next(bytes: &[u8]) -> Option<(Option<Record>, &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let (a, rest) = rest.split_first_chunk()?;
    let (b, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (a, b) = (u64::from_ne_bytes(*a), u64::from_ne_bytes(*b));
    let (data, rest) = rest.split_at_checked(u32::from_ne_bytes(*length) as usize)?;
    let text = || String::from_utf8_lossy(data).into_owned();
    let record = match kind {
        b'w' => Some(Record::Write(a, b, data.to_vec())),
        b't' => Some(Record::Truncate(a, b)),
        b's' => Some(Record::Sync(a)),
        b'n' => Some(Record::Name(a, text().into())),
        b'r' => {
            let text = text();
            let pair = text.split_once('\0');
            pair.map(|(from, to)| Record::Rename(from.into(), to.into()))
        }
        b'u' => Some(Record::Remove(text().into())),
        b'd' => Some(Record::Directory(text().into())),
        b'a' => Some(Record::Said(text())),
        b'f' => Some(Record::Failed),
        _ => None,
    };
    Some((record, rest))
}
