//! Reading the numbers of a region from outside, without mapping it.
//!
//! The file is read, not mapped: whoever owns it may truncate it at any moment, which for a mapping
//! would be a signal and for a read is an error.

use std::fs::{File, OpenOptions};
use std::mem::offset_of;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use byteor_abi::{
    EgressCounters, IngressCounters, RunSection, SEQUENCED_SLOTS_V1_GATING, SequencedSlotsCounters,
    SlotClass, StageCounters,
};
use indexbus_abi::{INDEXBUS_INITIALIZED, LayoutHeader};
use indexbus_transport_shm::Error;

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
    let file = open(path)?;
    let mut prefix = [0; 64];
    read(&file, path, &mut prefix, 0)?;
    if u32_at(&prefix, SlotClass::INITIALIZED_OFFSET) != INDEXBUS_INITIALIZED {
        return Err(refuse(indexbus::Error::NotInitialized));
    }
    let header = LayoutHeader {
        magic: u32_at(&prefix, offset_of!(LayoutHeader, magic)),
        version: u16_at(&prefix, offset_of!(LayoutHeader, version)),
        flags: u16_at(&prefix, offset_of!(LayoutHeader, flags)),
        capabilities: u32_at(&prefix, offset_of!(LayoutHeader, capabilities)),
        layout_bytes: u32_at(&prefix, offset_of!(LayoutHeader, layout_bytes)),
    };
    let class = SlotClass::from_region_kind(header.region_kind())
        .filter(|class| {
            header.is_compatible_v1()
                && header.capabilities & SlotClass::CAPABILITIES == SlotClass::CAPABILITIES
                && header.layout_bytes as usize >= class.region_bytes()
        })
        .ok_or_else(|| refuse(indexbus::Error::IncompatibleLayout))?;
    let actual = file
        .metadata()
        .map_err(|e| io(path, "examine it", &e))?
        .len();
    let expected = u64::from(header.layout_bytes);
    if actual < expected {
        return Err(Error::Truncated {
            path: path.to_owned(),
            expected,
            actual,
        });
    }

    // Counters before gating before cursor: each is behind the next, so a reader in the middle of
    // a run never sees a stage ahead of its producer.
    let mut counters = vec![0; size_of::<SequencedSlotsCounters>()];
    read(&file, path, &mut counters, class.counters_offset())?;
    let stages = u32_at(&counters, offset_of!(RunSection, stages)) as usize;
    if stages > SEQUENCED_SLOTS_V1_GATING {
        return Err(refuse(indexbus::Error::Corrupted));
    }
    let mut cells = [0; 64 * SEQUENCED_SLOTS_V1_GATING];
    read(&file, path, &mut cells, SlotClass::GATING_OFFSET)?;
    let mut cursor = [0; 8];
    read(&file, path, &mut cursor, SlotClass::CURSOR_OFFSET)?;
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

fn open(path: &Path) -> Result<File, Error> {
    // NONBLOCK: opening a FIFO must not hang.
    let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags as i32)
        .open(path)
        .map_err(|e| io(path, "open it", &e))?;
    let kind = file
        .metadata()
        .map_err(|e| io(path, "examine it", &e))?
        .file_type();
    if !kind.is_file() {
        return Err(Error::NotAFile {
            path: path.to_owned(),
        });
    }
    Ok(file)
}

fn read(file: &File, path: &Path, into: &mut [u8], at: usize) -> Result<(), Error> {
    file.read_exact_at(into, at as u64).map_err(|e| {
        if e.kind() == std::io::ErrorKind::UnexpectedEof {
            let actual = file.metadata().map_or(0, |metadata| metadata.len());
            let expected = (at + into.len()) as u64;
            return Error::Truncated {
                path: path.to_owned(),
                expected,
                actual,
            };
        }
        io(path, "read it", &e)
    })
}

fn io(path: &Path, doing: &'static str, error: &std::io::Error) -> Error {
    let source = rustix::io::Errno::from_io_error(error).unwrap_or(rustix::io::Errno::IO);
    Error::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_ne_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_ne_bytes(word)
}
