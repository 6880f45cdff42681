//! What the macros embed is what `byteor_pipeline::compile` gives.

use byteor_pipeline::{
    EmbeddedPlan, ExecutionTarget, compile, encode_kv_v1, plan, plan_file, spec_hash,
};

/// Every sample plan that has a spec for the target; `the_list_is_whole` finds what is missing.
macro_rules! samples {
    ($(($target:ident $file:literal))+) => {
        const SAMPLES: &[(&str, EmbeddedPlan)] = &[
            $(($file, plan_file!($target, $file))),+
        ];
    };
}

samples! {
    (lane_graph "../../docs/examples/plans/alerts.plan")
    (single_ring "../../docs/examples/plans/boundary-lanes.plan")
    (lane_graph "../../docs/examples/plans/boundary-lanes.plan")
    (single_ring "../../docs/examples/plans/bridged-edges.plan")
    (lane_graph "../../docs/examples/plans/bridged-edges.plan")
    (lane_graph "../../docs/examples/plans/broadcast.plan")
    (single_ring "../../docs/examples/plans/bytes.plan")
    (lane_graph "../../docs/examples/plans/bytes.plan")
    (single_ring "../../docs/examples/plans/diamond.plan")
    (lane_graph "../../docs/examples/plans/diamond.plan")
    (single_ring "../../docs/examples/plans/drop-empty.plan")
    (lane_graph "../../docs/examples/plans/drop-empty.plan")
    (single_ring "../../docs/examples/plans/equals-sign.plan")
    (lane_graph "../../docs/examples/plans/equals-sign.plan")
    (lane_graph "../../docs/examples/plans/feed-with-tap.plan")
    (single_ring "../../docs/examples/plans/four-stages.plan")
    (lane_graph "../../docs/examples/plans/four-stages.plan")
    (single_ring "../../docs/examples/plans/identity.plan")
    (lane_graph "../../docs/examples/plans/identity.plan")
    (single_ring "../../docs/examples/plans/journal.plan")
    (lane_graph "../../docs/examples/plans/journal.plan")
    (single_ring "../../docs/examples/plans/keep.plan")
    (lane_graph "../../docs/examples/plans/keep.plan")
    (lane_graph "../../docs/examples/plans/kinds-at-once.plan")
    (single_ring "../../docs/examples/plans/look-at-some.plan")
    (lane_graph "../../docs/examples/plans/look-at-some.plan")
    (single_ring "../../docs/examples/plans/messages.plan")
    (lane_graph "../../docs/examples/plans/messages.plan")
    (single_ring "../../docs/examples/plans/orders.plan")
    (lane_graph "../../docs/examples/plans/orders.plan")
    (lane_graph "../../docs/examples/plans/payments.plan")
    (single_ring "../../docs/examples/plans/post.plan")
    (lane_graph "../../docs/examples/plans/post.plan")
    (single_ring "../../docs/examples/plans/protect-people.plan")
    (lane_graph "../../docs/examples/plans/protect-people.plan")
    (single_ring "../../docs/examples/plans/quoting.plan")
    (lane_graph "../../docs/examples/plans/quoting.plan")
    (lane_graph "../../docs/examples/plans/rejoin.plan")
    (single_ring "../../docs/examples/plans/replace-by-nothing.plan")
    (lane_graph "../../docs/examples/plans/replace-by-nothing.plan")
    (single_ring "../../docs/examples/plans/replace.plan")
    (lane_graph "../../docs/examples/plans/replace.plan")
    (single_ring "../../docs/examples/plans/scripts.plan")
    (lane_graph "../../docs/examples/plans/scripts.plan")
    (single_ring "../../docs/examples/plans/shards.plan")
    (lane_graph "../../docs/examples/plans/shards.plan")
    (single_ring "../../docs/examples/plans/shuffled.plan")
    (lane_graph "../../docs/examples/plans/shuffled.plan")
    (lane_graph "../../docs/examples/plans/six-stages.plan")
    (single_ring "../../docs/examples/plans/spacing.plan")
    (lane_graph "../../docs/examples/plans/spacing.plan")
    (lane_graph "../../docs/examples/plans/tags.plan")
    (lane_graph "../../docs/examples/plans/ten-stages.plan")
    (single_ring "../../docs/examples/plans/too-large-for-its-slot.plan")
    (lane_graph "../../docs/examples/plans/too-large-for-its-slot.plan")
    (lane_graph "../../docs/examples/plans/two-pipelines-in-one.plan")
    (lane_graph "../../docs/examples/plans/two-regions.plan")
    (single_ring "../../docs/examples/plans/two-sources.plan")
    (lane_graph "../../docs/examples/plans/two-sources.plan")
    (lane_graph "../../docs/examples/plans/urgent-first.plan")
    (lane_graph "../../docs/examples/plans/web-logs.plan")
    (lane_graph "../../docs/examples/plans/wide-fanout.plan")
}

#[test]
fn the_hash_is_the_compilers() {
    for (file, embedded) in SAMPLES {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(embedded.text(), text, "{file}");
        let report = compile(&text, embedded.target()).report.unwrap();
        assert_eq!(embedded.spec_kv(), report.spec_kv, "{file}");
        assert_eq!(embedded.spec_hash(), report.spec_hash, "{file}");
        assert_eq!(embedded.spec(), report.spec, "{file}");
    }
}

#[test]
fn the_list_is_whole() {
    let hashes = include_str!("../../../docs/examples/plans/hashes.txt");
    let listed: Vec<String> = SAMPLES
        .iter()
        .map(|(file, embedded)| {
            format!(
                "{} {} {}",
                file.rsplit('/').next().unwrap(),
                embedded.target().name(),
                embedded.spec_hash()
            )
        })
        .collect();
    let expected: Vec<&str> = hashes
        .lines()
        .filter(|line| line.contains("sha256:"))
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn a_literal_may_come_through_another_macro() {
    macro_rules! ring {
        ($text:expr) => {
            plan!(single_ring, $text)
        };
    }
    const COPY: EmbeddedPlan = ring!(
        r"
            pipeline copy
            ingress in
            stage copy identity
            egress out
            in -> copy -> out
        "
    );
    assert_eq!(COPY.target(), ExecutionTarget::SingleRing);
    assert_eq!(COPY.spec_hash(), spec_hash(&COPY.spec()));
    assert_eq!(COPY.spec_kv(), encode_kv_v1(&COPY.spec()));
}
