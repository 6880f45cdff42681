//! One end that dies, and one that is left.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indexbus::raw::fail_point;
use indexbus_proof::{rounds, scattered, until_it_ends_itself};

const REGION: &str = "INDEXBUS_TEST_REGION";
const STORE: &str = "INDEXBUS_TEST_STORE";

/// A record that says which one it is in each of its words; its length too.
pub fn record(n: u64) -> Vec<u8> {
    n.to_le_bytes().repeat(1 + n as usize % 20)
}

/// Which one it is.
pub fn number(record_of: &[u8]) -> u64 {
    let n = u64::from_le_bytes(record_of[..8].try_into().unwrap());
    assert_eq!(record_of, record(n), "torn");
    n
}

/// How many there were done, in a file beside the region: written behind each.
fn done(region: &Path) -> PathBuf {
    region.with_extension("done")
}

fn read_done(region: &Path) -> u64 {
    let mut bytes = [0; 8];
    let file = File::open(done(region)).unwrap();
    file.read_exact_at(&mut bytes, 0).unwrap();
    u64::from_le_bytes(bytes)
}

fn write_done(file: &File, count: u64) {
    file.write_all_at(&count.to_le_bytes(), 0).unwrap();
}

/// The region that this process is to die at, if it is the one that dies.
pub fn dies() -> Option<PathBuf> {
    std::env::var_os(REGION).map(Into::into)
}

/// What the process does that dies: `step` for each number from the first that wasn't done, until it
/// answers `None`, which is to be asked again, for ever.
pub fn until_it_dies(region: &Path, mut step: impl FnMut(u64) -> Option<u64>) -> ! {
    let file = File::options().write(true).open(done(region)).unwrap();
    let mut next = read_done(region);
    fail_point::end_at(std::env::var(STORE).unwrap().parse().unwrap());
    loop {
        match step(next) {
            Some(now) => {
                next = now;
                write_done(&file, next);
            }
            None => std::thread::yield_now(),
        }
    }
}

/// What the one that is left sees.
#[derive(Clone, Copy, Debug)]
pub enum Now {
    /// The other one works.
    Meanwhile,
    /// The other one died; this much was done, and what is in flight is one more at most.
    Dead { done: u64 },
}

/// Starts `test` as the process that dies, a hundred times. `left` does something as the one that is
/// left, and answers with how many are done by now, which the next one goes on from.
pub fn each_store(test: &str, region: &Path, mut left: impl FnMut(Now) -> u64) {
    let file = File::create(done(region)).unwrap();
    write_done(&file, 0);
    let mut waits = Vec::new();
    for round in rounds("kills at a store", 100) {
        let store = match round {
            0..100 => round + 1,
            _ => scattered(round) % 5_000 + 1,
        };
        let at = store.to_string();
        let env = [(REGION, region.as_os_str()), (STORE, at.as_ref())];
        until_it_ends_itself(test, &env, || {
            left(Now::Meanwhile);
        });
        let begun = Instant::now();
        let done = read_done(region);
        let next = left(Now::Dead { done });
        waits.push(begun.elapsed());
        write_done(&file, next);
    }
    waits.sort_unstable();
    println!(
        "{test}: {} deaths, who is left goes on within {:?}, in the middle {:?}",
        waits.len(),
        waits.last().unwrap(),
        waits[waits.len() / 2]
    );
}

/// Asks again until there is an answer: the other end is dead, so it has to come from what is left.
pub fn soon<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it doesn't go on"
        );
    }
}
