//! Who calls whom, who wakes whom, and which nodes stand together.

use std::collections::HashMap;

use super::group::{Group, Source};
use super::lanes::{LaneRx, LaneTx, Target};
use super::node::{Next, Node};
use super::plan::{Joined, Plan};

/// A reader of a lane: a part, and which of its inputs.
#[derive(Clone, Copy)]
struct Reader {
    part: usize,
    input: usize,
}

/// Tells every end of a lane who is at the others: whom to call where there is no queue, and whom to
/// wake. `ingresses` are the ends of those, whose wake words come behind those of the threads.
/// `blocks`: whoever writes to a full lane waits.
pub(super) fn wire<'t>(
    plan: &Plan,
    nodes: &mut [Node],
    ingresses: impl Iterator<Item = &'t mut LaneTx>,
    blocks: bool,
) {
    let mut readers: Vec<Vec<Reader>> = vec![Vec::new(); plan.direct.len()];
    for (part, node) in nodes.iter().enumerate() {
        for (input, rx) in node.rx.iter().enumerate() {
            readers[rx.lane()].push(Reader { part, input });
        }
    }
    let threads_of = |readers: &[Reader], own: usize| {
        let threads = readers.iter().map(|reader| plan.thread[reader.part]);
        let mut threads: Vec<usize> = threads.filter(|thread| *thread != own).collect();
        threads.sort_unstable();
        threads.dedup();
        threads
    };
    let mut word_of_writer = vec![None; plan.direct.len()];
    for (tx, word) in ingresses.zip(plan.threads.len()..) {
        tx.will_wake(threads_of(&readers[tx.lane()], word));
        word_of_writer[tx.lane()] = Some(word);
    }
    let place = places(plan, nodes.len());
    for (part, node) in nodes.iter_mut().enumerate() {
        let thread = plan.thread[part];
        for (at, tx) in node.tx.iter_mut().enumerate() {
            let readers = &readers[tx.lane()];
            if plan.direct[tx.lane()] {
                let target = |reader: &Reader| Target {
                    node: place[reader.part],
                    input: reader.input,
                };
                let targets: Vec<Target> = readers.iter().map(target).collect();
                node.next.extend(targets.iter().copied().map(Next::Call));
                tx.calls(targets);
            } else {
                tx.will_wake(threads_of(readers, thread));
                word_of_writer[tx.lane()] = Some(thread);
                node.next.push(Next::Queue(at));
            }
        }
    }
    for (part, node) in nodes.iter_mut().enumerate().filter(|_| blocks) {
        for rx in &mut node.rx {
            let word = word_of_writer[rx.lane()];
            if let Some(word) = word.filter(|word| *word != plan.thread[part]) {
                rx.will_wake(word);
            }
        }
    }
}

/// By part, its place in its group.
fn places(plan: &Plan, parts: usize) -> Vec<usize> {
    let mut place = vec![0; parts];
    for joined in plan.threads.iter().flatten() {
        for (at, part) in joined.parts.iter().enumerate() {
            place[*part] = at;
        }
    }
    place
}

/// The nodes as groups, by thread.
pub(super) fn groups(
    threads: Vec<Vec<Joined>>,
    nodes: Vec<Node>,
    mut sources: HashMap<usize, LaneRx>,
    slot_bytes: usize,
) -> Vec<Vec<Group>> {
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut group = |joined: Joined| {
        let parts = joined.parts.iter();
        let nodes: Vec<Node> = parts.filter_map(|part| nodes[*part].take()).collect();
        let source = joined.shared.and_then(|lane| {
            let reads = |node: &Node| node.rx.iter().any(|rx| rx.lane() == lane);
            let readers = (0..nodes.len()).filter(|at| reads(&nodes[*at]));
            Some(Source {
                rx: sources.remove(&lane)?,
                readers: readers.map(|node| Target { node, input: 0 }).collect(),
            })
        });
        Group::new(nodes, source, joined.exits, slot_bytes)
    };
    let mut thread = |joined: Vec<Joined>| joined.into_iter().map(&mut group).collect();
    threads.into_iter().map(&mut thread).collect()
}
