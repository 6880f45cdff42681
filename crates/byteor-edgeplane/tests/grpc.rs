//! gRPC against grpcio's library, against raw bytes, and against each other over TLS.
#![cfg(feature = "grpc")]

mod bench;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use bench::grpc::{Peer, batch, egress, hello, ingress, status};
use bench::http::{Receiver, free_port};
use bench::tls::{Authority, Proofs, file};
use bench::{Bench, PATIENCE, Ran, Random, kept, tools, wait_until};
use byteor_config::adapters::grpc::{GrpcEgress, GrpcIngress};
use byteor_config::{Egress, Ingress, SecretKind, SecretReference};

fn from_grpc(port: u16) -> Bench {
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = Ingress::Grpc(ingress(port));
    bench
}

fn lines(count: u64) -> String {
    (1..=count)
        .map(|number| format!("record {number}\n"))
        .collect()
}

fn to_grpc(port: u16, count: u64) -> Bench {
    let mut bench = Bench::new(lines(count).as_bytes(), &["identity"]);
    bench.config.egress = Egress::Grpc(egress(port));
    bench
}

fn source(bench: &mut Bench) -> &mut GrpcIngress {
    match &mut bench.config.ingress {
        Ingress::Grpc(grpc) => grpc,
        _ => panic!("it is gRPC"),
    }
}

fn sink(bench: &mut Bench) -> &mut GrpcEgress {
    match &mut bench.config.egress {
        Egress::Grpc(grpc) => grpc,
        _ => panic!("it is gRPC"),
    }
}

const TOKEN: &str = "0123456789abcdef";

fn secret(bench: &mut Bench, name: &str, text: &str) {
    let path = file(bench, name, text);
    bench.config.secrets.push(SecretReference {
        name: name.into(),
        kind: SecretKind::File,
        path: path.to_str().unwrap().into(),
    });
}

#[test]
fn records_of_a_sender_are_acknowledged_when_they_last_and_taken_once() {
    let port = free_port();
    let bench = from_grpc(port);
    let sent = file(&bench, "sent", &lines(2_000));
    let run = bench.start(&[]);
    let Some(mut peer) = Peer::send(port, "orders", &sent, &[]) else {
        return;
    };
    let report = peer.report();
    assert_eq!(report["codes"], serde_json::json!({"OK": 1}), "{report}");
    // It was told so, so it is there.
    assert_eq!(bench.read("out.log"), lines(2_000).as_bytes());
    let checkpoint = String::from_utf8(bench.read("out.log.checkpoint")).unwrap();
    assert!(
        checkpoint.contains("input.kind=grpc\ninput.number=2000\ninput.at=orders="),
        "{checkpoint}"
    );
    // Any bytes are a record, and an empty one too; one that is too large is kept aside.
    let large = [b'x'; 300];
    let records: [&[u8]; 4] = [b"\0\xff", b"", &large, b"last"];
    let said = status(port, &[&hello("other"), &batch(7, &records)], &[]).unwrap();
    assert_eq!(said, "OK");
    let all = [lines(2_000).as_bytes(), b"\0\xff\n\nlast\n"].concat();
    assert_eq!(bench.read("out.log"), all);
    assert_eq!(bench.read("rejected.log").len(), 301);
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.count("records_in")), (Some(0), 2_004));

    // The next run knows both streams: who sends again has it there once.
    let run = bench.start(&[]);
    let mut peer = Peer::send(port, "orders", &sent, &["--again"]).unwrap();
    assert_eq!(peer.report()["sent"], 2_000);
    let said = status(
        port,
        &[&hello("other"), &batch(9, &[b"", b"last", b"new"])],
        &[],
    );
    assert_eq!(said.unwrap(), "OK");
    assert_eq!(run.terminate().count("records_in"), 2_005);
    assert_eq!(bench.read("out.log"), [&all[..], b"new\n"].concat());
}

