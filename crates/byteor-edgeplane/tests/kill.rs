//! `kill -9` at any moment, and then the same bytes as without.

mod bench;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use bench::{Bench, LOG_KEYS, LOG_SCRIPT, Random, log, shell};
use byteor_config::Workers;

/// The user of a line, once in 200 of those that passed, and of these every third.
const USER_KEYS: [&str; 4] = [r"keep:^\{", "json_extract:user", "dedupe:200", "sample:3"];

/// The same in other tools.
const USER_SCRIPT: &str = r#"grep -aE '^\{' | sed -E 's/.*"user":"([^"]*)".*/\1/' | awk '
    !($0 in known) {
        known[$0]; passed[++count] = $0
        if (count > 200) delete known[passed[count - 200]]
        if (count % 3 == 1) print
    }'"#;

/// Kills runs until `attempts` were killed, feeding the input between and while they run. What
/// `script` makes of the whole input is expected. Each run has other workers: a checkpoint knows
/// nothing of them.
fn kill_again_and_again(keys: &[&str], script: &str, seed: u64, attempts: u32) {
    let mut random = Random(seed);
    let input = log(60_000, seed);
    let mut bench = Bench::new(&[], keys).follow();
    let mut fed = 0;
    for _ in 0..attempts {
        let workers = Workers::ALL.get(random.below(4) as usize);
        bench.config.tuning.workers = workers.copied();
        let started = bench.start(&[]);
        for _ in 0..random.below(6) {
            // Cut anywhere, also within a line.
            let more = random.below(input.len() as u64 / 60) as usize;
            let end = (fed + more).min(input.len());
            bench.append(&input[fed..end]);
            fed = end;
            std::thread::sleep(Duration::from_micros(random.below(20_000)));
        }
        started.kill();
    }
    bench.append(&input[fed..]);
    let ran = bench.run(&["--adapter-max-messages=1000000"]);
    assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
    let expected = shell(script, &bench.path("in.log"));
    assert!(
        bench.read("out.log") == expected,
        "seed {seed}: the bytes differ"
    );
    let lines = expected.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_eq!(ran.count("records_in"), 60_000, "seed {seed}");
    assert_eq!(ran.count("records_out"), lines, "seed {seed}");
}

#[test]
fn killed_runs_leave_what_an_undisturbed_run_would_have_written() {
    for seed in 1..=3 {
        kill_again_and_again(&LOG_KEYS, LOG_SCRIPT, seed, 25);
    }
}

#[test]
fn killed_runs_forget_nothing_that_stages_remember() {
    for seed in 11..=13 {
        kill_again_and_again(&USER_KEYS, USER_SCRIPT, seed, 25);
    }
}

#[test]
fn killed_runs_lose_no_reject_and_write_none_twice() {
    let mut random = Random(7);
    let mut input = Vec::new();
    let mut rejected = Vec::new();
    let mut out = Vec::new();
    for number in 0..20_000u64 {
        let mut line = format!("{number} ").into_bytes();
        match random.below(4) {
            // Too large when it comes in.
            0 => line.extend(vec![b'x'; 300 + random.below(500) as usize]),
            // Too large once each `a` is three.
            1 => line.extend(vec![b'a'; 100]),
            _ => line.extend(vec![b'-'; random.below(100) as usize]),
        }
        line.push(b'\n');
        input.extend_from_slice(&line);
        let grows = line.contains(&b'a') || line.contains(&b'x');
        if grows { &mut rejected } else { &mut out }.extend_from_slice(&line);
    }
    let bench = Bench::new(&[], &["replace:a=aaa"]).follow();
    let mut fed = 0;
    while fed < input.len() {
        let started = bench.start(&[]);
        for _ in 0..random.below(4) {
            let end = (fed + random.below(150_000) as usize).min(input.len());
            bench.append(&input[fed..end]);
            fed = end;
            std::thread::sleep(Duration::from_micros(random.below(15_000)));
        }
        started.kill();
    }
    let ran = bench.run(&["--adapter-max-messages=1000000"]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert!(bench.read("out.log") == out, "output");
    assert!(bench.read("rejected.log") == rejected, "rejects");
    assert_eq!(ran.count("records_in"), 20_000);
    let newlines = rejected.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_eq!(ran.count("rejected"), newlines);
}

/// Whether the checkpoint speaks of the file that has the input's path now.
fn has_moved_on(bench: &Bench) -> bool {
    let current = fs::metadata(bench.path("in.log")).unwrap().ino();
    fs::read_to_string(bench.path("out.log.checkpoint"))
        .is_ok_and(|text| text.contains(&format!("\ninput.ino={current}\n")))
}

#[test]
fn killed_runs_follow_a_log_that_is_rotated_meanwhile() {
    rotate_and_kill(&LOG_KEYS, LOG_SCRIPT, 21);
}

#[test]
fn killed_runs_remember_over_rotations() {
    rotate_and_kill(&USER_KEYS, USER_SCRIPT, 22);
}

fn rotate_and_kill(keys: &[&str], script: &str, seed: u64) {
    let mut random = Random(seed);
    let input = log(20_000, seed);
    let bench = Bench::new(&[], keys).follow();
    let mut fed = 0;
    let mut rotations = 0;
    while rotations < 4 {
        let started = bench.start(&[]);
        for _ in 0..random.below(4) {
            let end = (fed + random.below(input.len() as u64 / 30) as usize).min(input.len());
            bench.append(&input[fed..end]);
            fed = end;
            std::thread::sleep(Duration::from_micros(random.below(15_000)));
        }
        // A log that is rotated faster than its reader moves on can't be followed by anybody.
        let rotate = has_moved_on(&bench) && input[..fed].last().is_none_or(|byte| *byte == b'\n');
        let alive = random.below(2) == 0;
        let mut started = Some(started);
        if !alive && let Some(started) = started.take() {
            started.kill();
        }
        if rotate {
            rotations += 1;
            let aside = bench.path(&format!("in.log.{rotations}"));
            fs::rename(bench.path("in.log"), aside).unwrap();
            fs::write(bench.path("in.log"), "").unwrap();
        } else {
            // To the end of a line, so that a rotation may come.
            let rest = input[fed..].iter().position(|byte| *byte == b'\n');
            let end = rest.map_or(input.len(), |rest| fed + rest + 1);
            bench.append(&input[fed..end]);
            fed = end;
            std::thread::sleep(Duration::from_millis(random.below(1_500)));
        }
        if let Some(started) = started.take() {
            std::thread::sleep(Duration::from_micros(random.below(5_000)));
            started.kill();
        }
    }
    bench.append(&input[fed..]);
    let ran = bench.run(&["--adapter-max-messages=1000000"]);
    assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
    fs::write(bench.path("whole"), &input).unwrap();
    let expected = shell(script, &bench.path("whole"));
    assert!(bench.read("out.log") == expected, "the bytes differ");
    assert_eq!(ran.count("records_in"), 20_000);
}
