//! WebSockets against Node's client, against raw bytes, and against each other over TLS.
#![cfg(feature = "websocket")]

mod bench;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use bench::http::free_port;
use bench::tls::{Authority, Proofs, file};
use bench::websocket::{Client, egress, ingress, url};
use bench::{Bench, PATIENCE, Random, kept, wait_until};
use byteor_config::adapters::websocket::{
    WebsocketEgressFraming, WebsocketIngressFraming, WebsocketRole,
};
use byteor_config::{Egress, Ingress, SecretKind, SecretReference};

fn from_websocket(port: u16, framing: WebsocketIngressFraming) -> Bench {
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = Ingress::Websocket(ingress(port, framing));
    bench
}

fn lines(count: u64) -> String {
    (1..=count)
        .map(|number| format!("record {number}\n"))
        .collect()
}

fn to_websocket(port: u16, count: u64, framing: WebsocketEgressFraming) -> Bench {
    let mut bench = Bench::new(lines(count).as_bytes(), &["identity"]);
    bench.config.egress = Egress::Websocket(egress(port, framing));
    bench
}

fn secret(bench: &mut Bench, name: &str, text: &str) {
    let path = file(bench, name, text);
    bench.config.secrets.push(SecretReference {
        name: name.into(),
        kind: SecretKind::File,
        path: path.to_str().unwrap().into(),
    });
}

#[test]
fn messages_of_a_client_are_records() {
    let port = free_port();
    let bench = from_websocket(port, WebsocketIngressFraming::Whole);
    let sent = bench.path("sent");
    fs::write(&sent, lines(2_000)).unwrap();
    let run = bench.start(&[]);
    let Some(mut client) = Client::start("send", &url(port), &sent, "whole") else {
        return;
    };
    assert_eq!(client.line(), "{\"sent\":2000}\n");
    bench.wait_for("out.log", lines(2_000).as_bytes());
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.count("records_in")), (Some(0), 2_000));
}

#[test]
fn killed_runs_lose_nothing_of_what_is_numbered() {
    let (port, total) = (free_port(), 3_000);
    let bench = from_websocket(port, WebsocketIngressFraming::Numbered);
    let sent = bench.path("sent");
    fs::write(&sent, lines(total)).unwrap();
    let mut run = bench.start(&[]);
    let Some(mut client) = Client::start("send", &url(port), &sent, "numbered") else {
        return;
    };
    let mut random = Random(3);
    for _ in 0..12 {
        std::thread::sleep(Duration::from_micros(20_000 + random.below(60_000)));
        run.kill();
        run = bench.start(&[]);
    }
    let said: serde_json::Value = serde_json::from_str(&client.line()).unwrap();
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0));
    let out = String::from_utf8(bench.read("out.log")).unwrap();
    let (mut next, mut doubled) = (1, 0);
    for line in out.lines() {
        let number: u64 = line.strip_prefix("record ").unwrap().parse().unwrap();
        assert!(number <= next, "{number} after {next}: something is lost");
        doubled += u64::from(number < next);
        next = next.max(number + 1);
    }
    assert_eq!(next, total + 1);
    let again = said["sent"].as_u64().unwrap() - total;
    assert!(doubled <= again, "{doubled} doubled, {again} sent again");
    println!("12 kills: 0 lost, {doubled} doubled of {again} sent again");
}

#[test]
fn killed_runs_and_clients_lose_nothing_that_goes_out_numbered() {
    let (port, total) = (free_port(), 60_000);
    let bench = to_websocket(port, total, WebsocketEgressFraming::Numbered).follow();
    let got = bench.path("got");
    let mut run = bench.start(&[]);
    let mut random = Random(4);
    for kill in 0..12 {
        let Some(client) = Client::start("take", &url(port), &got, "numbered") else {
            return;
        };
        let before = fs::metadata(&got).map_or(0, |got| got.len());
        wait_until("something more", || {
            fs::metadata(&got).is_ok_and(|got| got.len() > before)
        });
        std::thread::sleep(Duration::from_micros(random.below(20_000)));
        if kill % 2 == 0 {
            run.kill();
            run = bench.start(&[]);
        }
        drop(client);
    }
    let client = Client::start("take", &url(port), &got, "numbered");
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
    drop(client);
    let (once, again) = kept(&got);
    assert_eq!(once, lines(total));
    println!("12 kills: 0 lost, {again} came again under their numbers");
}

