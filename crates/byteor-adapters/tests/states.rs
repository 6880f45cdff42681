//! The adapter loop over stages that remember: wherever a run ends, the next one goes on exactly.

mod bench;

use std::fs;
use std::path::Path;

use bench::{Ended, NEVER, SLOT, run, well, wiring};
use byteor_adapters::checkpoint::Totals;
use byteor_pipeline_stages::{Chain, Fate, NoSecrets};
use proptest::prelude::*;

/// What a plain loop over the same stages gives: output, rejects, totals, records that reached each
/// stage.
fn plain(keys: &[&str], lines: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>, Totals, Vec<u64>) {
    let (mut out, mut rejected) = (Vec::new(), Vec::new());
    let mut totals = Totals::default();
    let mut reached = vec![0; keys.len()];
    let mut chain = Chain::new(keys, &NoSecrets, SLOT).unwrap();
    for line in lines {
        totals.records_in += 1;
        totals.bytes_in += line.len() as u64;
        if line.len() > SLOT {
            totals.rejected += 1;
            rejected.extend_from_slice(line);
            rejected.push(b'\n');
            continue;
        }
        let take = &mut |fate| {
            let last = match fate {
                Fate::Out(record) => {
                    totals.records_out += 1;
                    totals.bytes_out += record.len() as u64;
                    out.extend_from_slice(&record);
                    out.push(b'\n');
                    keys.len() - 1
                }
                Fate::Dropped(stage) => {
                    totals.dropped += 1;
                    stage
                }
                Fate::Rejected { stage, .. } => {
                    totals.rejected += 1;
                    rejected.extend_from_slice(line);
                    rejected.push(b'\n');
                    stage
                }
            };
            reached[..=last]
                .iter_mut()
                .for_each(|reached| *reached += 1);
            Ok(())
        };
        chain.run(line, take).unwrap();
    }
    (out, rejected, totals, reached)
}

const KEYS: [&str; 10] = [
    "identity",
    "keep:[a-d0-9]",
    "drop:^b",
    "replace:a=bb",
    "sample:2",
    "sample:7",
    "dedupe:1",
    "dedupe:3",
    "dedupe:400",
    "upper",
];

fn lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let line = prop_oneof![
        8 => "[a-e]{0,3}".prop_map(String::into_bytes),
        8 => (0..500_u32).prop_map(|n| n.to_string().into_bytes()),
        // Grows past the slot where each `a` becomes two, or is too large as it comes in.
        1 => (120..140_usize).prop_map(|n| vec![b'a'; n]),
        1 => (257..400_usize).prop_map(|n| vec![b'c'; n]),
    ];
    // More than a ring holds, now and then.
    prop_oneof![
        40 => prop::collection::vec(line.clone(), 0..300),
        1 => prop::collection::vec(line, 1500..3000),
    ]
}

proptest! {
    /// Runs end where a stage fails, which is what a kill leaves too: files that are longer than the
    /// checkpoint says. `kill -9` itself is tested with processes, in `byteor-edgeplane`.
    #[test]
    fn runs_that_end_anywhere_leave_what_one_run_would_have_written(
        keys in prop::collection::vec(prop::sample::select(&KEYS[..]), 1..=4),
        lines in lines(),
        trips in prop::collection::vec((0..4_usize, 0..400_u64), 0..3),
    ) {
        end_again_and_again(&keys, &lines, &trips)?;
    }
}

