//! Saved states: everything that the rest of a run depends on, but for the input.
//!
//! Bytes that are no state of this spec with these options are refused, and the stepper stays as it
//! was. A checksum finds damage; that whoever wrote the bytes also wrote the checksum is assumed, so
//! every number is held against the spec as well.

use std::collections::VecDeque;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::StepError;
use crate::lane::{JOURNAL_SEGMENT_BYTES, JOURNAL_SEGMENTS, Lane, Store};
use crate::lane::{Rec, Shared};
use crate::node::{Counters, Node, Work};
use crate::schedule::Place;
use crate::stepper::Stepper;

const MAGIC: &[u8; 12] = b"byteor-step\x01";
const SUM: usize = 32;
/// No count comes near it, and none that begins there overflows.
const NUMBER_MAX: u64 = 1 << 62;

impl Stepper {
    /// The state after the last step, as bytes. What was fed isn't among them: a state is restored
    /// into a stepper that was fed the same. A stepper that failed has none.
    pub fn save(&self) -> Result<Vec<u8>, StepError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let mut out = Writer(Vec::with_capacity(1024));
        out.0.extend_from_slice(MAGIC);
        out.0.extend_from_slice(&self.fingerprint);
        out.number(self.steps);
        let place = self.schedule.place();
        out.numbers([place.round, place.at, place.left]);
        out.numbers(self.input.taken.iter().copied());
        for lane in &self.lanes {
            save_lane(lane, &mut out);
        }
        for node in &self.nodes {
            save_node(node, &mut out);
        }
        let sum = Sha256::digest(&out.0);
        out.0.extend_from_slice(&sum);
        Ok(out.0)
    }

    /// Goes to a state that [`save`](Self::save) gave, of the same spec and options, of this stepper
    /// or another one that was fed the same records (`E_STEP_STATE` otherwise). A failure is
    /// forgotten. The input that was fed stays, and whether it ended.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), StepError> {
        let restored = self.read(state);
        self.go_to_state(restored.ok_or_else(refused)?, |_| false)
    }

    /// Goes to a state that another stepper saved before any record came to a stage whose key is
    /// another one here: what the new stages can't have changed. The two differ in nothing but keys,
    /// were fed the same, and no such stage took a record here either (`E_STEP_STATE` otherwise).
    pub fn restore_before(&mut self, state: &[u8], of: &Self) -> Result<(), StepError> {
        if self.frame != of.frame {
            return Err(refused());
        }
        let restored = of.read(state);
        let restored = restored
            .filter(|_| self.input.fed() == of.input.fed())
            .ok_or_else(refused)?;
        let other: Vec<bool> = self
            .nodes
            .iter()
            .zip(&of.nodes)
            .map(|(here, there)| here.key != there.key)
            .collect();
        let untouched = |at: usize| {
            let (here, there) = (&self.nodes[at], &restored.nodes[at]);
            here.counters.taken == 0 && there.counters.taken == 0 && there.held.is_empty()
        };
        if !(0..other.len()).all(|at| !other[at] || untouched(at)) {
            return Err(refused());
        }
        self.go_to_state(restored, |at| other[at])
    }

    /// `fresh` says which stages have nothing to remember.
    fn go_to_state(
        &mut self,
        restored: Restored,
        fresh: impl Fn(usize) -> bool,
    ) -> Result<(), StepError> {
        // Stages last: each refuses what isn't its own, and then those before go back.
        let mut undo: Vec<(usize, Vec<u8>)> = Vec::new();
        for (at, node) in restored.nodes.iter().enumerate() {
            let before = stage_state(&self.nodes[at]);
            let Some(stage) = self.nodes[at].work.stage_mut() else {
                continue;
            };
            if stage.state_limit() == 0 || fresh(at) {
                continue;
            }
            match stage.restore(&node.stage) {
                Ok(()) => undo.push((at, before)),
                Err(_) => {
                    for (at, before) in undo {
                        if let Some(stage) = self.nodes[at].work.stage_mut()
                            && let Err(failure) = stage.restore(&before)
                        {
                            // Its own state: were it refused, nothing here could be trusted.
                            self.failed = Some(StepError::new(failure.code, failure.message));
                        }
                    }
                    return Err(refused());
                }
            }
        }
        self.steps = restored.steps;
        self.schedule.go_to(restored.place);
        self.input.taken = restored.taken;
        for (lane, saved) in self.lanes.iter_mut().zip(restored.lanes) {
            saved.put(lane);
        }
        for (node, saved) in self.nodes.iter_mut().zip(restored.nodes) {
            saved.put(node);
        }
        self.failed = None;
        self.forget_last();
        Ok(())
    }

    fn read(&self, state: &[u8]) -> Option<Restored> {
        let (body, sum) = state.split_at_checked(state.len().checked_sub(SUM)?)?;
        if Sha256::digest(body).as_slice() != sum {
            return None;
        }
        let mut from = Reader {
            bytes: body,
            fed: self.input.fed(),
            record_bytes: self.record_bytes as u64,
        };
        (from.bytes(MAGIC.len())? == MAGIC).then_some(())?;
        (from.bytes(SUM)? == self.fingerprint).then_some(())?;
        let steps = from.number()?;
        let place = Place {
            round: from.number()?,
            at: from.number()?,
            left: from.number()?,
        };
        self.schedule.has(place).then_some(())?;
        let mut taken = Vec::new();
        for ingress in 0..self.input.taken.len() {
            taken.push(from.at_most(self.input.fed_to(ingress))?);
        }
        let mut lanes = Vec::new();
        for lane in &self.lanes {
            lanes.push(SavedLane::read(lane, &mut from)?);
        }
        let mut nodes = Vec::new();
        for node in &self.nodes {
            nodes.push(SavedNode::read(node, &mut from)?);
        }
        from.bytes.is_empty().then_some(Restored {
            steps,
            place,
            taken,
            lanes,
            nodes,
        })
    }
}

