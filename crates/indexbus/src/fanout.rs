//! The fanout lane: a producer, a router, and `N` consumers over one slot pool.
//!
//! A payload is written once and never moves. The router moves its slot's index into the queues of
//! the consumers, and each that got it counts down; the last one frees the slot.

use core::mem::offset_of;
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use indexbus_abi::{
    INDEXBUS_CAP_SLOT_SEQUENCES, INDEXBUS_CAP_SUPPORTS_EVENTS, INDEXBUS_EMPTY_FREE_U32,
    INDEXBUS_FANOUT_CONSUMERS_MAX, INDEXBUS_FANOUT_SLOT_COUNT, INDEXBUS_QUEUE_CAPACITY,
    INDEXBUS_REGION_KIND_FANOUT, INDEXBUS_SLOT_DATA_SIZE, IndexQueue, MpscCell, MpscQueue,
    SharedFanoutLayout, Slot,
};

use crate::credit::CreditStats;
use crate::pool::Pool;
use crate::primitive::{
    FreeList, MpscConsumer, MpscWords, RouteSource, Router, SharedSlots, SpscConsumer,
    SpscProducer, SpscWords, Step,
};
use crate::raw::{Row, View, Word64};
use crate::region::{check_header, initialize};
use crate::router::{
    BackpressurePolicy, RouterCounters, RouterFailure, RouterLoopConfig, RouterMode, RouterSource,
    route_until_over,
};
use crate::{Error, WaitStrategy};

const CAPABILITIES: u32 = INDEXBUS_CAP_SUPPORTS_EVENTS | INDEXBUS_CAP_SLOT_SEQUENCES;
/// Bytes of a slot, its bookkeeping included.
const SLOT: usize = size_of::<Slot>();
/// Where the slots of a pool begin.
const SLOTS: usize = 64;

type Entries<'m> = Row<'m, u32, INDEXBUS_QUEUE_CAPACITY>;
type Turns<'m> = Row<'m, u64, INDEXBUS_QUEUE_CAPACITY>;
type Spsc<'m> = SpscWords<Word64<'m>, Entries<'m>>;
type Mpsc<'m> = MpscWords<Word64<'m>, Turns<'m>, Entries<'m>>;
type BySlot<'m> = Row<'m, u32, INDEXBUS_FANOUT_SLOT_COUNT>;

