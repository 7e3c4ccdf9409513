//! Help that is longer than a line: exit statuses, the environment, the events of `run --json`.

use std::{collections::BTreeMap, fmt::Write};

use ccc_domain::ErrorCode;
use clap::{CommandFactory, FromArgMatches};

use crate::args::Cli;

const ENVIRONMENT: &str = "\
Environment:
  CCC_DATA_DIR      the profile's directory, as --data-dir
  CCC_NO_KEYCHAIN   1 leaves the keychain alone, as --no-keychain
  CCC_PASSPHRASE    the passphrase, for automation
  CCC_RECOVERY_KEY  the recovery key, for automation
  CCC_NEW_PASSPHRASE  the new one, for `keys passphrase` and `keys rotate`
  CCC_API_KEY       the provider's key, in place of the keychain's
  NO_COLOR          any value turns styled text off";

const EVENTS: &str = "\
With --json, each line of stdout is one object, named by its field `event`:
  started          session_id, conversation_id
  turn_stored      turn; first the directive, later each step's turn
  step_started     step (analyse, execute, review), round (from 0), turn_id,
                   memory {state, reason}, memory_turns, memory_tokens; state is
                   used, off, not_taken or unavailable
  retrying         attempt (from 1), wait_ms, code; only before the first text
  model            model
  text             text; a piece of the step's answer, in order
  reasoning        text; what a model thinks aloud; not kept
  step_ended       step, round, status, usage, verdict; status is complete,
                   truncated, interrupted, or null when there is no text;
                   usage {prompt_tokens, completion_tokens, estimated} or null;
                   verdict {verdict, text} or null, verdict being accept,
                   send_back, escalate or not_given
  stateless        code, reason; memory failed, the cycle goes on without it
  turn_not_stored  turn, code; it waits in memory, and is written when it can be
  paused           step, code; it can be resumed there
  escalated        question; answer it with `ccc-cli answer`
  done             outcome (accepted, no_verdict)
  report           always last: session_id, conversation_id,
                   phase {name, data}, turns, stateless (code or null), usage

The order of a cycle that goes well: started, turn_stored, then for each step
step_started, model, text (many), step_ended, turn_stored; then done, report.
A turn has id, session_id, conversation_id, number, agent (wykeve, beatrice,
codey), content, created_at, status and metadata.
A failure is one line on stderr: {\"error\":{\"code\",\"message\"}}.

Ctrl-C stops the running step and keeps its text; a second one ends the program
at once.";

const WITHOUT_COMMAND: &str = "\
Without a command, each line of stdin is a directive; a line that ends in a
backslash continues on the next one. It goes to the session used last. Lines
that begin with a colon are orders: `:help` lists them.";

/// The whole command, with its long help.
pub fn command() -> clap::Command {
    let long = format!("{WITHOUT_COMMAND}\n\n{ENVIRONMENT}\n\n{}", exit_statuses());
    Cli::command()
        .after_long_help(long.clone())
        .after_help(long)
        .mut_subcommand("run", |run| run.after_long_help(EVENTS))
}

/// Reads the command line.
///
/// # Errors
/// clap's, which prints itself: also for `--help` and `--version`.
pub fn parse() -> Result<Cli, clap::Error> {
    let matches = command().try_get_matches()?;
    Cli::from_arg_matches(&matches)
}

/// The table of exit statuses, made from the codes themselves.
fn exit_statuses() -> String {
    let mut by_status = BTreeMap::<u8, Vec<&str>>::new();
    for code in ErrorCode::ALL {
        by_status.entry(code.exit_code()).or_default().push(code.as_str());
    }
    let mut text = "Exit status:\n  0  success, or the cycle waits for your answer".to_owned();
    for (status, codes) in by_status {
        // Writing into a String cannot fail.
        for (first, line) in (0..).zip(codes.chunks(4)) {
            let status = if first == 0 { status.to_string() } else { " ".to_owned() };
            let _ = write!(text, "\n  {status}  {}", line.join(", "));
        }
    }
    text.push_str("\n\nErrors go to stderr as `error[code]: message`, with a line on what to do.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_consistent_with_themselves() {
        command().debug_assert();
    }

    #[test]
    fn every_code_stands_under_its_status() {
        let (mut status, mut found) = (0, Vec::new());
        for line in exit_statuses().lines().skip(2).take_while(|line| !line.is_empty()) {
            let (first, codes) = line.trim_start().split_once("  ").unwrap_or(("", line.trim()));
            status = first.parse().unwrap_or(status);
            found.extend(codes.split(", ").map(|code| (code.to_owned(), status)));
        }
        let mut expected: Vec<_> = ErrorCode::ALL.iter().map(|c| (c.to_string(), c.exit_code())).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let texts = [
            EVENTS.to_owned(),
            ENVIRONMENT.to_owned(),
            WITHOUT_COMMAND.to_owned(),
            exit_statuses(),
        ];
        for line in texts.iter().flat_map(|text| text.lines()) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
