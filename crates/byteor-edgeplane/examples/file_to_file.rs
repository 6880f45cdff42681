//! Records per second of a deployed EdgePlane from file to file, against the same stages in a loop that
//! reads and writes the same files.
//!
//! `cargo build --release -p byteor-edgeplane --bins --examples`, then
//! `target/release/examples/file_to_file [--json] [--records=N] [--bytes=N] [--rounds=N] [--dir=PATH]`
//!
//! EdgePlane is the real program with its default tuning: start, region, checkpoints and the last sync
//! count. The loop reads lines from a buffered file, calls the stages and writes to a buffered file,
//! which is synced once. A third one only writes what came out and syncs it: how much of both is the
//! disk. They take turns, what they wrote is compared, and figures are medians of the rounds.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use byteor_config::{ConfigBundleV1, Posture};
use byteor_pipeline_spec::{encode_kv_v1, single_ring_chain};
use byteor_pipeline_stages::{Outcome, Output, Stage, build};

type Error = Box<dyn std::error::Error>;

const STAGES: [(&str, &str); 3] = [
    ("parse", r"keep:^\{"),
    ("quiet", "drop:level=debug"),
    ("mask", "replace:[a-z]+@[a-z.]+=***"),
];
/// As large as a slot of the default class.
const SLOT: usize = 256;
const BUFFER: usize = 1 << 16;

struct Settings {
    json: bool,
    records: u64,
    bytes: usize,
    rounds: usize,
    dir: PathBuf,
}

fn settings() -> Result<Settings, Error> {
    let mut all = Settings {
        json: false,
        records: 2_000_000,
        bytes: 120,
        rounds: 7,
        dir: std::env::temp_dir(),
    };
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            None if argument == "--json" => all.json = true,
            Some(("--records", n)) => all.records = n.parse()?,
            Some(("--bytes", n)) => all.bytes = n.parse::<usize>()?.clamp(64, SLOT),
            Some(("--rounds", n)) => all.rounds = n.parse::<usize>()?.clamp(1, 100),
            Some(("--dir", dir)) => all.dir = dir.into(),
            _ => return Err(format!("unknown argument {argument}").into()),
        }
    }
    Ok(all)
}

/// Log-like lines; one in eight has what the second stage drops, one in four what the last replaces.
fn write_input(path: &Path, settings: &Settings) -> Result<(), Error> {
    let mut out = BufWriter::with_capacity(BUFFER, File::create(path)?);
    for n in 0..settings.records {
        let level = if n % 8 == 0 { "debug" } else { "info" };
        let who = if n % 4 == 0 {
            "ann@example.org"
        } else {
            "nobody"
        };
        let mut line = format!("{{ level={level} n={n} who={who} ").into_bytes();
        line.resize(settings.bytes, b'.');
        line.push(b'\n');
        out.write_all(&line)?;
    }
    out.into_inner()?.sync_all()?;
    Ok(())
}

fn deployed(dir: &Path, records: u64) -> Result<Duration, Error> {
    let place = |name: &str| -> Result<String, Error> {
        let path = dir.join(name);
        Ok(path.to_str().ok_or("a path that isn't UTF-8")?.to_owned())
    };
    let config = ConfigBundleV1::file_to_file(
        Posture::Dev,
        &place("in.log")?,
        &place("out.log")?,
        &place("rejected.log")?,
    );
    fs::write(
        dir.join("spec.kv"),
        encode_kv_v1(&single_ring_chain(&STAGES)),
    )?;
    let config = byteor_config::encode(&config).map_err(|e| format!("{e:?}"))?;
    fs::write(dir.join("runtime_config.txt"), config)?;
    for name in ["out.log", "out.log.checkpoint", "rejected.log"] {
        let _absent = fs::remove_file(dir.join(name));
    }
    let examples = std::env::current_exe()?;
    let release = examples.ancestors().nth(2).ok_or("no folder above")?;
    let begun = Instant::now();
    let ran = Command::new(release.join("byteor-edgeplane"))
        .arg("run")
        .arg(format!("--spec={}", place("spec.kv")?))
        // A run of so many records ends with them.
        .arg(format!("--adapter-max-messages={records}"))
        .arg("--json")
        .env_remove("BYTEOR_SPEC")
        .stdin(Stdio::null())
        .output()?;
    let took = begun.elapsed();
    if !ran.status.success() {
        return Err(String::from_utf8_lossy(&ran.stdout).into_owned().into());
    }
    Ok(took)
}

