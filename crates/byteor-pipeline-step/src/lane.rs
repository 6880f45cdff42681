//! Plain bounded queues, one kind for each kind of lane.

use std::collections::VecDeque;
use std::sync::Arc;

use byteor_pipeline_spec::Channel;

use crate::choices::Discard;

/// Records that an events lane holds, and each reader's queue of a fanout.
pub const EVENTS_CAPACITY: u32 = 1024;
/// Records that a ring holds.
pub const RING_CAPACITY: u32 = 1024;
/// Segments of a journal; the oldest is overwritten as a whole.
pub const JOURNAL_SEGMENTS: usize = 3;
/// Bytes of a journal's segment. A record takes 8 and its own length, rounded up to 8.
pub const JOURNAL_SEGMENT_BYTES: usize = 65_536;

/// A record on its way.
#[derive(Clone, Debug)]
pub(crate) struct Rec {
    /// The number of the record that came in.
    pub origin: u64,
    pub bytes: Arc<[u8]>,
    /// A ring's stage dropped or rejected it: those behind go past it.
    pub gone: bool,
}

/// What a lane does with one more record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Free,
    /// Some readers don't get it.
    Discard(u8),
    /// The writer waits.
    Full,
}

#[derive(Debug)]
pub(crate) enum Store {
    /// One queue that all readers go through, each at its own place.
    Shared(Shared),
    /// A queue for each reader.
    Each(Vec<VecDeque<Rec>>),
}

#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub log: VecDeque<Rec>,
    /// Which write the first of `log` was.
    pub base: u64,
    /// Which write each reader takes next.
    pub cursors: Vec<u64>,
}

impl Shared {
    fn head(&self) -> u64 {
        self.base + self.log.len() as u64
    }

    fn trim(&mut self) {
        let slowest = self.cursors.iter().copied().min().unwrap_or(self.base);
        while self.base < slowest && self.log.pop_front().is_some() {
            self.base += 1;
        }
    }
}

/// What a journal remembers of what it overwrites.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    /// Which write each segment that is kept begins with, oldest first.
    pub segments: VecDeque<u64>,
    /// Bytes of the newest segment that are taken.
    pub tail: u64,
    /// For each reader, the numbers of the records that it lost and wasn't told of yet.
    pub lost: Vec<VecDeque<u64>>,
}

/// What was recorded about a lane, and is still to come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replay {
    pub discards: VecDeque<Discard>,
    pub losses: Vec<VecDeque<u64>>,
    /// All of them, as they were given.
    pub recorded_discards: Vec<Discard>,
    pub recorded_losses: Vec<Vec<u64>>,
}

impl Replay {
    pub(crate) fn new(discards: Vec<Discard>, losses: Vec<Vec<u64>>) -> Self {
        Self {
            discards: discards.iter().copied().collect(),
            losses: losses.iter().cloned().map(VecDeque::from).collect(),
            recorded_discards: discards,
            recorded_losses: losses,
        }
    }
}

/// A bounded channel with one writer.
#[derive(Debug)]
pub(crate) struct Lane {
    pub id: String,
    /// Its readers are the stages of a ring.
    pub ring: bool,
    pub store: Store,
    /// Records; nothing for a journal that is bounded by its bytes.
    pub capacity: Option<u64>,
    pub journal: Option<Journal>,
    pub replay: Option<Replay>,
    /// A full lane discards what is written.
    pub drops: bool,
    pub writes: u64,
    pub ended: bool,
    /// For each reader, the records that it doesn't get: discarded or lost.
    pub missed: Vec<u64>,
}

/// What a reader finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Record,
    Lost,
    Nothing,
    Ended,
}

impl Lane {
    pub(crate) fn new(id: &str, channel: Channel, drops: bool, capacity: Option<u32>) -> Self {
        let own = match channel {
            Channel::Events | Channel::FanoutBroadcast { .. } => Some(EVENTS_CAPACITY),
            Channel::SequencedSlots { capacity } => Some(capacity),
            Channel::Journal => None,
        };
        let store = match channel {
            Channel::FanoutBroadcast { .. } => Store::Each(Vec::new()),
            _ => Store::Shared(Shared {
                log: VecDeque::new(),
                base: 0,
                cursors: Vec::new(),
            }),
        };
        Self {
            id: id.to_owned(),
            ring: false,
            store,
            capacity: match (own, capacity) {
                (Some(own), Some(asked)) => Some(u64::from(own.min(asked))),
                (own, asked) => own.or(asked).map(u64::from),
            },
            journal: (channel == Channel::Journal).then(Journal::default),
            replay: None,
            drops,
            writes: 0,
            ended: false,
            missed: Vec::new(),
        }
    }

    /// One reader more; gives its number.
    pub(crate) fn add_reader(&mut self) -> usize {
        match &mut self.store {
            Store::Shared(shared) => shared.cursors.push(0),
            Store::Each(queues) => queues.push(VecDeque::new()),
        }
        if let Some(journal) = &mut self.journal {
            journal.lost.push(VecDeque::new());
        }
        self.missed.push(0);
        self.missed.len() - 1
    }

