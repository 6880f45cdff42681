//! Executors of validated specs, stage resolvers and snapshots.
//!
//! [`SingleRing`] runs a `SingleRingSpec` over sequenced slots, in memory or over shared memory, a
//! ring for each shard, with a dedicated thread per stage or fewer ([`Workers`]). [`LaneGraph`] runs
//! a `LaneGraphSpec` in one process. Both validate first and fail closed on what they do not support.
//! The written contract is `docs/spec/execution.md`.
//!
//! ```
//! use byteor_pipeline_exec::{
//!     MemSequencedSlots, Options, RecordSink, SingleRing, SinkFailure, SinkRecord, SlotClass,
//! };
//! use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};
//! use std::sync::mpsc;
//! use std::time::Duration;
//!
//! struct KeepShort;
//! impl Stage for KeepShort {
//!     fn process(&mut self, r: &[u8], _: &mut Output<'_>) -> Result<Outcome, StageFailure> {
//!         Ok(if r.len() <= 3 { Outcome::Forward } else { Outcome::Drop })
//!     }
//! }
//!
//! struct Lines(mpsc::Sender<Vec<u8>>);
//! impl RecordSink for Lines {
//!     fn take(&mut self, _seq: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
//!         if let SinkRecord::Forward(bytes) = record {
//!             self.0.send(bytes.to_vec()).map_err(|e| SinkFailure::new("E_CLOSED", e.to_string()))?;
//!         }
//!         Ok(())
//!     }
//!     fn idle(&mut self) -> Result<(), SinkFailure> {
//!         Ok(())
//!     }
//! }
//!
//! let spec = byteor_pipeline_spec::SingleRingBuilder::new().stage("short", "short", &[]).ring();
//! let (tx, rx) = mpsc::channel();
//! let mut running = SingleRing::start(
//!     &spec,
//!     MemSequencedSlots::new(SlotClass::B256, 1),
//!     &|_id: &str, _key: &str| Ok(Box::new(KeepShort) as Box<dyn Stage>),
//!     Box::new(Lines(tx)),
//!     Options::default(),
//! )?;
//! let mut producer = running.producer()?;
//! assert_eq!(producer.try_publish(b"abc"), Ok(1));
//! assert_eq!(producer.try_publish(b"abcd"), Ok(2));
//! running.drain(Duration::from_secs(10))?;
//! let counters = running.stop_and_join()?;
//! assert_eq!((counters.records_out, counters.dropped), (1, 1));
//! drop((running, producer));
//! assert_eq!(rx.iter().collect::<Vec<_>>(), [b"abc"]);
//! # Ok::<(), byteor_pipeline_exec::ExecError>(())
//! ```

mod error;
pub mod lane_graph;
mod resolver;
mod single_ring;
mod sink;

pub use byteor_abi::SlotClass;
pub use byteor_pipeline_backings_mem::MemSequencedSlots;
pub use byteor_pipeline_backings_shm::{
    Counters, LaneGraphSnapshot, SHARD_FILE, ShmSequencedSlots, SingleRingSnapshot, Snapshot,
    StageSnapshot, create_run_folder, snapshot_graph_folder,
};
pub use byteor_pipeline_kernel::{STATE_BYTES_MAX, SlotsBacking, WaitKind};
pub use error::{ExecError, Failure, FailureOrigin};
pub use lane_graph::{LaneGraph, RunningGraph};
pub use resolver::{PureStages, ResolveError, StageResolver};
pub use single_ring::{
    AppliedWorkers, Base, Options, Producer, PublishError, Running, RunningShards, Shard,
    ShardedProducer, SingleRing, StageCounters, StateSnapshot, Tuning, Workers,
};
pub use sink::{RecordSink, SinkFailure, SinkRecord, TakenBack};
