//! Kafka in transactions, against a real server, which is killed, as the runs are: who reads what is
//! committed has each record once.
#![cfg(feature = "kafka")]

mod bench;

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use bench::kafka::{Server, own_server, server};
use bench::{Bench, Random, Started};
use byteor_config::adapters::kafka::{KafkaOutOfRange, KafkaStart};
use byteor_config::{Egress, Ingress};

/// What takes longest: a server that comes up again, and transactions that time out.
const PATIENCE: Duration = Duration::from_secs(120);

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < until, "{what} doesn't come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Dropped, sampled by a count that is remembered, and rejected where it grows too large.
const KEYS: [&str; 3] = ["drop:xx$", "sample:3", "replace:a=aaa"];

/// The record of a number: of four, one is dropped; some are too large once they have grown.
fn record(number: u64) -> String {
    let mut random = Random(number);
    let grows = "a".repeat(random.below(100) as usize);
    let end = if number % 4 == 1 { "xx" } else { "" };
    format!("{number} {grows}{end}")
}

/// What the stages leave of the records, and what they reject.
fn expected(numbers: u64) -> (Vec<String>, Vec<String>) {
    let (mut passed, mut out, mut rejected) = (0_u64, Vec::new(), Vec::new());
    for record in (1..=numbers).map(record) {
        if record.ends_with("xx") {
            continue;
        }
        passed += 1;
        if passed % 3 != 1 {
            continue;
        }
        let grown = record.replace('a', "aaa");
        match grown.len() {
            ..=256 => out.push(grown),
            _ => rejected.push(record),
        }
    }
    (out, rejected)
}

fn text(records: &[Vec<u8>]) -> Vec<String> {
    let text = |record: &Vec<u8>| String::from_utf8(record.clone()).unwrap();
    records.iter().map(text).collect()
}

/// The first place where two lists differ.
fn assert_same(found: &[String], wanted: &[String]) {
    let differ = std::iter::zip(found, wanted).position(|(one, other)| one != other);
    if let Some(at) = differ {
        panic!(
            "at {at}: {:?}, not {:?}",
            &found[at..found.len().min(at + 3)],
            &wanted[at..wanted.len().min(at + 3)]
        );
    }
    assert_eq!(found.len(), wanted.len());
}

/// A run that is killed and started again.
struct Kept<'a> {
    bench: &'a Bench,
    run: Started,
    /// How often it began again by itself because its partitions went.
    lost: usize,
}

/// How often a run began again by itself.
fn begun_again(run: &Started) -> usize {
    let said = run.said("notice");
    said.iter()
        .filter(|one| one["code"] == "N_RUN_AGAIN")
        .count()
}

impl<'a> Kept<'a> {
    fn start(bench: &'a Bench) -> Self {
        let (run, lost) = (bench.start(&[]), 0);
        Self { bench, run, lost }
    }

    fn look(&mut self) {
        assert!(!self.run.ended(), "{:?}", self.run.said("failed"));
    }

    /// How often it began again until now.
    fn lost(&self) -> usize {
        self.lost + begun_again(&self.run)
    }

    fn kill_and_start(&mut self) {
        self.lost = self.lost();
        rustix::process::kill_process(self.run.pid(), rustix::process::Signal::KILL).unwrap();
        // The next one waits for the locks of the one before.
        let run = std::mem::replace(&mut self.run, self.bench.start(&[]));
        run.kill();
    }
}

#[test]
fn a_topic_becomes_another_exactly_once_whatever_is_killed() {
    let Some(mut server) = own_server() else {
        return;
    };
    let (step, kills) = (1_500, 20);
    let mut random = Random(47);
    let (from, to) = (server.topic(1, &[]), server.topic(1, &[]));
    let mut bench = Bench::new(b"", &KEYS);
    let mut ingress = server.ingress(&from);
    ingress.session_seconds = 6;
    let group = ingress.group.clone();
    bench.config.ingress = Ingress::Kafka(ingress);
    bench.config.egress = Egress::Kafka(server.transactions(&to));
    let mut kept = Kept::start(&bench);
    let mut given = 0;
    for kill in 0..kills {
        let records = (given + 1..=given + step).map(|number| Some(record(number)));
        server.produce(&from, 0, records);
        given += step;
        let until = Duration::from_millis(random.below(150));
        std::thread::sleep(until);
        if kill % 7 == 5 {
            server.kill();
            std::thread::sleep(Duration::from_millis(random.below(800)));
            server.start_again();
            kept.look();
        } else {
            kept.kill_and_start();
        }
    }
    wait_until("all", || {
        kept.look();
        server.committed(&group, &from, 1) == [given as i64]
    });
    let (out, rejected) = expected(given);
    let found = text(&server.committed_records(&to, 0));
    assert_same(&found, &out);
    let lost = kept.lost();
    let ran = kept.run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let told = String::from_utf8(bench.read("rejected.log")).unwrap();
    let told: Vec<_> = told.lines().map(str::to_owned).collect();
    assert_same(&told, &rejected);
    assert_eq!(ran.count("records_in"), given);
    assert_eq!(ran.count("rejected"), rejected.len() as u64);
    println!(
        "{kills} kills, {given} records: 0 lost, 0 doubled, {} written, {} rejected; {lost} times the \
         partition was lost",
        out.len(),
        rejected.len()
    );
}

