//! The name suggested for a file: made of a title somebody wrote, taken by every system, and what it looks like.

/// The longest name without its ending, in bytes: file systems take 255, and other programs add endings.
const MAX_BYTES: usize = 120;

/// The name of a file for `title`, with this ending. The person may change it in the dialog.
pub fn file_name(title: &str, extension: &str) -> String {
    let mut name = String::new();
    for c in title.chars().map(plain) {
        if name.len() + c.len_utf8() > MAX_BYTES {
            break;
        }
        // Runs of spaces become one; a leading space is none.
        if c != ' ' || !(name.is_empty() || name.ends_with(' ')) {
            name.push(c);
        }
    }
    let name = name.trim_end();
    if name.is_empty() {
        return format!("session.{extension}");
    }
    // Windows opens a device for some names, whatever follows them; none of them holds this prefix.
    format!("CCC {name}.{extension}")
}

/// Letters, digits and the plainest marks as they are, everything else as a space: no separators, no endings, nothing
/// that hides or turns the text around.
fn plain(c: char) -> char {
    match c {
        '-' | '_' | '(' | ')' => c,
        c if c.is_alphanumeric() => c,
        _ => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_whatever_the_title_holds() {
        for (title, name) in [
            ("Plan the backups", "CCC Plan the backups.json"),
            ("../../etc/passwd", "CCC etc passwd.json"),
            ("a\u{202e}gnp.exe", "CCC a gnp exe.json"),
            ("con", "CCC con.json"),
            ("  . .  ", "session.json"),
            ("", "session.json"),
            ("備份 計劃", "CCC 備份 計劃.json"),
        ] {
            assert_eq!(file_name(title, "json"), name);
        }
        let long = file_name(&"ä".repeat(500), "md");
        assert_eq!(long.len(), "CCC ".len() + MAX_BYTES + ".md".len());
    }
}
