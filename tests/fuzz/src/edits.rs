//! Changes of a file, as a fuzzer can make them: a few bytes each, so that what it learnt of one is not lost when the next
//! is added.

/// A page of the data file in `profile`.
pub const PAGE: usize = 512;
/// Numbers that lengths, counts and pointers are set to.
const EXTREMES: [u32; 8] = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/// `file` with changes of six bytes each: which, a page, a place in it of two bytes, and two more.
pub fn edited(file: &[u8], edits: &[u8]) -> Vec<u8> {
    let (mut out, pages) = (file.to_vec(), (file.len() / PAGE).max(1));
    for edit in edits.chunks_exact(6) {
        if let [how, page, high, low, a, b] = *edit {
            let from = usize::from(page) % pages * PAGE;
            let at = from + usize::from(u16::from_be_bytes([high, low])) % PAGE;
            apply(&mut out, how, from, at, [a, b]);
        }
    }
    out
}

fn apply(file: &mut Vec<u8>, how: u8, from: usize, at: usize, with: [u8; 2]) {
    let ([a, b], pages) = (with, (file.len() / PAGE).max(1));
    match how % 8 {
        0 => put(file, at, &[a]),
        1 => flip(file, at, a),
        2 => put(file, at, &with),
        3 => put(file, at, &EXTREMES[usize::from(a) % EXTREMES.len()].to_be_bytes()),
        4 => put(file, from, &[a; PAGE]),
        5 => copy(file, usize::from(a) % pages * PAGE, from, PAGE),
        6 => copy(file, usize::from(a) % pages * PAGE + 2 * usize::from(b), at, 16),
        // A file of nothing is none.
        _ => file.truncate(at.max(1)),
    }
}

fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    let room = file.get_mut(at..).unwrap_or_default();
    room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
}

fn flip(file: &mut [u8], at: usize, bits: u8) {
    if let Some(byte) = file.get_mut(at) {
        *byte ^= bits.max(1);
    }
}

fn copy(file: &mut [u8], from: usize, to: usize, length: usize) {
    let taken: Vec<u8> = file.iter().skip(from).take(length).copied().collect();
    put(file, to, &taken);
}