    pub(crate) fn all_readers(&self) -> u8 {
        ((1_u16 << self.missed.len().min(8)) - 1) as u8
    }

    /// The readers that have no room: all or none where they share a queue.
    fn without_room(&self) -> u8 {
        let Some(capacity) = self.capacity else {
            return 0;
        };
        match &self.store {
            Store::Shared(shared) if (shared.log.len() as u64) < capacity => 0,
            Store::Shared(_) => self.all_readers(),
            Store::Each(queues) => queues
                .iter()
                .enumerate()
                .filter(|(_, queue)| queue.len() as u64 >= capacity)
                .fold(0, |mask, (reader, _)| mask | 1 << reader),
        }
    }

    pub(crate) fn room(&self) -> Room {
        if let Some(replay) = &self.replay {
            if self.journal.is_some() {
                return Room::Free;
            }
            let said = match replay.discards.front() {
                Some(discard) if discard.write == self.writes => discard.missed,
                _ => 0,
            };
            // Those that are to get it need room.
            return match (self.without_room() & !said, said) {
                (0, 0) => Room::Free,
                (0, said) => Room::Discard(said),
                _ => Room::Full,
            };
        }
        if self.journal.is_some() {
            return Room::Free;
        }
        match (self.without_room(), self.drops) {
            (0, _) => Room::Free,
            (missed, true) => Room::Discard(missed),
            (_, false) => Room::Full,
        }
    }

    /// Writes to the readers that are not in `missed`; [`room`](Self::room) said so.
    pub(crate) fn write(&mut self, rec: Rec, missed: u8) {
        if missed != 0 {
            if let Some(replay) = &mut self.replay {
                replay.discards.pop_front();
            }
            for (reader, count) in self.missed.iter_mut().enumerate() {
                *count += u64::from(missed >> reader & 1);
            }
        }
        if self.journal.is_some() && self.replay.is_none() {
            self.overwrite(rec.bytes.len());
        }
        self.writes += 1;
        match &mut self.store {
            Store::Shared(shared) => {
                if missed == 0 {
                    shared.log.push_back(rec);
                }
            }
            Store::Each(queues) => {
                for (reader, queue) in queues.iter_mut().enumerate() {
                    if missed >> reader & 1 == 0 {
                        queue.push_back(rec.clone());
                    }
                }
            }
        }
    }

    /// Makes room in a journal for a record of `len` bytes.
    fn overwrite(&mut self, len: usize) {
        let (Some(journal), Store::Shared(shared)) = (&mut self.journal, &mut self.store) else {
            return;
        };
        let write = shared.head();
        let floor = if let Some(capacity) = self.capacity {
            (write + 1).saturating_sub(capacity)
        } else {
            let bytes = 8 + (len as u64).next_multiple_of(8);
            let fits = !journal.segments.is_empty()
                && journal.tail + bytes <= JOURNAL_SEGMENT_BYTES as u64;
            if fits {
                journal.tail += bytes;
            } else {
                journal.tail = bytes;
                journal.segments.push_back(write);
                if journal.segments.len() > JOURNAL_SEGMENTS {
                    journal.segments.pop_front();
                }
            }
            journal.segments.front().copied().unwrap_or(0)
        };
        while shared.base < floor {
            let Some(overwritten) = shared.log.pop_front() else {
                break;
            };
            for (reader, cursor) in shared.cursors.iter_mut().enumerate() {
                if *cursor == shared.base {
                    *cursor += 1;
                    journal.lost[reader].push_back(overwritten.origin);
                    self.missed[reader] += 1;
                }
            }
            shared.base += 1;
        }
    }

    pub(crate) fn find(&self, reader: usize) -> Found {
        if let Some(journal) = &self.journal
            && !journal.lost[reader].is_empty()
        {
            return Found::Lost;
        }
        let some = match &self.store {
            Store::Shared(shared) => {
                let cursor = shared.cursors[reader];
                let there = cursor < shared.head();
                if there && self.is_loss(reader, cursor) {
                    return Found::Lost;
                }
                there
            }
            Store::Each(queues) => !queues[reader].is_empty(),
        };
        match (some, self.ended) {
            (true, _) => Found::Record,
            (false, true) => Found::Ended,
            (false, false) => Found::Nothing,
        }
    }

    /// Whether it was recorded that the reader lost this one.
    fn is_loss(&self, reader: usize, write: u64) -> bool {
        let losses = self.replay.as_ref().and_then(|r| r.losses.get(reader));
        losses.and_then(VecDeque::front) == Some(&write)
    }

    /// The next record of a reader that found one.
    pub(crate) fn take(&mut self, reader: usize) -> Option<Rec> {
        match &mut self.store {
            Store::Each(queues) => queues[reader].pop_front(),
            Store::Shared(shared) => {
                let at = shared.cursors[reader].checked_sub(shared.base)?;
                // The last reader takes the record itself.
                let last = at == 0
                    && shared
                        .cursors
                        .iter()
                        .enumerate()
                        .all(|(other, cursor)| other == reader || *cursor > shared.base);
                if last {
                    shared.cursors[reader] += 1;
                    shared.base += 1;
                    return shared.log.pop_front();
                }
                let rec = shared.log.get(at as usize)?.clone();
                shared.cursors[reader] += 1;
                Some(rec)
            }
        }
    }

