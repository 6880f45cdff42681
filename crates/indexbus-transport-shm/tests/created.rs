//! Region files as they are created: for whom, on what file system, with what behind the layout.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use indexbus_transport_shm::{Access, Error, EventsRegion, OpenOptions};

fn code(result: Result<EventsRegion, Error>) -> &'static str {
    match result {
        Ok(_) => "opened",
        Err(e) => e.code(),
    }
}

fn write(path: &Path, at: u64, bytes: &[u8]) {
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(bytes, at).unwrap();
}

#[test]
fn a_region_for_a_group_is_for_that_group_and_never_for_everyone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    const OWNER: OpenOptions = OpenOptions::DEFAULT;
    let group = OpenOptions {
        access: Access::Group,
        ..OpenOptions::DEFAULT
    };
    drop(EventsRegion::open_with(&path, group).unwrap());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660, "whatever the mask of the process is");
    assert_eq!(code(EventsRegion::open_with(&path, group)), "opened");
    assert_eq!(
        code(EventsRegion::open_with(&path, OWNER)),
        "opened",
        "our own"
    );
    // Only who may give files away can make a foreign one.
    if rustix::process::geteuid().is_root() {
        let nobody = rustix::fs::Uid::from_raw(65_534);
        rustix::fs::chown(&path, Some(nobody), None).unwrap();
        let foreign = EventsRegion::open_with(&path, OWNER);
        assert_eq!(code(foreign), "E_REGION_PERMISSIONS");
        assert_eq!(code(EventsRegion::open_with(&path, group)), "opened");
    } else {
        println!("NOT RUN: a file of another user, which takes root to make");
    }
    fs::set_permissions(&path, PermissionsExt::from_mode(0o662)).unwrap();
    let open_to_all = EventsRegion::open_with(&path, group);
    assert_eq!(code(open_to_all), "E_REGION_PERMISSIONS");
}

#[test]
fn words_to_sleep_on_are_there_where_the_creator_asked_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let blocking = OpenOptions {
        blocking: true,
        ..OpenOptions::DEFAULT
    };
    let (with, without) = (dir.path().join("with"), dir.path().join("without"));
    drop(EventsRegion::open_with(&with, blocking).unwrap());
    drop(EventsRegion::open_path(&without).unwrap());
    let sections = fs::metadata(&with).unwrap().len() - fs::metadata(&without).unwrap().len();
    assert_eq!(sections, 2 * 128);
    let mut late = EventsRegion::open_with(&without, blocking).unwrap();
    let refused = late.split_spsc_waking().map(drop);
    assert_eq!(
        refused.err().map(|e| e.code()),
        Some("E_REGION_INCOMPATIBLE")
    );
    // Who opens without asking finds them, and the two queues have words of their own.
    let mut region = EventsRegion::open_path(&with).unwrap();
    let before = fs::read(&with).unwrap();
    region.split_spsc_waking().unwrap().2.consumers.wake();
    region.split_mpsc_waking().unwrap().2.producers.wake();
    assert_eq!(fs::read(&with).unwrap(), before, "nobody slept");
    let layout = fs::metadata(&without).unwrap().len();
    for (n, queue) in [0, 2].into_iter().enumerate() {
        write(&with, layout + 64 * queue + 4, &1_u32.to_ne_bytes());
        if n == 0 {
            region.split_spsc_waking().unwrap().2.consumers.wake();
        } else {
            region.split_mpsc_waking().unwrap().2.consumers.wake();
        }
        let after = fs::read(&with).unwrap();
        let line = &after[(layout + 64 * queue) as usize..][..8];
        assert_eq!(
            line,
            [1, 0, 0, 0, 0, 0, 0, 0],
            "a bump, and the flag taken back"
        );
    }
}

const FULL: &str = "INDEXBUS_TEST_FULL";

/// The memory of a small tmpfs, which the region would find out about by a signal if its blocks weren't
/// allocated at its creation.
#[test]
fn a_full_tmpfs_is_an_error_of_the_creation() {
    if let Some(dir) = std::env::var_os(FULL) {
        let path = Path::new(&dir).join("events");
        let error = EventsRegion::open_path(&path).unwrap_err();
        assert_eq!(error.code(), "E_REGION_IO");
        assert!(error.to_string().contains("allocate its blocks"), "{error}");
        assert!(!path.exists(), "and nothing is left");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // A mount that only the commands behind it see.
    let mounted = |command: &str| {
        std::process::Command::new("unshare")
            .args(["--mount", "sh", "-c"])
            .arg(format!(
                "mount -t tmpfs -o size=128k tmpfs \"$0\" && {command}"
            ))
            .arg(dir.path())
            .arg(std::env::current_exe().unwrap())
            .env(FULL, dir.path())
            .output()
    };
    if !mounted("true").is_ok_and(|output| output.status.success()) {
        println!("NOT RUN: a full tmpfs; mounting one is not allowed here");
        return;
    }
    let test = "a_full_tmpfs_is_an_error_of_the_creation";
    let ran = mounted(&format!("exec \"$1\" --exact {test}")).unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}
