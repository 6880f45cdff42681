//! NATS against a real server, which is killed, as the runs are.
#![cfg(feature = "nats")]

mod bench;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use async_nats::jetstream::consumer::{self, AckPolicy};
use async_nats::jetstream::stream;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bench::nats::Server;
use bench::tls::{Authority, file};
use bench::{Bench, Ran, Random, wait_until};
use byteor_config::adapters::nats::{NatsEgressMode, NatsIngressMode, NatsProof};
use byteor_config::{Egress, Ingress, SecretKind, SecretReference};
use nkeys::KeyPair;

fn from_nats(server: &Server, keys: &[&str]) -> Bench {
    let mut bench = Bench::new(b"", keys);
    bench.config.ingress = Ingress::Nats(server.ingress("in"));
    bench
}

fn to_nats(server: &Server, input: &str) -> Bench {
    let mut bench = Bench::new(input.as_bytes(), &["identity"]);
    bench.config.egress = Egress::Nats(server.egress("out"));
    bench
}

fn ingress(bench: &mut Bench) -> &mut byteor_config::adapters::nats::NatsIngress {
    let Ingress::Nats(nats) = &mut bench.config.ingress else {
        panic!("it is NATS");
    };
    nats
}

fn egress(bench: &mut Bench) -> &mut byteor_config::adapters::nats::NatsEgress {
    let Egress::Nats(nats) = &mut bench.config.egress else {
        panic!("it is NATS");
    };
    nats
}

fn lines(count: u64) -> String {
    (1..=count)
        .map(|number| format!("record {number}\n"))
        .collect()
}

/// Each record from the first to the last is there; how many are there twice.
fn none_lost<'a>(records: impl Iterator<Item = &'a str>, total: u64) -> u64 {
    let mut seen = BTreeMap::new();
    for record in records {
        let number: u64 = record.strip_prefix("record ").unwrap().parse().unwrap();
        *seen.entry(number).or_insert(0) += 1;
    }
    let all: Vec<u64> = seen.keys().copied().collect();
    assert_eq!(all, (1..=total).collect::<Vec<_>>());
    seen.values().sum::<u64>() - total
}

/// What the last notice with this code counted.
fn told(ran: &Ran, code: &str) -> u64 {
    let mut of_code = ran.events.iter().filter(|event| event["code"] == code);
    let last = of_code
        .next_back()
        .map(|event| event["message"].as_str().unwrap());
    let number = |words: &str| words.split(' ').find_map(|word| word.parse().ok());
    last.map_or(0, |words| number(words).unwrap())
}

/// Whether the checkpoint says that so many records went out.
fn has_saved(bench: &Bench, number: u64) -> bool {
    let checkpoint = bench.path("rejected.log.checkpoint");
    let line = format!("\noutput.number={number}\n");
    fs::read_to_string(checkpoint).is_ok_and(|text| text.contains(&line))
}

#[test]
fn a_stream_is_read_acknowledged_and_gone_on_with() {
    let Some(server) = Server::start("") else {
        return;
    };
    server.make("in");
    let bench = from_nats(&server, &["drop:^record 3$"]);
    server.add("in", 1..=5);
    let run = bench.start(&[]);
    bench.wait_for("out.log", lines(5).replace("record 3\n", "").as_bytes());
    // One that is too large is kept aside.
    server.publish("in", ["x".repeat(300), "last".into()].into_iter());
    wait_until("the last", || bench.read("out.log").ends_with(b"\nlast\n"));
    wait_until("acknowledgements", || server.is_acknowledged("in"));
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (7, 1));
    let checkpoint = String::from_utf8(bench.read("out.log.checkpoint")).unwrap();
    assert!(
        checkpoint.contains("input.kind=nats\ninput.number=7\ninput.at=in "),
        "{checkpoint}"
    );
    server.add("in", 8..=8);
    let run = bench.start(&[]);
    wait_until("the next", || {
        bench.read("out.log").ends_with(b"\nrecord 8\n")
    });
    wait_until("its acknowledgement", || server.is_acknowledged("in"));
    let ran = run.terminate();
    assert_eq!(ran.count("records_in"), 8);
    assert!(!ran.noticed("N_NATS_REDELIVERED"), "{ran:?}");
}

