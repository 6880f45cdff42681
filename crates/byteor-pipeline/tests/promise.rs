//! What each plan promises after a kill, and why not more.

use byteor_pipeline::spec::{
    LaneGraphBuilder, MergePolicy, OnFull, Promise, PromiseKind, PromiseReason, single_ring_chain,
};
use byteor_pipeline::{describe, description, promise};

/// in -> a and b -> merge -> last -> out.
fn merged(before: &str, last: &str) -> LaneGraphBuilder {
    LaneGraphBuilder::new()
        .fanout_broadcast("in.fanout_broadcast", 2)
        .events("a.merge.last")
        .events("b.merge.last")
        .events("merge.last.last")
        .ingress("in", "in.fanout_broadcast")
        .stage("a", before, "in.fanout_broadcast", "a.merge.last")
        .stage("b", "trim", "in.fanout_broadcast", "b.merge.last")
        .merge(
            "merge.last",
            &["a.merge.last", "b.merge.last"],
            "merge.last.last",
            MergePolicy::RoundRobin,
        )
        .events("last.out")
        .stage("last", last, "merge.last.last", "last.out")
        .egress("out", "last.out")
}

fn of(graph: LaneGraphBuilder) -> Promise {
    promise(&graph.build().unwrap())
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn what_leaves_nothing_open_promises_the_same_bytes() {
    let ring = single_ring_chain(&[("few", "sample:3"), ("once", "dedupe:5")]);
    let fan = LaneGraphBuilder::new()
        .fanout_broadcast("in.fanout_broadcast", 2)
        .events("a.one")
        .events("b.two")
        .ingress("in", "in.fanout_broadcast")
        .stage("a", "dedupe:5", "in.fanout_broadcast", "a.one")
        .stage("b", "split:,", "in.fanout_broadcast", "b.two")
        .egress("one", "a.one")
        .egress("two", "b.two");
    for promise in [promise(&ring), of(fan)] {
        assert_eq!(promise.kind, PromiseKind::SameBytes);
        assert_eq!(promise.because, []);
    }
    assert!(describe(&ring).contains("gives the same bytes as one that was not killed"));
}

#[test]
fn a_merge_leaves_the_order_open_and_what_remembers_behind_it_more() {
    let merges = PromiseReason::Merges {
        ids: ids(&["merge.last"]),
    };
    // What remembers before the merge sees one order.
    let promise = of(merged("dedupe:5", "upper"));
    assert_eq!(promise.kind, PromiseKind::SameRecords);
    assert_eq!(promise.because, std::slice::from_ref(&merges));
    // A key that nobody knows may remember.
    for last in ["dedupe:5", "sample:2", "nobody:knows"] {
        let promise = of(merged("upper", last));
        assert_eq!(promise.kind, PromiseKind::AtLeastOnce, "{last}");
        let remembers = PromiseReason::RemembersBehindMerge {
            ids: ids(&["last"]),
        };
        assert_eq!(promise.because, [merges.clone(), remembers]);
    }
    let text = describe(&merged("upper", "sample:2").build().unwrap());
    assert!(text.contains("- `merge.last` takes from whichever input has a record.\n"));
    assert!(text.contains("- `last` decides by the records before, behind a merge.\n"));
}

#[test]
fn what_may_be_lost_is_named() {
    let drops = of(merged("upper", "upper").on_full(OnFull::Drop));
    assert_eq!(drops.kind, PromiseKind::AtLeastOnce);
    assert_eq!(drops.because.last(), Some(&PromiseReason::Drops));
    let journal = LaneGraphBuilder::new()
        .journal("in.journal")
        .events("a.out")
        .ingress("in", "in.journal")
        .stage("a", "upper", "in.journal", "a.out")
        .egress("out", "a.out");
    let promise = of(journal);
    assert_eq!(promise.kind, PromiseKind::AtLeastOnce);
    let journals = PromiseReason::Journals {
        ids: ids(&["in.journal"]),
    };
    assert_eq!(promise.because, [journals]);
}

#[test]
fn the_description_says_the_promise_by_itself_as_its_text_does() {
    let spec = merged("trim", "dedupe:5")
        .on_full(OnFull::Drop)
        .build()
        .unwrap();
    let said = description(&spec);
    assert_eq!(said.after_kill.promise, PromiseKind::AtLeastOnce);
    assert_eq!(
        said.after_kill.sentences.len(),
        promise(&spec).because.len() + 1
    );
    assert_eq!(said.text, describe(&spec));
    let items: String = said
        .after_kill
        .sentences
        .iter()
        .map(|one| format!("- {one}\n"))
        .collect();
    assert!(said.text.ends_with(&format!("\nAfter a kill\n{items}")));
}
