//! The table of docs/spec/lowering.md, line by line: what may read and write which lanes.

use byteor_pipeline::spec::{
    Channel, Endpoint, EndpointKind, Lane, LaneGraphSpec, MergePolicy, OnFull, Role, RoleWork,
    StageOp, canonical,
};
use byteor_pipeline::{
    ExecutionTarget, PipelineSpecV1, compile, decode_kv_v1, encode_kv_v1, validate_v1,
};

const SLOTS: Channel = Channel::SequencedSlots { capacity: 8 };
const KINDS: [Channel; 4] = [
    Channel::Events,
    Channel::Journal,
    SLOTS,
    Channel::FanoutBroadcast { consumers: 1 },
];

fn lane(id: &str, channel: Channel) -> Lane {
    Lane {
        id: id.to_owned(),
        channel,
    }
}

fn end(id: &str, kind: EndpointKind, lane: &str) -> Endpoint {
    Endpoint {
        id: id.to_owned(),
        kind,
        lane: lane.to_owned(),
    }
}

fn names(lanes: &[&str]) -> Vec<String> {
    lanes.iter().map(|lane| (*lane).to_owned()).collect()
}

fn stage(id: &str, rx: &str, tx: &str) -> Role {
    Role {
        id: id.to_owned(),
        work: RoleWork::Stage {
            op: StageOp::Identity,
            rx: rx.to_owned(),
            tx: tx.to_owned(),
        },
    }
}

fn bridge(id: &str, rx: &str, tx: &str) -> Role {
    Role {
        id: id.to_owned(),
        work: RoleWork::Bridge {
            rx: rx.to_owned(),
            tx: tx.to_owned(),
        },
    }
}

fn router(id: &str, rx: &str, tx: &[&str]) -> Role {
    Role {
        id: id.to_owned(),
        work: RoleWork::Router {
            rx: rx.to_owned(),
            tx: names(tx),
        },
    }
}

fn merge(id: &str, rx: &[&str], tx: &str, policy: MergePolicy) -> Role {
    Role {
        id: id.to_owned(),
        work: RoleWork::Merge {
            rx: names(rx),
            tx: tx.to_owned(),
            policy,
        },
    }
}

/// `in` to a stage `a` over the first lane, to `out` over the second.
fn chain(first: Channel, second: Channel) -> LaneGraphSpec {
    LaneGraphSpec {
        on_full: OnFull::Block,
        lanes: vec![lane("in.a", first), lane("a.out", second)],
        endpoints: vec![
            end("in", EndpointKind::Ingress, "in.a"),
            end("out", EndpointKind::Egress, "a.out"),
        ],
        roles: vec![stage("a", "in.a", "a.out")],
    }
}

/// `in` to `count` egresses through `role`, over lanes of a kind.
fn spread(count: usize, role: impl Fn(&[&str]) -> Role, channel: Channel) -> LaneGraphSpec {
    let lanes: Vec<String> = (0..count).map(|at| format!("x.o{at}")).collect();
    let tx: Vec<&str> = lanes.iter().map(String::as_str).collect();
    let mut graph = LaneGraphSpec {
        on_full: OnFull::Block,
        lanes: vec![lane("in.x", Channel::Events)],
        endpoints: vec![end("in", EndpointKind::Ingress, "in.x")],
        roles: vec![role(&tx)],
    };
    for (at, id) in tx.iter().enumerate() {
        graph.lanes.push(lane(id, channel));
        graph
            .endpoints
            .push(end(&format!("o{at}"), EndpointKind::Egress, id));
    }
    graph
}

/// `count` ingresses to one egress through `role`.
fn gather(count: usize, role: impl Fn(&[&str]) -> Role, channel: Channel) -> LaneGraphSpec {
    let lanes: Vec<String> = (0..count).map(|at| format!("i{at}.x")).collect();
    let rx: Vec<&str> = lanes.iter().map(String::as_str).collect();
    let mut graph = LaneGraphSpec {
        on_full: OnFull::Block,
        lanes: vec![lane("x.out", Channel::Events)],
        endpoints: vec![end("out", EndpointKind::Egress, "x.out")],
        roles: vec![role(&rx)],
    };
    for (at, id) in rx.iter().enumerate() {
        graph.lanes.push(lane(id, channel));
        graph
            .endpoints
            .push(end(&format!("i{at}"), EndpointKind::Ingress, id));
    }
    graph
}

/// `in` to `readers` egresses over one lane behind a stage.
fn shared(readers: usize, channel: Channel) -> LaneGraphSpec {
    let mut graph = LaneGraphSpec {
        on_full: OnFull::Block,
        lanes: vec![lane("in.a", Channel::Events), lane("a.journal", channel)],
        endpoints: vec![end("in", EndpointKind::Ingress, "in.a")],
        roles: vec![stage("a", "in.a", "a.journal")],
    };
    for at in 0..readers {
        graph
            .endpoints
            .push(end(&format!("o{at}"), EndpointKind::Egress, "a.journal"));
    }
    graph
}

