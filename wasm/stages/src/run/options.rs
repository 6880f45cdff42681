//! How a run is made.

use byteor_json::objects;
use byteor_pipeline_step::Options;

use crate::{Here, TrySecret};

/// How a run is made.
#[derive(Clone)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunOptions {
    /// Stand-ins for secrets that keys name; the others have one for all of them.
    pub secrets: Vec<TrySecret>,
    /// The most bytes that a record may have, 1 to 16,384.
    pub record_bytes: u32,
    /// Which order the steps have: 0 goes round the nodes, any other number shuffles.
    pub seed: u32,
    /// Lanes hold at most so many records; 0 for as many as they have room for.
    pub capacity: u32,
}

objects! {
    closed RunOptions(f) {
        RunOptions {
            secrets: f.take("secrets")?,
            record_bytes: f.take("record_bytes")?,
            seed: f.take("seed")?,
            capacity: f.take("capacity")?,
        }
    }
}

impl RunOptions {
    /// Those of the stepper.
    pub(super) fn of_steps(&self) -> Options {
        Options {
            seed: u64::from(self.seed),
            record_bytes: self.record_bytes as usize,
            capacity: (self.capacity > 0).then_some(self.capacity),
            choices: None,
        }
    }
}
