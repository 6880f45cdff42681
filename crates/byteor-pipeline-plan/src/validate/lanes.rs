//! What a plan for a lane graph keeps.

use byteor_pipeline_spec::{
    EndpointKind, ExecutionTarget, FANOUT_MAX_CONSUMERS, LaneKind, MergePolicy, OnFull,
    SEQUENCED_SLOTS_MAX_CAPACITY,
};

use super::{Check, Kind, Link};
use crate::plan::{LaneGraphPlan, PlanElement, PlanLink, PlanMerge, PlanPart};
use crate::syntax::read_intent;
use crate::words::setting_names;
use crate::{Diagnostic, EditOperation, LaneIntent, Phase, Setting, Span, TextEdit};

impl<'d, 't> Check<'d, 't, '_> {
    /// The plan where nothing is an error; a sketch stands beside errors.
    pub(super) fn lane_graph(&mut self, sketch: bool) -> Option<LaneGraphPlan<'d>> {
        let acyclic = self.acyclic();
        self.ways();
        let mut on_full = OnFull::Block;
        let mut ingress_lane = None;
        let mut egress_lane = None;
        let list = self.settings(
            ExecutionTarget::LaneGraph,
            setting_names(ExecutionTarget::LaneGraph),
        );
        let mut merge = MergePolicy::RoundRobin;
        let mut merges = Vec::new();
        let mut boundary_lanes = Vec::new();
        for setting in list {
            match setting.name.text {
                "on_full" => {
                    on_full =
                        self.choice(setting, OnFull::NAMES, OnFull::from_name, OnFull::Block);
                }
                "merge" if setting.subject().1.is_some() => merges.push(setting),
                "merge" => {
                    merge = self.choice(
                        setting,
                        MergePolicy::NAMES,
                        MergePolicy::from_name,
                        MergePolicy::RoundRobin,
                    );
                }
                name => match read_intent(&setting.value) {
                    Ok(intent) => {
                        self.intent_rules(setting.value_span, intent, name);
                        boundary_lanes.push((setting, intent));
                        if name == "ingress" {
                            ingress_lane = Some(intent);
                        } else {
                            egress_lane = Some(intent);
                        }
                    }
                    Err(_) => self.bad_value(
                        setting,
                        "a lane kind: events, journal, sequenced_slots with a capacity, or fanout_broadcast",
                        LaneKind::NAMES,
                    ),
                },
            }
        }
        for at in 0..self.links.len() {
            let link = self.links[at];
            if let Some(intent) = link.intent {
                let id = format!("{}->{}", self.id(link.from), self.id(link.to));
                self.intent_rules(link.arrow, intent, &id);
            }
        }
        self.shared_lanes(ingress_lane, egress_lane);
        for (setting, intent) in boundary_lanes {
            self.bridged_lane(setting, intent);
        }
        let merges = self.merges(&merges);
        if !sketch && (!acyclic || self.out.has_errors()) {
            return None;
        }
        // By id, and for each element its place among them.
        let mut order: Vec<usize> = (0..self.elements.len()).collect();
        order.sort_by_key(|&at| self.elements[at].id);
        let mut place = vec![0u32; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = new as u32;
        }
        let elements = order.iter().map(|&at| {
            let element = &self.elements[at];
            PlanElement {
                id: element.id,
                part: match element.kind {
                    Kind::Ingress => PlanPart::Boundary(EndpointKind::Ingress),
                    Kind::Egress => PlanPart::Boundary(EndpointKind::Egress),
                    Kind::Stage => PlanPart::Stage(element.key),
                },
            }
        });
        let connections = self.links.iter().map(|link| PlanLink {
            from: place[link.from],
            to: place[link.to],
            intent: link.intent,
        });
        let (elements, mut connections): (_, Vec<PlanLink>) =
            (elements.collect(), connections.collect());
        connections.sort_by_key(|one| (one.from, one.to));
        // A valid plan has each once.
        connections.dedup_by_key(|one| (one.from, one.to));
        let mut merges: Vec<PlanMerge> = merges
            .into_iter()
            .map(|merge| PlanMerge {
                element: place[merge.element],
                policy: merge.policy,
                first: merge.first.iter().map(|&at| place[at]).collect(),
            })
            .collect();
        merges.sort_by_key(|one| one.element);
        Some(LaneGraphPlan {
            name: self.name.unwrap_or("").to_owned(),
            description: self.description.clone(),
            elements,
            connections,
            ingress_lane,
            egress_lane,
            on_full,
            merge,
            merges,
        })
    }

    pub(super) fn intent_rules(&mut self, span: Span, intent: LaneIntent, element: &str) {
        let (code, value, limit, what) = match (intent.kind, intent.capacity, intent.consumers) {
            (LaneKind::SequencedSlots, Some(capacity), _)
                if capacity == 0 || capacity > SEQUENCED_SLOTS_MAX_CAPACITY =>
            {
                (
                    "E_LANE_CAPACITY",
                    capacity,
                    SEQUENCED_SLOTS_MAX_CAPACITY,
                    "entries",
                )
            }
            (LaneKind::FanoutBroadcast, _, Some(consumers))
                if consumers == 0 || consumers > FANOUT_MAX_CONSUMERS =>
            {
                (
                    "E_LANE_CONSUMERS",
                    consumers,
                    FANOUT_MAX_CONSUMERS,
                    "consumers",
                )
            }
            _ => return,
        };
        let nearest = value.clamp(1, limit);
        let with = |number: Option<u32>| {
            let intent = LaneIntent {
                capacity: intent.capacity.and(number),
                consumers: intent.consumers.and(number),
                ..intent
            };
            let edit = |text: String| {
                Some(vec![TextEdit {
                    start: span.start,
                    end: span.end,
                    text,
                }])
            };
            // An arrow, or the value of a setting.
            edit(if element.contains("->") {
                ["-[", &intent.text(), "]->"].concat()
            } else {
                intent.text()
            })
        };
        self.out.push(
            Diagnostic::new(
                code,
                Phase::Semantic,
                span,
                format!(
                    "A lane of kind {} has 1 to {limit} {what}, not {value}",
                    intent.kind.name()
                ),
            )
            .arg("value", value.to_string())
            .arg("limit", limit.to_string())
            .help(if intent.capacity.is_some() {
                "Change the number; without one it is the limit"
            } else {
                "Leave the number out; it follows from the connections"
            })
            .element(element)
            .fix(
                format!("Change to {nearest}"),
                // Only a capacity is the author's to choose.
                intent.capacity.and_then(|_| with(Some(nearest))),
            )
            .fix("Leave the number out", with(None)),
        );
    }

    /// Where every connection of a boundary asks for another kind than the block gives it, a bridge
    /// alone is at the other end of that lane: one reader, which a number of consumers has to say.
    fn bridged_lane(&mut self, setting: &Setting<'_>, intent: LaneIntent) {
        let Some(consumers) = intent.consumers else {
            return;
        };
        // One out of limits is reported as that.
        if consumers == 1 || !(1..=FANOUT_MAX_CONSUMERS).contains(&consumers) {
            return;
        }
        let kind = match setting.name.text {
            "ingress" => Kind::Ingress,
            _ => Kind::Egress,
        };
        let mut taken = vec![false; self.elements.len()];
        let mut asked = vec![false; self.elements.len()];
        for link in &self.links {
            let boundary = match kind {
                Kind::Ingress => link.from,
                _ => link.to,
            };
            match link.intent {
                Some(other) if other.kind != intent.kind => asked[boundary] = true,
                _ => taken[boundary] = true,
            }
        }
        let bridged = |at: &usize| self.elements[*at].kind == kind && asked[*at] && !taken[*at];
        let Some(at) = (0..self.elements.len()).find(bridged) else {
            return;
        };
        let id = self.id(at).to_owned();
        let edit = TextEdit {
            start: setting.value_span.start,
            end: setting.value_span.end,
            text: LaneIntent::of(intent.kind).text(),
        };
        self.out.push(
            Diagnostic::new(
                "E_LANE_CONSUMERS",
                Phase::Semantic,
                setting.value_span,
                format!(
                    "The lane says {consumers} consumers, and at `{id}` a bridge is alone at its other end"
                ),
            )
            .arg("value", consumers.to_string())
            .arg("readers", "1")
            .help("Leave the number out; it follows from the connections")
            .element(id)
            .fix("Leave the number out", Some(vec![edit])),
        );
    }

    /// Connections of one writer that share a lane agree in its settings.
    pub(super) fn shared_lanes(&mut self, ingress: Option<LaneIntent>, egress: Option<LaneIntent>) {
        let mut lanes: Vec<(usize, LaneKind, Link)> = Vec::new();
        for link in &self.links {
            let policy = if self.elements[link.from].kind == Kind::Ingress {
                ingress
            } else if self.elements[link.to].kind == Kind::Egress {
                egress
            } else {
                None
            };
            if let Some(intent) = link.intent.or(policy)
                && intent.kind != LaneKind::Events
            {
                let link = Link {
                    intent: Some(intent),
                    ..*link
                };
                lanes.push((link.from, intent.kind, link));
            }
        }
        lanes.sort_by_key(|&(writer, kind, _)| (writer, kind));
        for lane in lanes.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let kind = lane[0].1;
            let writer = self.id(lane[0].0).to_owned();
            let links: Vec<Link> = lane.iter().map(|(_, _, link)| *link).collect();
            let Some(first) = links.first().and_then(|link| link.intent) else {
                continue;
            };
            for link in &links[1..] {
                if let Some(intent) = link.intent
                    && intent != first
                {
                    let to = self.id(link.to).to_owned();
                    let fix = self.fix(EditOperation::SetIntent {
                        from: writer.clone(),
                        to: to.clone(),
                        intent: Some(first),
                    });
                    self.out.push(
                        Diagnostic::new(
                            "E_LANE_DISAGREE",
                            Phase::Semantic,
                            link.arrow,
                            format!(
                                "The connections of `{writer}` with {} share one lane, but say `{}` and `{}`",
                                kind.name(),
                                first.text(),
                                intent.text()
                            ),
                        )
                        .arg("writer", writer.clone())
                        .arg("first", first.text())
                        .arg("second", intent.text())
                        .help("Give all of them the same setting")
                        .element(format!("{writer}->{to}"))
                        .fix(format!("Change to `{}`", first.text()), fix),
                    );
                }
            }
            let readers = links.len() as u32;
            if let Some(consumers) = first.consumers
                // One out of limits is reported as that.
                && (1..=FANOUT_MAX_CONSUMERS).contains(&consumers)
                && consumers != readers
            {
                let link = links[0];
                let to = self.id(link.to).to_owned();
                let operations: Vec<EditOperation> = links
                    .iter()
                    .map(|link| EditOperation::SetIntent {
                        from: writer.clone(),
                        to: self.id(link.to).to_owned(),
                        intent: Some(LaneIntent::of(kind)),
                    })
                    .collect();
                let fix = self.fixes(&operations);
                self.out.push(
                    Diagnostic::new(
                        "E_LANE_CONSUMERS",
                        Phase::Semantic,
                        link.arrow,
                        format!("The lane says {consumers} consumers, and {readers} read it"),
                    )
                    .arg("value", consumers.to_string())
                    .arg("readers", readers.to_string())
                    .help("Leave the number out; it follows from the connections")
                    .element(format!("{writer}->{to}"))
                    .fix("Leave the number out", fix),
                );
            }
        }
    }
}
