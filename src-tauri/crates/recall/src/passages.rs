//! A turn's text to passages: whole sentences, paragraphs and list items, packed up to a number of words.

use ccc_domain::rank::PASSAGE_WORDS;

use crate::words::is_dense;

/// The passages of `text`, each as the pieces it is packed from, in their order. A piece longer than a passage stays
/// whole. A blank text is one passage without pieces, so that every turn has one.
pub(crate) fn passages(text: &str) -> Vec<Vec<&str>> {
    let (mut packed, mut current, mut size) = (Vec::new(), Vec::new(), 0);
    for piece in pieces(text).filter(|piece| !piece.trim().is_empty()) {
        let words = words(piece);
        if !current.is_empty() && size + words > PASSAGE_WORDS {
            packed.push(std::mem::take(&mut current));
            size = 0;
        }
        current.push(piece);
        size += words;
    }
    if !current.is_empty() || packed.is_empty() {
        packed.push(current);
    }
    packed
}

/// Words between spaces; in a script without spaces two characters count as one.
pub(crate) fn words(piece: &str) -> usize {
    if piece.is_ascii() {
        return piece.split_ascii_whitespace().count();
    }
    let dense = piece.chars().filter(|&c| is_dense(c)).count();
    piece.split_whitespace().count() + dense / 2
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match next_break(text) {
            Some((end, next)) => {
                rest = text.get(next..);
                text.get(..end)
            }
            None => rest.take(),
        }
    })
}

/// Where the first piece of `text` ends and the next begins.
fn next_break(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let found = match bytes[at] {
            b'\n' => line_break(text, at),
            b'.' | b'!' | b'?' => sentence_end(text, at + 1),
            0x80.. => wide_end(text, at),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        at += 1;
    }
    None
}

/// A blank line, or a line that a list item begins.
fn line_break(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = text.get(at + 1..)?;
    let spaces = rest.len() - rest.trim_start().len();
    let blank = rest.get(..spaces)?.rfind('\n');
    if let Some(last) = blank {
        return Some((at, at + 1 + last + 1));
    }
    let item = rest.starts_with(|c: char| matches!(c, '-' | '*' | '#') || c.is_ascii_digit());
    item.then_some((at, at + 1))
}

/// White space after a sentence's end, with a capital after it or a letter of a script that has none.
fn sentence_end(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = text.get(at..)?;
    let after = rest.trim_start();
    let spaces = rest.len() - after.len();
    let next = after.chars().next()?;
    let begins = next.is_uppercase() || (next.is_alphabetic() && !next.is_lowercase());
    (spaces > 0 && begins).then_some((at, at + spaces))
}

/// The full stops of scripts without spaces, and the Arabic and Hindi ones.
fn wide_end(text: &str, at: usize) -> Option<(usize, usize)> {
    let c = text.get(at..)?.chars().next()?;
    let end = at + c.len_utf8();
    match c {
        '。' | '！' | '？' | '．' if end < text.len() => Some((end, end)),
        '؟' | '۔' | '।' => sentence_end(text, end),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces_of(text: &str) -> Vec<&str> {
        pieces(text).collect()
    }

    #[test]
    fn text_breaks_at_sentences_paragraphs_and_items() {
        assert_eq!(
            pieces_of("One e.g. two. Three!  Four"),
            ["One e.g. two.", "Three!", "Four"]
        );
        assert_eq!(pieces_of("a\n \n\nb\nc\n- d\n1. e"), ["a", "b\nc", "- d", "1. e"]);
        assert_eq!(
            pieces_of("v1.2 is out. see there"),
            ["v1.2 is out. see there"],
            "no capital, no new sentence"
        );
        assert_eq!(
            pieces_of("検索する。次に！終わり。"),
            ["検索する。", "次に！", "終わり。"]
        );
        assert_eq!(pieces_of("هل هذا؟ نعم"), ["هل هذا؟", "نعم"]);
    }

    #[test]
    fn pieces_are_packed_and_a_long_one_stays_whole() {
        let text = vec![format!("Word{} end.", " word".repeat(38)); 3].join(" ");
        assert_eq!(passages(&text).iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        let long = "word ".repeat(500);
        assert_eq!(passages(&long), [[long.as_str()]]);
        assert_eq!(passages(" "), [Vec::<&str>::new()], "every turn has a passage");
        assert_eq!(
            passages(&"検".repeat(400).replace("検検検検検検検検検検", "検検検検検検検検検。")).len(),
            3
        );
    }
}
