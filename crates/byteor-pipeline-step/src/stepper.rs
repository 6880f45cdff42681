//! The executor itself.

use std::sync::Arc;

use byteor_pipeline_spec::{PipelineSpecV1, RoleWork, StageOp, spec_hash};
use byteor_pipeline_stages::{Outcome, Output};
use sha2::{Digest, Sha256};

use crate::build::{BuildStage, Built, Options, build_spec};
use crate::error::StepError;
use crate::lane::{Found, Lane, LaneView, Rec, Room};
use crate::node::{Node, NodeView, Rx, Work, merge_choice};
use crate::schedule::Schedule;
use crate::step::{NO_LANE, Step, StepKind};

/// A pipeline that takes one step at a time.
pub struct Stepper {
    pub(crate) nodes: Vec<Node>,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) schedule: Schedule,
    pub(crate) input: Input,
    pub(crate) steps: u64,
    /// What a saved state is bound to: spec and options.
    pub(crate) fingerprint: [u8; 32],
    /// The same without the keys of the stages.
    pub(crate) frame: [u8; 32],
    pub(crate) record_bytes: usize,
    pub(crate) failed: Option<StepError>,
    buffer: Vec<u8>,
    before: Option<Arc<[u8]>>,
    after: Option<Arc<[u8]>>,
}

/// What was fed. It stays, so that a state that was saved can be gone back to.
pub(crate) struct Input {
    pub ids: Vec<String>,
    records: Vec<Arc<[u8]>>,
    /// For each ingress, the numbers of its records.
    queues: Vec<Vec<u64>>,
    /// For each ingress, how many it took.
    pub taken: Vec<u64>,
    ended: bool,
}

impl Input {
    pub(crate) fn fed(&self) -> u64 {
        self.records.len() as u64
    }

    pub(crate) fn fed_to(&self, ingress: usize) -> u64 {
        self.queues[ingress].len() as u64
    }

    fn find(&self, ingress: usize) -> Found {
        match (self.taken[ingress] < self.fed_to(ingress), self.ended) {
            (true, _) => Found::Record,
            (false, true) => Found::Ended,
            (false, false) => Found::Nothing,
        }
    }

    fn take(&mut self, ingress: usize) -> Option<Rec> {
        let origin = *self.queues[ingress].get(self.taken[ingress] as usize)?;
        self.taken[ingress] += 1;
        let bytes = Arc::clone(self.records.get(origin as usize - 1)?);
        Some(Rec {
            origin,
            bytes,
            gone: false,
        })
    }
}

impl Stepper {
    /// Builds the nodes and lanes of a spec. What `validate_v1` refuses is refused, as is a key
    /// that gives no stage.
    pub fn new(
        spec: &PipelineSpecV1,
        stages: &dyn BuildStage,
        options: Options,
    ) -> Result<Self, StepError> {
        let Built {
            nodes,
            lanes,
            ingresses,
        } = build_spec(spec, stages, &options)?;
        Ok(Self {
            fingerprint: fingerprint(spec, &options),
            frame: fingerprint(&without_keys(spec), &options),
            schedule: Schedule::new(options.seed, nodes.len()),
            input: Input {
                records: Vec::new(),
                queues: vec![Vec::new(); ingresses.len()],
                taken: vec![0; ingresses.len()],
                ids: ingresses,
                ended: false,
            },
            nodes,
            lanes,
            steps: 0,
            record_bytes: options.record_bytes,
            failed: None,
            buffer: vec![0; options.record_bytes],
            before: None,
            after: None,
        })
    }

    /// The ids of the ingresses, in the order of the spec; `ingress` for that of a ring.
    pub fn ingresses(&self) -> &[String] {
        &self.input.ids
    }

    /// Gives a record to the ingress with this index, and answers with the record's number.
    ///
    /// What is fed stays here until the stepper is gone, so that a saved state can be restored. A
    /// record that is too large is rejected by the ingress when its turn comes.
    pub fn feed(&mut self, ingress: usize, record: &[u8]) -> Result<u64, StepError> {
        if self.input.ended {
            let message = "the input was ended; start again to feed more";
            return Err(StepError::new("E_STEP_ENDED", message));
        }
        let Some(queue) = self.input.queues.get_mut(ingress) else {
            let message = format!("there is no ingress {ingress}; see the spec's endpoints");
            return Err(StepError::new("E_STEP_INGRESS", message));
        };
        self.input.records.push(Arc::from(record));
        let number = self.input.records.len() as u64;
        queue.push(number);
        Ok(number)
    }

