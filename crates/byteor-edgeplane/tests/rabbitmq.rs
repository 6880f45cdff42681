//! RabbitMQ Streams against a real server, which is killed, as the runs are.
#![cfg(feature = "rabbitmq")]

mod bench;

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bench::http::free_port;
use bench::rabbitmq::{PASSWORD, STRANGER, Server, own_server, server};
use bench::tls::{Authority, file};
use bench::{Bench, Ran, Random, Started, tools};
use byteor_config::adapters::rabbitmq::{RabbitmqEgress, RabbitmqIngress, RabbitmqStart};
use byteor_config::{Egress, Ingress};
use lapin::types::AMQPValue;

fn from(server: &Server, stream: &str, more: impl FnOnce(&mut RabbitmqIngress)) -> Bench {
    let mut bench = Bench::new(b"", &["identity"]);
    let mut ingress = server.ingress(&mut bench, stream);
    more(&mut ingress);
    bench.config.ingress = Ingress::Rabbitmq(ingress);
    bench
}

fn into(
    server: &Server,
    input: &str,
    stream: &str,
    more: impl FnOnce(&mut RabbitmqEgress),
) -> Bench {
    let mut bench = Bench::new(input.as_bytes(), &["identity"]);
    let mut egress = server.egress(&mut bench, stream);
    more(&mut egress);
    bench.config.egress = Egress::Rabbitmq(egress);
    bench
}

/// Asks again until it is so; a server that comes up again takes long.
fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + 4 * bench::PATIENCE;
    while !done() {
        assert!(Instant::now() < until, "{what} doesn't come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A number, and bytes that no text has.
fn record(number: u64) -> Vec<u8> {
    let mut record = format!("{number} ").into_bytes();
    let mut random = Random(number);
    let odd = (0..random.below(60)).map(|_| random.below(256) as u8);
    record.extend(odd.filter(|byte| *byte != b'\n'));
    record
}

fn records(numbers: std::ops::RangeInclusive<u64>) -> impl Iterator<Item = Vec<u8>> {
    numbers.map(record)
}

/// Those records, as a file has them.
fn lines(numbers: std::ops::RangeInclusive<u64>) -> Vec<u8> {
    numbers
        .flat_map(|number| [record(number), vec![b'\n']].concat())
        .collect()
}

fn length(bench: &Bench, name: &str) -> usize {
    fs::metadata(bench.path(name)).map_or(0, |of| of.len() as usize)
}

fn told<'a>(ran: &'a Ran, code: &str) -> Vec<&'a str> {
    let events = ran.events.iter().filter(|event| event["code"] == code);
    events
        .map(|event| event["message"].as_str().unwrap())
        .collect()
}

/// Records that were published under ids: each record is there, none in front of one that came earlier
/// for the first time; one id is one record. How many are there twice.
fn none_lost(found: &[(String, Vec<u8>)], total: u64) -> u64 {
    let (mut next, mut doubled, mut ids) = (1, 0, BTreeMap::new());
    for (id, bytes) in found {
        let number = String::from_utf8_lossy(bytes);
        let number: u64 = number.split(' ').next().unwrap().parse().unwrap();
        assert!(number <= next, "{number} after {next}: something is lost");
        assert_eq!(bytes, &record(number));
        doubled += u64::from(number < next);
        next = next.max(number + 1);
        let same = ids.entry(id).or_insert(number);
        assert_eq!(*same, number, "{id}");
    }
    assert_eq!((next, ids.len() as u64), (total + 1, total));
    doubled
}

#[test]
fn a_stream_is_read_byte_for_byte_from_where_the_checkpoint_ends() {
    let Some(server) = server() else { return };
    let stream = server.stream(&[]);
    server.publish(&stream, records(1..=2_000));
    let bench = from(&server, &stream, |_| {});
    let run = bench.start(&[]);
    bench.wait_for("out.log", &lines(1..=2_000));
    // One that is too large is kept aside, and the position goes behind it.
    server.publish(&stream, [vec![b'x'; 300], b"last".to_vec()]);
    let all = [lines(1..=2_000), b"last\n".to_vec()].concat();
    bench.wait_for("out.log", &all);
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (2_002, 1));
    assert_eq!(
        bench.read("rejected.log"),
        [&[b'x'; 300][..], b"\n"].concat()
    );
    let checkpoint = String::from_utf8(bench.read("out.log.checkpoint")).unwrap();
    let position = format!("input.kind=rabbitmq\ninput.number=2002\ninput.at=[\"/\",\"{stream}\",");
    assert!(checkpoint.contains(&position), "{checkpoint}");
    server.publish(&stream, records(2_001..=2_001));
    let run = bench.start(&[]);
    bench.wait_for("out.log", &[all, lines(2_001..=2_001)].concat());
    let ran = run.terminate();
    assert_eq!((ran.count("records_in"), ran.exit), (2_003, Some(0)));
    assert!(!ran.noticed("N_RABBITMQ_TRIMMED"), "{ran:?}");
}

