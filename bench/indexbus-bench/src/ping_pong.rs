//! `pingpong`: one word to and fro, nothing else; what no round trip goes below.

use std::hint::spin_loop;
use std::path::Path;
use std::time::Instant;

use indexbus::raw::Ordering;

use crate::control::{Control, DONE, OWN, Peer, READY, attend, folder};
use crate::options::Options;
use crate::report::Report;

/// Words: there and back, each on its cache line.
const PING: usize = OWN;
const PONG: usize = OWN + 1;

pub fn run(options: &Options) -> Result<Report, String> {
    let folder = folder()?;
    let control = Control::create(folder.path())?;
    let (mut nanos, seconds) = std::thread::scope(|scope| {
        let (thread, process) = if options.one_process {
            let control = &control;
            let answer = move || {
                options.pin(1)?;
                control.run(|| answer(options, control))
            };
            (Some(scope.spawn(answer)), None)
        } else {
            let peer = Peer::start(options.for_peer(folder.path()), &control)?;
            (None, Some(peer))
        };
        let measured = control.run(|| ask(options, &control));
        if let Some(thread) = thread {
            thread
                .join()
                .map_err(|_| "the other end panicked".to_owned())??;
        }
        process.map_or(Ok(()), Peer::join)?;
        measured
    })?;
    Ok(Report::new("pingpong", options.n, seconds)
        .percentiles(&mut nanos)
        .word("in", options.place()))
}

/// Nanoseconds of each round trip, and seconds of all.
fn ask(options: &Options, control: &Control) -> Result<(Vec<u32>, f64), String> {
    let warm = options.n / 10;
    options.pin(0)?;
    control.wait_for(READY, 1)?;
    let mut nanos = Vec::with_capacity(options.n as usize);
    let mut begun = Instant::now();
    for n in 1..=warm + options.n {
        if n == warm + 1 {
            begun = Instant::now();
        }
        let sent = Instant::now();
        control.word(PING).store(n, Ordering::Release);
        while control.word(PONG).load(Ordering::Acquire) != n {
            control.stop_if_alone()?;
            spin_loop();
        }
        if n > warm {
            nanos.push(u32::try_from(sent.elapsed().as_nanos()).unwrap_or(u32::MAX));
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    control.wait_for(DONE, 1)?;
    Ok((nanos, seconds))
}

pub fn peer(options: &Options, folder: &Path) -> Result<(), String> {
    attend(folder)?;
    let control = Control::open(folder)?;
    control.run(|| answer(options, &control))
}

fn answer(options: &Options, control: &Control) -> Result<(), String> {
    control.say(READY, 1);
    for n in 1..=options.n / 10 + options.n {
        while control.word(PING).load(Ordering::Acquire) != n {
            control.stop_if_alone()?;
            spin_loop();
        }
        control.word(PONG).store(n, Ordering::Release);
    }
    control.say(DONE, 1);
    Ok(())
}
