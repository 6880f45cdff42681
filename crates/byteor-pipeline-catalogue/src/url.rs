//! Addresses.

use crate::key::KeyProblem;

/// The host of an address, with its port where it has one.
pub(crate) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?', '#'])
        .next()
        .filter(|host| !host.is_empty())
}

/// Checks an absolute address that starts at byte `from` of its key.
pub(crate) fn check(url: &str, from: usize) -> Result<(), KeyProblem> {
    let problem = |why: &str| {
        KeyProblem::new(
            "E_KEY_URL",
            format!("The address is not usable: {why}"),
            "Write an absolute address, for example `https://example.com/records`",
            from,
            from + url.len(),
        )
        .arg("reason", why)
    };
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .ok_or_else(|| problem("it must start with http:// or https://"))?;
    if let Some(bad) = url.chars().find(|c| " \"<>\\^`{|}#".contains(*c)) {
        return Err(problem(&format!("`{bad}` can't stand in it")));
    }
    let authority = rest.split(['/', '?']).next().unwrap_or("");
    if authority.contains('@') {
        return Err(problem("user information doesn't belong into a plan"));
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inside, tail) = rest
                .split_once(']')
                .ok_or_else(|| problem("the bracket is not closed"))?;
            if inside.parse::<core::net::Ipv6Addr>().is_err() {
                return Err(problem("the host is no IPv6 address"));
            }
            let port = match tail.strip_prefix(':') {
                Some(port) => Some(port),
                None if tail.is_empty() => None,
                None => return Err(problem("only a port can follow the host")),
            };
            ("", port)
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if !authority.starts_with('[') {
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if host.len() > 253 || !host.strip_suffix('.').unwrap_or(host).split('.').all(label) {
            return Err(problem("the host is no name and no address"));
        }
    }
    if let Some(port) = port
        && !(port.parse::<u16>().is_ok_and(|port| port > 0)
            && port.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(problem("the port is no number from 1 to 65535"));
    }
    Ok(())
}
