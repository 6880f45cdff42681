//! Sequenced slots and events chains under a process that writes over them: no panic, no read outside,
//! and an end that says `Corrupted` soon.

use std::mem::offset_of;

use byteor_abi::{EventsChainLayout4, EventsChainRegion4, SEQUENCED_SLOTS_V1_CAPACITY, SlotClass};
use byteor_pipeline_backings_shm::{ShmEventsChainRegion, ShmSequencedSlots};
use byteor_pipeline_kernel::{
    ChainQueue, LaneRx, LaneTx, SlotsBacking, SlotsProducer, SlotsSubscriber,
};
use indexbus_abi::{INDEXBUS_SLOT_COUNT, IndexQueue, MpscCell, MpscQueue, Slot};

#[path = "../../indexbus-transport-shm/tests/hostile/peer.rs"]
mod peer;

use peer::{Place, ended, receives, until_told};

const CLASS: SlotClass = SlotClass::B256;
const LEN: usize = SlotClass::SLOTS_OFFSET + offset_of!(Slot, len);

/// The first payload, whose bytes may be any.
const DATA: usize = SlotClass::SLOTS_OFFSET + offset_of!(Slot, data);

const SLOTS_PLACES: [Place; 6] = [
    Place::new("a payload", DATA, 8, 32, 8).harmless(),
    Place::new("cursor", SlotClass::CURSOR_OFFSET, 8, 1, 8),
    Place::new("gating", SlotClass::GATING_OFFSET, 8, 1, 8),
    Place::new(
        "ring",
        CLASS.ring_offset(),
        4,
        SEQUENCED_SLOTS_V1_CAPACITY,
        4,
    ),
    Place::new(
        "marks",
        CLASS.marks_offset(),
        8,
        SEQUENCED_SLOTS_V1_CAPACITY,
        8,
    ),
    Place::new(
        "lengths",
        LEN,
        CLASS.slot_stride(),
        SEQUENCED_SLOTS_V1_CAPACITY,
        4,
    ),
];

#[test]
fn sequenced_slots_that_somebody_writes_over_are_corrupted_soon() {
    until_told(
        "sequenced_slots_that_somebody_writes_over_are_corrupted_soon",
        &SLOTS_PLACES,
        |path| {
            let region = ShmSequencedSlots::create(path, CLASS).unwrap();
            region.slots().bind(1).unwrap();
            let tx = SlotsProducer::new(region.slots()).unwrap();
            let rx = SlotsSubscriber::new(region.slots(), 0, &[]).unwrap();
            (region, tx, rx)
        },
        |(_, tx, rx)| {
            let mut into = [0; 256];
            (0..200_u64).any(|n| {
                (0..256).any(|_| ended(tx.try_send(&n.to_le_bytes())))
                    || (0..receives(n)).any(|_| ended(rx.try_recv_into(&mut into)))
            })
        },
    );
}

const SPSC: usize = offset_of!(EventsChainLayout4, spsc);
const CELLS: usize = offset_of!(EventsChainLayout4, mpsc) + offset_of!(MpscQueue, cells);
const CELL: usize = size_of::<MpscCell>();
const POOL: usize = offset_of!(EventsChainLayout4, pool) + 64;
const SLOT: usize = size_of::<Slot>();
const SEQUENCES: usize = offset_of!(EventsChainRegion4, sequences);

const CHAIN_PLACES: [Place; 8] = [
    Place::new("a payload", POOL + offset_of!(Slot, data), 8, 32, 8).harmless(),
    Place::new("tail", SPSC + offset_of!(IndexQueue, tail), 8, 1, 8),
    Place::new(
        "entries",
        SPSC + offset_of!(IndexQueue, entries),
        4,
        1024,
        4,
    ),
    Place::new(
        "claims",
        CELLS + offset_of!(MpscCell, sequence),
        CELL,
        1024,
        8,
    ),
    Place::new(
        "indices",
        CELLS + offset_of!(MpscCell, index),
        CELL,
        1024,
        4,
    ),
    Place::new(
        "free list",
        POOL + offset_of!(Slot, next_free),
        SLOT,
        INDEXBUS_SLOT_COUNT,
        4,
    ),
    Place::new(
        "lengths",
        POOL + offset_of!(Slot, len),
        SLOT,
        INDEXBUS_SLOT_COUNT,
        4,
    ),
    Place::new("sequences", SEQUENCES, 4, INDEXBUS_SLOT_COUNT, 4),
];

#[test]
fn an_events_chain_that_somebody_writes_over_is_corrupted_soon() {
    until_told(
        "an_events_chain_that_somebody_writes_over_is_corrupted_soon",
        &CHAIN_PLACES,
        |path| {
            let region = ShmEventsChainRegion::create(path).unwrap();
            let (one, many) = (ChainQueue::Spsc(0), ChainQueue::Mpsc(0));
            let ends = (region.tx(one).unwrap(), region.rx(one).unwrap());
            let behind = (region.tx(many).unwrap(), region.rx(many).unwrap());
            (ends, behind)
        },
        |((tx, middle), (onward, rx))| {
            let mut into = [0; 256];
            (0..200_u64).any(|n| {
                let sent = (0..64).any(|_| ended(tx.try_send(&n.to_le_bytes())));
                let passed = (0..receives(n)).any(|_| match middle.take() {
                    Ok(Some(slot)) => {
                        ended(onward.pass(slot).map_err(|not_passed| not_passed.error))
                    }
                    other => ended(other.map(drop)),
                });
                sent || passed || (0..receives(n)).any(|_| ended(rx.try_recv_into(&mut into)))
            })
        },
    );
}
