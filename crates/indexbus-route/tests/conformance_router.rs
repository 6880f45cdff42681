//! Conformance: fanout and router (reference: IndexBus, section 9, and IB-6 of section 13).

use std::time::Duration;

use indexbus::{
    Error, FanoutConsumer, FanoutHandles, FanoutRouter, Hold, SharedFanoutLayoutCell, SpinWait,
    Step, fanout_handles, init_shared_fanout_layout,
};
use indexbus_abi::SharedFanoutLayout;
use indexbus_route::{
    BackpressurePolicy, CreditConfig, CreditPolicy, CreditStats, RouterCounters, RouterLoopConfig,
    RouterMode, RouterSource, route_until, route_until_observed, route_until_with_credit_stats,
};

fn layout<const N: usize>() -> Box<SharedFanoutLayout<N>> {
    // SAFETY: all zeroes are a layout; it is initialized below.
    let mut layout: Box<SharedFanoutLayout<N>> = unsafe { Box::new_zeroed().assume_init() };
    init_shared_fanout_layout(&mut layout).unwrap();
    layout
}

fn handles<const N: usize>(layout: &mut SharedFanoutLayout<N>) -> FanoutHandles<'_, N> {
    fanout_handles(SharedFanoutLayoutCell::from_mut(layout))
}

fn receive(consumer: &mut FanoutConsumer<'_>) -> Vec<u32> {
    let mut into = [0; 256];
    let mut all = Vec::new();
    while let Some(len) = consumer.try_recv_into(&mut into).unwrap() {
        assert_eq!(len, 4);
        all.push(u32::from_le_bytes([into[0], into[1], into[2], into[3]]));
    }
    all
}

fn step<const N: usize>(router: &mut FanoutRouter<'_, N>, mode: RouterMode) -> Step {
    let source = RouterSource::Spsc;
    let policy = BackpressurePolicy::SpinThenBlock;
    router.route_once_with(source, mode, policy).unwrap()
}

/// Routes until the source is empty or held.
fn drain<const N: usize>(
    router: &mut FanoutRouter<'_, N>,
    config: RouterLoopConfig,
) -> (RouterCounters, CreditStats<N>) {
    let mut rounds = 0;
    route_until_observed(router, config, &mut SpinWait, |counters, _| {
        rounds += 1;
        let waits = counters.idle_waits + counters.pressure_waits + counters.credit_waits;
        waits > 0 || rounds > 10_000
    })
    .unwrap()
}

#[test]
fn a_broadcast_reaches_every_consumer_in_order() {
    let mut layout = layout::<3>();
    let mut ends = handles(&mut layout);
    for n in 0..100_u32 {
        ends.sender.publish(&n.to_le_bytes()).unwrap();
        let delivered = Step::Delivered {
            delivered: 3,
            full: 0,
        };
        assert_eq!(step(&mut ends.router, RouterMode::Broadcast), delivered);
    }
    assert_eq!(step(&mut ends.router, RouterMode::Broadcast), Step::Idle);
    for consumer in &mut ends.consumers {
        assert_eq!(receive(consumer), (0..100).collect::<Vec<_>>());
    }
}

#[test]
fn a_partial_broadcast_leaves_the_queues_intact_and_drops_for_the_full_one_only() {
    let mut layout = layout::<2>();
    let mut ends = handles(&mut layout);
    let [fast, slow] = &mut ends.consumers;
    let mut counters = RouterCounters::default();
    let mut got = Vec::new();
    for n in 0..5000_u32 {
        ends.sender.publish(&n.to_le_bytes()).unwrap();
        let (source, mode) = (RouterSource::Spsc, RouterMode::Broadcast);
        let policy = BackpressurePolicy::Block;
        ends.router
            .route_once_with_stats(source, mode, policy, &mut counters)
            .unwrap();
        got.extend(receive(fast));
    }
    assert_eq!(got, (0..5000).collect::<Vec<_>>());
    assert_eq!((counters.routed, counters.delivered), (5000, 6024));
    assert_eq!(
        (counters.dropped, counters.dropped_queue_full),
        (3976, 3976)
    );
    assert_eq!(receive(slow), (0..1024).collect::<Vec<_>>());
    ends.sender.publish(&7_u32.to_le_bytes()).unwrap();
    step(&mut ends.router, RouterMode::Broadcast);
    assert_eq!((receive(fast), receive(slow)), (vec![7], vec![7]));
}