fn of_partition(partition: i32, number: u64) -> String {
    format!("{partition} {number}")
}

fn produce(server: &Server, topic: &str, partitions: i32, from: u64, to: u64) {
    for partition in 0..partitions {
        let records = (from + 1..=to).map(|number| Some(of_partition(partition, number)));
        server.produce(topic, partition, records);
    }
}

#[test]
fn members_that_come_go_and_are_killed_write_each_record_once_and_in_order() {
    let Some(server) = server() else { return };
    let (from, to) = (server.topic(4, &[]), server.topic(1, &[]));
    let member = || {
        let mut bench = Bench::new(b"", &["identity"]);
        let mut ingress = server.ingress(&from);
        ingress.session_seconds = 2;
        bench.config.ingress = Ingress::Kafka(ingress);
        bench.config.egress = Egress::Kafka(server.transactions(&to));
        bench
    };
    let group = server.ingress(&from).group;
    let benches = [member(), member(), member()];
    let written = |bench: &Bench| {
        let text = fs::read_to_string(bench.path("rejected.log.checkpoint")).unwrap_or_default();
        text.contains("\noutput.number=") && !text.contains("\noutput.number=0\n")
    };
    let mut given = 0;
    let mut more = |count: u64| {
        produce(&server, &from, 4, given, given + count);
        given += count;
    };
    let mut one = Kept::start(&benches[0]);
    more(400);
    wait_until("the first has something", || written(&benches[0]));
    let mut two = Kept::start(&benches[1]);
    wait_until("the second has something", || {
        more(20);
        one.look();
        two.look();
        written(&benches[1])
    });
    for _ in 0..3 {
        more(200);
        two.kill_and_start();
        more(200);
        one.look();
        one.kill_and_start();
        two.look();
    }
    // One goes in good order, and one whose transaction nobody ends.
    let lost = one.lost() + two.lost();
    let ran = one.run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let mut three = Kept::start(&benches[2]);
    wait_until("the third has something", || {
        more(20);
        two.look();
        three.look();
        written(&benches[2])
    });
    more(500);
    two.run.kill();
    more(100);
    let all = [given as i64; 4];
    wait_until("all", || {
        three.look();
        server.committed(&group, &from, 4) == all
    });
    let found = text(&server.committed_records(&to, 0));
    let mut next = BTreeMap::new();
    for record in &found {
        let mut words = record.split(' ').map(|word| word.parse::<u64>().unwrap());
        let (partition, number) = (words.next().unwrap(), words.next().unwrap());
        let wanted = next.entry(partition).or_insert(1);
        assert_eq!(number, *wanted, "of partition {partition}");
        *wanted += 1;
    }
    let wanted: BTreeMap<_, _> = (0..4).map(|partition| (partition, given + 1)).collect();
    assert_eq!(next, wanted);
    println!(
        "members coming, going and killed 7 times: {} records, 0 lost, 0 doubled; {} times one began again \
         because a partition went",
        found.len(),
        lost + three.lost()
    );
    assert_eq!(three.run.terminate().exit, Some(0));
}

