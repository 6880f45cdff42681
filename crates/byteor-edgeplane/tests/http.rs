//! HTTP against curl and a server of Python's library.
#![cfg(feature = "http")]

mod bench;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bench::http::{Receiver, curl, egress, free_port, ingress};
use bench::{Bench, PATIENCE, Random, kept, tools};
use byteor_config::adapters::http::{HttpFraming, HttpTooLarge};
use byteor_config::{Egress, Ingress, SecretKind, SecretReference};

fn from_http(port: u16, keys: &[&str]) -> Bench {
    let mut bench = Bench::new(b"", keys);
    bench.config.ingress = Ingress::Http(ingress(port));
    bench
}

fn records(port: u16) -> String {
    format!("http://127.0.0.1:{port}/records")
}

#[test]
fn what_is_posted_lasts_before_it_is_answered() {
    if tools::curl().is_none() {
        return;
    }
    let port = free_port();
    let bench = from_http(port, &["drop:^#"]);
    let run = bench.start(&[]);
    let (status, body) = curl(&records(port), "a\n# no\nb", &[]).unwrap();
    assert_eq!((status, body.as_str()), (200, "{\"records\":3}\n"));
    assert_eq!(bench.read("out.log"), b"a\nb\n");
    let checkpoint = String::from_utf8(bench.read("out.log.checkpoint")).unwrap();
    assert!(
        checkpoint.contains("input.kind=http\ninput.number=3\n"),
        "{checkpoint}"
    );
    // Too large to be a record: kept aside, and the others go on.
    let body = format!("c\n{}\nd\n", "x".repeat(300));
    assert_eq!(
        curl(&records(port), &body, &["-H", "transfer-encoding: chunked"])
            .unwrap()
            .0,
        200
    );
    assert_eq!(bench.read("out.log"), b"a\nb\nc\nd\n");
    assert_eq!(bench.read("rejected.log").len(), 301);
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"));
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (6, 1));
    // The next run counts on.
    let run = bench.start(&[]);
    assert_eq!(curl(&records(port), "e", &[]).unwrap().0, 200);
    assert_eq!(run.terminate().count("records_in"), 7);
    assert_eq!(bench.read("out.log"), b"a\nb\nc\nd\ne\n");
}

#[test]
fn two_requests_on_one_connection_keep_their_order() {
    let port = free_port();
    let bench = from_http(port, &["identity"]);
    let run = bench.start(&[]);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    for _ in 0..2 {
        stream
            .write_all(b"POST /records HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na\nPOST /records HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nb\n")
            .unwrap();
    }
    let (mut answers, mut buffer) = (String::new(), [0; 4096]);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    while answers.matches("{\"records\":1}").count() < 4 {
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "{answers}");
        answers.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    assert_eq!(bench.read("out.log"), b"a\nb\na\nb\n");
    assert_eq!(run.terminate().exit, Some(0));
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    if tools::curl().is_none() {
        return;
    }
    let port = free_port();
    let mut bench = from_http(port, &["identity"]);
    fs::write(bench.path("token"), "0123456789abcdef\n").unwrap();
    bench.config.secrets = vec![SecretReference {
        name: "token".into(),
        kind: SecretKind::File,
        path: bench.path("token").to_str().unwrap().into(),
    }];
    let Ingress::Http(http) = &mut bench.config.ingress else {
        panic!("it is HTTP");
    };
    http.token = Some("token".into());
    http.framing = HttpFraming::Prefixed;
    http.too_large = HttpTooLarge::Refuse;
    http.max_body_bytes = 1000;
    let run = bench.start(&[]);
    let proof = ["-H", "authorization: Bearer 0123456789abcdef"];
    let post = |body: &str, flags: &[&str]| curl(&records(port), body, flags).unwrap().0;
    assert_eq!(post("\u{1}", &[]), 401);
    assert_eq!(
        post("\u{1}", &["-H", "authorization: Bearer 0123456789abcdee"]),
        401
    );
    assert_eq!(post("\u{1}", &[&proof[..], &["-X", "PUT"]].concat()), 405);
    let elsewhere = format!("http://127.0.0.1:{port}/elsewhere");
    assert_eq!(curl(&elsewhere, "\u{1}", &proof).unwrap().0, 404);
    let broken = bench.path("broken");
    fs::write(&broken, [0, 0, 0, 9, b'x']).unwrap();
    let file = format!("@{}", broken.display());
    assert_eq!(post(&file, &proof), 400);
    assert_eq!(post(&"x".repeat(1001), &proof), 413);
    let chunked = [&proof[..], &["-H", "transfer-encoding: chunked"]].concat();
    assert_eq!(post(&"x".repeat(1001), &chunked), 413);
    let mut large = vec![0, 0, 0, 1, b'y', 0, 0, 1, 1];
    large.extend([b'x'; 257]);
    fs::write(&broken, &large).unwrap();
    assert_eq!(post(&file, &proof), 413);
    fs::write(&broken, [0, 0, 0, 1, b'y', 0, 0, 0, 0]).unwrap();
    assert_eq!(post(&file, &proof), 200);
    assert_eq!(run.terminate().count("records_in"), 2);
    assert_eq!(bench.read("out.log"), b"y\n\n");
    assert_eq!(bench.read("rejected.log"), b"");
}

