//! Why a pipeline did not start, or stopped.

use std::fmt;
use std::time::Duration;

use byteor_pipeline_kernel::{LaneError, StageFailure};
use byteor_pipeline_spec::SpecProblem;

use crate::ResolveError;

/// Which part of a stage's thread failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureOrigin {
    /// The stage answered with a failure.
    Stage,
    /// The sink did; the stage is the last one, in whose thread the sink runs.
    Sink,
    /// Stage or sink panicked.
    Panic,
    /// What the region holds can't be: somebody wrote over it, or truncated its file.
    Region,
}

/// The first failure of a run; it stopped all stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Index of the stage in the spec.
    pub stage: u32,
    /// Id of the stage.
    pub stage_id: String,
    /// Which of several rings it ran in; nothing where there is one.
    pub shard: Option<u32>,
    /// Which part failed.
    pub origin: FailureOrigin,
    /// The record at which it happened; 0 if it was between records.
    pub sequence: u64,
    /// Stable code, for machines.
    pub code: String,
    /// What happened, for people.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.origin {
            FailureOrigin::Stage => "failed",
            FailureOrigin::Sink => "stopped because its sink failed",
            FailureOrigin::Panic => "panicked",
            FailureOrigin::Region => "stopped because its region is damaged",
        };
        write!(f, "stage `{}` ", self.stage_id)?;
        if let Some(shard) = self.shard {
            write!(f, "of shard {shard} ")?;
        }
        f.write_str(what)?;
        if self.sequence > 0 {
            write!(f, " at record {}", self.sequence)?;
        }
        write!(f, ": {}: {}", self.code, self.message)
    }
}

/// Why an executor did not start, or what a run ended with.
#[derive(Debug)]
pub enum ExecError {
    /// The spec breaks rules of `validate_v1`.
    Spec(Vec<SpecProblem>),
    /// The spec is valid, and this executor can't run it.
    Unsupported {
        /// The KV path it is about.
        path: String,
        /// What is not supported, and what is.
        message: String,
    },
    /// A stage's key led to no behaviour.
    Unresolved {
        /// Id of the stage.
        stage_id: String,
        /// Its key.
        key: String,
        /// Why.
        source: ResolveError,
    },
    /// A stage can't go on from the state that it was given.
    State {
        /// Id of the stage.
        stage_id: String,
        /// Why.
        source: StageFailure,
    },
    /// Something runs, or ran, over the region. Recreate it.
    RegionUsed,
    /// The region was refused.
    Region(LaneError),
    /// No thread could be had for a stage.
    Thread {
        /// Id of the stage.
        stage_id: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is one producer, and it was handed out already.
    ProducerTaken,
    /// Not everything left the ring in time.
    DrainTimeout {
        /// How long was waited.
        waited: Duration,
        /// Highest published sequence.
        cursor: u64,
        /// How far the last stage was.
        reached: u64,
    },
    /// The files of a graph's lanes could not be made.
    Backing(byteor_pipeline_backings_shm::Error),
    /// The graph has no such ingress, or it was handed out.
    Ingress {
        /// The id that was asked for.
        id: String,
    },
    /// The sinks don't fit the egresses of the graph.
    Egress {
        /// The egress, or the sink that has none.
        id: String,
        /// What is wrong with it.
        message: &'static str,
    },
    /// Not everything left the graph in time.
    GraphDrainTimeout {
        /// How long was waited.
        waited: Duration,
        /// The ingresses, roles and egresses that didn't end, in the order that records flow.
        waiting: Vec<String>,
    },
    /// A stage failed; the pipeline stopped.
    Failed(Failure),
}

impl ExecError {
    /// Stable code, for machines. For a failure it is the code of what failed.
    pub fn code(&self) -> &str {
        match self {
            Self::Spec(problems) => problems.first().map_or("E_EXEC_SPEC", |first| first.code),
            Self::Unsupported { .. } => "E_EXEC_UNSUPPORTED",
            Self::Unresolved { source, .. } => &source.code,
            Self::State { source, .. } => source.code,
            Self::RegionUsed => "E_EXEC_REGION_USED",
            Self::Region(source) => source.code(),
            Self::Thread { .. } => "E_EXEC_THREAD",
            Self::ProducerTaken => "E_EXEC_PRODUCER_TAKEN",
            Self::DrainTimeout { .. } | Self::GraphDrainTimeout { .. } => "E_EXEC_DRAIN_TIMEOUT",
            Self::Backing(source) => source.code(),
            Self::Ingress { .. } => "E_EXEC_INGRESS",
            Self::Egress { .. } => "E_EXEC_EGRESS",
            Self::Failed(failure) => &failure.code,
        }
    }

    /// Id of the stage that it is about, if it is about one.
    pub fn stage_id(&self) -> Option<&str> {
        match self {
            Self::Unresolved { stage_id, .. }
            | Self::State { stage_id, .. }
            | Self::Thread { stage_id, .. } => Some(stage_id),
            Self::Failed(failure) => Some(&failure.stage_id),
            _ => None,
        }
    }
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spec(problems) => {
                f.write_str("the spec is invalid")?;
                problems
                    .iter()
                    .try_for_each(|problem| write!(f, "; {problem}"))
            }
            Self::Unsupported { path, message } => write!(f, "{path}: {message}"),
            Self::Unresolved {
                stage_id,
                key,
                source,
            } => {
                write!(
                    f,
                    "stage `{stage_id}` with key `{}`: {source}",
                    key.escape_debug()
                )
            }
            Self::State { stage_id, source } => {
                write!(
                    f,
                    "stage `{stage_id}` can't take up its saved state: {}",
                    source.message
                )
            }
            Self::RegionUsed => {
                f.write_str("something runs, or ran, over the region; recreate it and retry")
            }
            Self::Region(source) => write!(f, "{source}"),
            Self::Thread { stage_id, source } => {
                write!(f, "no thread for stage `{stage_id}`: {source}")
            }
            Self::ProducerTaken => f.write_str("the ring has one producer, which is in use"),
            Self::DrainTimeout {
                waited,
                cursor,
                reached,
            } => write!(
                f,
                "the last stage reached record {reached} of {cursor} in {waited:?}; wait longer, \
                 or stop and go on from the checkpoint"
            ),
            Self::Backing(source) => write!(f, "{source}"),
            Self::Ingress { id } => write!(
                f,
                "the graph has no ingress `{id}`, or it is in use; see the spec's endpoints"
            ),
            Self::Egress { id, message } => write!(f, "egress `{id}`: {message}"),
            Self::GraphDrainTimeout { waited, waiting } => write!(
                f,
                "`{}` and what comes behind did not end in {waited:?}; end every ingress and wait \
                 longer, or stop",
                waiting.first().map_or("nothing", String::as_str)
            ),
            Self::Failed(failure) => write!(f, "{failure}"),
        }
    }
}

impl std::error::Error for ExecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unresolved { source, .. } => Some(source),
            Self::Region(source) => Some(source),
            Self::Backing(source) => Some(source),
            Self::Thread { source, .. } => Some(source),
            _ => None,
        }
    }
}
