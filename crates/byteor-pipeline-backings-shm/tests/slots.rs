//! Sequenced slots: one suite, run over memory and over shared memory.

use byteor_abi::SlotClass;
use byteor_pipeline_backings_mem::MemSequencedSlots;
#[cfg(not(miri))]
use byteor_pipeline_backings_shm::ShmSequencedSlots;
use byteor_pipeline_backings_shm::snapshot_slots;
use byteor_pipeline_kernel::{
    BindError, LaneError, Mark, SlotsBacking, SlotsProducer, SlotsRegion, SlotsStage, bytes_of,
};

/// The record of `sequence`, as the stage sees it.
fn read(stage: &SlotsStage, sequence: u64) -> Vec<u8> {
    let mut words = vec![0; 16384 / 8];
    let entry = stage.entry(sequence).unwrap();
    let len = stage.read(entry, &mut words).unwrap();
    bytes_of(&words, len).to_vec()
}

fn mark(stage: &SlotsStage, sequence: u64) -> Result<Mark, LaneError> {
    stage.mark(stage.entry(sequence)?)
}

fn bound(slots: &SlotsRegion, stages: usize) -> SlotsProducer {
    slots.bind(stages).unwrap();
    SlotsProducer::new(slots).unwrap()
}

fn a_record_reaches_its_stages_in_the_order_of_their_dependencies(slots: &SlotsRegion) {
    let mut producer = bound(slots, 3);
    let mut first = SlotsStage::new(slots, 0, &[]).unwrap();
    let mut second = SlotsStage::new(slots, 1, &[]).unwrap();
    let third = SlotsStage::new(slots, 2, &[0, 1]).unwrap();
    assert_eq!(producer.try_append(b"hello"), Ok(1));
    assert_eq!(first.poll(10), Ok(None), "appended is not visible");
    assert_eq!(producer.publish(), 1);
    assert_eq!(first.poll(10), Ok(Some((1, 1))));
    assert_eq!(second.poll(10), Ok(Some((1, 1))));
    assert_eq!(third.poll(10), Ok(None));
    first.advance(1);
    assert_eq!(third.poll(10), Ok(None), "the second is still at it");
    second.advance(1);
    assert_eq!(third.poll(10), Ok(Some((1, 1))));
    assert_eq!(read(&third, 1), b"hello");
}

fn the_minimum_gating_sequence_holds_the_producer_back_over_many_laps(slots: &SlotsRegion) {
    let mut producer = bound(slots, 2);
    let mut fast = SlotsStage::new(slots, 0, &[]).unwrap();
    let mut slow = SlotsStage::new(slots, 1, &[]).unwrap();
    let mut next = 1_u64;
    for lap in 1..=if cfg!(miri) { 1 } else { 5 } {
        while let Ok(sequence) = producer.try_append(&next.to_le_bytes()) {
            assert_eq!(sequence, next);
            next += 1;
        }
        assert_eq!(producer.try_append(b"x"), Err(LaneError::Full));
        producer.publish();
        assert_eq!(next - 1, slow.done() + 1024, "lap {lap}");
        fast.advance(next - 1);
        assert_eq!(
            producer.try_append(b"x"),
            Err(LaneError::Full),
            "the slow one counts"
        );
        let (from, to) = slow.poll(300).unwrap().unwrap();
        for sequence in from..=to {
            assert_eq!(read(&slow, sequence), sequence.to_le_bytes());
        }
        slow.advance(to);
    }
}

fn rewriting_changes_what_later_stages_see_at_every_length(slots: &SlotsRegion) {
    let most = slots.class().slot_bytes();
    let mut producer = bound(slots, 2);
    let mut first = SlotsStage::new(slots, 0, &[]).unwrap();
    let second = SlotsStage::new(slots, 1, &[0]).unwrap();
    for (n, len) in [0, 1, 7, 8, 9, 255, most - 1, most].into_iter().enumerate() {
        let sequence = n as u64 + 1;
        let before: Vec<u8> = (0..most - len).map(|n| n as u8).collect();
        let after: Vec<u8> = (0..len).map(|n| 255 - n as u8).collect();
        assert_eq!(producer.try_append(&before), Ok(sequence));
        producer.publish();
        assert_eq!(read(&first, sequence), before);
        first
            .rewrite(first.entry(sequence).unwrap(), &after)
            .unwrap();
        first.advance(sequence);
        assert_eq!(read(&second, sequence), after);
    }
    let beyond = first.rewrite(first.entry(1).unwrap(), &vec![0; most + 1]);
    assert_eq!(
        beyond,
        Err(LaneError::TooLarge {
            max: most,
            len: most + 1
        })
    );
}

