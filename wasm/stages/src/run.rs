//! A run that goes on, step by step, back and forth.

use byteor_json::{ApiError, Request, envelope, objects, parse};
use byteor_pipeline_step::{
    BreakAt, Breakpoint, LaneView, Limits, NodeKind, NodeView, Options, Step, StepKind, Walk,
};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::once::{ingress_of, stepper_of};
use crate::records::{readable, record_of, refused};
use crate::{Here, TrySecret};

/// How a run is made.
#[derive(Clone)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunOptions {
    /// Stand-ins for secrets that keys name; the others have one for all of them.
    pub secrets: Vec<TrySecret>,
    /// The most bytes that a record may have, 1 to 16,384.
    pub record_bytes: u32,
    /// Which order the steps have: 0 goes round the nodes, any other number shuffles.
    pub seed: u32,
    /// Lanes hold at most so many records; 0 for as many as they have room for.
    pub capacity: u32,
}

/// What a step did, or what became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RunWord {
    /// The node took a record and passed it on.
    Passed,
    /// The node took a record and holds it, because the lane is full.
    Blocked,
    /// The node wrote a record that it held.
    Emitted,
    /// The stage dropped the record.
    Dropped,
    /// The stage or the ingress rejected the record.
    Rejected,
    /// A full lane discarded the record.
    Discarded,
    /// The stage went past a record that ended before it.
    Skipped,
    /// The record was overwritten before the node read it.
    Lost,
    /// The record left.
    Out,
    /// The node ended.
    Ended,
}

pub(crate) fn word_of(kind: StepKind) -> RunWord {
    match kind {
        StepKind::Passed => RunWord::Passed,
        StepKind::Blocked => RunWord::Blocked,
        StepKind::Emitted => RunWord::Emitted,
        StepKind::Dropped => RunWord::Dropped,
        StepKind::Rejected => RunWord::Rejected,
        StepKind::Discarded => RunWord::Discarded,
        StepKind::Skipped => RunWord::Skipped,
        StepKind::Lost => RunWord::Lost,
        StepKind::Out => RunWord::Out,
        StepKind::Ended => RunWord::Ended,
    }
}

/// A node of a run; numbers about it come in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct NodeShape {
    /// Its id in the spec; `ingress` for that of a ring.
    pub id: String,
    /// `ingress`, `stage`, `bridge`, `router`, `merge` or `egress`.
    #[cfg_attr(
        feature = "ts",
        ts(type = "\"ingress\" | \"stage\" | \"bridge\" | \"router\" | \"merge\" | \"egress\"")
    )]
    pub kind: &'static str,
    /// Which shard of a ring it belongs to.
    pub shard: u32,
    /// Whether records leave here.
    pub leaves: bool,
    /// The key of a stage that would act on the outside.
    pub acts: Option<String>,
    /// Indexes of the lanes that it reads.
    pub reads: Vec<u32>,
    /// Indexes of the lanes that it writes.
    pub writes: Vec<u32>,
}

/// A lane of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LaneShape {
    /// Its id in the spec; `ring.N` for the ring of shard N.
    pub id: String,
    /// How many records it holds at most; null for a journal.
    pub capacity: Option<u32>,
}

/// What a run is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunShape {
    /// The nodes, each writer before its readers.
    pub nodes: Vec<NodeShape>,
    /// The lanes.
    pub lanes: Vec<LaneShape>,
    /// Ids of the ingresses.
    pub ingresses: Vec<String>,
    /// Whether the lanes are the rings of a SingleRing spec.
    pub ring: bool,
}

/// Where a record is, and what became of it, at the step where the run stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RecordFate {
    /// Whether it came in.
    pub came: bool,
    /// Indexes of the nodes that it waits before, or that hold it.
    pub at: Vec<u32>,
    /// Indexes of the nodes that it left through.
    pub out: Vec<u32>,
    /// Indexes of the nodes that dropped it, each with the step.
    pub dropped: Vec<[u32; 2]>,
    /// Indexes of the nodes that rejected it, each with the step.
    pub rejected: Vec<[u32; 2]>,
    /// Indexes of the nodes whose lane discarded it, or that came too late for it, each with the step.
    pub missed: Vec<[u32; 2]>,
}

