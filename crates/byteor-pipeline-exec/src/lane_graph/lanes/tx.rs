//! The end that the writer of a lane has.

use std::sync::atomic::Ordering;

use byteor_abi::LANE_GRAPH_READERS;
use byteor_pipeline_kernel::{EventsTx, JournalTx, LaneError, SlotsProducer};
use byteor_pipeline_step::Discard;

use super::{Lanes, Place, Target};
use crate::lane_graph::choices::Recorded;
use crate::lane_graph::counts::LaneCounts;

/// What carries the records of a lane, or of one of its readers.
#[derive(Debug)]
pub(in crate::lane_graph) enum TxEnd {
    Events(EventsTx),
    Slots(SlotsProducer),
    Journal(JournalTx),
}

impl TxEnd {
    #[inline]
    fn put(&mut self, record: &[u8]) -> Result<(), LaneError> {
        let put = match self {
            Self::Events(events) => events.put(record),
            Self::Slots(slots) => slots.try_append(record).map(drop),
            Self::Journal(journal) => journal.put(record),
        };
        match put {
            // There is room: an end that says otherwise was written over.
            Err(LaneError::Full) => Err(LaneError::Corrupted),
            other => other,
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

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lane_graph) enum Wrote {
    /// Every reader gets the record, once it is flushed.
    All,
    /// The readers of some mask don't.
    Discarded,
    /// Nobody has it: the lane is full, and its writer waits.
    Full,
}

/// How a lane is to be.
#[derive(Clone, Copy, Debug)]
pub(in crate::lane_graph) struct Rules {
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
pub(in crate::lane_graph) struct LaneTx {
    lane: usize,
    rules: Rules,
    /// Queues; none where records are handed over directly.
    ends: Vec<TxEnd>,
    /// The readers that are called.
    targets: Vec<Target>,
    lanes: Lanes,
    /// The wake words of its readers.
    readers_wake: Vec<usize>,
    /// The number of its first reader among all readers of the graph, and how many it has.
    first_reader: usize,
    readers: usize,
    /// By reader, records that it was given, and those of which it is known that it read them.
    given: [u64; LANE_GRAPH_READERS],
    read: [u64; LANE_GRAPH_READERS],
    /// Records for which every reader is known to have room.
    room: u64,
    /// What was counted before this run.
    base: LaneCounts,
    writes: u64,
    published: u64,
    discarded: u64,
    discards: Vec<Discard>,
    /// Something is to be made visible.
    fresh: bool,
}

impl LaneTx {
    pub(in crate::lane_graph) fn new(
        place: Place,
        rules: Rules,
        ends: Vec<TxEnd>,
        base: LaneCounts,
        lanes: &Lanes,
    ) -> Self {
        Self {
            lane: place.lane,
            room: rules.capacity,
            rules,
            ends,
            targets: Vec::new(),
            lanes: lanes.clone(),
            readers_wake: Vec::new(),
            first_reader: place.first_reader,
            readers: place.readers,
            given: [0; LANE_GRAPH_READERS],
            read: [0; LANE_GRAPH_READERS],
            base,
            writes: base.writes,
            published: base.published,
            discarded: base.discarded,
            discards: Vec::new(),
            fresh: false,
        }
    }

    pub(in crate::lane_graph) fn lane(&self) -> usize {
        self.lane
    }

    /// Its readers are called with each record, in this order.
    pub(in crate::lane_graph) fn calls(&mut self, targets: Vec<Target>) {
        self.targets = targets;
    }

    /// Its readers sleep on these words.
    pub(in crate::lane_graph) fn will_wake(&mut self, words: Vec<usize>) {
        self.readers_wake = words;
    }

    /// Whether every reader has room for so many records, which are at most as many as the lane holds.
    #[inline]
    pub(in crate::lane_graph) fn has_room(&mut self, records: u64) -> Result<bool, LaneError> {
        if self.room < records {
            self.without_room()?;
        }
        Ok(self.room >= records)
    }

    /// As [`LaneTx::has_room`], for whoever is about to sleep. True where a look would find damage.
    pub(in crate::lane_graph) fn would_have(&self, records: u64) -> bool {
        (0..self.readers).all(|reader| {
            let words = self.lanes.graph.reader(self.first_reader + reader);
            let read = words.read.load(Ordering::Acquire);
            let held = self.given[reader].wrapping_sub(read);
            held.saturating_add(records) <= self.rules.capacity || read > self.given[reader]
        })
    }

    /// Looks how far the readers are. The readers without room, a bit for each: all or none where they
    /// share an end.
    fn without_room(&mut self) -> Result<u8, LaneError> {
        let (mut full, mut room) = (0_u8, u64::MAX);
        for reader in 0..self.readers {
            let words = self.lanes.graph.reader(self.first_reader + reader);
            // Acquire: the place that was freed before is seen as free.
            let read = words.read.load(Ordering::Acquire);
            if read < self.read[reader] || read > self.given[reader] {
                return Err(LaneError::Corrupted);
            }
            self.read[reader] = read;
            let held = self.given[reader] - read;
            if held >= self.rules.capacity {
                full |= 1 << reader;
            }
            room = room.min(self.rules.capacity.saturating_sub(held));
        }
        self.room = room;
        let all = ((1_u16 << self.readers) - 1) as u8;
        Ok(if full != 0 && !self.rules.each {
            all
        } else {
            full
        })
    }

    /// Counts that its readers were called with so many records, where they are called.
    pub(in crate::lane_graph) fn called(&mut self, records: u64) {
        if self.ends.is_empty() && self.given[0] != records {
            self.given[..self.readers].fill(records);
            self.writes = self.base.writes + records;
            self.published = self.base.published + records;
            self.fresh = true;
        }
    }

    /// The readers that are called with each record, which aren't given any by [`LaneTx::write`].
    pub(in crate::lane_graph) fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Writes `record` into the queues of all readers that have room, or of none where the writer is to
    /// wait. What was written is visible after [`LaneTx::flush`].
    #[inline]
    pub(in crate::lane_graph) fn write(&mut self, record: &[u8]) -> Result<Wrote, LaneError> {
        if self.room == 0 {
            let missed = self.without_room()?;
            if missed != 0 {
                return self.write_to_some(record, missed);
            }
        }
        self.ends.iter_mut().try_for_each(|end| end.put(record))?;
        self.room -= 1;
        self.given[..self.readers]
            .iter_mut()
            .for_each(|given| *given += 1);
        self.published += 1;
        self.writes += 1;
        self.fresh = true;
        Ok(Wrote::All)
    }

    /// Where the readers of the mask `missed` have no room.
    #[cold]
    fn write_to_some(&mut self, record: &[u8], missed: u8) -> Result<Wrote, LaneError> {
        if !self.rules.drops {
            return Ok(Wrote::Full);
        }
        let mut some = false;
        if self.rules.each {
            for (reader, end) in self.ends.iter_mut().enumerate() {
                if missed >> reader & 1 == 0 {
                    end.put(record)?;
                    self.given[reader] += 1;
                    some = true;
                }
            }
        }
        self.published += u64::from(some);
        self.discarded += 1;
        if self.rules.record {
            self.discards.push(Discard {
                write: self.writes,
                missed,
            });
        }
        self.writes += 1;
        self.fresh = true;
        Ok(Wrote::Discarded)
    }

    /// The next flush says all once more: what somebody wrote over is mended, or found by who reads it.
    pub(in crate::lane_graph) fn say_again(&mut self) {
        self.fresh = true;
    }

    /// Makes visible what was written, and the counts of it, and wakes who waits for it.
    #[inline]
    pub(in crate::lane_graph) fn flush(&mut self) {
        if !std::mem::take(&mut self.fresh) {
            return;
        }
        let words = self.lanes.graph.lane(self.lane);
        words.published.store(self.published, Ordering::Relaxed);
        words.discarded.store(self.discarded, Ordering::Relaxed);
        self.ends.iter_mut().for_each(TxEnd::flush);
        // Release, and last: who is told of a record finds it, and a barrier that stands before it.
        for reader in 0..self.readers {
            let given = words.given.at(reader);
            given.store(self.given[reader], Ordering::Release);
        }
        self.lanes.wake(&self.readers_wake);
    }

    /// Puts the barrier behind what was written. Answers with the readers that are to be called with it.
    pub(in crate::lane_graph) fn put_barrier(&mut self, number: u64) -> &[Target] {
        if !self.ends.is_empty() {
            for reader in 0..self.readers {
                let given = self.given[reader];
                let mark = self.lanes.barriers.mark(self.lane, reader);
                mark.put(number, given);
            }
            self.fresh = true;
        }
        &self.targets
    }

    /// Nothing more will be written.
    pub(in crate::lane_graph) fn end(&mut self) {
        self.flush();
        self.lanes.ended.end(self.lane);
        self.lanes.wake(&self.readers_wake);
    }

    /// What its writer counted.
    pub(in crate::lane_graph) fn counts(&self) -> LaneCounts {
        LaneCounts {
            writes: self.writes,
            published: self.published,
            discarded: self.discarded,
            lost: 0,
        }
    }

    /// The discards so far, which are gone from here.
    pub(in crate::lane_graph) fn chosen(&mut self) -> Option<Recorded> {
        let discards = std::mem::take(&mut self.discards);
        self.rules
            .record
            .then_some(Recorded::Discards(self.lane, discards))
    }
}
