//! A key set that can't be taken whole: what is valid of it is taken, and what isn't is said.

use serde::Deserialize;

use crate::keys::{KeySet, KeyState, TrustedKey};
use crate::refusal::quote;

/// Every code of a key that isn't taken.
pub mod key_codes {
    /// No id, an unknown algorithm, purpose or state, or no Ed25519 public key.
    pub const FORM: &str = "E_KEY_FORM";
    /// Another key of the set has its id; none of them is taken.
    pub const TWICE: &str = "E_KEY_TWICE";
    /// It has the id of a trusted key, but other bytes or another purpose.
    pub const CHANGED: &str = "E_KEY_CHANGED";
    /// It was revoked here, and stays so.
    pub const REVOKED: &str = "E_KEY_REVOKED";
}

/// A key of a set that isn't taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRefusal {
    /// Its id, printable and cut; empty where it has none.
    pub kid: String,
    /// One of [`key_codes`].
    pub code: &'static str,
    /// What was found.
    pub message: String,
}

/// A key set as it came in: the keys that have their form, and what was said of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedKeys {
    /// The sound keys.
    pub set: KeySet,
    /// The others.
    pub refused: Vec<KeyRefusal>,
    /// Ids of the others: whoever is trusted by one of these ids stays as it was.
    disputed: Vec<String>,
}

#[derive(Deserialize)]
struct Raw {
    keys: Vec<serde_json::Value>,
    org_id: String,
    v: u32,
}

impl OfferedKeys {
    /// Reads a key set key by key.
    ///
    /// # Errors
    /// What is wrong with the set itself, in words: then nothing of it is taken.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let raw: Raw = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if raw.v != 1 {
            return Err(format!("key set version {} is unknown", raw.v));
        }
        let mut offered = Self {
            set: KeySet {
                keys: Vec::new(),
                org_id: raw.org_id,
                v: 1,
            },
            refused: Vec::new(),
            disputed: Vec::new(),
        };
        let ids: Vec<Option<String>> = raw
            .keys
            .iter()
            .map(|key| key.get("kid")?.as_str().map(str::to_owned))
            .collect();
        for (index, key) in raw.keys.into_iter().enumerate() {
            let kid = ids[index].as_deref();
            let others = ids
                .iter()
                .filter(|other| other.is_some() && other.as_deref() == kid);
            if others.count() > 1 {
                offered.refuse(kid, key_codes::TWICE, "its id is there more than once");
                continue;
            }
            let sound = serde_json::from_value::<TrustedKey>(key)
                .map_err(|error| error.to_string())
                .and_then(|key| key.check().map(|()| key));
            match sound {
                Ok(key) => offered.set.keys.push(key),
                Err(why) => offered.refuse(kid, key_codes::FORM, &why),
            }
        }
        Ok(offered)
    }

    fn refuse(&mut self, kid: Option<&str>, code: &'static str, why: &str) {
        let quoted = quote(kid.unwrap_or_default());
        self.refused.push(KeyRefusal {
            message: format!("The key '{quoted}' isn't taken: {}.", quote(why)),
            kid: quoted,
            code,
        });
        self.disputed.extend(kid.map(str::to_owned));
    }

    /// What is trusted after this set came in, and what isn't taken of it. Keys may come, and be
    /// retired or revoked; a known id never gets other bytes or another purpose, and what was
    /// revoked stays revoked, also where the set doesn't name it any more.
    ///
    /// # Errors
    /// The set is another organization's: then nothing of it is taken.
    pub fn over(mut self, trusted: &KeySet) -> Result<(KeySet, Vec<KeyRefusal>), String> {
        if self.set.org_id != trusted.org_id {
            return Err("the keys are another organization's".to_owned());
        }
        for key in std::mem::take(&mut self.set.keys) {
            match trusted.key(&key.kid) {
                Some(known)
                    if known.public_key != key.public_key || known.purpose != key.purpose =>
                {
                    let why = "it is not the one known by this id";
                    self.refuse(Some(&key.kid), key_codes::CHANGED, why);
                }
                Some(known)
                    if known.state == KeyState::Revoked && key.state != KeyState::Revoked =>
                {
                    self.refuse(Some(&key.kid), key_codes::REVOKED, "it was revoked");
                }
                _ => self.set.keys.push(key),
            }
        }
        let kept = trusted.keys.iter().filter(|known| {
            let revoked = known.state == KeyState::Revoked;
            self.set.key(&known.kid).is_none() && (revoked || self.disputed.contains(&known.kid))
        });
        let kept: Vec<_> = kept.cloned().collect();
        self.set.keys.extend(kept);
        Ok((self.set, self.refused))
    }
}
