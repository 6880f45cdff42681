//! The order of the elements, and circles.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Check;
use crate::{Diagnostic, EditOperation, Phase};

impl<'d, 't> Check<'d, 't, '_> {
    /// Whether the elements have an order at all; says so where there is a cycle.
    pub(super) fn acyclic(&mut self) -> bool {
        let followers = self.followers();
        let mut waiting = self.waiting();
        let mut ready: Vec<usize> = (0..waiting.len()).filter(|&at| waiting[at] == 0).collect();
        let mut taken = 0;
        while let Some(at) = ready.pop() {
            taken += 1;
            for &to in followers.of(at) {
                waiting[to] -= 1;
                if waiting[to] == 0 {
                    ready.push(to);
                }
            }
        }
        if taken != waiting.len() {
            self.cycle(&waiting);
        }
        taken == waiting.len()
    }

    /// How many connections lead to each element.
    fn waiting(&self) -> Vec<usize> {
        let mut waiting = vec![0usize; self.elements.len()];
        for link in &self.links {
            waiting[link.to] += 1;
        }
        waiting
    }

    /// All elements in topological order, ties decided by id; `None` with a diagnostic where there
    /// is a cycle.
    pub(super) fn order(&mut self) -> Option<Vec<usize>> {
        let followers = self.followers();
        let mut waiting = self.waiting();
        let mut ready: BinaryHeap<Reverse<(&str, usize)>> = (0..self.elements.len())
            .filter(|&at| waiting[at] == 0)
            .map(|at| Reverse((self.id(at), at)))
            .collect();
        let mut order = Vec::with_capacity(self.elements.len());
        while let Some(Reverse((_, at))) = ready.pop() {
            order.push(at);
            for &to in followers.of(at) {
                waiting[to] -= 1;
                if waiting[to] == 0 {
                    ready.push(Reverse((self.id(to), to)));
                }
            }
        }
        if order.len() == self.elements.len() {
            return Some(order);
        }
        self.cycle(&waiting);
        None
    }

    /// Reports one cycle among the elements that still wait.
    pub(super) fn cycle(&mut self, waiting: &[usize]) {
        // Walk backwards: each element that waits has a predecessor that waits.
        let mut before = vec![None; self.elements.len()];
        for (at, link) in self.links.iter().enumerate() {
            if waiting[link.from] > 0 && waiting[link.to] > 0 && before[link.to].is_none() {
                before[link.to] = Some(at);
            }
        }
        let Some(mut at) = (0..self.elements.len()).find(|&at| waiting[at] > 0) else {
            return;
        };
        let mut seen = vec![false; self.elements.len()];
        while !seen[at] {
            seen[at] = true;
            match before[at] {
                Some(link) => at = self.links[link].from,
                None => return,
            }
        }
        let start = at;
        let mut path = Vec::new();
        loop {
            let Some(link) = before[at] else { return };
            path.push(link);
            at = self.links[link].from;
            if at == start {
                break;
            }
        }
        path.reverse();
        // The connection that stands last in the text is the one that closed the circle.
        let Some(closing) = path.iter().copied().max() else {
            return;
        };
        let names: Vec<&str> = path
            .iter()
            .map(|&at| self.id(self.links[at].from))
            .collect();
        let circle = circle_text(&names);
        let place = self.links[closing];
        let (from, to) = (self.id(place.from), self.id(place.to));
        let mut diagnostic = Diagnostic::new(
            "E_PLAN_CYCLE",
            Phase::Semantic,
            place.span,
            format!("Records would run in a circle: {circle}"),
        )
        .arg("cycle", circle)
        .help("Remove the connection at which records should stop going round");
        let others = path.iter().rev().copied().filter(|&at| at != closing);
        for at in std::iter::once(closing).chain(others).take(BREAKS_MAX) {
            let (from, to) = (self.id(self.links[at].from), self.id(self.links[at].to));
            let fix = self.fix(EditOperation::Disconnect {
                from: from.to_owned(),
                to: to.to_owned(),
            });
            diagnostic = diagnostic.fix(format!("Break the circle at `{from} -> {to}`"), fix);
        }
        diagnostic.elements = names.iter().map(|name| (*name).to_owned()).collect();
        diagnostic.elements.push(format!("{from}->{to}"));
        self.out.push(diagnostic);
    }
}

/// The most connections that are offered to break a circle at.
const BREAKS_MAX: usize = 4;

/// A circle in words; the middle of a long one is left out.
fn circle_text(names: &[&str]) -> String {
    const MOST: usize = 12;
    let mut text = String::new();
    for (at, name) in names.iter().enumerate() {
        if names.len() > MOST && (MOST / 2..names.len() - MOST / 2).contains(&at) {
            if at == MOST / 2 {
                text.push_str("… -> ");
            }
            continue;
        }
        text.push_str(name);
        text.push_str(" -> ");
    }
    text.push_str(names.first().unwrap_or(&""));
    text
}
