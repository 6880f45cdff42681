//! Every rule of `validate_v1`, broken in a KV text: its code, and the path that it is about.

use byteor_pipeline_spec::*;

const RING: &str = include_str!("golden/ring.kv");
const GRAPH: &str = include_str!("golden/graph.kv");

/// The problems of a golden text with some of its text replaced. Lines that are to go are replaced
/// by nothing.
fn problems(text: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut text = text.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let spec = decode_kv_v1(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    validate_v1(&spec)
        .into_iter()
        .map(|problem| (problem.code.to_owned(), problem.path))
        .collect()
}

fn breaks(text: &str, changes: &[(&str, &str)], code: &str, path: &str) {
    let found = problems(text, changes);
    assert!(
        found.contains(&(code.to_owned(), path.to_owned())),
        "{changes:?} should break {code} at {path}, and breaks {found:?}"
    );
}

fn keeps(text: &str, changes: &[(&str, &str)]) {
    assert_eq!(problems(text, changes), [], "{changes:?}");
}

#[test]
fn a_ring_has_1_to_64_shards() {
    keeps(RING, &[("shards=4", "shards=1")]);
    keeps(RING, &[("shards=4", "shards=64")]);
    breaks(
        RING,
        &[("shards=4", "shards=0")],
        "E_SPEC_SHARDS",
        "single_ring.shards",
    );
    breaks(
        RING,
        &[("shards=4", "shards=65")],
        "E_SPEC_SHARDS",
        "single_ring.shards",
    );
}

#[test]
fn what_nothing_can_run_is_refused() {
    breaks(
        RING,
        &[("=single\n", "=mpmc\n")],
        "E_SPEC_PRODUCER",
        "single_ring.producer",
    );
    breaks(
        RING,
        &[("=dedicated", "=work_queue")],
        "E_SPEC_SCHEDULING",
        "single_ring.scheduling",
    );
}

#[test]
fn strict_order_has_one_shard_and_no_key() {
    let key = "single_ring.shard_key.offset=16\nsingle_ring.shard_key.length=8\n";
    let strict = ("=per_key", "=strict");
    keeps(RING, &[strict, ("shards=4", "shards=1"), (key, "")]);
    breaks(
        RING,
        &[strict, (key, "")],
        "E_SPEC_ORDERING",
        "single_ring.ordering",
    );
    breaks(
        RING,
        &[strict, ("shards=4", "shards=1")],
        "E_SPEC_SHARD_KEY",
        "single_ring.shard_key",
    );
}

#[test]
fn order_by_key_has_a_key_of_some_bytes_within_32_bits() {
    let key = "single_ring.shard_key.offset=16\nsingle_ring.shard_key.length=8\n";
    keeps(RING, &[("length=8", "length=1")]);
    keeps(RING, &[("offset=16", "offset=4294967287")]);
    breaks(
        RING,
        &[(key, "")],
        "E_SPEC_SHARD_KEY",
        "single_ring.shard_key",
    );
    breaks(
        RING,
        &[("length=8", "length=0")],
        "E_SPEC_SHARD_KEY",
        "single_ring.shard_key.length",
    );
    breaks(
        RING,
        &[("offset=16", "offset=4294967288")],
        "E_SPEC_SHARD_KEY",
        "single_ring.shard_key.length",
    );
}

#[test]
fn a_ring_runs_1_to_4_stages() {
    let head = &RING[..RING.find("single_ring.stages").unwrap()];
    breaks(head, &[], "E_SPEC_STAGE_COUNT", "single_ring.stages");
    keeps(RING, &[]);
    let five = format!(
        "{RING}single_ring.stages.4.id=fifth\nsingle_ring.stages.4.op=identity\nsingle_ring.stages.4.depends_on.0=3\n"
    );
    breaks(&five, &[], "E_SPEC_STAGE_COUNT", "single_ring.stages");
}

#[test]
fn ids_have_their_form_and_stand_once() {
    breaks(
        RING,
        &[("id=left", "id=Left")],
        "E_SPEC_ID",
        "single_ring.stages.1.id",
    );
    breaks(
        RING,
        &[("id=left", "id=")],
        "E_SPEC_ID",
        "single_ring.stages.1.id",
    );
    breaks(
        RING,
        &[("id=left", "id=right")],
        "E_SPEC_DUPLICATE_ID",
        "single_ring.stages.2.id",
    );
    let long = format!("id={}", "a".repeat(ID_MAX));
    keeps(RING, &[("id=left", &long)]);
    let longer = format!("{long}a");
    breaks(
        RING,
        &[("id=left", &longer)],
        "E_SPEC_ID",
        "single_ring.stages.1.id",
    );
    breaks(
        GRAPH,
        &[("lanes.1.id=b.m", "lanes.1.id=bm.")],
        "E_SPEC_ID",
        "lane_graph.lanes.1.id",
    );
    breaks(
        GRAPH,
        &[("lanes.1.id=b.m", "lanes.1.id=in.a")],
        "E_SPEC_DUPLICATE_ID",
        "lane_graph.lanes.4.id",
    );
    // Roles and endpoints share their names.
    breaks(
        GRAPH,
        &[("roles.0.id=a", "roles.0.id=rest")],
        "E_SPEC_DUPLICATE_ID",
        "lane_graph.endpoints.2.id",
    );
    breaks(
        GRAPH,
        &[("endpoints.0.id=in", "endpoints.0.id=In")],
        "E_SPEC_ID",
        "lane_graph.endpoints.0.id",
    );
}

#[test]
fn a_named_operation_has_a_key_and_identity_has_none() {
    let key = "key=replace:a\\=b=\" # c\"";
    breaks(
        RING,
        &[(key, "key=")],
        "E_SPEC_KEY",
        "single_ring.stages.3.key",
    );
    breaks(
        RING,
        &[(key, "key=identity")],
        "E_SPEC_KEY",
        "single_ring.stages.3.key",
    );
    let long = format!("key={}", "a".repeat(KEY_MAX));
    keeps(RING, &[(key, &long)]);
    let longer = format!("{long}a");
    breaks(
        RING,
        &[(key, &longer)],
        "E_SPEC_KEY",
        "single_ring.stages.3.key",
    );
    breaks(
        GRAPH,
        &[("key=keep:^\\{", "key=identity")],
        "E_SPEC_KEY",
        "lane_graph.roles.0.key",
    );
}

#[test]
fn dependencies_are_earlier_stages_in_increasing_order() {
    let path = "single_ring.stages.1.depends_on.0";
    let of_left = "stages.1.depends_on.0=0";
    breaks(
        RING,
        &[(of_left, "stages.1.depends_on.0=1")],
        "E_SPEC_DEPENDS_ON",
        path,
    );
    breaks(
        RING,
        &[(of_left, "stages.1.depends_on.0=2")],
        "E_SPEC_DEPENDS_ON",
        path,
    );
    breaks(
        RING,
        &[(of_left, "stages.1.depends_on.0=4294967295")],
        "E_SPEC_DEPENDS_ON",
        path,
    );
    let path = "single_ring.stages.3.depends_on.1";
    breaks(
        RING,
        &[("depends_on.1=2", "depends_on.1=1")],
        "E_SPEC_DEPENDS_ON",
        path,
    );
    breaks(
        RING,
        &[("depends_on.1=2", "depends_on.1=0")],
        "E_SPEC_DEPENDS_ON",
        path,
    );
    // A stage without dependencies is a source.
    keeps(
        RING,
        &[
            ("single_ring.stages.1.depends_on.0=0\n", ""),
            ("stages.3.depends_on.0=1", "stages.3.depends_on.0=0"),
            ("stages.2.depends_on.0=0", "stages.2.depends_on.0=1"),
        ],
    );
}

#[test]
fn only_the_last_stage_releases() {
    breaks(
        RING,
        &[("single_ring.stages.3.depends_on.1=2\n", "")],
        "E_SPEC_RELEASE",
        "single_ring.stages.2",
    );
}

#[test]
fn references_resolve() {
    breaks(
        GRAPH,
        &[("roles.0.rx=in.a", "roles.0.rx=in.b")],
        "E_SPEC_REFERENCE",
        "lane_graph.roles.0.rx",
    );
    breaks(
        GRAPH,
        &[("roles.4.rx.1=b.m", "roles.4.rx.1=no.lane")],
        "E_SPEC_REFERENCE",
        "lane_graph.roles.4.rx.1",
    );
    breaks(
        GRAPH,
        &[("endpoints.1.lane=g.out", "endpoints.1.lane=no.lane")],
        "E_SPEC_REFERENCE",
        "lane_graph.endpoints.1.lane",
    );
}

#[test]
fn a_graph_has_an_ingress_an_egress_and_something_between() {
    breaks(
        GRAPH,
        &[("endpoints.0.kind=ingress", "endpoints.0.kind=egress")],
        "E_SPEC_ENDPOINTS",
        "lane_graph.endpoints",
    );
    breaks(
        GRAPH,
        &[("endpoints.2.lane=r.rest", "endpoints.2.lane=in.a")],
        "E_SPEC_NO_STAGE_BETWEEN",
        "lane_graph.lanes.4",
    );
}

#[test]
fn roles_have_the_lanes_of_their_kind_each_once() {
    breaks(
        GRAPH,
        &[("lane_graph.roles.4.rx.1=b.m\n", "")],
        "E_SPEC_ROLE_LANES",
        "lane_graph.roles.4",
    );
    breaks(
        GRAPH,
        &[("lane_graph.roles.5.tx.1=r.rest\n", "")],
        "E_SPEC_ROLE_LANES",
        "lane_graph.roles.5",
    );
    breaks(
        GRAPH,
        &[("roles.4.rx.1=b.m", "roles.4.rx.1=r.m")],
        "E_SPEC_ROLE_LANES",
        "lane_graph.roles.4.rx.1",
    );
}

#[test]
fn lanes_have_their_limits() {
    keeps(GRAPH, &[("capacity=64", "capacity=1")]);
    keeps(GRAPH, &[("capacity=64", "capacity=1024")]);
    let path = "lane_graph.lanes.2.capacity";
    breaks(
        GRAPH,
        &[("capacity=64", "capacity=0")],
        "E_SPEC_LANE_CAPACITY",
        path,
    );
    breaks(
        GRAPH,
        &[("capacity=64", "capacity=1025")],
        "E_SPEC_LANE_CAPACITY",
        path,
    );
    let path = "lane_graph.lanes.0.consumers";
    breaks(
        GRAPH,
        &[("consumers=2", "consumers=0")],
        "E_SPEC_LANE_CONSUMERS",
        path,
    );
    breaks(
        GRAPH,
        &[("consumers=2", "consumers=5")],
        "E_SPEC_LANE_CONSUMERS",
        path,
    );
}

#[test]
fn a_lane_has_one_writer_and_the_readers_of_its_kind() {
    breaks(
        GRAPH,
        &[("roles.1.tx=b.m", "roles.1.tx=g.out")],
        "E_SPEC_LANE_WRITERS",
        "lane_graph.lanes.3",
    );
    breaks(
        GRAPH,
        &[("roles.1.tx=b.m", "roles.1.tx=g.out")],
        "E_SPEC_LANE_WRITERS",
        "lane_graph.lanes.1",
    );
    // Fewer, and more, than the consumers of a broadcast.
    breaks(
        GRAPH,
        &[("consumers=2", "consumers=3")],
        "E_SPEC_LANE_READERS",
        "lane_graph.lanes.0",
    );
    breaks(
        GRAPH,
        &[("consumers=2", "consumers=1")],
        "E_SPEC_LANE_READERS",
        "lane_graph.lanes.0",
    );
    // Two readers of an events lane.
    breaks(
        GRAPH,
        &[("roles.4.rx.1=b.m", "roles.4.rx.1=m.g")],
        "E_SPEC_LANE_READERS",
        "lane_graph.lanes.5",
    );
    // A journal may have several.
    keeps(
        GRAPH,
        &[(
            "lanes.0.kind=fanout_broadcast\nlane_graph.lanes.0.consumers=2",
            "lanes.0.kind=journal",
        )],
    );
}

#[test]
fn a_graph_has_no_circle() {
    // The bridge reads what it writes, by way of the merge.
    breaks(
        GRAPH,
        &[
            ("roles.4.rx.1=b.m", "roles.4.rx.1=g.out"),
            ("endpoints.1.lane=g.out", "endpoints.1.lane=b.m"),
        ],
        "E_SPEC_CYCLE",
        "lane_graph.roles.3",
    );
}

#[test]
fn a_bridge_joins_lanes_that_differ() {
    breaks(
        GRAPH,
        &[("lanes.3.kind=journal", "lanes.3.kind=events")],
        "E_SPEC_BRIDGE",
        "lane_graph.roles.3",
    );
}

#[test]
fn a_record_goes_to_the_shard_that_the_decision_says() {
    let key = |offset, length| ShardKey { offset, length };
    assert_eq!(key(0, 6).shard_of(b"foobar and more", 4), Some(0));
    assert_eq!(key(0, 1).shard_of(b"a", 4), Some(0));
    // Only the bytes of the key decide.
    assert_eq!(
        key(2, 6).shard_of(b"xxfoobar", 64),
        key(0, 6).shard_of(b"foobary", 64)
    );
    assert_eq!(
        key(0, 6).shard_of(b"foobar", 64),
        Some(0x8594_4171_f739_67e8_u64 as u32 % 64)
    );
    // A short record has a short key, one that ends before it an empty one.
    assert_eq!(key(0, 8).shard_of(b"a", 64), key(0, 1).shard_of(b"a", 64));
    assert_eq!(key(9, 8).shard_of(b"a", 4), Some(1));
    assert_eq!(key(u32::MAX, u32::MAX).shard_of(b"a", 4), Some(1));
    assert_eq!(key(0, 1).shard_of(b"a", 1), Some(0));
    assert_eq!(key(0, 1).shard_of(b"a", 0), None);
}
