//! Laws of lowering, on generated plans for lane graphs (docs/spec/lowering.md).

use std::collections::{BTreeMap, BTreeSet};

use byteor_pipeline::lower::{LowerOptions, lower_v2};
use byteor_pipeline::plan::{Diagnostics, parse, validate_plan_v2};
use byteor_pipeline::spec::{Channel, EndpointKind, LaneGraphSpec, LaneKind, RoleWork};
use byteor_pipeline::*;
use proptest::prelude::*;

const TARGET: ExecutionTarget = ExecutionTarget::LaneGraph;

/// A small source of choices, so that one number makes a plan.
struct Choices(u64);

impl Choices {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

const KINDS: [&str; 4] = ["events", "journal", "sequenced_slots", "fanout_broadcast"];

/// The lines of a valid plan: boundaries, stages in layers, connections of all kinds, settings.
/// The ids are words that inserted names are made of, to see that these never meet.
fn plan_lines(seed: u64) -> Vec<String> {
    let mut choose = Choices(seed);
    let words = [
        "router", "merge", "bridge", "a", "b", "in", "out", "lane", "d", "e9", "priority", "x_y",
    ];
    let name = |at: usize| match at / words.len() {
        0 => words[at].to_owned(),
        round => format!("{}_{round}", words[at % words.len()]),
    };
    let ingresses = 1 + choose.below(3);
    let stages = 1 + choose.below(14);
    let egresses = 1 + choose.below(3);
    let mut ids: Vec<String> = (0..ingresses + stages + egresses).map(name).collect();
    for at in (1..ids.len()).rev() {
        ids.swap(at, choose.below(at + 1));
    }
    let first_egress = ingresses + stages;
    let mut lines = vec!["pipeline p".to_owned()];
    for (at, id) in ids.iter().enumerate() {
        lines.push(match at {
            at if at < ingresses => format!("ingress {id}"),
            at if at >= first_egress => format!("egress {id}"),
            _ => format!(
                "stage {id} {}",
                ["identity", "keep:x", "replace:a=b"][choose.below(3)]
            ),
        });
    }
    let mut links: BTreeSet<(usize, usize)> = BTreeSet::new();
    // Every stage has something before it and something behind it, and every boundary a stage.
    for stage in ingresses..first_egress {
        links.insert((choose.below(stage), stage));
        let behind = stage + 1 + choose.below(ids.len() - stage - 1);
        links.insert((stage, behind));
    }
    for ingress in 0..ingresses {
        links.insert((ingress, ingresses + choose.below(stages)));
    }
    for egress in first_egress..ids.len() {
        links.insert((ingresses + choose.below(stages), egress));
    }
    for _ in 0..choose.below(30) {
        let from = choose.below(first_egress);
        let to = from + 1 + choose.below(ids.len() - from - 1);
        links.insert((from, to));
    }
    links.retain(|&(from, to)| to >= ingresses && !(from < ingresses && to >= first_egress));
    let even = choose.below(5);
    for &(from, to) in &links {
        // Now and then all connections are of one kind, so that lanes fill up.
        let kind = if even < 4 && choose.below(4) > 0 {
            KINDS[even]
        } else {
            KINDS[choose.below(4)]
        };
        let arrow = match (choose.below(4), kind) {
            (0, _) => "->".to_owned(),
            (_, "sequenced_slots") => "-[sequenced_slots 16]->".to_owned(),
            (_, kind) => format!("-[{kind}]->"),
        };
        lines.push(format!("{} {arrow} {}", ids[from], ids[to]));
    }
    let mut settings = Vec::new();
    for side in ["ingress", "egress"] {
        if choose.below(2) == 0 {
            let kind = KINDS[choose.below(4)];
            settings.push(match kind {
                "sequenced_slots" => format!("{side} {kind} 16"),
                _ => format!("{side} {kind}"),
            });
        }
    }
    if choose.below(2) == 0 {
        settings.push(format!(
            "merge {}",
            ["round_robin", "priority"][choose.below(2)]
        ));
    }
    for (to, id) in ids.iter().enumerate() {
        let mut inputs: Vec<usize> = links
            .iter()
            .filter(|link| link.1 == to)
            .map(|l| l.0)
            .collect();
        if inputs.len() > 1 && choose.below(3) == 0 {
            for at in (1..inputs.len()).rev() {
                inputs.swap(at, choose.below(at + 1));
            }
            inputs.truncate(choose.below(inputs.len() + 1));
            let list: Vec<&str> = inputs.iter().map(|&at| ids[at].as_str()).collect();
            settings.push(
                format!("merge {id} priority {}", list.join(" "))
                    .trim()
                    .to_owned(),
            );
        }
    }
    if choose.below(2) == 0 {
        settings.push("on_full drop".to_owned());
    }
    if !settings.is_empty() {
        lines.push(format!("lane_graph {{ {} }}", settings.join("; ")));
    }
    lines
}

fn report(text: &str) -> CompileReportV1 {
    let compilation = compile(text, TARGET);
    compilation
        .report
        .unwrap_or_else(|| panic!("{text}\n{:#?}", compilation.diagnostics))
}

fn graph(report: &CompileReportV1) -> &LaneGraphSpec {
    match &report.spec {
        PipelineSpecV1::LaneGraph(graph) => graph,
        PipelineSpecV1::SingleRing(_) => panic!("a lane graph"),
    }
}

/// For each element, the elements that its records reach, with the KV paths on each way.
fn ways(graph: &LaneGraphSpec) -> BTreeMap<String, Vec<(String, BTreeSet<String>)>> {
    let lane: BTreeMap<&str, usize> = (0..graph.lanes.len())
        .map(|at| (graph.lanes[at].id.as_str(), at))
        .collect();
    let mut readers: Vec<Vec<Result<usize, usize>>> = vec![Vec::new(); graph.lanes.len()];
    for (at, role) in graph.roles.iter().enumerate() {
        for rx in role.work.rx() {
            readers[lane[rx.as_str()]].push(Ok(at));
        }
    }
    let mut starts: Vec<(&str, usize)> = Vec::new();
    for (at, endpoint) in graph.endpoints.iter().enumerate() {
        let lane = lane[endpoint.lane.as_str()];
        match endpoint.kind {
            EndpointKind::Egress => readers[lane].push(Err(at)),
            EndpointKind::Ingress => starts.push((&endpoint.id, lane)),
        }
    }
    for role in &graph.roles {
        if let RoleWork::Stage { tx, .. } = &role.work {
            starts.push((&role.id, lane[tx.as_str()]));
        }
    }
    let mut ways: BTreeMap<String, Vec<(String, BTreeSet<String>)>> = BTreeMap::new();
    for (start, first) in starts {
        let mut open = vec![(first, BTreeSet::new())];
        while let Some((at, mut path)) = open.pop() {
            path.insert(format!("lane_graph.lanes.{at}"));
            for reader in &readers[at] {
                let reached = match *reader {
                    Err(endpoint) => graph.endpoints[endpoint].id.clone(),
                    Ok(role) => match &graph.roles[role].work {
                        RoleWork::Stage { .. } => graph.roles[role].id.clone(),
                        inserted => {
                            for tx in inserted.tx() {
                                let mut path = path.clone();
                                path.insert(format!("lane_graph.roles.{role}"));
                                open.push((lane[tx.as_str()], path));
                            }
                            continue;
                        }
                    },
                };
                ways.entry(start.to_owned())
                    .or_default()
                    .push((reached, path.clone()));
            }
        }
    }
    ways
}

/// Every part of a spec that a map has to know, by its KV path.
fn parts(spec: &PipelineSpecV1) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    let mut list = |path: &str, ids: Vec<String>| {
        for (at, id) in ids.into_iter().enumerate() {
            parts.push((format!("{path}.{at}"), id));
        }
    };
    match spec {
        PipelineSpecV1::SingleRing(ring) => {
            let id = |at: usize| ring.stages[at].id.clone();
            list(
                "single_ring.stages",
                (0..ring.stages.len()).map(id).collect(),
            );
            for (at, stage) in ring.stages.iter().enumerate() {
                list(
                    &format!("single_ring.stages.{at}.depends_on"),
                    stage.depends_on.iter().map(|&at| id(at as usize)).collect(),
                );
            }
        }
        PipelineSpecV1::LaneGraph(graph) => {
            list(
                "lane_graph.lanes",
                graph.lanes.iter().map(|lane| lane.id.clone()).collect(),
            );
            list(
                "lane_graph.endpoints",
                graph.endpoints.iter().map(|end| end.id.clone()).collect(),
            );
            list(
                "lane_graph.roles",
                graph.roles.iter().map(|role| role.id.clone()).collect(),
            );
        }
    }
    parts
}

