//! Ends of journal and fanout that are killed at random moments: this test starts itself again as the
//! one that dies.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use indexbus::{
    BackpressurePolicy, Error, FanoutConsumer, FanoutSender, JournalRead, RouterLoopConfig,
    RouterMode, SpinWait, Start, route_until,
};
use indexbus_proof::{rounds, scattered};
use indexbus_transport_shm::{Attach, FanoutRegion, JournalRegion4, OpenOptions};

const REGION: &str = "INDEXBUS_TEST_KILLED";
const FIRST: &str = "INDEXBUS_TEST_FIRST";
const KILLS: u64 = 50;
/// Messages that a router takes before its consumers see them.
const BATCH: u32 = 16;

const LIVE: OpenOptions = OpenOptions {
    create: false,
    attach: Attach::Live,
    ..OpenOptions::DEFAULT
};

/// This program again, as `test`, over the region.
fn start(test: &str, path: &Path, first: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .arg(test)
        .env(REGION, path)
        .env(FIRST, first.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A moment of 0 to 7 ms, another one each time.
fn moment(n: u64) -> Duration {
    Duration::from_micros(scattered(n) % 7_000)
}

/// A record that says which one it is in each of its words.
fn record(n: u32) -> Vec<u8> {
    n.to_le_bytes().repeat(3 + n as usize % 50)
}

fn append(path: &Path) {
    let mut region = JournalRegion4::open_with(path, LIVE).unwrap();
    let (mut publisher, _) = region.split().unwrap();
    let first: u32 = std::env::var(FIRST).unwrap().parse().unwrap();
    for n in first.. {
        publisher.append(&record(n)).unwrap();
        std::thread::sleep(Duration::from_micros(20));
    }
}

#[test]
fn a_journal_whose_publisher_is_killed_is_whole_and_its_heir_goes_on_at_once() {
    if let Some(path) = std::env::var_os(REGION) {
        return append(Path::new(&path));
    }
    let test = "a_journal_whose_publisher_is_killed_is_whole_and_its_heir_goes_on_at_once";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut region = JournalRegion4::open_path(&path).unwrap();
    let (_, subscribers) = region.split().unwrap();
    let mut subscriber = subscribers.subscribe(Start::Oldest).unwrap();
    let mut into = [0; 256];
    let mut next = 0;
    let mut waits = Vec::new();
    for n in rounds("kills", KILLS) {
        let begun = Instant::now();
        let publisher = start(test, &path, next);
        let mut alive = Some(publisher);
        let mut got = 0;
        loop {
            match subscriber.try_recv_into(&mut into).unwrap() {
                Some(JournalRead::Record { len, .. }) => {
                    assert_eq!(into[..len], record(next), "torn, doubled or lost");
                    next += 1;
                    got += 1;
                }
                Some(JournalRead::Overrun { .. }) => panic!("a slow publisher overtakes nobody"),
                None if alive.is_none() => break,
                None => std::thread::yield_now(),
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "nothing comes");
            if got == 1 && alive.is_some() {
                std::thread::sleep(moment(n));
                alive.take().into_iter().for_each(kill);
            }
        }
        let heir = Instant::now();
        let mut again = JournalRegion4::open_with(&path, LIVE).unwrap();
        let (mut publisher, _) = again.split().unwrap();
        publisher.append(&record(next)).unwrap();
        let read = subscriber.try_recv_into(&mut into).unwrap();
        assert!(matches!(read, Some(JournalRead::Record { .. })), "{read:?}");
        waits.push(heir.elapsed());
        next += 1;
    }
    // Half of them, as the machine may be busy with something else.
    waits.sort_unstable();
    let median = waits[waits.len() / 2];
    assert!(
        median < Duration::from_millis(100),
        "survivors wait {median:?}"
    );
    drop(region);
    let fresh = OpenOptions {
        attach: Attach::Fresh,
        ..LIVE
    };
    JournalRegion4::open_with(&path, fresh).expect("every record is whole");
}

fn router_of(path: &Path) {
    let mut region = FanoutRegion::<2>::open_with(path, LIVE).unwrap();
    let mut router = region.handles().unwrap().router;
    let config = RouterLoopConfig {
        mode: RouterMode::Broadcast,
        policy: BackpressurePolicy::SpinThenBlock,
        batch_max: BATCH,
        yield_every: 1,
        ..RouterLoopConfig::default()
    };
    route_until(&mut router, config, &mut SpinWait, || false).unwrap();
}

/// Sends as long as there is room.
fn send(sender: &mut FanoutSender<'_>, sent: &mut u32) {
    loop {
        match sender.publish(&record(*sent)) {
            Ok(()) => *sent += 1,
            Err(Error::Full) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Receives all there is: whole, in order, nothing twice. Answers how many were passed over.
fn receive(consumer: &mut FanoutConsumer<'_>, next: &mut u32) -> u32 {
    let mut into = [0; 256];
    let mut lost = 0;
    while let Some(len) = consumer.try_recv_into(&mut into).unwrap() {
        let n = u32::from_le_bytes([into[0], into[1], into[2], into[3]]);
        assert_eq!(into[..len], record(n), "torn");
        assert!(n >= *next, "{n} came twice, or late");
        lost += n - *next;
        *next = n + 1;
    }
    lost
}

#[test]
fn a_router_that_is_killed_loses_at_most_its_batch_and_the_next_one_goes_on() {
    if let Some(path) = std::env::var_os(REGION) {
        return router_of(Path::new(&path));
    }
    let test = "a_router_that_is_killed_loses_at_most_its_batch_and_the_next_one_goes_on";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fanout");
    let mut region = FanoutRegion::<2>::open_path(&path).unwrap();
    let mut ends = region.handles().unwrap();
    let (mut sent, mut next) = (0, [0; 2]);
    for n in rounds("kills", KILLS) {
        let router = start(test, &path, 0);
        let begun = Instant::now();
        let first = next;
        let mut lost = [0; 2];
        let mut turn = |sent: &mut u32, next: &mut [u32; 2], lost: &mut [u32; 2]| {
            // Not more than the queues of the consumers hold: a broadcast drops for a full one.
            if *sent - next.iter().min().unwrap() < 800 {
                ends.sender.publish(&record(*sent)).unwrap();
                *sent += 1;
            }
            for (which, consumer) in ends.consumers.iter_mut().enumerate() {
                lost[which] += receive(consumer, &mut next[which]);
            }
        };
        while next[0] <= first[0] + 50 {
            turn(&mut sent, &mut next, &mut lost);
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "nothing is routed"
            );
        }
        let until = Instant::now() + moment(n);
        while Instant::now() < until {
            turn(&mut sent, &mut next, &mut lost);
        }
        kill(router);
        for _ in 0..10 {
            turn(&mut sent, &mut next, &mut lost);
        }
        // What the router before this one had in flight; this one's shows with the next messages.
        assert!(
            lost.iter().all(|lost| *lost <= BATCH),
            "{lost:?} at kill {n}"
        );
    }
    send(&mut ends.sender, &mut sent);
    // The router in hand is of before; one that takes up now goes on where they stopped.
    let mut ends = region.handles().unwrap();
    let mut router = ends.router;
    let mut looks = 0;
    route_until(
        &mut router,
        RouterLoopConfig::default(),
        &mut SpinWait,
        || {
            looks += 1;
            looks > 4_000
        },
    )
    .unwrap();
    for (which, consumer) in ends.consumers.iter_mut().enumerate() {
        receive(consumer, &mut next[which]);
    }
    assert_eq!(next[0], next[1], "both come to the same end");
}