    /// Feeds what another stepper was fed, and shares the records with it. Both have to have the same
    /// ingresses, and nothing may have been fed here (`E_STEP_INGRESS` otherwise).
    pub fn feed_like(&mut self, other: &Self) -> Result<(), StepError> {
        if self.input.fed() > 0 || self.input.ids != other.input.ids {
            let message = "the input is of a spec with other ingresses; feed each of them";
            return Err(StepError::new("E_STEP_INGRESS", message));
        }
        self.input.records.clone_from(&other.input.records);
        self.input.queues.clone_from(&other.input.queues);
        self.input.ended = other.input.ended;
        Ok(())
    }

    /// How many records were fed.
    pub fn fed_count(&self) -> u64 {
        self.input.fed()
    }

    /// Nothing more will be fed.
    pub fn end_input(&mut self) {
        self.input.ended = true;
    }

    /// A record as it was fed, by its number.
    pub fn fed(&self, number: u64) -> Option<&[u8]> {
        let at = usize::try_from(number.checked_sub(1)?).ok()?;
        self.input.records.get(at).map(|record| &**record)
    }

    /// The node with this index takes no more steps: as when the process of a role is gone. What it
    /// writes is never ended, and what it holds stays there.
    pub fn kill(&mut self, node: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.dead = true;
        }
    }

    /// The node takes steps again, as one whose process was only slow.
    pub fn revive(&mut self, node: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.dead = false;
        }
    }

    /// Takes the next step. Nothing where no node can go on: everything [ended](Self::finished), or
    /// more has to be fed. After a failure the answer is the same failure.
    pub fn step(&mut self) -> Result<Option<Step>, StepError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let (nodes, lanes, input) = (&self.nodes, &self.lanes, &self.input);
        let Some(at) = self.schedule.next(|at| can(&nodes[at], lanes, input)) else {
            return Ok(None);
        };
        self.before = None;
        self.after = None;
        match self.act(at) {
            Ok(step) => {
                self.steps += 1;
                Ok(Some(step))
            }
            Err(error) => {
                let error = error.at(&self.nodes[at].id);
                self.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Takes up to `most` steps, hands each to `take` with the bytes as they left the node, and
    /// answers how many there were: fewer where no node can go on.
    pub fn run(
        &mut self,
        most: u64,
        take: &mut dyn FnMut(&Step, Option<&[u8]>),
    ) -> Result<u64, StepError> {
        for done in 0..most {
            let Some(step) = self.step()? else {
                return Ok(done);
            };
            take(&step, self.after.as_deref());
        }
        Ok(most)
    }

    /// The record of the last step as the node took it; nothing where it took none.
    pub fn before(&self) -> Option<&[u8]> {
        self.before.as_deref()
    }

    /// The record of the last step as it left the node: nothing where it left none.
    pub fn after(&self) -> Option<&[u8]> {
        self.after.as_deref()
    }

    /// How many steps were taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether every node ended.
    pub fn finished(&self) -> bool {
        self.nodes.iter().all(|node| node.ended)
    }

    /// The nodes, each writer before its readers; steps name them by index.
    pub fn nodes(&self) -> Vec<NodeView<'_>> {
        self.nodes.iter().map(NodeView).collect()
    }

    /// One node, by index.
    pub fn node(&self, index: usize) -> Option<NodeView<'_>> {
        self.nodes.get(index).map(NodeView)
    }

    /// The lanes in the order of the spec, or the rings by shard; steps name them by index.
    pub fn lanes(&self) -> Vec<LaneView<'_>> {
        self.lanes.iter().map(LaneView).collect()
    }

    /// One lane, by index.
    pub fn lane(&self, index: usize) -> Option<LaneView<'_>> {
        self.lanes.get(index).map(LaneView)
    }

    pub(crate) fn forget_last(&mut self) {
        self.before = None;
        self.after = None;
    }

    fn act(&mut self, at: usize) -> Result<Step, StepError> {
        if let Some((lane, rec)) = self.nodes[at].held.pop_front() {
            return Ok(self.write(at, NO_LANE, lane, rec, false));
        }
        match &mut self.nodes[at].work {
            Work::Ingress { index, tx } => {
                let (index, tx) = (*index, *tx);
                self.come_in(at, index, |_| tx)
            }
            Work::RingIngress { key, shards } => {
                let (key, shards) = (*key, *shards);
                self.come_in(at, 0, |record| {
                    let shard = key.and_then(|key| key.shard_of(record, shards));
                    shard.unwrap_or(0) as usize
                })
            }
            Work::Stage { rx, .. } => {
                let rx = *rx;
                self.graph_stage(at, rx)
            }
            Work::RingStage { rx, .. } => {
                let rx = *rx;
                self.ring_stage(at, rx)
            }
            Work::Carry { rx, .. } => {
                let rx = *rx;
                let Some(rec) = self.take(at, rx) else {
                    return Ok(self.lose_or_end(at, rx));
                };
                let Work::Carry { tx, .. } = &self.nodes[at].work else {
                    return Err(impossible());
                };
                let (first, others) = tx.split_first().ok_or_else(impossible)?;
                let (first, others) = (*first, others.to_vec());
                let held = &mut self.nodes[at].held;
                held.extend(others.into_iter().map(|lane| (lane, rec.clone())));
                Ok(self.write(at, rx.lane as u32, first, rec, true))
            }
            Work::Merge { .. } => self.merge(at),
            Work::Egress { rx } => {
                let rx = *rx;
                let Some(rec) = self.take(at, rx) else {
                    return Ok(self.lose_or_end(at, rx));
                };
                self.nodes[at].counters.passed += 1;
                let step = self.said(at, StepKind::Out, rec.origin, rx.lane as u32);
                self.after = Some(rec.bytes);
                Ok(step)
            }
        }
    }

    fn come_in(
        &mut self,
        at: usize,
        ingress: usize,
        lane: impl Fn(&[u8]) -> usize,
    ) -> Result<Step, StepError> {
        let Some(rec) = self.input.take(ingress) else {
            return Ok(self.end(at));
        };
        self.nodes[at].counters.taken += 1;
        self.before = Some(Arc::clone(&rec.bytes));
        if rec.bytes.len() > self.record_bytes {
            self.nodes[at].counters.rejected += 1;
            return Ok(self.said(at, StepKind::Rejected, rec.origin, NO_LANE));
        }
        let lane = lane(&rec.bytes);
        Ok(self.write(at, NO_LANE, lane, rec, true))
    }

    fn merge(&mut self, at: usize) -> Result<Step, StepError> {
        let node = &mut self.nodes[at];
        let Work::Merge {
            rx,
            tx,
            policy,
            next,
            replay,
            ..
        } = &mut node.work
        else {
            return Err(impossible());
        };
        let recorded = replay.front().copied();
        let (found, input) = merge_choice(rx, *policy, *next, recorded, &self.lanes);
        let (rx, tx, inputs) = (rx[input], *tx, rx.len());
        match found {
            Found::Record => {
                *next = (input + 1) % inputs;
                replay.pop_front();
            }
            Found::Ended if recorded.is_some() => {
                let message = "the recorded choice is an input that ended; give the choices of a \
                               run of this spec with this input";
                return Err(StepError::new("E_STEP_CHOICE", message));
            }
            _ => {}
        }
        match found {
            Found::Record => {
                let rec = self.take(at, rx).ok_or_else(impossible)?;
                Ok(self.write(at, rx.lane as u32, tx, rec, true))
            }
            _ => Ok(self.lose_or_end(at, rx)),
        }
    }

    fn graph_stage(&mut self, at: usize, rx: Rx) -> Result<Step, StepError> {
        let Some(rec) = self.take(at, rx) else {
            return Ok(self.lose_or_end(at, rx));
        };
        let from = rx.lane as u32;
        let Node {
            work: Work::Stage { stage, tx, .. },
            held,
            counters,
            ..
        } = &mut self.nodes[at]
        else {
            return Err(impossible());
        };
        let tx = *tx;
        let failed = |failure: byteor_pipeline_stages::StageFailure| {
            StepError::new(failure.code, failure.message).of(rec.origin)
        };
        if stage.gives_many() {
            stage
                .expand(&rec.bytes, &mut |part| {
                    let part = Rec {
                        origin: rec.origin,
                        bytes: Arc::from(part),
                        gone: false,
                    };
                    held.push_back((tx, part));
                    Ok(())
                })
                .map_err(failed)?;
            let Some((lane, part)) = held.pop_front() else {
                counters.dropped += 1;
                return Ok(self.said(at, StepKind::Dropped, rec.origin, from));
            };
            return Ok(self.write(at, from, lane, part, true));
        }
        let mut output = Output::new(&mut self.buffer);
        let outcome = stage.process(&rec.bytes, &mut output).map_err(failed)?;
        match verdict(outcome, &output) {
            Verdict::Forward => Ok(self.write(at, from, tx, rec, true)),
            Verdict::Rewrite => {
                let bytes = Arc::from(output.written());
                Ok(self.write(at, from, tx, Rec { bytes, ..rec }, true))
            }
            Verdict::Drop => {
                counters.dropped += 1;
                Ok(self.said(at, StepKind::Dropped, rec.origin, from))
            }
            Verdict::Reject => {
                counters.rejected += 1;
                Ok(self.said(at, StepKind::Rejected, rec.origin, from))
            }
        }
    }

    fn ring_stage(&mut self, at: usize, rx: Rx) -> Result<Step, StepError> {
        let from = rx.lane as u32;
        let node = &mut self.nodes[at];
        let Work::RingStage {
            stage,
            depends_on,
            unordered,
            last,
            ..
        } = &mut node.work
        else {
            return Err(impossible());
        };
        let lane = &mut self.lanes[rx.lane];
        if lane.ring_find(rx.reader, depends_on) != Found::Record {
            return Ok(self.end(at));
        }
        let rec = lane.ring_peek(rx.reader).ok_or_else(impossible)?;
        let origin = rec.origin;
        if rec.gone {
            lane.ring_done(rx.reader);
            return Ok(self.said(at, StepKind::Skipped, origin, from));
        }
        let mut output = Output::new(&mut self.buffer);
        let outcome = stage
            .process(&rec.bytes, &mut output)
            .map_err(|failure| StepError::new(failure.code, failure.message).of(origin))?;
        let verdict = verdict(outcome, &output);
        if *unordered && verdict != Verdict::Forward {
            let message = "the stage changes or drops a record that another stage sees at the same \
                           time; let one of them wait for the other";
            return Err(StepError::new("E_EXEC_UNORDERED_CHANGE", message).of(origin));
        }
        let counters = &mut node.counters;
        counters.taken += 1;
        self.before = Some(Arc::clone(&rec.bytes));
        let kind = match verdict {
            Verdict::Forward | Verdict::Rewrite => {
                if verdict == Verdict::Rewrite {
                    rec.bytes = Arc::from(output.written());
                }
                counters.passed += 1;
                self.after = Some(Arc::clone(&rec.bytes));
                if *last {
                    StepKind::Out
                } else {
                    StepKind::Passed
                }
            }
            Verdict::Drop => {
                counters.dropped += 1;
                rec.gone = true;
                StepKind::Dropped
            }
            Verdict::Reject => {
                counters.rejected += 1;
                rec.gone = true;
                StepKind::Rejected
            }
        };
        lane.ring_done(rx.reader);
        Ok(self.said(at, kind, origin, from))
    }

    /// The next record of a lane, if there is one to be had.
    fn take(&mut self, at: usize, rx: Rx) -> Option<Rec> {
        let lane = &mut self.lanes[rx.lane];
        if lane.find(rx.reader) != Found::Record {
            return None;
        }
        let rec = lane.take(rx.reader)?;
        self.nodes[at].counters.taken += 1;
        self.before = Some(Arc::clone(&rec.bytes));
        Some(rec)
    }

    fn lose_or_end(&mut self, at: usize, rx: Rx) -> Step {
        let lane = &mut self.lanes[rx.lane];
        if lane.find(rx.reader) == Found::Lost
            && let Some(origin) = lane.lose(rx.reader)
        {
            self.nodes[at].counters.lost += 1;
            let step = self.said(at, StepKind::Lost, origin, rx.lane as u32);
            return Step {
                reader: rx.reader as u8,
                ..step
            };
        }
        self.end(at)
    }

    fn end(&mut self, at: usize) -> Step {
        let node = &mut self.nodes[at];
        node.ended = true;
        for &lane in node.work.tx() {
            self.lanes[lane].ended = true;
        }
        if let Work::RingIngress { .. } = node.work {
            self.lanes.iter_mut().for_each(|ring| ring.ended = true);
        }
        self.said(at, StepKind::Ended, 0, NO_LANE)
    }

    /// Writes a record, or holds it: the next one to be written.
    fn write(&mut self, at: usize, from: u32, to: usize, rec: Rec, took: bool) -> Step {
        let lane = &mut self.lanes[to];
        let node = &mut self.nodes[at];
        let origin = rec.origin;
        self.after = Some(Arc::clone(&rec.bytes));
        let (kind, missed) = match lane.room() {
            Room::Free => {
                lane.write(rec, 0);
                node.counters.passed += 1;
                let kind = if took {
                    StepKind::Passed
                } else {
                    StepKind::Emitted
                };
                (kind, 0)
            }
            Room::Discard(missed) => {
                lane.write(rec, missed);
                node.counters.discarded += 1;
                (StepKind::Discarded, missed)
            }
            Room::Full => {
                node.held.push_front((to, rec));
                node.counters.blocked += 1;
                (StepKind::Blocked, 0)
            }
        };
        Step {
            lane: to as u32,
            missed,
            ..self.said(at, kind, origin, from)
        }
    }

    fn said(&self, at: usize, kind: StepKind, record: u64, from: u32) -> Step {
        Step {
            record,
            node: at as u32,
            from,
            lane: NO_LANE,
            kind,
            missed: 0,
            reader: 0,
        }
    }
}