/// Each record that was answered for is there after any kill; one that wasn't is sent again.
#[test]
fn killed_runs_lose_nothing_that_was_answered_for() {
    if tools::curl().is_none() {
        return;
    }
    let port = free_port();
    let bench = from_http(port, &["identity"]);
    let mut random = Random(7);
    let mut run = bench.start(&[]);
    let (mut again, total, kills) = (0, 400, 20);
    let sender = std::thread::spawn(move || {
        for number in 0..total {
            let until = Instant::now() + PATIENCE;
            while curl(&records(port), &number.to_string(), &[])
                .is_none_or(|(status, _)| status != 200)
            {
                assert!(Instant::now() < until, "{number} gets no answer");
                again += 1;
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        again
    });
    for _ in 0..kills {
        std::thread::sleep(Duration::from_micros(20_000 + random.below(150_000)));
        run.kill();
        run = bench.start(&[]);
    }
    let again = sender.join().unwrap();
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0));
    let out = String::from_utf8(bench.read("out.log")).unwrap();
    let lines: Vec<u32> = out.lines().map(|line| line.parse().unwrap()).collect();
    let mut once = lines.clone();
    once.dedup();
    assert_eq!(
        once,
        (0..total).collect::<Vec<_>>(),
        "in order, none missing"
    );
    let doubled = lines.len() - once.len();
    assert!(doubled <= again, "{doubled} doubled, {again} sent again");
    assert_eq!(ran.count("records_in"), lines.len() as u64);
    println!("{kills} kills: 0 lost, {doubled} doubled of {again} sent again");
}

fn to_http(port: u16, lines: u64) -> (Bench, String) {
    let input: String = (1..=lines)
        .map(|number| format!("record {number}\n"))
        .collect();
    let mut bench = Bench::new(input.as_bytes(), &["identity"]);
    bench.config.egress = Egress::Http(egress(port));
    (bench, input)
}

#[test]
fn a_file_is_posted_in_order_and_answers_that_ask_for_it_are_tried_again() {
    if tools::python().is_none() {
        return;
    }
    let port = free_port();
    let (bench, input) = to_http(port, 5_000);
    let got = bench.path("got");
    let flags = ["--answers", "503,429,500", "--retry-after", "0"];
    let _receiver = Receiver::start(port, &got, &flags);
    let ran = bench.run_well();
    assert_eq!(
        (ran.code(), ran.count("records_out")),
        ("end_of_input", 5_000)
    );
    assert!(
        ran.noticed("N_PEER_DOWN") && ran.noticed("N_PEER_BACK"),
        "{ran:?}"
    );
    assert_eq!(kept(&got), (input, 0));
    let checkpoint = String::from_utf8(bench.read("rejected.log.checkpoint")).unwrap();
    assert!(
        checkpoint.contains("\noutput.kind=http\n")
            && checkpoint.contains("\noutput.number=5000\n")
    );
    // Nothing new: nothing is sent.
    assert_eq!(bench.run_well().count("records_out"), 5_000);
    assert_eq!(kept(&got).1, 0);
}

/// A receiver that keeps numbers would take other records under the same ones for what it has.
#[test]
fn numbers_mean_the_same_records_or_they_are_of_another_stream() {
    if tools::python().is_none() || tools::curl().is_none() {
        return;
    }
    let (port, own) = (free_port(), free_port());
    let (bench, _) = to_http(port, 3);
    let got = bench.path("got");
    let _receiver = Receiver::start(port, &got, &[]);
    let streams = || {
        let text = fs::read_to_string(bench.path("got.streams")).unwrap();
        let mut streams: Vec<String> = text.lines().map(str::to_owned).collect();
        streams.dedup();
        streams
    };
    // A file gives the same again, so one stream goes on over runs.
    bench.run_well();
    bench.append(b"record 4\n");
    bench.run_well();
    assert_eq!((streams().len(), kept(&got).1), (1, 0));
    // What another plan makes of it may be other records.
    bench.write_spec(&["identity", "identity"]);
    bench.append(b"record 5\n");
    bench.run_well();
    assert_eq!(streams().len(), 2);

    // Senders that had no answer may come in another order.
    let mut bench = from_http(own, &["identity"]);
    bench.config.egress = Egress::Http(egress(port));
    for nth in 0..2 {
        let run = bench.start(&[]);
        assert_eq!(curl(&records(own), "x", &[]).unwrap().0, 200);
        assert_eq!(run.terminate().exit, Some(0));
        assert_eq!(streams().len(), 3 + nth);
    }
}

