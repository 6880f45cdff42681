//! Which roles and egresses are on which thread, and which of them hand records to each other directly.
//!
//! A lane between two of one thread needs no queue: who writes a record calls who reads it, and the
//! lane is empty again. Those that are joined so are a group; its first reads queues, and its writes
//! into queues have their room before a record is taken, so nobody waits in the middle of one
//! (docs/decisions/0144).

use std::collections::VecDeque;

/// Calls within calls that a record takes at most; deeper ones go through a queue.
const DEEPEST: usize = 32;
/// Records that one becomes in a group at most, `split` aside, so that turns stay short.
const MOST_TIMES: u64 = 64;
/// As often as a stage likes that gives several for one.
const MANY: u64 = u64::MAX;

/// A role or an egress, as far as a plan looks.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// The lanes that it reads, and those that it writes, in the order of the spec.
    pub reads: Vec<usize>,
    pub writes: Vec<usize>,
    /// It may give several records for one.
    pub many: bool,
}

/// A lane, as far as a plan looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between {
    /// Records that it holds for each reader.
    pub capacity: u64,
    /// Nobody but its readers looks into it.
    pub private: bool,
    /// Each of its readers may lose records that others get.
    pub loses: bool,
}

/// A write into a queue that a record may come to, and the room that it needs before it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exit {
    /// The place of the writer in its group, and which of its lanes it is.
    pub node: usize,
    pub lane: usize,
    pub room: u64,
}

/// Parts that are joined, each writer before its readers. The first reads queues, or all readers of one
/// lane are the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Joined {
    pub parts: Vec<usize>,
    /// The lane that is read once for all of its readers, which are called with each record.
    pub shared: Option<usize>,
    /// What has to have room; nothing where full lanes drop.
    pub exits: Vec<Exit>,
}

#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// All parts, each writer before its readers, otherwise as in the spec.
    pub order: Vec<usize>,
    /// By part.
    pub thread: Vec<usize>,
    /// By thread, in the order that records flow.
    pub threads: Vec<Vec<Joined>>,
    /// By lane, whether its records go from call to call.
    pub direct: Vec<bool>,
    /// By lane, whether it is a queue that is read once for several readers.
    pub shared: Vec<bool>,
}

/// Divides `parts` over as many `threads`, each with the next part of them in the order that records
/// flow. `blocks`: whoever writes to a full lane waits.
pub(super) fn plan(parts: &[Part], lanes: &[Between], threads: usize, blocks: bool) -> Plan {
    let order = along_the_flow(parts, lanes.len());
    let count = parts.len();
    let threads = threads.clamp(1, count.max(1));
    let mut thread = vec![0; count];
    for (at, part) in order.iter().enumerate() {
        thread[*part] = at * threads / count;
    }
    let mut joining = Joining::new(parts, lanes, &thread, blocks);
    while joining.refuse(&order) {}
    let mut groups: Vec<Vec<Joined>> = vec![Vec::new(); threads];
    let mut place = vec![(0, 0); count];
    for &part in &order {
        let of_thread = &mut groups[thread[part]];
        let head = joining.head[part];
        if head == part {
            place[part] = (of_thread.len(), 0);
            of_thread.push(Joined {
                shared: joining.shared_by(part),
                ..Joined::default()
            });
        }
        let group = place[head].0;
        let joined = &mut of_thread[group];
        place[part] = (group, joined.parts.len());
        joined.exits.extend(joining.exits(part, joined.parts.len()));
        joined.parts.push(part);
    }
    Plan {
        order,
        thread,
        threads: groups,
        direct: joining.direct,
        shared: joining.shared,
    }
}

/// The parts with each writer before its readers, otherwise as they come.
fn along_the_flow(parts: &[Part], lanes: usize) -> Vec<usize> {
    let mut readers = vec![Vec::new(); lanes];
    let mut written = vec![false; lanes];
    for (at, part) in parts.iter().enumerate() {
        part.reads.iter().for_each(|lane| readers[*lane].push(at));
        part.writes.iter().for_each(|lane| written[*lane] = true);
    }
    // What an ingress writes is there from the start.
    let waits = |part: &Part| part.reads.iter().filter(|lane| written[**lane]).count();
    let mut waits: Vec<usize> = parts.iter().map(waits).collect();
    let mut ready: VecDeque<usize> = (0..parts.len()).filter(|at| waits[*at] == 0).collect();
    let mut ordered = Vec::with_capacity(parts.len());
    while let Some(at) = ready.pop_front() {
        for lane in &parts[at].writes {
            for &reader in &readers[*lane] {
                waits[reader] -= 1;
                if waits[reader] == 0 {
                    ready.push_back(reader);
                }
            }
        }
        ordered.push(at);
    }
    // `validate_v1` refuses circles, so nothing is left; were it otherwise, it would still run.
    ordered.extend((0..parts.len()).filter(|at| waits[*at] > 0));
    ordered
}

