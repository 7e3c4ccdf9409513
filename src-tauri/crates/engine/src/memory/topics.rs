//! What a session is about, in single words, counted from its directives.

use std::collections::{BTreeMap, BTreeSet};

use ccc_domain::Conversation;

/// How many topics are shown at most.
const MOST: usize = 6;

/// The words the directives have most in common, as they were first written: by how many directives hold them, then by
/// how new the newest of those is, then by the alphabet. `conversations` come oldest first.
pub(super) fn topics(conversations: &[Conversation]) -> Vec<String> {
    let mut found: BTreeMap<String, Topic> = BTreeMap::new();
    for (age, conversation) in conversations.iter().enumerate() {
        let mut seen = BTreeSet::new();
        for word in words(&conversation.directive) {
            let Some(stem) = stem_of(word) else { continue };
            if !seen.insert(stem.clone()) {
                continue;
            }
            let topic = found.entry(stem).or_insert_with(|| Topic {
                word: word.to_lowercase(),
                directives: 0,
                newest: 0,
            });
            topic.directives += 1;
            topic.newest = age;
        }
    }
    let mut ranked: Vec<Topic> = found.into_values().collect();
    ranked.sort_by(|a, b| {
        let key = |topic: &Topic| (topic.directives, topic.newest);
        key(b).cmp(&key(a)).then_with(|| a.word.cmp(&b.word))
    });
    ranked.into_iter().take(MOST).map(|topic| topic.word).collect()
}

struct Topic {
    word: String,
    directives: usize,
    newest: usize,
}

/// Runs of letters and digits long enough to mean something.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= 4 && word.chars().any(char::is_alphabetic))
}

/// What tells a word from others, whatever its form; none for words that say nothing.
fn stem_of(word: &str) -> Option<String> {
    let mut stems = ccc_recall::stems(word).into_iter();
    let first = stems.next()?;
    // A script without spaces gives a stem a character: the run as a whole is the word.
    Some(stems.fold(first, |whole, stem| whole + &stem))
}

#[cfg(test)]
mod tests {
    use ccc_domain::{ConversationId, ConversationStatus, SessionId, Timestamp};

    use super::*;

    fn asked(directive: &str) -> Conversation {
        Conversation {
            id: ConversationId::from_bytes([1; 16]),
            session_id: SessionId::from_bytes([1; 16]),
            branch_of: None,
            directive: directive.to_owned(),
            created_at: Timestamp::default(),
            status: ConversationStatus::Active,
            turn_count: 0,
        }
    }

    #[test]
    fn words_of_several_directives_come_first_and_forms_count_as_one() {
        let asked = [
            "Plan the backups, backups and more.",
            "Test a backup weekly.",
            "Name the release.",
        ]
        .map(asked);
        assert_eq!(
            topics(&asked),
            ["backups", "name", "release", "test", "weekly", "plan"],
            "of two directives first; of one, the newest first"
        );
        assert_eq!(topics(&[]), Vec::<String>::new());
    }
}
