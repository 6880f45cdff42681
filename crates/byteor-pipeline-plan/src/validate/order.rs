//! The order of the elements, and circles.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Check;
use crate::{Diagnostic, EditOperation, Phase};

impl<'d, 't> Check<'d, 't, '_> {
    /// All elements in topological order, ties decided by id; `None` with a diagnostic where there
    /// is a cycle.
    pub(super) fn order(&mut self) -> Option<Vec<usize>> {
        let followers = self.followers();
        let mut waiting = vec![0usize; self.elements.len()];
        for link in &self.links {
            waiting[link.to] += 1;
        }
        let mut ready: BinaryHeap<Reverse<(&str, usize)>> = (0..self.elements.len())
            .filter(|&at| waiting[at] == 0)
            .map(|at| Reverse((self.id(at), at)))
            .collect();
        let mut order = Vec::with_capacity(self.elements.len());
        while let Some(Reverse((_, at))) = ready.pop() {
            order.push(at);
            for &to in &followers[at] {
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
        let mut path = vec![start];
        let mut last = None;
        loop {
            let Some(link) = before[at] else { return };
            last = last.max(Some(link));
            at = self.links[link].from;
            if at == start {
                break;
            }
            path.push(at);
        }
        path.reverse();
        let Some(link) = last.map(|at| self.links[at]) else {
            return;
        };
        let names: Vec<&str> = path.iter().map(|&at| self.id(at)).collect();
        let circle = format!("{} -> {}", names.join(" -> "), names[0]);
        let (from, to) = (self.id(link.from), self.id(link.to));
        let fix = self.fix(EditOperation::Disconnect {
            from: from.to_owned(),
            to: to.to_owned(),
        });
        let mut diagnostic = Diagnostic::new(
            "E_PLAN_CYCLE",
            Phase::Semantic,
            link.span,
            format!("Records would run in a circle: {circle}"),
        )
        .arg("cycle", circle)
        .help("Remove one of these connections")
        .fix(format!("Remove `{from} -> {to}`"), fix);
        diagnostic.elements = names.iter().map(|name| (*name).to_owned()).collect();
        diagnostic.elements.push(format!("{from}->{to}"));
        self.out.push(diagnostic);
    }
}
