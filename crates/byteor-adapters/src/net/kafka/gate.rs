//! Holds the library to the addresses that the host's owner allows: it looks no name up itself.
//!
//! Whatever a broker is named by, in the config or by another broker, comes by here before the library
//! connects, and it is given only the addresses that are allowed.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::net::{SocketAddr, ToSocketAddrs};
use std::ptr;
use std::sync::Mutex;

use crate::allow_net::{AllowNet, Unresolved};
use crate::delivery::relock;
use crate::error::AdapterError;

/// The rules, and the first address that was refused.
pub(super) struct Gate {
    allow: AllowNet,
    refused: Mutex<Option<AdapterError>>,
}

impl Gate {
    pub fn new(allow: AllowNet) -> Self {
        Self {
            allow,
            refused: Mutex::new(None),
        }
    }

    /// Why an address isn't connected to, once that was so.
    pub fn refused(&self) -> Option<AdapterError> {
        relock(&self.refused).clone()
    }

    /// The allowed addresses of a host; nothing where there are none, which is kept if it is because
    /// they aren't allowed.
    fn look_up(&self, host: &str, port: u16) -> Option<Vec<SocketAddr>> {
        let found = (host, port).to_socket_addrs().ok()?;
        match self.allow.among(host, port, found) {
            Ok(allowed) => Some(allowed),
            Err(Unresolved::Failed(_)) => None,
            Err(Unresolved::Refused(error)) => {
                relock(&self.refused).get_or_insert(error);
                None
            }
        }
    }
}

type ResolveCb = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    *const libc::addrinfo,
    *mut *mut libc::addrinfo,
    *mut c_void,
) -> c_int;

unsafe extern "C" {
    // Left out of rdkafka-sys, which has no `addrinfo`.
    fn rd_kafka_conf_set_resolve_cb(
        conf: *mut rdkafka_sys::rd_kafka_conf_t,
        resolve_cb: Option<ResolveCb>,
    );
}

/// Has a client with this config ask its opaque [`Gate`].
///
/// # Safety
/// `conf` is a config that no client has yet; its opaque is a [`Gate`] that lives longer than the
/// client that is made of it.
pub(super) unsafe fn put_in_front(conf: *mut rdkafka_sys::rd_kafka_conf_t) {
    // SAFETY: as the caller says; the function has the signature that rdkafka.h declares.
    unsafe { rd_kafka_conf_set_resolve_cb(conf, Some(resolve)) }
}

/// One address as the library takes them, allocated here.
#[repr(C)]
struct Address {
    info: libc::addrinfo,
    storage: Storage,
}

#[repr(C)]
union Storage {
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

/// Looks a node up as `getaddrinfo` would; without a node it frees what an earlier call gave.
unsafe extern "C" fn resolve(
    node: *const c_char,
    service: *const c_char,
    _hints: *const libc::addrinfo,
    found: *mut *mut libc::addrinfo,
    opaque: *mut c_void,
) -> c_int {
    if node.is_null() {
        // SAFETY: the library gives back the list that it was given below, once.
        unsafe { free(*found) };
        return 0;
    }
    // SAFETY: the library gives strings that end with a zero, and the opaque of the config, a gate.
    let (gate, node, service) = unsafe {
        (
            &*opaque.cast::<Gate>(),
            CStr::from_ptr(node),
            CStr::from_ptr(service),
        )
    };
    let asked = node.to_str().ok().zip(service.to_str().ok());
    let asked = asked.and_then(|(node, service)| Some((node, service.parse().ok()?)));
    // What the library splits off a version 6 address may have its brackets.
    let looked = asked.and_then(|(node, port)| {
        let bare = node
            .strip_prefix('[')
            .and_then(|node| node.strip_suffix(']'));
        gate.look_up(bare.unwrap_or(node), port)
    });
    match looked {
        Some(addresses) => {
            // SAFETY: the library gives a place for the list.
            unsafe { *found = list(&addresses) };
            0
        }
        None => libc::EAI_FAIL,
    }
}

fn list(addresses: &[SocketAddr]) -> *mut libc::addrinfo {
    addresses.iter().rev().fold(ptr::null_mut(), |next, one| {
        let (family, length, storage) = stored(one);
        let address = Box::new(Address {
            info: libc::addrinfo {
                ai_flags: 0,
                ai_family: family,
                ai_socktype: libc::SOCK_STREAM,
                ai_protocol: libc::IPPROTO_TCP,
                ai_addrlen: length as libc::socklen_t,
                ai_addr: ptr::null_mut(),
                ai_canonname: ptr::null_mut(),
                ai_next: next,
            },
            storage,
        });
        let address = Box::into_raw(address);
        // SAFETY: it was just made, and nobody else has it; `info` stands at its begin.
        unsafe {
            (*address).info.ai_addr = (&raw mut (*address).storage).cast();
        }
        address.cast()
    })
}

fn stored(address: &SocketAddr) -> (c_int, usize, Storage) {
    match address {
        SocketAddr::V4(address) => {
            let v4 = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: address.port().to_be(),
                sin_addr: libc::in_addr {
                    s_addr: u32::from_ne_bytes(address.ip().octets()),
                },
                sin_zero: [0; 8],
            };
            (libc::AF_INET, size_of_val(&v4), Storage { v4 })
        }
        SocketAddr::V6(address) => {
            let v6 = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: address.port().to_be(),
                sin6_flowinfo: address.flowinfo(),
                sin6_addr: libc::in6_addr {
                    s6_addr: address.ip().octets(),
                },
                sin6_scope_id: address.scope_id(),
            };
            (libc::AF_INET6, size_of_val(&v6), Storage { v6 })
        }
    }
}