#[test]
fn a_server_and_runs_that_are_killed_lose_nothing_and_double_nothing_in_a_file() {
    let Some(mut server) = own_server() else {
        return;
    };
    let (from_stream, to_stream) = (server.stream(&[]), server.stream(&[]));
    let (step, mut random) = (3_000, Random(41));
    let into_file = from(&server, &from_stream, |_| {});
    let mut between = from(&server, &from_stream, |_| {});
    let egress = server.egress(&mut between, &to_stream);
    between.config.egress = Egress::Rabbitmq(egress);
    let benches = [&into_file, &between];
    let mut runs: Vec<Started> = benches.iter().map(|bench| bench.start(&[])).collect();
    let sizes = || {
        let saved = fs::read_to_string(between.path("rejected.log.checkpoint"));
        (length(&into_file, "out.log"), saved.unwrap_or_default())
    };
    let (mut servers, mut killed) = (0, 0);
    for round in 0..12 {
        let before = sizes();
        server.publish(&from_stream, records(round * step + 1..=(round + 1) * step));
        wait_until("some of it", || {
            let now = sizes();
            now.0 > before.0 && now.1 != before.1
        });
        std::thread::sleep(Duration::from_millis(random.below(30)));
        if round % 3 == 2 {
            server.kill();
            std::thread::sleep(Duration::from_millis(random.below(300)));
            server.start_again(&[&from_stream, &to_stream]);
            servers += 1;
        } else {
            let again = |(run, bench): (Started, &Bench)| {
                run.kill();
                bench.start(&[])
            };
            runs = runs.into_iter().zip(benches).map(again).collect();
            killed += 1;
        }
    }
    let total = 12 * step;
    ends_as(&into_file, &lines(1..=total));
    let number = format!("\noutput.number={total}\n");
    wait_until("the rest", || sizes().1.contains(&number));
    for run in runs {
        let ran = run.terminate();
        assert_eq!(
            (ran.exit, ran.count("records_in")),
            (Some(0), total),
            "{ran:?}"
        );
    }
    let doubled = none_lost(&server.records(&to_stream), total);
    println!(
        "{servers} kills of the server, {killed} of each run: 0 lost, 0 doubled in a file, {doubled} in a stream"
    );
}

fn ends_as(bench: &Bench, expected: &[u8]) {
    wait_until("all of it", || length(bench, "out.log") >= expected.len());
    assert!(
        bench.read("out.log") == expected,
        "lost, doubled or out of order"
    );
}

#[test]
fn what_was_removed_and_a_stream_that_was_made_anew_are_told() {
    let Some(server) = server() else { return };
    let small = [
        ("x-max-length-bytes", AMQPValue::LongLongInt(100_000)),
        (
            "x-stream-max-segment-size-bytes",
            AMQPValue::LongLongInt(50_000),
        ),
    ];
    let stream = server.stream(&small);
    server.publish(&stream, records(1..=10));
    let bench = from(&server, &stream, |ingress| ingress.timeout_seconds = 2);
    let run = bench.start(&[]);
    bench.wait_for("out.log", &lines(1..=10));
    assert_eq!(run.terminate().exit, Some(0));
    for part in 0..20 {
        server.publish(&stream, records(part * 1_000 + 11..=part * 1_000 + 1_010));
    }
    let run = bench.start(&[]);
    let last = lines(20_010..=20_010);
    wait_until("the last", || bench.read("out.log").ends_with(&last));
    let ran = run.terminate();
    let [words] = told(&ran, "N_RABBITMQ_TRIMMED")[..] else {
        panic!("{ran:?}")
    };
    let most: u64 = words.split(' ').nth(2).unwrap().parse().unwrap();
    let gone = 20_010 - ran.count("records_in");
    let rest = lines(gone + 11..=20_010);
    assert!(bench.read("out.log") == [lines(1..=10), rest].concat());
    // Each part of the stream that was removed had a number of the server's own.
    assert!((gone..gone + 100).contains(&most), "{words}, it is {gone}");

    // One with the same name that is shorter, and then one with another record at the position.
    let before = bench.read("out.log");
    server.delete(&stream);
    server.make(&stream, "stream", &[]);
    server.publish(&stream, ["new 1", "new 2"]);
    let run = bench.start(&[]);
    bench.wait_for("out.log", &[&before[..], b"new 1\nnew 2\n"].concat());
    let ran = run.terminate();
    let words = told(&ran, "N_RABBITMQ_NEW");
    assert!(
        words.len() == 1 && words[0].contains("ends before"),
        "{ran:?}"
    );
    server.delete(&stream);
    server.make(&stream, "stream", &[]);
    server.publish(&stream, ["newer 1", "newer 2", "newer 3"]);
    let run = bench.start(&[]);
    let newer = b"new 1\nnew 2\nnewer 1\nnewer 2\nnewer 3\n";
    bench.wait_for("out.log", &[&before[..], newer].concat());
    let ran = run.terminate();
    let words = told(&ran, "N_RABBITMQ_NEW");
    assert!(
        words.len() == 1 && words[0].contains("another record"),
        "{ran:?}"
    );
}

