//! Reading verdicts out of any text whatever.

use proptest::prelude::*;

use super::*;

/// Prose out of the words that verdicts are made of, in several scripts.
fn prose() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "accept",
        "send",
        "back",
        "verdict",
        "Verdict:",
        "escalate",
        ":",
        "-",
        "—",
        "**",
        "`",
        "```",
        "\n",
        "\n\n",
        "|",
        ">",
        "#",
        "1.",
        "the",
        "tests",
        "if",
        "or",
        "<b>",
        "</verdict>",
        "это",
        "判定",
        "\r\n",
        "\t",
        "?",
        "!",
        "é",
        "🙂",
        "\u{200d}",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(any in any::<String>(), prose in prose()) {
        for text in [any, prose] {
            match Verdict::parse(&text) {
                Verdict::SendBack(words) | Verdict::Escalate(words) => {
                    prop_assert_eq!(words.trim(), words.as_str());
                    prop_assert!(!words.is_empty(), "a ruling always says something");
                }
                Verdict::Accept | Verdict::NotGiven => {}
            }
        }
    }

    #[test]
    fn a_verdict_line_is_found_after_any_prose(prose in prop_oneof![prose(), any::<String>()], kind in 0usize..3) {
        let (line, verdict) = [
            ("Verdict: accept", Verdict::Accept),
            ("**Verdict:** send back: no tests", back("no tests")),
            ("Verdict - escalate: who pays?", ask("who pays?")),
        ][kind].clone();
        prop_assert_eq!(Verdict::parse(&format!("{prose}\n{line}")), verdict);
    }
}
