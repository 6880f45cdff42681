//! One run from its start to its end: what the cases of a draft are judged by.

use byteor_json::{ApiError, objects};
use byteor_pipeline_spec::decode_kv_v1;
use byteor_pipeline_step::{Options, Stages, StepKind, Stepper};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::records::{readable, record_of, refused};
use crate::run::{RunWord, word_of};
use crate::secrets::StandIns;
use crate::{Here, TrySecret};

/// The most records that an answer tells the end of.
const ENDS_MAX: usize = 200;

/// Records for an ingress.
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunInput {
    /// The ingress; any name will do for a ring, which has one.
    pub ingress: String,
    /// The records, with the escapes of the cases.
    pub records: Vec<String>,
}

/// The request of `run_once`.
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunRequest {
    /// The spec as KV text.
    pub spec: String,
    /// The records by ingress. They are numbered from 1 in this order.
    pub input: Vec<RunInput>,
    /// Stand-ins for secrets that keys name; the others have one for all of them.
    pub secrets: Vec<TrySecret>,
    /// The most bytes that a record may have, 1 to 16,384.
    pub record_bytes: u32,
    /// Which order the steps have: 0 goes round the nodes.
    pub seed: u32,
    /// The most steps.
    pub steps: u32,
    /// The most bytes of all records that come out.
    pub bytes: u32,
}

/// What left through an egress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunOutput {
    /// The egress; of a ring its last stage.
    pub egress: String,
    /// The records, in order, with the escapes of the cases.
    pub records: Vec<String>,
    /// The number of the record that each of them comes from.
    pub numbers: Vec<u32>,
}

/// What a node did with the records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunNode {
    /// Its id in the spec.
    pub id: String,
    /// Records that it took.
    pub taken: u32,
    /// Records that it passed on.
    pub passed: u32,
    /// Records that it dropped.
    pub dropped: u32,
    /// Records that it rejected.
    pub rejected: u32,
    /// Records that a full lane discarded, or that were overwritten before it read them.
    pub missed: u32,
    /// The key of a stage that would act on the outside on each record that it took.
    pub acts: Option<String>,
}

/// A record that came to its end inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunEnd {
    /// Its number.
    pub record: u32,
    /// Id of the node.
    pub node: String,
    /// What became of it: `dropped`, `rejected`, `discarded` or `lost`.
    pub what: RunWord,
    /// Which step that was, from 1.
    pub step: u32,
}

/// The answer to `run_once`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunAnswer {
    /// What left, for each egress of the spec.
    pub outputs: Vec<RunOutput>,
    /// What each node did, in the order that records flow.
    pub nodes: Vec<RunNode>,
    /// The first records that came to their end inside.
    pub ends: Vec<RunEnd>,
    /// How many steps there were.
    pub steps: u32,
    /// Whether all of it is through; not where a limit or a failure ended it.
    pub finished: bool,
    /// Why a stage failed.
    pub failure: Option<ApiError>,
}

objects! {
    closed RunRequest(f) {
        RunRequest {
            spec: f.text("spec")?,
            input: f.take("input")?,
            secrets: f.take("secrets")?,
            record_bytes: f.take("record_bytes")?,
            seed: f.take("seed")?,
            steps: f.take("steps")?,
            bytes: f.take("bytes")?,
        }
    }
    closed RunInput(f) { RunInput { ingress: f.text("ingress")?, records: f.take("records")? } }
}

/// `RunRequest` → `RunAnswer`. A spec or key that can't be run is an error; a stage that fails in the
/// run is said in the answer, beside what came out before.
#[wasm_bindgen]
pub fn run_once(json: &str) -> String {
    byteor_json::answer::<Here, RunRequest, _>(json, once)
}

fn once(request: RunRequest) -> Result<RunAnswer, ApiError> {
    let mut stepper = stepper_of(
        &request.spec,
        request.secrets,
        Options {
            seed: u64::from(request.seed),
            record_bytes: request.record_bytes as usize,
            ..Options::default()
        },
    )?;
    for RunInput { ingress, records } in &request.input {
        let index = ingress_of(&stepper, ingress)?;
        for text in records {
            let record = record_of(text, stepper.fed_count() + 1)?;
            stepper.feed(index, &record).map_err(|e| refused(&e))?;
        }
    }
    stepper.end_input();
    Ok(run_to_end(&mut stepper, request.steps, request.bytes))
}

