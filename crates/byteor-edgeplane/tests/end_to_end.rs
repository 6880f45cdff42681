//! A pipeline over files, from the first line to the last, against other tools and by hand.

mod bench;

use std::fs;

use bench::{Bench, LOG_KEYS, LOG_SCRIPT, Random, ingress, log, shell};
use byteor_config::{Wait, Workers};
use serde_json::Value;

#[test]
fn the_output_is_what_grep_and_sed_make_of_the_input() {
    let bench = Bench::new(&log(20_000, 1), &LOG_KEYS);
    let expected = shell(LOG_SCRIPT, &bench.path("in.log"));
    let ran = bench.run_well();
    assert!(bench.read("out.log") == expected, "the bytes differ");
    let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_eq!(ran.count("records_in"), 20_000);
    assert_eq!(ran.count("records_out"), lines(&expected));
    assert_eq!(ran.count("dropped"), 20_000 - lines(&expected));
    assert_eq!(ran.count("rejected"), 0);
    assert_eq!(
        ran.count("bytes_out"),
        expected.len() as u64 - lines(&expected)
    );
    assert_eq!(bench.read("rejected.log"), b"");
    let snapshot = &ran.last()["snapshot"];
    assert_eq!(snapshot["cursor"], 20_000);
    for name in [
        "records_in",
        "records_out",
        "dropped",
        "rejected",
        "bytes_in",
        "bytes_out",
    ] {
        assert_eq!(snapshot["counters"][name], ran.count(name), "{name}");
    }
    assert_eq!(snapshot["stages"][2]["gating"], 20_000);
}

/// A second oracle, written without any regex: keep lines that hold `k`, drop those that begin
/// with `d`, write `a` three times. Answers output and rejects.
fn by_hand(input: &[u8], slot: usize) -> (Vec<u8>, Vec<u8>) {
    let (mut out, mut rejected) = (Vec::new(), Vec::new());
    let mut lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    // What stands behind the last line feed is a record only if there is something.
    if lines.last() == Some(&&b""[..]) {
        lines.pop();
    }
    for line in lines {
        if line.len() > slot {
            rejected.extend_from_slice(line);
            rejected.push(b'\n');
            continue;
        }
        if !line.contains(&b'k') || line.first() == Some(&b'd') {
            continue;
        }
        let mut grown = Vec::new();
        for byte in line {
            match byte {
                b'a' => grown.extend_from_slice(b"aaa"),
                other => grown.push(*other),
            }
        }
        let target = if grown.len() > slot {
            &mut rejected
        } else {
            &mut out
        };
        target.extend_from_slice(if grown.len() > slot { line } else { &grown });
        target.push(b'\n');
    }
    (out, rejected)
}

const ODD_KEYS: [&str; 3] = ["keep:k", "drop:^d", "replace:a=aaa"];

fn odd(seed: u64, lines: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut input = Vec::new();
    for _ in 0..lines {
        let length = match random.below(12) {
            0 => 0,
            1 => 255 + random.below(3),
            2 => 300 + random.below(3000),
            3 => 80 + random.below(20),
            _ => random.below(60),
        };
        for _ in 0..length {
            input.push(match random.below(8) {
                0 => b'k',
                1..=3 => b'a',
                4 => b'd',
                5 => b'\r',
                _ => match random.below(256) as u8 {
                    b'\n' => 0,
                    byte => byte,
                },
            });
        }
        input.push(b'\n');
    }
    if random.below(2) == 0 {
        input.extend_from_slice(b"kad\xff last");
    }
    input
}

#[test]
fn odd_inputs_agree_with_an_oracle_written_by_hand() {
    for seed in 0..20 {
        let input = odd(seed, 400);
        let bench = Bench::new(&input, &ODD_KEYS);
        let ran = bench.run_well();
        let (out, rejected) = by_hand(&input, 256);
        assert!(bench.read("out.log") == out, "output, seed {seed}");
        assert!(
            bench.read("rejected.log") == rejected,
            "rejects, seed {seed}"
        );
        let totals = ["records_out", "dropped", "rejected"].map(|name| ran.count(name));
        assert_eq!(
            ran.count("records_in"),
            totals.iter().sum::<u64>(),
            "seed {seed}"
        );
    }
}

#[test]
fn every_record_size_class_holds_its_own_limit() {
    for slot in byteor_config::SLOT_BYTES {
        let size = slot as usize;
        let mut input = vec![b'x'; size];
        input.push(b'\n');
        input.extend(vec![b'y'; size + 1]);
        input.push(b'\n');
        let mut bench = Bench::new(&input, &["identity"]);
        bench.config.record.slot_bytes = slot;
        let ran = bench.run_well();
        assert_eq!(bench.read("out.log"), &input[..size + 1]);
        assert_eq!(bench.read("rejected.log"), &input[size + 1..]);
        assert_eq!((ran.count("records_out"), ran.count("rejected")), (1, 1));
    }
}

#[test]
fn a_line_far_larger_than_memory_is_worth_goes_to_the_reject_file_whole() {
    let mut input = b"before\n".to_vec();
    input.extend(vec![b'z'; 3_000_000]);
    input.extend_from_slice(b"\nafter\n");
    let bench = Bench::new(&input, &["identity"]);
    bench.run_well();
    assert_eq!(bench.read("out.log"), b"before\nafter\n");
    assert!(bench.read("rejected.log") == input[7..3_000_008]);
}

