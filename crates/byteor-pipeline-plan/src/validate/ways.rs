//! Every element is on a way from an ingress to an egress.

use super::{Check, Kind};
use crate::{Diagnostic, EditOperation, Phase};

/// For each element those on the other side of its connections, in the order of the text: one list
/// for all, and where the part of each starts.
pub(super) struct Neighbours {
    starts: Vec<usize>,
    all: Vec<usize>,
}

impl Neighbours {
    fn new(elements: usize, links: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut starts = vec![0; elements + 1];
        for (at, _) in links.clone() {
            starts[at + 1] += 1;
        }
        for at in 0..elements {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut all = vec![0; starts[elements]];
        for (at, other) in links {
            all[next[at]] = other;
            next[at] += 1;
        }
        Self { starts, all }
    }

    pub(super) fn of(&self, at: usize) -> &[usize] {
        &self.all[self.starts[at]..self.starts[at + 1]]
    }
}

impl<'d, 't> Check<'d, 't, '_> {
    pub(super) fn followers(&self) -> Neighbours {
        let links = self.links.iter().map(|link| (link.from, link.to));
        Neighbours::new(self.elements.len(), links)
    }

    pub(super) fn reach(
        &self,
        starts: impl Iterator<Item = usize>,
        next: &Neighbours,
    ) -> Vec<bool> {
        let mut seen = vec![false; self.elements.len()];
        let mut open: Vec<usize> = starts.collect();
        for &at in &open {
            seen[at] = true;
        }
        while let Some(at) = open.pop() {
            for &to in next.of(at) {
                if !seen[to] {
                    seen[to] = true;
                    open.push(to);
                }
            }
        }
        seen
    }

