//! `cargo xtask contest`: ours and others at the same work, in turns, on this machine.
//!
//! Each round runs every entrant of a contest once, one after the other, with a raw ping-pong of one
//! cache line beside each: shared machines flip between near and far cores within minutes, and a
//! sample is only worth what the machine was worth then. Ratios are of medians over all rounds.

mod entrant;
mod picture;
mod table;

use std::fs;
use std::path::Path;
use std::process::Command;

use entrant::{Entrant, Sample};

/// Rounds, unless told otherwise.
const ROUNDS: u32 = 15;

/// One piece of work that several do.
pub struct Contest {
    /// As in the name that each program prints: `1p1c`, `pipeline`, `rtt` …
    what: &'static str,
    /// Bytes of a message.
    size: u32,
    /// Messages published at once.
    batch: u32,
    /// Whether payloads are read whole.
    touch: bool,
    /// Messages of one sample.
    messages: u64,
    /// Round trips a second; 0 is as fast as it goes.
    rate: u64,
    /// Ours first, then the yardsticks and peers.
    entrants: &'static [Entrant],
    /// What to reach, in words.
    aim: &'static str,
    /// What counts.
    shown: Shown,
}

/// What of a run counts.
#[derive(Clone, Copy)]
pub enum Shown {
    /// Messages a second.
    Rate,
    /// Percentiles of round trips.
    Trips,
    /// A figure of ours: its key in the line, and what it is.
    Figure(&'static str, &'static str),
}

const PROCESSES: &[Entrant] = &[
    Entrant::Ours,
    Entrant::Bare,
    Entrant::Rust("iceoryx2"),
    Entrant::Rust("ringfire"),
    Entrant::Java("agrona"),
    Entrant::Java("aeron"),
];
const THREADS: &[Entrant] = &[
    Entrant::OursInProcess,
    Entrant::Rust("rtrb"),
    Entrant::Rust("crossbeam"),
    Entrant::Rust("kanal"),
    Entrant::Rust("disruptor-rs"),
    Entrant::Java("lmax"),
];
const BOTH: &[Entrant] = &[
    Entrant::Ours,
    Entrant::Rust("rtrb"),
    Entrant::Rust("disruptor-rs"),
    Entrant::Rust("iceoryx2"),
    Entrant::Rust("ringfire"),
    Entrant::Java("agrona"),
    Entrant::Java("aeron"),
    Entrant::Java("lmax"),
];
const GRAPHS: &[Entrant] = &[
    Entrant::OursInProcess,
    Entrant::Rust("disruptor-rs"),
    Entrant::Java("lmax"),
];
const TRIPS: &[Entrant] = &[
    Entrant::Ours,
    Entrant::Rust("rtrb"),
    Entrant::Rust("iceoryx2"),
    Entrant::Rust("ringfire"),
    Entrant::Java("agrona"),
    Entrant::Java("aeron"),
];
const STAGES: &[Entrant] = &[
    Entrant::OursInProcess,
    Entrant::Rust("loop"),
    Entrant::Rust("timely"),
    Entrant::Java("jet"),
];

const SPACED: &[Entrant] = &[Entrant::OursWith(
    "IndexBus, adaptive",
    &["rate=100000", "wait=adaptive"],
)];
const IDLE: &[Entrant] = &[
    Entrant::OursWith("IndexBus, adaptive", &["wait=adaptive"]),
    Entrant::OursWith("IndexBus, backoff", &["wait=backoff"]),
];
const OFFSETS: &[Entrant] = &[Entrant::Ours];

