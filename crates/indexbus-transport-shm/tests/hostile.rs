//! An events lane under a process that writes over it, and under every damage to its header: no panic,
//! no read outside, and an end that says `Corrupted` soon.

use std::fs::File;
use std::mem::offset_of;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use indexbus::Error;
use indexbus_abi::{
    INDEXBUS_CAP_SUPPORTS_BLOCKING, INDEXBUS_SLOT_COUNT, IndexQueue, LayoutHeader, MpscCell,
    MpscQueue, SharedLayout, Slot,
};
use indexbus_transport_shm::{Attach, EventsRegion, OpenOptions};

/// How long each lane is written over, one place after the other.
const TIME: Duration = Duration::from_secs(2);
/// From the first foreign write to `Corrupted`.
const SOON: Duration = Duration::from_secs(1);

const PLACE: &str = "INDEXBUS_HOSTILE_PLACE";

/// A part of a region that somebody writes over: `count` words of `bytes` bytes, every `stride`.
#[derive(Clone, Copy)]
struct Place {
    what: &'static str,
    at: usize,
    stride: usize,
    count: usize,
    bytes: usize,
}

const fn place(what: &'static str, at: usize, stride: usize, count: usize, bytes: usize) -> Place {
    Place {
        what,
        at,
        stride,
        count,
        bytes,
    }
}

const SPSC: usize = offset_of!(SharedLayout, spsc);
const MPSC: usize = offset_of!(SharedLayout, mpsc);
const CELLS: usize = MPSC + offset_of!(MpscQueue, cells);
const MPSC_LENS: usize = offset_of!(SharedLayout, mpsc_slots) + offset_of!(Slot, len);
const LENS: usize = offset_of!(SharedLayout, pool) + 64 + offset_of!(Slot, len);

/// What a single-producer lane is made of.
const SPSC_PLACES: [Place; 5] = [
    place("head", SPSC + offset_of!(IndexQueue, head), 8, 1, 8),
    place("tail", SPSC + offset_of!(IndexQueue, tail), 8, 1, 8),
    place(
        "entries",
        SPSC + offset_of!(IndexQueue, entries),
        4,
        1024,
        4,
    ),
    place("sequences", offset_of!(SharedLayout, sequences), 4, 1024, 4),
    place("lengths", LENS, size_of::<Slot>(), INDEXBUS_SLOT_COUNT, 4),
];

/// What a many-producers lane is made of.
const MPSC_PLACES: [Place; 4] = [
    place("tail", MPSC + offset_of!(MpscQueue, tail), 8, 1, 8),
    place(
        "claims",
        CELLS + offset_of!(MpscCell, sequence),
        size_of::<MpscCell>(),
        1024,
        8,
    ),
    place(
        "indices",
        CELLS + offset_of!(MpscCell, index),
        size_of::<MpscCell>(),
        1024,
        4,
    ),
    place(
        "lengths",
        MPSC_LENS,
        size_of::<Slot>(),
        INDEXBUS_SLOT_COUNT,
        4,
    ),
];

/// A generator that is the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// The hostile process: writes over its place, all over again, until it is ended.
fn write_over(path: &Path, place: Place) -> ! {
    let file = File::options().write(true).open(path).unwrap();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    loop {
        let n = random.next() as usize % place.count;
        // Small numbers are more often nearly right than large ones.
        let value = random.next() >> (random.next() % 64);
        let bytes = &value.to_ne_bytes()[..place.bytes];
        let at = place.at + n * place.stride;
        if file.write_all_at(bytes, at as u64).is_err() {
            std::process::exit(1);
        }
    }
}

/// Ends its process when it goes.
struct Hostile(Child);

