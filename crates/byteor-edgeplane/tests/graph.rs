//! A lane graph between files: killed at any moment, with what it chose recorded, and then each output
//! is what the stepping executor makes of the inputs with those choices.

mod bench;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bench::{Bench, PATIENCE, Random, Started, ingress, log};
use byteor_config::{Egress, Workers};
use byteor_pipeline_spec::{LaneGraphBuilder, MergePolicy, OnFull, PipelineSpecV1, encode_kv_v1};
use byteor_pipeline_step::{Choices, NodeKind, Options, Stages, StepKind, Stepper};

/// A graph with two inputs, three outputs, a fan-out, a journal, a merge, stages that drop, remember
/// and give several, and one that makes records too large.
fn plant(on_full: OnFull) -> PipelineSpecV1 {
    let graph = LaneGraphBuilder::new()
        .on_full(on_full)
        .events("a.quiet")
        .journal("b.journal")
        .fanout_broadcast("quiet.fan", 2)
        .events("grown.audit")
        .events("users.merged")
        .events("tagged.merged")
        .sequenced_slots("merged.once", 64)
        .events("once.people")
        .events("seen.raw")
        .ingress("a", "a.quiet")
        .ingress("b", "b.journal")
        .stage("quiet", "drop:level=debug", "a.quiet", "quiet.fan")
        .stage("grown", "replace:x=xx", "quiet.fan", "grown.audit")
        .stage("users", "json_extract:user", "quiet.fan", "users.merged")
        .stage("tagged", "split: ", "b.journal", "tagged.merged")
        .stage("seen", "upper", "b.journal", "seen.raw")
        .merge(
            "merged",
            &["users.merged", "tagged.merged"],
            "merged.once",
            MergePolicy::RoundRobin,
        )
        .stage("once", "dedupe:50", "merged.once", "once.people")
        .egress("audit", "grown.audit")
        .egress("people", "once.people")
        .egress("raw", "seen.raw");
    graph.build().unwrap()
}

struct Plant {
    bench: Bench,
    spec: PipelineSpecV1,
}

impl Plant {
    fn new(spec: PipelineSpecV1) -> Self {
        let mut bench = Bench::new(b"", &["identity"]).follow();
        let path = |name: &str| bench.path(name).to_str().unwrap().to_owned();
        let (input, output) = (path("in.{boundary}"), path("out.{boundary}"));
        ingress(&mut bench.config).path = input;
        let Egress::File(egress) = &mut bench.config.egress else {
            panic!("it is a file");
        };
        egress.path = output;
        fs::write(bench.path("spec.kv"), encode_kv_v1(&spec)).unwrap();
        for id in ["a", "b"] {
            fs::write(bench.path(&format!("in.{id}")), "").unwrap();
        }
        Self { bench, spec }
    }

    fn append(&self, id: &str, bytes: &[u8]) {
        let path = self.bench.path(&format!("in.{id}"));
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(bytes).unwrap();
    }

    fn record(&self) -> String {
        format!("--record-choices={}", self.bench.path("choices").display())
    }

    fn choices(&self) -> Choices {
        let text = fs::read_to_string(self.bench.path("choices")).unwrap();
        Choices::from_text(&text).unwrap()
    }

    /// What the stepping executor makes of the inputs with the recorded choices: the bytes of each
    /// egress, and how many records were dropped, rejected, discarded and lost.
    fn stepped(&self, inputs: &[(&str, &[u8])]) -> (BTreeMap<String, Vec<u8>>, [u64; 4]) {
        let options = Options {
            choices: Some(self.choices()),
            record_bytes: 256,
            ..Options::default()
        };
        let mut stepper = Stepper::new(&self.spec, &Stages::default(), options).unwrap();
        for (id, input) in inputs {
            let at = stepper.ingresses().iter().position(|one| one == id);
            let lines = input.split(|byte| *byte == b'\n');
            let lines: Vec<&[u8]> = lines.collect();
            for line in &lines[..lines.len() - 1] {
                stepper.feed(at.unwrap(), line).unwrap();
            }
        }
        stepper.end_input();
        let mut out: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        while let Some(step) = stepper.step().unwrap() {
            let node = stepper.node(step.node as usize).unwrap();
            if node.kind() == NodeKind::Egress {
                let bytes = out.entry(node.id().to_owned()).or_default();
                if step.kind == StepKind::Out {
                    bytes.extend_from_slice(stepper.after().unwrap());
                    bytes.push(b'\n');
                }
            }
        }
        let mut counts = [0; 4];
        for node in stepper.nodes() {
            let counters = node.counters();
            counts[0] += counters.dropped;
            counts[1] += counters.rejected;
            counts[2] += counters.discarded;
            counts[3] += counters.lost;
        }
        (out, counts)
    }

