//! What others make of the same work: one program, one run each, one line of JSON.
//!
//! `peers peer=rtrb what=1p1c size=32 batch=16 n=10000000 work=touch`. What was received is checked:
//! every message, in its order, whole where it is touched.
mod graphs;
mod processes;
mod stages;
mod threads;
mod work;

use work::{Outcome, Work};

fn main() {
    let work = Work::from_args(std::env::args().skip(1)).unwrap_or_else(|message| {
        eprintln!("{message}");
        std::process::exit(2);
    });
    if let Some(outcome) = run(&work) {
        println!("{}", work.line(&outcome));
    }
}

/// Nothing for the second process of a run: the first one prints.
fn run(work: &Work) -> Option<Outcome> {
    match (work.peer.as_str(), work.what.as_str()) {
        ("iceoryx2" | "ringfire", "1p1c" | "rtt") => processes::run(work),
        ("disruptor-rs", "pipeline" | "diamond" | "1p3c") => Some(graphs::run(work)),
        ("timely" | "loop", "three") => Some(stages::run(work)),
        ("rtrb" | "crossbeam" | "kanal" | "disruptor-rs", "1p1c") => {
            Some(threads::one_to_one(work))
        }
        ("rtrb", "rtt") => Some(threads::round_trips(work)),
        (peer, what) => {
            eprintln!("{peer} has no {what}");
            std::process::exit(2);
        }
    }
}
