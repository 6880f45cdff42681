//! Snapshots of a SingleRing, by its own process or from outside.

use std::path::Path;

use byteor_abi::{
    RUN_WAIT_ADAPTIVE, RUN_WAIT_BACKOFF, RUN_WAIT_SPIN, RUN_WORKERS_DEDICATED, RUN_WORKERS_ONE,
    RUN_WORKERS_SEGMENTS, SEQUENCED_SLOTS_V1_CAPACITY,
};
use byteor_pipeline_kernel::{Ordering, SlotsRegion};
use byteor_pipeline_snapshot::{
    Counters, RunTuning, RunWait, RunWorkers, SingleRingSnapshot, SnapshotVersion, StageSnapshot,
};
use byteor_pipeline_spec::MAX_SHARDS;
use byteor_transport_shm::{Error, SnapshotWords, read_snapshot_words};

/// What the words say; nothing where one of them says nothing that there is.
pub(crate) fn tuning([workers, wait]: [u32; 2]) -> Option<RunTuning> {
    Some(RunTuning {
        workers: match workers {
            RUN_WORKERS_DEDICATED => RunWorkers::Dedicated,
            RUN_WORKERS_SEGMENTS => RunWorkers::Segments,
            RUN_WORKERS_ONE => RunWorkers::One,
            _ => return None,
        },
        wait: match wait {
            RUN_WAIT_SPIN => RunWait::Spin,
            RUN_WAIT_BACKOFF => RunWait::Backoff,
            RUN_WAIT_ADAPTIVE => RunWait::Adaptive,
            _ => return None,
        },
    })
}

fn ring(words: SnapshotWords) -> SingleRingSnapshot {
    let [records_in, bytes_in, refused] = words.ingress;
    let [records_out, bytes_out, dropped, rejected] = words.egress;
    let stages = words.gating.iter().zip(&words.stages).zip(0..);
    SingleRingSnapshot {
        v: SnapshotVersion,
        slot_bytes: words.class.slot_bytes() as u32,
        capacity: SEQUENCED_SLOTS_V1_CAPACITY as u32,
        cursor: words.cursor,
        counters: Counters {
            records_in,
            records_out,
            dropped,
            // Wrapping, as all counters of regions are; a hostile file may hold anything.
            rejected: refused.wrapping_add(rejected),
            bytes_in,
            bytes_out,
        },
        stages: stages
            .map(
                |((gating, [processed, dropped, rejected]), index)| StageSnapshot {
                    index,
                    gating: *gating,
                    lag: words.cursor.saturating_sub(*gating),
                    processed: *processed,
                    dropped: *dropped,
                    rejected: *rejected,
                },
            )
            .collect(),
        tuning: tuning(words.tuning),
        generation: words.generation,
    }
}

/// What the file of the ring of shard n is called, in the folder of a run with several, before n.
pub const SHARD_FILE: &str = "shard.";

/// Reads a snapshot of the region at `path`, or of the regions in the folder `path`, one for each
/// shard, from any process that may read the files. A folder without is `NotAFile`.
///
/// A file is hostile input and is read, not mapped. Numbers of a running pipeline are each
/// exact, and together from about the same moment. Doesn't wait: `NotInitialized` means try again.
pub fn snapshot_path(path: impl AsRef<Path>) -> Result<SingleRingSnapshot, Error> {
    let path = path.as_ref();
    let shard = |number: u32| path.join(format!("{SHARD_FILE}{number}"));
    if !shard(0).exists() {
        return read_snapshot_words(path).map(ring);
    }
    let mut all = read_snapshot_words(&shard(0)).map(ring)?;
    for number in 1..MAX_SHARDS {
        let file = shard(number);
        if !file.exists() {
            break;
        }
        all = all.and(&read_snapshot_words(&file).map(ring)?);
    }
    Ok(all)
}

/// Takes a snapshot of a region of one's own, in memory or shared memory, of its first `stages`
/// stages: whoever bound them knows how many, whatever the region says meanwhile.
pub fn snapshot_slots(slots: &SlotsRegion, stages: usize) -> SingleRingSnapshot {
    // Counters before gating before cursor, as when reading from outside.
    let (ingress, egress) = (slots.ingress_counters(), slots.egress_counters());
    let order = Ordering::Acquire;
    let counters = |stage| {
        let words = slots.stage_counters(stage).ok()?;
        Some([
            words.processed.load(order),
            words.dropped.load(order),
            words.rejected.load(order),
        ])
    };
    let words = SnapshotWords {
        class: slots.class(),
        generation: slots.generation(),
        tuning: slots.tuning(),
        egress: [
            egress.records_out.load(order),
            egress.bytes_out.load(order),
            egress.dropped.load(order),
            egress.rejected.load(order),
        ],
        stages: (0..stages).map_while(counters).collect(),
        ingress: [
            ingress.records_in.load(order),
            ingress.bytes_in.load(order),
            ingress.rejected.load(order),
        ],
        gating: (0..stages)
            .map_while(|stage| slots.gating(stage).ok())
            .collect(),
        cursor: slots.cursor(),
    };
    ring(words)
}
