use super::Verdict;

mod properties;

fn back(reasons: &str) -> Verdict {
    Verdict::SendBack(reasons.into())
}

fn ask(question: &str) -> Verdict {
    Verdict::Escalate(question.into())
}

#[track_caller]
fn check(rows: &[(&str, Verdict)]) {
    for (review, verdict) in rows {
        assert_eq!(Verdict::parse(review), *verdict, "the review was: {review}");
    }
}

#[test]
fn acceptance_is_read_in_every_dress() {
    let reviews = [
        "accept",
        "Accept.",
        "ACCEPT",
        "  accept  ",
        "accepted",
        "Approved!",
        "approve",
        "**Accept**",
        "`accept`",
        "\"accept\"",
        "> accept",
        "- accept",
        "* **accept**",
        "1. Accept",
        "### Accept",
        "✅ Accept",
        "Accept ✅",
        "Verdict: accept",
        "verdict - accept",
        "Verdict — accept",
        "Verdict accept",
        "**Verdict:** Accept",
        "**Verdict**: `accept`",
        "**Verdict: accept**",
        "_Verdict:_ accepted.",
        "Final verdict: Accept.",
        "My verdict is: accept",
        "My verdict is accept.",
        "The final verdict is to accept.",
        "Verdict on round 2: accept",
        "Decision: approved",
        "### Verdict\nAccept",
        "## Final Verdict:\n\n**Accept**",
        "Verdict\n\n> accept",
        "### Verdict\n\nAccept the work as delivered.",
        "Verdict: accept — solid and complete.",
        "Verdict: accept, with a small remark on naming.",
        "Verdict: Accept. The tests cover the edge cases.",
        "Accept: every point of the directive is met.",
        "Accept with minor remarks: the title could be shorter.",
        "Accept as is.",
        "```\naccept\n```",
        "```text\nVerdict: accept\n```",
        "| Verdict | Accept |",
        "{\"verdict\": \"accept\"}",
        "<verdict>accept</verdict>",
        "<b>Verdict:</b> accept",
        "The function is right and the tests pass. Verdict: accept",
        "Die Arbeit erfüllt den Auftrag.\n\nUrteil: accept",
        "Работа выполнена полностью.\n\nВердикт: accept",
        "作業は指示どおりです。\n\n判定: accept",
        "结果符合要求。\n结论：accept",
        "Le travail répond à la demande ; rien à redire.\n\n**Verdict :** accept",
        "العمل مكتمل.\n\naccept",
        "Looks good to me.\r\n\r\naccept\r\n",
    ];
    for review in reviews {
        assert_eq!(Verdict::parse(review), Verdict::Accept, "the review was: {review}");
    }
}

#[test]
fn a_send_back_carries_its_reasons() {
    check(&[
        ("send back: the tests are missing", back("the tests are missing")),
        ("Send back: The tests are missing.", back("The tests are missing.")),
        ("SEND BACK - no error handling", back("no error handling")),
        ("Send back — no error handling", back("no error handling")),
        ("send-back: too long", back("too long")),
        ("send\u{2011}back: too long", back("too long")),
        ("sendback: too long", back("too long")),
        ("send_back: too long", back("too long")),
        ("Sent back: too long", back("too long")),
        ("Send it back: too long", back("too long")),
        ("Send back to Codey: too long", back("too long")),
        ("Send back for revision — too long", back("too long")),
        (
            "Send back because the second point is unanswered.",
            back("the second point is unanswered."),
        ),
        ("**Verdict:** Send back: too long", back("too long")),
        ("**Verdict: send back: too long**", back("too long")),
        ("**Send back:** `foo` is wrong", back("`foo` is wrong")),
        ("`send back: too long`", back("too long")),
        ("`send back`: rename `a` to `b`", back("rename `a` to `b`")),
        ("send back: .gitignore is missing", back(".gitignore is missing")),
        ("send back: --dry-run does nothing", back("--dry-run does nothing")),
        (
            "Verdict: send back the work, the tests fail",
            back("the work, the tests fail"),
        ),
        ("Verdict: send back `foo`, it is unused", back("`foo`, it is unused")),
        ("Verdict: rejected: off topic", back("off topic")),
        ("Verdict: not accepted: off topic", back("off topic")),
        (
            "<verdict>send back: close the </div></verdict>",
            back("close the </div>"),
        ),
        ("### Verdict\n\nSend back: too long", back("too long")),
        (
            "Send back: the decision table is wrong",
            back("the decision table is wrong"),
        ),
        ("Вердикт: send back: нет тестов", back("нет тестов")),
        ("判定：send back：テストがない", back("テストがない")),
        (
            "Tests fehlen.\n\nUrteil: send back: Tests ergänzen",
            back("Tests ergänzen"),
        ),
    ]);
}

