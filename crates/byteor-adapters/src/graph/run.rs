//! The loop: prepared, ready, run.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::lane_graph::{
    EgressSink, EndpointCounts, GraphCheckpoint, GraphCounts, Options,
};
use byteor_pipeline_exec::{Counters, ExecError, RunningGraph, Snapshot, StateSnapshot};

use super::feed::{Course, Feed, Inlet, STOP_WITHIN};
use super::kept::{EgressAt, GraphDurable, GraphOutput, GraphPlace, totals};
use super::rejects::Rejects;
use super::sinks::{Reach, RefusedSoFar, SinkOfGraph};
use crate::checkpoint::{StageTotals, Totals};
use crate::delivery::{Flushed, Progress, relock};
use crate::egress::OwnFile;
use crate::error::AdapterError;
use crate::held::Held;
use crate::prepared::{Missed, Notice, Summary, Wiring, from_ring};
use crate::saver::{Awaited, FirstError, Saver, Ticker};
use crate::sink::Sink;
use crate::source::Source;
use crate::states::Carried;

/// How long the first barrier may take through lanes in which nothing is.
const BEGIN_WITHIN: Duration = Duration::from_secs(10);

/// The pieces of a graph's loop, each standing where the account ends.
pub(crate) struct Pieces<S: Source, K: Sink> {
    pub wiring: Wiring,
    /// By the id of the ingress.
    pub sources: Vec<(String, S)>,
    /// By the id of the egress.
    pub sinks: Vec<(String, K)>,
    pub reject: OwnFile,
    pub choices: Option<OwnFile>,
    pub saver: Saver<GraphPlace<S::Place>, GraphDurable<K::Durable>>,
    /// What the same spec counted before.
    pub counts: GraphCounts,
    /// What was counted before, by any spec.
    pub totals: Totals,
    pub carried: Carried,
    pub notices: Vec<Notice>,
}

/// Pieces in hand, to start a graph with.
pub struct Prepared<S: Source, K: Sink> {
    wiring: Wiring,
    sources: Vec<(String, S)>,
    sinks: Vec<(String, K)>,
    saver: Saver<GraphPlace<S::Place>, GraphDurable<K::Durable>>,
    counts: GraphCounts,
    totals: Totals,
    carried: Carried,
    notices: Vec<Notice>,
    errors: Arc<FirstError>,
    assembly: Assembly<K>,
}

/// An egress, as checkpoints are made of it.
struct Egress<K: Sink> {
    id: String,
    reach: Arc<Reach<K>>,
    /// What the other end refused in the runs before.
    refused: u64,
}

impl<K: Sink> Egress<K> {
    /// What left there, by a checkpoint of the graph, without what was refused.
    fn left(&self, whole: &GraphCheckpoint, refused: RefusedSoFar) -> EndpointCounts {
        let left = whole.counts.endpoints.get(&self.id).copied();
        let left = left.unwrap_or_default();
        EndpointCounts {
            records: left.records.saturating_sub(refused.records),
            bytes: left.bytes.saturating_sub(refused.bytes),
            rejected: self.refused + refused.records,
        }
    }
}

/// Makes of a checkpoint of the graph one of the pipeline.
pub(crate) struct Assembly<K: Sink> {
    pub rejects: Arc<Rejects>,
    egresses: Vec<Egress<K>>,
    choices: Option<OwnFile>,
    /// The roles, in the order of the spec.
    roles: Vec<String>,
    /// What other specs counted before this one.
    before: Totals,
}

