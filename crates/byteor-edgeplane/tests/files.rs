//! Files whose records stand behind their lengths, folders of files, and outputs in several files, over
//! kills.

mod bench;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use bench::{Bench, LOG_KEYS, LOG_SCRIPT, Random, ingress, log, shell, wait_until};
use byteor_config::{Egress, FileEgress, Framing};
use byteor_pipeline_spec::{LaneGraphBuilder, encode_kv_v1};

fn egress(config: &mut byteor_config::ConfigBundleV1) -> &mut FileEgress {
    let Egress::File(egress) = &mut config.egress else {
        panic!("it writes a file");
    };
    egress
}

/// Records with their lengths before them.
fn prefixed<'r>(records: impl IntoIterator<Item = &'r [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        bytes.extend_from_slice(&u32::try_from(record.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(record);
    }
    bytes
}

/// Records of any bytes, line feeds among them.
fn records(count: u64, seed: u64) -> Vec<Vec<u8>> {
    let mut random = Random(seed);
    let record = |number: u64| {
        let len = random.below(120);
        let mut record = format!("{number}\n").into_bytes();
        record.extend((0..len).map(|_| b"\n\0\xff,xyz\r"[random.below(8) as usize]));
        record
    };
    (0..count).map(record).collect()
}

fn framed(input: &[u8], keys: &[&str]) -> Bench {
    let mut bench = Bench::new(input, keys);
    ingress(&mut bench.config).framing = Framing::Prefixed;
    egress(&mut bench.config).framing = Framing::Prefixed;
    bench
}

#[test]
fn records_with_line_feeds_come_through_whole() {
    let records = records(5_000, 1);
    let input = prefixed(records.iter().map(Vec::as_slice));
    let ran = framed(&input, &["identity"]);
    let count = ran.run_well().count("records_out");
    assert_eq!(count, 5_000);
    assert!(ran.read("out.log") == input);
    assert_eq!(ran.read("rejected.log"), b"");
}

#[test]
fn what_is_refused_can_be_read_as_it_is() {
    let large = [b'\n'; 300];
    let grows = b"a\na\n".repeat(40);
    let input = prefixed([&b"one\n"[..], &large, &grows, b"two"]);
    let bench = framed(&input, &["replace:a=aaa"]);
    let ran = bench.run_well();
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (4, 2));
    assert_eq!(bench.read("out.log"), prefixed([&b"one\n"[..], b"two"]));
    assert_eq!(bench.read("rejected.log"), prefixed([&large[..], &grows]));

    let mut again = framed(&bench.read("rejected.log"), &["identity"]);
    again.config.record.slot_bytes = 1024;
    again.run_well();
    assert_eq!(again.read("out.log"), bench.read("rejected.log"));
}

#[test]
fn a_torn_record_is_told_left_and_read_once_it_is_whole() {
    let whole = prefixed([&b"one"[..], b"two\n"]);
    let bench = framed(&whole[..whole.len() - 2], &["identity"]);
    let ran = bench.run_well();
    assert!(ran.noticed("N_INPUT_TORN"), "{ran:?}");
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (1, 0));
    bench.append(&whole[whole.len() - 2..]);
    let ran = bench.run_well();
    assert!(!ran.noticed("N_INPUT_TORN"), "{ran:?}");
    assert_eq!(ran.count("records_in"), 2);
    assert!(bench.read("out.log") == whole);
}

#[test]
fn a_record_that_its_rotated_file_ends_within_is_set_aside_or_stops_the_run() {
    let whole = prefixed([&b"one"[..], b"two\n"]);
    let mut bench = framed(&whole[..whole.len() - 2], &["identity"]);
    bench.run_well();
    fs::rename(bench.path("in.log"), bench.path("in.log.1")).unwrap();
    fs::write(bench.path("in.log"), prefixed([&b"three"[..]])).unwrap();
    ingress(&mut bench.config).too_large = byteor_config::TooLarge::Stop;
    let ran = bench.run(&[]);
    assert_eq!((ran.exit, ran.code()), (Some(5), "E_INPUT_TORN"), "{ran:?}");
    ingress(&mut bench.config).too_large = byteor_config::TooLarge::Reject;
    let ran = bench.run_well();
    assert!(ran.noticed("N_INPUT_TORN"), "{ran:?}");
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (3, 1));
    assert_eq!(bench.read("out.log"), prefixed([&b"one"[..], b"three"]));
    // With what there was of its own length and itself.
    let rest = &whole[7..whole.len() - 2];
    assert_eq!(bench.read("rejected.log"), prefixed([rest]));
}

