//! Which threads run the stages of a ring. Tuning: what comes out is the same, byte for byte.

use std::ops::Range;

use byteor_abi::{RUN_WORKERS_DEDICATED, RUN_WORKERS_ONE, RUN_WORKERS_SEGMENTS};

/// How the stages of a ring are spread over threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// A thread for each stage.
    Dedicated,
    /// A thread for several consecutive stages, in gating order.
    Segments,
    /// No thread: whoever publishes runs all stages and the sink.
    One,
}

impl Workers {
    /// All of them, in the order of this file.
    pub const ALL: [Self; 3] = [Self::Dedicated, Self::Segments, Self::One];

    /// `dedicated`, `segments` or `one`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dedicated => "dedicated",
            Self::Segments => "segments",
            Self::One => "one",
        }
    }

    /// The word of a region for it.
    pub(crate) const fn word(self) -> u32 {
        match self {
            Self::Dedicated => RUN_WORKERS_DEDICATED,
            Self::Segments => RUN_WORKERS_SEGMENTS,
            Self::One => RUN_WORKERS_ONE,
        }
    }

    /// The workers of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workers| workers.name() == name)
    }
}

/// What was asked for, and what runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedWorkers {
    /// What was asked for; nothing where it was left to the cores.
    pub requested: Option<Workers>,
    /// What runs.
    pub applied: Workers,
    /// How many stages each worker of a ring has, in the order of the stages.
    pub stages: Vec<usize>,
    /// Why something else runs than what was asked for, or than a thread for each stage.
    pub reason: Option<String>,
}

/// The workers of each ring of a run.
#[derive(Clone, Debug)]
pub(crate) struct WorkerPlan {
    pub(crate) applied: Workers,
    /// The stages of each worker: consecutive, and all of them.
    pub(crate) segments: Vec<Range<usize>>,
    reason: Option<String>,
    requested: Option<Workers>,
}

impl WorkerPlan {
    /// The plan for `shards` rings of `stages` stages each.
    ///
    /// What is asked for is what runs. Otherwise `dedicated`, where each thread has a core, the
    /// producer's included; with fewer cores `segments`, as many as there are cores beside the
    /// producer's, at least one for each ring; and `one` where there is no core beside it, or
    /// fewer than there are rings, or a single ring would have a single worker: that hands each record
    /// to another thread and does no stage beside another (docs/decisions/0146).
    pub(crate) fn new(
        requested: Option<Workers>,
        stages: usize,
        shards: usize,
        cores: usize,
    ) -> Self {
        let (stages, shards) = (stages.max(1), shards.max(1));
        let beside = cores.saturating_sub(1);
        let each = (beside / shards).clamp(1, stages);
        let threads = stages.saturating_mul(shards).saturating_add(1);
        let chosen = if threads <= cores {
            Workers::Dedicated
        } else if shards <= beside && beside > 1 {
            Workers::Segments
        } else {
            Workers::One
        };
        let wanted = requested.unwrap_or(chosen);
        let count = match wanted {
            Workers::Dedicated => stages,
            Workers::Segments => each,
            Workers::One => 1,
        };
        // The first ones get what is left over: the last one has the sink beside its stages.
        let segments: Vec<Range<usize>> = (0..count)
            .scan(0, |from, at| {
                let start = *from;
                *from += stages / count + usize::from(at < stages % count);
                Some(start..*from)
            })
            .collect();
        let applied = match wanted {
            Workers::Segments if count == stages => Workers::Dedicated,
            wanted => wanted,
        };
        let reason = match requested {
            None if applied != Workers::Dedicated => Some(format!(
                "a thread for each stage and the producer are {threads} threads, and there are \
                 {cores} cores"
            )),
            Some(requested) if requested != applied => {
                Some("there are as many workers as stages".to_owned())
            }
            _ => None,
        };
        Self {
            applied,
            segments,
            reason,
            requested,
        }
    }

    pub(crate) fn report(&self) -> AppliedWorkers {
        AppliedWorkers {
            requested: self.requested,
            applied: self.applied,
            stages: self.segments.iter().map(ExactSizeIterator::len).collect(),
            reason: self.reason.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(requested: Option<Workers>, [stages, shards, cores]: [usize; 3]) -> AppliedWorkers {
        WorkerPlan::new(requested, stages, shards, cores).report()
    }

    #[test]
    fn without_a_request_the_cores_decide_and_the_reason_is_told() {
        let all_have_a_core = plan(None, [3, 1, 4]);
        assert_eq!(all_have_a_core.applied, Workers::Dedicated);
        assert_eq!(all_have_a_core.reason, None);
        let two_cores = plan(None, [3, 1, 2]);
        assert_eq!(two_cores.applied, Workers::One);
        assert_eq!(two_cores.stages, [3]);
        let reason = two_cores.reason.unwrap();
        assert!(reason.contains("4 threads") && reason.contains("2 cores"));
        assert_eq!(plan(None, [4, 1, 3]).stages, [2, 2]);
        assert_eq!(plan(None, [4, 1, 3]).applied, Workers::Segments);
        assert_eq!(plan(None, [3, 2, 3]).applied, Workers::Segments);
        assert_eq!(plan(None, [3, 1, 3]).stages, [2, 1]);
        assert_eq!(plan(None, [1, 1, 2]).applied, Workers::Dedicated);
        assert_eq!(plan(None, [1, 1, 1]).applied, Workers::One);
        assert_eq!(plan(None, [2, 4, 9]).applied, Workers::Dedicated);
        assert_eq!(plan(None, [2, 4, 8]).stages, [2]);
        assert_eq!(plan(None, [2, 4, 4]).applied, Workers::One);
    }

    #[test]
    fn what_is_asked_for_runs_whatever_the_cores() {
        for cores in [0, 1, 2, 64] {
            for workers in [Workers::Dedicated, Workers::One] {
                let plan = plan(Some(workers), [3, 2, cores]);
                assert_eq!((plan.applied, plan.reason), (workers, None));
            }
        }
        assert_eq!(plan(Some(Workers::Dedicated), [3, 1, 1]).stages, [1, 1, 1]);
        assert_eq!(plan(Some(Workers::One), [3, 1, 8]).stages, [3]);
        let as_many = plan(Some(Workers::Segments), [3, 1, 8]);
        assert_eq!(as_many.applied, Workers::Dedicated);
        assert!(as_many.reason.is_some());
    }

    #[test]
    fn every_stage_has_one_worker() {
        for stages in 1..=4 {
            for cores in 0..8 {
                for requested in [None, Some(Workers::Segments)] {
                    let plan = WorkerPlan::new(requested, stages, 1, cores);
                    let all: Vec<usize> = plan.segments.into_iter().flatten().collect();
                    assert_eq!(all, (0..stages).collect::<Vec<_>>());
                }
            }
        }
    }
}
