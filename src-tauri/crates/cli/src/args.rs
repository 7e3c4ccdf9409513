//! The command line: every command and option, with the help it prints.

mod cycle;
mod groups;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};
use clap_complete::Shell;

pub use cycle::{AnswerArgs, RunArgs, RunOptions};
pub use groups::{Audit, AuditFilterArgs, Backup, DeleteArgs, Keys, Provider, RestoreBackupArgs, SalvageArgs};

/// Covenant Command Cycle: one directive, two agents, an encrypted memory on your own disk.
///
/// Without a command, asks for one directive per line and runs a cycle on each.
#[derive(Debug, Parser)]
#[command(name = "ccc-cli", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// How the profile is found and opened.
#[derive(Debug, Args)]
pub struct Global {
    /// The profile's directory [default: the system's place for application data]
    #[arg(long, global = true, value_name = "DIR", env = "CCC_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Leave the system's keychain alone: open with a passphrase or the recovery key
    #[arg(long, global = true, env = "CCC_NO_KEYCHAIN", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub no_keychain: bool,
    /// Open with the recovery key: CCC_RECOVERY_KEY, else it is asked for
    #[arg(long, global = true)]
    pub recovery_key: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set the profile up and show its recovery key, once
    Init {
        /// Also set a passphrase: CCC_PASSPHRASE, else it is asked for twice
        #[arg(long)]
        passphrase: bool,
    },
    /// Run a cycle on a directive
    Run(RunArgs),
    /// Go on with a cycle that was stopped, cut, or left by a crash
    Resume {
        /// The conversation; none takes the newest one that is not completed
        conversation: Option<String>,
        #[command(flatten)]
        options: RunOptions,
    },
    /// Answer what an escalated cycle asked, and go on with it
    Answer(AnswerArgs),
    /// List sessions, pinned ones first, then the last active first
    Sessions {
        /// The archived ones
        #[arg(long, conflicts_with = "all")]
        archived: bool,
        /// Active, archived and expired ones
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        form: Form,
    },
    /// Show all turns of a session or a conversation
    Show {
        /// The session or conversation
        id: String,
        #[command(flatten)]
        form: Form,
    },
    /// Show what memory would put into a cycle on a directive, without running it
    Context(ContextArgs),
    /// Show what memory gave to the step that wrote a turn
    Receipt {
        /// The turn
        turn: String,
        #[command(flatten)]
        form: Form,
    },
    /// Find what was said, in every session
    Search(SearchArgs),
    /// Write a session to a file
    Export(ExportArgs),
    /// Give a session a title
    Rename {
        /// The session
        session: String,
        /// The title
        title: String,
    },
    /// Make a session read-only
    Archive {
        /// The session
        session: String,
    },
    /// Make an archived session active again; `restore-backup` restores a backup
    Restore {
        /// The session
        session: String,
    },
    /// Delete a session for good, or a conversation, or a turn's text
    Delete(DeleteArgs),
    /// Read, verify or export the audit trail
    #[command(subcommand)]
    Audit(Audit),
    /// Show and change the ways into the profile
    #[command(subcommand)]
    Keys(Keys),
    /// Add, list, test and remove providers
    #[command(subcommand)]
    Provider(Provider),
    /// Make, list, verify and try out backups
    #[command(subcommand)]
    Backup(Backup),
    /// Bring a backup back: whole, as a copy beside, or single sessions
    RestoreBackup(RestoreBackupArgs),
    /// Make a new data file of what can still be read of a damaged one, and of the newest backup
    Salvage(SalvageArgs),
    /// Check that everything works
    Doctor {
        #[command(flatten)]
        form: Form,
    },
    /// Do what is due of upkeep: archive and expire sessions, empty the log, give room back
    Upkeep {
        /// Do all of it, due or not
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        form: Form,
    },
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What memory is asked for.
#[derive(Debug, Args)]
pub struct ContextArgs {
    /// The session
    pub session: String,
    /// The directive; `-` reads it from stdin
    pub directive: String,
    /// Print the text that would be put into the prompt; --json has its exact bytes
    #[arg(long, conflicts_with = "json")]
    pub block: bool,
    #[command(flatten)]
    pub form: Form,
}

/// What is looked for.
#[derive(Debug, Args)]
#[command(after_help = SEARCH)]
pub struct SearchArgs {
    /// The query; `-` reads it from stdin
    #[arg(allow_hyphen_values = true)]
    pub query: String,
    /// At most so many results
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub limit: u32,
    /// Skip so many of the best
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub offset: u32,
    #[command(flatten)]
    pub form: Form,
}

/// The language of queries.
const SEARCH: &str = "\
A query holds words, and any of these:
  \"several words\"   one after the other
  -word             without it; also -\"several words\"
  session:NAME      words of the session's title, or how its id begins
  agent:NAME        wykeve, beatrice, codey; `me` is wykeve
  after:DAY         from that day on: 2026-05-03, 2026-05 or 2026, in UTC
  before:DAY        before that day, month or year
  status:STATUS     active, archived or expired of the session;
                    complete, interrupted or truncated of the turn
Without words, the newest turns that fit come first.";

/// What is exported, and where to.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The session
    pub session: String,
    /// `json` is lossless, `md` is to be read
    #[arg(long, value_enum)]
    pub format: Format,
    /// The file; none makes a name of the session's title, in the current directory
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the file where it exists
    #[arg(long)]
    pub force: bool,
}

/// The form of the output.
#[derive(Debug, Clone, Copy, Args)]
pub struct Form {
    /// Print JSON, errors included
    #[arg(long)]
    pub json: bool,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lossless
    Json,
    /// Markdown
    Md,
}

impl Cli {
    /// Whether errors are to be printed as JSON.
    pub fn json(&self) -> bool {
        match &self.command {
            Some(
                Command::Run(RunArgs { options, .. })
                | Command::Resume { options, .. }
                | Command::Answer(AnswerArgs { options, .. }),
            ) => options.json,
            Some(
                Command::Sessions { form, .. }
                | Command::Show { form, .. }
                | Command::Context(ContextArgs { form, .. })
                | Command::Search(SearchArgs { form, .. })
                | Command::Receipt { form, .. }
                | Command::Doctor { form }
                | Command::Upkeep { form, .. }
                | Command::Keys(Keys::Show { form })
                | Command::Audit(Audit::Verify { form } | Audit::List { form, .. })
                | Command::Backup(
                    Backup::Make { form }
                    | Backup::List { form }
                    | Backup::Verify { form, .. }
                    | Backup::Drill { form }
                    | Backup::Due { form },
                )
                | Command::RestoreBackup(RestoreBackupArgs { form, .. })
                | Command::Salvage(SalvageArgs { form, .. })
                | Command::Provider(Provider::List { form }),
            ) => form.json,
            _ => false,
        }
    }
}
