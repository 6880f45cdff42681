//! Two versions over the same records: the first output of each egress that differs.

mod trail;

use std::collections::BTreeSet;

use byteor_json::{ApiError, objects};
use byteor_pipeline_step::{Difference, Differs, Options, Outputs, Stepper, compare_outputs};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::once::{RunAnswer, RunInput, RunNode, RunOutput, find_ingress, run_to_end, stepper_of};
use crate::records::{record_of, refused};
use crate::{Here, TrySecret};

pub use trail::{PartedAt, RunTrail};
use trail::{Trails, parted_at, trails};

/// An element that has another id in the version after.
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RenamedElement {
    /// Its id before.
    pub before: String,
    /// Its id after.
    pub after: String,
}

/// The request of `compare_runs`.
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CompareRunsRequest {
    /// The spec before, as KV text.
    pub before: String,
    /// The spec after, as KV text.
    pub after: String,
    /// The records by ingress, by its id after. They are numbered from 1 in this order. A version
    /// without that ingress gets none of its records.
    pub input: Vec<RunInput>,
    /// Elements with another id, ingresses and egresses too.
    pub renamed: Vec<RenamedElement>,
    /// Stand-ins for secrets that keys name; the others have one for all of them.
    pub secrets: Vec<TrySecret>,
    /// The most bytes that a record may have, 1 to 16,384.
    pub record_bytes: u32,
    /// Which order the steps have: 0 goes round the nodes.
    pub seed: u32,
    /// The most steps of each run.
    pub steps: u32,
    /// The most bytes of all records that come out of each.
    pub bytes: u32,
}

/// How an output differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum OutputDiffers {
    /// Another record comes out in its place.
    Other,
    /// It came out before only.
    Missing,
    /// It comes out after only.
    Extra,
    /// The same records come out, in another order.
    Order,
}

/// An output of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ComparedOutput {
    /// Its place among the outputs of the egress, from 0.
    pub index: u32,
    /// The record, with the escapes of the cases.
    pub record: String,
}

/// The first output that differs, and the record that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OutputDifference {
    /// How.
    pub differs: OutputDiffers,
    /// The number of the record that came in.
    pub record: u32,
    /// The ingress that it came in through, by its id after.
    pub ingress: String,
    /// The record that came in, with the escapes of the cases.
    pub input: String,
    /// What came out before; null where that is missing.
    pub before: Option<ComparedOutput>,
    /// What came out after; null where that is missing.
    pub after: Option<ComparedOutput>,
    /// What the nodes before made of the record that came in, in turn.
    pub before_trail: Vec<RunTrail>,
    /// What the nodes after made of it.
    pub after_trail: Vec<RunTrail>,
    /// The first node that makes something else of it; null where only the order differs, or the
    /// difference comes of records before it.
    pub parted_at: Option<PartedAt>,
}

/// The outputs of one egress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EgressComparison {
    /// Its id after, or before where it was removed; of a ring its last stage.
    pub egress: String,
    /// Its id before, where that was another one.
    pub before_egress: Option<String>,
    /// How many records left through it before; null where there was none.
    pub before: Option<u32>,
    /// How many leave through it after; null where there is none.
    pub after: Option<u32>,
    /// Of how many records that came in something else comes out.
    pub differing: u32,
    /// The first that differs; null where all are the same, or one version has no such egress.
    pub first: Option<OutputDifference>,
}

/// How one of the runs went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunHalf {
    /// How many records came in.
    pub records: u32,
    /// What each node did, in the order that records flow.
    pub nodes: Vec<RunNode>,
    /// How many steps there were.
    pub steps: u32,
    /// Whether all of it is through; not where a limit or a failure ended it.
    pub finished: bool,
    /// Why a stage failed.
    pub failure: Option<ApiError>,
}

/// The answer to `compare_runs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunComparison {
    /// The run of the version before.
    pub before: RunHalf,
    /// The run of the version after.
    pub after: RunHalf,
    /// The egresses of either: those after, then those that were removed.
    pub egresses: Vec<EgressComparison>,
}

