//! The end that one reader of a lane has.

use std::sync::atomic::Ordering;

use byteor_pipeline_kernel::{EventsRx, JournalRx, LaneError, SlotsSubscriber};

use super::{Lanes, Place, Rules};
use crate::lane_graph::barriers::{Ahead, ahead};
use crate::lane_graph::choices::Recorded;
use crate::lane_graph::counts::LaneCounts;
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
    /// A queue; none where it is called with each record.
    end: Option<RxEnd>,
    lanes: Lanes,
    /// The wake word of its writer, where that may wait for room, and what the lane holds.
    writer_wakes: Option<usize>,
    capacity: u64,
    /// What was behind it when it woke its writer last.
    woke_at: u64,
    read: u64,
    /// Records of a journal that were overwritten before it came to them.
    lost: u64,
    /// What was counted before this run.
    base: LaneCounts,
    /// Which those are, where choices are recorded: by the writes of all runs.
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
        end: Option<RxEnd>,
        base: LaneCounts,
        lanes: &Lanes,
        rules: Rules,
    ) -> Self {
        Self {
            place,
            reader,
            end,
            lanes: lanes.clone(),
            writer_wakes: None,
            capacity: rules.capacity,
            woke_at: 0,
            read: 0,
            lost: 0,
            base,
            losses: rules.record.then(Vec::new),
            released: 0,
            limit: 0,
            passed: 0,
        }
    }

    pub(in crate::lane_graph) fn lane(&self) -> usize {
        self.place.lane
    }

    /// Its writer waits for room, and sleeps on this word.
    pub(in crate::lane_graph) fn will_wake(&mut self, word: usize) {
        self.writer_wakes = Some(word);
    }

    /// It was called with so many records.
    pub(in crate::lane_graph) fn called(&mut self, records: u64) {
        self.read = records;
    }

    /// What a look would find, without taking anything.
    pub(in crate::lane_graph) fn sees(&self) -> Found {
        let past = self.past();
        let mark = self.lanes.barriers.mark(self.place.lane, self.reader);
        match ahead(|| self.given(), mark, past, self.passed) {
            Ahead::Barrier(number) => Found::Barrier(number),
            // What can't be is for a look to find.
            Ahead::Until(limit) if limit != past => Found::Record(0),
            Ahead::Until(_) if self.lanes.ended.has(self.place.lane) => Found::Ended,
            Ahead::Until(_) => Found::Nothing,
        }
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
            let before = self.base.writes;
            losses.extend(lost.map(|number| before + number));
        }
    }

    fn try_take(&mut self, into: &mut [u8]) -> Result<Found, LaneError> {
        loop {
            if self.past() == self.limit
                && let Some(found) = self.look_ahead()?
            {
                return Ok(found);
            }
            let Some(RxEnd::Journal(journal)) = &mut self.end else {
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
        let end = self.end.as_mut().ok_or(LaneError::Misused)?;
        match end.take_into(into)? {
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

    /// The barrier that it passed last.
    pub(in crate::lane_graph) fn passed(&self) -> u64 {
        self.passed
    }

    /// Frees the places of all that was taken, counts it, and wakes a writer that may wait for room:
    /// once half of the lane is free, so that it has enough to do, or where `dry`, all of it.
    #[inline]
    pub(in crate::lane_graph) fn release(&mut self, dry: bool) {
        if self.released != self.past() {
            self.free();
        }
        let freed = self.released - self.woke_at;
        if freed > 0 && (dry || freed >= self.capacity / 2) {
            self.woke_at = self.released;
            self.lanes.wake(self.writer_wakes.as_slice());
        }
    }

    /// Frees the places of all that was taken, for readers who count it themselves. Answers how many
    /// records that is in all.
    pub(in crate::lane_graph) fn free_uncounted(&mut self) -> u64 {
        if let Some(end) = &mut self.end {
            end.release();
        }
        self.read
    }

    fn free(&mut self) {
        if let Some(end) = &mut self.end {
            end.release();
        }
        self.released = self.past();
        let words = self
            .lanes
            .graph
            .reader(self.place.first_reader + self.reader);
        // Release, and behind the places: who sees the count finds them free.
        words.read.store(self.read, Ordering::Release);
        words.lost.store(self.lost, Ordering::Relaxed);
    }

    /// What it lost; the first reader says what all of them lost before this run.
    pub(in crate::lane_graph) fn counts(&self) -> LaneCounts {
        let before = if self.reader == 0 { self.base.lost } else { 0 };
        LaneCounts {
            lost: before + self.lost,
            ..LaneCounts::default()
        }
    }

    /// The losses so far, which are gone from here.
    pub(in crate::lane_graph) fn chosen(&mut self) -> Option<Recorded> {
        let losses = std::mem::take(self.losses.as_mut()?);
        let of = (self.reader, self.place.readers, losses);
        Some(Recorded::Losses(self.place.lane, of))
    }
}