fn refused() -> StepError {
    StepError::new(
        "E_STEP_STATE",
        "the bytes are no state of this spec with these options and this input; feed the same \
         records, and restore what a stepper of the same kind saved",
    )
}

struct Restored {
    steps: u64,
    place: Place,
    taken: Vec<u64>,
    lanes: Vec<SavedLane>,
    nodes: Vec<SavedNode>,
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn numbers(&mut self, numbers: impl IntoIterator<Item = u64>) {
        numbers.into_iter().for_each(|number| self.number(number));
    }

    fn list<'r, T: 'r>(
        &mut self,
        items: impl ExactSizeIterator<Item = &'r T>,
        put: fn(&mut Self, &T),
    ) {
        self.number(items.len() as u64);
        items.for_each(|item| put(self, item));
    }

    fn rec(&mut self, rec: &Rec) {
        self.numbers([rec.origin, u64::from(rec.gone)]);
        self.text(&rec.bytes);
    }

    fn text(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }
}

/// Reads what may be anything: nothing where it ends too early or says what can't be.
struct Reader<'b> {
    bytes: &'b [u8],
    /// Records that were fed.
    fed: u64,
    record_bytes: u64,
}

impl<'b> Reader<'b> {
    fn bytes(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(len)?;
        self.bytes = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let bytes = self.bytes(8)?.try_into().ok()?;
        Some(u64::from_le_bytes(bytes)).filter(|number| *number <= NUMBER_MAX)
    }

