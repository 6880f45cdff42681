//! A pipeline that follows its input, while things happen to it.

mod bench;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use bench::{Bench, LOG_KEYS, LOG_SCRIPT, PATIENCE, ingress, log, shell};
use serde_json::Value;

fn snapshot(path: &std::path::Path) -> Result<Value, (Option<i32>, Value)> {
    let output = Command::new(env!("CARGO_BIN_EXE_byteor-edgeplane"))
        .args(["snapshot", "--json"])
        .arg(format!("--lane-path={}", path.display()))
        .output()
        .unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap();
    if output.status.success() {
        Ok(answer)
    } else {
        Err((output.status.code(), answer))
    }
}

#[test]
fn appended_lines_come_through_and_sigterm_ends_in_good_order() {
    let bench = Bench::new(b"one\nhal", &["identity"]).follow();
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"one\n");
    bench.append(b"f\ntwo\nthr");
    bench.wait_for("out.log", b"one\nhalf\ntwo\n");
    let lane = started.lane_path();
    assert!(lane.exists());
    let ran = started.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert!(!lane.exists(), "the region is removed");
    assert_eq!(
        bench.read("out.log"),
        b"one\nhalf\ntwo\n",
        "the line without end waits"
    );
    let again = bench.start(&[]);
    bench.append(b"ee\n");
    bench.wait_for("out.log", b"one\nhalf\ntwo\nthree\n");
    again.terminate();
}

#[test]
fn sigterm_in_the_middle_drains_and_the_next_run_completes() {
    let bench = Bench::new(&log(40_000, 3), &LOG_KEYS).follow();
    let started = bench.start(&[]);
    std::thread::sleep(Duration::from_millis(30));
    let ran = started.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    let ran = bench.run(&["--adapter-max-messages=100000"]);
    assert_eq!(ran.count("records_in"), 40_000);
    assert!(bench.read("out.log") == shell(LOG_SCRIPT, &bench.path("in.log")));
}

#[test]
fn a_snapshot_from_outside_shows_what_was_done() {
    let bench = Bench::new(&log(5_000, 4), &LOG_KEYS).follow();
    let expected = shell(LOG_SCRIPT, &bench.path("in.log"));
    let started = bench.start(&[]);
    bench.wait_for("out.log", &expected);
    let seen = snapshot(&started.lane_path()).unwrap();
    let lines = expected.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(seen["counters"]["records_in"], 5_000);
    assert_eq!(seen["counters"]["records_out"], lines);
    assert_eq!(seen["cursor"], 5_000);
    assert_eq!(seen["stages"].as_array().unwrap().len(), 3);
    assert_eq!(seen["stages"][2]["processed"], lines);
    let ran = started.terminate();

    // Counters go on from the checkpoint, though the region is a new one.
    let again = bench.start(&[]);
    let next = snapshot(&again.lane_path()).unwrap();
    assert_ne!(next["generation"], seen["generation"]);
    assert_eq!(next["cursor"], 0);
    assert_eq!(next["counters"], seen["counters"]);
    for stage in 0..3 {
        for name in ["processed", "dropped", "rejected"] {
            assert_eq!(next["stages"][stage][name], seen["stages"][stage][name]);
        }
    }
    assert_eq!(ran.count("bytes_in"), seen["counters"]["bytes_in"]);
    let lane = again.lane_path();
    again.terminate();
    let (exit, answer) = snapshot(&lane).unwrap_err();
    assert_eq!((exit, &answer["ok"]), (Some(3), &Value::Bool(false)));
}

#[test]
fn counters_of_the_region_and_the_checkpoint_agree_with_rejects() {
    let mut input = vec![b'x'; 1000];
    input.extend_from_slice(b"\nshort\naaaa\n");
    input.extend(vec![b'a'; 200]);
    input.push(b'\n');
    let bench = Bench::new(&input, &["replace:a=aaa"]).follow();
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"short\naaaaaaaaaaaa\n");
    let seen = snapshot(&started.lane_path()).unwrap();
    let ran = started.terminate();
    for name in [
        "records_in",
        "records_out",
        "dropped",
        "rejected",
        "bytes_in",
        "bytes_out",
    ] {
        assert_eq!(seen["counters"][name], ran.count(name), "{name}");
    }
    assert_eq!(ran.count("rejected"), 2);
    assert_eq!(ran.count("bytes_in"), input.len() as u64 - 4);
}

#[test]
fn a_rotated_log_is_read_to_its_end_and_then_the_new_one() {
    let bench = Bench::new(b"one\n", &["identity"]).follow();
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"one\n");
    bench.append(b"two\nlast");
    fs::rename(bench.path("in.log"), bench.path("in.log.1")).unwrap();
    bench.append(b"three\n");
    bench.wait_for("out.log", b"one\ntwo\nlast\nthree\n");
    let ran = started.terminate();
    assert!(ran.noticed("N_INPUT_ROTATED"), "{ran:?}");
}

#[test]
fn a_log_rotated_while_nobody_ran_is_finished_first() {
    let bench = Bench::new(b"one\n", &["identity"]).follow();
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"one\n");
    started.kill();
    bench.append(b"two\n");
    fs::rename(bench.path("in.log"), bench.path("in.log.1")).unwrap();
    bench.append(b"three\n");
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"one\ntwo\nthree\n");
    started.terminate();
    // The old file may go once the checkpoint speaks of the new one.
    fs::remove_file(bench.path("in.log.1")).unwrap();
    bench.append(b"four\n");
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"one\ntwo\nthree\nfour\n");
    started.terminate();
}

