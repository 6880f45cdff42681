//! The hostile process, and lanes that work while it is at them.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use indexbus::Error;

/// How long each lane is written over, one place after the other.
const TIME: Duration = Duration::from_secs(2);
/// When nobody is expected to tell any more. It takes far less than a second where both processes have a
/// core (the slowest is printed); where they share one with much else, what is written is seen only if
/// the two are changed between its owner's write and a reader's look.
const NEVER: Duration = Duration::from_secs(60);
/// How long a place is written over where nobody has to tell.
const A_WHILE: Duration = Duration::from_millis(100);
/// What a process may take to start there.
const START: Duration = Duration::from_secs(60);

const TOLD: &str = "INDEXBUS_HOSTILE_PLACE";

/// A part of a region that somebody writes over: `count` words of `bytes` bytes, every `stride`.
#[derive(Clone, Copy)]
pub struct Place {
    pub what: &'static str,
    at: usize,
    stride: usize,
    count: usize,
    bytes: usize,
    /// Whether an end has to tell; else what was written may be something true, or be told as lost.
    told: bool,
}

impl Place {
    pub const fn new(
        what: &'static str,
        at: usize,
        stride: usize,
        count: usize,
        bytes: usize,
    ) -> Self {
        Self {
            what,
            at,
            stride,
            count,
            bytes,
            told: true,
        }
    }

    /// Where what is written may be true, so that it need not be told.
    pub const fn harmless(self) -> Self {
        Self {
            told: false,
            ..self
        }
    }
}

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

/// The file that says that the hostile process begins.
fn begun(region: &Path) -> PathBuf {
    region.with_extension("begun")
}

/// The hostile process: writes over its place, all over again, until it is ended.
fn write_over(path: &Path, place: Place) -> ! {
    let file = File::options().write(true).open(path).unwrap();
    File::create(begun(path)).unwrap();
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ indexbus_proof::from());
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
    fn start(test: &str, path: &Path, n: usize) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env(TOLD, format!("{n} {}", path.display()))
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

/// How often an end receives in the `n`-th turn: sometimes little, so that the lane runs full and the
/// sender looks for room all the time; sometimes more than there is, so that the receiver looks for more.
pub const fn receives(n: u64) -> u32 {
    if n.is_multiple_of(2) { 64 } else { 2_000 }
}

/// What an end of a lane may say while somebody writes over it; whether it is the end.
pub fn ended<T>(said: Result<T, Error>) -> bool {
    match said {
        // A claim that somebody else settled is lost, as that of a dead producer is.
        Ok(_) | Err(Error::Full | Error::ClaimLost) => false,
        Err(Error::Corrupted) => true,
        Err(e) => panic!("{e}"),
    }
}

/// Works at a lane until an end of it finds the damage, over and over in all places. `open` makes a
/// fresh one, `work` uses it for a moment and says whether an end told. `test` is the whole name of the
/// test, which the hostile process is started by.
pub fn until_told<R>(
    test: &str,
    places: &[Place],
    open: impl Fn(&Path) -> R,
    mut work: impl FnMut(&mut R) -> bool,
) {
    if let Ok(told) = std::env::var(TOLD) {
        let (n, path) = told.split_once(' ').unwrap();
        write_over(Path::new(path), places[n.parse::<usize>().unwrap()]);
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("region");
    let from = Instant::now();
    let mut told = vec![0_u32; places.len()];
    let mut round = 0;
    let mut slowest = Duration::ZERO;
    let time = indexbus_proof::time(TIME);
    while from.elapsed() < time || round == 0 {
        round += 1;
        for (n, place) in places.iter().enumerate() {
            // Those of the round before.
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_file(begun(&path));
            let mut region = open(&path);
            let _hostile = Hostile::start(test, &path, n);
            let limit = if place.told { NEVER } else { A_WHILE };
            let started = Instant::now();
            let mut since = None;
            let seen = loop {
                if work(&mut region) {
                    break true;
                }
                if since.is_none() && begun(&path).exists() {
                    since = Some(Instant::now());
                }
                if since.is_some_and(|since| since.elapsed() > limit) {
                    break false;
                }
                assert!(
                    started.elapsed() < START,
                    "the hostile process doesn't begin"
                );
            };
            assert!(
                seen || !place.told,
                "{}: nobody told in {NEVER:?}",
                place.what
            );
            if let (true, Some(since)) = (place.told, since) {
                slowest = slowest.max(since.elapsed());
            }
            told[n] += u32::from(seen);
            indexbus_proof::did("places written over", 1);
        }
    }
    println!("{test}: told {told:?} times in {round} rounds, in {slowest:?} at most");
}
