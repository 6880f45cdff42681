//! The router: broadcast, work queue, credits, and its loop.

use indexbus::primitive::{Hold, RouteSource, Router, SharedSlots, SpscConsumer, SpscWords, Step};
use indexbus::raw::{Atomic, Ordering, Words};
use indexbus::{
    BackpressurePolicy, CreditConfig, CreditPolicy, Credits, Error, Rest, RouterLoopConfig,
    RouterMode, WaitStep, WaitStrategy, route_until_over,
};

use super::shared_slots::slots;
use crate::world::{Row, World};

const CONSUMERS: usize = 2;

type Queue<W> = SpscWords<<W as World>::U64, Row<<W as World>::U32>>;

/// A source, two consumers' queues, and slots of one plain word each.
struct Fanout<W: World> {
    source: Queue<W>,
    queues: [Queue<W>; CONSUMERS],
    stamps: [Row<W::U32>; CONSUMERS],
    slots: SharedSlots<W::U64, Row<W::U32>>,
    payload: Row<W::U64>,
}

impl<W: World> Fanout<W> {
    fn new(capacity: usize, count: usize) -> Self {
        let queue = |_| {
            let words = SpscWords {
                head: W::u64(0),
                tail: W::u64(0),
                entries: Row::new(capacity, || W::u32(0)),
            };
            words.init(u32::MAX);
            words
        };
        Self {
            source: queue(0),
            queues: std::array::from_fn(queue),
            stamps: std::array::from_fn(|_| Row::new(count, || W::u32(u32::MAX))),
            slots: slots::<W>(count),
            payload: Row::new(count, || W::u64(0)),
        }
    }

    fn router(&self) -> Router<W::U64, Row<W::U32>, Row<W::U32>, CONSUMERS> {
        Router::new(self.slots.clone(), self.queues.clone(), self.stamps.clone())
    }

    /// Sends `messages`, numbered from 1, in at most `tries` tries. Answers how many went.
    fn send(&self, messages: u64, tries: usize) -> u64 {
        let (mut tx, _) = self.source.clone().split();
        let mut sent = 0;
        for _ in 0..tries {
            if sent == messages {
                break;
            }
            let taken = tx.has_room().and_then(|()| self.slots.take());
            let Ok(index) = taken else {
                assert_eq!(taken, Err(Error::Full));
                W::yield_now();
                continue;
            };
            let word = self.payload.word(index as usize);
            word.store(sent + 1, Ordering::Relaxed);
            let stamp = <SpscConsumer<W::U64, Row<W::U32>>>::stamp(tx.count());
            self.slots.filled(index, stamp).unwrap();
            tx.put(index);
            tx.publish();
            sent += 1;
        }
        sent
    }

    /// Receives at `consumer`, in at most `tries` tries: what comes is whole and in order.
    fn receive(&self, consumer: usize, tries: usize, seen: &mut Vec<u64>) {
        let (_, mut rx) = self.queues[consumer].clone().split();
        for _ in 0..tries {
            let Some((count, index)) = rx.peek().unwrap() else {
                W::yield_now();
                continue;
            };
            let stamp = self.stamps[consumer].at(index as usize);
            assert_eq!(stamp.load(Ordering::Acquire), count as u32);
            let message = self.payload.word(index as usize).load(Ordering::Relaxed);
            assert!(seen.last() < Some(&message), "out of order or old");
            seen.push(message);
            rx.pop();
            rx.release();
            self.slots.release(index, CONSUMERS as u32).unwrap();
        }
    }

    /// How many slots are free.
    fn free(&self) -> usize {
        let count = self.stamps[0].capacity();
        let mut seen = vec![false; count];
        self.slots.free.validate(&mut seen).unwrap();
        seen.iter().filter(|free| **free).count()
    }
}

impl<W: World> Clone for Fanout<W> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            queues: self.queues.clone(),
            stamps: self.stamps.clone(),
            slots: self.slots.clone(),
            payload: self.payload.clone(),
        }
    }
}

/// Yields to the checker.
struct Yield<W>(std::marker::PhantomData<W>);

impl<W: World> WaitStrategy for Yield<W> {
    fn wait(&mut self) -> WaitStep {
        W::yield_now();
        WaitStep::Yielded
    }

    fn reset(&mut self) {}
}

/// Looks once more where it would sleep.
struct Dozes<W>(std::marker::PhantomData<W>);

impl<W: World> Rest for Dozes<W> {
    fn shown(&self) {}

    fn sleep(&self, _: bool, ready: &mut dyn FnMut() -> bool) -> bool {
        if !ready() {
            W::yield_now();
        }
        true
    }
}

