//! Whether a binary could run a spec isn't guessed from lists: the executor is asked to start it, in
//! memory, and is stopped before a record came.

use byteor_pipeline_exec::{
    MemSequencedSlots, Options, RecordSink, SingleRing, SinkFailure, SinkRecord, SlotClass,
};
use byteor_pipeline_spec::PipelineSpecV1;

use crate::binary::Binary;
use crate::failure::Failure;
use crate::single_process::{ring_failure, unsupported_model};

/// Why the binary can't run it, if it can't.
pub(super) fn start<B: Binary>(spec: &PipelineSpecV1) -> Result<(), Failure> {
    let PipelineSpecV1::SingleRing(ring) = spec else {
        return Err(unsupported_model());
    };
    let region = MemSequencedSlots::new(SlotClass::default(), 1);
    let (stages, options) = (&B::stage, Options::default());
    let running = SingleRing::start(ring, region, stages, Box::new(Nowhere), options);
    running
        .and_then(|mut running| running.stop_and_join())
        .map_err(ring_failure)?;
    Ok(())
}

/// Where no record comes.
struct Nowhere;

impl RecordSink for Nowhere {
    fn take(&mut self, _: u64, _: SinkRecord<'_>) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        Ok(())
    }
}
