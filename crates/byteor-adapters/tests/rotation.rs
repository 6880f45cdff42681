//! An output in several files that is cut off between any two steps: what is finished never changes, and
//! each record stands in one file once.

mod bench;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bench::{Ended, NEVER, SLOT, run, well, wiring};
use byteor_adapters::disk::Disk;
use byteor_adapters::file_to_file::FileToFile;
use byteor_adapters::rotated::Rotation;

const KEYS: [&str; 2] = ["identity", "sample:1"];
const BYTES: u64 = 4_096;

/// A disk that fails one sync, and loses what that should have kept.
#[derive(Default)]
struct Failing {
    /// Which sync fails, from 1.
    at: u32,
    syncs: u32,
    /// Lengths up to which files were synced.
    kept: BTreeMap<PathBuf, u64>,
    failed: Option<PathBuf>,
}

impl Failing {
    fn sync(&mut self, path: &Path, file: &File) -> io::Result<()> {
        self.syncs += 1;
        let kept = self.kept.entry(path.to_path_buf()).or_default();
        let meta = file.metadata()?;
        if self.syncs == self.at {
            self.failed = Some(path.to_path_buf());
            if meta.is_file() && !path.to_string_lossy().ends_with(".tmp") {
                let lost = usize::try_from(meta.len() - *kept).unwrap();
                let file = File::options().write(true).open(path)?;
                file.write_all_at(&vec![0; lost], *kept)?;
            }
            return Err(io::Error::from_raw_os_error(5));
        }
        *kept = meta.len();
        Ok(())
    }
}

fn rotating(folder: &Path) -> FileToFile {
    let mut wired = wiring(folder, &KEYS);
    wired.rotation = Rotation {
        bytes: Some(BYTES),
        after: None,
    };
    wired
}

fn input() -> (String, String) {
    let (mut all, mut out) = (String::new(), String::new());
    for number in 0..6_000 {
        let large = number % 97 == 0;
        let line = match large {
            true => format!("{number}{}\n", "x".repeat(SLOT)),
            false => format!("{number}\n"),
        };
        all.push_str(&line);
        if !large {
            out.push_str(&line);
        }
    }
    (all, out)
}

/// The finished files by number, and the names of those that aren't.
fn files(folder: &Path) -> (BTreeMap<u64, Vec<u8>>, Vec<String>) {
    let (mut finished, mut parts) = (BTreeMap::new(), Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match name.strip_prefix("out.") {
            Some(number)
                if number.len() == 20 && number.bytes().all(|one| one.is_ascii_digit()) =>
            {
                let Ok(number) = number.parse() else {
                    continue;
                };
                finished.insert(number, fs::read(path).unwrap());
            }
            Some(part) if part.ends_with(".part") => parts.push(name),
            _ => {}
        }
    }
    (finished, parts)
}

/// What all files have together, where each is named by the number of its first record.
fn joined(files: &BTreeMap<u64, Vec<u8>>) -> String {
    let mut text = String::new();
    for (number, bytes) in files {
        let before = text.lines().count() as u64;
        assert_eq!(*number, before + 1);
        assert!(!bytes.is_empty(), "{number}");
        text.push_str(std::str::from_utf8(bytes).unwrap());
    }
    text
}

/// What happened when the sync number `at` failed: what it was of. Nothing, where the run had fewer.
fn fail_sync(at: u32) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (all, out) = input();
    fs::write(path("in"), all).unwrap();
    let disk = Arc::new(Mutex::new(Failing {
        at,
        ..Failing::default()
    }));
    let mut wired = rotating(folder.path());
    let asked = Arc::clone(&disk);
    wired.disk = Disk::with(move |path, file| asked.lock().unwrap().sync(path, file));
    let ended = run(wired, NEVER);
    let disk = disk.lock().unwrap();
    let failed = match (&disk.failed, ended) {
        (None, ended) => {
            well(ended);
            let (finished, parts) = files(folder.path());
            assert_eq!((joined(&finished), parts), (out, vec![]));
            return None;
        }
        (Some(failed), Ended::Badly(error)) => {
            assert!(error.code.ends_with("_WRITE"), "{error}");
            failed.file_name().unwrap().to_str().unwrap().to_owned()
        }
        (Some(_), ended) => panic!("sync {at} failed, and the run ended with {ended:?}"),
    };
    // Somebody has taken half of what is finished away by now.
    let (mut taken, _) = files(folder.path());
    let half = taken.len() / 2;
    taken = taken.into_iter().take(half).collect();
    for number in taken.keys() {
        fs::remove_file(path(&format!("out.{number:020}"))).unwrap();
    }
    let (before, _) = files(folder.path());
    let (summary, _) = well(run(rotating(folder.path()), NEVER));
    assert_eq!(summary.totals.records_in, 6_000, "sync {at}");
    let (mut after, parts) = files(folder.path());
    assert_eq!(parts, [""; 0], "sync {at}: all is finished");
    for (number, bytes) in before {
        assert!(after[&number] == bytes, "sync {at}: {number} was changed");
    }
    for (number, bytes) in taken {
        assert_eq!(
            after.insert(number, bytes),
            None,
            "sync {at}: {number} is there again"
        );
    }
    assert!(joined(&after) == out, "sync {at}");
    let all_but_last = after.values().rev().skip(1);
    for bytes in all_but_last {
        let over = bytes.len() as u64 - BYTES;
        assert!(over < 6, "sync {at}: a file has {} bytes", bytes.len());
    }
    Some(match failed.strip_prefix("out.") {
        Some(part) if part.ends_with(".part") => "part".to_owned(),
        Some(number) if number.len() == 20 => "finished".to_owned(),
        _ => failed,
    })
}

#[test]
fn cut_off_at_any_step_a_run_goes_on_and_leaves_what_is_finished() {
    let failed: BTreeSet<String> = (1..=400).map_while(fail_sync).collect();
    let all = [
        "finished",
        "out",
        "out.checkpoint",
        "out.checkpoint.tmp",
        "part",
        "rejected",
    ];
    assert_eq!(failed.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

fn code(ended: Ended) -> &'static str {
    match ended {
        Ended::Badly(error) => error.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_of_others_are_never_overwritten_or_taken_for_ours() {
    let names = ["out.00000000000000000001", "out.00000000000000000900.part"];
    for name in names {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("in"), "one\n").unwrap();
        fs::write(path(name), "somebody's\n").unwrap();
        assert_eq!(code(run(rotating(folder.path()), NEVER)), "E_OUTPUT_TAKEN");
        assert_eq!(fs::read(path(name)).unwrap(), b"somebody's\n");
        fs::rename(path(name), path("aside")).unwrap();
        well(run(rotating(folder.path()), NEVER));
        // Ahead of what the checkpoint says.
        fs::rename(path("aside"), path("out.00000000000000000002")).unwrap();
        assert_eq!(code(run(rotating(folder.path()), NEVER)), "E_OUTPUT_TAKEN");
    }
}

#[test]
fn names_that_only_look_like_ours_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("in"), "one\n").unwrap();
    let others = [
        "out",
        "out.1",
        "out.0000000000000000000x",
        "out.000000000000000000001",
        "out.00000000000000000001.gz",
        "out.+0000000000000000001",
        "out.99999999999999999999",
    ];
    for name in others {
        fs::write(path(name), name).unwrap();
    }
    well(run(rotating(folder.path()), NEVER));
    for name in others {
        assert_eq!(fs::read_to_string(path(name)).unwrap(), name);
    }
    let (finished, parts) = files(folder.path());
    assert_eq!((finished[&1].as_slice(), parts), (&b"one\n"[..], vec![]));
}
