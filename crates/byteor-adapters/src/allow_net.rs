//! Which addresses the host's owner lets an adapter reach or listen at, so that who deploys can't
//! make a host's agent look around in its network.
//!
//! A name is resolved once for each connection, each address that it gives is held against the
//! rules, and what is connected to is that very address. Redirects are followed by nobody.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use crate::error::AdapterError;

/// The code of an address that the host's owner doesn't allow.
pub const E_NET_NOT_ALLOWED: &str = "E_NET_NOT_ALLOWED";

/// The addresses that may be reached and listened at.
#[derive(Clone, Debug)]
pub enum AllowNet {
    /// Each: a person at a terminal acts with their own rights. Agents never use it.
    Everything,
    /// Those that a rule allows.
    Only(Vec<NetRule>),
}

/// A host, or a range of addresses, with a port or with any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetRule {
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    /// A name, whatever it resolves to.
    Name(String),
    /// Addresses whose first bits are these.
    Range(IpAddr, u8),
}

impl FromStr for NetRule {
    type Err = String;

    /// `NAME`, `ADDRESS` or `ADDRESS/BITS`, each with `:PORT` or without; version 6 in brackets.
    fn from_str(written: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{written}` is no NAME, ADDRESS or ADDRESS/BITS with :PORT or without");
        let (host, rest) = match written.strip_prefix('[') {
            Some(inside) => inside.split_once(']').ok_or_else(wrong)?,
            None => written.split_at(written.find(':').unwrap_or(written.len())),
        };
        let port = match rest.strip_prefix(':') {
            Some(port) => Some(port.parse().map_err(|_| wrong())?),
            None if rest.is_empty() => None,
            None => return Err(wrong()),
        };
        let (address, bits) = match host.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (host, None),
        };
        let name = |host: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
            !host.is_empty() && host.bytes().all(plain)
        };
        let host = match (address.parse::<IpAddr>(), bits) {
            (Ok(address), bits) => {
                let all = if address.is_ipv4() { 32 } else { 128 };
                let bits = bits.unwrap_or(all);
                if bits > all {
                    return Err(wrong());
                }
                Host::Range(address, bits)
            }
            (Err(_), None) if name(host) => Host::Name(host.to_ascii_lowercase()),
            _ => return Err(wrong()),
        };
        Ok(Self { host, port })
    }
}

impl fmt::Display for NetRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => write!(f, "{name}")?,
            Host::Range(address @ IpAddr::V6(_), bits) => write!(f, "[{address}/{bits}]")?,
            Host::Range(address, bits) => write!(f, "{address}/{bits}")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl AllowNet {
    /// Whether `address` may be reached, which `name` was resolved to, or listened at.
    pub fn allows(&self, name: Option<&str>, address: SocketAddr) -> bool {
        let Self::Only(rules) = self else { return true };
        // A version 4 address in a version 6 one is that version 4 address to the kernel.
        let ip = address.ip().to_canonical();
        rules.iter().any(|rule| {
            let host = match &rule.host {
                Host::Name(allowed) => name.is_some_and(|name| name.eq_ignore_ascii_case(allowed)),
                Host::Range(range, bits) => within(ip, *range, *bits),
            };
            host && rule.port.is_none_or(|port| port == address.port())
        })
    }

    /// Refuses an address that may not be listened at.
    pub fn check(&self, address: SocketAddr) -> Result<(), AdapterError> {
        if self.allows(None, address) {
            Ok(())
        } else {
            Err(self.refused(&address.to_string()))
        }
    }

    /// The allowed addresses of `host`, in the order in which they are tried.
    ///
    /// # Errors
    /// An error of the look-up; `E_NET_NOT_ALLOWED` where it gave only others.
    #[cfg(feature = "net")]
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Unresolved> {
        let found = tokio::net::lookup_host((host, port)).await;
        let found = found.map_err(|error| Unresolved::Failed(error.to_string()))?;
        self.among(host, port, found)
    }

    /// The allowed ones of the addresses that `host` was looked up to.
    ///
    /// # Errors
    /// There are none; `E_NET_NOT_ALLOWED` where there are only others.
    #[cfg(feature = "net")]
    pub fn among(
        &self,
        host: &str,
        port: u16,
        found: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Unresolved> {
        let name = host.parse::<IpAddr>().is_err().then_some(host);
        let (mut allowed, mut others) = (Vec::new(), 0);
        for address in found {
            match self.allows(name, address) {
                true => allowed.push(address),
                false => others += 1,
            }
        }
        match allowed.is_empty() {
            false => Ok(allowed),
            true if others == 0 => Err(Unresolved::Failed("has no address".to_owned())),
            true => Err(Unresolved::Refused(self.refused(&format!("{host}:{port}")))),
        }
    }

    fn refused(&self, what: &str) -> AdapterError {
        let rules = match self {
            Self::Everything => Vec::new(),
            Self::Only(rules) => rules.iter().map(ToString::to_string).collect(),
        };
        let allowed = match rules.is_empty() {
            true => "nothing".to_owned(),
            false => rules.join(", "),
        };
        AdapterError::new(
            E_NET_NOT_ALLOWED,
            format!("{what} is outside what the host's owner allows ({allowed})"),
            "name another address in the config, or have the host's owner allow this one with \
             --allow-net",
        )
    }
}

/// Why a host gave no address to connect to.
#[derive(Debug)]
pub enum Unresolved {
    /// The look-up failed; another may not.
    Failed(String),
    /// The host's owner doesn't allow it.
    Refused(AdapterError),
}

fn within(ip: IpAddr, range: IpAddr, bits: u8) -> bool {
    let same = |ip: u128, range: u128, of: u32| {
        let rest = of - u32::from(bits);
        rest >= of || ip >> rest == range >> rest
    };
    match (ip, range) {
        (IpAddr::V4(ip), IpAddr::V4(range)) => {
            same(u32::from(ip).into(), u32::from(range).into(), 32)
        }
        (IpAddr::V6(ip), IpAddr::V6(range)) => same(ip.into(), range.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(rules: &[&str], name: Option<&str>, address: &str) -> bool {
        let rules = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        AllowNet::Only(rules).allows(name, address.parse().unwrap())
    }

    #[test]
    fn rules_cover_ranges_names_and_ports_and_nothing_beside_them() {
        assert!(allows(&["10.0.0.0/8"], None, "10.1.2.3:80"));
        assert!(!allows(&["10.0.0.0/8"], None, "11.0.0.1:80"));
        assert!(allows(&["10.1.2.3:80"], None, "10.1.2.3:80"));
        assert!(!allows(&["10.1.2.3:80"], None, "10.1.2.3:81"));
        assert!(allows(&["0.0.0.0/0"], None, "192.0.2.1:1"));
        assert!(allows(&["[::1]:443"], None, "[::1]:443"));
        assert!(allows(&["[2001:db8::/32]"], None, "[2001:db8:1::1]:443"));
        assert!(!allows(&["[::/0]"], None, "192.0.2.1:1"));
        assert!(allows(
            &["api.example:443"],
            Some("API.example"),
            "192.0.2.1:443"
        ));
        assert!(!allows(
            &["api.example:443"],
            Some("x.api.example"),
            "192.0.2.1:443"
        ));
        assert!(!allows(&["api.example"], None, "192.0.2.1:443"));
        assert!(!allows(&[], None, "127.0.0.1:80"));
        // What the kernel takes for a version 4 address is held against the rules of those.
        assert!(allows(&["127.0.0.1"], None, "[::ffff:127.0.0.1]:80"));
        assert!(!allows(&["[::/0]"], None, "[::ffff:127.0.0.1]:80"));
    }

    #[test]
    fn what_is_no_rule_is_refused_and_a_rule_is_written_as_it_is_read() {
        for bad in [
            "",
            ":80",
            "a:b",
            "a:99999",
            "10.0.0.0/33",
            "[::1",
            "::1",
            "a/8",
            "a b",
            "*",
        ] {
            assert!(bad.parse::<NetRule>().is_err(), "{bad}");
        }
        for good in [
            "10.0.0.0/8",
            "10.0.0.1/32:80",
            "[::1/128]:443",
            "api.example:443",
        ] {
            assert_eq!(good.parse::<NetRule>().unwrap().to_string(), good);
        }
    }
}
