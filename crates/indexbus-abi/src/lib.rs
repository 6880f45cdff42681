//! `repr(C)` layouts and constants of IndexBus regions.
//!
//! This crate is the source of `spec/indexbus_v1.h` (`cargo run -p xtask -- headers`). It holds
//! layouts only: no algorithms, no `std`. Every region starts with a [`LayoutHeader`], all
//! numbers are host-endian, and a layout is only ever extended at its end, announced by a
//! capability bit (reference: IndexBus, section 2).
//!
//! The reference leaves some values to us; those are marked *ours* here and written down in
//! `docs/spec/regions.md`. No binary compatibility with other implementations is claimed.
#![no_std]

mod events;
mod fanout;
mod header;
mod journal;
mod sequencer;
mod state;
mod wake;

pub use events::{
    EventsClass, EventsLayout, EventsLayout1K, EventsLayout4K, EventsLayout64, EventsLayout256,
    EventsReceiverCell, EventsSlotWords, IndexQueue, MpscCell, MpscQueue, SharedLayout, Slot,
    SlotOf, SlotPoolLayout,
};
pub use fanout::{
    INDEXBUS_FANOUT_CONSUMERS_MAX, INDEXBUS_FANOUT_SLOT_COUNT, SharedFanoutLayout,
    SharedFanoutLayout4,
};
pub use header::{
    INDEXBUS_ABI_VERSION_V1, INDEXBUS_CACHE_LINE, INDEXBUS_CAP_OWNED_CLAIMS,
    INDEXBUS_CAP_SLOT_SEQUENCES, INDEXBUS_CAP_SLOTS_BY_ENTRY, INDEXBUS_CAP_SUPPORTS_BLOCKING,
    INDEXBUS_CAP_SUPPORTS_EVENTS, INDEXBUS_CAP_SUPPORTS_JOURNAL, INDEXBUS_CAP_SUPPORTS_SEQUENCER,
    INDEXBUS_CAP_SUPPORTS_STATE, INDEXBUS_FLAGS_REGION_KIND_MASK, INDEXBUS_INITIALIZED,
    INDEXBUS_INITIALIZING, INDEXBUS_MAGIC_IBUS, INDEXBUS_REGION_KIND_EVENTS,
    INDEXBUS_REGION_KIND_EVENTS_1K, INDEXBUS_REGION_KIND_EVENTS_4K, INDEXBUS_REGION_KIND_EVENTS_64,
    INDEXBUS_REGION_KIND_EVENTS_256, INDEXBUS_REGION_KIND_FANOUT, INDEXBUS_REGION_KIND_JOURNAL,
    INDEXBUS_REGION_KIND_SEQUENCER, INDEXBUS_REGION_KIND_STATE, INDEXBUS_UNINITIALIZED,
    IndexbusAtomicU32, IndexbusAtomicU64, LayoutHeader,
};
pub use journal::{
    INDEXBUS_JOURNAL_FLAG_COMMITTED, INDEXBUS_JOURNAL_FLAG_WRAP, INDEXBUS_JOURNAL_MAX_RECORD_BYTES,
    INDEXBUS_JOURNAL_POSITION_FREE, INDEXBUS_JOURNAL_RECORD_HEADER_BYTES,
    INDEXBUS_JOURNAL_SEGMENT_UNUSED, JournalLayout4, SegmentMeta,
};
pub use sequencer::{SequencerGatingCell, SequencerLayout4};
pub use state::{StateLayout, StateLayout256};
pub use wake::{WakeLine, WakeSection};

/// Largest payload of a [`Slot`], in bytes.
pub const INDEXBUS_SLOT_DATA_SIZE: usize = 256;
/// Entries of an index queue; a power of two.
pub const INDEXBUS_QUEUE_CAPACITY: usize = 1024;
/// Slots of a v1 pool (ours): as many as a queue has entries.
pub const INDEXBUS_SLOT_COUNT: usize = 1024;
/// End of a free list, and an unset ring entry (value ours).
pub const INDEXBUS_EMPTY_FREE_U32: u32 = u32::MAX;
/// Segments of a journal.
pub const INDEXBUS_JOURNAL_SEGMENTS: usize = 3;
/// Bytes of one journal segment.
pub const INDEXBUS_JOURNAL_SEGMENT_BYTES: usize = 65_536;
/// Subscriber positions of a journal.
pub const INDEXBUS_JOURNAL_SUBSCRIBERS_DEFAULT: usize = 4;
/// Gating cells of a sequencer.
pub const INDEXBUS_SEQUENCER_CONSUMERS: usize = 4;
