//! `provider add`, `list`, `test`, `models`, `prefer` and `remove`.

use ccc_domain::ErrorCode;
use ccc_engine::{
    Error as EngineError,
    providers::{Parameters, ProviderEntry, Providers, REHEARSAL},
};
use serde_json::{Value, json};

use crate::{
    args::{Global, Provider},
    commands::with_app,
    error::Error,
    open::App,
    out::{self, Out, one_line},
    secrets,
};

/// `ccc-cli provider`.
///
/// # Errors
/// The engine's.
pub fn run(global: &Global, command: Provider) -> Result<(), Error> {
    match command {
        Provider::Add {
            name,
            url,
            model,
            allow_http_host,
            temperature,
            max_tokens,
            api_key_header,
            no_key,
        } => {
            let entry = ProviderEntry {
                name,
                base_url: url,
                model,
                confirmed_http_host: allow_http_host,
                api_key_header,
                parameters: Parameters {
                    temperature,
                    max_tokens,
                },
            };
            // Before a key is asked for.
            Providers::check(&entry)?;
            with_app(global, |app, out| add(app, out, entry, no_key))
        }
        Provider::List { form } => with_app(global, |app, out| list(app, out, form.json)),
        Provider::Test { name } => with_app(global, |app, out| test(app, out, &name)),
        Provider::Models { name } => with_app(global, |app, out| models(app, out, &name)),
        Provider::Prefer { name } => with_app(global, |app, out| {
            app.engine.providers.prefer(&name)?;
            out.line(format!("{name} is used when no provider is named."))
        }),
        Provider::Remove { name } => with_app(global, |app, out| {
            app.engine.providers.remove(&name)?;
            let preferred = app.engine.providers.preferred()?;
            out.line(format!(
                "Removed {name} and its key. {preferred} is used when no provider is named."
            ))
        }),
    }
}

fn add(app: &App, out: &mut Out, entry: ProviderEntry, no_key: bool) -> Result<(), Error> {
    let name = entry.name.clone();
    let key = if no_key { None } else { key(app)? };
    match &key {
        Some(_) if app.no_keychain => {
            app.engine.providers.add(entry, None)?;
            not_stored();
        }
        Some(key) => match app.engine.providers.add(entry.clone(), Some(key.as_str())) {
            Err(error) if error.code() == ErrorCode::KeychainUnavailable => {
                app.engine.providers.add(entry, None)?;
                not_stored();
            }
            added => added?,
        },
        None => app.engine.providers.add(entry, None)?,
    }
    drop(key.map(wipe));
    let preferred = app.engine.providers.preferred()?;
    out.line(format!("Added {name}. {preferred} is used when no provider is named."))?;
    out.line(format!("Try it: ccc-cli provider test {name}"))
}

/// CCC_API_KEY, else typed. Without a keychain nobody is asked, since it could not be kept.
fn key(app: &App) -> Result<Option<String>, Error> {
    if let Some(key) = secrets::api_key_text()? {
        return Ok(Some(key));
    }
    if app.no_keychain {
        not_stored();
        return Ok(None);
    }
    if !secrets::can_ask() {
        return Err(Error::Invalid(
            "no key is given: set CCC_API_KEY, or add --no-key for a provider without one",
        ));
    }
    secrets::ask_api_key()
}

/// Hands the text to a type that overwrites it.
fn wipe(key: String) -> ccc_engine::ApiKey {
    ccc_engine::ApiKey::new(key)
}

fn not_stored() {
    out::note("note: there is no keychain, so the key is not stored; set CCC_API_KEY at each run.");
}

fn list(app: &App, out: &mut Out, as_json: bool) -> Result<(), Error> {
    let preferred = app.engine.providers.preferred()?;
    let providers = app.engine.providers.list()?;
    if as_json {
        let listed: Vec<Value> = providers.iter().map(|entry| in_json(entry, &preferred)).collect();
        let rehearsal = json!({"name": REHEARSAL, "preferred": preferred == REHEARSAL, "calls_model": false});
        return out.json(&Value::Array(listed.into_iter().chain([rehearsal]).collect()));
    }
    let mark = |name: &str| if name == preferred { "*" } else { " " };
    for entry in &providers {
        let model = entry
            .model
            .as_deref()
            .map(|model| format!("  model {}", one_line(model)));
        let name = &entry.name;
        out.line(format!(
            "{} {name}  {}{}",
            mark(name),
            address(entry),
            model.unwrap_or_default()
        ))?;
    }
    out.line(format!(
        "{} {REHEARSAL}  built in, works offline, calls no model",
        mark(REHEARSAL)
    ))
}

fn in_json(entry: &ProviderEntry, preferred: &str) -> Value {
    json!({
        "name": entry.name,
        "base_url": address(entry),
        "model": entry.model,
        "confirmed_http_host": entry.confirmed_http_host,
        "api_key_header": entry.api_key_header,
        "parameters": entry.parameters,
        "preferred": entry.name == preferred,
        "calls_model": true,
    })
}

/// The address without its query, where some people keep keys.
fn address(entry: &ProviderEntry) -> String {
    match entry.base_url.split_once('?') {
        Some((address, _)) => format!("{}?…", one_line(address)),
        None => one_line(&entry.base_url),
    }
}

fn test(app: &App, out: &mut Out, name: &str) -> Result<(), Error> {
    if name == REHEARSAL {
        return out.line("rehearsal works: it is built in and calls no model.");
    }
    let provider = app.engine.providers.connect_openai(name, secrets::api_key()?)?;
    let report = app.runtime.block_on(provider.test()).map_err(EngineError::from)?;
    let models = report.models.map_or("no list of models".to_owned(), |m| match m.len() {
        1 => "1 model".to_owned(),
        n => format!("{n} models"),
    });
    let answered = report
        .answered
        .map_or("no model was asked, since none is set".to_owned(), |model| {
            format!("{} answered", one_line(&model))
        });
    out.line(format!(
        "{name} works: {models}; {answered}; {} ms.",
        report.latency.as_millis()
    ))
}

fn models(app: &App, out: &mut Out, name: &str) -> Result<(), Error> {
    if name == REHEARSAL {
        return out.line(REHEARSAL);
    }
    let provider = app.engine.providers.connect_openai(name, secrets::api_key()?)?;
    let models = app.runtime.block_on(provider.models()).map_err(EngineError::from)?;
    models.iter().try_for_each(|model| out.line(one_line(model)))
}
