//! Three handlers behind one producer: in a row, as a diamond, side by side.

use std::time::Instant;

use disruptor::{BusySpin, Producer, build_single_producer};

use crate::sized;
use crate::work::{CAPACITY, Outcome, Seen, Work, blank, number};

pub fn run(work: &Work) -> Outcome {
    sized!(work.size, disruptor(work))
}

fn disruptor<const S: usize>(work: &Work) -> Outcome {
    let (n, batch, touch) = (work.n, work.batch, work.touch);
    let handler = || {
        let mut seen = Seen::new(touch);
        move |message: &[u8; S], _: i64, _: bool| {
            seen.look(message);
            if seen.count() == n {
                seen.check::<S>(n);
            }
        }
    };
    let ring = build_single_producer(CAPACITY, blank::<S>, BusySpin);
    match work.what.as_str() {
        "pipeline" => publish(
            ring.handle_events_with(handler())
                .and_then()
                .handle_events_with(handler())
                .and_then()
                .handle_events_with(handler())
                .build(),
            n,
            batch,
        ),
        "diamond" => publish(
            ring.handle_events_with(handler())
                .handle_events_with(handler())
                .and_then()
                .handle_events_with(handler())
                .build(),
            n,
            batch,
        ),
        _ => publish(
            ring.handle_events_with(handler())
                .handle_events_with(handler())
                .handle_events_with(handler())
                .build(),
            n,
            batch,
        ),
    }
}

fn publish<const S: usize>(mut producer: impl Producer<[u8; S]>, n: u64, batch: usize) -> Outcome {
    let from = Instant::now();
    let mut sent = 0;
    while sent < n {
        let want = batch.min((n - sent) as usize);
        producer.batch_publish(want, |messages| {
            for (message, at) in messages.zip(sent..) {
                number(message, at);
            }
        });
        sent += want as u64;
    }
    drop(producer);
    Outcome::Time(from.elapsed())
}