#[test]
fn a_pipeline_begins_where_it_is_told() {
    let Some(server) = server() else { return };
    let (stream, other) = (server.stream(&[]), server.stream(&[]));
    server.publish(&stream, records(1..=5));
    let mut bench = from(&server, &stream, |ingress| {
        ingress.start = RabbitmqStart::End
    });
    let run = bench.start(&[]);
    // Until it reads: what comes then is the first that it sees.
    let mut number = 6;
    wait_until("the first", || {
        server.publish(&stream, records(number..=number));
        number += 1;
        length(&bench, "out.log") > 0
    });
    assert_eq!(run.terminate().exit, Some(0));
    let first = bench.read("out.log");
    let text = String::from_utf8_lossy(&first);
    let begin: u64 = text.split(' ').next().unwrap().parse().unwrap();
    assert!(begin > 5, "{text}");
    // From then on nothing is passed over.
    server.publish(&stream, records(number..=number + 99));
    let run = bench.start(&[]);
    bench.wait_for("out.log", &lines(begin..=number + 99));
    assert_eq!(run.terminate().exit, Some(0));
    // Another stream has no position.
    server.publish(&other, ["of another one"]);
    let mut ingress = server.ingress(&mut bench, &other);
    ingress.start = RabbitmqStart::Start;
    bench.config.ingress = Ingress::Rabbitmq(ingress);
    let run = bench.start(&[]);
    let all = [lines(begin..=number + 99), b"of another one\n".to_vec()].concat();
    bench.wait_for("out.log", &all);
    assert!(run.terminate().noticed("N_RABBITMQ_OTHER"));
}

#[test]
fn what_no_try_mends_ends_the_run() {
    let Some(server) = server() else { return };
    let stream = server.stream(&[]);
    server.make("classic", "classic", &[]);
    server.publish("classic", ["no record of a stream"]);
    let refused = |what: &str, bench: &Bench, code: &str| {
        let ran = bench.run(&[]);
        assert_eq!((ran.exit, ran.code()), (Some(5), code), "{what}: {ran:?}");
        assert!(
            !format!("{ran:?}").contains("0123456789"),
            "{what}: {ran:?}"
        );
    };
    let none = "E_RABBITMQ_STREAM";
    refused("no queue", &from(&server, "nowhere", |_| {}), none);
    refused("no queue", &into(&server, "a\n", "nowhere", |_| {}), none);
    refused("no stream", &from(&server, "classic", |_| {}), none);
    let wrong = "E_RABBITMQ_REFUSED";
    let host = |of: &mut RabbitmqIngress| of.virtual_host = "nowhere".into();
    refused("no host", &from(&server, &stream, host), wrong);
    let host = |of: &mut RabbitmqEgress| of.virtual_host = "nowhere".into();
    refused("no host", &into(&server, "a\n", &stream, host), wrong);
    let stranger = |of: &mut RabbitmqIngress| of.user = STRANGER.into();
    refused("no right", &from(&server, &stream, stranger), wrong);
    let stranger = |of: &mut RabbitmqEgress| of.user = STRANGER.into();
    refused("no right", &into(&server, "a\n", &stream, stranger), wrong);
    for bench in [
        from(&server, &stream, |_| {}),
        into(&server, "a\n", &stream, |_| {}),
    ] {
        file(&bench, "password", "0123456789abcdee");
        refused("password", &bench, wrong);
    }
    let nobody = |of: &mut RabbitmqEgress| {
        of.url = format!("amqp://127.0.0.1:{}", free_port());
        of.give_up_after_seconds = Some(1);
    };
    refused(
        "nobody",
        &into(&server, "a\n", &stream, nobody),
        "E_PEER_DOWN",
    );
    // A record that can never be in memory.
    let large = server.stream(&[]);
    server.publish(&large, [vec![b'x'; 70_000]]);
    let narrow = |of: &mut RabbitmqIngress| of.in_flight_bytes = 65_536;
    refused("large", &from(&server, &large, narrow), "E_RABBITMQ_RECORD");
    assert_eq!(server.records(&stream), []);
}