#[test]
fn only_the_subject_and_what_is_new_is_read_where_the_config_says_so() {
    let Some(server) = Server::start("") else {
        return;
    };
    server.make("in");
    server.add("in.a", 1..=2);
    let mut bench = from_nats(&server, &["identity"]);
    *ingress(&mut bench) = byteor_config::adapters::nats::NatsIngress {
        stream: Some("in".into()),
        start: byteor_config::adapters::nats::NatsStart::End,
        ..server.ingress("in.*")
    };
    let run = bench.start(&[]);
    wait_until("the consumer", || server.consumer("in").is_some());
    server.add("in", 3..=3);
    server.add("in.b", 4..=4);
    bench.wait_for("out.log", b"record 4\n");
    assert_eq!(run.terminate().count("records_in"), 1);
}

#[test]
fn a_server_that_is_killed_loses_and_doubles_nothing() {
    let Some(mut server) = Server::start("") else {
        return;
    };
    server.make("in");
    server.make("out");
    let (total, mut random) = (20_000, Random(31));
    server.add("in", 1..=total);
    let mut bench = from_nats(&server, &["identity"]);
    // What was on its way when the server was killed comes again after this.
    ingress(&mut bench).ack_wait_seconds = 1;
    bench.config.egress = Egress::Nats(server.egress("out"));
    let run = bench.start(&[]);
    for _ in 0..5 {
        std::thread::sleep(Duration::from_micros(random.below(200_000)));
        server.kill();
        server.begin();
    }
    wait_until("the rest", || has_saved(&bench, total));
    wait_until("acknowledgements", || server.is_acknowledged("in"));
    let ran = run.terminate();
    assert_eq!(
        (ran.exit, ran.count("records_in")),
        (Some(0), total),
        "{ran:?}"
    );
    let records = server.records("out");
    assert_eq!(none_lost(records.iter().map(String::as_str), total), 0);
    println!(
        "5 kills of the server: 0 lost, 0 doubled, {} recognized by their ids",
        told(&ran, "N_NATS_DUPLICATE")
    );
}

#[test]
fn a_run_that_is_killed_loses_nothing_and_tells_what_comes_again() {
    let Some(server) = Server::start("") else {
        return;
    };
    server.make("in");
    let (total, mut random) = (6_000, Random(32));
    let mut bench = from_nats(&server, &["identity"]);
    // A consumer that is made here gives what a killed run had to the next one after this.
    ingress(&mut bench).ack_wait_seconds = 1;
    server.add("in", 1..=total / 2);
    let mut again = 0;
    let mut run = bench.start(&[]);
    for part in 0..5 {
        std::thread::sleep(Duration::from_micros(random.below(60_000)));
        again += told(&run.kill_and_read(), "N_NATS_REDELIVERED");
        let begin = total / 2 + part * total / 10;
        server.add("in", begin + 1..=begin + total / 10);
        run = bench.start(&[]);
    }
    wait_until("acknowledgements", || server.is_acknowledged("in"));
    let ran = run.terminate();
    again += told(&ran, "N_NATS_REDELIVERED");
    assert_eq!(ran.exit, Some(0));
    let out = String::from_utf8(bench.read("out.log")).unwrap();
    let doubled = none_lost(out.lines(), total);
    println!("5 kills of the run: 0 lost, {doubled} doubled, {again} told");
}

#[test]
fn a_run_and_a_server_that_are_killed_publish_everything_once() {
    let Some(mut server) = Server::start("") else {
        return;
    };
    server.make("out");
    let (total, mut random) = (20_000, Random(33));
    let bench = to_nats(&server, &lines(total)).follow();
    let mut run = bench.start(&[]);
    for kill in 0..10 {
        std::thread::sleep(Duration::from_micros(random.below(80_000)));
        if kill % 2 == 0 {
            run.kill();
            run = bench.start(&[]);
        } else {
            server.kill();
            server.begin();
        }
    }
    wait_until("the rest", || has_saved(&bench, total));
    let ran = run.terminate();
    assert_eq!(
        (ran.exit, ran.count("records_out")),
        (Some(0), total),
        "{ran:?}"
    );
    let messages = server.messages("out");
    let records: Vec<_> = messages.iter().map(|one| one.0.clone()).collect();
    assert_eq!(
        records.join("\n") + "\n",
        lines(total),
        "in order, each once"
    );
    let stream = messages[0].1.split('-').next().unwrap();
    assert_eq!(stream.len(), 16);
    let ids = messages.iter().enumerate();
    assert!(
        ids.into_iter()
            .all(|(at, one)| one.1 == format!("{stream}-{}", at + 1))
    );
    println!(
        "10 kills: 0 lost, 0 doubled; the last run was told of {}",
        told(&ran, "N_NATS_DUPLICATE")
    );
}