#[test]
fn a_work_queue_delivers_each_message_to_exactly_one_consumer() {
    let mut layout = layout::<3>();
    let mut ends = handles(&mut layout);
    let mut all = Vec::new();
    for n in 0..1000_u32 {
        ends.sender.publish(&n.to_le_bytes()).unwrap();
        let delivered = Step::Delivered {
            delivered: 1,
            full: 0,
        };
        assert_eq!(step(&mut ends.router, RouterMode::WorkQueue), delivered);
    }
    for consumer in &mut ends.consumers {
        let got = receive(consumer);
        assert!(got.is_sorted(), "the order of the source");
        all.extend(got);
    }
    all.sort_unstable();
    assert_eq!(all, (0..1000).collect::<Vec<_>>());
}

#[test]
fn both_sources_are_routed_each_in_its_order() {
    let mut layout = layout::<1>();
    let mut ends = handles(&mut layout);
    let mut other = ends.mpsc_sender.clone();
    ends.mpsc_sender.publish(&1_u32.to_le_bytes()).unwrap();
    other.publish(&2_u32.to_le_bytes()).unwrap();
    ends.sender.publish(&3_u32.to_le_bytes()).unwrap();
    let mpsc = RouterLoopConfig {
        source: RouterSource::Mpsc,
        ..RouterLoopConfig::default()
    };
    assert_eq!(drain(&mut ends.router, mpsc).0.routed, 2);
    assert_eq!(receive(&mut ends.consumers[0]), [1, 2]);
    assert_eq!(
        drain(&mut ends.router, RouterLoopConfig::default())
            .0
            .routed,
        1
    );
    assert_eq!(receive(&mut ends.consumers[0]), [3]);
}

fn work_queue(credit: Option<CreditConfig>) -> RouterLoopConfig {
    RouterLoopConfig {
        mode: RouterMode::WorkQueue,
        credit,
        batch_max: 16,
        ..RouterLoopConfig::default()
    }
}

#[test]
fn a_consumer_without_credit_is_skipped_and_parking_takes_nothing_from_the_source() {
    let mut layout = layout::<2>();
    let mut ends = handles(&mut layout);
    for n in 0..20_u32 {
        ends.sender.publish(&n.to_le_bytes()).unwrap();
    }
    let park = work_queue(Some(CreditConfig::new(4, CreditPolicy::Park)));
    let (counters, stats) = drain(&mut ends.router, park);
    assert_eq!((counters.routed, counters.dropped), (8, 0));
    assert_eq!((counters.credit_waits, stats.depth), (1, [4, 4]));
    // The second is slow: what follows goes to the first.
    assert_eq!(receive(&mut ends.consumers[0]), [0, 2, 4, 6]);
    let (counters, stats) = drain(&mut ends.router, park);
    assert_eq!((counters.routed, stats.passed_over[1] > 0), (4, true));
    assert_eq!(receive(&mut ends.consumers[0]), [8, 9, 10, 11]);
    assert_eq!(receive(&mut ends.consumers[1]), [1, 3, 5, 7]);
    assert_eq!(drain(&mut ends.router, park).0.routed, 8);
}

#[test]
fn dropping_for_credit_counts_what_was_dropped_and_frees_its_slot() {
    let mut layout = layout::<2>();
    let mut ends = handles(&mut layout);
    let drop = work_queue(Some(CreditConfig::new(3, CreditPolicy::Drop)));
    for round in 0..40 {
        for n in 0..100_u32 {
            ends.sender.publish(&n.to_le_bytes()).unwrap();
        }
        let (counters, _) = drain(&mut ends.router, drop);
        assert_eq!(counters.routed, 100);
        assert_eq!(counters.delivered, if round == 0 { 6 } else { 0 });
        assert_eq!(counters.dropped_no_credit, counters.dropped);
        assert_eq!(counters.delivered + counters.dropped, 100);
    }
}