/// Every part of the spec is in the map, every element of the plan is, and both directions agree.
fn check_map(text: &str, target: ExecutionTarget) {
    let compilation = compile(text, target);
    let (graph, report) = (compilation.graph, compilation.report.unwrap());
    let elements: BTreeSet<&str> = graph
        .boundaries
        .iter()
        .map(|boundary| boundary.id.as_str())
        .chain(graph.stages.iter().map(|stage| stage.id.as_str()))
        .chain(graph.connections.iter().map(|link| link.id.as_str()))
        .collect();
    let parts = parts(&report.spec);
    let mapped: usize = report.map.lists.iter().map(|list| list.parts.len()).sum();
    assert_eq!(parts.len(), mapped);
    let mut back: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, id) in &parts {
        let part = report
            .map
            .part(path)
            .unwrap_or_else(|| panic!("{path}\n{text}"));
        assert_eq!(&part.id, id);
        assert!(!part.elements.is_empty(), "{path}\n{text}");
        let mut once = BTreeSet::new();
        for element in &part.elements {
            assert!(
                elements.contains(element.as_str()),
                "{path}: {element}\n{text}"
            );
            assert!(once.insert(element), "{path}: {element} twice\n{text}");
            back.entry(element).or_default().push(path.clone());
        }
    }
    for element in elements {
        let mut paths = report.map.paths(element);
        assert!(!paths.is_empty(), "{element} became nothing\n{text}");
        let mut known = back.remove(element).unwrap();
        paths.sort();
        known.sort();
        assert_eq!(paths, known);
    }
}

