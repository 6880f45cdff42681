//! An events region: where its words are, how it is initialized, attached to and split.

use core::mem::offset_of;
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use indexbus_abi::{
    EventsClass, EventsLayout64, EventsReceiverCell, EventsSlotWords, INDEXBUS_EMPTY_FREE_U32,
    INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING, INDEXBUS_QUEUE_CAPACITY, INDEXBUS_SLOT_COUNT,
    IndexQueue, MpscCell, MpscQueue, SharedLayout, Slot,
};

use super::mpsc::{MpscSender, Named, Ring};
use super::mpsc_receiver::MpscReceiver;
use super::slots::{Slots, slot_of};
use super::spsc::{Entries, SpscReceiver, SpscSender};
use super::stamps::Stamps;
use crate::Error;
use crate::primitive::{Cell, SpscWords};
use crate::raw::{View, Word64};
use crate::region::{check_header, initialized, write_header};
use crate::wait::WakeSection;

/// Queues of an events region, in the order of their wake sections: one producer, many producers.
const QUEUES: usize = 2;

/// An events region that is borrowed for `'m`, and that one pair of handles comes from.
///
/// Borrowed from a layout on the heap ([`SharedLayoutCell::from_mut`]), or validated over the memory
/// of a transport.
#[derive(Debug)]
pub struct SharedLayoutCell<'m> {
    spsc: SpscWords<Word64<'m>, Entries<'m>>,
    spsc_slots: Slots<'m>,
    spsc_stamps: Stamps<'m>,
    spsc_taken: Word64<'m>,
    mpsc: Ring<'m>,
    mpsc_named: Named<'m>,
    mpsc_slots: Slots<'m>,
    mpsc_taken: Word64<'m>,
    /// The head of the v1 pool's free list, which is empty.
    free_head: Option<Word64<'m>>,
}

/// Where in a region its lanes' words are, in bytes from its start; the queues are where those of
/// [`SharedLayout`] are.
struct Places {
    receivers: usize,
    /// First one, and distance to the next.
    spsc_stamps: (usize, usize),
    spsc_lens: (usize, usize),
    spsc_payloads: (usize, usize),
    mpsc_lens: (usize, usize),
    mpsc_payloads: (usize, usize),
}

impl Places {
    const fn of(class: EventsClass) -> Self {
        const STRIDE: usize = size_of::<Slot>();
        const WORDS: usize = size_of::<EventsSlotWords>();
        match class {
            EventsClass::V1 => {
                let spsc = offset_of!(SharedLayout, pool) + 64;
                let mpsc = offset_of!(SharedLayout, mpsc_slots);
                Self {
                    receivers: offset_of!(SharedLayout, receivers),
                    spsc_stamps: (offset_of!(SharedLayout, sequences), 4),
                    spsc_lens: (spsc + offset_of!(Slot, len), STRIDE),
                    spsc_payloads: (spsc + offset_of!(Slot, data), STRIDE),
                    mpsc_lens: (mpsc + offset_of!(Slot, len), STRIDE),
                    mpsc_payloads: (mpsc + offset_of!(Slot, data), STRIDE),
                }
            }
            _ => {
                let bytes = class.payload_bytes();
                let words = offset_of!(EventsLayout64, spsc_slots);
                let payloads = offset_of!(EventsLayout64, spsc_payloads);
                let sequence = offset_of!(EventsSlotWords, sequence);
                Self {
                    receivers: offset_of!(EventsLayout64, receivers),
                    spsc_stamps: (words + sequence, WORDS),
                    spsc_lens: (words + offset_of!(EventsSlotWords, len), WORDS),
                    spsc_payloads: (payloads, bytes),
                    mpsc_lens: (offset_of!(EventsLayout64, mpsc_lens), 4),
                    mpsc_payloads: (payloads + INDEXBUS_SLOT_COUNT * bytes, bytes),
                }
            }
        }
    }
}

const _: () = {
    assert!(offset_of!(SharedLayout, spsc) == offset_of!(EventsLayout64, spsc));
    assert!(offset_of!(SharedLayout, mpsc) == offset_of!(EventsLayout64, mpsc));
};

impl<'m> SharedLayoutCell<'m> {
    /// Over a layout that was initialized by [`init_shared_layout`].
    pub fn from_mut(layout: &'m mut SharedLayout) -> Self {
        Self::new(view_of(layout), EventsClass::V1)
    }

