//! `ccc-bench` measures the memory service against a plain, unencrypted SQLite database with FTS5.
//!
//! Both sides do the same logical work on the same text, on the same disk, in one process, turn and turn about, so that
//! whatever else the machine does hits both alike; what counts is the ratio. Absolute times say more about the disk.
//! `append` stores turns one by one, each durable before the next; `open` opens a large store up to its first page;
//! `session` reads a session of 200 turns back, verified; `context` finds what matters for a directive, and weighs the
//! index. `retrieval` measures how well that finds what questions need.
//!
//! It refuses debug builds, makes its text itself (see [`text`]), and touches no profile: what it writes goes to a
//! temporary directory, or to one named with `--cache`. `seed` measures nothing: it writes a profile for the programs that
//! measure and picture the window.
//!
//! Start reading at [`plain`] for the baseline, then [`append`].

mod append;
mod context;
mod error;
mod machine;
mod measure;
mod open;
mod plain;
mod report;
mod retrieval;
mod sealed;
mod seed;
mod session;
mod source;
mod store;
mod text;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use crate::{error::Error, machine::Machine, report::Report};

/// Measures CCC's memory against a plain SQLite database with FTS5.
#[derive(Parser)]
#[command(name = "ccc-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Stores turns one by one, each durable before the next.
    Append {
        /// Turns in each round.
        #[arg(long, default_value_t = 10_000)]
        turns: u32,
        /// Rounds, each with fresh stores.
        #[arg(long, default_value_t = 3)]
        rounds: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Opens an unlocked store, up to the list of sessions and the history of one conversation.
    Open {
        /// Turns in the store.
        #[arg(long, default_value_t = 100_000)]
        turns: u32,
        /// How often each side is opened.
        #[arg(long, default_value_t = 25)]
        rounds: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Reads all conversations of a session of 200 turns, verified and opened.
    Session {
        /// Turns in the store.
        #[arg(long, default_value_t = 10_000)]
        turns: u32,
        /// How many sessions are read by each side.
        #[arg(long, default_value_t = 200)]
        rounds: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Finds the context of directives, in a session and over all, and weighs the index.
    Context {
        /// Turns in the store.
        #[arg(long, default_value_t = 100_000)]
        turns: u32,
        /// Directives of each kind.
        #[arg(long, default_value_t = 60)]
        rounds: u32,
        /// Puts all turns into one session.
        #[arg(long)]
        one_session: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Asks questions whose answers' turns are known, and measures how well they are found.
    Retrieval {
        /// Files in the format that docs/retrieval.md tells.
        #[arg(long, num_args = 1.., required = true)]
        set: Vec<PathBuf>,
        /// Asks SQLite's FTS5 as well.
        #[arg(long)]
        baseline: bool,
        /// Puts one slip of the finger into each question, drawn from this seed.
        #[arg(long, value_name = "SEED")]
        typos: Option<u64>,
        #[command(flatten)]
        common: Common,
    },
    /// Writes a profile into an empty directory, opened by the system's keychain, and ends.
    Seed {
        /// Where.
        directory: PathBuf,
        /// What it is for.
        #[arg(long = "for")]
        purpose: seed::Purpose,
    },
}

/// What every measurement takes.
#[derive(Args)]
struct Common {
    /// Where stores are made and, if they are large, kept for the next run. A temporary directory when not named.
    #[arg(long)]
    cache: Option<PathBuf>,
    /// Ends the output with one line of JSON.
    #[arg(long)]
    json: bool,
    /// Runs in a debug build too, for trying the program out.
    #[arg(long)]
    allow_debug: bool,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where even the error output is gone there is nobody to tell.
            let _ = writeln!(io::stderr(), "ccc-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Error> {
    let common = match &cli.command {
        Command::Seed { directory, purpose } => return seed::write(directory, *purpose),
        Command::Append { common, .. }
        | Command::Open { common, .. }
        | Command::Session { common, .. }
        | Command::Context { common, .. }
        | Command::Retrieval { common, .. } => common,
    };
    if cfg!(debug_assertions) && !common.allow_debug {
        return Err(Error::DebugBuild);
    }
    let place = store::Place::new(common.cache.as_deref())?;
    let before = Machine::look(place.path());
    let (json, report) = match cli.command {
        Command::Append {
            turns, rounds, common, ..
        } => (common.json, append::measure(&place, turns, rounds)?),
        Command::Open {
            turns, rounds, common, ..
        } => (common.json, open::measure(&place, turns, rounds)?),
        Command::Session {
            turns, rounds, common, ..
        } => (common.json, session::measure(&place, turns, rounds)?),
        Command::Context {
            turns,
            rounds,
            one_session,
            common,
        } => {
            let options = context::Options {
                turns,
                rounds,
                one_session,
            };
            (common.json, context::measure(&place, options)?)
        }
        Command::Retrieval {
            set,
            baseline,
            typos,
            common,
        } => {
            let options = retrieval::Options {
                sets: set,
                baseline,
                typos,
            };
            return print_findings(&retrieval::measure(place.path(), &options)?, common.json);
        }
        Command::Seed { .. } => return Ok(()),
    };
    print(&before, &report, json)
}

fn print_findings(findings: &retrieval::Findings, json: bool) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    write!(out, "{}", findings.shown)?;
    if json {
        writeln!(out, "{}", findings.json)?;
    }
    Ok(())
}

fn print(machine: &Machine, report: &Report, json: bool) -> Result<(), Error> {
    let load_after = machine::load();
    let mut out = io::stdout().lock();
    write!(out, "{}", machine.shown(load_after.as_deref()))?;
    write!(out, "{}", report.shown())?;
    if json {
        writeln!(out, "{}", report.json(machine, load_after.as_deref()))?;
    }
    Ok(())
}
