//! Parts of chains: ids, and the text between them.

use crate::LaneIntent;

/// An arrow as the formatter writes it, with its spaces.
pub(crate) fn arrow_text(intent: Option<LaneIntent>) -> String {
    match intent {
        None => " -> ".to_owned(),
        Some(intent) => format!(" -[{}]-> ", intent.text()),
    }
}

/// A part of a chain: ids, and the text between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) nodes: Vec<String>,
    pub(super) arrows: Vec<String>,
}

impl Piece {
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for (at, node) in self.nodes.iter().enumerate() {
            if at > 0 {
                out.push_str(&self.arrows[at - 1]);
            }
            out.push_str(node);
        }
        out
    }

    pub(super) fn links(&self) -> impl Iterator<Item = (&str, &str)> {
        self.nodes
            .windows(2)
            .map(|pair| (pair[0].as_str(), pair[1].as_str()))
    }

    /// Cuts the connection after node `at`: this piece ends there, the answer is the rest.
    pub(super) fn cut(&mut self, at: usize) -> Self {
        let nodes = self.nodes.split_off(at + 1);
        let mut arrows = self.arrows.split_off(at);
        arrows.remove(0);
        Self { nodes, arrows }
    }
}

/// The arrow of a healed connection: the one that says something; of two, the later.
pub(super) fn healed(before: &str, after: &str) -> String {
    spaced(if after.contains('[') || !before.contains('[') {
        after
    } else {
        before
    })
}

/// An arrow with a space on each side.
pub(super) fn spaced(arrow: &str) -> String {
    format!(" {} ", arrow.trim())
}