#[test]
fn a_stream_that_is_deleted_under_a_run_ends_it() {
    let Some(server) = server() else { return };
    let stream = server.stream(&[]);
    server.publish(&stream, ["record"]);
    let bench = from(&server, &stream, |_| {});
    let run = bench.start(&[]);
    bench.wait_for("out.log", b"record\n");
    server.delete(&stream);
    let ran = run.wait();
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_RABBITMQ_STREAM"),
        "{ran:?}"
    );
}

#[test]
fn a_server_is_trusted_by_its_certificate() {
    let Some(server) = server() else { return };
    let stream = server.stream(&[]);
    let other = Authority::new().0.pem();
    for (what, host, authority, code) in [
        ("good", "localhost", &server.authority, "end_of_input"),
        ("authority", "localhost", &other, "E_PEER_DOWN"),
        ("name", "127.0.0.1", &server.authority, "E_PEER_DOWN"),
    ] {
        let mut bench = into(&server, "record 1\n", &stream, |_| {});
        let authorities = file(&bench, "authorities.pem", authority);
        let url = format!("amqps://{host}:{}", server.secured);
        let Egress::Rabbitmq(egress) = &mut bench.config.egress else {
            panic!("it is RabbitMQ");
        };
        egress.url = url.clone();
        egress.authorities = Some(authorities.to_str().unwrap().into());
        egress.give_up_after_seconds = Some(1);
        let ran = bench.run(&[]);
        assert_eq!(ran.code(), code, "{what}: {ran:?}");
        assert!(!format!("{ran:?}").contains(PASSWORD), "{what}");
    }
    // And back: what was written over TLS is read over it.
    let mut bench = from(&server, &stream, |of| {
        of.url = format!("amqps://localhost:{}", server.secured);
    });
    let authorities = file(&bench, "authorities.pem", &server.authority);
    if let Ingress::Rabbitmq(ingress) = &mut bench.config.ingress {
        ingress.authorities = Some(authorities.to_str().unwrap().into());
    }
    let run = bench.start(&[]);
    bench.wait_for("out.log", b"record 1\n");
    assert_eq!(run.terminate().exit, Some(0));
}

#[test]
fn only_a_server_that_the_host_s_owner_allows_is_reached() {
    let Some(server) = server() else { return };
    let stream = server.stream(&[]);
    let (sink, source) = (
        into(&server, "record 1\n", &stream, |_| {}),
        from(&server, &stream, |_| {}),
    );
    for bench in [&sink, &source] {
        let ran = bench.run(&["--allow-net=10.0.0.0/8"]);
        assert_eq!(
            (ran.exit, ran.code()),
            (Some(5), "E_NET_NOT_ALLOWED"),
            "{ran:?}"
        );
    }
    let allowed = format!("--allow-net=127.0.0.1:{}", server.port);
    assert_eq!(sink.run(&[&allowed]).exit, Some(0));
    let found = server.records(&stream);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, b"record 1");
}

/// Bytes of a process that are in memory.
fn resident(run: &Started) -> u64 {
    let path = format!("/proc/{}/status", run.pid().as_raw_nonzero());
    let text = fs::read_to_string(path).unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() * 1024
}

/// How many records a run has taken, once it takes no more.
fn stands_still(run: &Started) -> u64 {
    let mut taken = 0;
    wait_until("a standstill", || {
        let before = taken;
        std::thread::sleep(Duration::from_millis(500));
        let snapshot = run.snapshot();
        taken = snapshot["counters"]["records_in"].as_u64().unwrap();
        taken == before && taken > 0
    });
    taken
}

