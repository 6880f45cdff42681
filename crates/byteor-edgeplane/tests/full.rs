//! A disk that is full: the run ends with a code that says so, nothing is half done, and the next run goes on
//! once there is room.

mod bench;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use bench::{Bench, wait_until};
use byteor_config::Egress;

const SMALL: &str = "BYTEOR_TEST_SMALL_DISK";

/// A folder on a disk of a megabyte, in a process of `test`'s own that alone sees it; nothing in the one that
/// is to look how that ended, or where mounting isn't allowed.
fn small_disk(test: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(SMALL) {
        return Some(folder.into());
    }
    let folder = tempfile::tempdir().unwrap();
    let mounted = |command: &str| {
        Command::new("unshare")
            .args(["--mount", "sh", "-c"])
            .arg(format!(
                "mount -t tmpfs -o size=1m tmpfs \"$0\" && {command}"
            ))
            .arg(folder.path())
            .arg(std::env::current_exe().unwrap())
            .env(SMALL, folder.path())
            .output()
    };
    if !mounted("true").is_ok_and(|output| output.status.success()) {
        bench::tools::not_run("mounting a small disk is not allowed here");
        return None;
    }
    let ran = mounted(&format!("exec \"$1\" --exact {test} --nocapture")).unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
    None
}

/// Takes all the room that there is.
fn fill(disk: &Path) {
    let mut ballast = fs::File::create(disk.join("ballast")).unwrap();
    let page = [b'x'; 4096];
    while ballast.write_all(&page).is_ok() {}
}

fn lines(numbers: std::ops::Range<u64>) -> String {
    // Some are too large to be records.
    let line = |number: u64| match number % 4 {
        0 => format!("{number} {}\n", "x".repeat(300)),
        _ => format!("record {number}\n"),
    };
    numbers.map(line).collect()
}

/// Where a bench's files are: those that `on_it` names are on the disk.
fn bench(disk: &Path, on_it: &str) -> (Bench, [PathBuf; 3], String) {
    let mut bench = Bench::new(b"", &["identity"]);
    let place = |name: &str| match name == on_it {
        true => disk.join(name),
        false => bench.path(name),
    };
    let places = ["output", "reject", "checkpoint"].map(place);
    let path = |at: usize| places[at].to_str().unwrap().to_owned();
    let Egress::File(file) = &mut bench.config.egress else {
        panic!("it writes a file");
    };
    file.path = path(0);
    bench.config.reject.path = path(1);
    let flag = format!("--checkpoint={}", path(2));
    (bench, places, flag)
}

fn a_full_disk_under(on_it: &str, code: &str, test: &str) {
    let Some(disk) = small_disk(test) else { return };
    let (bench, places, checkpoint) = bench(&disk, on_it);
    let mut bench = bench.follow();
    let expected = |numbers: std::ops::Range<u64>| {
        let all = lines(numbers);
        let (large, small): (Vec<_>, Vec<_>) = all.lines().partition(|line| line.len() > 256);
        [small, large].map(|lines| {
            lines
                .iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>()
        })
    };
    bench.append(lines(0..200).as_bytes());
    let run = bench.start(&[&checkpoint]);
    let [small, large] = expected(0..200);
    wait_until("the first", || {
        let read = |at: usize| fs::read_to_string(&places[at]).unwrap_or_default();
        read(0) == small && read(1) == large && read(2).contains("totals.records_in=200\n")
    });
    fill(&disk);
    bench.append(lines(200..2_000).as_bytes());
    let ran = run.wait();
    assert_eq!((ran.exit, ran.code()), (Some(5), code), "{ran:?}");
    let message = ran.last()["message"].as_str().unwrap();
    assert!(message.contains("No space left on device"), "{ran:?}");
    assert!(
        message.contains(
            places
                .iter()
                .find(|path| path.starts_with(&disk))
                .unwrap()
                .to_str()
                .unwrap()
        ),
        "{ran:?}"
    );
    // Still full: the same again, and nothing is worse.
    let ran = bench.run(&[&checkpoint]);
    assert_eq!((ran.exit, ran.code()), (Some(5), code), "{ran:?}");
    fs::remove_file(disk.join("ballast")).unwrap();
    bench::ingress(&mut bench.config).mode = byteor_config::ReadMode::StopAtEnd;
    let ran = bench.run(&[&checkpoint]);
    assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
    let [small, large] = expected(0..2_000);
    let read = |at: usize| fs::read_to_string(&places[at]).unwrap();
    assert!(read(0) == small, "the output");
    assert!(read(1) == large, "the rejects");
    assert_eq!(
        (ran.count("records_in"), ran.count("rejected")),
        (2_000, 500)
    );
    // Nothing is left of what didn't fit.
    let mut left: Vec<_> = fs::read_dir(&disk)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "checkpoint.lock")
        .collect();
    left.sort();
    assert_eq!(left, [on_it]);
}

#[test]
fn a_full_disk_under_the_output_ends_the_run_which_goes_on_with_room() {
    let test = "a_full_disk_under_the_output_ends_the_run_which_goes_on_with_room";
    a_full_disk_under("output", "E_OUTPUT_WRITE", test);
}

#[test]
fn a_full_disk_under_the_reject_file_ends_the_run_which_goes_on_with_room() {
    let test = "a_full_disk_under_the_reject_file_ends_the_run_which_goes_on_with_room";
    a_full_disk_under("reject", "E_REJECT_WRITE", test);
}

#[test]
fn a_full_disk_under_the_checkpoint_ends_the_run_which_goes_on_with_room() {
    let test = "a_full_disk_under_the_checkpoint_ends_the_run_which_goes_on_with_room";
    a_full_disk_under("checkpoint", "E_CHECKPOINT_WRITE", test);
}
