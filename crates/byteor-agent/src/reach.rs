//! Which addresses may be called in the clear: those of this host, judged as addresses.
//!
//! The agent's key crosses with every call, so plain http goes no further than loopback, unless
//! the host's owner allows it. A name counts by what it resolves to, at each connection: a name
//! that answered with loopback a minute ago may answer with something else now.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Whether plain http may go further than loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// To this host only.
    Loopback,
    /// Anywhere: the host's owner said so.
    Anywhere,
}

/// Whether an address is this host's own: 127.0.0.0/8 or ::1, also in IPv4-mapped form.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The first of some addresses that isn't this host's own.
fn first_foreign(addresses: impl IntoIterator<Item = SocketAddr>) -> Option<IpAddr> {
    addresses
        .into_iter()
        .map(|address| address.ip())
        .find(|address| !is_loopback(*address))
}

/// Whether `uri` may be called now, as far as its name resolves; each connection asks again.
///
/// # Errors
/// The address that isn't this host's own, in words.
pub fn check(uri: &Uri, plain: PlainHttp) -> Result<(), String> {
    if uri.scheme_str() != Some("http") || plain == PlainHttp::Anywhere {
        return Ok(());
    }
    let host = uri.host().unwrap_or_default();
    let name = host.trim_start_matches('[').trim_end_matches(']');
    // A name that doesn't resolve yet is refused when it is called, if it has to be.
    let addresses = (name, uri.port_u16().unwrap_or(80)).to_socket_addrs();
    match addresses.ok().and_then(first_foreign) {
        Some(foreign) => Err(in_words(host, foreign)),
        None => Ok(()),
    }
}

fn in_words(host: &str, foreign: IpAddr) -> String {
    format!("{host} is {foreign}, which is not a loopback address, and http is not encrypted")
}

/// Resolves as usual, and refuses plain http to any address that isn't this host's own.
#[derive(Debug)]
pub struct LoopbackUnlessEncrypted(DefaultResolver);

impl LoopbackUnlessEncrypted {
    /// The resolver.
    pub fn new() -> Self {
        Self(DefaultResolver::default())
    }
}

impl Default for LoopbackUnlessEncrypted {
    fn default() -> Self {
        Self::new()
    }
}

impl Resolver for LoopbackUnlessEncrypted {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let addresses = self.0.resolve(uri, config, timeout)?;
        if uri.scheme_str() == Some("http")
            && let Some(foreign) = first_foreign(addresses.iter().copied())
        {
            let words = in_words(uri.host().unwrap_or_default(), foreign);
            return Err(Error::Other(format!("E_PLAIN_HTTP: {words}").into()));
        }
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str, plain: PlainHttp) -> Result<(), String> {
        check(&url.parse().unwrap(), plain)
    }

    #[test]
    fn plain_http_reaches_loopback_addresses_only() {
        for url in [
            "http://127.0.0.1:8080",
            "http://127.8.9.10/base",
            "http://[::1]:8080",
            "http://[::ffff:127.0.0.1]:8080",
            "http://localhost:8080",
            "https://192.0.2.7",
            "https://example.invalid",
        ] {
            assert_eq!(checked(url, PlainHttp::Loopback), Ok(()), "{url}");
        }
        for url in [
            "http://192.0.2.7:8080",
            "http://10.0.0.1",
            "http://0.0.0.0:8080",
            "http://[::]:8080",
            "http://[2001:db8::1]:8080",
            "http://[::ffff:192.0.2.7]",
        ] {
            let refused = checked(url, PlainHttp::Loopback).unwrap_err();
            assert!(refused.contains("not a loopback address"), "{refused}");
            assert_eq!(checked(url, PlainHttp::Anywhere), Ok(()), "{url}");
        }
    }

    #[test]
    fn a_name_is_judged_by_its_addresses_and_not_by_how_it_looks() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        // Whatever a name looks like, this is what is asked of what it resolves to.
        assert_eq!(first_foreign([at("127.0.0.1:1"), at("[::1]:1")]), None);
        let foreign = first_foreign([at("127.0.0.1:1"), at("192.0.2.7:1")]);
        assert_eq!(foreign, Some("192.0.2.7".parse().unwrap()));
    }
}