fn a_mark_is_seen_by_later_stages_and_gone_a_lap_later(slots: &SlotsRegion) {
    let mut producer = bound(slots, 2);
    let mut first = SlotsStage::new(slots, 0, &[]).unwrap();
    let mut second = SlotsStage::new(slots, 1, &[0]).unwrap();
    for sequence in 1..=4_u64 {
        producer.try_append(b"").unwrap();
        producer.publish();
        assert_eq!(mark(&first, sequence), Ok(Mark::Live));
        match sequence {
            1 => first.drop_record(first.entry(sequence).unwrap()),
            2 => first.reject_record(first.entry(sequence).unwrap(), 300),
            3 => first.reject_record(first.entry(sequence).unwrap(), usize::MAX),
            _ => {}
        }
        first.advance(sequence);
    }
    assert_eq!(mark(&second, 1), Ok(Mark::Dropped { stage: 0 }));
    assert_eq!(mark(&second, 2), Ok(Mark::Rejected { stage: 0, len: 300 }));
    assert_eq!(
        mark(&second, 3),
        Ok(Mark::Rejected {
            stage: 0,
            len: u32::MAX
        })
    );
    assert_eq!(
        mark(&second, 4),
        Ok(Mark::Live),
        "an empty record is not a dropped one"
    );
    assert_eq!(read(&second, 4), b"");
    second.advance(4);
    for sequence in 5..=1024 + 3 {
        assert_eq!(producer.try_append(b"next"), Ok(sequence));
        producer.publish();
        assert_eq!(mark(&first, sequence), Ok(Mark::Live));
    }
}

fn a_record_beyond_the_slot_is_refused_and_uses_no_sequence(slots: &SlotsRegion) {
    let most = slots.class().slot_bytes();
    let mut producer = bound(slots, 1);
    let refused = producer.try_append(&vec![0; most + 1]);
    assert_eq!(
        refused,
        Err(LaneError::TooLarge {
            max: most,
            len: most + 1
        })
    );
    assert_eq!(producer.try_append(&vec![0; most]), Ok(1));
}

fn a_region_is_bound_once_and_for_one_to_four_stages(slots: &SlotsRegion) {
    assert_eq!(slots.bind(0), Err(BindError::Stages));
    assert_eq!(slots.bind(5), Err(BindError::Stages));
    assert_eq!(
        SlotsProducer::new(slots).err(),
        Some(LaneError::Misused),
        "there is no run to produce for"
    );
    assert_eq!(slots.bind(4), Ok(()));
    assert_eq!(slots.bind(4), Err(BindError::Used));
    assert_eq!(
        SlotsStage::new(slots, 4, &[]).err(),
        Some(LaneError::Misused)
    );
    assert_eq!(
        SlotsStage::new(slots, 1, &[1]).err(),
        Some(LaneError::Misused),
        "no stage waits for itself"
    );
    assert_eq!(slots.gating(4), Err(LaneError::Misused));
}

fn each_end_has_one_owner_at_a_time(slots: &SlotsRegion) {
    let mut producer = bound(slots, 2);
    let mut first = SlotsStage::new(slots, 0, &[]).unwrap();
    let second = SlotsStage::new(slots, 1, &[]).unwrap();
    let taken = Some(LaneError::Taken);
    assert_eq!(SlotsProducer::new(slots).err(), taken);
    assert_eq!(SlotsStage::new(slots, 0, &[]).err(), taken);
    assert_eq!(SlotsStage::new(&slots.clone(), 1, &[0]).err(), taken);
    drop(second);
    assert!(SlotsStage::new(slots, 1, &[0]).is_ok());

    // Who comes after takes up where the owner before stopped; what that did not publish is
    // written anew, in the first lap and later.
    for lap in 0..2 {
        for _ in 0..600 {
            producer.try_append(b"seen").unwrap();
        }
        producer.publish();
        producer.try_append(b"never seen").unwrap();
        drop(producer);
        producer = SlotsProducer::new(slots).unwrap();
        let next = lap * 601 + 601;
        assert_eq!(producer.try_append(b"instead"), Ok(next));
        producer.publish();
        assert_eq!(read(&first, next), b"instead");
        first.advance(next);
        drop(first);
        first = SlotsStage::new(slots, 0, &[]).unwrap();
        assert_eq!(first.done(), next);
        SlotsStage::new(slots, 1, &[]).unwrap().advance(next);
    }
}

fn a_snapshot_tells_cursor_gating_and_lag(slots: &SlotsRegion) {
    let mut producer = bound(slots, 2);
    let mut first = SlotsStage::new(slots, 0, &[]).unwrap();
    for _ in 0..10 {
        producer.try_append(b"x").unwrap();
    }
    producer.publish();
    first.advance(7);
    let snapshot = snapshot_slots(slots, 2);
    assert_eq!((snapshot.cursor, snapshot.stages.len()), (10, 2));
    assert_eq!((snapshot.stages[0].gating, snapshot.stages[0].lag), (7, 3));
    assert_eq!((snapshot.stages[1].gating, snapshot.stages[1].lag), (0, 10));
    assert_eq!(snapshot.slot_bytes as usize, slots.class().slot_bytes());
}