#[test]
fn lines_that_are_read_as_lengths_and_another_framing_are_refused() {
    let mut bench = framed(b"{\"id\":1}\n", &["identity"]);
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_INPUT_LENGTH"),
        "{ran:?}"
    );
    let message = ran.last()["message"].as_str().unwrap();
    assert!(
        message.contains("at byte 0 of ") && message.contains("2065852772"),
        "{message}"
    );

    fs::write(bench.path("in.log"), prefixed([&b"one"[..]])).unwrap();
    bench.run_well();
    ingress(&mut bench.config).framing = Framing::Lines;
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_FILE_FRAMING"),
        "{ran:?}"
    );
    ingress(&mut bench.config).framing = Framing::Prefixed;
    egress(&mut bench.config).framing = Framing::Lines;
    let before = bench.read("out.log");
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_FILE_FRAMING"),
        "{ran:?}"
    );
    assert_eq!(bench.read("out.log"), before);
}

#[test]
fn killed_runs_over_framed_records_lose_none_and_double_none() {
    for seed in 41..=43 {
        let mut random = Random(seed);
        let mut all = records(20_000, seed);
        for record in &mut all {
            if random.below(50) == 0 {
                record.resize(300 + random.below(9_000) as usize, b'\n');
            }
        }
        let input = prefixed(all.iter().map(Vec::as_slice));
        let bench = framed(b"", &["drop:xx"]).follow();
        let mut fed = 0;
        for _ in 0..25 {
            let started = bench.start(&[]);
            for _ in 0..random.below(6) {
                // Cut anywhere, also within a length.
                bench.append(random.part_of(&input, &mut fed));
                std::thread::sleep(Duration::from_micros(random.below(20_000)));
            }
            started.kill();
        }
        bench.append(&input[fed..]);
        let ran = bench.run(&["--adapter-max-messages=1000000"]);
        assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
        let (large, rest): (Vec<&Vec<u8>>, Vec<_>) = all.iter().partition(|one| one.len() > 256);
        let out = rest
            .into_iter()
            .filter(|record| !record.windows(2).any(|two| two == b"xx"));
        let out = prefixed(out.map(Vec::as_slice));
        assert!(
            bench.read("out.log") == out,
            "seed {seed}: the bytes differ"
        );
        let rejected = prefixed(large.into_iter().map(Vec::as_slice));
        assert!(
            bench.read("rejected.log") == rejected,
            "seed {seed}: rejects"
        );
        assert_eq!(ran.count("records_in"), 20_000, "seed {seed}");
    }
}

/// A pipeline that reads `in/*.log`.
fn spool(keys: &[&str]) -> Bench {
    let mut bench = Bench::new(b"", keys).follow();
    fs::create_dir(bench.path("in")).unwrap();
    ingress(&mut bench.config).path = bench.path("in/*.log").to_str().unwrap().to_owned();
    bench
}

#[test]
fn new_files_of_a_folder_are_picked_up_in_their_order() {
    let bench = spool(&["identity"]);
    let started = bench.start(&[]);
    assert!(started.noticed("N_INPUT_NONE"));
    fs::write(bench.path("in/b.log"), "2\n3").unwrap();
    bench.wait_for("out.log", b"2\n");
    fs::write(bench.path("in/a.log"), "1\n").unwrap();
    fs::write(bench.path("in/.c.log"), "no\n").unwrap();
    fs::write(bench.path("in/d.log"), "4\n").unwrap();
    bench.wait_for("out.log", b"2\n3\n4\n");
    let ran = started.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    // What is behind the checkpoint's file stays unread, and that one goes on.
    fs::write(bench.path("in/e.log"), "5\n").unwrap();
    let ran = bench.run(&["--adapter-max-messages=100"]);
    assert_eq!(ran.code(), "end_of_input", "{ran:?}");
    assert_eq!(bench.read("out.log"), b"2\n3\n4\n5\n");
    assert!(!ran.noticed("N_INPUT_NONE"), "{ran:?}");
}

