//! The events lane, in process: order, backpressure, and hostile regions.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::mem::offset_of;
use std::ptr::NonNull;

use indexbus::raw::{word32, word64};
use indexbus::{
    Error, SharedLayoutCell, init_shared_memory, split_mpsc, split_spsc, validate_shared_layout,
};
use indexbus_abi::{
    INDEXBUS_INITIALIZING, INDEXBUS_SLOT_COUNT, IndexQueue, LayoutHeader, MpscQueue, SharedLayout,
    Slot,
};

const LAYOUT: Layout = Layout::new::<SharedLayout>();
const POOL: usize = offset_of!(SharedLayout, pool);
const SLOTS: usize = POOL + 64;

/// An initialized events region, reached through its address only.
struct Region(NonNull<u8>);

impl Region {
    fn new() -> Self {
        // SAFETY: the layout has a size; zeroed and aligned memory of our own.
        unsafe {
            let base = NonNull::new(alloc_zeroed(LAYOUT));
            let base = base.unwrap_or_else(|| handle_alloc_error(LAYOUT));
            init_shared_memory(base);
            Self(base)
        }
    }

    fn cell(&self) -> SharedLayoutCell<'_> {
        // SAFETY: an initialized layout, as long as `self` is borrowed.
        unsafe { SharedLayoutCell::from_ptr(self.0) }
    }

    fn validate(&self) -> Result<(), Error> {
        // SAFETY: as above.
        unsafe { validate_shared_layout(self.0, LAYOUT.size()) }.map(|_| ())
    }

    fn set32(&self, at: usize, value: u32) {
        assert!(at + 4 <= LAYOUT.size());
        if at < size_of::<LayoutHeader>() {
            // The header is written and read in words of 64 bits, and sizes don't mix.
            // SAFETY: within the region.
            let word = unsafe { word64(self.0, at / 8 * 8) };
            let mut bytes = word.relaxed().to_ne_bytes();
            bytes[at % 8..at % 8 + 4].copy_from_slice(&value.to_ne_bytes());
            return word.release(u64::from_ne_bytes(bytes));
        }
        // SAFETY: within the region.
        unsafe { word32(self.0, at) }.release(value);
    }

    fn set64(&self, at: usize, value: u64) {
        assert!(at + 8 <= LAYOUT.size());
        // SAFETY: within the region.
        unsafe { word64(self.0, at) }.release(value);
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.0.as_ptr(), LAYOUT) };
    }
}

#[test]
fn a_single_producer_lane_is_first_in_first_out_for_every_length() {
    let region = Region::new();
    let (mut tx, mut rx) = split_spsc(region.cell());
    let mut into = [0; 256];
    for len in 0..=256 {
        let payload: Vec<u8> = (0..len).map(|n| n as u8).collect();
        assert_eq!(tx.publish(&payload), Ok(()));
        assert_eq!(tx.publish(b"second"), Ok(()));
        assert_eq!(rx.try_recv_into(&mut into), Ok(Some(len)));
        assert_eq!(into[..len], payload);
        assert_eq!(rx.try_recv_into(&mut into), Ok(Some(6)));
        assert_eq!(rx.try_recv_into(&mut into), Ok(None));
    }
    assert_eq!(region.validate(), Ok(()));
}

#[test]
fn a_full_lane_discards_nothing_and_goes_on_after_one_was_taken() {
    let region = Region::new();
    let (mut tx, mut rx) = split_spsc(region.cell());
    for n in 0..1024_u32 {
        assert_eq!(tx.publish(&n.to_le_bytes()), Ok(()));
    }
    assert_eq!(tx.publish(b"late"), Err(Error::Full));
    let mut into = [0; 8];
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(4)));
    assert_eq!(into[..4], 0_u32.to_le_bytes());
    assert_eq!(tx.publish(b"late"), Ok(()));
    assert_eq!(tx.publish(b"late"), Err(Error::Full));
}

#[test]
fn a_payload_beyond_the_slot_and_a_buffer_too_small_leave_everything_in_place() {
    let region = Region::new();
    let (mut tx, mut rx) = split_spsc(region.cell());
    assert_eq!(
        tx.publish(&[0; 257]),
        Err(Error::TooLarge { max: 256, len: 257 })
    );
    assert_eq!(tx.publish(b"hello"), Ok(()));
    let small = rx.try_recv_into(&mut [0; 4]);
    assert_eq!(
        small,
        Err(Error::BufferTooSmall {
            required: 5,
            provided: 4
        })
    );
    let mut into = [0; 5];
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(5)));
    assert_eq!(&into, b"hello");
}

#[test]
fn two_threads_lose_nothing_and_keep_the_order() {
    const COUNT: u32 = if cfg!(miri) { 300 } else { 100_000 };
    let region = Region::new();
    let (mut tx, mut rx) = split_spsc(region.cell());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for n in 0..COUNT {
                while tx.publish(&n.to_le_bytes()) == Err(Error::Full) {
                    std::thread::yield_now();
                }
            }
        });
        let mut into = [0; 4];
        for n in 0..COUNT {
            while rx.try_recv_into(&mut into) == Ok(None) {
                std::thread::yield_now();
            }
            assert_eq!(u32::from_le_bytes(into), n);
        }
    });
    assert_eq!(region.validate(), Ok(()), "all slots came back");
}