#[test]
fn a_detached_consumer_is_ignored_until_it_caught_up() {
    let mut layout = layout::<2>();
    let mut ends = handles(&mut layout);
    let credit = CreditConfig {
        detach_after_us: 0,
        ..CreditConfig::new(4, CreditPolicy::Detach)
    };
    let config = RouterLoopConfig {
        batch_max: 1,
        ..work_queue(Some(credit))
    };
    let mut next = 0_u32;
    let mut send = |sender: &mut indexbus::FanoutSender<'_>, count| {
        for _ in 0..count {
            sender.publish(&next.to_le_bytes()).unwrap();
            next += 1;
        }
    };
    send(&mut ends.sender, 9);
    let [first, slow] = &mut ends.consumers;
    let mut rounds = 0;
    let (counters, stats) = route_until_observed(
        &mut ends.router,
        config,
        &mut SpinWait,
        |counters, stats| {
            rounds += 1;
            match rounds {
                // Both are at their credit, and the ninth message waits; the first catches up.
                10 => assert_eq!(receive(first).len(), 4),
                // It was detached by then, and is back; the other one is not.
                20 => {
                    assert_eq!(stats.detached, [false, true]);
                    assert_eq!(counters.routed, 9);
                    let mut into = [0; 8];
                    slow.try_recv_into(&mut into).unwrap();
                    send(&mut ends.sender, 1);
                }
                // One message taken is not yet caught up.
                30 => {
                    assert_eq!(stats.detached, [false, true]);
                    assert_eq!(receive(slow).len(), 3);
                    assert_eq!(receive(first).len(), 2);
                    send(&mut ends.sender, 2);
                }
                40 => {
                    assert_eq!(stats.detached, [false, false]);
                    return true;
                }
                _ => {}
            }
            false
        },
    )
    .unwrap();
    assert_eq!((counters.routed, counters.dropped), (12, 0));
    assert_eq!(counters.detaches, stats.detaches.iter().sum::<u64>());
    assert_eq!((receive(first).len(), receive(slow).len()), (1, 1));
}

#[test]
fn a_work_queue_whose_consumers_are_full_drops_or_waits_as_its_policy_says() {
    let mut layout = layout::<2>();
    let mut ends = handles(&mut layout);
    let config = |policy| RouterLoopConfig {
        policy,
        ..work_queue(None)
    };
    for n in 0..2048_u32 {
        ends.sender.publish(&n.to_le_bytes()).unwrap();
        let delivered = Step::Delivered {
            delivered: 1,
            full: 0,
        };
        assert_eq!(step(&mut ends.router, RouterMode::WorkQueue), delivered);
    }
    for n in 0..10_u32 {
        ends.sender.publish(&n.to_le_bytes()).unwrap();
    }
    let held = Step::Held(Hold::Full);
    assert_eq!(step(&mut ends.router, RouterMode::WorkQueue), held);
    for policy in [BackpressurePolicy::SpinThenBlock, BackpressurePolicy::Block] {
        let (counters, _) = drain(&mut ends.router, config(policy));
        assert_eq!((counters.routed, counters.pressure_waits), (0, 1));
    }
    receive(&mut ends.consumers[0]);
    let (counters, _) = drain(&mut ends.router, config(BackpressurePolicy::SpinThenBlock));
    assert_eq!((counters.delivered, counters.idle_waits), (10, 1));
    for n in 0..1024_u32 {
        ends.sender.publish(&n.to_le_bytes()).unwrap();
    }
    let (counters, _) = drain(&mut ends.router, config(BackpressurePolicy::Drop));
    assert_eq!((counters.delivered, counters.dropped), (1014, 10));
    assert_eq!(counters.dropped_all_full, 10);
}

#[test]
fn what_is_drained_comes_in_order_up_to_the_limit_and_frees_its_slots() {
    let mut layout = layout::<2>();
    let mut ends = handles(&mut layout);
    let mut next = [0_u32; 2];
    let mut into = [0; 4];
    for round in 0..60_u32 {
        for n in 0..300 {
            ends.sender
                .publish(&(300 * round + n).to_le_bytes())
                .unwrap();
        }
        drain(&mut ends.router, RouterLoopConfig::default());
        for (consumer, next) in ends.consumers.iter_mut().zip(&mut next) {
            for limit in [0, 1, 63, 64, 65, 1000] {
                let before = *next;
                let count = consumer.drain(limit, &mut into, |payload| {
                    assert_eq!(payload, next.to_le_bytes());
                    *next += 1;
                });
                assert_eq!(count, Ok((*next - before) as usize));
                assert!(count.unwrap() <= limit);
            }
            assert_eq!(*next, 300 * (round + 1));
        }
    }
    ends.sender.publish(b"large").unwrap();
    drain(&mut ends.router, RouterLoopConfig::default());
    let small = Error::BufferTooSmall {
        required: 5,
        provided: 4,
    };
    let drained = ends.consumers[0].drain(9, &mut into, |_| panic!("it fits"));
    assert_eq!(drained, Err(small));
}

