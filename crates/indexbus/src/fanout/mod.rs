//! The fanout lane: a producer, a router, and `N` consumers over one slot pool.
//!
//! A payload is written once and never moves. The router moves its slot's index into the queues of
//! the consumers, and each that got it counts down; the last one frees the slot.
//!
//! Where the region has wake sections, whoever makes something visible wakes those who sleep.

use core::mem::offset_of;
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use indexbus_abi::{
    INDEXBUS_CAP_OWNED_CLAIMS, INDEXBUS_CAP_SLOT_SEQUENCES, INDEXBUS_CAP_SUPPORTS_EVENTS,
    INDEXBUS_EMPTY_FREE_U32, INDEXBUS_FANOUT_CONSUMERS_MAX, INDEXBUS_FANOUT_SLOT_COUNT,
    INDEXBUS_QUEUE_CAPACITY, INDEXBUS_REGION_KIND_FANOUT, INDEXBUS_SLOT_DATA_SIZE, IndexQueue,
    MpscCell, MpscQueue, SharedFanoutLayout, Slot,
};

use crate::Error;
use crate::pool::Pool;
use crate::primitive::{
    ClaimQueue, ClaimQueueConsumer, ClaimRing, FreeList, RouteSource, SharedSlots, SpscConsumer,
    SpscWords,
};
use crate::raw::{Row, View, Word64};
use crate::region::{check_header, initialize};

mod ends;
mod router;
mod wake;
mod watch;

pub use ends::{FanoutConsumer, FanoutHandles, FanoutMpscSender, FanoutSender, fanout_handles};
pub use router::FanoutRouter;
pub use watch::{FanoutSample, FanoutWatch};

use wake::Wakes;

const CAPABILITIES: u32 =
    INDEXBUS_CAP_SUPPORTS_EVENTS | INDEXBUS_CAP_SLOT_SEQUENCES | INDEXBUS_CAP_OWNED_CLAIMS;
/// Bytes of a slot, its bookkeeping included.
const SLOT: usize = size_of::<Slot>();
/// Where the slots of a pool begin.
const SLOTS: usize = 64;

type Entries<'m> = Row<'m, u32, INDEXBUS_QUEUE_CAPACITY>;
type Claims<'m> = Row<'m, u64, INDEXBUS_QUEUE_CAPACITY>;
type Spsc<'m> = SpscWords<Word64<'m>, Entries<'m>>;
type Mpsc<'m> = ClaimQueue<Word64<'m>, Claims<'m>, Entries<'m>>;
type SpscEnd<'m> = SpscConsumer<Word64<'m>, Entries<'m>>;
type MpscEnd<'m> = ClaimQueueConsumer<Word64<'m>, Claims<'m>, Entries<'m>>;
type BySlot<'m> = Row<'m, u32, INDEXBUS_FANOUT_SLOT_COUNT>;

/// A fanout region of `N` consumers that is borrowed for `'m`, and that the ends come from.
#[derive(Debug)]
pub struct SharedFanoutLayoutCell<'m, const N: usize> {
    spsc: Spsc<'m>,
    mpsc: Mpsc<'m>,
    queues: [Spsc<'m>; N],
    stamps: [BySlot<'m>; N],
    slots: Slots<'m>,
    wakes: Option<Wakes<'m, N>>,
}

/// The slots of the region: who holds them, and their payloads.
#[derive(Clone, Copy, Debug)]
struct Slots<'m> {
    shared: SharedSlots<Word64<'m>, BySlot<'m>>,
    pool: Pool<'m, INDEXBUS_FANOUT_SLOT_COUNT>,
}

impl<'m, const N: usize> SharedFanoutLayoutCell<'m, N> {
    /// Over a layout that was initialized by [`init_shared_fanout_layout`].
    pub fn from_mut(layout: &'m mut SharedFanoutLayout<N>) -> Self {
        Self::new(view_of(layout))
    }

    fn new(view: View<'m>) -> Self {
        const { assert!(N > 0 && N <= INDEXBUS_FANOUT_CONSUMERS_MAX) };
        let queue = |at| SpscWords {
            head: view.word(at + offset_of!(IndexQueue, head)),
            tail: view.word(at + offset_of!(IndexQueue, tail)),
            entries: view.row(at + offset_of!(IndexQueue, entries), 4),
        };
        let mpsc = offset_of!(SharedFanoutLayout<N>, mpsc);
        let cells = mpsc + offset_of!(MpscQueue, cells);
        let queues = offset_of!(SharedFanoutLayout<N>, queues);
        let pool = offset_of!(SharedFanoutLayout<N>, pool);
        let stamps = offset_of!(SharedFanoutLayout<N>, queue_sequences);
        Self {
            spsc: queue(offset_of!(SharedFanoutLayout<N>, spsc)),
            mpsc: ClaimQueue {
                ring: ClaimRing {
                    head: view.word(mpsc + offset_of!(MpscQueue, head)),
                    tail: view.word(mpsc + offset_of!(MpscQueue, tail)),
                    cells: view.row(
                        cells + offset_of!(MpscCell, sequence),
                        size_of::<MpscCell>(),
                    ),
                },
                entries: view.row(cells + offset_of!(MpscCell, index), size_of::<MpscCell>()),
            },
            queues: core::array::from_fn(|n| queue(queues + n * size_of::<IndexQueue>())),
            stamps: core::array::from_fn(|n| {
                view.row(stamps + n * 4 * INDEXBUS_FANOUT_SLOT_COUNT, 4)
            }),
            slots: Slots {
                shared: SharedSlots {
                    free: FreeList {
                        head: view.word(pool),
                        next: view.row(pool + SLOTS + offset_of!(Slot, next_free), SLOT),
                    },
                    holders: view.row(pool + SLOTS + offset_of!(Slot, refcnt), SLOT),
                    stamps: view.row(offset_of!(SharedFanoutLayout<N>, sequences), 4),
                },
                pool: Pool::new(view, pool, INDEXBUS_SLOT_DATA_SIZE),
            },
            wakes: Wakes::attach(view).ok(),
        }
    }