/// Everything that is measured. Messages are as many as take a fast one a tenth of a second and more;
/// runs of slow ones are what a contest's time is made of.
fn contests() -> Vec<Contest> {
    let of = |what, size, batch, messages, entrants, aim| Contest {
        what,
        size,
        batch,
        touch: true,
        messages,
        rate: 0,
        entrants,
        aim,
        shown: match what {
            "rtt" => Shown::Trips,
            "idle" => Shown::Figure("core_percent", "percent of a core"),
            "offsets" => Shown::Figure("worst", "slowest offset by the fastest"),
            _ => Shown::Rate,
        },
    };
    let mut contests = vec![];
    for size in [32, 256, 1024] {
        contests.push(of(
            "1p1c",
            size,
            16,
            3_000_000,
            PROCESSES,
            "at least 2 times the best of Aeron and Agrona, 0.7 of the bare ring",
        ));
        contests.push(of(
            "1p1c",
            size,
            64,
            3_000_000,
            THREADS,
            "at least 3 times crossbeam, 1 times rtrb",
        ));
    }
    for batch in [1, 16, 64] {
        let aim = "at least the best peer";
        contests.push(of("1p1c", 8, batch, 3_000_000, BOTH, aim));
    }
    for what in ["pipeline", "diamond", "1p3c"] {
        for size in [8, 256] {
            let aim = "at least 1.5 times LMAX";
            contests.push(of(what, size, 1, 1_000_000, GRAPHS, aim));
        }
    }
    contests.push(of(
        "rtt",
        64,
        1,
        100_000,
        TRIPS,
        "p50 at most 1.3 of the raw ping-pong, p99.9 at most 1.5 of its",
    ));
    let aim = "p50 at most 1,500 ns";
    let mut spaced = of("rtt", 64, 1, 100_000, SPACED, aim);
    spaced.rate = 100_000;
    contests.push(spaced);
    contests.push(of(
        "idle",
        64,
        1,
        100_000,
        IDLE,
        "adaptive: at most 2 percent of a core, one second after traffic stopped",
    ));
    for size in [64, 256, 1024] {
        let aim = "at least 0.7 at every size up to this and every source offset";
        contests.push(of("offsets", size, 1, 1, OFFSETS, aim));
    }
    contests.push(of(
        "three",
        256,
        1,
        10_000_000,
        STAGES,
        "at least 1 times Timely, 0.7 of the loop, 5 times Hazelcast Jet",
    ));
    contests
}

/// Builds everybody, runs the rounds, writes `docs/contest/`, and prints the table.
///
/// `--rounds N` and `--only TEXT`, contests whose name begins so.
pub fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let (mut rounds, mut only) = (ROUNDS, "");
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let value = options.next().ok_or(format!("{option} needs a value"))?;
        match *option {
            "--rounds" => rounds = value.parse().map_err(|e| format!("--rounds: {e}"))?,
            "--only" => only = value,
            _ => return Err(format!("unknown option {option}")),
        }
    }
    build(root)?;
    let mut chosen = contests();
    chosen.retain(|contest| contest.name().starts_with(only));
    let mut samples = vec![];
    let begun = std::time::Instant::now();
    for round in 1..=rounds {
        for contest in &chosen {
            for entrant in contest.entrants {
                let beside = entrant::ping_pong(root)?;
                match entrant.sample(root, contest) {
                    Ok(sample) => samples.push(Sample {
                        round,
                        beside,
                        ..sample
                    }),
                    Err(message) => eprintln!("{} {}: {message}", contest.name(), entrant.name()),
                }
            }
            let seconds = begun.elapsed().as_secs();
            eprintln!("{seconds} s: round {round} of {rounds}: {}", contest.name());
        }
    }
    let to = root.join("docs/contest");
    let written = |error| format!("{}: {error}", to.display());
    fs::create_dir_all(&to).map_err(written)?;
    let raw: String = samples.iter().map(Sample::line).collect();
    fs::write(to.join("samples.jsonl"), raw).map_err(written)?;
    let table = table::of(&chosen, &samples, rounds);
    fs::write(to.join("README.md"), &table).map_err(written)?;
    for contest in &chosen {
        let file = format!("{}.svg", contest.name().replace('/', "-"));
        fs::write(to.join(file), picture::of(contest, &samples)).map_err(written)?;
    }
    print!("{table}");
    Ok(())
}

impl Contest {
    /// As the programs print it: `1p1c/256/b16/touch`.
    pub fn name(&self) -> String {
        match self.what {
            "rtt" if self.rate > 0 => format!("rtt/{}/{}", self.size, self.rate),
            "rtt" => format!("rtt/{}", self.size),
            "idle" => "idle".to_owned(),
            "offsets" => format!("offsets/{}", self.size),
            "three" => format!("three/{}/search", self.size),
            what => {
                let touch = if self.touch { "touch" } else { "nt" };
                format!("{what}/{}/b{}/{touch}", self.size, self.batch)
            }
        }
    }
}

fn build(root: &Path) -> Result<(), String> {
    let cargo = |manifest: &str| {
        let mut command = Command::new("cargo");
        command.args(["build", "--release", "--manifest-path", manifest]);
        command
    };
    let mut java = Command::new("mvn");
    java.args(["-q", "-B", "-f", "bench/contest/java/pom.xml", "package"]);
    if root.join("bench/contest/java/target/lib").is_dir() {
        // All that it needs is there; without, it asks the network whether that is still so.
        java.arg("--offline");
    }
    for mut command in [
        cargo("bench/indexbus-bench/Cargo.toml"),
        cargo("bench/contest/rust/Cargo.toml"),
        java,
    ] {
        let status = command.current_dir(root).status();
        let status = status.map_err(|e| format!("{:?}: {e}", command.get_program()))?;
        if !status.success() {
            return Err(format!("{command:?} ended with {status}"));
        }
    }
    Ok(())
}
