//! What can go wrong at the command line, and how it is told.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use ccc_domain::ErrorCode;
use ccc_engine::Error as EngineError;
use serde_json::json;

/// A failure of a command. Its message and advice hold no secret and no stored text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine's.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A cycle did not come to its end, for this reason; what is there is stored and can be resumed.
    #[error("{}", because(*.0))]
    Cycle(ErrorCode),
    /// An argument, or what was typed, cannot be used.
    #[error("{0}")]
    Invalid(&'static str),
    /// The profile is locked, and there is nobody to ask and nothing in the environment.
    #[error("{0}")]
    Locked(&'static str),
    /// There is a profile already.
    #[error("the profile is set up already")]
    SetUpAlready,
    /// No keychain, and no other way in was given.
    #[error("the system's keychain cannot be used, and no passphrase is given")]
    NoKeychain,
    /// Some check of the doctor failed; it is printed already.
    #[error("a check failed: {0}")]
    Unhealthy(&'static str, ErrorCode),
    /// A backup could not be restored in a drill, for this reason; it is printed already.
    #[error("the newest backup could not be restored")]
    Unsound(ErrorCode),
    /// A full check found so many faults; they are printed already.
    #[error("{0} places are damaged")]
    Faults(usize),
    /// The audit trail does not hold together; it is printed already.
    #[error("the audit trail is broken at entry {0}")]
    BrokenTrail(u64),
    /// The end of the audit trail is not where it was; it is printed already.
    #[error("the end of the audit trail was cut off, or older data was put back")]
    CutTrail,
    /// Neither a session nor a conversation has that id.
    #[error("there is no session or conversation with that id")]
    NothingThere,
    /// The profile is set up, and its recovery key could not be printed, for this reason.
    #[error("the profile is set up, and its recovery key could not be shown")]
    RecoveryNotShown(ErrorCode),
    /// The session cannot be read, for this reason, so the provider it is to be sent to is not known.
    #[error("the session cannot be read, so its own provider is not known and nobody was asked")]
    SessionProvider(ErrorCode),
    /// So many turns could not be saved by the end, for this reason; they were printed.
    #[error("{0} turns could not be saved and were in memory alone")]
    NotSaved(usize, ErrorCode),
    /// The conversation waits for an answer, not for being resumed.
    #[error("this cycle waits for your answer")]
    WaitsForAnswer,
    /// Whoever read the output has gone.
    #[error("nobody reads the output any more")]
    Pipe,
    /// The output could not be written.
    #[error("the output could not be written: {}", .0.kind())]
    Output(io::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Pipe,
            _ => Self::Output(error),
        }
    }
}

impl Error {
    /// The stable name of the failure.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Engine(error) => error.code(),
            Self::Cycle(code)
            | Self::Unhealthy(_, code)
            | Self::Unsound(code)
            | Self::RecoveryNotShown(code)
            | Self::SessionProvider(code)
            | Self::NotSaved(_, code) => *code,
            Self::Invalid(_) => ErrorCode::InvalidInput,
            Self::Locked(_) => ErrorCode::Locked,
            Self::SetUpAlready => ErrorCode::AlreadyExists,
            Self::NoKeychain => ErrorCode::KeychainUnavailable,
            Self::BrokenTrail(_) | Self::CutTrail | Self::Faults(_) => ErrorCode::DataDamaged,
            Self::NothingThere => ErrorCode::NotFound,
            Self::WaitsForAnswer => ErrorCode::CycleState,
            Self::Pipe => ErrorCode::Cancelled,
            Self::Output(_) => ErrorCode::DiskFailed,
        }
    }

    /// Prints it on stderr, as text with advice or as one line of JSON, and gives the exit status.
    pub fn report(&self, json: bool) -> ExitCode {
        if matches!(self, Self::Pipe) {
            return ExitCode::SUCCESS;
        }
        self.print(json);
        ExitCode::from(self.code().exit_code())
    }

    /// Prints it on stderr, as text with advice or as one line of JSON.
    pub fn print(&self, json: bool) {
        let (code, message) = (self.code(), crate::out::one_line(&self.to_string()));
        let text = if json {
            json!({"error": {"code": code, "message": message}}).to_string()
        } else {
            format!("error[{code}]: {message}\n  {}", self.advice())
        };
        // Nobody is left to tell when stderr is gone.
        let _ = writeln!(io::stderr(), "{text}");
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::NoKeychain => {
                "Set CCC_PASSPHRASE (at least 8 characters), or run `ccc-cli init --passphrase` in a terminal."
            }
            Self::Engine(EngineError::DataMissing) => "Restore it from a backup: ccc-cli restore-backup --help",
            Self::SetUpAlready => "Nothing was changed. Use it as it is, or name another --data-dir.",
            Self::RecoveryNotShown(_) => "The next command makes another one and shows it.",
            Self::SessionProvider(_) => "To go on without memory, say who may be asked: --provider NAME",
            Self::CutTrail => "Where you put the data back yourself: ccc-cli audit accept",
            Self::NotSaved(..) => "Make room on the disk, or name a file for them: --unsaved FILE",
            Self::WaitsForAnswer => "Answer it: ccc-cli answer CONVERSATION \"text\"",
            _ => advice(self.code()),
        }
    }
}

