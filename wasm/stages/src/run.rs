//! A run that goes on, step by step, back and forth.

mod fates;
mod marks;
mod options;
mod points;
mod shape;
mod state;
mod step;

use byteor_json::{ApiError, Request, envelope, parse};
use byteor_pipeline_step::{Limits, Step, Stepper, Walk};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::once::{ingress_of, stepper_of};
use crate::records::{record_of, refused};

pub use fates::RecordFate;
pub use options::RunOptions;
pub use shape::{LaneShape, NodeShape, RunShape};
pub(crate) use step::word_of;
pub use step::{RunLook, RunWord};

enum Phase {
    /// Input is still being fed.
    Fed(Box<Stepper>),
    Walking(Box<Walk>),
    /// A call that took the run apart failed.
    Gone,
}

/// A run of one spec over one input.
#[wasm_bindgen]
pub struct Run {
    phase: Phase,
    options: RunOptions,
    stopped: Option<(u64, usize)>,
}

type Answer<T> = Result<T, String>;

fn gone() -> ApiError {
    ApiError::new("E_STEP_INTERNAL", "The run is gone; start another")
}

/// What a call throws: the text of an `ApiError`.
fn thrown(error: ApiError) -> String {
    let refusal: Result<(), ApiError> = Err(error);
    envelope(&refusal)
}

#[wasm_bindgen]
impl Run {
    /// A run of a spec (KV text), with `RunOptions` as JSON. What fails throws the envelope of an
    /// `ApiError`.
    #[wasm_bindgen(constructor)]
    pub fn new(spec: &str, options: &str) -> Answer<Run> {
        Self::make(spec, options).map_err(thrown)
    }

    /// `RunShape`, as JSON.
    pub fn shape(&self) -> Answer<String> {
        let stepper = self.stepper().map_err(thrown)?;
        Ok(text_of(&RunShape::of(stepper)))
    }

    /// Feeds records, each a line with the escapes of the cases and a newline behind it; answers how many were fed so far.
    /// A ring's ingress has any name.
    pub fn feed(&mut self, ingress: &str, lines: &str) -> Answer<u32> {
        self.feed_lines(ingress, lines).map_err(thrown)
    }

    /// Feeds records as bytes, each behind its length in four bytes, little-endian.
    pub fn feed_bytes(&mut self, ingress: &str, records: &[u8]) -> Answer<u32> {
        self.feed_lengths(ingress, records).map_err(thrown)
    }

    /// Ends the input, and stands before the first step.
    pub fn begin(&mut self) -> Answer<()> {
        match std::mem::replace(&mut self.phase, Phase::Gone) {
            Phase::Fed(mut stepper) => {
                stepper.end_input();
                let walk = Walk::new(*stepper, Limits::default());
                let walk = walk.map_err(|e| thrown(refused(&e)))?;
                self.phase = Phase::Walking(Box::new(walk));
                Ok(())
            }
            other => {
                self.phase = other;
                Err(thrown(gone()))
            }
        }
    }

    /// The same input through another spec, from the last state that the changed keys can't have
    /// changed; answers which step that is after. Where the spec can't be run, this run stays.
    pub fn again(&mut self, spec: &str) -> Answer<u32> {
        self.run_again(spec).map_err(thrown)
    }

    /// Goes on by at most `most` steps, or to a breakpoint; answers by how many.
    pub fn forward(&mut self, most: u32) -> Answer<u32> {
        let walk = self.walk().map_err(thrown)?;
        let went = walk.forward(u64::from(most), &mut |_: &Step, _| {});
        let went = went.map_err(|e| thrown(refused(&e)))?;
        self.stopped = went.stopped;
        Ok(went.steps as u32)
    }

    /// Goes to a step that was reached before.
    pub fn go_to(&mut self, step: u32) -> Answer<()> {
        self.stopped = None;
        let walk = self.walk().map_err(thrown)?;
        walk.go_to(u64::from(step)).map_err(|e| thrown(refused(&e)))
    }

    /// Stops at these from now on: `{"points":[{"lane":false,"index":3,"condition":["keep:a"]}]}`.
    pub fn set_breakpoints(&mut self, json: &str) -> Answer<()> {
        self.break_at(json).map_err(thrown)
    }

    /// Where the run stands, as numbers: the step, the last step reached, flags (1 ended, 2 failed,
    /// 4 may take no more steps, 8 all is through), the step that a breakpoint stopped before (or 0),
    /// the index of the breakpoint, KiB kept for going back, steps between saved states, records fed;
    /// for each node taken, passed, dropped, rejected, discarded, blocked, lost, held, flags
    /// (1 ended); for each lane fill, writes, missed, full; then for each lane that a node reads, node
    /// by node, how many records wait and the number of the next one.
    pub fn state(&mut self) -> Answer<Vec<u32>> {
        let stopped = self.stopped;
        Ok(state::state(self.walk().map_err(thrown)?, stopped))
    }

