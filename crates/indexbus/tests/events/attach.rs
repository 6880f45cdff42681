//! Attaching to events regions, fresh and in use.

use std::mem::offset_of;

use indexbus::{Error, init_events};
use indexbus_abi::{EventsClass, INDEXBUS_INITIALIZING, LayoutHeader, SharedLayout, Slot};

use crate::region::{CELLS, ENTRIES, HEAD, MPSC, Region, TAIL};

const POOL: usize = offset_of!(SharedLayout, pool);

/// Miri looks at some of the damages only: each is a region that is made, and walked twice.
const STEP: usize = if cfg!(miri) { 4 } else { 1 };

/// Damages that attaching must refuse; each leaves the rest of the region in order.
#[test]
fn attaching_refuses_every_damaged_region() {
    let version = offset_of!(LayoutHeader, version);
    let len = |slot: usize| POOL + 64 + slot * size_of::<Slot>() + 8;
    let many_len = offset_of!(SharedLayout, mpsc_slots) + 8;
    let stamps = offset_of!(SharedLayout, sequences);
    let incompatible = Err(Error::IncompatibleLayout);
    let check = |what: &str, damage: &dyn Fn(&Region), live: Option<Error>, fresh: Error| {
        let region = Region::v1();
        let (mut tx, _rx) = region.spsc();
        let (mut many, _rx) = region.mpsc();
        assert_eq!(tx.publish(b"one"), Ok(()));
        assert_eq!(many.publish(b"one"), Ok(()));
        assert_eq!(region.validate(), Ok(()));
        damage(&region);
        assert_eq!(region.attach().err(), live, "{what}, while in use");
        assert_eq!(region.validate(), Err(fresh), "{what}");
    };
    type Damage<'a> = &'a dyn Fn(&Region);
    let headers: &[(&str, Damage<'_>, Error)] = &[
        (
            "half initialized",
            &|r| r.set32(16, INDEXBUS_INITIALIZING),
            Error::NotInitialized,
        ),
        ("magic", &|r| r.set32(0, 0), Error::IncompatibleLayout),
        (
            "version and kind",
            &|r| r.set32(version, 1),
            Error::IncompatibleLayout,
        ),
        (
            "another class",
            &|r| r.set32(version, 17 << 16 | 1),
            Error::IncompatibleLayout,
        ),
        (
            "no capability",
            &|r| r.set32(8, 0),
            Error::IncompatibleLayout,
        ),
        (
            "slots on a free list",
            &|r| r.set32(8, 0b10_0001),
            Error::IncompatibleLayout,
        ),
        (
            "claims too few bytes",
            &|r| r.set32(12, 64),
            Error::IncompatibleLayout,
        ),
        (
            "claims too many bytes",
            &|r| r.set32(12, u32::MAX),
            Error::IncompatibleLayout,
        ),
    ];
    for (what, damage, error) in headers {
        check(what, damage, Some(*error), *error);
    }
    // What is wrong at any moment is refused by both.
    let always: &[(&str, Damage<'_>)] = &[
        ("a slot is free", &|r| r.set64(POOL, 9)),
        ("an entry names no slot", &|r| r.set32(ENTRIES, 5000)),
        ("an entry names none", &|r| r.set32(ENTRIES + 8, u32::MAX)),
        ("an entry names another slot", &|r| r.set32(ENTRIES, 7)),
        ("a cell names another slot", &|r| r.set32(CELLS + 8, 7)),
        ("a cell says another cell's put", &|r| {
            r.set64(CELLS, 5 << 16 | 1)
        }),
        ("a cell says nothing", &|r| r.set64(CELLS + 16, 0)),
        ("a slot says another slot's put", &|r| r.set32(stamps, 5)),
        ("a payload beyond the slot", &|r| r.set32(len(900), 257)),
        ("another beyond its slot", &|r| r.set32(many_len, 257)),
        ("deeper than it can be", &|r| r.set64(TAIL, 1025)),
        ("tail before head", &|r| r.set64(HEAD, 7)),
        ("many: tail far before head", &|r| r.set64(MPSC, 7)),
        ("many: deeper than it can be", &|r| r.set64(MPSC + 64, 1026)),
    ];
    for (what, damage) in always.iter().step_by(STEP) {
        check(what, damage, Some(Error::Corrupted), Error::Corrupted);
    }
    // What could be a moment of a lane in use is told by the access that meets it.
    let receivers = offset_of!(SharedLayout, receivers);
    let at_rest: &[(&str, Damage<'_>)] = &[
        ("deeper than it is", &|r| r.set64(TAIL, 2)),
        ("a slot that waits was never used", &|r| {
            r.set32(stamps, u32::MAX)
        }),
        ("a receiver beyond what was sent", &|r| {
            r.set64(receivers, 2)
        }),
        ("a receiver before what is free", &|r| {
            r.set64(receivers, u64::MAX)
        }),
        ("many: a receiver beyond", &|r| r.set64(receivers + 64, 2)),
        ("many: tail beyond what was claimed", &|r| {
            r.set64(MPSC + 64, 5)
        }),
        ("many: a claim out of order", &|r| {
            r.set64(CELLS + 5 * 16, 5 << 16 | 2)
        }),
    ];
    for (what, damage) in at_rest.iter().step_by(STEP) {
        check(what, damage, None, Error::Corrupted);
    }
    for class in EventsClass::ALL {
        let region = Region::v1();
        let small = init_events(region.view(), class);
        if class.region_bytes() > EventsClass::V1.region_bytes() {
            assert_eq!(small, incompatible);
        }
    }
}

#[test]
fn a_lane_in_use_can_be_joined_at_any_moment() {
    const MESSAGES: u32 = if cfg!(miri) { 40 } else { 60_000 };
    let region = Region::v1();
    let (mut tx, mut rx) = region.spsc();
    let (mut many_tx, mut many_rx) = region.mpsc();
    std::thread::scope(|scope| {
        let busy = scope.spawn(move || {
            let mut into = [0; 4];
            for n in 0..MESSAGES {
                tx.publish(&n.to_le_bytes()).unwrap();
                many_tx.publish(&n.to_le_bytes()).unwrap();
                if n % 3 == 0 {
                    rx.drain(3, &mut into, |_| {}).unwrap();
                    many_rx.drain(3, &mut into, |_| {}).unwrap();
                }
            }
        });
        let mut joined = 0;
        while !busy.is_finished() || joined == 0 {
            assert!(region.attach().is_ok());
            joined += 1;
        }
    });
    assert_eq!(region.validate(), Ok(()));
}