#[test]
fn a_peer_that_is_down_costs_little_memory_and_a_run_ends_when_asked() {
    let Some(server) = server() else { return };
    let stream = server.stream(&[]);
    let record = "x".repeat(200);
    server.publish(&stream, (0..60_000).map(|_| &record));
    // Nobody takes what is read: nothing more is asked for.
    let mut source = from(&server, &stream, |_| {});
    source.config.egress = Egress::Http(bench::http::egress(free_port()));
    // And nobody takes what is published.
    let input = format!("{record}\n").repeat(60_000);
    let sink = into(&server, &input, &stream, |of| {
        of.url = format!("amqp://127.0.0.1:{}", free_port());
    })
    .follow();
    for bench in [source, sink] {
        let run = bench.start(&[]);
        assert!(stands_still(&run) < 60_000, "all was taken");
        let before = resident(&run);
        std::thread::sleep(Duration::from_secs(2));
        let held = resident(&run).saturating_sub(before);
        assert!(held < 2_000_000, "{held} bytes more in memory");
        let asked = Instant::now();
        let ran = run.terminate();
        assert!(asked.elapsed() < Duration::from_secs(10), "{ran:?}");
        assert_eq!((ran.exit, ran.code()), (Some(5), "E_PEER_DOWN"), "{ran:?}");
        assert!(ran.noticed("N_PEER_DOWN"), "{ran:?}");
    }
}

#[test]
fn a_trial_finds_the_stream_and_moves_nothing() {
    let Some(server) = server() else { return };
    let stream = server.stream(&[]);
    server.publish(&stream, records(1..=3));
    let mut bench = from(&server, &stream, |_| {});
    let egress = server.egress(&mut bench, "nowhere");
    bench.config.egress = Egress::Rabbitmq(egress);
    let steps = |bench: &Bench, flags: &[&str]| {
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
    let (ran, found) = steps(&bench, &[]);
    let expected = [
        step("source", "resolve", ""),
        step("source", "connect", ""),
        step("source", "authenticate", ""),
        step("source", "find", ""),
        step("sink", "resolve", ""),
        step("sink", "connect", ""),
        step("sink", "authenticate", ""),
        step("sink", "find", "E_RABBITMQ_STREAM"),
    ];
    assert_eq!(found, expected, "{ran:?}");
    let words = format!("{ran:?}");
    assert!(words.contains("the oldest one is record 0"), "{words}");
    let (_, found) = steps(&bench, &["--allow-net=192.0.2.0/24"]);
    let refused = |side| step(side, "resolve", "E_NET_NOT_ALLOWED");
    assert_eq!(found, [refused("source"), refused("sink")]);
    file(&bench, "password", "0123456789abcdee");
    let (ran, found) = steps(&bench, &[]);
    assert_eq!(
        found[2],
        step("source", "authenticate", "E_RABBITMQ_REFUSED"),
        "{ran:?}"
    );
    assert!(!format!("{ran:?}").contains("0123456789"), "{ran:?}");
}

#[test]
fn records_of_another_client_are_read_and_it_reads_what_is_published() {
    let Some(server) = server() else { return };
    let python = "/usr/bin/python3";
    let has = Command::new(python).args(["-c", "import pika"]).output();
    if !has.is_ok_and(|tried| tried.status.success()) {
        return tools::not_run("there is no pika for /usr/bin/python3");
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/rabbitmq.py");
    let pika = |words: &[&str]| {
        let mut command = Command::new(python);
        command.args([script, &server.port.to_string(), "byteor", PASSWORD]);
        let output = command.args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let (from_stream, to_stream) = (server.stream(&[]), server.stream(&[]));
    let mut bench = from(&server, &from_stream, |_| {});
    let egress = server.egress(&mut bench, &to_stream);
    bench.config.egress = Egress::Rabbitmq(egress);
    // Every byte there is, a line feed too.
    let given: Vec<Vec<u8>> = (0..200_u64)
        .map(|number| {
            let mut random = Random(number);
            (0..random.below(100))
                .map(|_| random.below(256) as u8)
                .collect()
        })
        .collect();
    let written: String = given.iter().map(|one| BASE64.encode(one) + "\n").collect();
    let input = file(&bench, "given", &written);
    let run = bench.start(&[]);
    pika(&["publish", &from_stream, input.to_str().unwrap()]);
    let read = pika(&["read", &to_stream, "200"]);
    assert_eq!(run.terminate().count("records_out"), 200);
    let numbering: Vec<&str> = read.split(' ').nth(1).unwrap().split('-').collect();
    for ((at, line), record) in (0_u64..).zip(read.lines()).zip(given) {
        let id = format!("{}-{}", numbering[0], at + 1);
        assert_eq!(line, format!("{at} {id} {}", BASE64.encode(record)));
    }
}