#[test]
fn killed_runs_have_each_record_of_a_sender_once() {
    let (port, total) = (free_port(), 60_000);
    let bench = from_grpc(port);
    let sent = file(&bench, "sent", &lines(total));
    let mut run = bench.start(&[]);
    let Some(mut peer) = Peer::send(port, "orders", &sent, &[]) else {
        return;
    };
    let mut random = Random(3);
    let whole = lines(total).len() as u64;
    let size = || fs::metadata(bench.path("out.log")).map_or(0, |out| out.len());
    for _ in 0..20 {
        let before = size();
        wait_until("something more", || size() > before || size() == whole);
        std::thread::sleep(Duration::from_micros(random.below(20_000)));
        run.kill();
        run = bench.start(&[]);
    }
    let report = peer.report();
    assert_eq!(run.terminate().exit, Some(0));
    assert!(bench.read("out.log") == lines(total).as_bytes());
    let again = report["sent"].as_u64().unwrap() - total;
    println!(
        "20 kills: 0 lost, 0 doubled, {again} sent again in {} calls",
        report["calls"]
    );
}

#[test]
fn killed_runs_and_receivers_lose_nothing_and_double_nothing_where_positions_are_kept() {
    for flags in [&["--positions"][..], &[]] {
        let (port, total) = (free_port(), 60_000);
        let bench = to_grpc(port, total).follow();
        let got = bench.path("got");
        let Some(peer) = Peer::take(port, &got, flags) else {
            return;
        };
        let mut peer = Some(peer);
        let mut random = Random(11);
        let mut run = bench.start(&[]);
        for kill in 0..20 {
            std::thread::sleep(Duration::from_micros(random.below(60_000)));
            if kill % 2 == 0 {
                run.kill();
                run = bench.start(&[]);
            } else {
                drop(peer.take());
                std::thread::sleep(Duration::from_micros(random.below(30_000)));
                peer = Peer::take(port, &got, flags);
            }
        }
        let last = format!("\trecord {total}\n");
        wait_until("the rest", || {
            fs::read_to_string(&got).unwrap_or_default().contains(&last)
        });
        let ran = run.terminate();
        assert_eq!(
            (ran.exit, ran.count("records_out")),
            (Some(0), total),
            "{ran:?}"
        );
        let (once, again) = kept(&got);
        assert_eq!(once, lines(total));
        assert!(flags.is_empty() || again == 0, "{again} are doubled");
        let streams = fs::read_to_string(bench.path("got.streams")).unwrap();
        let first = streams.lines().next().unwrap();
        assert!(streams.lines().all(|stream| stream == first), "{streams}");
        println!("20 kills: 0 lost, {again} came again under their numbers ({flags:?})");
    }
}

#[test]
fn two_pipelines_of_which_both_are_killed_deliver_each_record_once() {
    let (port, total) = (free_port(), 400_000);
    let sending = to_grpc(port, total).follow();
    let taking = from_grpc(port);
    let mut take = taking.start(&[]);
    let mut send = sending.start(&[]);
    let mut random = Random(5);
    let whole = lines(total).len() as u64;
    let size = || fs::metadata(taking.path("out.log")).map_or(0, |out| out.len());
    let mut through = 0;
    for kill in 0..20 {
        let before = size();
        wait_until("something more", || size() > before || size() == whole);
        std::thread::sleep(Duration::from_micros(random.below(10_000)));
        through += u64::from(size() == whole);
        if kill % 2 == 0 {
            send.kill();
            send = sending.start(&[]);
        } else {
            take.kill();
            take = taking.start(&[]);
        }
    }
    wait_until("the rest", || size() >= whole);
    let ran = send.terminate();
    assert_eq!(
        (ran.exit, ran.count("records_out")),
        (Some(0), total),
        "{ran:?}"
    );
    assert_eq!(take.terminate().exit, Some(0));
    assert!(taking.read("out.log") == lines(total).as_bytes());
    println!("20 kills, {through} of them when all was there: 0 lost, 0 doubled");
}

