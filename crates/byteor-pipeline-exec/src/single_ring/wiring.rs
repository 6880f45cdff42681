//! Which stage waits for which, and what this executor doesn't run.

use std::collections::BTreeSet;
use std::ops::Range;

use byteor_pipeline_kernel::{STATE_BYTES_MAX, Stage, StageFailure};
use byteor_pipeline_spec::{
    PipelineSpecV1, Producer as RingProducer, Scheduling, SingleRingSpec, validate_v1,
};

use crate::error::ExecError;
use crate::resolver::StageResolver;

/// Who waits for whom.
pub(crate) struct Wiring {
    depends_on: Vec<Vec<usize>>,
    /// Whether some other stage neither comes before nor after.
    unordered: Vec<bool>,
}

impl Wiring {
    /// The wiring of a spec that this executor runs with `shards` rings.
    pub(crate) fn new(spec: &SingleRingSpec, shards: usize) -> Result<Self, ExecError> {
        let problems = validate_v1(&PipelineSpecV1::SingleRing(spec.clone()));
        if !problems.is_empty() {
            return Err(ExecError::Spec(problems));
        }
        supported(spec, shards)?;
        let count = spec.stages.len();
        let depends_on: Vec<Vec<usize>> = spec
            .stages
            .iter()
            .map(|stage| stage.depends_on.iter().map(|at| *at as usize).collect())
            .collect();
        // Dependencies point backwards (validate_v1), so one pass closes over them. Bit n of
        // `before[stage]`: stage n comes before it. At most four stages.
        let mut before = vec![0_u32; count];
        for stage in 0..count {
            before[stage] = depends_on[stage]
                .iter()
                .fold(0, |all, direct| all | before[*direct] | 1 << direct);
        }
        let ordered = |a: usize, b: usize| before[b] >> a & 1 == 1;
        let last = count - 1;
        if let Some(loose) = (0..last).find(|stage| !ordered(*stage, last)) {
            return Err(ExecError::Unsupported {
                path: format!("single_ring.stages.{last}.depends_on"),
                message: format!(
                    "records leave after stage `{}`, which must come after `{}`",
                    spec.stages[last].id, spec.stages[loose].id
                ),
            });
        }
        let unordered = (0..count)
            .map(|a| (0..count).any(|b| a != b && !ordered(a, b) && !ordered(b, a)))
            .collect();
        Ok(Self {
            depends_on,
            unordered,
        })
    }

    pub(crate) fn unordered(&self, stage: usize) -> bool {
        self.unordered[stage]
    }

    /// The stages outside of a segment that one within waits for. They come before all of it,
    /// since segments are consecutive.
    pub(crate) fn before(&self, segment: &Range<usize>) -> Vec<usize> {
        let direct = self.depends_on[segment.clone()].iter().flatten().copied();
        let outside: BTreeSet<usize> = direct.filter(|stage| *stage < segment.start).collect();
        outside.into_iter().collect()
    }
}

fn supported(spec: &SingleRingSpec, shards: usize) -> Result<(), ExecError> {
    let refuse = |field: &str, message: String| {
        let path = format!("single_ring.{field}");
        Err(ExecError::Unsupported { path, message })
    };
    if spec.shards as usize != shards {
        let message = format!(
            "{shards} rings were given for {} shards; each shard has a ring of its own",
            spec.shards
        );
        return refuse("shards", message);
    }
    if spec.producer != RingProducer::Single {
        return refuse(
            "producer",
            "this executor runs the producer `single`".into(),
        );
    }
    if spec.scheduling != Scheduling::Dedicated {
        let message = "this executor runs the scheduling `dedicated`";
        return refuse("scheduling", message.into());
    }
    // `per_key` over one shard is met by the strict order of one ring.
    Ok(())
}

/// The stages of one ring, each resolved, and restored where there is a state to go on from.
pub(crate) fn resolve(
    spec: &SingleRingSpec,
    resolver: &dyn StageResolver,
    states: &[Option<std::sync::Arc<[u8]>>],
) -> Result<Vec<Box<dyn Stage>>, ExecError> {
    let mut stages = Vec::with_capacity(spec.stages.len());
    for stage in &spec.stages {
        let at = stages.len();
        let unsupported = |message: String| ExecError::Unsupported {
            path: format!("single_ring.stages.{at}.key"),
            message,
        };
        let resolved = resolver.resolve(&stage.id, stage.key());
        let mut resolved = resolved.map_err(|source| ExecError::Unresolved {
            stage_id: stage.id.clone(),
            key: stage.key().to_owned(),
            source,
        })?;
        if resolved.gives_many() {
            return Err(unsupported(format!(
                "stage `{}` gives several records for one, and a ring has one slot for each",
                stage.id
            )));
        }
        if resolved.state_limit() > STATE_BYTES_MAX {
            return Err(unsupported(format!(
                "stage `{}` may remember {} bytes, and a checkpoint keeps {STATE_BYTES_MAX} of a stage",
                stage.id,
                resolved.state_limit()
            )));
        }
        if let Some(Some(state)) = states.get(at) {
            let restored = resolved.restore(state);
            restored.map_err(|source| state_error(spec, at, source))?;
        }
        stages.push(resolved);
    }
    Ok(stages)
}

pub(crate) fn state_error(spec: &SingleRingSpec, stage: usize, source: StageFailure) -> ExecError {
    ExecError::State {
        stage_id: spec.stages[stage].id.clone(),
        source,
    }
}