proptest! {
    #[test]
    fn the_roles_that_are_foreseen_are_those_that_are_inserted(seed in any::<u64>(), cut in any::<prop::sample::Index>()) {
        let mut lines = plan_lines(seed);
        let text = lines.join("\n");
        let report = report(&text);
        let inserted: Vec<(String, Option<&str>, Vec<String>)> = report
            .map
            .lists
            .iter()
            .flat_map(|list| &list.parts)
            .filter(|part| matches!(part.kind, Some("bridge" | "router" | "merge")))
            .map(|part| (part.id.clone(), part.kind, part.elements.clone()))
            .collect();
        let roles = lower::foreseen_roles(&text, TARGET);
        let foreseen: Vec<(String, Option<&str>, Vec<String>)> = roles
            .iter()
            .map(|role| {
                let mut elements = role.elements.clone();
                // A bridge's element stands behind its connections there.
                if role.kind == "bridge" {
                    elements.rotate_right(1);
                }
                (role.id.clone(), Some(role.kind), elements)
            })
            .collect();
        prop_assert_eq!(foreseen, inserted);
        // Any part of a plan has an answer, whatever is missing.
        lines.remove(cut.index(lines.len()));
        lower::foreseen_roles(&lines.join("\n"), TARGET);
    }

    #[test]
    fn every_lowered_spec_keeps_all_rules(seed in any::<u64>()) {
        let text = plan_lines(seed).join("\n");
        let report = report(&text);
        prop_assert_eq!(validate_v1(&report.spec), [], "{}", text);
        prop_assert_eq!(check_spec(&report.spec), [], "{}", text);
        // It is canonical as it comes.
        let decoded = decode_kv_v1(&report.spec_kv).unwrap();
        prop_assert_eq!(&decoded, &report.spec, "{}", text);
        prop_assert_eq!(encode_kv_v1(&decoded), report.spec_kv, "{}", text);
        prop_assert_eq!(spec::canonical(&report.spec), report.spec);
    }

    #[test]
    fn each_record_takes_each_connection_once_and_no_other_way(seed in any::<u64>()) {
        let text = plan_lines(seed).join("\n");
        let compilation = compile(&text, TARGET);
        let report = compilation.report.unwrap();
        let mut ways = ways(graph(&report));
        for link in &compilation.graph.connections {
            let from = ways.get_mut(&link.from).unwrap();
            let found: Vec<usize> = (0..from.len()).filter(|&at| from[at].0 == link.to).collect();
            prop_assert_eq!(found.len(), 1, "{} in\n{}\n{}", link.id, text, report.spec_kv);
            // The map knows exactly this way.
            let (_, way) = from.swap_remove(found[0]);
            let paths: BTreeSet<String> = report.map.paths(&link.id).into_iter().collect();
            prop_assert_eq!(way, paths, "{} in\n{}", link.id, text);
        }
        prop_assert!(ways.values().all(Vec::is_empty), "{:?} in\n{}", ways, text);
    }

    #[test]
    fn a_map_leads_there_and_back(seed in any::<u64>()) {
        check_map(&plan_lines(seed).join("\n"), TARGET);
    }

    #[test]
    fn the_order_of_lines_never_changes_a_lane_graph(seed in any::<u64>(), order in any::<u64>()) {
        let lines = plan_lines(seed);
        let mut shuffled = lines.clone();
        let mut choose = Choices(order);
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, choose.below(at + 1));
        }
        let (one, other) = (report(&lines.join("\n")), report(&shuffled.join("\n")));
        prop_assert_eq!(&one.spec_kv, &other.spec_kv);
        prop_assert_eq!(&one.map, &other.map);
        let said = |report: &CompileReportV1| -> Vec<String> {
            report.actions.iter().map(|action| format!("{} {}", action.code, action.message)).collect()
        };
        prop_assert_eq!(said(&one), said(&other));
    }

    #[test]
    fn each_insertion_is_said_once_with_its_reason(seed in any::<u64>()) {
        let text = plan_lines(seed).join("\n");
        let report = report(&text);
        let graph = graph(&report);
        let inserted: BTreeMap<&str, &str> = graph
            .roles
            .iter()
            .filter_map(|role| match role.work {
                RoleWork::Stage { .. } => None,
                RoleWork::Bridge { .. } => Some((role.id.as_str(), "A_BRIDGE_INSERTED")),
                RoleWork::Router { .. } => Some((role.id.as_str(), "A_ROUTER_PLACED")),
                RoleWork::Merge { .. } => Some((role.id.as_str(), "A_MERGE_ADDED")),
            })
            .collect();
        let mut said = BTreeMap::new();
        for action in &report.actions {
            prop_assert!(action.message.len() < 400 && action.help.is_some());
            prop_assert_eq!(action.phase, plan::Phase::Lowering);
            if let Some(role) = action.args.get("role") {
                prop_assert!(said.insert(role.as_str(), action.code.as_str()).is_none());
                let place = graph.roles.iter().position(|known| known.id == *role).unwrap();
                let part = report.map.part(&format!("lane_graph.roles.{place}")).unwrap();
                let (mut here, mut there) = (action.elements.clone(), part.elements.clone());
                here.sort();
                there.sort();
                prop_assert_eq!(here, there);
            } else {
                prop_assert_eq!(action.code.as_str(), "A_LANE_SHARED");
            }
        }
        prop_assert_eq!(said, inserted, "{}", text);
    }

    #[test]
    fn options_never_change_a_spec(seed in any::<u64>()) {
        let text = plan_lines(seed).join("\n");
        let mut diagnostics = Diagnostics::default();
        let document = parse(&text, &mut diagnostics);
        let plan = validate_plan_v2(&document, TARGET, &mut diagnostics).unwrap();
        let whole = lower_v2(&plan, TARGET, LowerOptions::default()).unwrap();
        let bare = lower_v2(&plan, TARGET, LowerOptions::spec_only()).unwrap();
        prop_assert_eq!(whole.spec, bare.spec);
        prop_assert!(bare.map.lists.is_empty() && bare.actions.is_empty());
        prop_assert!(!whole.map.lists.is_empty());
        let other = lower_v2(&plan, ExecutionTarget::SingleRing, LowerOptions::default());
        prop_assert_eq!(other.unwrap_err()[0].code, "E_LOWER_TARGET");
    }
}

