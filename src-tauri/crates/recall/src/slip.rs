//! A word of the query that no turn of the scope holds: what may have been meant by it.

use crate::{
    english, fuzzy,
    language::Language,
    vocabulary::{Term, Vocabulary},
    words,
};

/// What a word may have been meant for.
#[derive(Default)]
pub(crate) struct Meant {
    /// Two terms at most, likeliest first, by slips that are about as likely; none for a word that says
    /// nothing in a question.
    pub(crate) likely: Vec<Likely>,
    /// The stem whose likes are asked for as well.
    pub(crate) stem: Option<String>,
}

/// A term that may have been meant.
#[derive(Clone)]
pub(crate) struct Likely {
    pub(crate) stem: String,
    pub(crate) term: Term,
    /// What it is called to a person: a word, or the stem where none is known.
    pub(crate) word: String,
}

impl Meant {
    /// Terms alone.
    pub(crate) fn of(likely: Vec<Likely>) -> Self {
        Self { likely, stem: None }
    }
}

/// What may have been meant by `word` with one slip, whichever form the word was in: slips stand in the whole word, terms
/// are stems. Likeliest are the slips that fingers make most often, then the most frequent terms. `held` gives a stem's term
/// where the scope holds it, and how many passages do. None where nothing is found.
pub(crate) fn meant(
    word: &str,
    spoken: &[Language],
    english: bool,
    held: &impl Fn(&str) -> Option<(Term, u64)>,
) -> Option<Meant> {
    if word.chars().count() <= fuzzy::SHORTEST || !word.chars().all(char::is_alphabetic) {
        return None;
    }
    let mut found: Vec<(bool, u64, Likely)> = Vec::new();
    let (mut says_nothing, mut listed) = (false, None);
    fuzzy::each_meant(word, |other, often| {
        says_nothing |= english && english::ABOUT_TALK.contains(&other);
        for language in spoken {
            let Some(stem) = words::stem(other, *language) else {
                continue;
            };
            if let Some((term, df)) = held(&stem) {
                let word = other.to_owned();
                found.push((!often, u64::MAX - df, Likely { stem, term, word }));
            } else if english && english::is_listed(&stem) {
                listed.get_or_insert(stem);
            }
        }
    });
    if says_nothing {
        return Some(Meant::default());
    }
    found.sort_by(|a, b| (a.0, a.1, &a.2.stem, &a.2.word).cmp(&(b.0, b.1, &b.2.stem, &b.2.word)));
    let best = found.first().map(|(rare, ..)| *rare);
    let mut likely: Vec<Likely> = Vec::new();
    for (_, _, one) in found.into_iter().take_while(|(rare, ..)| Some(*rare) == best) {
        if likely.len() < fuzzy::WORTH.len() && likely.iter().all(|known| known.term != one.term) {
            likely.push(one);
        }
    }
    let stem = likely.first().map(|likely| likely.stem.clone()).or(listed);
    stem.is_some().then_some(Meant { likely, stem })
}

/// The two terms most like a stem that no turn of the scope holds: fewest edits, then the most frequent, then by the
/// alphabet.
pub(crate) fn like(
    stem: &str,
    vocabulary: &Vocabulary,
    df: &impl Fn(Term) -> u64,
    among: &impl Fn() -> Option<Vec<Term>>,
) -> Vec<Likely> {
    let Some(most) = fuzzy::most_edits(stem) else {
        return Vec::new();
    };
    if !stem.chars().all(char::is_alphabetic) {
        return Vec::new();
    }
    let alike: Vec<(Term, &str)> = match among() {
        Some(terms) => vocabulary.like_among(stem, terms).collect(),
        None => vocabulary.like(stem).collect(),
    };
    let mut near: Vec<(usize, u64, &str, Term)> = alike
        .into_iter()
        .filter_map(|(term, text)| {
            let edits = fuzzy::edits(stem, text, most)?;
            // Two slips, and the first letter among them, are another word (subject, object).
            let near = edits == 1 || text.chars().next() == stem.chars().next();
            let df = df(term);
            (near && df > 0).then_some((edits, u64::MAX - df, text, term))
        })
        .collect();
    near.sort_unstable();
    near.into_iter()
        .take(fuzzy::WORTH.len())
        .map(|(_, _, text, term)| Likely {
            stem: text.to_owned(),
            term,
            word: text.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD: [(&str, u64); 6] = [
        ("paint", 3),
        ("point", 9),
        ("prowl", 2),
        ("прямоугольник", 1),
        ("violin", 1),
        ("cours", 4),
    ];

    /// The words taken for `word`, and the stem whose likes are asked for.
    fn taken(word: &str) -> Option<(Vec<String>, Option<String>)> {
        let held = |stem: &str| {
            let at = HELD.iter().position(|(held, _)| *held == stem)?;
            Some((Term::try_from(at).unwrap(), HELD[at].1))
        };
        let meant = meant(word, &[Language::English], true, &held)?;
        Some((meant.likely.into_iter().map(|likely| likely.word).collect(), meant.stem))
    }

    fn one(word: &str, stem: &str) -> Option<(Vec<String>, Option<String>)> {
        Some((vec![word.to_owned()], Some(stem.to_owned())))
    }

    #[test]
    fn a_slip_in_the_ending_is_mended_though_the_stem_is_far_off() {
        for slipped in ["paintnigs", "paintigs", "painttings"] {
            assert_eq!(taken(slipped), one("paintings", "paint"), "{slipped}");
        }
        assert_eq!(taken("прямоугольинка"), one("прямоугольника", "прямоугольник"));
    }

    #[test]
    fn a_swapped_letter_is_likelier_than_another_letter() {
        assert_eq!(taken("piant"), one("paint", "paint"));
        let (words, _) = taken("pxint").unwrap();
        assert_eq!(words, ["point", "paint"], "of two other letters the more frequent word");
    }

    #[test]
    fn a_word_that_no_turn_holds_still_brings_its_likes() {
        assert_eq!(taken("insturments"), Some((Vec::new(), Some("instrument".to_owned()))));
    }

    #[test]
    fn words_about_talk_say_nothing_with_a_slip_too() {
        assert_eq!(taken("mentoined"), Some((Vec::new(), None)));
        assert_eq!(taken("dicsuss"), Some((Vec::new(), None)), "though a course is near");
    }

    #[test]
    fn what_is_no_word_with_a_slip_is_left() {
        for word in ["pant", "zyxwvut", "x2paint", "検索"] {
            assert_eq!(taken(word), None, "{word}");
        }
    }
}
