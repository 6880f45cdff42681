//! `cargo xtask deep`: the proofs of `npm test`, without bounds.
//!
//! Each part gets its share of the time. It goes on where the last run ended: rounds that nobody did
//! yet, cases of another seed, loom from the interleaving where it was, libFuzzer from what it found.
//! With `--side-by-side N` so many tests of a part run at once, each with longer of its time.
//! What is done is kept in `.cache/deep/state.json` after each part and told in docs/verification.md.

mod done;
mod part;
mod programs;
mod properties;
mod run;

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use done::{All, grouped, today};
use indexbus_proof::{FOLDER, FROM, LOG, SAYS, SECONDS, scattered};
use part::{PARTS, Part, Work};
use programs::{Built, Program, Targets};
use run::{Ended, counts, run};

/// How long a run takes, unless told otherwise.
const MINUTES: f64 = 60.0;
/// Cases of a property test at once.
const CASES: u64 = 1_000;

struct Deep {
    root: PathBuf,
    cache: PathBuf,
    stop: Arc<AtomicBool>,
    built: Built,
    /// How many tests run at once.
    beside: u32,
    properties: BTreeSet<String>,
    all: All,
}

/// Runs the named parts, or all.
pub fn run_parts(root: &Path, words: &[&str]) -> Result<(), String> {
    let Asked {
        minutes,
        beside,
        parts,
    } = asked(words)?;
    // Tests run in the folders of their crates, so no path may depend on this one.
    let root = root.canonicalize().map_err(|e| e.to_string())?;
    let cache = root.join(".cache/deep");
    fs::create_dir_all(&cache).map_err(|e| format!("{}: {e}", cache.display()))?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // A second one ends this at once.
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(|e| e.to_string())?;
    }
    let properties = properties::find(&root)?.1;
    let mut targets = Targets::default();
    for part in &parts {
        match &part.work {
            Work::Rounds(tests) => tests.iter().for_each(|tests| targets.add(tests)),
            Work::Properties => targets = Targets::All,
            Work::Fuzz | Work::Watched => {}
        }
    }
    let built = programs::build(&root, &targets, &cache.join("programs"))?;
    let all = done::read(&cache.join("state.json"), &page(&root))?;
    let mut deep = Deep {
        root,
        cache,
        stop,
        built,
        beside,
        properties,
        all,
    };
    let share = Duration::from_secs_f64(minutes * 60.0 / parts.len() as f64);
    let mut failed = Vec::new();
    for part in parts {
        if deep.stop.load(Ordering::Relaxed) {
            break;
        }
        if !deep.part(part, share)? {
            failed.push(part.name);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let folder = deep.cache.join("failed");
    Err(format!(
        "failed: {}; see {}",
        failed.join(", "),
        folder.display()
    ))
}

/// The tools of `scripts/instruments.mjs`, by the first words of their titles.
const WATCHED: [&str; 3] = ["Miri", "ThreadSanitizer", "AddressSanitizer"];

fn page(root: &Path) -> PathBuf {
    root.join("docs/verification.md")
}

/// What the words of the command line say.
struct Asked {
    minutes: f64,
    beside: u32,
    parts: Vec<&'static Part>,
}

fn asked(words: &[&str]) -> Result<Asked, String> {
    let (mut minutes, mut beside) = (MINUTES, 1);
    let mut parts: Vec<&Part> = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == "--minutes" {
            let told = words.next().and_then(|text| text.parse::<f64>().ok());
            let told = told.filter(|told| told.is_finite() && *told > 0.0);
            minutes = told.ok_or("--minutes takes a number above 0")?;
            continue;
        }
        if *word == "--side-by-side" {
            let told = words.next().and_then(|text| text.parse().ok());
            beside = told
                .filter(|told| *told > 0)
                .ok_or("--side-by-side takes a number above 0")?;
            continue;
        }
        let part = PARTS.iter().find(|part| part.name == *word);
        parts.push(part.ok_or_else(|| {
            let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
            format!("there is no part `{word}`; there are {}", names.join(" "))
        })?);
    }
    if parts.is_empty() {
        parts = PARTS.iter().collect();
    }
    Ok(Asked {
        minutes,
        beside,
        parts,
    })
}

