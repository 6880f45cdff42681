//! The model: what a config bundle holds, as people and forms see it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::adapters::{Egress, Ingress, KeyKind};

/// The record-size classes (slot payload bytes) that regions exist for (design, decision 14).
pub const SLOT_BYTES: [u32; 4] = [256, 1024, 4096, 16384];

/// Declares an enum whose members have one written form, shared by JSON, KV and messages.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        pub enum $name { $($(#[$member_doc])* #[serde(rename = $word)] $member),+ }

        impl $name {
            /// Every member, in the order in which a form offers them.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The written form, the same in JSON and in canonical text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $word),+ }
            }

            /// The member with this written form.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

words! {
    /// Class of an environment; a config bundle's must equal its environment's.
    Posture {
        /// Development: side effects may be allowed.
        Dev = "dev",
        /// Staging: side effects expect an approval.
        Staging = "staging",
        /// Production: deployments always need an approval.
        Prod = "prod",
    }
}

words! {
    /// What the runtime asks of the host (`enterprise.md` section 8).
    TuningProfile {
        /// Adaptive waiting, nothing privileged.
        Default = "default",
        /// Spin wait, balanced pinning, locked memory.
        LowLatency = "low-latency",
        /// Spin wait on isolated CPUs with real-time scheduling.
        IsolatedCore = "isolated-core",
    }
}

words! {
    /// Which threads run the stages of a ring (docs/spec/execution.md). What comes out is the same.
    Workers {
        /// A thread for each stage.
        Dedicated = "dedicated",
        /// A thread for several consecutive stages.
        Segments = "segments",
        /// One thread from ingress to egress.
        One = "one",
    }
}

words! {
    /// What a thread does while it has nothing to do.
    Wait {
        /// Look again at once: a whole core, and the shortest way.
        Spin = "spin",
        /// Look again at once, then give the core away, then sleep a little longer each time.
        Backoff = "backoff",
        /// Look again at once as long as that pays, then sleep until woken.
        Adaptive = "adaptive",
    }
}

words! {
    /// Where the value of a secret is.
    SecretKind {
        /// In a file on the agent's host.
        File = "file",
    }
}

/// A config bundle: environment-specific runtime posture attached to a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ConfigBundleV1 {
    /// Format version, 1.
    #[cfg_attr(feature = "ts", ts(type = "1"))]
    pub v: u32,
    /// Posture of the environment that it is for.
    pub posture: Posture,
    /// What is asked of the host.
    pub tuning: Tuning,
    /// Sizes of records.
    pub record: Record,
    /// The one ingress binding.
    pub ingress: Ingress,
    /// The one egress binding.
    pub egress: Egress,
    /// Where refused records are kept.
    pub reject: Reject,
    /// Where the secrets are that stage keys name, in the order of their names. Exactly those that
    /// the spec's keys use; left out where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<SecretReference>>", optional))]
    pub secrets: Vec<SecretReference>,
}

/// Tuning requested from the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Tuning {
    /// The profile asked for.
    pub profile: TuningProfile,
    /// The workers asked for; left out, the host's cores decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub workers: Option<Workers>,
    /// The wait asked for; left out, it is the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub wait: Option<Wait>,
}

/// Sizes of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Record {
    /// Largest record in bytes, before and after each stage; one of [`SLOT_BYTES`].
    #[cfg_attr(feature = "ts", ts(type = "256 | 1024 | 4096 | 16384"))]
    pub slot_bytes: u32,
}

/// Where refused records are kept, as they came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Reject {
    /// Absolute path of the reject file on the agent's host.
    pub path: String,
}

/// Where a secret is. Its value stands in no bundle, and never leaves the agent's host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SecretReference {
    /// The name that stage keys know it by.
    pub name: String,
    /// What `path` names.
    pub kind: SecretKind,
    /// Absolute path on the agent's host of the file that holds it.
    pub path: String,
}

/// Whether `name` can be the name of a secret: a small letter, then small letters, digits and
/// underscores, at most 64 characters. Stage keys have the same rule.
pub fn is_secret_name(name: &str) -> bool {
    name.len() <= 64
        && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

impl ConfigBundleV1 {
    /// Every key of the two adapters with its field (`ingress.path`) and its value; nothing where it
    /// is left out.
    pub(crate) fn adapter_fields(
        &self,
    ) -> impl Iterator<Item = (String, &'static crate::adapters::Key, Option<String>)> {
        let side = |side: &'static str, keys: &'static [crate::adapters::Key], written| {
            std::iter::zip(keys, written)
                .map(move |(key, written)| ([side, ".", key.name].concat(), key, written))
        };
        let ingress = side("ingress", self.ingress.keys(), self.ingress.written());
        ingress.chain(side("egress", self.egress.keys(), self.egress.written()))
    }

    /// Every path that the runtime would open, with the model path of its field, in the order of
    /// the canonical text.
    pub fn paths(&self) -> Vec<(Cow<'static, str>, &str)> {
        let mut paths = Vec::new();
        for (side, keys, texts) in [
            ("ingress.", self.ingress.keys(), self.ingress.texts()),
            ("egress.", self.egress.keys(), self.egress.texts()),
        ] {
            for (key, text) in std::iter::zip(keys, texts) {
                if let (KeyKind::Path, Some(path)) = (key.kind, text) {
                    paths.push(([side, key.name].concat().into(), path));
                }
            }
        }
        paths.push(("reject.path".into(), self.reject.path.as_str()));
        for secret in &self.secrets {
            let field = ["secrets.", &secret.name, ".path"].concat();
            paths.push((field.into(), secret.path.as_str()));
        }
        paths
    }

    /// Names of the secrets that the adapters use, with the model path of the key that names each.
    pub fn adapter_secrets(&self) -> Vec<(String, String)> {
        self.adapter_fields()
            .filter(|(_, key, _)| matches!(key.kind, KeyKind::Secret))
            .filter_map(|(field, _, name)| Some((field, name?)))
            .collect()
    }
}
