//! Roles and egresses that hand records to each other directly: how far they can go at once.

use std::collections::VecDeque;

use byteor_pipeline_kernel::{LaneError, bytes_of, bytes_of_mut};

use super::ends::Found;
use super::give::{Behind, Call};
use super::lanes::{LaneRx, Target, Wrote};
use super::node::{Node, Stop};
use super::plan::Exit;
use super::shared::{Shared, Why};

/// A queue that is read once for several readers.
pub(super) struct Source {
    pub rx: LaneRx,
    /// They are called with each record, in this order.
    pub readers: Vec<Target>,
}

/// Nodes that are joined: the first reads queues, or several are called from one queue, and the others
/// are called. A node whose lanes are all queues is a group of its own.
pub(super) struct Group {
    source: Option<Source>,
    /// Each writer before its readers.
    pub nodes: Vec<Node>,
    /// What has to have room before a record is taken.
    exits: Vec<Exit>,
    /// The record that was taken from a queue.
    record: Box<[u64]>,
    /// Parts of one that wait for room. Nothing is taken before they went.
    held: VecDeque<Box<[u8]>>,
    /// The node that works, or worked last, and whether on a record.
    working: usize,
    in_record: bool,
    /// The last look found nothing to read.
    dry: bool,
}

impl Group {
    pub(super) fn new(
        nodes: Vec<Node>,
        source: Option<Source>,
        exits: Vec<Exit>,
        slot_bytes: usize,
    ) -> Self {
        Self {
            source,
            nodes,
            exits,
            record: vec![0; slot_bytes / 8].into_boxed_slice(),
            held: VecDeque::new(),
            working: 0,
            in_record: false,
            dry: false,
        }
    }

    pub(super) fn ended(&self) -> bool {
        self.nodes.iter().all(|node| node.ended)
    }

    /// The node that works, and which of the records that it took it works on, from 1; 0 between
    /// records.
    pub(super) fn working(&self) -> (&Node, u64) {
        let node = &self.nodes[self.working];
        let record = if self.in_record {
            node.tally.processed
        } else {
            0
        };
        (node, record)
    }

    /// Takes up to `limit` records, each through all nodes, until there is nothing to take or no room
    /// to write. Answers whether it did anything. What it did is visible afterwards, also where it
    /// failed.
    pub(super) fn turn(&mut self, limit: usize, shared: &Shared) -> Result<bool, Why> {
        let gone = self.go(limit, shared);
        self.settle(shared);
        gone.map_err(Why::from)
    }

    fn go(&mut self, limit: usize, shared: &Shared) -> Result<bool, Stop> {
        let mut worked = false;
        self.dry = false;
        for _ in 0..limit {
            if !self.held.is_empty() {
                worked |= self.write_held()?;
                if !self.held.is_empty() {
                    return Ok(worked);
                }
            }
            if shared.stopped() {
                return Ok(worked);
            }
            if !self.has_room()? {
                self.idle()?;
                return Ok(worked);
            }
            match self.take()? {
                (Found::Record(len), input) => {
                    worked = true;
                    self.in_record = true;
                    let (source, mut nodes, record, mut call) = self.call(shared);
                    let record = bytes_of(record, len);
                    let first = &[Target { node: 0, input }];
                    for reader in source.map_or(&first[..], |source| &source.readers) {
                        nodes.give(*reader, record, &mut call)?;
                    }
                    self.in_record = false;
                }
                (Found::Barrier(number), _) => {
                    worked = true;
                    if let Some(source) = &mut self.source {
                        source.rx.pass(number);
                        for reader in &source.readers {
                            self.nodes[reader.node].rx[reader.input].pass(number);
                        }
                    } else {
                        self.nodes[0].rx.iter_mut().for_each(|rx| rx.pass(number));
                    }
                    let (source, mut nodes, _, mut call) = self.call(shared);
                    let first = &[Target { node: 0, input: 0 }];
                    for reader in source.map_or(&first[..], |source| &source.readers) {
                        nodes.pass(reader.node, number, &mut call)?;
                    }
                }
                (Found::Nothing, _) => {
                    self.dry = true;
                    self.idle()?;
                    return Ok(worked);
                }
                (Found::Ended, _) => {
                    self.dry = true;
                    self.idle()?;
                    self.nodes.iter_mut().for_each(|node| node.ended = true);
                    return Ok(true);
                }
            }
        }
        Ok(worked)
    }