/// Whether a node can take a step.
fn can(node: &Node, lanes: &[Lane], input: &Input) -> bool {
    if node.ended || node.dead {
        return false;
    }
    if let Some((lane, _)) = node.held.front() {
        return lanes[*lane].room() != Room::Full;
    }
    let found = match &node.work {
        Work::Ingress { index, .. } => input.find(*index),
        Work::RingIngress { .. } => input.find(0),
        Work::Stage { rx, .. } | Work::Carry { rx, .. } | Work::Egress { rx } => {
            lanes[rx.lane].find(rx.reader)
        }
        Work::RingStage { rx, depends_on, .. } => lanes[rx.lane].ring_find(rx.reader, depends_on),
        Work::Merge {
            rx,
            policy,
            next,
            replay,
            ..
        } => merge_choice(rx, *policy, *next, replay.front().copied(), lanes).0,
    };
    found != Found::Nothing
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Forward,
    Rewrite,
    Drop,
    Reject,
}

/// What a stage's answer comes to. One that answers `Rewrite` without looking at whether all of it
/// was kept has rejected.
fn verdict(outcome: Outcome, output: &Output<'_>) -> Verdict {
    match outcome {
        Outcome::Forward => Verdict::Forward,
        Outcome::Rewrite if output.needed() == output.written().len() => Verdict::Rewrite,
        Outcome::Drop => Verdict::Drop,
        Outcome::Rewrite | Outcome::TooLarge { .. } | Outcome::Reject => Verdict::Reject,
    }
}

