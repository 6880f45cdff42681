//! Values in the place of secrets.

use byteor_pipeline_stages::Secrets;

use crate::TrySecret;

/// What stands for a secret that nobody typed a stand-in for.
const STAND_IN: &[u8] = b"a stand-in, and no secret of anybody";

/// Stand-ins that somebody typed.
pub(crate) struct StandIns {
    given: Vec<TrySecret>,
    otherwise: Option<&'static [u8]>,
}

impl StandIns {
    /// Names without a value have none.
    pub(crate) fn only(given: Vec<TrySecret>) -> Self {
        Self {
            given,
            otherwise: None,
        }
    }

    /// Names without a value have one that stands for all of them.
    pub(crate) fn for_all(given: Vec<TrySecret>) -> Self {
        Self {
            given,
            otherwise: Some(STAND_IN),
        }
    }
}

impl Secrets for StandIns {
    fn secret(&self, name: &str) -> Option<&[u8]> {
        let given = self.given.iter().find(|secret| secret.name == name);
        let value = given.map(|secret| secret.value.as_bytes());
        value.filter(|value| !value.is_empty()).or(self.otherwise)
    }
}
