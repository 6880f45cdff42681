//! The two ends of a lane as roles use them: room and discards, reads and the end of input, numbers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use byteor_abi::LANE_GRAPH_READERS;
use byteor_pipeline_kernel::{
    EventsRx, EventsTx, GraphRegion, JournalRx, JournalTx, LaneError, SlotsProducer,
    SlotsSubscriber,
};
use byteor_pipeline_step::Discard;

use super::barriers::Barriers;
use super::ends::{Ended, Found, look};

/// What all ends of all lanes of a graph share.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    pub graph: GraphRegion,
    pub ended: Arc<Ended>,
    pub barriers: Arc<Barriers>,
}

/// What carries the records of a lane, or of one of its readers.
#[derive(Debug)]
pub(super) enum TxEnd {
    Events(EventsTx),
    Slots(SlotsProducer),
    Journal(JournalTx),
}

impl TxEnd {
    #[inline]
    fn put(&mut self, record: &[u8]) -> Result<(), LaneError> {
        match self {
            Self::Events(events) => events.put(record),
            Self::Slots(slots) => slots.try_append(record).map(drop),
            Self::Journal(journal) => journal.put(record),
        }
    }

    #[inline]
    fn flush(&mut self) {
        match self {
            Self::Events(events) => events.flush(),
            Self::Slots(slots) => {
                slots.publish();
            }
            Self::Journal(journal) => journal.flush(),
        }
    }
}

/// The other end of a [`TxEnd`].
#[derive(Debug)]
pub(super) enum RxEnd {
    Events(EventsRx),
    Slots(SlotsSubscriber),
    Journal(JournalRx),
}

impl RxEnd {
    #[inline]
    fn take_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, LaneError> {
        match self {
            Self::Events(events) => events.take_into(into),
            Self::Slots(slots) => slots.take_into(into),
            Self::Journal(journal) => journal.take_into(into),
        }
    }

    #[inline]
    fn release(&mut self) {
        match self {
            Self::Events(events) => events.release(),
            Self::Slots(slots) => slots.release(),
            Self::Journal(journal) => journal.release(),
        }
    }
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrote {
    /// Every reader gets the record, once it is flushed.
    All,
    /// The readers of this mask don't.
    Discarded,
    /// Nobody has it: the lane is full, and its writer waits.
    Full,
}

/// How a lane is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Records for each reader.
    pub capacity: u64,
    /// What is written to a full lane is discarded.
    pub drops: bool,
    /// Each reader has an end of its own, so that one can get what another has no room for.
    pub each: bool,
    /// Choices are recorded.
    pub record: bool,
}

/// The end of a lane that its one writer has.
#[derive(Debug)]
pub(super) struct LaneTx {
    lane: usize,
    rules: Rules,
    ends: Vec<TxEnd>,
    lanes: Lanes,
    /// The number of its first reader among all readers of the graph, and how many it has.
    first_reader: usize,
    readers: usize,
    /// By reader, records that it was given, and those of which it is known that it read them.
    given: [u64; LANE_GRAPH_READERS],
    read: [u64; LANE_GRAPH_READERS],
    writes: u64,
    published: u64,
    discarded: u64,
    discards: Vec<Discard>,
}

/// Which lane and readers an end belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub lane: usize,
    pub first_reader: usize,
    pub readers: usize,
}

impl LaneTx {
    pub(super) fn new(place: Place, rules: Rules, ends: Vec<TxEnd>, lanes: &Lanes) -> Self {
        Self {
            lane: place.lane,
            rules,
            ends,
            lanes: lanes.clone(),
            first_reader: place.first_reader,
            readers: place.readers,
            given: [0; LANE_GRAPH_READERS],
            read: [0; LANE_GRAPH_READERS],
            writes: 0,
            published: 0,
            discarded: 0,
            discards: Vec::new(),
        }
    }

    pub(super) fn lane(&self) -> usize {
        self.lane
    }

