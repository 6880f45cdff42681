//! A region that lives belongs to one process, and a second one on its path touches nothing.

mod bench;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use bench::Bench;
use serde_json::Value;

/// A region's path in a folder of its own, for several pipelines.
struct Lane {
    dir: tempfile::TempDir,
}

impl Lane {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn flag(&self) -> String {
        format!("--lane-path={}", self.dir.path().join("ring").display())
    }

    /// Which files there are, by name and inode.
    fn files(&self) -> Vec<(String, u64)> {
        let mut files: Vec<_> = fs::read_dir(self.dir.path())
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, entry.metadata().unwrap().ino())
            })
            .collect();
        files.sort();
        files
    }

    fn names(&self) -> Vec<String> {
        self.files().into_iter().map(|(name, _)| name).collect()
    }

    fn snapshot(&self) -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_byteor-edgeplane"))
            .args(["snapshot", "--json", &self.flag()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// What a run on test input says, over a region.
fn test_run(bench: &Bench, lane: &Lane) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_byteor-edgeplane"))
        .args(["run", "--sp", "--json", &lane.flag()])
        .arg(format!("--spec={}", bench.path("spec.kv").display()))
        .arg(format!("--input={}", bench.path("in.log").display()))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    (output.status.code(), out, err)
}

#[test]
fn a_second_run_on_the_region_of_a_live_one_is_refused_and_removes_nothing() {
    let lane = Lane::new();
    let first = Bench::new(b"a\n", &["identity"]).follow();
    let started = first.start(&[&lane.flag()]);
    first.wait_for("out.log", b"a\n");
    let files = lane.files();
    assert_eq!(lane.names(), ["ring", "ring.lock"]);

    let second = Bench::new(b"x\ny\n", &["identity"]);
    let refused = second.run(&[&lane.flag()]);
    assert_eq!((refused.exit, refused.code()), (Some(5), "E_LANE_BUSY"));
    let message = refused.last()["message"].as_str().unwrap();
    let holder = format!("process {}", started.pid().as_raw_nonzero());
    assert!(message.contains(&holder), "{message}");
    let help = refused.last()["help"].as_str().unwrap();
    assert!(help.contains("--lane-path"), "{help}");
    let (exit, out, _) = test_run(&second, &lane);
    assert_eq!(exit, Some(5));
    assert!(out.contains("E_LANE_BUSY"), "{out}");

    // The first one has its region still, and works over it.
    assert_eq!(lane.files(), files);
    first.append(b"b\n");
    first.wait_for("out.log", b"a\nb\n");
    let snapshot = lane.snapshot();
    assert_eq!(snapshot["counters"]["records_in"], 2);
    assert_eq!(snapshot["held"], true);
    assert_eq!(snapshot["held_by"], started.pid().as_raw_nonzero().get());
    let ran = started.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert_eq!(lane.names(), [""; 0], "and puts all of it away");

    // The refused one lost nothing by it.
    let ran = second.run(&[&lane.flag()]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert_eq!(second.read("out.log"), b"x\ny\n");
}

/// Whoever may write the file may cut it: without a handler that is the signal SIGBUS for the stage that
/// touches it next.
#[test]
fn a_region_that_is_cut_short_is_an_error_of_the_run_and_not_its_death() {
    for bytes in [0, 4096, 100_000] {
        let lane = Lane::new();
        let bench = Bench::new(b"a\n", &["identity"]).follow();
        let started = bench.start(&[&lane.flag()]);
        bench.wait_for("out.log", b"a\n");
        let ring = fs::File::options()
            .write(true)
            .open(lane.dir.path().join("ring"))
            .unwrap();
        ring.set_len(bytes).unwrap();
        bench.append(b"b\n");
        let ran = started.wait();
        let ended = (ran.exit, ran.code());
        assert_eq!(
            ended,
            (Some(5), "E_REGION_DAMAGED"),
            "cut at {bytes}: {ran:?}"
        );
    }
}

#[test]
fn a_killed_run_holds_its_region_no_longer() {
    let lane = Lane::new();
    let first = Bench::new(b"a\n", &["identity"]).follow();
    let second = Bench::new(b"x\n", &["identity"]);
    for _ in 0..5 {
        first.start(&[&lane.flag()]).kill();
        assert_eq!(lane.names(), ["ring", "ring.lock"], "what it left");
        let snapshot = lane.snapshot();
        assert_eq!(
            (&snapshot["held"], &snapshot["held_by"]),
            (&false.into(), &Value::Null)
        );
        let ran = second.run(&[&lane.flag()]);
        assert_eq!(ran.exit, Some(0), "{ran:?}");
        assert_eq!(lane.names(), [""; 0]);
        first.start(&[&lane.flag()]).kill();
        let (exit, out, err) = test_run(&second, &lane);
        assert_eq!((exit, out.as_str()), (Some(0), "x\n"), "{err}");
    }
    let last = first.start(&[&lane.flag()]);
    first.wait_for("out.log", b"a\n");
    assert_eq!(last.terminate().exit, Some(0));
}