fn end_again_and_again(
    keys: &[&str],
    lines: &[Vec<u8>],
    trips: &[(usize, u64)],
) -> Result<(), TestCaseError> {
    // Syncing to a disk would be most of what a thousand cases take.
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory).unwrap(),
        false => tempfile::tempdir().unwrap(),
    };
    fs::write(folder.path().join("in"), lines.join(&b'\n')).unwrap();
    // What stands behind the last line feed is a record only if there is something.
    let lines = match lines.split_last() {
        Some((last, before)) if last.is_empty() => before,
        _ => lines,
    };
    for &(stage, after) in trips {
        match run(wiring(folder.path(), keys), (stage, after)) {
            Ended::Well(..) => {}
            Ended::Badly(error) => prop_assert_eq!(error.code, "E_STAGE_FAILED"),
            Ended::Start(error) => panic!("{error}"),
        }
    }
    let (summary, notices) = well(run(wiring(folder.path(), keys), NEVER));
    prop_assert_eq!(notices, []);
    let (out, rejected, totals, reached) = plain(keys, lines);
    prop_assert_eq!(fs::read(folder.path().join("out")).unwrap(), out);
    prop_assert_eq!(fs::read(folder.path().join("rejected")).unwrap(), rejected);
    prop_assert_eq!(&summary.totals, &totals);
    let counters = summary.snapshot.counters();
    prop_assert_eq!(
        (
            counters.records_in,
            counters.records_out,
            counters.dropped,
            counters.rejected
        ),
        (
            totals.records_in,
            totals.records_out,
            totals.dropped,
            totals.rejected
        )
    );
    let byteor_pipeline_exec::Snapshot::SingleRing(ring) = &summary.snapshot else {
        panic!("a ring ran");
    };
    let stages: Vec<u64> = ring.stages.iter().map(|s| s.processed).collect();
    prop_assert_eq!(&stages, &reached);
    let checkpoint = fs::read_to_string(folder.path().join("out.checkpoint")).unwrap();
    for (at, reached) in reached.iter().enumerate() {
        let line = format!("\nstages.{at}.processed={reached}\n");
        prop_assert!(
            checkpoint.contains(&line),
            "{} not in\n{}",
            line,
            checkpoint
        );
    }
    Ok(())
}

fn numbers(range: std::ops::Range<u32>) -> String {
    range.map(|n| format!("{n}\n")).collect()
}

fn third(range: std::ops::Range<u32>) -> String {
    range.step_by(3).map(|n| format!("{n}\n")).collect()
}

/// A folder whose input was read to its end by these keys.
fn ran(keys: &[&str], count: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in"), numbers(0..count)).unwrap();
    well(run(wiring(folder.path(), keys), NEVER));
    folder
}

#[test]
fn lines_that_are_no_records_move_the_checkpoint_without_another_state() {
    let folder = ran(&["sample:3"], 4);
    let input = folder.path().join("in");
    let mut text = fs::read_to_string(&input).unwrap();
    for _ in 0..3 {
        text.push_str(&"x".repeat(SLOT + 1));
        text.push('\n');
    }
    fs::write(&input, &text).unwrap();
    well(run(wiring(folder.path(), &["sample:3"]), NEVER));
    text.push_str(&numbers(4..10));
    fs::write(&input, &text).unwrap();
    let (summary, _) = well(run(wiring(folder.path(), &["sample:3"]), NEVER));
    assert_eq!(
        (summary.totals.records_in, summary.totals.rejected),
        (13, 3)
    );
    let out = fs::read_to_string(folder.path().join("out")).unwrap();
    assert_eq!(out, third(0..10));
}

#[test]
fn a_stage_of_another_spec_goes_on_with_what_it_knew_by_id_and_key() {
    let folder = ran(&["sample:3", "dedupe:9"], 4);
    let more = |count| fs::write(folder.path().join("in"), numbers(0..count)).unwrap();
    let out = || fs::read_to_string(folder.path().join("out")).unwrap();
    // The first stage is still the same, the second another one.
    more(8);
    let (_, notices) = well(run(wiring(folder.path(), &["sample:3", "dedupe:8"]), NEVER));
    let codes: Vec<_> = notices.iter().map(|notice| notice.code).collect();
    assert_eq!(codes, ["N_STATE_ANEW"]);
    assert!(notices[0].message.contains("`s1`"), "{:?}", notices[0]);
    assert_eq!(out(), third(0..8));
    // Now none is; the first record behind stays.
    more(10);
    let (_, notices) = well(run(wiring(folder.path(), &["sample:2", "sample:1"]), NEVER));
    assert_eq!(notices.len(), 2);
    assert_eq!(out(), third(0..8) + "8\n");
    // Without stages that remember, it holds nothing of them.
    more(11);
    let (_, notices) = well(run(wiring(folder.path(), &["identity", "identity"]), NEVER));
    assert_eq!(notices, []);
    let checkpoint = fs::read(folder.path().join("out.checkpoint")).unwrap();
    let checkpoint = String::from_utf8(checkpoint).unwrap();
    assert_eq!(checkpoint.matches(".state=none\n").count(), 2);
    assert!(!checkpoint.contains(".state=saved"));
    // And one of that kind is read where stages remember.
    more(13);
    let (_, notices) = well(run(wiring(folder.path(), &["sample:3", "identity"]), NEVER));
    assert_eq!(notices.len(), 1);
    assert_eq!(out(), third(0..8) + "8\n10\n11\n");
}

