//! Conformance: the state stream (reference: IndexBus, section 5, and IB-3 of section 13).

#[allow(dead_code)]
mod region;

use std::mem::offset_of;
use std::sync::atomic::{AtomicBool, Ordering};

use indexbus::{
    Error, Sample, StateLayoutCell, init_state_memory, split_state, validate_state_layout,
};
use indexbus_abi::{StateLayout, StateLayout256};
use region::{Random, Region};

const SEQUENCE: usize = offset_of!(StateLayout256, seq);
const LEN: usize = offset_of!(StateLayout256, len);

fn fresh() -> Region {
    let region = Region::of::<StateLayout256>();
    init_state_memory::<256>(region.view()).unwrap();
    region
}

fn cell(region: &Region) -> StateLayoutCell<'_, 256> {
    validate_state_layout(region.view()).unwrap()
}

#[test]
fn a_fresh_state_has_sequence_0_and_no_value() {
    let region = fresh();
    let (_, reader) = split_state(cell(&region));
    assert_eq!(reader.sequence(), 0);
    assert_eq!(reader.sample_into(&mut [0; 256]), Ok(Sample::Unset));
}

#[test]
fn the_newest_value_overwrites_the_one_before_for_every_length() {
    let region = fresh();
    let (mut publisher, reader) = split_state(cell(&region));
    let mut into = [0; 256];
    for len in (0..=256).step_by(if cfg!(miri) { 7 } else { 1 }) {
        publisher.publish(b"overwritten").unwrap();
        let value: Vec<u8> = (0..len).map(|n| (n + len) as u8).collect();
        let sequence = publisher.publish(&value).unwrap();
        assert_eq!(sequence % 2, 0);
        for _ in 0..2 {
            let sample = reader.sample_into(&mut into);
            assert_eq!(sample, Ok(Sample::Value { len, sequence }));
            assert_eq!(into[..len], value);
        }
    }
    let refused = Error::TooLarge { max: 256, len: 257 };
    assert_eq!(publisher.publish(&[0; 257]), Err(refused));
}

#[test]
fn a_torn_snapshot_is_never_returned() {
    let region = fresh();
    let (mut publisher, reader) = split_state(cell(&region));
    let stop = AtomicBool::new(false);
    let mut values = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0_u8;
            while !stop.load(Ordering::Relaxed) {
                n = n.wrapping_add(1);
                publisher.publish(&vec![n; usize::from(n)]).unwrap();
            }
        });
        let mut into = [0; 256];
        for _ in 0..if cfg!(miri) { 300 } else { 50_000 } {
            match reader.sample_into(&mut into).unwrap() {
                Sample::Value { len, .. } => {
                    assert!(into[..len].iter().all(|byte| usize::from(*byte) == len));
                    values += 1;
                }
                Sample::Unset | Sample::Unsettled { .. } => std::thread::yield_now(),
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(values > 0);
}

#[test]
fn a_publisher_that_died_in_the_middle_is_told_after_a_bound_and_its_heir_heals_it() {
    let region = fresh();
    let (mut publisher, reader) = split_state(cell(&region));
    publisher.publish(b"whole").unwrap();
    region.set64(SEQUENCE, 3);
    let mut into = [0; 256];
    let told = Ok(Sample::Unsettled { sequence: 3 });
    assert_eq!(reader.sample_into(&mut into), told);
    assert_eq!(reader.sample_within(0, &mut into), told);
    let (mut heir, reader) = split_state(cell(&region));
    assert_eq!(heir.publish(b"again"), Ok(4));
    let sample = Sample::Value {
        len: 5,
        sequence: 4,
    };
    assert_eq!(reader.sample_into(&mut into), Ok(sample));
}

#[test]
fn a_length_that_cannot_be_and_a_buffer_that_is_too_small_are_told() {
    let region = fresh();
    let (mut publisher, reader) = split_state(cell(&region));
    publisher.publish(&[1; 20]).unwrap();
    let small = Error::BufferTooSmall {
        required: 20,
        provided: 19,
    };
    assert_eq!(reader.sample_into(&mut [0; 19]), Err(small));
    for len in [257, 1 << 20, u32::MAX] {
        region.set32(LEN, len);
        let sample = reader.sample_into(&mut vec![0; 4096]);
        assert_eq!(sample, Err(Error::Corrupted));
    }
    let mut random = Random(99);
    for _ in 0..if cfg!(miri) { 40 } else { 1_000 } {
        region.set32(LEN, random.hostile() as u32);
        region.set64(SEQUENCE, random.hostile());
        let _ = reader.sample_within(3, &mut [0; 64]);
        let (mut publisher, reader) = split_state(cell(&region));
        let sequence = publisher.publish(b"on").unwrap();
        let sample = reader.sample_into(&mut [0; 2]).unwrap();
        assert!(sample == Sample::Value { len: 2, sequence } || sequence == 0);
    }
}

#[test]
fn a_state_of_another_size_or_kind_and_one_that_is_not_ready_are_told_apart() {
    let region = Region::of::<StateLayout<1024>>();
    let refused = |region: &Region| validate_state_layout::<256>(region.view()).err();
    assert_eq!(refused(&region), Some(Error::NotInitialized));
    init_state_memory::<1024>(region.view()).unwrap();
    assert_eq!(refused(&region), Some(Error::IncompatibleLayout));
    assert!(validate_state_layout::<1024>(region.view()).is_ok());
    let (mut publisher, reader) =
        split_state(validate_state_layout::<1024>(region.view()).unwrap());
    publisher.publish(&[9; 1024]).unwrap();
    let sample = reader.sample_into(&mut [0; 1024]);
    assert_eq!(
        sample,
        Ok(Sample::Value {
            len: 1024,
            sequence: 2
        })
    );
    region.set64(0, region.get64(0) ^ 1 << 48);
    assert_eq!(
        validate_state_layout::<1024>(region.view()).err(),
        Some(Error::IncompatibleLayout)
    );
}
