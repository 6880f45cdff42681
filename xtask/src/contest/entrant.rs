//! Who takes part, how they are called, and what one run of theirs gave.

use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Contest, Shown};

/// How long one run may take.
const LONGEST: Duration = Duration::from_secs(60);

/// Somebody who does the work.
#[derive(Clone, Copy, PartialEq)]
pub enum Entrant {
    /// Our lanes, between two processes.
    Ours,
    /// Our lanes, between threads of one process.
    OursInProcess,
    /// Our lanes between two processes, with options of its own, and as tables call that.
    OursWith(&'static str, &'static [&'static str]),
    /// A ring without checks in shared memory: what there is to reach.
    Bare,
    /// A crate.
    Rust(&'static str),
    /// A library of the Java machine.
    Java(&'static str),
}

/// One run.
#[derive(Clone, Default)]
pub struct Sample {
    pub round: u32,
    pub contest: String,
    pub entrant: String,
    pub messages: u64,
    pub ops_per_s: f64,
    /// Seconds of processor time per million messages, of all processes and with their start.
    pub cpu_s_per_million: f64,
    /// Nanoseconds: p50, p90, p99, p99.9; only of round trips.
    pub trips: Option<[f64; 4]>,
    /// Another figure, where that is what counts: percent of a core, or a ratio.
    pub figure: Option<f64>,
    /// The same of the raw ping-pong that ran just before.
    pub beside: [f64; 4],
}

impl Entrant {
    /// As tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare ring",
            Self::Ours | Self::OursInProcess => "IndexBus",
            Self::OursWith(name, _) => name,
            Self::Rust(name) | Self::Java(name) => match name {
                "aeron" => "Aeron",
                "agrona" => "Agrona",
                "jet" => "Hazelcast Jet",
                "lmax" => "LMAX Disruptor",
                "loop" => "plain loop",
                "timely" => "Timely",
                other => other,
            },
        }
    }

    /// Runs once.
    pub fn sample(self, root: &Path, contest: &Contest) -> Result<Sample, String> {
        let what = if self == Self::Bare {
            "bare"
        } else {
            contest.what
        };
        let mut command = match self {
            Self::Ours | Self::Bare => ours(root),
            Self::OursInProcess => {
                let mut command = ours(root);
                command.arg("in=process");
                command
            }
            Self::OursWith(_, words) => {
                let mut command = ours(root);
                command.args(words);
                command
            }
            Self::Rust(peer) => {
                let mut command =
                    Command::new(root.join("bench/contest/rust/target/release/peers"));
                command.args([format!("peer={peer}"), format!("name={}", contest.name())]);
                command
            }
            Self::Java(peer) => {
                let mut command = java(root, peer);
                command.arg(format!("name={}", contest.name()));
                command
            }
        };
        command.args([
            format!("what={what}"),
            format!("size={}", contest.size),
            format!("batch={}", contest.batch),
            format!("n={}", contest.messages),
            format!("work={}", if contest.touch { "touch" } else { "nt" }),
        ]);
        let before = children_cpu_seconds()?;
        let answer = answer_of(&mut command)?;
        let cpu = children_cpu_seconds()? - before;
        let called = answer["name"].as_str().unwrap_or_default();
        if self != Self::Bare && !called.starts_with(&contest.name()) {
            return Err(format!("ran {called}"));
        }
        let number = |key: &str| answer[key].as_f64().ok_or(format!("no {key} in {answer}"));
        Ok(Sample {
            contest: contest.name(),
            entrant: self.name().to_owned(),
            messages: contest.messages,
            ops_per_s: number("ops_per_s")?,
            cpu_s_per_million: cpu * 1e6 / contest.messages as f64,
            trips: matches!(contest.shown, Shown::Trips)
                .then(|| trips(&answer))
                .transpose()?,
            figure: match contest.shown {
                Shown::Figure(key, _) => Some(number(key)?),
                Shown::Rate | Shown::Trips => None,
            },
            ..Sample::default()
        })
    }
}

impl Sample {
    /// As `samples.jsonl` holds it.
    pub fn line(&self) -> String {
        let mut value = json!({
            "round": self.round,
            "name": self.contest,
            "entrant": self.entrant,
            "msgs": self.messages,
            "ops_per_s": self.ops_per_s.round(),
            "cpu_s_per_million": (self.cpu_s_per_million * 1e4).round() / 1e4,
            "ping_pong_ns": self.beside,
        });
        if let Some(trips) = self.trips {
            value["trip_ns"] = json!(trips);
        }
        if let Some(figure) = self.figure {
            value["figure"] = json!(figure);
        }
        format!("{value}\n")
    }
}

/// Percentiles of the raw ping-pong of one cache line between two processes, as of now.
pub fn ping_pong(root: &Path) -> Result<[f64; 4], String> {
    let mut command = ours(root);
    command.args(["what=pingpong", "n=100000"]);
    trips(&answer_of(&mut command)?)
}

fn ours(root: &Path) -> Command {
    let mut command = Command::new(root.join("bench/indexbus-bench/target/release/indexbus-bench"));
    command.arg("contest");
    command
}

fn java(root: &Path, peer: &str) -> Command {
    let target = root.join("bench/contest/java/target");
    let mut command = Command::new("java");
    command.args([
        "-Xms1g",
        "-Xmx2g",
        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
        "--add-opens=java.base/java.util.zip=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "-Dagrona.disable.bounds.checks=true",
        "-Daeron.pre.touch.mapped.memory=true",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "--add-opens=java.management/sun.management=ALL-UNNAMED",
        "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED",
        "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
        "--add-modules=java.se",
        "-cp",
    ]);
    command.arg(format!("{0}/classes:{0}/lib/*", target.display()));
    command.args(["byteor.contest.Peers", &format!("peer={peer}")]);
    command
}

/// The line of JSON of a run. One that takes longer than [`LONGEST`] is ended, with its second process.
fn answer_of(command: &mut Command) -> Result<Value, String> {
    let program = format!("{:?}", command.get_program());
    let fails = |error| format!("{program}: {error}");
    let mut child = command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(fails)?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let reads = |pipe: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            // What came until the end, however it ended, is what there is to show.
            let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = reads(out.map(|pipe| Box::new(pipe) as _));
    let err = reads(err.map(|pipe| Box::new(pipe) as _));
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(fails)? {
            break status;
        }
        if begun.elapsed() > LONGEST {
            let group = format!("-{}", child.id());
            let killed = Command::new("kill").args(["-KILL", "--", &group]).status();
            killed.map_err(fails)?;
            child.wait().map_err(fails)?;
            return Err(format!("did not end within {} s", LONGEST.as_secs()));
        }
        thread::sleep(Duration::from_millis(5));
    };
    let text = out.join().unwrap_or_default();
    let line = text.lines().rfind(|line| line.starts_with('{'));
    match line.map(serde_json::from_str) {
        Some(Ok(answer)) if status.success() => Ok(answer),
        _ => Err(format!(
            "ended with {status} and {text}{}",
            err.join().unwrap_or_default()
        )),
    }
}

fn trips(answer: &Value) -> Result<[f64; 4], String> {
    let mut values = [0.0; 4];
    for (value, key) in values
        .iter_mut()
        .zip(["p50_ns", "p90_ns", "p99_ns", "p999_ns"])
    {
        *value = answer[key]
            .as_f64()
            .ok_or(format!("no {key} in {answer}"))?;
    }
    Ok(values)
}

/// Processor seconds of all children that ended, and of theirs. Linux only, to a hundredth.
fn children_cpu_seconds() -> Result<f64, String> {
    let stat =
        fs::read_to_string("/proc/self/stat").map_err(|e| format!("/proc/self/stat: {e}"))?;
    // Behind the program's name, which may hold anything: user and system time of children.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |at: usize| {
        let field = fields.get(at).and_then(|field| field.parse::<f64>().ok());
        field.ok_or("/proc/self/stat has other fields".to_owned())
    };
    Ok((ticks(13)? + ticks(14)?) / 100.0)
}