/// One step, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunLook {
    /// Which step it is, from 1.
    pub step: u32,
    /// The record's number; 0 where it is about none.
    pub record: u32,
    /// Index of the node.
    pub node: u32,
    /// What it did.
    pub what: RunWord,
    /// Index of the lane that the record was written to, or that is full.
    pub lane: Option<u32>,
    /// The record as the node took it, with the escapes of the cases.
    pub before: Option<String>,
    /// The record as it left the node.
    pub after: Option<String>,
}

/// A place to stop at.
struct Point {
    lane: bool,
    index: u32,
    condition: Vec<String>,
}

/// Breakpoints.
struct Points {
    points: Vec<Point>,
}

objects! {
    closed RunOptions(f) {
        RunOptions {
            secrets: f.take("secrets")?,
            record_bytes: f.take("record_bytes")?,
            seed: f.take("seed")?,
            capacity: f.take("capacity")?,
        }
    }
    closed Point(f) {
        Point {
            lane: f.take("lane")?,
            index: f.take("index")?,
            condition: f.take("condition")?,
        }
    }
    closed Points(f) { Points { points: f.take("points")? } }
}

/// Numbers of the state, before those of nodes and lanes: see [`Run::state`].
const HEAD: usize = 8;
/// Numbers for each node.
const PER_NODE: usize = 9;
/// Numbers for each lane.
const PER_LANE: usize = 4;

enum Phase {
    /// Input is still being fed.
    Fed(Box<byteor_pipeline_step::Stepper>),
    Walking(Box<Walk>),
    /// A call that took the run apart failed.
    Gone,
}

/// A run of one spec over one input.
#[wasm_bindgen]
pub struct Run {
    phase: Phase,
    options: RunOptions,
    stopped: Option<(u64, usize)>,
}

type Answer<T> = Result<T, String>;

fn gone() -> ApiError {
    ApiError::new("E_STEP_INTERNAL", "The run is gone; start another")
}

/// What a call throws: the text of an `ApiError`.
fn thrown(error: ApiError) -> String {
    let refusal: Result<(), ApiError> = Err(error);
    envelope(&refusal)
}

#[wasm_bindgen]
impl Run {
    /// A run of a spec (KV text), with `RunOptions` as JSON. What fails throws the envelope of an
    /// `ApiError`.
    #[wasm_bindgen(constructor)]
    pub fn new(spec: &str, options: &str) -> Answer<Run> {
        Self::make(spec, options).map_err(thrown)
    }

    /// `RunShape`, as JSON.
    pub fn shape(&self) -> Answer<String> {
        let stepper = self.stepper().map_err(thrown)?;
        let kind = |kind: NodeKind| match kind {
            NodeKind::Ingress => "ingress",
            NodeKind::Stage => "stage",
            NodeKind::Bridge => "bridge",
            NodeKind::Router => "router",
            NodeKind::Merge => "merge",
            NodeKind::Egress => "egress",
        };
        let lanes = stepper.lanes();
        Ok(text_of(&RunShape {
            nodes: stepper
                .nodes()
                .iter()
                .map(|node| NodeShape {
                    id: node.id().to_owned(),
                    kind: kind(node.kind()),
                    shard: node.shard(),
                    leaves: node.leaves(),
                    acts: node.would_act().map(str::to_owned),
                    reads: node.reads().map(|(lane, _)| lane).collect(),
                    writes: node.writes().iter().map(|lane| *lane as u32).collect(),
                })
                .collect(),
            ring: lanes.first().is_some_and(|lane| lane.ring()),
            lanes: lanes
                .iter()
                .map(|lane| LaneShape {
                    id: lane.id().to_owned(),
                    capacity: lane.capacity().map(|capacity| capacity as u32),
                })
                .collect(),
            ingresses: stepper.ingresses().to_vec(),
        }))
    }

    /// Feeds records, each a line with the escapes of the cases and a newline behind it; answers how many were fed so far.
    /// A ring's ingress has any name.
    pub fn feed(&mut self, ingress: &str, lines: &str) -> Answer<u32> {
        self.feed_lines(ingress, lines).map_err(thrown)
    }

    /// Feeds records as bytes, each behind its length in four bytes, little-endian.
    pub fn feed_bytes(&mut self, ingress: &str, records: &[u8]) -> Answer<u32> {
        self.feed_lengths(ingress, records).map_err(thrown)
    }

    /// Ends the input, and stands before the first step.
    pub fn begin(&mut self) -> Answer<()> {
        match std::mem::replace(&mut self.phase, Phase::Gone) {
            Phase::Fed(mut stepper) => {
                stepper.end_input();
                let walk = Walk::new(*stepper, Limits::default());
                let walk = walk.map_err(|e| thrown(refused(&e)))?;
                self.phase = Phase::Walking(Box::new(walk));
                Ok(())
            }
            other => {
                self.phase = other;
                Err(thrown(gone()))
            }
        }
    }

