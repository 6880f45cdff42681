//! Kafka against a real server, which is killed, as the runs are.
#![cfg(feature = "kafka")]

mod bench;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use bench::http::{Receiver, free_port};
use bench::kafka::{Server, own_server, server};
use bench::{Bench, Random, kept, tools};
use byteor_config::adapters::kafka::{KafkaCompression, KafkaIngress, KafkaStart};
use byteor_config::{Egress, Ingress};
use rustix::process::{Signal, kill_process};

fn from_kafka(config: KafkaIngress, keys: &[&str]) -> Bench {
    let mut bench = Bench::new(b"", keys);
    bench.config.ingress = Ingress::Kafka(config);
    bench
}

/// Asks again until it is so. A server that comes up again, and a group that waits for members that
/// were killed, take longer than what other tests wait for.
fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + 4 * bench::PATIENCE;
    while !done() {
        assert!(Instant::now() < until, "{what} doesn't come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The records of a partition: what partition it is, a number, and bytes that no text has.
fn record(partition: i32, number: u64) -> Vec<u8> {
    let mut record = format!("{partition} {number} ").into_bytes();
    let mut random = Random(number << 8 | partition as u64);
    let odd = (0..random.below(60)).map(|_| random.below(256) as u8);
    record.extend(odd.filter(|byte| *byte != b'\n'));
    record
}

fn produce(server: &Server, topic: &str, partition: i32, numbers: std::ops::RangeInclusive<u64>) {
    let records = numbers.map(|number| Some(record(partition, number)));
    server.produce(topic, partition, records);
}

/// Partition and number of a record.
fn of(record: &[u8]) -> (i32, u64) {
    let text = String::from_utf8_lossy(record);
    let mut words = text.split(' ');
    let mut next = || words.next().unwrap();
    (next().parse().unwrap(), next().parse().unwrap())
}

/// For each partition every record is there, byte for byte, and none in front of one that came earlier
/// for the first time; how many are there twice.
fn none_lost<'a>(records: impl Iterator<Item = &'a [u8]>, partitions: i32, each: u64) -> u64 {
    let (mut next, mut doubled) = (BTreeMap::new(), 0);
    for found in records {
        let (partition, number) = of(found);
        assert_eq!(found, record(partition, number));
        let next = next.entry(partition).or_insert(1);
        assert!(
            number <= *next,
            "{partition}: {number} after {next}: something is lost"
        );
        doubled += u64::from(number < *next);
        *next = (*next).max(number + 1);
    }
    let expected: BTreeMap<_, _> = (0..partitions).map(|one| (one, each + 1)).collect();
    assert_eq!(next, expected);
    doubled
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    match text.is_empty() {
        true => Vec::new(),
        false => text.split(|byte| *byte == b'\n').collect(),
    }
}

fn count(bench: &Bench, name: &str) -> usize {
    lines(&fs::read(bench.path(name)).unwrap_or_default()).len()
}

#[test]
fn a_topic_is_read_byte_for_byte_committed_and_gone_on_with() {
    let Some(server) = server() else { return };
    let topic = server.topic(3, &[]);
    for partition in 0..3 {
        produce(&server, &topic, partition, 1..=400);
    }
    let ingress = server.ingress(&topic);
    let group = ingress.group.clone();
    let bench = from_kafka(ingress, &["identity"]);
    let run = bench.start(&[]);
    wait_until("all", || count(&bench, "out.log") == 1200);
    let out = bench.read("out.log");
    assert_eq!(none_lost(lines(&out).into_iter(), 3, 400), 0);
    // One that is too large, and one without a value, are kept aside; the position goes behind them.
    server.produce(
        &topic,
        0,
        [
            Some("x".repeat(300).into_bytes()),
            None,
            Some(b"last".to_vec()),
        ],
    );
    wait_until("the last", || bench.read("out.log").ends_with(b"\nlast\n"));
    let all = [403, 400, 400];
    wait_until("the commit", || server.committed(&group, &topic, 3) == all);
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (1203, 2));
    let rejected = String::from_utf8(bench.read("rejected.log")).unwrap();
    assert!(rejected.contains("xxx\n"), "{rejected}");
    assert!(
        rejected.contains("partition=0 offset=401 key=k\n"),
        "{rejected}"
    );
    let checkpoint = String::from_utf8(bench.read("out.log.checkpoint")).unwrap();
    assert!(
        checkpoint.contains("input.kind=kafka\ninput.number=1203\n"),
        "{checkpoint}"
    );
    produce(&server, &topic, 1, 401..=401);
    let run = bench.start(&[]);
    wait_until("the next", || count(&bench, "out.log") == 1202);
    assert_eq!(run.terminate().count("records_in"), 1204);
}

