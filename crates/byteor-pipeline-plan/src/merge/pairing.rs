//! Which lines of three texts are one line, and in which order the merged lines stand.

use super::align::{NONE, align};
use super::rows::{Rows, Subject};

/// The three texts, in the order of all arrays here.
pub(super) const BASE: usize = 0;
pub(super) const OURS: usize = 1;
pub(super) const THEIRS: usize = 2;

/// States of a line while two lists are joined.
const ALONE: u8 = 1;
const CROSSWISE: u8 = 2;
const DONE: u8 = 3;

/// One line, wherever it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Its row in each of the texts.
    pub(super) rows: [Option<u32>; 3],
}

impl Node {
    /// A text in which it stands: a newer one, if it can be.
    pub(super) fn side(&self) -> usize {
        [OURS, THEIRS, BASE]
            .into_iter()
            .find(|&side| self.rows[side].is_some())
            .unwrap_or(BASE)
    }
}

/// The lines of three texts.
pub(super) struct Pairing {
    pub(super) nodes: Vec<Node>,
    /// For each row of each text, its node.
    node_of: [Vec<u32>; 3],
    /// For each row of base, whether it kept its place in ours and in theirs.
    kept: [Vec<bool>; 3],
}

impl Pairing {
    pub(super) fn new(texts: &[Rows<'_>; 3]) -> Self {
        let count = texts[BASE].rows.len();
        let mut nodes: Vec<Node> = (0..count)
            .map(|at| Node {
                rows: [Some(at as u32), None, None],
            })
            .collect();
        let mut node_of = [
            (0..count as u32).collect(),
            vec![NONE; texts[OURS].rows.len()],
            vec![NONE; texts[THEIRS].rows.len()],
        ];
        let mut kept = [Vec::new(), vec![false; count], vec![false; count]];
        let base = tokens(&texts[BASE]);
        for side in [OURS, THEIRS] {
            let other = tokens(&texts[side]);
            for (at, &partner) in align(&base, &other).iter().enumerate() {
                if partner != NONE {
                    kept[side][at] = true;
                    nodes[at].rows[side] = Some(partner);
                    node_of[side][partner as usize] = at as u32;
                }
            }
            let moved = moved(&texts[BASE], &texts[side], &kept[side], &node_of[side]);
            for (at, partner) in moved {
                nodes[at as usize].rows[side] = Some(partner);
                node_of[side][partner as usize] = at;
            }
        }
        // What ours and theirs both added is one line, if it has a name.
        let most = tokens(&texts[OURS]).into_iter().max().unwrap_or(0);
        let mut added = vec![NONE; most as usize + 1];
        for side in [OURS, THEIRS] {
            for (at, row) in texts[side].rows.iter().enumerate() {
                if node_of[side][at] != NONE {
                    continue;
                }
                let named = row.subject.is_unique();
                let known = added.get(row.token as usize).copied().unwrap_or(NONE);
                if side == THEIRS && named && known != NONE {
                    nodes[known as usize].rows[side] = Some(at as u32);
                    node_of[side][at] = known;
                    continue;
                }
                let node = nodes.len() as u32;
                if named && side == OURS {
                    added[row.token as usize] = node;
                }
                let mut rows = [None; 3];
                rows[side] = Some(at as u32);
                nodes.push(Node { rows });
                node_of[side][at] = node;
            }
        }
        Self {
            nodes,
            node_of,
            kept,
        }
    }

    /// The node of a row.
    pub(super) fn node(&self, side: usize, row: usize) -> usize {
        self.node_of[side][row] as usize
    }

    /// The nodes that `present` accepts, in their order.
    ///
    /// A line that one side moved stands where that side has it; one that both moved, where it
    /// comes first. What both sides put into the same place is ordered by its text, so that it
    /// doesn't matter whose is called ours.
    pub(super) fn order(
        &self,
        texts: &[Rows<'_>; 3],
        present: &dyn Fn(usize) -> bool,
    ) -> Vec<usize> {
        let anchor = |row: usize| self.kept[OURS][row] && self.kept[THEIRS][row];
        let chunks = [
            Vec::new(),
            self.chunks(OURS, &anchor),
            self.chunks(THEIRS, &anchor),
        ];
        let mut lists: [Vec<Vec<usize>>; 3] = Default::default();
        for side in [OURS, THEIRS] {
            let last = chunks[side].last().copied().unwrap_or(0) as usize;
            lists[side] = vec![Vec::new(); last + 1];
            for (row, &chunk) in chunks[side].iter().enumerate() {
                let at = self.node(side, row);
                let anchored = self.nodes[at].rows[BASE].is_some_and(|row| anchor(row as usize));
                if !anchored && present(at) && self.stands(at, side, &chunks) {
                    lists[side][chunk as usize].push(at);
                }
            }
        }
        let mut out = Vec::with_capacity(self.nodes.len());
        let nothing = Vec::new();
        let mut chunk = 0;
        let mut seen = vec![0; self.nodes.len()];
        let mut put = |chunk: usize, out: &mut Vec<usize>| {
            let of = |side: usize| lists[side].get(chunk).unwrap_or(&nothing);
            self.weave(texts, of(OURS), of(THEIRS), &mut seen, out);
        };
        put(0, &mut out);
        for row in 0..texts[BASE].rows.len() {
            if anchor(row) {
                if present(row) {
                    out.push(row);
                }
                chunk += 1;
                put(chunk, &mut out);
            }
        }
        out
    }

    /// For each row of a text, how many anchors stand in front of it.
    fn chunks(&self, side: usize, anchor: &dyn Fn(usize) -> bool) -> Vec<u32> {
        let mut chunk = 0;
        self.node_of[side]
            .iter()
            .map(|&node| {
                let base = self.nodes[node as usize].rows[BASE];
                if base.is_some_and(|row| anchor(row as usize)) {
                    chunk += 1;
                }
                chunk
            })
            .collect()
    }

    /// Whether a line stands where `side` has it.
    fn stands(&self, node: usize, side: usize, chunks: &[Vec<u32>; 3]) -> bool {
        let other = OURS + THEIRS - side;
        let rows = self.nodes[node].rows;
        let (Some(row), Some(there)) = (rows[side], rows[other]) else {
            return true;
        };
        let moved = |side: usize| rows[BASE].is_none_or(|row| !self.kept[side][row as usize]);
        match (moved(side), moved(other)) {
            (true, false) => true,
            (false, true) => false,
            _ => chunks[side][row as usize] <= chunks[other][there as usize],
        }
    }

    /// Joins two lists of lines that stand in the same place.
    fn weave(
        &self,
        texts: &[Rows<'_>; 3],
        ours: &[usize],
        theirs: &[usize],
        seen: &mut [u8],
        out: &mut Vec<usize>,
    ) {
        if ours.is_empty() || theirs.is_empty() {
            out.extend(if ours.is_empty() { theirs } else { ours });
            return;
        }
        let row = |node: usize| {
            let node = &self.nodes[node];
            let side = node.side();
            &texts[side].rows[node.rows[side].unwrap_or(0) as usize]
        };
        let text = |node: usize| match &row(node).subject {
            Subject::Element(id) => (*id, row(node).time),
            Subject::Pipeline => ("pipeline", row(node).time),
            Subject::Description => ("description", row(node).time),
            Subject::Block(target, _) => (target.name(), row(node).time),
            _ => (row(node).raw, row(node).time),
        };
        let comment = |node: usize| {
            let row = row(node);
            row.subject == Subject::Text && row.raw.trim_start().starts_with('#')
        };
        let less = |a: &[usize], b: &[usize]| {
            a.iter()
                .map(|&node| text(node))
                .le(b.iter().map(|&node| text(node)))
        };
        let (a, b) = if less(ours, theirs) {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        // Added lines without a name are the same when their texts are; others, when they are one.
        let token = |node: usize| match self.nodes[node].rows {
            [None, ..] => (0, row(node).token),
            _ => (1, node as u32),
        };
        let mut known: Vec<(u32, u32)> = a.iter().chain(b).map(|&node| token(node)).collect();
        known.sort();
        let number = |&node: &usize| {
            let token = token(node);
            known.partition_point(|other| *other < token) as u32
        };
        let pairs = align(
            &a.iter().map(number).collect::<Vec<_>>(),
            &b.iter().map(number).collect::<Vec<_>>(),
        );
        // A line that stands in both, but crosswise, comes where it is met first.
        for (&node, &pair) in a.iter().zip(&pairs) {
            seen[node] = if pair == NONE { ALONE } else { 0 };
        }
        for &node in b {
            if seen[node] == ALONE {
                seen[node] = CROSSWISE;
            }
        }
        let mut push = |node: usize, out: &mut Vec<usize>| match seen[node] {
            DONE => {}
            state => {
                if state == CROSSWISE {
                    seen[node] = DONE;
                }
                out.push(node);
            }
        };
        let (mut at_a, mut at_b) = (0, 0);
        while at_a < a.len() || at_b < b.len() {
            let end_a = (at_a..a.len())
                .find(|&at| pairs[at] != NONE)
                .unwrap_or(a.len());
            let end_b = pairs.get(end_a).map_or(b.len(), |&at| at as usize);
            let (run_a, run_b) = (&a[at_a..end_a], &b[at_b..end_b]);
            let runs = if less(run_a, run_b) {
                [run_a, run_b]
            } else {
                [run_b, run_a]
            };
            // Comments at the end of a list speak of the line that follows both.
            let [first, second] = runs.map(|run| {
                let comments = run.iter().rev().take_while(|node| comment(**node)).count();
                run.split_at(run.len() - comments)
            });
            for &node in [first.0, second.0, first.1, second.1].into_iter().flatten() {
                push(node, out);
            }
            if let Some(&node) = a.get(end_a) {
                push(node, out);
            }
            (at_a, at_b) = (end_a + 1, end_b + 1);
        }
        for &node in a {
            seen[node] = 0;
        }
    }
}

fn tokens(text: &Rows<'_>) -> Vec<u32> {
    text.rows.iter().map(|row| row.token).collect()
}

/// Lines of base that stand elsewhere in another text: the first with the first, and so on. Blank
/// lines don't move.
fn moved(base: &Rows<'_>, other: &Rows<'_>, kept: &[bool], node_of: &[u32]) -> Vec<(u32, u32)> {
    let most = tokens(base).into_iter().max().unwrap_or(0) as usize;
    let mut first = vec![NONE; most + 1];
    let mut next = vec![NONE; base.rows.len()];
    for (at, row) in base.rows.iter().enumerate().rev() {
        if !kept[at] && row.subject != Subject::Blank {
            next[at] = first[row.token as usize];
            first[row.token as usize] = at as u32;
        }
    }
    let mut found = Vec::new();
    for (at, row) in other.rows.iter().enumerate() {
        if node_of[at] != NONE {
            continue;
        }
        let Some(from) = first.get_mut(row.token as usize).filter(|at| **at != NONE) else {
            continue;
        };
        found.push((*from, at as u32));
        *from = next[*from as usize];
    }
    found
}
