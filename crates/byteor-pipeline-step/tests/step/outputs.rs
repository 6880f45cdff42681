//! What comes out of the examples and of generated plans, kept in `tests/outputs`: the WebAssembly of
//! the page is held against the same file (`wasm/tests/same-as-native.test.ts`).
//!
//! `BYTEOR_UPDATE_CASES=1 cargo test -p byteor-pipeline-step outputs` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use byteor_pipeline::ExecutionTarget;
use byteor_pipeline_catalogue::{escape_record, unescape_record};
use byteor_pipeline_generator::{LargePlan, Shape};
use byteor_pipeline_spec::PipelineSpecV1;
use byteor_pipeline_step::Options;
use sha2::{Digest, Sha256};

use crate::support::{Run, feed, records, sample_specs, spec_of, stepper};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/outputs"))
}

/// The file as it has to be; written where that is asked for.
fn expect(name: &str, text: &str) {
    let path = folder().join(name);
    if std::env::var_os("BYTEOR_UPDATE_CASES").is_some() {
        fs::create_dir_all(folder()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(there, text, "{name} is stale; see the head of this file");
}

/// A line for each way out: plan, target, seed, egress, records, SHA-256 of the records with a
/// newline behind each.
fn lines(name: &str, spec: &PipelineSpecV1, input: &[Vec<u8>]) -> String {
    let mut lines = String::new();
    for seed in [0, 3] {
        let options = Options {
            seed,
            ..Options::default()
        };
        let mut stepper = stepper(spec, options);
        feed(&mut stepper, input);
        let run = Run::of(&mut stepper);
        assert!(stepper.finished(), "{name}");
        let target = spec.target().name();
        for (egress, out) in &run.out {
            // Only shards of a ring leave under one name: their order is that of the shards here.
            let (egress, _) = egress.split_once('/').unwrap();
            let mut hash = Sha256::new();
            for (_, record) in out {
                hash.update(record);
                hash.update(b"\n");
            }
            let digest: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
            writeln!(
                lines,
                "{name} {target} {seed} {egress} {} {digest}",
                out.len()
            )
            .unwrap();
        }
    }
    lines
}

#[test]
fn outputs_are_those_that_the_page_is_held_against() {
    let input = records(31, 300);
    let text: String = input
        .iter()
        .map(|record| escape_record(record) + "\n")
        .collect();
    expect("input.records", &text);
    let again: Vec<_> = text
        .lines()
        .map(|line| unescape_record(line).unwrap())
        .collect();
    assert_eq!(again, input);

    let mut all = String::new();
    for target in [ExecutionTarget::LaneGraph, ExecutionTarget::SingleRing] {
        for (name, spec) in sample_specs(target) {
            if !sharded(&spec) {
                all += &lines(&name, &spec, &input);
            }
        }
    }
    for shape in [Shape::Chain, Shape::Diamonds, Shape::Fan] {
        let name = format!("{}.plan", shape.name());
        let plan = LargePlan::new(shape, 20).text();
        expect(&name, &plan);
        let spec = spec_of(&plan, ExecutionTarget::LaneGraph).unwrap();
        all += &lines(&name, &spec, &input);
    }
    assert!(all.lines().count() > 60, "{all}");
    expect("outputs.txt", &all);
}

/// Records of several shards leave in any order that the schedule makes, under one name.
fn sharded(spec: &PipelineSpecV1) -> bool {
    matches!(spec, PipelineSpecV1::SingleRing(ring) if ring.shards > 1)
}