#[test]
fn many_producers_keep_each_its_own_order() {
    const COUNT: u32 = if cfg!(miri) { 60 } else { 20_000 };
    const PRODUCERS: usize = 3;
    let region = Region::new();
    let (tx, mut rx) = split_mpsc(region.cell());
    std::thread::scope(|scope| {
        for producer in 0..PRODUCERS {
            let mut tx = tx.clone();
            scope.spawn(move || {
                for n in 0..COUNT {
                    let mut payload = [producer as u8; 5];
                    payload[1..].copy_from_slice(&n.to_le_bytes());
                    while tx.publish(&payload) == Err(Error::Full) {
                        std::thread::yield_now();
                    }
                }
            });
        }
        let mut next = [0_u32; PRODUCERS];
        let mut into = [0; 5];
        while next.iter().any(|n| *n < COUNT) {
            if rx.try_recv_into(&mut into) != Ok(Some(5)) {
                std::thread::yield_now();
                continue;
            }
            let expected = &mut next[into[0] as usize];
            assert_eq!(into[1..], expected.to_le_bytes());
            *expected += 1;
        }
        assert_eq!(rx.try_recv_into(&mut into), Ok(None));
    });
    assert_eq!(region.validate(), Ok(()), "all slots came back");
}

#[test]
fn the_queue_goes_on_when_its_counters_wrap_around() {
    let region = Region::new();
    let queue = offset_of!(SharedLayout, spsc);
    region.set64(queue + offset_of!(IndexQueue, head), u64::MAX - 1);
    region.set64(queue + offset_of!(IndexQueue, tail), u64::MAX - 1);
    let (mut tx, mut rx) = split_spsc(region.cell());
    for n in 0..5_u8 {
        assert_eq!(tx.publish(&[n]), Ok(()));
    }
    let mut into = [0];
    for n in 0..5_u8 {
        assert_eq!(rx.try_recv_into(&mut into), Ok(Some(1)));
        assert_eq!(into, [n]);
    }
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));
}

/// Damages that attaching must refuse; each leaves the rest of the region in order.
#[test]
fn attaching_refuses_every_damaged_region() {
    let version = offset_of!(LayoutHeader, version);
    let slot = |index: usize| SLOTS + index * size_of::<Slot>();
    let spsc = offset_of!(SharedLayout, spsc);
    let mpsc = offset_of!(SharedLayout, mpsc);
    let incompatible = Err(Error::IncompatibleLayout);
    let check = |what: &str, damage: &dyn Fn(&Region), expected: Result<(), Error>| {
        let region = Region::new();
        let (mut tx, _rx) = split_spsc(region.cell());
        assert_eq!(tx.publish(b"one"), Ok(()));
        assert_eq!(region.validate(), Ok(()));
        damage(&region);
        assert_eq!(region.validate(), expected, "{what}");
    };
    check(
        "half initialized",
        &|r| r.set32(16, INDEXBUS_INITIALIZING),
        Err(Error::NotInitialized),
    );
    check("magic", &|r| r.set32(0, 0), incompatible);
    check("version and kind", &|r| r.set32(version, 1), incompatible);
    check("no capability", &|r| r.set32(8, 0), incompatible);
    check("claims too few bytes", &|r| r.set32(12, 64), incompatible);
    check(
        "claims more than is mapped",
        &|r| r.set32(12, u32::MAX),
        incompatible,
    );
    check(
        "free list leads outside",
        &|r| r.set64(POOL, 1024),
        incompatible,
    );
    check(
        "free list in a circle",
        &|r| r.set32(slot(9), 3),
        incompatible,
    );
    check(
        "free slot is queued too",
        &|r| r.set32(slot(9), 0),
        incompatible,
    );
    check(
        "queued slot outside",
        &|r| r.set32(spsc + 128, 5000),
        incompatible,
    );
    check(
        "queued slot was never set",
        &|r| r.set32(spsc + 128, u32::MAX),
        incompatible,
    );
    check(
        "deeper than it can be",
        &|r| r.set64(spsc + 64, 1025),
        incompatible,
    );
    check("tail before head", &|r| r.set64(spsc, 7), incompatible);
    check(
        "payload beyond the slot",
        &|r| r.set32(slot(0) + 8, 257),
        incompatible,
    );
    check(
        "claimed and never filled",
        &|r| r.set64(mpsc + offset_of!(MpscQueue, tail), 1),
        incompatible,
    );
}

#[test]
fn a_region_that_is_damaged_while_in_use_gives_errors_and_no_wild_access() {
    let region = Region::new();
    let (mut tx, mut rx) = split_spsc(region.cell());
    let mut into = [0; 256];
    assert_eq!(tx.publish(b"one"), Ok(()));
    region.set32(offset_of!(SharedLayout, spsc) + 128, u32::MAX - 7);
    assert_eq!(rx.try_recv_into(&mut into), Err(Error::IncompatibleLayout));
    region.set64(POOL, (INDEXBUS_SLOT_COUNT + 3) as u64);
    assert_eq!(tx.publish(b"two"), Err(Error::IncompatibleLayout));
    region.set64(offset_of!(SharedLayout, spsc) + 64, 1 << 40);
    assert_eq!(tx.publish(b"two"), Err(Error::IncompatibleLayout));
}