    /// The number of the next record that a reader lost.
    pub(crate) fn lose(&mut self, reader: usize) -> Option<u64> {
        if let Some(journal) = &mut self.journal
            && let Some(origin) = journal.lost[reader].pop_front()
        {
            return Some(origin);
        }
        let replay = self.replay.as_mut()?;
        replay.losses.get_mut(reader)?.pop_front()?;
        self.missed[reader] += 1;
        self.take(reader).map(|rec| rec.origin)
    }

    /// In a ring, how far stage `reader` may go: those it depends on have to be past a record.
    pub(crate) fn ring_find(&self, reader: usize, depends_on: &[u32]) -> Found {
        let Store::Shared(shared) = &self.store else {
            return Found::Nothing;
        };
        let cursor = shared.cursors[reader];
        let before = depends_on
            .iter()
            .map(|stage| shared.cursors[*stage as usize]);
        let limit = before.min().unwrap_or(u64::MAX).min(shared.head());
        match (cursor < limit, self.ended && cursor == shared.head()) {
            (true, _) => Found::Record,
            (false, true) => Found::Ended,
            (false, false) => Found::Nothing,
        }
    }

    /// In a ring, the record at a stage's place; the stage is past it only with
    /// [`ring_done`](Self::ring_done).
    pub(crate) fn ring_peek(&mut self, reader: usize) -> Option<&mut Rec> {
        let Store::Shared(shared) = &mut self.store else {
            return None;
        };
        let at = shared.cursors[reader].checked_sub(shared.base)?;
        shared.log.get_mut(at as usize)
    }

    pub(crate) fn ring_done(&mut self, reader: usize) {
        if let Store::Shared(shared) = &mut self.store {
            shared.cursors[reader] += 1;
            shared.trim();
        }
    }
}

/// A lane, to look at.
#[derive(Clone, Copy, Debug)]
pub struct LaneView<'s>(pub(crate) &'s Lane);

impl<'s> LaneView<'s> {
    /// The lane's id in the spec; `ring.N` for the ring of shard N.
    pub fn id(self) -> &'s str {
        &self.0.id
    }

    /// Whether it is the ring of a SingleRing spec.
    pub fn ring(self) -> bool {
        self.0.ring
    }

    /// How many records it holds at most; nothing for a journal, which is bounded by its bytes.
    pub fn capacity(self) -> Option<u64> {
        self.0.capacity
    }

    /// How many read it.
    pub fn readers(self) -> usize {
        self.0.missed.len()
    }

    /// Records that wait for a reader.
    pub fn level(self, reader: usize) -> u64 {
        match &self.0.store {
            Store::Shared(shared) => shared
                .cursors
                .get(reader)
                .map_or(0, |cursor| shared.head() - cursor),
            Store::Each(queues) => queues.get(reader).map_or(0, |queue| queue.len() as u64),
        }
    }

    /// Records that wait for the slowest reader: how full the lane is.
    pub fn fill(self) -> u64 {
        (0..self.readers())
            .map(|reader| self.level(reader))
            .max()
            .unwrap_or(0)
    }

    /// The numbers of the records that wait for a reader, in order.
    pub fn waiting(self, reader: usize) -> Vec<u64> {
        let number = |rec: &Rec| rec.origin;
        match &self.0.store {
            Store::Shared(shared) => {
                let level = self.level(reader) as usize;
                let from = shared.log.len() - level.min(shared.log.len());
                shared.log.iter().skip(from).map(number).collect()
            }
            Store::Each(queues) => queues
                .get(reader)
                .map(|queue| queue.iter().map(number).collect())
                .unwrap_or_default(),
        }
    }

    /// The number of the record that a reader takes next; for a ring one that is still there.
    pub fn next(self, reader: usize) -> Option<u64> {
        let next = match &self.0.store {
            Store::Shared(shared) => {
                let at = shared.cursors.get(reader)?.checked_sub(shared.base)?;
                shared.log.iter().skip(at as usize).find(|rec| !rec.gone)
            }
            Store::Each(queues) => queues.get(reader)?.front(),
        };
        next.map(|rec| rec.origin)
    }

    /// Whether a record that its writer wrote now would wait or be discarded.
    pub fn full(self) -> bool {
        self.0.room() != Room::Free
    }

    /// Records that its writer wrote, discarded ones too.
    pub fn writes(self) -> u64 {
        self.0.writes
    }

    /// Records that a reader doesn't get: discarded or overwritten.
    pub fn missed(self, reader: usize) -> u64 {
        self.0.missed.get(reader).copied().unwrap_or(0)
    }

    /// Whether its writer ended.
    pub fn ended(self) -> bool {
        self.0.ended
    }
}
