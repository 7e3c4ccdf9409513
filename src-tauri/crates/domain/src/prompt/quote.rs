//! Quoting text that is not ours, so that it cannot pass for ours.

/// Brackets a model could take for the opening of a tag.
const BRACKETS: &[char] = &['<', '＜', '﹤', '‹', '〈', '⟨'];

/// `text` on lines of its own between `<ccc:name>` and `</ccc:name>`, unable to open or close such a tag itself.
pub(super) fn quoted(name: &str, text: &str) -> String {
    format!("<ccc:{name}>\n{}\n</ccc:{name}>", neutral(text))
}

/// `text` with `[` for every bracket that begins what looks like one of our tags; everything else stays as it is.
pub(super) fn neutral(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, bracket, after)) = split_at_bracket(rest) {
        safe.push_str(before);
        safe.push(if names_our_tag(after) { '[' } else { bracket });
        rest = after;
    }
    safe + rest
}

fn split_at_bracket(text: &str) -> Option<(&str, char, &str)> {
    let at = text.find(BRACKETS)?;
    let (before, from) = text.split_at_checked(at)?;
    let mut chars = from.chars();
    let bracket = chars.next()?;
    Some((before, bracket, chars.as_str()))
}

/// Whether what follows a bracket reads `ccc`, whatever case, white space, slashes and invisible characters are mixed in.
fn names_our_tag(after: &str) -> bool {
    let mut letters = after.chars().filter(|c| {
        let slash = matches!(c, '/' | '\\' | '／' | '⁄' | '∕');
        !(slash || c.is_whitespace() || is_invisible(*c))
    });
    "ccc"
        .chars()
        .all(|wanted| letters.next().is_some_and(|c| c.eq_ignore_ascii_case(&wanted)))
}

/// Characters that show nothing: controls, joiners, direction marks, variation selectors, tag characters.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}')
}
