//! An events chain: slots go from queue to queue, and no bytes; ends are taken once; damage is told.

use std::fs::File;
use std::mem::offset_of;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

use byteor_abi::{EventsChainLayout4, EventsChainRegion4};
use byteor_pipeline_backings_shm::{Attach, OpenOptions, ShmEventsChainRegion};
use byteor_pipeline_kernel::ChainQueue::{Mpsc, Spsc};
use byteor_pipeline_kernel::{LaneError, LaneRx, LaneTx};
use indexbus_abi::{IndexQueue, MpscCell, MpscQueue};

const LIVE: OpenOptions = OpenOptions {
    init_timeout: Duration::from_millis(20),
    attach: Attach::Live,
};

struct Chain {
    _dir: tempfile::TempDir,
    path: PathBuf,
    region: ShmEventsChainRegion,
}

impl Chain {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chain");
        let region = ShmEventsChainRegion::create(&path).unwrap();
        Self {
            _dir: dir,
            path,
            region,
        }
    }

    fn attach(&self, attach: Attach) -> Result<ShmEventsChainRegion, &'static str> {
        let options = OpenOptions { attach, ..LIVE };
        ShmEventsChainRegion::attach(&self.path, options).map_err(|e| e.code())
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        let file = File::options().write(true).open(&self.path).unwrap();
        file.write_all_at(bytes, at as u64).unwrap();
    }

    fn read(&self, at: usize, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        let file = File::open(&self.path).unwrap();
        file.read_exact_at(&mut bytes, at as u64).unwrap();
        bytes
    }
}

#[test]
fn a_slot_goes_through_all_queues_and_its_record_with_it() {
    let chain = Chain::new();
    let queues = [Spsc(0), Mpsc(0), Spsc(1), Mpsc(3), Spsc(3)];
    let mut first = chain.region.tx(queues[0]).unwrap();
    for n in 0..5_000_u32 {
        first.try_send(&n.to_le_bytes()).unwrap();
        for pair in queues.windows(2) {
            let mut slot = chain.region.rx(pair[0]).unwrap().take().unwrap().unwrap();
            let mut record = [0; 256];
            assert_eq!(slot.read_into(&mut record), Ok(4));
            assert_eq!(record[..4], n.to_le_bytes());
            if n % 2 == 1 {
                slot.rewrite(&n.to_le_bytes()).unwrap();
            }
            chain.region.tx(pair[1]).unwrap().pass(slot).unwrap();
        }
        let mut last = chain.region.rx(queues[4]).unwrap();
        assert_eq!(last.try_recv_into(&mut [0; 256]), Ok(Some(4)));
        assert!(last.take().unwrap().is_none());
    }
    assert!(chain.attach(Attach::Fresh).is_ok(), "no slot was lost");
}

#[test]
fn all_queues_share_the_slots_and_a_slot_that_is_dropped_goes_back() {
    let chain = Chain::new();
    let (mut one, mut many) = (
        chain.region.tx(Spsc(0)).unwrap(),
        chain.region.tx(Mpsc(1)).unwrap(),
    );
    for n in 0..512_u32 {
        one.try_send(&n.to_le_bytes()).unwrap();
        many.try_send(&n.to_le_bytes()).unwrap();
    }
    assert_eq!(one.try_send(b""), Err(LaneError::Full));
    let mut rx = chain.region.rx(Spsc(0)).unwrap();
    drop(rx.take().unwrap().unwrap());
    many.try_send(b"of its slot").unwrap();
    assert_eq!(many.try_send(b""), Err(LaneError::Full));
    // A queue of 1,024 can't be full while the slots are in another one, but passing goes on.
    let slot = rx.take().unwrap().unwrap();
    many.pass(slot).unwrap();
    assert!(chain.attach(Attach::Fresh).is_ok());
}

#[test]
fn each_end_has_one_owner_and_a_slot_stays_in_its_region() {
    let chain = Chain::new();
    let tx = chain.region.tx(Spsc(2)).unwrap();
    let taken = Some(LaneError::Taken);
    assert_eq!(chain.region.tx(Spsc(2)).err(), taken);
    let many = [
        chain.region.tx(Mpsc(2)).unwrap(),
        chain.region.tx(Mpsc(2)).unwrap(),
    ];
    let rx = chain.region.rx(Mpsc(2)).unwrap();
    assert_eq!(chain.region.rx(Mpsc(2)).err(), taken);
    for queue in [Spsc(4), Mpsc(4)] {
        assert_eq!(chain.region.tx(queue).err(), Some(LaneError::Misused));
        assert_eq!(chain.region.rx(queue).err(), Some(LaneError::Misused));
    }
    drop((tx, rx, many));
    chain.region.tx(Spsc(2)).unwrap().try_send(b"mine").unwrap();
    let slot = chain.region.rx(Spsc(2)).unwrap().take().unwrap().unwrap();
    let other = Chain::new();
    let refused = other.region.tx(Spsc(0)).unwrap().pass(slot).unwrap_err();
    assert_eq!(refused.error, LaneError::Misused);
    assert_eq!(refused.slot.read_into(&mut [0; 256]), Ok(4));
    drop((refused, other));
    assert!(chain.attach(Attach::Fresh).is_ok());
}