    fn at_most(&mut self, most: u64) -> Option<u64> {
        self.number().filter(|number| *number <= most)
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.at_most(1)? == 1)
    }

    /// A list of at most `most` items, each of which takes bytes, so that no length is believed.
    fn list<T>(&mut self, most: u64, item: impl Fn(&mut Self) -> Option<T>) -> Option<VecDeque<T>> {
        let len = self.at_most(most)?;
        let mut items = VecDeque::new();
        for _ in 0..len {
            items.push_back(item(self)?);
        }
        Some(items)
    }

    fn text(&mut self, most: u64) -> Option<&'b [u8]> {
        let len = self.at_most(most)?;
        self.bytes(usize::try_from(len).ok()?)
    }

    fn rec(&mut self) -> Option<Rec> {
        let origin = self.origin()?;
        let gone = self.flag()?;
        let bytes = Arc::from(self.text(self.record_bytes)?);
        Some(Rec {
            origin,
            bytes,
            gone,
        })
    }

    /// A record of a lane of a graph, where nothing is gone.
    fn present(&mut self) -> Option<Rec> {
        self.rec().filter(|rec| !rec.gone)
    }

    fn origin(&mut self) -> Option<u64> {
        self.at_most(self.fed).filter(|origin| *origin > 0)
    }
}

fn save_lane(lane: &Lane, out: &mut Writer) {
    out.numbers([lane.writes, u64::from(lane.ended)]);
    out.numbers(lane.missed.iter().copied());
    match &lane.store {
        Store::Shared(shared) => {
            out.number(shared.base);
            out.numbers(shared.cursors.iter().copied());
            out.list(shared.log.iter(), Writer::rec);
        }
        Store::Each(queues) => {
            for queue in queues {
                out.list(queue.iter(), Writer::rec);
            }
        }
    }
    if let Some(journal) = &lane.journal {
        out.list(journal.segments.iter(), |out, start| out.number(*start));
        out.number(journal.tail);
        for lost in &journal.lost {
            out.list(lost.iter(), |out, origin| out.number(*origin));
        }
    }
    if let Some(replay) = &lane.replay {
        out.number(replay.discards.len() as u64);
        out.numbers(replay.losses.iter().map(|losses| losses.len() as u64));
    }
}

struct SavedLane {
    writes: u64,
    ended: bool,
    missed: Vec<u64>,
    store: Store,
    segments: VecDeque<u64>,
    tail: u64,
    lost: Vec<VecDeque<u64>>,
    /// How many recorded choices are still to come.
    discards: usize,
    losses: Vec<usize>,
}

impl SavedLane {
    fn read(lane: &Lane, from: &mut Reader<'_>) -> Option<Self> {
        let readers = lane.missed.len();
        let (writes, ended) = (from.number()?, from.flag()?);
        let mut missed = Vec::new();
        for _ in 0..readers {
            missed.push(from.at_most(writes)?);
        }
        // What a lane replays of a journal is bounded by its writes alone.
        let most = lane
            .capacity
            .filter(|_| lane.journal.is_none() || lane.replay.is_none());
        let most = most.unwrap_or(writes).min(writes);
        let ring = lane.ring;
        let store = match &lane.store {
            Store::Shared(_) => {
                let base = from.at_most(writes)?;
                let mut cursors = Vec::new();
                for _ in 0..readers {
                    cursors.push(from.at_most(writes)?);
                }
                let item = if ring { Reader::rec } else { Reader::present };
                let log = from.list(most, item)?;
                let head = base + log.len() as u64;
                // The slowest reader decides where the queue begins; discarded writes aren't in it.
                let slowest = cursors.iter().copied().min()?;
                let fastest = cursors.iter().copied().max()?;
                (slowest == base && fastest <= head && head <= writes).then_some(())?;
                Store::Shared(Shared { log, base, cursors })
            }
            Store::Each(_) => {
                let mut queues = Vec::new();
                for _ in 0..readers {
                    queues.push(from.list(most, Reader::present)?);
                }
                Store::Each(queues)
            }
        };
        let mut saved = Self {
            writes,
            ended,
            missed,
            store,
            segments: VecDeque::new(),
            tail: 0,
            lost: Vec::new(),
            discards: 0,
            losses: Vec::new(),
        };
        if lane.journal.is_some() {
            saved.segments = from.list(JOURNAL_SEGMENTS as u64, |from| from.at_most(writes))?;
            saved.segments.iter().is_sorted().then_some(())?;
            saved.tail = from.at_most(JOURNAL_SEGMENT_BYTES as u64)?;
            for reader in 0..readers {
                let lost = from.list(saved.missed[reader], Reader::origin)?;
                saved.lost.push(lost);
            }
        }
        if let Some(replay) = &lane.replay {
            // Those of the stepper as it was built are what there can be at most: `put` has them.
            saved.discards = from.at_most(replay.recorded_discards.len() as u64)? as usize;
            for recorded in &replay.recorded_losses {
                saved
                    .losses
                    .push(from.at_most(recorded.len() as u64)? as usize);
            }
        }
        Some(saved)
    }

