//! Region files: created exclusively and privately, opened as hostile input.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use indexbus::raw::RegionMemory;
use indexbus_abi::{INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING, SharedLayout};
use indexbus_transport_shm::{Attach, Error, EventsRegion, Mapping, OpenOptions};

const ATTACH: OpenOptions = OpenOptions {
    init_timeout: Duration::from_millis(30),
    create: false,
    attach: Attach::Fresh,
    ..OpenOptions::DEFAULT
};

fn code(result: Result<EventsRegion, Error>) -> &'static str {
    match result {
        Ok(_) => "opened",
        Err(e) => e.code(),
    }
}

fn fresh(dir: &Path) -> std::path::PathBuf {
    let path = dir.join("events");
    EventsRegion::open_path(&path).unwrap();
    path
}

fn write(path: &Path, at: u64, bytes: &[u8]) {
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .write_all_at(bytes, at)
        .unwrap();
}

#[test]
fn the_first_opener_creates_and_what_it_sent_reaches_the_second() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let mut first = EventsRegion::open_path(&path).unwrap();
    let (mut tx, _) = first.split_spsc().unwrap();
    tx.publish(b"hello").unwrap();
    let mut second = EventsRegion::open_with(&path, ATTACH).unwrap();
    let (_, mut rx) = second.split_spsc().unwrap();
    let mut into = [0; 16];
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(5)));
    assert_eq!(&into[..5], b"hello");
}

#[test]
fn a_region_file_is_private_and_has_all_its_blocks() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let metadata = fs::metadata(fresh(dir.path())).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert_eq!(metadata.len(), size_of::<SharedLayout>() as u64);
    assert!(
        metadata.blocks() * 512 >= metadata.len(),
        "a hole would be a signal when touched"
    );
}

#[test]
fn a_lane_in_use_can_be_joined() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    std::thread::scope(|scope| {
        let mut first = EventsRegion::open_path(&path).unwrap();
        let traffic = scope.spawn(move || {
            let (mut tx, mut rx) = first.split_spsc().unwrap();
            for _ in 0..20_000 {
                tx.publish(b"traffic").unwrap();
                assert_eq!(rx.try_recv_into(&mut [0; 256]), Ok(Some(7)));
            }
        });
        let mut joined = 0;
        while !traffic.is_finished() || joined == 0 {
            EventsRegion::open_path(&path).unwrap();
            joined += 1;
        }
        traffic.join().unwrap();
    });
}

#[test]
fn many_openers_at_once_agree_on_one_region() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let patient = OpenOptions {
        init_timeout: Duration::from_secs(20),
        attach: Attach::Fresh,
        ..OpenOptions::DEFAULT
    };
    let opened = std::thread::scope(|scope| {
        let openers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| EventsRegion::open_with(&path, patient)))
            .collect();
        openers
            .into_iter()
            .map(|opener| opener.join().unwrap())
            .filter(Result::is_ok)
            .count()
    });
    assert_eq!(opened, 8);
}

#[test]
fn opening_refuses_what_is_no_usable_region_with_a_code_and_in_bounded_time() {
    let dir = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let missing = dir.path().join("missing");
    assert_eq!(
        code(EventsRegion::open_with(&missing, ATTACH)),
        "E_REGION_IO"
    );
    assert_eq!(
        code(EventsRegion::open_with(dir.path(), ATTACH)),
        "E_REGION_IO"
    );

    let path = fresh(dir.path());
    let link = dir.path().join("link");
    symlink(&path, &link).unwrap();
    assert_eq!(code(EventsRegion::open_with(&link, ATTACH)), "E_REGION_IO");

    let fifo = dir.path().join("fifo");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(
        code(EventsRegion::open_with(&fifo, ATTACH)),
        "E_REGION_NOT_A_FILE"
    );

    for initialized in [0, INDEXBUS_INITIALIZING] {
        write(&path, 16, &initialized.to_ne_bytes());
        assert_eq!(
            code(EventsRegion::open_with(&path, ATTACH)),
            "E_REGION_NOT_INITIALIZED"
        );
    }
    write(&path, 16, &77_u32.to_ne_bytes());
    assert_eq!(
        code(EventsRegion::open_with(&path, ATTACH)),
        "E_REGION_INCOMPATIBLE"
    );
    write(&path, 16, &INDEXBUS_INITIALIZED.to_ne_bytes());
    assert_eq!(code(EventsRegion::open_with(&path, ATTACH)), "opened");

    fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
    assert_eq!(
        code(EventsRegion::open_with(&path, ATTACH)),
        "E_REGION_PERMISSIONS"
    );
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();

    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(4096)
        .unwrap();
    assert_eq!(
        code(EventsRegion::open_with(&path, ATTACH)),
        "E_REGION_TRUNCATED"
    );
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(0)
        .unwrap();
    assert_eq!(
        code(EventsRegion::open_with(&path, ATTACH)),
        "E_REGION_TRUNCATED"
    );
    fs::write(&path, vec![b'x'; size_of::<SharedLayout>()]).unwrap();
    assert_eq!(
        code(EventsRegion::open_with(&path, ATTACH)),
        "E_REGION_INCOMPATIBLE"
    );
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn an_opener_waits_for_a_creator_that_is_still_at_work() {
    let dir = tempfile::tempdir().unwrap();
    let path = fresh(dir.path());
    write(&path, 16, &INDEXBUS_INITIALIZING.to_ne_bytes());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(30));
            write(&path, 16, &INDEXBUS_INITIALIZED.to_ne_bytes());
        });
        let patient = OpenOptions {
            init_timeout: Duration::from_secs(10),
            create: false,
            ..OpenOptions::DEFAULT
        };
        assert_eq!(code(EventsRegion::open_with(&path, patient)), "opened");
    });
}

#[test]
fn creating_is_exclusive_and_recreating_leaves_the_old_mapping_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("region");
    let old = Mapping::create_exclusive(&path, 4096).unwrap();
    let again = Mapping::create_exclusive(&path, 4096);
    assert_eq!(again.err().map(|e| e.code()), Some("E_REGION_EXISTS"));
    let new = Mapping::recreate(&path, 8192).unwrap();
    assert_eq!((old.bytes(), new.bytes()), (4096, 8192));
    assert!(old.check_size().is_ok() && new.check_size().is_ok());
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(100)
        .unwrap();
    assert_eq!(
        new.check_size().err().map(|e| e.code()),
        Some("E_REGION_TRUNCATED")
    );
    assert!(old.check_size().is_ok());
}

#[test]
fn what_does_not_fit_on_the_file_system_fails_at_creation_and_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("region");
    let huge = Mapping::create_exclusive(&path, 1 << 50);
    assert_eq!(huge.err().map(|e| e.code()), Some("E_REGION_IO"));
    assert!(!path.exists());
}
