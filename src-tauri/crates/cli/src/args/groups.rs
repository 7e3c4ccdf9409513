//! The commands that come in groups.

use clap::Subcommand;

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
