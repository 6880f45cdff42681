//! Invariant ARCH-7: the kernel does not allocate on the hot path.
//!
//! Alone in its file: the counting allocator counts for the whole test process.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use byteor_abi::SlotClass;
use byteor_pipeline_backings_mem::{MemEvents, MemSequencedSlots};
use byteor_pipeline_kernel::{
    LaneRx, LaneTx, Outcome, Output, SlotsBacking, SlotsProducer, SlotsStage, SlotsSubscriber,
    WaitKind, WaitStrategy, bytes_of, bytes_of_mut,
};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: hands everything to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: by the caller.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn arch_7_no_step_of_the_kernel_allocates_on_the_hot_path() {
    let region = MemSequencedSlots::new(SlotClass::B256, 1);
    let slots = region.slots();
    slots.bind(2).unwrap();
    let mut producer = SlotsProducer::new(slots).unwrap();
    let mut first = SlotsStage::new(slots, 0, &[]).unwrap();
    let mut second = SlotsStage::new(slots, 1, &[0]).unwrap();
    let mut words = vec![0_u64; 32];
    let mut result = vec![0_u64; 32];
    let mut wait = WaitKind::Backoff.strategy();
    assert!(ALLOCATIONS.with(Cell::get) > 0, "the counting works");

    let before = ALLOCATIONS.with(Cell::get);
    for lap in 0..50_u64 {
        while producer.try_append(&lap.to_le_bytes()).is_ok() {}
        assert!(producer.try_append(&[0; 300]).is_err());
        producer.publish();
        while let Some((from, to)) = first.poll(64).unwrap() {
            for sequence in from..=to {
                let entry = first.entry(sequence).unwrap();
                let len = first.read(entry, &mut words).unwrap();
                let mut out = Output::new(bytes_of_mut(&mut result));
                out.push(bytes_of(&words, len));
                match sequence % 5 {
                    0 => first.drop_record(entry),
                    1 => first.reject_record(entry, 300),
                    _ => {
                        assert_eq!(out.outcome(), Outcome::Rewrite);
                        first.rewrite(entry, out.written()).unwrap();
                    }
                }
            }
            first.advance(to);
        }
        while let Some((from, to)) = second.poll(64).unwrap() {
            for sequence in from..=to {
                let entry = second.entry(sequence).unwrap();
                second.mark(entry).unwrap();
                second.read(entry, &mut words).unwrap();
            }
            second.advance(to);
        }
        assert_eq!(second.poll(64), Ok(None));
        wait.wait();
    }
    assert_eq!(ALLOCATIONS.with(Cell::get), before);
    assert!(second.done() >= 50 * 1024);
}

fn a_lane_in_batches(tx: &mut dyn LaneTx, rx: &mut dyn LaneRx) {
    let records = [&b"one"[..], b"two", b"three"];
    let mut into = [0; 256];
    let before = ALLOCATIONS.with(Cell::get);
    let mut received = 0;
    for _ in 0..50 {
        while tx.try_send_batch(&records).stopped.is_none() {}
        assert!(tx.try_send(&[0; 300]).is_err());
        assert!(rx.try_recv_into(&mut into).unwrap().is_some());
        received += 1;
        received += rx.try_recv_batch(7, &mut into, &mut |_| {}).records;
        received += rx.try_recv_batch(2000, &mut into, &mut |_| {}).records;
    }
    assert_eq!(ALLOCATIONS.with(Cell::get), before);
    assert!(received >= 50 * 1024);
}

#[test]
fn arch_7_no_lane_allocates_on_the_hot_path() {
    let mut events = MemEvents::new();
    let (mut tx, mut rx) = events.split_spsc().unwrap();
    a_lane_in_batches(&mut tx, &mut rx);
    let mut events = MemEvents::new();
    let (mut tx, mut rx) = events.split_mpsc().unwrap();
    a_lane_in_batches(&mut tx, &mut rx);
    let region = MemSequencedSlots::new(SlotClass::B256, 1);
    region.slots().bind(1).unwrap();
    let mut tx = SlotsProducer::new(region.slots()).unwrap();
    let mut rx = SlotsSubscriber::new(region.slots(), 0, &[]).unwrap();
    a_lane_in_batches(&mut tx, &mut rx);
}