#[test]
fn what_becomes_of_the_file_that_is_read_is_told() {
    let bench = spool(&["identity"]);
    fs::write(bench.path("in/a.log"), "1\n2\n").unwrap();
    fs::write(bench.path("in/b.log"), "3\n").unwrap();
    let ran = bench.run(&["--adapter-max-messages=1"]);
    assert_eq!(ran.code(), "max_messages", "{ran:?}");
    let code = || bench.run(&["--adapter-max-messages=100"]).code().to_owned();
    fs::rename(bench.path("in/a.log"), bench.path("in/c.log")).unwrap();
    assert_eq!(code(), "E_INPUT_REPLACED", "it would come again");
    fs::rename(bench.path("in/c.log"), bench.path("kept")).unwrap();
    assert_eq!(code(), "E_INPUT_MISSING");
    fs::write(bench.path("in/a.log"), "another\n").unwrap();
    assert_eq!(code(), "E_INPUT_REPLACED");
    assert_eq!(bench.read("out.log"), b"1\n");
    fs::rename(bench.path("kept"), bench.path("in/a.log")).unwrap();
    assert_eq!(code(), "end_of_input");
    assert_eq!(bench.read("out.log"), b"1\n2\n3\n");
    fs::write(bench.path("in/b.log"), "").unwrap();
    let ran = bench.run(&["--adapter-max-messages=100"]);
    assert!(ran.noticed("N_INPUT_TRUNCATED"), "{ran:?}");
    // The folder has to be there.
    fs::remove_dir_all(bench.path("in")).unwrap();
    assert_eq!(code(), "E_INPUT_READ");
}

#[test]
fn a_pattern_stays_under_its_root_and_off_the_pipelines_own_files() {
    let mut bench = spool(&["identity"]);
    let root = bench.path("in");
    fs::write(bench.path("in/a.log"), "1\n").unwrap();
    std::os::unix::fs::symlink(bench.path("rejected.log"), bench.path("in/b.log")).unwrap();
    fs::write(bench.path("rejected.log"), "secret\n").unwrap();
    let inside = bench.path("in");
    let write = |name: &str| inside.join(name).to_str().unwrap().to_owned();
    egress(&mut bench.config).path = write("out");
    bench.config.reject.path = write("rejected");
    let flag = format!("--allow-root={}", root.display());
    let ran = bench.run(&[&flag, "--adapter-max-messages=100"]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(4), "E_PATH_OUTSIDE_ROOTS"),
        "{ran:?}"
    );
    // The checkpoint is named by the command line, which no config is held against.
    let checkpoint = format!("--checkpoint={}", write("checkpoint.log"));
    let ran = bench.run(&[&checkpoint]);
    assert_eq!(ran.code(), "E_ADAPTER_SAME_FILE", "{ran:?}");
}

#[test]
fn killed_runs_over_a_folder_read_each_file_once_and_in_order() {
    for seed in 51..=53 {
        let mut random = Random(seed);
        let bench = spool(&["drop:7$"]);
        let (mut number, mut file, mut expected) = (0, 0, String::new());
        let mut write = |random: &mut Random| {
            file += 1;
            let mut text = String::new();
            for _ in 0..random.below(3_000) {
                number += 1;
                text.push_str(&format!("{number}\n"));
                if number % 10 != 7 {
                    expected.push_str(&format!("{number}\n"));
                }
            }
            // Complete when it has its name, as a folder that is followed needs it.
            let aside = bench.path("in/.part");
            fs::write(&aside, text).unwrap();
            fs::rename(aside, bench.path(&format!("in/{file:04}.log"))).unwrap();
        };
        for _ in 0..25 {
            let started = bench.start(&[]);
            for _ in 0..random.below(4) {
                write(&mut random);
                std::thread::sleep(Duration::from_micros(random.below(20_000)));
            }
            started.kill();
        }
        write(&mut random);
        let ran = bench.run(&["--adapter-max-messages=1000000"]);
        assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
        assert_eq!(ran.count("records_in"), number, "seed {seed}");
        assert!(bench.read("out.log") == expected.as_bytes(), "seed {seed}");
    }
}

