//! The events lane: payloads in pool slots, slot indices through a queue.

use core::mem::offset_of;
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use indexbus_abi::{
    INDEXBUS_CAP_SLOT_SEQUENCES, INDEXBUS_CAP_SUPPORTS_EVENTS, INDEXBUS_EMPTY_FREE_U32,
    INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING, INDEXBUS_QUEUE_CAPACITY,
    INDEXBUS_REGION_KIND_EVENTS, INDEXBUS_SLOT_COUNT, INDEXBUS_SLOT_DATA_SIZE, IndexQueue,
    LayoutHeader, MpscCell, MpscQueue, SharedLayout,
};

use crate::Error;
use crate::pool::Pool;
use crate::primitive::{MpscConsumer, MpscWords, SpscConsumer, SpscProducer, SpscWords};
use crate::raw::{Row, View, Word64};
use crate::region::{check_header, initialized, write_header};
use crate::wait::WakeSection;

/// Queues of an events region, in the order of their wake sections: one producer, many producers.
const QUEUES: usize = 2;
/// Capabilities that every events region of ours has, and that attaching requires.
const CAPABILITIES: u32 = INDEXBUS_CAP_SUPPORTS_EVENTS | INDEXBUS_CAP_SLOT_SEQUENCES;

type Entries<'m> = Row<'m, u32, INDEXBUS_QUEUE_CAPACITY>;
type Turns<'m> = Row<'m, u64, INDEXBUS_QUEUE_CAPACITY>;

/// An events region that is borrowed for `'m`, and that one pair of handles comes from.
///
/// Borrowed from a layout on the heap ([`SharedLayoutCell::from_mut`]), or validated over the memory
/// of a transport.
#[derive(Debug)]
pub struct SharedLayoutCell<'m> {
    spsc: SpscWords<Word64<'m>, Entries<'m>>,
    mpsc: MpscWords<Word64<'m>, Turns<'m>, Entries<'m>>,
    slots: Slots<'m>,
}

impl<'m> SharedLayoutCell<'m> {
    /// Over a layout that was initialized by [`init_shared_layout`].
    pub fn from_mut(layout: &'m mut SharedLayout) -> Self {
        Self::new(view_of(layout))
    }

    fn new(view: View<'m>) -> Self {
        let spsc = offset_of!(SharedLayout, spsc);
        let mpsc = offset_of!(SharedLayout, mpsc);
        let cells = mpsc + offset_of!(MpscQueue, cells);
        Self {
            spsc: SpscWords {
                head: view.word(spsc + offset_of!(IndexQueue, head)),
                tail: view.word(spsc + offset_of!(IndexQueue, tail)),
                entries: view.row(spsc + offset_of!(IndexQueue, entries), 4),
            },
            mpsc: MpscWords {
                head: view.word(mpsc + offset_of!(MpscQueue, head)),
                tail: view.word(mpsc + offset_of!(MpscQueue, tail)),
                turns: view.row(
                    cells + offset_of!(MpscCell, sequence),
                    size_of::<MpscCell>(),
                ),
                entries: view.row(cells + offset_of!(MpscCell, index), size_of::<MpscCell>()),
            },
            slots: Slots {
                pool: Pool::new(
                    view,
                    offset_of!(SharedLayout, pool),
                    INDEXBUS_SLOT_DATA_SIZE,
                ),
                sequences: view.row(offset_of!(SharedLayout, sequences), 4),
            },
        }
    }

    fn init(&self) {
        self.spsc.init(INDEXBUS_EMPTY_FREE_U32);
        self.mpsc.init(INDEXBUS_EMPTY_FREE_U32);
        self.slots.pool.init();
        for slot in 0..INDEXBUS_SLOT_COUNT {
            self.slots
                .sequences
                .at(slot)
                .store(u32::MAX, Ordering::Relaxed);
        }
    }
}

fn view_of(layout: &mut SharedLayout) -> View<'_> {
    // SAFETY: a whole layout, aligned by its type, and borrowed exclusively as long as the view.
    unsafe { View::new(NonNull::from(layout).cast(), size_of::<SharedLayout>()) }
}

/// Which queue a slot was put into; part of its stamp.
#[derive(Clone, Copy, Debug)]
enum Queue {
    Spsc,
    Mpsc,
}

/// The slots of the region, and which put each was last used for.
#[derive(Clone, Copy, Debug)]
struct Slots<'m> {
    pool: Pool<'m>,
    /// Stamp of each slot; written by whoever holds it, before the queue shows it.
    sequences: Row<'m, u32, INDEXBUS_SLOT_COUNT>,
}

