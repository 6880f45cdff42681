//! Who gets a message: one, many, all. In process, on one thread: what the lanes themselves cost.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use indexbus::primitive::{Barrier, Consumer, GatingSet, Sequencer};
use indexbus::raw::View;
use indexbus::{
    BackpressurePolicy, FanoutHandles, RouterMode, RouterSource, SequencerCell,
    attach_fanout_layout, attach_shared_layout, fanout_handles, init_fanout_memory,
    init_shared_memory, split_mpsc, split_spsc,
};
use indexbus_abi::{SequencerLayout4, SharedFanoutLayout, SharedLayout};
use indexbus_transport_local::HeapMemory;

/// Messages of one round.
const ROUND: usize = 64;
const PAYLOAD: [u8; 64] = [7; 64];

fn events(c: &mut Criterion) {
    let mut group = c.benchmark_group("events/64B");
    group.throughput(Throughput::Elements(ROUND as u64));
    let memory = HeapMemory::of::<SharedLayout>();
    init_shared_memory(View::of(&memory)).unwrap();
    let (mut tx, mut rx) = split_spsc(attach_shared_layout(View::of(&memory)).unwrap());
    let mut into = [0; 256];
    group.bench_function("spsc", |b| {
        b.iter(|| {
            for _ in 0..ROUND {
                tx.put(&PAYLOAD).unwrap();
            }
            tx.flush();
            let got = rx.drain(ROUND, &mut into, |payload| assert_eq!(payload.len(), 64));
            assert_eq!(got, Ok(ROUND));
        });
    });
    let memory = HeapMemory::of::<SharedLayout>();
    init_shared_memory(View::of(&memory)).unwrap();
    let (mut tx, mut rx) = split_mpsc(attach_shared_layout(View::of(&memory)).unwrap());
    group.bench_function("mpsc", |b| {
        b.iter(|| {
            for _ in 0..ROUND {
                tx.publish(&PAYLOAD).unwrap();
            }
            let got = rx.drain(ROUND, &mut into, |payload| assert_eq!(payload.len(), 64));
            assert_eq!(got, Ok(ROUND));
        });
    });
    group.finish();
}

fn route<const N: usize>(ends: &mut FanoutHandles<'_, N>, mode: RouterMode, into: &mut [u8]) {
    for _ in 0..ROUND {
        ends.sender.put(&PAYLOAD).unwrap();
    }
    ends.sender.flush();
    for _ in 0..ROUND {
        let policy = BackpressurePolicy::SpinThenBlock;
        ends.router
            .route_once_with(RouterSource::Spsc, mode, policy)
            .unwrap();
    }
    let mut got = 0;
    for consumer in &mut ends.consumers {
        got += consumer.drain(ROUND, into, |_| ()).unwrap();
    }
    let each = if mode == RouterMode::Broadcast { N } else { 1 };
    assert_eq!(got, ROUND * each);
}

fn fanout(c: &mut Criterion) {
    let mut group = c.benchmark_group("fanout/64B");
    group.throughput(Throughput::Elements(ROUND as u64));
    for (name, mode) in [
        ("broadcast/3", RouterMode::Broadcast),
        ("work_queue/3", RouterMode::WorkQueue),
    ] {
        let memory = HeapMemory::of::<SharedFanoutLayout<3>>();
        init_fanout_memory::<3>(View::of(&memory)).unwrap();
        let mut ends = fanout_handles(attach_fanout_layout::<3>(View::of(&memory)).unwrap());
        let mut into = [0; 256];
        group.bench_function(name, |b| b.iter(|| route(&mut ends, mode, &mut into)));
    }
    group.finish();
}

fn sequencer(c: &mut Criterion) {
    let mut group = c.benchmark_group("sequencer");
    group.throughput(Throughput::Elements(ROUND as u64));
    group.bench_function("claim_n/4_consumers", |b| {
        b.iter_batched_ref(
            HeapMemory::of::<SequencerLayout4>,
            |memory| {
                let cell = SequencerCell::init(View::of(memory)).unwrap();
                let gates = || (0..4).map(|n| cell.gating(n).unwrap());
                let mut producer =
                    Sequencer::new(cell.cursor(), GatingSet::new(gates()).unwrap(), 1024);
                let (_, last) = producer.try_claim_n(ROUND as u64).unwrap();
                producer.publish();
                for gate in gates() {
                    let barrier = Barrier::new(cell.cursor(), GatingSet::new([]).unwrap());
                    let mut consumer = Consumer::new(barrier, gate, 1024);
                    assert_eq!(consumer.poll(u64::MAX), Ok(Some((1, last))));
                    consumer.advance(last);
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(patterns, events, fanout, sequencer);
criterion_main!(patterns);
