//! Each kind of lane, with room and without.

use byteor_pipeline_spec::{LaneGraphBuilder, OnFull, PipelineSpecV1};
use byteor_pipeline_step::{EVENTS_CAPACITY, JOURNAL_SEGMENT_BYTES, Options, StepKind};

use crate::support::{Run, stepper};

fn numbered(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|n| n.to_string().into_bytes()).collect()
}

/// in -> a stage -> out, with a lane of some kind behind the stage.
fn with_lane(
    on_full: OnFull,
    add: impl Fn(LaneGraphBuilder) -> LaneGraphBuilder,
) -> PipelineSpecV1 {
    let graph = LaneGraphBuilder::new().on_full(on_full).events("in.work");
    add(graph)
        .ingress("in", "in.work")
        .stage("work", "identity", "in.work", "work.lane")
        .build()
        .unwrap()
}

fn node(stepper: &byteor_pipeline_step::Stepper, id: &str) -> usize {
    let found = stepper.nodes().iter().position(|node| node.id() == id);
    found.unwrap()
}

#[test]
fn an_events_lane_holds_1024_records_and_then_its_writer_waits() {
    let spec = with_lane(OnFull::Block, |graph| {
        graph.events("work.lane").egress("out", "work.lane")
    });
    let mut stepper = stepper(&spec, Options::default());
    for record in numbered(3000) {
        stepper.feed(0, &record).unwrap();
    }
    let out = node(&stepper, "out");
    stepper.kill(out);
    let run = Run::of(&mut stepper);
    let lane = stepper.lanes()[1];
    assert_eq!(lane.capacity(), Some(u64::from(EVENTS_CAPACITY)));
    assert_eq!(
        (lane.fill(), lane.writes(), lane.missed(0)),
        (1024, 1024, 0)
    );
    assert_eq!(lane.waiting(0), (1..=1024).collect::<Vec<_>>());
    let work = stepper.node(node(&stepper, "work")).unwrap();
    assert_eq!((work.holds(), work.counters().blocked), (vec![1025], 1));
    // The ingress filled the lane before it, and holds one more.
    assert_eq!(stepper.lanes()[0].fill(), 1024);
    assert_eq!(run.kinds(StepKind::Blocked), 2);
    assert!(!stepper.finished());
}

#[test]
fn a_full_lane_that_drops_discards_the_new_record_and_counts_it() {
    for sequenced in [false, true] {
        let spec = with_lane(OnFull::Drop, |graph| {
            let graph = if sequenced {
                graph.sequenced_slots("work.lane", 3)
            } else {
                graph.events("work.lane")
            };
            graph.egress("out", "work.lane")
        });
        let options = Options {
            capacity: Some(3),
            ..Options::default()
        };
        let mut stepper = stepper(&spec, options);
        let out = node(&stepper, "out");
        for record in numbered(10) {
            stepper.feed(0, &record).unwrap();
        }
        stepper.kill(out);
        let run = Run::of(&mut stepper);
        assert_eq!(
            stepper.lanes()[1].waiting(0),
            [1, 2, 3],
            "the first ones stay"
        );
        assert_eq!(stepper.lanes()[1].missed(0), 7);
        let discarded: Vec<u64> = run
            .trace
            .iter()
            .filter(|(step, _)| step.kind == StepKind::Discarded)
            .map(|(step, _)| step.record)
            .collect();
        assert_eq!(discarded, [4, 5, 6, 7, 8, 9, 10]);
        let work = stepper.node(node(&stepper, "work")).unwrap().counters();
        assert_eq!((work.taken, work.passed, work.discarded), (10, 3, 7));
    }
}

#[test]
fn the_slowest_reader_holds_sequenced_slots_for_all() {
    for on_full in [OnFull::Block, OnFull::Drop] {
        let spec = with_lane(on_full, |graph| {
            graph
                .sequenced_slots("work.lane", 2)
                .egress("fast", "work.lane")
                .egress("slow", "work.lane")
        });
        let mut stepper = stepper(&spec, Options::default());
        let slow = node(&stepper, "slow");
        stepper.kill(slow);
        for record in numbered(5) {
            stepper.feed(0, &record).unwrap();
        }
        let run = Run::of(&mut stepper);
        assert_eq!(
            run.only_out(),
            numbered(2),
            "both readers get the same ones"
        );
        assert_eq!(stepper.lanes()[1].waiting(1), [1, 2]);
        let work = stepper.node(node(&stepper, "work")).unwrap().counters();
        let expected = match on_full {
            OnFull::Block => (1, 0),
            OnFull::Drop => (0, 3),
        };
        assert_eq!((work.blocked, work.discarded), expected);
    }
}

