use serde_json::json;

use super::*;

fn of(status: u16, body: &str) -> ProviderError {
    Failure::of_status(status, None, body.as_bytes()).error
}

const fn rejected(status: u16) -> ProviderError {
    ProviderError::Rejected { status }
}

const fn limited(quota: bool) -> ProviderError {
    ProviderError::RateLimited {
        retry_after_ms: None,
        quota,
    }
}

#[test]
fn each_status_means_what_the_person_can_do() {
    let redirect = ProviderError::Protocol(ProtocolProblem::Redirect);
    for (status, expected) in [
        (301, redirect.clone()),
        (307, redirect),
        (400, rejected(400)),
        (401, ProviderError::Auth),
        (402, limited(true)),
        (403, ProviderError::Auth),
        (404, rejected(404)),
        (407, rejected(407)),
        (413, rejected(413)),
        (429, limited(false)),
        (500, rejected(500)),
        (529, rejected(529)),
    ] {
        assert_eq!(of(status, "<html>"), expected, "{status}");
    }
}

#[test]
fn a_prompt_that_is_too_long_is_told_from_other_refusals() {
    for body in [
        r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
        r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}"#,
        r#"{"error":"Trying to keep the first 5000 tokens when the number of tokens to keep from the initial prompt is greater than the context length"}"#,
        r#"[{"error":{"code":400,"message":"Prompt is too long: 210000 tokens","status":"INVALID_ARGUMENT"}}]"#,
        r#"{"object":"error","message":"Prompt contains 40000 tokens, too large for model with 32768 maximum context length","type":"invalid_request_error","code":3051}"#,
    ] {
        assert_eq!(of(400, body), ProviderError::ContextTooLong, "{body}");
    }
    let per_minute = r#"{"error":{"message":"maximum context length","type":"tokens","code":"rate_limit_exceeded"}}"#;
    assert_eq!(of(429, per_minute), limited(false));
    assert_eq!(
        of(400, per_minute),
        rejected(400),
        "a rate limit is not about the prompt"
    );
}

#[test]
fn an_empty_account_is_told_from_a_rate() {
    for body in [
        r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":null}}"#,
        r#"{"error":{"message":"…","type":"x","code":"Insufficient_Quota"}}"#,
    ] {
        assert_eq!(of(429, body), limited(true), "{body}");
    }
    assert_eq!(of(429, r#"{"error":{"code":"rate_limit_exceeded"}}"#), limited(false));
}

#[test]
fn errors_inside_an_answer_are_read_in_every_dialect() {
    for (object, expected) in [
        (json!({"code": 502, "message": "upstream"}), rejected(502)),
        (json!({"code": "503"}), rejected(503)),
        (json!({"code": 401}), ProviderError::Auth),
        (json!({"code": 429}), limited(false)),
        (json!({"code": "rate_limit_exceeded"}), limited(false)),
        (json!({"type": "insufficient_quota"}), limited(true)),
        (
            json!({"code": "context_length_exceeded"}),
            ProviderError::ContextTooLong,
        ),
        (json!({"code": 7, "message": "odd"}), rejected(200)),
        (json!({"code": 99_999_999_999u64}), rejected(200)),
        (json!({"error": {"code": 500}}), rejected(500)),
        (json!("just words"), rejected(200)),
        (json!(null), rejected(200)),
    ] {
        assert_eq!(Failure::of_event(&object).error, expected, "{object}");
    }
}

#[test]
fn lessons_are_keyed_by_the_parameter() {
    let quirk = |body: &str| Failure::of_status(400, None, body.as_bytes()).quirk;
    for (body, expected) in [
        (
            r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}}"#,
            Some(Quirk::CompletionTokens),
        ),
        (
            r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.2","param":"temperature","code":"unsupported_value"}}"#,
            Some(Quirk::NoTemperature),
        ),
        (
            r#"{"error":{"message":"5 is greater than the maximum of 2 - 'temperature'","param":"temperature","code":"decimal_above_max_value"}}"#,
            None,
        ),
        (
            r#"{"error":{"message":"max_tokens is too large","param":"max_tokens","code":"invalid_value"}}"#,
            None,
        ),
        (
            r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"]}]}}"#,
            Some(Quirk::NoStreamOptions),
        ),
        (
            r#"Unrecognized request argument supplied: stream_options"#,
            Some(Quirk::NoStreamOptions),
        ),
        (r#"{"error":{"message":"bad","param":"messages"}}"#, None),
    ] {
        assert_eq!(quirk(body), expected, "{body}");
    }
    let server_error = Failure::of_status(500, None, b"stream_options");
    assert_eq!(server_error.quirk, None, "only a refusal of the request teaches");
}
