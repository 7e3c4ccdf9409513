//! The commands that come in groups.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::Form;

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
        #[command(flatten)]
        filter: AuditFilterArgs,
        #[command(flatten)]
        form: Form,
    },
    /// Write all its entries to a JSON file, with what verifying them found
    Export {
        /// The file
        file: PathBuf,
        /// Overwrite the file where it exists
        #[arg(long)]
        force: bool,
    },
    /// Take the trail as it is now for whole, as after data was restored on purpose
    Accept,
}

/// Which entries are listed. With any of these but --after, the newest come first.
#[derive(Debug, Default, Args)]
pub struct AuditFilterArgs {
    /// Only entries after this number, oldest first
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub after: u64,
    /// At most so many, newest first
    #[arg(long, value_name = "NUMBER", conflicts_with = "after")]
    pub newest: Option<u32>,
    /// Only this operation: create, store, read, delete …
    #[arg(long, conflicts_with = "after")]
    pub action: Option<String>,
    /// Only on this kind of thing: session, conversation, turn …
    #[arg(long, conflicts_with = "after")]
    pub entity: Option<String>,
    /// Only on the thing with this id
    #[arg(long, value_name = "ID", conflicts_with = "after")]
    pub id: Option<String>,
    /// Only by wykeve, beatrice, codey or app
    #[arg(long, value_name = "NAME", conflicts_with = "after")]
    pub actor: Option<String>,
}

/// What is deleted.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("what").required(true))]
pub struct DeleteArgs {
    /// The session, with its key
    #[arg(group = "what")]
    pub session: Option<String>,
    /// A conversation with all its turns
    #[arg(long, value_name = "ID", group = "what")]
    pub conversation: Option<String>,
    /// The text of a turn; its place stays
    #[arg(long, value_name = "ID", group = "what")]
    pub turn: Option<String>,
    /// Every session
    #[arg(long, group = "what")]
    pub everything: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Commands on the ways into the profile.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Show which ways in there are
    Show {
        #[command(flatten)]
        form: Form,
    },
    /// Set or replace the passphrase: CCC_NEW_PASSPHRASE, else it is asked for twice
    Passphrase {
        /// Take it away instead
        #[arg(long)]
        remove: bool,
    },
    /// Make a new recovery key and show it, once; the old one opens nothing afterwards
    Recovery,
    /// Make the system's keychain a way in, again where its entry was lost
    Keychain,
    /// Replace the master key: seal everything anew, with a new recovery key, shown once
    #[command(after_help = ROTATE_HELP)]
    Rotate {
        /// Replace the passphrase too, or set one: CCC_NEW_PASSPHRASE, else it is asked for twice
        #[arg(long)]
        new_passphrase: bool,
    },
}

/// What stands under the help of `keys rotate`.
const ROTATE_HELP: &str = "\
Where there is a passphrase, it is needed: CCC_PASSPHRASE, else it is asked for.
The old recovery key opens nothing here afterwards, and neither does a copy of
the keys that was made before. Backups from before keep the passphrase and the
recovery key of their day; a new one is made at once, where that is on.";

/// Commands on backups. `restore-backup` brings one back.
#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Make a backup, verify every row of it, and prune older ones
    Make {
        #[command(flatten)]
        form: Form,
    },
    /// List backups, newest first
    List {
        #[command(flatten)]
        form: Form,
    },
    /// Verify a backup: every byte, every row, its keys
    Verify {
        /// Its name; none takes every one
        name: Option<String>,
        #[command(flatten)]
        form: Form,
    },
    /// Restore the newest backup into a directory of its own, read it back, and remove it again
    Drill {
        #[command(flatten)]
        form: Form,
    },
    /// Do what is due, for a scheduler: a backup an hour after the last, a drill after a week
    Due {
        #[command(flatten)]
        form: Form,
    },
    /// Set, show or leave the folder that gets every backup too
    Folder {
        /// The folder; none shows it
        #[arg(conflicts_with_all = ["none", "forget"])]
        folder: Option<String>,
        /// Let no folder get them any more
        #[arg(long)]
        none: bool,
        /// Give up a folder that will not come back: deletions no longer wait to reach it
        #[arg(long, value_name = "FOLDER")]
        forget: Option<String>,
    },
}

/// What is brought back of a backup, and how.
#[derive(Debug, Args)]
#[command(after_help = RESTORING)]
pub struct RestoreBackupArgs {
    /// The backup's name, or its directory
    pub backup: String,
    /// Restore it as a profile of its own into this directory, where nothing may be
    #[arg(long, value_name = "DIR", conflicts_with_all = ["sessions", "list"])]
    pub beside: Option<PathBuf>,
    /// Bring back this session alone; may be given more than once
    #[arg(long = "session", value_name = "ID", conflicts_with = "list")]
    pub sessions: Vec<String>,
    /// List the sessions it can bring back
    #[arg(long)]
    pub list: bool,
    /// Do not ask before everything is replaced
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub form: Form,
}

const RESTORING: &str = "\
Without --beside and --session, the backup takes the place of everything: a
backup of what is there is made first, or it is kept aside where it is damaged.
A session that is gone comes back as it was; one that is still there comes back
as a copy beside it. `ccc-cli restore` is another thing: it makes an archived
session active again.
On a machine that does not know the profile, name the backup's directory; its
passphrase or recovery key opens it (CCC_PASSPHRASE, CCC_RECOVERY_KEY, or asked).
Sessions deleted since the backup was made do not come back: their keys are gone.";

/// How a damaged data file is dealt with.
#[derive(Debug, Args)]
pub struct SalvageArgs {
    /// Only look: open every row, and say what is damaged
    #[arg(long, conflicts_with = "yes")]
    pub check: bool,
    /// Do not ask before the data file is made anew
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub form: Form,
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
        /// The sampling temperature where a session sets none, 0 to 5
        #[arg(long)]
        temperature: Option<f64>,
        /// The most tokens of one answer
        #[arg(long)]
        max_tokens: Option<u32>,
        /// Its key goes into an api-key header, as Azure wants it
        #[arg(long)]
        api_key_header: bool,
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