impl Hostile {
    fn start(test: &str, path: &Path, lane: &str, n: usize) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env(PLACE, format!("{lane} {n} {}", path.display()))
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// In the hostile process: what the test told it to do, for ever.
fn if_hostile() {
    let Ok(told) = std::env::var(PLACE) else {
        return;
    };
    let mut words = told.splitn(3, ' ');
    let mut word = || words.next().unwrap();
    let places: &[Place] = match word() {
        "spsc" => &SPSC_PLACES,
        _ => &MPSC_PLACES,
    };
    let place = places[word().parse::<usize>().unwrap()];
    write_over(Path::new(word()), place);
}

/// What an end of a lane may say while somebody writes over it; whether it is the end.
fn ended(said: Result<(), Error>) -> bool {
    match said {
        // A claim that somebody else settled is lost, as that of a dead producer is.
        Ok(()) | Err(Error::Full | Error::ClaimLost) => false,
        Err(Error::Corrupted) => true,
        Err(e) => panic!("{e}"),
    }
}

/// Whether an end that came late was told.
fn told_when_joining(error: &indexbus_transport_shm::Error) -> bool {
    assert_eq!(error.code(), "E_REGION_CORRUPTED");
    true
}

fn fresh(dir: &Path) -> PathBuf {
    let path = dir.join("events");
    let _ = std::fs::remove_file(&path);
    path
}

/// Works at a lane until an end of it finds the damage, over and over in all places.
fn until_told(
    test: &str,
    lane: &str,
    places: &[Place],
    mut work: impl FnMut(&mut EventsRegion, &mut dyn FnMut() -> bool) -> bool,
) {
    let dir = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let mut told = vec![0_u32; places.len()];
    while begun.elapsed() < TIME || told.contains(&0) {
        for (n, place) in places.iter().enumerate() {
            let path = fresh(dir.path());
            let mut region = EventsRegion::open_path(&path).unwrap();
            let _hostile = Hostile::start(test, &path, lane, n);
            let mut first_write = None;
            let seen = work(&mut region, &mut || {
                // From when it has written, which takes it as long as a process takes to start.
                let since = *first_write.get_or_insert_with(Instant::now);
                since.elapsed() > SOON + Duration::from_secs(2)
            });
            assert!(seen, "{lane} {}: nobody told in a second", place.what);
            told[n] += 1;
        }
    }
    println!("{lane}: told {told:?} times");
}

#[test]
fn a_single_producer_lane_that_somebody_writes_over_is_corrupted_soon() {
    if_hostile();
    let test = "a_single_producer_lane_that_somebody_writes_over_is_corrupted_soon";
    until_told(test, "spsc", &SPSC_PLACES, |region, late| {
        let (mut tx, mut rx) = match region.split_spsc() {
            Ok(ends) => ends,
            Err(e) => return told_when_joining(&e),
        };
        let mut into = [0; 256];
        loop {
            for n in 0..64_u64 {
                if ended(tx.publish(&n.to_le_bytes())) {
                    return true;
                }
            }
            for _ in 0..64 {
                if ended(rx.try_recv_into(&mut into).map(drop)) {
                    return true;
                }
            }
            if late() {
                return false;
            }
        }
    });
}

#[test]
fn a_many_producers_lane_that_somebody_writes_over_is_corrupted_soon() {
    if_hostile();
    let test = "a_many_producers_lane_that_somebody_writes_over_is_corrupted_soon";
    until_told(test, "mpsc", &MPSC_PLACES, |region, late| {
        let (mut tx, mut rx) = match region.split_mpsc() {
            Ok(ends) => ends,
            Err(e) => return told_when_joining(&e),
        };
        let mut other = tx.clone();
        let mut into = [0; 256];
        loop {
            for n in 0..32_u64 {
                let bytes = n.to_le_bytes();
                if ended(tx.publish(&bytes)) || ended(other.publish(&bytes)) {
                    return true;
                }
            }
            for _ in 0..64 {
                if ended(rx.try_recv_into(&mut into).map(drop)) {
                    return true;
                }
            }
            if late() {
                return false;
            }
        }
    });
}

/// Opens a damaged region in both forms, and works at it if that is let in.
fn open(path: &Path) -> [&'static str; 2] {
    [Attach::Fresh, Attach::Live].map(|attach| {
        let options = OpenOptions {
            init_timeout: Duration::ZERO,
            create: false,
            attach,
            ..OpenOptions::default()
        };
        match EventsRegion::open_with(path, options) {
            Ok(mut region) => {
                assert!(
                    region.split_spsc_waking().is_err(),
                    "created without wake words"
                );
                let (mut tx, mut rx) = region.split_spsc().unwrap();
                tx.publish(b"still whole").unwrap();
                assert_eq!(rx.try_recv_into(&mut [0; 256]), Ok(Some(11)));
                "opened"
            }
            Err(e) => e.code(),
        }
    })
}

#[test]
fn each_bit_of_the_header_that_flips_is_refused_or_means_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = fresh(dir.path());
    drop(EventsRegion::open_path(&path).unwrap());
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let mut header = [0; 24];
    file.read_exact_at(&mut header, 0).unwrap();
    let capabilities = offset_of!(LayoutHeader, capabilities);
    let set = u32::from_ne_bytes(header[capabilities..][..4].try_into().unwrap());
    assert_eq!(set & INDEXBUS_CAP_SUPPORTS_BLOCKING, 0);
    for bit in 0..24 * 8 {
        let (byte, mask) = (bit / 8, 1 << (bit % 8));
        file.write_all_at(&[header[byte] ^ mask], byte as u64)
            .unwrap();
        let expected = match byte {
            // Flags beyond the kind are reserved, the padding after `initialized` is nothing.
            7 | 20..24 => "opened",
            // Capabilities that are asked for have to be there; others are ignored.
            8..12 if set & 1 << (bit - 64) == 0 => "opened",
            // 2 becomes 0 or 3, or a number that there is none of.
            16 if mask == 2 => "E_REGION_NOT_INITIALIZED",
            _ => "E_REGION_INCOMPATIBLE",
        };
        assert_eq!(open(&path), [expected; 2], "byte {byte}, bit {}", bit % 8);
        file.write_all_at(&[header[byte]], byte as u64).unwrap();
    }
    assert_eq!(open(&path), ["opened"; 2]);
}
