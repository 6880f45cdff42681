//! `indexbus-bench contest what=… size=… batch=… n=…`: one run, one line of JSON.
//!
//! What each run does stands in README.md. Two processes unless `in=process`: this program starts
//! itself once more for the other end. What was received is checked, and a run that lost, doubled or
//! changed something has no figure.

mod alone;
mod bare;
mod control;
mod events;
mod idle;
mod lane;
mod one_to_one;
mod options;
mod ping_pong;
mod report;
mod ring;
mod round_trip;
mod three;

use std::process::ExitCode;

use options::{Options, What};

const USAGE: &str = "\
usage: indexbus-bench contest what=WHAT [option=value]…
  what    1p1c | rtt | idle     over the events lane
          pipeline | diamond | 1p3c   three consumers over a ring, in one process
          three                 three stages that search, in the executor, in one process
          bare | pingpong       what the machine gives: a ring without checks, one cache line
          alone                 both ends on one thread, beside the ring without checks
          offsets               every size of a class from every offset in a cache line
  n       messages or round trips                       [10000000; rtt and pingpong 1000000]
  size    bytes of a message, 8 to 4096                 [64]
  batch   messages that are made visible together       [1]
  work    touch (reads and sums all bytes) | nt (looks at the first word)   [touch]
  in      processes | process                           [processes]
  wait    spin | backoff | adaptive     [spin; with more threads than cores adaptive]
  class   v1 | 64 | 256 | 1024 | 4096: slots of the events lane; the smallest that fits if auto [auto]
  workers dedicated | segments | one: threads of `three`        [auto]
  rate    round trips a second; as fast as it goes if 0 [0]
  pin     cores for the two ends, as 0,1                [wherever the system puts them]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let ran = match words.split_first() {
        Some((verb, rest)) if verb == "contest" => Options::read(rest).and_then(run),
        Some((verb, rest)) if verb == "peer" => Options::read(rest).and_then(peer),
        _ => Err(USAGE.to_owned()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), String> {
    let report = match options.what {
        What::OneToOne | What::Bare => one_to_one::run(&options),
        What::RoundTrip => round_trip::run(&options),
        What::PingPong => ping_pong::run(&options),
        What::Idle => idle::run(&options),
        What::Alone => alone::run(&options),
        What::Offsets => alone::offsets(&options),
        What::Pipeline | What::Diamond | What::OneToThree => ring::run(&options),
        What::Three => three::run(&options),
    }?;
    println!("{report}");
    Ok(())
}

/// The other end of a run, in a process of its own.
fn peer(options: Options) -> Result<(), String> {
    let folder = options.folder.clone().ok_or("a peer needs a folder")?;
    options.pin(1)?;
    match options.what {
        What::OneToOne | What::Bare => one_to_one::peer(&options, &folder),
        What::RoundTrip => round_trip::peer(&options, &folder),
        What::PingPong => ping_pong::peer(&options, &folder),
        What::Idle => idle::peer(&options, &folder),
        _ => Err("this runs in one process".to_owned()),
    }
}