#[test]
fn a_group_begins_where_it_is_told_and_is_told_what_was_removed() {
    let Some(server) = server() else { return };
    let topic = server.topic(1, &[]);
    produce(&server, &topic, 0, 1..=5);
    let mut ingress = server.ingress(&topic);
    ingress.start = KafkaStart::End;
    let group = ingress.group.clone();
    let bench = from_kafka(ingress, &["identity"]);
    let run = bench.start(&[]);
    wait_until("its position", || {
        server.committed(&group, &topic, 1) == [5]
    });
    assert_eq!(run.terminate().exit, Some(0));
    // The position is kept: what comes while nobody reads isn't passed over.
    produce(&server, &topic, 0, 6..=9);
    server.trim(&topic, 7);
    let run = bench.start(&[]);
    wait_until("the rest", || count(&bench, "out.log") == 2);
    let ran = run.terminate();
    let told: Vec<_> = ran
        .events
        .iter()
        .filter(|event| event["code"] == "N_KAFKA_TRIMMED")
        .collect();
    let [told] = told[..] else { panic!("{ran:?}") };
    assert!(
        told["message"]
            .as_str()
            .unwrap()
            .starts_with("2 records of partition 0"),
        "{told}"
    );
    let out = bench.read("out.log");
    assert_eq!(lines(&out), [record(0, 8), record(0, 9)]);
}

#[test]
fn records_are_produced_in_order_by_their_keys_where_java_s_producer_puts_them() {
    let Some(server) = server() else { return };
    let (topic, java) = (server.topic(5, &[]), server.topic(5, &[]));
    let customers: Vec<String> = (0..40)
        .map(|number| format!("customer é{}", number * 7919))
        .collect();
    let (mut input, mut by_java) = (String::new(), String::new());
    for number in 0..2000 {
        let customer = &customers[number % customers.len()];
        input += &format!("{{\"n\":{number},\"of\":{{\"customer\":\"{customer}\"}}}}\n");
    }
    for customer in &customers {
        by_java += &format!("{customer}|x\n");
    }
    input += "no JSON\n";
    let mut bench = Bench::new(input.as_bytes(), &["identity"]);
    let mut egress = server.egress(&topic);
    egress.key = Some("/of/customer".into());
    egress.compression = KafkaCompression::Lz4;
    bench.config.egress = Egress::Kafka(egress);
    assert_eq!(bench.run_well().count("records_out"), 2001);
    server.produce_by_java(&java, &by_java);
    let place = |topic: &str| {
        let mut places: BTreeMap<Vec<u8>, BTreeSet<i32>> = BTreeMap::new();
        for (partition, records) in server.records(topic) {
            for key in records.into_iter().filter_map(|one| one.0) {
                places.entry(key).or_default().insert(partition);
            }
        }
        places
    };
    let places = place(&topic);
    assert_eq!(places.len(), customers.len());
    assert_eq!(places, place(&java));
    assert!(places.values().all(|of| of.len() == 1), "{places:?}");
    assert!(
        places.values().flatten().collect::<BTreeSet<_>>().len() > 2,
        "{places:?}"
    );
    let (mut found, mut without) = (Vec::new(), 0);
    for records in server.records(&topic).into_values() {
        let mut last = -1;
        for (key, record) in records {
            let record = String::from_utf8(record).unwrap();
            if key.is_none() {
                assert_eq!(record, "no JSON");
                without += 1;
                continue;
            }
            let number: i64 = record[5..record.find(',').unwrap()].parse().unwrap();
            assert!(number > last, "{number} after {last}");
            last = number;
            found.push(record);
        }
    }
    found.sort();
    let mut expected: Vec<_> = input.lines().filter(|line| line.starts_with('{')).collect();
    expected.sort_unstable();
    assert_eq!(
        (
            found.iter().map(String::as_str).collect::<Vec<_>>(),
            without
        ),
        (expected, 1)
    );
}