#[test]
fn a_run_whose_partition_went_with_records_on_their_way_begins_again_by_itself() {
    let Some(server) = server() else { return };
    let (from, to) = (server.topic(1, &[]), server.topic(1, &[]));
    let member = || {
        let mut bench = Bench::new(b"", &["identity"]);
        bench.config.ingress = Ingress::Kafka(server.ingress(&from));
        let mut egress = server.transactions(&to);
        // What is read waits for longer than the group does for its member.
        egress.transaction_milliseconds = Some(6_000);
        bench.config.egress = Egress::Kafka(egress);
        bench
    };
    let group = server.ingress(&from).group;
    let (first, second) = (member(), member());
    let one = first.start(&[]);
    produce(&server, &from, 1, 0, 10);
    wait_until("its first", || server.committed(&group, &from, 1) == [10]);
    produce(&server, &from, 1, 10, 20);
    let under_way = |run: &Started| {
        let seen = run.said("adapters").pop();
        seen.is_some_and(|seen| seen["sink"]["in_flight"] == 10)
    };
    wait_until("that ten are under way", || under_way(&one));
    rustix::process::kill_process(one.pid(), rustix::process::Signal::STOP).unwrap();
    let two = second.start(&[]);
    wait_until("that the other has them", || {
        server.committed(&group, &from, 1) == [20]
    });
    // The group took the one for gone. It begins again as another member, and leaves none behind that the
    // group would have to wait for.
    let members = server.members(&group);
    assert_eq!(members(), 1);
    rustix::process::kill_process(one.pid(), rustix::process::Signal::CONT).unwrap();
    let mut most = 0;
    wait_until("that it begins again", || {
        most = most.max(members());
        begun_again(&one) == 1
    });
    wait_until("that it is a member again", || {
        most = most.max(members());
        members() == 2
    });
    assert_eq!(most, 2);
    let two = two.terminate();
    assert_eq!(two.exit, Some(0), "{two:?}");
    produce(&server, &from, 1, 20, 30);
    wait_until("all", || server.committed(&group, &from, 1) == [30]);
    let ran = one.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let lost = ran.events.iter().find(|one| one["code"] == "N_RUN_AGAIN");
    let told = lost.unwrap()["message"].as_str().unwrap();
    assert!(told.contains("partition 0 of the source went"), "{told}");
    let found = text(&server.committed_records(&to, 0));
    let wanted: Vec<_> = (1..=30).map(|number| of_partition(0, number)).collect();
    assert_eq!(found, wanted);
    // What the second one did isn't the first one's.
    assert_eq!((ran.count("records_in"), two.count("records_in")), (20, 10));
}

#[test]
fn a_file_becomes_a_topic_exactly_once() {
    let Some(server) = server() else { return };
    let (numbers, mut random) = (20_000, Random(5));
    let to = server.topic(1, &[]);
    let mut bench = Bench::new(b"", &KEYS).follow();
    bench.config.egress = Egress::Kafka(server.transactions(&to));
    let mut given = 0;
    let mut kills = 0;
    while given < numbers {
        let run = bench.start(&[]);
        let count = random.below(2_000);
        let lines: String = (given + 1..=(given + count).min(numbers))
            .map(|number| record(number) + "\n")
            .collect();
        given = (given + count).min(numbers);
        bench.append(lines.as_bytes());
        std::thread::sleep(Duration::from_millis(random.below(120)));
        run.kill();
        kills += 1;
    }
    bench::ingress(&mut bench.config).mode = byteor_config::ReadMode::StopAtEnd;
    let ran = bench.run_well();
    let (out, rejected) = expected(numbers);
    assert_same(&text(&server.committed_records(&to, 0)), &out);
    let told = String::from_utf8(bench.read("rejected.log")).unwrap();
    let told: Vec<_> = told.lines().map(str::to_owned).collect();
    assert_same(&told, &rejected);
    assert_eq!(ran.count("records_in"), numbers);
    println!("{kills} kills: 0 lost, 0 doubled");
}

/// A run that put lines into a topic, and ended.
fn lines_into(server: &Server, to: &str, lines: &str) -> Bench {
    let mut bench = Bench::new(lines.as_bytes(), &["identity"]);
    bench.config.egress = Egress::Kafka(server.transactions(to));
    bench.run_well();
    assert_eq!(
        text(&server.committed_records(to, 0)),
        lines.lines().collect::<Vec<_>>()
    );
    bench
}

const CHECKPOINT: &str = "rejected.log.checkpoint";
const PREPARED: &str = "rejected.log.checkpoint.prepared";

