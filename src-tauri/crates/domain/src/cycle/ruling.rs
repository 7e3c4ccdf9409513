//! What a complete review leads to; the reducer and a restart must rule alike.

use super::Outcome;
use crate::Verdict;

/// What a complete review leads to.
pub(super) enum Ruling {
    Done(Outcome),
    Again,
    Ask(String),
}

/// What `verdict` leads to after `sent_back` send-backs since the person last spoke.
pub(super) fn rule(verdict: Verdict, sent_back: u32, max_rounds: u32) -> Ruling {
    match verdict {
        Verdict::Accept => Ruling::Done(Outcome::Accepted),
        Verdict::NotGiven => Ruling::Done(Outcome::NoVerdict),
        Verdict::Escalate(question) => Ruling::Ask(question),
        Verdict::SendBack(_) if sent_back < max_rounds => Ruling::Again,
        Verdict::SendBack(reasons) => Ruling::Ask(format!(
            "The review does not accept the work, and it may not be sent back again without you. Its reasons:\n\n\
             {reasons}\n\nHow should Codey go on?"
        )),
    }
}
