//! What stages remember, from one run to the next.
//!
//! The same spec over the same input goes on exactly: every stage that remembers takes up what it
//! knew at the checkpoint, or the run doesn't start. Another spec is another pipeline that somebody
//! deployed over the same files: a stage that is still the same, by id and key, or by its key where
//! it was renamed, goes on with what it knew; any other begins anew, and a notice says so
//! (docs/decisions/0034).

use std::sync::Arc;

use byteor_pipeline_exec::StateSnapshot;

use crate::checkpoint::{Checkpoint, SavedState};
use crate::error::AdapterError;
use crate::held::ANEW_HELP;
use crate::prepared::{Notice, Wiring};

/// A stage of the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageName {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
}

/// What a run takes up from the checkpoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    /// For each stage, in the spec's order, the state it goes on from.
    pub states: Vec<Option<Arc<[u8]>>>,
    from: Before,
}

/// What was there before this run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Before {
    /// Nothing that a stage could remember.
    #[default]
    Nothing,
    /// A run of the same spec over the same input.
    Same,
    /// Another spec, or another input.
    Other,
}

impl Carried {
    /// What `wiring` takes up from the checkpoint that was found, which speaks of the `same_input` or
    /// of another.
    pub fn from<I, O>(
        known: Option<&Checkpoint<I, O>>,
        same_input: bool,
        wiring: &Wiring,
    ) -> Result<Self, AdapterError> {
        let Some(known) = known else {
            return Ok(Self::default());
        };
        let anew = |from| Self {
            states: vec![None; wiring.stages.len()],
            from,
        };
        let other = match known.totals.records_in {
            0 => Before::Nothing,
            _ => Before::Other,
        };
        if !same_input {
            return Ok(anew(other));
        }
        if known.spec_hash != wiring.spec_hash {
            let mut carried = anew(other);
            let mut left: Vec<&SavedState> = known.states.iter().flatten().collect();
            // By id first, so that of several stages with one key each gets its own.
            for renamed in [false, true] {
                for (state, stage) in carried.states.iter_mut().zip(&wiring.stages) {
                    let gone = |id: &str| !wiring.stages.iter().any(|stage| stage.id == id);
                    let same = |saved: &&SavedState| {
                        let id = saved.id == stage.id || renamed && gone(&saved.id);
                        id && saved.key == stage.key
                    };
                    if state.is_none()
                        && let Some(at) = left.iter().position(same)
                    {
                        *state = Some(Arc::clone(&left.remove(at).bytes));
                    }
                }
            }
            return Ok(carried);
        }
        let mut carried = anew(Before::Same);
        for (at, saved) in known.states.iter().enumerate() {
            let Some(saved) = saved else { continue };
            match wiring.stages.get(at) {
                Some(stage) if stage.id == saved.id && stage.key == saved.key => {
                    carried.states[at] = Some(Arc::clone(&saved.bytes));
                }
                _ => {
                    return Err(refused(
                        wiring,
                        &format!(
                            "holds a state of stage `{}` with the key `{}`, which the spec doesn't have there",
                            saved.id.escape_default(),
                            saved.key.escape_default()
                        ),
                    ));
                }
            }
        }
        Ok(carried)
    }

    /// Holds what was taken up against what the stages of the started ring remember.
    pub fn accept(
        &self,
        ring: Option<&StateSnapshot>,
        wiring: &Wiring,
    ) -> Result<Vec<Notice>, AdapterError> {
        let mut notices = Vec::new();
        let ring = ring.map_or(&[][..], |ring| &ring.states);
        for (at, (stage, now)) in wiring.stages.iter().zip(ring).enumerate() {
            let known = self.states.get(at).is_some_and(Option::is_some);
            match self.from {
                _ if now.is_none() || known => {}
                Before::Nothing => {}
                Before::Same => {
                    return Err(refused(
                        wiring,
                        &format!("holds no state of stage `{}`, which remembers", stage.id),
                    ));
                }
                Before::Other => notices.push(Notice {
                    code: "N_STATE_ANEW",
                    message: format!(
                        "stage `{}` begins without memory of the records before: the checkpoint \
                         holds no state of a stage with its key for this input",
                        stage.id
                    ),
                }),
            }
        }
        Ok(notices)
    }
}

fn refused(wiring: &Wiring, why: &str) -> AdapterError {
    AdapterError::new(
        "E_CHECKPOINT_STATE",
        format!(
            "the checkpoint {} {why}, though it was written for the same spec",
            wiring.checkpoint.display()
        ),
        ANEW_HELP,
    )
}
