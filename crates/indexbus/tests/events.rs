//! The events lane, in process: order, backpressure, and hostile regions.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use indexbus::raw::{RegionMemory, View};
use indexbus::{
    Error, SharedLayoutCell, attach_shared_layout, init_shared_memory, split_mpsc, split_spsc,
    validate_shared_layout,
};
use indexbus_abi::{
    INDEXBUS_INITIALIZING, INDEXBUS_SLOT_COUNT, IndexQueue, LayoutHeader, MpscQueue, SharedLayout,
    Slot,
};

const LAYOUT: Layout = Layout::new::<SharedLayout>();
const POOL: usize = offset_of!(SharedLayout, pool);
const SLOTS: usize = POOL + 64;
const SPSC: usize = offset_of!(SharedLayout, spsc);

/// An initialized events region, reached by views only.
#[derive(Debug)]
struct Region(NonNull<u8>);

// SAFETY: memory of this layout until the drop, touched by atomics only.
unsafe impl RegionMemory for Region {
    fn base(&self) -> NonNull<u8> {
        self.0
    }

    fn bytes(&self) -> usize {
        LAYOUT.size()
    }
}

// SAFETY: as above.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Region {
    fn new() -> Self {
        // SAFETY: the layout has a size.
        let base = NonNull::new(unsafe { alloc_zeroed(LAYOUT) });
        let region = Self(base.unwrap_or_else(|| handle_alloc_error(LAYOUT)));
        init_shared_memory(region.view()).unwrap();
        region
    }

    fn view(&self) -> View<'_> {
        View::of(self)
    }

    fn cell(&self) -> SharedLayoutCell<'_> {
        attach_shared_layout(self.view()).unwrap()
    }

    fn validate(&self) -> Result<(), Error> {
        validate_shared_layout(self.view()).map(|_| ())
    }

    fn set32(&self, at: usize, value: u32) {
        if at < size_of::<LayoutHeader>() {
            // The header is written and read in words of 64 bits, and sizes don't mix.
            let word = self.view().word::<u64>(at / 8 * 8);
            let mut bytes = word.load(Ordering::Relaxed).to_ne_bytes();
            bytes[at % 8..at % 8 + 4].copy_from_slice(&value.to_ne_bytes());
            return word.store(u64::from_ne_bytes(bytes), Ordering::Release);
        }
        self.view().word::<u32>(at).store(value, Ordering::Release);
    }

    fn set64(&self, at: usize, value: u64) {
        self.view().word::<u64>(at).store(value, Ordering::Release);
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
    let corrupted = Err(Error::Corrupted);
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
    check("no sequences", &|r| r.set32(8, 1), incompatible);
    check("claims too few bytes", &|r| r.set32(12, 64), incompatible);
    check(
        "claims more than is mapped",
        &|r| r.set32(12, u32::MAX),
        incompatible,
    );
    type Damage<'a> = &'a dyn Fn(&Region);
    let content: &[(&str, Damage<'_>)] = &[
        ("free list leads outside", &|r| r.set64(POOL, 1024)),
        ("free list in a circle", &|r| r.set32(slot(9), 3)),
        ("free slot is queued too", &|r| r.set32(slot(9), 0)),
        ("queued slot outside", &|r| r.set32(spsc + 128, 5000)),
        ("queued slot was never set", &|r| {
            r.set32(spsc + 128, u32::MAX)
        }),
        ("queued slot is another", &|r| r.set32(spsc + 128, 7)),
        ("deeper than it can be", &|r| r.set64(spsc + 64, 1025)),
        ("deeper than it is", &|r| r.set64(spsc + 64, 2)),
        ("tail before head", &|r| r.set64(spsc, 7)),
        ("payload beyond the slot", &|r| r.set32(slot(0) + 8, 257)),
        ("claimed and never filled", &|r| {
            r.set64(mpsc + offset_of!(MpscQueue, tail), 1);
        }),
    ];
    for (what, damage) in content {
        check(what, damage, corrupted);
    }
}

#[test]
fn a_region_that_is_damaged_while_in_use_gives_errors_and_no_wild_access() {
    let region = Region::new();
    let (mut tx, mut rx) = split_spsc(region.cell());
    let mut into = [0; 256];
    assert_eq!(tx.publish(b"one"), Ok(()));
    region.set32(SPSC + 128, u32::MAX - 7);
    assert_eq!(rx.try_recv_into(&mut into), Err(Error::Corrupted));
    region.set64(POOL, (INDEXBUS_SLOT_COUNT + 3) as u64);
    assert_eq!(tx.publish(b"two"), Err(Error::Corrupted));
}

/// A queue of which somebody else moved a counter, or wrote an entry, after a few laps.
#[test]
fn a_foreign_counter_or_index_is_told_instead_of_delivering_old_bytes() {
    let tail = SPSC + offset_of!(IndexQueue, tail);
    let head = SPSC + offset_of!(IndexQueue, head);
    let entries = SPSC + offset_of!(IndexQueue, entries);
    let cells = offset_of!(SharedLayout, mpsc) + offset_of!(MpscQueue, cells);
    const PUTS: u32 = if cfg!(miri) { 1030 } else { 5000 };
    type Damage<'a> = &'a dyn Fn(&Region, u64);
    let damages: &[(&str, Damage<'_>)] = &[
        ("the tail a little ahead", &|r, put| r.set64(tail, put + 3)),
        ("the tail nearly a lap ahead", &|r, put| {
            r.set64(tail, put + 1000)
        }),
        ("the tail beyond a lap", &|r, put| r.set64(tail, put + 5000)),
        ("the tail back", &|r, put| r.set64(tail, put - 3)),
        ("an index of before", &|r, put| {
            let before = r
                .view()
                .word::<u32>(entries + 4 * ((put - 9) % 1024) as usize);
            let before = before.load(Ordering::Relaxed);
            r.set32(entries + 4 * (put % 1024) as usize, before);
            r.set64(tail, put + 1);
        }),
    ];
    for (what, damage) in damages {
        let region = Region::new();
        let (mut tx, mut rx) = split_spsc(region.cell());
        let mut into = [0; 8];
        let mut put = 0_u64;
        for _ in 0..PUTS {
            assert_eq!(tx.publish(&put.to_le_bytes()), Ok(()));
            put += 1;
            assert_eq!(rx.try_recv_into(&mut into), Ok(Some(8)));
        }
        damage(&region, put);
        let told = rx.try_recv_into(&mut into);
        assert_eq!(told, Err(Error::Corrupted), "{what}");
    }

    // The producer looks at the consumer's counter when it runs out of room, once a lap.
    for foreign in [1_u64 << 40, 5000] {
        let region = Region::new();
        let (mut tx, _rx) = split_spsc(region.cell());
        region.set64(head, foreign);
        let told = (0..1025).find_map(|n| tx.publish(&[n as u8]).err());
        assert_eq!(told, Some(Error::Corrupted));
    }

    // Turns that can't be: told to both ends of the many-producers queue.
    let region = Region::new();
    let (mut tx, mut rx) = split_mpsc(region.cell());
    region.set64(cells, 77);
    assert_eq!(rx.try_recv_into(&mut [0; 8]), Err(Error::Corrupted));
    assert_eq!(tx.publish(b"x"), Err(Error::Corrupted));
    region.set64(cells, 1);
    region.set32(cells + 8, 3);
    assert_eq!(
        rx.try_recv_into(&mut [0; 8]),
        Err(Error::Corrupted),
        "nobody put slot 3"
    );
}

#[test]
fn attaching_to_a_lane_in_use_looks_at_the_header_only() {
    let region = Region::new();
    let (mut tx, _rx) = split_spsc(region.cell());
    assert_eq!(tx.publish(b"one"), Ok(()));
    region.set32(SPSC + 128, 5000);
    assert_eq!(region.validate(), Err(Error::Corrupted));
    let (_tx, mut rx) = split_spsc(attach_shared_layout(region.view()).unwrap());
    assert_eq!(
        rx.try_recv_into(&mut [0; 8]),
        Err(Error::Corrupted),
        "each access checks"
    );
}
