//! What a plan for a single ring keeps.

use byteor_pipeline_catalogue::StageClass;
use byteor_pipeline_spec::{ExecutionTarget, SEQUENCED_SLOTS_V1_GATING};

use super::{Check, Kind, Link};
use crate::plan::{RingPlanStage, SingleRingPlan};
use crate::words::target_runs;
use crate::{Diagnostic, EditOperation, Phase, TextEdit};

impl<'d, 't> Check<'d, 't, '_> {
    pub(super) fn single_ring(&mut self) -> Option<SingleRingPlan> {
        for (kind, word) in [(Kind::Ingress, "ingress"), (Kind::Egress, "egress")] {
            let more: Vec<usize> = self.of_kind(kind).skip(1).map(|(at, _)| at).collect();
            for at in more {
                let (id, span) = (self.id(at).to_owned(), self.elements[at].span);
                let fix = self.fix(EditOperation::Remove {
                    ids: vec![id.clone()],
                    heal: false,
                });
                self.out.push(
                    Diagnostic::new(
                        if kind == Kind::Ingress {
                            "E_RING_INGRESS"
                        } else {
                            "E_RING_EGRESS"
                        },
                        Phase::Semantic,
                        span,
                        format!("A single ring has exactly one {word}; `{id}` is another"),
                    )
                    .arg("id", id.clone())
                    .help("Remove it, or choose the target lane_graph")
                    .element(id)
                    .fix("Remove it", fix),
                );
            }
        }
        let stages: Vec<usize> = self.of_kind(Kind::Stage).map(|(at, _)| at).collect();
        if let Some(&fifth) = stages.get(SEQUENCED_SLOTS_V1_GATING) {
            let (id, span) = (self.id(fifth).to_owned(), self.elements[fifth].span);
            let fix = self.fix(EditOperation::Remove {
                ids: vec![id.clone()],
                heal: true,
            });
            self.out.push(
                Diagnostic::new(
                    "E_RING_STAGES",
                    Phase::Semantic,
                    span,
                    format!(
                        "A single ring runs at most {SEQUENCED_SLOTS_V1_GATING} stages, and this plan has {}",
                        stages.len()
                    ),
                )
                .arg("count", stages.len().to_string())
                .arg("limit", SEQUENCED_SLOTS_V1_GATING.to_string())
                .help("Join stages into one, or choose the target lane_graph, which has no such limit")
                .element(id.clone())
                // What the plan says stays as it is there: so it is the first to be offered.
                .fix_target(ExecutionTarget::LaneGraph)
                .fix(format!("Remove `{id}` and close the gap"), fix),
            );
        }
        for at in 0..self.links.len() {
            let link = self.links[at];
            if let Some(intent) = link.intent {
                let (from, to) = (self.id(link.from).to_owned(), self.id(link.to).to_owned());
                let edit = TextEdit {
                    start: link.arrow.start,
                    end: link.arrow.end,
                    text: "->".to_owned(),
                };
                self.out.push(
                    Diagnostic::new(
                        "H_INTENT_UNUSED",
                        Phase::Semantic,
                        link.arrow,
                        format!(
                            "A single ring has no lanes, so `{}` has no effect",
                            intent.text()
                        ),
                    )
                    .arg("intent", intent.text())
                    .help("It stays in the text for the target lane_graph")
                    .element(format!("{from}->{to}"))
                    .fix("Leave the intent out", Some(vec![edit])),
                );
            }
        }
        let order = self.order();
        self.ways();
        self.release();
        if let Some(order) = &order
            && stages.len() <= SEQUENCED_SLOTS_V1_GATING
        {
            self.unordered(order);
        }
        for &at in &stages {
            if let Some(class) = self.elements[at].class
                && !target_runs(ExecutionTarget::SingleRing, class)
            {
                let (id, span) = (self.id(at).to_owned(), self.elements[at].span);
                let fix = self.fix(EditOperation::Remove {
                    ids: vec![id.clone()],
                    heal: true,
                });
                self.out.push(
                    Diagnostic::new(
                        "E_RING_CLASS",
                        Phase::Semantic,
                        span,
                        format!("A single ring can't run a stage of the class {}", class.name()),
                    )
                    .arg("class", class.name())
                    .help("Each record of a ring has one slot that its stages share; choose another stage, or the target lane_graph")
                    .element(id.clone())
                    .fix(format!("Remove `{id}` and close the gap"), fix),
                );
            }
        }
        let settings = self.ring_settings();
        let order = order?;
        let ingress = self.of_kind(Kind::Ingress).next()?.1.id.to_owned();
        let egress = self.of_kind(Kind::Egress).next()?.1.id.to_owned();
        // By element.
        let mut depends_on: Vec<Vec<String>> = vec![Vec::new(); self.elements.len()];
        let mut from_ingress = vec![false; self.elements.len()];
        for link in &self.links {
            match self.elements[link.from].kind {
                Kind::Stage => depends_on[link.to].push(self.id(link.from).to_owned()),
                _ => from_ingress[link.to] = true,
            }
        }
        Some(SingleRingPlan {
            name: self.name.unwrap_or("").to_owned(),
            description: self.description.clone(),
            ingress,
            egress,
            stages: order
                .into_iter()
                .filter(|&at| self.elements[at].kind == Kind::Stage)
                .map(|at| {
                    let mut depends_on = std::mem::take(&mut depends_on[at]);
                    depends_on.sort();
                    RingPlanStage {
                        id: self.id(at).to_owned(),
                        key: self.elements[at].key.to_owned(),
                        depends_on,
                        from_ingress: from_ingress[at],
                    }
                })
                .collect(),
            shards: settings.shards,
            producer: settings.producer,
            scheduling: settings.scheduling,
            ordering: settings.ordering,
            shard_key: settings.shard_key,
        })
    }

    /// Exactly one stage connects to the egress.
    pub(super) fn release(&mut self) {
        let Some((egress, _)) = self.of_kind(Kind::Egress).next() else {
            return;
        };
        let releasing: Vec<Link> = self
            .links
            .iter()
            .filter(|link| link.to == egress && self.elements[link.from].kind == Kind::Stage)
            .copied()
            .collect();
        let Some(last) = releasing.last() else { return };
        let out = self.id(egress).to_owned();
        for link in releasing.iter().take(releasing.len() - 1) {
            let (id, through) = (self.id(link.from).to_owned(), self.id(last.from).to_owned());
            // One of them comes last, and the others before it: as they do already, or from now.
            let followers = self.followers();
            let disconnect = |from: &str| EditOperation::Disconnect {
                from: from.to_owned(),
                to: out.clone(),
            };
            let (title, operation) =
                if self.reach(std::iter::once(link.from), &followers)[last.from] {
                    (format!("Remove `{id} -> {out}`"), disconnect(&id))
                } else if self.reach(std::iter::once(last.from), &followers)[link.from] {
                    (format!("Remove `{through} -> {out}`"), disconnect(&through))
                } else {
                    let reconnect = EditOperation::Reconnect {
                        from: id.clone(),
                        to: out.clone(),
                        new_from: None,
                        new_to: Some(through.clone()),
                    };
                    (format!("Connect `{id} -> {through}` instead"), reconnect)
                };
            let fix = self.fix(operation);
            self.out.push(
                Diagnostic::new(
                    "E_RING_RELEASE",
                    Phase::Semantic,
                    link.span,
                    format!("`{id}` and `{through}` both connect to `{out}`"),
                )
                .arg("first", id.clone())
                .arg("last", through.clone())
                .arg("egress", out.clone())
                .help("In a single ring, one stage comes last and releases each record once")
                .element(id.clone())
                .element(through.clone())
                .element(format!("{id}->{out}"))
                .fix(title, fix),
            );
        }
    }

    /// Two stages that no dependency orders must both only read. Also names connections that
    /// others imply.
    pub(super) fn unordered(&mut self, order: &[usize]) {
        // For each element the elements before it, as bits; there are few stages.
        let is_stage = |at: usize| self.elements[at].kind == Kind::Stage;
        let mut bit = vec![0; self.elements.len()];
        let mut before = vec![0u32; self.elements.len()];
        for (place, &at) in order.iter().filter(|&&at| is_stage(at)).enumerate() {
            bit[at] = 1u32 << place;
            for link in self.links.iter().filter(|link| link.to == at) {
                // A boundary has no bit, and none before it.
                before[at] |= bit[link.from] | before[link.from];
            }
        }
        let stages: Vec<usize> = self.of_kind(Kind::Stage).map(|(at, _)| at).collect();
        for (index, &a) in stages.iter().enumerate() {
            for &b in &stages[index + 1..] {
                let ordered = before[a] & bit[b] != 0 || before[b] & bit[a] != 0;
                let (Some(class_a), Some(class_b)) =
                    (self.elements[a].class, self.elements[b].class)
                else {
                    continue;
                };
                let reads = class_a == StageClass::Reads && class_b == StageClass::Reads;
                // What isn't connected at all is reported as that.
                let connected = |at: usize| {
                    self.links.iter().any(|link| link.to == at)
                        && self.links.iter().any(|link| link.from == at)
                };
                if ordered || reads || !connected(a) || !connected(b) {
                    continue;
                }
                let (first, second) = (self.id(a).to_owned(), self.id(b).to_owned());
                let (culprit, class) = if class_a == StageClass::Reads {
                    (second.clone(), class_b)
                } else {
                    (first.clone(), class_a)
                };
                let does = match class {
                    StageClass::Filters | StageClass::Stateful => "drops records",
                    StageClass::Rewrites => "rewrites records",
                    _ => "does more than read",
                };
                let span = self.elements[b].span;
                let forward = self.fix(EditOperation::Connect {
                    from: first.clone(),
                    to: second.clone(),
                    intent: None,
                });
                let backward = self.fix(EditOperation::Connect {
                    from: second.clone(),
                    to: first.clone(),
                    intent: None,
                });
                self.out.push(
                    Diagnostic::new(
                        "E_RING_UNORDERED",
                        Phase::Semantic,
                        span,
                        format!("No connection orders `{first}` and `{second}`, and `{culprit}` {does}"),
                    )
                    .arg("first", first.clone())
                    .arg("second", second.clone())
                    .arg("class", class.name())
                    .help("The stages of a ring share one slot for each record; side by side, stages may only read")
                    .element(first.clone())
                    .element(second.clone())
                    .fix(format!("Run `{first}` before `{second}`"), forward)
                    .fix(format!("Run `{second}` before `{first}`"), backward),
                );
            }
        }
        for at in 0..self.links.len() {
            let link = self.links[at];
            if self.elements[link.to].kind != Kind::Stage {
                continue;
            }
            let implied = match self.elements[link.from].kind {
                // A stage that waits for another gets no record from the ingress itself.
                Kind::Ingress => before[link.to] != 0,
                _ => self.links.iter().any(|other| {
                    other.to == link.to
                        && other.from != link.from
                        && before[other.from] & bit[link.from] != 0
                }),
            };
            if implied {
                let (from, to) = (self.id(link.from).to_owned(), self.id(link.to).to_owned());
                let fix = self.fix(EditOperation::Disconnect {
                    from: from.clone(),
                    to: to.clone(),
                });
                self.out.push(
                    Diagnostic::new(
                        "H_RING_IMPLIED",
                        Phase::Semantic,
                        link.span,
                        format!("Other connections imply that `{to}` comes after `{from}`"),
                    )
                    .arg("from", from.clone())
                    .arg("to", to.clone())
                    .help("It changes nothing for the records")
                    .element(format!("{from}->{to}"))
                    .fix("Remove the connection", fix),
                );
            }
        }
    }
}
