//! `ccc-cli`: CCC in a terminal and in scripts.
//!
//! Every command takes the profile's lock, opens its keys, does one thing through `ccc_engine` and ends; without a
//! command it asks for one directive after the other. Results go to stdout, as text or with `--json` as JSON; errors
//! and notes go to stderr. The exit status says what kind of failure it was.
//!
//! It refuses to take a secret as an argument, to print one (the recovery key of a new profile excepted, once), to
//! make keys where keys or data are, to hand control characters of stored text to the terminal, and to decide anything
//! about the cycle or the memory by itself: that is the engine's.
//!
//! Start reading at [`args`] for the commands, at [`open`] for the way into a profile, at [`stream`] for a cycle.

use std::process::ExitCode;

mod args;
mod commands;
mod error;
mod help;
mod open;
mod out;
mod printer;
mod render;
mod secrets;
mod signals;
mod stream;

fn main() -> ExitCode {
    ccc_engine::core_dumps::forbid();
    let cli = match help::parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to tell when not even this can be printed.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let json = cli.json();
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(json),
    }
}
