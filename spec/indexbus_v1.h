/*
 * Generated from the Rust layouts by `cargo run -p xtask -- headers`. Don't edit.
 *
 * Structs and constants only. Numbers are host-endian. Fields of the atomic types are touched by
 * atomic operations only; the protocol is in docs/spec/regions.md.
 */
#ifndef INDEXBUS_V1_H
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

#define INDEXBUS_MAGIC_IBUS 0x53554249u
#define INDEXBUS_ABI_VERSION_V1 1u
#define INDEXBUS_FLAGS_REGION_KIND_MASK 0x00ffu
#define INDEXBUS_CACHE_LINE 64u

#define INDEXBUS_REGION_KIND_EVENTS 1u
#define INDEXBUS_REGION_KIND_FANOUT 2u
#define INDEXBUS_REGION_KIND_STATE 3u
#define INDEXBUS_REGION_KIND_JOURNAL 4u
#define INDEXBUS_REGION_KIND_SEQUENCER 5u
#define INDEXBUS_REGION_KIND_EVENTS_64 17u
#define INDEXBUS_REGION_KIND_EVENTS_256 18u
#define INDEXBUS_REGION_KIND_EVENTS_1K 19u
#define INDEXBUS_REGION_KIND_EVENTS_4K 20u

#define INDEXBUS_CAP_SUPPORTS_EVENTS 1u
#define INDEXBUS_CAP_SUPPORTS_STATE 2u
#define INDEXBUS_CAP_SUPPORTS_JOURNAL 4u
#define INDEXBUS_CAP_SUPPORTS_SEQUENCER 8u
#define INDEXBUS_CAP_SUPPORTS_BLOCKING 16u
#define INDEXBUS_CAP_SLOT_SEQUENCES 32u
#define INDEXBUS_CAP_SLOTS_BY_ENTRY 64u
#define INDEXBUS_CAP_OWNED_CLAIMS 128u

#define INDEXBUS_UNINITIALIZED 0u
#define INDEXBUS_INITIALIZING 1u
#define INDEXBUS_INITIALIZED 2u

#define INDEXBUS_SLOT_DATA_SIZE 256u
#define INDEXBUS_QUEUE_CAPACITY 1024u
#define INDEXBUS_SLOT_COUNT 1024u
#define INDEXBUS_EMPTY_FREE_U32 4294967295u
#define INDEXBUS_FANOUT_CONSUMERS_MAX 4u
#define INDEXBUS_FANOUT_SLOT_COUNT 6144u
#define INDEXBUS_JOURNAL_SEGMENTS 3u
#define INDEXBUS_JOURNAL_SEGMENT_BYTES 65536u
#define INDEXBUS_JOURNAL_RECORD_HEADER_BYTES 8u
#define INDEXBUS_JOURNAL_MAX_RECORD_BYTES 65528u
#define INDEXBUS_JOURNAL_FLAG_COMMITTED 1u
#define INDEXBUS_JOURNAL_FLAG_WRAP 2u
#define INDEXBUS_JOURNAL_SEGMENT_UNUSED 4294967295u
#define INDEXBUS_JOURNAL_SUBSCRIBERS_DEFAULT 4u
#define INDEXBUS_SEQUENCER_CONSUMERS 4u

#define INDEXBUS_JOURNAL_POSITION_FREE 18446744073709551615ull