fn in_loop(dir: &Path) -> Result<Duration, Error> {
    let begun = Instant::now();
    let mut stages: Vec<Box<dyn Stage>> = Vec::new();
    for (_, key) in STAGES {
        stages.push(build(key).map_err(|e| e.message)?);
    }
    let mut input = BufReader::with_capacity(BUFFER, File::open(dir.join("in.log"))?);
    let mut out = BufWriter::with_capacity(BUFFER, File::create(dir.join("loop.log"))?);
    let (mut line, mut now, mut next) = (Vec::new(), vec![0; SLOT], vec![0; SLOT]);
    while input.read_until(b'\n', &mut line)? > 0 {
        let mut len = line.len() - 1;
        now[..len].copy_from_slice(&line[..len]);
        line.clear();
        let mut leaves = true;
        for stage in &mut stages {
            let mut output = Output::new(&mut next);
            match stage
                .process(&now[..len], &mut output)
                .map_err(|e| e.to_string())?
            {
                Outcome::Forward => {}
                Outcome::Rewrite => {
                    len = output.needed();
                    std::mem::swap(&mut now, &mut next);
                }
                Outcome::Drop | Outcome::TooLarge { .. } | Outcome::Reject => {
                    leaves = false;
                    break;
                }
            }
        }
        if leaves {
            now[len] = b'\n';
            out.write_all(&now[..=len])?;
        }
    }
    out.into_inner()?.sync_all()?;
    Ok(begun.elapsed())
}

/// What came out, written once more and synced.
fn only_written(dir: &Path) -> Result<Duration, Error> {
    let bytes = fs::read(dir.join("loop.log"))?;
    let begun = Instant::now();
    let mut file = File::create(dir.join("written.log"))?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

fn main() -> Result<(), Error> {
    let settings = settings()?;
    let dir = settings
        .dir
        .join(format!("byteor-file-to-file-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    let measured = measure(&dir, &settings);
    fs::remove_dir_all(&dir)?;
    let [deployed, in_loop, written] = measured?;
    let rate = |seconds: f64| settings.records as f64 / seconds;
    if settings.json {
        println!(
            "{{\"records\":{},\"bytes\":{},\"rounds\":{},\"deployed_per_s\":{:.0},\"loop_per_s\":{:.0},\
             \"ratio\":{:.3},\"disk_of_loop\":{:.3}}}",
            settings.records,
            settings.bytes,
            settings.rounds,
            rate(deployed),
            rate(in_loop),
            in_loop / deployed,
            written / in_loop
        );
    } else {
        println!(
            "file to file, three stages, {} records of {} bytes: {:.2} M/s, the loop {:.2} M/s, {:.2} of it; \
             writing and syncing alone takes {:.2} of the loop's time",
            settings.records,
            settings.bytes,
            rate(deployed) / 1e6,
            rate(in_loop) / 1e6,
            in_loop / deployed,
            written / in_loop
        );
    }
    Ok(())
}

fn measure(dir: &Path, settings: &Settings) -> Result<[f64; 3], Error> {
    write_input(&dir.join("in.log"), settings)?;
    let (mut ours, mut theirs, mut disk) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..settings.rounds {
        ours.push(deployed(dir, settings.records)?);
        theirs.push(in_loop(dir)?);
        if fs::read(dir.join("out.log"))? != fs::read(dir.join("loop.log"))? {
            return Err("EdgePlane and the loop wrote different bytes".into());
        }
        disk.push(only_written(dir)?);
    }
    Ok([median(ours), median(theirs), median(disk)])
}
