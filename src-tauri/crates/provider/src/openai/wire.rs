//! The body of a Chat Completions request, as a pure function.

use ccc_domain::Message;
use serde::Serialize;

use super::quirks::Quirks;
use crate::ChatRequest;

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    messages: &'a [Message],
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// The bytes of a streamed request for `model`, shaped by what the endpoint was found not to take.
///
/// Optional parameters appear only if set: some servers refuse what they do not know. A temperature that is no number
/// counts as not set.
pub fn body(request: &ChatRequest, model: Option<&str>, quirks: Quirks) -> Vec<u8> {
    let body = Body {
        model,
        messages: &request.messages,
        stream: true,
        stream_options: (!quirks.no_stream_options).then_some(StreamOptions { include_usage: true }),
        temperature: request.temperature.filter(|t| t.is_finite() && !quirks.no_temperature),
        max_tokens: request.max_tokens.filter(|_| !quirks.completion_tokens),
        max_completion_tokens: request.max_tokens.filter(|_| quirks.completion_tokens),
    };
    // Strings, numbers and lists of them always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ccc_domain::{Role, Step};

    use super::*;
    use crate::RehearsalHint;

    fn request(temperature: Option<f64>, max_tokens: Option<u32>) -> ChatRequest {
        ChatRequest {
            messages: vec![
                Message::new(Role::System, "Be brief."),
                Message::new(Role::User, "Say \"é\"\n"),
            ],
            model: None,
            temperature,
            max_tokens,
            hint: RehearsalHint::new(Step::Analyse, "never sent"),
        }
    }

    fn text(request: &ChatRequest, model: Option<&str>, quirks: Quirks) -> String {
        String::from_utf8(body(request, model, quirks)).unwrap()
    }

    const MESSAGES: &str =
        r#""messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Say \"é\"\n"}]"#;

    #[test]
    fn the_bytes_on_the_wire_are_exactly_these() {
        assert_eq!(
            text(&request(Some(0.5), Some(100)), Some("m"), Quirks::default()),
            format!(
                r#"{{"model":"m",{MESSAGES},"stream":true,"stream_options":{{"include_usage":true}},"temperature":0.5,"max_tokens":100}}"#
            )
        );
        assert_eq!(
            text(&request(None, None), None, Quirks::default()),
            format!(r#"{{{MESSAGES},"stream":true,"stream_options":{{"include_usage":true}}}}"#)
        );
    }

    #[test]
    fn quirks_leave_out_or_rename_parameters() {
        let all = Quirks {
            no_stream_options: true,
            completion_tokens: true,
            no_temperature: true,
        };
        assert_eq!(
            text(&request(Some(0.5), Some(100)), Some("m"), all),
            format!(r#"{{"model":"m",{MESSAGES},"stream":true,"max_completion_tokens":100}}"#)
        );
        let odd = text(&request(Some(f64::NAN), None), None, all);
        assert_eq!(odd, format!(r#"{{{MESSAGES},"stream":true}}"#), "NaN is no temperature");
    }
}