fn codes(graph: LaneGraphSpec) -> Vec<&'static str> {
    let spec = PipelineSpecV1::LaneGraph(graph);
    // What is refused stays refused through its text.
    if let Ok(read) = decode_kv_v1(&encode_kv_v1(&spec)) {
        assert_eq!(
            validate_v1(&read).len(),
            validate_v1(&canonical(&spec)).len()
        );
    }
    validate_v1(&spec)
        .iter()
        .map(|problem| problem.code)
        .collect()
}

fn keeps(graph: LaneGraphSpec) {
    assert_eq!(codes(graph.clone()), Vec::<&str>::new(), "{graph:?}");
}

fn breaks(graph: LaneGraphSpec, code: &str) {
    assert!(codes(graph.clone()).contains(&code), "{code}: {graph:?}");
}

#[test]
fn t1_an_ingress_writes_one_lane_of_any_kind() {
    for kind in KINDS {
        keeps(chain(kind, Channel::Events));
    }
    // A second ingress on the lane is a second writer.
    let mut two = chain(Channel::Events, Channel::Events);
    two.endpoints
        .push(end("other", EndpointKind::Ingress, "in.a"));
    breaks(two, "E_SPEC_LANE_WRITERS");
}

#[test]
fn t2_an_egress_reads_one_lane_of_any_kind() {
    for kind in KINDS {
        keeps(chain(Channel::Events, kind));
    }
    let mut two = chain(Channel::Events, Channel::Events);
    two.endpoints
        .push(end("other", EndpointKind::Egress, "a.out"));
    breaks(two, "E_SPEC_LANE_READERS");
}

#[test]
fn t3_a_stage_reads_one_lane_and_writes_one_of_any_kinds() {
    for first in KINDS {
        for second in KINDS {
            keeps(chain(first, second));
        }
    }
    let mut nowhere = chain(Channel::Events, Channel::Events);
    nowhere.roles[0] = stage("a", "in.a", "a.nowhere");
    breaks(nowhere, "E_SPEC_REFERENCE");
}

#[test]
fn t4_a_bridge_carries_between_lanes_that_differ() {
    for (at, first) in KINDS.into_iter().enumerate() {
        for (other, second) in KINDS.into_iter().enumerate() {
            let mut graph = chain(first, second);
            graph.roles[0] = bridge("bridge.in.out", "in.a", "a.out");
            if at == other {
                breaks(graph, "E_SPEC_BRIDGE");
            } else {
                keeps(graph);
            }
        }
    }
    let mut sizes = chain(SLOTS, Channel::SequencedSlots { capacity: 9 });
    sizes.roles[0] = bridge("bridge.in.out", "in.a", "a.out");
    keeps(sizes);
}

#[test]
fn t5_a_router_reads_one_lane_and_writes_two_or_more() {
    for kind in KINDS {
        for count in [2, 3, 100] {
            keeps(spread(count, |tx| router("router.in", "in.x", tx), kind));
        }
    }
    breaks(
        spread(1, |tx| router("router.in", "in.x", tx), Channel::Events),
        "E_SPEC_ROLE_LANES",
    );
    breaks(
        spread(
            2,
            |tx| router("router.in", "in.x", &[tx[0], tx[1], tx[1]]),
            Channel::Events,
        ),
        "E_SPEC_ROLE_LANES",
    );
}

#[test]
fn t6_a_merge_reads_two_or_more_lanes_and_writes_one() {
    for policy in [MergePolicy::RoundRobin, MergePolicy::Priority] {
        for kind in KINDS {
            for count in [2, 3, 100] {
                keeps(gather(
                    count,
                    |rx| merge("merge.out", rx, "x.out", policy),
                    kind,
                ));
            }
        }
        breaks(
            gather(
                1,
                |rx| merge("merge.out", rx, "x.out", policy),
                Channel::Events,
            ),
            "E_SPEC_ROLE_LANES",
        );
        // A journal has room for two readers, so the count alone wouldn't tell.
        breaks(
            gather(
                2,
                |rx| merge("merge.out", &[rx[0], rx[1], rx[1]], "x.out", policy),
                Channel::Journal,
            ),
            "E_SPEC_ROLE_LANES",
        );
    }
}

#[test]
fn t7_an_events_lane_has_one_reader() {
    keeps(shared(1, Channel::Events));
    breaks(shared(2, Channel::Events), "E_SPEC_LANE_READERS");
    breaks(shared(0, Channel::Events), "E_SPEC_LANE_READERS");
}

#[test]
fn t8_a_journal_has_one_to_four_readers() {
    for readers in 1..=4 {
        keeps(shared(readers, Channel::Journal));
    }
    breaks(shared(5, Channel::Journal), "E_SPEC_LANE_READERS");
    breaks(shared(0, Channel::Journal), "E_SPEC_LANE_READERS");
}

