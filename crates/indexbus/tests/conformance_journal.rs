//! Conformance: the journal (reference: IndexBus, section 7, and IB-4 of section 13).

#[allow(dead_code)]
mod region;

use std::mem::offset_of;

use indexbus::{
    Error, JournalPublisher, JournalRead, JournalSubscribers, Start, attach_journal_layout4,
    init_journal_memory, split_journal, validate_journal_layout4,
};
use indexbus_abi::{INDEXBUS_JOURNAL_SEGMENT_BYTES, JournalLayout4, SegmentMeta};
use region::{Random, Region};

const SEGMENT: u64 = INDEXBUS_JOURNAL_SEGMENT_BYTES as u64;
const PUBLISHED: usize = offset_of!(JournalLayout4, pub_pos);
const BYTES: usize = offset_of!(JournalLayout4, segment_bufs);
const IDS: usize = offset_of!(JournalLayout4, segments) + offset_of!(SegmentMeta, segment_id);

fn fresh() -> Region {
    let region = Region::of::<JournalLayout4>();
    init_journal_memory(region.view()).unwrap();
    region
}

fn ends(region: &Region) -> (JournalPublisher<'_>, JournalSubscribers<'_>) {
    split_journal(attach_journal_layout4(region.view()).unwrap()).unwrap()
}

fn record(position: u64, len: usize) -> Result<Option<JournalRead>, Error> {
    Ok(Some(JournalRead::Record { position, len }))
}

#[test]
fn what_is_appended_comes_out_whole_and_in_order_for_every_length() {
    let region = fresh();
    let (mut publisher, subscribers) = ends(&region);
    let mut subscriber = subscribers.subscribe(Start::Newest).unwrap();
    let mut into = vec![0; publisher.max_record_bytes()];
    let few = if cfg!(miri) { 20 } else { 600 };
    let lens = (0..few).chain([65_519, 65_520, 65_521, 65_527, 65_528]);
    for len in lens {
        let payload: Vec<u8> = (0..len).map(|n| (n * 7 + len) as u8).collect();
        let position = publisher.append(&payload).unwrap();
        assert_eq!(subscriber.try_recv_into(&mut into), record(position, len));
        assert_eq!(into[..len], payload);
        assert_eq!(subscriber.try_recv_into(&mut into), Ok(None));
    }
    assert_eq!(
        publisher.append(&vec![0; 65_529]),
        Err(Error::TooLarge {
            max: 65_528,
            len: 65_529
        })
    );
    validate_journal_layout4(region.view()).unwrap();
}

#[test]
fn a_record_that_is_not_committed_or_not_published_is_invisible() {
    let region = fresh();
    let (mut publisher, subscribers) = ends(&region);
    let mut subscriber = subscribers.subscribe(Start::Oldest).unwrap();
    let mut into = [0; 16];
    publisher.put(b"one").unwrap();
    publisher.put(b"two").unwrap();
    assert_eq!(subscriber.try_recv_into(&mut into), Ok(None));
    publisher.flush();
    assert_eq!(subscriber.try_recv_into(&mut into), record(0, 3));
    // The publisher dies after the first phase of the second: position published, flag not set.
    let header = region.get64(BYTES + 16).to_ne_bytes();
    let uncommitted = [header[0], header[1], header[2], header[3], 0, 0, 0, 0];
    region.set64(BYTES + 16, u64::from_ne_bytes(uncommitted));
    assert_eq!(
        subscriber.try_recv_into(&mut into),
        Err(Error::Corrupted),
        "a published record is committed, so somebody else wrote"
    );
    assert_eq!(
        validate_journal_layout4(region.view()).err(),
        Some(Error::Corrupted)
    );
}

#[test]
fn a_publisher_that_died_before_it_published_is_followed_by_one_that_overwrites() {
    let region = fresh();
    let (mut dead, subscribers) = ends(&region);
    dead.append(b"first").unwrap();
    dead.put(b"lost").unwrap();
    let (mut heir, _) = ends(&region);
    assert_eq!(heir.append(b"second"), Ok(16));
    let mut subscriber = subscribers.subscribe(Start::Oldest).unwrap();
    let mut into = [0; 16];
    assert_eq!(subscriber.try_recv_into(&mut into), record(0, 5));
    assert_eq!(subscriber.try_recv_into(&mut into), record(16, 6));
    assert_eq!(&into[..6], b"second");
}