impl Deep {
    /// One part for its share of the time; whether nothing failed. What it did is kept.
    fn part(&mut self, part: &Part, share: Duration) -> Result<bool, String> {
        let begun = Instant::now();
        println!("{}: {} s", part.name, share.as_secs());
        let log = self.cache.join(format!("{}.log", part.name));
        let _ = fs::remove_file(&log); // of a run that was killed
        let well = match &part.work {
            Work::Rounds(tests) => {
                let mut names = Vec::new();
                for tests in *tests {
                    let program = self
                        .built
                        .programs
                        .iter()
                        .find(|program| program.has(tests));
                    let program = program.ok_or_else(|| format!("{tests:?} isn't there"))?;
                    let found = program.names(tests.filter)?;
                    if found.is_empty() {
                        return Err(format!("{tests:?} are no tests"));
                    }
                    names.extend(found.into_iter().map(|name| (program.clone(), name)));
                }
                let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
                let turns = count.div_ceil(self.beside);
                self.each(&names, |(program, name)| {
                    self.rounds(part, program, name, share / turns, &log)
                })
            }
            Work::Properties => self.properties(share, &log),
            Work::Fuzz => self.fuzz(part, share, &log),
            Work::Watched => self.watched(part, share, &log),
        };
        // Another run may have done other parts meanwhile.
        let (state, page) = (self.cache.join("state.json"), page(&self.root));
        self.all = done::read(&state, &page)?;
        let mut done = self.all.remove(part.name).unwrap_or_default();
        for (unit, count) in counts(&log) {
            done.next += count;
            *done.counts.entry(unit).or_default() += count;
        }
        done.seconds += begun.elapsed().as_secs();
        done.last = today();
        if well != Ok(true) {
            done.failures += 1;
        }
        let told = done.counts.iter();
        let told: Vec<String> = told.map(|(u, n)| format!("{} {u}", grouped(*n))).collect();
        println!("{}: {} in all", part.name, told.join(", "));
        self.all.insert(part.name.to_owned(), done);
        done::write(&self.all, &state, &page)?;
        well
    }

