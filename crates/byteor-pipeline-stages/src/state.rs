//! The form of a saved state: a version, the key that it belongs to, the state, and a check.

use byteor_pipeline_kernel::StageFailure;
use sha2::{Digest, Sha256};

/// The version of the form.
const VERSION: u8 = 1;
/// Bytes of the check: the first of a SHA-256 over version, key and state.
const CHECK: usize = 8;

/// How many bytes the form adds to a state.
pub(crate) const OVERHEAD: usize = 1 + CHECK;

/// What saves and checks the states of one stage.
pub(crate) struct Sealed {
    /// A hash that the stage's key went into.
    keyed: Sha256,
}

impl Sealed {
    pub(crate) fn new(key: &str) -> Self {
        let mut keyed = Sha256::new();
        keyed.update([VERSION]);
        keyed.update((key.len() as u64).to_le_bytes());
        keyed.update(key);
        Self { keyed }
    }

    fn check(&self, state: &[&[u8]]) -> [u8; CHECK] {
        let mut hash = self.keyed.clone();
        for piece in state {
            hash.update(piece);
        }
        let mut check = [0; CHECK];
        check.copy_from_slice(&hash.finalize()[..CHECK]);
        check
    }

    /// Hands over the form of a state that stands in pieces.
    pub(crate) fn save(&self, state: &[&[u8]], put: &mut dyn FnMut(&[u8])) {
        put(&[VERSION]);
        put(&self.check(state));
        for piece in state {
            put(piece);
        }
    }

    /// The state in `saved`, or why it is none of this stage.
    pub(crate) fn open<'s>(&self, saved: &'s [u8]) -> Result<&'s [u8], StageFailure> {
        let (head, state) = saved
            .split_at_checked(OVERHEAD)
            .ok_or_else(|| failure("the saved state is too short"))?;
        if head[0] != VERSION {
            return Err(failure("the saved state has another version"));
        }
        if head[1..] != self.check(&[state]) {
            return Err(failure(
                "the saved state is damaged, or that of another stage",
            ));
        }
        Ok(state)
    }
}

/// A state that can't be restored.
pub(crate) fn failure(message: &'static str) -> StageFailure {
    StageFailure {
        code: "E_STAGE_STATE",
        message,
    }
}