    /// The same input through another spec, from the last state that the changed keys can't have
    /// changed; answers which step that is after. Where the spec can't be run, this run stays.
    pub fn again(&mut self, spec: &str) -> Answer<u32> {
        self.run_again(spec).map_err(thrown)
    }

    /// Goes on by at most `most` steps, or to a breakpoint; answers by how many.
    pub fn forward(&mut self, most: u32) -> Answer<u32> {
        let walk = self.walk().map_err(thrown)?;
        let went = walk.forward(u64::from(most), &mut |_: &Step, _| {});
        let went = went.map_err(|e| thrown(refused(&e)))?;
        self.stopped = went.stopped;
        Ok(went.steps as u32)
    }

    /// Goes to a step that was reached before.
    pub fn go_to(&mut self, step: u32) -> Answer<()> {
        self.stopped = None;
        let walk = self.walk().map_err(thrown)?;
        walk.go_to(u64::from(step)).map_err(|e| thrown(refused(&e)))
    }

    /// Stops at these from now on: `{"points":[{"lane":false,"index":3,"condition":["keep:a"]}]}`.
    pub fn set_breakpoints(&mut self, json: &str) -> Answer<()> {
        self.break_at(json).map_err(thrown)
    }

    /// Where the run stands, as numbers: the step, the last step reached, flags (1 ended, 2 failed,
    /// 4 may take no more steps, 8 all is through), the step that a breakpoint stopped before (or 0),
    /// the index of the breakpoint, KiB kept for going back, steps between saved states, records fed;
    /// for each node taken, passed, dropped, rejected, discarded, blocked, lost, held, flags
    /// (1 ended); for each lane fill, writes, missed, full; then for each lane that a node reads, node
    /// by node, how many records wait and the number of the next one.
    pub fn state(&mut self) -> Answer<Vec<u32>> {
        let stopped = self.stopped;
        let walk = self.walk().map_err(thrown)?;
        let stepper = walk.stepper();
        let (nodes, lanes) = (stepper.nodes(), stepper.lanes());
        let mut state = Vec::with_capacity(HEAD + nodes.len() * (PER_NODE + 4) + lanes.len() * 4);
        let flags = [
            walk.ended(),
            walk.failure().is_some(),
            walk.spent(),
            stepper.finished(),
        ];
        let (kept, every) = walk.history();
        state.extend([
            walk.at() as u32,
            walk.reached() as u32,
            flags
                .iter()
                .rev()
                .fold(0, |all, flag| all << 1 | u32::from(*flag)),
            stopped.map_or(0, |(step, _)| step as u32),
            stopped.map_or(0, |(_, at)| at as u32),
            (kept >> 10) as u32,
            every as u32,
            stepper.fed_count() as u32,
        ]);
        for node in &nodes {
            let c = node.counters();
            let counted = [
                c.taken,
                c.passed,
                c.dropped,
                c.rejected,
                c.discarded,
                c.blocked,
                c.lost,
            ];
            state.extend(counted.map(|count| count as u32));
            state.extend([node.held() as u32, u32::from(node.ended())]);
        }
        for lane in &lanes {
            let missed: u64 = (0..lane.readers()).map(|reader| lane.missed(reader)).sum();
            let numbers: [u64; PER_LANE] =
                [lane.fill(), lane.writes(), missed, u64::from(lane.full())];
            state.extend(numbers.map(|number| number as u32));
        }
        for node in &nodes {
            for (lane, reader) in node.reads() {
                let lane = lanes[lane as usize];
                let waiting = waiting(*node, lane, reader as usize);
                let next = lane.next(reader as usize).filter(|_| waiting > 0);
                state.extend([waiting as u32, next.unwrap_or(0) as u32]);
            }
        }
        Ok(state)
    }

    /// Why a stage failed, as the envelope of an `ApiError`; nothing where none did.
    pub fn failure(&mut self) -> Answer<Option<String>> {
        let walk = self.walk().map_err(thrown)?;
        Ok(walk.failure().map(|failure| thrown(refused(failure))))
    }

    /// `RecordFate[]` of the records numbered from `first` on, as JSON.
    pub fn fates(&mut self, first: u32, count: u32) -> Answer<String> {
        let walk = self.walk().map_err(thrown)?;
        Ok(text_of(&fates(walk, u64::from(first), count as usize)))
    }

