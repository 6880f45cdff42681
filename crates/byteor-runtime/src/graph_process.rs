//! `run --sp` of a lane graph: all its roles in this process, on test input.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use byteor_adapters::framing::{Found, RecordReader};
use byteor_pipeline_exec::lane_graph::{EgressSink, Ingress, LanesIn, Options, Workers};
use byteor_pipeline_exec::{
    ExecError, LaneGraph, LaneGraphSnapshot, PublishError, RunningGraph, SinkFailure, SlotClass,
};
use byteor_pipeline_spec::{EndpointKind, LaneGraphSpec};

use crate::failure::{Exit, Failure};
use crate::lane_folder::LaneFolder;
use crate::single_process::{ring_failure, written};
use crate::stages::pure_stages;

/// What was asked for.
pub(crate) struct Asked<'a> {
    pub slots: SlotClass,
    pub ingress: Option<&'a str>,
    pub lane_path: Option<&'a Path>,
}

/// Runs the lines through the graph. What comes out goes to standard output, one record a line, with
/// the egress and a tab before it where there are several, in the order in which records leave.
pub(crate) fn run(
    spec: &LaneGraphSpec,
    lines: RecordReader,
    input: &Path,
    asked: &Asked<'_>,
) -> Result<Exit, Failure> {
    let id = ingress_of(spec, asked.ingress)?;
    let folder = asked.lane_path.map(LaneFolder::claim).transpose()?;
    let options = Options {
        workers: Workers::for_cores(spec),
        slots: asked.slots,
        lanes: match &folder {
            Some(folder) => LanesIn::Folder(folder.path().to_path_buf()),
            None => LanesIn::Memory,
        },
        ..Options::default()
    };
    let started = LaneGraph::start(spec, &pure_stages, sinks(spec), &options);
    let mut running = started.map_err(ring_failure)?;
    let ingress = running.ingress(id).map_err(ring_failure)?;
    let fed = feed(lines, ingress, &running, input);
    if fed.is_ok() {
        drain(&mut running)?;
    }
    running.stop_and_join().map_err(ring_failure)?;
    fed?;
    report(&running.snapshot());
    Ok(Exit::Done)
}

/// Which ingress the input goes to: the one that is named, or the only one.
fn ingress_of<'s>(spec: &'s LaneGraphSpec, named: Option<&str>) -> Result<&'s str, Failure> {
    let endpoints = spec.endpoints.iter();
    let ids: Vec<&str> = endpoints
        .filter(|endpoint| endpoint.kind == EndpointKind::Ingress)
        .map(|endpoint| endpoint.id.as_str())
        .collect();
    let found = match named {
        Some(named) => ids.iter().find(|id| **id == named),
        None => ids.first().filter(|_| ids.len() == 1),
    };
    found.copied().ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "E_RUN_INGRESS",
            "the test input goes to one ingress, and none or no such one is named",
            format!("name one with --ingress=ID: {}", ids.join(", ")),
        )
    })
}

fn sinks(spec: &LaneGraphSpec) -> BTreeMap<String, Box<dyn EgressSink>> {
    let egress = |kind| kind == EndpointKind::Egress;
    let endpoints = || spec.endpoints.iter().filter(|one| egress(one.kind));
    let several = endpoints().count() > 1;
    let stdout = Arc::new(Mutex::new(BufWriter::new(io::stdout())));
    endpoints()
        .map(|endpoint| {
            let sink: Box<dyn EgressSink> = Box::new(Stdout {
                before: if several {
                    format!("{}	", endpoint.id)
                } else {
                    String::new()
                },
                stdout: Arc::clone(&stdout),
            });
            (endpoint.id.clone(), sink)
        })
        .collect()
}

fn feed(
    mut lines: RecordReader,
    mut ingress: Ingress,
    running: &RunningGraph,
    input: &Path,
) -> Result<(), Failure> {
    let unreadable =
        |error: io::Error| Failure::unreadable("E_INPUT_READ", "the test input", input, &error, "");
    while let Some(line) = lines.next_to_end().map_err(unreadable)? {
        match line {
            Found::Record { range, .. } => match ingress.append(lines.bytes(range)) {
                Ok(()) => {}
                // What stopped it is told when the graph is joined.
                Err(PublishError::Stopped) if running.stopped() => return Ok(()),
                Err(error) => {
                    let (code, help) = (error.code(), "start again");
                    return Err(Failure::new(Exit::Failed, code, error.to_string(), help));
                }
            },
            Found::TooLarge { start, len, .. } => {
                ingress.count_reject(usize::try_from(len).unwrap_or(usize::MAX));
                eprintln!(
                    "rejected[E_RECORD_TOO_LARGE]: the record at byte {start} has {len} bytes"
                );
            }
            // Only records with their lengths are torn.
            Found::Torn { .. } | Found::NoLength { .. } | Found::EndOfFile => {}
        }
    }
    ingress.end();
    Ok(())
}

fn drain(running: &mut RunningGraph) -> Result<(), Failure> {
    loop {
        match running.drain(Duration::from_secs(3600)) {
            Err(ExecError::GraphDrainTimeout { .. }) if !running.stopped() => {}
            Err(error) => return Err(ring_failure(error)),
            Ok(()) => return Ok(()),
        }
    }
}

fn report(snapshot: &LaneGraphSnapshot) {
    let counters = &snapshot.counters;
    eprintln!(
        "{} records in, {} out, {} dropped, {} rejected",
        counters.records_in, counters.records_out, counters.dropped, counters.rejected
    );
    let discarded: u64 = snapshot.lanes.iter().map(|lane| lane.dropped).sum();
    if discarded > 0 {
        eprintln!("{discarded} discarded or overwritten in full lanes");
    }
}

/// Standard output, which the egresses share.
struct Stdout {
    before: String,
    stdout: Arc<Mutex<BufWriter<io::Stdout>>>,
}

impl EgressSink for Stdout {
    fn take(&mut self, record: &[u8]) -> Result<(), SinkFailure> {
        let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = [self.before.as_bytes(), record, b"\n"];
        written(parts.iter().try_for_each(|part| stdout.write_all(part)))
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        written(stdout.flush())
    }
}