/// Why a cycle stopped, in words.
fn because(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Cancelled => "the cycle was stopped",
        ErrorCode::Truncated => "the answer was cut before its end",
        ErrorCode::ProviderUrl => "the provider's address is not allowed",
        ErrorCode::ProviderAuth => "the provider refused the key",
        ErrorCode::ProviderRateLimited => "the provider asks to wait, or the account's limit is reached",
        ErrorCode::ProviderUnreachable => "the provider does not answer",
        ErrorCode::ProviderRejected => "the provider answered with an error",
        ErrorCode::ProviderProtocol => "the answer is empty or not understood",
        ErrorCode::ContextTooLong => "the prompt is longer than the model takes",
        _ => "the cycle could not go on",
    }
}

/// One line on what to do about a failure.
const fn advice(code: ErrorCode) -> &'static str {
    use ErrorCode as Code;
    match code {
        Code::InvalidInput => "Correct it and try again; `--help` says what is taken.",
        Code::NotFound => "`ccc-cli sessions --all` and `ccc-cli provider list` show what is there.",
        Code::IdConflict => "Try again with another id.",
        Code::ReadOnly => "Make it active again: ccc-cli restore SESSION",
        Code::CycleState => "`ccc-cli show ID` says where it stands.",
        Code::AlreadyExists => "Nothing was changed. For an export, choose another --output or add --force.",
        Code::NotInitialised => "Set it up: ccc-cli init",
        Code::Locked => "Set CCC_PASSPHRASE or CCC_RECOVERY_KEY, or run it in a terminal to be asked.",
        Code::WrongSecret => "Try again, or open it with the recovery key: --recovery-key",
        Code::TooSoon => "Nothing is locked out; a right one is taken after the wait.",
        Code::KeychainUnavailable => {
            "Unlock the system's keychain, or use --no-keychain with a passphrase and CCC_API_KEY for the provider."
        }
        Code::KeysMissing => "Put the keys file back from a backup: without it the data cannot be read.",
        Code::KeysMismatch => "Put the keys file back that was made with this data.",
        Code::ProfileInUse => "Close the other CCC, or name another --data-dir.",
        Code::DataTooNew => "Use the newer CCC that wrote it.",
        Code::DataForeign => "Check --data-dir: the data file there is another program's.",
        Code::DataDamaged => "Salvage it (ccc-cli salvage), or restore a backup (ccc-cli restore-backup --help).",
        Code::DiskFailed => "Check that the disk has room and works.",
        Code::TooMuchWaits => "Make room on the disk, or save them with :unsaved FILE.",
        Code::NotWritable => "Check the directory and its permissions, or name another --data-dir.",
        Code::ProviderUrl => "Correct the address; `ccc-cli provider add --help` says more.",
        Code::ProviderAuth => "Enter the key again: ccc-cli provider add NAME --url URL",
        Code::ProviderRateLimited => "Wait a while, then resume: ccc-cli resume",
        Code::ProviderUnreachable => "Start the provider or check the network, then resume: ccc-cli resume",
        Code::ProviderRejected => "Check the model and the address: ccc-cli provider test NAME",
        Code::ProviderProtocol => "Check that the address is the API's: ccc-cli provider test NAME",
        Code::MemorySlow => "Nothing is lost; it is there for the next step.",
        Code::ContextTooLong => "Shorten the directive, or run it with --no-memory.",
        Code::Truncated | Code::Cancelled => "What was said so far is kept. Go on: ccc-cli resume",
        Code::Internal => "This is a defect in CCC; the log in the data directory says more.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_advice_of_one_line() {
        for code in ErrorCode::ALL {
            let advice = advice(*code);
            assert!(!advice.is_empty() && !advice.contains('\n'), "{code}: {advice}");
        }
    }

    #[test]
    fn a_closed_pipe_is_not_a_failure_to_be_reported() {
        let error = Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(matches!(error, Error::Pipe), "{error:?}");
        assert_eq!(format!("{:?}", error.report(false)), format!("{:?}", ExitCode::SUCCESS));
    }
}