/// Which lanes are direct: all that can be, less those that a look at the whole refuses.
struct Joining<'a> {
    parts: &'a [Part],
    lanes: &'a [Between],
    blocks: bool,
    writer: Vec<Option<usize>>,
    readers: Vec<Vec<usize>>,
    direct: Vec<bool>,
    shared: Vec<bool>,
    /// By part: the first of its group, how often a record comes to it, and how deep.
    head: Vec<usize>,
    times: Vec<u64>,
    depth: Vec<usize>,
}

impl<'a> Joining<'a> {
    fn new(parts: &'a [Part], lanes: &'a [Between], thread: &[usize], blocks: bool) -> Self {
        let mut writer = vec![None; lanes.len()];
        let mut readers = vec![Vec::new(); lanes.len()];
        for (at, part) in parts.iter().enumerate() {
            part.writes.iter().for_each(|lane| writer[*lane] = Some(at));
            part.reads.iter().for_each(|lane| readers[*lane].push(at));
        }
        let direct = lanes.iter().zip(&writer).zip(&readers);
        let direct = direct.map(|((lane, writer), readers)| {
            let beside = |writer: usize| readers.iter().all(|at| thread[*at] == thread[writer]);
            lane.private && writer.is_some_and(beside)
        });
        // Several readers on one thread, of nothing else.
        let shared = lanes.iter().zip(&readers).map(|(lane, readers)| {
            let one = |at: &usize| thread[*at] == thread[readers[0]] && parts[*at].reads.len() == 1;
            !lane.loses && readers.len() > 1 && readers.iter().all(one)
        });
        Self {
            parts,
            lanes,
            blocks,
            shared: shared.collect(),
            direct: direct.collect(),
            writer,
            readers,
            head: (0..parts.len()).collect(),
            times: vec![1; parts.len()],
            depth: vec![0; parts.len()],
        }
    }

    /// Forms groups of what is direct by now, and refuses the lanes whose readers did not come into
    /// the group of its writer. Answers whether it refused any.
    fn refuse(&mut self, order: &[usize]) -> bool {
        let mut refused = false;
        for &part in order {
            let joined = self.join(part);
            if let (None, Some(lane)) = (joined, self.shared_by(part)) {
                self.shared[lane] = false;
                refused = true;
            }
            let (head, times, depth) = joined.unwrap_or((part, 1, 0));
            (self.head[part], self.times[part], self.depth[part]) = (head, times, depth);
        }
        for lane in 0..self.lanes.len() {
            let Some(writer) = self.writer[lane].filter(|_| self.direct[lane]) else {
                continue;
            };
            let mut readers = self.readers[lane].iter();
            if !readers.all(|reader| self.head[*reader] == self.head[writer]) {
                self.direct[lane] = false;
                refused = true;
            }
        }
        refused
    }

    /// The group that all writers of a part are in, if it can come into it, and how often and how
    /// deep a record comes to it there.
    fn join(&self, part: usize) -> Option<(usize, u64, usize)> {
        let (mut head, mut times, mut depth) = (None, 0_u64, 0);
        if let Some(lane) = self.shared_by(part) {
            (head, times) = (Some(self.readers[lane][0]), 1);
        }
        for lane in &self.parts[part].reads {
            if self.shared_by(part).is_some() {
                break;
            }
            let writer = self.writer[*lane].filter(|_| self.direct[*lane])?;
            if *head.get_or_insert(self.head[writer]) != self.head[writer] {
                return None;
            }
            times = times.saturating_add(self.gives(writer));
            depth = depth.max(self.depth[writer] + 1);
        }
        let short = times <= MOST_TIMES || times == MANY;
        let given = if self.parts[part].many { MANY } else { times };
        let fits = |lane: &usize| self.direct[*lane] || given <= self.lanes[*lane].capacity;
        // A journal has room for any number.
        let has_room = !self.blocks || self.parts[part].writes.iter().all(fits);
        (short && depth <= DEEPEST && has_room).then_some((head?, times, depth))
    }

    /// The lane that is read once for a part and others.
    fn shared_by(&self, part: usize) -> Option<usize> {
        let lane = *self.parts[part].reads.first()?;
        (self.shared[lane] && !self.direct[lane]).then_some(lane)
    }

    /// How often a record of the group becomes one that the part writes.
    fn gives(&self, part: usize) -> u64 {
        if self.parts[part].many {
            MANY
        } else {
            self.times[part]
        }
    }

    /// The room that a part needs, which is the `node`th of its group. A stage that gives several
    /// and is the first keeps those that find no room.
    fn exits(&self, part: usize, node: usize) -> impl Iterator<Item = Exit> {
        let room = self.gives(part);
        let keeps = self.parts[part].many && self.head[part] == part;
        let writes = self.parts[part].writes.iter().enumerate();
        writes
            .filter(move |(_, lane)| self.blocks && !keeps && !self.direct[**lane])
            .filter(|(_, lane)| self.lanes[**lane].capacity != u64::MAX)
            .map(move |(lane, _)| Exit { node, lane, room })
    }
}

#[cfg(test)]
mod tests;
