//! Building single-ring specs.

use crate::{
    InvalidSpec, Ordering, PipelineSpecV1, Producer, RingStage, Scheduling, ShardKey,
    SingleRingSpec, StageOp,
};

/// Builds a [`SingleRingSpec`].
///
/// ```
/// use byteor_pipeline_spec::{ShardKey, SingleRingBuilder};
///
/// // Two stages that only read, side by side, and one that waits for both.
/// let spec = SingleRingBuilder::new()
///     .per_key(4, ShardKey { offset: 0, length: 8 })
///     .stage("look", "identity", &[])
///     .stage("count", "identity", &[])
///     .stage("errors", "keep:error", &[0, 1])
///     .checked()?;
/// # Ok::<(), byteor_pipeline_spec::InvalidSpec>(())
/// ```
#[derive(Clone, Debug)]
pub struct SingleRingBuilder {
    spec: SingleRingSpec,
}

impl Default for SingleRingBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl SingleRingBuilder {
    /// One shard, strict order, one producer, a thread for each stage, no stage yet.
    pub fn new() -> Self {
        Self {
            spec: SingleRingSpec {
                shards: 1,
                producer: Producer::Single,
                scheduling: Scheduling::Dedicated,
                ordering: Ordering::Strict,
                shard_key: None,
                stages: Vec::new(),
            },
        }
    }

    /// Adds a stage that waits for the stages at `depends_on`.
    pub fn stage(mut self, id: &str, key: &str, depends_on: &[u32]) -> Self {
        self.spec.stages.push(RingStage {
            id: id.to_owned(),
            op: StageOp::from_key(key),
            depends_on: depends_on.to_vec(),
        });
        self
    }

    /// Spreads records over `shards` rings by the bytes of `key`.
    pub fn per_key(mut self, shards: u32, key: ShardKey) -> Self {
        self.spec.shards = shards;
        self.spec.ordering = Ordering::PerKey;
        self.spec.shard_key = Some(key);
        self
    }

    /// The ring alone.
    pub fn ring(self) -> SingleRingSpec {
        self.spec
    }

    /// The spec, if it keeps every rule of [`validate_v1`](crate::validate_v1).
    pub fn checked(self) -> Result<PipelineSpecV1, InvalidSpec> {
        super::checked(self.build())
    }

    /// The spec as it was said, which may break rules.
    pub fn build(self) -> PipelineSpecV1 {
        PipelineSpecV1::SingleRing(self.spec)
    }
}

/// A chain of `(id, key)` stages, each after the one before. It may break rules: `validate_v1` says
/// which, as for any spec.
///
/// ```
/// use byteor_pipeline_spec::{single_ring_chain, validate_v1};
///
/// let spec = single_ring_chain(&[("errors", "keep:error"), ("tidy", "replace:ERR=error")]);
/// assert!(validate_v1(&spec).is_empty());
/// ```
pub fn single_ring_chain(stages: &[(&str, &str)]) -> PipelineSpecV1 {
    let mut builder = SingleRingBuilder::new();
    for (index, (id, key)) in stages.iter().enumerate() {
        let before = (index as u32).checked_sub(1);
        builder = builder.stage(id, key, before.as_slice());
    }
    builder.build()
}