#[test]
fn a_run_that_is_asked_to_stop_acknowledges_what_it_took() {
    let (port, total) = (free_port(), 20_000);
    let bench = from_grpc(port);
    let sent = file(&bench, "sent", &lines(total));
    let run = bench.start(&[]);
    let Some(mut peer) = Peer::send(port, "orders", &sent, &[]) else {
        return;
    };
    wait_until("something", || !bench.read("out.log").is_empty());
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    let run = bench.start(&[]);
    let report = peer.report();
    assert_eq!(report["codes"]["OK"], 1, "{report}");
    assert_eq!(run.terminate().count("records_in"), total);
    assert!(bench.read("out.log") == lines(total).as_bytes());
}

#[test]
fn hostile_calls_end_with_what_is_wrong_and_leave_nothing_behind() {
    let port = free_port();
    let mut bench = from_grpc(port);
    secret(&mut bench, "token", TOKEN);
    source(&mut bench).token = Some("token".into());
    source(&mut bench).max_message_bytes = 1_000;
    let run = bench.start(&[]);
    let proof = ["--token", TOKEN];
    let ask = |messages: &[&[u8]], flags: &[&str]| {
        let said = status(port, messages, flags)?;
        Some(said.split(' ').next().unwrap().to_owned())
    };
    let orders = hello("orders");
    let one = batch(1, &[b"one"]);
    let Some(said) = ask(&[&orders, &one], &[]) else {
        return;
    };
    assert_eq!(said, "UNAUTHENTICATED");
    let large = [b'x'; 1_000];
    for (messages, flags, code) in [
        (
            &[&orders[..], &one][..],
            &["--token", "0123456789abcdee"][..],
            "UNAUTHENTICATED",
        ),
        (&[], &proof, "OK"),
        (&[&one], &proof, "INVALID_ARGUMENT"),
        (&[b""], &proof, "INVALID_ARGUMENT"),
        (&[&orders, &orders], &proof, "INVALID_ARGUMENT"),
        (&[&hello("")], &proof, "INVALID_ARGUMENT"),
        (&[&hello("a b")], &proof, "INVALID_ARGUMENT"),
        (&[&hello(&"x".repeat(65))], &proof, "INVALID_ARGUMENT"),
        (&[&orders, &batch(0, &[b"x"])], &proof, "INVALID_ARGUMENT"),
        (&[&orders, &batch(1, &[])], &proof, "INVALID_ARGUMENT"),
        (&[&orders, b"\xff\xff\xff"], &proof, "INTERNAL"),
        // A record that leads out of its message.
        (&[&orders, b"\x12\x04\x12\x7fxx"], &proof, "INTERNAL"),
        (&[&orders, &batch(1, &[&large])], &proof, "OUT_OF_RANGE"),
    ] {
        assert_eq!(ask(messages, flags).unwrap(), code, "{messages:?}");
    }
    assert_eq!(bench.read("out.log"), b"");
    // What was before something wrong is taken.
    let said = ask(&[&orders, &one, &batch(3, &[b"three"])], &proof).unwrap();
    assert_eq!(said, "FAILED_PRECONDITION");
    let two = batch(1, &[b"one", b"two"]);
    assert_eq!(ask(&[&orders, &two], &proof).unwrap(), "OK");
    assert_eq!(run.terminate().count("records_in"), 2);
    assert_eq!(bench.read("out.log"), b"one\ntwo\n");
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&len[1..], &[kind, flags, 0, 0, 0, stream], payload].concat()
}

/// The head of a call.
fn head() -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/byteor.v1.Records/Deliver"),
        (":authority", "x"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ] {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    frame(1, 4, 1, &block)
}

/// Whether a server ends the stream or the connection.
fn ends(mut stream: &TcpStream) -> bool {
    loop {
        let mut head = [0; 9];
        if let Err(error) = stream.read_exact(&mut head) {
            return !matches!(
                error.kind(),
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
            );
        }
        let len = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; len as usize];
        if stream.read_exact(&mut payload).is_err() {
            return true;
        }
        match head[3] {
            // The end of a stream; its reset; the end of the connection.
            0 | 1 if head[4] & 1 == 1 => return true,
            3 | 7 => return true,
            _ => {}
        }
    }
}