    /// `RunLook` of a step that was reached, as JSON, or `null`; the run stays where it is.
    pub fn look(&mut self, step: u32) -> Answer<String> {
        let walk = self.walk().map_err(thrown)?;
        let look = walk
            .look(u64::from(step))
            .map_err(|e| thrown(refused(&e)))?;
        Ok(text_of(&look.map(|look| RunLook {
            step,
            record: look.step.record as u32,
            node: look.step.node,
            what: word_of(look.step.kind),
            lane: (look.step.lane != byteor_pipeline_step::NO_LANE).then_some(look.step.lane),
            before: look.before.as_deref().map(readable),
            after: look.after.as_deref().map(readable),
        })))
    }

    /// The first reached step after `step`, or the last one up to it where `back` is set, in which a
    /// record is taken: by the node with this index, the record with this number; a negative index and the
    /// number 0 stand for any. 0 where there is none.
    pub fn find(&mut self, step: u32, back: bool, node: i32, record: u32) -> Answer<u32> {
        let walk = self.walk().map_err(thrown)?;
        let fits = |mark: &byteor_pipeline_step::Mark| {
            let takes = matches!(
                mark.kind,
                StepKind::Passed
                    | StepKind::Blocked
                    | StepKind::Dropped
                    | StepKind::Rejected
                    | StepKind::Discarded
                    | StepKind::Out
            );
            takes
                && (node < 0 || i32::from(mark.node) == node)
                && (record == 0 || mark.record == record)
        };
        let (done, rest) = walk
            .marks()
            .split_at((step as usize).min(walk.marks().len()));
        let found = if back {
            done.iter().rposition(fits).map(|at| at + 1)
        } else {
            rest.iter().position(fits).map(|at| at + done.len() + 1)
        };
        Ok(found.unwrap_or(0) as u32)
    }

    /// What happened in each of `parts` equal parts of the steps that were reached: 1 where a record
    /// was dropped, 2 where one was rejected, 4 where one was discarded or lost, added up.
    pub fn ticks(&mut self, parts: u32) -> Answer<Vec<u8>> {
        let walk = self.walk().map_err(thrown)?;
        let mut ticks = vec![0_u8; parts as usize];
        let all = walk.marks().len().max(1);
        for (at, mark) in walk.marks().iter().enumerate() {
            let bit = match mark.kind {
                StepKind::Dropped => 1,
                StepKind::Rejected => 2,
                StepKind::Discarded | StepKind::Lost => 4,
                _ => continue,
            };
            if let Some(tick) = ticks.get_mut(at * parts as usize / all) {
                *tick |= bit;
            }
        }
        Ok(ticks)
    }
}

impl Run {
    fn make(spec: &str, options: &str) -> Result<Self, ApiError> {
        let options = RunOptions::read(parse(options)?, "options")?;
        Ok(Self {
            phase: Phase::Fed(Box::new(stepper_of(
                spec,
                options.secrets.clone(),
                options_of(&options),
            )?)),
            options,
            stopped: None,
        })
    }

    fn stepper(&self) -> Result<&byteor_pipeline_step::Stepper, ApiError> {
        match &self.phase {
            Phase::Fed(stepper) => Ok(stepper),
            Phase::Walking(walk) => Ok(walk.stepper()),
            Phase::Gone => Err(gone()),
        }
    }

    fn walk(&mut self) -> Result<&mut Walk, ApiError> {
        match &mut self.phase {
            Phase::Walking(walk) => Ok(walk),
            _ => Err(gone()),
        }
    }

    fn feed_lines(&mut self, ingress: &str, lines: &str) -> Result<u32, ApiError> {
        let Phase::Fed(stepper) = &mut self.phase else {
            return Err(gone());
        };
        let index = ingress_of(stepper, ingress)?;
        if lines.is_empty() {
            return Ok(stepper.fed_count() as u32);
        }
        for line in lines.strip_suffix('\n').unwrap_or(lines).split('\n') {
            let record = record_of(line, stepper.fed_count() + 1)?;
            stepper.feed(index, &record).map_err(|e| refused(&e))?;
        }
        Ok(stepper.fed_count() as u32)
    }

