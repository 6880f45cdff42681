//! A sync that fails is never trusted the second time: the kernel tells of lost pages once.

mod bench;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bench::{Ended, NEVER, SLOT, run, well, wiring};
use byteor_adapters::disk::Disk;

/// A disk that fails one sync. What that sync should have kept is lost with it, as on Linux: the
/// pages are clean from then on, and every later sync of the file succeeds.
#[derive(Default)]
struct Failing {
    /// Which sync fails, from 1.
    at: u32,
    syncs: u32,
    /// Lengths up to which files were synced.
    kept: BTreeMap<PathBuf, u64>,
    failed: Option<Failed>,
}

struct Failed {
    path: PathBuf,
    /// Bytes of the file that are on no disk.
    lost: std::ops::Range<u64>,
}

impl Failing {
    fn sync(&mut self, path: &Path, file: &File) -> io::Result<()> {
        self.syncs += 1;
        let kept = self.kept.entry(path.to_path_buf()).or_default();
        let length = file.metadata()?.len();
        if self.syncs == self.at {
            self.failed = Some(Failed {
                path: path.to_path_buf(),
                lost: *kept..length,
            });
            return Err(io::Error::from_raw_os_error(5));
        }
        *kept = length;
        Ok(())
    }
}

/// Lines of which every seventh is too large to be a record, so that both files grow.
fn input() -> (String, String, String) {
    let (mut all, mut out, mut rejected) = (String::new(), String::new(), String::new());
    for number in 0..6_000 {
        let large = number % 7 == 0;
        let line = match large {
            true => format!("{number}{}\n", "x".repeat(SLOT)),
            false => format!("{number}\n"),
        };
        all.push_str(&line);
        if large { &mut rejected } else { &mut out }.push_str(&line);
    }
    (all, out, rejected)
}

const KEYS: [&str; 2] = ["identity", "sample:1"];

/// What happened when the sync number `at` failed: the name of what it was of. Nothing, where the
/// run had fewer.
fn fail_sync(at: u32) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (all, out, rejected) = input();
    fs::write(path("in"), all).unwrap();

    let disk = Arc::new(Mutex::new(Failing {
        at,
        ..Failing::default()
    }));
    let mut wired = wiring(folder.path(), &KEYS);
    let asked = Arc::clone(&disk);
    wired.disk = Disk::with(move |path, file| asked.lock().unwrap().sync(path, file));
    let ended = run(wired, NEVER);

    let disk = disk.lock().unwrap();
    let failed = match (&disk.failed, ended) {
        (None, ended) => {
            well(ended);
            return None;
        }
        (Some(failed), Ended::Badly(error)) => {
            let name = failed.path.file_name().unwrap().to_str().unwrap();
            let code = match name {
                "out" => "E_OUTPUT_WRITE",
                "rejected" => "E_REJECT_WRITE",
                _ => "E_CHECKPOINT_WRITE",
            };
            assert_eq!(error.code, code, "{error}");
            failed
        }
        (Some(_), ended) => panic!("sync {at} failed, and the run ended with {ended:?}"),
    };
    assert_eq!(disk.syncs, at, "something was synced after a failed sync");

    // What the sync should have kept is gone, as after a loss of power.
    if failed.path == path("out") || failed.path == path("rejected") {
        let zeros = vec![0; usize::try_from(failed.lost.end - failed.lost.start).unwrap()];
        let file = File::options().write(true).open(&failed.path).unwrap();
        file.write_all_at(&zeros, failed.lost.start).unwrap();
    }
    let (summary, _) = well(run(wiring(folder.path(), &KEYS), NEVER));
    assert_eq!(summary.totals.records_in, 6_000, "sync {at}");
    assert!(fs::read_to_string(path("out")).unwrap() == out, "sync {at}");
    let kept = fs::read_to_string(path("rejected")).unwrap();
    assert!(kept == rejected, "sync {at}");
    Some(failed.path.file_name().unwrap().to_str().unwrap().into())
}

#[test]
fn after_any_failed_sync_nothing_is_saved_and_the_next_start_cuts_back() {
    let failed: BTreeSet<String> = (1..=40).map_while(fail_sync).collect();
    // Each file that a checkpoint relies on, and the checkpoint itself: its bytes and its name.
    let all = ["out", "out.checkpoint", "out.checkpoint.tmp", "rejected"];
    assert_eq!(failed.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

#[test]
fn a_sync_that_fails_while_records_flow_ends_the_run_with_the_file_named() {
    // The first four syncs are those of the beginning; behind them it is the checkpoint thread's.
    let thread = (5..=12).filter_map(fail_sync).count();
    assert!(thread >= 3, "{thread}");
}