objects! {
    closed CompareRunsRequest(f) {
        CompareRunsRequest {
            before: f.text("before")?,
            after: f.text("after")?,
            input: f.take("input")?,
            renamed: f.take("renamed")?,
            secrets: f.take("secrets")?,
            record_bytes: f.take("record_bytes")?,
            seed: f.take("seed")?,
            steps: f.take("steps")?,
            bytes: f.take("bytes")?,
        }
    }
    closed RenamedElement(f) {
        RenamedElement { before: f.text("before")?, after: f.text("after")? }
    }
}

/// `CompareRunsRequest` → `RunComparison`. A spec or key that can't be run is an error, with `before`
/// or `after` in the argument `side`; a stage that fails in a run is said in the answer.
#[wasm_bindgen]
pub fn compare_runs(json: &str) -> String {
    byteor_json::answer::<Here, CompareRunsRequest, _>(json, compare)
}

/// One version with what came out of it.
struct Side {
    answer: RunAnswer,
    /// The numbers that the request has for the records that came in.
    numbers: Vec<u32>,
}

fn compare(request: CompareRunsRequest) -> Result<RunComparison, ApiError> {
    let side = |name: &str| side(&request, name).map_err(|error| error.arg("side", name));
    let (old, new) = (side("before")?, side("after")?);
    let mut egresses = Vec::new();
    let mut firsts: Vec<Option<Difference>> = Vec::new();
    for (before, after) in pairs(&request, &old.answer.outputs, &new.answer.outputs) {
        let (differing, first) = match (before, after) {
            (Some(before), Some(after)) => compare_outputs(
                Outputs {
                    records: &before.records,
                    numbers: &numbers(&old, before),
                },
                Outputs {
                    records: &after.records,
                    numbers: &numbers(&new, after),
                },
            ),
            _ => (0, None),
        };
        let count = |side: Option<&RunOutput>| side.map(|output| output.records.len() as u32);
        let first_output = |side: Option<&RunOutput>, at: Option<usize>| {
            let (at, output) = (at?, side?);
            Some(ComparedOutput {
                index: at as u32,
                record: output.records.get(at)?.clone(),
            })
        };
        let shown = after.or(before).map_or("", |output| &output.egress);
        let before_egress = before.map(|output| &output.egress);
        egresses.push(EgressComparison {
            egress: shown.to_owned(),
            before_egress: before_egress.filter(|egress| *egress != shown).cloned(),
            before: count(before),
            after: count(after),
            differing,
            first: first.map(|first| OutputDifference {
                differs: match first.differs {
                    Differs::Other => OutputDiffers::Other,
                    Differs::Missing => OutputDiffers::Missing,
                    Differs::Extra => OutputDiffers::Extra,
                    Differs::Order => OutputDiffers::Order,
                },
                record: first.record,
                ingress: String::new(),
                input: String::new(),
                before: first_output(before, first.before),
                after: first_output(after, first.after),
                before_trail: Vec::new(),
                after_trail: Vec::new(),
                parted_at: None,
            }),
        });
        firsts.push(first);
    }
    let wanted: BTreeSet<u32> = firsts.iter().flatten().map(|first| first.record).collect();
    if !wanted.is_empty() {
        let trails = (
            followed(&request, "before", &old, &wanted)?,
            followed(&request, "after", &new, &wanted)?,
        );
        for egress in &mut egresses {
            if let Some(first) = &mut egress.first {
                tell_origin(&request, &trails, first);
            }
        }
    }
    Ok(RunComparison {
        before: old.half(),
        after: new.half(),
        egresses,
    })
}

impl Side {
    fn half(self) -> RunHalf {
        RunHalf {
            records: self.numbers.len() as u32,
            nodes: self.answer.nodes,
            steps: self.answer.steps,
            finished: self.answer.finished,
            failure: self.answer.failure,
        }
    }
}

