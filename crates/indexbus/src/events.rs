//! The events lane: payloads in pool slots, slot indices through a queue.

use core::marker::PhantomData;
use core::mem::offset_of;
use core::ptr::NonNull;

use indexbus_abi::{
    INDEXBUS_CAP_SUPPORTS_EVENTS, INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING,
    INDEXBUS_REGION_KIND_EVENTS, INDEXBUS_SLOT_COUNT, INDEXBUS_SLOT_DATA_SIZE, LayoutHeader,
    SharedLayout,
};

use crate::Error;
use crate::pool::{PoolPtr, validate_free_list};
use crate::queue::{MpscPtr, SpscPtr};
use crate::raw::word32;
use crate::region::{check_header, write_header};

/// A validated events region that handles point into.
///
/// Borrowed from a layout on the heap ([`SharedLayoutCell::from_mut`]), or made by a transport
/// over its mapping. Handles must not outlive the memory; the lifetime says so.
#[derive(Clone, Copy, Debug)]
pub struct SharedLayoutCell<'a> {
    base: NonNull<u8>,
    memory: PhantomData<&'a SharedLayout>,
}

impl<'a> SharedLayoutCell<'a> {
    /// Over a layout that was initialized by [`init_shared_layout`].
    pub fn from_mut(layout: &'a mut SharedLayout) -> Self {
        Self {
            base: NonNull::from(layout).cast(),
            memory: PhantomData,
        }
    }

    /// Over memory that a transport mapped.
    ///
    /// # Safety
    /// `base` is aligned to 64 and valid for a [`SharedLayout`] during `'a`; all other access is
    /// atomic.
    pub const unsafe fn from_ptr(base: NonNull<u8>) -> Self {
        Self {
            base,
            memory: PhantomData,
        }
    }

    fn spsc(&self) -> SpscPtr {
        // SAFETY: the queue within the layout.
        unsafe { SpscPtr::new(self.base.byte_add(offset_of!(SharedLayout, spsc))) }
    }

    fn mpsc(&self) -> MpscPtr {
        // SAFETY: the queue within the layout.
        unsafe { MpscPtr::new(self.base.byte_add(offset_of!(SharedLayout, mpsc))) }
    }

    fn pool(&self) -> PoolPtr {
        let at = offset_of!(SharedLayout, pool);
        // SAFETY: the pool within the layout.
        unsafe { PoolPtr::new(self.base.byte_add(at), INDEXBUS_SLOT_DATA_SIZE) }
    }
}

/// Initializes a layout on the heap.
pub fn init_shared_layout(layout: &mut SharedLayout) {
    // SAFETY: a whole layout, exclusively ours.
    unsafe { init_shared_memory(NonNull::from(layout).cast()) };
}

/// Initializes a layout in mapped memory: `initialized` goes 0 → 1 → 2.
///
/// # Safety
/// `base` is aligned to 64 and valid for a [`SharedLayout`]; nobody else writes before
/// `initialized` is 2.
pub unsafe fn init_shared_memory(base: NonNull<u8>) {
    // SAFETY: by the caller.
    let (initialized, cell) = unsafe { (word32(base, 16), SharedLayoutCell::from_ptr(base)) };
    initialized.release(INDEXBUS_INITIALIZING);
    let header = LayoutHeader::new_v1_with_layout_bytes(
        INDEXBUS_CAP_SUPPORTS_EVENTS,
        INDEXBUS_REGION_KIND_EVENTS,
        size_of::<SharedLayout>() as u32,
    );
    // SAFETY: by the caller.
    unsafe { write_header(base, header) };
    cell.spsc().init();
    cell.mpsc().init();
    cell.pool().init();
    initialized.release(INDEXBUS_INITIALIZED);
}

/// Validates an events region that nobody uses yet: header, queues, and that every slot is either
/// free or in exactly one queue.
///
/// # Safety
/// `base` is aligned to 64 and valid for atomic reads of `mapped` bytes during `'a`; nobody uses
/// the lane meanwhile.
pub unsafe fn validate_shared_layout<'a>(
    base: NonNull<u8>,
    mapped: usize,
) -> Result<SharedLayoutCell<'a>, Error> {
    // SAFETY: by the caller.
    unsafe {
        check_header(
            base,
            mapped,
            INDEXBUS_REGION_KIND_EVENTS,
            INDEXBUS_CAP_SUPPORTS_EVENTS,
            size_of::<SharedLayout>(),
        )?;
    }
    // SAFETY: the mapping holds a whole layout, as was just checked.
    let cell = unsafe { SharedLayoutCell::from_ptr(base) };
    let mut seen = [false; INDEXBUS_SLOT_COUNT];
    let pool = cell.pool();
    let (spsc, mpsc) = (cell.spsc(), cell.mpsc());
    for index in spsc.waiting()?.chain(mpsc.waiting()?) {
        let slot = seen
            .get_mut(index as usize)
            .ok_or(Error::IncompatibleLayout)?;
        if core::mem::replace(slot, true) {
            return Err(Error::IncompatibleLayout);
        }
        pool.len(index)?;
    }
    validate_free_list(&pool, &mut seen)?;
    Ok(cell)
}

