//! A lane graph in sentences: ways are told between stages and boundaries, as their author drew
//! them, and inserted roles in a section of their own.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use super::{AskEffect, Stages, Text, names, plural};
use crate::{
    Channel, EndpointKind, InsertedWork, LaneGraphSpec, LaneKind, MergePolicy, OnFull, RoleWork,
};

/// Who writes and who reads each lane. Nodes are the roles, then the endpoints.
struct Wiring<'g> {
    graph: &'g LaneGraphSpec,
    lane: HashMap<&'g str, usize>,
    writer: Vec<Option<usize>>,
    readers: Vec<Vec<usize>>,
}

impl<'g> Wiring<'g> {
    fn new(graph: &'g LaneGraphSpec) -> Self {
        let mut wiring = Self {
            graph,
            lane: graph
                .lanes
                .iter()
                .enumerate()
                .map(|(at, lane)| (lane.id.as_str(), at))
                .collect(),
            writer: vec![None; graph.lanes.len()],
            readers: vec![Vec::new(); graph.lanes.len()],
        };
        for node in 0..graph.roles.len() + graph.endpoints.len() {
            for lane in wiring.lanes(node, false) {
                wiring.writer[lane] = Some(node);
            }
            for lane in wiring.lanes(node, true) {
                wiring.readers[lane].push(node);
            }
        }
        wiring
    }

