//! A sequenced-slots file is hostile input: damaged ones are refused with a code, in bounded time,
//! by attaching and by snapshots from outside, and never crash a stage.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use byteor_abi::SlotClass;
use byteor_pipeline_backings_shm::{
    Attach, OpenOptions, ShmSequencedSlots, Snapshot, snapshot_path,
};
use byteor_pipeline_kernel::{BindError, LaneError, SlotsBacking, SlotsProducer, SlotsStage};

const CLASS: SlotClass = SlotClass::B256;
const ATTACH: OpenOptions = OpenOptions {
    init_timeout: Duration::from_millis(20),
    attach: Attach::Fresh,
};
const LIVE: OpenOptions = OpenOptions {
    attach: Attach::Live,
    ..ATTACH
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
        self.attach_as(ATTACH)
    }

    fn attach_live(&self) -> &'static str {
        self.attach_as(LIVE)
    }

    fn attach_as(&self, options: OpenOptions) -> &'static str {
        match ShmSequencedSlots::attach(&self.path, CLASS, options) {
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

/// Damage, and what attaching fresh, attaching live and a snapshot say to it. The latter two don't
/// look at what changes while a pipeline runs.
#[test]
fn every_damage_is_refused_with_its_code() {
    type Damage = fn(&Region);
    let not_ready = "E_REGION_NOT_INITIALIZED";
    let incompatible = "E_REGION_INCOMPATIBLE";
    let corrupted = "E_REGION_CORRUPTED";
    let truncated = "E_REGION_TRUNCATED";
    let cases: &[(&str, Damage, &str, &str, &str)] = &[
        (
            "nobody began",
            |r| r.u32(16, 0),
            not_ready,
            not_ready,
            not_ready,
        ),
        (
            "half initialized",
            |r| r.u32(16, 1),
            not_ready,
            not_ready,
            not_ready,
        ),
        (
            "wild initialized",
            |r| r.u32(16, 3),
            incompatible,
            incompatible,
            not_ready,
        ),
        (
            "wrong magic",
            |r| r.u32(0, 7),
            incompatible,
            incompatible,
            incompatible,
        ),
        (
            "wrong version",
            |r| r.write(4, &[2, 0]),
            incompatible,
            incompatible,
            incompatible,
        ),
        (
            "kind of an events region",
            |r| r.write(6, &[1, 0]),
            incompatible,
            incompatible,
            incompatible,
        ),
        (
            "kind of another slot class",
            |r| r.write(6, &[103, 0]),
            incompatible,
            incompatible,
            incompatible,
        ),
        (
            "sequences missing",
            |r| r.u32(8, 7 << 17),
            incompatible,
            incompatible,
            incompatible,
        ),
        (
            "slot says another sequence",
            |r| r.u32(CLASS.sequences_offset() + 4, 1026),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "slots missing",
            |r| r.u32(8, 7 << 18),
            incompatible,
            incompatible,
            incompatible,
        ),
        (
            "marks missing",
            |r| r.u32(8, 1 << 17 | 3 << 19),
            incompatible,
            incompatible,
            incompatible,
        ),
        (
            "counters missing",
            |r| r.u32(8, 3 << 17 | 1 << 20),
            incompatible,
            incompatible,
            incompatible,
        ),
        (
            "layout too short",
            |r| r.u32(12, 64),
            incompatible,
            incompatible,
            incompatible,
        ),
        (
            "layout beyond the file",
            |r| r.u32(12, u32::MAX),
            incompatible,
            incompatible,
            truncated,
        ),
        (
            "five stages",
            |r| r.u32(CLASS.counters_offset() + 8, 5),
            corrupted,
            corrupted,
            corrupted,
        ),
        (
            "gating beyond the cursor",
            |r| r.u64(128, 6),
            corrupted,
            corrupted,
            corrupted,
        ),
        (
            "cursor of another world",
            |r| r.u64(64, u64::MAX),
            corrupted,
            corrupted,
            "ok",
        ),
        (
            "cursor a lap ahead",
            |r| r.u64(64, 5000),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "wild ring index",
            |r| r.u32(CLASS.ring_offset() + 8, 1024),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "unset ring entry",
            |r| r.u32(CLASS.ring_offset() + 8, u32::MAX),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "slot in the ring twice",
            |r| r.u32(CLASS.ring_offset() + 8, 2),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "ring entry of the future",
            |r| r.u32(CLASS.ring_offset() + 40, 9),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "free list outside",
            |r| r.u64(SlotClass::FREE_HEAD_OFFSET, 4096),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "free list in a circle",
            |r| r.u32(slot(900), 600),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "free list ends early",
            |r| r.u32(slot(900), u32::MAX),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "record beyond its slot",
            |r| r.u32(slot(2) + 8, 257),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "mark of no kind",
            |r| r.u64(CLASS.marks_offset() + 8, 9),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "mark of stage 200",
            |r| r.u64(CLASS.marks_offset() + 8, 200 << 8 | 1),
            corrupted,
            "ok",
            "ok",
        ),
        (
            "cut to a page",
            |r| truncate(r, 4096),
            truncated,
            truncated,
            truncated,
        ),
        (
            "cut by a byte",
            |r| truncate(r, CLASS.region_bytes() as u64 - 1),
            truncated,
            truncated,
            truncated,
        ),
        ("empty", |r| truncate(r, 0), truncated, truncated, truncated),
        (
            "text",
            |r| fs::write(&r.path, "x".repeat(300_000)).unwrap(),
            incompatible,
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
            "E_REGION_IO",
            "E_REGION_NOT_A_FILE",
        ),
        (
            "missing",
            |r| fs::remove_file(&r.path).unwrap(),
            "E_REGION_IO",
            "E_REGION_IO",
            "E_REGION_IO",
        ),
    ];
    let begun = Instant::now();
    for (what, damage, attach, live, snapshot) in cases {
        let region = Region::in_use();
        damage(&region);
        assert_eq!(region.attach(), *attach, "attaching fresh: {what}");
        assert_eq!(region.attach_live(), *live, "attaching live: {what}");
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
    assert_eq!(region.attach_live(), "ok");
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
                region.attach_live();
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

    let entry = stage.entry(1).unwrap();
    outside.u32(slot(0) + 8, 100_000);
    assert_eq!(stage.read(entry, &mut words), Err(LaneError::Corrupted));
    outside.u32(CLASS.ring_offset() + 4, 77_777);
    assert_eq!(stage.entry(1), Err(LaneError::Corrupted));
    assert_eq!(
        stage.rewrite(entry, b"x"),
        Ok(()),
        "an entry is read once, and its copy used"
    );
    outside.u64(64, 1 << 50);
    assert_eq!(stage.poll(64), Err(LaneError::Corrupted));
    outside.u64(SlotClass::FREE_HEAD_OFFSET, 70_000);
    assert_eq!(producer.try_append(b"two"), Err(LaneError::Corrupted));
    outside.u64(SlotClass::FREE_HEAD_OFFSET, 1);
    outside.u64(128, u64::MAX);
    for _ in 0..1023 {
        producer.try_append(b"x").unwrap();
    }
    assert_eq!(producer.try_append(b"x"), Err(LaneError::Corrupted));
    truncate(&outside, 10);
    assert_eq!(slots.check(), Err(LaneError::Corrupted));
}

/// A ring in its third lap, one stage, and the file that another process writes to.
struct Running {
    producer: SlotsProducer,
    stage: SlotsStage,
    published: u64,
    outside: Region,
}

impl Running {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("region");
        let region = ShmSequencedSlots::create(&path, CLASS).unwrap();
        region.slots().bind(1).unwrap();
        let mut running = Self {
            producer: SlotsProducer::new(region.slots()).unwrap(),
            stage: SlotsStage::new(region.slots(), 0, &[]).unwrap(),
            published: 0,
            outside: Region { _dir: dir, path },
        };
        for _ in 0..2500 {
            running.publish().unwrap();
            assert_eq!(running.receive(), Ok(1));
        }
        running
    }

    fn publish(&mut self) -> Result<(), LaneError> {
        let next = self.published + 1;
        assert_eq!(self.producer.try_append(&next.to_le_bytes())?, next);
        self.published = self.producer.publish();
        Ok(())
    }

    /// How many records came; each is the one of its sequence, or it was told before.
    fn receive(&mut self) -> Result<u64, LaneError> {
        let Some((first, last)) = self.stage.poll(1024)? else {
            return Ok(0);
        };
        let mut words = [0; 32];
        for sequence in first..=last {
            let entry = self.stage.entry(sequence)?;
            let len = self.stage.read(entry, &mut words)?;
            assert_eq!((len, words[0]), (8, sequence), "old bytes came out");
        }
        self.stage.advance(last);
        Ok(last - first + 1)
    }

    /// Publishes and receives for up to a lap; what ends it.
    fn within_a_lap(&mut self) -> Option<LaneError> {
        (0..1024).find_map(|_| {
            let received = self.receive().err();
            received.or_else(|| self.publish().err())
        })
    }
}

#[test]
fn a_cursor_gating_sequence_or_index_of_another_is_told_within_a_lap() {
    type Damage = fn(&Running);
    let entry = |sequence: u64| CLASS.ring_offset() + 4 * (sequence % 1024) as usize;
    let cases: &[(&str, Damage)] = &[
        ("the cursor by one ahead", |r| {
            r.outside.u64(64, r.published + 1);
        }),
        ("the cursor nearly a lap ahead", |r| {
            r.outside.u64(64, r.published + 1000);
        }),
        ("the cursor far ahead", |r| {
            r.outside.u64(64, r.published + 100_000);
        }),
        ("the cursor back", |r| r.outside.u64(64, r.published - 5)),
        ("the cursor at the start", |r| r.outside.u64(64, 0)),
    ];
    for (what, damage) in cases {
        let mut running = Running::new();
        assert_eq!(running.within_a_lap(), None);
        assert_eq!(running.receive(), Ok(1));
        damage(&running);
        assert_eq!(running.receive(), Err(LaneError::Corrupted), "{what}");
    }

    // The index of another slot, for a record that waits; a slot is in the ring once.
    let mut running = Running::new();
    running.publish().unwrap();
    let other = entry(running.published - 7);
    let bytes = fs::read(&running.outside.path).unwrap();
    running
        .outside
        .write(entry(running.published), &bytes[other..other + 4]);
    assert_eq!(running.receive(), Err(LaneError::Corrupted));

    // The same, for an entry that the producer comes to next: it is told, and writes nothing.
    let mut running = Running::new();
    running
        .outside
        .write(entry(running.published + 1), &bytes[other..other + 4]);
    assert_eq!(running.publish(), Err(LaneError::Corrupted));

    // Gating of a stage that sleeps: the producer overwrites what it was at, and it is told.
    let mut running = Running::new();
    for _ in 0..1024 {
        running.publish().unwrap();
    }
    assert_eq!(running.publish(), Err(LaneError::Full));
    running.outside.u64(128, running.published - 1000);
    for _ in 0..24 {
        running.publish().unwrap();
    }
    assert_eq!(running.receive(), Err(LaneError::Corrupted));
}

#[test]
fn a_ring_in_use_is_attached_to_live_while_it_runs() {
    let mut running = Running::new();
    let attach = |options| ShmSequencedSlots::attach(&running.outside.path, CLASS, options);
    let live = attach(LIVE).unwrap();
    std::thread::scope(|scope| {
        let path = &running.outside.path;
        let watcher = scope.spawn(move || {
            for _ in 0..200 {
                ShmSequencedSlots::attach(path, CLASS, LIVE).unwrap();
            }
        });
        let (producer, stage) = (&mut running.producer, &mut running.stage);
        while !watcher.is_finished() {
            let sequence = producer.try_append(b"a record").unwrap();
            producer.publish();
            stage.advance(sequence);
        }
        watcher.join().unwrap();
    });
    let slots = live.slots();
    assert_eq!(slots.cursor(), running.producer.appended());
    assert_eq!(slots.bind(1).err(), Some(BindError::Used));
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