#[test]
fn a_sink_that_is_down_makes_nothing_come_again_and_ends_no_connection() {
    let (Some(server), Some(mut other)) = (Server::start(""), Server::start("")) else {
        return;
    };
    other.make("out");
    other.kill();
    server.make("in");
    server.add("in", 1..=8_000);
    let mut bench = from_nats(&server, &["identity"]);
    ingress(&mut bench).ack_wait_seconds = 1;
    ingress(&mut bench).in_flight_bytes = 65_536;
    bench.config.egress = Egress::Nats(other.egress("out"));
    let run = bench.start(&[]);
    wait_until("what is held", || {
        server
            .consumer("in")
            .is_some_and(|info| info.num_ack_pending > 500)
    });
    // Longer than the server would wait for somebody who is silent.
    std::thread::sleep(Duration::from_millis(3_200));
    let held = server.consumer("in").unwrap();
    assert_eq!(
        (held.num_redelivered, held.ack_floor.stream_sequence),
        (0, 0)
    );
    assert!(held.num_pending > 0, "no more than the bound is read");
    other.begin();
    wait_until("acknowledgements", || server.is_acknowledged("in"));
    let ran = run.terminate();
    assert_eq!(
        (ran.exit, ran.count("records_in")),
        (Some(0), 8_000),
        "{ran:?}"
    );
    assert!(!ran.noticed("N_NATS_REDELIVERED"), "{ran:?}");
    let records = other.records("out");
    assert_eq!(none_lost(records.iter().map(String::as_str), 8_000), 0);
}

#[test]
fn members_of_a_consumer_that_come_leave_and_are_killed_lose_nothing() {
    let Some(server) = Server::start("") else {
        return;
    };
    server.make("in");
    let benches: Vec<_> = (0..3)
        .map(|_| {
            let mut bench = from_nats(&server, &["identity"]);
            ingress(&mut bench).ack_wait_seconds = 1;
            bench
        })
        .collect();
    let [first, second, third] = &benches[..] else {
        panic!("three");
    };
    let written = |bench: &Bench| fs::metadata(bench.path("out.log")).map_or(0, |file| file.len());
    let mut total = 0;
    let mut add = |count: u64| {
        server.add("in", total + 1..=total + count);
        total += count;
    };
    let one = first.start(&[]);
    add(2_000);
    wait_until("the first has some", || written(first) > 0);
    let two = second.start(&[]);
    wait_until("the second has some", || {
        add(200);
        written(second) > 0
    });
    let three = third.start(&[]);
    wait_until("the third has some", || {
        add(200);
        written(third) > 0
    });
    add(2_000);
    let mut again = told(&one.kill_and_read(), "N_NATS_REDELIVERED");
    add(1_000);
    // One leaves in order, and comes back.
    let left = two.terminate();
    assert_eq!(left.exit, Some(0), "{left:?}");
    again += told(&left, "N_NATS_REDELIVERED");
    add(1_000);
    let two = second.start(&[]);
    add(500);
    wait_until("acknowledgements", || server.is_acknowledged("in"));
    for run in [two, three] {
        let ran = run.terminate();
        assert_eq!(ran.exit, Some(0), "{ran:?}");
        again += told(&ran, "N_NATS_REDELIVERED");
    }
    let out: String = benches
        .iter()
        .map(|bench| {
            let out = String::from_utf8(bench.read("out.log")).unwrap();
            // What the killed one wrote of a last line may be cut.
            out[..out.rfind('\n').map_or(0, |end| end + 1)].to_owned()
        })
        .collect();
    let doubled = none_lost(out.lines(), total);
    assert!(doubled <= again, "{doubled} doubled, {again} told");
    println!(
        "members coming, leaving and killed: {total} records, 0 lost, {doubled} doubled, {again} told"
    );
}

