//! The end that the writer of a lane has.

use std::sync::atomic::Ordering;

use byteor_abi::LANE_GRAPH_READERS;
use byteor_pipeline_kernel::{EventsTx, JournalTx, LaneError, SlotsProducer};
use byteor_pipeline_step::Discard;

use super::{Lanes, Place};

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

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lane_graph) enum Wrote {
    /// Every reader gets the record, once it is flushed.
    All,
    /// The readers of this mask don't.
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

impl LaneTx {
    pub(in crate::lane_graph) fn new(
        place: Place,
        rules: Rules,
        ends: Vec<TxEnd>,
        lanes: &Lanes,
    ) -> Self {
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

    pub(in crate::lane_graph) fn lane(&self) -> usize {
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
    pub(in crate::lane_graph) fn write(&mut self, record: &[u8]) -> Result<Wrote, LaneError> {
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
    pub(in crate::lane_graph) fn flush(&mut self) {
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
    pub(in crate::lane_graph) fn put_barrier(&mut self, number: u64) {
        for reader in 0..self.readers {
            let given = self.given[reader];
            let mark = self.lanes.barriers.mark(self.lane, reader);
            mark.put(number, given);
        }
    }

    /// Nothing more will be written.
    pub(in crate::lane_graph) fn end(&mut self) {
        self.flush();
        self.lanes.ended.end(self.lane);
    }

    /// The discards so far, which are gone from here.
    pub(in crate::lane_graph) fn take_discards(&mut self) -> Vec<Discard> {
        std::mem::take(&mut self.discards)
    }
}