    /// The readers without room, a bit for each: all or none where they share an end.
    fn without_room(&mut self) -> Result<u8, LaneError> {
        let mut full = 0_u8;
        for reader in 0..self.readers {
            if self.given[reader] - self.read[reader] < self.rules.capacity {
                continue;
            }
            let words = self.lanes.graph.reader(self.first_reader + reader);
            // Acquire: the place that was freed before is seen as free.
            let read = words.read.load(Ordering::Acquire);
            if read < self.read[reader] || read > self.given[reader] {
                return Err(LaneError::Corrupted);
            }
            self.read[reader] = read;
            if self.given[reader] - read >= self.rules.capacity {
                full |= 1 << reader;
            }
        }
        let all = ((1_u16 << self.readers) - 1) as u8;
        Ok(if full != 0 && !self.rules.each {
            all
        } else {
            full
        })
    }

    /// Writes `record` for all readers that have room, or for none where the writer is to wait. What
    /// was written is visible after [`LaneTx::flush`].
    #[inline]
    pub(super) fn write(&mut self, record: &[u8]) -> Result<Wrote, LaneError> {
        let missed = self.without_room()?;
        if missed != 0 && !self.rules.drops {
            return Ok(Wrote::Full);
        }
        let gets = |reader: usize| missed >> reader & 1 == 0;
        // There is room: an end that says otherwise was written over.
        let put = |end: &mut TxEnd| match end.put(record) {
            Err(LaneError::Full) => Err(LaneError::Corrupted),
            other => other,
        };
        if self.rules.each {
            for (reader, end) in self.ends.iter_mut().enumerate() {
                if gets(reader) {
                    put(end)?;
                }
            }
        } else if missed == 0 {
            self.ends.iter_mut().try_for_each(put)?;
        }
        let mut some = false;
        for reader in 0..self.readers {
            if gets(reader) {
                self.given[reader] += 1;
                some = true;
            }
        }
        self.published += u64::from(some);
        if missed != 0 {
            self.discarded += 1;
            if self.rules.record {
                self.discards.push(Discard {
                    write: self.writes,
                    missed,
                });
            }
        }
        self.writes += 1;
        Ok(if missed == 0 {
            Wrote::All
        } else {
            Wrote::Discarded
        })
    }

    /// Makes visible what was written, and the counts of it.
    pub(super) fn flush(&mut self) {
        let words = self.lanes.graph.lane(self.lane);
        words.published.store(self.published, Ordering::Relaxed);
        words.discarded.store(self.discarded, Ordering::Relaxed);
        self.ends.iter_mut().for_each(TxEnd::flush);
        // Release, and last: who is told of a record finds it, and a barrier that stands before it.
        for reader in 0..self.readers {
            let given = words.given.at(reader);
            given.store(self.given[reader], Ordering::Release);
        }
    }

    /// Puts the barrier behind what was written.
    pub(super) fn put_barrier(&mut self, number: u64) {
        for reader in 0..self.readers {
            let given = self.given[reader];
            self.lanes.barriers.put(self.lane, reader, number, given);
        }
    }

    /// Nothing more will be written.
    pub(super) fn end(&mut self) {
        self.flush();
        self.lanes.ended.end(self.lane);
    }

    /// The discards so far, which are gone from here.
    pub(super) fn take_discards(&mut self) -> Vec<Discard> {
        std::mem::take(&mut self.discards)
    }
}

/// The end of a lane that one of its readers has.
#[derive(Debug)]
pub(super) struct LaneRx {
    place: Place,
    /// Its number among the readers of the lane.
    reader: usize,
    end: RxEnd,
    lanes: Lanes,
    read: u64,
    /// Records of a journal that were overwritten before it came to them.
    lost: u64,
    /// Which those are, where choices are recorded.
    losses: Option<Vec<u64>>,
    /// What was read or lost when it was counted last.
    released: u64,
    /// So many records it may take before it looks again.
    limit: u64,
    /// The last barrier that it passed.
    passed: u64,
}

