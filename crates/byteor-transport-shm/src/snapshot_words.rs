//! Reading the numbers of a ring's region from outside, without mapping it.

use std::mem::offset_of;
use std::path::Path;

use byteor_abi::{
    EgressCounters, IngressCounters, RunSection, SEQUENCED_SLOTS_V1_GATING, SequencedSlotsCounters,
    SlotClass, StageCounters,
};
use indexbus_transport_shm::Error;

use crate::region_file::{RegionFile, u32_at, u64_at};

/// The numbers of a region at about one moment; each is exact, together they may be a few records
/// apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotWords {
    /// The slot class.
    pub class: SlotClass,
    /// Random number of this creation of the region.
    pub generation: u64,
    /// Highest published sequence.
    pub cursor: u64,
    /// Which workers run, and how they wait: words of `RunSection`, which may be anything.
    pub tuning: [u32; 2],
    /// Gating sequence of each bound stage.
    pub gating: Vec<u64>,
    /// Per bound stage: processed, dropped, rejected.
    pub stages: Vec<[u64; 3]>,
    /// The producer's: records in, bytes in, refused.
    pub ingress: [u64; 3],
    /// The last stage's: records out, bytes out, dropped, rejected.
    pub egress: [u64; 4],
}

/// Reads the numbers of the region at `path`. Doesn't wait: a region that isn't initialized is
/// `NotInitialized`, try again later.
pub fn read_snapshot_words(path: &Path) -> Result<SnapshotWords, Error> {
    let refuse = |why| Error::layout(path, why);
    let file = RegionFile::open(path)?;
    let header = file.header()?;
    let class = SlotClass::from_region_kind(header.region_kind())
        .filter(|class| {
            header.is_compatible_v1()
                && header.capabilities & SlotClass::CAPABILITIES == SlotClass::CAPABILITIES
                && header.layout_bytes as usize >= class.region_bytes()
        })
        .ok_or_else(|| refuse(indexbus::Error::IncompatibleLayout))?;
    // Counters before gating before cursor: each is behind the next, so a reader in the middle of
    // a run never sees a stage ahead of its producer.
    let mut counters = vec![0; size_of::<SequencedSlotsCounters>()];
    file.read(&mut counters, class.counters_offset())?;
    let stages = u32_at(&counters, offset_of!(RunSection, stages)) as usize;
    if stages > SEQUENCED_SLOTS_V1_GATING {
        return Err(refuse(indexbus::Error::Corrupted));
    }
    let mut cells = [0; 64 * SEQUENCED_SLOTS_V1_GATING];
    file.read(&mut cells, SlotClass::GATING_OFFSET)?;
    let mut cursor = [0; 8];
    file.read(&mut cursor, SlotClass::CURSOR_OFFSET)?;
    let cursor = u64::from_ne_bytes(cursor);
    let gating: Vec<u64> = (0..stages)
        .map(|stage| u64_at(&cells, 64 * stage))
        .collect();
    if gating.iter().any(|done| *done > cursor) {
        return Err(refuse(indexbus::Error::Corrupted));
    }

    let ingress = offset_of!(SequencedSlotsCounters, ingress);
    let egress = offset_of!(SequencedSlotsCounters, egress);
    let stage_at =
        |stage| offset_of!(SequencedSlotsCounters, stages) + stage * size_of::<StageCounters>();
    Ok(SnapshotWords {
        class,
        generation: u64_at(&counters, offset_of!(RunSection, generation)),
        cursor,
        tuning: [
            u32_at(&counters, offset_of!(RunSection, workers)),
            u32_at(&counters, offset_of!(RunSection, wait)),
        ],
        gating,
        stages: (0..stages)
            .map(|stage| {
                [
                    u64_at(
                        &counters,
                        stage_at(stage) + offset_of!(StageCounters, processed),
                    ),
                    u64_at(
                        &counters,
                        stage_at(stage) + offset_of!(StageCounters, dropped),
                    ),
                    u64_at(
                        &counters,
                        stage_at(stage) + offset_of!(StageCounters, rejected),
                    ),
                ]
            })
            .collect(),
        ingress: [
            u64_at(&counters, ingress + offset_of!(IngressCounters, records_in)),
            u64_at(&counters, ingress + offset_of!(IngressCounters, bytes_in)),
            u64_at(&counters, ingress + offset_of!(IngressCounters, rejected)),
        ],
        egress: [
            u64_at(&counters, egress + offset_of!(EgressCounters, records_out)),
            u64_at(&counters, egress + offset_of!(EgressCounters, bytes_out)),
            u64_at(&counters, egress + offset_of!(EgressCounters, dropped)),
            u64_at(&counters, egress + offset_of!(EgressCounters, rejected)),
        ],
    })
}
