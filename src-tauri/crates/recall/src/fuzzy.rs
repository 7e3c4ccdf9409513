//! Words that are in no turn: the terms they may be with a slip of the finger.

use std::ops::RangeInclusive;

/// A term this short has too many others near it.
pub(crate) const SHORTEST: usize = 4;
/// From this length on two edits are allowed.
const TWO_EDITS_FROM: usize = 6;
/// What the nearest term and the next are worth beside the word itself.
pub(crate) const WORTH: [f64; 2] = [0.8, 0.5];

/// How many edits apart two terms may be to be taken for each other; none for a term too short.
pub(crate) fn most_edits(term: &str) -> Option<usize> {
    match term.chars().count() {
        ..SHORTEST => None,
        SHORTEST..TWO_EDITS_FROM => Some(1),
        _ => Some(2),
    }
}

/// How many letters must be inserted, dropped, replaced or swapped with their neighbour to make `b` of `a`; none when
/// more than `most`.
pub(crate) fn edits(a: &str, b: &str, most: usize) -> Option<usize> {
    if a.is_ascii() && b.is_ascii() && a.len().abs_diff(b.len()) > most {
        return None;
    }
    if a.is_ascii() && b.is_ascii() {
        return edits_between(a.as_bytes(), b.as_bytes(), most);
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    edits_between(&a, &b, most)
}

fn edits_between<T: PartialEq>(a: &[T], b: &[T], most: usize) -> Option<usize> {
    // What both begin and end with needs no edit.
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(same..)?, b.get(same..)?);
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(..a.len() - same)?, b.get(..b.len() - same)?);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let (mut two_above, mut row) = (vec![0; b.len() + 1], vec![0; b.len() + 1]);
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = above[j] + usize::from(x != y);
            row[j + 1] = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == &b[j - 1] && &a[i - 1] == y {
                row[j + 1] = row[j + 1].min(two_above[j - 1] + 1);
            }
        }
        if row.iter().all(|edits| *edits > most) {
            return None;
        }
        // The oldest row is the next one's room.
        std::mem::swap(&mut two_above, &mut above);
        std::mem::swap(&mut above, &mut row);
    }
    above.last().copied().filter(|edits| *edits <= most)
}

/// Hands over the words that may have been meant by `word` with one slip: first those of which a finger makes it most
/// often (a letter left out, struck twice, or swapped with its neighbour), marked by `true`; then a letter too many or
/// another letter. None in a script without an alphabet.
pub(crate) fn each_meant(word: &str, mut each: impl FnMut(&str, bool)) {
    let letters: Vec<char> = word.chars().collect();
    let Some(alphabet) = letters.first().and_then(|first| alphabet(*first)) else {
        return;
    };
    let mut meant = String::with_capacity(word.len() + 4);
    let mut spell = |parts: [&[char]; 3], often: bool| {
        meant.clear();
        meant.extend(parts.into_iter().flatten());
        each(&meant, often);
    };
    for (at, letter) in letters.iter().enumerate() {
        let (before, rest) = letters.split_at(at);
        let after = rest.get(1..).unwrap_or_default();
        let twice = before.last() == Some(letter) || after.first() == Some(letter);
        spell([before, &[], after], twice);
        if let [next, after @ ..] = after
            && next != letter
        {
            spell([before, &[*next, *letter], after], true);
        }
        for other in alphabet.clone() {
            spell([before, &[other], rest], true);
            if other != *letter {
                spell([before, &[other], after], false);
            }
        }
    }
    for other in alphabet {
        spell([&letters, &[other], &[]], true);
    }
}

/// The letters of the script that a letter belongs to.
fn alphabet(letter: char) -> Option<RangeInclusive<char>> {
    match letter {
        'a'..='z' => Some('a'..='z'),
        '\u{370}'..='\u{3ff}' => Some('α'..='ω'),
        '\u{400}'..='\u{52f}' => Some('а'..='я'),
        '\u{590}'..='\u{5ff}' => Some('א'..='ת'),
        '\u{600}'..='\u{6ff}' => Some('ء'..='ي'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_one_edit() {
        for (a, b) in [
            ("retent", "retnet"),
            ("retent", "reten"),
            ("retent", "retentt"),
            ("retent", "ratent"),
        ] {
            assert_eq!(edits(a, b, 2), Some(1), "{a} {b}");
        }
        assert_eq!(edits("retent", "return", 2), None);
        assert_eq!(edits("same", "same", 1), Some(0));
        assert_eq!(edits("größe", "grösse", 2), Some(2));
    }

    #[test]
    fn short_words_are_taken_as_they_are() {
        assert_eq!(["cat", "cats", "kitten"].map(most_edits), [None, Some(1), Some(2)]);
    }
}