/// A pipeline whose output is several files, of so many bytes.
fn rotating(mut bench: Bench, bytes: u32) -> Bench {
    egress(&mut bench.config).rotate_bytes = Some(bytes);
    bench
}

/// The names in the pipeline's folder that begin with `begin` and a number: the finished ones, and the
/// others.
fn numbered(bench: &Bench, begin: &str) -> (Vec<String>, Vec<String>) {
    let entries = fs::read_dir(bench.dir.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_number = |name: &str| name.len() == 20 && name.bytes().all(|one| one.is_ascii_digit());
    let (mut finished, mut parts) = (Vec::new(), Vec::new());
    for name in names {
        match name
            .strip_prefix(begin)
            .and_then(|rest| rest.strip_prefix('.'))
        {
            Some(number) if is_number(number) => finished.push(name),
            Some(part) if part.strip_suffix(".part").is_some_and(is_number) => parts.push(name),
            _ => {}
        }
    }
    finished.sort();
    (finished, parts)
}

/// Takes what is finished away, as somebody does who reads it.
fn take(bench: &Bench, taken: &mut BTreeMap<String, Vec<u8>>) {
    for name in numbered(bench, "out.log").0 {
        let bytes = bench.read(&name);
        fs::remove_file(bench.path(&name)).unwrap();
        assert!(
            taken.insert(name.clone(), bytes).is_none(),
            "{name} came twice"
        );
    }
}

/// All that was taken, where each file is named by the number of its first line.
fn joined(taken: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let (mut all, mut lines) = (Vec::new(), 0);
    for (name, bytes) in taken {
        assert!(
            name.ends_with(&format!(".{:020}", lines + 1)),
            "{name} after {lines} lines"
        );
        lines += bytes.iter().filter(|byte| **byte == b'\n').count();
        all.extend_from_slice(bytes);
    }
    all
}

#[test]
fn killed_runs_finish_files_that_have_each_record_once_and_never_change() {
    for (seed, seconds) in [(61, None), (62, None), (63, Some(1))] {
        let mut random = Random(seed);
        let input = log(60_000, seed);
        let mut bench = rotating(Bench::new(b"", &LOG_KEYS).follow(), 40_000);
        egress(&mut bench.config).rotate_seconds = seconds;
        let (mut fed, mut taken) = (0, BTreeMap::new());
        for _ in 0..25 {
            let started = bench.start(&[]);
            for _ in 0..random.below(6) {
                bench.append(random.part_of(&input, &mut fed));
                std::thread::sleep(Duration::from_micros(random.below(20_000)));
                if random.below(2) == 0 {
                    take(&bench, &mut taken);
                }
            }
            if seconds.is_some() && random.below(4) == 0 {
                std::thread::sleep(Duration::from_millis(1_100));
            }
            started.kill();
            take(&bench, &mut taken);
        }
        bench.append(&input[fed..]);
        let ran = bench.run(&["--adapter-max-messages=1000000"]);
        assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
        take(&bench, &mut taken);
        assert_eq!(
            numbered(&bench, "out.log").1,
            [""; 0],
            "seed {seed}: all is finished"
        );
        let expected = shell(LOG_SCRIPT, &bench.path("in.log"));
        assert!(joined(&taken) == expected, "seed {seed}: the bytes differ");
        let short = taken.values().filter(|bytes| bytes.len() < 40_000).count();
        match seconds {
            // The last one, at most.
            None => assert!(short <= 1, "seed {seed}: {short}"),
            Some(_) => assert!(short > 1, "seed {seed}: age closed {short}"),
        }
        assert!(taken.len() > 20, "seed {seed}: {} files", taken.len());
    }
}

#[test]
fn age_closes_a_file_that_nothing_comes_to_and_sigterm_does_too() {
    let mut bench = Bench::new(b"one\n", &["identity"]).follow();
    egress(&mut bench.config).rotate_seconds = Some(1);
    let started = bench.start(&[]);
    let first = format!("out.log.{:020}", 1);
    bench.wait_for(&format!("{first}.part"), b"one\n");
    bench.wait_for(&first, b"one\n");
    assert!(!bench.path(&format!("{first}.part")).exists());
    bench.append(b"two\n");
    let second = format!("out.log.{:020}", 2);
    bench.wait_for(&format!("{second}.part"), b"two\n");
    let ran = started.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert_eq!(bench.read(&second), b"two\n");
    assert_eq!(numbered(&bench, "out.log").1, [""; 0]);
    // The age goes on over a kill, and nothing is begun without a record.
    bench.append(b"three\n");
    let third = format!("out.log.{:020}", 3);
    let started = bench.start(&[]);
    bench.wait_for(&format!("{third}.part"), b"three\n");
    wait_until("the checkpoint", || {
        let text = fs::read_to_string(bench.path("out.log.checkpoint")).unwrap();
        text.contains("\noutput.rotated.current=open\n")
    });
    started.kill();
    std::thread::sleep(Duration::from_millis(1_100));
    bench.start(&[]).terminate();
    assert_eq!(bench.read(&third), b"three\n");
    let started = bench.start(&[]);
    std::thread::sleep(Duration::from_millis(200));
    started.terminate();
    let (finished, parts) = numbered(&bench, "out.log");
    assert_eq!((finished, parts), (vec![first, second, third], vec![]));
    assert!(!bench.path("out.log").exists());
}

#[test]
fn a_name_that_somebody_takes_ends_the_run_and_stays_his() {
    let mut bench = Bench::new(b"one\n", &["identity"]).follow();
    egress(&mut bench.config).rotate_seconds = Some(1);
    let mut started = bench.start(&[]);
    let first = format!("out.log.{:020}", 1);
    bench.wait_for(&format!("{first}.part"), b"one\n");
    fs::write(bench.path(&first), "somebody's\n").unwrap();
    wait_until("its end", || started.ended());
    let ran = started.wait();
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_OUTPUT_TAKEN"),
        "{ran:?}"
    );
    assert_eq!(bench.read(&first), b"somebody's\n");
    assert_eq!(bench.run(&[]).code(), "E_OUTPUT_TAKEN");
    fs::remove_file(bench.path(&first)).unwrap();
    bench.start(&[]).terminate();
    assert_eq!(bench.read(&first), b"one\n");
}