#[test]
fn a_log_truncated_in_place_is_read_from_its_start_and_that_is_counted() {
    let bench = Bench::new(b"one\ntwo\n", &["identity"]).follow();
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"one\ntwo\n");
    fs::write(bench.path("in.log"), "new\n").unwrap();
    bench.wait_for("out.log", b"one\ntwo\nnew\n");
    let ran = started.terminate();
    assert!(ran.noticed("N_INPUT_TRUNCATED"), "{ran:?}");
    assert_eq!(ran.count("truncations"), 1);
    fs::write(bench.path("in.log"), "x\n").unwrap();
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"one\ntwo\nnew\nx\n");
    let ran = started.terminate();
    assert_eq!(ran.count("truncations"), 2);
}

#[test]
fn starting_at_the_end_stays_there_over_a_kill() {
    let mut bench = Bench::new(b"old\n", &["identity"]).follow();
    ingress(&mut bench.config).start = byteor_config::StartAt::End;
    bench.start(&[]).kill();
    bench.append(b"new\n");
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"new\n");
    started.terminate();
}

#[test]
fn a_second_run_waits_for_the_first_and_takes_over() {
    let bench = Bench::new(b"one\n", &["identity"]).follow();
    let first = bench.start(&[]);
    bench.wait_for("out.log", b"one\n");
    let mut waiting = bench.command(&[]);
    let second = std::thread::spawn({
        move || {
            bench::Started::of({
                waiting.stdin(std::process::Stdio::null());
                waiting
            })
        }
    });
    std::thread::sleep(Duration::from_millis(300));
    assert!(!second.is_finished(), "the first holds the files");
    assert_eq!(first.terminate().exit, Some(0));
    let second = second.join().unwrap();
    bench.append(b"two\n");
    bench.wait_for("out.log", b"one\ntwo\n");
    second.terminate();
}

#[test]
fn a_run_ends_with_the_process_that_started_it() {
    let bench = Bench::new(b"one\n", &["identity"]).follow();
    let root = format!("--allow-root={}", bench.dir.path().display());
    // A shell that starts the run, tells its id and is killed.
    let mut command = Command::new("sh");
    let run = bench.command(&["--exit-with-parent", &root]);
    let words: Vec<String> = std::iter::once(run.get_program())
        .chain(run.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    command.args(["-c", &format!("{} & wait", words.join(" "))]);
    let shell = bench::Started::of(command);
    bench.wait_for("out.log", b"one\n");
    let lane = shell.lane_path();
    shell.kill();
    let until = Instant::now() + PATIENCE;
    while lane.exists() {
        assert!(Instant::now() < until, "the run goes on without its parent");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn runs_that_queue_up_never_remove_each_others_region() {
    let bench = Bench::new(b"", &["identity"]).follow();
    let lane = bench.path("lane");
    let flag = format!("--lane-path={}", lane.display());
    let mut running = bench.start(&[&flag]);
    for _ in 0..10 {
        let command = bench.command(&[&flag]);
        let next = std::thread::spawn(move || bench::Started::of(command));
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(running.terminate().exit, Some(0));
        running = next.join().unwrap();
        assert!(snapshot(&lane).is_ok());
    }
    running.terminate();
    assert!(!lane.exists());
}

/// Waits until the checkpoint holds `line`.
fn wait_for_checkpoint(bench: &Bench, line: &str) {
    let until = Instant::now() + PATIENCE;
    let text = || fs::read_to_string(bench.path("out.log.checkpoint")).unwrap();
    while !text().contains(line) {
        assert!(Instant::now() < until, "{line:?} is not in\n{}", text());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn while_the_log_rests_its_checkpoint_has_what_stages_remember() {
    let bench = Bench::new(b"a\nb\n", &["dedupe:2", "sample:2"]).follow();
    let started = bench.start(&[]);
    wait_for_checkpoint(&bench, "totals.records_in=2\n");
    // A line that is no record moves the account without another snapshot.
    bench.append(&[[b'x'; 300].as_slice(), b"\n"].concat());
    wait_for_checkpoint(&bench, "totals.records_in=3\n");
    bench.append(b"b\nc\n");
    wait_for_checkpoint(&bench, "totals.records_in=5\n");
    started.kill();
    bench.append(b"c\nd\na\na\n");
    let again = bench.start(&[]);
    bench.wait_for("out.log", b"a\nc\na\n");
    wait_for_checkpoint(&bench, "totals.records_in=9\n");
    let ran = again.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert!(
        !ran.noticed("N_CUT_BACK"),
        "nothing was behind the checkpoint"
    );
    assert_eq!(
        (
            ran.count("records_out"),
            ran.count("dropped"),
            ran.count("rejected")
        ),
        (3, 5, 1)
    );
    let stages = &ran.last()["snapshot"]["stages"];
    assert_eq!(
        (&stages[0]["processed"], &stages[0]["dropped"]),
        (&Value::from(8), &Value::from(3))
    );
    assert_eq!(
        (&stages[1]["processed"], &stages[1]["dropped"]),
        (&Value::from(5), &Value::from(2))
    );
}

#[test]
fn sigterm_in_the_middle_keeps_what_stages_remember() {
    let bench = Bench::new(&log(40_000, 5), &["sample:3", "dedupe:4096"]).follow();
    let started = bench.start(&[]);
    std::thread::sleep(Duration::from_millis(30));
    let ran = started.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    let ran = bench.run(&["--adapter-max-messages=100000"]);
    assert!(!ran.noticed("N_CUT_BACK"), "what was drained was kept");
    assert_eq!(ran.count("records_in"), 40_000);
    assert!(bench.read("out.log") == shell("awk 'NR % 3 == 1'", &bench.path("in.log")));
}