/// A fanout region of `N` consumers that is borrowed for `'m`, and that the ends come from.
#[derive(Debug)]
pub struct SharedFanoutLayoutCell<'m, const N: usize> {
    spsc: Spsc<'m>,
    mpsc: Mpsc<'m>,
    queues: [Spsc<'m>; N],
    stamps: [BySlot<'m>; N],
    slots: Slots<'m>,
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
            mpsc: MpscWords {
                head: view.word(mpsc + offset_of!(MpscQueue, head)),
                tail: view.word(mpsc + offset_of!(MpscQueue, tail)),
                turns: view.row(
                    cells + offset_of!(MpscCell, sequence),
                    size_of::<MpscCell>(),
                ),
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

/// Initializes a fanout region in the memory of a transport, which nobody else uses yet.
pub fn init_fanout_memory<const N: usize>(view: View<'_>) -> Result<(), Error> {
    initialize(
        view,
        INDEXBUS_REGION_KIND_FANOUT,
        CAPABILITIES,
        size_of::<SharedFanoutLayout<N>>(),
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

/// Counters of a fanout region's queues, to watch it by; in any process.
#[derive(Clone, Copy, Debug)]
pub struct FanoutWatch<'m, const N: usize> {
    spsc: Spsc<'m>,
    mpsc: Mpsc<'m>,
    queues: [Spsc<'m>; N],
}

/// What a [`FanoutWatch`] saw: u64 counters, which wrap, of messages. The depth of a queue is what was
/// put and not yet taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FanoutSample<const N: usize> {
    /// Put into and taken from the source with one producer.
    pub spsc: (u64, u64),
    /// Put into and taken from the source with many producers.
    pub mpsc: (u64, u64),
    /// Put into and taken from the queue of each consumer.
    pub consumers: [(u64, u64); N],
}

impl<const N: usize> FanoutWatch<'_, N> {
    /// The counters, each exact, together from about the same moment.
    pub fn sample(&self) -> FanoutSample<N> {
        // Taken first: never more than was put.
        let sample = |head: &Word64<'_>, tail: &Word64<'_>| {
            let taken = head.load(Ordering::Acquire);
            (tail.load(Ordering::Acquire), taken)
        };
        FanoutSample {
            spsc: sample(&self.spsc.head, &self.spsc.tail),
            mpsc: sample(&self.mpsc.head, &self.mpsc.tail),
            consumers: self.queues.map(|queue| sample(&queue.head, &queue.tail)),
        }
    }
}

impl<'m, const N: usize> SharedFanoutLayoutCell<'m, N> {
    /// Its counters.
    pub fn watch(&self) -> FanoutWatch<'m, N> {
        FanoutWatch {
            spsc: self.spsc,
            mpsc: self.mpsc,
            queues: self.queues,
        }
    }
}

/// All ends of a fanout region. Each is used by one owner, in this process or another.
#[derive(Debug)]
pub struct FanoutHandles<'m, const N: usize> {
    /// Sends into the source with one producer.
    pub sender: FanoutSender<'m>,
    /// Sends into the source with many producers; clone it for each.
    pub mpsc_sender: FanoutMpscSender<'m>,
    /// Routes.
    pub router: FanoutRouter<'m, N>,
    /// Receive, each from its own queue.
    pub consumers: [FanoutConsumer<'m>; N],
}

/// The ends, as of now.
pub fn fanout_handles<const N: usize>(cell: SharedFanoutLayoutCell<'_, N>) -> FanoutHandles<'_, N> {
    let SharedFanoutLayoutCell {
        spsc,
        mpsc,
        queues,
        stamps,
        slots,
    } = cell;
    let (producer, consumer) = spsc.split();
    FanoutHandles {
        sender: FanoutSender {
            queue: producer,
            slots,
        },
        mpsc_sender: FanoutMpscSender { queue: mpsc, slots },
        router: FanoutRouter {
            router: Router::new(slots.shared, queues, stamps),
            spsc: consumer,
            mpsc: mpsc.consumer(),
        },
        consumers: core::array::from_fn(|n| FanoutConsumer {
            queue: queues[n].split().1,
            stamps: stamps[n],
            slots,
            consumers: N as u32,
        }),
    }
}

type SpscEnd<'m> = SpscConsumer<Word64<'m>, Entries<'m>>;
type MpscEnd<'m> = MpscConsumer<Word64<'m>, Turns<'m>, Entries<'m>>;

impl Slots<'_> {
    fn take_for(&self, payload: &[u8]) -> Result<u32, Error> {
        let index = self.shared.take()?;
        self.pool.write(index, payload)?;
        Ok(index)
    }

    fn refuse_too_large(&self, payload: &[u8]) -> Result<(), Error> {
        let (max, len) = (self.pool.slot_bytes(), payload.len());
        if len > max {
            return Err(Error::TooLarge { max, len });
        }
        Ok(())
    }
}

/// Sends in order, alone.
#[derive(Debug)]
pub struct FanoutSender<'m> {
    queue: SpscProducer<Word64<'m>, Entries<'m>>,
    slots: Slots<'m>,
}

impl<'m> FanoutSender<'m> {
    /// Most bytes of a payload.
    pub fn max_payload_bytes(&self) -> usize {
        self.slots.pool.slot_bytes()
    }

    /// Copies `payload` into a slot and publishes it. `Full` leaves everything as it was: the source
    /// is full, or the consumers hold all slots.
    pub fn publish(&mut self, payload: &[u8]) -> Result<(), Error> {
        let put = self.put(payload);
        self.flush();
        put
    }

    /// Copies `payload` into a slot, without making it visible: [`FanoutSender::flush`] does, for all
    /// that were put.
    pub fn put(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.slots.refuse_too_large(payload)?;
        self.queue.has_room()?;
        let index = self.slots.take_for(payload)?;
        let stamp = <SpscEnd<'m>>::stamp(self.queue.count());
        self.slots.shared.filled(index, stamp)?;
        self.queue.put(index);
        Ok(())
    }

    /// Makes all that was put visible, by one store.
    pub fn flush(&mut self) {
        self.queue.publish();
    }
}

/// Sends beside others; each sender's payloads stay in its order.
#[derive(Clone, Debug)]
pub struct FanoutMpscSender<'m> {
    queue: Mpsc<'m>,
    slots: Slots<'m>,
}

