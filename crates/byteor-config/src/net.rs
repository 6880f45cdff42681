//! What an address in a config bundle may look like. Lexical only: names are resolved on the host,
//! which holds them to what its owner allows.

use std::net::SocketAddr;

/// Longest URL, in bytes.
const MAX_URL: usize = 2048;

/// Why `written` can't say where to listen, or `None` when it can. It is an address with a port, as
/// the standard library writes it, so that there is one writing for each.
pub fn listen_problem(written: &str) -> Option<&'static str> {
    match written.parse::<SocketAddr>() {
        Err(_) => Some("is no address with a port"),
        Ok(address) if address.port() == 0 => Some("has the port 0"),
        Ok(address) if address.to_string() != written => Some("isn't in its plain form"),
        Ok(_) => None,
    }
}

/// Why `written` can't be the path of a URL that is served, or `None` when it can.
pub fn url_path_problem(written: &str) -> Option<&'static str> {
    if !written.starts_with('/') {
        return Some("doesn't begin with a slash");
    }
    if written.len() > MAX_URL {
        return Some("is longer than 2048 bytes");
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    (!written.bytes().all(plain)).then_some("holds more than letters, digits and / - . _ ~")
}

/// Why `written` can't be a URL with one of `schemes`, or `None` when it can: a scheme, a host, a
/// port or none, a path and a query or none. No user, no password, no fragment.
pub fn url_problem(written: &str, schemes: &[&str]) -> Option<&'static str> {
    if written.len() > MAX_URL {
        return Some("is longer than 2048 bytes");
    }
    if !written.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) {
        return Some("holds a space or a byte outside ASCII");
    }
    if written.bytes().any(|byte| b"\"<>\\^`{|}#".contains(&byte)) {
        return Some("holds a character that no URL has there");
    }
    let Some((scheme, rest)) = written.split_once("://") else {
        return Some("has no scheme");
    };
    if !schemes.contains(&scheme) {
        return Some("has another scheme than this adapter speaks");
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some("holds a user; name a secret instead");
    }
    match split_authority(authority) {
        None => Some("has no host, or no port behind its colon"),
        Some(_) => None,
    }
}

/// Why `written` can't be the name of something at a peer, or `None` when it can.
pub fn name_problem(written: &str) -> Option<&'static str> {
    match written.len() {
        0 => Some("is empty"),
        1..=256 => {
            let plain = written.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
            (!plain).then_some("holds a space or a byte outside ASCII")
        }
        _ => Some("is longer than 256 bytes"),
    }
}

/// Why `written` can't point into a JSON record, or `None` when it can.
pub fn pointer_problem(written: &str) -> Option<&'static str> {
    if !written.starts_with('/') {
        return Some("doesn't begin with a slash");
    }
    if written.len() > MAX_URL {
        return Some("is longer than 2048 bytes");
    }
    let escaped = |part: &str| part.starts_with(['0', '1']);
    (!written.split('~').skip(1).all(escaped)).then_some("has a ~ without 0 or 1 behind it")
}

/// Host (without brackets) and port of an authority.
pub fn split_authority(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match rest.strip_prefix(':') {
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(port.parse().ok().filter(|port| *port != 0)?)
        }
        Some(_) => return None,
        None if rest.is_empty() => None,
        None => return None,
    };
    (!host.is_empty()).then_some((host, port))
}

/// What stands between scheme and path of a URL: host, and port where it is written.
pub fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// Path and query of a URL, as the head of a request has them.
pub fn target(url: &str) -> String {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let target = &rest[authority(url).len()..];
    match target.starts_with('/') {
        true => target.to_owned(),
        false => ["/", target].concat(),
    }
}

/// Where a URL's host is an address: that, with its port, where one is written.
pub fn address(url: &str) -> Option<SocketAddr> {
    let (host, port) = split_authority(authority(url))?;
    Some(SocketAddr::new(host.parse().ok()?, port?))
}

/// Whether what goes to a URL never leaves the host.
pub fn stays_on_the_host(url: &str) -> bool {
    let host = split_authority(authority(url)).map_or("", |(host, _)| host);
    let address = host.parse::<std::net::IpAddr>();
    address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_with_ports_say_where_to_listen() {
        for good in ["127.0.0.1:8080", "0.0.0.0:1", "[::1]:65535"] {
            assert_eq!(listen_problem(good), None, "{good}");
        }
        for (bad, why) in [
            ("8080", "is no address with a port"),
            ("localhost:8080", "is no address with a port"),
            ("127.0.0.1:0", "has the port 0"),
            ("[0:0::1]:80", "isn't in its plain form"),
        ] {
            assert_eq!(listen_problem(bad), Some(why), "{bad}");
        }
    }

    #[test]
    fn urls_have_a_scheme_that_is_spoken_and_a_host_and_no_user() {
        let http = ["https", "http"];
        for good in [
            "https://a.example/orders",
            "http://127.0.0.1:8080",
            "http://[::1]:8080/x?y=1",
        ] {
            assert_eq!(url_problem(good, &http), None, "{good}");
        }
        for bad in [
            "",
            "a.example",
            "ftp://a.example/",
            "https://",
            "https:///x",
            "https://me:word@a.example/",
            "https://a.example:/",
            "https://a.example:0/",
            "https://a.example:99999/",
            "https://a.example/#x",
            "https://a b.example/",
            "https://é.example/",
            "http://[::1",
        ] {
            assert!(url_problem(bad, &http).is_some(), "{bad}");
        }
        assert!(url_problem("http://a.example", &["https"]).is_some());
    }

    #[test]
    fn pointers_begin_with_a_slash_and_escape_as_they_should() {
        for good in ["/a", "/a/0/b", "/", "/a~0b~1c", "/é b"] {
            assert_eq!(pointer_problem(good), None, "{good}");
        }
        for bad in ["", "a", "/~", "/a~2"] {
            assert!(pointer_problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn served_paths_are_plain() {
        assert_eq!(url_path_problem("/orders/v1"), None);
        for bad in ["", "orders", "/a b", "/a?b", "/%2e", "/é"] {
            assert!(url_path_problem(bad).is_some(), "{bad}");
        }
    }
}
