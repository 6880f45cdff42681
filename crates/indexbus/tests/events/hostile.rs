//! Regions that somebody else writes into while they are in use.

use indexbus::Error;

use crate::region::{CELLS, ENTRIES, HEAD, MPSC, Region, TAIL};

#[test]
fn the_queues_go_on_when_their_counters_wrap_around() {
    let region = Region::v1();
    let receivers = std::mem::offset_of!(indexbus_abi::SharedLayout, receivers);
    let first = u64::MAX - 1;
    for word in [HEAD, TAIL, MPSC, MPSC + 64, receivers, receivers + 64] {
        region.set64(word, first);
    }
    for n in 0..1024 {
        let before = first.wrapping_add(n).wrapping_sub(1024);
        let cell = CELLS + 16 * (before % 1024) as usize;
        region.set64(cell, before << 16 | 3);
    }
    let (mut tx, mut rx) = region.spsc();
    let (mut many_tx, mut many_rx) = region.mpsc();
    for n in 0..5_u8 {
        assert_eq!(tx.publish(&[n]), Ok(()));
        assert_eq!(many_tx.publish(&[n]), Ok(()));
    }
    let mut into = [0];
    for n in 0..5_u8 {
        assert_eq!(rx.try_recv_into(&mut into), Ok(Some(1)));
        assert_eq!(into, [n]);
        assert_eq!(many_rx.try_recv_into(&mut into), Ok(Some(1)));
        assert_eq!(into, [n]);
    }
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));
    assert_eq!(many_rx.try_recv_into(&mut into), Ok(None));
}