    /// # Panics
    /// If `view` has fewer bytes than the class.
    fn new(view: View<'m>, class: EventsClass) -> Self {
        let spsc = offset_of!(SharedLayout, spsc);
        let mpsc = offset_of!(SharedLayout, mpsc);
        let cells = mpsc + offset_of!(MpscQueue, cells);
        let places = Places::of(class);
        let slots = |lens: (usize, usize), payloads: (usize, usize)| Slots {
            lens: view.row(lens.0, lens.1),
            payloads: view.payloads(payloads.0, payloads.1, class.payload_bytes()),
            lost: view.lost(),
        };
        let taken = |receiver: usize| {
            let cell = places.receivers + receiver * size_of::<EventsReceiverCell>();
            view.word(cell + offset_of!(EventsReceiverCell, taken))
        };
        let free_head = offset_of!(SharedLayout, pool);
        Self {
            spsc: SpscWords {
                head: view.word(spsc + offset_of!(IndexQueue, head)),
                tail: view.word(spsc + offset_of!(IndexQueue, tail)),
                entries: view.row(spsc + offset_of!(IndexQueue, entries), 4),
            },
            spsc_slots: slots(places.spsc_lens, places.spsc_payloads),
            spsc_stamps: Stamps(view.row(places.spsc_stamps.0, places.spsc_stamps.1)),
            spsc_taken: taken(0),
            mpsc: Ring {
                head: view.word(mpsc + offset_of!(MpscQueue, head)),
                tail: view.word(mpsc + offset_of!(MpscQueue, tail)),
                cells: view.row(
                    cells + offset_of!(MpscCell, sequence),
                    size_of::<MpscCell>(),
                ),
            },
            mpsc_named: view.row(cells + offset_of!(MpscCell, index), size_of::<MpscCell>()),
            mpsc_slots: slots(places.mpsc_lens, places.mpsc_payloads),
            mpsc_taken: taken(1),
            free_head: matches!(class, EventsClass::V1).then(|| view.word(free_head)),
        }
    }

    fn init(&self) {
        self.spsc.init(INDEXBUS_EMPTY_FREE_U32);
        self.mpsc.init(0);
        for slot in 0..INDEXBUS_SLOT_COUNT {
            let order = Ordering::Relaxed;
            self.spsc.entries.at(slot).store(slot as u32, order);
            self.mpsc_named.at(slot).store(slot as u32, order);
            self.spsc_stamps.0.at(slot).store(Stamps::NONE, order);
            self.spsc_slots.set_len(slot, 0);
            self.mpsc_slots.set_len(slot, 0);
        }
        self.spsc_taken.store(0, Ordering::Relaxed);
        self.mpsc_taken.store(0, Ordering::Relaxed);
        if let Some(free_head) = self.free_head {
            free_head.store(u64::from(INDEXBUS_EMPTY_FREE_U32), Ordering::Relaxed);
        }
    }

    /// Checks what holds at any time, also while others are at the lanes: entries name their slots,
    /// what is said of a slot belongs to it, lengths fit, counters are within a ring of each other.
    fn check(&self) -> Result<(), Error> {
        for slot in 0..INDEXBUS_SLOT_COUNT {
            let entry = self.spsc.entries.at(slot).load(Ordering::Relaxed);
            slot_of(slot as u64, entry)?;
            slot_of(
                slot as u64,
                self.mpsc_named.at(slot).load(Ordering::Relaxed),
            )?;
            self.spsc_slots.len(slot)?;
            self.mpsc_slots.len(slot)?;
        }
        self.spsc_stamps.check_any()?;
        self.mpsc.check()?;
        // Each only grows, and the tail is at most a ring ahead of the head.
        let before = self.spsc.head.load(Ordering::Acquire);
        let tail = self.spsc.tail.load(Ordering::Acquire);
        let after = self.spsc.head.load(Ordering::Acquire);
        let capacity = INDEXBUS_QUEUE_CAPACITY as i64;
        let possible = tail.wrapping_sub(before).cast_signed() >= 0
            && tail.wrapping_sub(after).cast_signed() <= capacity;
        let free = self.free_head.map_or(INDEXBUS_EMPTY_FREE_U32, |head| {
            head.load(Ordering::Relaxed) as u32
        });
        if possible && free == INDEXBUS_EMPTY_FREE_U32 {
            Ok(())
        } else {
            Err(Error::Corrupted)
        }
    }

