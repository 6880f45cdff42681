//! Snapshots of a SingleRing, by its own process or from outside.

use std::path::Path;

use byteor_abi::SEQUENCED_SLOTS_V1_CAPACITY;
use byteor_pipeline_kernel::{Ordering, SlotsRegion};
use byteor_transport_shm::{Error, SnapshotWords, read_snapshot_words};
use serde::{Deserialize, Serialize};

/// Totals of a run. `records_in` is `records_out + dropped + rejected` once the ring is drained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Records that came in, those refused at the ingress included.
    pub records_in: u64,
    /// Records that went out.
    pub records_out: u64,
    /// Records that a stage dropped.
    pub dropped: u64,
    /// Records refused: at the ingress, or because a stage's result did not fit.
    pub rejected: u64,
    /// Bytes of the records that came in.
    pub bytes_in: u64,
    /// Bytes of the records that went out.
    pub bytes_out: u64,
}

/// One stage of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageSnapshot {
    /// Index of the stage in the spec.
    pub index: u32,
    /// Highest sequence that it is done with.
    pub gating: u64,
    /// How many published sequences it is behind.
    pub lag: u64,
    /// Records that it looked at; those marked by a stage before it are not among them.
    pub processed: u64,
    /// Records that it dropped.
    pub dropped: u64,
    /// Records whose result did not fit.
    pub rejected: u64,
}

/// Cursor, gating and counters of a SingleRing. The JSON form has version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SingleRingSnapshot {
    /// Version of this form: 1.
    pub v: u32,
    /// `single_ring`.
    pub kind: String,
    /// Largest record, in bytes.
    pub slot_bytes: u32,
    /// Ring entries.
    pub capacity: u32,
    /// Highest published sequence; 0 is none.
    pub cursor: u64,
    /// Totals.
    pub counters: Counters,
    /// The stages, in the order of the spec.
    pub stages: Vec<StageSnapshot>,
    /// Random number of this creation of the region: another one means that it was recreated.
    pub generation: u64,
}

impl From<SnapshotWords> for SingleRingSnapshot {
    fn from(words: SnapshotWords) -> Self {
        let [records_in, bytes_in, refused] = words.ingress;
        let [records_out, bytes_out, dropped, rejected] = words.egress;
        let stages = words.gating.iter().zip(&words.stages).zip(0..);
        Self {
            v: 1,
            kind: "single_ring".to_owned(),
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
            generation: words.generation,
        }
    }
}

/// Reads a snapshot of the region at `path`, from any process that may read the file.
///
/// The file is hostile input and is read, not mapped. Numbers of a running pipeline are each
/// exact, and together from about the same moment. Doesn't wait: `NotInitialized` means try again.
pub fn snapshot_path(path: impl AsRef<Path>) -> Result<SingleRingSnapshot, Error> {
    read_snapshot_words(path.as_ref()).map(Into::into)
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
    words.into()
}
