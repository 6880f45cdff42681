//! A sequenced-slots file is hostile input: damaged ones are refused with a code, in bounded time,
//! by attaching and by snapshots from outside, and never crash a stage.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use byteor_abi::SlotClass;
use byteor_pipeline_backings_shm::{OpenOptions, ShmSequencedSlots, Snapshot, snapshot_path};
use byteor_pipeline_kernel::{LaneError, SlotsBacking, SlotsProducer, SlotsStage};

const CLASS: SlotClass = SlotClass::B256;
const ATTACH: OpenOptions = OpenOptions {
    init_timeout: Duration::from_millis(20),
};

struct Region {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl Region {
    /// Five records published, two stages, of which the first did three.
    fn in_use() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("region");
        let region = ShmSequencedSlots::create(&path, CLASS).unwrap();
        let slots = region.slots();
        slots.bind(2).unwrap();
        let mut producer = SlotsProducer::new(slots).unwrap();
        for n in 0..5_u8 {
            producer.try_append(&[n; 9]).unwrap();
        }
        producer.publish();
        SlotsStage::new(slots, 0, &[]).unwrap().advance(3);
        Self { _dir: dir, path }
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        let file = File::options().write(true).open(&self.path).unwrap();
        file.write_all_at(bytes, at as u64).unwrap();
    }

    fn u32(&self, at: usize, value: u32) {
        self.write(at, &value.to_ne_bytes());
    }

    fn u64(&self, at: usize, value: u64) {
        self.write(at, &value.to_ne_bytes());
    }

    fn attach(&self) -> &'static str {
        match ShmSequencedSlots::attach(&self.path, CLASS, ATTACH) {
            Ok(_) => "ok",
            Err(e) => e.code(),
        }
    }

    fn snapshot(&self) -> &'static str {
        match snapshot_path(&self.path) {
            Ok(_) => "ok",
            Err(e) => e.code(),
        }
    }
}

fn slot(index: usize) -> usize {
    SlotClass::SLOTS_OFFSET + index * CLASS.slot_stride()
}

#[test]
fn a_region_in_order_is_attached_to_and_read_from_outside() {
    let region = Region::in_use();
    assert_eq!(region.attach(), "ok");
    let snapshot = snapshot_path(&region.path).unwrap();
    assert_eq!(snapshot.cursor, 5);
    assert_eq!(
        snapshot
            .stages
            .iter()
            .map(|stage| stage.lag)
            .collect::<Vec<_>>(),
        [2, 5]
    );
}

