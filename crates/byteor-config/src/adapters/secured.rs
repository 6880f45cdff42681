//! What adapters have in common to say of secured connections: rules between keys, and the keys.

use super::{BrokenRule, Key, KeyKind};

/// Something that is proven stands beside a connection over which nobody proves anything. `plain` and
/// `secure` are what the two are called ("http", "https"), `what` is what stands at `key`.
pub(super) fn nothing_to_prove(
    plain: &str,
    secure: &str,
    key: &'static str,
    what: &str,
) -> BrokenRule {
    BrokenRule {
        code: "E_CONFIG_AUTHORITIES",
        key,
        message: format!("Nobody proves anything over {plain}.").into(),
        help: format!("Use {secure}, or leave {what} out.").into(),
    }
}

/// The secret at `key`, which is also the word for it, stands beside a connection that others can read.
pub(super) fn in_clear(secure: &str, key: &'static str) -> BrokenRule {
    BrokenRule {
        code: "E_CONFIG_TOKEN_IN_CLEAR",
        key,
        message: format!("The {key} would go over the network for everybody to read.").into(),
        help: format!("Use {secure}, or leave the {key} out.").into(),
    }
}

/// A certificate without its key, or a key without its certificate.
pub(super) fn half_a_pair(certificate: bool, key: bool) -> Option<BrokenRule> {
    (certificate != key).then_some(BrokenRule {
        code: "E_CONFIG_CERTIFICATE",
        key: match certificate {
            true => "certificate_key",
            false => "certificate",
        },
        message: "A certificate and its key go together.".into(),
        help: "Give both, or neither.".into(),
    })
}

impl Key {
    /// Who speaks for a server that is connected to.
    pub(super) const AUTHORITIES: Self = Self::new(
        KeyKind::Path,
        "Certificate authorities",
        "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
    )
    .optional();

    /// How long a peer is tried without success.
    pub(super) const GIVE_UP_AFTER: Self = Self::new(
        KeyKind::Number {
            min: 1,
            max: 604_800,
            unit: "seconds",
        },
        "Give up after, in seconds",
        "How long it is tried again without success before the run fails; left out, until it works.",
    )
    .optional();
}