/// Runs a stepper that was fed, until all is through or a limit is reached.
pub(crate) fn run_to_end(stepper: &mut Stepper, steps: u32, most: u32) -> RunAnswer {
    let mut answer = RunAnswer {
        outputs: Vec::new(),
        nodes: Vec::new(),
        ends: Vec::new(),
        steps: 0,
        finished: false,
        failure: None,
    };
    // By node: where its records are in `outputs`.
    let mut places = vec![usize::MAX; stepper.nodes().len()];
    for (node, view) in stepper.nodes().iter().enumerate() {
        if view.leaves() {
            let same = |output: &RunOutput| output.egress == view.id();
            places[node] = answer.outputs.iter().position(same).unwrap_or_else(|| {
                answer.outputs.push(RunOutput {
                    egress: view.id().to_owned(),
                    records: Vec::new(),
                    numbers: Vec::new(),
                });
                answer.outputs.len() - 1
            });
        }
    }
    let mut bytes = 0;
    while answer.steps < steps && bytes <= most as usize {
        let step = match stepper.step() {
            Ok(Some(step)) => step,
            Ok(None) => break,
            Err(error) => {
                answer.failure = Some(refused(&error));
                break;
            }
        };
        answer.steps += 1;
        let node = step.node as usize;
        match step.kind {
            StepKind::Out => {
                let record = stepper.after().unwrap_or_default();
                bytes += record.len();
                let output = &mut answer.outputs[places[node]];
                output.records.push(readable(record));
                output.numbers.push(step.record as u32);
            }
            StepKind::Dropped | StepKind::Rejected | StepKind::Discarded | StepKind::Lost
                if answer.ends.len() < ENDS_MAX =>
            {
                answer.ends.push(RunEnd {
                    record: step.record as u32,
                    node: stepper.node(node).map_or("", |node| node.id()).to_owned(),
                    what: word_of(step.kind),
                    step: answer.steps,
                });
            }
            _ => {}
        }
    }
    answer.finished = stepper.finished();
    answer.nodes = stepper
        .nodes()
        .iter()
        .map(|node| {
            let counters = node.counters();
            RunNode {
                id: node.id().to_owned(),
                taken: counters.taken as u32,
                passed: counters.passed as u32,
                dropped: counters.dropped as u32,
                rejected: counters.rejected as u32,
                missed: (counters.discarded + counters.lost) as u32,
                acts: node.would_act().map(str::to_owned),
            }
        })
        .collect();
    answer
}

pub(crate) fn stepper_of(
    spec: &str,
    secrets: Vec<TrySecret>,
    options: Options,
) -> Result<Stepper, ApiError> {
    let spec = decode_kv_v1(spec).map_err(|error| ApiError::new(error.code, error.to_string()))?;
    let secrets = StandIns::for_all(secrets);
    Stepper::new(&spec, &Stages(&secrets), options).map_err(|error| refused(&error))
}

/// The index of an ingress. A ring has one, which the spec has no name for.
pub(crate) fn ingress_of(stepper: &Stepper, name: &str) -> Result<usize, ApiError> {
    find_ingress(stepper, name).ok_or_else(|| {
        ApiError::new(
            "E_STEP_INGRESS",
            format!(
                "There is no ingress `{name}`; the spec has {}",
                stepper.ingresses().join(", ")
            ),
        )
        .arg("ingress", name)
    })
}

/// The same, where there is one.
pub(crate) fn find_ingress(stepper: &Stepper, name: &str) -> Option<usize> {
    let ids = stepper.ingresses();
    let ring = stepper.lane(0).is_some_and(|lane| lane.ring());
    let index = ids.iter().position(|id| id == name);
    index.or((ring && ids.len() == 1).then_some(0))
}
