/*
 * Generated from the Rust layouts by `cargo run -p xtask -- headers`. Don't edit.
 *
 * Structs and constants only. Numbers are host-endian. Fields of the atomic types are touched by
 * atomic operations only; the protocol is in docs/spec/regions.md.
 */
#ifndef BYTEOR_V1_H
#define BYTEOR_V1_H

#include "indexbus_v1.h"

#define BYTEOR_REGION_KIND_SEQUENCED_SLOTS 101u
#define BYTEOR_REGION_KIND_EVENTS_CHAIN 102u
#define BYTEOR_REGION_KIND_SEQUENCED_SLOTS_1K 103u
#define BYTEOR_REGION_KIND_SEQUENCED_SLOTS_4K 104u
#define BYTEOR_REGION_KIND_SEQUENCED_SLOTS_16K 105u
#define BYTEOR_REGION_KIND_LANE_GRAPH 106u

#define BYTEOR_CAP_SUPPORTS_EVENTS_CHAIN 65536u
#define BYTEOR_CAP_SUPPORTS_SEQUENCED_SLOTS 131072u
#define BYTEOR_CAP_RECORD_MARKS 262144u
#define BYTEOR_CAP_COUNTERS 524288u
#define BYTEOR_CAP_SLOT_SEQUENCES 1048576u
#define BYTEOR_CAP_OWNED_CLAIMS 2097152u

#define BYTEOR_SEQUENCED_SLOTS_V1_GATING 4u
#define BYTEOR_SEQUENCED_SLOTS_V1_CAPACITY 1024u
#define BYTEOR_EVENTS_CHAIN_V1_QUEUES 4u

#define BYTEOR_LANE_GRAPH_READERS 4u
#define BYTEOR_LANE_GRAPH_PARTS_MAX 1024u

/* Marks: kind in the low 8 bits, stage above, length of a refused result above. */
#define BYTEOR_MARK_LIVE 0u
#define BYTEOR_MARK_DROPPED 1u
#define BYTEOR_MARK_REJECTED 2u
#define BYTEOR_MARK_KIND_MASK 0xffu
#define BYTEOR_MARK_STAGE_SHIFT 8u
#define BYTEOR_MARK_STAGE_MASK 0xffu
#define BYTEOR_MARK_LEN_SHIFT 32u

/* Of a run: its workers and their wait; 0 where nobody said. */
#define BYTEOR_RUN_WORKERS_DEDICATED 1u
#define BYTEOR_RUN_WORKERS_SEGMENTS 2u
#define BYTEOR_RUN_WORKERS_ONE 3u
#define BYTEOR_RUN_WAIT_SPIN 1u
#define BYTEOR_RUN_WAIT_BACKOFF 2u
#define BYTEOR_RUN_WAIT_ADAPTIVE 3u

/* With BYTEOR_CAP_RECORD_MARKS: one mark per ring entry. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_marks {
    indexbus_atomic_u64 marks[1024]; /* @0 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_marks) == 8192, "byteor_sequenced_slots_marks");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_marks, marks) == 0, "byteor_sequenced_slots_marks.marks");

/* The run over a region. */
struct INDEXBUS_ALIGNED(64) byteor_run_section {
    indexbus_atomic_u64 generation; /* @0 */
    indexbus_atomic_u32 stages; /* @8 */
    indexbus_atomic_u32 workers; /* @12 */
    indexbus_atomic_u32 wait; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_run_section) == 64, "byteor_run_section");
INDEXBUS_ASSERT(offsetof(struct byteor_run_section, generation) == 0, "byteor_run_section.generation");
INDEXBUS_ASSERT(offsetof(struct byteor_run_section, stages) == 8, "byteor_run_section.stages");
INDEXBUS_ASSERT(offsetof(struct byteor_run_section, workers) == 12, "byteor_run_section.workers");
INDEXBUS_ASSERT(offsetof(struct byteor_run_section, wait) == 16, "byteor_run_section.wait");
INDEXBUS_ASSERT(offsetof(struct byteor_run_section, pad0) == 20, "byteor_run_section.pad0");
INDEXBUS_ASSERT(offsetof(struct byteor_run_section, pad1) == 24, "byteor_run_section.pad1");