    fn id(&self, node: usize) -> &'g str {
        match self.graph.roles.get(node) {
            Some(role) => &role.id,
            None => &self.graph.endpoints[node - self.graph.roles.len()].id,
        }
    }

    /// The lanes that a node reads, or writes.
    fn lanes(&self, node: usize, reads: bool) -> Vec<usize> {
        let find = |id: &String| self.lane.get(id.as_str()).copied();
        match self.graph.roles.get(node) {
            Some(role) if reads => role.work.rx().iter().filter_map(find).collect(),
            Some(role) => role.work.tx().iter().filter_map(find).collect(),
            None => {
                let endpoint = &self.graph.endpoints[node - self.graph.roles.len()];
                let fits = (endpoint.kind == EndpointKind::Egress) == reads;
                find(&endpoint.lane).filter(|_| fits).into_iter().collect()
            }
        }
    }

    fn inserted(&self, node: usize) -> bool {
        let role = self.graph.roles.get(node);
        role.is_some_and(|role| !matches!(role.work, RoleWork::Stage { .. }))
    }

    /// The stages and boundaries behind a node, or in front of it, across inserted roles, by id.
    fn around(&self, node: usize, behind: bool) -> Vec<&'g str> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open = self.lanes(node, !behind);
        while let Some(lane) = open.pop() {
            let next = if behind {
                self.readers[lane].clone()
            } else {
                self.writer[lane].into_iter().collect()
            };
            for next in next {
                if !self.inserted(next) {
                    found.push(self.id(next));
                } else if seen.insert(next) {
                    open.extend(self.lanes(next, !behind));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The roles in an order in which records meet them, ties decided by id. Roles of a circle,
    /// which `validate_v1` refuses, come last.
    fn order(&self) -> Vec<usize> {
        let count = self.graph.roles.len();
        let mut waiting: Vec<usize> = (0..count)
            .map(|role| {
                self.lanes(role, true)
                    .into_iter()
                    .filter(|&lane| self.writer[lane].is_some_and(|writer| writer < count))
                    .count()
            })
            .collect();
        // Roles stand by id, so the smallest number is the smallest id.
        let mut ready: BinaryHeap<Reverse<usize>> = (0..count)
            .filter(|&role| waiting[role] == 0)
            .map(Reverse)
            .collect();
        let mut order = Vec::with_capacity(count);
        let mut taken = vec![false; count];
        while let Some(Reverse(role)) = ready.pop() {
            if std::mem::replace(&mut taken[role], true) {
                continue;
            }
            order.push(role);
            for lane in self.lanes(role, false) {
                for &reader in self.readers[lane].iter().filter(|&&reader| reader < count) {
                    waiting[reader] = waiting[reader].saturating_sub(1);
                    if waiting[reader] == 0 {
                        ready.push(Reverse(reader));
                    }
                }
            }
        }
        order.extend((0..count).filter(|&role| !taken[role]));
        order
    }
}

pub(super) fn describe(out: &mut Text, graph: &LaneGraphSpec, effect: AskEffect<'_>) {
    let wiring = Wiring::new(graph);
    let first_endpoint = graph.roles.len();
    let order = wiring.order();
    let mut ordered = Vec::new();
    let mut inserted = Vec::new();
    for role in order {
        match &graph.roles[role].work {
            RoleWork::Stage { op, .. } => ordered.push((role, op)),
            _ => inserted.push(role),
        }
    }
    let stages = Stages::new(
        effect,
        ordered.iter().map(|(role, op)| (wiring.id(*role), *op)),
    );
    let side = |kind: EndpointKind| -> Vec<usize> {
        (0..graph.endpoints.len())
            .filter(|&at| graph.endpoints[at].kind == kind)
            .map(|at| first_endpoint + at)
            .collect()
    };
    let (ins, outs) = (side(EndpointKind::Ingress), side(EndpointKind::Egress));
    let ids = |nodes: &[usize]| {
        nodes
            .iter()
            .map(|&node| wiring.id(node))
            .collect::<Vec<_>>()
    };
    out.add(&[
        "A lane graph of ",
        &plural(ordered.len(), "stage"),
        ": records come in at ",
        &names(&ids(&ins)),
        " and leave at ",
        &names(&ids(&outs)),
        ".\n",
        &plural(graph.roles.len(), "role"),
        " and ",
        &plural(graph.lanes.len(), "lane"),
        " run it.\n",
    ]);

    out.head("What comes in");
    for &node in &ins {
        out.item(&[
            "`",
            wiring.id(node),
            "` gives its records to ",
            &names(&wiring.around(node, true)),
            &over(graph, &wiring.lanes(node, false)),
        ]);
    }

    out.head("Stages, each behind those that feed it");
    for (at, (role, op)) in ordered.iter().enumerate() {
        out.add(&[&(at + 1).to_string(), ". "]);
        stages.does(out, at, op);
        out.add(&[
            " From ",
            &names(&wiring.around(*role, false)),
            " to ",
            &names(&wiring.around(*role, true)),
            &over(graph, &wiring.lanes(*role, false)),
            "\n",
        ]);
    }

    out.head("What leaves");
    for &node in &outs {
        out.item(&[
            "`",
            wiring.id(node),
            "` gets the records of ",
            &names(&wiring.around(node, false)),
            &over(graph, &wiring.lanes(node, true)),
        ]);
    }

    stages.records(out, 1);
    room(out, graph, &wiring);
    if !inserted.is_empty() {
        out.head("What lowering inserted");
        for role in inserted {
            insertion(out, &wiring, role);
        }
    }
    stages.effects(out);
}

/// ", over `x.y`, of kind journal." for the one lane of a node; events are not worth a word.
fn over(graph: &LaneGraphSpec, lanes: &[usize]) -> String {
    let mut text = String::new();
    for &lane in lanes {
        let lane = &graph.lanes[lane];
        if lane.channel.kind() != LaneKind::Events {
            let kind = kind(lane.channel);
            text.push_str(&[", over `", &lane.id, "`, ", &kind].concat());
        }
    }
    text.push('.');
    text
}

fn kind(channel: Channel) -> String {
    match channel {
        Channel::Events => "a queue for one reader".to_owned(),
        Channel::Journal => "a journal".to_owned(),
        Channel::SequencedSlots { capacity } => {
            ["a buffer of ", &plural(capacity as usize, "slot")].concat()
        }
        Channel::FanoutBroadcast { consumers } => {
            ["a broadcast to ", &plural(consumers as usize, "reader")].concat()
        }
    }
}

fn room(out: &mut Text, graph: &LaneGraphSpec, wiring: &Wiring<'_>) {
    out.head("When there is no room");
    match graph.on_full {
        OnFull::Block => out.item(&[
            "A full lane makes its writer wait, and so what feeds that one, back to where records come in: the slowest way decides, and no lane drops a record.",
        ]),
        OnFull::Drop => out.item(&[
            "A full lane drops the new record and counts it; nobody waits for a slow reader.",
        ]),
    }
    let journals: Vec<&str> = graph
        .lanes
        .iter()
        .filter(|lane| lane.channel == Channel::Journal)
        .map(|lane| lane.id.as_str())
        .collect();
    if !journals.is_empty() {
        let (never, its) = if journals.len() == 1 {
            (" is a journal and never full: it overwrites its", "it")
        } else {
            (" are journals and never full: each overwrites its", "them")
        };
        out.item(&[
            &names(&journals),
            never,
            " oldest records, and a reader of ",
            its,
            " that is far behind loses those.",
        ]);
    }
    for (at, lane) in graph.lanes.iter().enumerate() {
        if let Channel::SequencedSlots { capacity } = lane.channel {
            let readers: Vec<&str> = wiring.readers[at]
                .iter()
                .map(|&node| wiring.id(node))
                .collect();
            out.item(&[
                "`",
                &lane.id,
                "` holds ",
                &plural(capacity as usize, "record"),
                if readers.len() > 1 {
                    " for the slowest of "
                } else {
                    " for "
                },
                &names(&readers),
                ".",
            ]);
        }
    }
}

fn insertion(out: &mut Text, wiring: &Wiring<'_>, role: usize) {
    let work = &wiring.graph.roles[role].work;
    let channel = |lane: &str| {
        let lane = wiring.lane.get(lane);
        lane.map(|&lane| wiring.graph.lanes[lane].channel)
    };
    let Some(does) = InsertedWork::of(work, channel).map(InsertedWork::does) else {
        return;
    };
    let mut from = wiring.around(role, false);
    if let RoleWork::Merge { rx, .. } = work {
        // In the order of the merge, which may have a meaning.
        from.clear();
        for lane in rx {
            let writer = wiring
                .lane
                .get(lane.as_str())
                .and_then(|&lane| wiring.writer[lane]);
            match writer {
                Some(writer) if !wiring.inserted(writer) => from.push(wiring.id(writer)),
                Some(writer) => from.extend(wiring.around(writer, false)),
                None => {}
            }
        }
    }
    let waits = match work {
        RoleWork::Merge {
            policy: MergePolicy::Priority,
            ..
        } => "; the others can wait for ever.",
        _ => ".",
    };
    out.item(&[
        "The ",
        work.name(),
        " `",
        wiring.id(role),
        "`, from ",
        &names(&from),
        " to ",
        &names(&wiring.around(role, true)),
        ", ",
        &does,
        waits,
    ]);
}