/* Opens every region. */
struct indexbus_layout_header {
    uint32_t magic; /* @0 */
    uint16_t version; /* @4 */
    uint16_t flags; /* @6 */
    uint32_t capabilities; /* @8 */
    uint32_t layout_bytes; /* @12 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_layout_header) == 16, "indexbus_layout_header");
INDEXBUS_ASSERT(offsetof(struct indexbus_layout_header, magic) == 0, "indexbus_layout_header.magic");
INDEXBUS_ASSERT(offsetof(struct indexbus_layout_header, version) == 4, "indexbus_layout_header.version");
INDEXBUS_ASSERT(offsetof(struct indexbus_layout_header, flags) == 6, "indexbus_layout_header.flags");
INDEXBUS_ASSERT(offsetof(struct indexbus_layout_header, capabilities) == 8, "indexbus_layout_header.capabilities");
INDEXBUS_ASSERT(offsetof(struct indexbus_layout_header, layout_bytes) == 12, "indexbus_layout_header.layout_bytes");

/* A payload cell. */
struct indexbus_slot {
    indexbus_atomic_u32 next_free; /* @0 */
    indexbus_atomic_u32 refcnt; /* @4 */
    uint32_t len; /* @8 */
    uint32_t pad; /* @12 */
    uint8_t data[256]; /* @16 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_slot) == 272, "indexbus_slot");
INDEXBUS_ASSERT(offsetof(struct indexbus_slot, next_free) == 0, "indexbus_slot.next_free");
INDEXBUS_ASSERT(offsetof(struct indexbus_slot, refcnt) == 4, "indexbus_slot.refcnt");
INDEXBUS_ASSERT(offsetof(struct indexbus_slot, len) == 8, "indexbus_slot.len");
INDEXBUS_ASSERT(offsetof(struct indexbus_slot, pad) == 12, "indexbus_slot.pad");
INDEXBUS_ASSERT(offsetof(struct indexbus_slot, data) == 16, "indexbus_slot.data");

/* Slots with a free list; the head holds the index in its low 32 bits, a tag above. */
struct indexbus_slot_pool {
    indexbus_atomic_u64 free_head; /* @0 */
    uint8_t pad[56]; /* @8 */
    struct indexbus_slot slots[1024]; /* @64 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_slot_pool) == 278592, "indexbus_slot_pool");
INDEXBUS_ASSERT(offsetof(struct indexbus_slot_pool, free_head) == 0, "indexbus_slot_pool.free_head");
INDEXBUS_ASSERT(offsetof(struct indexbus_slot_pool, pad) == 8, "indexbus_slot_pool.pad");
INDEXBUS_ASSERT(offsetof(struct indexbus_slot_pool, slots) == 64, "indexbus_slot_pool.slots");

/* Ring of slot indices, one producer. */
struct indexbus_index_queue {
    indexbus_atomic_u64 head; /* @0 */
    uint8_t pad0[56]; /* @8 */
    indexbus_atomic_u64 tail; /* @64 */
    uint8_t pad1[56]; /* @72 */
    indexbus_atomic_u32 entries[1024]; /* @128 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_index_queue) == 4224, "indexbus_index_queue");
INDEXBUS_ASSERT(offsetof(struct indexbus_index_queue, head) == 0, "indexbus_index_queue.head");
INDEXBUS_ASSERT(offsetof(struct indexbus_index_queue, pad0) == 8, "indexbus_index_queue.pad0");
INDEXBUS_ASSERT(offsetof(struct indexbus_index_queue, tail) == 64, "indexbus_index_queue.tail");
INDEXBUS_ASSERT(offsetof(struct indexbus_index_queue, pad1) == 72, "indexbus_index_queue.pad1");
INDEXBUS_ASSERT(offsetof(struct indexbus_index_queue, entries) == 128, "indexbus_index_queue.entries");

/* Entry of a many-producers queue. */
struct indexbus_mpsc_cell {
    indexbus_atomic_u64 sequence; /* @0 */
    indexbus_atomic_u32 index; /* @8 */
    uint32_t pad; /* @12 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_mpsc_cell) == 16, "indexbus_mpsc_cell");
INDEXBUS_ASSERT(offsetof(struct indexbus_mpsc_cell, sequence) == 0, "indexbus_mpsc_cell.sequence");
INDEXBUS_ASSERT(offsetof(struct indexbus_mpsc_cell, index) == 8, "indexbus_mpsc_cell.index");
INDEXBUS_ASSERT(offsetof(struct indexbus_mpsc_cell, pad) == 12, "indexbus_mpsc_cell.pad");

/* Ring of slot indices, many producers. */
struct indexbus_mpsc_queue {
    indexbus_atomic_u64 head; /* @0 */
    uint8_t pad0[56]; /* @8 */
    indexbus_atomic_u64 tail; /* @64 */
    uint8_t pad1[56]; /* @72 */
    struct indexbus_mpsc_cell cells[1024]; /* @128 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_mpsc_queue) == 16512, "indexbus_mpsc_queue");
INDEXBUS_ASSERT(offsetof(struct indexbus_mpsc_queue, head) == 0, "indexbus_mpsc_queue.head");
INDEXBUS_ASSERT(offsetof(struct indexbus_mpsc_queue, pad0) == 8, "indexbus_mpsc_queue.pad0");
INDEXBUS_ASSERT(offsetof(struct indexbus_mpsc_queue, tail) == 64, "indexbus_mpsc_queue.tail");
INDEXBUS_ASSERT(offsetof(struct indexbus_mpsc_queue, pad1) == 72, "indexbus_mpsc_queue.pad1");
INDEXBUS_ASSERT(offsetof(struct indexbus_mpsc_queue, cells) == 128, "indexbus_mpsc_queue.cells");

/* How far the receiver of a queue came. */
struct INDEXBUS_ALIGNED(64) indexbus_events_receiver_cell {
    indexbus_atomic_u64 taken; /* @0 */
    uint8_t pad[56]; /* @8 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_events_receiver_cell) == 64, "indexbus_events_receiver_cell");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_receiver_cell, taken) == 0, "indexbus_events_receiver_cell.taken");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_receiver_cell, pad) == 8, "indexbus_events_receiver_cell.pad");

/* Events region of the v1 class. */
struct INDEXBUS_ALIGNED(64) indexbus_shared_layout {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    struct indexbus_index_queue spsc; /* @64 */
    struct indexbus_mpsc_queue mpsc; /* @4288 */
    struct indexbus_slot_pool pool; /* @20800 */
    indexbus_atomic_u32 sequences[1024]; /* @299392 */
    struct indexbus_slot mpsc_slots[1024]; /* @303488 */
    struct indexbus_events_receiver_cell receivers[2]; /* @582016 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_shared_layout) == 582144, "indexbus_shared_layout");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_layout, header) == 0, "indexbus_shared_layout.header");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_layout, initialized) == 16, "indexbus_shared_layout.initialized");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_layout, pad0) == 20, "indexbus_shared_layout.pad0");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_layout, pad1) == 24, "indexbus_shared_layout.pad1");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_layout, spsc) == 64, "indexbus_shared_layout.spsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_layout, mpsc) == 4288, "indexbus_shared_layout.mpsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_layout, pool) == 20800, "indexbus_shared_layout.pool");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_layout, sequences) == 299392, "indexbus_shared_layout.sequences");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_layout, mpsc_slots) == 303488, "indexbus_shared_layout.mpsc_slots");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_layout, receivers) == 582016, "indexbus_shared_layout.receivers");

/* Sequence and length of an aligned payload. */
struct indexbus_events_slot_words {
    indexbus_atomic_u32 sequence; /* @0 */
    indexbus_atomic_u32 len; /* @4 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_events_slot_words) == 8, "indexbus_events_slot_words");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_slot_words, sequence) == 0, "indexbus_events_slot_words.sequence");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_slot_words, len) == 4, "indexbus_events_slot_words.len");

/* Events region with payloads of 64 bytes. */
struct INDEXBUS_ALIGNED(64) indexbus_events_layout_64 {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    struct indexbus_index_queue spsc; /* @64 */
    struct indexbus_mpsc_queue mpsc; /* @4288 */
    struct indexbus_events_receiver_cell receivers[2]; /* @20800 */
    struct indexbus_events_slot_words spsc_slots[1024]; /* @20928 */
    indexbus_atomic_u32 mpsc_lens[1024]; /* @29120 */
    uint8_t spsc_payloads[1024][64]; /* @33216 */
    uint8_t mpsc_payloads[1024][64]; /* @98752 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_events_layout_64) == 164288, "indexbus_events_layout_64");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, header) == 0, "indexbus_events_layout_64.header");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, initialized) == 16, "indexbus_events_layout_64.initialized");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, pad0) == 20, "indexbus_events_layout_64.pad0");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, pad1) == 24, "indexbus_events_layout_64.pad1");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, spsc) == 64, "indexbus_events_layout_64.spsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, mpsc) == 4288, "indexbus_events_layout_64.mpsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, receivers) == 20800, "indexbus_events_layout_64.receivers");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, spsc_slots) == 20928, "indexbus_events_layout_64.spsc_slots");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, mpsc_lens) == 29120, "indexbus_events_layout_64.mpsc_lens");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, spsc_payloads) == 33216, "indexbus_events_layout_64.spsc_payloads");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_64, mpsc_payloads) == 98752, "indexbus_events_layout_64.mpsc_payloads");

/* Events region with payloads of 256 bytes, aligned. */
struct INDEXBUS_ALIGNED(64) indexbus_events_layout_256 {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    struct indexbus_index_queue spsc; /* @64 */
    struct indexbus_mpsc_queue mpsc; /* @4288 */
    struct indexbus_events_receiver_cell receivers[2]; /* @20800 */
    struct indexbus_events_slot_words spsc_slots[1024]; /* @20928 */
    indexbus_atomic_u32 mpsc_lens[1024]; /* @29120 */
    uint8_t spsc_payloads[1024][256]; /* @33216 */
    uint8_t mpsc_payloads[1024][256]; /* @295360 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_events_layout_256) == 557504, "indexbus_events_layout_256");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, header) == 0, "indexbus_events_layout_256.header");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, initialized) == 16, "indexbus_events_layout_256.initialized");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, pad0) == 20, "indexbus_events_layout_256.pad0");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, pad1) == 24, "indexbus_events_layout_256.pad1");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, spsc) == 64, "indexbus_events_layout_256.spsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, mpsc) == 4288, "indexbus_events_layout_256.mpsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, receivers) == 20800, "indexbus_events_layout_256.receivers");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, spsc_slots) == 20928, "indexbus_events_layout_256.spsc_slots");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, mpsc_lens) == 29120, "indexbus_events_layout_256.mpsc_lens");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, spsc_payloads) == 33216, "indexbus_events_layout_256.spsc_payloads");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_256, mpsc_payloads) == 295360, "indexbus_events_layout_256.mpsc_payloads");

/* Events region with payloads of 1,024 bytes. */
struct INDEXBUS_ALIGNED(64) indexbus_events_layout_1k {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    struct indexbus_index_queue spsc; /* @64 */
    struct indexbus_mpsc_queue mpsc; /* @4288 */
    struct indexbus_events_receiver_cell receivers[2]; /* @20800 */
    struct indexbus_events_slot_words spsc_slots[1024]; /* @20928 */
    indexbus_atomic_u32 mpsc_lens[1024]; /* @29120 */
    uint8_t spsc_payloads[1024][1024]; /* @33216 */
    uint8_t mpsc_payloads[1024][1024]; /* @1081792 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_events_layout_1k) == 2130368, "indexbus_events_layout_1k");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, header) == 0, "indexbus_events_layout_1k.header");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, initialized) == 16, "indexbus_events_layout_1k.initialized");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, pad0) == 20, "indexbus_events_layout_1k.pad0");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, pad1) == 24, "indexbus_events_layout_1k.pad1");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, spsc) == 64, "indexbus_events_layout_1k.spsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, mpsc) == 4288, "indexbus_events_layout_1k.mpsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, receivers) == 20800, "indexbus_events_layout_1k.receivers");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, spsc_slots) == 20928, "indexbus_events_layout_1k.spsc_slots");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, mpsc_lens) == 29120, "indexbus_events_layout_1k.mpsc_lens");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, spsc_payloads) == 33216, "indexbus_events_layout_1k.spsc_payloads");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_1k, mpsc_payloads) == 1081792, "indexbus_events_layout_1k.mpsc_payloads");

/* Events region with payloads of 4,096 bytes. */
struct INDEXBUS_ALIGNED(64) indexbus_events_layout_4k {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    struct indexbus_index_queue spsc; /* @64 */
    struct indexbus_mpsc_queue mpsc; /* @4288 */
    struct indexbus_events_receiver_cell receivers[2]; /* @20800 */
    struct indexbus_events_slot_words spsc_slots[1024]; /* @20928 */
    indexbus_atomic_u32 mpsc_lens[1024]; /* @29120 */
    uint8_t spsc_payloads[1024][4096]; /* @33216 */
    uint8_t mpsc_payloads[1024][4096]; /* @4227520 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_events_layout_4k) == 8421824, "indexbus_events_layout_4k");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, header) == 0, "indexbus_events_layout_4k.header");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, initialized) == 16, "indexbus_events_layout_4k.initialized");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, pad0) == 20, "indexbus_events_layout_4k.pad0");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, pad1) == 24, "indexbus_events_layout_4k.pad1");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, spsc) == 64, "indexbus_events_layout_4k.spsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, mpsc) == 4288, "indexbus_events_layout_4k.mpsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, receivers) == 20800, "indexbus_events_layout_4k.receivers");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, spsc_slots) == 20928, "indexbus_events_layout_4k.spsc_slots");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, mpsc_lens) == 29120, "indexbus_events_layout_4k.mpsc_lens");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, spsc_payloads) == 33216, "indexbus_events_layout_4k.spsc_payloads");
INDEXBUS_ASSERT(offsetof(struct indexbus_events_layout_4k, mpsc_payloads) == 4227520, "indexbus_events_layout_4k.mpsc_payloads");

/* Slots of a fanout region. */
struct indexbus_fanout_slot_pool {
    indexbus_atomic_u64 free_head; /* @0 */
    uint8_t pad[56]; /* @8 */
    struct indexbus_slot slots[6144]; /* @64 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_fanout_slot_pool) == 1671232, "indexbus_fanout_slot_pool");
INDEXBUS_ASSERT(offsetof(struct indexbus_fanout_slot_pool, free_head) == 0, "indexbus_fanout_slot_pool.free_head");
INDEXBUS_ASSERT(offsetof(struct indexbus_fanout_slot_pool, pad) == 8, "indexbus_fanout_slot_pool.pad");
INDEXBUS_ASSERT(offsetof(struct indexbus_fanout_slot_pool, slots) == 64, "indexbus_fanout_slot_pool.slots");

/* Fanout region of four consumers. */
struct INDEXBUS_ALIGNED(64) indexbus_shared_fanout_layout4 {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t consumers; /* @20 */
    uint8_t pad1[40]; /* @24 */
    struct indexbus_index_queue spsc; /* @64 */
    struct indexbus_mpsc_queue mpsc; /* @4288 */
    struct indexbus_index_queue queues[4]; /* @20800 */
    struct indexbus_fanout_slot_pool pool; /* @37696 */
    indexbus_atomic_u32 sequences[6144]; /* @1708928 */
    indexbus_atomic_u32 queue_sequences[4][6144]; /* @1733504 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_shared_fanout_layout4) == 1831808, "indexbus_shared_fanout_layout4");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_fanout_layout4, header) == 0, "indexbus_shared_fanout_layout4.header");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_fanout_layout4, initialized) == 16, "indexbus_shared_fanout_layout4.initialized");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_fanout_layout4, consumers) == 20, "indexbus_shared_fanout_layout4.consumers");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_fanout_layout4, pad1) == 24, "indexbus_shared_fanout_layout4.pad1");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_fanout_layout4, spsc) == 64, "indexbus_shared_fanout_layout4.spsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_fanout_layout4, mpsc) == 4288, "indexbus_shared_fanout_layout4.mpsc");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_fanout_layout4, queues) == 20800, "indexbus_shared_fanout_layout4.queues");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_fanout_layout4, pool) == 37696, "indexbus_shared_fanout_layout4.pool");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_fanout_layout4, sequences) == 1708928, "indexbus_shared_fanout_layout4.sequences");
INDEXBUS_ASSERT(offsetof(struct indexbus_shared_fanout_layout4, queue_sequences) == 1733504, "indexbus_shared_fanout_layout4.queue_sequences");

/* State region. */
struct INDEXBUS_ALIGNED(64) indexbus_state_layout256 {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u64 seq; /* @16 */
    indexbus_atomic_u32 len; /* @24 */
    indexbus_atomic_u32 pad; /* @28 */
    uint8_t data[256]; /* @32 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_state_layout256) == 320, "indexbus_state_layout256");
INDEXBUS_ASSERT(offsetof(struct indexbus_state_layout256, header) == 0, "indexbus_state_layout256.header");
INDEXBUS_ASSERT(offsetof(struct indexbus_state_layout256, seq) == 16, "indexbus_state_layout256.seq");
INDEXBUS_ASSERT(offsetof(struct indexbus_state_layout256, len) == 24, "indexbus_state_layout256.len");
INDEXBUS_ASSERT(offsetof(struct indexbus_state_layout256, pad) == 28, "indexbus_state_layout256.pad");
INDEXBUS_ASSERT(offsetof(struct indexbus_state_layout256, data) == 32, "indexbus_state_layout256.data");

/* One consumer's gating sequence. */
struct INDEXBUS_ALIGNED(64) indexbus_sequencer_gating_cell {
    indexbus_atomic_u64 sequence; /* @0 */
    uint8_t pad[56]; /* @8 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_sequencer_gating_cell) == 64, "indexbus_sequencer_gating_cell");
INDEXBUS_ASSERT(offsetof(struct indexbus_sequencer_gating_cell, sequence) == 0, "indexbus_sequencer_gating_cell.sequence");
INDEXBUS_ASSERT(offsetof(struct indexbus_sequencer_gating_cell, pad) == 8, "indexbus_sequencer_gating_cell.pad");

/* Sequencer region. */
struct INDEXBUS_ALIGNED(64) indexbus_sequencer_layout4 {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    indexbus_atomic_u64 cursor; /* @64 */
    uint8_t pad2[56]; /* @72 */
    struct indexbus_sequencer_gating_cell gating[4]; /* @128 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_sequencer_layout4) == 384, "indexbus_sequencer_layout4");
INDEXBUS_ASSERT(offsetof(struct indexbus_sequencer_layout4, header) == 0, "indexbus_sequencer_layout4.header");
INDEXBUS_ASSERT(offsetof(struct indexbus_sequencer_layout4, initialized) == 16, "indexbus_sequencer_layout4.initialized");
INDEXBUS_ASSERT(offsetof(struct indexbus_sequencer_layout4, pad0) == 20, "indexbus_sequencer_layout4.pad0");
INDEXBUS_ASSERT(offsetof(struct indexbus_sequencer_layout4, pad1) == 24, "indexbus_sequencer_layout4.pad1");
INDEXBUS_ASSERT(offsetof(struct indexbus_sequencer_layout4, cursor) == 64, "indexbus_sequencer_layout4.cursor");
INDEXBUS_ASSERT(offsetof(struct indexbus_sequencer_layout4, pad2) == 72, "indexbus_sequencer_layout4.pad2");
INDEXBUS_ASSERT(offsetof(struct indexbus_sequencer_layout4, gating) == 128, "indexbus_sequencer_layout4.gating");

/* Journal segment. */
struct indexbus_segment_meta {
    indexbus_atomic_u32 segment_id; /* @0 */
    indexbus_atomic_u32 segment_len; /* @4 */
    indexbus_atomic_u64 tail; /* @8 */
    uint8_t pad[48]; /* @16 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_segment_meta) == 64, "indexbus_segment_meta");
INDEXBUS_ASSERT(offsetof(struct indexbus_segment_meta, segment_id) == 0, "indexbus_segment_meta.segment_id");
INDEXBUS_ASSERT(offsetof(struct indexbus_segment_meta, segment_len) == 4, "indexbus_segment_meta.segment_len");
INDEXBUS_ASSERT(offsetof(struct indexbus_segment_meta, tail) == 8, "indexbus_segment_meta.tail");
INDEXBUS_ASSERT(offsetof(struct indexbus_segment_meta, pad) == 16, "indexbus_segment_meta.pad");

/* Journal region. */
struct INDEXBUS_ALIGNED(64) indexbus_journal_layout4 {
    struct indexbus_layout_header header; /* @0 */
    indexbus_atomic_u32 initialized; /* @16 */
    uint32_t pad0; /* @20 */
    uint8_t pad1[40]; /* @24 */
    indexbus_atomic_u64 pub_pos; /* @64 */
    uint8_t pad2[56]; /* @72 */
    indexbus_atomic_u32 active_segment; /* @128 */
    uint8_t pad3[60]; /* @132 */
    struct indexbus_segment_meta segments[3]; /* @192 */
    indexbus_atomic_u64 sub_pos[4]; /* @384 */
    uint8_t pad4[32]; /* @416 */
    uint8_t segment_bufs[3][65536]; /* @448 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_journal_layout4) == 197056, "indexbus_journal_layout4");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, header) == 0, "indexbus_journal_layout4.header");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, initialized) == 16, "indexbus_journal_layout4.initialized");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, pad0) == 20, "indexbus_journal_layout4.pad0");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, pad1) == 24, "indexbus_journal_layout4.pad1");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, pub_pos) == 64, "indexbus_journal_layout4.pub_pos");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, pad2) == 72, "indexbus_journal_layout4.pad2");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, active_segment) == 128, "indexbus_journal_layout4.active_segment");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, pad3) == 132, "indexbus_journal_layout4.pad3");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, segments) == 192, "indexbus_journal_layout4.segments");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, sub_pos) == 384, "indexbus_journal_layout4.sub_pos");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, pad4) == 416, "indexbus_journal_layout4.pad4");
INDEXBUS_ASSERT(offsetof(struct indexbus_journal_layout4, segment_bufs) == 448, "indexbus_journal_layout4.segment_bufs");

/* A word that some sleep on. */
struct INDEXBUS_ALIGNED(64) indexbus_wake_line {
    indexbus_atomic_u32 sequence; /* @0 */
    indexbus_atomic_u32 sleepers; /* @4 */
    uint8_t pad[56]; /* @8 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_wake_line) == 64, "indexbus_wake_line");
INDEXBUS_ASSERT(offsetof(struct indexbus_wake_line, sequence) == 0, "indexbus_wake_line.sequence");
INDEXBUS_ASSERT(offsetof(struct indexbus_wake_line, sleepers) == 4, "indexbus_wake_line.sleepers");
INDEXBUS_ASSERT(offsetof(struct indexbus_wake_line, pad) == 8, "indexbus_wake_line.pad");

/* With INDEXBUS_CAP_SUPPORTS_BLOCKING: the wake words of one queue. */
struct INDEXBUS_ALIGNED(64) indexbus_wake_section {
    struct indexbus_wake_line consumers; /* @0 */
    struct indexbus_wake_line producers; /* @64 */
};
INDEXBUS_ASSERT(sizeof(struct indexbus_wake_section) == 128, "indexbus_wake_section");
INDEXBUS_ASSERT(offsetof(struct indexbus_wake_section, consumers) == 0, "indexbus_wake_section.consumers");
INDEXBUS_ASSERT(offsetof(struct indexbus_wake_section, producers) == 64, "indexbus_wake_section.producers");

#endif