/// The head of an upgrade, and the status of its answer.
fn handshake(port: u16, path: &str, more: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{more}\r\n").unwrap();
    let (mut answer, mut byte) = (String::new(), [0]);
    while !answer.ends_with("\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        answer.push(byte[0].into());
    }
    let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
    (stream, status)
}

/// A frame of a client, with a mask of zeros.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode, 0x80 | 127];
    frame.extend((payload.len() as u64).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The code with which a server closes.
fn closed_with(mut stream: TcpStream) -> Option<u16> {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let at = answer.iter().position(|byte| *byte == 0x88)?;
    Some(u16::from_be_bytes([
        *answer.get(at + 2)?,
        *answer.get(at + 3)?,
    ]))
}

const NUMBERED: &str = "sec-websocket-protocol: byteor.numbered.v1\r\n";

#[test]
fn hostile_clients_are_refused_and_others_are_not_kept_waiting() {
    let port = free_port();
    let mut bench = from_websocket(port, WebsocketIngressFraming::Numbered);
    secret(&mut bench, "token", "0123456789abcdef");
    let Ingress::Websocket(socket) = &mut bench.config.ingress else {
        panic!("it is a WebSocket");
    };
    socket.token = Some("token".into());
    socket.max_message_bytes = 1_000;
    let run = bench.start(&[]);
    let proof = "authorization: Bearer 0123456789abcdef\r\n";
    let both = format!("{proof}{NUMBERED}");
    assert_eq!(handshake(port, "/elsewhere", &both).1, "404");
    assert_eq!(handshake(port, "/records", NUMBERED).1, "401");
    assert_eq!(handshake(port, "/records", proof).1, "400");
    let silent = TcpStream::connect(("127.0.0.1", port)).unwrap();
    for (message, code) in [
        (frame(2, &[0; 1_001]), 1009),
        (frame(2, &[0, 1]), 1002),
        (frame(2, &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, b'x']), 1002),
        (
            frame(
                2,
                &[
                    255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0,
                ],
            ),
            1002,
        ),
    ] {
        let (mut stream, status) = handshake(port, "/records", &both);
        assert_eq!(status, "101");
        stream.write_all(&message).unwrap();
        assert_eq!(closed_with(stream), Some(code));
    }
    // A frame that says that it is the largest there can be.
    let (mut stream, _) = handshake(port, "/records", &both);
    stream
        .write_all(&[
            0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0,
        ])
        .unwrap();
    assert_eq!(closed_with(stream), Some(1009));
    let (mut stream, _) = handshake(port, "/records", &both);
    stream
        .write_all(&frame(2, &[0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, b'x']))
        .unwrap();
    let mut answer = [0; 10];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [0x82, 8, 0, 0, 0, 0, 0, 0, 0, 7]);
    assert_eq!(bench.read("out.log"), b"x\n");
    drop(silent);
    assert_eq!(run.terminate().count("records_in"), 1);
}

#[test]
fn one_client_at_a_time_has_the_records_and_a_wrong_acknowledgement_counts_for_nothing() {
    let port = free_port();
    let bench = to_websocket(port, 3, WebsocketEgressFraming::Numbered).follow();
    let run = bench.start(&[]);
    let (mut first, status) = handshake(port, "/records", NUMBERED);
    assert_eq!(status, "101");
    assert_eq!(handshake(port, "/records", NUMBERED).1, "409");
    first.write_all(&frame(2, &99_u64.to_be_bytes())).unwrap();
    let mut rest = Vec::new();
    let _ = first.read_to_end(&mut rest);
    drop(first);
    // The next one has all of it again.
    let (mut second, status) = handshake(port, "/records", NUMBERED);
    assert_eq!(status, "101");
    let mut head = [0; 2];
    second.read_exact(&mut head).unwrap();
    assert_eq!(head, [0x81, 16]);
    second.write_all(&frame(2, &3_u64.to_be_bytes())).unwrap();
    let checkpoint = bench.path("rejected.log.checkpoint");
    wait_until("the account", || {
        fs::read_to_string(&checkpoint).is_ok_and(|text| text.contains("\noutput.number=3\n"))
    });
    assert_eq!(run.terminate().exit, Some(0));
}