    fn call<'a>(
        &'a mut self,
        shared: &'a Shared,
    ) -> (Option<&'a Source>, Behind<'a>, &'a [u64], Call<'a>) {
        let nodes = Behind {
            nodes: &mut self.nodes,
            first: 0,
        };
        let call = Call {
            shared,
            working: &mut self.working,
            held: &mut self.held,
        };
        (self.source.as_ref(), nodes, &self.record, call)
    }

    #[inline]
    fn has_room(&mut self) -> Result<bool, Stop> {
        for exit in &self.exits {
            self.working = exit.node;
            if !self.nodes[exit.node].tx[exit.lane].has_room(exit.room)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Copies the next record of those that the first node reads, and says of which input it is.
    fn take(&mut self) -> Result<(Found, usize), LaneError> {
        self.working = 0;
        let record = bytes_of_mut(&mut self.record);
        if let Some(source) = &mut self.source {
            return Ok((source.rx.take(record)?, 0));
        }
        let node = &mut self.nodes[0];
        let (first, inputs) = (node.first_input(), node.rx.len());
        let (mut all_ended, mut all_there, mut barrier) = (true, true, None);
        for turn in 0..inputs {
            let input = (first + turn) % inputs;
            match node.rx[input].take(record)? {
                Found::Record(len) => return Ok((Found::Record(len), input)),
                // It is passed over until the others are there, too.
                Found::Barrier(number) => {
                    all_ended = false;
                    barrier = Some(number);
                }
                Found::Nothing => (all_ended, all_there) = (false, false),
                Found::Ended => {}
            }
        }
        let found = match barrier {
            Some(number) if all_there => Found::Barrier(number),
            _ if all_ended => Found::Ended,
            _ => Found::Nothing,
        };
        Ok((found, 0))
    }

    /// Writes what the first node holds, as far as there is room. Answers whether any of it went.
    fn write_held(&mut self) -> Result<bool, LaneError> {
        self.working = 0;
        let mut went = false;
        while let (Some(part), Some(tx)) = (self.held.front(), self.nodes[0].tx.first_mut()) {
            if tx.write(part)? == Wrote::Full {
                break;
            }
            went = true;
            self.held.pop_front();
        }
        Ok(went)
    }

    fn idle(&mut self) -> Result<(), Stop> {
        for (at, node) in self.nodes.iter_mut().enumerate() {
            self.working = at;
            node.idle()?;
        }
        Ok(())
    }

    /// Makes all visible that was done, whoever did it.
    pub(super) fn settle(&mut self, shared: &Shared) {
        if let Some(source) = &mut self.source {
            let read = source.rx.free_uncounted();
            for reader in &source.readers {
                self.nodes[reader.node].rx[reader.input].called(read);
            }
        }
        for at in 0..self.nodes.len() {
            let (before, behind) = self.nodes.split_at_mut(at + 1);
            let node = &mut before[at];
            node.settle(self.dry, shared);
            for tx in &node.tx {
                for target in tx.targets() {
                    behind[target.node - at - 1].rx[target.input].called(node.wrote);
                }
            }
        }
    }

    /// Whether a turn would do anything: there is something to read, and room for it.
    pub(super) fn ready(&self) -> bool {
        if self.ended() {
            return false;
        }
        let first = &self.nodes[0];
        if !self.held.is_empty() {
            return first.tx.iter().any(|tx| tx.would_have(1));
        }
        let has_room = |exit: &Exit| self.nodes[exit.node].tx[exit.lane].would_have(exit.room);
        if !self.exits.iter().all(has_room) {
            return false;
        }
        let mut all_there = true;
        let source = self.source.as_ref().map(|source| &source.rx);
        let rx = source.map_or(&first.rx[..], std::slice::from_ref);
        for rx in rx {
            match rx.sees() {
                Found::Record(_) => return true,
                Found::Nothing => all_there = false,
                Found::Barrier(_) | Found::Ended => {}
            }
        }
        all_there
    }
}
