//! A lane graph between the files of its boundaries.

use std::path::PathBuf;

use byteor_adapters::graph::Prepared;
use byteor_adapters::sink::Sink;
use byteor_adapters::source::Source;
use byteor_pipeline_exec::lane_graph::{self, LaneGraph, LanesIn};
use byteor_pipeline_exec::{AppliedWorkers, Snapshot, Workers};
use byteor_pipeline_spec::LaneGraphSpec;
use byteor_runtime::failure::Failure;
use byteor_runtime::lane_folder::LaneFolder;
use byteor_runtime::lane_path::default_lane_path;
use byteor_runtime::single_process::ring_failure;

use crate::events::Begun;
use crate::{Approved, wiring};

pub(crate) fn run(
    approved: &Approved,
    spec: &LaneGraphSpec,
    choices: Option<PathBuf>,
) -> Result<(), Failure> {
    if wiring::is_on_network(&approved.bundle) {
        return over_network(approved, spec, choices);
    }
    let prepared = wiring::files_of_graph(approved, choices).prepare()?;
    between(approved, spec, prepared, &mut || {})
}

#[cfg(feature = "net")]
use crate::network::run_graph as over_network;

/// Where no adapter of the build is on the network.
#[cfg(not(feature = "net"))]
fn over_network(approved: &Approved, _: &LaneGraphSpec, _: Option<PathBuf>) -> Result<(), Failure> {
    Err(wiring::first_left_out(&approved.bundle))
}

/// Runs between sources and sinks that are prepared; `end` ends what works for them, and may still say
/// something of the run.
pub(crate) fn between<S: Source, K: Sink + 'static>(
    approved: &Approved,
    spec: &LaneGraphSpec,
    mut prepared: Prepared<S, K>,
    end: &mut dyn FnMut(),
) -> Result<(), Failure> {
    let events = approved.events;
    let lane_path = approved.lane_path.clone();
    let lane_path =
        lane_path.unwrap_or_else(|| default_lane_path(&approved.files.checkpoint, "lanes"));
    let class = wiring::slot_class(&approved.bundle)?;
    approved.tell(prepared.notices());
    // As with a ring: let go only after the folder.
    let _held = prepared.held();
    let folder = LaneFolder::claim(&lane_path)?;
    let tuning = wiring::tuning(&approved.bundle);
    let (workers, applied) = workers(spec, tuning.workers);
    let options = lane_graph::Options {
        wait: tuning.wait,
        workers,
        slots: class,
        lanes: LanesIn::Folder(folder.path().to_path_buf()),
        ..prepared.options()
    };
    let stages = |_: &str, key: &str| approved.secrets.stage(key);
    let graph =
        LaneGraph::start(spec, &stages, prepared.sinks(), &options).map_err(ring_failure)?;
    let ready = prepared.begin(graph)?;
    approved.tell(ready.notices());
    let before = ready.before();
    events.started(&Begun {
        lane_path: &lane_path.to_string_lossy(),
        spec_hash: &approved.checked.spec_hash,
        generation: ready.generation(),
        grounds: &approved.grounds,
        totals: ready.totals(),
        since: ready.since(),
        before: Some(&before),
        workers: &applied,
        wait: tuning.wait,
    });
    let ran = ready.run(&approved.stop, &mut |notice| events.notice(&notice));
    end();
    let mut summary = ran?;
    if let Snapshot::LaneGraph(graph) = summary.snapshot {
        summary.snapshot = graph.named(spec).into();
    }
    events.stopped(&summary);
    Ok(())
}

/// The threads of the roles and egresses: those that are asked for, or as the cores allow.
fn workers(
    spec: &LaneGraphSpec,
    requested: Option<Workers>,
) -> (lane_graph::Workers, AppliedWorkers) {
    let chosen = lane_graph::Workers::for_cores(spec);
    let workers = match requested {
        None => chosen,
        Some(Workers::Dedicated) => lane_graph::Workers::Dedicated,
        Some(Workers::One) => lane_graph::Workers::One,
        Some(Workers::Segments) => match std::thread::available_parallelism() {
            Ok(cores) => lane_graph::Workers::Segments(cores),
            Err(_) => lane_graph::Workers::One,
        },
    };
    let applied = workers.kind();
    let fewer = requested.is_none() && applied != Workers::Dedicated;
    let reason = "fewer cores than roles and egresses";
    let applied = AppliedWorkers {
        requested,
        applied,
        stages: workers.sizes(spec),
        reason: fewer.then(|| reason.to_owned()),
    };
    (workers, applied)
}
