//! What doesn't start.

use std::sync::Arc;

use byteor_pipeline_exec::{ExecError, MemSequencedSlots, Options, SingleRing, SlotClass};
use byteor_pipeline_spec::{
    Ordering as RingOrdering, Producer, Scheduling, ShardKey, SingleRingSpec,
};

use crate::support::{Collect, Stages, chain};

fn refusal(spec: &SingleRingSpec) -> ExecError {
    let region = MemSequencedSlots::new(SlotClass::B256, 1);
    let sink = Box::new(Collect(Arc::default()));
    SingleRing::start(spec, region, &Stages, sink, Options::default())
        .expect_err("it should not start")
}

#[test]
fn what_cannot_run_is_refused_before_anything_starts() {
    let good = chain(&["identity"]);
    let spec = |change: &dyn Fn(&mut SingleRingSpec)| {
        let mut spec = good.clone();
        change(&mut spec);
        refusal(&spec)
    };
    let several = spec(&|spec| {
        spec.shards = 2;
        spec.ordering = RingOrdering::PerKey;
        spec.shard_key = Some(ShardKey {
            offset: 0,
            length: 1,
        });
    });
    assert_eq!(several.code(), "E_EXEC_UNSUPPORTED");
    assert!(several.to_string().contains("single_ring.shards"));
    for invalid in [
        spec(&|spec| spec.shards = 0),
        spec(&|spec| spec.producer = Producer::Mpmc),
        spec(&|spec| spec.scheduling = Scheduling::WorkQueue),
        spec(&|spec| spec.stages.clear()),
        spec(&|spec| spec.stages[0].depends_on.push(0)),
        refusal(&chain(&["identity"; 5])),
    ] {
        assert!(matches!(&invalid, ExecError::Spec(problems) if !problems.is_empty()));
        assert!(invalid.code().starts_with("E_SPEC_"), "{invalid}");
    }
    for key in ["http_post:http://127.0.0.1/", "no_such_family", "keep:("] {
        let unresolved = refusal(&chain(&["identity", key]));
        assert_eq!(unresolved.stage_id(), Some("s1"));
        assert!(
            matches!(unresolved, ExecError::Unresolved { .. }),
            "{unresolved}"
        );
        assert!(unresolved.to_string().contains(key), "{unresolved}");
    }
}

#[test]
fn a_stage_that_gives_several_records_is_refused_at_startup() {
    let region = MemSequencedSlots::new(SlotClass::B256, 1);
    let started = SingleRing::start(
        &chain(&["identity", "split:,"]),
        region,
        &Stages,
        Box::new(Collect(Arc::default())),
        Options::default(),
    );
    match started {
        Err(ExecError::Unsupported { path, message }) => {
            assert_eq!(path, "single_ring.stages.1.key");
            assert!(message.contains("several records"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}