#[test]
fn a_stage_that_is_only_renamed_goes_on_and_each_of_several_keeps_its_own() {
    let keys = ["sample:2", "sample:2", "sample:2"];
    let folder = ran(&keys, 3);
    // After three records the first gave two, the second one of them, and the third that one.
    let renamed = |ids: [&str; 3], count| {
        fs::write(folder.path().join("in"), numbers(0..count)).unwrap();
        let mut wiring = wiring(folder.path(), &keys);
        wiring.spec_hash = ids.join(" ");
        for (stage, id) in wiring.stages.iter_mut().zip(ids) {
            stage.id = id.to_owned();
        }
        well(run(wiring, NEVER)).1
    };
    assert_eq!(renamed(["first", "s1", "s2"], 6), []);
    assert_eq!(renamed(["first", "s1", "last"], 21), []);
    let out = fs::read_to_string(folder.path().join("out")).unwrap();
    assert_eq!(out, "0\n8\n16\n");
}

#[test]
fn another_input_is_another_stream() {
    let folder = ran(&["sample:3"], 5);
    let mut other = wiring(folder.path(), &["sample:3"]);
    other.input = folder.path().join("other");
    fs::write(&other.input, numbers(100..105)).unwrap();
    let (_, notices) = well(run(other, NEVER));
    assert_eq!(notices[0].code, "N_STATE_ANEW");
    let out = fs::read_to_string(folder.path().join("out")).unwrap();
    assert_eq!(out, "0\n3\n100\n103\n");
}

/// Changes the checkpoint's text, and its checksum to one that fits.
fn forge(folder: &Path, change: impl FnOnce(String) -> String) {
    use sha2::{Digest, Sha256};
    let path = folder.join("out.checkpoint");
    let text = fs::read_to_string(&path).unwrap();
    let text = change(text[..text.rfind("checksum=").unwrap()].to_owned());
    let sum: String = Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    fs::write(&path, format!("{text}checksum=sha256:{sum}\n")).unwrap();
}

#[test]
fn a_checkpoint_whose_states_are_not_those_of_its_spec_is_refused_untouched() {
    let keys = ["identity", "sample:3"];
    let renamed = |text: String| text.replace("state.key=sample:3", "state.key=sample:4");
    let moved = |text: String| text.replace("state.id=s1", "state.id=s0");
    let gone = |text: String| {
        let later = |line: &&str| !line.contains(".state") && !line.contains(".since=");
        let kept = text.lines().filter(later);
        let text: String = kept.map(|line| format!("{line}\n")).collect();
        text.replace("checkpoint.v=3", "checkpoint.v=1")
    };
    let changes: [&dyn Fn(String) -> String; 3] = [&renamed, &moved, &gone];
    for change in changes {
        let folder = ran(&keys, 5);
        forge(folder.path(), change);
        let before = fs::read(folder.path().join("out.checkpoint")).unwrap();
        match run(wiring(folder.path(), &keys), NEVER) {
            Ended::Badly(error) => {
                assert_eq!(error.code, "E_CHECKPOINT_STATE");
                assert!(
                    error.help.contains("move the checkpoint away"),
                    "{}",
                    error.help
                );
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(
            fs::read(folder.path().join("out.checkpoint")).unwrap(),
            before
        );
        assert_eq!(fs::read(folder.path().join("out")).unwrap(), b"0\n3\n");
    }
    // The right name, and bytes that are no state of that stage: the stage finds it out.
    let folder = ran(&keys, 5);
    forge(folder.path(), |text| {
        let at = text.find(".state.base64=").unwrap() + ".state.base64=".len();
        let mut bytes = text.into_bytes();
        bytes[at + 4] = if bytes[at + 4] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    });
    let before = fs::read(folder.path().join("out.checkpoint")).unwrap();
    match run(wiring(folder.path(), &keys), NEVER) {
        Ended::Start(error) => assert_eq!(
            (error.code(), error.stage_id()),
            ("E_STAGE_STATE", Some("s1"))
        ),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        fs::read(folder.path().join("out.checkpoint")).unwrap(),
        before
    );
}