#[test]
fn t9_sequenced_slots_have_one_to_four_readers_and_1_to_1024_entries() {
    for capacity in [1, 8, 1024] {
        for readers in 1..=4 {
            keeps(shared(readers, Channel::SequencedSlots { capacity }));
        }
    }
    breaks(shared(5, SLOTS), "E_SPEC_LANE_READERS");
    breaks(shared(0, SLOTS), "E_SPEC_LANE_READERS");
    for capacity in [0, 1025] {
        breaks(
            shared(1, Channel::SequencedSlots { capacity }),
            "E_SPEC_LANE_CAPACITY",
        );
    }
}

#[test]
fn t10_a_broadcast_has_exactly_its_consumers_1_to_4() {
    for consumers in 1..=4u32 {
        keeps(shared(
            consumers as usize,
            Channel::FanoutBroadcast { consumers },
        ));
        breaks(
            shared(
                consumers as usize - 1,
                Channel::FanoutBroadcast { consumers },
            ),
            "E_SPEC_LANE_READERS",
        );
        breaks(
            shared(
                consumers as usize + 1,
                Channel::FanoutBroadcast { consumers },
            ),
            "E_SPEC_LANE_READERS",
        );
    }
    for consumers in [0, 5] {
        breaks(
            shared(consumers as usize, Channel::FanoutBroadcast { consumers }),
            "E_SPEC_LANE_CONSUMERS",
        );
    }
}

#[test]
fn t11_on_full_is_one_value_for_the_graph() {
    for on_full in [OnFull::Block, OnFull::Drop] {
        let mut graph = chain(Channel::Journal, Channel::Events);
        graph.on_full = on_full;
        keeps(graph.clone());
        let kv = encode_kv_v1(&PipelineSpecV1::LaneGraph(graph));
        assert!(kv.starts_with(&format!("lane_graph.on_full={}\n", on_full.name())));
        assert_eq!(kv.matches("on_full").count(), 1);
    }
}

#[test]
fn t12_the_order_of_a_merge_has_meaning_under_priority_alone() {
    let text = |policy, rx: fn(&[&str]) -> Vec<String>| {
        let graph = gather(
            3,
            |lanes| {
                let lanes = rx(lanes);
                let lanes: Vec<&str> = lanes.iter().map(String::as_str).collect();
                merge("merge.out", &lanes, "x.out", policy)
            },
            Channel::Events,
        );
        keeps(graph.clone());
        encode_kv_v1(&PipelineSpecV1::LaneGraph(graph))
    };
    let forward = |lanes: &[&str]| names(lanes);
    let backward = |lanes: &[&str]| lanes.iter().rev().map(|lane| (*lane).to_owned()).collect();
    let turn = MergePolicy::RoundRobin;
    assert_eq!(text(turn, forward), text(turn, backward));
    let first = MergePolicy::Priority;
    assert_ne!(text(first, forward), text(first, backward));
}

#[test]
fn t13_a_graph_has_an_ingress_and_an_egress() {
    for at in [0, 1] {
        let mut graph = chain(Channel::Events, Channel::Events);
        graph.endpoints.remove(at);
        breaks(graph, "E_SPEC_ENDPOINTS");
    }
}

#[test]
fn t14_ids_are_unique_over_roles_and_endpoints_and_inserted_ones_have_their_form() {
    let mut twice = chain(Channel::Events, Channel::Events);
    twice.roles[0] = stage("in", "in.a", "a.out");
    breaks(twice, "E_SPEC_DUPLICATE_ID");
    for (id, good) in [
        ("bridge.in.a", true),
        ("bridge.in", true),
        ("b", true),
        ("router.in", false),
        ("bridge.in.a.b", false),
        ("bridge.", false),
        ("bridge.In", false),
    ] {
        let mut graph = chain(Channel::Events, Channel::Journal);
        graph.roles[0] = bridge(id, "in.a", "a.out");
        if good {
            keeps(graph);
        } else {
            breaks(graph, "E_SPEC_ID");
        }
    }
    let mut dotted = chain(Channel::Events, Channel::Events);
    dotted.roles[0] = stage("a.b", "in.a", "a.out");
    breaks(dotted, "E_SPEC_ID");
}

#[test]
fn t15_a_graph_has_no_circle() {
    let mut graph = chain(Channel::Events, Channel::Events);
    graph.lanes.push(lane("b.b", Channel::Events));
    graph.roles.push(stage("b", "b.b", "b.b"));
    breaks(graph, "E_SPEC_CYCLE");
}

/// The page says which test each of its lines has, and this file has them.
#[test]
fn every_line_of_the_table_names_a_test_that_is_here() {
    let page = include_str!("../../../docs/spec/lowering.md");
    let here = include_str!("lane_graph_table.rs");
    for number in 1..=15 {
        assert_eq!(
            page.matches(&format!("T{number} |")).count()
                + page.matches(&format!("(T{number})")).count(),
            1
        );
        assert!(here.contains(&format!("fn t{number}_")));
    }
    // The plan language reaches each kind at each place of the table.
    for kind in ["events", "journal", "sequenced_slots 8", "fanout_broadcast"] {
        let text = format!(
            "pipeline p\ningress in\nstage a identity\negress out\nin -[{kind}]-> a -[{kind}]-> out\n"
        );
        assert!(compile(&text, ExecutionTarget::LaneGraph).report.is_some());
    }
}
