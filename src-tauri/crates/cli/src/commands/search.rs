//! `search`: what was said, wherever it was.

use ccc_engine::memory::{SearchHit, SearchRequest};

use crate::{
    args::{Global, SearchArgs},
    commands::{text, to_json, with_app},
    error::Error,
    out::{Out, minute, one_line},
};

/// `ccc-cli search`. Changes nothing.
///
/// # Errors
/// [`Error::Invalid`] for a blank query; the engine's.
pub fn run(global: &Global, args: &SearchArgs) -> Result<(), Error> {
    let request = SearchRequest {
        // Nobody is typing: its last word is whole.
        query: text(&args.query)? + " ",
        limit: args.limit,
        offset: args.offset,
    };
    with_app(global, |app, out| {
        let results = app.engine.search(&request, &|| false)?;
        if args.form.json {
            return out.json(&to_json(&results)?);
        }
        if results.hits.is_empty() {
            out.line("Nothing was found.")?;
        }
        results.hits.iter().try_for_each(|hit| shown(out, hit))?;
        if results.more {
            out.line("")?;
            out.aside(format!("There are more: --offset {}", args.offset + args.limit))?;
        }
        if results.damaged > 0 {
            out.line(format!(
                "{} could not be read, as they are damaged: ccc-cli doctor",
                results.damaged
            ))?;
        }
        Ok(())
    })
}

fn shown(out: &mut Out, hit: &SearchHit) -> Result<(), Error> {
    let title = match one_line(&hit.session_title) {
        title if title.is_empty() => "untitled".to_owned(),
        title => title,
    };
    let who = hit.speaker.as_deref().map_or(hit.agent.name().to_owned(), one_line);
    out.heading(format!(
        "{who} · {} · {title} ({})",
        minute(hit.created_at),
        hit.session_status.as_str()
    ))?;
    out.line(format!("   {}", marked(hit)))?;
    out.aside(format!(
        "   turn {} of conversation {}",
        hit.number, hit.conversation_id
    ))
}

/// The snippet with what was found between brackets, which also what is not coloured shows.
fn marked(hit: &SearchHit) -> String {
    let mut line = String::new();
    let mut marks = hit.snippet.marks.iter().peekable();
    let mut at = 0;
    for c in hit.snippet.text.chars() {
        if marks.next_if(|mark| mark.end == at).is_some() {
            line.push(']');
        }
        if marks.peek().is_some_and(|mark| mark.start == at) {
            line.push('[');
        }
        line.push(c);
        at += if c.len_utf16() == 2 { 2 } else { 1 };
    }
    if marks.peek().is_some_and(|mark| mark.end == at) {
        line.push(']');
    }
    line
}