#[test]
fn a_server_and_a_run_that_are_killed_lose_nothing() {
    let Some(mut server) = own_server() else {
        return;
    };
    let (step, mut random) = (4_000, Random(31));
    // One partition at the end, so that the order of the whole can be looked at.
    let (from, to) = (server.topic(2, &[]), server.topic(1, &[]));
    let mut ingress = server.ingress(&from);
    ingress.session_seconds = 2;
    let mut bench = from_kafka(ingress, &["identity"]);
    bench.config.egress = Egress::Kafka(server.egress(&to));
    let mut run = bench.start(&[]);
    for kill in 0..8 {
        let before = server.end(&to);
        for partition in 0..2 {
            produce(
                &server,
                &from,
                partition,
                kill * step + 1..=(kill + 1) * step,
            );
        }
        wait_until("some of it", || server.end(&to) > before);
        std::thread::sleep(Duration::from_millis(random.below(20)));
        if kill % 4 == 3 {
            server.kill();
            std::thread::sleep(Duration::from_millis(random.below(500)));
            server.start_again();
        } else {
            run.kill();
            run = bench.start(&[]);
        }
    }
    let each = 8 * step;
    let group = format!("group-of-{from}");
    let all = [each as i64, each as i64];
    wait_until("the rest", || server.committed(&group, &from, 2) == all);
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let records = server.records(&to);
    let doubled = none_lost(records[&0].iter().map(|one| &one.1[..]), 2, each);
    println!("8 kills: 0 lost, {doubled} doubled");
}

/// Longer than any of these tests: what waits for it fails.
const LONG: u32 = 1_800;

#[test]
fn a_run_that_was_killed_has_its_partitions_again_at_once_and_one_that_ends_gives_them_up() {
    let Some(server) = server() else { return };
    let topic = server.topic(2, &[]);
    let mut ingress = server.ingress(&topic);
    ingress.session_seconds = LONG;
    let group = ingress.group.clone();
    let member = || from_kafka(ingress.clone(), &["identity"]);
    let (bench, other) = (member(), member());
    let members = server.members(&group);
    let mut given = 0;
    let mut goes_on = |what: &str| {
        for partition in 0..2 {
            produce(&server, &topic, partition, given + 1..=given + 10);
        }
        given += 10;
        let all = [given as i64; 2];
        wait_until(what, || server.committed(&group, &topic, 2) == all);
    };
    let run = bench.start(&[]);
    goes_on("the first");
    run.kill();
    assert_eq!(members(), 1);
    let run = bench.start(&[]);
    goes_on("what comes to it again");
    run.kill();
    let run = bench.start(&[]);
    goes_on("what comes to it once more");
    assert_eq!(members(), 1);
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    wait_until("that it left", || members() == 0);
    let run = other.start(&[]);
    goes_on("what comes to another one");
    assert_eq!(run.terminate().exit, Some(0));
    let mut written = bench.read("out.log");
    written.extend(other.read("out.log"));
    assert_eq!(
        lines(&written).into_iter().collect::<BTreeSet<_>>().len(),
        80
    );
}

#[test]
fn of_two_runs_over_copies_of_a_checkpoint_the_one_that_began_first_ends() {
    let Some(server) = server() else { return };
    let topic = server.topic(1, &[]);
    let mut ingress = server.ingress(&topic);
    ingress.session_seconds = LONG;
    let group = ingress.group.clone();
    let to = server.topic(1, &[]);
    let member = || {
        let mut bench = from_kafka(ingress.clone(), &["identity"]);
        bench.config.egress = Egress::Kafka(server.egress(&to));
        bench
    };
    let (bench, copy) = (member(), member());
    let run = bench.start(&[]);
    produce(&server, &topic, 0, 1..=10);
    wait_until("ten", || server.committed(&group, &topic, 1) == [10]);
    let checkpoint = "rejected.log.checkpoint";
    fs::write(copy.path(checkpoint), bench.read(checkpoint)).unwrap();
    fs::write(copy.path("rejected.log"), b"").unwrap();
    let other = copy.start(&[]);
    let ran = run.wait();
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_KAFKA_FENCED"),
        "{ran:?}"
    );
    let told = ran.last()["message"].as_str().unwrap();
    assert!(told.contains(&format!("in the group {group}")), "{told}");
    produce(&server, &topic, 0, 11..=20);
    wait_until("twenty", || server.committed(&group, &topic, 1) == [20]);
    assert_eq!(server.members(&group)(), 1);
    assert_eq!(other.terminate().exit, Some(0));
}

