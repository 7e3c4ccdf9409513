//! Sessions, turns and contexts as lines of text.

use ccc_domain::{
    Agent, Context, ContextItem, ContextState, Conversation, ErrorCode, Phase, Session, Step, Turn, TurnStatus, Usage,
    Verdict, cycle::Outcome,
};

use crate::{
    error::Error,
    out::{Out, minute, one_line},
};

/// A session's title as shown.
pub fn title(session: &Session) -> String {
    if session.title.trim().is_empty() {
        "untitled".to_owned()
    } else {
        one_line(&session.title)
    }
}

/// A session on one line.
pub fn session(session: &Session) -> String {
    let pin = if session.pinned { "*" } else { " " };
    format!(
        "{}  {}  {:<8} {:>4} {pin} {}",
        session.id,
        minute(session.last_active_at),
        session.status.as_str(),
        session.conversation_count,
        title(session)
    )
}

/// A conversation with its turns.
///
/// # Errors
/// Those of the output.
pub fn conversation(out: &mut Out, conversation: &Conversation, turns: &[Turn]) -> Result<(), Error> {
    out.line("")?;
    out.heading(format!(
        "Conversation {} · {} · {}",
        conversation.id,
        conversation.status.as_str(),
        minute(conversation.created_at)
    ))?;
    turns.iter().try_for_each(|t| turn(out, t))
}

fn turn(out: &mut Out, turn: &Turn) -> Result<(), Error> {
    out.line("")?;
    out.heading(format!("{}. {}", turn.number, who(turn)))?;
    out.aside(format!("   {} · turn {}", details(turn), turn.id))?;
    out.line(turn.content.trim_end())
}

fn who(turn: &Turn) -> String {
    let name = turn.speaker.as_deref().map_or(turn.agent.name().to_owned(), one_line);
    match turn.metadata.step {
        Some(step) => format!("{name} ({}) · {step}", turn.agent.title()),
        None => format!("{name} ({})", turn.agent.title()),
    }
}

fn details(turn: &Turn) -> String {
    let metadata = &turn.metadata;
    let mut parts = vec![minute(turn.created_at), turn.status.as_str().to_owned()];
    if metadata.rehearsal {
        parts.push("rehearsal: no model was called".to_owned());
    } else {
        parts.extend(
            metadata
                .model
                .as_deref()
                .map(|model| format!("model {}", one_line(model))),
        );
    }
    parts.extend(metadata.usage.map(usage));
    if turn.status == TurnStatus::Complete {
        parts.extend(metadata.verdict.as_ref().map(verdict));
    }
    parts.extend(
        metadata
            .stateless_reason
            .as_deref()
            .map(|why| format!("without memory: {}", one_line(why))),
    );
    parts.join(" · ")
}

/// Who takes a step and who is asked, as its heading says it.
pub fn step_heading(step: Step, round: u32, provider: &str) -> String {
    let agent = step.agent();
    let again = match round {
        0 => String::new(),
        round => format!(", round {}", round + 1),
    };
    format!("── {} ({}) · {step}{again} [{provider}]", agent.name(), agent.title())
}

/// How a step ended, on one line.
pub fn step_end(status: Option<TurnStatus>, cost: Option<Usage>, memory: String, ruled: Option<&Verdict>) -> String {
    let mut parts = vec![status.map_or("no text", TurnStatus::as_str).to_owned()];
    parts.extend(cost.map(usage));
    parts.push(memory);
    parts.extend(ruled.map(verdict));
    format!("   {}", parts.join(" · "))
}

/// That memory has failed, and what follows from it.
pub fn stateless(code: ErrorCode, reason: &str) -> String {
    let why = one_line(reason);
    format!("Memory is out ({code}: {why}). The cycle goes on without it; what follows is not stored.")
}

/// What a whole run sent and received.
pub fn usage_of_run(usage: Usage) -> String {
    let about = if usage.estimated { "about " } else { "" };
    format!(
        "Tokens: {about}{} sent, {} received",
        usage.prompt_tokens, usage.completion_tokens
    )
}

/// What was sent and received.
pub fn usage(usage: Usage) -> String {
    let about = if usage.estimated { "about " } else { "" };
    format!("{about}{} + {} tokens", usage.prompt_tokens, usage.completion_tokens)
}

/// The verdict in a few words, without its text.
pub fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accept => "verdict: accept",
        Verdict::SendBack(_) => "verdict: send back",
        Verdict::Escalate(_) => "verdict: escalate",
        Verdict::NotGiven => "no verdict given, taken as accepted",
    }
    .to_owned()
}

/// How a cycle ended.
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "Done: the review accepts the work.",
        Outcome::NoVerdict => "Done: no verdict was given, so the work is taken as accepted.",
    }
}

/// Where a cycle stands, as told before it is resumed.
pub fn phase(phase: &Phase) -> String {
    match phase {
        Phase::Paused { step, .. } => format!("it stopped at {step} ({})", step.agent().name()),
        Phase::Escalated { question } => format!("it asks: {}", one_line(question)),
        Phase::Done(_) => "it is done".to_owned(),
        _ => "it has not begun".to_owned(),
    }
}

/// Whether memory takes part in a step, and with how much.
pub fn memory(state: &ContextState, turns: u32, tokens: u32) -> String {
    match state {
        ContextState::Used => format!("memory: {turns} turns, {tokens} tokens"),
        ContextState::Off => "memory: off".to_owned(),
        ContextState::NotTaken => "memory: not taken by this step".to_owned(),
        ContextState::Unavailable(reason) => format!("without memory: {}", one_line(reason)),
    }
}

/// What memory gave or would give.
///
/// # Errors
/// Those of the output.
pub fn context(out: &mut Out, context: &Context) -> Result<(), Error> {
    let turns = u32::try_from(context.items.len()).unwrap_or(u32::MAX);
    out.heading(format!(
        "{} of at most {}; {} turns were looked at",
        memory(&context.state, turns, context.tokens),
        context.budget_tokens,
        context.considered
    ))?;
    context.items.iter().try_for_each(|i| item(out, i))?;
    let mut left_out = context.left_out.iter();
    left_out.try_for_each(|id| out.line(format!("{id}  left out by the person")))
}

fn item(out: &mut Out, item: &ContextItem) -> Result<(), Error> {
    let who = item
        .speaker
        .as_deref()
        .map_or(Agent::name(item.agent).to_owned(), one_line);
    out.line(format!(
        "{}  {who}, {}  score {:.2}  {} tokens  {}",
        item.turn_id,
        minute(item.created_at),
        item.score,
        item.tokens,
        one_line(&item.reason)
    ))?;
    out.aside(format!("    {}", one_line(&item.text)))
}
