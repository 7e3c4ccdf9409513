//! The whole index: the same hits to the last bit whatever way the turns came in, nothing of a session left when it is
//! gone, and bytes of any kind taken without a panic.

use ccc_domain::{Agent, ConversationId, SessionId, Timestamp};
use proptest::prelude::*;

use super::*;

/// A turn of a small world: two conversations in each of three sessions.
#[derive(Debug, Clone)]
struct Said {
    session: u8,
    conversation: u8,
    agent: Agent,
    speaker: Option<&'static str>,
    day: i64,
    text: String,
}

fn session(n: u8) -> SessionId {
    SessionId::from_bytes([n; 16])
}

fn conversation(said: &Said) -> ConversationId {
    ConversationId::from_bytes([said.session * 16 + said.conversation; 16])
}

const WORDS: [&str; 16] = [
    "retention",
    "backups",
    "the",
    "logs",
    "always",
    "Caroline",
    "bought",
    "guitar",
    "yesterday",
    "I",
    "検索結果",
    "größe",
    "2023",
    "policy?",
    "delete.",
    "Прямоугольник",
];

fn said() -> impl Strategy<Value = Said> {
    let text = prop::collection::vec(prop::sample::select(WORDS.to_vec()), 1..30);
    let speaker = prop::sample::select(vec![None, Some("Caroline"), Some("Mel Gibbs"), Some("user")]);
    (
        0u8..3,
        0u8..2,
        prop::sample::select(Agent::ALL.to_vec()),
        speaker,
        0i64..40,
        text,
    )
        .prop_map(|(session, conversation, agent, speaker, day, text)| Said {
            session,
            conversation,
            agent,
            speaker,
            day,
            text: text.join(" "),
        })
}

/// Adds the turns in their order, numbered within their conversations.
fn filled(said: &[Said]) -> Index {
    let mut index = Index::new();
    (0..3).for_each(|n| index.begin(session(n)));
    add(&mut index, said);
    index
}

fn add(index: &mut Index, said: &[Said]) {
    let mut numbers = std::collections::HashMap::new();
    for turn in said {
        let number: &mut u32 = numbers.entry(conversation(turn)).or_default();
        *number += 1;
        let added = index.append(
            session(turn.session),
            &NewEntry {
                conversation: conversation(turn),
                number: *number,
                agent: turn.agent,
                speaker: turn.speaker,
                at: Timestamp::from_ms(1_683_504_000_000 + turn.day * 86_400_000),
                whole: true,
                text: &turn.text,
            },
        );
        assert_eq!(added, Added::Now);
    }
}

const QUERIES: [&str; 8] = [
    "What is the retention of backups?",
    "When did Caroline buy a guitar?",
    "retnetion of the logs",
    "instrument on 10 May 2023",
    "検索",
    "прямоугольники",
    "What did you say about the policy yesterday?",
    "die Größen und die Logs der Regel",
];

fn all_hits(index: &Index) -> Vec<Hits> {
    let scopes = [None, Some(vec![session(0)]), Some(vec![session(1), session(2)])];
    let ask = |(text, scope): (&str, &Option<Vec<SessionId>>)| {
        index.search(&Request {
            text,
            sessions: scope.as_deref(),
            now: Timestamp::from_ms(1_690_000_000_000),
            limit: 10,
        })
    };
    QUERIES
        .iter()
        .flat_map(|text| scopes.iter().map(|scope| ask((text, scope))))
        .collect()
}