/// The two ends of the single-producer queue. Make one pair per region.
pub fn split_spsc(cell: SharedLayoutCell<'_>) -> (SpscSender<'_>, SpscReceiver<'_>) {
    let (queue, pool) = (cell.spsc(), cell.pool());
    (
        SpscSender {
            queue,
            pool,
            memory: PhantomData,
        },
        SpscReceiver {
            queue,
            pool,
            memory: PhantomData,
        },
    )
}

/// The two ends of the many-producers queue; clone the sender for each producer.
pub fn split_mpsc(cell: SharedLayoutCell<'_>) -> (MpscSender<'_>, MpscReceiver<'_>) {
    let (queue, pool) = (cell.mpsc(), cell.pool());
    (
        MpscSender {
            queue,
            pool,
            memory: PhantomData,
        },
        MpscReceiver {
            queue,
            pool,
            memory: PhantomData,
        },
    )
}

/// Sends in order, alone.
#[derive(Debug)]
pub struct SpscSender<'a> {
    queue: SpscPtr,
    pool: PoolPtr,
    memory: PhantomData<&'a SharedLayout>,
}

impl SpscSender<'_> {
    /// Copies `payload` into a slot and publishes it. `Full` leaves everything as it was.
    pub fn publish(&mut self, payload: &[u8]) -> Result<(), Error> {
        let max = self.pool.slot_bytes();
        if payload.len() > max {
            return Err(Error::TooLarge {
                max,
                len: payload.len(),
            });
        }
        self.queue.has_room()?;
        let index = self.pool.take()?;
        self.pool.write(index, payload)?;
        self.queue.put(index);
        Ok(())
    }
}

/// Receives in order, alone.
#[derive(Debug)]
pub struct SpscReceiver<'a> {
    queue: SpscPtr,
    pool: PoolPtr,
    memory: PhantomData<&'a SharedLayout>,
}

impl SpscReceiver<'_> {
    /// Copies the oldest payload into `into` and frees its slot; `None` if there is none.
    ///
    /// `BufferTooSmall` leaves the payload where it is.
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let Some(index) = self.queue.peek()? else {
            return Ok(None);
        };
        let len = self.pool.read(index, into)?;
        self.queue.pop();
        self.pool.give(index)?;
        Ok(Some(len))
    }
}

/// Sends beside others; each sender's payloads stay in its order.
#[derive(Clone, Debug)]
pub struct MpscSender<'a> {
    queue: MpscPtr,
    pool: PoolPtr,
    memory: PhantomData<&'a SharedLayout>,
}

impl MpscSender<'_> {
    /// Copies `payload` into a slot and publishes it. `Full` leaves everything as it was.
    pub fn publish(&mut self, payload: &[u8]) -> Result<(), Error> {
        let max = self.pool.slot_bytes();
        if payload.len() > max {
            return Err(Error::TooLarge {
                max,
                len: payload.len(),
            });
        }
        let index = self.pool.take()?;
        self.pool.write(index, payload)?;
        self.queue.put(index).inspect_err(|_| {
            // The index came from this pool, so it can go back.
            let _ = self.pool.give(index);
        })
    }
}

/// Receives what all senders published, alone.
#[derive(Debug)]
pub struct MpscReceiver<'a> {
    queue: MpscPtr,
    pool: PoolPtr,
    memory: PhantomData<&'a SharedLayout>,
}

impl MpscReceiver<'_> {
    /// Copies the oldest payload into `into` and frees its slot; `None` if there is none.
    ///
    /// `BufferTooSmall` leaves the payload where it is.
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let Some(index) = self.queue.peek() else {
            return Ok(None);
        };
        let len = self.pool.read(index, into)?;
        self.queue.pop();
        self.pool.give(index)?;
        Ok(Some(len))
    }
}
