//! The stepping executor: what a spec does, one step of one role at a time.
//!
//! It runs any valid spec without threads, clock or files, over bounded queues of its own, and is
//! the reference that the threaded executors must equal (docs/spec/execution.md, "The stepping
//! executor"). It shares no lane code with them. The same spec, input and options give the same
//! steps everywhere, in the page as natively.
//!
//! ```
//! use byteor_pipeline_spec::single_ring_chain;
//! use byteor_pipeline_step::{Options, Stages, StepKind, Stepper};
//!
//! let spec = single_ring_chain(&[("only", "keep:a"), ("loud", "upper")]);
//! let mut stepper = Stepper::new(&spec, &Stages::default(), Options::default())?;
//! stepper.feed(0, b"abc")?;
//! stepper.feed(0, b"xyz")?;
//! stepper.end_input();
//! let mut out = Vec::new();
//! while let Some(step) = stepper.step()? {
//!     if step.kind == StepKind::Out {
//!         out.push((step.record, stepper.after().unwrap_or_default().to_vec()));
//!     }
//! }
//! assert_eq!(out, [(1, b"ABC".to_vec())]);
//! # Ok::<(), byteor_pipeline_step::StepError>(())
//! ```
#![forbid(unsafe_code)]

mod breakpoint;
mod build;
mod choices;
mod compare;
mod error;
mod lane;
mod node;
mod schedule;
mod state;
mod step;
mod stepper;
mod walk;

pub use breakpoint::{BreakAt, Breakpoint};
pub use build::{BuildStage, Options, Stages};
pub use choices::{Choices, Discard, Recorder};
pub use compare::{Difference, Differs, Outputs, compare_outputs};
pub use error::StepError;
pub use lane::{EVENTS_CAPACITY, JOURNAL_SEGMENT_BYTES, JOURNAL_SEGMENTS, LaneView, RING_CAPACITY};
pub use node::{Counters, NodeKind, NodeView};
pub use step::{NO_LANE, Step, StepKind};
pub use stepper::Stepper;
pub use walk::{Limits, Look, Mark, Walk, Went};
