use super::*;

/// What a body says, fed whole and byte by byte, which must agree.
fn read(content_type: Option<&str>, body: &[u8]) -> (Vec<Delta>, Option<ProviderError>) {
    let [whole, single] = [body.len().max(1), 1].map(|size| {
        let mut out = Vec::new();
        let run = |out: &mut Vec<Delta>| {
            let mut reader = AnswerReader::new(content_type)?;
            for piece in body.chunks(size) {
                reader.feed(piece, out)?;
            }
            reader.finish(out)
        };
        let error = run(&mut out).err().map(|failure: Failure| failure.error);
        (out, error)
    });
    assert_eq!(whole, single, "pieces make no difference");
    whole
}

fn text(text: &str) -> Delta {
    Delta::Text(text.into())
}

const USAGE: Usage = Usage {
    prompt_tokens: 7,
    completion_tokens: 2,
    estimated: false,
};

#[test]
fn a_stream_with_empty_choices_comments_and_usage_is_read() {
    let body = b": OPENROUTER PROCESSING\n\n\
data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n\
data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n\
data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"other\"}}]}\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\",\"tool_calls\":[{}]},\"finish_reason\":\"\"}],\"usage\":null}\n\n\
data:\n\n\
data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n\
data: {\"choices\":[{\"delta\":{\"reasoning\":\"so\"},\"finish_reason\":\"stop\"}]}\n\n\
data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9}}\n\n\
data: [DONE]\n\n";
    let said = vec![
        Delta::Model("m-1".into()),
        text("Hi"),
        Delta::Thought("hm".into()),
        Delta::Thought("so".into()),
        Delta::Finish(FinishReason::Stop),
        Delta::Usage(USAGE),
        Delta::Done,
    ];
    assert_eq!(read(Some("text/event-stream; charset=utf-8"), body), (said, None));
}

#[test]
fn a_plain_completion_counts_as_an_answer_whatever_its_label() {
    let body = br#" {"model":"m","choices":[{"message":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"Hi"}]},"finish_reason":"length"}],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#;
    let said = vec![
        Delta::Model("m".into()),
        Delta::Thought("hm".into()),
        text("Hi"),
        Delta::Finish(FinishReason::Length),
        Delta::Usage(USAGE),
    ];
    for label in [
        None,
        Some("application/json"),
        Some("text/event-stream"),
        Some("Application/Problem+JSON"),
    ] {
        assert_eq!(read(label, body), (said.clone(), None), "{label:?}");
    }
}

#[test]
fn what_is_no_answer_is_typed() {
    let protocol = |problem| (vec![], Some(ProviderError::Protocol(problem)));
    for (label, body, expected) in [
        (Some("text/html"), "data: [DONE]\n\n", ProtocolProblem::Html),
        (Some("text/plain"), "\n <!doctype html>", ProtocolProblem::Html),
        (Some("application/x-ndjson"), "{}", ProtocolProblem::ContentType),
        (Some("application/json"), "{", ProtocolProblem::Json),
        (Some("application/json"), "{}", ProtocolProblem::Shape),
        (Some("application/json"), "[1]", ProtocolProblem::Shape),
        (None, "data: {\"choices\":\n\n", ProtocolProblem::Json),
        (None, "data: 1\n\n", ProtocolProblem::Shape),
        (None, "", ProtocolProblem::Empty),
        (None, "\r\n\r\n", ProtocolProblem::Empty),
        (None, ": ping\n\n: ping\n\n", ProtocolProblem::Empty),
        (None, "hello", ProtocolProblem::Empty),
    ] {
        assert_eq!(read(label, body.as_bytes()), protocol(expected), "{label:?} {body:?}");
    }
}

#[test]
fn errors_inside_a_success_are_errors() {
    for body in [
        "data: {\"error\":{\"code\":502,\"message\":\"x\"},\"choices\":[]}\n\n",
        "event: error\ndata: {\"error\":{\"code\":502}}\n\n",
        "event: error\ndata: {\"code\":502}\n\n",
        "{\"error\":{\"code\":\"502\"}}",
        "[{\"error\":{\"code\":502}}]",
    ] {
        assert_eq!(
            read(None, body.as_bytes()),
            (vec![], Some(ProviderError::Rejected { status: 502 })),
            "{body}"
        );
    }
}

#[test]
fn an_event_cut_at_the_end_is_dropped_and_a_whole_one_is_read() {
    let whole = b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}";
    assert_eq!(read(None, whole), (vec![text("a"), text("b")], None));
    let (cut, _) = whole.split_at(whole.len() - 3);
    assert_eq!(read(None, cut), (vec![text("a")], None));
}

#[test]
fn only_known_words_complete_an_answer() {
    use FinishReason::{ContentFilter, Eof, Length, Stop};
    for (word, expected) in [
        ("stop", Stop),
        ("STOP", Stop),
        ("length", Length),
        ("content_filter", ContentFilter),
        ("tool_calls", Eof),
        ("error", Eof),
        ("anything", Eof),
    ] {
        assert_eq!(finish_reason(word), expected, "{word}");
    }
}

#[test]
fn a_json_body_is_capped() {
    let mut reader = AnswerReader::new(None).unwrap();
    let mut out = Vec::new();
    reader.feed(b"{", &mut out).unwrap();
    let mib = vec![b' '; 1 << 20];
    let fed = (0..40).find_map(|n| reader.feed(&mib, &mut out).err().map(|failure| (n, failure.error)));
    assert_eq!(fed, Some((31, ProviderError::TooLarge)));
}