/// A queue of which somebody else moved a counter, or wrote an entry, after a few laps.
#[test]
fn a_foreign_counter_or_index_is_told_instead_of_delivering_old_bytes() {
    const PUTS: u32 = if cfg!(miri) { 1030 } else { 5000 };
    type Damage<'a> = &'a dyn Fn(&Region, u64);
    let entry = |put: u64| ENTRIES + 4 * (put % 1024) as usize;
    let damages: &[(&str, Damage<'_>)] = &[
        ("the tail a little ahead", &|r, put| r.set64(TAIL, put + 3)),
        ("the tail nearly a lap ahead", &|r, put| {
            r.set64(TAIL, put + 1000)
        }),
        ("the tail beyond a lap", &|r, put| r.set64(TAIL, put + 5000)),
        ("the tail back", &|r, put| r.set64(TAIL, put - 3)),
        ("an index of before", &|r, put| {
            r.set32(entry(put), (put % 1024) as u32 ^ 9);
            r.set64(TAIL, put + 1);
        }),
        ("an index outside", &|r, put| {
            r.set32(entry(put), 1024 + (put % 1024) as u32);
            r.set64(TAIL, put + 1);
        }),
    ];
    for (what, damage) in damages {
        let region = Region::v1();
        let (mut tx, mut rx) = region.spsc();
        let mut into = [0; 8];
        let mut put = 0_u64;
        for _ in 0..PUTS {
            assert_eq!(tx.publish(&put.to_le_bytes()), Ok(()));
            put += 1;
            assert_eq!(rx.try_recv_into(&mut into), Ok(Some(8)));
        }
        damage(&region, put);
        let told = rx.try_recv_into(&mut into);
        assert_eq!(told, Err(Error::Corrupted), "{what}");
    }

    // The producer looks at the consumer's counter when it runs out of room, once a lap.
    for foreign in [1_u64 << 40, 5000] {
        let region = Region::v1();
        let (mut tx, _rx) = region.spsc();
        region.set64(HEAD, foreign);
        let told = (0..1025).find_map(|n| tx.publish(&[n as u8]).err());
        assert_eq!(told, Some(Error::Corrupted));
    }
    let region = Region::v1();
    let (mut tx, _rx) = region.spsc();
    region.set32(ENTRIES, 3);
    assert_eq!(
        tx.publish(b"x"),
        Err(Error::Corrupted),
        "to the producer too"
    );
}

#[test]
fn a_foreign_length_is_told_and_reads_nothing_outside() {
    let region = Region::v1();
    let (mut tx, mut rx) = region.spsc();
    let (mut many_tx, mut many_rx) = region.mpsc();
    let slots = std::mem::offset_of!(indexbus_abi::SharedLayout, pool) + 64;
    let many = std::mem::offset_of!(indexbus_abi::SharedLayout, mpsc_slots);
    tx.publish(b"one").unwrap();
    many_tx.publish(b"one").unwrap();
    for len in [257, u32::MAX] {
        region.set32(slots + 8, len);
        region.set32(many + 8, len);
        let mut into = [0; 256];
        assert_eq!(rx.try_recv_into(&mut into), Err(Error::Corrupted));
        assert_eq!(many_rx.try_recv_into(&mut into), Err(Error::Corrupted));
        assert_eq!(many_rx.drain_in_place(3, |_| {}), Err(Error::Corrupted));
    }
}

/// Cells and counters of the many-producers queue that can't be, told to both ends.
#[test]
fn a_foreign_claim_is_told_to_both_ends() {
    type Damage<'a> = &'a dyn Fn(&Region);
    let damages: &[(&str, Damage<'_>)] = &[
        ("no state", &|r| r.set64(CELLS, 0)),
        ("a put of another lap", &|r| r.set64(CELLS, 2048 << 16 | 1)),
        ("a put of another cell", &|r| r.set64(CELLS, 77 << 16 | 1)),
        ("another slot", &|r| r.set32(CELLS + 8, 3)),
    ];
    for (what, damage) in damages {
        let region = Region::v1();
        let (mut tx, mut rx) = region.mpsc();
        damage(&region);
        assert_eq!(tx.publish(b"x"), Err(Error::Corrupted), "{what}");
        // What names another slot was skipped by who claimed it.
        if region.get64(CELLS) & 3 == 3 {
            assert_eq!(rx.try_recv_into(&mut [0; 8]), Ok(None), "{what}");
            region.set64(CELLS + 16, 1 << 16 | 1);
            region.set32(CELLS + 24, 0);
        }
        assert_eq!(
            rx.try_recv_into(&mut [0; 8]),
            Err(Error::Corrupted),
            "{what}"
        );
    }
    for (what, at, value) in [("tail", MPSC + 64, 5000), ("head", MPSC, 5000)] {
        let region = Region::v1();
        let (mut tx, _rx) = region.mpsc();
        region.set64(at, value);
        let told = (0..1025).find_map(|_| tx.publish(b"x").err());
        assert_eq!(told, Some(Error::Corrupted), "{what}");
    }
    let region = Region::v1();
    let (mut tx, mut rx) = region.mpsc();
    region.set64(CELLS, 1 << 16 | 1 << 2 | 2);
    assert_eq!(rx.try_recv_into(&mut [0; 8]), Err(Error::Corrupted));
    region.set64(CELLS, 9 << 2 | 2);
    assert_eq!(
        rx.try_recv_into(&mut [0; 8]),
        Ok(None),
        "a claim that could be"
    );
    assert_eq!(rx.held_up().map(|claim| claim.owner), Some(9));
    assert_eq!(tx.publish(b"y"), Ok(()), "goes behind it");
}

/// For a moment, each end goes on against somebody who writes wild numbers over all words of both
/// queues: it never panics, never hangs, and ends with an error.
#[cfg(not(miri))] // which would take hours
#[test]
fn wild_words_end_both_ends_with_an_error() {
    let seed = std::cell::Cell::new(0x9e37_79b9_7f4a_7c15_u64);
    let random = move || {
        let mut x = seed.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        seed.set(x);
        x
    };
    for _ in 0..400 {
        let region = Region::v1();
        let (mut tx, mut rx) = region.spsc();
        let (mut many_tx, mut many_rx) = region.mpsc();
        let mut into = [0; 256];
        let mut told = [false; 2];
        for step in 0..20_000 {
            if step > 100 && step % 50 == 0 {
                // A word of the queues: the headers alone, or any.
                let words = if random() % 2 == 0 {
                    16
                } else {
                    20_800 / 8 - 8
                };
                let at = 64 + 8 * (random() as usize % words);
                let near = region.get64(at).wrapping_add(random() % 7).wrapping_sub(3);
                region.set64(at, if random() % 2 == 0 { near } else { random() });
            }
            let single = [
                tx.publish(&[7; 40]).err(),
                rx.try_recv_into(&mut into).err(),
            ];
            let many = [
                many_tx.publish(&[7; 40]).err(),
                many_rx.try_recv_into(&mut into).err(),
            ];
            told[0] |= single.contains(&Some(Error::Corrupted));
            told[1] |= many.contains(&Some(Error::Corrupted));
            if told == [true; 2] {
                break;
            }
        }
        assert_eq!(told, [true; 2]);
    }
}
