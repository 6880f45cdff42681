//! Journal, state stream, sequencer and fanout.

use std::mem::offset_of;

use indexbus::primitive::{Barrier, Consumer, GatingSet, Sequencer};
use indexbus::{BackpressurePolicy, RouterMode, RouterSource, Start};
use indexbus_abi::{
    INDEXBUS_FANOUT_SLOT_COUNT, INDEXBUS_JOURNAL_SEGMENT_BYTES, INDEXBUS_JOURNAL_SEGMENTS,
    IndexQueue, JournalLayout4, SegmentMeta, SequencerLayout4, SharedFanoutLayout, Slot,
    StateLayout256,
};
use indexbus_transport_shm::{FanoutRegion, JournalRegion4, SequencerRegion, StateRegion};

use crate::peer::{Place, ended, receives, until_told};
use crate::refused;

const SEGMENTS: usize = offset_of!(JournalLayout4, segments);
const META: usize = size_of::<SegmentMeta>();
const BUFFERS: usize = offset_of!(JournalLayout4, segment_bufs);
const WORDS: usize = INDEXBUS_JOURNAL_SEGMENTS * INDEXBUS_JOURNAL_SEGMENT_BYTES / 8;

const JOURNAL_PLACES: [Place; 4] = [
    // A position that is ahead reads as an overrun, which is told as such.
    Place::new("position", offset_of!(JournalLayout4, pub_pos), 8, 1, 8).harmless(),
    Place::new(
        "active segment",
        offset_of!(JournalLayout4, active_segment),
        4,
        1,
        4,
    )
    .harmless(),
    Place::new("segments", SEGMENTS, META / 4, 3 * 4, 4).harmless(),
    Place::new("records", BUFFERS, 8, WORDS, 8),
];

#[test]
fn a_journal_that_somebody_writes_over_is_corrupted_soon() {
    until_told(
        "other_lanes::a_journal_that_somebody_writes_over_is_corrupted_soon",
        &JOURNAL_PLACES,
        |path| JournalRegion4::open_path(path).unwrap(),
        |region| {
            let (mut publisher, subscribers) = match region.split() {
                Ok(ends) => ends,
                Err(e) => return refused(&e),
            };
            let mut subscriber = match subscribers.subscribe(Start::Oldest) {
                Ok(subscriber) => subscriber,
                Err(e) => return ended::<()>(Err(e)),
            };
            let mut into = vec![0; INDEXBUS_JOURNAL_SEGMENT_BYTES];
            let told = (0..500_u64).any(|n| {
                (0..16).any(|_| ended(publisher.append(&n.to_le_bytes())))
                    || (0..receives(n) / 4).any(|_| ended(subscriber.try_recv_into(&mut into)))
            });
            subscriber.unsubscribe();
            told
        },
    );
}

const STATE_PLACES: [Place; 3] = [
    // Any even number is a sequence, and any bytes are a value.
    Place::new("sequence", offset_of!(StateLayout256, seq), 8, 1, 8).harmless(),
    Place::new("length", offset_of!(StateLayout256, len), 4, 1, 4),
    Place::new("value", offset_of!(StateLayout256, data), 8, 32, 8).harmless(),
];

#[test]
fn a_state_that_somebody_writes_over_is_corrupted_soon() {
    until_told(
        "other_lanes::a_state_that_somebody_writes_over_is_corrupted_soon",
        &STATE_PLACES,
        |path| StateRegion::<256>::open_path(path).unwrap(),
        |region| {
            let (mut publisher, reader) = match region.split() {
                Ok(ends) => ends,
                Err(e) => return refused(&e),
            };
            (0..5_000_u64).any(|n| {
                ended(publisher.publish(&n.to_le_bytes()))
                    || ended(reader.sample_into(&mut [0; 256]))
            })
        },
    );
}

const SEQUENCER_PLACES: [Place; 2] = [
    Place::new("cursor", offset_of!(SequencerLayout4, cursor), 8, 1, 8),
    Place::new("gating", offset_of!(SequencerLayout4, gating), 8, 1, 8),
];

#[test]
fn a_sequencer_that_somebody_writes_over_is_corrupted_soon() {
    until_told(
        "other_lanes::a_sequencer_that_somebody_writes_over_is_corrupted_soon",
        &SEQUENCER_PLACES,
        |path| SequencerRegion::open_path(path).unwrap(),
        |region| {
            let cell = match region.cell() {
                Ok(cell) => cell,
                Err(e) => return refused(&e),
            };
            let gating = cell.gating(0).unwrap();
            let mut producer = Sequencer::new(cell.cursor(), GatingSet::new([gating]).unwrap(), 8);
            let barrier = Barrier::new(cell.cursor(), GatingSet::new([]).unwrap());
            let mut consumer = Consumer::new(barrier, gating, 8);
            (0..5_000).any(|n| {
                let claimed = (0..16).any(|_| ended(producer.try_claim()));
                producer.publish();
                claimed
                    || (0..receives(n) / 64).any(|_| {
                        let ready = consumer.poll(4);
                        if let Ok(Some((_, last))) = ready {
                            consumer.advance(last);
                        }
                        ended(ready)
                    })
            })
        },
    );
}

const SPSC: usize = offset_of!(SharedFanoutLayout<4>, spsc);
const CONSUMERS: usize = offset_of!(SharedFanoutLayout<4>, queues);
const QUEUE: usize = size_of::<IndexQueue>();
const SLOTS: usize = offset_of!(SharedFanoutLayout<4>, pool) + 64;
const SLOT: usize = size_of::<Slot>();

const FANOUT_PLACES: [Place; 5] = [
    Place::new("source tail", SPSC + offset_of!(IndexQueue, tail), 8, 1, 8),
    Place::new(
        "source entries",
        SPSC + offset_of!(IndexQueue, entries),
        4,
        1024,
        4,
    ),
    Place::new(
        "consumers' tails",
        CONSUMERS + offset_of!(IndexQueue, tail),
        QUEUE,
        4,
        8,
    ),
    Place::new(
        "free list",
        SLOTS + offset_of!(Slot, next_free),
        SLOT,
        INDEXBUS_FANOUT_SLOT_COUNT,
        4,
    ),
    Place::new(
        "lengths",
        SLOTS + offset_of!(Slot, len),
        SLOT,
        INDEXBUS_FANOUT_SLOT_COUNT,
        4,
    ),
];

#[test]
fn a_fanout_that_somebody_writes_over_is_corrupted_soon() {
    until_told(
        "other_lanes::a_fanout_that_somebody_writes_over_is_corrupted_soon",
        &FANOUT_PLACES,
        |path| FanoutRegion::<4>::open_path(path).unwrap(),
        |region| {
            let mut ends = match region.handles() {
                Ok(ends) => ends,
                Err(e) => return refused(&e),
            };
            let mut into = [0; 256];
            (0..1_000_u64).any(|n| {
                (0..16).any(|_| ended(ends.sender.publish(&n.to_le_bytes())))
                    || (0..16).any(|_| {
                        let (source, drop) = (RouterSource::Spsc, BackpressurePolicy::Drop);
                        ended(
                            ends.router
                                .route_once_with(source, RouterMode::Broadcast, drop),
                        )
                    })
                    || ends.consumers.iter_mut().any(|consumer| {
                        (0..receives(n) / 4).any(|_| ended(consumer.try_recv_into(&mut into)))
                    })
            })
        },
    );
}