#[test]
fn a_stream_that_goes_is_told_and_one_that_is_made_again_is_gone_on_with() {
    let Some(server) = Server::start("") else {
        return;
    };
    let mut bench = from_nats(&server, &["identity"]);
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_NATS_STREAM"),
        "{ran:?}"
    );
    server.make("in");
    server.add("in", 1..=2);
    let run = bench.start(&[]);
    bench.wait_for("out.log", b"record 1\nrecord 2\n");
    wait_until("acknowledgements", || server.is_acknowledged("in"));
    // The consumer goes: it is made again, and what this run had isn't taken twice.
    server.streams(async |streams| {
        let stream = streams.get_stream("in").await.unwrap();
        stream.delete_consumer("byteor").await.unwrap();
    });
    wait_until("another consumer", || server.consumer("in").is_some());
    wait_until("acknowledgements", || server.is_acknowledged("in"));
    server.add("in", 3..=3);
    bench.wait_for("out.log", lines(3).as_bytes());
    server.delete("in");
    let ran = run.wait();
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_NATS_STREAM"),
        "{ran:?}"
    );
    assert!(ran.noticed("N_NATS_CONSUMER_NEW"), "{ran:?}");

    // Its messages have the numbers of others now, and are read.
    server.make("in");
    server.add("in", 4..=5);
    let run = bench.start(&[]);
    bench.wait_for("out.log", lines(5).as_bytes());
    let ran = run.terminate();
    assert!(ran.noticed("N_NATS_STREAM_NEW"), "{ran:?}");

    // What goes before it is read is told.
    server.add("in", 6..=9);
    server.streams(async |streams| {
        let stream = streams.get_stream("in").await.unwrap();
        stream.purge().keep(1).await.unwrap();
    });
    let run = bench.start(&[]);
    bench.wait_for("out.log", (lines(5) + "record 9\n").as_bytes());
    let ran = run.terminate();
    assert_eq!(told(&ran, "N_NATS_TRIMMED"), 3, "{ran:?}");

    // A consumer that somebody made for something else isn't used.
    server.streams(async |streams| {
        let stream = streams.get_stream("in").await.unwrap();
        let config = consumer::pull::Config {
            durable_name: Some("other".into()),
            ack_policy: AckPolicy::All,
            ..consumer::pull::Config::default()
        };
        stream.create_consumer(config).await.unwrap();
    });
    ingress(&mut bench).consumer = "other".into();
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_NATS_CONSUMER"),
        "{ran:?}"
    );
}

#[test]
fn what_a_stream_refuses_is_kept_aside_or_tried_again_or_ends_the_run() {
    let Some(server) = Server::start("") else {
        return;
    };
    let ran = to_nats(&server, &lines(2)).run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_NATS_STREAM"),
        "{ran:?}"
    );
    server.make_as(stream::Config {
        name: "out".into(),
        subjects: vec!["out".into()],
        max_message_size: 100,
        max_messages: 3,
        discard: stream::DiscardPolicy::New,
        ..stream::Config::default()
    });
    let mut bench = to_nats(&server, "");
    egress(&mut bench).stream = Some("elsewhere".into());
    bench.append(b"record\n");
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_NATS_STREAM"),
        "{ran:?}"
    );

    let input = format!(
        "record 1\n{}\nrecord 2\nrecord 3\nrecord 4\n",
        "x".repeat(200)
    );
    let bench = to_nats(&server, &input).follow();
    let run = bench.start(&[]);
    wait_until("a full stream", || server.records("out").len() == 3);
    server.streams(async |streams| {
        let stream = streams.get_stream("out").await.unwrap();
        stream.purge().await.unwrap();
    });
    wait_until("the last", || server.records("out") == ["record 4"]);
    wait_until("the checkpoint", || has_saved(&bench, 5));
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.count("rejected")), (Some(0), 1), "{ran:?}");
    assert!(
        ran.noticed("N_PEER_DOWN") && ran.noticed("N_PEER_BACK"),
        "{ran:?}"
    );
    let rejected = String::from_utf8(bench.read("rejected.log")).unwrap();
    let (reason, record) = rejected.split_once('\t').unwrap();
    assert!(reason.contains("size"), "{reason}");
    assert_eq!(record, format!("{}\n", "x".repeat(200)));
}

