//! The loop of a graph where stages fail, panic or don't come on.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use byteor_adapters::AdapterError;
use byteor_adapters::file_to_file::{FileToFile, Summary};
use byteor_adapters::graph::FilesOfGraph;
use byteor_adapters::ingress::Mode;
use byteor_adapters::roots::Roots;
use byteor_adapters::states::StageName;
use byteor_pipeline_exec::lane_graph::LaneGraph;
use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};
use byteor_pipeline_spec::{LaneGraphBuilder, LaneGraphSpec, PipelineSpecV1};

/// One input, two ways, two outputs; the stage `odd` is the one that tests are about.
fn graph() -> LaneGraphSpec {
    let graph = LaneGraphBuilder::new()
        .fanout_broadcast("in.fan", 2)
        .events("even.left")
        .events("odd.right")
        .ingress("in", "in.fan")
        .stage("even", "even", "in.fan", "even.left")
        .stage("odd", "odd", "in.fan", "odd.right")
        .egress("left", "even.left")
        .egress("right", "odd.right");
    match graph.build().unwrap() {
        PipelineSpecV1::LaneGraph(graph) => graph,
        PipelineSpecV1::SingleRing(_) => unreachable!("a graph was built"),
    }
}

/// What the stage `odd` does with the record `500`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Odd {
    Works,
    Fails,
    Panics,
    /// Takes a while for every record.
    Dawdles,
}

struct Same(Odd);

impl Stage for Same {
    fn process(&mut self, record: &[u8], _: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        match self.0 {
            Odd::Fails if record == b"500" => Err(StageFailure {
                code: "E_TEST",
                message: "it had to",
            }),
            Odd::Panics if record == b"500" => panic!("it had to"),
            Odd::Dawdles => {
                std::thread::sleep(Duration::from_millis(100));
                Ok(Outcome::Forward)
            }
            _ => Ok(Outcome::Forward),
        }
    }
}

fn run(folder: &Path, odd: Odd, stop: &AtomicBool) -> Result<Summary, AdapterError> {
    let path = |name: &str| folder.join(name);
    let mut common = FileToFile::new(
        Roots::Unrestricted,
        path("in"),
        path("unused"),
        path("rejected"),
    );
    common.mode = Mode::StopAtEnd;
    common.checkpoint = path("checkpoint");
    common.spec_hash = "the same".to_owned();
    let graph = graph();
    let role = |id: &str| StageName {
        id: id.to_owned(),
        key: id.to_owned(),
    };
    common.stages = graph.roles.iter().map(|one| role(&one.id)).collect();
    let files = FilesOfGraph {
        common,
        inputs: vec![("in".to_owned(), path("in"))],
        outputs: ["left", "right"].map(|id| (id.to_owned(), path(id))).into(),
        choices: None,
    };
    let mut prepared = files.prepare()?;
    let stages = |id: &str, _: &str| {
        let does = if id == "odd" { odd } else { Odd::Works };
        Ok(Box::new(Same(does)) as Box<dyn Stage>)
    };
    let options = prepared.options();
    let graph = LaneGraph::start(&graph, &stages, prepared.sinks(), &options).unwrap();
    prepared.begin(graph)?.run(stop, &mut |_| {})
}

fn numbers(folder: &Path, until: u32) -> String {
    let lines: String = (0..until).map(|number| format!("{number}\n")).collect();
    fs::write(folder.join("in"), &lines).unwrap();
    lines
}

fn ends_well(folder: &Path, lines: &str) {
    let summary = run(folder, Odd::Works, &AtomicBool::new(false)).unwrap();
    for output in ["left", "right"] {
        assert!(
            fs::read_to_string(folder.join(output)).unwrap() == lines,
            "{output}"
        );
    }
    let records = lines.lines().count() as u64;
    assert_eq!(summary.totals.records_in, records);
    assert_eq!(summary.totals.records_out, 2 * records);
    assert_eq!(summary.snapshot.counters(), summary.totals.counters());
}

#[test]
fn a_stage_that_fails_or_panics_is_named_and_the_next_run_goes_on() {
    for (odd, code) in [
        (Odd::Fails, "E_STAGE_FAILED"),
        (Odd::Panics, "E_STAGE_PANICKED"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let lines = numbers(folder.path(), 5_000);
        for _ in 0..2 {
            let failed = run(folder.path(), odd, &AtomicBool::new(false)).unwrap_err();
            assert_eq!((failed.code, failed.stage.as_deref()), (code, Some("odd")));
            assert!(failed.message.contains("it had to"), "{failed}");
        }
        ends_well(folder.path(), &lines);
    }
}

#[test]
fn a_stage_that_does_not_come_on_is_named_when_a_stop_waited_long_enough() {
    let folder = tempfile::tempdir().unwrap();
    let lines = numbers(folder.path(), 200);
    let stop = AtomicBool::new(false);
    let failed = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            stop.store(true, Ordering::Relaxed);
        });
        run(folder.path(), Odd::Dawdles, &stop).unwrap_err()
    });
    assert_eq!(failed.code, "E_EXEC_DRAIN_TIMEOUT", "{failed}");
    assert_eq!(failed.stage.as_deref(), Some("odd"), "{failed}");
    ends_well(folder.path(), &lines);
}

#[test]
fn one_file_has_one_place_in_a_graph() {
    let folder = tempfile::tempdir().unwrap();
    numbers(folder.path(), 3);
    // The output of `left` is the input, by another name.
    std::os::unix::fs::symlink(folder.path().join("in"), folder.path().join("left")).unwrap();
    let refused = run(folder.path(), Odd::Works, &AtomicBool::new(false)).unwrap_err();
    assert_eq!(refused.code, "E_ADAPTER_SAME_FILE", "{refused}");
    assert_eq!(
        fs::read_to_string(folder.path().join("in")).unwrap(),
        "0\n1\n2\n"
    );
}
