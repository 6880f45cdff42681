//! What a stream costs: a journal that is appended to and followed, a state that is overwritten and
//! sampled. In process, on one thread.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use indexbus::raw::View;
use indexbus::{
    JournalRead, Sample, Start, attach_journal_layout4, init_journal_memory, init_state_memory,
    split_journal, split_state, validate_state_layout,
};
use indexbus_abi::{JournalLayout4, StateLayout256};
use indexbus_transport_local::HeapMemory;

/// Records of one round; far less than a journal holds.
const ROUND: usize = 16;

fn journal(c: &mut Criterion) {
    let mut group = c.benchmark_group("journal");
    group.throughput(Throughput::Elements(ROUND as u64));
    for size in [32, 256, 1024] {
        let memory = HeapMemory::of::<JournalLayout4>();
        init_journal_memory(View::of(&memory)).unwrap();
        let cell = attach_journal_layout4(View::of(&memory)).unwrap();
        let (mut publisher, subscribers) = split_journal(cell).unwrap();
        let mut subscriber = subscribers.subscribe(Start::Newest).unwrap();
        let (payload, mut into) = (vec![7; size], vec![0; size]);
        group.bench_function(BenchmarkId::new("append_follow", size), |b| {
            b.iter(|| {
                for _ in 0..ROUND {
                    publisher.put(&payload).unwrap();
                }
                publisher.flush();
                for _ in 0..ROUND {
                    let read = subscriber.take_into(&mut into).unwrap();
                    assert!(matches!(read, Some(JournalRead::Record { .. })));
                }
                subscriber.release();
            });
        });
        group.bench_function(BenchmarkId::new("append", size), |b| {
            b.iter(|| {
                for _ in 0..ROUND {
                    publisher.put(&payload).unwrap();
                }
                publisher.flush()
            });
        });
    }
    group.finish();
}

fn state(c: &mut Criterion) {
    let mut group = c.benchmark_group("state");
    for size in [32, 256] {
        let memory = HeapMemory::of::<StateLayout256>();
        init_state_memory::<256>(View::of(&memory)).unwrap();
        let cell = validate_state_layout::<256>(View::of(&memory)).unwrap();
        let (mut publisher, reader) = split_state(cell);
        let (value, mut into) = (vec![7; size], [0; 256]);
        publisher.publish(&value).unwrap();
        group.bench_function(BenchmarkId::new("publish", size), |b| {
            b.iter(|| publisher.publish(&value).unwrap());
        });
        group.bench_function(BenchmarkId::new("sample", size), |b| {
            b.iter(|| {
                let sample = reader.sample_into(&mut into).unwrap();
                assert!(matches!(sample, Sample::Value { .. }));
            });
        });
    }
    group.finish();
}

criterion_group!(streams, journal, state);
criterion_main!(streams);