impl Slots<'_> {
    /// The low 31 bits of which put it was, and above which queue.
    fn stamp(queue: Queue, count: u64) -> u32 {
        let queue = match queue {
            Queue::Spsc => 0,
            Queue::Mpsc => 1 << 31,
        };
        count as u32 & (u32::MAX >> 1) | queue
    }

    /// The slot `index` holds what the `count`-th put is about. The index came from the pool.
    fn mark(&self, index: u32, queue: Queue, count: u64) {
        if let Ok(slot) = Self::slot(index) {
            let stamp = Self::stamp(queue, count);
            self.sequences.at(slot).store(stamp, Ordering::Release);
        }
    }

    /// Refuses an index that names no slot, or one that holds something else: a queue whose counter
    /// or entry somebody wrote over would deliver old bytes.
    fn check(&self, index: u32, queue: Queue, count: u64) -> Result<(), Error> {
        let stamp = self
            .sequences
            .at(Self::slot(index)?)
            .load(Ordering::Acquire);
        if stamp == Self::stamp(queue, count) {
            Ok(())
        } else {
            Err(Error::Corrupted)
        }
    }

    fn slot(index: u32) -> Result<usize, Error> {
        let slot = index as usize;
        (slot < INDEXBUS_SLOT_COUNT)
            .then_some(slot)
            .ok_or(Error::Corrupted)
    }

    fn take_for(&self, payload: &[u8]) -> Result<u32, Error> {
        let index = self.pool.take()?;
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

/// Initializes a layout on the heap.
pub fn init_shared_layout(layout: &mut SharedLayout) {
    init_in(view_of(layout));
}

fn init_in(view: View<'_>) {
    let Some(word) = initialized(view) else {
        return; // No caller has so little.
    };
    word.store(INDEXBUS_INITIALIZING, Ordering::Release);
    let bytes = size_of::<SharedLayout>() as u32;
    let kind = INDEXBUS_REGION_KIND_EVENTS;
    let header = LayoutHeader::new_v1_with_layout_bytes(CAPABILITIES, kind, bytes);
    write_header(view, WakeSection::init_behind(view, header, QUEUES));
    SharedLayoutCell::new(view).init();
    word.store(INDEXBUS_INITIALIZED, Ordering::Release);
}

/// Initializes a layout in the memory of a transport: `initialized` goes 0 → 1 → 2. Nobody else
/// uses the memory yet. Where it has room for [`WakeSection`]s of two queues they are there.
pub fn init_shared_memory(view: View<'_>) -> Result<(), Error> {
    if view.bytes() < size_of::<SharedLayout>() {
        return Err(Error::IncompatibleLayout);
    }
    init_in(view);
    Ok(())
}

/// Attaches to an events region that may be in use: checks the header and the bounds. What the
/// region holds is checked by each access.
pub fn attach_shared_layout(view: View<'_>) -> Result<SharedLayoutCell<'_>, Error> {
    check_header(
        view,
        INDEXBUS_REGION_KIND_EVENTS,
        CAPABILITIES,
        size_of::<SharedLayout>(),
    )?;
    Ok(SharedLayoutCell::new(view))
}

/// Attaches to an events region that nobody uses yet. Beyond [`attach_shared_layout`], walks all of
/// it: every slot is either free or in exactly one queue, where it says so itself.
pub fn validate_shared_layout(view: View<'_>) -> Result<SharedLayoutCell<'_>, Error> {
    let cell = attach_shared_layout(view)?;
    let mut seen = [false; INDEXBUS_SLOT_COUNT];
    let spsc = cell.spsc.waiting()?.map(|entry| (Queue::Spsc, entry));
    let mpsc = cell.mpsc.waiting()?.map(|entry| (Queue::Mpsc, entry));
    for (queue, (count, index)) in spsc.chain(mpsc) {
        cell.slots.check(index, queue, count)?;
        let slot = Slots::slot(index)?;
        if core::mem::replace(&mut seen[slot], true) {
            return Err(Error::Corrupted);
        }
        cell.slots.pool.len(index)?;
    }
    cell.slots.pool.validate(&mut seen)?;
    Ok(cell)
}

/// The two ends of the single-producer queue.
pub fn split_spsc(cell: SharedLayoutCell<'_>) -> (SpscSender<'_>, SpscReceiver<'_>) {
    let SharedLayoutCell { spsc, slots, .. } = cell;
    let (producer, consumer) = spsc.split();
    let sender = SpscSender {
        queue: producer,
        slots,
    };
    let receiver = SpscReceiver {
        queue: consumer,
        slots,
    };
    (sender, receiver)
}

/// The two ends of the many-producers queue; clone the sender for each producer.
pub fn split_mpsc(cell: SharedLayoutCell<'_>) -> (MpscSender<'_>, MpscReceiver<'_>) {
    let SharedLayoutCell { mpsc, slots, .. } = cell;
    let receiver = MpscReceiver {
        queue: mpsc.consumer(),
        slots,
    };
    (MpscSender { queue: mpsc, slots }, receiver)
}

/// Sends in order, alone.
#[derive(Debug)]
pub struct SpscSender<'m> {
    queue: SpscProducer<Word64<'m>, Entries<'m>>,
    slots: Slots<'m>,
}

impl SpscSender<'_> {
    /// Most bytes of a payload.
    pub fn max_payload_bytes(&self) -> usize {
        self.slots.pool.slot_bytes()
    }

    /// Copies `payload` into a slot and publishes it. `Full` leaves everything as it was.
    pub fn publish(&mut self, payload: &[u8]) -> Result<(), Error> {
        let put = self.put(payload);
        self.flush();
        put
    }

    /// Copies `payload` into a slot, without making it visible: [`SpscSender::flush`] does, for
    /// all that were put. `Full` leaves everything as it was; flush then, or those before are never
    /// received.
    pub fn put(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.slots.refuse_too_large(payload)?;
        self.queue.has_room()?;
        let index = self.slots.take_for(payload)?;
        self.slots.mark(index, Queue::Spsc, self.queue.count());
        self.queue.put(index);
        Ok(())
    }

    /// Makes all that was put visible, by one store.
    pub fn flush(&mut self) {
        self.queue.publish();
    }
}

/// Receives in order, alone.
#[derive(Debug)]
pub struct SpscReceiver<'m> {
    queue: SpscConsumer<Word64<'m>, Entries<'m>>,
    slots: Slots<'m>,
}