#[test]
fn partitions_that_came_while_a_run_was_gone_are_read() {
    let Some(server) = server() else { return };
    let topic = server.topic(1, &[]);
    let ingress = server.ingress(&topic);
    let group = ingress.group.clone();
    let bench = from_kafka(ingress, &["identity"]);
    let run = bench.start(&[]);
    produce(&server, &topic, 0, 1..=10);
    wait_until("ten", || server.committed(&group, &topic, 1) == [10]);
    run.kill();
    server.grow(&topic, 2);
    let run = bench.start(&[]);
    produce(&server, &topic, 0, 11..=20);
    produce(&server, &topic, 1, 1..=20);
    wait_until("all of both", || {
        server.committed(&group, &topic, 2) == [20, 20]
    });
    assert_eq!(run.terminate().exit, Some(0));
}

#[test]
fn members_that_come_leave_and_are_killed_lose_nothing_and_keep_the_order() {
    let Some(server) = server() else { return };
    let (topic, mut each) = (server.topic(4, &[]), 0);
    let member = || from_kafka(server.ingress(&topic), &["identity"]);
    let (first, second, third) = (member(), member(), member());
    let mut produce_more = |count: u64| {
        for partition in 0..4 {
            produce(&server, &topic, partition, each + 1..=each + count);
        }
        each += count;
    };
    let runs = || [&first, &second, &third];
    let written = || runs().map(|bench| count(bench, "out.log"));
    let one = first.start(&[]);
    produce_more(500);
    wait_until("the first has something", || written()[0] > 0);
    let two = second.start(&[]);
    // As long as it takes the group to divide anew.
    wait_until("the second has something", || {
        produce_more(50);
        written()[1] > 0
    });
    produce_more(1_000);
    one.kill();
    let three = third.start(&[]);
    wait_until("the third has something", || {
        produce_more(50);
        written()[2] > 0
    });
    // One leaves in order while there is more to come.
    produce_more(1_000);
    let two = two.terminate();
    produce_more(500);
    let each = each as i64;
    let group = format!("group-of-{topic}");
    wait_until("all", || server.committed(&group, &topic, 4) == [each; 4]);
    let ran = [two, three.terminate()];
    assert!(ran.iter().all(|ran| ran.exit == Some(0)), "{ran:?}");
    let (mut seen, mut doubled) = (BTreeMap::new(), 0);
    for bench in runs() {
        // What one member wrote of a partition is in order, but for what came again.
        let out = bench.read("out.log");
        let mut last = BTreeMap::new();
        for found in lines(&out) {
            let (partition, number) = of(found);
            assert_eq!(found, record(partition, number));
            let before = last.insert(partition, number).unwrap_or(0);
            assert!(
                number > before || seen.contains_key(&(partition, number)),
                "{number} after {before}"
            );
            doubled += u64::from(seen.insert((partition, number), ()).is_some());
        }
    }
    assert_eq!(seen.len() as i64, 4 * each);
    println!(
        "members coming, leaving and killed: 0 lost, {doubled} doubled, {:?}",
        written()
    );
}

