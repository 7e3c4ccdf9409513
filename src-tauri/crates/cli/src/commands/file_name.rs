//! A file's name made of a title somebody wrote: one that every system takes and that looks like what it is.

use crate::out::is_bidi_control;

/// The longest name without its ending, in bytes: file systems take 255, and other programs add endings.
const MAX_BYTES: usize = 120;

/// Names Windows keeps for devices, whatever their ending.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The name of a file for `title`, with this ending.
pub fn file_name(title: &str, extension: &str) -> String {
    let mut name = String::new();
    for c in title.chars().filter(|c| !is_hidden(*c)) {
        let c = if is_forbidden(c) { ' ' } else { c };
        if name.len() + c.len_utf8() > MAX_BYTES {
            break;
        }
        // Runs of spaces become one; a leading dot would hide the file.
        if !(c.is_whitespace() && name.ends_with(' '))
            && !(name.is_empty() && (c.is_whitespace() || c == '.' || c == '-'))
        {
            name.push(if c.is_whitespace() { ' ' } else { c });
        }
    }
    let name = name.trim_end_matches([' ', '.']);
    match name {
        "" => format!("session.{extension}"),
        name if is_reserved(name) => format!("_{name}.{extension}"),
        name => format!("{name}.{extension}"),
    }
}

/// Separators and what Windows takes in no name.
fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

/// What shows nothing or turns the text around, so that a name would not be what it looks like.
const fn is_hidden(c: char) -> bool {
    is_bidi_control(c)
        || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{fff9}'..='\u{fffb}'
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether Windows would open a device: it looks at the name up to its first dot, trailing spaces aside.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let port = ["com", "lpt"].iter().find_map(|device| stem.strip_prefix(device));
    let numbered = port.is_some_and(|rest| {
        matches!(rest, "¹" | "²" | "³") || (rest.len() == 1 && rest != "0" && rest.parse::<u8>().is_ok())
    });
    RESERVED.contains(&stem.as_str()) || numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name_every_system_takes() {
        for (title, name) in [
            ("Plan the release", "Plan the release.md"),
            ("../../etc/passwd", "etc passwd.md"),
            ("a/b\\c:d*e?f\"g<h>i|j", "a b c d e f g h i j.md"),
            ("tabs\tand\nlines \x1b[31m", "tabs and lines [31m.md"),
            ("ends in dots... ", "ends in dots.md"),
            (" .hidden", "hidden.md"),
            ("--force", "force.md"),
            ("検索 結果", "検索 結果.md"),
            ("", "session.md"),
            ("...", "session.md"),
            ("???", "session.md"),
        ] {
            assert_eq!(file_name(title, "md"), name, "{title:?}");
        }
    }

    #[test]
    fn no_device_of_windows_is_opened() {
        for title in ["con", "NUL", "Aux.tar.gz", "com1", "LPT9.x", "COM²", "conin$", "prn ."] {
            assert!(file_name(title, "json").starts_with('_'), "{title:?} is a device");
        }
        for title in ["console", "com", "com0", "com10", "null", "lpt"] {
            assert_eq!(file_name(title, "json"), format!("{title}.json"), "{title:?} is none");
        }
    }

    #[test]
    fn a_name_is_what_it_looks_like() {
        assert_eq!(file_name("report\u{202e}cod.exe", "md"), "reportcod.exe.md");
        assert_eq!(file_name("a\u{200b}\u{2066}b\u{feff}", "md"), "ab.md");
    }

    #[test]
    fn a_long_title_is_cut_between_characters() {
        let name = file_name(&"é".repeat(200), "md");
        assert_eq!(name, format!("{}.md", "é".repeat(60)));
    }
}
