//! The lines that hold connections: as they stand where that is right, written anew where two
//! sides changed the same ones.

use std::collections::{BTreeMap, BTreeSet};

use super::align::NONE;
use super::links::Links;
use super::pairing::{BASE, OURS, Pairing, THEIRS};
use super::rows::{Rows, Subject};

/// Lines that share connections.
pub(super) struct Cluster {
    nodes: Vec<u32>,
    links: Vec<u32>,
}

/// Which lines belong together, and which of those groups are written anew.
pub(super) struct Clusters {
    clusters: Vec<Cluster>,
    /// For each node, its cluster, if that one is written anew.
    anew: Vec<u32>,
}

impl Clusters {
    pub(super) fn new(
        texts: &[Rows<'_>; 3],
        pairing: &Pairing,
        links: &Links<'_>,
        present: &[bool],
    ) -> Self {
        let mut groups = Groups((0..pairing.nodes.len() as u32).collect());
        let mut node_of_link = vec![NONE; links.list.len()];
        for side in [BASE, OURS, THEIRS] {
            for (row, here) in links.of_row[side].iter().enumerate() {
                let node = pairing.node(side, row) as u32;
                for &link in here {
                    match &mut node_of_link[link as usize] {
                        known if *known == NONE => *known = node,
                        known => groups.join(*known, node),
                    }
                }
            }
        }
        for &(link, other) in &links.together {
            let node = node_of_link[link as usize];
            match &mut node_of_link[other as usize] {
                known if *known == NONE => *known = node,
                known => groups.join(*known, node),
            }
        }
        let mut number = vec![NONE; pairing.nodes.len()];
        let mut clusters: Vec<Cluster> = Vec::new();
        let mut cluster_of = vec![NONE; pairing.nodes.len()];
        for (at, node) in pairing.nodes.iter().enumerate() {
            let side = node.side();
            let row = node.rows[side].unwrap_or(0) as usize;
            if !matches!(texts[side].rows[row].subject, Subject::Chain(_)) {
                continue;
            }
            let root = groups.root(at as u32) as usize;
            if number[root] == NONE {
                number[root] = clusters.len() as u32;
                clusters.push(Cluster {
                    nodes: Vec::new(),
                    links: Vec::new(),
                });
            }
            cluster_of[at] = number[root];
            clusters[number[root] as usize].nodes.push(at as u32);
        }
        for (link, &node) in node_of_link.iter().enumerate() {
            if node != NONE {
                let cluster = cluster_of[node as usize] as usize;
                clusters[cluster].links.push(link as u32);
            }
        }
        // A cluster stands as it is where its lines say what its connections have become.
        let mut right = vec![true; clusters.len()];
        for (cluster, right) in clusters.iter().zip(&mut right) {
            let mut wanted: Vec<(u32, &str)> = Vec::new();
            for &link in &cluster.links {
                let link = &links.list[link as usize];
                wanted.extend(link.merged.as_deref().map(|arrow| (link.first, arrow)));
            }
            let mut said: Vec<(u32, &str)> = Vec::new();
            for &at in cluster.nodes.iter().filter(|&&at| present[at as usize]) {
                let node = &pairing.nodes[at as usize];
                let side = node.side();
                let row = node.rows[side].unwrap_or(0) as usize;
                if let Subject::Chain(hops) = &texts[side].rows[row].subject {
                    for (hop, &link) in hops.iter().zip(&links.of_row[side][row]) {
                        said.push((links.list[link as usize].first, &hop.arrow));
                    }
                }
            }
            wanted.sort();
            said.sort();
            *right = wanted == said;
        }
        for (link, _) in &links.own {
            let node = node_of_link[*link as usize];
            if node != NONE {
                right[cluster_of[node as usize] as usize] = false;
            }
        }
        let anew = cluster_of
            .into_iter()
            .map(|cluster| match right.get(cluster as usize) {
                Some(false) => cluster,
                _ => NONE,
            })
            .collect();
        Self { clusters, anew }
    }

    /// Whether a line is one of those that are written anew.
    pub(super) fn is_anew(&self, node: usize) -> bool {
        self.anew[node] != NONE
    }

    /// The lines that are written anew, by the node in whose place they stand.
    pub(super) fn lines(
        &self,
        texts: &[Rows<'_>; 3],
        pairing: &Pairing,
        links: &Links<'_>,
        order: &[usize],
    ) -> BTreeMap<usize, Vec<String>> {
        let mut nodes_of: Vec<Vec<usize>> = vec![Vec::new(); self.clusters.len()];
        for &node in order {
            if self.anew[node] != NONE {
                nodes_of[self.anew[node] as usize].push(node);
            }
        }
        let ranks = links.names.values().copied().collect::<Vec<_>>();
        let mut rank = vec![0u32; links.list.len()];
        for (at, &link) in ranks.iter().enumerate() {
            rank[link as usize] = at as u32;
        }
        let mut own: BTreeMap<u32, &str> = BTreeMap::new();
        for (link, text) in &links.own {
            own.insert(*link, text);
        }
        let mut weaver = Weaver::new(links.list.len());
        let mut out = BTreeMap::new();
        for (cluster, nodes) in self.clusters.iter().zip(&nodes_of) {
            if nodes.is_empty() {
                continue;
            }
            weaver.chain_up(cluster, texts, pairing, links, &rank);
            weaver.write(cluster, nodes, texts, pairing, links, &own, &mut out);
        }
        out
    }
}

/// Joins connections to chains.
struct Weaver {
    next: Vec<u32>,
    last: Vec<u32>,
    /// For the first connection of a chain, its last one; and the other way around.
    tail: Vec<u32>,
    head: Vec<u32>,
}

impl Weaver {
    fn new(links: usize) -> Self {
        Self {
            next: vec![NONE; links],
            last: vec![NONE; links],
            tail: (0..links as u32).collect(),
            head: (0..links as u32).collect(),
        }
    }

    fn join(&mut self, one: u32, other: u32) {
        let head = self.head[one as usize];
        if self.next[one as usize] != NONE || self.last[other as usize] != NONE || head == other {
            return;
        }
        let tail = self.tail[other as usize];
        self.next[one as usize] = other;
        self.last[other as usize] = one;
        self.tail[head as usize] = tail;
        self.head[tail as usize] = head;
    }

    /// Connections that follow each other in a line stay so, those of base first; then what ends
    /// where exactly one other starts goes on with it.
    fn chain_up(
        &mut self,
        cluster: &Cluster,
        texts: &[Rows<'_>; 3],
        pairing: &Pairing,
        links: &Links<'_>,
        rank: &[u32],
    ) {
        let merged = |link: u32| links.list[link as usize].merged.is_some();
        let mut pairs: Vec<(bool, u32, u32, u32, u32)> = Vec::new();
        for &node in &cluster.nodes {
            for side in 0..texts.len() {
                let Some(row) = pairing.nodes[node as usize].rows[side] else {
                    continue;
                };
                for pair in links.of_row[side][row as usize].windows(2) {
                    if merged(pair[0]) && merged(pair[1]) {
                        let (one, other) = (pair[0], pair[1]);
                        let ranks = (rank[one as usize], rank[other as usize]);
                        pairs.push((side != BASE, ranks.0, ranks.1, one, other));
                    }
                }
            }
        }
        pairs.sort();
        for (.., one, other) in pairs {
            self.join(one, other);
        }
        // Ends and starts, by the element.
        let mut ends: Vec<(&str, bool, u32)> = Vec::new();
        for &link in cluster.links.iter().filter(|&&link| merged(link)) {
            if self.next[link as usize] == NONE {
                ends.push((links.list[link as usize].to, false, link));
            }
            if self.last[link as usize] == NONE {
                ends.push((links.list[link as usize].from, true, link));
            }
        }
        ends.sort();
        for at in 1..ends.len() {
            let ((id, start, one), (other_id, other_start, other)) = (ends[at - 1], ends[at]);
            let alone = |at: Option<usize>| {
                at.and_then(|at| ends.get(at))
                    .is_none_or(|(around, ..)| *around != id)
            };
            if id == other_id
                && !start
                && other_start
                && alone(at.checked_sub(2))
                && alone(Some(at + 1))
            {
                self.join(one, other);
            }
        }
    }

    /// Writes the chains of a cluster into the places of its lines, with their comments.
    #[allow(clippy::too_many_arguments)]
    fn write(
        &self,
        cluster: &Cluster,
        nodes: &[usize],
        texts: &[Rows<'_>; 3],
        pairing: &Pairing,
        links: &Links<'_>,
        own: &BTreeMap<u32, &str>,
        out: &mut BTreeMap<usize, Vec<String>>,
    ) {
        let merged = |link: u32| links.list[link as usize].merged.as_deref();
        // The lines, in order: where each stands, and what it says.
        let mut lines: Vec<(usize, String)> = Vec::new();
        let mut line_of: BTreeMap<u32, usize> = BTreeMap::new();
        let mut texts_done: BTreeSet<u32> = own.keys().copied().collect();
        let mut put = |first: u32, node: usize, lines: &mut Vec<(usize, String)>| {
            let mut text = links.list[first as usize].from.to_owned();
            let mut at = first;
            while at != NONE {
                line_of.insert(at, lines.len());
                text.push_str(merged(at).unwrap_or(" -> "));
                text.push_str(links.list[at as usize].to);
                at = self.next[at as usize];
            }
            lines.push((node, text));
        };
        let starts = |link: u32| merged(link).is_some() && self.last[link as usize] == NONE;
        let mut done: BTreeMap<u32, ()> = BTreeMap::new();
        for &node in nodes {
            let side = pairing.nodes[node].side();
            let row = pairing.nodes[node].rows[side].unwrap_or(0) as usize;
            for &link in &links.of_row[side][row] {
                if starts(link) && done.insert(link, ()).is_none() {
                    put(link, node, &mut lines);
                }
                if texts_done.remove(&link) {
                    let text = own.get(&link).copied().unwrap_or_default();
                    if !text.is_empty() {
                        lines.push((node, text.to_owned()));
                    }
                }
            }
        }
        let last = nodes.last().copied().unwrap_or(0);
        for &link in &cluster.links {
            if starts(link) && done.insert(link, ()).is_none() {
                put(link, last, &mut lines);
            }
            if texts_done.remove(&link) {
                let text = own.get(&link).copied().unwrap_or_default();
                if !text.is_empty() {
                    lines.push((last, text.to_owned()));
                }
            }
        }
        // Comments: how often each is to stand, as three texts say.
        let mut counts: BTreeMap<&str, [u32; 3]> = BTreeMap::new();
        for &node in &cluster.nodes {
            for (side, text) in texts.iter().enumerate() {
                if let Some(row) = pairing.nodes[node as usize].rows[side] {
                    let comment = text.rows[row as usize].comment;
                    if !comment.is_empty() {
                        counts.entry(comment).or_default()[side] += 1;
                    }
                }
            }
        }
        for &node in nodes {
            let side = pairing.nodes[node].side();
            let row = pairing.nodes[node].rows[side].unwrap_or(0) as usize;
            let comment = texts[side].rows[row].comment;
            let Some(count) = counts.get_mut(comment) else {
                continue;
            };
            let left = match *count {
                [base, ours, theirs] if ours == base => theirs,
                [base, ours, theirs] if theirs == base => ours,
                [_, ours, theirs] => ours.max(theirs),
            };
            if left == 0 {
                continue;
            }
            *count = [0, left - 1, left - 1];
            let line = links.of_row[side][row]
                .iter()
                .find_map(|link| line_of.get(link).copied());
            match line.and_then(|at| lines.get_mut(at)) {
                Some((_, text)) => {
                    text.push(' ');
                    text.push_str(comment);
                }
                // What it spoke of is gone.
                None => lines.push((node, comment.to_owned())),
            }
        }
        for (node, mut text) in lines {
            let side = pairing.nodes[node].side();
            let row = pairing.nodes[node].rows[side].unwrap_or(0) as usize;
            if texts[side].rows[row].raw.ends_with('\r') {
                text.push('\r');
            }
            out.entry(node).or_default().push(text);
        }
    }
}

/// Groups of nodes.
struct Groups(Vec<u32>);

impl Groups {
    fn root(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            let up = self.0[at as usize];
            self.0[at as usize] = self.0[up as usize];
            at = up;
        }
        at
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        // The lower one is the root: the order of nodes is that of the texts.
        let (low, high) = if one < other {
            (one, other)
        } else {
            (other, one)
        };
        self.0[high as usize] = low;
    }
}
