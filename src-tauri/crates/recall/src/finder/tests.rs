use proptest::prelude::*;

use super::*;

fn all(languages: &[Language]) -> u16 {
    languages.iter().fold(0, |bits, language| bits | language.bit())
}

/// The text with what is found in brackets; none where it is not what is sought.
fn marked(text: &str, sought: &Sought<'_>) -> Option<String> {
    let finder = Finder::new(sought, all(&[Language::English, Language::German]));
    let found = finder.find(text)?;
    let (mut line, mut at) = (String::new(), 0);
    for range in found {
        line += &format!("{}[{}]", text.get(at..range.start)?, text.get(range.clone())?);
        at = range.end;
    }
    Some(line + text.get(at..)?)
}

fn words(text: &str, words: &[&str]) -> Option<String> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let sought = Sought {
        words: &words,
        ..Sought::default()
    };
    marked(text, &sought)
}

fn phrases(text: &str, phrase: &str, unfinished_phrase: bool) -> Option<String> {
    let phrases = [phrase.to_owned()];
    marked(
        text,
        &Sought {
            phrases: &phrases,
            unfinished_phrase,
            ..Sought::default()
        },
    )
}

fn without(text: &str, word: &str) -> bool {
    let without = [word.to_owned()];
    let sought = Sought {
        without: &without,
        ..Sought::default()
    };
    marked(text, &sought).is_some()
}

#[test]
fn words_are_found_in_any_form_case_and_script() {
    assert_eq!(
        words("Circles, CIRCLE; the Café", &["circle", "cafe"]).unwrap(),
        "[Circles], [CIRCLE]; the [Café]"
    );
    assert_eq!(words("検索結果と検索", &["検索"]).unwrap(), "[検索]結果と[検索]");
    assert_eq!(
        words("ﬁles ﬁt", &["file"]).unwrap(),
        "[ﬁles] ﬁt",
        "places are those of the text itself"
    );
    assert_eq!(
        words("nothing", &["circle"]).unwrap(),
        "nothing",
        "a word need not be there"
    );
}

#[test]
fn a_phrase_is_its_words_one_after_the_other() {
    assert_eq!(
        phrases("a unit-circle, unit circles", "unit circle", false).unwrap(),
        "a [unit-circle], unit circles"
    );
    assert_eq!(
        phrases("a unit-circle, unit circles", "unit circ", true).unwrap(),
        "a [unit-circle], [unit circles]"
    );
    assert_eq!(phrases("circle unit", "unit circle", false), None);
    assert_eq!(
        phrases("a a b", "a b", false).unwrap(),
        "a [a b]",
        "one that began too early does not hide it"
    );
}

#[test]
fn what_must_not_be_there_keeps_a_text_out() {
    assert!(!without("two circles", "circle") && !without("The end", "the") && !without("a => b", "=>"));
    assert!(without("two squares", "circle") && without("bathe", "the"));
}

#[test]
fn a_long_text_is_read_on_for_what_must_be_there() {
    let text = format!("{} unit circle", "area ".repeat(MOST_FOUND * 3));
    let (area, circle) = (["area".to_owned()], ["unit circle".to_owned()]);
    let sought = |phrases, without| Sought {
        words: &area,
        phrases,
        without,
        ..Sought::default()
    };
    let finder = |sought: &Sought<'_>| Finder::new(sought, Language::English.bit());
    assert!(
        finder(&sought(&circle, &[])).find(&text).is_some(),
        "the phrase is at the end"
    );
    assert!(
        finder(&sought(&[], &circle)).find(&text).is_none(),
        "what must not be there is"
    );
    let found = finder(&sought(&[], &[])).find(&text).unwrap();
    assert_eq!(found.len(), MOST_FOUND, "enough is enough");
}

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            "[ -~]{0,12}",
            prop::sample::select(vec![
                "検索結果",
                "größe",
                "Don’t",
                "ﬁles½",
                "हिन्दी",
                "\u{301}e",
                "É\u{a0}x",
                "ｶﾞ",
                "rock'n'roll's",
                "\n",
                "😀"
            ])
            .prop_map(str::to_owned),
        ],
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    /// What the index takes for a word and what is found in the text are the same.
    #[test]
    fn words_are_cut_as_the_index_cuts_them(text in any_text()) {
        let mut indexed = Vec::new();
        each_word(&text, |word| match word {
            Word::Spaced(word) => indexed.push(word.to_owned()),
            Word::Dense(_) => {}
        });
        let mut found = Vec::new();
        let mut end = 0;
        each_token(&text, |range, folded| {
            assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end) && range.start < range.end);
            assert!(range.end >= end, "in the text's order");
            end = range.end;
            if !text.get(range).unwrap_or_default().chars().all(words::is_dense) {
                found.push(folded.to_owned());
            }
            true
        });
        prop_assert_eq!(found, indexed);
    }

    #[test]
    fn finding_anything_in_anything_keeps_to_the_text(text in any_text(), part in any_text(), other in any_text()) {
        let (word, phrase) = ([part.clone()], [other.clone()]);
        let sought = Sought { words: &word, begun: Some(&other), phrases: &phrase, unfinished_phrase: true, without: &[] };
        if let Some(found) = Finder::new(&sought, u16::MAX).find(&text) {
            prop_assert!(found.iter().all(|range| text.get(range.clone()).is_some()));
            prop_assert!(found.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