#[test]
fn core_messages_come_and_go_and_what_nobody_takes_is_counted() {
    let (Some(server), Some(other)) = (Server::start(""), Server::down("")) else {
        return;
    };
    let mut taking = from_nats(&server, &["identity"]);
    ingress(&mut taking).mode = NatsIngressMode::Core;
    let mut giving = to_nats(&server, "").follow();
    egress(&mut giving).mode = NatsEgressMode::Core;
    egress(&mut giving).subject = "in".into();
    let take = taking.start(&[]);
    let give = giving.start(&[]);
    // Nobody says when a subscription is there: it is when a message comes through.
    let mut sent = 0;
    wait_until("a subscription", || {
        sent += 1;
        giving.append(b"hello\n");
        std::thread::sleep(Duration::from_millis(20));
        !taking.read("out.log").is_empty()
    });
    giving.append(lines(2_000).as_bytes());
    wait_until("the last", || {
        taking.read("out.log").ends_with(b"\nrecord 2000\n")
    });
    let (given, taken) = (give.terminate(), take.terminate());
    assert_eq!(given.count("records_out"), 2_000 + sent, "{given:?}");
    let out = String::from_utf8(taking.read("out.log")).unwrap();
    assert!(out.ends_with(&lines(2_000)), "in order, none missing");
    assert!(!taken.noticed("N_NATS_DROPPED"), "{taken:?}");

    // With a sink that is down, what doesn't fit into memory is dropped and counted, and the
    // connection stays.
    let mut taking = from_nats(&server, &["identity"]);
    ingress(&mut taking).mode = NatsIngressMode::Core;
    ingress(&mut taking).in_flight_bytes = 65_536;
    taking.config.egress = Egress::Nats(other.egress("out"));
    egress(&mut taking).mode = NatsEgressMode::Core;
    let take = taking.start(&[]);
    let total = 20_000;
    server.with(async |client| {
        // Until it is there: who publishes with an answer wanted is told where nobody listens.
        let listens = async || {
            let asked = client.request("in", "x".into());
            let answer = tokio::time::timeout(Duration::from_millis(300), asked).await;
            answer.is_err()
        };
        while !listens().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for number in 0..total {
            let record = format!("{number:0200}");
            client.publish("in", record.into()).await.unwrap();
        }
        client.flush().await.unwrap();
        // What was published before is there when this comes back.
        let _ = client.request("nobody", "".into()).await;
    });
    let ran = take.terminate();
    let dropped = told(&ran, "N_NATS_DROPPED");
    assert!(dropped > 0 && dropped < total, "{dropped}");
    println!("a sink that is down: {dropped} of {total} dropped, and told");
}

#[test]
fn a_server_is_trusted_by_its_certificate_and_asks_who_it_is() {
    let (right, wrong) = (Authority::new(), Authority::new());
    let made = Bench::new(b"", &["identity"]);
    let user = "authorization { user: me, password: \"0123456789abcdef\" }";
    let token = "authorization { token: \"0123456789abcdef\" }";
    // A key made for this test.
    let (seed, public) = key();
    let nkey = format!("authorization {{ users: [{{ nkey: {public} }}] }}");
    let (operator, credentials) = under_an_operator();
    let (_, others) = under_an_operator();
    let good = || right.certificate("localhost", 2100);
    for (what, (certificate, key), asks, proof, secret, code) in [
        (
            "good",
            good(),
            user,
            NatsProof::Password,
            "0123456789abcdef",
            "end_of_input",
        ),
        (
            "password",
            good(),
            user,
            NatsProof::Password,
            "0123456789abcdee",
            "E_NATS_REFUSED",
        ),
        (
            "token",
            good(),
            token,
            NatsProof::Token,
            "0123456789abcdef",
            "end_of_input",
        ),
        (
            "wrong token",
            good(),
            token,
            NatsProof::Token,
            "0123456789abcdee",
            "E_NATS_REFUSED",
        ),
        (
            "nkey",
            good(),
            &nkey,
            NatsProof::Nkey,
            &seed,
            "end_of_input",
        ),
        (
            "no nkey",
            good(),
            &nkey,
            NatsProof::Nkey,
            "0123456789abcdef",
            "E_NATS_REFUSED",
        ),
        (
            "credentials",
            good(),
            &operator,
            NatsProof::Credentials,
            &credentials,
            "end_of_input",
        ),
        (
            "credentials of another operator",
            good(),
            &operator,
            NatsProof::Credentials,
            &others,
            "E_NATS_REFUSED",
        ),
        (
            "no credentials",
            good(),
            user,
            NatsProof::Credentials,
            "0123456789abcdef",
            "E_NATS_REFUSED",
        ),
        (
            "authority",
            wrong.certificate("localhost", 2100),
            user,
            NatsProof::Password,
            "0123456789abcdef",
            "E_PEER_DOWN",
        ),
        (
            "name",
            right.certificate("elsewhere.example", 2100),
            user,
            NatsProof::Password,
            "0123456789abcdef",
            "E_PEER_DOWN",
        ),
        (
            "expired",
            right.certificate("localhost", 2021),
            user,
            NatsProof::Password,
            "0123456789abcdef",
            "E_PEER_DOWN",
        ),
    ] {
        let certificate = file(&made, "certificate.pem", &certificate);
        let key = file(&made, "key.pem", &key);
        let more = format!("{asks}\ntls {{ cert_file: {certificate:?}, key_file: {key:?} }}");
        let Some(server) = Server::start(&more) else {
            return;
        };
        // Without a stream: core shows who is let in.
        let mut bench = to_nats(&server, &lines(2));
        let authorities = file(&bench, "authorities.pem", &right.0.pem());
        let path = file(&bench, "secret", secret);
        bench.config.secrets = vec![SecretReference {
            name: "secret".into(),
            kind: SecretKind::File,
            path: path.to_str().unwrap().into(),
        }];
        let nats = egress(&mut bench);
        nats.mode = NatsEgressMode::Core;
        nats.url = format!("tls://localhost:{}", server.port);
        nats.authorities = Some(authorities.to_str().unwrap().into());
        nats.proof = proof;
        nats.user = (proof == NatsProof::Password).then(|| "me".into());
        nats.secret = Some("secret".into());
        nats.give_up_after_seconds = Some(1);
        let ran = bench.run(&[]);
        assert_eq!(ran.code(), code, "{what}: {ran:?}");
        assert!(!format!("{ran:?}").contains(secret), "{what}");
        if code == "E_PEER_DOWN" {
            let message = ran.last()["message"].as_str().unwrap();
            assert!(message.contains("can't be trusted"), "{what}: {message}");
        }
    }
}

