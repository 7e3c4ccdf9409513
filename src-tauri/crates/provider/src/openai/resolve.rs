//! Name resolution that hands out no address a provider cannot have.
//!
//! The policy on addresses must hold for what a name resolves to at the moment of connecting, not for an earlier
//! look-up: a name may change its mind in between.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_forbidden;

/// Resolves with the system and filters.
pub struct GuardedResolver {
    /// True when the address names this machine: then only its own addresses are handed out.
    pub loopback_only: bool,
}

/// Why no address was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// The name is not known.
    #[error("unknown name")]
    Unknown,
    /// All its addresses are forbidden.
    #[error("forbidden address")]
    Forbidden,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback_only = self.loopback_only;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|_| Unresolved::Unknown)?;
            let allowed = allowed(found, loopback_only)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn allowed(found: impl Iterator<Item = SocketAddr>, loopback_only: bool) -> Result<Vec<SocketAddr>, Unresolved> {
    let (allowed, forbidden): (Vec<_>, Vec<_>) = found.partition(|address| {
        let ip = address.ip();
        !is_forbidden(ip) && (!loopback_only || ip.to_canonical().is_loopback())
    });
    match (allowed.is_empty(), forbidden.is_empty()) {
        (false, _) => Ok(allowed),
        (true, true) => Err(Unresolved::Unknown),
        (true, false) => Err(Unresolved::Forbidden),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(found: &[&str], loopback_only: bool) -> Result<Vec<String>, Unresolved> {
        let found = found.iter().map(|text| text.parse::<SocketAddr>().unwrap());
        allowed(found, loopback_only).map(|list| list.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn forbidden_addresses_are_left_out_and_typed_when_nothing_remains() {
        let mixed = ["169.254.169.254:0", "93.184.216.34:0", "[::ffff:169.254.169.254]:0"];
        assert_eq!(filter(&mixed, false), Ok(vec!["93.184.216.34:0".into()]));
        assert_eq!(filter(&["169.254.169.254:0"], false), Err(Unresolved::Forbidden));
        assert_eq!(filter(&[], false), Err(Unresolved::Unknown));
    }

    #[test]
    fn a_name_of_this_machine_leads_nowhere_else() {
        assert_eq!(
            filter(&["127.0.0.1:0", "10.0.0.1:0", "[::1]:0"], true),
            Ok(vec!["127.0.0.1:0".into(), "[::1]:0".into()])
        );
        assert_eq!(filter(&["10.0.0.1:0"], true), Err(Unresolved::Forbidden));
    }
}