/// # Safety
/// `list` is one that [`list`] made, or null, and nobody uses it any more.
unsafe fn free(mut list: *mut libc::addrinfo) {
    while !list.is_null() {
        // SAFETY: each node is the begin of an `Address` that was a box.
        let address = unsafe { Box::from_raw(list.cast::<Address>()) };
        list = address.info.ai_next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    fn asked(gate: &Gate, node: &str) -> Result<Vec<String>, c_int> {
        let (node, service) = (CString::new(node).unwrap(), CString::new("9092").unwrap());
        let mut found = ptr::null_mut();
        let opaque = ptr::from_ref(gate).cast_mut().cast();
        // SAFETY: as the library calls it.
        let code = unsafe {
            resolve(
                node.as_ptr(),
                service.as_ptr(),
                ptr::null(),
                &raw mut found,
                opaque,
            )
        };
        if code != 0 {
            return Err(code);
        }
        let (mut addresses, mut at) = (Vec::new(), found);
        while !at.is_null() {
            // SAFETY: the list that was just made.
            let info = unsafe { &*at };
            let written = match info.ai_family {
                // SAFETY: the family says which of both it is.
                libc::AF_INET => unsafe {
                    let address = &*info.ai_addr.cast::<libc::sockaddr_in>();
                    format!(
                        "{}:{}",
                        std::net::Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes()),
                        u16::from_be(address.sin_port)
                    )
                },
                // SAFETY: as above.
                _ => unsafe {
                    let address = &*info.ai_addr.cast::<libc::sockaddr_in6>();
                    format!(
                        "[{}]:{}",
                        std::net::Ipv6Addr::from(address.sin6_addr.s6_addr),
                        u16::from_be(address.sin6_port)
                    )
                },
            };
            addresses.push(written);
            at = info.ai_next;
        }
        // SAFETY: as the library frees it.
        unsafe {
            resolve(
                ptr::null(),
                ptr::null(),
                ptr::null(),
                &raw mut found,
                opaque,
            )
        };
        Ok(addresses)
    }

    #[test]
    fn the_library_is_given_allowed_addresses_only_and_the_refusal_is_kept() {
        let only = |rule: &str| Gate::new(AllowNet::Only(vec![rule.parse().unwrap()]));
        let gate = only("127.0.0.0/8");
        assert_eq!(asked(&gate, "127.0.0.1"), Ok(vec!["127.0.0.1:9092".into()]));
        assert!(gate.refused().is_none());
        assert_eq!(asked(&gate, "192.0.2.1"), Err(libc::EAI_FAIL));
        assert_eq!(asked(&gate, "[2001:db8::1]"), Err(libc::EAI_FAIL));
        let refused = gate.refused().unwrap();
        assert_eq!(refused.code, "E_NET_NOT_ALLOWED");
        assert!(refused.message.contains("192.0.2.1:9092"), "{refused}");
        let gate = only("[2001:db8::/32]");
        assert_eq!(
            asked(&gate, "[2001:db8::1]"),
            Ok(vec!["[2001:db8::1]:9092".into()])
        );
        assert_eq!(asked(&gate, "no host at all"), Err(libc::EAI_FAIL));
        assert!(gate.refused().is_none());
    }
}
