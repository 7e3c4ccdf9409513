//! The form to be read: one heading per conversation and turn, what was said below it.

use std::fmt::Write;

use ccc_domain::{Context, Turn, TurnStatus, Verdict};

use crate::export::{SessionExport, TurnExport};

/// The file's text. What was said is quoted line by line, so that its own headings do not become ours.
pub(super) fn render(export: &SessionExport) -> String {
    let session = &export.session;
    let mut text = String::new();
    let title = if session.title.is_empty() {
        "Untitled session"
    } else {
        &session.title
    };
    // Writing into a String cannot fail.
    let _ = writeln!(text, "# {}\n", one_line(title));
    let _ = writeln!(
        text,
        "Session {} · {} · made {} · last active {} · exported {}\n",
        session.id,
        session.status.as_str(),
        session.created_at,
        session.last_active_at,
        export.exported_at
    );
    if let Some(summary) = export.summaries.first() {
        let _ = writeln!(text, "## Summary\n\n{}\n", quoted(&summary.text));
    }
    for (number, conversation) in export.conversations.iter().enumerate() {
        let of = &conversation.conversation;
        let _ = writeln!(text, "## {}. {}\n", number + 1, one_line(&of.directive));
        let _ = writeln!(
            text,
            "Conversation {} · {} · {}\n",
            of.id,
            of.status.as_str(),
            of.created_at
        );
        for turn in &conversation.turns {
            render_turn(&mut text, turn);
        }
    }
    text
}

pub(super) fn render_turn(text: &mut String, exported: &TurnExport) {
    let turn = &exported.turn;
    let who = turn.speaker.as_deref().unwrap_or(turn.agent.name());
    let step = turn.metadata.step.map_or(String::new(), |step| format!(" · {step}"));
    let _ = writeln!(
        text,
        "### {}. {} ({}){step}\n",
        turn.number,
        one_line(who),
        turn.agent.title()
    );
    let _ = writeln!(text, "{}\n", details(exported));
    if let Some(receipt) = &exported.receipt {
        render_given(text, &receipt.context);
    }
    let _ = writeln!(text, "{}\n", quoted(&turn.content));
}

/// What memory gave to a turn's step, one line each; the exact text is in the lossless form.
fn render_given(text: &mut String, context: &Context) {
    for item in &context.items {
        let _ = writeln!(
            text,
            "- memory: {} · score {:.2} · {} tokens · turn {}",
            one_line(&item.reason),
            item.score,
            item.tokens,
            item.turn_id
        );
    }
    for turn in &context.left_out {
        let _ = writeln!(text, "- left out by the person: turn {turn}");
    }
    if !(context.items.is_empty() && context.left_out.is_empty()) {
        text.push('\n');
    }
}

fn details(exported: &TurnExport) -> String {
    let turn = &exported.turn;
    let mut parts = vec![turn.created_at.to_string()];
    parts.extend(state(turn));
    let metadata = &turn.metadata;
    if metadata.rehearsal {
        parts.push("rehearsal: no model was called".to_owned());
    }
    parts.extend(
        metadata
            .model
            .as_ref()
            .filter(|_| !metadata.rehearsal)
            .map(|model| one_line(model)),
    );
    if let Some(usage) = metadata.usage {
        let about = if usage.estimated { "about " } else { "" };
        parts.push(format!(
            "{about}{} + {} tokens",
            usage.prompt_tokens, usage.completion_tokens
        ));
    }
    if let Some(receipt) = &exported.receipt
        && !receipt.context.items.is_empty()
    {
        parts.push(format!(
            "memory: {} of {} turns, {} of {} tokens",
            receipt.context.items.len(),
            receipt.context.considered,
            receipt.context.tokens,
            receipt.context.budget_tokens
        ));
    }
    parts.join(" · ")
}

fn state(turn: &Turn) -> Option<String> {
    let verdict = turn.metadata.verdict.as_ref().map(|verdict| match verdict {
        Verdict::Accept => "verdict: accept",
        Verdict::SendBack(_) => "verdict: send back",
        Verdict::Escalate(_) => "verdict: escalate",
        Verdict::NotGiven => "no verdict given",
    });
    if turn.is_deleted() {
        return Some("**deleted**".to_owned());
    }
    match turn.status {
        TurnStatus::Complete => verdict.map(str::to_owned),
        status => Some(format!("**{}**", status.as_str())),
    }
}

fn quoted(text: &str) -> String {
    text.lines()
        .map(|line| {
            if line.is_empty() {
                ">".to_owned()
            } else {
                format!("> {line}")
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first line, shortened, with nothing that Markdown would read as markup at its start.
fn one_line(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let mut short: String = line.chars().take(120).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
        .replace(['\\', '`', '*', '_', '[', ']', '<', '>', '#'], " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_cannot_become_a_heading() {
        assert_eq!(quoted("# Mine\n\n<b>x</b>"), "> # Mine\n>\n> <b>x</b>");
        assert_eq!(one_line("\n# A `b` [c](d)\nmore"), "A b c (d)");
    }
}
