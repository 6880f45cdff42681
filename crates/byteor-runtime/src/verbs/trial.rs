//! Whether a binary could run a spec isn't guessed from lists: the executor is asked to start it, in
//! memory, and is stopped before a record came.

use byteor_pipeline_exec::lane_graph::{self, EgressSink, Workers};
use byteor_pipeline_exec::{
    Base, ExecError, LaneGraph, MemSequencedSlots, Options, RecordSink, Shard, SingleRing,
    SinkFailure, SinkRecord, SlotClass, Tuning,
};
use byteor_pipeline_spec::{EndpointKind, LaneGraphSpec, PipelineSpecV1, SingleRingSpec};

use crate::binary::Binary;
use crate::failure::Failure;
use crate::single_process::ring_failure;

/// Why the binary can't run it, if it can't.
pub(super) fn start<B: Binary>(spec: &PipelineSpecV1) -> Result<(), Failure> {
    match spec {
        PipelineSpecV1::SingleRing(ring) => start_ring::<B>(ring),
        PipelineSpecV1::LaneGraph(graph) => start_graph::<B>(graph),
    }
    .map_err(ring_failure)
}

fn start_ring<B: Binary>(ring: &SingleRingSpec) -> Result<(), ExecError> {
    let region = || MemSequencedSlots::new(SlotClass::default(), 1);
    let (stages, options) = (&B::stage, Options::default());
    if !B::FEATURES.contains(&"ring_shards") {
        let mut running = SingleRing::start(ring, region(), stages, Box::new(Nowhere), options)?;
        return running.stop_and_join().map(drop);
    }
    let shard = |_| Shard {
        region: Box::new(region()),
        sink: Box::new(Nowhere),
        base: Base::default(),
    };
    let shards = (0..ring.shards).map(shard).collect();
    let tuning = Tuning {
        workers: Some(byteor_pipeline_exec::Workers::One),
        ..Tuning::default()
    };
    let mut running = SingleRing::start_shards(ring, shards, stages, tuning)?;
    running.stop_and_join().map(drop)
}

fn start_graph<B: Binary>(graph: &LaneGraphSpec) -> Result<(), ExecError> {
    let egress = |kind| kind == EndpointKind::Egress;
    let egresses = graph.endpoints.iter().filter(|one| egress(one.kind));
    let nowhere = |id: &String| (id.clone(), Box::new(Nowhere) as Box<dyn EgressSink>);
    let sinks = egresses.map(|one| nowhere(&one.id)).collect();
    let options = lane_graph::Options {
        workers: Workers::One,
        ..lane_graph::Options::default()
    };
    let mut running = LaneGraph::start(graph, &B::stage, sinks, &options)?;
    running.stop_and_join().map(drop)
}

/// Where no record comes.
struct Nowhere;

impl RecordSink for Nowhere {
    fn take(&mut self, _: u64, _: SinkRecord<'_>) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        Ok(())
    }
}

impl EgressSink for Nowhere {
    fn take(&mut self, _: &[u8]) -> Result<(), SinkFailure> {
        Ok(())
    }
}
