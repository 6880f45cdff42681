//! Which stages a plan has and how they hang together, by shape and room.

use crate::Shape;

/// Stages by number, and connection statements: each a walk over elements.
pub struct Graph {
    /// Number of stages.
    pub stages: usize,
    /// The statements.
    pub chains: Vec<Vec<Element>>,
    /// Whether a stage may only read, because another one stands beside it in a ring.
    pub reads_only: Vec<bool>,
}

impl Graph {
    /// Adds a stage behind others; gives its number.
    fn behind(&mut self, before: &[usize]) -> usize {
        let stage = self.stages;
        self.stages += 1;
        for from in before {
            let statement = vec![Element::Stage(*from), Element::Stage(stage)];
            self.chains.push(statement);
        }
        stage
    }
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    Ingress,
    Stage(usize),
    Egress,
}

/// Lines that every document has beside stages and connections: name, ingress, egress, block, and
/// blank lines between the sections.
pub const FIXED_LINES: usize = 7;

/// Branches of each stage that fans out. No lane kind has more readers.
const BRANCHES: usize = 4;

/// The largest graph of the shape that leaves about a tenth of the lines for comments.
pub fn graph(shape: Shape, lines: usize) -> Graph {
    let room = lines - FIXED_LINES - (lines - FIXED_LINES) / 10;
    match shape {
        Shape::Chain | Shape::Broken => chain(room.saturating_sub(1) / 2),
        // Three stages and two statements each, then a last stage and the two boundaries' statements.
        Shape::Diamonds => diamonds(room.saturating_sub(3) / 5),
        Shape::Fan => fan(room),
        Shape::Ring => chain(room.saturating_sub(1).clamp(1, 8) / 2),
        Shape::RingDiamond if room >= 6 => ring_diamond(),
        Shape::RingDiamond => chain(1),
    }
}

fn chain(stages: usize) -> Graph {
    let stages = stages.max(1);
    let mut chains = vec![vec![Element::Ingress, Element::Stage(0)]];
    for at in 1..stages {
        chains.push(vec![Element::Stage(at - 1), Element::Stage(at)]);
    }
    chains.push(vec![Element::Stage(stages - 1), Element::Egress]);
    Graph {
        stages,
        chains,
        reads_only: vec![false; stages],
    }
}

fn diamonds(count: usize) -> Graph {
    let stages = 3 * count + 1;
    let mut chains = vec![vec![Element::Ingress, Element::Stage(0)]];
    for at in 0..count {
        let [top, left, right, bottom] = [0, 1, 2, 3].map(|offset| Element::Stage(3 * at + offset));
        chains.push(vec![top, left, bottom]);
        chains.push(vec![top, right, bottom]);
    }
    chains.push(vec![Element::Stage(stages - 1), Element::Egress]);
    Graph {
        stages,
        chains,
        reads_only: vec![false; stages],
    }
}

/// Trees in a row, each as deep as there is room for: it goes apart level by level, comes together the
/// same way, and the next one goes on from there.
fn fan(room: usize) -> Graph {
    let mut graph = Graph {
        stages: 1,
        chains: vec![vec![Element::Ingress, Element::Stage(0)]],
        reads_only: Vec::new(),
    };
    loop {
        let left = room.saturating_sub(graph.stages + graph.chains.len() + 1);
        let Some(levels) = (1..=3).rev().find(|levels| tree_lines(*levels) <= left) else {
            break;
        };
        tree(&mut graph, levels);
    }
    let last = Element::Stage(graph.stages - 1);
    graph.chains.push(vec![last, Element::Egress]);
    graph.reads_only = vec![false; graph.stages];
    graph
}

/// Stages and statements of a tree with so many levels behind its root.
fn tree_lines(levels: u32) -> usize {
    let apart: usize = (1..=levels).map(|level| BRANCHES.pow(level)).sum();
    let together: usize = (0..levels).map(|level| BRANCHES.pow(level)).sum();
    apart + together + 2 * apart
}

fn tree(graph: &mut Graph, levels: u32) {
    let mut level = vec![graph.stages - 1];
    for _ in 0..levels {
        let mut next = Vec::with_capacity(level.len() * BRANCHES);
        for from in &level {
            for _ in 0..BRANCHES {
                next.push(graph.behind(&[*from]));
            }
        }
        level = next;
    }
    while level.len() > 1 {
        let groups = level.chunks(BRANCHES);
        level = groups.map(|group| graph.behind(group)).collect();
    }
}

fn ring_diamond() -> Graph {
    let [top, left, right, bottom] = [0, 1, 2, 3].map(Element::Stage);
    Graph {
        stages: 4,
        chains: vec![
            vec![Element::Ingress, top, left, bottom],
            vec![top, right, bottom, Element::Egress],
        ],
        reads_only: vec![false, true, true, false],
    }
}