#[test]
fn a_slow_subscriber_is_told_of_the_overrun_and_goes_on_at_the_oldest_whole_record() {
    let region = fresh();
    let (mut publisher, subscribers) = ends(&region);
    let mut subscriber = subscribers.subscribe(Start::Oldest).unwrap();
    let mut into = [0; 1024];
    // 63 records of 1,032 bytes fill a segment, with a wrap record after them.
    let mut positions = Vec::new();
    for n in 0..63 * 4 + 1_u32 {
        let mut payload = [0; 1024];
        payload[..4].copy_from_slice(&n.to_ne_bytes());
        positions.push(publisher.append(&payload).unwrap());
    }
    let oldest = positions[63 * 2];
    assert_eq!(oldest, 2 * SEGMENT);
    let overrun = JournalRead::Overrun { lost: oldest };
    assert_eq!(subscriber.try_recv_into(&mut into), Ok(Some(overrun)));
    for (n, position) in positions.iter().enumerate().skip(63 * 2) {
        assert_eq!(subscriber.try_recv_into(&mut into), record(*position, 1024));
        assert_eq!(into[..4], (n as u32).to_ne_bytes());
    }
    assert_eq!(subscriber.try_recv_into(&mut into), Ok(None));
}

#[test]
fn who_resumes_behind_an_overrun_that_only_a_dead_subscriber_was_told_of_is_told_too() {
    let region = fresh();
    let (mut publisher, subscribers) = ends(&region);
    let mut dies = subscribers.subscribe(Start::Oldest).unwrap();
    let mut into = [0; 1024];
    for n in 0..63 * 4 + 1_u32 {
        publisher.append(&[n as u8; 1024]).unwrap();
    }
    let overrun = Ok(Some(JournalRead::Overrun { lost: 2 * SEGMENT }));
    assert_eq!(dies.try_recv_into(&mut into), overrun);
    let number = dies.number();
    let mut heir = subscribers.resume(number).unwrap();
    assert_eq!(heir.try_recv_into(&mut into), overrun);
    assert_eq!(heir.try_recv_into(&mut into), record(2 * SEGMENT, 1024));
    let mut next = subscribers.resume(number).unwrap();
    let behind = 2 * SEGMENT + 8 + 1024;
    assert_eq!(next.try_recv_into(&mut into), record(behind, 1024));
}

#[test]
fn tail_begins_behind_the_newest_and_replay_at_the_oldest_or_at_a_known_position() {
    let region = fresh();
    let (mut publisher, subscribers) = ends(&region);
    let first = publisher.append(b"a").unwrap();
    let second = publisher.append(b"bb").unwrap();
    let mut into = [0; 8];
    let mut tail = subscribers.subscribe(Start::Newest).unwrap();
    assert_eq!(tail.try_recv_into(&mut into), Ok(None));
    let mut replay = subscribers.subscribe(Start::Oldest).unwrap();
    assert_eq!(replay.try_recv_into(&mut into), record(first, 1));
    let mut at = subscribers.subscribe(Start::At(second)).unwrap();
    assert_eq!(at.try_recv_into(&mut into), record(second, 2));
    for nowhere in [8, 12, second + 8, 64, u64::MAX - 7, u64::MAX] {
        let refused = subscribers.subscribe(Start::At(nowhere)).err();
        assert_eq!(refused, Some(Error::Misused), "{nowhere}");
    }
}

#[test]
fn there_are_four_subscribers_and_each_can_be_released_or_taken_up_again() {
    let region = fresh();
    let (mut publisher, subscribers) = ends(&region);
    let mut all: Vec<_> = (0..4)
        .map(|_| subscribers.subscribe(Start::Newest).unwrap())
        .collect();
    let fifth = subscribers.subscribe(Start::Newest).err();
    assert_eq!(fifth, Some(Error::Taken));
    publisher.append(b"one").unwrap();
    publisher.append(b"two").unwrap();
    let mut into = [0; 8];
    assert_eq!(all[1].try_recv_into(&mut into), record(0, 3));
    let dropped = all.remove(1).number();
    assert_eq!(subscribers.position(dropped), Ok(Some(16)));
    let mut again = subscribers.resume(dropped).unwrap();
    assert_eq!(again.try_recv_into(&mut into), record(16, 3));
    again.unsubscribe();
    assert_eq!(subscribers.resume(dropped).err(), Some(Error::Misused));
    let next = subscribers.subscribe(Start::Oldest).unwrap();
    assert_eq!(next.number(), dropped);
    subscribers.release(0).unwrap();
    assert_eq!(subscribers.position(0), Ok(None));
    assert_eq!(subscribers.release(4), Err(Error::Misused));
}