#[test]
fn a_fanout_gives_to_the_readers_that_have_room_or_waits_for_all() {
    for on_full in [OnFull::Block, OnFull::Drop] {
        let spec = with_lane(on_full, |graph| {
            graph
                .fanout_broadcast("work.lane", 2)
                .egress("fast", "work.lane")
                .egress("slow", "work.lane")
        });
        let options = Options {
            capacity: Some(2),
            ..Options::default()
        };
        let mut stepper = stepper(&spec, options);
        let slow = node(&stepper, "slow");
        stepper.kill(slow);
        for record in numbered(5) {
            stepper.feed(0, &record).unwrap();
        }
        let run = Run::of(&mut stepper);
        let lane = stepper.lanes()[1];
        assert_eq!(lane.waiting(1), [1, 2]);
        match on_full {
            OnFull::Block => assert_eq!(run.only_out(), numbered(2)),
            OnFull::Drop => {
                assert_eq!(run.only_out(), numbered(5));
                assert_eq!((lane.missed(0), lane.missed(1)), (0, 3));
                let missed = run.trace.iter().filter(|(step, _)| step.missed == 2);
                assert_eq!(missed.count(), 3);
            }
        }
    }
}

#[test]
fn a_journal_overwrites_its_oldest_segment_and_a_reader_behind_is_told_of_each_record() {
    for on_full in [OnFull::Block, OnFull::Drop] {
        let spec = with_lane(on_full, |graph| {
            graph
                .journal("work.lane")
                .egress("fast", "work.lane")
                .egress("slow", "work.lane")
        });
        let mut stepper = stepper(&spec, Options::default());
        let slow = node(&stepper, "slow");
        // 8 bytes of header and 248 of record: 256 to a segment.
        let count = 4 * JOURNAL_SEGMENT_BYTES / 256 + 1;
        for _ in 0..count {
            stepper.feed(0, &[b'r'; 241]).unwrap();
        }
        stepper.end_input();
        stepper.kill(slow);
        let run = Run::of(&mut stepper);
        assert_eq!(
            run.only_out().len(),
            count,
            "the reader that kept up has all"
        );
        let lane = stepper.lanes()[1];
        // The fifth segment was begun, so two of five are gone.
        assert_eq!(lane.missed(1), 2 * 256);
        assert_eq!(lane.waiting(1).first(), Some(&513));
        // It goes on: told of each that it lost, and then with the oldest that is there.
        stepper.revive(slow);
        let rest = Run::of(&mut stepper);
        let lost = rest
            .trace
            .iter()
            .filter(|(step, _)| step.kind == StepKind::Lost);
        let lost: Vec<u64> = lost.map(|(step, _)| step.record).collect();
        assert_eq!(lost, (1..=512).collect::<Vec<_>>());
        assert_eq!(rest.only_out().len(), count - 512);
        assert_eq!(stepper.node(slow).unwrap().counters().lost, 512);
        assert!(stepper.finished());
    }
}

#[test]
fn a_journal_reader_that_comes_late_is_told_first_of_what_it_lost() {
    let spec = with_lane(OnFull::Block, |graph| {
        graph.journal("work.lane").egress("late", "work.lane")
    });
    // Some schedule lets the writer be ahead of the reader by more than two records.
    let seen = (1..200).any(|seed| {
        let options = Options {
            seed,
            capacity: Some(2),
            ..Options::default()
        };
        let mut stepper = stepper(&spec, options);
        for record in numbered(60) {
            stepper.feed(0, &record).unwrap();
        }
        stepper.end_input();
        let run = Run::of(&mut stepper);
        assert!(stepper.finished());
        let late = stepper.node(node(&stepper, "late")).unwrap().counters();
        assert_eq!(
            late.taken + late.lost,
            60,
            "each is read or lost, none both"
        );
        // In order: lost ones and read ones are one row of numbers.
        let row: Vec<u64> = run
            .trace
            .iter()
            .filter(|(step, _)| matches!(step.kind, StepKind::Lost | StepKind::Out))
            .map(|(step, _)| step.record)
            .collect();
        assert_eq!(row, (1..=60).collect::<Vec<_>>());
        late.lost > 0
    });
    assert!(seen, "no schedule lost anything");
}
