//! Three working stages: each searches the record for a word that isn't there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use memchr::memmem::Finder;
use timely::dataflow::InputHandle;
use timely::dataflow::operators::vec::Filter;
use timely::dataflow::operators::{Input, Inspect, Probe};

use crate::sized;
use crate::work::{Outcome, Seen, Work, blank, number};

/// Three words that no record has.
const WORDS: [&str; 3] = ["needle-1", "needle-2", "needle-3"];

pub fn run(work: &Work) -> Outcome {
    if work.peer == "loop" {
        sized!(work.size, plain(work))
    } else {
        sized!(work.size, timely(work))
    }
}

/// The stages in a loop, on one thread, without anything between them.
fn plain<const S: usize>(work: &Work) -> Outcome {
    let finders = WORDS.map(Finder::new);
    let mut message = blank::<S>();
    let mut seen = Seen::new(false);
    let from = Instant::now();
    for n in 0..work.n {
        number(&mut message, n);
        let message = std::hint::black_box(&message);
        if finders.iter().all(|finder| finder.find(message).is_none()) {
            seen.look(message);
        }
    }
    let time = from.elapsed();
    seen.check::<S>(work.n);
    Outcome::Time(time)
}

/// A dataflow of three filters, with a worker on each of two threads and half of the records each.
fn timely<const S: usize>(work: &Work) -> Outcome {
    const WORKERS: u64 = 2;
    let n = work.n;
    let (count, sum) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let from = Instant::now();
    let (counts, sums) = (Arc::clone(&count), Arc::clone(&sum));
    timely::execute(timely::Config::process(WORKERS as usize), move |worker| {
        let mut input = InputHandle::new();
        let (counts, sums) = (Arc::clone(&counts), Arc::clone(&sums));
        let mine = worker.index() as u64;
        let probe = worker.dataflow::<u64, _, _>(|scope| {
            let [first, second, third] = WORDS.map(|word| Finder::new(word).into_owned());
            let (probe, _) = scope
                .input_from(&mut input)
                .filter(move |message: &[u8; S]| first.find(message).is_none())
                .filter(move |message: &[u8; S]| second.find(message).is_none())
                .filter(move |message: &[u8; S]| third.find(message).is_none())
                .inspect_core(move |event| {
                    let Ok((_, batch)) = event else { return };
                    let mut seen = Seen::new(false);
                    batch.iter().for_each(|message| seen.look(message));
                    counts.fetch_add(seen.count(), Ordering::Relaxed);
                    sums.fetch_add(seen.sum(), Ordering::Relaxed);
                })
                .probe();
            probe
        });
        let mut message = blank::<S>();
        for at in (0..n).filter(|at| at % WORKERS == mine) {
            number(&mut message, at);
            input.send(message);
            if at / WORKERS % 4096 == 4095 {
                input.advance_to(at);
                while probe.less_than(input.time()) {
                    worker.step();
                }
            }
        }
    })
    .expect("the workers run");
    let time = from.elapsed();
    let numbers = (u128::from(n) * u128::from(n - 1) / 2) as u64;
    let seen = (count.load(Ordering::Relaxed), sum.load(Ordering::Relaxed));
    assert!(seen == (n, numbers), "received something else");
    Outcome::Time(time)
}