#[test]
fn a_server_and_a_run_that_are_killed_lose_nothing_and_number_what_comes_again() {
    if tools::python().is_none() {
        return;
    }
    let port = free_port();
    let (bench, input) = to_http(port, 40_000);
    let bench = bench.follow();
    let got = bench.path("got");
    let mut random = Random(11);
    let mut receiver = Some(Receiver::start(port, &got, &[]));
    let mut run = bench.start(&[]);
    for kill in 0..20 {
        std::thread::sleep(Duration::from_micros(random.below(60_000)));
        if kill % 2 == 0 {
            run.kill();
            run = bench.start(&[]);
        } else {
            drop(receiver.take());
            std::thread::sleep(Duration::from_micros(random.below(30_000)));
            receiver = Some(Receiver::start(port, &got, &[]));
        }
    }
    let until = Instant::now() + PATIENCE;
    while !fs::read_to_string(&got)
        .unwrap_or_default()
        .contains("\trecord 40000\n")
    {
        assert!(Instant::now() < until, "the rest doesn't come");
        std::thread::sleep(Duration::from_millis(20));
    }
    let ran = run.terminate();
    assert_eq!(
        (ran.exit, ran.count("records_out")),
        (Some(0), 40_000),
        "{ran:?}"
    );
    let (once, again) = kept(&got);
    assert_eq!(once, input);
    println!("20 kills: 0 lost, {again} came again under their numbers");
}

#[test]
fn a_server_that_is_down_holds_the_run_up_in_bounded_memory_and_it_ends_when_asked() {
    if tools::python().is_none() {
        return;
    }
    let port = free_port();
    let (bench, _) = to_http(port, 200_000);
    let bench = bench.follow();
    let run = bench.start(&[]);
    let status = format!("/proc/{}/status", run.pid().as_raw_nonzero());
    let memory = || {
        let status = fs::read_to_string(&status).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap()
            .to_owned();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    std::thread::sleep(Duration::from_millis(800));
    let early = memory();
    std::thread::sleep(Duration::from_millis(1500));
    let late = memory();
    assert!(late < early + 2_048, "{early} kB, then {late} kB");
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(5), "E_PEER_DOWN"), "{ran:?}");
    assert!(ran.noticed("N_PEER_DOWN"));
    // It goes on by itself where the server comes back.
    let got = bench.path("got");
    let run = bench.start(&[]);
    let _receiver = Receiver::start(port, &got, &[]);
    let until = Instant::now() + PATIENCE;
    while !fs::read_to_string(&got)
        .unwrap_or_default()
        .contains("\trecord 200000\n")
    {
        assert!(Instant::now() < until, "the rest doesn't come");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(run.terminate().exit, Some(0));
    kept(&got);
}

#[test]
fn answers_that_no_retry_mends_end_the_run_and_redirects_are_not_followed() {
    if tools::python().is_none() {
        return;
    }
    let (port, inside) = (free_port(), free_port());
    let (bench, input) = to_http(port, 10);
    let (got, never) = (bench.path("got"), bench.path("never"));
    let _inside = Receiver::start(inside, &never, &[]);
    for answer in ["302", "307", "400", "404"] {
        let location = format!("http://127.0.0.1:{inside}/take");
        let receiver = Receiver::start(port, &got, &["--answers", answer, "--location", &location]);
        let ran = bench.run(&[]);
        assert_eq!(
            (ran.exit, ran.code()),
            (Some(5), "E_HTTP_REFUSED"),
            "{ran:?}"
        );
        assert!(
            ran.last()["message"].as_str().unwrap().contains(answer),
            "{ran:?}"
        );
        drop(receiver);
    }
    assert!(!got.exists() && !never.exists());
    let _receiver = Receiver::start(port, &got, &[]);
    bench.run_well();
    assert_eq!(kept(&got), (input, 0));
}

#[test]
fn only_what_the_host_s_owner_allows_is_listened_at_or_reached() {
    if tools::curl().is_none() || tools::python().is_none() {
        return;
    }
    let port = free_port();
    let bench = from_http(port, &["identity"]);
    let refused = bench.run(&["--allow-net=10.0.0.0/8"]);
    assert_eq!(refused.code(), "E_NET_NOT_ALLOWED", "{refused:?}");
    let by_agent = format!("--allow-root={}", bench.dir.path().display());
    let refused = bench.run(&["--exit-with-parent", &by_agent]);
    assert_eq!(refused.code(), "E_NET_NOT_ALLOWED", "{refused:?}");
    let allowed = format!("--allow-net=127.0.0.0/8:{port}");
    let run = bench.start(&["--exit-with-parent", &by_agent, &allowed]);
    assert_eq!(curl(&records(port), "x", &[]).unwrap().0, 200);
    assert_eq!(run.terminate().exit, Some(0));

    let (bench, _) = to_http(port, 10);
    let got = bench.path("got");
    let _receiver = Receiver::start(port, &got, &[]);
    for other in [
        "--allow-net=127.0.0.1:1",
        "--allow-net=[::1]",
        "--allow-net=localhost",
    ] {
        let refused = bench.run(&[other]);
        assert_eq!(refused.code(), "E_NET_NOT_ALLOWED", "{other}: {refused:?}");
    }
    assert!(!got.exists());
    assert_eq!(bench.run(&[&allowed]).exit, Some(0));
}
