//! The HTTP client of one endpoint, and what its errors mean.

use std::{error::Error, io, sync::Arc};

use reqwest::{Client, redirect::Policy};

use super::{
    Timing,
    address::Endpoint,
    resolve::{GuardedResolver, Unresolved},
};
use crate::{ProtocolProblem, ProviderError, UrlProblem, Why};

/// A client that follows no redirect, sends no referrer, keeps no cookie and repeats nothing by itself.
///
/// This machine is spoken to directly, whatever proxy the system has set. The rustls provider is process-wide and
/// installed on first use; one that is there already stays.
///
/// # Errors
/// [`ProviderError::Setup`] if the system's trust store cannot be used.
pub fn build(endpoint: &Endpoint, timing: &Timing) -> Result<Client, ProviderError> {
    // An error means that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .https_only(endpoint.is_https())
        .connect_timeout(timing.connect)
        .dns_resolver(Arc::new(GuardedResolver {
            loopback_only: endpoint.is_loopback(),
        }))
        .user_agent(concat!("ccc/", env!("CARGO_PKG_VERSION")));
    if endpoint.is_loopback() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|_| ProviderError::Setup)
}

/// What a client error means. Its text, which names the address, is dropped.
pub fn classify(error: &reqwest::Error) -> ProviderError {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    let mut transport = false;
    while let Some(inner) = cause {
        if let Some(meaning) = meaning(inner) {
            return meaning;
        }
        transport |= inner.is::<hyper::Error>();
        cause = deeper(inner);
    }
    // Every body passes through the decoder, which also reports as its own what broke below it.
    match (error.is_connect(), error.is_decode() && !transport) {
        (true, _) => ProviderError::Unreachable(Why::Connect),
        (_, true) => ProviderError::Protocol(ProtocolProblem::Encoding),
        _ => ProviderError::Unreachable(Why::Cut),
    }
}

/// The next cause; an I/O error hides the one it wraps from `source`.
fn deeper<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn meaning(cause: &(dyn Error + 'static)) -> Option<ProviderError> {
    if let Some(unresolved) = cause.downcast_ref::<Unresolved>() {
        return Some(match unresolved {
            Unresolved::Unknown => ProviderError::Unreachable(Why::Resolve),
            Unresolved::Forbidden => ProviderError::Url(UrlProblem::ForbiddenAddress),
        });
    }
    if cause.is::<rustls::Error>() {
        return Some(ProviderError::Unreachable(Why::Tls));
    }
    if cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
        return Some(ProviderError::Protocol(ProtocolProblem::NotHttp));
    }
    let io = cause.downcast_ref::<io::Error>()?;
    match io.kind() {
        io::ErrorKind::ConnectionRefused => Some(ProviderError::Unreachable(Why::Refused)),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof
            if io.get_ref().is_none() =>
        {
            Some(ProviderError::Unreachable(Why::Cut))
        }
        _ => None,
    }
}
