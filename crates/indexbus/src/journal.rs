//! The journal lane: append, tail, replay.
//!
//! One publisher appends; up to four subscribers follow, each at its own pace. The journal is the one
//! lane that overwrites what was not read: a subscriber that is overtaken gets
//! [`JournalRead::Overrun`] and goes on at the oldest record that is still whole.

use core::mem::offset_of;
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use indexbus_abi::{
    INDEXBUS_CAP_SUPPORTS_JOURNAL, INDEXBUS_JOURNAL_SEGMENT_BYTES, INDEXBUS_JOURNAL_SEGMENTS,
    INDEXBUS_JOURNAL_SUBSCRIBERS_DEFAULT, INDEXBUS_REGION_KIND_JOURNAL, JournalLayout4,
    SegmentMeta,
};

use crate::Error;
use crate::primitive::{JournalRead, JournalReader, JournalWords, JournalWriter, Start};
use crate::raw::{LostMark, Row, View, Word32, Word64};
use crate::region::{check_header, initialize};

const SEGMENTS: usize = INDEXBUS_JOURNAL_SEGMENTS;
const WORDS: usize = SEGMENTS * INDEXBUS_JOURNAL_SEGMENT_BYTES / 8;

type Ids<'m> = Row<'m, u32, SEGMENTS>;
type Tails<'m> = Row<'m, u64, SEGMENTS>;
type Positions<'m> = Row<'m, u64, INDEXBUS_JOURNAL_SUBSCRIBERS_DEFAULT>;
type Bytes<'m> = Row<'m, u64, WORDS>;
type Journal<'m> =
    JournalWords<Word64<'m>, Word32<'m>, Ids<'m>, Tails<'m>, Positions<'m>, Bytes<'m>>;

/// A journal region that is borrowed for `'m`, and that the ends come from.
#[derive(Debug)]
pub struct JournalLayoutCell<'m> {
    words: Journal<'m>,
    lost: LostMark,
    lens: Row<'m, u32, SEGMENTS>,
}

impl<'m> JournalLayoutCell<'m> {
    /// Initializes a layout on the heap.
    pub fn init_mut(layout: &'m mut JournalLayout4) -> Result<Self, Error> {
        let base = NonNull::from(layout).cast();
        // SAFETY: a whole layout, borrowed exclusively for as long as the view.
        let view = unsafe { View::new(base, size_of::<JournalLayout4>()) };
        init_journal_memory(view)?;
        Ok(Self::new(view))
    }

    fn new(view: View<'m>) -> Self {
        let segments = offset_of!(JournalLayout4, segments);
        let stride = size_of::<SegmentMeta>();
        Self {
            words: JournalWords {
                published: view.word(offset_of!(JournalLayout4, pub_pos)),
                active: view.word(offset_of!(JournalLayout4, active_segment)),
                segments: view.row(segments + offset_of!(SegmentMeta, segment_id), stride),
                tails: view.row(segments + offset_of!(SegmentMeta, tail), stride),
                positions: view.row(offset_of!(JournalLayout4, sub_pos), 8),
                bytes: view.row(offset_of!(JournalLayout4, segment_bufs), 8),
            },
            lost: view.lost(),
            lens: view.row(segments + offset_of!(SegmentMeta, segment_len), stride),
        }
    }

    fn init(&self) {
        for n in 0..SEGMENTS {
            let len = INDEXBUS_JOURNAL_SEGMENT_BYTES as u32;
            self.lens.at(n).store(len, Ordering::Relaxed);
        }
        self.words.init();
    }
}

/// Initializes a journal in the memory of a transport, which nobody else uses yet.
pub fn init_journal_memory(view: View<'_>) -> Result<(), Error> {
    initialize(
        view,
        INDEXBUS_REGION_KIND_JOURNAL,
        INDEXBUS_CAP_SUPPORTS_JOURNAL,
        size_of::<JournalLayout4>(),
        0,
        |view| JournalLayoutCell::new(view).init(),
    )
}

