//! Redis Streams against a real server, which is killed, as the runs are.
#![cfg(feature = "redis")]

mod bench;

use std::fs;
use std::time::Duration;

use bench::redis::Server;
use bench::tls::{Authority, file};
use bench::{Bench, Random, wait_until};
use byteor_config::{Egress, Ingress, SecretKind, SecretReference};

fn from_redis(server: &Server, keys: &[&str]) -> Bench {
    let mut bench = Bench::new(b"", keys);
    bench.config.ingress = Ingress::Redis(server.ingress());
    bench
}

fn lines(count: u64) -> String {
    (1..=count)
        .map(|number| format!("record {number}\n"))
        .collect()
}

fn pending(server: &Server) -> u64 {
    let said = server.ask(&["XPENDING", "in", "byteor"]);
    said.lines().next().unwrap_or_default().parse().unwrap()
}

/// Each record from the first to the last is there, and nothing is in front of one that came earlier
/// for the first time; how many are there twice.
fn none_lost<'a>(records: impl Iterator<Item = &'a str>, total: u64) -> u64 {
    let (mut next, mut doubled) = (1, 0);
    for record in records {
        let number: u64 = record.strip_prefix("record ").unwrap().parse().unwrap();
        assert!(number <= next, "{number} after {next}: something is lost");
        doubled += u64::from(number < next);
        next = next.max(number + 1);
    }
    assert_eq!(next, total + 1);
    doubled
}

#[test]
fn a_stream_is_read_acknowledged_and_gone_on_with() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let bench = from_redis(&server, &["drop:^record 3$"]);
    server.add("in", 1..=5);
    let run = bench.start(&[]);
    bench.wait_for("out.log", lines(5).replace("record 3\n", "").as_bytes());
    // One without the field is kept aside with all that it has, and so is one that is too large.
    server.ask(&["XADD", "in", "*", "other", "x"]);
    server.ask(&["XADD", "in", "*", "record", &"x".repeat(300)]);
    server.ask(&["XADD", "in", "*", "record", "last", "more", "y"]);
    wait_until("the last", || bench.read("out.log").ends_with(b"\nlast\n"));
    wait_until("what is acknowledged", || pending(&server) == 0);
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (8, 2));
    let rejected = String::from_utf8(bench.read("rejected.log")).unwrap();
    assert!(
        rejected.contains(" other=x\n") && rejected.contains("xxx\n"),
        "{rejected}"
    );
    let checkpoint = String::from_utf8(bench.read("out.log.checkpoint")).unwrap();
    assert!(
        checkpoint.contains("input.kind=redis\ninput.number=8\n"),
        "{checkpoint}"
    );
    server.add("in", 9..=9);
    let run = bench.start(&[]);
    wait_until("the next", || {
        bench.read("out.log").ends_with(b"\nrecord 9\n")
    });
    assert_eq!(run.terminate().count("records_in"), 9);
}

#[test]
fn a_server_and_a_run_that_are_killed_lose_nothing_that_is_read() {
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    let (total, mut random) = (6_000, Random(21));
    let bench = from_redis(&server, &["identity"]);
    server.add("in", 1..=total);
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
    let last = format!("record {total}\n");
    wait_until("the rest", || {
        bench.read("out.log").ends_with(last.as_bytes())
    });
    wait_until("what is acknowledged", || pending(&server) == 0);
    assert_eq!(run.terminate().exit, Some(0));
    let out = String::from_utf8(bench.read("out.log")).unwrap();
    let doubled = none_lost(out.lines(), total);
    println!("10 kills: 0 lost, {doubled} doubled");
}

#[test]
fn a_server_and_a_run_that_are_killed_lose_nothing_that_is_added() {
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    let (total, mut random) = (20_000, Random(22));
    let mut bench = Bench::new(lines(total).as_bytes(), &["identity"]).follow();
    bench.config.egress = Egress::Redis(server.egress());
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
    let checkpoint = bench.path("rejected.log.checkpoint");
    let all = format!("\noutput.number={total}\n");
    wait_until("the rest", || {
        fs::read_to_string(&checkpoint).is_ok_and(|text| text.contains(&all))
    });
    let ran = run.terminate();
    assert_eq!(
        (ran.exit, ran.count("records_out")),
        (Some(0), total),
        "{ran:?}"
    );
    let records = server.records("out");
    let doubled = none_lost(records.iter().map(String::as_str), total);
    println!("10 kills: 0 lost, {doubled} doubled");
}