#[test]
fn hostile_bytes_end_their_connection_and_nobody_else_s() {
    let port = free_port();
    let bench = from_grpc(port);
    let run = bench.start(&[]);
    let settings = frame(4, 0, 0, &[]);
    let begin = [PREFACE, &settings].concat();
    let call = [&begin[..], &head()].concat();
    let silent = [&b""[..], &PREFACE[..5], &begin, &call].map(|bytes| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    });
    for (what, bytes) in [
        ("HTTP/1.1", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
        (
            "another protocol",
            vec![
                0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
            ],
        ),
        (
            "a frame that is too long",
            [&begin[..], &[255, 255, 255, 0, 0, 0, 0, 0, 1]].concat(),
        ),
        (
            "settings that are cut",
            [PREFACE, &frame(4, 0, 0, &[0; 5])].concat(),
        ),
        (
            "data of no stream",
            [&begin[..], &frame(0, 0, 0, b"x")].concat(),
        ),
        (
            "headers that are none",
            [&begin[..], &frame(1, 4, 1, &[0xff; 30])].concat(),
        ),
        (
            "a window that is too large",
            [&begin[..], &frame(8, 0, 0, &[0x7f, 255, 255, 255])].concat(),
        ),
        (
            "a message that is the largest there can be",
            [&call[..], &frame(0, 0, 1, &[0, 255, 255, 255, 255, 1])].concat(),
        ),
        (
            "a message in a compression that nobody named",
            [&call[..], &frame(0, 0, 1, &[1, 0, 0, 0, 1, 1])].concat(),
        ),
        (
            "a mark that there isn't",
            [&call[..], &frame(0, 0, 1, &[9, 0, 0, 0, 1, 1])].concat(),
        ),
        (
            "the end within a message",
            [&call[..], &frame(0, 1, 1, &[0, 0, 0, 0, 9, 1])].concat(),
        ),
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // It may be ended before all is written.
        let _ = stream.write_all(&bytes);
        assert!(ends(&stream), "{what}");
    }
    // Streams that are opened and reset, again and again.
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut rapid = begin.clone();
    for number in 0..2_000_u32 {
        let id = (2 * number + 1).to_be_bytes();
        let mut open = head();
        open[5..9].copy_from_slice(&id);
        let mut reset = frame(3, 0, 0, &[0, 0, 0, 8]);
        reset[5..9].copy_from_slice(&id);
        rapid.extend([open, reset].concat());
    }
    let _ = stream.write_all(&rapid);
    assert!(ends(&stream), "streams that are reset");
    if let Some(said) = status(port, &[&hello("orders"), &batch(1, &[b"one"])], &[]) {
        assert_eq!(said, "OK");
        assert_eq!(bench.read("out.log"), b"one\n");
    }
    drop(silent);
    assert_eq!(run.terminate().exit, Some(0));
}

#[test]
fn a_full_pipeline_reads_no_more_and_still_answers_pings() {
    if tools::python().is_none() {
        return;
    }
    let (port, behind) = (free_port(), free_port());
    let mut bench = from_grpc(port);
    source(&mut bench).timeout_seconds = 2;
    source(&mut bench).in_flight_bytes = 65_536;
    source(&mut bench).max_message_bytes = 65_536;
    bench.config.egress = Egress::Http(bench::http::egress(behind));
    let records: String = (1..=20_000)
        .map(|number| format!("record {number} {}\n", "x".repeat(200)))
        .collect();
    let sent = file(&bench, "sent", &records);
    let run = bench.start(&[]);
    let Some(mut peer) = Peer::send(port, "orders", &sent, &["--window", "1000000"]) else {
        return;
    };
    // Longer than either side waits for the answer to a ping.
    let memory = Memory::of(&run);
    std::thread::sleep(Duration::from_millis(2_500));
    let early = memory.kilobytes();
    std::thread::sleep(Duration::from_millis(2_500));
    let late = memory.kilobytes();
    assert!(late < early + 2_048, "{early} kB, then {late} kB");
    let got = bench.path("got");
    let _receiver = Receiver::start(behind, &got, &[]);
    let report = peer.report();
    assert_eq!(report["codes"], serde_json::json!({"OK": 1}), "{report}");
    assert_eq!(report["sent"], 20_000);
    assert_eq!(run.terminate().exit, Some(0));
    let (once, again) = kept(&got);
    assert!(once == records && again == 0, "{again} came again");
}

