//! `run --sp --step`: test input through the stepping executor, without threads.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use byteor_adapters::framing::{Found, RecordReader};
use byteor_pipeline_spec::PipelineSpecV1;
use byteor_pipeline_step::{Choices, NodeKind, Options, Stages, StepError, StepKind, Stepper};

use crate::failure::{Exit, Failure};

/// What was asked for.
pub(crate) struct Asked<'a> {
    pub record_bytes: usize,
    pub seed: u64,
    pub ingress: Option<&'a str>,
    pub choices: Option<&'a Path>,
}

/// Feeds the whole input, as the page does, and steps until all is through: what a merge or a schedule
/// makes of it depends on when records are there. What comes out goes to standard output, one record a
/// line, with the egress and a tab before it where there are several.
pub(crate) fn run(
    spec: &PipelineSpecV1,
    mut lines: RecordReader,
    input: &Path,
    asked: Asked<'_>,
) -> Result<Exit, Failure> {
    let options = Options {
        seed: asked.seed,
        record_bytes: asked.record_bytes,
        choices: asked.choices.map(read_choices).transpose()?,
        ..Options::default()
    };
    let stepper = Stepper::new(spec, &Stages::default(), options)
        .map_err(|error| failure(error, Exit::Refused))?;
    let ingress = ingress(&stepper, asked.ingress)?;
    let mut out = Out {
        several: egresses(&stepper) > 1,
        stdout: BufWriter::new(io::stdout()),
        records: 0,
    };
    let mut run = Run {
        stepper,
        too_large: 0,
    };
    let unreadable =
        |error: io::Error| Failure::unreadable("E_INPUT_READ", "the test input", input, &error, "");
    while let Some(line) = lines.next_to_end().map_err(unreadable)? {
        match line {
            Found::Record { range, .. } => {
                let record = lines.bytes(range);
                run.stepper
                    .feed(ingress, record)
                    .map_err(|error| failure(error, Exit::Failed))?;
            }
            Found::TooLarge { start, len, .. } => {
                run.too_large += 1;
                eprintln!(
                    "rejected[E_RECORD_TOO_LARGE]: the record at byte {start} has {len} bytes"
                );
            }
            // Only records with their lengths are torn.
            Found::Torn { .. } | Found::NoLength { .. } | Found::EndOfFile => {}
        }
    }
    run.stepper.end_input();
    run.go_on(&mut out)?;
    out.stdout.flush().map_err(output)?;
    run.report(out.records);
    Ok(Exit::Done)
}

/// The choices that a run recorded.
fn read_choices(path: &Path) -> Result<Choices, Failure> {
    let help = "name the file of `run --record-choices=PATH`";
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::unreadable("E_CHOICES_READ", "the choices", path, &error, help)
    })?;
    Choices::from_text(&text).map_err(|why| {
        let message = format!("{}: {why}", path.display());
        Failure::new(Exit::Input, "E_CHOICES_READ", message, help)
    })
}

/// Which ingress the input goes to: the one that is named, or the only one.
fn ingress(stepper: &Stepper, named: Option<&str>) -> Result<usize, Failure> {
    let ids = stepper.ingresses();
    let found = match named {
        Some(named) => ids.iter().position(|id| id == named),
        None => (ids.len() == 1).then_some(0),
    };
    found.ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "E_RUN_INGRESS",
            "the test input goes to one ingress, and none or no such one is named",
            format!("name one with --ingress=ID: {}", ids.join(", ")),
        )
    })
}

fn egresses(stepper: &Stepper) -> usize {
    let nodes = stepper.nodes();
    let egress = nodes.iter().filter(|node| node.kind() == NodeKind::Egress);
    egress.count()
}

struct Out {
    several: bool,
    stdout: BufWriter<io::Stdout>,
    records: u64,
}

impl Out {
    fn put(&mut self, egress: &str, record: &[u8]) -> io::Result<()> {
        if self.several {
            write!(self.stdout, "{egress}\t")?;
        }
        self.stdout.write_all(record)?;
        self.records += 1;
        self.stdout.write_all(b"\n")
    }
}

struct Run {
    stepper: Stepper,
    /// Lines that were longer than a record may be, and so never fed.
    too_large: u64,
}

impl Run {
    fn go_on(&mut self, out: &mut Out) -> Result<(), Failure> {
        while let Some(step) = self
            .stepper
            .step()
            .map_err(|error| failure(error, Exit::Failed))?
        {
            let Some(node) = self.stepper.node(step.node as usize) else {
                continue;
            };
            match step.kind {
                StepKind::Out => {
                    let record = self.stepper.after().unwrap_or_default();
                    out.put(node.id(), record).map_err(output)?;
                }
                StepKind::Rejected => {
                    eprintln!("rejected: record {} in `{}`", step.record, node.id());
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn report(&self, records_out: u64) {
        let (mut fed, mut dropped, mut rejected, mut missed) = (0, 0, self.too_large, 0);
        for node in self.stepper.nodes() {
            let counters = node.counters();
            if node.kind() == NodeKind::Ingress {
                fed += counters.taken;
            }
            dropped += counters.dropped;
            rejected += counters.rejected;
            missed += counters.discarded + counters.lost;
            if let Some(key) = node.would_act() {
                let times = counters.taken;
                eprintln!("`{}` would have acted {times} times: {key}", node.id());
            }
        }
        let came_in = fed + self.too_large;
        eprintln!(
            "{came_in} records in, {records_out} out, {dropped} dropped, {rejected} rejected"
        );
        if missed > 0 {
            eprintln!("{missed} discarded or overwritten in full lanes");
        }
        eprintln!("{} steps", self.stepper.steps());
    }
}

fn failure(error: StepError, exit: Exit) -> Failure {
    Failure {
        stage: error.node.clone(),
        ..Failure::new(
            exit,
            error.code,
            error.to_string(),
            "change the plan, and try again",
        )
    }
}

fn output(error: io::Error) -> Failure {
    let help = "give standard output a place that can be written";
    Failure::new(
        Exit::Failed,
        "E_OUTPUT",
        format!("standard output: {error}"),
        help,
    )
}