#[test]
fn a_sink_that_is_down_for_longer_than_the_group_waits_costs_no_partition() {
    let Some(server) = server() else { return };
    if tools::python().is_none() {
        return;
    }
    let topic = server.topic(2, &[]);
    for partition in 0..2 {
        let records = (1..=5_000).map(|number| Some(format!("{partition} {number}")));
        server.produce(&topic, partition, records);
    }
    let mut ingress = server.ingress(&topic);
    ingress.in_flight_bytes = 65_536;
    let group = ingress.group.clone();
    let mut bench = from_kafka(ingress, &["identity"]);
    let port = free_port();
    bench.config.egress = Egress::Http(bench::http::egress(port));
    let run = bench.start(&[]);
    // Longer than a session of one second, and than the ten that the library lets nobody ask for news.
    std::thread::sleep(Duration::from_secs(12));
    assert_eq!(server.committed(&group, &topic, 2), [0, 0]);
    let file = bench.path("received");
    let receiver = Receiver::start(port, &file, &[]);
    wait_until("all", || {
        server.committed(&group, &topic, 2) == [5_000, 5_000]
    });
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert!(
        ran.noticed("N_PEER_BACK") && !ran.noticed("N_KAFKA_REVOKED"),
        "{ran:?}"
    );
    drop(receiver);
    // None came again: the member was never taken for gone.
    assert_eq!(ran.count("records_in"), 10_000);
    assert_eq!(kept(&file).0.lines().count(), 10_000);
}

#[test]
fn partitions_that_went_while_reading_paused_are_read_on_when_they_come_back() {
    let Some(server) = server() else { return };
    if tools::python().is_none() {
        return;
    }
    let topic = server.topic(2, &[]);
    for partition in 0..2 {
        let records = (1..=5_000).map(|number| Some(format!("{partition} {number}")));
        server.produce(&topic, partition, records);
    }
    let mut ingress = server.ingress(&topic);
    ingress.in_flight_bytes = 65_536;
    let group = ingress.group.clone();
    let mut bench = from_kafka(ingress, &["identity"]);
    let port = free_port();
    bench.config.egress = Egress::Http(bench::http::egress(port));
    let run = bench.start(&[]);
    // What is in flight is full, so reading pauses; then the group takes the member for gone.
    std::thread::sleep(Duration::from_secs(4));
    kill_process(run.pid(), Signal::STOP).unwrap();
    std::thread::sleep(Duration::from_secs(4));
    kill_process(run.pid(), Signal::CONT).unwrap();
    std::thread::sleep(Duration::from_secs(4));
    let file = bench.path("received");
    let receiver = Receiver::start(port, &file, &[]);
    wait_until("all", || {
        server.committed(&group, &topic, 2) == [5_000, 5_000]
    });
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert!(ran.noticed("N_KAFKA_REVOKED"), "{ran:?}");
    drop(receiver);
    let received = kept(&file).0;
    let lines: BTreeSet<_> = received.lines().collect();
    assert_eq!(lines.len(), 10_000);
}

/// The records in a reject file, each behind its reason, which has `word` in it.
fn refused(bench: &Bench, word: &str) -> Vec<String> {
    let text = String::from_utf8(bench.read("rejected.log")).unwrap();
    let record = |line: &str| {
        let (reason, record) = line.split_once('\t').unwrap();
        assert!(reason.contains(word), "{line}");
        record.to_owned()
    };
    text.lines().map(record).collect()
}

#[test]
fn records_that_a_topic_doesn_t_take_are_kept_aside_and_the_others_go_on_in_order() {
    let Some(server) = server() else { return };
    // Larger than the topic takes: one of 40, each of them in a batch that is too large as a whole.
    let narrow = server.topic(1, &[("max.message.bytes", "300")]);
    let wide = "x".repeat(240);
    let odd = |number: u64| number % 40 == 7;
    let record = |number: u64| match odd(number) {
        true => format!("{number} {wide}"),
        false => format!("{number} of the others"),
    };
    let lines = |numbers: std::ops::Range<u64>| -> String {
        numbers.map(|number| record(number) + "\n").collect()
    };
    let mut bench = Bench::new(lines(0..400).as_bytes(), &["identity"]);
    bench.config.egress = Egress::Kafka(server.egress(&narrow));
    let ran = bench.run_well();
    let text = |records: Vec<Vec<u8>>| -> Vec<String> {
        let text = |record| String::from_utf8(record).unwrap();
        records.into_iter().map(text).collect()
    };
    let expected =
        |numbers: std::ops::Range<u64>, is: bool| numbers.filter(move |one| odd(*one) == is);
    let found = text(server.committed_records(&narrow, 0));
    assert_eq!(
        found,
        expected(0..400, false).map(record).collect::<Vec<_>>()
    );
    let aside = refused(&bench, "too large");
    assert_eq!(
        aside,
        expected(0..400, true).map(record).collect::<Vec<_>>()
    );
    let counts = ["records_in", "records_out", "rejected"].map(|name| ran.count(name));
    assert_eq!(counts, [400, 390, 10]);
    // Every one of them.
    bench.append(
        lines(0..400)
            .lines()
            .filter(|line| line.len() > 100)
            .fold(String::new(), |all, line| all + line + "\n")
            .as_bytes(),
    );
    let ran = bench.run_well();
    assert_eq!(ran.count("rejected"), 20);
    assert_eq!(refused(&bench, "too large").len(), 20);
}