    fn same_as_stepped(&self, inputs: &[(&str, &[u8])], ran: &bench::Ran) {
        let (expected, [dropped, rejected, discarded, lost]) = self.stepped(inputs);
        assert_eq!(expected.len(), 3);
        let mut records_out = 0;
        for (id, bytes) in &expected {
            let is = self.bench.read(&format!("out.{id}"));
            assert!(
                is == *bytes,
                "{id}: {} bytes, and {} were expected",
                is.len(),
                bytes.len()
            );
            records_out += count(bytes);
        }
        let records_in: u64 = inputs.iter().map(|(_, input)| count(input)).sum();
        for (name, expected) in [
            ("records_in", records_in),
            ("records_out", records_out),
            ("dropped", dropped),
            ("rejected", rejected),
            ("discarded", discarded),
            ("lost", lost),
        ] {
            assert_eq!(ran.count(name), expected, "{name}");
        }
        assert_eq!(count(&self.bench.read("rejected.log")), rejected);
    }
}

fn count(lines: &[u8]) -> u64 {
    lines.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Words, some of them often; now and then a line that is too large to be a record.
fn words(lines: u64, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut text = Vec::new();
    for number in 0..lines {
        match random.below(50) {
            0 => text.extend(vec![b'w'; 300 + random.below(300) as usize]),
            _ => write!(text, "w{} common w{}", number, random.below(90)).unwrap(),
        }
        text.push(b'\n');
    }
    text
}

/// Kills `attempts` runs while the inputs grow, each with other workers, and lets the last one end.
fn kill_again_and_again(plant: &mut Plant, seed: u64, attempts: u32) {
    let mut random = Random(seed);
    let inputs = [("a", log(40_000, seed)), ("b", words(40_000, seed))];
    let mut fed = [0, 0];
    let record = plant.record();
    for _ in 0..attempts {
        let workers = Workers::ALL.get(random.below(4) as usize);
        plant.bench.config.tuning.workers = workers.copied();
        let started = plant.bench.start(&[&record]);
        for _ in 0..random.below(6) {
            for ((id, input), fed) in inputs.iter().zip(&mut fed) {
                // Cut anywhere, also within a line.
                plant.append(id, random.part_of(input, fed));
            }
            std::thread::sleep(Duration::from_micros(random.below(60_000)));
        }
        started.kill();
    }
    for ((id, input), fed) in inputs.iter().zip(fed) {
        plant.append(id, &input[fed..]);
    }
    let ran = plant
        .bench
        .run(&["--adapter-max-messages=1000000", &record]);
    assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
    let inputs = inputs.each_ref().map(|(id, input)| (*id, &input[..]));
    plant.same_as_stepped(&inputs, &ran);
}

#[test]
fn killed_graphs_leave_what_the_steps_make_of_their_choices() {
    for seed in 1..=2 {
        let mut plant = Plant::new(plant(OnFull::Block));
        kill_again_and_again(&mut plant, seed, 25);
        assert!(!plant.choices().merges.is_empty());
    }
}

#[test]
fn killed_graphs_that_drop_count_each_record_that_they_discard() {
    for seed in 11..=12 {
        let mut plant = Plant::new(plant(OnFull::Drop));
        kill_again_and_again(&mut plant, seed, 25);
    }
}

#[test]
fn under_pressure_a_graph_that_drops_discards_and_every_record_is_accounted_for() {
    let plant = Plant::new(plant(OnFull::Drop));
    let inputs = [("a", log(60_000, 5)), ("b", words(60_000, 5))];
    for (id, input) in &inputs {
        plant.append(id, input);
    }
    let record = plant.record();
    let flags = ["--adapter-max-messages=1000000", &record];
    let ran = plant.bench.run(&flags);
    assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
    assert!(
        ran.count("discarded") + ran.count("lost") > 0,
        "nothing was under pressure: {ran:?}"
    );
    let inputs = inputs.each_ref().map(|(id, input)| (*id, &input[..]));
    plant.same_as_stepped(&inputs, &ran);
}

#[test]
fn a_stop_drains_and_the_next_run_counts_on() {
    let plant = Plant::new(plant(OnFull::Block));
    let first = [("a", log(3_000, 7)), ("b", words(3_000, 7))];
    let record = plant.record();
    let started = plant.bench.start(&[&record]);
    for (id, input) in &first {
        plant.append(id, input);
    }
    wait_for_records(&started, 6_000);
    let ran = started.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    let inputs = first.each_ref().map(|(id, input)| (*id, &input[..]));
    plant.same_as_stepped(&inputs, &ran);

    let started = plant.bench.start(&[&record]);
    let counters = &started.event()["counters"];
    assert_eq!(counters["records_in"], 6_000);
    assert_eq!(snapshot(&started)["counters"]["records_in"], 6_000);
    let second = [("a", log(500, 8)), ("b", words(500, 8))];
    for (id, input) in &second {
        plant.append(id, input);
    }
    wait_for_records(&started, 7_000);
    let ran = started.terminate();
    let both = [0, 1].map(|at| [&first[at].1[..], &second[at].1[..]].concat());
    plant.same_as_stepped(&[("a", &both[0]), ("b", &both[1])], &ran);
    let lanes = ran.last()["snapshot"]["lanes"].as_array().unwrap();
    assert_eq!(lanes[0]["id"], "a.quiet");
    assert_eq!(lanes[0]["kind"], "events");
}

fn snapshot(started: &Started) -> serde_json::Value {
    snapshot_of(&started.lane_path())
}

fn snapshot_of(lanes: &Path) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_byteor-edgeplane"))
        .args(["snapshot", "--json"])
        .arg(format!("--lane-path={}", lanes.display()))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn wait_for_records(started: &Started, records: u64) {
    let until = std::time::Instant::now() + PATIENCE;
    while snapshot(started)["counters"]["records_in"] != records {
        assert!(std::time::Instant::now() < until, "{}", snapshot(started));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_graph_is_seen_from_outside_while_it_runs_and_after_it_was_killed() {
    let plant = Plant::new(plant(OnFull::Block));
    plant.append("a", &log(1_000, 9));
    let started = plant.bench.start(&[]);
    wait_for_records(&started, 1_000);
    let seen = snapshot(&started);
    assert_eq!(
        (&seen["kind"], &seen["held"]),
        (&"lane_graph".into(), &true.into())
    );
    assert_eq!(seen["endpoints"].as_array().unwrap().len(), 5);
    let lanes = started.lane_path();
    started.kill();
    let seen = snapshot_of(&lanes);
    assert_eq!(seen["held"], false);
    assert_eq!(seen["counters"]["records_in"], 1_000);
    // The next run takes the folder, and removes it when it ends.
    let ran = plant.bench.run(&["--adapter-max-messages=1000000"]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert!(!lanes.exists());
}

#[test]
fn an_output_that_is_taken_away_stops_the_graph_and_is_named() {
    let plant = Plant::new(plant(OnFull::Block));
    let started = plant.bench.start(&[]);
    fs::remove_file(plant.bench.path("out.people")).unwrap();
    plant.append("b", b"one two\n");
    let ran = started.wait();
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_OUTPUT_CHANGED"),
        "{ran:?}"
    );
}

#[test]
fn choices_are_recorded_from_the_start_or_not_at_all() {
    let plant = Plant::new(plant(OnFull::Block));
    plant.append("a", &log(10, 1));
    let flags = ["--adapter-max-messages=1000000"];
    assert_eq!(plant.bench.run(&flags).exit, Some(0));
    let ran = plant.bench.run(&[flags[0], &plant.record()]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_CHOICES_GAP"),
        "{ran:?}"
    );
}

#[test]
fn boundaries_that_a_binding_does_not_wire_are_refused_before_anything_is_opened() {
    let mut plant = Plant::new(plant(OnFull::Block));
    let Egress::File(egress) = &mut plant.bench.config.egress else {
        panic!("it is a file");
    };
    egress.path = plant
        .bench
        .dir
        .path()
        .join("out.log")
        .to_str()
        .unwrap()
        .to_owned();
    let ran = plant.bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(3), "E_CONFIG_BOUNDARY_MISSING"),
        "{ran:?}"
    );
    assert!(!plant.bench.path("out.log").exists());
}

#[test]
fn a_ring_and_a_graph_over_the_same_files_go_on_where_the_other_ended() {
    let ring = byteor_pipeline_spec::single_ring_chain(&[("once", "dedupe:100")]);
    let graph = LaneGraphBuilder::new()
        .events("ingress.once")
        .events("once.egress")
        .ingress("ingress", "ingress.once")
        .stage("once", "dedupe:100", "ingress.once", "once.egress")
        .egress("egress", "once.egress");
    let graph = graph.build().unwrap();
    let bench = Bench::new(b"", &["identity"]);
    for (at, spec) in [&ring, &graph, &ring, &graph].into_iter().enumerate() {
        fs::write(bench.path("spec.kv"), encode_kv_v1(spec)).unwrap();
        bench.append(format!("same\nof {at}\n").as_bytes());
        let ran = bench.run(&[]);
        assert_eq!(ran.exit, Some(0), "{ran:?}");
        assert_eq!(ran.count("records_in"), 2 * (at as u64 + 1));
        assert_eq!(
            ran.last()["snapshot"]["counters"]["records_in"],
            2 * (at as u64 + 1)
        );
    }
    assert_eq!(bench.read("out.log"), b"same\nof 0\nof 1\nof 2\nof 3\n");
}