#[test]
fn a_claim_holds_up_its_queue_until_its_lock_is_free() {
    let chain = Chain::new();
    let mpsc = offset_of!(EventsChainLayout4, mpsc);
    let lock = chain.region.owners().take().unwrap();
    // What a producer that died at its claim leaves.
    let claimed = u64::from(lock.number()) << 2 | 2;
    let cells = mpsc + offset_of!(MpscQueue, cells);
    chain.write(cells, &claimed.to_ne_bytes());
    chain.write(mpsc + offset_of!(MpscQueue, tail), &1_u64.to_ne_bytes());
    let mut tx = chain.region.tx(Mpsc(0)).unwrap();
    tx.try_send(b"behind").unwrap();
    let mut rx = chain.region.rx(Mpsc(0)).unwrap();
    for polls in 1..=100 {
        assert!(rx.take().unwrap().is_none());
        let held_up = rx.held_up().unwrap();
        assert_eq!((held_up.owner, held_up.polls), (lock.number(), polls));
        let owners = chain.region.owners();
        assert_eq!(rx.skip_dead(&owners).unwrap(), None, "it lives");
    }
    let number = lock.number();
    drop(lock);
    let skipped = rx.skip_dead(&chain.region.owners()).unwrap();
    assert_eq!(skipped.unwrap().owner, number);
    assert_eq!(rx.try_recv_into(&mut [0; 256]), Ok(Some(6)));
    // Whoever takes the number up skips what was left, in all queues, and once.
    let left = u64::from(number) << 2 | 2 | 2 << 16;
    chain.write(cells + 2 * size_of::<MpscCell>(), &left.to_ne_bytes());
    let next = ShmEventsChainRegion::attach(&chain.path, LIVE).unwrap();
    tx.try_send(b"after").unwrap();
    assert_eq!(rx.try_recv_into(&mut [0; 256]), Ok(Some(5)));
    assert!(rx.held_up().is_none());
    assert_eq!(next.chain().own_claims(9), Err(LaneError::Taken));
    assert_eq!(next.chain().own_claims(0), Err(LaneError::Misused));
}

#[test]
fn damage_is_refused_by_attaching_and_by_each_end() {
    let spsc = offset_of!(EventsChainLayout4, spsc);
    let mpsc = offset_of!(EventsChainLayout4, mpsc);
    let cells = mpsc + offset_of!(MpscQueue, cells);
    let sequences = offset_of!(EventsChainRegion4, sequences);
    let corrupted = Some("E_REGION_CORRUPTED");
    // Where, what, and whether a receiver of the first queue, or the second, comes upon it.
    let cases: &[(&str, usize, &[u8], [bool; 2])] = &[
        (
            "a tail far ahead",
            spsc + offset_of!(IndexQueue, tail),
            &[9; 8],
            [true, false],
        ),
        (
            "a slot that there is none of",
            spsc + 128,
            &[0xee; 4],
            [true, false],
        ),
        (
            "a slot of another queue",
            spsc + 128,
            &[1, 0, 0, 0],
            [true, false],
        ),
        ("a claim that can't be", cells, &[7; 8], [false, true]),
        ("what a slot says", sequences, &[3; 4], [true, false]),
    ];
    for (what, at, bytes, ends) in cases {
        let chain = Chain::new();
        chain
            .region
            .tx(Spsc(0))
            .unwrap()
            .try_send(b"first")
            .unwrap();
        chain
            .region
            .tx(Mpsc(0))
            .unwrap()
            .try_send(b"second")
            .unwrap();
        let before = chain.read(*at, bytes.len());
        chain.write(*at, bytes);
        assert_eq!(chain.attach(Attach::Fresh).err(), corrupted, "{what}");
        let live = chain.attach(Attach::Live).unwrap();
        for (queue, hit) in [Spsc(0), Mpsc(0)].into_iter().zip(ends) {
            let mut rx = live.rx(queue).unwrap();
            let expected = if *hit {
                Some(LaneError::Corrupted)
            } else {
                None
            };
            assert_eq!(rx.take().err(), expected, "{what}, {queue:?}");
        }
        assert_ne!(before, *bytes, "{what} changes something");
    }
    let chain = Chain::new();
    for (at, bytes, code) in [
        (16, [1, 0], "E_REGION_NOT_INITIALIZED"),
        (6, [101, 0], "E_REGION_INCOMPATIBLE"),
        (10, [0, 0], "E_REGION_INCOMPATIBLE"),
    ] {
        let before = chain.read(at, 2);
        chain.write(at, &bytes);
        assert_eq!(chain.attach(Attach::Live).err(), Some(code));
        chain.write(at, &before);
    }
    assert!(chain.attach(Attach::Fresh).is_ok());
}
