//! `run --sp`: a spec brought up once, in one process, on test input.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use byteor_adapters::framing::{Found, Framing, RecordReader};
use byteor_pipeline_exec::{
    Counters, ExecError, MemSequencedSlots, Options, Producer, PublishError, RecordSink, Running,
    ShmSequencedSlots, SingleRing, SinkFailure, SinkRecord, SlotClass,
};
use byteor_pipeline_spec::PipelineSpecV1;
use clap::Args;

use crate::failure::{Exit, Failure};
use crate::graph_process;
use crate::lane_path::LaneFile;
use crate::spec_file::{SpecFile, spec_path};
use crate::stages::pure_stages;
use crate::stepped;

/// Bring a spec up once, in one process, on test input, and print what comes out.
///
/// Exit 0; 3 when spec or input can't be read; 4 when the spec isn't canonical or needs a
/// capability; 5 when a stage fails.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The spec. Otherwise the variable BYTEOR_SPEC, otherwise /etc/byteor/spec.kv.
    #[arg(long, value_name = "PATH")]
    pub spec: Option<PathBuf>,
    /// In one process, once. This binary has no adapters, so it knows no other way to run.
    #[arg(long)]
    pub sp: bool,
    /// The test input, one record a line.
    #[arg(long, value_name = "PATH")]
    pub input: Option<PathBuf>,
    /// Run over a shared region at this path, a lane graph over a folder of them. Otherwise in
    /// memory.
    #[arg(long, value_name = "PATH")]
    pub lane_path: Option<PathBuf>,
    /// Largest record: 256, 1024, 4096 or 16384 bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 256)]
    pub slot_bytes: u32,
    /// Step by step, without threads: also rings that no threads of this build run.
    /// Stages that act on the outside pass records on, and say so at the end.
    #[arg(long, requires = "sp", conflicts_with = "lane_path")]
    pub step: bool,
    /// Which order the steps have, with --step: 0 goes round the roles, any other number shuffles.
    #[arg(long, value_name = "N", requires = "step", default_value_t = 0)]
    pub seed: u64,
    /// Choices that a run recorded, with --step: the same bytes come out as there.
    #[arg(long, value_name = "PATH", requires = "step")]
    pub choices: Option<PathBuf>,
    /// The ingress that the test input goes to, where the spec has several.
    #[arg(long, value_name = "ID")]
    pub ingress: Option<String>,
    /// Report a failure as JSON on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Runs the records of the input through the spec; what comes out goes to standard output, one
/// record a line, and the counts to standard error.
pub fn run(args: RunArgs) -> Result<Exit, Failure> {
    let usage =
        |code: &str, message: &str, help: &str| Err(Failure::new(Exit::Usage, code, message, help));
    if !args.sp {
        let help = "add --sp --input=PATH for a run on test input, or use `byteor-edgeplane run` \
                    with an adapter config";
        return usage("E_RUN_NEEDS_ADAPTERS", "this binary has no adapters", help);
    }
    let Some(input) = args.input else {
        let help = "name a file with one record a line with --input=PATH";
        return usage("E_INPUT_MISSING", "--sp needs explicit test input", help);
    };
    let Some(class) = SlotClass::from_slot_bytes(args.slot_bytes) else {
        let message = format!("there is no record size of {} bytes", args.slot_bytes);
        return usage("E_SLOT_BYTES", &message, "use 256, 1024, 4096 or 16384");
    };
    let spec = SpecFile::read(&spec_path(args.spec))?;
    spec.require_canonical()?;
    spec.require_valid()?;
    let open = || {
        File::open(&input).map_err(|error| {
            let help = "name an existing file with --input=PATH";
            Failure::unreadable("E_INPUT_READ", "the test input", &input, &error, help)
        })
    };
    if args.step {
        let reader = lines(open()?, class);
        return stepped::run(
            &spec.spec,
            reader,
            &input,
            stepped::Asked {
                record_bytes: class.slot_bytes(),
                seed: args.seed,
                ingress: args.ingress.as_deref(),
                choices: args.choices.as_deref(),
            },
        );
    }
    let ring_spec = match &spec.spec {
        PipelineSpecV1::SingleRing(ring) => ring,
        PipelineSpecV1::LaneGraph(graph) => {
            let reader = lines(open()?, class);
            let asked = graph_process::Asked {
                slots: class,
                ingress: args.ingress.as_deref(),
                lane_path: args.lane_path.as_deref(),
            };
            return graph_process::run(graph, reader, &input, &asked);
        }
    };
    if let Some(named) = args.ingress.filter(|named| named != "ingress") {
        let message = format!("a single ring has one ingress, and it is not `{named}`");
        return usage("E_RUN_INGRESS", &message, "leave --ingress away");
    }
    let file = open()?;

    let sink = Box::new(Stdout(BufWriter::new(io::stdout())));
    let lane = args
        .lane_path
        .map(|path| LaneFile::claim(&path))
        .transpose()?;
    let mut ring = match &lane {
        None => {
            let region = MemSequencedSlots::new(class, 1);
            SingleRing::start(ring_spec, region, &pure_stages, sink, Options::default())
        }
        Some(lane) => {
            let region = ShmSequencedSlots::recreate(lane.path(), class).map_err(|error| {
                let help = "name another place with --lane-path=PATH, with room for the region";
                Failure::new(Exit::Failed, error.code(), error.to_string(), help)
            })?;
            SingleRing::start(ring_spec, region, &pure_stages, sink, Options::default())
        }
    }
    .map_err(ring_failure)?;
    let mut producer = ring.producer().map_err(ring_failure)?;
    let reader = lines(file, class);
    let fed = feed(reader, &mut producer, &ring, &input);
    if fed.is_ok() {
        drain(&ring)?;
    }
    drop(producer);
    let counters = ring.stop_and_join().map_err(ring_failure)?;
    fed?;
    report(counters);
    Ok(Exit::Done)
}