/* Written by the producer. */
struct INDEXBUS_ALIGNED(64) byteor_ingress_counters {
    indexbus_atomic_u64 records_in; /* @0 */
    indexbus_atomic_u64 bytes_in; /* @8 */
    indexbus_atomic_u64 rejected; /* @16 */
    uint8_t pad[40]; /* @24 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_ingress_counters) == 64, "byteor_ingress_counters");
INDEXBUS_ASSERT(offsetof(struct byteor_ingress_counters, records_in) == 0, "byteor_ingress_counters.records_in");
INDEXBUS_ASSERT(offsetof(struct byteor_ingress_counters, bytes_in) == 8, "byteor_ingress_counters.bytes_in");
INDEXBUS_ASSERT(offsetof(struct byteor_ingress_counters, rejected) == 16, "byteor_ingress_counters.rejected");
INDEXBUS_ASSERT(offsetof(struct byteor_ingress_counters, pad) == 24, "byteor_ingress_counters.pad");

/* Written by the last stage. */
struct INDEXBUS_ALIGNED(64) byteor_egress_counters {
    indexbus_atomic_u64 records_out; /* @0 */
    indexbus_atomic_u64 bytes_out; /* @8 */
    indexbus_atomic_u64 dropped; /* @16 */
    indexbus_atomic_u64 rejected; /* @24 */
    uint8_t pad[32]; /* @32 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_egress_counters) == 64, "byteor_egress_counters");
INDEXBUS_ASSERT(offsetof(struct byteor_egress_counters, records_out) == 0, "byteor_egress_counters.records_out");
INDEXBUS_ASSERT(offsetof(struct byteor_egress_counters, bytes_out) == 8, "byteor_egress_counters.bytes_out");
INDEXBUS_ASSERT(offsetof(struct byteor_egress_counters, dropped) == 16, "byteor_egress_counters.dropped");
INDEXBUS_ASSERT(offsetof(struct byteor_egress_counters, rejected) == 24, "byteor_egress_counters.rejected");
INDEXBUS_ASSERT(offsetof(struct byteor_egress_counters, pad) == 32, "byteor_egress_counters.pad");

/* Written by one stage. */
struct INDEXBUS_ALIGNED(64) byteor_stage_counters {
    indexbus_atomic_u64 processed; /* @0 */
    indexbus_atomic_u64 dropped; /* @8 */
    indexbus_atomic_u64 rejected; /* @16 */
    uint8_t pad[40]; /* @24 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_stage_counters) == 64, "byteor_stage_counters");
INDEXBUS_ASSERT(offsetof(struct byteor_stage_counters, processed) == 0, "byteor_stage_counters.processed");
INDEXBUS_ASSERT(offsetof(struct byteor_stage_counters, dropped) == 8, "byteor_stage_counters.dropped");
INDEXBUS_ASSERT(offsetof(struct byteor_stage_counters, rejected) == 16, "byteor_stage_counters.rejected");
INDEXBUS_ASSERT(offsetof(struct byteor_stage_counters, pad) == 24, "byteor_stage_counters.pad");

/* With BYTEOR_CAP_COUNTERS: all counters. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_counters {
    struct byteor_run_section run; /* @0 */
    struct byteor_ingress_counters ingress; /* @64 */
    struct byteor_egress_counters egress; /* @128 */
    struct byteor_stage_counters stages[4]; /* @192 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_counters) == 448, "byteor_sequenced_slots_counters");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_counters, run) == 0, "byteor_sequenced_slots_counters.run");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_counters, ingress) == 64, "byteor_sequenced_slots_counters.ingress");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_counters, egress) == 128, "byteor_sequenced_slots_counters.egress");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_counters, stages) == 192, "byteor_sequenced_slots_counters.stages");

/* With BYTEOR_CAP_SLOT_SEQUENCES: by slot index, the low bits of its sequence. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_sequences {
    indexbus_atomic_u32 sequences[1024]; /* @0 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_sequences) == 4096, "byteor_sequenced_slots_sequences");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_sequences, sequences) == 0, "byteor_sequenced_slots_sequences.sequences");

/* Sequenced slots of 256 bytes: the v1 layout. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_layout4 {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    indexbus_atomic_u64 cursor; /* @64 */
    uint8_t pad2[56]; /* @72 */
    struct indexbus_sequencer_gating_cell gating[4]; /* @128 */
    struct indexbus_slot_pool pool; /* @384 */
    indexbus_atomic_u32 ring[1024]; /* @278976 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_layout4) == 283072, "byteor_sequenced_slots_layout4");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4, header) == 0, "byteor_sequenced_slots_layout4.header");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4, initialized) == 16, "byteor_sequenced_slots_layout4.initialized");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4, pad0) == 20, "byteor_sequenced_slots_layout4.pad0");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4, pad1) == 24, "byteor_sequenced_slots_layout4.pad1");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4, cursor) == 64, "byteor_sequenced_slots_layout4.cursor");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4, pad2) == 72, "byteor_sequenced_slots_layout4.pad2");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4, gating) == 128, "byteor_sequenced_slots_layout4.gating");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4, pool) == 384, "byteor_sequenced_slots_layout4.pool");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4, ring) == 278976, "byteor_sequenced_slots_layout4.ring");

/* The whole region, appended sections included. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_region {
    struct byteor_sequenced_slots_layout4 layout; /* @0 */
    struct byteor_sequenced_slots_marks marks; /* @283072 */
    struct byteor_sequenced_slots_counters counters; /* @291264 */
    struct byteor_sequenced_slots_sequences sequences; /* @291712 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_region) == 295808, "byteor_sequenced_slots_region");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region, layout) == 0, "byteor_sequenced_slots_region.layout");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region, marks) == 283072, "byteor_sequenced_slots_region.marks");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region, counters) == 291264, "byteor_sequenced_slots_region.counters");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region, sequences) == 291712, "byteor_sequenced_slots_region.sequences");

/* A payload cell. */
struct byteor_slot_1k {
    indexbus_atomic_u32 next_free; /* @0 */
    indexbus_atomic_u32 refcnt; /* @4 */
    uint32_t len; /* @8 */
    uint32_t pad; /* @12 */
    uint8_t data[1024]; /* @16 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_slot_1k) == 1040, "byteor_slot_1k");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_1k, next_free) == 0, "byteor_slot_1k.next_free");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_1k, refcnt) == 4, "byteor_slot_1k.refcnt");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_1k, len) == 8, "byteor_slot_1k.len");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_1k, pad) == 12, "byteor_slot_1k.pad");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_1k, data) == 16, "byteor_slot_1k.data");

/* Slots with a free list. */
struct byteor_slot_pool_1k {
    indexbus_atomic_u64 free_head; /* @0 */
    uint8_t pad[56]; /* @8 */
    struct byteor_slot_1k slots[1024]; /* @64 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_slot_pool_1k) == 1065024, "byteor_slot_pool_1k");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_pool_1k, free_head) == 0, "byteor_slot_pool_1k.free_head");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_pool_1k, pad) == 8, "byteor_slot_pool_1k.pad");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_pool_1k, slots) == 64, "byteor_slot_pool_1k.slots");

/* Sequenced slots of this slot class. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_layout4_1k {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    indexbus_atomic_u64 cursor; /* @64 */
    uint8_t pad2[56]; /* @72 */
    struct indexbus_sequencer_gating_cell gating[4]; /* @128 */
    struct byteor_slot_pool_1k pool; /* @384 */
    indexbus_atomic_u32 ring[1024]; /* @1065408 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_layout4_1k) == 1069504, "byteor_sequenced_slots_layout4_1k");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_1k, header) == 0, "byteor_sequenced_slots_layout4_1k.header");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_1k, initialized) == 16, "byteor_sequenced_slots_layout4_1k.initialized");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_1k, pad0) == 20, "byteor_sequenced_slots_layout4_1k.pad0");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_1k, pad1) == 24, "byteor_sequenced_slots_layout4_1k.pad1");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_1k, cursor) == 64, "byteor_sequenced_slots_layout4_1k.cursor");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_1k, pad2) == 72, "byteor_sequenced_slots_layout4_1k.pad2");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_1k, gating) == 128, "byteor_sequenced_slots_layout4_1k.gating");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_1k, pool) == 384, "byteor_sequenced_slots_layout4_1k.pool");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_1k, ring) == 1065408, "byteor_sequenced_slots_layout4_1k.ring");

/* The whole region, appended sections included. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_region_1k {
    struct byteor_sequenced_slots_layout4_1k layout; /* @0 */
    struct byteor_sequenced_slots_marks marks; /* @1069504 */
    struct byteor_sequenced_slots_counters counters; /* @1077696 */
    struct byteor_sequenced_slots_sequences sequences; /* @1078144 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_region_1k) == 1082240, "byteor_sequenced_slots_region_1k");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_1k, layout) == 0, "byteor_sequenced_slots_region_1k.layout");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_1k, marks) == 1069504, "byteor_sequenced_slots_region_1k.marks");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_1k, counters) == 1077696, "byteor_sequenced_slots_region_1k.counters");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_1k, sequences) == 1078144, "byteor_sequenced_slots_region_1k.sequences");

/* A payload cell. */
struct byteor_slot_4k {
    indexbus_atomic_u32 next_free; /* @0 */
    indexbus_atomic_u32 refcnt; /* @4 */
    uint32_t len; /* @8 */
    uint32_t pad; /* @12 */
    uint8_t data[4096]; /* @16 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_slot_4k) == 4112, "byteor_slot_4k");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_4k, next_free) == 0, "byteor_slot_4k.next_free");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_4k, refcnt) == 4, "byteor_slot_4k.refcnt");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_4k, len) == 8, "byteor_slot_4k.len");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_4k, pad) == 12, "byteor_slot_4k.pad");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_4k, data) == 16, "byteor_slot_4k.data");

/* Slots with a free list. */
struct byteor_slot_pool_4k {
    indexbus_atomic_u64 free_head; /* @0 */
    uint8_t pad[56]; /* @8 */
    struct byteor_slot_4k slots[1024]; /* @64 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_slot_pool_4k) == 4210752, "byteor_slot_pool_4k");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_pool_4k, free_head) == 0, "byteor_slot_pool_4k.free_head");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_pool_4k, pad) == 8, "byteor_slot_pool_4k.pad");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_pool_4k, slots) == 64, "byteor_slot_pool_4k.slots");

/* Sequenced slots of this slot class. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_layout4_4k {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    indexbus_atomic_u64 cursor; /* @64 */
    uint8_t pad2[56]; /* @72 */
    struct indexbus_sequencer_gating_cell gating[4]; /* @128 */
    struct byteor_slot_pool_4k pool; /* @384 */
    indexbus_atomic_u32 ring[1024]; /* @4211136 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_layout4_4k) == 4215232, "byteor_sequenced_slots_layout4_4k");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_4k, header) == 0, "byteor_sequenced_slots_layout4_4k.header");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_4k, initialized) == 16, "byteor_sequenced_slots_layout4_4k.initialized");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_4k, pad0) == 20, "byteor_sequenced_slots_layout4_4k.pad0");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_4k, pad1) == 24, "byteor_sequenced_slots_layout4_4k.pad1");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_4k, cursor) == 64, "byteor_sequenced_slots_layout4_4k.cursor");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_4k, pad2) == 72, "byteor_sequenced_slots_layout4_4k.pad2");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_4k, gating) == 128, "byteor_sequenced_slots_layout4_4k.gating");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_4k, pool) == 384, "byteor_sequenced_slots_layout4_4k.pool");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_4k, ring) == 4211136, "byteor_sequenced_slots_layout4_4k.ring");

/* The whole region, appended sections included. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_region_4k {
    struct byteor_sequenced_slots_layout4_4k layout; /* @0 */
    struct byteor_sequenced_slots_marks marks; /* @4215232 */
    struct byteor_sequenced_slots_counters counters; /* @4223424 */
    struct byteor_sequenced_slots_sequences sequences; /* @4223872 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_region_4k) == 4227968, "byteor_sequenced_slots_region_4k");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_4k, layout) == 0, "byteor_sequenced_slots_region_4k.layout");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_4k, marks) == 4215232, "byteor_sequenced_slots_region_4k.marks");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_4k, counters) == 4223424, "byteor_sequenced_slots_region_4k.counters");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_4k, sequences) == 4223872, "byteor_sequenced_slots_region_4k.sequences");

/* A payload cell. */
struct byteor_slot_16k {
    indexbus_atomic_u32 next_free; /* @0 */
    indexbus_atomic_u32 refcnt; /* @4 */
    uint32_t len; /* @8 */
    uint32_t pad; /* @12 */
    uint8_t data[16384]; /* @16 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_slot_16k) == 16400, "byteor_slot_16k");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_16k, next_free) == 0, "byteor_slot_16k.next_free");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_16k, refcnt) == 4, "byteor_slot_16k.refcnt");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_16k, len) == 8, "byteor_slot_16k.len");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_16k, pad) == 12, "byteor_slot_16k.pad");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_16k, data) == 16, "byteor_slot_16k.data");

/* Slots with a free list. */
struct byteor_slot_pool_16k {
    indexbus_atomic_u64 free_head; /* @0 */
    uint8_t pad[56]; /* @8 */
    struct byteor_slot_16k slots[1024]; /* @64 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_slot_pool_16k) == 16793664, "byteor_slot_pool_16k");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_pool_16k, free_head) == 0, "byteor_slot_pool_16k.free_head");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_pool_16k, pad) == 8, "byteor_slot_pool_16k.pad");
INDEXBUS_ASSERT(offsetof(struct byteor_slot_pool_16k, slots) == 64, "byteor_slot_pool_16k.slots");

/* Sequenced slots of this slot class. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_layout4_16k {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    indexbus_atomic_u64 cursor; /* @64 */
    uint8_t pad2[56]; /* @72 */
    struct indexbus_sequencer_gating_cell gating[4]; /* @128 */
    struct byteor_slot_pool_16k pool; /* @384 */
    indexbus_atomic_u32 ring[1024]; /* @16794048 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_layout4_16k) == 16798144, "byteor_sequenced_slots_layout4_16k");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_16k, header) == 0, "byteor_sequenced_slots_layout4_16k.header");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_16k, initialized) == 16, "byteor_sequenced_slots_layout4_16k.initialized");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_16k, pad0) == 20, "byteor_sequenced_slots_layout4_16k.pad0");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_16k, pad1) == 24, "byteor_sequenced_slots_layout4_16k.pad1");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_16k, cursor) == 64, "byteor_sequenced_slots_layout4_16k.cursor");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_16k, pad2) == 72, "byteor_sequenced_slots_layout4_16k.pad2");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_16k, gating) == 128, "byteor_sequenced_slots_layout4_16k.gating");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_16k, pool) == 384, "byteor_sequenced_slots_layout4_16k.pool");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_layout4_16k, ring) == 16794048, "byteor_sequenced_slots_layout4_16k.ring");

/* The whole region, appended sections included. */
struct INDEXBUS_ALIGNED(64) byteor_sequenced_slots_region_16k {
    struct byteor_sequenced_slots_layout4_16k layout; /* @0 */
    struct byteor_sequenced_slots_marks marks; /* @16798144 */
    struct byteor_sequenced_slots_counters counters; /* @16806336 */
    struct byteor_sequenced_slots_sequences sequences; /* @16806784 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_sequenced_slots_region_16k) == 16810880, "byteor_sequenced_slots_region_16k");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_16k, layout) == 0, "byteor_sequenced_slots_region_16k.layout");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_16k, marks) == 16798144, "byteor_sequenced_slots_region_16k.marks");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_16k, counters) == 16806336, "byteor_sequenced_slots_region_16k.counters");
INDEXBUS_ASSERT(offsetof(struct byteor_sequenced_slots_region_16k, sequences) == 16806784, "byteor_sequenced_slots_region_16k.sequences");

/* The counters of a lane graph's run; the cells below follow, in this order. */
struct INDEXBUS_ALIGNED(64) byteor_lane_graph_layout {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    indexbus_atomic_u64 generation; /* @64 */
    indexbus_atomic_u32 slot_bytes; /* @72 */
    indexbus_atomic_u32 lanes; /* @76 */
    indexbus_atomic_u32 readers; /* @80 */
    indexbus_atomic_u32 roles; /* @84 */
    indexbus_atomic_u32 endpoints; /* @88 */
    indexbus_atomic_u32 workers; /* @92 */
    indexbus_atomic_u32 wait; /* @96 */
    uint8_t pad2[28]; /* @100 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_lane_graph_layout) == 128, "byteor_lane_graph_layout");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, header) == 0, "byteor_lane_graph_layout.header");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, initialized) == 16, "byteor_lane_graph_layout.initialized");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, pad0) == 20, "byteor_lane_graph_layout.pad0");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, pad1) == 24, "byteor_lane_graph_layout.pad1");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, generation) == 64, "byteor_lane_graph_layout.generation");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, slot_bytes) == 72, "byteor_lane_graph_layout.slot_bytes");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, lanes) == 76, "byteor_lane_graph_layout.lanes");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, readers) == 80, "byteor_lane_graph_layout.readers");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, roles) == 84, "byteor_lane_graph_layout.roles");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, endpoints) == 88, "byteor_lane_graph_layout.endpoints");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, workers) == 92, "byteor_lane_graph_layout.workers");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, wait) == 96, "byteor_lane_graph_layout.wait");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_layout, pad2) == 100, "byteor_lane_graph_layout.pad2");

/* One lane; written by its writer. */
struct INDEXBUS_ALIGNED(64) byteor_lane_graph_lane_cell {
    indexbus_atomic_u64 published; /* @0 */
    indexbus_atomic_u64 discarded; /* @8 */
    indexbus_atomic_u64 given[4]; /* @16 */
    indexbus_atomic_u32 capacity; /* @48 */
    indexbus_atomic_u32 readers; /* @52 */
    uint8_t pad[8]; /* @56 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_lane_graph_lane_cell) == 64, "byteor_lane_graph_lane_cell");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_lane_cell, published) == 0, "byteor_lane_graph_lane_cell.published");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_lane_cell, discarded) == 8, "byteor_lane_graph_lane_cell.discarded");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_lane_cell, given) == 16, "byteor_lane_graph_lane_cell.given");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_lane_cell, capacity) == 48, "byteor_lane_graph_lane_cell.capacity");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_lane_cell, readers) == 52, "byteor_lane_graph_lane_cell.readers");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_lane_cell, pad) == 56, "byteor_lane_graph_lane_cell.pad");

/* One reader of a lane; written by it. */
struct INDEXBUS_ALIGNED(64) byteor_lane_graph_reader_cell {
    indexbus_atomic_u64 read; /* @0 */
    indexbus_atomic_u64 lost; /* @8 */
    uint8_t pad[48]; /* @16 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_lane_graph_reader_cell) == 64, "byteor_lane_graph_reader_cell");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_reader_cell, read) == 0, "byteor_lane_graph_reader_cell.read");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_reader_cell, lost) == 8, "byteor_lane_graph_reader_cell.lost");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_reader_cell, pad) == 16, "byteor_lane_graph_reader_cell.pad");

/* One role; written by it. */
struct INDEXBUS_ALIGNED(64) byteor_lane_graph_role_cell {
    indexbus_atomic_u64 processed; /* @0 */
    indexbus_atomic_u64 dropped; /* @8 */
    indexbus_atomic_u64 rejected; /* @16 */
    uint8_t pad[40]; /* @24 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_lane_graph_role_cell) == 64, "byteor_lane_graph_role_cell");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_role_cell, processed) == 0, "byteor_lane_graph_role_cell.processed");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_role_cell, dropped) == 8, "byteor_lane_graph_role_cell.dropped");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_role_cell, rejected) == 16, "byteor_lane_graph_role_cell.rejected");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_role_cell, pad) == 24, "byteor_lane_graph_role_cell.pad");

/* One endpoint; written by it. */
struct INDEXBUS_ALIGNED(64) byteor_lane_graph_endpoint_cell {
    indexbus_atomic_u64 records; /* @0 */
    indexbus_atomic_u64 bytes; /* @8 */
    indexbus_atomic_u64 rejected; /* @16 */
    indexbus_atomic_u32 ingress; /* @24 */
    uint32_t pad0; /* @28 */
    uint8_t pad1[32]; /* @32 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_lane_graph_endpoint_cell) == 64, "byteor_lane_graph_endpoint_cell");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_endpoint_cell, records) == 0, "byteor_lane_graph_endpoint_cell.records");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_endpoint_cell, bytes) == 8, "byteor_lane_graph_endpoint_cell.bytes");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_endpoint_cell, rejected) == 16, "byteor_lane_graph_endpoint_cell.rejected");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_endpoint_cell, ingress) == 24, "byteor_lane_graph_endpoint_cell.ingress");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_endpoint_cell, pad0) == 28, "byteor_lane_graph_endpoint_cell.pad0");
INDEXBUS_ASSERT(offsetof(struct byteor_lane_graph_endpoint_cell, pad1) == 32, "byteor_lane_graph_endpoint_cell.pad1");

/* Events chain: four queues of each kind over one pool. */
struct INDEXBUS_ALIGNED(64) byteor_events_chain_layout4 {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    struct indexbus_index_queue spsc[4]; /* @64 */
    struct indexbus_mpsc_queue mpsc[4]; /* @16960 */
    struct indexbus_slot_pool pool; /* @83008 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_events_chain_layout4) == 361600, "byteor_events_chain_layout4");
INDEXBUS_ASSERT(offsetof(struct byteor_events_chain_layout4, header) == 0, "byteor_events_chain_layout4.header");
INDEXBUS_ASSERT(offsetof(struct byteor_events_chain_layout4, initialized) == 16, "byteor_events_chain_layout4.initialized");
INDEXBUS_ASSERT(offsetof(struct byteor_events_chain_layout4, pad0) == 20, "byteor_events_chain_layout4.pad0");
INDEXBUS_ASSERT(offsetof(struct byteor_events_chain_layout4, pad1) == 24, "byteor_events_chain_layout4.pad1");
INDEXBUS_ASSERT(offsetof(struct byteor_events_chain_layout4, spsc) == 64, "byteor_events_chain_layout4.spsc");
INDEXBUS_ASSERT(offsetof(struct byteor_events_chain_layout4, mpsc) == 16960, "byteor_events_chain_layout4.mpsc");
INDEXBUS_ASSERT(offsetof(struct byteor_events_chain_layout4, pool) == 83008, "byteor_events_chain_layout4.pool");

/* The whole region, appended section included. */
struct INDEXBUS_ALIGNED(64) byteor_events_chain_region4 {
    struct byteor_events_chain_layout4 layout; /* @0 */
    indexbus_atomic_u32 sequences[1024]; /* @361600 */
};
INDEXBUS_ASSERT(sizeof(struct byteor_events_chain_region4) == 365696, "byteor_events_chain_region4");
INDEXBUS_ASSERT(offsetof(struct byteor_events_chain_region4, layout) == 0, "byteor_events_chain_region4.layout");
INDEXBUS_ASSERT(offsetof(struct byteor_events_chain_region4, sequences) == 361600, "byteor_events_chain_region4.sequences");

#endif
