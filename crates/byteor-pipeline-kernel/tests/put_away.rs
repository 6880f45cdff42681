//! A producer that was put away while it filled a slot: the next one goes on, and who looks at the
//! region finds it whole.

use std::sync::Arc;

use byteor_abi::{SEQUENCED_SLOTS_V1_CAPACITY, SlotClass};
use byteor_pipeline_kernel::{SlotsProducer, SlotsRegion, SlotsStage};
use indexbus::raw::{Ordering, View};
use indexbus_transport_local::HeapMemory;

const CLASS: SlotClass = SlotClass::B256;
const LAP: u64 = SEQUENCED_SLOTS_V1_CAPACITY as u64;

/// Takes what is ready through the only stage, and answers the records.
fn taken(stage: &mut SlotsStage) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    while let Some((first, last)) = stage.poll(u64::MAX).unwrap() {
        for sequence in first..=last {
            let mut into = [0; 256];
            let len = stage
                .read_into(stage.entry(sequence).unwrap(), &mut into)
                .unwrap();
            records.push(into[..len].to_vec());
        }
        stage.advance(last);
    }
    records
}

/// Publishes `before` records, appends one more, makes the slot say what `says` makes of what it said
/// before the last word of filling it, and lets another producer go on.
fn put_away_after(before: u64, says: Option<u32>) {
    let memory = Arc::new(HeapMemory::new(CLASS.region_bytes()));
    let region = SlotsRegion::init(memory.clone(), CLASS, 1).unwrap();
    region.bind(1).unwrap();
    let mut producer = SlotsProducer::new(&region).unwrap();
    let mut stage = SlotsStage::new(&region, 0, &[]).unwrap();
    for n in 0..before {
        producer.try_append(&n.to_le_bytes()).unwrap();
        producer.publish();
        assert_eq!(taken(&mut stage), [n.to_le_bytes()]);
    }
    producer.try_append(b"never published").unwrap();
    drop(producer);
    if let Some(says) = says {
        let view = View::of(&*memory);
        let entry = (before as usize + 1) & (SEQUENCED_SLOTS_V1_CAPACITY - 1);
        let slot: u32 = view
            .word::<u32>(CLASS.ring_offset() + 4 * entry)
            .load(Ordering::Relaxed);
        let word = view.word::<u32>(CLASS.sequences_offset() + 4 * slot as usize);
        word.store(says, Ordering::Relaxed);
    }
    SlotsRegion::attach_fresh(memory.clone(), CLASS).expect("nobody wrote over it");

    let mut next = SlotsProducer::new(&region).unwrap();
    assert_eq!(next.appended(), before);
    assert_eq!(next.try_append(b"published").unwrap(), before + 1);
    next.publish();
    assert_eq!(taken(&mut stage), [b"published"]);
    SlotsRegion::attach_fresh(memory, CLASS).expect("nobody wrote over it");
}

#[test]
fn before_it_published() {
    for before in [0, 1, LAP - 1, LAP, LAP + 1, 3 * LAP - 1] {
        put_away_after(before, None);
    }
}

#[test]
fn before_the_slot_said_what_it_holds() {
    // In the first lap the slot never held anything, after it the record of the lap before.
    for before in [0, 1, LAP - 1] {
        put_away_after(before, Some(0));
    }
    for before in [LAP, LAP + 1, 3 * LAP - 1] {
        put_away_after(before, Some((before + 1 - LAP) as u32));
    }
}