#[test]
fn a_second_call_has_the_stream_and_the_first_one_comes_again() {
    if tools::python().is_none() {
        return;
    }
    let (port, behind) = (free_port(), free_port());
    let mut bench = from_grpc(port);
    bench.config.egress = Egress::Http(bench::http::egress(behind));
    let sent = file(&bench, "sent", &lines(100));
    let run = bench.start(&[]);
    let Some(mut peer) = Peer::send(port, "orders", &sent, &[]) else {
        return;
    };
    wait_until("the first call", || {
        let said = status(port, &[&hello("orders")], &[]).unwrap();
        // It waits for what isn't delivered yet, until the first sender is back.
        said.starts_with("ABORTED E_GRPC_TAKEN")
    });
    let got = bench.path("got");
    let _receiver = Receiver::start(behind, &got, &[]);
    let report = peer.report();
    assert_eq!(report["codes"]["OK"], 1, "{report}");
    assert!(report["codes"]["ABORTED"].as_u64() >= Some(1), "{report}");
    assert_eq!(run.terminate().count("records_in"), 100);
    assert_eq!(kept(&got), (lines(100), 0));
}

/// How much memory a run has.
struct Memory(String);

impl Memory {
    fn of(run: &bench::Started) -> Self {
        Self(format!("/proc/{}/status", run.pid().as_raw_nonzero()))
    }

    fn kilobytes(&self) -> u64 {
        let status = fs::read_to_string(&self.0).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS"));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.unwrap().parse().unwrap()
    }
}

#[test]
fn a_receiver_that_reads_nothing_holds_the_run_up_in_bounded_memory() {
    let port = free_port();
    let bench = to_grpc(port, 200_000).follow();
    let got = bench.path("got");
    let Some(peer) = Peer::take(port, &got, &["--deaf"]) else {
        return;
    };
    let run = bench.start(&[]);
    let memory = Memory::of(&run);
    std::thread::sleep(Duration::from_millis(800));
    let early = memory.kilobytes();
    std::thread::sleep(Duration::from_millis(1_500));
    let late = memory.kilobytes();
    assert!(late < early + 2_048, "{early} kB, then {late} kB");
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(5), "E_PEER_DOWN"), "{ran:?}");
    drop(peer);
    // The next run has it all, with another receiver.
    let run = bench.start(&[]);
    let _peer = Peer::take(port, &got, &[]);
    wait_until("the rest", || {
        fs::read_to_string(&got)
            .unwrap_or_default()
            .contains("\trecord 200000\n")
    });
    assert_eq!(run.terminate().exit, Some(0));
    assert_eq!(kept(&got), (lines(200_000), 0));
}

/// What a peer does with a connection.
type Behaviour = fn(TcpStream);

fn reads_the_preface(stream: &mut TcpStream) {
    let mut preface = [0; PREFACE.len()];
    stream.read_exact(&mut preface).unwrap();
    assert_eq!(preface, PREFACE);
}

const DYING: [Behaviour; 6] = [
    drop,
    |mut stream| reads_the_preface(&mut stream),
    |mut stream| {
        reads_the_preface(&mut stream);
        stream.write_all(&frame(4, 0, 0, &[])).unwrap();
    },
    |mut stream| {
        reads_the_preface(&mut stream);
        let goaway = frame(7, 0, 0, &[0; 8]);
        let both = [frame(4, 0, 0, &[]), goaway].concat();
        stream.write_all(&both).unwrap();
    },
    |mut stream| {
        reads_the_preface(&mut stream);
        let refused = frame(3, 0, 1, &[0, 0, 0, 7]);
        let both = [frame(4, 0, 0, &[]), refused].concat();
        stream.write_all(&both).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    },
    |mut stream| {
        reads_the_preface(&mut stream);
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
    },
];