#[test]
fn what_was_prepared_is_in_force_where_its_transaction_is() {
    let Some(server) = server() else { return };
    let to = server.topic(1, &[]);
    let bench = lines_into(&server, &to, "one\ntwo\n");
    let before = bench.read(CHECKPOINT);
    bench.append(b"three\n");
    bench.run_well();
    let after = bench.read(CHECKPOINT);
    assert_ne!(before, after);
    // As if the run had been cut off before the checkpoint was put in force.
    fs::write(bench.path(PREPARED), &after).unwrap();
    fs::write(bench.path(CHECKPOINT), &before).unwrap();
    bench.append(b"four\n");
    bench.run_well();
    let found = text(&server.committed_records(&to, 0));
    assert_eq!(found, ["one", "two", "three", "four"]);
    // As if it had been before the transaction was: one that has a later number than the last.
    let text_of = String::from_utf8(bench.read(CHECKPOINT)).unwrap();
    let number = text_of
        .lines()
        .find_map(|line| line.strip_prefix("output.at="))
        .and_then(|line| line.trim_end_matches(']').rsplit(',').next())
        .unwrap();
    let later = number.parse::<u64>().unwrap() + 5;
    let mut prepared = text_of[..text_of.rfind("checksum=").unwrap()]
        .replace(&format!(",{number}]\n"), &format!(",{later}]\n"));
    let sum = byteor_config::digest(prepared.as_bytes());
    prepared += &format!("checksum={sum}\n");
    fs::write(bench.path(PREPARED), prepared).unwrap();
    bench.append(b"five\n");
    bench.run_well();
    assert!(!bench.path(PREPARED).exists());
    let found = text(&server.committed_records(&to, 0));
    assert_eq!(found, ["one", "two", "three", "four", "five"]);
}

#[test]
fn what_only_another_sink_knows_is_decided_by_nobody_else() {
    let Some(server) = server() else { return };
    let (to, other) = (server.topic(1, &[]), server.topic(1, &[]));
    let mut bench = lines_into(&server, &to, "one\n");
    fs::write(bench.path(PREPARED), bench.read(CHECKPOINT)).unwrap();
    bench.config.egress = Egress::Kafka(server.transactions(&other));
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_CHECKPOINT_UNDECIDED"),
        "{ran:?}"
    );
    bench.config.egress = Egress::Kafka(server.egress(&to));
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_CHECKPOINT_UNDECIDED"),
        "{ran:?}"
    );
    bench.config.egress = Egress::Kafka(server.transactions(&to));
    assert_eq!(bench.run_well().count("records_in"), 1);
}

#[test]
fn an_older_checkpoint_and_a_copy_of_one_are_found() {
    let Some(server) = server() else { return };
    let to = server.topic(1, &[]);
    let mut bench = lines_into(&server, &to, "one\n");
    let old = bench.read(CHECKPOINT);
    bench.append(b"two\n");
    bench.run_well();
    bench.append(b"three\n");
    bench.run_well();
    let new = bench.read(CHECKPOINT);
    fs::write(bench.path(CHECKPOINT), old).unwrap();
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_KAFKA_AHEAD"),
        "{ran:?}"
    );
    fs::write(bench.path(CHECKPOINT), &new).unwrap();
    // Two runs over copies of one checkpoint: the one that began later goes on.
    bench::ingress(&mut bench.config).mode = byteor_config::ReadMode::Follow;
    let first = bench.start(&[]);
    bench.append(b"four\n");
    let all = |wanted: &[&str]| text(&server.committed_records(&to, 0)) == wanted;
    wait_until("the fourth", || all(&["one", "two", "three", "four"]));
    let mut second = Bench::new(&bench.read("in.log"), &["identity"]);
    second.config.egress = bench.config.egress.clone();
    let input = bench.path("in.log").to_str().unwrap().to_owned();
    bench::ingress(&mut second.config).path = input;
    bench::ingress(&mut second.config).mode = byteor_config::ReadMode::Follow;
    wait_until("its checkpoint", || {
        let now = bench.read(CHECKPOINT);
        fs::write(second.path(CHECKPOINT), &now).unwrap();
        now != new
    });
    fs::write(second.path("rejected.log"), b"").unwrap();
    let text_of = String::from_utf8(second.read(CHECKPOINT)).unwrap();
    let stream = text_of
        .lines()
        .find_map(|line| line.strip_prefix("output.stream="));
    let group = format!("byteor-{}", stream.unwrap());
    let by = server.beside(&group, &to);
    let other = second.start(&[]);
    wait_until("that it has the id", || server.beside(&group, &to) != by);
    bench.append(b"five\n");
    let ran = first.wait();
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_KAFKA_FENCED"),
        "{ran:?}"
    );
    wait_until("the fifth", || {
        all(&["one", "two", "three", "four", "five"])
    });
    assert_eq!(other.terminate().exit, Some(0));
}