    /// All of them, as many at once as may be, also behind one that fails.
    fn each<T: Sync>(
        &self,
        all: &[T],
        one: impl Fn(&T) -> Result<bool, String> + Sync,
    ) -> Result<bool, String> {
        let next = AtomicUsize::new(0);
        let turns = || {
            let mut well = true;
            while let Some(each) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                if self.stop.load(Ordering::Relaxed) {
                    break;
                }
                well &= one(each)?;
            }
            Ok(well)
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.beside).map(|_| scope.spawn(turns)).collect();
            let ended = threads.into_iter().map(|thread| {
                let ended = thread.join();
                ended.unwrap_or_else(|_| Err("a thread that ran tests panicked".to_owned()))
            });
            // Whichever fails, the others go to their ends.
            let ended: Vec<_> = ended.collect();
            ended
                .into_iter()
                .try_fold(true, |well, one| Ok(well & one?))
        })
    }

    /// One test for so long, from its next round on.
    fn rounds(
        &self,
        part: &Part,
        program: &Program,
        name: &str,
        time: Duration,
        log: &Path,
    ) -> Result<bool, String> {
        let progress = self.cache.join("progress").join(self.written());
        fs::create_dir_all(&progress).map_err(|e| format!("{}: {e}", progress.display()))?;
        let from = self.all.get(part.name).map_or(0, |done| done.next);
        let mut command = Command::new(&program.path);
        command
            .current_dir(&program.folder)
            .args(["--exact", name, "--test-threads", "1", "--nocapture"])
            .envs(self.built.binaries.iter().cloned())
            .env(SECONDS, format!("{:.3}", time.as_secs_f64()))
            .env(FROM, from.to_string())
            .env(LOG, log)
            .env(FOLDER, progress);
        // A round takes what it takes, and a machine may have much else to do.
        let well = self.ran(command, name, time * 2 + Duration::from_secs(600))?;
        let said = fs::read_to_string(self.output(name)).unwrap_or_default();
        for line in said
            .lines()
            .filter_map(|line| Some(line.split_once(SAYS)?.1))
        {
            println!("{line}");
        }
        Ok(well)
    }

    /// What the models were written from: loom's notes are of one text only.
    fn written(&self) -> String {
        let mut hasher = DefaultHasher::new();
        let mut folders = vec![self.root.join("crates/indexbus")];
        let mut files = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.insert(path);
                }
            }
        }
        for file in files {
            fs::read(file).unwrap_or_default().hash(&mut hasher);
        }
        format!("{:016x}", hasher.finish())
    }

    /// Property tests, a thousand cases of each at once, program after program.
    fn properties(&self, share: Duration, log: &Path) -> Result<bool, String> {
        let begun = Instant::now();
        let mut programs = Vec::new();
        for program in &self.built.programs {
            let names = program.names("")?.into_iter();
            let is_one = |name: &String| {
                let last = name.rsplit("::").next().unwrap_or_default();
                self.properties.contains(last)
            };
            let names: Vec<String> = names.filter(is_one).collect();
            programs.extend(names.into_iter().map(|name| (program, name)));
        }
        if programs.is_empty() {
            return Err("there are no property tests".to_owned());
        }
        let done = self
            .all
            .get("properties")
            .map_or(0, |done| done.next / CASES);
        let mut well = true;
        for round in done.. {
            if begun.elapsed() > share || self.stop.load(Ordering::Relaxed) {
                break;
            }
            let (program, name) = &programs[round as usize % programs.len()];
            let mut command = Command::new(&program.path);
            command
                .current_dir(&program.folder)
                .args(["--exact", name])
                .env("PROPTEST_CASES", CASES.to_string())
                .env("PROPTEST_RNG_SEED", (scattered(round) >> 1).to_string());
            let left = share.saturating_sub(begun.elapsed()) + Duration::from_secs(120);
            let output = self.output(name);
            match self.run(command, &output, left)? {
                Ended::Well => count(log, CASES, "cases")?,
                Ended::Failed => {
                    well = false;
                    self.keep(name, &output)?;
                    // What fails is counted too, as the next round has to be another one.
                    count(log, CASES, "cases that failed")?;
                }
                Ended::Stopped => {}
            }
        }
        Ok(well)
    }

    /// All fuzz targets in turn.
    fn fuzz(&self, part: &Part, share: Duration, log: &Path) -> Result<bool, String> {
        let mut command = Command::new(self.root.join("node_modules/node/bin/node"));
        command
            .current_dir(&self.root)
            .args(["scripts/fuzz.mjs", "--seconds"])
            .arg(share.as_secs().max(1).to_string());
        // It builds the targets first.
        let well = self.ran(command, part.name, share * 2 + Duration::from_secs(900))?;
        let said = fs::read_to_string(self.output(part.name)).unwrap_or_default();
        for line in said.lines() {
            let Some((name, rest)) = line.split_once(": ") else {
                continue;
            };
            if let Some((count_of, _)) = rest.split_once(" executions in ") {
                let number = count_of.replace(',', "").parse();
                count(log, number.map_err(|_| format!("`{line}`"))?, name)?;
            }
        }
        Ok(well && !said.contains("NOT FUZZED"))
    }

    /// One tool after the other, the one first that has had the fewest turns; one that was begun goes
    /// to its end, as it has nothing to go on from.
    fn watched(&self, part: &Part, share: Duration, log: &Path) -> Result<bool, String> {
        let begun = Instant::now();
        let done = self.all.get(part.name);
        let turns = |tool: &str| {
            let counts = done.map(|done| &done.counts);
            counts
                .and_then(|counts| counts.get(&format!("of {tool}")))
                .copied()
        };
        let mut tools = WATCHED;
        tools.sort_by_key(|tool| turns(tool).unwrap_or(0));
        let mut well = true;
        for tool in tools {
            if begun.elapsed() > share || self.stop.load(Ordering::Relaxed) {
                break;
            }
            let mut command = Command::new(self.root.join("node_modules/node/bin/node"));
            command
                .current_dir(&self.root)
                .args(["scripts/instruments.mjs", tool]);
            let name = format!("{}.{tool}", part.name);
            well &= self.ran(command, &name, Duration::from_secs(4 * 3600))?;
            let said = fs::read_to_string(self.output(&name)).unwrap_or_default();
            if said.contains(": ok (") {
                count(log, 1, &format!("of {tool}"))?;
            }
        }
        Ok(well)
    }

    fn output(&self, name: &str) -> PathBuf {
        let name = name.replace("::", ".");
        self.cache.join(format!("{name}.txt"))
    }

    fn run(&self, command: Command, output: &Path, time: Duration) -> Result<Ended, String> {
        run(command, output, time, &self.stop)
    }

    /// Runs it; whether nothing failed. One whose time is over hangs, and one that is stopped by
    /// somebody doesn't.
    fn ran(&self, command: Command, name: &str, time: Duration) -> Result<bool, String> {
        let output = self.output(name);
        let ended = self.run(command, &output, time)?;
        let asked = self.stop.load(Ordering::Relaxed);
        let well = ended == Ended::Well || ended == Ended::Stopped && asked;
        if !well {
            self.keep(name, &output)?;
        }
        Ok(well)
    }

    /// Tells of a failure and keeps all that was said.
    fn keep(&self, name: &str, output: &Path) -> Result<(), String> {
        let folder = self.cache.join("failed");
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let kept = folder.join(output.file_name().unwrap_or_default());
        fs::copy(output, &kept).map_err(|e| format!("{}: {e}", kept.display()))?;
        let said = fs::read(output).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<&str> = said.lines().collect();
        eprintln!("{name} FAILED:");
        for line in &lines[lines.len().saturating_sub(40)..] {
            eprintln!("    {line}");
        }
        Ok(())
    }
}

fn count(log: &Path, count: u64, unit: &str) -> Result<(), String> {
    use std::io::Write;
    let file = fs::OpenOptions::new().create(true).append(true).open(log);
    let written = file.and_then(|mut file| writeln!(file, "{count} {unit}"));
    written.map_err(|e| format!("{}: {e}", log.display()))
}

#[cfg(test)]
mod tests;
