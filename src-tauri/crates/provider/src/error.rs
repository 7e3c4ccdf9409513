//! What can go wrong with a provider, sorted by what the person can do about it.

use ccc_domain::ErrorCode;

/// A failure of a provider. Holds kinds and numbers only: no text from the wire, no address, no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The address is not allowed as given: correct it.
    #[error("the provider's address is not allowed: {0}")]
    Url(UrlProblem),
    /// The key is missing, malformed or refused: enter another.
    #[error("the provider refused the key")]
    Auth,
    /// Too many requests, or the account's limit is reached.
    #[error("the provider limits the rate of requests or the account's use")]
    RateLimited {
        /// How long the provider asks to wait, in milliseconds.
        retry_after_ms: Option<u64>,
        /// True when waiting does not help because the account has no credit left.
        quota: bool,
    },
    /// Nothing usable answers at the address: start the server, check the network.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(Why),
    /// The provider went silent: try again, or allow it more time.
    #[error("the provider did not answer in time: {0}")]
    TimedOut(Waited),
    /// The provider answered with an error.
    #[error("the provider answered with status {status}")]
    Rejected {
        /// The HTTP status, or the one named in an error inside a successful answer; 200 when that names none.
        status: u16,
    },
    /// What answers does not speak Chat Completions: check the address.
    #[error("the answer is not understood: {0}")]
    Protocol(ProtocolProblem),
    /// The prompt is longer than the model takes: drop memory, or shorten the directive.
    #[error("the prompt is longer than the model takes")]
    ContextTooLong,
    /// The answer exceeds a cap on its lines, events or bytes.
    #[error("the answer is larger than allowed")]
    TooLarge,
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The provider failed repeatedly and is given a rest: wait.
    #[error("the provider failed repeatedly and is not asked for a while")]
    BreakerOpen {
        /// Until it is asked again, in milliseconds.
        retry_after_ms: u64,
    },
    /// The HTTP client could not be set up: the system's trust store cannot be read.
    #[error("the network client cannot be set up")]
    Setup,
}

/// Why an address is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// It is no URL, or has no host.
    #[error("it is not a web address")]
    Malformed,
    /// Its scheme is neither https nor http.
    #[error("only https and http are supported")]
    Scheme,
    /// It carries a user name or password; keys belong in the keychain.
    #[error("it contains a user name or password")]
    Credentials,
    /// Plain http to a host that is neither this machine nor confirmed.
    #[error("plain http is allowed only to this machine or to a host you confirmed")]
    PlainHttp,
    /// It is, or its name resolves to, a link-local, metadata, multicast, broadcast or unspecified address.
    #[error("it leads to an address no provider can have")]
    ForbiddenAddress,
}

/// Why nothing usable answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The name does not resolve.
    #[error("its name is not known")]
    Resolve,
    /// Nothing listens at the port.
    #[error("nothing listens there")]
    Refused,
    /// The connection could not be made in time, or for another reason.
    #[error("no connection")]
    Connect,
    /// The encrypted connection failed: the certificate is not trusted, or the server speaks no TLS.
    #[error("no trusted encrypted connection")]
    Tls,
    /// The connection broke after it was made.
    #[error("the connection broke")]
    Cut,
}

/// What was waited for in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Waited {
    /// The head of the answer.
    #[error("no answer began")]
    FirstByte,
    /// Any further byte.
    #[error("it went silent")]
    Idle,
    /// Any further event, while bytes kept trickling in.
    #[error("it only sent signs of life")]
    Event,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolProblem {
    /// The server redirects; following would hand key and prompt to another address.
    #[error("it redirects elsewhere")]
    Redirect,
    /// A web page came instead.
    #[error("it is a web page")]
    Html,
    /// The content type is none that an answer can have.
    #[error("its content type is unexpected")]
    ContentType,
    /// Not JSON where JSON belongs.
    #[error("it is not valid JSON")]
    Json,
    /// JSON, but no Chat Completions answer.
    #[error("it has another shape")]
    Shape,
    /// A success with nothing in it.
    #[error("it is empty")]
    Empty,
    /// The compressed body does not decompress.
    #[error("its compression is damaged")]
    Encoding,
    /// What answers does not speak HTTP.
    #[error("it is not HTTP")]
    NotHttp,
}

impl ProviderError {
    /// The stable name of the failure.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Url(_) => ErrorCode::ProviderUrl,
            Self::Auth => ErrorCode::ProviderAuth,
            Self::RateLimited { .. } => ErrorCode::ProviderRateLimited,
            Self::Unreachable(_) | Self::TimedOut(_) | Self::BreakerOpen { .. } => ErrorCode::ProviderUnreachable,
            Self::Rejected { .. } => ErrorCode::ProviderRejected,
            Self::Protocol(_) | Self::TooLarge => ErrorCode::ProviderProtocol,
            Self::ContextTooLong => ErrorCode::ContextTooLong,
            Self::Cancelled => ErrorCode::Cancelled,
            Self::Setup => ErrorCode::Internal,
        }
    }

    /// How long to wait before asking again, in milliseconds, where that is known.
    pub const fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after_ms, .. } => *retry_after_ms,
            Self::BreakerOpen { retry_after_ms } => Some(*retry_after_ms),
            _ => None,
        }
    }

    /// Whether the same request may succeed a moment later.
    pub(crate) const fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(why) => !matches!(why, Why::Tls),
            Self::RateLimited { quota, .. } => !*quota,
            Self::Rejected { status } => matches!(status, 408 | 500 | 502 | 503 | 504 | 529),
            _ => false,
        }
    }

    /// Whether it speaks against the health of the server rather than against the request.
    pub(crate) const fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut(_) => true,
            Self::Rejected { status } => *status >= 500,
            _ => false,
        }
    }
}
