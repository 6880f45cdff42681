//! Producers of a many-producers queue that die, or are held for dead.

use std::cell::Cell;

use indexbus::{Error, HeldUp, Liveness, NeverDead};

use crate::region::Region;

/// Locks of which some are free, and how often they were asked.
struct Locks {
    free: &'static [u32],
    asked: Cell<u32>,
}

impl Liveness for Locks {
    type Error = &'static str;

    fn is_dead(&self, owner: u32) -> Result<bool, Self::Error> {
        self.asked.set(self.asked.get() + 1);
        Ok(self.free.contains(&owner))
    }
}

fn locks(free: &'static [u32]) -> Locks {
    Locks {
        free,
        asked: Cell::new(0),
    }
}

#[test]
fn a_claim_is_waited_for_and_reported_until_its_owners_lock_is_free() {
    let region = Region::v1();
    let (tx, mut rx) = region.mpsc();
    let mut first = tx.clone().owned_by(7).unwrap();
    let mut second = tx.owned_by(8).unwrap();
    let mut into = [0; 8];
    first.publish(b"one").unwrap();
    let claim = first.reserve(3).unwrap();
    second.publish(b"behind").unwrap();

    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(3)));
    assert_eq!(rx.held_up(), None);
    for polls in 1..=5 {
        assert_eq!(rx.try_recv_into(&mut into), Ok(None));
        let held_up = HeldUp {
            owner: 7,
            count: 1,
            polls,
        };
        assert_eq!(rx.held_up(), Some(held_up));
    }
    assert_eq!(rx.skip_dead(&NeverDead), Ok(None));
    assert_eq!(
        rx.skip_dead(&locks(&[8])),
        Ok(None),
        "another's lock is free"
    );
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));

    let skipped = rx.skip_dead(&locks(&[7])).unwrap();
    assert_eq!(skipped.map(|claim| claim.owner), Some(7));
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(6)));
    assert_eq!((rx.held_up(), rx.skipped()), (None, 1));
    assert_eq!(claim.commit(), Err(Error::ClaimLost), "too late");
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));
    assert_eq!(region.validate(), Ok(()));
}

#[test]
fn a_claim_that_is_filled_before_it_is_skipped_arrives() {
    let region = Region::v1();
    let (tx, mut rx) = region.mpsc();
    let mut tx = tx.owned_by(1).unwrap();
    let mut into = [0; 8];
    let mut claim = tx.reserve(4).unwrap();
    claim.write(0, b"late");
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));
    claim.commit().unwrap();
    assert_eq!(rx.skip_dead(&locks(&[1])), Ok(None));
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(4)));
    assert_eq!(&into[..4], b"late");
}

#[test]
fn whoever_takes_up_a_number_skips_what_its_owner_before_left() {
    let region = Region::v1();
    let (tx, mut rx) = region.mpsc();
    let mut dead = tx.clone().owned_by(3).unwrap();
    std::mem::forget(dead.reserve(1).unwrap());
    std::mem::forget(dead.reserve(1).unwrap());
    assert_eq!(
        region.validate(),
        Ok(()),
        "a claim of the dead is no damage"
    );
    let mut next = tx.owned_by(3).unwrap();
    next.publish(b"next").unwrap();
    let mut into = [0; 8];
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(4)));
    assert_eq!(rx.skipped(), 2);
}

#[test]
fn no_number_of_nobody_and_none_beyond_the_last() {
    let region = Region::v1();
    let (tx, mut rx) = region.mpsc();
    assert_eq!(tx.clone().owned_by(0).err(), Some(Error::Misused));
    assert_eq!(tx.clone().owned_by(1 << 14).err(), Some(Error::Misused));
    assert!(tx.clone().owned_by((1 << 14) - 1).is_ok());
    // A claim without an owner: nobody can tell, so it is waited for, and no lock is asked.
    let mut tx = tx;
    std::mem::forget(tx.reserve(1).unwrap());
    assert_eq!(rx.try_recv_into(&mut [0; 1]), Ok(None));
    let locks = locks(&[0]);
    assert_eq!(rx.skip_dead(&locks), Ok(None));
    assert_eq!((rx.held_up().unwrap().owner, locks.asked.get()), (0, 0));
}