#[test]
fn what_a_killed_run_was_writing_is_gone_on_with_or_told() {
    let mut bench = rotating(Bench::new(b"one\n", &["identity"]).follow(), 1_000_000);
    let started = bench.start(&[]);
    let part = format!("out.log.{:020}.part", 1);
    bench.wait_for(&part, b"one\n");
    wait_until("the checkpoint", || {
        let text = fs::read_to_string(bench.path("out.log.checkpoint")).unwrap();
        text.contains("\noutput.rotated.current=open\n")
    });
    started.kill();
    let code = |bench: &Bench| bench.run(&["--adapter-max-messages=9"]).code().to_owned();
    // Another kind of output, another place, and another framing.
    egress(&mut bench.config).rotate_bytes = None;
    assert_eq!(code(&bench), "E_OUTPUT_UNFINISHED");
    egress(&mut bench.config).rotate_bytes = Some(2_000);
    egress(&mut bench.config).framing = Framing::Prefixed;
    assert_eq!(code(&bench), "E_FILE_FRAMING");
    egress(&mut bench.config).framing = Framing::Lines;
    // Shorter, another one, and none.
    fs::write(bench.path(&part), "").unwrap();
    assert_eq!(code(&bench), "E_OUTPUT_CHANGED");
    fs::write(bench.path(&part), "two\n").unwrap();
    assert_eq!(code(&bench), "E_OUTPUT_CHANGED");
    fs::rename(bench.path(&part), bench.path("aside")).unwrap();
    assert_eq!(code(&bench), "E_OUTPUT_CHANGED");
    fs::rename(bench.path("aside"), bench.path(&part)).unwrap();
    fs::write(bench.path(&part), "one\nlost").unwrap();
    let ran = bench.run(&["--adapter-max-messages=9"]);
    assert!(ran.noticed("N_CUT_BACK"), "{ran:?}");
    let finished = format!("out.log.{:020}", 1);
    assert_eq!(bench.read(&finished), b"one\n");
    // Now that nothing is unfinished, the output may be another.
    egress(&mut bench.config).rotate_bytes = None;
    bench.append(b"two\n");
    assert_eq!(code(&bench), "end_of_input");
    assert_eq!(bench.read("out.log"), b"two\n");
    assert_eq!(bench.read(&finished), b"one\n");
}