/// Damage, and what attaching and a snapshot say to it. A snapshot doesn't look at payloads.
#[test]
fn every_damage_is_refused_with_its_code() {
    type Damage = fn(&Region);
    let not_ready = "E_REGION_NOT_INITIALIZED";
    let incompatible = "E_REGION_INCOMPATIBLE";
    let truncated = "E_REGION_TRUNCATED";
    let cases: &[(&str, Damage, &str, &str)] = &[
        ("nobody began", |r| r.u32(16, 0), not_ready, not_ready),
        ("half initialized", |r| r.u32(16, 1), not_ready, not_ready),
        (
            "wild initialized",
            |r| r.u32(16, 3),
            incompatible,
            not_ready,
        ),
        ("wrong magic", |r| r.u32(0, 7), incompatible, incompatible),
        (
            "wrong version",
            |r| r.write(4, &[2, 0]),
            incompatible,
            incompatible,
        ),
        (
            "kind of an events region",
            |r| r.write(6, &[1, 0]),
            incompatible,
            incompatible,
        ),
        (
            "kind of another slot class",
            |r| r.write(6, &[103, 0]),
            incompatible,
            incompatible,
        ),
        (
            "slots missing",
            |r| r.u32(8, 3 << 18),
            incompatible,
            incompatible,
        ),
        (
            "marks missing",
            |r| r.u32(8, 1 << 17 | 1 << 19),
            incompatible,
            incompatible,
        ),
        (
            "counters missing",
            |r| r.u32(8, 1 << 17 | 1 << 18),
            incompatible,
            incompatible,
        ),
        (
            "layout too short",
            |r| r.u32(12, 64),
            incompatible,
            incompatible,
        ),
        (
            "layout beyond the file",
            |r| r.u32(12, u32::MAX),
            incompatible,
            truncated,
        ),
        (
            "five stages",
            |r| r.u32(CLASS.counters_offset() + 8, 5),
            incompatible,
            incompatible,
        ),
        (
            "gating beyond the cursor",
            |r| r.u64(128, 6),
            incompatible,
            incompatible,
        ),
        (
            "cursor of another world",
            |r| r.u64(64, u64::MAX),
            incompatible,
            "ok",
        ),
        (
            "cursor a lap ahead",
            |r| r.u64(64, 5000),
            incompatible,
            "ok",
        ),
        (
            "wild ring index",
            |r| r.u32(CLASS.ring_offset() + 8, 1024),
            incompatible,
            "ok",
        ),
        (
            "unset ring entry",
            |r| r.u32(CLASS.ring_offset() + 8, u32::MAX),
            incompatible,
            "ok",
        ),
        (
            "slot in the ring twice",
            |r| r.u32(CLASS.ring_offset() + 8, 2),
            incompatible,
            "ok",
        ),
        (
            "ring entry of the future",
            |r| r.u32(CLASS.ring_offset() + 40, 9),
            incompatible,
            "ok",
        ),
        (
            "free list outside",
            |r| r.u64(SlotClass::FREE_HEAD_OFFSET, 4096),
            incompatible,
            "ok",
        ),
        (
            "free list in a circle",
            |r| r.u32(slot(900), 600),
            incompatible,
            "ok",
        ),
        (
            "free list ends early",
            |r| r.u32(slot(900), u32::MAX),
            incompatible,
            "ok",
        ),
        (
            "record beyond its slot",
            |r| r.u32(slot(2) + 8, 257),
            incompatible,
            "ok",
        ),
        (
            "mark of no kind",
            |r| r.u64(CLASS.marks_offset() + 8, 9),
            incompatible,
            "ok",
        ),
        (
            "mark of stage 200",
            |r| r.u64(CLASS.marks_offset() + 8, 200 << 8 | 1),
            incompatible,
            "ok",
        ),
        ("cut to a page", |r| truncate(r, 4096), truncated, truncated),
        (
            "cut by a byte",
            |r| truncate(r, CLASS.region_bytes() as u64 - 1),
            truncated,
            truncated,
        ),
        ("empty", |r| truncate(r, 0), truncated, truncated),
        (
            "text",
            |r| fs::write(&r.path, "x".repeat(300_000)).unwrap(),
            incompatible,
            not_ready,
        ),
        (
            "a folder",
            |r| {
                fs::remove_file(&r.path).unwrap();
                fs::create_dir(&r.path).unwrap()
            },
            "E_REGION_IO",
            "E_REGION_NOT_A_FILE",
        ),
        (
            "missing",
            |r| fs::remove_file(&r.path).unwrap(),
            "E_REGION_IO",
            "E_REGION_IO",
        ),
    ];
    let begun = Instant::now();
    for (what, damage, attach, snapshot) in cases {
        let region = Region::in_use();
        damage(&region);
        assert_eq!(region.attach(), *attach, "attaching: {what}");
        assert_eq!(region.snapshot(), *snapshot, "snapshot: {what}");
    }
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn sections_of_a_later_version_are_ignored() {
    let region = Region::in_use();
    let bytes = CLASS.region_bytes() as u32 + 4096;
    truncate(&region, u64::from(bytes)); // which lengthens it
    region.u32(12, bytes);
    region.u32(8, SlotClass::CAPABILITIES | 1 << 25);
    assert_eq!((region.attach(), region.snapshot()), ("ok", "ok"));
}

fn truncate(region: &Region, len: u64) {
    File::options()
        .write(true)
        .open(&region.path)
        .unwrap()
        .set_len(len)
        .unwrap();
}

#[test]
fn no_single_flipped_word_hangs_or_crashes_a_reader() {
    // Header, prefix, cursor, gating, and the head of the pool word by word; the rest in strides.
    let near = (0..SlotClass::SLOTS_OFFSET + 32).step_by(4);
    let far = (SlotClass::SLOTS_OFFSET..CLASS.region_bytes() - 4).step_by(4 * 1021);
    let region = Region::in_use();
    let good = fs::read(&region.path).unwrap();
    for at in near.chain(far) {
        for value in [0, 1, 1024, 0x7fff_ffff, u32::MAX] {
            region.u32(at, value);
            region.snapshot();
            // An uninitialized one would only be waited for.
            if at != 16 {
                region.attach();
            }
            region.write(at, &good[at..at + 4]);
        }
    }
    assert_eq!(region.attach(), "ok");
}

#[test]
fn a_region_damaged_while_in_use_stops_producer_and_stage_with_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("region");
    let region = ShmSequencedSlots::create(&path, CLASS).unwrap();
    let slots = region.slots();
    slots.bind(1).unwrap();
    let mut producer = SlotsProducer::new(slots).unwrap();
    let stage = SlotsStage::new(slots, 0, &[]).unwrap();
    let outside = Region { _dir: dir, path };
    let mut words = [0; 32];
    producer.try_append(b"one").unwrap();
    producer.publish();

    outside.u32(slot(0) + 8, 100_000);
    assert_eq!(
        stage.read(1, &mut words),
        Err(LaneError::IncompatibleLayout)
    );
    outside.u32(CLASS.ring_offset() + 4, 77_777);
    assert_eq!(
        stage.read(1, &mut words),
        Err(LaneError::IncompatibleLayout)
    );
    assert_eq!(stage.rewrite(1, b"x"), Err(LaneError::IncompatibleLayout));
    outside.u64(64, 1 << 50);
    assert_eq!(stage.poll(64), Err(LaneError::IncompatibleLayout));
    outside.u64(SlotClass::FREE_HEAD_OFFSET, 70_000);
    assert_eq!(
        producer.try_append(b"two"),
        Err(LaneError::IncompatibleLayout)
    );
    outside.u64(SlotClass::FREE_HEAD_OFFSET, 1);
    outside.u64(128, u64::MAX);
    for _ in 0..1023 {
        producer.try_append(b"x").unwrap();
    }
    assert_eq!(
        producer.try_append(b"x"),
        Err(LaneError::IncompatibleLayout)
    );
    truncate(&outside, 10);
    assert_eq!(region.check(), Err(LaneError::IncompatibleLayout));
}

#[test]
fn a_snapshot_has_the_written_json_form() {
    let region = Region::in_use();
    let mut snapshot = snapshot_path(&region.path).unwrap();
    snapshot.generation = 7;
    snapshot.stages.truncate(1);
    let json = serde_json::to_string(&Snapshot::from(snapshot)).unwrap();
    assert_eq!(
        json,
        r#"{"kind":"single_ring","v":2,"slot_bytes":256,"capacity":1024,"cursor":5,"counters":{"records_in":0,"records_out":0,"dropped":0,"rejected":0,"bytes_in":0,"bytes_out":0},"stages":[{"index":0,"gating":3,"lag":2,"processed":0,"dropped":0,"rejected":0}],"generation":"0000000000000007"}"#
    );
}

#[test]
fn a_recreated_region_has_another_generation() {
    let dir = tempfile::tempdir().unwrap();
    let path: &Path = &dir.path().join("region");
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        drop(ShmSequencedSlots::recreate(path, CLASS).unwrap());
        assert!(seen.insert(snapshot_path(path).unwrap().generation));
    }
}