#[test]
fn reasons_run_on_to_the_end_of_their_paragraph() {
    check(&[
        (
            "Verdict: send back:\n- the tests are missing\n- the title is wrong\n\nThank you.",
            back("- the tests are missing\n- the title is wrong"),
        ),
        ("Send back: the tests\nare missing", back("the tests\nare missing")),
        ("> Send back: the tests\n> are missing", back("the tests\nare missing")),
        ("```\nsend back: no tests\n```\nThank you.", back("no tests")),
        (
            "Send back:\n- Accept: the header is not handled\n- escalate: is never called",
            back("- Accept: the header is not handled\n- escalate: is never called"),
        ),
        (
            "Send back: the request lacks a header.\nAccept: application/json",
            back("the request lacks a header.\nAccept: application/json"),
        ),
    ]);
}

#[test]
fn an_escalation_carries_its_question() {
    check(&[
        ("escalate: which database?", ask("which database?")),
        ("Escalate — which database?", ask("which database?")),
        ("Escalated: which database?", ask("which database?")),
        ("Escalation: which database?", ask("which database?")),
        ("**Verdict:** escalate: which database?", ask("which database?")),
        (
            "Escalate to the Prime Architect: which database?",
            ask("which database?"),
        ),
        (
            "Verdict: escalate\n\nescalate: which of the two?",
            ask("which of the two?"),
        ),
        ("Хорошо, но:\n\nescalate: какую базу взять?", ask("какую базу взять?")),
    ]);
}

#[test]
fn without_reasons_the_whole_review_is_the_reason() {
    check(&[
        ("The tests fail.\n\nSend back.\n", back("The tests fail.\n\nSend back.")),
        (
            "The tests fail.\n\nVerdict: send back",
            back("The tests fail.\n\nVerdict: send back"),
        ),
        ("Send back:\n\n- tests\n- title", back("Send back:\n\n- tests\n- title")),
        ("Two ways are open.\nescalate", ask("Two ways are open.\nescalate")),
    ]);
}

#[test]
fn the_last_verdict_line_wins() {
    check(&[
        (
            "Verdict: accept\n\nOn reflection:\n\nVerdict: send back: no tests",
            back("no tests"),
        ),
        (
            "send back: no tests\n\nThat was the first draft. Now:\n\naccept",
            Verdict::Accept,
        ),
        ("send back: no tests\n- Verdict: accept", Verdict::Accept),
        ("accept\n\nescalate: who pays?", ask("who pays?")),
    ]);
}

#[test]
fn prose_that_speaks_of_verdicts_gives_none() {
    let reviews = [
        "",
        "   \n\n",
        "The work is good.",
        "I would accept this if the tests passed.",
        "I accept that this is hard.",
        "Accepting this would be a mistake.",
        "Accept answers only from the form, the directive says.",
        "Accepted answers on that forum are often out of date these days.",
        "Accept?",
        "Verdict: accept?",
        "Verdict: accept or send back?",
        "Verdict: accept if the tests pass",
        "Verdict: accept, send back: reasons, or escalate: question",
        "`accept`, `send back: reasons` or `escalate: question`",
        "- `send back: reasons`",
        "Verdict: escalate: question",
        "accept | send back | escalate",
        "No need to escalate.",
        "Send back the form by Monday, says the letter.",
        "The user can send back: nothing is lost.",
        "accept.rs compiles",
        "accept::run() is never called",
        "Accept-Language: en",
        "Accept: text/html, */*",
        "I will give my verdict below.",
        "The verdict is still open: accept would be too early.",
        "### Verdict\n\nThe work needs more thought.",
        "acceptable",
        "Je ne peux pas accepter ce travail.",
    ];
    for review in reviews {
        assert_eq!(Verdict::parse(review), Verdict::NotGiven, "the review was: {review}");
    }
}