    /// Why a stage failed, as the envelope of an `ApiError`; nothing where none did.
    pub fn failure(&mut self) -> Answer<Option<String>> {
        let walk = self.walk().map_err(thrown)?;
        Ok(walk.failure().map(|failure| thrown(refused(failure))))
    }

    /// `RecordFate[]` of the records numbered from `first` on, as JSON.
    pub fn fates(&mut self, first: u32, count: u32) -> Answer<String> {
        let walk = self.walk().map_err(thrown)?;
        Ok(text_of(&fates::fates(
            walk,
            u64::from(first),
            count as usize,
        )))
    }

    /// `RunLook` of a step that was reached, as JSON, or `null`; the run stays where it is.
    pub fn look(&mut self, step: u32) -> Answer<String> {
        let walk = self.walk().map_err(thrown)?;
        let look = walk
            .look(u64::from(step))
            .map_err(|e| thrown(refused(&e)))?;
        Ok(text_of(&look.map(|look| RunLook::of(step, &look))))
    }

    /// The first reached step after `step`, or the last one up to it where `back` is set, in which a
    /// record is taken: by the node with this index, the record with this number; a negative index and the
    /// number 0 stand for any. 0 where there is none.
    pub fn find(&mut self, step: u32, back: bool, node: i32, record: u32) -> Answer<u32> {
        let walk = self.walk().map_err(thrown)?;
        Ok(marks::find(walk, step, back, node, record))
    }

    /// What happened in each of `parts` equal parts of the steps that were reached: 1 where a record
    /// was dropped, 2 where one was rejected, 4 where one was discarded or lost, added up.
    pub fn ticks(&mut self, parts: u32) -> Answer<Vec<u8>> {
        let walk = self.walk().map_err(thrown)?;
        Ok(marks::ticks(walk, parts))
    }
}

impl Run {
    fn make(spec: &str, options: &str) -> Result<Self, ApiError> {
        let options = RunOptions::read(parse(options)?, "options")?;
        Ok(Self {
            phase: Phase::Fed(Box::new(stepper_of(
                spec,
                options.secrets.clone(),
                options.of_steps(),
            )?)),
            options,
            stopped: None,
        })
    }

    fn stepper(&self) -> Result<&Stepper, ApiError> {
        match &self.phase {
            Phase::Fed(stepper) => Ok(stepper),
            Phase::Walking(walk) => Ok(walk.stepper()),
            Phase::Gone => Err(gone()),
        }
    }

    fn walk(&mut self) -> Result<&mut Walk, ApiError> {
        match &mut self.phase {
            Phase::Walking(walk) => Ok(walk),
            _ => Err(gone()),
        }
    }

    fn feed_lines(&mut self, ingress: &str, lines: &str) -> Result<u32, ApiError> {
        let Phase::Fed(stepper) = &mut self.phase else {
            return Err(gone());
        };
        let index = ingress_of(stepper, ingress)?;
        if lines.is_empty() {
            return Ok(stepper.fed_count() as u32);
        }
        for line in lines.strip_suffix('\n').unwrap_or(lines).split('\n') {
            let record = record_of(line, stepper.fed_count() + 1)?;
            stepper.feed(index, &record).map_err(|e| refused(&e))?;
        }
        Ok(stepper.fed_count() as u32)
    }

    fn feed_lengths(&mut self, ingress: &str, mut records: &[u8]) -> Result<u32, ApiError> {
        let Phase::Fed(stepper) = &mut self.phase else {
            return Err(gone());
        };
        let index = ingress_of(stepper, ingress)?;
        while let Some((len, rest)) = records.split_first_chunk() {
            let len = u32::from_le_bytes(*len) as usize;
            let Some((record, rest)) = rest.split_at_checked(len) else {
                let message = "The records end within one";
                return Err(ApiError::new("E_TRY_RECORDS", message));
            };
            stepper.feed(index, record).map_err(|e| refused(&e))?;
            records = rest;
        }
        Ok(stepper.fed_count() as u32)
    }

    fn run_again(&mut self, spec: &str) -> Result<u32, ApiError> {
        let secrets = self.options.secrets.clone();
        let mut stepper = stepper_of(spec, secrets, self.options.of_steps())?;
        stepper
            .feed_like(self.stepper()?)
            .map_err(|e| refused(&e))?;
        self.walk()?;
        let Phase::Walking(walk) = std::mem::replace(&mut self.phase, Phase::Gone) else {
            return Err(gone());
        };
        let walk = walk.again(stepper).map_err(|e| refused(&e))?;
        let at = walk.at() as u32;
        self.stopped = None;
        self.phase = Phase::Walking(Box::new(walk));
        Ok(at)
    }

    fn break_at(&mut self, json: &str) -> Result<(), ApiError> {
        let breakpoints = points::breakpoints(json)?;
        self.walk()?.set_breakpoints(breakpoints);
        Ok(())
    }
}

fn text_of<T: Serialize>(value: &T) -> String {
    let mut text = Vec::new();
    byteor_json::write(value, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests;