#[test]
fn a_buffer_that_is_too_small_leaves_the_record_where_it_is() {
    let region = fresh();
    let (mut publisher, subscribers) = ends(&region);
    let mut subscriber = subscribers.subscribe(Start::Newest).unwrap();
    publisher.append(&[1; 20]).unwrap();
    assert_eq!(
        subscriber.try_recv_into(&mut [0; 19]),
        Err(Error::BufferTooSmall {
            required: 20,
            provided: 19
        })
    );
    assert_eq!(subscriber.try_recv_into(&mut [0; 20]), record(0, 20));
}

#[test]
fn a_published_position_that_somebody_moves_ahead_shows_no_record_of_a_lap_ago() {
    for ahead in 1..if cfg!(miri) { 2 } else { 60 } {
        let region = fresh();
        let (mut publisher, subscribers) = ends(&region);
        // Records that fill segments without a rest: each lies where one lay a lap ago.
        for _ in 0..64 * 5 + 3 {
            publisher.append(&[7; 1016]).unwrap();
        }
        let mut subscriber = subscribers.subscribe(Start::Newest).unwrap();
        region.set64(PUBLISHED, region.get64(PUBLISHED) + 1024 * ahead);
        let read = subscriber.try_recv_into(&mut [0; 2048]);
        assert_eq!(read, Err(Error::Corrupted), "{ahead} records ahead");
    }
}

#[test]
fn another_kind_and_a_journal_that_is_not_ready_are_told_apart() {
    let region = Region::of::<JournalLayout4>();
    let refused = |region: &Region| validate_journal_layout4(region.view()).err();
    assert_eq!(refused(&region), Some(Error::NotInitialized));
    init_journal_memory(region.view()).unwrap();
    assert_eq!(refused(&region), None);
    region.set64(0, region.get64(0) ^ 1 << 48);
    assert_eq!(refused(&region), Some(Error::IncompatibleLayout));
}

#[test]
fn every_word_that_somebody_else_writes_is_told_or_harmless() {
    // Positions, names, tails, headers: what is foreign ends with `Corrupted` or an overrun, never
    // with a panic, an access outside, or more records than were appended.
    let mut random = Random(0x1234_5678_9abc_def1);
    let mut told = 0;
    let rounds = if cfg!(miri) { 4 } else { 400 };
    for _ in 0..rounds {
        let region = fresh();
        let (mut publisher, subscribers) = ends(&region);
        let mut subscriber = subscribers.subscribe(Start::Oldest).unwrap();
        let mut into = vec![0; 65_528];
        for n in 0..200_usize {
            publisher.append(&vec![n as u8; 37 * (n % 60)]).unwrap();
        }
        let at = match random.below(3) {
            0 => PUBLISHED + 8 * random.below(46) as usize,
            1 => IDS + 64 * random.below(3) as usize,
            _ => BYTES + 8 * random.below(2 * SEGMENT / 8) as usize,
        };
        region.set64(at, random.hostile());
        let _ = validate_journal_layout4(region.view());
        let mut records = 0;
        let end = loop {
            match subscriber.try_recv_into(&mut into) {
                Ok(Some(JournalRead::Record { len, .. })) => {
                    assert!(len <= into.len());
                    records += 1;
                }
                Ok(Some(JournalRead::Overrun { .. })) => records += 1,
                end => break end,
            }
            assert!(records < 100_000, "it never ends");
        };
        told += usize::from(end == Err(Error::Corrupted));
        assert!(matches!(end, Ok(None) | Err(Error::Corrupted)));
        for start in [Start::Oldest, Start::At(random.hostile() / 8 * 8)] {
            let _ = subscribers.subscribe(start);
        }
        let _ = subscribers.resume(random.below(4) as usize);
        if let Ok((mut publisher, _)) =
            attach_journal_layout4(region.view()).and_then(split_journal)
        {
            for _ in 0..10 {
                let _ = publisher.append(&[7; 30_000]);
            }
        }
    }
    let enough = told > rounds / 20 || cfg!(miri);
    assert!(enough, "what is foreign was told {told} times only");
}