    /// Beyond [`Self::check`], what holds while nobody is at the lanes: what waits is there, whole,
    /// and receivers are within it.
    fn walk(&self) -> Result<(), Error> {
        let mut depth = 0;
        for (count, entry) in self.spsc.waiting()? {
            self.spsc_stamps.check(slot_of(count, entry)?, count)?;
            depth += 1;
        }
        self.is_within(self.spsc.head, self.spsc_taken, depth)?;
        let depth = self.mpsc.waiting()?.map(|(_, cell)| cell).fold(
            0, // A claim without a payload was left by a producer that died.
            |depth, cell| depth + u64::from(cell != Cell::Free),
        );
        self.is_within(self.mpsc.head, self.mpsc_taken, depth)
    }

    fn is_within(&self, head: Word64<'_>, taken: Word64<'_>, depth: u64) -> Result<(), Error> {
        let head = head.load(Ordering::Relaxed);
        let taken = taken.load(Ordering::Relaxed).wrapping_sub(head);
        if taken <= depth {
            Ok(())
        } else {
            Err(Error::Corrupted)
        }
    }
}

fn view_of(layout: &mut SharedLayout) -> View<'_> {
    // SAFETY: a whole layout, aligned by its type, and borrowed exclusively as long as the view.
    unsafe { View::new(NonNull::from(layout).cast(), size_of::<SharedLayout>()) }
}

/// Initializes a v1 layout on the heap.
pub fn init_shared_layout(layout: &mut SharedLayout) {
    init_in(view_of(layout), EventsClass::V1);
}

fn init_in(view: View<'_>, class: EventsClass) {
    let Some(word) = initialized(view) else {
        return; // No caller has so little.
    };
    word.store(INDEXBUS_INITIALIZING, Ordering::Release);
    write_header(view, WakeSection::init_behind(view, class.header(), QUEUES));
    SharedLayoutCell::new(view, class).init();
    word.store(INDEXBUS_INITIALIZED, Ordering::Release);
}

/// Initializes memory of a transport as an events region: `initialized` goes 0 → 1 → 2. Nobody
/// else uses the memory yet. Where it has room for [`WakeSection`]s of two queues they are there.
/// `IncompatibleLayout` if it is too small for the class.
pub fn init_events(view: View<'_>, class: EventsClass) -> Result<(), Error> {
    if view.bytes() < class.region_bytes() {
        return Err(Error::IncompatibleLayout);
    }
    init_in(view, class);
    Ok(())
}

/// [`init_events`], of a v1 region.
pub fn init_shared_memory(view: View<'_>) -> Result<(), Error> {
    init_events(view, EventsClass::V1)
}

/// Attaches to an events region that may be in use: checks the header, and all that holds of a region
/// whatever moment it is. What goes through the lanes is checked by each access.
pub fn attach_events(view: View<'_>, class: EventsClass) -> Result<SharedLayoutCell<'_>, Error> {
    let (kind, bytes) = (class.region_kind(), class.region_bytes());
    check_header(view, kind, EventsClass::CAPABILITIES, bytes)?;
    let cell = SharedLayoutCell::new(view, class);
    cell.check()?;
    Ok(cell)
}

/// [`attach_events`], of a v1 region.
pub fn attach_shared_layout(view: View<'_>) -> Result<SharedLayoutCell<'_>, Error> {
    attach_events(view, EventsClass::V1)
}

/// Attaches to an events region that nobody uses yet. Beyond [`attach_events`], looks at all that
/// waits in it.
pub fn validate_events(view: View<'_>, class: EventsClass) -> Result<SharedLayoutCell<'_>, Error> {
    let cell = attach_events(view, class)?;
    cell.walk()?;
    Ok(cell)
}

/// [`validate_events`], of a v1 region.
pub fn validate_shared_layout(view: View<'_>) -> Result<SharedLayoutCell<'_>, Error> {
    validate_events(view, EventsClass::V1)
}

/// The two ends of the single-producer queue.
pub fn split_spsc(cell: SharedLayoutCell<'_>) -> (SpscSender<'_>, SpscReceiver<'_>) {
    let (producer, consumer) = cell.spsc.split();
    let (slots, stamps) = (cell.spsc_slots, cell.spsc_stamps);
    let receiver = SpscReceiver::new(consumer, slots, stamps, cell.spsc_taken);
    (SpscSender::new(producer, slots, stamps), receiver)
}

/// The two ends of the many-producers queue; clone the sender for each producer. Its claims have no
/// owner that can be told to be dead: see [`MpscSender::owned_by`].
pub fn split_mpsc(cell: SharedLayoutCell<'_>) -> (MpscSender<'_>, MpscReceiver<'_>) {
    let (ring, named, slots) = (cell.mpsc, cell.mpsc_named, cell.mpsc_slots);
    let receiver = MpscReceiver::new(ring, named, slots, cell.mpsc_taken);
    (MpscSender::new(ring, named, slots), receiver)
}
