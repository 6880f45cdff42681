//! Each rule of the reference (IndexBus, sections 1 to 4), at every class.

use indexbus::Error;
use indexbus_abi::EventsClass;

use crate::region::Region;

/// Lengths from nothing to the class's limit; all of them where that is short.
fn lengths(class: EventsClass) -> impl Iterator<Item = usize> {
    let max = class.payload_bytes();
    let step = if cfg!(miri) { 61 } else { max.div_ceil(512) };
    (0..max).step_by(step).chain([max - 1, max])
}

fn payload(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|n| (n * 31 + seed) as u8).collect()
}

fn classes() -> impl Iterator<Item = EventsClass> {
    // Miri would take minutes for the large ones.
    let few = if cfg!(miri) { 2 } else { 5 };
    EventsClass::ALL.into_iter().take(few)
}

#[test]
fn spsc_is_first_in_first_out_at_every_length() {
    for class in classes() {
        let region = Region::new(class);
        let (mut tx, mut rx) = region.spsc();
        assert_eq!(tx.max_payload_bytes(), class.payload_bytes());
        let mut into = vec![0; class.payload_bytes()];
        for len in lengths(class) {
            let (first, second) = (payload(len, 1), payload(len, 2));
            assert_eq!(tx.publish(&first), Ok(()));
            assert_eq!(tx.publish(&second), Ok(()));
            assert_eq!(rx.try_recv_into(&mut into), Ok(Some(len)));
            assert_eq!(into[..len], first, "{class:?}");
            assert_eq!(rx.try_recv_into(&mut into), Ok(Some(len)));
            assert_eq!(into[..len], second, "{class:?}");
            assert_eq!(rx.try_recv_into(&mut into), Ok(None));
        }
        assert_eq!(region.validate(), Ok(()));
    }
}

#[test]
fn mpsc_carries_every_length() {
    for class in classes() {
        let region = Region::new(class);
        let (mut tx, mut rx) = region.mpsc();
        assert_eq!(tx.max_payload_bytes(), class.payload_bytes());
        let mut into = vec![0; class.payload_bytes()];
        for len in lengths(class) {
            let sent = payload(len, 3);
            assert_eq!(tx.publish(&sent), Ok(()));
            assert_eq!(rx.try_recv_into(&mut into), Ok(Some(len)));
            assert_eq!(into[..len], sent, "{class:?}");
            assert_eq!(rx.try_recv_into(&mut into), Ok(None));
        }
        assert_eq!(region.validate(), Ok(()));
    }
}

/// `Full` discards nothing, and one place is free after one was taken: at each of some laps.
#[test]
fn full_discards_nothing_and_goes_on_after_one_was_taken() {
    let region = Region::v1();
    let (mut tx, mut rx) = region.spsc();
    let (mut many_tx, mut many_rx) = region.mpsc();
    let mut into = [0; 8];
    for lap in 0..3_u32 {
        for n in 0..1024 {
            let payload = (lap * 1024 + n).to_le_bytes();
            assert_eq!(tx.publish(&payload), Ok(()));
            assert_eq!(many_tx.publish(&payload), Ok(()), "slots of its own");
        }
        assert_eq!(tx.publish(b"late"), Err(Error::Full));
        assert_eq!(many_tx.publish(b"late"), Err(Error::Full));
        for n in 0..1024 {
            let expected = (lap * 1024 + n).to_le_bytes();
            assert_eq!(rx.try_recv_into(&mut into), Ok(Some(4)));
            assert_eq!(into[..4], expected);
            assert_eq!(many_rx.try_recv_into(&mut into), Ok(Some(4)));
            assert_eq!(into[..4], expected);
            if n == 0 {
                assert_eq!(tx.publish(b"more"), Ok(()));
                assert_eq!(tx.publish(b"late"), Err(Error::Full));
                assert_eq!(many_tx.publish(b"more"), Ok(()));
                assert_eq!(many_tx.publish(b"late"), Err(Error::Full));
            }
        }
        for rest in [
            rx.try_recv_into(&mut into),
            many_rx.try_recv_into(&mut into),
        ] {
            assert_eq!((rest, &into[..4]), (Ok(Some(4)), &b"more"[..]));
        }
    }
    assert_eq!(region.validate(), Ok(()));
}