/// What a server under an operator is configured by, and the credentials of a user that it lets in.
fn under_an_operator() -> (String, String) {
    let (operator, account) = (KeyPair::new_operator(), KeyPair::new_account());
    let (system, user) = (KeyPair::new_account(), KeyPair::new_user());
    let token = |by: &KeyPair, of: &KeyPair, kind: &str| {
        let head = BASE64.encode(r#"{"typ":"JWT","alg":"ed25519-nkey"}"#);
        let (by_key, of_key) = (by.public_key(), of.public_key());
        let limits = match kind {
            "account" => {
                r#""limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1},"#
            }
            "user" => r#""subs":-1,"data":-1,"payload":-1,"#,
            _ => "",
        };
        let claims = format!(
            r#"{{"jti":"{of_key}","iat":1700000000,"iss":"{by_key}","name":"{kind}","sub":"{of_key}","nats":{{{limits}"type":"{kind}","version":2}}}}"#
        );
        let signed = format!("{head}.{}", BASE64.encode(claims));
        let signature = by.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64.encode(signature))
    };
    let (own, its) = (account.public_key(), system.public_key());
    let server = format!(
        "operator: {}\nsystem_account: {its}\nresolver: MEMORY\nresolver_preload: {{ {own}: {}, {its}: {} }}",
        token(&operator, &operator, "operator"),
        token(&operator, &account, "account"),
        token(&operator, &system, "account"),
    );
    let credentials = format!(
        "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        token(&account, &user, "user"),
        user.seed().unwrap(),
    );
    (server, credentials)
}

/// A seed, and the public key that belongs to it.
fn key() -> (String, String) {
    let pair = KeyPair::new_user();
    (pair.seed().unwrap(), pair.public_key())
}

#[test]
fn only_a_server_that_the_host_s_owner_allows_is_reached() {
    let Some(server) = Server::start("") else {
        return;
    };
    server.make("out");
    let bench = to_nats(&server, &lines(2));
    let ran = bench.run(&["--allow-net=10.0.0.0/8"]);
    assert_eq!(ran.code(), "E_NET_NOT_ALLOWED", "{ran:?}");
    let allowed = format!("--allow-net=127.0.0.1:{}", server.port);
    assert_eq!(bench.run(&[&allowed]).exit, Some(0));
    assert_eq!(server.records("out"), ["record 1", "record 2"]);
}