#[test]
fn two_pipelines_of_one_output_exclude_each_other_between_files_too() {
    let bench = rotating(Bench::new(b"", &["identity"]).follow(), 1_024);
    let started = bench.start(&[]);
    let mut other = bench.command(&["--adapter-max-messages=1"]);
    let checkpoint = bench.path("other.checkpoint");
    other.arg(format!("--checkpoint={}", checkpoint.display()));
    let ran = bench::Ran::of(other.output().unwrap());
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_OUTPUT_BUSY"),
        "{ran:?}"
    );
    started.terminate();
}

#[test]
fn the_outputs_of_a_graph_are_closed_each_by_itself() {
    let graph = LaneGraphBuilder::new()
        .fanout_broadcast("in.fan", 2)
        .events("whole.all")
        .events("sevens.few")
        .ingress("in", "in.fan")
        .stage("whole", "identity", "in.fan", "whole.all")
        .stage("sevens", "keep:7$", "in.fan", "sevens.few")
        .egress("all", "whole.all")
        .egress("few", "sevens.few");
    let mut bench = Bench::new(b"", &["identity"]).follow();
    let spec = encode_kv_v1(&graph.build().unwrap());
    fs::write(bench.path("spec.kv"), spec).unwrap();
    let out = bench.path("out.{boundary}").to_str().unwrap().to_owned();
    let egress = egress(&mut bench.config);
    (egress.path, egress.rotate_bytes) = (out, Some(1_024));
    egress.rotate_seconds = Some(1);
    let lines = |count: u32| {
        (1..=count)
            .map(|number| format!("{number}\n"))
            .collect::<String>()
    };
    bench.append(lines(1_000).as_bytes());
    let started = bench.start(&[]);
    let text_of = |begin: &str| {
        let (finished, parts) = numbered(&bench, begin);
        let bytes = finished.iter().flat_map(|name| bench.read(name));
        (
            String::from_utf8(bytes.collect()).unwrap(),
            finished.len(),
            parts.len(),
        )
    };
    let few: String = (1..=1_000)
        .filter(|number| number % 10 == 7)
        .map(|number| format!("{number}\n"))
        .collect();
    // Age closes the last ones, with nothing behind them.
    wait_until("age", || text_of("out.all").0.len() == lines(1_000).len());
    wait_until("age", || text_of("out.few").0.len() == few.len());
    started.kill();
    let (all, files, parts) = text_of("out.all");
    assert!(
        all == lines(1_000) && files == 4 && parts == 0,
        "{files} {parts}"
    );
    assert_eq!(text_of("out.few"), (few, 1, 0));
    bench.append(b"1007\n");
    let started = bench.start(&[]);
    wait_until("the record", || numbered(&bench, "out.few").1.len() == 1);
    let ran = started.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert_eq!(text_of("out.few").1, 2);
    assert_eq!(text_of("out.all").0, lines(1_000) + "1007\n");
}
