//! What lowering says of each role that it inserts and each lane that is shared: what, and why.

use byteor_json::Args;

use byteor_pipeline_plan::{LaneGraphPlan, PlanPart};
use byteor_pipeline_spec::{EndpointKind, InsertedWork, MergePolicy};

use crate::LoweringDiagnostic;
use crate::graph::{Inserted, NewLane, Work, id, most_readers, pairs};

/// More names than this are counted, not named.
const NAMED: usize = 4;

/// One for each inserted role, by its id, then one for each lane of several connections, by its id.
pub(crate) fn actions(
    plan: &LaneGraphPlan<'_>,
    lanes: &[NewLane<'_>],
    order: &[usize],
    inserted: &[Inserted],
) -> Vec<LoweringDiagnostic> {
    let roles = inserted.iter().map(|role| match role.work {
        Work::Bridge => bridge(plan, lanes, role),
        Work::Router => router(plan, lanes, role),
        Work::Merge(policy) => merge(plan, lanes, role, policy),
    });
    let shared = order
        .iter()
        .map(|&lane| &lanes[lane])
        .filter(|lane| lane.links.len() > 1)
        .map(|lane| shared(plan, lane));
    roles.chain(shared).collect()
}

fn action(
    code: &'static str,
    message: String,
    help: String,
    args: &[(&'static str, &str)],
    elements: Vec<String>,
) -> LoweringDiagnostic {
    let mut named = Args::new();
    for (name, value) in args {
        named.insert(*name, (*value).to_owned());
    }
    LoweringDiagnostic {
        code,
        message,
        help: Some(help),
        args: named,
        elements,
    }
}

/// Names in a sentence: `a`, `b` and `c`; of many, the first ones and how many more.
fn names<'n>(count: usize, name: impl Fn(usize) -> &'n str) -> String {
    let mut text = String::new();
    for at in 0..count {
        if at == NAMED && count > NAMED + 1 {
            text.push_str(&format!(" and {} more", count - at));
            break;
        }
        if at > 0 {
            text.push_str(if at + 1 == count { " and " } else { ", " });
        }
        text.push('`');
        text.push_str(name(at));
        text.push('`');
    }
    text
}

fn noun(plan: &LaneGraphPlan<'_>, element: u32) -> &'static str {
    match plan.elements[element as usize].part {
        PlanPart::Stage(_) => "a stage",
        PlanPart::Boundary(EndpointKind::Ingress) => "an ingress",
        PlanPart::Boundary(EndpointKind::Egress) => "an egress",
    }
}

fn kind(lane: &NewLane<'_>) -> String {
    match lane.channel {
        byteor_pipeline_spec::Channel::SequencedSlots { capacity } => {
            format!("sequenced_slots {capacity}")
        }
        other => other.kind().name().to_owned(),
    }
}

fn bridge(plan: &LaneGraphPlan<'_>, lanes: &[NewLane<'_>], role: &Inserted) -> LoweringDiagnostic {
    let element = id(plan, role.element);
    let (from, to) = (&lanes[role.rx[0]], &lanes[role.tx[0]]);
    let (from_kind, to_kind) = (kind(from), kind(to));
    let links: Vec<String> = pairs(plan, &role.links).collect();
    let asked = names(links.len(), |at| &links[at]);
    let verb = if links.len() == 1 { "asks" } else { "ask" };
    let ingress = noun(plan, role.element) == "an ingress";
    let (does, setting, wanted) = if ingress {
        ("writes", &from_kind, &to_kind)
    } else {
        ("reads", &to_kind, &from_kind)
    };
    let work = InsertedWork::Bridge {
        lanes: Some((from.channel, to.channel)),
    };
    let carries = work.does();
    let message = format!(
        "`{}` {does} a lane of kind {setting}, as the block lane_graph says, but {asked} {verb} for {wanted}: the bridge `{}` {carries}",
        element, role.id
    );
    let mut elements = links;
    elements.push(element.to_owned());
    action(
        "A_BRIDGE_INSERTED",
        message,
        format!(
            "Where arrow and setting ask for the same, no bridge is needed: write `-[{setting}]->`, or change the setting `{}`",
            if ingress { "ingress" } else { "egress" }
        ),
        &[
            ("role", &role.id),
            ("does", &carries),
            ("element", element),
            ("from_kind", &from_kind),
            ("to_kind", &to_kind),
        ],
        elements,
    )
}

fn router(plan: &LaneGraphPlan<'_>, lanes: &[NewLane<'_>], role: &Inserted) -> LoweringDiagnostic {
    let element = id(plan, role.element);
    let readers = names(role.links.len(), |at| {
        id(plan, plan.connections[role.links[at]].to)
    });
    let outlets = role.tx.len();
    // Connections that would share one lane, were they fewer.
    let split =
        role.tx.iter().map(|&lane| &lanes[lane]).find(|lane| {
            lane.links.len() > 1 && lane.links.len() == most_readers(lane.channel.kind())
        });
    let one_kind = role
        .tx
        .iter()
        .all(|&lane| lanes[lane].channel.kind() == lanes[role.tx[0]].channel.kind());
    let because = match split {
        Some(lane) if one_kind => format!(
            "a lane of kind {} has at most {} readers",
            lane.channel.kind().name(),
            most_readers(lane.channel.kind())
        ),
        _ => format!("{} writes exactly one lane", noun(plan, role.element)),
    };
    let copies = InsertedWork::Router { lanes: outlets }.does();
    let message = format!(
        "The records of `{}` go to {readers}, and {because}: the router `{}` behind it {copies}",
        element, role.id
    );
    let help = if one_kind && split.is_none() {
        format!(
            "Connections of `{}` with the intent fanout_broadcast share one lane, and up to four of them need no router",
            element
        )
    } else {
        "Where one lane is enough for all of its connections, no router is needed".to_owned()
    };
    action(
        "A_ROUTER_PLACED",
        message,
        help,
        &[
            ("role", &role.id),
            ("does", &copies),
            ("element", element),
            ("lanes", &outlets.to_string()),
        ],
        std::iter::once(element.to_owned())
            .chain(pairs(plan, &role.links))
            .collect(),
    )
}

fn merge(
    plan: &LaneGraphPlan<'_>,
    lanes: &[NewLane<'_>],
    role: &Inserted,
    policy: MergePolicy,
) -> LoweringDiagnostic {
    let element = id(plan, role.element);
    let writer = |lane: usize| {
        let link = role
            .links
            .iter()
            .find(|link| lanes[lane].links.contains(link));
        link.map_or("", |&link| id(plan, plan.connections[link].from))
    };
    let inputs = names(role.rx.len(), |at| writer(role.rx[at]));
    let lanes = role.rx.len();
    let takes = InsertedWork::Merge { lanes, policy }.does();
    let order = match policy {
        MergePolicy::RoundRobin => "",
        MergePolicy::Priority => ", in this order",
    };
    let message = format!(
        "`{}` gets records from {inputs}, and {} reads exactly one lane: the merge `{}` in front of it {takes}{order} ({})",
        element,
        noun(plan, role.element),
        role.id,
        policy.name()
    );
    let help = match policy {
        MergePolicy::RoundRobin => format!(
            "Where some records are more urgent, write `merge {} priority` and the ids, the most urgent first, in the block lane_graph",
            element
        ),
        MergePolicy::Priority => {
            "Under `priority`, a busy lane can keep the later ones waiting for ever; `round_robin` can't".to_owned()
        }
    };
    action(
        "A_MERGE_ADDED",
        message,
        help,
        &[
            ("role", &role.id),
            ("does", &takes),
            ("element", element),
            ("first", writer(role.rx[0])),
            ("lanes", &lanes.to_string()),
            ("policy", policy.name()),
        ],
        std::iter::once(element.to_owned())
            .chain(pairs(plan, &role.links))
            .collect(),
    )
}

fn shared(plan: &LaneGraphPlan<'_>, lane: &NewLane<'_>) -> LoweringDiagnostic {
    let readers = names(lane.links.len(), |at| {
        id(plan, plan.connections[lane.links[at]].to)
    });
    let writer = id(plan, plan.connections[lane.links[0]].from);
    let name = lane.channel.kind().name();
    action(
        "A_LANE_SHARED",
        format!(
            "{readers} read one lane, `{}`: connections of `{writer}` with the same intent, {name}, share it, so that each record is written once and every reader gets it",
            lane.id
        ),
        "Connections with the intent events have a lane each".to_owned(),
        &[
            ("lane", &lane.id),
            ("kind", name),
            ("readers", &lane.links.len().to_string()),
        ],
        pairs(plan, lane.links).collect(),
    )
}
