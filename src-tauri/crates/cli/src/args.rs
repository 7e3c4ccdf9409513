//! The command line: every command and option, with the help it prints.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};
use clap_complete::Shell;

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
    Run {
        /// The directive; `-` reads it from stdin
        directive: String,
        /// The session it belongs to; none makes a new one
        #[arg(long, value_name = "ID")]
        session: Option<String>,
        #[command(flatten)]
        options: RunOptions,
    },
    /// Go on with a cycle that was stopped, cut, or left by a crash
    Resume {
        /// The conversation; none takes the newest one that is not completed
        conversation: Option<String>,
        #[command(flatten)]
        options: RunOptions,
    },
    /// Answer what an escalated cycle asked, and go on with it
    Answer {
        /// The conversation
        conversation: String,
        /// The answer; `-` reads it from stdin
        answer: String,
        #[command(flatten)]
        options: RunOptions,
    },
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
    Context {
        /// The session
        session: String,
        /// The directive; `-` reads it from stdin
        directive: String,
        /// Print the text that would be put into the prompt; --json has its exact bytes
        #[arg(long, conflicts_with = "json")]
        block: bool,
        #[command(flatten)]
        form: Form,
    },
    /// Show what memory gave to the step that wrote a turn
    Receipt {
        /// The turn
        turn: String,
        #[command(flatten)]
        form: Form,
    },
    /// Write a session to a file
    Export {
        /// The session
        session: String,
        /// `json` is lossless, `md` is to be read
        #[arg(long, value_enum)]
        format: Format,
        /// The file; none makes a name of the session's title, in the current directory
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Overwrite the file where it exists
        #[arg(long)]
        force: bool,
    },
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
    /// Make an archived session active again
    Restore {
        /// The session
        session: String,
    },
    /// Delete a session for good
    Delete {
        /// The session
        session: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Read or verify the audit trail
    #[command(subcommand)]
    Audit(Audit),
    /// Add, list, test and remove providers
    #[command(subcommand)]
    Provider(Provider),
    /// Check that everything works
    Doctor {
        #[command(flatten)]
        form: Form,
    },
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// The form of the output.
#[derive(Debug, Clone, Copy, Args)]
pub struct Form {
    /// Print JSON, errors included
    #[arg(long)]
    pub json: bool,
}

/// How a cycle is run.
#[derive(Debug, Clone, Default, Args)]
pub struct RunOptions {
    /// The provider [default: the session's, else the preferred one]
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// The model [default: the session's, else the provider's]
    #[arg(long)]
    pub model: Option<String>,
    /// The sampling temperature, 0 to 2
    #[arg(long, value_name = "T", value_parser = temperature)]
    pub temperature: Option<f64>,
    /// How often the review may send work back; 0 turns that off
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=20))]
    pub max_rounds: Option<u32>,
    /// Run the plain cycle: nothing is read from memory
    #[arg(long)]
    pub no_memory: bool,
    /// Print one JSON object per line, errors included
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

/// Commands on the audit trail.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Recompute every link of the chain
    Verify {
        #[command(flatten)]
        form: Form,
    },
    /// List its entries
    List {
        /// Only entries after this number
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
        #[command(flatten)]
        form: Form,
    },
}

/// Commands on providers.
#[derive(Debug, Subcommand)]
pub enum Provider {
    /// Add a provider or replace the one of that name; its key is CCC_API_KEY, else it is asked for
    Add {
        /// Its name
        name: String,
        /// The address of its API, such as https://api.openai.com/v1
        #[arg(long)]
        url: String,
        /// The model asked for when a session names none
        #[arg(long)]
        model: Option<String>,
        /// The one host that may be spoken to over plain http, besides this machine
        #[arg(long, value_name = "HOST")]
        allow_http_host: Option<String>,
        /// It takes no key
        #[arg(long)]
        no_key: bool,
    },
    /// List providers
    List {
        #[command(flatten)]
        form: Form,
    },
    /// Ask a provider for its models and for one token
    Test {
        /// Its name
        name: String,
    },
    /// List the models a provider offers
    Models {
        /// Its name
        name: String,
    },
    /// Use a provider when none is named
    Prefer {
        /// Its name
        name: String,
    },
    /// Remove a provider and its key
    Remove {
        /// Its name
        name: String,
    },
}

fn temperature(text: &str) -> Result<f64, &'static str> {
    text.parse()
        .ok()
        .filter(|t| (0.0..=2.0).contains(t))
        .ok_or("a temperature is a number from 0 to 2")
}

impl Cli {
    /// Whether errors are to be printed as JSON.
    pub fn json(&self) -> bool {
        match &self.command {
            Some(Command::Run { options, .. } | Command::Resume { options, .. } | Command::Answer { options, .. }) => {
                options.json
            }
            Some(
                Command::Sessions { form, .. }
                | Command::Show { form, .. }
                | Command::Context { form, .. }
                | Command::Receipt { form, .. }
                | Command::Doctor { form }
                | Command::Audit(Audit::Verify { form } | Audit::List { form, .. })
                | Command::Provider(Provider::List { form }),
            ) => form.json,
            _ => false,
        }
    }
}
