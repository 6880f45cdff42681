//! One to one between two threads: what stays in one process.

use std::hint::spin_loop;
use std::thread;
use std::time::Instant;

use crate::sized;
use crate::work::{CAPACITY, Outcome, Seen, Work, blank, number};

pub fn one_to_one(work: &Work) -> Outcome {
    match work.peer.as_str() {
        "rtrb" => sized!(work.size, rtrb(work)),
        "crossbeam" => sized!(work.size, crossbeam(work)),
        "kanal" => sized!(work.size, kanal(work)),
        _ => sized!(work.size, disruptor(work)),
    }
}

fn rtrb<const S: usize>(work: &Work) -> Outcome {
    let (mut tx, mut rx) = rtrb::RingBuffer::<[u8; S]>::new(CAPACITY);
    let (n, batch, touch) = (work.n, work.batch, work.touch);
    let from = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut message = blank::<S>();
            let mut sent = 0;
            while sent < n {
                let want = batch.min((n - sent) as usize);
                if want == 1 {
                    number(&mut message, sent);
                    while tx.push(message).is_err() {
                        spin_loop();
                    }
                    sent += 1;
                } else if let Ok(chunk) = tx.write_chunk_uninit(want) {
                    sent += chunk.fill_from_iter((sent..).map(|n| {
                        number(&mut message, n);
                        message
                    })) as u64;
                } else {
                    spin_loop();
                }
            }
        });
        let mut seen = Seen::new(touch);
        while seen.count() < n {
            let there = rx.slots();
            if there == 0 {
                spin_loop();
                continue;
            }
            let chunk = rx.read_chunk(there).expect("as many are there");
            let (first, second) = chunk.as_slices();
            first
                .iter()
                .chain(second)
                .for_each(|message| seen.look(message));
            chunk.commit_all();
        }
        seen.check::<S>(n);
    });
    Outcome::Time(from.elapsed())
}

fn crossbeam<const S: usize>(work: &Work) -> Outcome {
    let (tx, rx) = crossbeam_channel::bounded::<[u8; S]>(CAPACITY);
    between(
        work,
        move |message| tx.send(message).expect("the receiver is there"),
        move || rx.recv().expect("the sender is there"),
    )
}

fn kanal<const S: usize>(work: &Work) -> Outcome {
    let (tx, rx) = kanal::bounded::<[u8; S]>(CAPACITY);
    between(
        work,
        move |message| tx.send(message).expect("the receiver is there"),
        move || rx.recv().expect("the sender is there"),
    )
}

/// What sends and receives one message at a time, and waits by itself.
fn between<const S: usize>(
    work: &Work,
    mut send: impl FnMut([u8; S]) + Send,
    mut receive: impl FnMut() -> [u8; S],
) -> Outcome {
    let (n, touch) = (work.n, work.touch);
    let from = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut message = blank::<S>();
            for at in 0..n {
                number(&mut message, at);
                send(message);
            }
        });
        let mut seen = Seen::new(touch);
        while seen.count() < n {
            seen.look(&receive());
        }
        seen.check::<S>(n);
    });
    Outcome::Time(from.elapsed())
}

fn disruptor<const S: usize>(work: &Work) -> Outcome {
    use disruptor::{BusySpin, Producer, build_single_producer};
    let (n, batch) = (work.n, work.batch);
    let mut seen = Seen::new(work.touch);
    let mut producer = build_single_producer(CAPACITY, blank::<S>, BusySpin)
        .handle_events_with(move |message: &[u8; S], _, _| {
            seen.look(message);
            if seen.count() == n {
                seen.check::<S>(n);
            }
        })
        .build();
    let from = Instant::now();
    let mut sent = 0;
    while sent < n {
        let want = batch.min((n - sent) as usize);
        if want == 1 {
            producer.publish(|message| number(message, sent));
        } else {
            producer.batch_publish(want, |messages| {
                for (message, at) in messages.zip(sent..) {
                    number(message, at);
                }
            });
        }
        sent += want as u64;
    }
    // Waits until everything was handled.
    drop(producer);
    Outcome::Time(from.elapsed())
}

pub fn round_trips(work: &Work) -> Outcome {
    sized!(work.size, rtrb_trips(work))
}

fn rtrb_trips<const S: usize>(work: &Work) -> Outcome {
    let (mut there, mut at_echo) = rtrb::RingBuffer::<[u8; S]>::new(CAPACITY);
    let (mut from_echo, mut back) = rtrb::RingBuffer::<[u8; S]>::new(CAPACITY);
    let n = work.n;
    let mut trips = Vec::with_capacity(n as usize);
    thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..n {
                let message = loop {
                    match at_echo.pop() {
                        Ok(message) => break message,
                        Err(_) => spin_loop(),
                    }
                };
                from_echo.push(message).expect("one is on its way");
            }
        });
        let mut message = blank::<S>();
        for at in 0..n {
            number(&mut message, at);
            let from = Instant::now();
            there.push(message).expect("one is on its way");
            let answer = loop {
                match back.pop() {
                    Ok(answer) => break answer,
                    Err(_) => spin_loop(),
                }
            };
            trips.push(from.elapsed().as_nanos() as u64);
            assert!(answer == message, "another answer");
        }
    });
    Outcome::Trips(trips)
}