#[test]
fn a_position_that_is_gone_is_passed_over_only_where_that_is_said() {
    let Some(server) = server() else { return };
    let (from, to) = (server.topic(1, &[]), server.topic(1, &[]));
    produce(&server, &from, 1, 0, 3);
    let mut ingress = server.ingress(&from);
    ingress.start = KafkaStart::Start;
    let group = ingress.group.clone();
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.egress = Egress::Kafka(server.transactions(&to));
    bench.config.ingress = Ingress::Kafka(ingress.clone());
    let run = bench.start(&[]);
    wait_until("three", || server.committed(&group, &from, 1) == [3]);
    assert_eq!(run.terminate().exit, Some(0));
    produce(&server, &from, 1, 3, 9);
    server.trim(&from, 7);
    ingress.out_of_range = Some(KafkaOutOfRange::Fail);
    bench.config.ingress = Ingress::Kafka(ingress.clone());
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_KAFKA_TRIMMED"),
        "{ran:?}"
    );
    ingress.out_of_range = Some(KafkaOutOfRange::Latest);
    bench.config.ingress = Ingress::Kafka(ingress);
    let run = bench.start(&[]);
    wait_until("nine", || server.committed(&group, &from, 1) == [9]);
    produce(&server, &from, 1, 9, 10);
    wait_until("ten", || server.committed(&group, &from, 1) == [10]);
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let told = |event: &serde_json::Value| event["message"].as_str().map(str::to_owned);
    let trimmed = ran
        .events
        .iter()
        .filter(|one| one["code"] == "N_KAFKA_TRIMMED");
    let trimmed: Vec<_> = trimmed.filter_map(told).collect();
    assert_eq!(
        trimmed,
        [format!(
            "4 records of partition 0 of the topic {from} were removed before they were read; it is read on \
             behind the newest record, 2 that are there are passed over"
        )]
    );
    let found = text(&server.committed_records(&to, 0));
    let wanted: Vec<_> = [1, 2, 3, 10].map(|number| of_partition(0, number)).into();
    assert_eq!(found, wanted);
}

#[test]
fn the_end_of_a_transaction_is_no_record_that_a_reader_is_behind() {
    let Some(server) = server() else { return };
    let (from, to) = (server.topic(1, &[]), server.topic(1, &[]));
    produce(&server, &from, 1, 0, 5);
    let mut writer = Bench::new(b"", &["identity"]);
    writer.config.ingress = Ingress::Kafka(server.ingress(&from));
    writer.config.egress = Egress::Kafka(server.transactions(&to));
    let writing = writer.start(&[]);
    let mut reader = Bench::new(b"", &["identity"]);
    reader.config.ingress = Ingress::Kafka(server.ingress(&to));
    let reading = reader.start(&[]);
    let lag = |run: &Started| {
        let seen = run.said("adapters").pop();
        seen.and_then(|seen| seen["source"]["lag"].as_u64())
    };
    for count in [5, 6, 9] {
        produce(&server, &from, 1, 0, count - server.end(&from) as u64);
        let lines = || {
            reader
                .read("out.log")
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
        };
        wait_until("the records", || lines() as u64 == count);
        wait_until("the end", || lag(&reading) == Some(0));
    }
    // More than the records: what ends each transaction has a number, too.
    assert!(server.end(&to) > 9, "{}", server.end(&to));
    for run in [writing, reading] {
        let ran = run.terminate();
        assert_eq!(ran.exit, Some(0), "{ran:?}");
    }
    // One that begins where the other ended is behind nothing.
    let reading = reader.start(&[]);
    wait_until("the end", || lag(&reading) == Some(0));
    assert_eq!(reading.terminate().exit, Some(0));
}

#[test]
fn a_trial_begins_no_transaction_of_a_run_and_says_that_it_may() {
    let Some(server) = server() else { return };
    let to = server.topic(2, &[]);
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.egress = Egress::Kafka(server.transactions(&to));
    let ran = bench.run(&["--try-connections"]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let said = format!("{ran:?}");
    assert!(
        said.contains("has 2 partitions, and transactions may be begun"),
        "{said}"
    );
}