/// Nodes and lanes are built together, so this doesn't happen; if it does, nothing goes on.
pub(crate) fn impossible() -> StepError {
    StepError::new(
        "E_STEP_INTERNAL",
        "the stepper contradicts itself; report the plan that led here",
    )
}

/// The spec with `identity` in the place of each key: what decides where records wait.
fn without_keys(spec: &PipelineSpecV1) -> PipelineSpecV1 {
    let mut spec = spec.clone();
    match &mut spec {
        PipelineSpecV1::SingleRing(ring) => {
            for stage in &mut ring.stages {
                stage.op = StageOp::Identity;
            }
        }
        PipelineSpecV1::LaneGraph(graph) => {
            for role in &mut graph.roles {
                if let RoleWork::Stage { op, .. } = &mut role.work {
                    *op = StageOp::Identity;
                }
            }
        }
    }
    spec
}

fn fingerprint(spec: &PipelineSpecV1, options: &Options) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(spec_hash(spec).as_bytes());
    hash.update(options.seed.to_le_bytes());
    hash.update((options.record_bytes as u64).to_le_bytes());
    hash.update(options.capacity.unwrap_or(0).to_le_bytes());
    if let Some(choices) = &options.choices {
        choices.digest_into(&mut |bytes| hash.update(bytes));
    }
    hash.finalize().into()
}