#[test]
fn too_large_and_a_buffer_too_small_leave_everything_in_place() {
    let region = Region::v1();
    let (mut tx, mut rx) = region.spsc();
    let (mut many_tx, mut many_rx) = region.mpsc();
    let too_large = Error::TooLarge { max: 256, len: 257 };
    assert_eq!(tx.publish(&[0; 257]), Err(too_large));
    assert_eq!(tx.reserve(257).err(), Some(too_large));
    assert_eq!(many_tx.publish(&[0; 257]), Err(too_large));
    assert_eq!(many_tx.reserve(257).err(), Some(too_large));
    tx.publish(b"hello").unwrap();
    many_tx.publish(b"hello").unwrap();
    let too_small = Error::BufferTooSmall {
        required: 5,
        provided: 4,
    };
    assert_eq!(rx.try_recv_into(&mut [0; 4]), Err(too_small));
    assert_eq!(many_rx.try_recv_into(&mut [0; 4]), Err(too_small));
    assert_eq!(rx.drain(9, &mut [0; 4], |_| {}), Err(too_small));
    let mut into = [0; 5];
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(5)));
    assert_eq!(&into, b"hello");
    assert_eq!(many_rx.try_recv_into(&mut into), Ok(Some(5)));
    assert_eq!(&into, b"hello");
}

/// The publishing write is the synchronization point: what was put or reserved is not seen before.
#[test]
fn nothing_is_visible_before_it_is_published() {
    let region = Region::v1();
    let (mut tx, mut rx) = region.spsc();
    let mut into = [0; 8];
    tx.put(b"one").unwrap();
    let mut place = tx.reserve(8).unwrap();
    place.write(0, b"in place");
    place.write(3, b"of");
    place.put();
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));
    tx.flush();
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(3)));
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(8)));
    assert_eq!(&into, b"in oface");

    drop(tx.reserve(8).unwrap());
    let mut place = tx.reserve(4).unwrap();
    place.write(0, b"kept");
    place.commit();
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(4)));
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));

    let (mut tx, mut rx) = region.mpsc();
    let mut other = tx.clone();
    let mut place = tx.reserve(4).unwrap();
    place.write(0, b"four");
    other.publish(b"behind").unwrap();
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));
    place.commit().unwrap();
    drop(tx.reserve(2).unwrap());
    other.publish(b"last").unwrap();
    let mut came = Vec::new();
    assert_eq!(
        rx.drain(9, &mut into, |bytes| came.push(bytes.to_vec())),
        Ok(3)
    );
    assert_eq!(came, [&b"four"[..], b"behind", b"last"]);
    assert_eq!(rx.skipped(), 1);
}

/// A batch is freed by one store at its end, and what lies in place is what was sent.
#[test]
fn a_batch_is_handed_out_in_order_up_to_the_limit() {
    let region = Region::v1();
    let (mut tx, mut rx) = region.spsc();
    let (mut many_tx, mut many_rx) = region.mpsc();
    for n in 0..10_u64 {
        tx.put(&n.to_le_bytes()).unwrap();
        many_tx.publish(&n.to_le_bytes()).unwrap();
    }
    tx.flush();
    let mut into = [0; 8];
    let mut expected = 0_u64;
    let mut check = |bytes: &[u8]| {
        assert_eq!(bytes, expected.to_le_bytes());
        expected += 1;
    };
    assert_eq!(rx.drain(4, &mut into, &mut check), Ok(4));
    let in_place = rx.drain_in_place(4, |payload| {
        let mut header = [0; 3];
        assert_eq!((payload.len(), payload.is_empty()), (8, false));
        assert_eq!(payload.copy_start_into(&mut header), Ok(3));
        let mut all = [0; 9];
        assert_eq!(payload.copy_into(&mut all), Ok(8));
        assert_eq!(all[..3], header);
        check(&all[..8]);
    });
    assert_eq!(in_place, Ok(4));
    assert_eq!(rx.drain(9, &mut into, &mut check), Ok(2));
    assert_eq!(rx.drain(9, &mut into, &mut check), Ok(0));

    expected = 0;
    let mut check = |bytes: &[u8]| {
        assert_eq!(bytes, expected.to_le_bytes());
        expected += 1;
    };
    assert_eq!(many_rx.drain(4, &mut into, &mut check), Ok(4));
    let in_place = many_rx.drain_in_place(9, |payload| {
        let mut all = [0; 8];
        assert_eq!(payload.copy_into(&mut all), Ok(8));
        check(&all);
    });
    assert_eq!(in_place, Ok(6));
}

