//! A single-producer lane of which either end is killed, and another takes its place.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use indexbus::Error;
use indexbus_proof::rounds;
use indexbus_transport_shm::EventsRegion;

use crate::process::{Other, join, other, payload};

/// Sends from 0 on, in batches of one to sixty.
fn send(path: &Path) {
    let mut region = join(path);
    let (mut tx, _) = region.split_spsc().unwrap();
    println!("began");
    for n in 0.. {
        while tx.put(&payload(n)) == Err(Error::Full) {
            tx.flush();
            std::thread::yield_now();
        }
        if n % 61 < n % 7 {
            tx.flush();
        }
    }
}

/// Receives for ever, and writes down each number as soon as it has it.
fn receive(path: &Path) {
    let mut region = join(path);
    let (_, mut rx) = region.split_spsc().unwrap();
    let seen = File::options()
        .append(true)
        .open(path.with_extension("seen"));
    let mut seen = seen.unwrap();
    println!("began");
    let mut into = [0; 256];
    loop {
        let came = rx.drain(50, &mut into, |bytes| {
            let n = u64::from_le_bytes(bytes[..8].try_into().unwrap());
            assert_eq!(bytes, payload(n), "whole");
            seen.write_all(&bytes[..8]).unwrap();
        });
        if came.unwrap() == 0 {
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_killed_sender_leaves_whole_payloads_in_order_and_room_for_the_next() {
    if let Some((path, _)) = other() {
        return send(&path);
    }
    let test = "single::a_killed_sender_leaves_whole_payloads_in_order_and_room_for_the_next";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let mut region = EventsRegion::open_path(&path).unwrap();
    let (_, mut rx) = region.split_spsc().unwrap();
    let mut into = [0; 256];
    for round in rounds("kills", 25) {
        let mut sender = Other::start(test, "sends", &path, "began");
        let mut next = 0;
        let mut see = |bytes: &[u8]| {
            assert_eq!(bytes, payload(next), "whole, in order, each once");
            next += 1;
        };
        let begun = Instant::now();
        while rx.drain(64, &mut into, &mut see).unwrap() == 0 {
            assert!(begun.elapsed() < Duration::from_secs(10), "nothing came");
            std::thread::yield_now();
        }
        let deadline = Instant::now() + Duration::from_micros(250 * (round % 25));
        while Instant::now() < deadline {
            rx.drain(64, &mut into, &mut see).unwrap();
        }
        sender.kill();
        while rx.drain(64, &mut into, &mut see).unwrap() > 0 {}
        assert!(next > 0);
    }
}

#[test]
fn a_killed_receiver_is_followed_by_one_that_gets_nothing_twice() {
    if let Some((path, _)) = other() {
        return receive(&path);
    }
    let test = "single::a_killed_receiver_is_followed_by_one_that_gets_nothing_twice";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let seen = path.with_extension("seen");
    File::create(&seen).unwrap();
    let mut region = EventsRegion::open_path(&path).unwrap();
    let (mut tx, _) = region.split_spsc().unwrap();
    let (mut sent, mut kills) = (0, 0);
    for round in rounds("kills", 25) {
        kills += 1;
        let mut receiver = Other::start(test, "receives", &path, "began");
        let deadline = Instant::now() + Duration::from_micros(500 * (round % 25 + 1));
        while Instant::now() < deadline {
            match tx.publish(&payload(sent)) {
                Ok(()) => sent += 1,
                Err(Error::Full) => std::thread::yield_now(),
                Err(e) => panic!("{e}"),
            }
        }
        receiver.kill();
    }
    // The last one gets what is left, up to what is sent now.
    let _last = Other::start(test, "receives", &path, "began");
    while tx.publish(&payload(sent)) == Err(Error::Full) {
        std::thread::yield_now();
    }
    let begun = Instant::now();
    let numbers = loop {
        let bytes = fs::read(&seen).unwrap();
        let (words, _) = bytes.as_chunks::<8>();
        let numbers: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        if numbers.last() == Some(&sent) {
            break numbers;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "stuck at {:?}",
            numbers.last()
        );
        std::thread::yield_now();
    };
    assert!(
        numbers.is_sorted_by(|one, next| one < next),
        "nothing twice, all in order"
    );
    let lost = sent + 1 - numbers.len() as u64;
    assert!(
        lost <= kills,
        "{lost} lost by {kills} receivers that died between having and writing one"
    );
}