    fn init(&self) {
        let unset = INDEXBUS_EMPTY_FREE_U32;
        self.spsc.init(unset);
        self.mpsc.init(unset);
        self.slots.shared.init();
        for (queue, stamps) in self.queues.iter().zip(&self.stamps) {
            queue.init(unset);
            for slot in 0..INDEXBUS_FANOUT_SLOT_COUNT {
                stamps.at(slot).store(u32::MAX, Ordering::Relaxed);
            }
        }
    }
}

fn view_of<const N: usize>(layout: &mut SharedFanoutLayout<N>) -> View<'_> {
    let base = NonNull::from(layout).cast();
    // SAFETY: a whole layout, aligned by its type, and borrowed exclusively as long as the view.
    unsafe { View::new(base, size_of::<SharedFanoutLayout<N>>()) }
}

/// Initializes a layout on the heap.
pub fn init_shared_fanout_layout<const N: usize>(
    layout: &mut SharedFanoutLayout<N>,
) -> Result<(), Error> {
    init_fanout_memory::<N>(view_of(layout))
}

/// Initializes a fanout region in the memory of a transport, which nobody else uses yet. Where there is
/// room behind the layout for wake sections, it gets them.
pub fn init_fanout_memory<const N: usize>(view: View<'_>) -> Result<(), Error> {
    initialize(
        view,
        INDEXBUS_REGION_KIND_FANOUT,
        CAPABILITIES,
        size_of::<SharedFanoutLayout<N>>(),
        wake::queues::<N>(),
        |view| {
            let consumers = view.word::<u32>(offset_of!(SharedFanoutLayout<N>, consumers));
            consumers.store(N as u32, Ordering::Relaxed);
            SharedFanoutLayoutCell::<N>::new(view).init();
        },
    )
}

/// Attaches to a fanout region of `N` consumers that may be in use: checks the header, the number of
/// consumers and the bounds. What it holds is checked by each access.
pub fn attach_fanout_layout<const N: usize>(
    view: View<'_>,
) -> Result<SharedFanoutLayoutCell<'_, N>, Error> {
    // The number comes first: it says where everything else is.
    let smallest = size_of::<SharedFanoutLayout<1>>();
    check_header(view, INDEXBUS_REGION_KIND_FANOUT, CAPABILITIES, smallest)?;
    let consumers = view.word::<u32>(offset_of!(SharedFanoutLayout<N>, consumers));
    if consumers.load(Ordering::Relaxed) as usize != N {
        return Err(Error::IncompatibleLayout);
    }
    let bytes = size_of::<SharedFanoutLayout<N>>();
    check_header(view, INDEXBUS_REGION_KIND_FANOUT, CAPABILITIES, bytes)?;
    Ok(SharedFanoutLayoutCell::new(view))
}

/// Attaches to a fanout region that nobody uses yet. Beyond [`attach_fanout_layout`], walks all of
/// it: no slot is twice where it may be once, and those in the queues of consumers are held by as
/// many. A slot that was lost with whoever held it is in none of these.
pub fn validate_fanout_layout<const N: usize>(
    view: View<'_>,
) -> Result<SharedFanoutLayoutCell<'_, N>, Error> {
    let cell = attach_fanout_layout::<N>(view)?;
    let shared = &cell.slots.shared;
    let mut seen = [false; INDEXBUS_FANOUT_SLOT_COUNT];
    let mut held = [0_u8; INDEXBUS_FANOUT_SLOT_COUNT];
    let spsc = cell.spsc.waiting()?;
    let spsc = spsc.map(|(count, index)| (index, <SpscEnd<'_>>::stamp(count)));
    let mpsc = cell.mpsc.waiting()?;
    let mpsc = mpsc.map(|(count, index)| (index, <MpscEnd<'_>>::stamp(count)));
    for (index, stamp) in spsc.chain(mpsc) {
        shared.check(index, stamp)?;
        let seen = seen.get_mut(index as usize).ok_or(Error::Corrupted)?;
        if core::mem::replace(seen, true) {
            return Err(Error::Corrupted);
        }
        cell.slots.pool.len(index)?;
    }
    for (queue, stamps) in cell.queues.iter().zip(&cell.stamps) {
        let mut here = [false; INDEXBUS_FANOUT_SLOT_COUNT];
        for (count, index) in queue.waiting()? {
            check_stamp(stamps, index, count)?;
            let slot = index as usize;
            if seen[slot] || core::mem::replace(&mut here[slot], true) {
                return Err(Error::Corrupted);
            }
            held[slot] += 1;
            cell.slots.pool.len(index)?;
        }
    }
    for (slot, held) in held.into_iter().enumerate() {
        let holders = shared.holders.at(slot).load(Ordering::Relaxed);
        if held > 0 && holders != u32::from(held) {
            return Err(Error::Corrupted);
        }
        seen[slot] |= held > 0;
    }
    shared.free.validate(&mut seen)?;
    Ok(cell)
}

fn check_stamp(stamps: &BySlot<'_>, index: u32, count: u64) -> Result<(), Error> {
    let slot = index as usize;
    if slot < INDEXBUS_FANOUT_SLOT_COUNT && stamps.at(slot).load(Ordering::Acquire) == count as u32
    {
        Ok(())
    } else {
        Err(Error::Corrupted)
    }
}