impl<'m> FanoutMpscSender<'m> {
    /// Most bytes of a payload.
    pub fn max_payload_bytes(&self) -> usize {
        self.slots.pool.slot_bytes()
    }

    /// Copies `payload` into a slot and publishes it. `Full` leaves everything as it was.
    pub fn publish(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.slots.refuse_too_large(payload)?;
        let index = self.slots.take_for(payload)?;
        let shared = self.slots.shared;
        let put = self.queue.put(index, |count| {
            // The index came from the free list, which names slots only.
            let filled = shared.filled(index, <MpscEnd<'m>>::stamp(count));
            debug_assert_eq!(filled, Ok(()));
        });
        put.or_else(|error| {
            shared.discard(index)?;
            Err(error)
        })
    }
}

/// Routes, alone: the only writer of the consumers' queues.
#[derive(Debug)]
pub struct FanoutRouter<'m, const N: usize> {
    router: Router<Word64<'m>, Entries<'m>, BySlot<'m>, N>,
    spsc: SpscEnd<'m>,
    mpsc: MpscEnd<'m>,
}

impl<const N: usize> FanoutRouter<'_, N> {
    /// Routes one message, if there is one and `policy` lets it go. Never waits.
    pub fn route_once_with(
        &mut self,
        source: RouterSource,
        mode: RouterMode,
        policy: BackpressurePolicy,
    ) -> Result<Step, Error> {
        let Self { router, spsc, mpsc } = self;
        match source {
            RouterSource::Spsc => once(router, spsc, mode, policy),
            RouterSource::Mpsc => once(router, mpsc, mode, policy),
        }
    }

    /// As [`FanoutRouter::route_once_with`], and counts what it did.
    pub fn route_once_with_stats(
        &mut self,
        source: RouterSource,
        mode: RouterMode,
        policy: BackpressurePolicy,
        counters: &mut RouterCounters,
    ) -> Result<Step, Error> {
        let step = self.route_once_with(source, mode, policy)?;
        counters.count(step, mode, N as u64);
        Ok(step)
    }

    /// How many messages wait for `consumer`, 0 to `N - 1`; a further one is `Misused`.
    pub fn depth(&self, consumer: usize) -> Result<u64, Error> {
        if consumer < N {
            self.router.depth(consumer)
        } else {
            Err(Error::Misused)
        }
    }

    #[expect(
        clippy::result_large_err,
        reason = "once a run, and nothing is allocated"
    )]
    pub(crate) fn run(
        &mut self,
        config: RouterLoopConfig,
        wait: &mut impl WaitStrategy,
        should_stop: impl FnMut(&RouterCounters, &CreditStats<N>) -> bool,
    ) -> Result<(RouterCounters, CreditStats<N>), RouterFailure> {
        let Self { router, spsc, mpsc } = self;
        match config.source {
            RouterSource::Spsc => route_until_over(router, spsc, config, wait, should_stop),
            RouterSource::Mpsc => route_until_over(router, mpsc, config, wait, should_stop),
        }
    }
}

fn once<'m, S: RouteSource, const N: usize>(
    router: &mut Router<Word64<'m>, Entries<'m>, BySlot<'m>, N>,
    source: &mut S,
    mode: RouterMode,
    policy: BackpressurePolicy,
) -> Result<Step, Error> {
    let step = router.step(source, mode, policy, None);
    router.flush(source);
    step
}

/// Receives what the router put into its queue, alone.
#[derive(Debug)]
pub struct FanoutConsumer<'m> {
    queue: SpscEnd<'m>,
    stamps: BySlot<'m>,
    slots: Slots<'m>,
    consumers: u32,
}

impl FanoutConsumer<'_> {
    /// Copies the oldest payload into `into` and lets its slot go; `None` if there is none.
    ///
    /// `BufferTooSmall` leaves the payload where it is. The place in the queue is free before the
    /// slot is let go: whoever dies in between never gets a payload twice.
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let Some((count, index)) = self.queue.peek()? else {
            return Ok(None);
        };
        check_stamp(&self.stamps, index, count)?;
        let len = self.slots.pool.read(index, into)?;
        self.queue.pop();
        self.queue.release();
        self.slots.shared.release(index, self.consumers)?;
        Ok(Some(len))
    }
}