/// A stepper of one version, fed with the records that it has an ingress for, and their numbers in
/// the request.
fn fed(request: &CompareRunsRequest, side: &str) -> Result<(Stepper, Vec<u32>), ApiError> {
    let is_before = side == "before";
    let spec = if is_before {
        &request.before
    } else {
        &request.after
    };
    let options = Options {
        seed: u64::from(request.seed),
        record_bytes: request.record_bytes as usize,
        ..Options::default()
    };
    let mut stepper = stepper_of(spec, request.secrets.clone(), options)?;
    let (mut number, mut numbers) = (0, Vec::new());
    for input in &request.input {
        let mut names = request.renamed.iter().filter(|_| is_before);
        let renamed = names.find(|renamed| renamed.after == input.ingress);
        let name = renamed.map_or(&input.ingress, |renamed| &renamed.before);
        let index = find_ingress(&stepper, name);
        for text in &input.records {
            number += 1;
            if let Some(index) = index {
                let record = record_of(text, number)?;
                stepper.feed(index, &record).map_err(|e| refused(&e))?;
                numbers.push(number as u32);
            }
        }
    }
    stepper.end_input();
    Ok((stepper, numbers))
}

fn side(request: &CompareRunsRequest, side: &str) -> Result<Side, ApiError> {
    let (mut stepper, numbers) = fed(request, side)?;
    Ok(Side {
        answer: run_to_end(&mut stepper, request.steps, request.bytes),
        numbers,
    })
}

/// What the nodes of one version made of some of the records. The run is made again: that costs less
/// than keeping every step of the first.
fn followed(
    request: &CompareRunsRequest,
    name: &str,
    side: &Side,
    wanted: &BTreeSet<u32>,
) -> Result<Trails, ApiError> {
    let (stepper, _) = fed(request, name)?;
    Ok(trails(stepper, side.answer.steps, &side.numbers, wanted))
}

/// The numbers that the request has for the records that outputs come from.
fn numbers(side: &Side, output: &RunOutput) -> Vec<u32> {
    let number = |own: &u32| {
        let at = (*own as usize).checked_sub(1);
        at.and_then(|at| side.numbers.get(at)).copied().unwrap_or(0)
    };
    output.numbers.iter().map(number).collect()
}

type Pair<'o> = (Option<&'o RunOutput>, Option<&'o RunOutput>);

/// Which egresses are the same one: by id, through renames, and where one is left on either side,
/// these. A ring's has no id of its own.
fn pairs<'o>(
    request: &CompareRunsRequest,
    before: &'o [RunOutput],
    after: &'o [RunOutput],
) -> Vec<Pair<'o>> {
    let mut pairs: Vec<Pair<'o>> = Vec::new();
    let mut open: Vec<&RunOutput> = before.iter().collect();
    for new in after {
        let mut names = request.renamed.iter();
        let renamed = names.find(|renamed| renamed.after == new.egress);
        let id = renamed.map_or(&new.egress, |renamed| &renamed.before);
        let at = open.iter().position(|old| old.egress == *id);
        pairs.push((at.map(|at| open.remove(at)), Some(new)));
    }
    let mut alone = pairs.iter_mut().filter(|(old, _)| old.is_none());
    if let (Some(pair), None, [_]) = (alone.next(), alone.next(), &open[..]) {
        pair.0 = open.pop();
    }
    pairs.extend(open.into_iter().map(|old| (Some(old), None)));
    pairs
}

