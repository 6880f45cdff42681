//! What structure costs over the same lane: bare bytes, an envelope, and values through two codecs. In
//! process, on one thread.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use indexbus::raw::View;
use indexbus::{SpscReceiver, SpscSender, attach_shared_layout, init_shared_memory, split_spsc};
use indexbus_abi::SharedLayout;
use indexbus_codec_rkyv::Rkyv;
use indexbus_codec_serde::Postcard;
use indexbus_msg::{Header, decode, encode};
use indexbus_transport_local::HeapMemory;
use indexbus_typed::{
    CodecId, DecodeFrom, EncodeInto, IndexbusMsgSpec, MsgMeta, TypedSpscReceiver, TypedSpscSender,
    meta,
};

#[derive(
    Clone,
    Debug,
    PartialEq,
    serde::Serialize,
    serde::Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
struct Order {
    symbol: [u8; 16],
    price: i64,
    quantity: u64,
    limit: Option<u32>,
}

impl IndexbusMsgSpec for Order {
    const META: MsgMeta = meta(1, 2, 3);
}

const ORDER: Order = Order {
    symbol: *b"a symbol of 16 B",
    price: 1_234_567,
    quantity: 89,
    limit: Some(10),
};

fn memory() -> HeapMemory {
    let memory = HeapMemory::of::<SharedLayout>();
    init_shared_memory(View::of(&memory)).unwrap();
    memory
}

fn lane(memory: &HeapMemory) -> (SpscSender<'_>, SpscReceiver<'_>) {
    split_spsc(attach_shared_layout(View::of(memory)).unwrap())
}

fn typed<C>(c: &mut Criterion, name: &str, codec: C)
where
    C: CodecId + Copy + EncodeInto<Order> + DecodeFrom<Order>,
{
    let memory = memory();
    let (tx, rx) = lane(&memory);
    let mut tx = TypedSpscSender::new(tx, codec);
    let mut rx = TypedSpscReceiver::new(rx, codec);
    c.bench_function(name, |b| {
        b.iter(|| {
            tx.send(&ORDER).unwrap();
            assert_eq!(rx.try_recv(), Ok(Some(ORDER)));
        });
    });
}

fn structured(c: &mut Criterion) {
    let payload = [7; 40];
    let header = Header {
        codec_id: 9,
        ..Header::default()
    };
    let region = memory();
    let (mut tx, mut rx) = lane(&region);
    let mut into = [0; 256];
    let mut group = c.benchmark_group("bytes");
    group.throughput(Throughput::Elements(1));
    group.bench_function("bare/40B", |b| {
        b.iter(|| {
            tx.publish(&payload).unwrap();
            assert_eq!(rx.try_recv_into(&mut into), Ok(Some(40)));
        });
    });
    group.bench_function("envelope/40B", |b| {
        b.iter(|| {
            let mut message = [0; 256];
            let len = encode(&header, &payload, &mut message).unwrap();
            tx.publish(&message[..len]).unwrap();
            let len = rx.try_recv_into(&mut into).unwrap().unwrap();
            assert_eq!(decode(&into[..len]).unwrap().payload.len(), 40);
        });
    });
    group.finish();
    typed(c, "typed/postcard", Postcard);
    typed(c, "typed/rkyv", Rkyv);
}

criterion_group!(structured_messaging, structured);
criterion_main!(structured_messaging);
