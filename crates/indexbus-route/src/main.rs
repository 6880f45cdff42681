//! `indexbus-router`: routes a fanout region until it is told to stop.

mod arguments;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arguments::Arguments;
use clap::Parser;
use indexbus_abi::INDEXBUS_REGION_KIND_FANOUT;
use indexbus_route::{Rates, RouterCounters, RouterLoopConfig, route_until_observed};
use indexbus_transport_shm::{Attach, FanoutRegion, OpenOptions};

/// Most consumers that this program routes to.
const CONSUMERS: u32 = 4;

fn main() -> ExitCode {
    // First thing: a region that somebody cuts short is then an error, and not the end of the process.
    if let Err(error) = indexbus_sigbus::install() {
        eprintln!("warning: a region that is cut short will end this process: {error}");
    }
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let path = arguments.path()?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|error| format!("E_ROUTER_SIGNALS can't listen for signals: {error}"))?;
    }
    let consumers = match arguments.consumers {
        Some(consumers) => consumers,
        None => consumers_of(&path)?,
    };
    match consumers {
        1 => route::<1>(&path, arguments, &stop),
        2 => route::<2>(&path, arguments, &stop),
        3 => route::<3>(&path, arguments, &stop),
        4 => route::<4>(&path, arguments, &stop),
        other => Err(format!(
            "E_ROUTER_CONSUMERS region {}: {other} consumers; this program routes to 1 to {CONSUMERS}",
            path.display()
        )),
    }
}

/// How many consumers the region says it has. Attaching checks it again.
fn consumers_of(path: &Path) -> Result<u32, String> {
    use std::io::Read;
    let name = path.display();
    let mut prefix = [0; 24];
    std::fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut prefix))
        .map_err(|error| {
            format!("E_REGION_IO region {name}: can't read it: {error}; create it with --consumers")
        })?;
    let [
        ..,
        f0,
        f1,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        c0,
        c1,
        c2,
        c3,
    ] = prefix;
    let fanout = u16::from_ne_bytes([f0, f1]) & 0xff == INDEXBUS_REGION_KIND_FANOUT;
    if !fanout {
        return Err(format!(
            "E_REGION_INCOMPATIBLE region {name}: it is no fanout region; look with indexbus-inspect"
        ));
    }
    Ok(u32::from_ne_bytes([c0, c1, c2, c3]))
}

fn route<const N: usize>(
    path: &Path,
    arguments: &Arguments,
    stop: &AtomicBool,
) -> Result<(), String> {
    let options = OpenOptions {
        create: arguments.consumers.is_some(),
        attach: Attach::Live,
        ..OpenOptions::default()
    };
    let say = |error: indexbus_transport_shm::Error| format!("{} {error}", error.code());
    let mut region = FanoutRegion::<N>::open_with(path, options).map_err(say)?;
    let observed = FanoutRegion::<N>::open_with(path, options).map_err(say)?;
    let watch = observed.watch().map_err(say)?;
    let mut router = region.router().map_err(say)?;
    let interval = Duration::from_millis(arguments.interval_ms.max(1));
    let mut before = (RouterCounters::default(), watch.sample());
    let mut begun = Instant::now();
    let config: RouterLoopConfig = arguments.config();
    let mut wait = arguments.wait.strategy();
    let end = route_until_observed(&mut router, config, &mut wait, |counters, _| {
        let elapsed = begun.elapsed();
        if elapsed >= interval {
            let after = (*counters, watch.sample());
            println!(
                "{}",
                Rates {
                    before,
                    after,
                    interval: elapsed
                }
            );
            (before, begun) = (after, Instant::now());
        }
        stop.load(Ordering::Relaxed)
    });
    match end {
        Ok((counters, _)) => {
            println!("{counters:?}");
            Ok(())
        }
        Err(failure) => Err(format!(
            "{} region {}: {failure}",
            failure.error.code(),
            path.display()
        )),
    }
}
