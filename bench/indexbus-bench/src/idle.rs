//! `idle`: what a receiver costs one second after its traffic stopped.

use std::path::Path;
use std::time::{Duration, Instant};

use indexbus::raw::Ordering;

use crate::control::{Control, DONE, PEER_CPU, Peer, READY, attend, folder};
use crate::lane::pattern;
use crate::options::Options;
use crate::report::Report;
use crate::round_trip::Way;

/// From the last message to the first look.
const SETTLE: Duration = Duration::from_secs(1);
/// Between the two looks.
const LOOK: Duration = Duration::from_secs(2);

pub fn run(options: &Options) -> Result<Report, String> {
    if options.one_process {
        return Err("what=idle looks at a process of its own".to_owned());
    }
    let folder = folder()?;
    let control = Control::create(folder.path())?;
    let mut way = Way::open(options, folder.path(), "there")?;
    let peer = Peer::start(options.for_peer(folder.path()), &control)?;
    let begun = Instant::now();
    let share = control.run(|| {
        control.wait_for(READY, 1)?;
        let (mut tx, _) = way.ends()?;
        let mut message = pattern(options.size);
        for n in 0..options.n {
            message[..8].copy_from_slice(&n.to_le_bytes());
            tx.send(&message, options.wait)?;
        }
        std::thread::sleep(SETTLE);
        let cpu = || control.word(PEER_CPU).load(Ordering::Relaxed);
        let (first, looked) = (cpu(), Instant::now());
        std::thread::sleep(LOOK);
        let share = (cpu() - first) as f64 / looked.elapsed().as_nanos() as f64;
        message[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        tx.send(&message, options.wait)?;
        control.wait_for(DONE, 1)?;
        Ok(share)
    });
    peer.join()?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(
        Report::new(&format!("idle/{}", options.wait_name()), options.n, seconds)
            .number("core_percent", share? * 100.0),
    )
}

pub fn peer(options: &Options, folder: &Path) -> Result<(), String> {
    attend(folder)?;
    let control = Control::open(folder)?;
    let mut way = Way::open(options, folder, "there")?;
    control.run(|| {
        let (_, mut rx) = way.ends()?;
        let mut wait = options.wait.strategy();
        control.say(READY, 1);
        let last = u64::MAX.to_le_bytes();
        while rx.receive(&mut wait, &control)?[..8] != last {}
        control.say(DONE, 1);
        Ok(())
    })
}
