//! `upkeep`.

use ccc_engine::upkeep::UpkeepRun;

use crate::{
    args::Global,
    commands::{to_json, with_app},
    error::Error,
    out::minute,
};

/// `ccc-cli upkeep`.
///
/// # Errors
/// [`Error::Unhealthy`] with the first job that failed; the engine's.
pub fn run(global: &Global, all: bool, as_json: bool) -> Result<(), Error> {
    with_app(global, |app, out| {
        let done = app.engine.upkeep(all)?.runs;
        let state = app.engine.upkeep_state()?;
        if as_json {
            out.json(&to_json(&state)?)?;
        } else {
            done.iter().try_for_each(|run| out.line(shown(run)))?;
            if done.is_empty() {
                out.line("Nothing is due.")?;
            }
            for expiring in &state.expiring {
                out.line(format!(
                    "Session {} is deleted on {} unless it is restored: ccc-cli restore {}",
                    expiring.session_id,
                    expiring.deleted_at.day(),
                    expiring.session_id
                ))?;
            }
        }
        let failed = done.iter().find_map(|run| Some((run.job, run.failure?)));
        failed.map_or(Ok(()), |(job, code)| Err(Error::Unhealthy(job.as_str(), code)))
    })
}

fn shown(run: &UpkeepRun) -> String {
    let (at, job, ms) = (minute(run.at), run.job.as_str(), run.took_ms);
    match run.failure {
        None => format!("{at}  {job:<14} {} ({ms} ms)", run.detail),
        Some(code) => format!("{at}  {job:<14} failed ({code}): {}", run.detail),
    }
}