#[test]
fn a_server_that_dies_in_the_middle_of_anything_is_tried_again() {
    let authority = Authority::new();
    let (certificate, key) = authority.certificate("localhost", 2100);
    for secured in [false, true] {
        let port = free_port();
        let mut bench = to_grpc(port, 100);
        let (certificate, key) = (
            file(&bench, "c.pem", &certificate),
            file(&bench, "k.pem", &key),
        );
        let authorities = file(&bench, "a.pem", &authority.0.pem());
        let mut flags = Vec::new();
        if secured {
            sink(&mut bench).url = format!("https://localhost:{port}");
            sink(&mut bench).authorities = Some(authorities.to_str().unwrap().into());
            flags = vec![
                "--tls",
                certificate.to_str().unwrap(),
                key.to_str().unwrap(),
            ];
        }
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let run = bench.start(&[]);
        if secured {
            // In front of TLS, and within its handshake.
            drop(listener.accept().unwrap());
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0; 5]).unwrap();
            drop(stream);
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0; 5]).unwrap();
            stream.write_all(&[0x16, 3, 3, 0, 50, 2, 0]).unwrap();
            drop(stream);
        } else {
            for behaviour in DYING {
                behaviour(listener.accept().unwrap().0);
            }
        }
        drop(listener);
        let got = bench.path("got");
        let Some(_peer) = Peer::take(port, &got, &flags) else {
            return;
        };
        let ran = run.wait();
        assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
        assert!(
            ran.noticed("N_PEER_DOWN") && ran.noticed("N_PEER_BACK"),
            "{ran:?}"
        );
        assert_eq!(kept(&got), (lines(100), 0));
    }
}

#[test]
fn answers_that_no_retry_mends_end_the_run_and_others_are_tried_again() {
    let port = free_port();
    let mut bench = to_grpc(port, 10);
    let got = bench.path("got");
    for answer in [
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "PERMISSION_DENIED",
        "FAILED_PRECONDITION",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "UNAUTHENTICATED",
    ] {
        let Some(_peer) = Peer::take(port, &got, &["--answer", answer]) else {
            return;
        };
        let ran = bench.run(&[]);
        assert_eq!(
            (ran.exit, ran.code()),
            (Some(5), "E_GRPC_REFUSED"),
            "{ran:?}"
        );
        let message = ran.last()["message"].as_str().unwrap();
        let word = answer.to_lowercase().replace('_', "");
        assert!(message.to_lowercase().contains(&word), "{ran:?}");
    }
    sink(&mut bench).give_up_after_seconds = Some(1);
    for answer in ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "ABORTED", "UNKNOWN"] {
        let _peer = Peer::take(port, &got, &["--answer", answer]);
        let ran = bench.run(&[]);
        assert_eq!((ran.exit, ran.code()), (Some(5), "E_PEER_DOWN"), "{ran:?}");
    }
    assert_eq!(fs::read(&got).unwrap(), b"");
    let peer = Peer::take(port, &got, &["--positions"]);
    bench.run_well();
    assert_eq!(kept(&got), (lines(10), 0));
    drop(peer);
    // One that lost what it had acknowledged is told from one that never had it.
    bench.append(b"record 11\n");
    let peer = Peer::take(port, &got, &["--behind", "3"]);
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_GRPC_BEHIND"),
        "{ran:?}"
    );
    drop(peer);
    // One that has more than was known isn't sent it.
    bench.append(b"record 12\nrecord 13\n");
    let _peer = Peer::take(port, &got, &["--behind", "12"]);
    bench.run_well();
    let text = fs::read_to_string(&got).unwrap();
    assert!(text.ends_with("10\trecord 10\n13\trecord 13\n"), "{text}");
}

