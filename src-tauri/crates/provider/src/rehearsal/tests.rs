use ccc_domain::{ErrorCode, Message, Role, Step};

use super::*;
use crate::{MemoryLine, RehearsalHint};

fn hint(step: Step) -> RehearsalHint {
    let mut hint = RehearsalHint::new(step, "Plan the database migration. Keep backups of v1.2!");
    hint.guidance = Some(format!(
        "{LABEL}\n\n1. Plan the database migration.\n2) Keep backups.\nNot numbered."
    ));
    hint.work = Some("The database migration is planned.".into());
    hint
}

fn remembering(step: Step) -> RehearsalHint {
    let mut hint = hint(step);
    hint.memory.push(MemoryLine {
        who: "Codey".into(),
        when: "8 May 2023".into(),
        text: "The last migration\nlost a night.".into(),
    });
    hint
}

fn request(hint: RehearsalHint) -> ChatRequest {
    ChatRequest {
        messages: vec![Message::new(Role::User, "one two three")],
        model: Some("ignored".into()),
        temperature: None,
        max_tokens: None,
        hint,
    }
}

#[tokio::test]
async fn each_step_answers_in_its_form() {
    let expected = "Rehearsal — no model was called.\n\nGuidance, taken from the directive's own words:\n\n\
1. Plan the database migration.\n2. Keep backups of v1.2!\n3. Check the result against the directive, word for word.\n\n\
Terms to keep in view: migration, database, backups, plan, keep.\n\nRemembered, to build on:\n\
- Codey, 8 May 2023: “The last migration lost a night.” (shares: migration)";
    assert_eq!(compose::answer(&remembering(Step::Analyse)), expected);

    let expected = "Rehearsal — no model was called.\n\nDraft along the guidance:\n\n\
1. Plan the database migration.\n\n\
2. Keep backups.\n   It answers: “Keep backups of v1.2!”";
    assert_eq!(compose::answer(&hint(Step::Execute)), expected);

    let expected = "Rehearsal — no model was called.\n\nReview: the work takes up 3 of 5 terms of the directive.\n\
Not taken up by name: backups, keep.\nThe directive begins: “Plan the database migration.”\n\nVerdict: accept";
    assert_eq!(compose::answer(&hint(Step::Review)), expected);
}

#[test]
fn memory_changes_every_step_and_is_quoted_with_who_and_when() {
    for step in Step::ALL {
        let (without, with) = (compose::answer(&hint(step)), compose::answer(&remembering(step)));
        assert_ne!(without, with, "{step}");
        assert!(
            with.contains("Codey, 8 May 2023: “The last migration lost a night.”"),
            "{step}: {with}"
        );
    }
}

#[test]
fn what_an_earlier_rehearsal_wrote_is_not_quoted() {
    for step in Step::ALL {
        let mut echo = hint(step);
        echo.memory.push(MemoryLine {
            who: "Codey".into(),
            when: "8 May 2023".into(),
            text: compose::answer(&hint(Step::Execute)),
        });
        assert_eq!(compose::answer(&echo), compose::answer(&hint(step)), "{step}");
    }
}

#[test]
fn any_text_in_any_script_gets_a_labelled_answer_and_a_verdict() {
    for directive in [
        "",
        "?",
        "検索を速くする。結果を示す。",
        "Напиши отчёт, проверь факты",
        "اكتب تقريرا، ثم راجعه",
        "🦀",
    ] {
        for step in Step::ALL {
            let answer = compose::answer(&RehearsalHint::new(step, directive));
            assert!(answer.starts_with(LABEL), "{directive}: {answer}");
            assert_eq!(
                answer.ends_with("\nVerdict: accept"),
                step == Step::Review,
                "{directive}: {answer}"
            );
        }
    }
    let japanese = compose::answer(&RehearsalHint::new(Step::Analyse, "検索を速くする。結果を示す。"));
    assert!(
        japanese.contains("1. 検索を速くする。\n2. 結果を示す。\n3. "),
        "{japanese}"
    );
}

#[tokio::test]
async fn the_stream_keeps_the_contract_and_joins_to_the_answer() {
    let request = request(remembering(Step::Analyse));
    let events: Vec<_> = Rehearsal::new()
        .stream(request.clone(), CancellationToken::new())
        .collect()
        .await;
    let again: Vec<_> = Rehearsal::new()
        .stream(request.clone(), CancellationToken::new())
        .collect()
        .await;
    assert_eq!(events, again, "the same hint gives the same events");

    let answer = compose::answer(&request.hint);
    let text: String = events
        .iter()
        .filter_map(|e| {
            if let Ok(ChatEvent::Text(t)) = e {
                Some(t.as_str())
            } else {
                None
            }
        })
        .collect();
    assert_eq!(text, answer);
    assert_eq!(
        events.first(),
        Some(&Ok(ChatEvent::Started {
            model: "rehearsal".into()
        }))
    );
    let usage = Usage {
        prompt_tokens: 4,
        completion_tokens: tokens::estimate(&answer),
        estimated: true,
    };
    let reason = FinishReason::Stop;
    assert_eq!(events.last(), Some(&Ok(ChatEvent::Finished { reason, usage })));
    assert!(
        events.len() > 40,
        "it streams word by word, not {} events",
        events.len()
    );
}

#[tokio::test]
async fn cancelling_ends_it_between_two_words() {
    let cancel = CancellationToken::new();
    let mut stream = Rehearsal::new().stream(request(hint(Step::Execute)), cancel.clone());
    for _ in 0..3 {
        assert!(
            stream.next().await.is_some_and(|event| event.is_ok()),
            "it runs until it is cancelled"
        );
    }
    cancel.cancel();
    assert_eq!(
        stream.next().await.map(|e| e.map_err(|e| e.code())),
        Some(Err(ErrorCode::Cancelled))
    );
    assert_eq!(stream.next().await, None, "nothing follows");
}