#[test]
fn what_another_consumer_left_behind_is_taken_over_and_what_was_trimmed_is_told() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.add("in", 1..=4);
    server.ask(&["XGROUP", "CREATE", "in", "byteor", "0"]);
    server.ask(&[
        "XREADGROUP",
        "GROUP",
        "byteor",
        "other",
        "COUNT",
        "2",
        "STREAMS",
        "in",
        ">",
    ]);
    let mut bench = from_redis(&server, &["identity"]);
    let Ingress::Redis(redis) = &mut bench.config.ingress else {
        panic!("it is Redis");
    };
    redis.claim_after_seconds = 1;
    let run = bench.start(&[]);
    bench.wait_for("out.log", b"record 3\nrecord 4\nrecord 1\nrecord 2\n");
    wait_until("what is acknowledged", || pending(&server) == 0);
    assert_eq!(run.terminate().exit, Some(0));
    // Read by this consumer, and gone before it came back; and never read at all.
    server.add("in", 5..=8);
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    server.ask(&[
        "XREADGROUP",
        "GROUP",
        "byteor",
        host.trim(),
        "COUNT",
        "1",
        "STREAMS",
        "in",
        ">",
    ]);
    server.ask(&["XTRIM", "in", "MAXLEN", "1"]);
    let run = bench.start(&[]);
    wait_until("the last", || {
        bench.read("out.log").ends_with(b"\nrecord 8\n")
    });
    let ran = run.terminate();
    let told: Vec<_> = ran
        .events
        .iter()
        .filter(|event| event["code"] == "N_REDIS_TRIMMED")
        .map(|event| event["message"].as_str().unwrap())
        .collect();
    assert_eq!(told.len(), 2, "{ran:?}");
    assert!(
        told[0].starts_with("2 entries") && told[1].starts_with("1 entries"),
        "{told:?}"
    );
    assert_eq!(ran.count("records_in"), 5);
}

#[test]
fn a_stream_is_kept_short_and_what_no_try_mends_ends_the_run() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut bench = Bench::new(lines(3_000).as_bytes(), &["identity"]);
    let mut redis = server.egress();
    redis.keep_entries = Some(100);
    bench.config.egress = Egress::Redis(redis.clone());
    assert_eq!(bench.run_well().count("records_out"), 3_000);
    let left: u64 = server.ask(&["XLEN", "out"]).trim().parse().unwrap();
    assert!((100..1_000).contains(&left), "{left}");

    server.ask(&["SET", "text", "x"]);
    let mut bench = Bench::new(lines(3).as_bytes(), &["identity"]);
    redis.stream = "text".into();
    bench.config.egress = Egress::Redis(redis);
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_REDIS_REFUSED"),
        "{ran:?}"
    );
    let mut bench = from_redis(&server, &["identity"]);
    let Ingress::Redis(redis) = &mut bench.config.ingress else {
        panic!("it is Redis");
    };
    redis.stream = "text".into();
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_REDIS_REFUSED"),
        "{ran:?}"
    );
}

#[test]
fn a_server_is_trusted_by_its_certificate_and_asks_for_the_password() {
    let (right, wrong) = (Authority::new(), Authority::new());
    let made = Bench::new(b"", &["identity"]);
    for (what, (certificate, key), password, code) in [
        (
            "good",
            right.certificate("localhost", 2100),
            "0123456789abcdef",
            "end_of_input",
        ),
        (
            "password",
            right.certificate("localhost", 2100),
            "0123456789abcdee",
            "E_REDIS_REFUSED",
        ),
        (
            "authority",
            wrong.certificate("localhost", 2100),
            "0123456789abcdef",
            "E_PEER_DOWN",
        ),
        (
            "name",
            right.certificate("elsewhere.example", 2100),
            "0123456789abcdef",
            "E_PEER_DOWN",
        ),
        (
            "expired",
            right.certificate("localhost", 2021),
            "0123456789abcdef",
            "E_PEER_DOWN",
        ),
    ] {
        let certificate = file(&made, "certificate.pem", &certificate);
        let key = file(&made, "key.pem", &key);
        let port = bench::http::free_port().to_string();
        let flags = [
            "--tls-port",
            &port,
            "--tls-auth-clients",
            "no",
            "--tls-cert-file",
            certificate.to_str().unwrap(),
            "--tls-key-file",
            key.to_str().unwrap(),
            "--requirepass",
            "0123456789abcdef",
        ];
        let Some(server) = Server::start(&flags) else {
            return;
        };
        let mut bench = Bench::new(lines(2).as_bytes(), &["identity"]);
        let authorities = file(&bench, "authorities.pem", &right.0.pem());
        let path = file(&bench, "password", password);
        bench.config.secrets = vec![SecretReference {
            name: "password".into(),
            kind: SecretKind::File,
            path: path.to_str().unwrap().into(),
        }];
        let mut redis = server.egress();
        redis.url = format!("rediss://localhost:{port}");
        redis.authorities = Some(authorities.to_str().unwrap().into());
        redis.password = Some("password".into());
        redis.give_up_after_seconds = Some(1);
        bench.config.egress = Egress::Redis(redis);
        let ran = bench.run(&[]);
        assert_eq!(ran.code(), code, "{what}: {ran:?}");
        assert!(!format!("{ran:?}").contains("0123456789abcde"), "{what}");
    }
}

#[test]
fn only_a_server_that_the_host_s_owner_allows_is_reached() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut bench = Bench::new(lines(2).as_bytes(), &["identity"]);
    bench.config.egress = Egress::Redis(server.egress());
    let ran = bench.run(&["--allow-net=10.0.0.0/8"]);
    assert_eq!(ran.code(), "E_NET_NOT_ALLOWED", "{ran:?}");
    let allowed = format!("--allow-net=127.0.0.1:{}", server.port);
    assert_eq!(bench.run(&[&allowed]).exit, Some(0));
    assert_eq!(server.records("out"), ["record 1", "record 2"]);
}
