//! What a record costs in the steps of the kernel alone: one producer and two stages in one thread.
//!
//! `cargo build --release -p byteor-pipeline-kernel --example ring_steps`, then `time` the binary:
//! on a machine that others use, its processor seconds say more than its wall clock. Compare two
//! builds in pairs.

use std::time::Instant;

use byteor_abi::SlotClass;
use byteor_pipeline_backings_mem::MemSequencedSlots;
use byteor_pipeline_kernel::{LaneError, Mark, SlotsBacking, SlotsProducer, SlotsStage};

const BATCH: u64 = 64;
const BATCHES: u64 = 60_000;

fn main() -> Result<(), LaneError> {
    let backing = MemSequencedSlots::new(SlotClass::B256, 1);
    let region = backing.slots();
    region.bind(2).map_err(|_| LaneError::Taken)?;
    let mut producer = SlotsProducer::new(region)?;
    let mut stages = [
        SlotsStage::new(region, 0, &[])?,
        SlotsStage::new(region, 1, &[0])?,
    ];
    let record = [7; 120];
    let mut words = [0; 32];
    let mut bytes = 0;
    let begun = Instant::now();
    for _ in 0..BATCHES {
        for _ in 0..BATCH {
            producer.try_append(&record)?;
        }
        producer.publish();
        for stage in &mut stages {
            while let Some((first, last)) = stage.poll(BATCH)? {
                for sequence in first..=last {
                    let entry = stage.entry(sequence)?;
                    if stage.mark(entry)? == Mark::Live {
                        bytes += stage.read(entry, &mut words)?;
                    }
                }
                stage.advance(last);
            }
        }
    }
    let nanos = begun.elapsed().as_nanos() as f64 / (BATCHES * BATCH) as f64;
    println!("{nanos:.1} ns a record, {bytes} bytes read");
    Ok(())
}
