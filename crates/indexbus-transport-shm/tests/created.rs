//! Region files as they are created: for whom, on what file system, with what behind the layout.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use indexbus::{BackpressurePolicy, JournalRead, RouterMode, RouterSource, Sample, Start, Step};
use indexbus_transport_shm::{
    Access, Error, EventsRegion, FanoutRegion, JournalRegion4, OpenOptions, StateRegion,
};

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
    let mut region = EventsRegion::open_with(&path, group).unwrap();
    region.split_mpsc().map(drop).unwrap();
    region.spsc_sender().map(drop).unwrap();
    for lock in ["owner-1", "sender"] {
        let lock = path.with_extension(lock);
        let mode = fs::metadata(&lock).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o660, "for the same as its region: {lock:?}");
    }
    drop(region);
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
fn an_end_of_which_there_is_one_is_held_until_its_holder_goes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let mut holder = EventsRegion::open_path(&path).unwrap();
    let mut other = EventsRegion::open_path(&path).unwrap();
    let taken = Some("E_LANE_TAKEN");
    holder.spsc_sender().unwrap().publish(b"a").unwrap();
    assert_eq!(other.spsc_sender().err().map(|e| e.code()), taken);
    // Another end of it, and the one that is held for its holder again.
    let mut into = [0; 256];
    let mut receiver = other.spsc_receiver().unwrap();
    assert_eq!(receiver.try_recv_into(&mut into), Ok(Some(1)));
    holder.spsc_sender().unwrap().publish(b"bb").unwrap();
    assert_eq!(holder.spsc_receiver().err().map(|e| e.code()), taken);
    holder.mpsc_receiver().map(drop).unwrap();
    assert_eq!(other.mpsc_receiver().err().map(|e| e.code()), taken);
    drop(holder);
    other.spsc_sender().unwrap().publish(b"ccc").unwrap();
    other.mpsc_receiver().map(drop).unwrap();
    let mut receiver = other.spsc_receiver().unwrap();
    assert_eq!(receiver.try_recv_into(&mut into), Ok(Some(2)));
    assert_eq!(receiver.try_recv_into(&mut into), Ok(Some(3)));
}

/// Takes an end twice in one value, then in another: refused there, and to be had once its holder is gone.
fn held<R>(open: impl Fn() -> R, take: impl Fn(&mut R) -> Result<(), Error>) {
    let (mut holder, mut other) = (open(), open());
    take(&mut holder).unwrap();
    take(&mut holder).unwrap();
    let refused = take(&mut other).err().map(|e| e.code());
    assert_eq!(refused, Some("E_LANE_TAKEN"));
    drop(holder);
    take(&mut other).unwrap();
}

#[test]
fn ends_of_fanouts_journals_and_states_are_held_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let fanout = || FanoutRegion::<2>::open_path(dir.path().join("fanout")).unwrap();
    held(fanout, |region| region.sender().map(drop));
    held(fanout, |region| region.router().map(drop));
    held(fanout, |region| region.consumer(0).map(drop));
    held(fanout, |region| region.consumer(1).map(drop));
    let journal = || JournalRegion4::open_path(dir.path().join("journal")).unwrap();
    held(journal, |region| region.publisher().map(drop));
    let state = || StateRegion::<256>::open_path(dir.path().join("state")).unwrap();
    held(state, |region| region.publisher().map(drop));

    // Ends apart from each other go to different holders, and those of which there are many to all.
    let (mut sending, mut routing) = (fanout(), fanout());
    let (mut one, mut two) = (fanout(), fanout());
    sending.sender().unwrap().publish(b"a").unwrap();
    for region in [&mut sending, &mut one] {
        region.mpsc_sender().unwrap().publish(b"bb").unwrap();
    }
    let mut router = routing.router().unwrap();
    for source in [RouterSource::Spsc, RouterSource::Mpsc, RouterSource::Mpsc] {
        let drops = BackpressurePolicy::Drop;
        let routed = router.route_once_with(source, RouterMode::Broadcast, drops);
        assert!(!matches!(routed, Err(_) | Ok(Step::Idle | Step::Held(_))));
    }
    let mut into = [0; 256];
    for (n, region) in [&mut one, &mut two].into_iter().enumerate() {
        let mut consumer = region.consumer(n).unwrap();
        let mut next = || consumer.try_recv_into(&mut into).unwrap();
        assert_eq!(
            [next(), next(), next(), next()],
            [Some(1), Some(2), Some(2), None]
        );
    }
    let none = two.consumer(2).err().map(|e| e.code());
    assert_eq!(none, Some("E_LANE_MISUSED"));
    assert!(!dir.path().join("fanout.consumer-2").exists());

    let (mut writing, reading) = (journal(), journal());
    writing.publisher().unwrap().append(b"ccc").unwrap();
    let follower = |region: &JournalRegion4| {
        let mut follower = region
            .subscribers()
            .unwrap()
            .subscribe(Start::Oldest)
            .unwrap();
        let read = follower.try_recv_into(&mut [0; 256]).unwrap();
        follower.unsubscribe();
        matches!(read, Some(JournalRead::Record { len: 3, .. }))
    };
    assert!(follower(&writing) && follower(&reading));
    let (mut writing, reading) = (state(), state());
    writing.publisher().unwrap().publish(b"dddd").unwrap();
    let sample = reading.reader().unwrap().sample_into(&mut [0; 256]);
    assert!(matches!(sample, Ok(Sample::Value { len: 4, .. })));
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
