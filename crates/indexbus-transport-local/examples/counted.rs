//! Sends and receives to be counted in instructions, by `scripts/instructions.mjs` under callgrind.
//!
//! `counted` names the steps, one a line; `counted STEP` runs that one within [`collected`], and whatever
//! it needs around it.

use std::hint::black_box;

use indexbus::primitive::{Barrier, Consumer, GatingSet, Sequencer};
use indexbus::raw::View;
use indexbus::{
    BackpressurePolicy, RouterMode, RouterSource, SequencerCell, Start, attach_events,
    attach_fanout_layout, attach_journal_layout4, fanout_handles, init_events, init_fanout_memory,
    init_journal_memory, init_state_memory, split_journal, split_mpsc, split_spsc, split_state,
    validate_state_layout,
};
use indexbus_abi::{
    EventsClass, JournalLayout4, SequencerLayout4, SharedFanoutLayout, StateLayout256,
};
use indexbus_transport_local::HeapMemory;

/// Messages of a step.
const AT_ONCE: usize = 16;
/// Steps: with [`AT_ONCE`], more than two laps of every queue.
const STEPS: usize = 160;
const MESSAGE: [u8; 32] = [7; 32];

/// What is counted.
#[inline(never)]
fn collected(step: &mut dyn FnMut()) {
    step();
}

/// The steps of one lane, in their order; only the one that is asked for is counted.
struct Run<'a> {
    asked: Option<&'a str>,
}

impl Run<'_> {
    fn lane(&self, steps: &mut [(&str, &mut dyn FnMut())]) {
        let Some(asked) = self.asked else {
            for (name, _) in steps {
                println!("{name}");
            }
            return;
        };
        if !steps.iter().any(|(name, _)| *name == asked) {
            return;
        }
        for _ in 0..STEPS {
            for (name, step) in &mut *steps {
                if *name == asked {
                    collected(step);
                } else {
                    step();
                }
            }
        }
    }
}

fn times(mut one: impl FnMut()) {
    for _ in 0..AT_ONCE {
        one();
    }
}

fn main() {
    let asked = std::env::args().nth(1);
    let run = Run {
        asked: asked.as_deref(),
    };
    events(&run);
    journal(&run);
    state(&run);
    sequencer(&run);
    fanout(&run);
}

fn events(run: &Run<'_>) {
    let class = EventsClass::B64;
    let memory = HeapMemory::new(class.region_bytes());
    init_events(View::of(&memory), class).unwrap();
    let cell = || attach_events(View::of(&memory), class).unwrap();
    let (mut tx, mut rx) = split_spsc(cell());
    let mut into = [0; 64];
    run.lane(&mut [
        ("events send", &mut || {
            times(|| tx.publish(black_box(&MESSAGE)).unwrap());
        }),
        ("events receive", &mut || {
            times(|| assert_eq!(rx.try_recv_into(black_box(&mut into)), Ok(Some(32))));
        }),
    ]);
    let (mut tx, mut rx) = split_spsc(cell());
    run.lane(&mut [
        ("events put in batches", &mut || {
            times(|| tx.put(black_box(&MESSAGE)).unwrap());
            tx.flush();
        }),
        ("events drain in batches", &mut || {
            assert_eq!(
                rx.drain(AT_ONCE, &mut into, |bytes| {
                    black_box(bytes);
                }),
                Ok(AT_ONCE)
            );
        }),
    ]);
    let (mut tx, mut rx) = split_mpsc(cell());
    run.lane(&mut [
        ("events of many send", &mut || {
            times(|| tx.publish(black_box(&MESSAGE)).unwrap());
        }),
        ("events of many receive", &mut || {
            times(|| assert_eq!(rx.try_recv_into(black_box(&mut into)), Ok(Some(32))));
        }),
    ]);
}

fn journal(run: &Run<'_>) {
    let memory = HeapMemory::of::<JournalLayout4>();
    init_journal_memory(View::of(&memory)).unwrap();
    let cell = attach_journal_layout4(View::of(&memory)).unwrap();
    let (mut publisher, subscribers) = split_journal(cell).unwrap();
    let mut subscriber = subscribers.subscribe(Start::Oldest).unwrap();
    let mut into = [0; 64];
    run.lane(&mut [
        ("journal append", &mut || {
            times(|| {
                black_box(publisher.append(black_box(&MESSAGE)).unwrap());
            });
        }),
        ("journal read", &mut || {
            times(|| {
                assert!(
                    subscriber
                        .try_recv_into(black_box(&mut into))
                        .unwrap()
                        .is_some()
                )
            });
        }),
    ]);
}

fn state(run: &Run<'_>) {
    let memory = HeapMemory::of::<StateLayout256>();
    init_state_memory::<256>(View::of(&memory)).unwrap();
    let cell = validate_state_layout::<256>(View::of(&memory)).unwrap();
    let (mut publisher, reader) = split_state(cell);
    let mut into = [0; 64];
    run.lane(&mut [
        ("state publish", &mut || {
            times(|| {
                black_box(publisher.publish(black_box(&MESSAGE)).unwrap());
            });
        }),
        ("state sample", &mut || {
            times(|| {
                black_box(reader.sample_into(black_box(&mut into)).unwrap());
            });
        }),
    ]);
}

fn sequencer(run: &Run<'_>) {
    let memory = HeapMemory::of::<SequencerLayout4>();
    let cell = SequencerCell::init(View::of(&memory)).unwrap();
    let gating = cell.gating(0).unwrap();
    let mut producer = Sequencer::new(cell.cursor(), GatingSet::new([gating]).unwrap(), 1024);
    let barrier = Barrier::new(cell.cursor(), GatingSet::new([]).unwrap());
    let mut consumer = Consumer::new(barrier, gating, 1024);
    run.lane(&mut [
        ("sequencer claim and publish", &mut || {
            times(|| {
                producer.try_claim().unwrap();
                producer.publish();
            });
        }),
        ("sequencer poll and advance", &mut || {
            times(|| {
                let (first, _) = consumer.poll(1).unwrap().unwrap();
                consumer.advance(first);
            });
        }),
    ]);
}

fn fanout(run: &Run<'_>) {
    let memory = HeapMemory::of::<SharedFanoutLayout<2>>();
    init_fanout_memory::<2>(View::of(&memory)).unwrap();
    let cell = attach_fanout_layout::<2>(View::of(&memory)).unwrap();
    let mut ends = fanout_handles(cell);
    let mut into = [0; 256];
    let (source, policy) = (RouterSource::Spsc, BackpressurePolicy::Drop);
    let [one, other] = &mut ends.consumers;
    let (sender, router) = (&mut ends.sender, &mut ends.router);
    run.lane(&mut [
        ("fanout send", &mut || {
            times(|| sender.publish(black_box(&MESSAGE)).unwrap());
        }),
        ("fanout route to two", &mut || {
            times(|| {
                let step = router.route_once_with(source, RouterMode::Broadcast, policy);
                black_box(step.unwrap());
            });
        }),
        ("fanout receive", &mut || {
            times(|| assert_eq!(one.try_recv_into(black_box(&mut into)), Ok(Some(32))));
        }),
        ("fanout receive beside", &mut || {
            let mut into = [0; 256];
            times(|| assert_eq!(other.try_recv_into(black_box(&mut into)), Ok(Some(32))));
        }),
    ]);
}
