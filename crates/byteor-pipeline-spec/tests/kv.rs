//! The KV text: golden forms, round trips, and hostile input.

use byteor_pipeline_spec::*;
use proptest::prelude::*;

const CHAIN: &str = "single_ring.shards=1
single_ring.producer=single
single_ring.scheduling=dedicated
single_ring.ordering=strict
single_ring.stages.0.id=parse
single_ring.stages.0.op=named
single_ring.stages.0.key=keep:^\\{
single_ring.stages.1.id=mask
single_ring.stages.1.op=named
single_ring.stages.1.key=replace:[^ ]+@[^ ]+=***
single_ring.stages.1.depends_on.0=0
single_ring.stages.2.id=out_copy
single_ring.stages.2.op=identity
single_ring.stages.2.depends_on.0=1
";

fn chain() -> PipelineSpecV1 {
    single_ring_chain(&[
        ("parse", "keep:^\\{"),
        ("mask", "replace:[^ ]+@[^ ]+=***"),
        ("out_copy", "identity"),
    ])
}

#[test]
fn a_chain_has_this_text_and_this_hash() {
    assert_eq!(encode_kv_v1(&chain()), CHAIN);
    assert_eq!(decode_kv_v1(CHAIN).unwrap(), chain());
    assert_eq!(spec_hash(&chain()), sha256_hex(CHAIN.as_bytes()));
    assert_eq!(
        sha256_hex(b"abc"),
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(validate_v1(&chain()), []);
}

#[test]
fn the_order_of_stages_in_a_spec_is_decided_by_dependencies_and_then_by_id() {
    let one = SingleRingBuilder::new()
        .stage("a", "keep:x", &[])
        .stage("c", "keep:y", &[0])
        .stage("b", "keep:z", &[0])
        .stage("d", "identity", &[1, 2])
        .build();
    let other = SingleRingBuilder::new()
        .stage("a", "keep:x", &[])
        .stage("b", "keep:z", &[0])
        .stage("c", "keep:y", &[0])
        .stage("d", "identity", &[1, 2])
        .build();
    assert_eq!(encode_kv_v1(&one), encode_kv_v1(&other));
}

#[test]
fn errors_name_code_line_and_column() {
    let at = |text: &str| {
        let error = decode_kv_v1(text).unwrap_err();
        (error.code, error.line, error.column)
    };
    assert_eq!(at(""), ("E_KV_SHAPE", 1, 1));
    assert_eq!(at("other.key=1\n"), ("E_KV_SHAPE", 1, 1));
    assert_eq!(
        at("single_ring.shards=1\nlane_graph.on_full=block\n"),
        ("E_KV_SHAPE", 2, 1)
    );
    assert_eq!(at("single_ring.shards=1\n\n"), ("E_KV_LINE", 2, 1));
    assert_eq!(at("single_ring.shards=01\n"), ("E_KV_VALUE", 1, 20));
    assert_eq!(at("single_ring.shards = 1\n"), ("E_KV_KEY", 1, 13));
    assert_eq!(at("single_ring..shards=1\n"), ("E_KV_KEY", 1, 13));
    assert_eq!(at("single_ring.shards=1\r\n"), ("E_KV_ENCODING", 1, 21));
    assert_eq!(at("single_ring.shards=é\n"), ("E_KV_ENCODING", 1, 20));
    assert_eq!(
        at("single_ring.shards=1\nsingle_ring.shards=1\n"),
        ("E_KV_DUPLICATE", 2, 1)
    );
    assert_eq!(at("single_ring.shards=1\n"), ("E_KV_MISSING", 2, 1));
    assert_eq!(
        at(&CHAIN.replace("stages.2", "stages.3")),
        ("E_KV_GAP", 12, 1)
    );
    assert_eq!(
        at(&CHAIN.replace("stages.2", "stages.4294967295")),
        ("E_KV_GAP", 12, 1)
    );
    assert_eq!(
        at(&CHAIN.replace("stages.2", "stages.02")),
        ("E_KV_KEY", 12, 20)
    );
    assert_eq!(
        at(&CHAIN.replace("producer=single", "producer=")),
        ("E_KV_VALUE", 2, 22)
    );
    assert_eq!(at(&"x".repeat(KV_MAX_BYTES + 1)), ("E_KV_TOO_LONG", 1, 1));
}

#[test]
fn unknown_keys_are_ignored_and_the_text_is_then_not_canonical() {
    let text = format!("{CHAIN}zebra=1\nsingle_ring.color=red\n");
    let spec = decode_kv_v1(&text).unwrap();
    assert_eq!(spec, chain());
    assert_ne!(encode_kv_v1(&spec), text);
}

#[test]
fn each_rule_of_a_ring_has_its_code() {
    let codes = |change: &dyn Fn(&mut SingleRingSpec)| {
        let PipelineSpecV1::SingleRing(mut ring) = chain() else {
            unreachable!()
        };
        change(&mut ring);
        validate_v1(&PipelineSpecV1::SingleRing(ring))
            .into_iter()
            .map(|problem| problem.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&|ring| ring.shards = 0), ["E_SPEC_SHARDS"]);
    assert_eq!(codes(&|ring| ring.shards = 2), ["E_SPEC_ORDERING"]);
    assert_eq!(
        codes(&|ring| ring.producer = Producer::Mpmc),
        ["E_SPEC_PRODUCER"]
    );
    assert_eq!(
        codes(&|ring| ring.scheduling = Scheduling::WorkQueue),
        ["E_SPEC_SCHEDULING"]
    );
    assert_eq!(
        codes(&|ring| ring.ordering = Ordering::PerKey),
        ["E_SPEC_SHARD_KEY"]
    );
    let key = |length| Some(ShardKey { offset: 0, length });
    assert_eq!(codes(&|ring| ring.shard_key = key(1)), ["E_SPEC_SHARD_KEY"]);
    assert_eq!(
        codes(&|ring| {
            ring.ordering = Ordering::PerKey;
            ring.shard_key = key(0);
        }),
        ["E_SPEC_SHARD_KEY"]
    );
    assert_eq!(codes(&|ring| ring.stages.clear()), ["E_SPEC_STAGE_COUNT"]);
    assert_eq!(
        codes(&|ring| ring.stages[1].id = "parse".into()),
        ["E_SPEC_DUPLICATE_ID"]
    );
    assert_eq!(
        codes(&|ring| ring.stages[1].id = "Mask".into()),
        ["E_SPEC_ID"]
    );
    assert_eq!(
        codes(&|ring| ring.stages[1].op = StageOp::Named { key: "a\n".into() }),
        ["E_SPEC_KEY"]
    );
    assert_eq!(
        codes(&|ring| ring.stages[1].op = StageOp::Named {
            key: "identity".into()
        }),
        ["E_SPEC_KEY"]
    );
    assert_eq!(
        codes(&|ring| ring.stages[2].depends_on = vec![1, 1]),
        ["E_SPEC_DEPENDS_ON"]
    );
    assert_eq!(
        codes(&|ring| ring.stages[2].depends_on = vec![1, 2]),
        ["E_SPEC_DEPENDS_ON"]
    );
    assert_eq!(
        codes(&|ring| ring.stages[2].depends_on = vec![0]),
        ["E_SPEC_RELEASE"]
    );
}

#[test]
fn a_lane_graph_round_trips_and_its_rules_hold() {
    let lane = |id: &str, channel| Lane {
        id: id.into(),
        channel,
    };
    let stage = |id: &str, key: &str, rx: &str, tx: &str| Role {
        id: id.into(),
        work: RoleWork::Stage {
            op: StageOp::from_key(key),
            rx: rx.into(),
            tx: tx.into(),
        },
    };
    let graph = LaneGraphSpec {
        on_full: OnFull::Block,
        lanes: vec![
            lane("in.a", Channel::Events),
            lane(
                "a.fanout_broadcast",
                Channel::FanoutBroadcast { consumers: 2 },
            ),
            lane(
                "b.sequenced_slots",
                Channel::SequencedSlots { capacity: 64 },
            ),
            lane("c.out2", Channel::Journal),
        ],
        endpoints: vec![
            Endpoint {
                id: "in".into(),
                kind: EndpointKind::Ingress,
                lane: "in.a".into(),
            },
            Endpoint {
                id: "out".into(),
                kind: EndpointKind::Egress,
                lane: "b.sequenced_slots".into(),
            },
            Endpoint {
                id: "out2".into(),
                kind: EndpointKind::Egress,
                lane: "c.out2".into(),
            },
        ],
        roles: vec![
            stage("a", "identity", "in.a", "a.fanout_broadcast"),
            stage("c", "drop:x", "a.fanout_broadcast", "c.out2"),
            stage("b", "keep:x", "a.fanout_broadcast", "b.sequenced_slots"),
        ],
    };
    let spec = PipelineSpecV1::LaneGraph(graph.clone());
    assert_eq!(validate_v1(&spec), []);
    let text = encode_kv_v1(&spec);
    assert_eq!(encode_kv_v1(&decode_kv_v1(&text).unwrap()), text);
    let json = serde_json::to_string(&spec).unwrap();
    assert_eq!(serde_json::from_str::<PipelineSpecV1>(&json).unwrap(), spec);

    let codes = |change: &dyn Fn(&mut LaneGraphSpec)| {
        let mut graph = graph.clone();
        change(&mut graph);
        validate_v1(&PipelineSpecV1::LaneGraph(graph))
            .into_iter()
            .map(|problem| problem.code)
            .collect::<Vec<_>>()
    };
    let slots = |capacity| Channel::SequencedSlots { capacity };
    let fanout = |consumers| Channel::FanoutBroadcast { consumers };
    assert_eq!(
        codes(&|g| g.lanes[2].channel = slots(0)),
        ["E_SPEC_LANE_CAPACITY"]
    );
    assert_eq!(
        codes(&|g| g.lanes[2].channel = slots(1025)),
        ["E_SPEC_LANE_CAPACITY"]
    );
    assert_eq!(
        codes(&|g| g.lanes[1].channel = fanout(3)),
        ["E_SPEC_LANE_READERS"]
    );
    assert_eq!(
        codes(&|g| g.lanes[1].channel = fanout(0)),
        ["E_SPEC_LANE_CONSUMERS", "E_SPEC_LANE_READERS"]
    );
    assert_eq!(
        codes(&|g| g.lanes[1].channel = Channel::Events),
        ["E_SPEC_LANE_READERS"]
    );
    assert_eq!(
        codes(&|g| g.lanes.push(lane("x.y", Channel::Events))),
        ["E_SPEC_LANE_WRITERS", "E_SPEC_LANE_READERS"]
    );
    assert_eq!(codes(&|g| g.lanes[0].id = "in_a".into())[0], "E_SPEC_ID");
    assert!(codes(&|g| g.endpoints[0].lane = "no.pe".into()).contains(&"E_SPEC_REFERENCE"));
    assert!(
        codes(&|g| g.endpoints.retain(|e| e.kind != EndpointKind::Ingress))
            .contains(&"E_SPEC_ENDPOINTS")
    );
    assert!(
        codes(&|g| g.roles[0] = stage("a", "identity", "b.sequenced_slots", "a.fanout_broadcast"))
            .contains(&"E_SPEC_CYCLE")
    );
    assert!(
        codes(&|g| g.roles[0].work = RoleWork::Router {
            rx: "in.a".into(),
            tx: vec!["a.fanout_broadcast".into()]
        })
        .contains(&"E_SPEC_ROLE_LANES")
    );
}

fn any_ring() -> impl Strategy<Value = SingleRingSpec> {
    let stage = ("[a-z][a-z0-9_]{0,6}", "[ -~]{1,20}", any::<u8>());
    (
        proptest::collection::vec(stage, 0..6),
        0u32..5,
        any::<bool>(),
    )
        .prop_map(|(stages, shards, per_key)| SingleRingSpec {
            shards,
            producer: Producer::Single,
            scheduling: Scheduling::Dedicated,
            ordering: if per_key {
                Ordering::PerKey
            } else {
                Ordering::Strict
            },
            shard_key: per_key.then_some(ShardKey {
                offset: shards,
                length: 4,
            }),
            stages: stages
                .into_iter()
                .enumerate()
                .map(|(index, (id, key, mask))| RingStage {
                    id,
                    op: StageOp::from_key(&key),
                    depends_on: (0..index as u32)
                        .filter(|at| mask & (1 << at) != 0)
                        .collect(),
                })
                .collect(),
        })
}

/// A lane id, an id, or anything else that a KV value can hold.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-d]\\.[a-d]",
        2 => "[a-z][a-z0-9_]{0,6}",
        1 => "[ -~]{0,8}",
    ]
}

