//! Looks for marks in every file of a folder, in every form in which text is usually left behind.

use std::{fs, io, path::Path};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE},
};

/// A mark's forms: as it is, in two bytes a letter of either order, in hexadecimal digits, reversed, and in base64 however
/// it falls.
fn forms(mark: &str) -> Vec<(&'static str, Vec<u8>)> {
    let wide = |order: fn(u16) -> [u8; 2]| mark.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let hex = |upper: bool| {
        let digits = mark.bytes().map(|byte| {
            if upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            }
        });
        digits.collect::<String>().into_bytes()
    };
    let mut forms = vec![
        ("as it is", mark.as_bytes().to_vec()),
        ("in lower case", mark.to_lowercase().into_bytes()),
        ("in capitals", mark.to_uppercase().into_bytes()),
        ("in UTF-16, small end first", wide(u16::to_le_bytes)),
        ("in UTF-16, big end first", wide(u16::to_be_bytes)),
        ("in hexadecimal digits", hex(false)),
        ("in hexadecimal capitals", hex(true)),
        ("reversed", mark.bytes().rev().collect()),
    ];
    for aligned in 0..3 {
        // What stands before and after it changes the letters at both ends: those are left out.
        let padded = [&b"xxx"[..aligned], mark.as_bytes()].concat();
        let first = if aligned == 0 { 0 } else { aligned + 1 };
        let last = padded.len() / 3 * 4;
        for (name, engine) in [
            ("in base64", BASE64_STANDARD),
            ("in base64 for addresses", BASE64_URL_SAFE),
        ] {
            let text = engine.encode(&padded).into_bytes();
            forms.push((name, text.get(first..last).unwrap_or_default().to_vec()));
        }
    }
    forms
}

/// What was looked through, and what was found.
#[derive(Default)]
pub struct Scan {
    /// How many files.
    pub files: usize,
    /// How many bytes.
    pub bytes: u64,
    /// Mark, form and file of every find.
    pub found: Vec<String>,
}

/// Looks for the marks, each with its name, in every file below `folder` and in every file's name.
///
/// # Panics
/// When a file cannot be read.
pub fn scan(folder: &Path, marks: &[(&str, String)]) -> Scan {
    let wanted = Wanted::new(marks);
    let mut scan = Scan::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap().flatten() {
            let (kind, path) = (entry.file_type().unwrap(), entry.path());
            wanted.look(&mut scan, path.to_string_lossy().as_bytes(), &path);
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                // One that was there only for a moment is gone.
                let bytes = match fs::read(&path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    read => read.unwrap(),
                };
                scan.files += 1;
                scan.bytes += bytes.len() as u64;
                wanted.look(&mut scan, &bytes, &path);
            }
        }
    }
    scan.found.sort();
    scan.found.dedup();
    scan
}

/// Every form of every mark, by its first two bytes, so that a file is read once for all of them.
struct Wanted(Vec<Vec<(String, Vec<u8>)>>);

impl Wanted {
    fn new(marks: &[(&str, String)]) -> Self {
        let mut by_start = vec![Vec::new(); 1 << 16];
        for (name, mark) in marks {
            for (form, bytes) in forms(mark) {
                let start = start(&bytes).expect("a mark has more than one byte");
                by_start[start].push((format!("{name} {form}"), bytes));
            }
        }
        Self(by_start)
    }

    fn look(&self, scan: &mut Scan, bytes: &[u8], path: &Path) {
        for at in 0..bytes.len().saturating_sub(1) {
            let rest = &bytes[at..];
            let Some(start) = start(rest) else { return };
            for (what, _) in self.0[start].iter().filter(|(_, form)| rest.starts_with(form)) {
                scan.found.push(format!("{what} in {}", path.display()));
            }
        }
    }
}

fn start(bytes: &[u8]) -> Option<usize> {
    Some(usize::from(*bytes.first()?) << 8 | usize::from(*bytes.get(1)?))
}

#[test]
fn a_mark_is_found_in_every_form_wherever_it_falls() {
    let folder = tempfile::tempdir().unwrap();
    let mark = "Plum-orchard-4711";
    let wide = |order: fn(u16) -> [u8; 2]| mark.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let mut planted: Vec<Vec<u8>> = vec![
        mark.as_bytes().to_vec(),
        wide(u16::to_le_bytes),
        wide(u16::to_be_bytes),
        mark.bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            .into_bytes(),
        mark.to_uppercase().into_bytes(),
    ];
    planted.extend((0..6).map(|before| {
        BASE64_STANDARD
            .encode(format!("{}{mark} and more", "~".repeat(before)))
            .into_bytes()
    }));
    planted.extend((0..3).map(|before| {
        BASE64_URL_SAFE
            .encode(format!("{}{mark}", "?".repeat(before)))
            .into_bytes()
    }));
    for (i, bytes) in planted.iter().enumerate() {
        let file = folder.path().join(format!("{i}"));
        fs::write(&file, [b"before", bytes.as_slice(), b"after"].concat()).unwrap();
        let scan = scan(folder.path(), &[("mark", mark.to_owned())]);
        assert!(!scan.found.is_empty(), "form {i} is found");
        fs::remove_file(file).unwrap();
    }
    fs::write(folder.path().join(mark), "").unwrap();
    assert_eq!(
        scan(folder.path(), &[("mark", mark.to_owned())]).found.len(),
        1,
        "a file's name is looked at"
    );
}
