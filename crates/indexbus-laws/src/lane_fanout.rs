//! Sending, routing and receiving over a fanout region.

use indexbus::raw::View;
use indexbus::{
    BackpressurePolicy, Error, FanoutConsumer, RouterCounters, RouterMode, RouterSource,
    attach_fanout_layout, fanout_handles, init_fanout_memory, validate_fanout_layout,
};
use indexbus_abi::{INDEXBUS_QUEUE_CAPACITY, SharedFanoutLayout};
use indexbus_transport_local::HeapMemory;

use crate::input::{Input, allowed};

const CONSUMERS: usize = 2;
type Layout = SharedFanoutLayout<CONSUMERS>;
/// Queues and the first slots.
const FIELDS: usize = core::mem::offset_of!(Layout, pool) + 64 + 4_096;

/// What a message says: its source, and how many went before it.
fn message(source: u8, nth: u32) -> [u8; 5] {
    let [a, b, c, d] = nth.to_le_bytes();
    [source, a, b, c, d]
}

/// What a consumer got so far, of each source the next that it may get.
#[derive(Default)]
struct Got {
    next: [u32; 2],
    count: u64,
}

/// Receives all there is.
fn receive(consumer: &mut FanoutConsumer<'_>, got: &mut Got, poked: bool) {
    let mut into = [0; 256];
    for _ in 0..=INDEXBUS_QUEUE_CAPACITY {
        match consumer.try_recv_into(&mut into) {
            Ok(Some(len)) => {
                got.count += 1;
                if poked {
                    continue;
                }
                assert_eq!(len, 5);
                let next = &mut got.next[usize::from(into[0])];
                let nth = u32::from_le_bytes([into[1], into[2], into[3], into[4]]);
                assert!(nth >= *next, "twice, or out of order");
                *next = nth + 1;
            }
            Ok(None) => return,
            Err(error) => return allowed(error, poked, |_| false),
        }
    }
    assert!(poked, "more than a queue holds");
}

/// Panics where a law is broken.
pub fn check(data: &[u8]) {
    let memory = HeapMemory::of::<Layout>();
    init_fanout_memory::<CONSUMERS>(View::of(&memory)).expect("the memory is large enough");
    let cell = attach_fanout_layout::<CONSUMERS>(View::of(&memory));
    let mut ends = fanout_handles(cell.expect("a fresh region is refused"));
    let mut got: [Got; CONSUMERS] = Default::default();
    let mut sent = [0_u32; 2];
    let mut counters = RouterCounters::default();
    let mut dropped = 0;
    let mut poked = false;
    let mut input = Input::new(data);
    while let Some(call) = input.call() {
        let many = 1 + u32::from(call / 8) * 8;
        match call % 8 {
            source @ (0 | 1) => {
                for _ in 0..many {
                    let nth = &mut sent[usize::from(source)];
                    let message = message(source, *nth);
                    let went = match source {
                        0 => ends.sender.publish(&message),
                        _ => ends.mpsc_sender.publish(&message),
                    };
                    match went {
                        Ok(()) => *nth += 1,
                        Err(error) => allowed(error, poked, |error| error == Error::Full),
                    }
                }
            }
            way @ 2..=5 => {
                let source = [RouterSource::Spsc, RouterSource::Mpsc][usize::from(way % 2)];
                let mode = [RouterMode::Broadcast, RouterMode::WorkQueue][usize::from(way / 4)];
                let policy = BackpressurePolicy::Drop;
                for _ in 0..many {
                    let (router, counters) = (&mut ends.router, &mut counters);
                    let before = counters.dropped;
                    match router.route_once_with_stats(source, mode, policy, counters) {
                        Ok(_) => dropped += counters.dropped - before,
                        Err(error) => {
                            allowed(error, poked, |_| false);
                            break;
                        }
                    }
                }
            }
            6 => {
                let consumer = usize::from(call / 8) % CONSUMERS;
                receive(&mut ends.consumers[consumer], &mut got[consumer], poked);
            }
            _ if call & 0x80 != 0 => {
                input.poke(&memory, FIELDS);
                poked = true;
            }
            _ => {
                let validated = validate_fanout_layout::<CONSUMERS>(View::of(&memory));
                if let Err(error) = validated.map(drop) {
                    allowed(error, poked, |error| {
                        poked && matches!(error, Error::IncompatibleLayout | Error::NotInitialized)
                    });
                }
            }
        }
    }
    for (consumer, got) in ends.consumers.iter_mut().zip(&mut got) {
        receive(consumer, got, poked);
    }
    if !poked {
        let received: u64 = got.iter().map(|got| got.count).sum();
        assert_eq!(
            counters.delivered, received,
            "lost between router and consumers"
        );
        assert_eq!(counters.dropped, dropped);
        let causes = counters.dropped_queue_full + counters.dropped_all_full;
        assert_eq!(counters.dropped, causes);
    }
}