/// Both ends are ours: who proves what over TLS.
#[test]
fn two_pipelines_trust_each_other_by_certificates_or_send_nothing() {
    let right = Authority::new();
    for proofs in Proofs::all(&right) {
        let Proofs {
            what,
            server,
            client,
            trusted,
        } = proofs;
        let port = free_port();
        let (mut taking, mut sending) = (from_grpc(port), to_grpc(port, 2_000));
        for bench in [&mut taking, &mut sending] {
            secret(bench, "token", TOKEN);
        }
        secret(&mut taking, "zkey", &server.1);
        let authorities = file(&taking, "authorities.pem", &right.0.pem());
        let authorities = authorities.to_str().unwrap().to_owned();
        let certificate = file(&taking, "certificate.pem", &server.0);
        let grpc = source(&mut taking);
        grpc.certificate = Some(certificate.to_str().unwrap().into());
        grpc.certificate_key = Some("zkey".into());
        grpc.authorities = Some(authorities.clone());
        grpc.token = Some("token".into());
        let own = client.map(|(certificate, key)| {
            secret(&mut sending, "zkey", &key);
            file(&sending, "own.pem", &certificate)
        });
        let grpc = sink(&mut sending);
        grpc.url = format!("https://localhost:{port}");
        grpc.authorities = Some(authorities);
        grpc.token = Some("token".into());
        grpc.certificate_key = own.as_ref().map(|_| "zkey".into());
        grpc.certificate = own.map(|path| path.to_str().unwrap().into());
        grpc.give_up_after_seconds = Some(1);
        let run = taking.start(&[]);
        let ran = sending.run(&[]);
        if trusted {
            assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
            assert_eq!(taking.read("out.log"), lines(2_000).as_bytes());
        } else {
            assert_eq!(
                (ran.exit, ran.code()),
                (Some(5), "E_PEER_DOWN"),
                "{what}: {ran:?}"
            );
            assert_eq!(taking.read("out.log"), b"", "{what}");
        }
        assert_eq!(run.terminate().exit, Some(0), "{what}");
    }
}

#[test]
fn grpcio_speaks_tls_with_both_sides_and_believes_nobody_else() {
    let (right, wrong) = (Authority::new(), Authority::new());
    let (certificate, key) = right.certificate("localhost", 2100);
    let port = free_port();
    let mut bench = from_grpc(port);
    let path = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    secret(&mut bench, "token", TOKEN);
    secret(&mut bench, "zkey", &key);
    let certificate = path(file(&bench, "certificate.pem", &certificate));
    let key = path(file(&bench, "key.pem", &key));
    let believed = path(file(&bench, "right.pem", &right.0.pem()));
    let strange = path(file(&bench, "wrong.pem", &wrong.0.pem()));
    let grpc = source(&mut bench);
    (grpc.certificate, grpc.certificate_key) = (Some(certificate.clone()), Some("zkey".into()));
    (grpc.authorities, grpc.token) = (Some(believed.clone()), Some("token".into()));
    let run = bench.start(&[]);
    let one = [hello("orders"), batch(1, &[b"one"])];
    let one = one.each_ref().map(Vec::as_slice);
    let own = [
        "--token",
        TOKEN,
        "--tls",
        &certificate,
        &key,
        "--authorities",
    ];
    let Some(said) = status(port, &one, &[&own[..], &[&strange]].concat()) else {
        return;
    };
    assert!(said.starts_with("UNAVAILABLE"), "{said}");
    let said = status(port, &one, &["--token", TOKEN, "--authorities", &believed]).unwrap();
    assert!(said.starts_with("UNAVAILABLE"), "no certificate: {said}");
    assert_eq!(bench.read("out.log"), b"");
    let said = status(port, &one, &[&own[..], &[&believed]].concat()).unwrap();
    assert_eq!(said, "OK");
    assert_eq!(run.terminate().exit, Some(0));
    assert_eq!(bench.read("out.log"), b"one\n");

    // The other way round.
    let port = free_port();
    let mut bench = to_grpc(port, 100);
    let got = bench.path("got");
    secret(&mut bench, "token", TOKEN);
    fs::copy(&key, bench.path("zkey")).unwrap();
    bench.config.secrets.push(SecretReference {
        name: "zkey".into(),
        kind: SecretKind::File,
        path: path(bench.path("zkey")),
    });
    let grpc = sink(&mut bench);
    grpc.url = format!("https://localhost:{port}");
    (grpc.authorities, grpc.token) = (Some(believed.clone()), Some("token".into()));
    (grpc.certificate, grpc.certificate_key) = (Some(certificate.clone()), Some("zkey".into()));
    let _peer = Peer::take(port, &got, &[&own[..], &[&believed]].concat());
    bench.run_well();
    assert_eq!(kept(&got), (lines(100), 0));
}

