//! Which addresses a provider may have.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::{ProviderError, UrlProblem};

/// Metadata services outside the link-local range: AWS over IPv6, Alibaba, Azure's wire server, Oracle.
const METADATA: [IpAddr; 4] = [
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
];

/// The name Google's metadata service answers to, refused even where a proxy would resolve it.
const METADATA_NAME: &str = "metadata.google.internal";

/// A base address that passed the policy.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    base: Url,
    loopback: bool,
}

impl Endpoint {
    /// Checks what the person typed. An address without a path gets `/v1`, where every common server has the API; a
    /// pasted `/chat/completions` is removed; a query is kept, since some servers want a version there.
    ///
    /// # Errors
    /// [`ProviderError::Url`] with the rule it breaks.
    pub fn parse(text: &str, confirmed_http_host: Option<&str>) -> Result<Self, ProviderError> {
        let mut base = Url::parse(text.trim()).map_err(|_| ProviderError::Url(UrlProblem::Malformed))?;
        let loopback = check(&base, confirmed_http_host).map_err(ProviderError::Url)?;
        base.set_fragment(None);
        let path = base.path().trim_end_matches('/');
        let path = path.strip_suffix("/chat/completions").unwrap_or(path);
        let path = if path.is_empty() { "/v1" } else { path }.to_owned();
        base.set_path(&path);
        Ok(Self { base, loopback })
    }

    /// The address of `resource` below the base, such as `chat/completions`.
    pub fn join(&self, resource: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{resource}", self.base.path()));
        url
    }

    /// Whether it names this machine.
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether it is encrypted.
    pub fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Its host, in ASCII, as it may be logged.
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }
}

/// Whether the host is this machine, if the address is allowed at all.
fn check(url: &Url, confirmed_http_host: Option<&str>) -> Result<bool, UrlProblem> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(UrlProblem::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlProblem::Credentials);
    }
    let loopback = match url.host().ok_or(UrlProblem::Malformed)? {
        Host::Domain(name) => domain(name)?,
        Host::Ipv4(ip) => address(ip.into())?,
        Host::Ipv6(ip) => address(ip.into())?,
    };
    if url.scheme() == "http" && !loopback && !is_host(url, confirmed_http_host) {
        return Err(UrlProblem::PlainHttp);
    }
    Ok(loopback)
}

fn domain(name: &str) -> Result<bool, UrlProblem> {
    let name = name.trim_end_matches('.');
    match name {
        METADATA_NAME => Err(UrlProblem::ForbiddenAddress),
        _ => Ok(name == "localhost" || name.ends_with(".localhost")),
    }
}

fn address(ip: IpAddr) -> Result<bool, UrlProblem> {
    match is_forbidden(ip) {
        true => Err(UrlProblem::ForbiddenAddress),
        false => Ok(ip.to_canonical().is_loopback()),
    }
}

/// Whether `confirmed` names exactly the host of `url`; both in the form a browser would send.
fn is_host(url: &Url, confirmed: Option<&str>) -> bool {
    confirmed
        .and_then(|host| Host::parse(host.trim()).ok())
        .is_some_and(|confirmed| url.host() == Some(as_ref(&confirmed)))
}

fn as_ref(host: &Host) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(ip) => Host::Ipv4(*ip),
        Host::Ipv6(ip) => Host::Ipv6(*ip),
    }
}

/// Whether no provider can have this address: link-local, metadata, multicast, broadcast, unspecified; also where an
/// IPv6 address only wraps such an IPv4 one.
pub fn is_forbidden(ip: IpAddr) -> bool {
    if METADATA.contains(&ip.to_canonical()) {
        return true;
    }
    match ip {
        IpAddr::V4(ip) => {
            ip.octets().first() == Some(&0) || ip.is_link_local() || ip.is_multicast() || ip.is_broadcast()
        }
        IpAddr::V6(ip) => {
            ip.is_unspecified()
                || ip.is_multicast()
                || ip.is_unicast_link_local()
                || wrapped(ip).is_some_and(|ip| is_forbidden(ip.into()))
        }
    }
}