    /// Every stage is on a way from an ingress to an egress; every boundary is connected.
    pub(super) fn ways(&mut self) {
        let followers = self.followers();
        let links = self.links.iter().map(|link| (link.to, link.from));
        let leaders = Neighbours::new(self.elements.len(), links);
        let starts: Vec<usize> = self.of_kind(Kind::Ingress).map(|(at, _)| at).collect();
        let ends: Vec<usize> = self.of_kind(Kind::Egress).map(|(at, _)| at).collect();
        if starts.is_empty() || ends.is_empty() {
            return;
        }
        let from_ingress = self.reach(
            starts.iter().copied().chain(those(&self.fed_by_unknown)),
            &followers,
        );
        let to_egress = self.reach(
            ends.iter().copied().chain(those(&self.feeds_unknown)),
            &leaders,
        );
        for at in 0..self.elements.len() {
            if from_ingress[at] && to_egress[at] {
                continue;
            }
            let (id, span, kind) = (
                self.elements[at].id.to_owned(),
                self.elements[at].span,
                self.elements[at].kind,
            );
            let alone = followers.of(at).is_empty()
                && leaders.of(at).is_empty()
                && !self.fed_by_unknown[at]
                && !self.feeds_unknown[at];
            match kind {
                Kind::Ingress | Kind::Egress => {
                    if alone && self.of_kind(Kind::Stage).next().is_some() {
                        let word = if kind == Kind::Ingress {
                            "ingress"
                        } else {
                            "egress"
                        };
                        // The first stage whose side towards the boundary is free.
                        let free = if kind == Kind::Ingress {
                            &leaders
                        } else {
                            &followers
                        };
                        let stage = self
                            .of_kind(Kind::Stage)
                            .find(|(stage, _)| free.of(*stage).is_empty())
                            .or_else(|| self.of_kind(Kind::Stage).next())
                            .map_or("", |(_, element)| element.id);
                        let (from, to) = match kind {
                            Kind::Ingress => (id.as_str(), stage),
                            _ => (stage, id.as_str()),
                        };
                        let connect = self.fix(EditOperation::Connect {
                            from: from.to_owned(),
                            to: to.to_owned(),
                            intent: None,
                        });
                        let title = format!("Connect `{from} -> {to}`");
                        let remove = self.fix(EditOperation::Remove {
                            ids: vec![id.clone()],
                            heal: false,
                        });
                        self.out.push(
                            Diagnostic::new(
                                "E_PLAN_UNCONNECTED",
                                Phase::Semantic,
                                span,
                                format!("The {word} `{id}` isn't connected"),
                            )
                            .arg("id", id.clone())
                            .help(if kind == Kind::Ingress {
                                format!("Connect it to a stage: `{id} -> STAGE`")
                            } else {
                                format!("Connect a stage to it: `STAGE -> {id}`")
                            })
                            .element(id.clone())
                            .fix(title, connect)
                            .fix("Remove it", remove),
                        );
                    }
                    continue;
                }
                Kind::Stage => {}
            }
            let remove = |heal: bool| EditOperation::Remove {
                ids: vec![id.clone()],
                heal,
            };
            let connect = |from: &str, to: &str| EditOperation::Connect {
                from: from.to_owned(),
                to: to.to_owned(),
                intent: None,
            };
            if alone {
                // In front of the egress, where exactly one stage feeds it.
                let egress = ends[0];
                let put = match leaders.of(egress) {
                    [last] => self.fixes(&[
                        EditOperation::Reconnect {
                            from: self.id(*last).to_owned(),
                            to: self.id(egress).to_owned(),
                            new_from: None,
                            new_to: Some(id.clone()),
                        },
                        connect(&id, self.id(egress)),
                    ]),
                    [] => self.fixes(&[
                        connect(self.id(starts[0]), &id),
                        connect(&id, self.id(egress)),
                    ]),
                    _ => None,
                };
                let title = format!("Put it in front of `{}`", self.id(egress));
                let remove = self.fix(remove(false));
                self.out.push(
                    Diagnostic::new(
                        "E_PLAN_UNCONNECTED",
                        Phase::Semantic,
                        span,
                        format!("Stage `{id}` isn't connected"),
                    )
                    .arg("id", id.clone())
                    .help("Connect it, or remove it")
                    .element(id)
                    .fix(title, put)
                    .fix("Remove it", remove),
                );
                continue;
            }
            if !from_ingress[at] {
                // Only where the trouble starts: a stage fed by another such stage isn't named.
                if leaders.of(at).is_empty() {
                    let first = self.id(starts[0]).to_owned();
                    let put = self.fix(connect(&first, &id));
                    let remove = self.fix(remove(false));
                    self.out.push(
                        Diagnostic::new(
                            "E_PLAN_UNREACHABLE",
                            Phase::Semantic,
                            span,
                            format!("No record reaches stage `{id}`"),
                        )
                        .arg("id", id.clone())
                        .help(format!(
                            "Connect it to what comes before: `{first} -> {id}`"
                        ))
                        .element(id.clone())
                        .fix(format!("Connect `{first} -> {id}`"), put)
                        .fix("Remove it", remove),
                    );
                }
            }
            if !to_egress[at] && followers.of(at).is_empty() {
                let last = self.id(ends[0]).to_owned();
                let put = self.fix(connect(&id, &last));
                let remove = self.fix(remove(false));
                self.out.push(
                    Diagnostic::new(
                        "E_PLAN_DEAD_END",
                        Phase::Semantic,
                        span,
                        format!("The records of stage `{id}` lead nowhere"),
                    )
                    .arg("id", id.clone())
                    .help(format!("Connect it to what comes after: `{id} -> {last}`"))
                    .element(id)
                    .fix(format!("Connect `{} -> {last}`", self.id(at)), put)
                    .fix("Remove it", remove),
                );
            }
        }
    }
}

/// The elements that are marked.
fn those(marks: &[bool]) -> impl Iterator<Item = usize> {
    let marks = marks.iter().enumerate();
    marks.filter(|(_, marked)| **marked).map(|(at, _)| at)
}
