//! Conformance: fan-in (reference: IndexBus, IB-7 of section 13).

use indexbus::{
    Error, Merge, SharedLayoutCell, SpscReceiver, SpscSender, init_shared_layout, split_spsc,
};
use indexbus_abi::SharedLayout;

fn layouts() -> [Box<SharedLayout>; 3] {
    [(); 3].map(|()| {
        // SAFETY: all zeroes are a layout; it is initialized below.
        let mut layout: Box<SharedLayout> = unsafe { Box::new_zeroed().assume_init() };
        init_shared_layout(&mut layout);
        layout
    })
}

fn lanes(layouts: &mut [Box<SharedLayout>; 3]) -> ([SpscSender<'_>; 3], [SpscReceiver<'_>; 3]) {
    let pairs = layouts
        .each_mut()
        .map(|layout| split_spsc(SharedLayoutCell::from_mut(layout)));
    let [(a, x), (b, y), (c, z)] = pairs;
    ([a, b, c], [x, y, z])
}

#[test]
fn everything_comes_out_once_in_the_order_of_its_input() {
    let mut layouts = layouts();
    let (mut senders, receivers) = lanes(&mut layouts);
    let mut merge = Merge::new(receivers);
    let mut into = [0; 8];
    let mut next = [0_u8; 3];
    let mut sent = [0_u8; 3];
    for round in 0..200_usize {
        let sender = round * 7 % 3;
        for _ in 0..round % 4 {
            if sent[sender] < 200 {
                senders[sender].publish(&[sent[sender]]).unwrap();
                sent[sender] += 1;
            }
        }
        if let Some((input, len)) = merge.try_recv_into(&mut into).unwrap() {
            assert_eq!((len, into[0]), (1, next[input]));
            next[input] += 1;
        }
    }
    while let Some((input, _)) = merge.try_recv_into(&mut into).unwrap() {
        assert_eq!(into[0], next[input]);
        next[input] += 1;
    }
    assert_eq!(next, sent);
    assert!(sent.iter().all(|sent| *sent > 0));
}

#[test]
fn an_input_that_is_never_empty_does_not_keep_the_others_out() {
    let mut layouts = layouts();
    let (mut senders, receivers) = lanes(&mut layouts);
    for _ in 0..100 {
        senders[0].publish(b"busy").unwrap();
    }
    senders[2].publish(b"rare").unwrap();
    let mut merge = Merge::new(receivers);
    let inputs = [(); 2].map(|()| merge.try_recv_into(&mut [0; 8]).unwrap());
    assert_eq!(inputs, [Some((0, 4)), Some((2, 4))]);
}

#[test]
fn a_buffer_that_is_too_small_leaves_the_record_next() {
    let mut layouts = layouts();
    let (mut senders, receivers) = lanes(&mut layouts);
    senders[1].publish(b"eight...").unwrap();
    senders[2].publish(b"x").unwrap();
    let mut merge = Merge::new(receivers);
    let small = Error::BufferTooSmall {
        required: 8,
        provided: 1,
    };
    for _ in 0..2 {
        assert_eq!(merge.try_recv_into(&mut [0; 1]), Err(small));
    }
    assert_eq!(merge.try_recv_into(&mut [0; 8]), Ok(Some((1, 8))));
    assert_eq!(merge.try_recv_into(&mut [0; 1]), Ok(Some((2, 1))));
    assert_eq!(merge.try_recv_into(&mut [0; 1]), Ok(None));
}
