//! Waits across threads and processes: one wake is enough, none is needed twice, and wakes for
//! nothing do no harm.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use indexbus_wake::{WaitError, wait_u32_eq, wake_all, wake_one};

const LONG: Option<Duration> = Some(Duration::from_secs(30));

#[test]
fn another_value_is_no_reason_to_sleep() {
    let begun = Instant::now();
    assert_eq!(wait_u32_eq(&AtomicU32::new(7), 6, None), Ok(()));
    assert_eq!(wait_u32_eq(&AtomicU32::new(7), 6, LONG), Ok(()));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn the_time_limit_holds_where_nobody_wakes() {
    let word = AtomicU32::new(1);
    let begun = Instant::now();
    let ended = wait_u32_eq(&word, 1, Some(Duration::from_millis(20)));
    assert_eq!(ended, Err(WaitError::TimedOut));
    assert!(begun.elapsed() >= Duration::from_millis(20));
    assert_eq!(
        wait_u32_eq(&word, 1, Some(Duration::ZERO)),
        Err(WaitError::TimedOut)
    );
}

#[test]
fn waking_tells_how_many_slept() {
    let word = AtomicU32::new(0);
    assert_eq!(wake_all(&word), Ok(0));
    std::thread::scope(|scope| {
        let sleepers: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| wait_u32_eq(&word, 0, LONG)))
            .collect();
        let mut woken = 0;
        while woken < 1 {
            woken += wake_one(&word).unwrap();
            std::thread::yield_now();
        }
        assert_eq!(woken, 1, "one at a time");
        while woken < 3 {
            woken += wake_all(&word).unwrap();
            std::thread::yield_now();
        }
        assert_eq!(woken, 3);
        for sleeper in sleepers {
            assert_eq!(
                sleeper.join().unwrap(),
                Ok(()),
                "woken, though the word is the same"
            );
        }
    });
}

#[test]
fn wakes_for_nothing_do_no_harm_to_who_looks_again() {
    let word = AtomicU32::new(0);
    std::thread::scope(|scope| {
        let sleeper = scope.spawn(|| {
            let mut looks = 0;
            while word.load(Ordering::Acquire) == 0 {
                wait_u32_eq(&word, 0, LONG).unwrap();
                looks += 1;
            }
            looks
        });
        let mut woken = 0;
        while woken < 100 {
            woken += wake_one(&word).unwrap();
        }
        word.store(1, Ordering::Release);
        while !sleeper.is_finished() {
            wake_all(&word).unwrap();
        }
        assert!(sleeper.join().unwrap() >= 100);
    });
}

/// Two threads hand a number to and fro; each change is followed by one wake. A wait that missed one
/// would hang for the whole limit, and the test ask why.
#[test]
fn no_wake_between_the_look_and_the_sleep_is_missed() {
    const ROUNDS: u32 = 20_000;
    let word = AtomicU32::new(0);
    let turn = |mine: u32| {
        for round in (mine..2 * ROUNDS).step_by(2) {
            loop {
                let now = word.load(Ordering::Acquire);
                if now == round {
                    break;
                }
                assert_ne!(wait_u32_eq(&word, now, LONG), Err(WaitError::TimedOut));
            }
            word.store(round + 1, Ordering::Release);
            wake_one(&word).unwrap();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| turn(0));
        turn(1);
    });
    assert_eq!(word.load(Ordering::Relaxed), 2 * ROUNDS);
}

/// A word in a file that two processes map.
struct Shared(*mut std::ffi::c_void);

impl Shared {
    fn map(path: &Path) -> Self {
        use rustix::mm::{MapFlags, ProtFlags, mmap};
        let file = File::options().read(true).write(true).open(path).unwrap();
        let prot = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping, never unmapped in this short-lived test.
        let base = unsafe { mmap(std::ptr::null_mut(), 4096, prot, MapFlags::SHARED, &file, 0) };
        Self(base.unwrap())
    }

    fn word(&self) -> &AtomicU32 {
        // SAFETY: mapped, aligned to a page, and touched by atomics only.
        unsafe { AtomicU32::from_ptr(self.0.cast()) }
    }
}

const FILE: &str = "INDEXBUS_WAKE_TEST_FILE";
const ROUNDS: u32 = 2_000;

/// The other process: answers each odd number with the next even one.
fn answer(path: &Path) {
    let shared = Shared::map(path);
    for round in 0..ROUNDS {
        wait_for(shared.word(), 2 * round + 1);
        shared.word().store(2 * round + 2, Ordering::Release);
        wake_all(shared.word()).unwrap();
    }
}

fn wait_for(word: &AtomicU32, value: u32) {
    loop {
        let now = word.load(Ordering::Acquire);
        if now == value {
            return;
        }
        assert_eq!(
            wait_u32_eq(word, now, LONG),
            Ok(()),
            "at {now}, for {value}"
        );
    }
}

#[test]
fn a_wake_reaches_another_process() {
    if let Some(path) = std::env::var_os(FILE) {
        return answer(Path::new(&path));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("word");
    std::fs::write(&path, [0; 4096]).unwrap();
    let mut other = Command::new(std::env::current_exe().unwrap())
        .arg("a_wake_reaches_another_process")
        .env(FILE, &path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let shared = Shared::map(&path);
    for round in 0..ROUNDS {
        shared.word().store(2 * round + 1, Ordering::Release);
        wake_all(shared.word()).unwrap();
        wait_for(shared.word(), 2 * round + 2);
    }
    assert!(other.wait().unwrap().success());
}

/// Whoever owed a wake and died owes it for ever: the time limit is what ends the wait.
#[test]
fn a_wake_that_was_lost_with_its_process_costs_the_time_limit_and_no_more() {
    if let Some(path) = std::env::var_os(FILE) {
        Shared::map(Path::new(&path))
            .word()
            .store(1, Ordering::Release);
        std::process::exit(0); // changed the word, and never wakes
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("word");
    std::fs::write(&path, [0; 4096]).unwrap();
    let shared = Shared::map(&path);
    let mut other = None;
    let mut waits = 0;
    while shared.word().load(Ordering::Acquire) == 0 {
        if other.is_none() {
            let spawned = Command::new(std::env::current_exe().unwrap())
                .arg("a_wake_that_was_lost_with_its_process_costs_the_time_limit_and_no_more")
                .env(FILE, &path)
                .stdout(Stdio::null())
                .spawn();
            other = Some(spawned.unwrap());
        }
        let limit = Some(Duration::from_millis(20));
        let _ = wait_u32_eq(shared.word(), 0, limit); // time out, or the word changed before
        waits += 1;
        assert!(waits < 3_000, "a minute");
    }
    assert!(other.unwrap().wait().unwrap().success());
}