#[test]
fn stopping_at_a_record_that_is_too_large_leaves_it_for_a_larger_class() {
    let mut input = b"one\n".to_vec();
    input.extend(vec![b'z'; 300]);
    input.extend_from_slice(b"\ntwo\n");
    let mut bench = Bench::new(&input, &["identity"]);
    ingress(&mut bench.config).too_large = byteor_config::TooLarge::Stop;
    for _ in 0..2 {
        let ran = bench.run(&[]);
        assert_eq!(
            (ran.exit, ran.code()),
            (Some(5), "E_RECORD_TOO_LARGE"),
            "{ran:?}"
        );
        assert_eq!(bench.read("out.log"), b"one\n");
    }
    bench.config.record.slot_bytes = 1024;
    bench.run_well();
    assert_eq!(bench.read("out.log"), input);
}

#[test]
fn an_empty_input_gives_an_empty_output() {
    let bench = Bench::new(b"", &["identity"]);
    let ran = bench.run_well();
    assert_eq!((ran.code(), ran.count("records_in")), ("end_of_input", 0));
    assert_eq!(bench.read("out.log"), b"");
}

#[test]
fn empty_lines_and_a_last_line_without_end_are_records() {
    let bench = Bench::new(b"\n\nlast", &["identity"]);
    let ran = bench.run_well();
    assert_eq!(bench.read("out.log"), b"\n\nlast\n");
    assert_eq!(ran.count("records_in"), 3);
}

#[test]
fn a_bounded_run_ends_after_its_messages_and_the_next_goes_on() {
    let bench = Bench::new(b"1\n2\n3\n4\n5", &["identity"]).follow();
    let ran = bench.run(&["--adapter-max-messages=2"]);
    assert_eq!((ran.exit, ran.code()), (Some(0), "max_messages"), "{ran:?}");
    assert_eq!(bench.read("out.log"), b"1\n2\n");
    // The end of the input comes first: the line without end is a record, though we follow.
    let ran = bench.run(&["--adapter-max-messages=100"]);
    assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
    assert_eq!(bench.read("out.log"), b"1\n2\n3\n4\n5\n");
    assert_eq!(
        ran.count("records_in"),
        5,
        "counters go on from the checkpoint"
    );
    let ran = bench.run(&["--adapter-max-messages=0"]);
    assert_eq!(ran.exit, Some(2));
}

#[test]
fn a_second_run_over_the_same_input_adds_nothing() {
    let bench = Bench::new(b"a\nb\n", &["identity"]);
    bench.run_well();
    let ran = bench.run_well();
    assert_eq!(bench.read("out.log"), b"a\nb\n");
    assert_eq!(ran.count("records_in"), 2);
    bench.append(b"c\n");
    bench.run_well();
    assert_eq!(bench.read("out.log"), b"a\nb\nc\n");
}

#[test]
fn another_spec_goes_on_from_the_checkpoint_of_the_one_before() {
    let bench = Bench::new(b"a1\na2\n", &["replace:a=x"]);
    bench.run_well();
    bench.append(b"a3\n");
    bench.write_spec(&["keep:a", "replace:a=yy"]);
    let ran = bench.run_well();
    assert_eq!(bench.read("out.log"), b"x1\nx2\nyy3\n");
    assert_eq!(ran.count("records_in"), 3);
}

#[test]
fn an_output_that_is_there_already_is_appended_to_and_never_cut() {
    let bench = Bench::new(b"new\n", &["identity"]);
    fs::write(bench.path("out.log"), "old\n").unwrap();
    bench.run_well();
    assert_eq!(bench.read("out.log"), b"old\nnew\n");
    fs::remove_file(bench.path("out.log.checkpoint")).unwrap();
    bench.run_well();
    assert_eq!(
        bench.read("out.log"),
        b"old\nnew\nnew\n",
        "starting anew is what was asked for"
    );
}

#[test]
fn workers_and_wait_change_no_byte_and_what_was_applied_is_told() {
    let mut bench = Bench::new(&log(5_000, 4), &LOG_KEYS);
    let expected = shell(LOG_SCRIPT, &bench.path("in.log"));
    let asked = Workers::ALL.iter().map(|workers| Some(*workers));
    for workers in asked.chain([None]) {
        for wait in [None, Some(Wait::Backoff)] {
            bench.config.tuning.workers = workers;
            bench.config.tuning.wait = wait;
            for name in ["out.log", "out.log.checkpoint", "rejected.log"] {
                let _ = fs::remove_file(bench.path(name));
            }
            let ran = bench.run_well();
            assert!(bench.read("out.log") == expected, "{workers:?}, {wait:?}");
            let started = ran.events.iter().find(|event| event["event"] == "started");
            let told = &started.unwrap()["tuning"];
            let requested = workers.map_or(Value::Null, |workers| workers.as_str().into());
            assert_eq!(told["workers"]["requested"], requested);
            let applied = &told["workers"]["applied"];
            if workers == Some(Workers::Dedicated) || workers == Some(Workers::One) {
                assert_eq!(*applied, requested);
            }
            let expected_wait = wait.map_or("adaptive", Wait::as_str);
            assert_eq!(told["wait"], expected_wait);
            let snapshot = &ran.last()["snapshot"]["tuning"];
            assert_eq!(snapshot["workers"], *applied);
            assert_eq!(snapshot["wait"], expected_wait);
        }
    }
}
