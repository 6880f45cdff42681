//! `kill -9` at any moment, and then the same bytes as without.

mod bench;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use byteor_config::Workers;
use byteor_pipeline_spec::ShardKey;

use bench::{Bench, LOG_KEYS, LOG_SCRIPT, Random, log, shell};

/// The user of a line, once in 200 of those that passed, and of these every third.
const USER_KEYS: [&str; 4] = [r"keep:^\{", "json_extract:user", "dedupe:200", "sample:3"];

/// The same in other tools.
const USER_SCRIPT: &str = r#"grep -aE '^\{' | sed -E 's/.*"user":"([^"]*)".*/\1/' | awk '
    !($0 in known) {
        known[$0]; passed[++count] = $0
        if (count > 200) delete known[passed[count - 200]]
        if (count % 3 == 1) print
    }'"#;

/// Kills runs until `attempts` were killed, feeding `input` between and while they run. What
/// `script` makes of the whole input is expected. Each run has other workers: a checkpoint knows
/// nothing of them.
fn kill_again_and_again(keys: &[&str], script: &str, seed: u64, attempts: u32) {
    let bench = Bench::new(&[], keys).follow();
    kill_and_compare(bench, &log(60_000, seed), seed, attempts, &|input| {
        shell(script, input)
    });
}

fn kill_and_compare(
    mut bench: Bench,
    input: &[u8],
    seed: u64,
    attempts: u32,
    expected: &dyn Fn(&Path) -> Vec<u8>,
) {
    let mut random = Random(seed);
    let records = input.iter().filter(|byte| **byte == b'\n').count() as u64;
    let mut fed = 0;
    for _ in 0..attempts {
        let workers = Workers::ALL.get(random.below(4) as usize);
        bench.config.tuning.workers = workers.copied();
        let started = bench.start(&[]);
        for _ in 0..random.below(6) {
            // Cut anywhere, also within a line.
            bench.append(random.part_of(input, &mut fed));
            std::thread::sleep(Duration::from_micros(random.below(20_000)));
        }
        started.kill();
    }
    bench.append(&input[fed..]);
    let ran = bench.run(&["--adapter-max-messages=1000000"]);
    assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
    let expected = expected(&bench.path("in.log"));
    assert!(
        bench.read("out.log") == expected,
        "seed {seed}: the bytes differ"
    );
    let lines = expected.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_eq!(ran.count("records_in"), records, "seed {seed}");
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

/// Lines that begin with one of some keys, of which one has more than half.
fn keyed(lines: u64, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut text = Vec::new();
    for number in 0..lines {
        let key = match random.below(2) {
            0 => random.below(40),
            _ => 7,
        };
        let padding = "x".repeat(random.below(60) as usize);
        text.extend_from_slice(format!("k{key:02} {number} {padding}\n").as_bytes());
    }
    text
}

/// What the rings of so many shards leave: each third of a shard's lines that aren't dropped, in the
/// order in which they came in.
fn thirds_of_shards(input: &[u8], key: ShardKey, shards: u32) -> Vec<u8> {
    let mut passed = vec![0_u64; shards as usize];
    let mut out = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        let record = &line[..line.len() - 1];
        if record.ends_with(b"xx") {
            continue;
        }
        let passed = &mut passed[key.shard_of(record, shards).unwrap() as usize];
        if passed.is_multiple_of(3) {
            out.extend_from_slice(&line[..1].to_ascii_uppercase());
            out.extend_from_slice(&line[1..]);
        }
        *passed += 1;
    }
    out
}

#[test]
fn killed_runs_of_several_shards_leave_what_an_undisturbed_run_would_have_written() {
    let keys = ["drop:xx$", "sample:3", "replace:k=K"];
    for (seed, shards) in [(31, 2), (32, 3), (33, 5)] {
        let bench = Bench::new(&[], &keys).follow();
        bench.write_sharded(&keys, shards, 3);
        let key = ShardKey {
            offset: 0,
            length: 3,
        };
        let expected = |input: &Path| thirds_of_shards(&fs::read(input).unwrap(), key, shards);
        kill_and_compare(bench, &keyed(60_000, seed), seed, 25, &expected);
    }
}

#[test]
fn killed_runs_of_several_shards_lose_no_reject_and_write_none_twice() {
    let keys = ["replace:a=aaa"];
    let bench = Bench::new(&[], &keys).follow();
    bench.write_sharded(&keys, 3, 3);
    let mut random = Random(9);
    let mut input = Vec::new();
    let (mut out, mut rejected) = (Vec::new(), Vec::new());
    for number in 0..20_000_u64 {
        let line = match random.below(5) {
            // Too large when it comes in, and once each `a` is three.
            0 => format!("k{} {number} {}\n", number % 10, "x".repeat(300)),
            1 => format!("k{} {number} {}\n", number % 10, "a".repeat(100)),
            _ => format!("k{} {number}\n", number % 10),
        };
        let goes = line.len() < 60;
        if goes { &mut out } else { &mut rejected }.extend_from_slice(line.as_bytes());
        input.extend_from_slice(line.as_bytes());
    }
    kill_and_compare_rejects(bench, &input, &out, &rejected);
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
    kill_and_compare_rejects(bench, &input, &out, &rejected);
}

/// Kills runs while they are fed `input`, until all of it was.
fn kill_and_compare_rejects(bench: Bench, input: &[u8], out: &[u8], rejected: &[u8]) {
    let mut random = Random(7);
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