#[test]
fn text_has_to_be_text_and_nobody_who_listens_is_told() {
    let port = free_port();
    let bench = to_websocket(port, 2, WebsocketEgressFraming::Text);
    bench.append(b"\xff\n");
    let got = bench.path("got");
    let run = bench.start(&[]);
    let Some(_client) = Client::start("take", &url(port), &got, "whole") else {
        return;
    };
    let ran = run.wait();
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_WEBSOCKET_TEXT"),
        "{ran:?}"
    );
    wait_until("what came before", || {
        fs::read_to_string(&got).is_ok_and(|text| text == lines(2))
    });

    // Asked to stop while nobody takes anything, it says so, and the next run has it all.
    let bench = to_websocket(free_port(), 2, WebsocketEgressFraming::Binary).follow();
    let run = bench.start(&[]);
    std::thread::sleep(Duration::from_millis(100));
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(5), "E_PEER_DOWN"), "{ran:?}");
}

/// Both ends are ours: who connects, and who proves what over TLS.
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
        let mut taking = from_websocket(port, WebsocketIngressFraming::Numbered);
        let mut sending = to_websocket(port, 2_000, WebsocketEgressFraming::Numbered);
        for bench in [&mut taking, &mut sending] {
            secret(bench, "token", "0123456789abcdef");
        }
        secret(&mut taking, "zkey", &server.1);
        let authorities = file(&taking, "authorities.pem", &right.0.pem());
        let authorities = authorities.to_str().unwrap().to_owned();
        let certificate = file(&taking, "certificate.pem", &server.0);
        let Ingress::Websocket(socket) = &mut taking.config.ingress else {
            panic!("it is a WebSocket");
        };
        socket.url = format!("wss://127.0.0.1:{port}/records");
        socket.certificate = Some(certificate.to_str().unwrap().into());
        socket.certificate_key = Some("zkey".into());
        socket.authorities = Some(authorities.clone());
        socket.token = Some("token".into());
        let own = client.map(|(certificate, key)| {
            secret(&mut sending, "zkey", &key);
            file(&sending, "own.pem", &certificate)
        });
        let Egress::Websocket(socket) = &mut sending.config.egress else {
            panic!("it is a WebSocket");
        };
        socket.role = WebsocketRole::Connect;
        socket.url = format!("wss://localhost:{port}/records");
        socket.authorities = Some(authorities);
        socket.token = Some("token".into());
        socket.certificate_key = own.as_ref().map(|_| "zkey".into());
        socket.certificate = own.map(|path| path.to_str().unwrap().into());
        socket.give_up_after_seconds = Some(1);
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

/// The side that takes connects, and the network between them is cut again and again.
#[test]
fn a_server_that_ends_in_the_middle_of_the_handshake_is_tried_again() {
    let port = free_port();
    let mut taking = from_websocket(port, WebsocketIngressFraming::Numbered);
    let Ingress::Websocket(socket) = &mut taking.config.ingress else {
        panic!("it is a WebSocket");
    };
    socket.role = WebsocketRole::Connect;
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let take = taking.start(&[]);
    let (mut stream, _) = listener.accept().unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.push(byte[0]);
    }
    drop((stream, listener));
    let sending = to_websocket(port, 10, WebsocketEgressFraming::Numbered).follow();
    let send = sending.start(&[]);
    taking.wait_for("out.log", lines(10).as_bytes());
    assert_eq!(send.terminate().exit, Some(0));
    let ran = take.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
}

#[test]
fn a_receiver_that_connects_goes_on_after_the_sender_was_killed() {
    let (port, total) = (free_port(), 20_000);
    let sending = to_websocket(port, total, WebsocketEgressFraming::Numbered).follow();
    let mut taking = from_websocket(port, WebsocketIngressFraming::Numbered);
    let Ingress::Websocket(socket) = &mut taking.config.ingress else {
        panic!("it is a WebSocket");
    };
    socket.role = WebsocketRole::Connect;
    let take = taking.start(&[]);
    let mut random = Random(5);
    let mut send = sending.start(&[]);
    for _ in 0..8 {
        std::thread::sleep(Duration::from_micros(random.below(120_000)));
        send.kill();
        send = sending.start(&[]);
    }
    wait_until("the rest", || {
        taking
            .read("out.log")
            .ends_with(format!("record {total}\n").as_bytes())
    });
    assert_eq!(send.terminate().exit, Some(0));
    let ran = take.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert!(
        ran.noticed("N_PEER_DOWN") && ran.noticed("N_PEER_BACK"),
        "{ran:?}"
    );
    let out = String::from_utf8(taking.read("out.log")).unwrap();
    let mut next = 1;
    for line in out.lines() {
        let number: u64 = line.strip_prefix("record ").unwrap().parse().unwrap();
        assert!(number <= next, "{number} after {next}: something is lost");
        next = next.max(number + 1);
    }
    assert_eq!(next, total + 1);
}
