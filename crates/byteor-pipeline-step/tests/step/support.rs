//! Runs of steppers, as tests look at them.

use std::collections::BTreeMap;

use byteor_pipeline::{ExecutionTarget, compile};
use byteor_pipeline_generator::Random;
use byteor_pipeline_spec::PipelineSpecV1;
use byteor_pipeline_stages::Secrets;
use byteor_pipeline_step::{Options, Recorder, Stages, Step, StepError, StepKind, Stepper};

/// Stand-ins for whatever secret a key names.
pub struct StandIns;

impl Secrets for StandIns {
    fn secret(&self, name: &str) -> Option<&[u8]> {
        (!name.is_empty()).then_some(b"a stand-in of at least thirty-two bytes")
    }
}

pub fn stepper(spec: &PipelineSpecV1, options: Options) -> Stepper {
    Stepper::new(spec, &Stages(&StandIns), options).expect("the spec can be stepped")
}

/// Each record to each ingress in turn.
pub fn feed(stepper: &mut Stepper, records: &[Vec<u8>]) {
    let ingresses = stepper.ingresses().len();
    for (at, record) in records.iter().enumerate() {
        stepper.feed(at % ingresses, record).unwrap();
    }
    stepper.end_input();
}

/// All that can be seen of a run.
#[derive(Debug, Default)]
pub struct Run {
    pub trace: Vec<(Step, Option<Vec<u8>>)>,
    /// What left, by egress or last stage, with the record's number.
    pub out: BTreeMap<String, Vec<(u64, Vec<u8>)>>,
    pub recorder: Recorder,
}

impl Run {
    pub fn take(&mut self, stepper: &mut Stepper) -> Result<bool, StepError> {
        let Some(step) = stepper.step()? else {
            return Ok(false);
        };
        self.recorder.saw(stepper, &step);
        let after = stepper.after().map(<[u8]>::to_vec);
        if step.kind == StepKind::Out {
            let node = stepper.node(step.node as usize).unwrap();
            let id = format!("{}/{}", node.id(), node.shard());
            let out = self.out.entry(id).or_default();
            out.push((step.record, after.clone().unwrap()));
        }
        self.trace.push((step, after));
        Ok(true)
    }

    pub fn of(stepper: &mut Stepper) -> Self {
        let mut run = Self::default();
        while run.take(stepper).unwrap() {}
        run
    }

    pub fn kinds(&self, kind: StepKind) -> usize {
        self.trace
            .iter()
            .filter(|(step, _)| step.kind == kind)
            .count()
    }

    /// What left, without its order.
    pub fn multiset(&self) -> BTreeMap<String, Vec<(u64, Vec<u8>)>> {
        let mut out = self.out.clone();
        out.values_mut().for_each(|records| records.sort());
        out
    }

    /// The records of the only egress.
    pub fn only_out(&self) -> Vec<Vec<u8>> {
        assert!(self.out.len() <= 1, "{:?}", self.out.keys());
        let records = self.out.values().flatten();
        records.map(|(_, record)| record.clone()).collect()
    }
}

pub fn spec_of(text: &str, target: ExecutionTarget) -> Option<PipelineSpecV1> {
    compile(text, target).report.map(|report| report.spec)
}

/// The plans of docs/examples that lower for the target, with their names.
pub fn sample_specs(target: ExecutionTarget) -> Vec<(String, PipelineSpecV1)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/plans");
    let mut specs: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "plan"))
        .filter_map(|path| {
            let text = String::from_utf8(std::fs::read(&path).unwrap()).ok()?;
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            Some((name, spec_of(&text, target)?))
        })
        .collect();
    specs.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(specs.len() > 5, "the examples were found");
    specs
}

/// Records that the stages of the examples and of generated plans have something to do with.
pub fn records(seed: u64, count: usize) -> Vec<Vec<u8>> {
    const PIECES: [&str; 14] = [
        "a",
        "error ",
        "level=debug 3",
        "status=404 ",
        "{\"user\":\"ann\",\"mail\":\"ann@example.com\",\"id\":7}",
        "{\"id\":8,\"level\":\"warn\"}",
        "ann@example.com ",
        " ",
        "",
        "GET /index.html",
        ",",
        "order=12 ",
        "\\xff",
        "abc5@x.org",
    ];
    let mut random = Random::new(seed, 77);
    (0..count)
        .map(|_| {
            if random.once_in(40) {
                return vec![b'x'; 200 + random.below(120)];
            }
            let pieces = 1 + random.below(3);
            let text: String = (0..pieces).map(|_| *random.pick(&PIECES)).collect();
            text.into_bytes()
        })
        .collect()
}