fn any_graph() -> impl Strategy<Value = LaneGraphSpec> {
    let channel = prop_oneof![
        Just(Channel::Events),
        Just(Channel::Journal),
        any::<u32>().prop_map(|capacity| Channel::SequencedSlots { capacity }),
        (0u32..6).prop_map(|consumers| Channel::FanoutBroadcast { consumers }),
    ];
    let lane = (name(), channel).prop_map(|(id, channel)| Lane { id, channel });
    let endpoint = (name(), any::<bool>(), name()).prop_map(|(id, ingress, lane)| Endpoint {
        id,
        kind: if ingress {
            EndpointKind::Ingress
        } else {
            EndpointKind::Egress
        },
        lane,
    });
    let several = || proptest::collection::vec(name(), 0..4);
    let work = prop_oneof![
        ("[ -~]{1,12}", name(), name()).prop_map(|(key, rx, tx)| RoleWork::Stage {
            op: StageOp::from_key(&key),
            rx,
            tx,
        }),
        (name(), name()).prop_map(|(rx, tx)| RoleWork::Bridge { rx, tx }),
        (name(), several()).prop_map(|(rx, tx)| RoleWork::Router { rx, tx }),
        (several(), name(), any::<bool>()).prop_map(|(rx, tx, turns)| RoleWork::Merge {
            rx,
            tx,
            policy: if turns {
                MergePolicy::RoundRobin
            } else {
                MergePolicy::Priority
            },
        }),
    ];
    let role = (name(), work).prop_map(|(id, work)| Role { id, work });
    (
        any::<bool>(),
        proptest::collection::vec(lane, 0..6),
        proptest::collection::vec(endpoint, 0..4),
        proptest::collection::vec(role, 0..6),
    )
        .prop_map(|(drop, lanes, endpoints, roles)| LaneGraphSpec {
            on_full: if drop { OnFull::Drop } else { OnFull::Block },
            lanes,
            endpoints,
            roles,
        })
}

