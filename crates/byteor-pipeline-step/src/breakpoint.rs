//! Where a run is to stop.

use byteor_pipeline_stages::{Outcome, Output, Stage, build};

use crate::build::RECORD_BYTES_MAX;
use crate::error::StepError;
use crate::step::{Step, StepKind};

/// What a breakpoint looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakAt {
    /// Records that the node with this index takes.
    Node(u32),
    /// Records that are written to the lane with this index.
    Lane(u32),
}

/// A place, and what a record has to be like there.
pub struct Breakpoint {
    at: BreakAt,
    /// A record fits that passes all of them.
    condition: Vec<Box<dyn Stage>>,
    buffers: [Vec<u8>; 2],
}

impl Breakpoint {
    /// The condition is a row of stage keys, as `keep:e-7f3a`, or `json_extract:status` and
    /// `keep:^ok$`: a record fits that all of them pass on. Without any, each record fits.
    pub fn new(at: BreakAt, condition: &[String]) -> Result<Self, StepError> {
        let condition = condition
            .iter()
            .map(|key| build(key).map_err(|error| StepError::new(error.code, error.message)))
            .collect::<Result<Vec<_>, _>>()?;
        // A stage that counts would answer otherwise when a step is gone over again.
        if condition.iter().any(|stage| stage.state_limit() > 0) {
            let message = "a condition can't be a stage that remembers; take a filter";
            return Err(StepError::new("E_STEP_CONDITION", message));
        }
        Ok(Self {
            at,
            condition,
            buffers: [vec![0; RECORD_BYTES_MAX], vec![0; RECORD_BYTES_MAX]],
        })
    }

    /// Whether it stops at a step, with the record as it was taken and as it left.
    pub(crate) fn stops(
        &mut self,
        step: &Step,
        before: Option<&[u8]>,
        after: Option<&[u8]>,
    ) -> bool {
        let record = match self.at {
            BreakAt::Node(node) if node == step.node => before,
            BreakAt::Lane(lane) if lane == step.lane && step.kind != StepKind::Blocked => after,
            _ => None,
        };
        record.is_some_and(|record| self.fits(record))
    }

    fn fits(&mut self, record: &[u8]) -> bool {
        let [first, second] = &mut self.buffers;
        let (mut from, mut to) = (first, second);
        let mut len = record.len().min(from.len());
        from[..len].copy_from_slice(&record[..len]);
        for stage in &mut self.condition {
            let mut output = Output::new(to);
            match stage.process(&from[..len], &mut output) {
                Ok(Outcome::Forward) => {}
                Ok(Outcome::Rewrite) if output.needed() == output.written().len() => {
                    len = output.written().len();
                    std::mem::swap(&mut from, &mut to);
                }
                _ => return false,
            }
        }
        true
    }
}