    fn put(self, lane: &mut Lane) {
        lane.writes = self.writes;
        lane.ended = self.ended;
        lane.missed = self.missed;
        lane.store = self.store;
        if let Some(journal) = &mut lane.journal {
            journal.segments = self.segments;
            journal.tail = self.tail;
            journal.lost = self.lost;
        }
        if let Some(replay) = &mut lane.replay {
            let all = &replay.recorded_discards;
            replay.discards = all[all.len() - self.discards..].iter().copied().collect();
            let recorded = replay.recorded_losses.iter().zip(&self.losses);
            replay.losses = recorded
                .map(|(all, left)| all[all.len() - left..].iter().copied().collect())
                .collect();
        }
    }
}

fn stage_state(node: &Node) -> Vec<u8> {
    let mut state = Vec::new();
    if let Some(stage) = node.work.stage() {
        stage.save(&mut |piece| state.extend_from_slice(piece));
    }
    state
}

fn save_node(node: &Node, out: &mut Writer) {
    out.numbers([u64::from(node.ended), u64::from(node.dead)]);
    out.numbers(node.counters.to_array());
    out.list(node.held.iter(), |out, (lane, rec)| {
        out.number(*lane as u64);
        out.rec(rec);
    });
    if let Work::Merge { next, replay, .. } = &node.work {
        out.numbers([*next as u64, replay.len() as u64]);
    }
    out.text(&stage_state(node));
}

struct SavedNode {
    ended: bool,
    dead: bool,
    counters: Counters,
    held: VecDeque<(usize, Rec)>,
    next: usize,
    choices: usize,
    stage: Vec<u8>,
}

impl SavedNode {
    fn read(node: &Node, from: &mut Reader<'_>) -> Option<Self> {
        let (ended, dead) = (from.flag()?, from.flag()?);
        let mut counters = [0; Counters::COUNT];
        for counter in &mut counters {
            *counter = from.number()?;
        }
        // A stage gives at most one more than the record has bytes; a router one for each lane.
        let most = (from.record_bytes + 1).max(node.work.tx().len() as u64);
        let held = from.list(most, |from| {
            let lane = usize::try_from(from.number()?).ok()?;
            node.work.writes_lane(lane).then_some(())?;
            Some((lane, from.present()?))
        })?;
        (!ended || held.is_empty()).then_some(())?;
        let (mut next, mut choices) = (0, 0);
        if let Work::Merge { rx, recorded, .. } = &node.work {
            next = from.at_most(rx.len() as u64 - 1)? as usize;
            choices = from.at_most(recorded.len() as u64)? as usize;
        }
        let limit = node.work.stage().map_or(0, |stage| stage.state_limit());
        Some(Self {
            ended,
            dead,
            counters: Counters::from_array(counters),
            held,
            next,
            choices,
            stage: from.text(limit as u64)?.to_vec(),
        })
    }

    fn put(self, node: &mut Node) {
        node.ended = self.ended;
        node.dead = self.dead;
        node.counters = self.counters;
        node.held = self.held;
        if let Work::Merge {
            next,
            replay,
            recorded,
            ..
        } = &mut node.work
        {
            *next = self.next;
            let left = &recorded[recorded.len() - self.choices..];
            *replay = left.iter().copied().collect();
        }
    }
}
