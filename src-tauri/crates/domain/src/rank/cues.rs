//! What the form of a directive says about the turns it needs, and what the form of a passage says about itself.
//!
//! The forms are English ones; a directive in another language has none of them and is ranked by its words alone.

/// Marks of a passage, as bits.
pub mod marks {
    /// It names a day, a month, a year, or a time seen from when it was said.
    pub const TIME: u8 = 1;
    /// It speaks of who says it: "I", "my", "we".
    pub const PERSON: u8 = 2;
    /// The person asks in it for something to be done from then on: "always", "from now on".
    pub const INSTRUCTION: u8 = 4;
    /// The person says in it what they prefer.
    pub const PREFERENCE: u8 = 8;
    /// The person says "never" in it.
    pub const DENIAL: u8 = 16;
}

/// What a passage with a time is worth to a question that asks when.
const TIME: f64 = 1.3;
/// What a passage is worth in which somebody speaks of themselves: questions are mostly about people.
const PERSON: f64 = 1.15;
/// What a standing instruction is worth to a directive that is not about the past.
const INSTRUCTION: f64 = 2.5;
/// What a preference is worth to one.
const PREFERENCE: f64 = 1.4;
/// What a denial is worth to a question about the person's own past: it may be the answer.
const DENIAL: f64 = 1.3;
/// What an agent's turn is worth beside the person's: agents repeat what was asked, at length.
const AGENT: f64 = 0.6;
/// The same where the directive asks what the person said.
const AGENT_WHEN_PERSON_IS_ASKED_FOR: f64 = 0.45;
/// What a turn is worth when its speaker alone is named in the directive.
const NAMED_SPEAKER: f64 = 1.8;

/// What follows "you" or "assistant" where an earlier answer is meant.
const SAID: &[&str] = &[
    "said",
    "suggested",
    "recommended",
    "mentioned",
    "gave",
    "told",
    "listed",
    "proposed",
    "advised",
    "explained",
    "described",
    "outlined",
    "provided",
    "showed",
    "wrote",
];
/// What an agent gives, after "your".
const GIVEN: &[&str] = &[
    "advice",
    "answer",
    "answers",
    "guidance",
    "recommendation",
    "recommendations",
    "review",
    "suggestion",
    "suggestions",
];
/// What an agent is called.
const AGENTS: &[&str] = &["beatrice", "codey", "supervisor", "executor"];
/// What follows "I" where the person's own words are meant.
const I_SAID: &[&str] = &[
    "say",
    "said",
    "mention",
    "mentioned",
    "brought up",
    "discussed",
    "asked",
];
/// What is asked for with "what" or "which" where a time is meant.
const TIMES: &[&str] = &["date", "day", "month", "year", "time"];
/// What tells of the past, or asks about it.
const PAST: &[&str] = &[
    "did",
    "have i",
    "has",
    "had",
    "was",
    "were",
    "ago",
    "order in which",
    "so far",
    "across",
    "when does",
    "when do",
    "how many",
    "how much",
    "first",
];

/// What a question about the person's own past opens with, before "I" or "we".
const OPENINGS: &[&str] = &["have", "has", "had", "did", "do", "am", "are", "was", "were"];

/// The form of a directive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cues {
    /// It asks when something was.
    when: bool,
    /// What agents' turns are worth to it.
    agents: f64,
    /// It asks about the person's own past.
    own_past: bool,
    /// It is about what is to be done, so that standing instructions matter.
    standing: bool,
}

impl Cues {
    /// Of a directive's words, folded, in their order.
    pub fn of(folded_words: &[&str]) -> Self {
        let text = format!(" {} ", folded_words.join(" "));
        let has = |phrase: &str| text.contains(&format!(" {phrase} "));
        let after = |word: &str, next: &[&str]| has(word) && next.iter().any(|next| has(&format!("{word} {next}")));
        let named = |name: &&str| has(name) || has(&format!("{name}'s"));
        let agent_is_asked_for = has("did you")
            || has("remind me")
            || ["you", "you've", "assistant", "assistant has"]
                .iter()
                .any(|who| after(who, SAID))
            || after("your", GIVEN)
            || AGENTS.iter().any(named);
        let opening = matches!(folded_words, [first, "i" | "we", ..] if OPENINGS.contains(first));
        let person_is_asked_for = has("did i") || has("have i") || after("i", I_SAID);
        Self {
            when: has("when") || has("how long") || after("what", TIMES) || after("which", TIMES),
            agents: match (agent_is_asked_for, person_is_asked_for) {
                (true, _) => 1.0,
                (false, true) => AGENT_WHEN_PERSON_IS_ASKED_FOR,
                (false, false) => AGENT,
            },
            own_past: opening || has("have i ever") || has("did i ever"),
            standing: !(PAST.iter().any(|phrase| has(phrase)) || text.contains(" summar")),
        }
    }

    /// What a passage is worth beside its words: with these [`marks`], of an agent's turn or not, of the speaker who is
    /// named or not.
    #[inline]
    pub fn factor(&self, passage_marks: u8, by_agent: bool, by_named_speaker: bool) -> f64 {
        let mut factor = if by_agent { self.agents } else { 1.0 };
        if by_named_speaker {
            factor *= NAMED_SPEAKER;
        }
        if passage_marks & marks::PERSON != 0 {
            factor *= PERSON;
        }
        if self.when && passage_marks & marks::TIME != 0 {
            factor *= TIME;
        }
        if self.own_past && passage_marks & marks::DENIAL != 0 {
            factor *= DENIAL;
        }
        if self.standing {
            factor *= match passage_marks {
                m if m & marks::INSTRUCTION != 0 => INSTRUCTION,
                m if m & marks::PREFERENCE != 0 => PREFERENCE,
                _ => 1.0,
            };
        }
        factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues(text: &str) -> Cues {
        Cues::of(&text.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn what_you_said_is_asked_for_in_many_forms() {
        for text in [
            "what did you suggest for the index",
            "the three options you listed",
            "what was your advice on backups",
            "codey's function for the area",
            "show me the supervisor review",
        ] {
            assert!((cues(text).agents - 1.0).abs() < 1e-9, "{text}");
        }
        for text in [
            "what do i do on monday",
            "can you list them for me",
            "what would you suggest",
            "thank you for this",
        ] {
            assert!((cues(text).agents - AGENT).abs() < 1e-9, "{text}");
        }
        assert!((cues("which tools did i mention").agents - AGENT_WHEN_PERSON_IS_ASKED_FOR).abs() < 1e-9);
    }

    #[test]
    fn standing_instructions_matter_to_what_is_to_be_done() {
        let (now, past) = (cues("write the report for march"), cues("how did the report go"));
        assert!((now.factor(marks::INSTRUCTION | marks::PREFERENCE, false, false) - INSTRUCTION).abs() < 1e-9);
        assert!((now.factor(marks::PREFERENCE, false, false) - PREFERENCE).abs() < 1e-9);
        assert!((past.factor(marks::INSTRUCTION, false, false) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn times_matter_to_a_question_that_asks_when() {
        assert!((cues("when was it").factor(marks::TIME, false, false) - TIME).abs() < 1e-9);
        assert!((cues("what was it").factor(marks::TIME, false, false) - 1.0).abs() < 1e-9);
        assert!((cues("what was it").factor(marks::PERSON, false, true) - PERSON * NAMED_SPEAKER).abs() < 1e-9);
    }
}