/// A router between a producer and a consumer of its own thread each, the other consumer slow: each
/// gets a part of what was sent, in order, and the counts and the slots add up.
pub fn counts_add_up<W: World>(
    capacity: usize,
    mode: RouterMode,
    messages: u64,
    tries: usize,
) -> bool {
    let fanout = Fanout::<W>::new(capacity, 3);
    let (sending, receiving) = (fanout.clone(), fanout.clone());
    let sender = W::spawn(move || {
        sending.send(messages, tries);
    });
    let receiver = W::spawn(move || receiving.receive(0, tries, &mut Vec::new()));
    let mut router = fanout.router();
    let (_, mut source) = fanout.source.clone().split();
    let (mut delivered, mut dropped, mut routed) = (0, 0, 0);
    for _ in 0..tries {
        let step = router.step(&mut source, mode, BackpressurePolicy::Drop, None);
        router.flush(&mut source);
        match step.unwrap() {
            Step::Idle => W::yield_now(),
            Step::Held(_) => panic!("held, though full destinations drop"),
            Step::Delivered {
                delivered: to,
                full,
            } => {
                routed += 1;
                delivered += u64::from(to);
                dropped += u64::from(full);
            }
            Step::Dropped(hold) => {
                assert_eq!(hold, Hold::Full);
                routed += 1;
                dropped += if mode == RouterMode::Broadcast { 2 } else { 1 };
            }
        }
    }
    W::join(sender);
    W::join(receiver);
    let each = if mode == RouterMode::Broadcast { 2 } else { 1 };
    assert_eq!(delivered + dropped, each * routed);
    // What is left is received: then each slot is free, or still in the source.
    fanout.receive(0, 4, &mut Vec::new());
    fanout.receive(1, 4, &mut Vec::new());
    assert_eq!((router.depth(0), router.depth(1)), (Ok(0), Ok(0)));
    let waiting = fanout.source.waiting().unwrap().count();
    assert_eq!(
        fanout.free() + waiting,
        3,
        "a slot was lost or is free twice"
    );
    routed == messages
}

/// The loop of a work queue with credits: parked, nothing is lost; nobody has more than the credit
/// waiting; everything goes to exactly one.
pub fn parked_for_credit<W: World>(messages: u64, tries: usize) -> bool {
    let fanout = Fanout::<W>::new(4, 4);
    let sending = fanout.clone();
    let sender = W::spawn(move || {
        sending.send(messages, tries);
    });
    let receiving = fanout.clone();
    let receiver = W::spawn(move || {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..tries {
            receiving.receive(0, 1, &mut first);
            receiving.receive(1, 1, &mut second);
        }
    });
    let mut router = fanout.router();
    let (_, mut source) = fanout.source.clone().split();
    let config = RouterLoopConfig {
        mode: RouterMode::WorkQueue,
        policy: BackpressurePolicy::Block,
        credit: Some(CreditConfig::new(1, CreditPolicy::Park)),
        batch_max: 2,
        ..RouterLoopConfig::default()
    };
    let rest = Dozes::<W>(std::marker::PhantomData);
    let mut looks = 0;
    let mut wait = Yield::<W>(std::marker::PhantomData);
    let (counters, stats) = route_until_over(
        &mut router,
        &mut source,
        &rest,
        config,
        &mut wait,
        |_, _| {
            looks += 1;
            looks > tries
        },
    )
    .unwrap();
    W::join(sender);
    W::join(receiver);
    assert_eq!(counters.delivered, counters.routed);
    assert_eq!(counters.dropped, 0);
    let waits = counters.idle_waits + counters.pressure_waits + counters.credit_waits;
    assert_eq!(counters.wake_waits, waits, "it blocks in its words");
    assert!(counters.wake_timeouts <= waits && router.taken() <= counters.delivered);
    assert!(stats.depth.iter().all(|depth| *depth <= 1));
    assert!(router.depth(0).unwrap() <= 1 && router.depth(1).unwrap() <= 1);
    counters.routed == messages
}

/// What is held stays in the source, what is dropped frees its slot; for lack of credit, and for lack
/// of room.
pub fn held_or_dropped<W: World>(count: usize) -> bool {
    let fanout = Fanout::<W>::new(2, count);
    let mut router = fanout.router();
    let (_, mut source) = fanout.source.clone().split();
    let mut step = |policy, credit: Option<CreditPolicy>| {
        let mut credits = credit.map(|policy| Credits::new(CreditConfig::new(1, policy)));
        let mode = RouterMode::WorkQueue;
        let step = router.step(&mut source, mode, policy, credits.as_mut());
        router.flush(&mut source);
        step.unwrap()
    };
    let waiting = || fanout.source.waiting().unwrap().count();
    let blocking = BackpressurePolicy::SpinThenBlock;
    let delivered = Step::Delivered {
        delivered: 1,
        full: 0,
    };

    assert_eq!(fanout.send(2, 2), 2);
    for _ in 0..2 {
        assert_eq!(step(blocking, Some(CreditPolicy::Park)), delivered);
    }
    assert_eq!(fanout.send(2, 2), 2);
    let held = step(blocking, Some(CreditPolicy::Park));
    assert_eq!((held, waiting()), (Step::Held(Hold::NoCredit), 2));
    let dropped = step(blocking, Some(CreditPolicy::Drop));
    assert_eq!(dropped, Step::Dropped(Hold::NoCredit));
    assert_eq!((waiting(), fanout.free()), (1, count - 3));

    assert_eq!(step(blocking, None), delivered);
    assert_eq!(fanout.send(2, 2), 2);
    assert_eq!(step(blocking, None), delivered);
    assert_eq!(
        (step(blocking, None), waiting()),
        (Step::Held(Hold::Full), 1)
    );
    let dropped = step(BackpressurePolicy::Drop, None);
    assert_eq!(dropped, Step::Dropped(Hold::Full));
    assert_eq!((waiting(), fanout.free()), (0, count - 4));
    true
}
