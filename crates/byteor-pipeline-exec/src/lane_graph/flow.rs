//! The order that records flow in.

use std::collections::VecDeque;

use super::node::Node;

/// The nodes with each writer before its readers, otherwise as in the spec.
pub(super) fn along_the_flow(nodes: Vec<Node>, lanes: usize) -> Vec<Node> {
    let mut readers = vec![Vec::new(); lanes];
    let mut written = vec![false; lanes];
    for (at, node) in nodes.iter().enumerate() {
        node.reads().for_each(|lane| readers[lane].push(at));
        node.writes().for_each(|lane| written[lane] = true);
    }
    // What an ingress writes is there from the start.
    let waits = |node: &Node| node.reads().filter(|lane| written[*lane]).count();
    let mut waits: Vec<usize> = nodes.iter().map(waits).collect();
    let mut ready: VecDeque<usize> = (0..nodes.len()).filter(|at| waits[*at] == 0).collect();
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(nodes.len());
    while let Some(at) = ready.pop_front() {
        let Some(node) = nodes[at].take() else {
            continue;
        };
        for lane in node.writes() {
            for &reader in &readers[lane] {
                waits[reader] -= 1;
                if waits[reader] == 0 {
                    ready.push_back(reader);
                }
            }
        }
        ordered.push(node);
    }
    // `validate_v1` refuses circles, so nothing is left; were it otherwise, it would still run.
    ordered.extend(nodes.into_iter().flatten());
    ordered
}