/// At most once: who comes after a receiver that didn't release doesn't get its payloads again.
#[test]
fn what_was_handed_out_is_not_handed_out_again() {
    let region = Region::v1();
    let (mut tx, mut rx) = region.spsc();
    let (mut many_tx, mut many_rx) = region.mpsc();
    for n in 0..3_u8 {
        tx.publish(&[n]).unwrap();
        many_tx.publish(&[n]).unwrap();
    }
    let mut into = [0; 1];
    assert_eq!(rx.take_into(&mut into), Ok(Some(1)));
    assert_eq!(many_rx.take_into(&mut into), Ok(Some(1)));
    assert_eq!(region.validate(), Ok(()));
    // Gone without a release, as in a process that was killed.
    let (_, mut rx) = region.spsc();
    let (_, mut many_rx) = region.mpsc();
    assert_eq!((rx.try_recv_into(&mut into), into), (Ok(Some(1)), [1]));
    assert_eq!((many_rx.try_recv_into(&mut into), into), (Ok(Some(1)), [1]));
    assert_eq!(region.validate(), Ok(()));
}

#[test]
fn two_threads_lose_nothing_and_keep_the_order() {
    const COUNT: u32 = if cfg!(miri) { 300 } else { 100_000 };
    let region = Region::v1();
    let (mut tx, mut rx) = region.spsc();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for n in 0..COUNT {
                while tx.publish(&n.to_le_bytes()) == Err(Error::Full) {
                    std::thread::yield_now();
                }
            }
        });
        let mut into = [0; 4];
        let mut next = 0;
        while next < COUNT {
            let came = rx.drain(64, &mut into, |bytes| {
                assert_eq!(bytes, next.to_le_bytes());
                next += 1;
            });
            if came.unwrap() == 0 {
                std::thread::yield_now();
            }
        }
    });
    assert_eq!(region.validate(), Ok(()));
}

#[test]
fn mpsc_keeps_the_order_of_each_producer() {
    const COUNT: u32 = if cfg!(miri) { 60 } else { 20_000 };
    const PRODUCERS: usize = 3;
    let region = Region::v1();
    let (tx, mut rx) = region.mpsc();
    std::thread::scope(|scope| {
        for producer in 0..PRODUCERS {
            let mut tx = tx.clone();
            scope.spawn(move || {
                for n in 0..COUNT {
                    let mut payload = [producer as u8; 5];
                    payload[1..].copy_from_slice(&n.to_le_bytes());
                    while tx.publish(&payload) == Err(Error::Full) {
                        std::thread::yield_now();
                    }
                }
            });
        }
        let mut next = [0_u32; PRODUCERS];
        let mut into = [0; 5];
        while next.iter().any(|n| *n < COUNT) {
            if rx.try_recv_into(&mut into) != Ok(Some(5)) {
                std::thread::yield_now();
                continue;
            }
            let expected = &mut next[into[0] as usize];
            assert_eq!(into[1..], expected.to_le_bytes());
            *expected += 1;
        }
        assert_eq!(rx.try_recv_into(&mut into), Ok(None));
    });
    assert_eq!(region.validate(), Ok(()));
}