fn report(counters: Counters) {
    eprintln!(
        "{} records in, {} out, {} dropped, {} rejected",
        counters.records_in, counters.records_out, counters.dropped, counters.rejected
    );
}

/// The lines of the test input, as records of a slot at most.
fn lines(file: File, class: SlotClass) -> RecordReader {
    RecordReader::new(Arc::new(file), Framing::Lines, 0, class.slot_bytes())
}

fn feed(
    mut reader: RecordReader,
    producer: &mut Producer,
    ring: &Running,
    input: &std::path::Path,
) -> Result<(), Failure> {
    let unreadable =
        |error: io::Error| Failure::unreadable("E_INPUT_READ", "the test input", input, &error, "");
    while let Some(line) = reader.next_to_end().map_err(unreadable)? {
        match line {
            Found::Record { range, .. } => match producer.append(reader.bytes(range)) {
                Ok(_) => {}
                // What stopped it is told when the ring is joined.
                Err(PublishError::Stopped) if ring.stopped() => return Ok(()),
                Err(error) => {
                    let help = "start again";
                    return Err(Failure::new(
                        Exit::Failed,
                        error.code(),
                        error.to_string(),
                        help,
                    ));
                }
            },
            Found::TooLarge { start, len, .. } => {
                producer.count_ingress_reject(usize::try_from(len).unwrap_or(usize::MAX));
                eprintln!(
                    "rejected[E_RECORD_TOO_LARGE]: the record at byte {start} has {len} bytes"
                );
            }
            // Only records with their lengths are torn.
            Found::Torn { .. } | Found::NoLength { .. } | Found::EndOfFile => {}
        }
    }
    producer.flush();
    Ok(())
}

fn drain(ring: &Running) -> Result<(), Failure> {
    loop {
        match ring.drain(Duration::from_secs(3600)) {
            Err(ExecError::DrainTimeout { .. }) => {}
            Err(error) => return Err(ring_failure(error)),
            Ok(()) => return Ok(()),
        }
    }
}

/// An executor's error, naming the stage that it is about.
pub fn ring_failure(error: ExecError) -> Failure {
    let (exit, help) = match error {
        ExecError::Spec(_) | ExecError::Unsupported { .. } | ExecError::Unresolved { .. } => (
            Exit::Refused,
            "change the plan so that this build can run it, or use a build that can",
        ),
        ExecError::State { .. } => (
            Exit::Failed,
            "move the checkpoint away to start anew: the input is then read from where the config \
             says, and the output is appended to",
        ),
        _ => (Exit::Failed, "start again"),
    };
    Failure {
        stage: error.stage_id().map(str::to_owned),
        ..Failure::new(exit, error.code(), error.to_string(), help)
    }
}

struct Stdout(BufWriter<io::Stdout>);

impl RecordSink for Stdout {
    fn take(&mut self, sequence: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        match record {
            SinkRecord::Forward(bytes) => written(
                self.0
                    .write_all(bytes)
                    .and_then(|()| self.0.write_all(b"\n")),
            ),
            SinkRecord::Dropped { .. } => Ok(()),
            SinkRecord::Rejected { stage, len, .. } => {
                eprintln!(
                    "rejected[E_RECORD_TOO_LARGE]: record {sequence} grew to {len} bytes in \
                     stage {stage}"
                );
                Ok(())
            }
        }
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        written(self.0.flush())
    }
}

pub(crate) fn written(result: io::Result<()>) -> Result<(), SinkFailure> {
    result.map_err(|error| SinkFailure::new("E_OUTPUT", format!("standard output: {error}")))
}