impl SpscReceiver<'_> {
    /// Copies the oldest payload into `into` and frees its slot; `None` if there is none.
    ///
    /// `BufferTooSmall` leaves the payload where it is.
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let received = self.take_into(into);
        self.release();
        received
    }

    /// As [`SpscReceiver::try_recv_into`], but the place in the queue is freed by
    /// [`SpscReceiver::release`], for all that were taken.
    pub fn take_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let Some((count, index)) = self.queue.peek()? else {
            return Ok(None);
        };
        self.slots.check(index, Queue::Spsc, count)?;
        let len = self.slots.pool.read(index, into)?;
        self.queue.pop();
        self.slots.pool.give(index)?;
        Ok(Some(len))
    }

    /// Frees the places of all that was taken, by one store.
    pub fn release(&mut self) {
        self.queue.release();
    }
}

/// Sends beside others; each sender's payloads stay in its order.
#[derive(Clone, Debug)]
pub struct MpscSender<'m> {
    queue: MpscWords<Word64<'m>, Turns<'m>, Entries<'m>>,
    slots: Slots<'m>,
}

impl MpscSender<'_> {
    /// Most bytes of a payload.
    pub fn max_payload_bytes(&self) -> usize {
        self.slots.pool.slot_bytes()
    }

    /// Copies `payload` into a slot and publishes it. `Full` leaves everything as it was.
    pub fn publish(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.slots.refuse_too_large(payload)?;
        let index = self.slots.take_for(payload)?;
        let slots = self.slots;
        self.queue
            .put(index, |count| slots.mark(index, Queue::Mpsc, count))
            .or_else(|error| {
                slots.pool.give(index)?;
                Err(error)
            })
    }
}

/// Receives what all senders published, alone.
#[derive(Debug)]
pub struct MpscReceiver<'m> {
    queue: MpscConsumer<Word64<'m>, Turns<'m>, Entries<'m>>,
    slots: Slots<'m>,
}

impl MpscReceiver<'_> {
    /// Copies the oldest payload into `into` and frees its slot; `None` if there is none.
    ///
    /// `BufferTooSmall` leaves the payload where it is.
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let Some((count, index)) = self.queue.peek()? else {
            return Ok(None);
        };
        self.slots.check(index, Queue::Mpsc, count)?;
        let len = self.slots.pool.read(index, into)?;
        self.queue.pop();
        self.slots.pool.give(index)?;
        Ok(Some(len))
    }
}
