//! The written form, and what is read.

use byteor_pipeline_snapshot::{
    Counters, EndpointSnapshot, LaneGraphSnapshot, LaneReaderSnapshot, LaneSnapshot, MAX_COUNT,
    RoleSnapshot, RoleState, RunTuning, RunWait, RunWorkers, SingleRingSnapshot, Snapshot,
    SnapshotVersion, StageSnapshot,
};

const COUNTERS: Counters = Counters {
    records_in: 6,
    records_out: 3,
    dropped: 2,
    rejected: 1,
    bytes_in: 60,
    bytes_out: 30,
};

fn ring() -> Snapshot {
    Snapshot::SingleRing(SingleRingSnapshot {
        v: SnapshotVersion,
        slot_bytes: 256,
        capacity: 1024,
        cursor: 5,
        counters: COUNTERS,
        stages: vec![StageSnapshot {
            index: 0,
            gating: 3,
            lag: 2,
            processed: 3,
            dropped: 2,
            rejected: 1,
        }],
        tuning: Some(RunTuning {
            workers: RunWorkers::Segments,
            wait: RunWait::Adaptive,
        }),
        generation: u64::MAX - 1,
    })
}

fn graph() -> Snapshot {
    Snapshot::LaneGraph(LaneGraphSnapshot {
        v: SnapshotVersion,
        counters: COUNTERS,
        lanes: vec![LaneSnapshot {
            index: 0,
            id: Some("a.b".to_owned()),
            kind: Some(byteor_pipeline_spec::LaneKind::Events),
            capacity: 1024,
            published: 9,
            depth: 4,
            dropped: 1,
            readers: vec![LaneReaderSnapshot {
                read: 5,
                lag: 4,
                lost: 0,
            }],
        }],
        roles: vec![RoleSnapshot {
            index: 0,
            id: Some("b".to_owned()),
            state: Some(RoleState::Working),
            processed: 5,
            dropped: 0,
            rejected: 0,
        }],
        endpoints: vec![EndpointSnapshot {
            index: 0,
            id: Some("in".to_owned()),
            ingress: true,
            records: 9,
            bytes: 90,
            rejected: 0,
        }],
        tuning: Some(RunTuning {
            workers: RunWorkers::One,
            wait: RunWait::Backoff,
        }),
        generation: 7,
    })
}

#[test]
fn both_forms_are_written_as_documented_and_read_back() {
    let written = [
        (
            ring(),
            r#"{"kind":"single_ring","v":2,"slot_bytes":256,"capacity":1024,"cursor":5,"counters":{"records_in":6,"records_out":3,"dropped":2,"rejected":1,"bytes_in":60,"bytes_out":30},"stages":[{"index":0,"gating":3,"lag":2,"processed":3,"dropped":2,"rejected":1}],"tuning":{"workers":"segments","wait":"adaptive"},"generation":"fffffffffffffffe"}"#,
        ),
        (
            graph(),
            r#"{"kind":"lane_graph","v":2,"counters":{"records_in":6,"records_out":3,"dropped":2,"rejected":1,"bytes_in":60,"bytes_out":30},"lanes":[{"index":0,"id":"a.b","kind":"events","capacity":1024,"published":9,"depth":4,"dropped":1,"readers":[{"read":5,"lag":4,"lost":0}]}],"roles":[{"index":0,"id":"b","state":"working","processed":5,"dropped":0,"rejected":0}],"endpoints":[{"index":0,"id":"in","ingress":true,"records":9,"bytes":90,"rejected":0}],"tuning":{"workers":"one","wait":"backoff"},"generation":"0000000000000007"}"#,
        ),
    ];
    let page = include_str!("../../../docs/spec/snapshot.md");
    for (snapshot, text) in written {
        assert_eq!(serde_json::to_string(&snapshot).unwrap(), text);
        assert_eq!(serde_json::from_str::<Snapshot>(text).unwrap(), snapshot);
        assert!(page.contains(text), "docs/spec/snapshot.md lacks {text}");
    }
}

#[test]
fn version_1_is_read_and_becomes_version_2() {
    let old = r#"{"v":1,"kind":"single_ring","slot_bytes":256,"capacity":1024,"cursor":5,"counters":{"records_in":6,"records_out":3,"dropped":2,"rejected":1,"bytes_in":60,"bytes_out":30},"stages":[{"index":0,"gating":3,"lag":2,"processed":3,"dropped":2,"rejected":1}],"generation":18446744073709551614}"#;
    let Snapshot::SingleRing(mut expected) = ring() else {
        panic!("a ring");
    };
    expected.tuning = None;
    let read = serde_json::from_str::<Snapshot>(old).unwrap();
    assert_eq!(read, Snapshot::SingleRing(expected));
}

#[test]
fn what_is_neither_is_refused() {
    let written = serde_json::to_string(&ring()).unwrap();
    for (from, to) in [
        (r#""v":2"#, r#""v":3"#),
        ("single_ring", "two_rings"),
        ("fffffffffffffffe", "fffffffffffffff"),
        ("fffffffffffffffe", "+ffffffffffffffe"),
        (r#""cursor":5"#, r#""cursor":-5"#),
    ] {
        let changed = written.replacen(from, to, 1);
        assert_ne!(changed, written);
        assert!(
            serde_json::from_str::<Snapshot>(&changed).is_err(),
            "{changed}"
        );
    }
}

#[test]
fn a_count_that_javascript_cannot_hold_is_cut_not_sent() {
    let wild = Counters {
        bytes_in: u64::MAX,
        ..COUNTERS
    };
    let text = serde_json::to_value(ring().with_counters(wild)).unwrap();
    assert_eq!(text["counters"]["bytes_in"], MAX_COUNT);
}

#[test]
fn what_was_counted_since_is_a_difference_unless_history_changed() {
    let now = Counters {
        records_in: 10,
        records_out: 7,
        ..COUNTERS
    };
    assert_eq!(
        now.since(&COUNTERS),
        Some(Counters {
            records_in: 4,
            records_out: 4,
            ..Counters::default()
        })
    );
    assert_eq!(COUNTERS.since(&now), None);
}
