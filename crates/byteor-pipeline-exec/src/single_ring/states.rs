//! State snapshots: what the stages that remember knew after one and the same record.
//!
//! The producer names the record: the last one that it appended. No stage can be past it, since
//! whatever comes behind it is published later, and so seen later than the question. Each stage
//! saves when it reached that record, before it takes the next one; the last stage, which comes
//! after all others, hands the whole to the sink, which took exactly the records up to there.
//! Nothing waits for anything else, so records flow on meanwhile (docs/decisions/0034).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use byteor_pipeline_kernel::{Stage, StageFailure};

/// What stages remember, all after the same record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateSnapshot {
    /// The record; 0 before the first of the run.
    pub sequence: u64,
    /// For each stage, in the order of the spec, its state; nothing for one that has none.
    pub states: Vec<Option<Arc<[u8]>>>,
}

/// The snapshots of a run, shared by producer and stages.
pub(crate) struct States {
    /// After which record a snapshot is asked for; only ever grows.
    asked: AtomicU64,
    /// After which record the last whole one was taken. One is asked for only when the one before
    /// is whole, so there are never two on their way.
    taken: AtomicU64,
    /// Of each stage that has a state, what it saved last.
    saved: Box<[Option<Mutex<Saved>>]>,
    latest: Mutex<Arc<StateSnapshot>>,
}

struct Saved {
    after: u64,
    state: Arc<[u8]>,
}

impl States {
    /// The snapshots of these stages, with the one before the first record; nothing where no stage
    /// has a state. An error comes with the index of the stage.
    pub(crate) fn new(stages: &[Box<dyn Stage>]) -> Result<Option<Self>, (usize, StageFailure)> {
        let mut states = Vec::with_capacity(stages.len());
        for (index, stage) in stages.iter().enumerate() {
            states.push(match stage.state_limit() {
                0 => None,
                _ => Some(save(&**stage).map_err(|failure| (index, failure))?),
            });
        }
        if states.iter().all(Option::is_none) {
            return Ok(None);
        }
        let saved = |state: &Option<Arc<[u8]>>| {
            state
                .clone()
                .map(|state| Mutex::new(Saved { after: 0, state }))
        };
        Ok(Some(Self {
            asked: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            saved: states.iter().map(saved).collect(),
            latest: Mutex::new(Arc::new(StateSnapshot {
                sequence: 0,
                states,
            })),
        }))
    }

    /// Asks for a snapshot after `sequence`, which nothing published comes behind. Answers false,
    /// asking nothing, while one is on its way or when nothing came since the last one.
    pub(crate) fn ask(&self, sequence: u64) -> bool {
        let asked = self.asked.load(Ordering::Relaxed);
        if self.taken.load(Ordering::Acquire) < asked || sequence <= asked {
            return false;
        }
        self.asked.store(sequence, Ordering::Release);
        true
    }

    /// After which record a snapshot is asked for, or was.
    #[inline]
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// Keeps the state of the stage `index` as it is after `sequence`; nothing where it has none.
    pub(crate) fn keep(
        &self,
        index: usize,
        sequence: u64,
        stage: &dyn Stage,
    ) -> Result<(), StageFailure> {
        let Some(saved) = self.saved.get(index).and_then(Option::as_ref) else {
            return Ok(());
        };
        let state = save(stage)?;
        *saved.lock().unwrap_or_else(PoisonError::into_inner) = Saved {
            after: sequence,
            state,
        };
        Ok(())
    }

    /// The snapshot after `sequence`, if every stage has saved by now.
    pub(crate) fn whole(&self, sequence: u64) -> Option<Arc<StateSnapshot>> {
        let mut states = Vec::with_capacity(self.saved.len());
        for saved in &self.saved {
            states.push(match saved {
                None => None,
                Some(saved) => {
                    let saved = saved.lock().unwrap_or_else(PoisonError::into_inner);
                    if saved.after != sequence {
                        return None;
                    }
                    Some(Arc::clone(&saved.state))
                }
            });
        }
        Some(Arc::new(StateSnapshot { sequence, states }))
    }

    /// The sink took `snapshot`: the next one may be asked for.
    pub(crate) fn took(&self, snapshot: Arc<StateSnapshot>) {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        // Before it can be seen: whoever sees it may ask for the next one.
        self.taken.store(snapshot.sequence, Ordering::Release);
        *latest = snapshot;
    }

    /// The last snapshot that is whole.
    pub(crate) fn latest(&self) -> Arc<StateSnapshot> {
        Arc::clone(&self.latest.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The state of a stage now; `E_STAGE_STATE` where that is more than it said.
pub(crate) fn save(stage: &dyn Stage) -> Result<Arc<[u8]>, StageFailure> {
    let limit = stage.state_limit();
    let mut bytes = Vec::with_capacity(limit);
    let mut needed = 0_usize;
    stage.save(&mut |piece| {
        needed = needed.saturating_add(piece.len());
        if needed <= limit {
            bytes.extend_from_slice(piece);
        }
    });
    if needed > limit {
        return Err(StageFailure {
            code: "E_STAGE_STATE",
            message: "the stage saved more than it said it would at most",
        });
    }
    Ok(bytes.into())
}