#[test]
fn a_batch_is_bounded_and_never_reorders() {
    let mut layout = layout::<1>();
    let mut ends = handles(&mut layout);
    for n in 0..100_u32 {
        ends.sender.put(&n.to_le_bytes()).unwrap();
    }
    ends.sender.flush();
    for (batch_max, batches) in [(0, 10), (1, 10), (7, 2), (1000, 1)] {
        let config = RouterLoopConfig {
            batch_max,
            batch_time_us: Some(1_000_000),
            yield_every: 1,
            idle_spin_limit: 3,
            ..RouterLoopConfig::default()
        };
        let mut left = batches;
        let counters = route_until(&mut ends.router, config, &mut SpinWait, || {
            left -= 1;
            left < 0
        })
        .unwrap();
        assert_eq!(counters.batches, batches as u64);
        assert_eq!(counters.batch_sum, counters.routed);
        assert!(counters.batch_max <= batch_max.max(1));
    }
    assert_eq!(
        receive(&mut ends.consumers[0]),
        (0..100).collect::<Vec<_>>()
    );
    let mut stats = CreditStats::default();
    let mut looks = 0;
    let counters = route_until_with_credit_stats(
        &mut ends.router,
        RouterLoopConfig {
            idle_spin_limit: 3,
            ..RouterLoopConfig::default()
        },
        &mut SpinWait,
        &mut stats,
        || {
            looks += 1;
            looks > 10
        },
    );
    assert_eq!(
        counters.unwrap().idle_waits,
        7,
        "three of ten looks only spun"
    );
    assert_eq!(stats, CreditStats::default());
}

#[test]
fn producers_router_and_consumers_run_beside_each_other_and_counts_add_up() {
    const EACH: u32 = 20_000;
    let mut layout = layout::<3>();
    let ends = handles(&mut layout);
    let (senders, mut router) = ([ends.mpsc_sender.clone(), ends.mpsc_sender], ends.router);
    let done = std::sync::atomic::AtomicU32::new(0);
    let received = std::sync::atomic::AtomicU32::new(0);
    use std::sync::atomic::Ordering::{Acquire, Release};
    std::thread::scope(|scope| {
        for (sender, mut lane) in senders.into_iter().enumerate() {
            let done = &done;
            scope.spawn(move || {
                for n in 0..EACH {
                    let message = ((sender as u32) << 24 | n).to_le_bytes();
                    while lane.publish(&message) == Err(Error::Full) {
                        std::thread::yield_now();
                    }
                }
                done.fetch_add(1, Release);
            });
        }
        for mut consumer in ends.consumers {
            let received = &received;
            scope.spawn(move || {
                let mut last = [None; 2];
                while received.load(Acquire) < 2 * EACH {
                    let got = receive(&mut consumer);
                    for message in &got {
                        let (sender, n) = ((message >> 24) as usize, message & 0xff_ffff);
                        assert!(last[sender] < Some(n), "each sender's order");
                        last[sender] = Some(n);
                    }
                    received.fetch_add(got.len() as u32, Release);
                    std::thread::yield_now();
                }
            });
        }
        let config = RouterLoopConfig {
            source: RouterSource::Mpsc,
            batch_max: 64,
            ..work_queue(None)
        };
        let begun = std::time::Instant::now();
        let mut wait = indexbus::WaitKind::Backoff.strategy();
        let counters = route_until(&mut router, config, &mut wait, || {
            assert!(begun.elapsed() < Duration::from_secs(60), "stuck");
            received.load(Acquire) >= 2 * EACH
        })
        .unwrap();
        assert_eq!(
            (counters.routed, counters.dropped),
            (u64::from(2 * EACH), 0)
        );
        assert_eq!(done.load(Acquire), 2);
    });
}
