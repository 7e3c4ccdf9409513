//! Why a turn of memory is given, in words: what speaks for it, who said it, on which day.

use ccc_domain::Turn;
use ccc_recall::Hit;

/// A speaker's name is cut after this many characters, as it is in a prompt.
const SPEAKER_CHARS: usize = 60;

/// Of a turn that ranking found.
pub(super) fn found(hit: &Hit, turn: &Turn) -> String {
    let matches = match hit.matched.as_slice() {
        [] => "close to what matches".to_owned(),
        words => format!("matches “{}”", words.join("”, “")),
    };
    let named = if hit.named { ", whom the directive names" } else { "" };
    let dated = if hit.dated { ", a time it names" } else { "" };
    let (who, day) = (speaker(turn), turn.created_at.day());
    format!("{matches}, said by {who}{named}, {day}{dated}")
}

/// Of a turn that the person always wants.
pub(super) fn pinned(turn: &Turn) -> String {
    plain("always injected", turn)
}

/// Of one of the newest turns.
pub(super) fn recent(turn: &Turn) -> String {
    plain("one of the newest", turn)
}

/// Of a turn that was shown before sending, and that would not be chosen any more.
pub(super) fn shown(turn: &Turn) -> String {
    plain("shown before sending", turn)
}

fn plain(why: &str, turn: &Turn) -> String {
    format!("{why}, said by {}, {}", speaker(turn), turn.created_at.day())
}

/// The imported speaker's name on one line, or the agent's.
fn speaker(turn: &Turn) -> String {
    let name = turn.speaker.as_deref().unwrap_or(turn.agent.name());
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").chars().take(SPEAKER_CHARS).collect()
}