fn threads_over_the_ring_see_every_record_once_and_in_order(slots: &SlotsRegion) {
    const COUNT: u64 = if cfg!(miri) { 200 } else { 50_000 };
    let mut producer = bound(slots, 2);
    let run = |stage: usize, depends_on: &'static [usize]| {
        move || {
            let mut place = SlotsStage::new(slots, stage, depends_on).unwrap();
            let mut words = vec![0; slots.class().slot_bytes() / 8];
            while place.done() < COUNT {
                let Some((first, last)) = place.poll(100).unwrap() else {
                    std::thread::yield_now();
                    continue;
                };
                for sequence in first..=last {
                    let entry = place.entry(sequence).unwrap();
                    let len = place.read(entry, &mut words).unwrap();
                    let expected = sequence + stage as u64;
                    assert_eq!(bytes_of(&words, len), expected.to_le_bytes());
                    if stage == 0 {
                        place.rewrite(entry, &(sequence + 1).to_le_bytes()).unwrap();
                    }
                }
                place.advance(last);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(run(0, &[]));
        scope.spawn(run(1, &[0]));
        let mut next = 1;
        while next <= COUNT {
            match producer.try_append(&next.to_le_bytes()) {
                Ok(_) => next += 1,
                Err(LaneError::Full) => {
                    producer.publish();
                    std::thread::yield_now();
                }
                Err(e) => panic!("{e}"),
            }
        }
        producer.publish();
    });
}

macro_rules! suite {
    ($($name:ident)*) => {
        mod over_memory {
            use super::*;
            $(#[test]
            fn $name() {
                // Miri would take minutes for the larger ones.
                let few = if cfg!(miri) { 1 } else { 4 };
                for class in SlotClass::ALL.into_iter().take(few) {
                    let region = MemSequencedSlots::new(class, 1);
                    super::$name(region.slots());
                }
            })*
        }
        #[cfg(not(miri))] // which has no mappings of files
        mod over_shared_memory {
            use super::*;
            $(#[test]
            fn $name() {
                let dir = tempfile::tempdir().unwrap();
                for class in SlotClass::ALL {
                    let region = ShmSequencedSlots::recreate(&dir.path().join("r"), class).unwrap();
                    super::$name(region.slots());
                }
            })*
        }
    };
}

suite! {
    a_record_reaches_its_stages_in_the_order_of_their_dependencies
    the_minimum_gating_sequence_holds_the_producer_back_over_many_laps
    rewriting_changes_what_later_stages_see_at_every_length
    a_mark_is_seen_by_later_stages_and_gone_a_lap_later
    a_record_beyond_the_slot_is_refused_and_uses_no_sequence
    a_region_is_bound_once_and_for_one_to_four_stages
    each_end_has_one_owner_at_a_time
    a_snapshot_tells_cursor_gating_and_lag
    threads_over_the_ring_see_every_record_once_and_in_order
}

/// The backing goes first; before ends kept their memory, this was a use after it was freed.
fn ends_that_outlive_their_backing(backing: impl SlotsBacking) {
    let slots = backing.slots();
    let mut producer = bound(slots, 2);
    let mut first = SlotsStage::new(slots, 0, &[]).unwrap();
    let second = SlotsStage::new(slots, 1, &[0]).unwrap();
    let clone = slots.clone();
    drop(backing);
    for n in 1..=1024_u64 {
        producer.try_append(&n.to_le_bytes()).unwrap();
        producer.publish();
        assert_eq!(first.poll(9), Ok(Some((n, n))));
        assert_eq!(read(&first, n), n.to_le_bytes());
        first.advance(n);
        if n == 500 {
            drop(SlotsStage::new(&clone, 3, &[]).unwrap());
        }
        assert_eq!(
            second.poll(9).unwrap().map(|(_, last)| last),
            Some(n.min(9))
        );
    }
    drop((producer, first, clone));
    assert_eq!(second.done(), 0, "the last end keeps the memory");
    assert_eq!(read(&second, 1024), 1024_u64.to_le_bytes());
}

#[test]
fn ends_keep_the_memory_of_a_backing_that_is_gone() {
    ends_that_outlive_their_backing(MemSequencedSlots::new(SlotClass::B256, 1));
}

#[cfg(not(miri))] // which has no mappings of files
#[test]
fn ends_keep_the_mapping_of_a_backing_that_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r");
    ends_that_outlive_their_backing(ShmSequencedSlots::recreate(&path, SlotClass::B256).unwrap());
}
