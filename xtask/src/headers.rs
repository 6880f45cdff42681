//! `headers`: writes `spec/indexbus_v1.h` and `spec/byteor_v1.h` from the Rust layouts.
//!
//! Every number comes from the compiled layouts: offsets, sizes, array lengths. A field that is
//! missing from a list below leaves a gap, and a gap is refused, so a header can't silently lag
//! behind its layout. The C compiler checks the offsets again, by static assertions.

use std::fmt::Write as _;
use std::fs;
use std::mem::{align_of, offset_of, size_of};
use std::path::Path;

use byteor_abi as byteor;
use indexbus_abi as indexbus;

/// A type that has a declaration in C.
trait CType {
    /// Name of the element, and the lengths of the arrays around it, outermost first.
    fn c() -> (&'static str, Vec<usize>);
}

macro_rules! c_types {
    ($($rust:ty => $c:literal),* $(,)?) => {
        $(impl CType for $rust {
            fn c() -> (&'static str, Vec<usize>) {
                ($c, vec![])
            }
        })*
    };
}

c_types! {
    u8 => "uint8_t",
    u16 => "uint16_t",
    u32 => "uint32_t",
    u64 => "uint64_t",
    indexbus::IndexbusAtomicU32 => "indexbus_atomic_u32",
    indexbus::IndexbusAtomicU64 => "indexbus_atomic_u64",
    indexbus::LayoutHeader => "struct indexbus_layout_header",
    indexbus::Slot => "struct indexbus_slot",
    indexbus::SlotPoolLayout<1024, 256> => "struct indexbus_slot_pool",
    indexbus::SlotPoolLayout<6144, 256> => "struct indexbus_fanout_slot_pool",
    indexbus::IndexQueue => "struct indexbus_index_queue",
    indexbus::MpscCell => "struct indexbus_mpsc_cell",
    indexbus::MpscQueue => "struct indexbus_mpsc_queue",
    indexbus::EventsReceiverCell => "struct indexbus_events_receiver_cell",
    indexbus::EventsSlotWords => "struct indexbus_events_slot_words",
    indexbus::SegmentMeta => "struct indexbus_segment_meta",
    indexbus::SequencerGatingCell => "struct indexbus_sequencer_gating_cell",
    indexbus::WakeLine => "struct indexbus_wake_line",
    indexbus::SlotOf<1024> => "struct byteor_slot_1k",
    indexbus::SlotOf<4096> => "struct byteor_slot_4k",
    indexbus::SlotOf<16384> => "struct byteor_slot_16k",
    indexbus::SlotPoolLayout<1024, 1024> => "struct byteor_slot_pool_1k",
    indexbus::SlotPoolLayout<1024, 4096> => "struct byteor_slot_pool_4k",
    indexbus::SlotPoolLayout<1024, 16384> => "struct byteor_slot_pool_16k",
    byteor::SequencedSlotsLayout4 => "struct byteor_sequenced_slots_layout4",
    byteor::SequencedSlotsLayout4K1 => "struct byteor_sequenced_slots_layout4_1k",
    byteor::SequencedSlotsLayout4K4 => "struct byteor_sequenced_slots_layout4_4k",
    byteor::SequencedSlotsLayout4K16 => "struct byteor_sequenced_slots_layout4_16k",
    byteor::SequencedSlotsMarks => "struct byteor_sequenced_slots_marks",
    byteor::RunSection => "struct byteor_run_section",
    byteor::IngressCounters => "struct byteor_ingress_counters",
    byteor::EgressCounters => "struct byteor_egress_counters",
    byteor::StageCounters => "struct byteor_stage_counters",
    byteor::SequencedSlotsCounters => "struct byteor_sequenced_slots_counters",
    byteor::SequencedSlotsSequences => "struct byteor_sequenced_slots_sequences",
    byteor::EventsChainLayout4 => "struct byteor_events_chain_layout4",
}

impl<T: CType, const N: usize> CType for [T; N] {
    fn c() -> (&'static str, Vec<usize>) {
        let (name, mut lengths) = T::c();
        lengths.insert(0, N);
        (name, lengths)
    }
}

struct Field {
    name: &'static str,
    offset: usize,
    size: usize,
    c: (&'static str, Vec<usize>),
}

/// The field's type is known to the compiler only: inferred from an access that never runs.
fn field<S, F: CType>(name: &'static str, offset: usize, _: fn(&S) -> &F) -> Field {
    Field {
        name,
        offset,
        size: size_of::<F>(),
        c: F::c(),
    }
}

struct Struct {
    name: &'static str,
    doc: &'static str,
    size: usize,
    align: usize,
    fields: Vec<Field>,
}

macro_rules! c_struct {
    ($doc:literal $name:literal = $rust:ty { $($field:ident),* $(,)? }) => {
        Struct {
            name: $name,
            doc: $doc,
            size: size_of::<$rust>(),
            align: align_of::<$rust>(),
            fields: vec![$(field::<$rust, _>(
                stringify!($field),
                offset_of!($rust, $field),
                |layout| &layout.$field,
            )),*],
        }
    };
}

macro_rules! events_struct {
    ($doc:literal $name:literal = $layout:ty) => {
        c_struct!($doc $name = $layout {
            header, initialized, pad0, pad1, spsc, mpsc, receivers, spsc_slots, mpsc_lens,
            spsc_payloads, mpsc_payloads
        })
    };
}

impl Struct {
    /// Refuses gaps and overlaps, and so forgotten fields and implicit padding at the end that C
    /// would not have.
    fn check(&self) -> Result<(), String> {
        let mut at = 0;
        for field in &self.fields {
            if field.offset != at {
                let (name, field) = (self.name, field.name);
                return Err(format!(
                    "{name}.{field}: a gap or a missing field before it"
                ));
            }
            at += field.size;
        }
        if at.next_multiple_of(self.align) == self.size && self.size - at < self.align {
            Ok(())
        } else {
            Err(format!("{}: fields are missing at its end", self.name))
        }
    }