/// Attaches to a journal that may be in use: checks the header and the bounds. What it holds is
/// checked by each access.
pub fn attach_journal_layout4(view: View<'_>) -> Result<JournalLayoutCell<'_>, Error> {
    check_header(
        view,
        INDEXBUS_REGION_KIND_JOURNAL,
        INDEXBUS_CAP_SUPPORTS_JOURNAL,
        size_of::<JournalLayout4>(),
    )?;
    let cell = JournalLayoutCell::new(view);
    for n in 0..SEGMENTS {
        let len = cell.lens.at(n).load(Ordering::Relaxed);
        if len as usize != INDEXBUS_JOURNAL_SEGMENT_BYTES {
            return Err(Error::Corrupted);
        }
    }
    Ok(cell)
}

/// Attaches to a journal that nobody uses yet. Beyond [`attach_journal_layout4`], walks every record
/// that can be read.
pub fn validate_journal_layout4(view: View<'_>) -> Result<JournalLayoutCell<'_>, Error> {
    let cell = attach_journal_layout4(view)?;
    let active = cell.words.active.load(Ordering::Relaxed) as usize;
    for n in 0..SEGMENTS {
        let tail = cell.words.tails.at(n).load(Ordering::Relaxed);
        if tail > INDEXBUS_JOURNAL_SEGMENT_BYTES as u64 || active >= SEGMENTS {
            return Err(Error::Corrupted);
        }
    }
    cell.words.validate()?;
    Ok(cell)
}

/// The publisher, of which one may be in use, and where subscribers come from.
pub fn split_journal(
    cell: JournalLayoutCell<'_>,
) -> Result<(JournalPublisher<'_>, JournalSubscribers<'_>), Error> {
    let JournalLayoutCell { words, lost, .. } = cell;
    let subscribers = JournalSubscribers { words, lost };
    let writer = words.writer()?;
    Ok((JournalPublisher { writer }, subscribers))
}

/// Appends, alone.
#[derive(Debug)]
pub struct JournalPublisher<'m> {
    writer: JournalWriter<Word64<'m>, Word32<'m>, Ids<'m>, Tails<'m>, Positions<'m>, Bytes<'m>>,
}

impl JournalPublisher<'_> {
    /// Most bytes of a record.
    pub fn max_record_bytes(&self) -> usize {
        indexbus_abi::INDEXBUS_JOURNAL_MAX_RECORD_BYTES
    }

    /// Appends a record and makes it visible. Returns its position. Never `Full`: the oldest segment
    /// makes room.
    pub fn append(&mut self, payload: &[u8]) -> Result<u64, Error> {
        let put = self.put(payload);
        self.flush();
        put
    }

    /// Appends a record, which is visible after [`JournalPublisher::flush`], or as soon as a later
    /// one begins a new segment. Returns its position.
    pub fn put(&mut self, payload: &[u8]) -> Result<u64, Error> {
        self.writer.put(payload)
    }

    /// Makes all that was put visible, by one store. Returns the position behind it.
    pub fn flush(&mut self) -> u64 {
        self.writer.publish()
    }
}

/// Gives out the four subscribers of a journal, and looks at them.
#[derive(Clone, Copy, Debug)]
pub struct JournalSubscribers<'m> {
    words: Journal<'m>,
    lost: LostMark,
}

impl<'m> JournalSubscribers<'m> {
    /// A new subscriber. `Taken` if all four are; `Misused` for a position that no record begins or
    /// ends at.
    pub fn subscribe(&self, start: Start) -> Result<JournalSubscriber<'m>, Error> {
        let reader = self.words.subscribe(start)?;
        let lost = self.lost;
        Ok(JournalSubscriber { reader, lost })
    }

    /// Takes up a subscriber that was dropped, or whose process ended, where it stored its position
    /// last. One of each may be in use. `Misused` if it is free.
    pub fn resume(&self, subscriber: usize) -> Result<JournalSubscriber<'m>, Error> {
        let reader = self.words.resume(subscriber)?;
        let lost = self.lost;
        Ok(JournalSubscriber { reader, lost })
    }

    /// Frees a subscriber whose process ended. It must not be in use.
    pub fn release(&self, subscriber: usize) -> Result<(), Error> {
        self.words.release(subscriber)
    }

    /// The position that a subscriber stored last; `None` if it is free.
    pub fn position(&self, subscriber: usize) -> Result<Option<u64>, Error> {
        self.words.position(subscriber)
    }

    /// The position behind the last published record.
    pub fn published(&self) -> u64 {
        self.words.published.load(Ordering::Acquire)
    }
}

/// Follows the journal, alone under its number.
#[derive(Debug)]
pub struct JournalSubscriber<'m> {
    reader: JournalReader<Word64<'m>, Word32<'m>, Ids<'m>, Tails<'m>, Positions<'m>, Bytes<'m>>,
    lost: LostMark,
}

impl JournalSubscriber<'_> {
    /// Copies the next record into `into` and stores the position behind it; `None` if there is
    /// none.
    ///
    /// `BufferTooSmall` leaves the record where it is. What `into` holds after anything but a record
    /// is undetermined.
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<JournalRead>, Error> {
        let read = self.take_into(into);
        // Behind an overrun the position stays where it is until a record came: whoever resumes for a
        // subscriber that died in between is told of the loss as well.
        if let Ok(Some(JournalRead::Record { .. })) = read {
            self.release();
        }
        read
    }

    /// As [`JournalSubscriber::try_recv_into`], but the position is stored by
    /// [`JournalSubscriber::release`], for all that were taken.
    pub fn take_into(&mut self, into: &mut [u8]) -> Result<Option<JournalRead>, Error> {
        let read = self.reader.read(into);
        self.lost.check()?;
        read
    }

    /// Stores the position behind what was taken, by one store.
    pub fn release(&mut self) {
        self.reader.store_position();
    }

    /// Its number, 0 to 3, for [`JournalSubscribers::resume`].
    pub fn number(&self) -> usize {
        self.reader.subscriber()
    }

    /// The position it is at.
    pub fn position(&self) -> u64 {
        self.reader.at()
    }

    /// Frees its place. One that is dropped without keeps it.
    pub fn unsubscribe(self) {
        self.reader.unsubscribe();
    }
}