/// The segments of every session, as they would be stored.
fn stored(index: &mut Index) -> Vec<(SessionId, Vec<Vec<u8>>)> {
    let of = |index: &mut Index, n| index.snapshots(session(n)).into_iter().map(|s| s.bytes).collect();
    (0..3).map(|n| (session(n), of(index, n))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hits_do_not_depend_on_the_way_the_turns_came_in(said in prop::collection::vec(said(), 1..160)) {
        let mut index = filled(&said);
        let expected = all_hits(&index);

        let mut by_conversation = said.clone();
        by_conversation.sort_by_key(|turn| std::cmp::Reverse(conversation(turn)));
        prop_assert_eq!(&all_hits(&filled(&by_conversation)), &expected, "conversation by conversation");

        let mut others = filled(&[]);
        others.begin(session(9));
        let foreign: Vec<Said> = said.iter().map(|turn| Said { session: 9, ..turn.clone() }).collect();
        add(&mut others, &foreign);
        add(&mut others, &said);
        others.remove(session(9));
        prop_assert_eq!(&all_hits(&others), &expected, "after another session was there");

        let segments = stored(&mut index);
        prop_assert_eq!(&all_hits(&index), &expected, "after the tail was put to rest");
        let mut loaded = Index::new();
        for (session, segments) in segments.iter().rev() {
            prop_assert!(loaded.attach(*session, segments).is_ok());
        }
        prop_assert_eq!(&all_hits(&loaded), &expected, "loaded, in another order");
        prop_assert!(loaded.unsaved().is_empty());
    }

    #[test]
    fn turns_added_after_loading_count_as_if_it_had_never_been_stored(
        said in prop::collection::vec(said(), 2..160), cut in any::<prop::sample::Index>(),
    ) {
        let cut = cut.index(said.len());
        let mut early = filled(&said[..cut]);
        let segments = stored(&mut early);
        let mut loaded = Index::new();
        for (session, segments) in &segments {
            prop_assert!(loaded.attach(*session, segments).is_ok());
        }
        // All turns once more: those that are there already change nothing.
        let mut numbers = std::collections::HashMap::new();
        for turn in &said {
            let number: &mut u32 = numbers.entry(conversation(turn)).or_default();
            *number += 1;
            loaded.append(session(turn.session), &NewEntry {
                conversation: conversation(turn),
                number: *number,
                agent: turn.agent,
                speaker: turn.speaker,
                at: Timestamp::from_ms(1_683_504_000_000 + turn.day * 86_400_000),
                whole: true,
                text: &turn.text,
            });
        }
        prop_assert_eq!(all_hits(&loaded), all_hits(&filled(&said)));
    }

    #[test]
    fn a_scope_never_gives_a_turn_of_another_session(said in prop::collection::vec(said(), 1..80)) {
        let index = filled(&said);
        for text in QUERIES {
            let scope = [session(1)];
            let request = Request { text, sessions: Some(&scope), now: Timestamp::default(), limit: 100 };
            for hit in index.search(&request).turns {
                prop_assert_eq!(hit.session, session(1));
            }
        }
    }

    #[test]
    fn nothing_of_a_session_is_left_when_it_is_gone(said in prop::collection::vec(said(), 1..80)) {
        let mut index = filled(&said);
        (0..3).for_each(|n| index.remove(session(n)));
        for word in ["retent", "guitar", "検", "caroline", "g"] {
            prop_assert_eq!(index.complete(word, 10), Vec::<String>::new());
        }
        prop_assert!(index.vocabulary.is_empty(), "not a word is kept");
    }

    #[test]
    fn damaged_bytes_are_refused_or_harmless(
        said in prop::collection::vec(said(), 1..40),
        at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<prop::sample::Index>(),
    ) {
        let mut index = filled(&said);
        for (session, segments) in stored(&mut index) {
            let Some(bytes) = segments.first() else { continue };
            let mut flipped = bytes.clone();
            flipped[at.index(bytes.len())] ^= 1 << bit;
            let cut = bytes[..cut.index(bytes.len())].to_vec();
            for damaged in [flipped, cut, Vec::new()] {
                let mut loaded = Index::new();
                match loaded.attach(session, &[damaged]) {
                    Err(Damaged) => prop_assert!(loaded.vocabulary.is_empty() && !loaded.has(session)),
                    Ok(()) => drop(all_hits(&loaded)),
                }
            }
        }
    }
}

#[test]
fn a_turn_out_of_its_order_is_not_taken() {
    let mut index = Index::new();
    let entry = |number| NewEntry {
        conversation: ConversationId::from_bytes([1; 16]),
        number,
        agent: Agent::Wykeve,
        speaker: None,
        at: Timestamp::default(),
        whole: true,
        text: "one two",
    };
    assert_eq!(
        index.append(session(1), &entry(1)),
        Added::Gap,
        "the session is not here"
    );
    index.begin(session(1));
    assert_eq!(
        [1, 3, 1, 2, 3].map(|number| index.append(session(1), &entry(number))),
        [Added::Now, Added::Gap, Added::Before, Added::Now, Added::Now]
    );
}

#[test]
fn a_session_of_many_segments_answers_as_its_turns_one_by_one() {
    let word = |n: usize| ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"][n % 7];
    let said: Vec<Said> = (0..3_000)
        .map(|n| Said {
            session: 0,
            conversation: (n / 40 % 2) as u8,
            agent: Agent::ALL[n % 3],
            speaker: None,
            day: (n / 100) as i64,
            text: format!("{} {} number{} {}", word(n), word(n / 7), n % 50, word(n / 3)),
        })
        .collect();
    let mut index = filled(&said);
    let expected = all_hits(&index);
    let segments = stored(&mut index);
    assert!(segments[0].1.len() > 2, "several segments");
    let mut loaded = Index::new();
    for (session, segments) in &segments {
        loaded.attach(*session, segments).unwrap();
    }
    assert_eq!(all_hits(&loaded), expected);
    let request = Request {
        text: "number7 alpha",
        sessions: None,
        now: Timestamp::default(),
        limit: 5,
    };
    assert_eq!(loaded.search(&request), index.search(&request));
    assert_eq!(loaded.search(&request).turns.len(), 5);
}

#[test]
fn hits_say_why_they_are_there() {
    let text = |text: &str, speaker| Said {
        session: 0,
        conversation: 0,
        agent: Agent::Wykeve,
        speaker,
        day: 0,
        text: text.to_owned(),
    };
    let index = filled(&[
        text("Our log retention is thirty days.", Some("Caroline")),
        text("Paint the window.", Some("Melanie")),
        text("The weather is fine.", Some("Melanie")),
    ]);
    let ask = |text| {
        let request = Request {
            text,
            sessions: None,
            now: Timestamp::default(),
            limit: 1,
        };
        index.search(&request).turns.remove(0)
    };
    let hit = ask("What did Caroline say on retention, on 8 May 2023?");
    assert_eq!(
        (hit.number, hit.matched, hit.named, hit.dated),
        (1, vec!["retention".to_owned()], true, true)
    );
    assert_eq!(ask("retnetion").matched, ["retention"], "what the slip was taken for");
}

/// Many sessions of short turns, of words as uneven as those of a text.
fn many_sessions(talk: bool) -> Index {
    let mut index = Index::new();
    let mut state = 7u64;
    let mut draw = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for n in 0..90u8 {
        index.begin(session(n));
        for number in 1..=24 {
            let mut text = String::new();
            if draw(6) == 0 {
                text.push_str("I always ");
            }
            for _ in 0..3 + draw(12) {
                let most = 1 + draw(60);
                text.push_str(&format!("word{} ", draw(most)));
            }
            text.push_str(if draw(4) == 0 { "?" } else { "." });
            let agent = if talk || number % 3 == 1 {
                Agent::Wykeve
            } else {
                Agent::Codey
            };
            let entry = NewEntry {
                conversation: ConversationId::from_bytes([n; 16]),
                number,
                agent,
                speaker: talk.then_some(["Caroline", "Mel Gibbs"][usize::from(number.is_multiple_of(2))]),
                at: Timestamp::from_ms(1_683_504_000_000 + i64::from(n) * 86_400_000 + i64::from(number)),
                whole: true,
                text: &text,
            };
            assert_eq!(index.append(session(n), &entry), Added::Now);
        }
    }
    index
}

#[test]
fn what_is_left_out_could_not_have_come_among_the_best() {
    for talk in [false, true] {
        let index = many_sessions(talk);
        let ask = |text: &str, limit| {
            let request = Request {
                text,
                sessions: None,
                now: Timestamp::from_ms(1_690_000_000_000),
                limit,
            };
            index.search(&request).turns
        };
        for n in 0..60 {
            let text = [
                format!("word{n}"),
                format!("word{n} word{} word3", n / 2),
                format!("what did Caroline say of word{n} on 20 May 2023"),
                format!("when did I mention word{n} word{}", n + 1),
            ];
            for text in text {
                // So many that nothing can be left out.
                let all = ask(&text, 100_000);
                for limit in [1, 4, 30] {
                    let expected = &all[..limit.min(all.len())];
                    assert_eq!(ask(&text, limit), expected, "{text}, the best {limit}");
                }
            }
        }
    }
}

#[test]
fn what_is_lent_past_the_end_of_a_conversation_leaves_nothing_out() {
    // One passage a conversation, longer than most, so that it scores less by its one word than a cell of none beside it.
    let said: Vec<Said> = (0..16)
        .map(|n| Said {
            session: n,
            conversation: 0,
            agent: Agent::Codey,
            speaker: None,
            day: i64::from(n),
            text: match n % 2 {
                0 => {
                    format!("guitar {}", "and so it goes far away from here, number ".repeat(2))
                        + &format!("own{n} ").repeat(14)
                }
                _ => format!("other{n}"),
            },
        })
        .collect();
    let mut index = Index::new();
    (0..16).for_each(|n| index.begin(session(n)));
    add(&mut index, &said);
    let ask = |limit| {
        let request = Request {
            text: "guitar",
            sessions: None,
            now: Timestamp::from_ms(1_690_000_000_000),
            limit,
        };
        index.search(&request).turns
    };
    let all = ask(1_000);
    assert_eq!(all.len(), 8);
    for limit in [1, 3, 7] {
        assert_eq!(ask(limit), all[..limit], "the best {limit}");
    }
}

#[test]
fn a_segment_without_the_turns_before_it_is_refused() {
    let said: Vec<Said> = (0..1_500)
        .map(|n| Said {
            session: 0,
            conversation: 0,
            agent: Agent::Wykeve,
            speaker: None,
            day: 0,
            text: format!("number{n}"),
        })
        .collect();
    let mut index = filled(&said);
    let segments = stored(&mut index).remove(0).1;
    let mut loaded = Index::new();
    assert_eq!(loaded.attach(session(0), &segments), Ok(()));
    assert_eq!(all_hits(&loaded), all_hits(&index));
    assert_eq!(loaded.attach(session(0), &segments[1..]), Err(Damaged));
    assert!(!loaded.has(session(0)) && loaded.vocabulary.is_empty());
    let twice = [segments[0].clone(), segments[0].clone()];
    assert_eq!(loaded.attach(session(0), &twice), Err(Damaged));
}
