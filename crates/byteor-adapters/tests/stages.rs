//! The adapter loop over a ring whose stages fail, panic or dawdle.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use byteor_adapters::AdapterError;
use byteor_adapters::file_to_file::{Ended, FileToFile, Summary};
use byteor_adapters::ingress::Mode;
use byteor_adapters::roots::Roots;
use byteor_adapters::states::StageName;
use byteor_pipeline_exec::{MemSequencedSlots, SingleRing, SlotClass, Tuning};
use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};
use byteor_pipeline_spec::{SingleRingBuilder, SingleRingSpec};

/// A stage that forwards, and does `act` with the number of each record.
struct Acting<F>(F, u64);

impl<F: FnMut(u64) -> Result<Outcome, StageFailure> + Send> Stage for Acting<F> {
    fn process(&mut self, _: &[u8], _: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        self.1 += 1;
        (self.0)(self.1)
    }
}

fn two_stages() -> SingleRingSpec {
    SingleRingBuilder::new()
        .stage("first", "identity", &[])
        .stage("second", "identity", &[0])
        .ring()
}

fn wiring(folder: &Path) -> FileToFile {
    let path = |name: &str| -> PathBuf { folder.join(name) };
    let mut wiring = FileToFile::new(
        Roots::Unrestricted,
        path("in"),
        path("out"),
        path("rejected"),
    );
    wiring.mode = Mode::StopAtEnd;
    wiring.stages = ["first", "second"]
        .map(|id| StageName {
            id: id.into(),
            key: "identity".into(),
        })
        .into();
    wiring.lock_wait = Duration::from_millis(100);
    wiring
}

/// Runs the wiring; the stage `id` does `act` with each record's number, the other one forwards.
fn run<F>(
    wiring: FileToFile,
    id: &'static str,
    act: F,
    stop: &AtomicBool,
) -> Result<Summary, AdapterError>
where
    F: FnMut(u64) -> Result<Outcome, StageFailure> + Send + Clone + 'static,
{
    let prepared = wiring.prepare()?;
    let resolver = |at: &str, _: &str| {
        let stage: Box<dyn Stage> = if at == id {
            Box::new(Acting(act.clone(), 0))
        } else {
            Box::new(Acting(|_| Ok(Outcome::Forward), 0))
        };
        Ok(stage)
    };
    let region = |_| Ok::<_, Infallible>(MemSequencedSlots::new(SlotClass::B256, 1));
    let shards = prepared.shards(region).unwrap();
    let ring = SingleRing::start_shards(&two_stages(), shards, &resolver, Tuning::default());
    prepared.begin(ring.unwrap())?.run(stop, &mut |_| {})
}

fn lines(count: u64) -> String {
    (1..=count)
        .map(|number| format!("line {number}\n"))
        .collect()
}

#[test]
fn a_stage_that_fails_is_named_and_the_next_run_completes() {
    for id in ["first", "second"] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("in"), lines(5_000)).unwrap();
        let fail = |number| match number {
            3_000 => Err(StageFailure {
                code: "E_TEST",
                message: "it was asked to",
            }),
            _ => Ok(Outcome::Forward),
        };
        let never = AtomicBool::new(false);
        let error = run(wiring(dir.path()), id, fail, &never).unwrap_err();
        assert_eq!(
            (error.code, error.stage.as_deref()),
            ("E_STAGE_FAILED", Some(id))
        );
        assert!(error.message.contains("E_TEST"), "{error}");
        let so_far = fs::read_to_string(dir.path().join("out")).unwrap();
        assert!(
            lines(2_999).starts_with(&so_far),
            "nothing behind the failure came out"
        );

        let forward = |_| Ok(Outcome::Forward);
        let summary = run(wiring(dir.path()), id, forward, &never).unwrap();
        assert_eq!(summary.ended, Ended::EndOfInput);
        assert_eq!(summary.totals.records_in, 5_000);
        assert_eq!(
            fs::read_to_string(dir.path().join("out")).unwrap(),
            lines(5_000)
        );
    }
}

#[test]
fn a_stage_that_panics_is_named_and_the_next_run_completes() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("in"), lines(2_000)).unwrap();
    let panic = |number| {
        assert_ne!(number, 1_000, "it was asked to");
        Ok(Outcome::Forward)
    };
    let never = AtomicBool::new(false);
    let error = run(wiring(dir.path()), "second", panic, &never).unwrap_err();
    assert_eq!(
        (error.code, error.stage.as_deref()),
        ("E_STAGE_PANICKED", Some("second"))
    );
    run(
        wiring(dir.path()),
        "second",
        |_| Ok(Outcome::Forward),
        &never,
    )
    .unwrap();
    assert_eq!(
        fs::read_to_string(dir.path().join("out")).unwrap(),
        lines(2_000)
    );
}

#[test]
fn stopping_drains_what_a_slow_stage_still_holds() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("in"), lines(3_000)).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::new(AtomicU64::new(0));
    let slow = {
        let (stop, seen) = (Arc::clone(&stop), Arc::clone(&seen));
        move |number| {
            seen.store(number, Ordering::Relaxed);
            // The ring is full of records behind this one.
            if number == 100 {
                stop.store(true, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(Outcome::Forward)
        }
    };
    let summary = run(wiring(dir.path()), "first", slow, &stop).unwrap();
    assert_eq!(summary.ended, Ended::Stopped);
    let through = seen.load(Ordering::Relaxed);
    assert!((100..3_000).contains(&through), "{through}");
    assert_eq!(
        summary.totals.records_out, through,
        "all that was published came through"
    );
    assert_eq!(
        fs::read_to_string(dir.path().join("out")).unwrap(),
        lines(through)
    );

    let never = AtomicBool::new(false);
    let forward = |_| Ok(Outcome::Forward);
    let summary = run(wiring(dir.path()), "first", forward, &never).unwrap();
    assert_eq!(summary.totals.records_in, 3_000);
    assert_eq!(
        fs::read_to_string(dir.path().join("out")).unwrap(),
        lines(3_000)
    );
}

#[test]
fn drops_and_rejects_of_each_stage_are_counted_and_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let act = |number| match number % 10 {
        0 => Ok(Outcome::Drop),
        1 => Ok(Outcome::TooLarge { len: 9_999 }),
        _ => Ok(Outcome::Forward),
    };
    let never = AtomicBool::new(false);
    for run_number in 1..=2 {
        fs::write(dir.path().join("in"), lines(1_000 * run_number)).unwrap();
        let summary = run(wiring(dir.path()), "first", act, &never).unwrap();
        let totals = &summary.totals;
        assert_eq!(totals.records_in, 1_000 * run_number);
        assert_eq!(
            (totals.dropped, totals.rejected),
            (100 * run_number, 100 * run_number)
        );
    }
    let rejected = fs::read_to_string(dir.path().join("rejected")).unwrap();
    assert_eq!(rejected.lines().count(), 200);
    assert!(rejected.starts_with("line 1\nline 11\n"), "{rejected}");
    let checkpoint = fs::read_to_string(dir.path().join("out.checkpoint")).unwrap();
    for line in [
        "stages.0.processed=2000",
        "stages.0.dropped=200",
        "stages.0.rejected=200",
        "stages.1.processed=1600",
        "stages.1.dropped=0",
    ] {
        assert!(checkpoint.contains(line), "{line} is not in\n{checkpoint}");
    }
}
