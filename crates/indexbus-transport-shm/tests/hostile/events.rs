//! The lanes of an events region.

use std::mem::offset_of;

use indexbus_abi::{INDEXBUS_SLOT_COUNT, IndexQueue, MpscCell, MpscQueue, SharedLayout, Slot};
use indexbus_transport_shm::EventsRegion;

use crate::peer::{Place, ended, receives, until_told};
use crate::refused;

const SPSC: usize = offset_of!(SharedLayout, spsc);
const MPSC: usize = offset_of!(SharedLayout, mpsc);
const ENTRIES: usize = SPSC + offset_of!(IndexQueue, entries);
const CELLS: usize = MPSC + offset_of!(MpscQueue, cells);
const CELL: usize = size_of::<MpscCell>();
const LENS: usize = offset_of!(SharedLayout, pool) + 64 + offset_of!(Slot, len);
const MPSC_LENS: usize = offset_of!(SharedLayout, mpsc_slots) + offset_of!(Slot, len);
const SEQUENCES: usize = offset_of!(SharedLayout, sequences);

/// What a single-producer lane is made of.
const SPSC_PLACES: [Place; 5] = [
    Place::new("head", SPSC + offset_of!(IndexQueue, head), 8, 1, 8),
    Place::new("tail", SPSC + offset_of!(IndexQueue, tail), 8, 1, 8),
    Place::new("entries", ENTRIES, 4, 1024, 4),
    Place::new("sequences", SEQUENCES, 4, 1024, 4),
    Place::new("lengths", LENS, size_of::<Slot>(), INDEXBUS_SLOT_COUNT, 4),
];

/// What a many-producers lane is made of.
const MPSC_PLACES: [Place; 4] = [
    Place::new("tail", MPSC + offset_of!(MpscQueue, tail), 8, 1, 8),
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
        "lengths",
        MPSC_LENS,
        size_of::<Slot>(),
        INDEXBUS_SLOT_COUNT,
        4,
    ),
];

#[test]
fn a_single_producer_lane_that_somebody_writes_over_is_corrupted_soon() {
    until_told(
        "events::a_single_producer_lane_that_somebody_writes_over_is_corrupted_soon",
        &SPSC_PLACES,
        |path| EventsRegion::open_path(path).unwrap(),
        |region| {
            let (mut tx, mut rx) = match region.split_spsc() {
                Ok(ends) => ends,
                Err(e) => return refused(&e),
            };
            let mut into = [0; 256];
            (0..1_000_u64).any(|n| {
                (0..256).any(|_| ended(tx.publish(&n.to_le_bytes())))
                    || (0..receives(n)).any(|_| ended(rx.try_recv_into(&mut into)))
            })
        },
    );
}

#[test]
fn a_many_producers_lane_that_somebody_writes_over_is_corrupted_soon() {
    until_told(
        "events::a_many_producers_lane_that_somebody_writes_over_is_corrupted_soon",
        &MPSC_PLACES,
        |path| EventsRegion::open_path(path).unwrap(),
        |region| {
            let (mut tx, mut rx) = match region.split_mpsc() {
                Ok(ends) => ends,
                Err(e) => return refused(&e),
            };
            let mut other = tx.clone();
            let mut into = [0; 256];
            (0..1_000_u64).any(|n| {
                let bytes = n.to_le_bytes();
                (0..32).any(|_| ended(tx.publish(&bytes)) || ended(other.publish(&bytes)))
                    || (0..receives(n)).any(|_| ended(rx.try_recv_into(&mut into)))
            })
        },
    );
}
