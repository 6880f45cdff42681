//! The end that one reader of a lane has.

use std::sync::atomic::Ordering;

use byteor_pipeline_kernel::{EventsRx, JournalRx, LaneError, SlotsSubscriber};

use super::{Lanes, Place};
use crate::lane_graph::barriers::{Ahead, ahead};
use crate::lane_graph::ends::{Found, look};

/// The other end of a [`TxEnd`].
#[derive(Debug)]
pub(in crate::lane_graph) enum RxEnd {
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

/// The end of a lane that one of its readers has.
#[derive(Debug)]
pub(in crate::lane_graph) struct LaneRx {
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
    pub(in crate::lane_graph) fn new(
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

    pub(in crate::lane_graph) fn lane(&self) -> usize {
        self.place.lane
    }

    /// Copies the next record into `into`.
    #[inline]
    pub(in crate::lane_graph) fn take(&mut self, into: &mut [u8]) -> Result<Found, LaneError> {
        let found = look(
            self,
            |rx| rx.try_take(into),
            |rx| rx.lanes.ended.has(rx.place.lane),
        )?;
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
        let mark = self.lanes.barriers.mark(self.place.lane, self.reader);
        match ahead(|| self.given(), mark, past, self.passed) {
            Ahead::Barrier(number) => Ok(Some(Found::Barrier(number))),
            Ahead::Until(limit) if limit < past => Err(LaneError::Corrupted),
            Ahead::Until(limit) => {
                self.limit = limit;
                Ok((past == limit).then_some(Found::Nothing))
            }
        }
    }

    /// Goes on behind the barrier.
    pub(in crate::lane_graph) fn pass(&mut self, number: u64) {
        self.passed = number;
    }

    /// Frees the places of all that was taken, and counts it.
    pub(in crate::lane_graph) fn release(&mut self) {
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
    pub(in crate::lane_graph) fn take_losses(&mut self) -> (usize, usize, Vec<u64>) {
        let losses = self.losses.as_mut().map(std::mem::take);
        (self.reader, self.place.readers, losses.unwrap_or_default())
    }
}