impl<K: Sink> Assembly<K> {
    /// How far everything is at a barrier that came to all.
    pub fn progress<P>(
        &mut self,
        whole: &GraphCheckpoint,
        place: GraphPlace<P>,
        truncations: u64,
    ) -> Result<Progress<GraphPlace<P>, GraphOutput<K::Mark>>, AdapterError> {
        let choices = match &mut self.choices {
            None => None,
            Some(file) => {
                file.push_framed(whole.choices.to_text().as_bytes())?;
                file.flush()?;
                Some(file.mark())
            }
        };
        let egresses = self.egresses.iter().map(|egress| {
            let at = egress.reach.at(whole.barrier);
            EgressAt {
                id: egress.id.clone(),
                counts: egress.left(whole, at.refused),
                at: at.mark,
            }
        });
        let egresses: Vec<_> = egresses.collect();
        let mut counts = whole.counts.clone();
        for egress in &egresses {
            counts.endpoints.insert(egress.id.clone(), egress.counts);
        }
        let ids: Vec<&str> = place.0.iter().map(|(id, ..)| id.as_str()).collect();
        let mut totals = totals(&counts, &ids);
        totals.add(&self.before);
        totals.truncations += truncations;
        let lanes = whole.counts.lanes.iter();
        let stage = |id: &String| {
            let role = whole.counts.roles.get(id).copied().unwrap_or_default();
            StageTotals {
                processed: role.processed,
                dropped: role.dropped,
                rejected: role.rejected,
            }
        };
        let states = StateSnapshot {
            sequence: whole.barrier,
            states: (self.roles.iter())
                .map(|id| whole.states.get(id).cloned())
                .collect(),
        };
        Ok(Progress {
            place,
            output: GraphOutput {
                egresses,
                lanes: lanes.map(|(id, lane)| (id.clone(), *lane)).collect(),
                choices,
            },
            reject: self.rejects.whole(whole.barrier)?,
            totals,
            stages: self.roles.iter().map(stage).collect(),
            states: Some(Arc::new(states)),
        })
    }

    /// Whether a sink has something to do at a barrier although nothing comes.
    pub fn is_due(&self) -> bool {
        self.egresses.iter().any(|egress| egress.reach.is_due())
    }

    /// Makes `progress`, which was made of `whole`, that of the end: nothing came behind it, and what the
    /// other ends of the sinks refused late is in the reject file.
    pub fn settle<P>(
        &self,
        whole: &GraphCheckpoint,
        progress: &mut Progress<GraphPlace<P>, GraphOutput<K::Mark>>,
    ) -> Result<(), AdapterError> {
        for (egress, told) in self.egresses.iter().zip(&mut progress.output.egresses) {
            let Some(at) = egress.reach.settle(&self.rejects)? else {
                continue;
            };
            let (before, now) = (told.counts, egress.left(whole, at.refused));
            let totals = &mut progress.totals;
            totals.rejected += now.rejected - before.rejected;
            totals.records_out -= before.records - now.records;
            totals.bytes_out -= before.bytes - now.bytes;
            told.counts = now;
            told.at = at.mark;
        }
        progress.reject = self.rejects.end()?;
        Ok(())
    }
}

