//! Conformance: the sequencer and its gating (reference: IndexBus, section 6).

#[allow(dead_code)]
mod region;

use indexbus::primitive::{Barrier, Consumer, GatingSet, Sequencer};
use indexbus::raw::Word64;
use indexbus::{Error, SequencerCell};
use indexbus_abi::{INDEXBUS_SEQUENCER_CONSUMERS, SequencerLayout4};
use region::Region;

const CAPACITY: u64 = 8;
const CONSUMERS: usize = INDEXBUS_SEQUENCER_CONSUMERS;

fn gating<'m>(cell: &SequencerCell<'m>, of: std::ops::Range<usize>) -> GatingSet<Word64<'m>> {
    GatingSet::new(of.map(|n| cell.gating(n).unwrap())).unwrap()
}

fn producer<'m>(cell: &SequencerCell<'m>) -> Sequencer<Word64<'m>> {
    Sequencer::new(cell.cursor(), gating(cell, 0..CONSUMERS), CAPACITY)
}

/// The consumer `n`, behind those of `after`.
fn consumer<'m>(
    cell: &SequencerCell<'m>,
    n: usize,
    after: std::ops::Range<usize>,
) -> Consumer<Word64<'m>> {
    let barrier = Barrier::new(cell.cursor(), gating(cell, after));
    Consumer::new(barrier, cell.gating(n).unwrap(), CAPACITY)
}

#[test]
fn n_are_claimed_at_once_and_published_by_one_store() {
    let region = Region::of::<SequencerLayout4>();
    let cell = SequencerCell::init(region.view()).unwrap();
    let mut producer = producer(&cell);
    let mut reader = consumer(&cell, 0, 0..0);
    assert_eq!(producer.try_claim_n(3), Ok((1, 3)));
    assert_eq!(producer.try_claim_n(2), Ok((4, 5)));
    assert_eq!(reader.poll(9), Ok(None), "claimed is not published");
    assert_eq!(producer.publish(), 5);
    assert_eq!(reader.poll(9), Ok(Some((1, 5))));
    reader.advance(5);
    assert_eq!(reader.poll(9), Ok(None));
}

#[test]
fn n_that_do_not_fit_are_claimed_as_a_whole_or_not_at_all() {
    let region = Region::of::<SequencerLayout4>();
    let cell = SequencerCell::init(region.view()).unwrap();
    let mut producer = producer(&cell);
    assert_eq!(producer.try_claim_n(6), Ok((1, 6)));
    assert_eq!(producer.try_claim_n(3), Err(Error::Full));
    assert_eq!(producer.try_claim_n(2), Ok((7, 8)));
    assert_eq!(producer.try_claim_n(1), Err(Error::Full));
    for misused in [0, CAPACITY + 1, u64::MAX] {
        assert_eq!(producer.try_claim_n(misused), Err(Error::Misused));
    }
    assert_eq!(producer.publish(), 8);
}

#[test]
fn the_slowest_of_four_bounds_the_producer_and_a_dead_one_finally_stops_it() {
    let region = Region::of::<SequencerLayout4>();
    let cell = SequencerCell::init(region.view()).unwrap();
    let mut producer = producer(&cell);
    let mut consumers: Vec<_> = (0..CONSUMERS).map(|n| consumer(&cell, n, 0..0)).collect();
    for round in 1..=10 {
        assert_eq!(
            producer.try_claim_n(CAPACITY),
            Ok((1 + 8 * (round - 1), 8 * round))
        );
        producer.publish();
        for consumer in &mut consumers {
            assert_eq!(producer.try_claim(), Err(Error::Full));
            let (_, last) = consumer.poll(CAPACITY).unwrap().unwrap();
            consumer.advance(last);
        }
    }
    // The last one dies three records in.
    producer.try_claim_n(CAPACITY).unwrap();
    producer.publish();
    for (n, consumer) in consumers.iter_mut().enumerate() {
        consumer.advance(if n == 3 { 83 } else { 88 });
    }
    assert_eq!(producer.try_claim_n(3), Ok((89, 91)));
    producer.publish();
    assert_eq!(producer.try_claim(), Err(Error::Full), "for ever");
}

#[test]
fn a_consumer_waits_for_the_cursor_and_for_those_before_it() {
    let region = Region::of::<SequencerLayout4>();
    let cell = SequencerCell::init(region.view()).unwrap();
    let mut producer = producer(&cell);
    // A diamond: two beside each other, then one behind both; and one that follows the cursor.
    let mut left = consumer(&cell, 0, 0..0);
    let mut right = consumer(&cell, 1, 0..0);
    let join = consumer(&cell, 2, 0..2);
    let free = consumer(&cell, 3, 0..0);
    producer.try_claim_n(4).unwrap();
    producer.publish();
    assert_eq!(join.poll(9), Ok(None));
    left.advance(4);
    right.advance(2);
    assert_eq!(join.poll(9), Ok(Some((1, 2))));
    assert_eq!(free.poll(9), Ok(Some((1, 4))));
    assert_eq!(
        free.poll(3),
        Ok(Some((1, 3))),
        "at most as many as asked for"
    );
}

#[test]
fn who_takes_an_end_up_goes_on_where_the_one_before_stopped() {
    let region = Region::of::<SequencerLayout4>();
    let cell = SequencerCell::init(region.view()).unwrap();
    let mut first = producer(&cell);
    first.try_claim_n(5).unwrap();
    first.publish();
    first.try_claim().unwrap();
    consumer(&cell, 0, 0..0).advance(2);
    let cell = SequencerCell::attach(region.view()).unwrap();
    assert_eq!(consumer(&cell, 0, 0..0).poll(9), Ok(Some((3, 5))));
    assert_eq!(
        producer(&cell).try_claim(),
        Ok(6),
        "what was claimed only is claimed anew"
    );
}