/// The laws of a spec that has the right shape, whether or not it keeps the rules.
fn round_trips(spec: &PipelineSpecV1) -> Result<(), TestCaseError> {
    let text = encode_kv_v1(spec);
    let decoded = decode_kv_v1(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&decoded, &canonical(spec));
    prop_assert_eq!(&encode_kv_v1(&decoded), &text);
    // Lines in another order are the same spec, and encode to the one text.
    let mut lines: Vec<&str> = text.lines().collect();
    lines.reverse();
    let shuffled =
        decode_kv_v1(&lines.join("\n")).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&encode_kv_v1(&shuffled), &text);
    prop_assert_eq!(canonical(&decoded), decoded.clone());
    let _ = (describe(spec, &|_| None), dot(spec), validate_v1(spec));
    prop_assert!(diff(spec, &decoded, &|_| None, None).equal);
    Ok(())
}

proptest! {
    #[test]
    fn encoding_a_ring_is_canonical_and_round_trips(ring in any_ring()) {
        round_trips(&PipelineSpecV1::SingleRing(ring))?;
    }

    #[test]
    fn encoding_a_lane_graph_is_canonical_and_round_trips(graph in any_graph()) {
        round_trips(&PipelineSpecV1::LaneGraph(graph))?;
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        let _ = decode_kv_v1(&text);
    }

    #[test]
    fn a_damaged_text_is_read_or_refused(at in 0usize..CHAIN.len(), byte in 0u8..128, cut in any::<bool>()) {
        let mut bytes = CHAIN.as_bytes().to_vec();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(spec) = decode_kv_v1(&String::from_utf8(bytes).unwrap()) {
            let _ = (validate_v1(&spec), describe(&spec, &|_| None), dot(&spec), spec_hash(&spec));
        }
    }
}