#[test]
fn the_map_of_a_ring_leads_there_and_back() {
    for keys in [["identity"; 4], ["keep:a"; 4]] {
        for links in [
            "in -> a -> b -> c -> d -> out",
            "in -> a -> d -> out\nin -> b -> d\na -> c -> d\nin -> c",
            "in -> d -> out\nin -> a -> d\nin -> b -> d\nin -> c -> d",
        ] {
            let [a, b, c, d] = keys;
            let text = format!(
                "pipeline p\ningress in\nstage a {a}\nstage b {b}\nstage c {c}\nstage d {d}\negress out\n{links}\n"
            );
            if compile(&text, ExecutionTarget::SingleRing).report.is_some() {
                check_map(&text, ExecutionTarget::SingleRing);
            }
        }
    }
}

/// The boundaries of what a lane takes: one reader fewer, exactly as many, one more.
#[test]
fn readers_beyond_a_lane_s_limit_get_a_router() {
    for kind in ["journal", "sequenced_slots 8", "fanout_broadcast"] {
        for readers in [1, 2, 3, 4, 5, 8, 9] {
            let mut text = String::from("pipeline p\ningress in\nstage a identity\nin -> a\n");
            for at in 0..readers {
                text.push_str(&format!(
                    "stage s{at} identity\negress o{at}\na -[{kind}]-> s{at} -> o{at}\n"
                ));
            }
            let report = report(&text);
            let routers = report
                .actions
                .iter()
                .filter(|action| action.code == "A_ROUTER_PLACED")
                .count();
            assert_eq!(routers, usize::from(readers > 4), "{kind} {readers}");
            let lanes = graph(&report)
                .lanes
                .iter()
                .filter(|lane| lane.id.starts_with("a.") && lane.channel.kind() != LaneKind::Events)
                .count();
            assert_eq!(lanes, (readers as usize).div_ceil(4));
            for lane in &graph(&report).lanes {
                if let Channel::FanoutBroadcast { consumers } = lane.channel {
                    assert!((1..=4).contains(&consumers));
                }
            }
        }
    }
}

