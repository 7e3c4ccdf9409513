//! Whether a directive asks for what an agent answered, so that agents' turns count in full.

/// What an agent is called.
const AGENTS: &[&str] = &["beatrice", "codey", "supervisor", "executor", "assistant"];

/// What an agent did with words, after "you": "the list you gave me".
const SAID: &[&str] = &[
    "said", "told", "suggested", "recommended", "advised", "proposed", "mentioned", "explained", "listed", "gave",
    "wrote", "answered", "provided", "described", "warned", "concluded", "quoted", "offered", "outlined",
];

/// The same after "did you"; elsewhere these ask for something new ("can you list").
const SAY: &[&str] = &[
    "say", "tell", "suggest", "recommend", "advise", "propose", "mention", "explain", "list", "give", "write", "answer",
    "provide", "describe", "warn", "conclude", "quote", "offer", "outline",
];

/// What an agent gives, after "your": "your advice on the index".
const GIVEN: &[&str] = &[
    "advice", "answer", "answers", "suggestion", "suggestions", "recommendation", "recommendations", "guidance",
    "review", "reply", "response", "explanation", "proposal", "list",
];

/// How many words may stand between "you" and the verb: "you have also suggested".
const REACH: usize = 3;

/// Whether `folded_words`, the words of a directive in lower case, ask for what an agent answered: they name one, or
/// speak of what "you" said.
pub fn asks_what_was_answered(folded_words: &[&str]) -> bool {
    folded_words.iter().enumerate().any(|(i, word)| match *word {
        "you" => {
            let follows = |verbs: &[&str]| folded_words.iter().skip(i + 1).take(REACH).any(|w| verbs.contains(w));
            follows(SAID) || (i > 0 && folded_words.get(i - 1) == Some(&"did") && follows(SAY))
        }
        "your" => folded_words.get(i + 1).is_some_and(|next| GIVEN.contains(next)),
        word => AGENTS.contains(&word.strip_suffix("'s").unwrap_or(word)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(text: &str) -> bool {
        asks_what_was_answered(&text.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn what_you_said_is_asked_for_in_many_forms() {
        for text in [
            "what did you suggest for the index",
            "the three options you had listed",
            "what was your advice on backups",
            "codey's function for the area",
            "show me the supervisor review",
        ] {
            assert!(asks(text), "{text}");
        }
        for text in ["what do i do on monday", "can you list them for me", "what would you suggest", "thank you for this"] {
            assert!(!asks(text), "{text}");
        }
    }
}
