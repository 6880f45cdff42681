//! To whom a side would prove itself, and by what: whoever lets a secret be sent compares this.

use crate::adapters::{Key, KeyKind};
use crate::model::ConfigBundleV1;

/// One side of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Where records come from.
    Source,
    /// Where they go to.
    Sink,
}

impl Direction {
    /// Both.
    pub const ALL: &'static [Self] = &[Self::Source, Self::Sink];

    /// Its word, on a command line and in what is said of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }

    /// The side of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|side| side.as_str() == word)
    }
}

/// To whom a side would prove itself, and by which secrets. Two that are equal send the same secrets to
/// the same peer over the same kind of connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The kind of adapter.
    kind: &'static str,
    /// What says who the peer is, how it proves itself and who asks: key and value.
    peer: Vec<(&'static str, String)>,
    /// The files of the secrets, by the key that names each.
    secrets: Vec<(&'static str, String)>,
}

/// Keys that say what is read or written at a peer, and how, and nothing of who the peer is. A key that
/// isn't named here counts, also one of an adapter to come.
const WHAT: &[&str] = &[
    "columns",
    "compression",
    "field",
    "format",
    "framing",
    "group",
    "key",
    "key_column",
    "key_columns",
    "other",
    "positions",
    "prefix",
    "schema",
    "start",
    "start_after",
    "stream",
    "subject",
    "table",
    "topic",
    "transaction_column",
    "write",
];

impl ConfigBundleV1 {
    /// What one side would prove to whom; nothing where it names no secret.
    pub fn proof(&self, side: Direction) -> Option<Proof> {
        let (kind, keys, written) = match side {
            Direction::Source => (
                self.ingress.kind(),
                self.ingress.keys(),
                self.ingress.written(),
            ),
            Direction::Sink => (
                self.egress.kind(),
                self.egress.keys(),
                self.egress.written(),
            ),
        };
        let mut proof = Proof {
            kind,
            peer: Vec::new(),
            secrets: Vec::new(),
        };
        for (key, value) in std::iter::zip(keys, written) {
            match value {
                Some(name) if matches!(key.kind, KeyKind::Secret) => {
                    let known = self.secrets.iter().find(|secret| secret.name == name);
                    let path = known.map(|secret| secret.path.clone());
                    proof.secrets.push((key.name, path.unwrap_or_default()));
                }
                Some(value) if says_who(key) => proof.peer.push((key.name, value)),
                _ => {}
            }
        }
        (!proof.secrets.is_empty()).then_some(proof)
    }

    /// The names of the secrets that one side uses.
    pub fn secrets_of(&self, side: Direction) -> Vec<String> {
        let (keys, written) = match side {
            Direction::Source => (self.ingress.keys(), self.ingress.written()),
            Direction::Sink => (self.egress.keys(), self.egress.written()),
        };
        std::iter::zip(keys, written)
            .filter(|(key, _)| matches!(key.kind, KeyKind::Secret))
            .filter_map(|(_, name)| name)
            .collect()
    }
}

fn says_who(key: &Key) -> bool {
    !matches!(key.kind, KeyKind::Number { .. }) && !WHAT.contains(&key.name)
}
