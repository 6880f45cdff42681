//! Keyed hashes of values, as lower case hexadecimal digits.

use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha512};

/// A hash function with its secret. Never shown.
pub(crate) enum Keyed {
    Sha256(Hmac<Sha256>),
    Sha512(Box<Hmac<Sha512>>),
}

/// Room for the digits of the longest hash.
pub(crate) const DIGITS_MAX: usize = 128;

impl Keyed {
    /// The algorithm of that name in the catalogue.
    pub(crate) fn new(algorithm: &str, secret: &[u8]) -> Self {
        const ANY_LENGTH: &str = "HMAC takes keys of any length";
        match algorithm {
            "hmac_sha512" => Self::Sha512(Box::new(
                Hmac::<Sha512>::new_from_slice(secret).expect(ANY_LENGTH),
            )),
            _ => Self::Sha256(Hmac::<Sha256>::new_from_slice(secret).expect(ANY_LENGTH)),
        }
    }

    /// Writes the digits of the hash of `value` to the start of `digits`, and says how many.
    pub(crate) fn digits(&self, value: &[u8], digits: &mut [u8; DIGITS_MAX]) -> usize {
        match self {
            Self::Sha256(keyed) => {
                let hash = keyed.clone().chain_update(value).finalize().into_bytes();
                hex(&hash, digits)
            }
            Self::Sha512(keyed) => {
                let keyed: Hmac<Sha512> = (**keyed).clone();
                hex(&keyed.chain_update(value).finalize().into_bytes(), digits)
            }
        }
    }
}

fn hex(bytes: &[u8], digits: &mut [u8; DIGITS_MAX]) -> usize {
    for (&byte, two) in bytes.iter().zip(digits.chunks_exact_mut(2)) {
        two.copy_from_slice(&byteor_ascii::hex_pair(byte));
    }
    2 * bytes.len()
}