    fn feed_lengths(&mut self, ingress: &str, mut records: &[u8]) -> Result<u32, ApiError> {
        let Phase::Fed(stepper) = &mut self.phase else {
            return Err(gone());
        };
        let index = ingress_of(stepper, ingress)?;
        while let Some((len, rest)) = records.split_first_chunk() {
            let len = u32::from_le_bytes(*len) as usize;
            let Some((record, rest)) = rest.split_at_checked(len) else {
                let message = "The records end within one";
                return Err(ApiError::new("E_TRY_RECORDS", message));
            };
            stepper.feed(index, record).map_err(|e| refused(&e))?;
            records = rest;
        }
        Ok(stepper.fed_count() as u32)
    }

    fn run_again(&mut self, spec: &str) -> Result<u32, ApiError> {
        let secrets = self.options.secrets.clone();
        let mut stepper = stepper_of(spec, secrets, options_of(&self.options))?;
        stepper
            .feed_like(self.stepper()?)
            .map_err(|e| refused(&e))?;
        self.walk()?;
        let Phase::Walking(walk) = std::mem::replace(&mut self.phase, Phase::Gone) else {
            return Err(gone());
        };
        let walk = walk.again(stepper).map_err(|e| refused(&e))?;
        let at = walk.at() as u32;
        self.stopped = None;
        self.phase = Phase::Walking(Box::new(walk));
        Ok(at)
    }

    fn break_at(&mut self, json: &str) -> Result<(), ApiError> {
        let mut breakpoints = Vec::new();
        for point in Points::read(parse(json)?, "breakpoints")?.points {
            let at = match point.lane {
                true => BreakAt::Lane(point.index),
                false => BreakAt::Node(point.index),
            };
            let breakpoint = Breakpoint::new(at, &point.condition);
            breakpoints.push(
                breakpoint
                    .map_err(|e| refused(&e).arg("breakpoint", breakpoints.len().to_string()))?,
            );
        }
        self.walk()?.set_breakpoints(breakpoints);
        Ok(())
    }
}

fn options_of(options: &RunOptions) -> Options {
    Options {
        seed: u64::from(options.seed),
        record_bytes: options.record_bytes as usize,
        capacity: (options.capacity > 0).then_some(options.capacity),
        choices: None,
    }
}

