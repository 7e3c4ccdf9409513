//! What is known of English beyond its stems: forms of one word, words that stand for each other, kinds and what is of
//! them, common words. The lists are beside this file; they hold general words only, none of any test's text.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
};

use foldhash::fast::RandomState;

use crate::{fuzzy, language::Language};

/// The lines of a list without its heading.
fn lines(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

static FORMS: LazyLock<HashMap<&str, &str, RandomState>> = LazyLock::new(|| {
    let entries = lines(include_str!("english/forms.txt")).filter_map(|line| line.split_once(':'));
    entries
        .flat_map(|(base, forms)| forms.split(',').map(move |form| (form, base)))
        .collect()
});

/// The word that a folded one is a form of: "bought" is "buy"; itself where none is known.
pub(crate) fn base(word: &str) -> &str {
    FORMS.get(word).copied().unwrap_or(word)
}

fn stems(words: &str) -> Vec<String> {
    words
        .split_ascii_whitespace()
        .filter_map(|word| crate::words::stem(word, Language::English))
        .collect()
}

/// Stems by the stems that bring them.
type Thesaurus = BTreeMap<String, BTreeSet<String>>;

static THESAURUS: LazyLock<Thesaurus> = LazyLock::new(|| {
    let mut all = Thesaurus::new();
    for line in lines(include_str!("english/synonyms.txt")) {
        let group = stems(line);
        for stem in &group {
            all.entry(stem.clone())
                .or_default()
                .extend(group.iter().filter(|other| *other != stem).cloned());
        }
    }
    for (kinds, members) in lines(include_str!("english/kinds.txt")).filter_map(|line| line.split_once(" : ")) {
        let members = stems(members);
        for kind in stems(kinds) {
            let others = members.iter().filter(|member| **member != kind).cloned();
            all.entry(kind.clone()).or_default().extend(others);
        }
    }
    all
});

/// The stems that mean about what `stem` means, in the alphabet's order.
pub(crate) fn like(stem: &str) -> impl Iterator<Item = &'static str> {
    THESAURUS.get(stem).into_iter().flatten().map(String::as_str)
}

static COMMON: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| lines(include_str!("english/common.txt")).flat_map(stems).collect());

/// Whether a stem is of a word that is written on purpose, though no turn holds it.
pub(crate) fn is_common(stem: &str) -> bool {
    COMMON.contains(stem) || THESAURUS.contains_key(stem) || is_near_small(stem)
}

/// Whether others are known that mean about what a stem means.
pub(crate) fn is_listed(stem: &str) -> bool {
    THESAURUS.contains_key(stem)
}

/// A letter away from a small word: "then", written for "than", is no slip to be mended.
fn is_near_small(stem: &str) -> bool {
    let small = Language::English
        .small_words()
        .filter(|word| word.len() >= 4 && !word.contains('\''));
    small.into_iter().any(|word| fuzzy::edits(stem, word, 1).is_some())
}

/// Words of a question about conversations themselves; they say nothing about the matter, in a question.
pub(crate) const ABOUT_TALK: &[&str] = &[
    "across",
    "aspect",
    "aspects",
    "chat",
    "chats",
    "clear",
    "comprehensive",
    "conversation",
    "conversations",
    "different",
    "discuss",
    "discussed",
    "item",
    "items",
    "kind",
    "kinds",
    "list",
    "listed",
    "mention",
    "mentioned",
    "order",
    "provide",
    "said",
    "say",
    "session",
    "sessions",
    "sort",
    "summarize",
    "summary",
    "tell",
    "throughout",
    "told",
    "type",
    "types",
    "various",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one() {
        for (form, word) in [
            ("bought", "buy"),
            ("children", "child"),
            ("colour", "color"),
            ("mouse", "mouse"),
        ] {
            assert_eq!(base(form), word);
        }
    }

    #[test]
    fn a_kind_brings_what_is_of_it_and_not_the_other_way() {
        let of = |stem| like(stem).collect::<Vec<_>>();
        assert!(of("instrument").contains(&"violin"));
        assert!(of("violin").contains(&"instrument"), "these two stand for each other");
        assert!(of("sport").contains(&"tenni") && !of("tenni").contains(&"sport"));
        assert_eq!(of("vivaldi"), Vec::<&str>::new());
    }

    #[test]
    fn common_words_are_not_mended() {
        assert!(is_common("subject") && is_common("ever") && !is_common("retnetion"));
    }
}
