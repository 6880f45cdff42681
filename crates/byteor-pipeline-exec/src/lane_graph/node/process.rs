//! What a node does with one record, and with what it holds.

use std::collections::VecDeque;

use byteor_pipeline_kernel::{LaneError, Outcome, Output, StageFailure, bytes_of_mut};

use super::{Held, Node, Stop, Work};
use crate::lane_graph::lanes::Wrote;
use crate::lane_graph::shared::Shared;

impl Node {
    pub(super) fn process(&mut self, len: usize, shared: &Shared) -> Result<(), Stop> {
        match &mut self.work {
            Work::Stage(stage) if stage.gives_many() => return self.expand(len),
            Work::Stage(_) => return self.stage(len),
            Work::Carry => {}
            Work::Merge { next, took, .. } => {
                if shared.records() {
                    took.push(*next as u32);
                }
                *next = (*next + 1) % self.rx.len();
            }
            Work::Egress {
                sink, dry, failed, ..
            } => {
                *dry = false;
                *failed = true; // until it returned: a panic counts as a failure of the sink
                let record = &bytes_of_mut(&mut self.record)[..len];
                sink.take(record).map_err(Stop::Sink)?;
                *failed = false;
                self.tally.left += 1;
                self.tally.bytes += len as u64;
                return Ok(());
            }
        }
        self.held = Held::Record { next: 0, len };
        self.write_held()?;
        Ok(())
    }

    fn stage(&mut self, len: usize) -> Result<(), Stop> {
        let Work::Stage(stage) = &mut self.work else {
            return Ok(());
        };
        let record = &bytes_of_mut(&mut self.record)[..len];
        let mut output = Output::new(bytes_of_mut(&mut self.result));
        let outcome = stage.process(record, &mut output).map_err(Stop::Stage)?;
        let kept = output.written().len();
        match outcome {
            Outcome::Forward => self.held = Held::Record { next: 0, len },
            // One that answers `Rewrite` without looking at whether all was kept has rejected.
            Outcome::Rewrite if output.needed() == kept => self.held = Held::Result { len: kept },
            Outcome::Drop => self.tally.dropped += 1,
            Outcome::Rewrite | Outcome::TooLarge { .. } | Outcome::Reject => {
                self.tally.rejected += 1;
            }
        }
        self.write_held()?;
        Ok(())
    }

    fn expand(&mut self, len: usize) -> Result<(), Stop> {
        let (Work::Stage(stage), Some(tx)) = (&mut self.work, self.tx.first_mut()) else {
            return Ok(());
        };
        let record = &bytes_of_mut(&mut self.record)[..len];
        let mut parts = VecDeque::new();
        let mut given = 0_u64;
        let mut broken = None;
        let expanded = stage.expand(record, &mut |part| {
            given += 1;
            // Behind one that waits, all wait; what fits into the lane is copied once.
            let wrote = if parts.is_empty() {
                tx.write(part)
            } else {
                Ok(Wrote::Full)
            };
            match wrote {
                Ok(Wrote::Full) => parts.push_back(part.into()),
                Ok(Wrote::All | Wrote::Discarded) => {}
                Err(error) => {
                    broken = Some(error);
                    return Err(StageFailure {
                        code: error.code(),
                        message: "the lane behind the stage is damaged",
                    });
                }
            }
            Ok(())
        });
        if let Some(error) = broken {
            return Err(Stop::Lane(error));
        }
        expanded.map_err(Stop::Stage)?;
        if given == 0 {
            self.tally.dropped += 1;
        }
        if !parts.is_empty() {
            self.held = Held::Parts(parts);
        }
        Ok(())
    }

    /// Writes what is held, as far as there is room. Answers whether any of it went.
    pub(super) fn write_held(&mut self) -> Result<bool, LaneError> {
        let mut went = false;
        let tx = &mut self.tx[..];
        match &mut self.held {
            Held::Nothing => return Ok(false),
            Held::Record { next, len } => {
                let record = &bytes_of_mut(&mut self.record)[..*len];
                while let Some(tx) = tx.get_mut(*next) {
                    if tx.write(record)? == Wrote::Full {
                        return Ok(went);
                    }
                    went = true;
                    *next += 1;
                }
            }
            Held::Result { len } => {
                let record = &bytes_of_mut(&mut self.result)[..*len];
                for tx in tx {
                    if tx.write(record)? == Wrote::Full {
                        return Ok(went);
                    }
                    went = true;
                }
            }
            Held::Parts(parts) => {
                while let (Some(part), Some(tx)) = (parts.front(), tx.first_mut()) {
                    if tx.write(part)? == Wrote::Full {
                        return Ok(went);
                    }
                    went = true;
                    parts.pop_front();
                }
            }
        }
        self.held = Held::Nothing;
        Ok(went)
    }
}