/// The IPv4 address inside a mapped, compatible, NAT64 or 6to4 one.
fn wrapped(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => v4(g, h),
        // ::1 is loopback and ::2 and so on are nobody's: only a real IPv4 address has its upper half set.
        [0, 0, 0, 0, 0, 0] if g != 0 => v4(g, h),
        [0x2002, ..] => v4(b, c),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Option<UrlProblem> {
        match Endpoint::parse(text, Some("nas.bücher.example")) {
            Ok(_) => None,
            Err(ProviderError::Url(problem)) => Some(problem),
            Err(other) => panic!("{text} gave {other:?}"),
        }
    }

    #[test]
    fn allowed_addresses_are_allowed() {
        for text in [
            "https://api.openai.com/v1",
            "https://192.168.1.5:8443",
            "https://bücher.example/v1",
            "https://xn--bcher-kva.example/v1",
            "https://[2001:db8::1]/v1",
            "http://localhost:11434",
            "http://LOCALHOST.:11434/v1",
            "http://ollama.localhost/v1",
            "http://127.0.0.1:1234/v1",
            "http://127.9.9.9/v1",
            "http://0x7f.1/v1",
            "http://2130706433/v1",
            "http://[::1]:8080/v1",
            "http://[::ffff:127.0.0.1]/v1",
            "http://nas.bücher.example:8080/v1",
            "http://NAS.xn--bcher-kva.example/v1",
        ] {
            assert_eq!(problem(text), None, "{text}");
        }
    }

    #[test]
    fn every_rule_refuses_what_it_is_for() {
        use UrlProblem::{Credentials, ForbiddenAddress, Malformed, PlainHttp, Scheme};
        for (text, expected) in [
            ("", Malformed),
            ("api.openai.com/v1", Malformed),
            ("https://", Malformed),
            ("https://xn--\u{0}/", Malformed),
            ("https://xn--a.example/", Malformed),
            ("https://1.2.3.4.5/", Malformed),
            ("ftp://example.com/v1", Scheme),
            ("file:///etc/passwd", Scheme),
            ("javascript:alert(1)", Scheme),
            ("localhost:11434", Scheme),
            ("https://user@example.com/v1", Credentials),
            ("https://:secret@example.com/v1", Credentials),
            ("http://api.openai.com@localhost/v1", Credentials),
            ("http://example.com/v1", PlainHttp),
            ("http://192.168.1.5:11434/v1", PlainHttp),
            ("http://localhost.example.com/v1", PlainHttp),
            ("http://evil.nas.bücher.example/v1", PlainHttp),
            ("http://bücher.example/v1", PlainHttp),
            ("http://127.0.0.1.nip.io/v1", PlainHttp),
            ("https://169.254.169.254/latest", ForbiddenAddress),
            ("https://2852039166/latest", ForbiddenAddress),
            ("https://0xa9fea9fe/latest", ForbiddenAddress),
            ("https://[::ffff:169.254.169.254]/", ForbiddenAddress),
            ("https://[::169.254.169.254]/", ForbiddenAddress),
            ("https://[64:ff9b::a9fe:a9fe]/", ForbiddenAddress),
            ("https://[2002:a9fe:a9fe::1]/", ForbiddenAddress),
            ("https://[fe80::1]/", ForbiddenAddress),
            ("https://[fd00:ec2::254]/", ForbiddenAddress),
            ("https://100.100.100.200/", ForbiddenAddress),
            ("https://168.63.129.16/", ForbiddenAddress),
            ("https://metadata.google.internal./", ForbiddenAddress),
            ("https://224.0.0.1/", ForbiddenAddress),
            ("https://[ff02::1]/", ForbiddenAddress),
            ("http://0.0.0.0:11434/", ForbiddenAddress),
            ("http://0.1.2.3/", ForbiddenAddress),
            ("http://[::]/", ForbiddenAddress),
            ("http://[::ffff:0.0.0.0]/", ForbiddenAddress),
            ("https://255.255.255.255/", ForbiddenAddress),
        ] {
            assert_eq!(problem(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn resources_are_joined_below_the_base() {
        for (base, expected) in [
            ("https://a.example", "https://a.example/v1/models"),
            ("https://a.example/", "https://a.example/v1/models"),
            ("https://a.example/api/v1//", "https://a.example/api/v1/models"),
            ("https://a.example/v1/chat/completions/", "https://a.example/v1/models"),
            (
                "https://a.example/openai/d?api-version=1#x",
                "https://a.example/openai/d/models?api-version=1",
            ),
        ] {
            let endpoint = Endpoint::parse(base, None).unwrap_or_else(|e| panic!("{base}: {e}"));
            assert_eq!(endpoint.join("models").as_str(), expected);
        }
    }
}