/// Says where a difference comes from.
fn tell_origin(
    request: &CompareRunsRequest,
    trails: &(Trails, Trails),
    first: &mut OutputDifference,
) {
    let mut number = 0;
    for input in &request.input {
        let at = (first.record as usize).checked_sub(number + 1);
        if let Some(record) = at.and_then(|at| input.records.get(at)) {
            first.ingress.clone_from(&input.ingress);
            first.input.clone_from(record);
            break;
        }
        number += input.records.len();
    }
    first.before_trail = trails.0.of(first.record);
    first.after_trail = trails.1.of(first.record);
    if first.differs != OutputDiffers::Order {
        first.parted_at = parted_at(&request.renamed, trails, first.record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(keys: &[(&str, &str)]) -> String {
        byteor_pipeline_spec::encode_canonical_kv_v1(&byteor_pipeline_spec::single_ring_chain(keys))
    }

    fn request(before: &[(&str, &str)], after: &[(&str, &str)], records: &[&str]) -> RunComparison {
        compare(CompareRunsRequest {
            before: spec(before),
            after: spec(after),
            input: vec![RunInput {
                ingress: "feed".to_owned(),
                records: records.iter().map(|record| (*record).to_owned()).collect(),
            }],
            renamed: Vec::new(),
            secrets: Vec::new(),
            record_bytes: 256,
            seed: 0,
            steps: 10_000,
            bytes: 10_000,
        })
        .unwrap()
    }

    fn first(comparison: &RunComparison) -> &OutputDifference {
        comparison.egresses[0].first.as_ref().unwrap()
    }

    fn parted(comparison: &RunComparison) -> (Option<&str>, Option<&str>) {
        let at = first(comparison).parted_at.as_ref().unwrap();
        (at.before.as_deref(), at.after.as_deref())
    }

    #[test]
    fn the_same_version_has_no_difference() {
        let keys = [("quiet", "drop:x"), ("loud", "upper")];
        let same = request(&keys, &keys, &["a", "x", "b"]);
        assert_eq!(same.before, same.after);
        assert!(same.before.finished);
        assert_eq!(same.egresses.len(), 1);
        let egress = &same.egresses[0];
        assert_eq!((egress.before, egress.after), (Some(2), Some(2)));
        assert_eq!((egress.differing, &egress.first), (0, &None));
    }

    #[test]
    fn another_key_is_where_the_ways_part() {
        let keys = |key| [("quiet", "drop:x"), ("loud", key), ("end", "identity")];
        let other = request(&keys("upper"), &keys("prefix:p"), &["x", "a", "b"]);
        let egress = &other.egresses[0];
        assert_eq!((egress.differing, egress.egress.as_str()), (2, "end"));
        let difference = first(&other);
        assert_eq!(difference.differs, OutputDiffers::Other);
        assert_eq!((difference.record, difference.input.as_str()), (2, "a"));
        assert_eq!(difference.ingress, "feed");
        let text = |side: &Option<ComparedOutput>| side.as_ref().unwrap().record.clone();
        assert_eq!(text(&difference.before), "A");
        assert!(text(&difference.after).starts_with('p'));
        assert_eq!(parted(&other), (Some("loud"), Some("loud")));
        let nodes: Vec<&str> = difference
            .after_trail
            .iter()
            .map(|step| step.node.as_str())
            .collect();
        assert!(nodes.ends_with(&["loud", "end"]), "{nodes:?}");
    }

    #[test]
    fn what_came_or_went_is_named() {
        let more = [
            ("quiet", "drop:x"),
            ("mask", "replace:b=*"),
            ("end", "identity"),
        ];
        let less = [("quiet", "drop:x"), ("end", "identity")];
        let came = request(&less, &more, &["x", "a", "ab"]);
        assert_eq!(parted(&came), (None, Some("mask")));
        let went = request(&more, &less, &["x", "a", "ab"]);
        assert_eq!(parted(&went), (Some("mask"), None));
        let only = [("end", "identity")];
        let dropped = request(&only, &less, &["a", "x"]);
        assert_eq!(first(&dropped).differs, OutputDiffers::Missing);
        assert_eq!(parted(&dropped), (None, Some("quiet")));
        let kept = request(&less, &only, &["a", "x"]);
        assert_eq!(first(&kept).differs, OutputDiffers::Extra);
        assert_eq!(
            (first(&kept).record, parted(&kept)),
            (2, (Some("quiet"), None))
        );
    }

    #[test]
    fn what_cannot_run_says_which_side() {
        let mut request = CompareRunsRequest {
            before: spec(&[("a", "upper")]),
            after: String::new(),
            input: Vec::new(),
            renamed: Vec::new(),
            secrets: Vec::new(),
            record_bytes: 256,
            seed: 0,
            steps: 10,
            bytes: 10,
        };
        std::mem::swap(&mut request.before, &mut request.after);
        let refused = format!("{:?}", compare(request).unwrap_err());
        assert!(
            refused.contains("before") && refused.contains("E_KV"),
            "{refused}"
        );
    }
}
