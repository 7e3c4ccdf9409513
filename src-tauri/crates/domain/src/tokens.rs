//! Counting tokens without a tokeniser, and keeping within a budget.

use std::collections::HashSet;

/// An estimate of the tokens of `text`, never below the truth by much: the larger of words × 4/3 and characters / 4
/// for spaced scripts, plus one for every character of a script written without spaces.
///
/// 4/3 tokens a word is the figure the budgets of the retrieval study were measured with.
pub fn estimate(text: &str) -> u32 {
    let (words, chars, dense) = if text.is_ascii() {
        (ascii_words(text.as_bytes()), text.len(), 0)
    } else {
        counts(text)
    };
    u32::try_from((words * 4).div_ceil(3).max(chars.div_ceil(4)) + dense).unwrap_or(u32::MAX)
}

/// The words of a text of one byte a character, as [`counts`] counts them: without branches, which took a twentieth of
/// finding a context.
fn ascii_words(text: &[u8]) -> usize {
    let is_space = |byte: u8| matches!(byte, b'\t'..=b'\r' | b' ');
    let first = text.first().is_some_and(|byte| !is_space(*byte));
    let begins = |(before, byte): (&u8, &u8)| usize::from(is_space(*before) & !is_space(*byte));
    usize::from(first) + text.iter().zip(text.iter().skip(1)).map(begins).sum::<usize>()
}

/// Words and characters of spaced scripts, and characters of the others.
fn counts(text: &str) -> (usize, usize, usize) {
    let (mut words, mut chars, mut dense, mut inside) = (0usize, 0usize, 0usize, false);
    for c in text.chars() {
        if is_dense(c) {
            dense += 1;
            inside = false;
            continue;
        }
        chars += 1;
        words += usize::from(!c.is_whitespace() && !inside);
        inside = !c.is_whitespace();
    }
    (words, chars, dense)
}

/// Scripts whose words are not set apart by spaces: CJK, kana, hangul, Thai, Lao, Khmer, Burmese.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3134f}')
}

/// Which of `costs`, taken in their order (best first), fit into `budget` together.
///
/// A candidate that does not fit is passed over and a later, smaller one may still be taken. `always` are taken
/// first, in their order, and may fill the budget alone, but never exceed it.
pub fn fit(costs: &[u32], always: &HashSet<usize>, budget: u32) -> Vec<usize> {
    let (mut left, mut taken) = (budget, Vec::new());
    let (first, rest): (Vec<usize>, Vec<usize>) = (0..costs.len()).partition(|i| always.contains(i));
    for i in first.into_iter().chain(rest) {
        let Some(cost) = costs.get(i) else { continue };
        if let Some(remaining) = left.checked_sub(*cost) {
            left = remaining;
            taken.push(i);
        }
    }
    taken.sort_unstable();
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn estimates_follow_words_characters_and_scripts() {
        assert_eq!(estimate(""), 0);
        assert_eq!(estimate("one two three"), 4);
        assert_eq!(estimate(&"x".repeat(400)), 100, "one long word is not one token");
        assert_eq!(
            estimate("検索結果"),
            4,
            "each character of a script without spaces counts"
        );
    }

    proptest! {
        #[test]
        fn plain_text_is_counted_as_any_other(text in "[\\x00-\\x7f]{0,60}") {
            prop_assert_eq!((ascii_words(text.as_bytes()), text.len(), 0), counts(&text));
        }

        #[test]
        fn the_budget_is_never_exceeded(costs in prop::collection::vec(0u32..500, 0..40), budget in 0u32..2_000) {
            let always = HashSet::from([1usize, 3]);
            let taken = fit(&costs, &always, budget);
            let total: u32 = taken.iter().map(|&i| costs[i]).sum();
            prop_assert!(total <= budget);
            for i in (0..costs.len()).filter(|i| !taken.contains(i)) {
                prop_assert!(total + costs[i] > budget, "whatever was left out did not fit");
            }
        }
    }
}