/// The steps of a trial of one side, each with the code of its failure.
fn steps(ran: &Ran, side: &str) -> Vec<(String, String)> {
    let tried = ran.events.iter().filter(|event| {
        event["event"] == "tried" && event["side"] == side && event["step"] != "open"
    });
    let word =
        |event: &serde_json::Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
    tried
        .map(|event| (word(event, "step"), word(event, "code")))
        .collect()
}

#[test]
fn a_trial_shows_which_step_fails_and_touches_no_stream() {
    const TRY: &str = "--try-connections";
    let step = |step: &str, code: &str| (step.to_owned(), code.to_owned());
    let port = free_port();
    let mut bench = to_grpc(port, 10);
    let got = bench.path("got");
    secret(&mut bench, "token", TOKEN);
    sink(&mut bench).token = Some("token".into());
    let (resolve, connect) = (step("resolve", ""), step("connect", ""));
    let Some(peer) = Peer::take(port, &got, &["--token", TOKEN]) else {
        return;
    };
    let ran = bench.run(&[TRY]);
    let found = steps(&ran, "sink");
    assert_eq!(
        found,
        [resolve.clone(), connect.clone(), step("authenticate", "")],
        "{ran:?}"
    );
    assert!(!bench.path("got.streams").exists());
    drop(peer);
    for flags in [["--token", "another"], ["--answer", "UNIMPLEMENTED"]] {
        let _peer = Peer::take(port, &got, &flags);
        let ran = bench.run(&[TRY]);
        let last = step("authenticate", "E_TRIAL_AUTHENTICATE");
        assert_eq!(
            steps(&ran, "sink"),
            [resolve.clone(), connect.clone(), last],
            "{ran:?}"
        );
        assert!(!format!("{ran:?}").contains(TOKEN), "{ran:?}");
    }
    let ran = bench.run(&[TRY]);
    assert_eq!(
        steps(&ran, "sink"),
        [resolve.clone(), step("connect", "E_TRIAL_CONNECT")]
    );

    // One of ours at the other end, and what it says of its own side.
    let taking = from_grpc(port);
    let ran = taking.run(&[TRY]);
    assert_eq!(steps(&ran, "source"), [step("listen", "")], "{ran:?}");
    let run = taking.start(&[]);
    let ran = bench.run(&[TRY]);
    assert_eq!(
        steps(&ran, "sink"),
        [resolve, connect, step("authenticate", "")],
        "{ran:?}"
    );
    let ran = taking.run(&[TRY]);
    assert_eq!(
        steps(&ran, "source"),
        [step("listen", "E_LISTEN")],
        "{ran:?}"
    );
    assert_eq!(run.terminate().count("records_in"), 0);
}

#[test]
fn only_what_the_host_s_owner_allows_is_listened_at_or_reached() {
    let port = free_port();
    let bench = from_grpc(port);
    let refused = bench.run(&["--allow-net=10.0.0.0/8"]);
    assert_eq!(refused.code(), "E_NET_NOT_ALLOWED", "{refused:?}");
    let sending = to_grpc(port, 10);
    for other in [
        "--allow-net=127.0.0.1:1",
        "--allow-net=[::1]",
        "--allow-net=localhost",
    ] {
        let refused = sending.run(&[other]);
        assert_eq!(refused.code(), "E_NET_NOT_ALLOWED", "{other}: {refused:?}");
    }
    let allowed = format!("--allow-net=127.0.0.0/8:{port}");
    let run = bench.start(&[&allowed]);
    let ran = sending.run(&[&allowed]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert_eq!(run.terminate().count("records_in"), 10);
    assert_eq!(bench.read("out.log"), lines(10).as_bytes());
}