impl LaneRx {
    pub(super) fn new(
        place: Place,
        reader: usize,
        end: RxEnd,
        lanes: &Lanes,
        record: bool,
    ) -> Self {
        Self {
            place,
            reader,
            end,
            lanes: lanes.clone(),
            read: 0,
            lost: 0,
            losses: record.then(Vec::new),
            released: 0,
            limit: 0,
            passed: 0,
        }
    }

    pub(super) fn lane(&self) -> usize {
        self.place.lane
    }

    /// Copies the next record into `into`.
    #[inline]
    pub(super) fn take(&mut self, into: &mut [u8]) -> Result<Found, LaneError> {
        let (ended, lane) = (Arc::clone(&self.lanes.ended), self.place.lane);
        let found = look(|| self.try_take(into), || ended.has(lane))?;
        if found == Found::Ended {
            // What is not there by now was overwritten.
            let given = self.given();
            self.lose_until(given);
        }
        Ok(found)
    }

    /// How many records it was given so far.
    fn given(&self) -> u64 {
        let words = self.lanes.graph.lane(self.place.lane);
        words.given.at(self.reader).load(Ordering::Acquire)
    }

    /// Records that are behind it, read or lost.
    fn past(&self) -> u64 {
        self.read + self.lost
    }

    fn lose_until(&mut self, number: u64) {
        let lost = self.past()..number.max(self.past());
        self.lost += lost.end - lost.start;
        if let Some(losses) = &mut self.losses {
            losses.extend(lost);
        }
    }

    fn try_take(&mut self, into: &mut [u8]) -> Result<Found, LaneError> {
        loop {
            if self.past() == self.limit
                && let Some(found) = self.look_ahead()?
            {
                return Ok(found);
            }
            let RxEnd::Journal(journal) = &mut self.end else {
                break;
            };
            let Some(number) = journal.next_number()? else {
                return Ok(Found::Nothing);
            };
            if number < self.past() {
                return Err(LaneError::Corrupted);
            }
            // No further than it may go now: the barrier comes before what is lost behind it.
            self.lose_until(number.min(self.limit));
            if number < self.limit {
                break;
            }
        }
        match self.end.take_into(into)? {
            Some(len) => {
                self.read += 1;
                Ok(Found::Record(len))
            }
            // It was given, and isn't there.
            None => Err(LaneError::Corrupted),
        }
    }

    /// How far it may go from here: to what it was given, or to the barrier. Says what it finds where
    /// that is nowhere.
    fn look_ahead(&mut self) -> Result<Option<Found>, LaneError> {
        let past = self.past();
        // Before the barrier: it was put before anything behind it was given.
        let given = self.given();
        if given < past {
            return Err(LaneError::Corrupted);
        }
        self.limit = given;
        let (lane, barriers) = (self.place.lane, &self.lanes.barriers);
        if let Some((number, at)) = barriers.ahead(lane, self.reader, self.passed) {
            if past >= at {
                self.limit = past;
                return Ok(Some(Found::Barrier(number)));
            }
            self.limit = given.min(at);
        }
        Ok((past == self.limit).then_some(Found::Nothing))
    }

    /// Goes on behind the barrier.
    pub(super) fn pass(&mut self, number: u64) {
        self.passed = number;
    }

    /// Frees the places of all that was taken, and counts it.
    pub(super) fn release(&mut self) {
        if self.released == self.past() {
            return;
        }
        self.end.release();
        self.released = self.past();
        let words = self
            .lanes
            .graph
            .reader(self.place.first_reader + self.reader);
        // Release, and behind the places: who sees the count finds them free.
        words.read.store(self.read, Ordering::Release);
        words.lost.store(self.lost, Ordering::Relaxed);
    }

    /// The losses so far, which are gone from here, and which reader of how many it is.
    pub(super) fn take_losses(&mut self) -> (usize, usize, Vec<u64>) {
        let losses = self.losses.as_mut().map(std::mem::take);
        (self.reader, self.place.readers, losses.unwrap_or_default())
    }
}
