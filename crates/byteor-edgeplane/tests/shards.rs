//! Several shards: looked at from outside, over specs that divide otherwise, and stopped.

mod bench;

use std::fs;
use std::process::Command;
use std::time::Instant;

use bench::{Bench, PATIENCE};
use serde_json::Value;

/// What `snapshot` says of the rings in a folder.
fn snapshot(folder: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_byteor-edgeplane"))
        .args(["snapshot", "--json", &format!("--lane-path={folder}")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_look_from_outside_adds_shards_up_and_their_folder_goes_with_the_run() {
    let keys = ["drop:x$", "identity"];
    let bench = Bench::new(b"", &keys).follow();
    bench.write_sharded(&keys, 4, 1);
    let folder = bench.path("rings").display().to_string();
    let flag = format!("--lane-path={folder}");
    let started = bench.start(&[&flag]);
    assert_eq!(started.event()["lane_path"], *folder);
    bench.append(b"a1\nb1x\nc1\nd1\ne1x\na2\n");
    bench.wait_for("out.log", b"a1\nc1\nd1\na2\n");
    let until = Instant::now() + PATIENCE;
    let seen = loop {
        let seen = snapshot(&folder);
        let gating = |stage: usize| seen["stages"][stage]["gating"].as_u64();
        if gating(1) == Some(6) || Instant::now() > until {
            break seen;
        }
    };
    assert_eq!(seen["cursor"], 6, "{seen}");
    assert_eq!(seen["capacity"], 1024, "that of one ring");
    assert_eq!(seen["generation"], started_generation(&started));
    assert_eq!(seen["counters"]["records_in"], 6, "{seen}");
    assert_eq!(seen["counters"]["records_out"], 4);
    assert_eq!(seen["counters"]["dropped"], 2);
    for (stage, looked_at) in [(0, 6), (1, 4)] {
        let stage = &seen["stages"][stage];
        assert_eq!(
            (stage["gating"].as_u64(), stage["lag"].as_u64()),
            (Some(6), Some(0))
        );
        assert_eq!(stage["processed"], looked_at, "{seen}");
    }
    started.kill();
    assert_eq!(snapshot(&folder)["held"], false, "it stays as it was left");

    // The next run takes the folder, goes on with the totals, and leaves nothing behind.
    let started = bench.start(&[&flag]);
    bench.append(b"z\n");
    bench.wait_for("out.log", b"a1\nc1\nd1\na2\nz\n");
    let ran = started.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert_eq!((ran.count("records_in"), ran.count("dropped")), (7, 2));
    assert_eq!(ran.last()["snapshot"]["counters"]["records_in"], 7);
    assert!(!bench.path("rings").exists());
}

fn started_generation(started: &bench::Started) -> String {
    format!("{:016x}", started.event()["generation"].as_u64().unwrap())
}

#[test]
fn what_a_shard_remembers_is_of_its_records_only() {
    let keys = ["dedupe:100"];
    let mut bench = Bench::new(b"a\nb\nc\na\n", &keys);
    bench.write_sharded(&keys, 3, 1);
    assert!(!bench.run_well().noticed("N_STATE_ANEW"));
    assert_eq!(bench.read("out.log"), b"a\nb\nc\n");
    let text = String::from_utf8(bench.read("out.log.checkpoint")).unwrap();
    assert!(text.contains("\nstages.len=3\n"), "{text}");
    assert!(
        text.contains(".key=dedupe:100 (shard 2 of 3 by 0 1)\n"),
        "{text}"
    );

    // The same spec goes on with all of it, whatever runs it.
    bench.config.tuning.workers = Some(byteor_config::Workers::Dedicated);
    bench.append(b"c\nb\nd\n");
    bench.run_well();
    assert_eq!(bench.read("out.log"), b"a\nb\nc\nd\n");

    // One that divides otherwise begins anew in each shard, and says so.
    bench.write_sharded(&keys, 2, 1);
    bench.append(b"a\nd\n");
    assert!(bench.run_well().noticed("N_STATE_ANEW"));
    assert_eq!(bench.read("out.log"), b"a\nb\nc\nd\na\nd\n");
    bench.write_spec(&keys);
    bench.append(b"a\n");
    assert!(bench.run_well().noticed("N_STATE_ANEW"));
    assert_eq!(bench.read("out.log"), b"a\nb\nc\nd\na\nd\na\n");
}

#[test]
fn shards_without_a_place_for_their_regions_change_nothing() {
    let bench = Bench::new(b"a\n", &["identity"]);
    bench.write_sharded(&["identity"], 2, 1);
    bench.run_well();
    // No place for the regions.
    fs::write(bench.path("taken"), "a file").unwrap();
    let flag = format!("--lane-path={}", bench.path("taken").display());
    bench.append(b"b\n");
    let ran = bench.run(&[&flag]);
    assert_eq!((ran.exit, ran.code()), (Some(5), "E_LANE_PATH"), "{ran:?}");
    assert_eq!(bench.read("taken"), b"a file");
    assert_eq!(bench.read("out.log"), b"a\n");
    bench.run_well();
    assert_eq!(bench.read("out.log"), b"a\nb\n");
}
