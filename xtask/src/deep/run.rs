//! Running a program for a while, in a group of its own, and ending all of it.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Well,
    Failed,
    /// It was ended, as somebody asked or as its time was over.
    Stopped,
}

/// What a program that is asked to end gets.
const GRACE: Duration = Duration::from_secs(3);

/// Runs `command` until it ends, `time` is over or `stop` says so. What it prints goes to `output`.
pub fn run(
    mut command: Command,
    output: &Path,
    time: Duration,
    stop: &Arc<AtomicBool>,
) -> Result<Ended, String> {
    let said = |e: std::io::Error| format!("{command:?}: {e}");
    let out = File::create(output).map_err(said)?;
    let err = out.try_clone().map_err(said)?;
    command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0);
    let mut child = command.spawn().map_err(|e| format!("{command:?}: {e}"))?;
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            let ended = if status.success() {
                Ended::Well
            } else {
                Ended::Failed
            };
            return Ok(ended);
        }
        if stop.load(Ordering::Relaxed) || begun.elapsed() > time {
            end(&mut child)?;
            return Ok(Ended::Stopped);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Asks the whole group to end, and then ends it.
fn end(child: &mut Child) -> Result<(), String> {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let group = group.ok_or("a process without a number")?;
    // What is gone already can't be ended.
    let _ = kill_process_group(group, Signal::TERM);
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        if child.try_wait().map_err(|e| e.to_string())?.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = kill_process_group(group, Signal::KILL);
    child.wait().map(drop).map_err(|e| e.to_string())
}

/// What a log of `COUNT UNIT` lines says; a line that was cut off says nothing.
pub fn counts(log: &Path) -> Vec<(String, u64)> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines = text
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'));
    let counts = lines.filter_map(|line| {
        let (count, unit) = line.split_once(' ')?;
        Some((unit.to_owned(), count.parse().ok()?))
    });
    counts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    }

    #[test]
    fn a_program_that_is_stopped_goes_with_all_that_it_started_and_keeps_its_counts() {
        let dir = tempfile::tempdir().unwrap();
        let (output, log) = (dir.path().join("output"), dir.path().join("log"));
        let stop = Arc::new(AtomicBool::new(false));
        let long = Duration::from_secs(60);
        let run = |line: &str, time| run(shell(line), &output, time, &stop).unwrap();
        assert_eq!(run("exit 0", long), Ended::Well);
        assert_eq!(run("exit 3", long), Ended::Failed);
        let line = format!(
            "sleep 1000 & echo $! > {0}.child; echo 3 kills >> {0}; printf 4 >> {0}; wait",
            log.display()
        );
        let begun = Instant::now();
        assert_eq!(run(&line, Duration::from_millis(300)), Ended::Stopped);
        assert!(begun.elapsed() < long);
        assert_eq!(counts(&log), [("kills".to_owned(), 3)]);
        let child = fs::read_to_string(dir.path().join("log.child")).unwrap();
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim()));
        // Gone, or waiting for whoever reaps orphans here.
        assert!(stat.is_err() || stat.unwrap().contains(" Z "));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(run("sleep 1000", long), Ended::Stopped);
    }
}