fn text_of<T: Serialize>(value: &T) -> String {
    let mut text = Vec::new();
    byteor_json::write(value, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// How many records a node could take of a lane: those of a ring that the stages before it are past.
fn waiting(node: NodeView<'_>, lane: LaneView<'_>, reader: usize) -> u64 {
    let before = node.after().iter().map(|stage| lane.level(*stage as usize));
    lane.level(reader) - before.max().unwrap_or(0).min(lane.level(reader))
}

fn fates(walk: &Walk, first: u64, count: usize) -> Vec<RecordFate> {
    let stepper = walk.stepper();
    let last = (first + count as u64).min(stepper.fed_count() + 1);
    let mut fates = Vec::new();
    for record in first..last {
        let mut fate = RecordFate::default();
        for (step, mark) in walk.steps_of(record) {
            fate.came = true;
            let place = [u32::from(mark.node), step as u32];
            match mark.kind {
                StepKind::Out => fate.out.push(u32::from(mark.node)),
                StepKind::Dropped => fate.dropped.push(place),
                StepKind::Rejected => fate.rejected.push(place),
                StepKind::Discarded | StepKind::Lost => fate.missed.push(place),
                _ => {}
            }
        }
        for places in [&mut fate.dropped, &mut fate.rejected, &mut fate.missed] {
            places.reverse();
        }
        // A split record leaves several times.
        fate.out.sort_unstable();
        fate.out.dedup();
        fates.push(fate);
    }
    let lanes = stepper.lanes();
    for (index, node) in stepper.nodes().iter().enumerate() {
        let held = node.holds();
        let waiting = node.reads().flat_map(|(lane, reader)| {
            let (lane, reader) = (lanes[lane as usize], reader as usize);
            let most = waiting(*node, lane, reader) as usize;
            let records = lane.waiting(reader).into_iter().take(most);
            records.map(move |record| (record, lane.ring()))
        });
        for (record, ring) in held
            .into_iter()
            .map(|record| (record, false))
            .chain(waiting)
        {
            let Some(at) = record.checked_sub(first) else {
                continue;
            };
            let Some(fate) = fates.get_mut(at as usize) else {
                continue;
            };
            // A ring's stages go past what ended before them.
            let over = ring && !(fate.dropped.is_empty() && fate.rejected.is_empty());
            if !over && fate.at.last() != Some(&(index as u32)) {
                fate.at.push(index as u32);
            }
        }
    }
    fates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_once;

    const OPTIONS: &str = r#"{"secrets":[],"record_bytes":256,"seed":0,"capacity":0}"#;

    fn spec(keys: &[(&str, &str)]) -> String {
        byteor_pipeline_spec::encode_canonical_kv_v1(&byteor_pipeline_spec::single_ring_chain(keys))
    }

    fn run(keys: &[(&str, &str)], lines: &str) -> Run {
        let mut run = Run::new(&spec(keys), OPTIONS).unwrap();
        run.feed("feed", lines).unwrap();
        run.begin().unwrap();
        run
    }

    #[test]
    fn a_run_goes_forth_stops_and_goes_back() {
        let mut run = run(&[("quiet", "drop:x"), ("loud", "upper")], "ab\nx\ncd\n");
        run.set_breakpoints(r#"{"points":[{"lane":false,"index":2,"condition":["keep:^c"]}]}"#)
            .unwrap();
        run.forward(1_000).unwrap();
        let state = run.state().unwrap();
        let stopped = state[3];
        assert_eq!((state[0], state[3] - 1), (stopped - 1, state[0]));
        let look = run.look(stopped).unwrap();
        assert!(look.contains(r#""before":"cd","after":"CD""#), "{look}");
        assert_eq!(run.state().unwrap(), state, "looking stays where it is");
        let fates = run.fates(1, 9).unwrap();
        assert!(
            fates.contains(r#"{"came":true,"at":[2],"out":[],"#),
            "{fates}"
        );
        run.forward(1_000).unwrap();
        let end = run.state().unwrap();
        assert_eq!((end[0], end[2]), (end[1], 1 | 8));
        run.go_to(stopped - 1).unwrap();
        assert_eq!(run.state().unwrap()[HEAD..], state[HEAD..]);
        assert_eq!(run.find(0, false, 2, 3).unwrap(), stopped);
        assert!(run.ticks(8).unwrap().contains(&1));
    }

    #[test]
    fn what_cannot_run_is_thrown_with_its_place() {
        let refused = Run::new(&spec(&[("odd", "nope")]), OPTIONS).err().unwrap();
        assert!(
            refused.contains(r#""code":"E_SPEC_STAGE"#) || refused.contains("E_KEY"),
            "{refused}"
        );
        assert!(Run::new("", OPTIONS).err().unwrap().contains("E_KV"));
        let mut run = run(&[("a", "upper")], "ab");
        assert!(
            run.feed("feed", "late")
                .unwrap_err()
                .contains("E_STEP_INTERNAL")
        );
        let points = r#"{"points":[{"lane":false,"index":0,"condition":["sample:2"]}]}"#;
        assert!(
            run.set_breakpoints(points)
                .unwrap_err()
                .contains("E_STEP_CONDITION")
        );
    }

    #[test]
    fn another_key_runs_again_from_before_it_mattered() {
        let keys = |last| [("quiet", "keep:9"), ("loud", last)];
        let lines: String = (0..3_000)
            .map(|n| format!("{}\n", if n < 2_500 { 0 } else { 9 }))
            .collect();
        let mut first = run(&keys("upper"), &lines);
        first.forward(1_000_000).unwrap();
        let at = first.again(&spec(&keys("prefix:a"))).unwrap();
        assert!(at > 0);
        first.forward(1_000_000).unwrap();
        let mut fresh = run(&keys("prefix:a"), &lines);
        fresh.forward(1_000_000).unwrap();
        assert_eq!(first.state().unwrap(), fresh.state().unwrap());
    }

    #[test]
    fn a_whole_run_is_answered_at_once() {
        let request = format!(
            r#"{{"spec":{},"input":[{{"ingress":"feed","records":["a\\x62","x","c"]}}],"secrets":[],"record_bytes":256,"seed":0,"steps":1000,"bytes":1000}}"#,
            text_of(&spec(&[("quiet", "drop:x"), ("loud", "upper")])),
        );
        let answer = run_once(&request.replace("a\\x62", "a\\\\x62"));
        assert!(
            answer.starts_with(r#"{"ok":true,"value":{"outputs":[{"egress":"loud","records":["AB","C"],"numbers":[1,3]}]"#),
            "{answer}"
        );
        assert!(
            answer.contains(r#""ends":[{"record":2,"node":"quiet","what":"dropped""#),
            "{answer}"
        );
    }
}
