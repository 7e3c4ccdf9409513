//! Markers, the forms they could be written in, and the search for them.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

/// How many markers there are.
pub const MARKS: usize = 50;

/// Marker `n`: long, without structure a compressor could use, the same in every process.
pub fn mark(n: usize) -> String {
    let scrambled = |salt: u64| {
        let mut z = (n as u64 + salt).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z ^ (z >> 27)
    };
    format!("k{n:02}q{:016x}{:08x}", scrambled(1_000), scrambled(2_000) >> 32)
}

/// The forms a text could stand in a file in, each with its name.
pub fn forms(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex = |upper: bool| -> Vec<u8> {
        let digit = |b: &u8| if upper { format!("{b:02X}") } else { format!("{b:02x}") };
        text.iter().flat_map(|b| digit(b).into_bytes()).collect()
    };
    let mut forms = vec![
        ("as it is", text.to_vec()),
        ("UTF-16LE", text.iter().flat_map(|b| [*b, 0]).collect()),
        ("UTF-16BE", text.iter().flat_map(|b| [0, *b]).collect()),
        ("hex", hex(false)),
        ("HEX", hex(true)),
    ];
    for (before, name) in ["base64", "base64 from 1", "base64 from 2"].into_iter().enumerate() {
        let encoded = base64(&[&b"xx"[..before], text].concat());
        // The first letters hold what stands before, the last ones what stands behind.
        let whole = (before + text.len()) / 3 * 4;
        let from = (before * 8).div_ceil(6);
        forms.push((name, encoded[from..whole].to_vec()));
    }
    forms
}

/// Standard base64 without padding.
pub fn base64(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sextets = bytes.chunks(3).flat_map(|chunk| {
        let three = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let bits = three[0] << 16 | three[1] << 8 | three[2];
        (0..=chunk.len()).map(move |at| bits >> (18 - 6 * at) & 63)
    });
    sextets.map(|sextet| LETTERS[sextet as usize]).collect()
}

/// The bytes that `hex` spells.
pub fn unhex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// A marker that was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Hit {
    pub what: String,
    pub form: String,
    pub path: PathBuf,
    pub at: usize,
}

/// One thing that is looked for.
struct Wanted {
    what: String,
    form: &'static str,
    bytes: Vec<u8>,
}

/// Looks for many byte strings in one pass, by their first eight bytes.
#[derive(Default)]
pub struct Scanner(HashMap<[u8; 8], Vec<Wanted>>);

impl Scanner {
    /// Looks for every marker, in every form.
    pub fn of_marks() -> Self {
        let mut scanner = Self::default();
        for n in 0..MARKS {
            scanner.look_for(&mark(n), mark(n).as_bytes());
        }
        scanner
    }

    /// Looks for `secret` too, in every form, as `what`.
    pub fn look_for(&mut self, what: &str, secret: &[u8]) {
        for (form, bytes) in forms(secret) {
            let wanted = Wanted {
                what: what.to_owned(),
                form,
                bytes,
            };
            let key = *wanted.bytes.first_chunk().expect("markers are long");
            self.0.entry(key).or_default().push(wanted);
        }
    }

    /// Searches the names and contents of all files under `directory`; adds to `seen` what was searched and how long it
    /// was.
    pub fn scan(&self, directory: &Path, seen: &mut Vec<(PathBuf, usize)>) -> Vec<Hit> {
        let mut hits = Vec::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            self.search(path.file_name().unwrap().as_encoded_bytes(), &path, &mut hits);
            if path.is_dir() {
                hits.extend(self.scan(&path, seen));
            } else {
                let bytes = fs::read(&path).unwrap();
                self.search(&bytes, &path, &mut hits);
                seen.push((path, bytes.len()));
            }
        }
        hits
    }

    fn search(&self, bytes: &[u8], path: &Path, hits: &mut Vec<Hit>) {
        for at in 0..bytes.len().saturating_sub(7) {
            let Some(wanted) = bytes[at..].first_chunk().and_then(|key| self.0.get(key)) else {
                continue;
            };
            let here = wanted.iter().filter(|wanted| bytes[at..].starts_with(&wanted.bytes));
            hits.extend(here.map(|wanted| Hit {
                what: wanted.what.clone(),
                form: wanted.form.to_owned(),
                path: path.to_owned(),
                at,
            }));
        }
    }
}
