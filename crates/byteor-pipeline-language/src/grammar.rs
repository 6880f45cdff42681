//! The parts of a stage key as it stands, valid or half-typed, by the catalogue's key grammar.

use byteor_pipeline_catalogue::{StageFamily, family};

/// Where the parts of a key stand in it, in bytes.
pub(crate) struct KeyParts {
    /// The family's name.
    pub(crate) name: (usize, usize),
    /// The family, where the catalogue knows it.
    pub(crate) family: Option<&'static StageFamily>,
    /// The parameters that are there, in the order of the family's.
    pub(crate) parameters: Vec<(usize, usize)>,
}

/// Takes a key apart. The last parameter that is there goes to the end of the key.
pub(crate) fn parts_of_key(key: &str) -> KeyParts {
    let end = key.find(':').unwrap_or(key.len());
    let family = family(&key[..end]);
    let mut parameters = Vec::new();
    if let Some(family) = family
        && end < key.len()
    {
        let mut start = end + 1;
        for at in 0..family.parameters.len() {
            let stop = match separator(family, at + 1) {
                Some(sign) => unescaped(key, start, sign),
                None => None,
            };
            parameters.push((start, stop.unwrap_or(key.len())));
            match stop {
                Some(stop) => start = stop + 1,
                None => break,
            }
        }
    }
    KeyParts {
        name: (0, end),
        family,
        parameters,
    }
}

/// The sign before a parameter.
fn separator(family: &StageFamily, parameter: usize) -> Option<u8> {
    u8::try_from(family.parameters.get(parameter)?.separator).ok()
}

/// Where a parameter stands in the key grammar.
pub(crate) fn parameter_place(family: &StageFamily, parameter: usize, name: &str) -> Option<usize> {
    // A name may stand in another: look behind the parameters before.
    let mut from = 0;
    for before in family.parameters.iter().take(parameter) {
        from += family.key_grammar.get(from..)?.find(before.name)? + before.name.len();
    }
    Some(from + family.key_grammar.get(from..)?.find(name)?)
}

/// The first `sign` from `start` on that no backslash precedes.
fn unescaped(key: &str, start: usize, sign: u8) -> Option<usize> {
    let bytes = key.as_bytes();
    (start..bytes.len()).find(|&at| bytes[at] == sign && (at == start || bytes[at - 1] != b'\\'))
}