impl<S: Source, K: Sink + 'static> Prepared<S, K> {
    /// Joins the pieces. Nothing is read or written yet, and the checkpoint stays as it is.
    pub(crate) fn new(pieces: Pieces<S, K>) -> Self {
        let errors = Arc::new(FirstError::default());
        let ids: Vec<&str> = pieces.sources.iter().map(|(id, _)| id.as_str()).collect();
        let mut before = pieces.totals.clone();
        before.remove(&totals(&pieces.counts, &ids));
        let egresses = pieces.sinks.iter().map(|(id, sink)| {
            let counts = pieces.counts.endpoints.get(id);
            Egress {
                id: id.clone(),
                reach: Arc::new(Reach::new(sink.mark())),
                refused: counts.map_or(0, |counts| counts.rejected),
            }
        });
        let assembly = Assembly {
            rejects: Arc::new(Rejects::new(pieces.reject, Arc::clone(&errors))),
            egresses: egresses.collect(),
            choices: pieces.choices,
            roles: pieces
                .wiring
                .stages
                .iter()
                .map(|one| one.id.clone())
                .collect(),
            before,
        };
        Self {
            wiring: pieces.wiring,
            sources: pieces.sources,
            sinks: pieces.sinks,
            saver: pieces.saver,
            counts: pieces.counts,
            totals: pieces.totals,
            carried: pieces.carried,
            notices: pieces.notices,
            errors,
            assembly,
        }
    }

    /// The hold of the checkpoint; see the loop of a ring.
    pub fn held(&self) -> Held {
        self.saver.file.held()
    }

    /// What was noticed while preparing.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// What the graph is to be started with, beside how it runs.
    pub fn options(&self) -> Options {
        let states = self.assembly.roles.iter().zip(&self.carried.states);
        let states = states.filter_map(|(id, state)| Some((id.clone(), state.clone()?)));
        Options {
            base_states: states.collect(),
            base_counts: self.counts.clone(),
            rejects: Some(Arc::clone(&self.assembly.rejects) as _),
            record_choices: self.assembly.choices.is_some(),
            ..Options::default()
        }
    }

    /// Where the graph delivers to. Handed out once.
    pub fn sinks(&mut self) -> BTreeMap<String, Box<dyn EgressSink>> {
        let (rejects, errors) = (&self.assembly.rejects, &self.errors);
        let sinks = self.sinks.drain(..).zip(&self.assembly.egresses);
        let sinks = sinks.map(|((id, sink), egress)| {
            let reach = Arc::clone(&egress.reach);
            let sink = SinkOfGraph::new(sink, reach, Arc::clone(rejects), Arc::clone(errors));
            (id, Box::new(sink) as Box<dyn EgressSink>)
        });
        sinks.collect()
    }

    /// Takes the graph that was started with what this tells, sends a first barrier through it, and
    /// writes what comes of that: the first checkpoint of the run, with what each stage knows.
    pub fn begin(mut self, mut graph: RunningGraph) -> Result<Ready<S, K>, AdapterError> {
        let mut inlets = Vec::new();
        for (id, source) in self.sources.drain(..) {
            let ingress = graph.ingress(&id).map_err(from_graph)?;
            inlets.push(Inlet::new(source, ingress));
        }
        graph.ask_checkpoint();
        inlets.iter_mut().for_each(|inlet| inlet.ingress.flush());
        let until = Instant::now() + BEGIN_WITHIN;
        let whole = loop {
            if let Some(whole) = graph.checkpoint() {
                break whole;
            }
            if let Some(failure) = graph.failed() {
                let first = self.errors.take();
                return Err(first.unwrap_or_else(|| from_ring(ExecError::Failed(failure))));
            }
            if Instant::now() >= until {
                return Err(AdapterError::new(
                    "E_EXEC_DRAIN_TIMEOUT",
                    "the graph's lanes didn't come up within 10 s",
                    "look whether the host is overloaded, and start again",
                ));
            }
            std::thread::sleep(Duration::from_micros(100));
        };
        let places = inlets.iter().map(|inlet| {
            let id = inlet.ingress.id().to_owned();
            let counts = self.counts.endpoints.get(&id).copied();
            (id, counts.unwrap_or_default(), inlet.source.place().clone())
        });
        let places = GraphPlace(places.collect());
        let at = self.assembly.progress(&whole, places, 0)?;
        self.notices = self.carried.accept(at.states.as_deref(), &self.wiring)?;
        self.saver = self.saver.save(&at)?;
        Ok(Ready {
            flushed: Arc::new(Mutex::new(at)),
            inlets,
            graph,
            prepared: self,
        })
    }
}

/// Pieces in hand and a graph that was started over them, ready to run.
pub struct Ready<S: Source, K: Sink> {
    prepared: Prepared<S, K>,
    graph: RunningGraph,
    inlets: Vec<Inlet<S>>,
    flushed: Flushed<GraphPlace<S::Place>, GraphOutput<K::Mark>>,
}

