//! `run`, `resume` and `answer`.

use ccc_domain::{Conversation, ConversationId, CycleState, ErrorCode, Phase, SessionId};
use ccc_engine::{
    Engine, Error as EngineError,
    cycle::{CycleOptions, Order},
    memory::{NewSession, SessionFilter},
};

use crate::{
    args::{AnswerArgs, Global, RunArgs, RunOptions},
    commands::{id, text, unsaved},
    error::Error,
    open::App,
    out,
    printer::Printer,
    render, secrets,
    signals::Signals,
    stream,
};

/// `ccc-cli run`.
///
/// # Errors
/// [`Error::Invalid`] for the directive or the id, before anything is opened; those of [`stream::print`].
pub fn run(global: &Global, args: &RunArgs) -> Result<(), Error> {
    let options = &args.options;
    let directive = text(&args.directive)?;
    let session = args.session.as_deref().map(id::<SessionId>).transpose()?;
    let app = App::open(global)?;
    // The provider first: a new session for a cycle that cannot begin would be left behind empty.
    let cycle_options = cycle_options(&app.engine, options, session)?;
    let session = match session {
        Some(session) => session,
        None => app.engine.memory.initialize_session(NewSession::default())?.id,
    };
    drive(&app, Order::run(session, directive), cycle_options, options)
}

/// `ccc-cli resume`.
///
/// # Errors
/// [`EngineError::NothingToResume`] when nothing waits; [`Error::WaitsForAnswer`]; those of [`stream::print`].
pub fn resume(global: &Global, conversation: Option<&str>, options: &RunOptions) -> Result<(), Error> {
    let named = conversation.map(id::<ConversationId>).transpose()?;
    let app = App::open(global)?;
    let conversation = match named {
        Some(named) => app.engine.memory.get_conversation(named)?,
        None => newest_open(&app.engine)?.ok_or(EngineError::NothingToResume)?,
    };
    let phase = phase_of(&app.engine, &conversation)?;
    if !options.json {
        out::note(format!(
            "Conversation {}: “{}”; {}.",
            conversation.id,
            out::one_line(&conversation.directive),
            render::phase(&phase)
        ));
    }
    if matches!(phase, Phase::Escalated { .. }) {
        return Err(Error::WaitsForAnswer);
    }
    let cycle_options = cycle_options(&app.engine, options, Some(conversation.session_id))?;
    drive(&app, Order::Resume(conversation.id), cycle_options, options)
}

/// `ccc-cli answer`.
///
/// # Errors
/// [`Error::Invalid`] for the answer or the id; [`EngineError::NothingToResume`]; those of [`stream::print`].
pub fn answer(global: &Global, args: &AnswerArgs) -> Result<(), Error> {
    let options = &args.options;
    let conversation = id::<ConversationId>(&args.conversation)?;
    let answer = text(&args.answer)?;
    let app = App::open(global)?;
    let session = app.engine.memory.get_conversation(conversation)?.session_id;
    let cycle_options = cycle_options(&app.engine, options, Some(session))?;
    drive(&app, Order::Answer(conversation, answer), cycle_options, options)
}

/// Runs a cycle to where it ends. That turns of it could not be saved is told before anything else that went wrong.
fn drive(app: &App, order: Order, options: CycleOptions, asked: &RunOptions) -> Result<(), Error> {
    let mut printer = Printer::new(asked.json);
    let carried = app.runtime.block_on(async {
        let mut signals = Signals::listen()?;
        stream::print(app.engine.cycle.clone(), order, options, &mut printer, &mut signals).await
    });
    unsaved::settle(app, asked.unsaved.as_deref())?;
    carried.map(drop)
}

/// The provider a session prefers. Where memory fails to say, nobody is asked: a session may prefer a provider to keep
/// what is said in it from any other.
fn session_provider(engine: &Engine, session: SessionId) -> Result<Option<String>, Error> {
    match engine.memory.get_session(session) {
        Ok(session) => Ok(session.preferences.provider),
        Err(error) if is_outage(error.code()) => Err(Error::SessionProvider(error.code())),
        Err(error) => Err(error.into()),
    }
}

const fn is_outage(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::DiskFailed | ErrorCode::NotWritable | ErrorCode::DataDamaged
    )
}

/// The engine's options for a cycle in a session, or in a new one: the provider asked for, else the session's, else the
/// preferred one.
///
/// # Errors
/// [`Error::SessionProvider`] when none was asked for and the session cannot be read; [`EngineError::NotFound`] for the
/// session or the provider; the keychain's for its key.
pub fn cycle_options(engine: &Engine, asked: &RunOptions, session: Option<SessionId>) -> Result<CycleOptions, Error> {
    let own = match (&asked.provider, session) {
        (Some(named), _) => Some(named.clone()),
        (None, Some(session)) => session_provider(engine, session)?,
        (None, None) => None,
    };
    let name = own.map_or_else(|| engine.providers.preferred(), Ok)?;
    Ok(CycleOptions {
        memory: !asked.no_memory,
        model: asked.model.clone(),
        temperature: asked.temperature,
        parameters: engine.providers.parameters(&name)?,
        max_rounds: asked.max_rounds,
        ..CycleOptions::new(engine.providers.connect(&name, secrets::api_key()?)?)
    })
}

/// The newest conversation of an active session whose cycle has not ended.
///
/// # Errors
/// The engine's.
pub fn newest_open(engine: &Engine) -> Result<Option<Conversation>, Error> {
    let mut newest: Option<Conversation> = None;
    for session in engine.memory.list_sessions(SessionFilter::Active)? {
        let open = engine.memory.list_conversations(session.id)?.into_iter();
        let open = open.filter(|c| c.status == ccc_domain::ConversationStatus::Active);
        newest = open.chain(newest).max_by_key(|c| (c.created_at, c.id));
    }
    Ok(newest)
}

/// Where the cycle of a conversation stands.
///
/// # Errors
/// The engine's.
pub fn phase_of(engine: &Engine, conversation: &Conversation) -> Result<Phase, Error> {
    let rounds = engine
        .memory
        .get_session(conversation.session_id)?
        .preferences
        .max_rounds;
    let turns = engine.memory.get_conversation_history(conversation.id)?;
    Ok(CycleState::resume(&turns, rounds).phase().clone())
}
