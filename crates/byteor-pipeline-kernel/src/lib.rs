//! Hot-loop traits and step primitives: stages, lanes, barriers, waits.
#![no_std]

mod stage;

pub use stage::{Outcome, Output, Stage, StageFailure};