impl<S: Source, K: Sink + 'static> Ready<S, K> {
    /// What was noticed while beginning.
    pub fn notices(&self) -> &[Notice] {
        &self.prepared.notices
    }

    /// What was counted up to here, by the runs before this one.
    pub fn totals(&self) -> &Totals {
        &self.prepared.totals
    }

    /// When the totals began at nothing, in milliseconds since 1970, where that is known.
    pub fn since(&self) -> Option<u64> {
        self.prepared.saver.since
    }

    /// What other specs counted over this checkpoint: not in the counters of the lanes, which begin
    /// with the first run of this spec.
    pub fn before(&self) -> Counters {
        self.prepared.assembly.before.counters()
    }

    /// The random number of this run's lanes.
    pub fn generation(&self) -> u64 {
        self.graph.snapshot().generation
    }

    /// Moves records from the inputs through the graph until all inputs end, `stop` is raised, or
    /// something fails; then lets it come to all that it was given, and saves what came through.
    pub fn run(
        self,
        stop: &AtomicBool,
        notify: &mut dyn FnMut(Notice),
    ) -> Result<Summary, AdapterError> {
        let Self {
            prepared,
            mut graph,
            inlets,
            flushed,
        } = self;
        let Prepared {
            wiring,
            saver,
            errors,
            mut assembly,
            ..
        } = prepared;
        let saving =
            Ticker::new(Awaited::default()).start(wiring.save_every, saver, &flushed, &errors)?;
        let barriers = graph.checkpoint().map_or(0, |whole| whole.barrier);
        let mut feed = Feed {
            wiring: &wiring,
            inlets,
            graph: &graph,
            errors: &errors,
            stop,
            flushed: &flushed,
            assembly: &mut assembly,
            course: Course::after(barriers),
        };
        let ended = feed.run(notify);
        let finished = feed.finish();
        // Dropping the ingresses ends them.
        drop(feed);
        let failed = errors.is_set() || graph.stopped() || finished.is_err();
        let drained = match failed {
            true => Ok(()),
            false => graph.drain(STOP_WITHIN),
        };
        let joined = graph.stop_and_join();
        let saver = saving.end();

        if let Some(error) = errors.take() {
            // As in a ring's loop: what is whole is worth keeping where it wasn't the saver that
            // failed, and the first error is the one to tell.
            if let Some(saver) = saver {
                let _ = saver.save_if_ready(&flushed);
            }
            return Err(error);
        }
        let mut saver = saver.ok_or_else(saver_gone)?;
        let gone_well = joined.map_err(from_graph).and(finished);
        let gone_well = gone_well.and(drained.map_err(from_graph));
        match gone_well {
            Ok(()) => {
                // What a sink's other end refuses at the very last belongs into the reject file as well.
                saver = saver.settle()?;
                if let Some(whole) = graph.checkpoint() {
                    assembly.settle(&whole, &mut relock(&flushed))?;
                }
                saver = saver.save(&relock(&flushed))?;
            }
            Err(error) => {
                saver.save_if_ready(&flushed)?;
                return Err(error);
            }
        }
        let at = relock(&flushed);
        let mut missed = Missed::default();
        for (_, lane) in &at.output.lanes {
            missed.discarded += lane.discarded;
            missed.lost += lane.lost;
        }
        let snapshot = Snapshot::from(graph.snapshot());
        Ok(Summary {
            ended: ended?,
            totals: at.totals.clone(),
            missed: Some(missed),
            since: saver.since,
            snapshot: snapshot.with_counters(at.totals.counters()),
        })
    }
}

fn saver_gone() -> AdapterError {
    let help = "this is a defect; start again: the run goes on from the last checkpoint";
    AdapterError::new("E_THREAD", "the checkpoint thread panicked", help)
}

fn from_graph(error: ExecError) -> AdapterError {
    match &error {
        ExecError::GraphDrainTimeout { waiting, .. } => {
            let error_ = AdapterError::new(
                "E_EXEC_DRAIN_TIMEOUT",
                error.to_string(),
                "what it did since the last checkpoint is done again with the next start; look why \
                 it doesn't come on",
            );
            match waiting.first() {
                Some(first) => error_.at_stage(first),
                None => error_,
            }
        }
        _ => from_ring(error),
    }
}