/// A boundary's lane feeds what the other connections ask for as long as it has room for a reader.
#[test]
fn a_boundary_s_lane_feeds_others_while_it_has_room() {
    for (direct, feeds) in [(0, false), (1, true), (3, true), (4, false), (5, false)] {
        let mut text = String::from("pipeline p\ningress in\nstage last identity\n");
        text.push_str("in -[events]-> last\negress end\nlast -> end\n");
        for at in 0..direct {
            text.push_str(&format!(
                "stage s{at} identity\negress o{at}\nin -> s{at} -> o{at}\n"
            ));
        }
        text.push_str("lane_graph { ingress fanout_broadcast }\n");
        let report = report(&text);
        let graph = graph(&report);
        let own = graph.endpoints.iter().find(|end| end.id == "in").unwrap();
        assert_eq!(own.lane == "in.fanout_broadcast", feeds, "{direct}");
        let lane = graph.lanes.iter().find(|lane| lane.id == own.lane).unwrap();
        assert_eq!(lane.channel.kind(), LaneKind::FanoutBroadcast);
        if feeds {
            let consumers = direct + 1;
            assert_eq!(lane.channel, Channel::FanoutBroadcast { consumers });
        }
    }
}

#[test]
fn wide_plans_are_lowered_with_messages_that_stay_short() {
    let mut text = String::from(
        "pipeline p\ningress in\nstage a identity\nstage z identity\negress out\nin -> a\nz -> out\n",
    );
    for at in 0..5000 {
        text.push_str(&format!("stage s{at} identity\na -> s{at} -> z\n"));
    }
    let list: Vec<String> = (0..5000).rev().map(|at| format!("s{at}")).collect();
    text.push_str(&format!(
        "lane_graph {{ merge z priority {} }}\n",
        list.join(" ")
    ));
    let report = report(&text);
    for action in &report.actions {
        assert!(action.message.len() < 400, "{}", action.message);
    }
    let merge = graph(&report)
        .roles
        .iter()
        .find(|role| role.id == "merge.z")
        .unwrap();
    assert_eq!(merge.work.rx()[0], "s4999.z");
    assert_eq!(merge.work.rx()[4999], "s0.z");
}