#[test]
fn invalid_records_are_kept_aside_once_whatever_is_killed() {
    let Some(server) = server() else { return };
    // What is kept by its key takes nothing without one.
    let topic = server.topic(3, &[("cleanup.policy", "compact")]);
    let (count, keys) = (30_000, 11);
    let keyless = |number: u64| number % 97 == 5;
    let record = |number: u64| match keyless(number) {
        true => format!("{number} has none"),
        false => format!("{{\"k\":\"{}\",\"n\":{number}}}", number % keys),
    };
    let input: String = (0..count).map(|number| record(number) + "\n").collect();
    let mut bench = Bench::new(input.as_bytes(), &["identity"]);
    let mut egress = server.egress(&topic);
    egress.key = Some("/k".into());
    bench.config.egress = Egress::Kafka(egress);
    let mut random = Random(5);
    for _ in 0..4 {
        let run = bench.start(&[]);
        std::thread::sleep(Duration::from_millis(200 + random.below(600)));
        run.kill();
    }
    let ran = bench.run_well();
    let expected: Vec<_> = (0..count).filter(|one| keyless(*one)).collect();
    // Partitions are found out about one before the other.
    let mut aside = refused(&bench, "failed to validate record");
    let mut wanted: Vec<_> = expected.iter().copied().map(record).collect();
    aside.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(aside, wanted);
    assert_eq!(ran.count("rejected"), expected.len() as u64);
    // Each of the others, those of a key in their order but for what came again.
    let (mut next, mut doubled) = (BTreeMap::new(), 0);
    for (key, record) in server.records(&topic).into_values().flatten() {
        let key: u64 = String::from_utf8(key.unwrap()).unwrap().parse().unwrap();
        let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
        let number = record["n"].as_u64().unwrap();
        let next = next.entry(key).or_insert(key);
        while keyless(*next) {
            *next += keys;
        }
        assert!(number <= *next, "{number} after {next}: something is lost");
        doubled += u64::from(number < *next);
        if number == *next {
            *next += keys;
        }
    }
    assert_eq!(next.len() as u64, keys);
    for (key, next) in next {
        let last = (next..).step_by(keys as usize).find(|one| !keyless(*one));
        assert!(last.unwrap() >= count, "{key}: {next} is the next");
    }
    println!("{} kept aside, 0 lost, {doubled} doubled", expected.len());
}

#[test]
fn what_no_try_mends_ends_the_run() {
    let Some(server) = server() else { return };
    let text = "record 1\nrecord 2\n".repeat(50);
    let mut bench = Bench::new(text.as_bytes(), &["identity"]);
    bench.config.egress = Egress::Kafka(server.egress("nowhere"));
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_KAFKA_REFUSED"),
        "{ran:?}"
    );
    let ran = from_kafka(server.ingress("nowhere"), &["identity"]).run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_KAFKA_REFUSED"),
        "{ran:?}"
    );
    // In transactions also a topic that takes nothing as large as these.
    let narrow = server.topic(1, &[("max.message.bytes", "100")]);
    let mut bench = Bench::new(text.as_bytes(), &["identity"]);
    bench.config.egress = Egress::Kafka(server.transactions(&narrow));
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_KAFKA_REFUSED"),
        "{ran:?}"
    );
    // Nobody listens there.
    let mut bench = Bench::new(text.as_bytes(), &["identity"]);
    let mut egress = server.egress("anything");
    egress.servers = format!("127.0.0.1:{}", free_port());
    egress.give_up_after_seconds = Some(1);
    bench.config.egress = Egress::Kafka(egress);
    let ran = bench.run(&[]);
    assert_eq!((ran.exit, ran.code()), (Some(5), "E_PEER_DOWN"), "{ran:?}");
    assert!(ran.noticed("N_PEER_DOWN"), "{ran:?}");
}