    fn write(&self, out: &mut String) {
        let (name, size, align) = (self.name, self.size, self.align);
        let attribute = if align > 8 {
            format!("INDEXBUS_ALIGNED({align}) ")
        } else {
            String::new()
        };
        let _ = writeln!(out, "/* {} */", self.doc);
        let _ = writeln!(out, "struct {attribute}{name} {{");
        for field in &self.fields {
            let (c, lengths) = &field.c;
            let _ = write!(out, "    {c} {}", field.name);
            for length in lengths {
                let _ = write!(out, "[{length}]");
            }
            let _ = writeln!(out, "; /* @{} */", field.offset);
        }
        let _ = writeln!(out, "}};");
        let _ = writeln!(
            out,
            "INDEXBUS_ASSERT(sizeof(struct {name}) == {size}, \"{name}\");"
        );
        for field in &self.fields {
            let (field, offset) = (field.name, field.offset);
            let _ = writeln!(
                out,
                "INDEXBUS_ASSERT(offsetof(struct {name}, {field}) == {offset}, \"{name}.{field}\");"
            );
        }
        let _ = writeln!(out);
    }
}

macro_rules! constants {
    ($out:expr, $crate_name:ident: $($name:ident as $c:literal),* $(,)?) => {
        $({
            let value = u64::from($crate_name::$name as u32);
            let _ = writeln!($out, concat!("#define ", stringify!($name), " ", $c), value);
        })*
        let _ = writeln!($out);
    };
}

const PREAMBLE: &str = "\
/*
 * Generated from the Rust layouts by `cargo run -p xtask -- headers`. Don't edit.
 *
 * Structs and constants only. Numbers are host-endian. Fields of the atomic types are touched by
 * atomic operations only; the protocol is in docs/spec/regions.md.
 */
";

fn indexbus_header() -> Result<String, String> {
    let mut out = String::from(PREAMBLE);
    out.push_str(
        "#ifndef INDEXBUS_V1_H
#define INDEXBUS_V1_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
#define INDEXBUS_ASSERT(condition, what) static_assert(condition, what)
#define INDEXBUS_ALIGNED(bytes) alignas(bytes)
#else
#define INDEXBUS_ASSERT(condition, what) _Static_assert(condition, what)
#define INDEXBUS_ALIGNED(bytes) __attribute__((aligned(bytes)))
#endif

typedef uint32_t indexbus_atomic_u32;
typedef uint64_t indexbus_atomic_u64;

",
    );
    constants! { out, indexbus:
        INDEXBUS_MAGIC_IBUS as "0x{:08x}u",
        INDEXBUS_ABI_VERSION_V1 as "{}u",
        INDEXBUS_FLAGS_REGION_KIND_MASK as "0x{:04x}u",
        INDEXBUS_CACHE_LINE as "{}u",
    }
    constants! { out, indexbus:
        INDEXBUS_REGION_KIND_EVENTS as "{}u",
        INDEXBUS_REGION_KIND_FANOUT as "{}u",
        INDEXBUS_REGION_KIND_STATE as "{}u",
        INDEXBUS_REGION_KIND_JOURNAL as "{}u",
        INDEXBUS_REGION_KIND_SEQUENCER as "{}u",
        INDEXBUS_REGION_KIND_EVENTS_64 as "{}u",
        INDEXBUS_REGION_KIND_EVENTS_256 as "{}u",
        INDEXBUS_REGION_KIND_EVENTS_1K as "{}u",
        INDEXBUS_REGION_KIND_EVENTS_4K as "{}u",
    }
    constants! { out, indexbus:
        INDEXBUS_CAP_SUPPORTS_EVENTS as "{}u",
        INDEXBUS_CAP_SUPPORTS_STATE as "{}u",
        INDEXBUS_CAP_SUPPORTS_JOURNAL as "{}u",
        INDEXBUS_CAP_SUPPORTS_SEQUENCER as "{}u",
        INDEXBUS_CAP_SUPPORTS_BLOCKING as "{}u",
        INDEXBUS_CAP_SLOT_SEQUENCES as "{}u",
        INDEXBUS_CAP_SLOTS_BY_ENTRY as "{}u",
        INDEXBUS_CAP_OWNED_CLAIMS as "{}u",
    }
    constants! { out, indexbus:
        INDEXBUS_UNINITIALIZED as "{}u",
        INDEXBUS_INITIALIZING as "{}u",
        INDEXBUS_INITIALIZED as "{}u",
    }
    constants! { out, indexbus:
        INDEXBUS_SLOT_DATA_SIZE as "{}u",
        INDEXBUS_QUEUE_CAPACITY as "{}u",
        INDEXBUS_SLOT_COUNT as "{}u",
        INDEXBUS_EMPTY_FREE_U32 as "{}u",
        INDEXBUS_FANOUT_CONSUMERS_MAX as "{}u",
        INDEXBUS_FANOUT_SLOT_COUNT as "{}u",
        INDEXBUS_JOURNAL_SEGMENTS as "{}u",
        INDEXBUS_JOURNAL_SEGMENT_BYTES as "{}u",
        INDEXBUS_JOURNAL_RECORD_HEADER_BYTES as "{}u",
        INDEXBUS_JOURNAL_MAX_RECORD_BYTES as "{}u",
        INDEXBUS_JOURNAL_FLAG_COMMITTED as "{}u",
        INDEXBUS_JOURNAL_FLAG_WRAP as "{}u",
        INDEXBUS_JOURNAL_SEGMENT_UNUSED as "{}u",
        INDEXBUS_JOURNAL_SUBSCRIBERS_DEFAULT as "{}u",
        INDEXBUS_SEQUENCER_CONSUMERS as "{}u",
    }
    let free = indexbus::INDEXBUS_JOURNAL_POSITION_FREE;
    let _ = writeln!(out, "#define INDEXBUS_JOURNAL_POSITION_FREE {free}ull\n");
    let structs = [
        c_struct!("Opens every region." "indexbus_layout_header" = indexbus::LayoutHeader {
            magic, version, flags, capabilities, layout_bytes
        }),
        c_struct!("A payload cell." "indexbus_slot" = indexbus::Slot {
            next_free, refcnt, len, pad, data
        }),
        c_struct!("Slots with a free list; the head holds the index in its low 32 bits, a tag above."
            "indexbus_slot_pool" = indexbus::SlotPoolLayout<1024, 256> { free_head, pad, slots }),
        c_struct!("Ring of slot indices, one producer." "indexbus_index_queue" = indexbus::IndexQueue {
            head, pad0, tail, pad1, entries
        }),
        c_struct!("Entry of a many-producers queue." "indexbus_mpsc_cell" = indexbus::MpscCell {
            sequence, index, pad
        }),
        c_struct!("Ring of slot indices, many producers." "indexbus_mpsc_queue" = indexbus::MpscQueue {
            head, pad0, tail, pad1, cells
        }),
        c_struct!("How far the receiver of a queue came."
            "indexbus_events_receiver_cell" = indexbus::EventsReceiverCell { taken, pad }),
        c_struct!("Events region of the v1 class." "indexbus_shared_layout" = indexbus::SharedLayout {
            header, initialized, pad0, pad1, spsc, mpsc, pool, sequences, mpsc_slots, receivers
        }),
        c_struct!("Sequence and length of an aligned payload."
            "indexbus_events_slot_words" = indexbus::EventsSlotWords { sequence, len }),
        events_struct!("Events region with payloads of 64 bytes."
            "indexbus_events_layout_64" = indexbus::EventsLayout64),
        events_struct!("Events region with payloads of 256 bytes, aligned."
            "indexbus_events_layout_256" = indexbus::EventsLayout256),
        events_struct!("Events region with payloads of 1,024 bytes."
            "indexbus_events_layout_1k" = indexbus::EventsLayout1K),
        events_struct!("Events region with payloads of 4,096 bytes."
            "indexbus_events_layout_4k" = indexbus::EventsLayout4K),
        c_struct!("Slots of a fanout region."
            "indexbus_fanout_slot_pool" = indexbus::SlotPoolLayout<6144, 256> {
            free_head, pad, slots
        }),
        c_struct!("Fanout region of four consumers."
            "indexbus_shared_fanout_layout4" = indexbus::SharedFanoutLayout4 {
            header, initialized, consumers, pad1, spsc, mpsc, queues, pool, sequences,
            queue_sequences
        }),
        c_struct!("State region." "indexbus_state_layout256" = indexbus::StateLayout256 {
            header, seq, len, pad, data
        }),
        c_struct!("One consumer's gating sequence."
            "indexbus_sequencer_gating_cell" = indexbus::SequencerGatingCell { sequence, pad }),
        c_struct!("Sequencer region." "indexbus_sequencer_layout4" = indexbus::SequencerLayout4 {
            header, initialized, pad0, pad1, cursor, pad2, gating
        }),
        c_struct!("Journal segment." "indexbus_segment_meta" = indexbus::SegmentMeta {
            segment_id, segment_len, tail, pad
        }),
        c_struct!("Journal region." "indexbus_journal_layout4" = indexbus::JournalLayout4 {
            header, initialized, pad0, pad1, pub_pos, pad2, active_segment, pad3, segments,
            sub_pos, pad4, segment_bufs
        }),
        c_struct!("A word that some sleep on." "indexbus_wake_line" = indexbus::WakeLine {
            sequence, sleepers, pad
        }),
        c_struct!("With INDEXBUS_CAP_SUPPORTS_BLOCKING: the wake words of one queue."
            "indexbus_wake_section" = indexbus::WakeSection { consumers, producers }),
    ];
    for one in &structs {
        one.check()?;
        one.write(&mut out);
    }
    out.push_str("#endif\n");
    Ok(out)
}

macro_rules! class_structs {
    ($bytes:literal, $layout:ty, $slot:literal, $pool:literal, $ring:literal, $region:literal) => {
        [
            c_struct!("A payload cell." $slot = indexbus::SlotOf<$bytes> {
                next_free, refcnt, len, pad, data
            }),
            c_struct!("Slots with a free list." $pool = indexbus::SlotPoolLayout<1024, $bytes> {
                free_head, pad, slots
            }),
            c_struct!("Sequenced slots of this slot class." $ring = $layout {
                header, initialized, pad0, pad1, cursor, pad2, gating, pool, ring
            }),
            c_struct!("The whole region, appended sections included."
                $region = byteor::SequencedSlotsRegion<$bytes> {
                    layout, marks, counters, sequences
                }),
        ]
    };
}

fn byteor_header() -> Result<String, String> {
    let mut out = String::from(PREAMBLE);
    out.push_str(
        "#ifndef BYTEOR_V1_H
#define BYTEOR_V1_H

#include \"indexbus_v1.h\"

",
    );
    constants! { out, byteor:
        BYTEOR_REGION_KIND_SEQUENCED_SLOTS as "{}u",
        BYTEOR_REGION_KIND_EVENTS_CHAIN as "{}u",
        BYTEOR_REGION_KIND_SEQUENCED_SLOTS_1K as "{}u",
        BYTEOR_REGION_KIND_SEQUENCED_SLOTS_4K as "{}u",
        BYTEOR_REGION_KIND_SEQUENCED_SLOTS_16K as "{}u",
        BYTEOR_REGION_KIND_LANE_GRAPH as "{}u",
    }
    constants! { out, byteor:
        BYTEOR_CAP_SUPPORTS_EVENTS_CHAIN as "{}u",
        BYTEOR_CAP_SUPPORTS_SEQUENCED_SLOTS as "{}u",
        BYTEOR_CAP_RECORD_MARKS as "{}u",
        BYTEOR_CAP_COUNTERS as "{}u",
        BYTEOR_CAP_SLOT_SEQUENCES as "{}u",
        BYTEOR_CAP_OWNED_CLAIMS as "{}u",
    }
    constants! { out, byteor:
        SEQUENCED_SLOTS_V1_GATING as "{}u",
        SEQUENCED_SLOTS_V1_CAPACITY as "{}u",
        EVENTS_CHAIN_V1_QUEUES as "{}u",
    }
    constants! { out, byteor:
        LANE_GRAPH_READERS as "{}u",
        LANE_GRAPH_PARTS_MAX as "{}u",
    }
    out.push_str(
        "/* Marks: kind in the low 8 bits, stage above, length of a refused result above. */\n",
    );
    constants! { out, byteor:
        MARK_LIVE as "{}u",
        MARK_DROPPED as "{}u",
        MARK_REJECTED as "{}u",
        MARK_KIND_MASK as "0x{:02x}u",
        MARK_STAGE_SHIFT as "{}u",
        MARK_STAGE_MASK as "0x{:02x}u",
        MARK_LEN_SHIFT as "{}u",
    }
    out.push_str("/* Of a run: its workers and their wait; 0 where nobody said. */\n");
    constants! { out, byteor:
        RUN_WORKERS_DEDICATED as "{}u",
        RUN_WORKERS_SEGMENTS as "{}u",
        RUN_WORKERS_ONE as "{}u",
        RUN_WAIT_SPIN as "{}u",
        RUN_WAIT_BACKOFF as "{}u",
        RUN_WAIT_ADAPTIVE as "{}u",
    }
    let out_with_prefix = out.replace("#define MARK_", "#define BYTEOR_MARK_");
    let out_with_prefix = out_with_prefix.replace("#define RUN_", "#define BYTEOR_RUN_");
    let out_with_prefix = out_with_prefix.replace("#define EVENTS_", "#define BYTEOR_EVENTS_");
    let out_with_prefix =
        out_with_prefix.replace("#define SEQUENCED_", "#define BYTEOR_SEQUENCED_");
    out = out_with_prefix.replace("#define LANE_GRAPH_", "#define BYTEOR_LANE_GRAPH_");
    let sections = [
        c_struct!("With BYTEOR_CAP_RECORD_MARKS: one mark per ring entry."
            "byteor_sequenced_slots_marks" = byteor::SequencedSlotsMarks { marks }),
        c_struct!("The run over a region." "byteor_run_section" = byteor::RunSection {
            generation, stages, workers, wait, pad0, pad1
        }),
        c_struct!("Written by the producer." "byteor_ingress_counters" = byteor::IngressCounters {
            records_in, bytes_in, rejected, pad
        }),
        c_struct!("Written by the last stage." "byteor_egress_counters" = byteor::EgressCounters {
            records_out, bytes_out, dropped, rejected, pad
        }),
        c_struct!("Written by one stage." "byteor_stage_counters" = byteor::StageCounters {
            processed, dropped, rejected, pad
        }),
        c_struct!("With BYTEOR_CAP_COUNTERS: all counters."
        "byteor_sequenced_slots_counters" = byteor::SequencedSlotsCounters {
            run, ingress, egress, stages
        }),
        c_struct!("With BYTEOR_CAP_SLOT_SEQUENCES: by slot index, the low bits of its sequence."
        "byteor_sequenced_slots_sequences" = byteor::SequencedSlotsSequences { sequences }),
    ];
    let lane_graph = [
        c_struct!("The counters of a lane graph's run; the cells below follow, in this order."
        "byteor_lane_graph_layout" = byteor::LaneGraphLayout {
            header, initialized, pad0, pad1, generation, slot_bytes, lanes, readers, roles,
            endpoints, workers, wait, pad2
        }),
        c_struct!("One lane; written by its writer."
        "byteor_lane_graph_lane_cell" = byteor::LaneGraphLaneCell {
            published, discarded, given, capacity, readers, pad
        }),
        c_struct!("One reader of a lane; written by it."
        "byteor_lane_graph_reader_cell" = byteor::LaneGraphReaderCell { read, lost, pad }),
        c_struct!("One role; written by it."
        "byteor_lane_graph_role_cell" = byteor::LaneGraphRoleCell {
            processed, dropped, rejected, pad
        }),
        c_struct!("One endpoint; written by it."
        "byteor_lane_graph_endpoint_cell" = byteor::LaneGraphEndpointCell {
            records, bytes, rejected, ingress, pad0, pad1
        }),
    ];
    let default_class = [
        c_struct!("Sequenced slots of 256 bytes: the v1 layout."
        "byteor_sequenced_slots_layout4" = byteor::SequencedSlotsLayout4 {
            header, initialized, pad0, pad1, cursor, pad2, gating, pool, ring
        }),
        c_struct!("The whole region, appended sections included."
        "byteor_sequenced_slots_region" = byteor::SequencedSlotsRegion<256> {
            layout, marks, counters, sequences
        }),
    ];
    let other_classes = [
        class_structs!(
            1024,
            byteor::SequencedSlotsLayout4K1,
            "byteor_slot_1k",
            "byteor_slot_pool_1k",
            "byteor_sequenced_slots_layout4_1k",
            "byteor_sequenced_slots_region_1k"
        ),
        class_structs!(
            4096,
            byteor::SequencedSlotsLayout4K4,
            "byteor_slot_4k",
            "byteor_slot_pool_4k",
            "byteor_sequenced_slots_layout4_4k",
            "byteor_sequenced_slots_region_4k"
        ),
        class_structs!(
            16384,
            byteor::SequencedSlotsLayout4K16,
            "byteor_slot_16k",
            "byteor_slot_pool_16k",
            "byteor_sequenced_slots_layout4_16k",
            "byteor_sequenced_slots_region_16k"
        ),
    ];
    let chain = [
        c_struct!("Events chain: four queues of each kind over one pool."
        "byteor_events_chain_layout4" = byteor::EventsChainLayout4 {
            header, initialized, pad0, pad1, spsc, mpsc, pool
        }),
        c_struct!("The whole region, appended section included."
        "byteor_events_chain_region4" = byteor::EventsChainRegion4 { layout, sequences }),
    ];
    for one in sections
        .iter()
        .chain(&default_class)
        .chain(other_classes.iter().flatten())
        .chain(&lane_graph)
        .chain(&chain)
    {
        one.check()?;
        one.write(&mut out);
    }
    out.push_str("#endif\n");
    Ok(out)
}

/// Writes both headers below `root`, or, with `check`, says whether they are up to date.
pub fn run(root: &Path, check: bool) -> Result<(), String> {
    let spec = root.join("spec");
    for (name, text) in [
        ("indexbus_v1.h", indexbus_header()?),
        ("byteor_v1.h", byteor_header()?),
    ] {
        let path = spec.join(name);
        if check {
            let committed = fs::read_to_string(&path).unwrap_or_default();
            if committed != text {
                return Err(format!(
                    "spec/{name} is not what the layouts give: run `cargo run -p xtask -- headers`"
                ));
            }
        } else {
            fs::create_dir_all(&spec).map_err(|e| format!("spec: {e}"))?;
            fs::write(&path, text).map_err(|e| format!("spec/{name}: {e}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn the_committed_headers_are_what_the_layouts_give() {
        assert_eq!(run(&root(), true), Ok(()));
    }

    #[test]
    fn the_c_compiler_agrees_with_every_offset_and_size() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("check.c");
        fs::write(
            &source,
            "#include \"byteor_v1.h\"\n\
             _Static_assert(INDEXBUS_MAGIC_IBUS == 0x53554249u, \"magic\");\n\
             _Static_assert(BYTEOR_CAP_SUPPORTS_SEQUENCED_SLOTS == 131072u, \"bit 17\");\n\
             _Static_assert(offsetof(struct byteor_sequenced_slots_layout4, gating) == 128, \"\");\n\
             int main(void) { return 0; }\n",
        )
        .unwrap();
        let compiled = Command::new("cc")
            .args([
                "-std=c11",
                "-Wall",
                "-Wextra",
                "-Wpedantic",
                "-Werror",
                "-c",
                "-I",
            ])
            .arg(root().join("spec"))
            .arg(&source)
            .arg("-o")
            .arg(dir.path().join("check.o"))
            .output()
            .expect("cc, which Rust links with");
        assert!(
            compiled.status.success(),
            "{}",
            String::from_utf8_lossy(&compiled.stderr)
        );
    }

    #[test]
    fn a_forgotten_field_is_refused() {
        let whole = || {
            c_struct!("" "header" = indexbus::LayoutHeader {
                magic, version, flags, capabilities, layout_bytes
            })
        };
        assert_eq!(whole().check(), Ok(()));
        for forgotten in 0..5 {
            let mut one = whole();
            one.fields.remove(forgotten);
            assert!(one.check().is_err(), "field {forgotten}");
        }
    }
}