#[test]
fn only_brokers_that_the_host_s_owner_allows_are_reached() {
    let Some(server) = server() else { return };
    let topic = server.topic(1, &[]);
    let mut bench = Bench::new(b"record 1\n", &["identity"]);
    bench.config.egress = Egress::Kafka(server.egress(&topic));
    let ran = bench.run(&["--allow-net=10.0.0.0/8"]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_NET_NOT_ALLOWED"),
        "{ran:?}"
    );
    let ran = from_kafka(server.ingress(&topic), &["identity"]).run(&["--allow-net=10.0.0.0/8"]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_NET_NOT_ALLOWED"),
        "{ran:?}"
    );
    // The first broker is allowed, and names one that isn't.
    let elsewhere = format!("127.0.0.1:{}", server.elsewhere);
    let allowed = format!("--allow-net={elsewhere}");
    let mut egress = server.egress(&topic);
    egress.servers = elsewhere.clone();
    bench.config.egress = Egress::Kafka(egress);
    let mut ingress = server.ingress(&topic);
    ingress.servers = elsewhere;
    for bench in [bench, from_kafka(ingress, &["identity"])] {
        let ran = bench.run(&[&allowed]);
        assert_eq!(
            (ran.exit, ran.code()),
            (Some(5), "E_NET_NOT_ALLOWED"),
            "{ran:?}"
        );
        let told = ran.last()["message"].as_str().unwrap();
        assert!(
            told.contains(&format!("192.0.2.1:{}", server.elsewhere)),
            "{told}"
        );
    }
    assert_eq!(server.records(&topic)[&0], []);
    let mut bench = Bench::new(b"record 1\n", &["identity"]);
    bench.config.egress = Egress::Kafka(server.egress(&topic));
    assert_eq!(
        bench
            .run(&[&format!("--allow-net=127.0.0.1:{}", server.port)])
            .exit,
        Some(0)
    );
    assert_eq!(server.records(&topic)[&0], [(None, b"record 1".to_vec())]);
}

#[test]
fn a_trial_finds_the_topic_and_reads_nothing() {
    let Some(server) = server() else { return };
    let topic = server.topic(3, &[]);
    produce(&server, &topic, 0, 1..=3);
    let ingress = server.ingress(&topic);
    let group = ingress.group.clone();
    let mut bench = from_kafka(ingress, &["identity"]);
    bench.config.egress = Egress::Kafka(server.egress("nowhere"));
    let steps = |flags: &[&str]| {
        let ran = bench.run(&[&["--try-connections"], flags].concat());
        let tried = ran.events.iter().filter(|event| event["event"] == "tried");
        let of = |event: &serde_json::Value| {
            let word = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            (word("side"), word("step"), word("code"))
        };
        let steps: Vec<_> = tried.map(of).filter(|one| one.1 != "open").collect();
        (ran, steps)
    };
    let step = |side: &str, step: &str, code: &str| (side.into(), step.into(), code.into());
    let (ran, found) = steps(&[]);
    let expected = [
        step("source", "resolve", ""),
        step("source", "connect", ""),
        step("source", "find", ""),
        step("sink", "resolve", ""),
        step("sink", "connect", ""),
        step("sink", "find", "E_TRIAL_FIND"),
    ];
    assert_eq!(found, expected, "{ran:?}");
    assert!(format!("{ran:?}").contains("has 3 partitions"), "{ran:?}");
    assert_eq!(server.committed(&group, &topic, 3), [-1; 3]);
    let (_, found) = steps(&["--allow-net=192.0.2.0/24"]);
    let refused = |side| step(side, "resolve", "E_NET_NOT_ALLOWED");
    assert_eq!(found, [refused("source"), refused("sink")]);
}
