//! Connections: adding, removing, moving and changing them.

use super::check::error;
use super::piece::{Piece, arrow_text, healed, spaced};
use super::session::Session;
use super::settings::Rank;
use crate::{EditError, LaneIntent, Statement, difference};

impl Session<'_, '_> {
    /// Connects two ids: at the end of a chain that ends with the one, at the start of one that
    /// starts with the other, or in a line of its own.
    pub(super) fn add_link(&mut self, from: &str, to: &str, arrow: String) {
        let whole = |session: &Self, at: usize| !session.document.lines[at].broken;
        let ends = self.chains.iter().find_map(|(&at, pieces)| {
            let last = pieces.last()?;
            (last.nodes.len() > 1
                && last.nodes.last().is_some_and(|node| node == from)
                && whole(self, at))
            .then_some(at)
        });
        if let Some(at) = ends {
            if let Some(piece) = self
                .chains
                .get_mut(&at)
                .and_then(|pieces| pieces.last_mut())
            {
                piece.arrows.push(arrow);
                piece.nodes.push(to.to_owned());
            }
            self.touched.insert(at);
            return;
        }
        let starts = self.chains.iter().find_map(|(&at, pieces)| {
            let first = pieces.first()?;
            (first.nodes.len() > 1
                && first.nodes.first().is_some_and(|node| node == to)
                && whole(self, at))
            .then_some(at)
        });
        if let Some(at) = starts {
            if let Some(piece) = self
                .chains
                .get_mut(&at)
                .and_then(|pieces| pieces.first_mut())
            {
                piece.arrows.insert(0, arrow);
                piece.nodes.insert(0, from.to_owned());
            }
            self.touched.insert(at);
            return;
        }
        for piece in &mut self.new_chains {
            if piece.nodes.last().is_some_and(|node| node == from) {
                piece.arrows.push(arrow);
                piece.nodes.push(to.to_owned());
                return;
            }
            if piece.nodes.first().is_some_and(|node| node == to) {
                piece.arrows.insert(0, arrow);
                piece.nodes.insert(0, from.to_owned());
                return;
            }
        }
        self.new_chains.push(Piece {
            nodes: vec![from.to_owned(), to.to_owned()],
            arrows: vec![arrow],
        });
    }

    /// Removes all connections from one id to another; the answer is the first arrow.
    pub(super) fn remove_link(&mut self, from: &str, to: &str) -> Option<String> {
        let mut arrow = None;
        for (&line, pieces) in self.chains.iter_mut() {
            let mut at = 0;
            while at < pieces.len() {
                let found = pieces[at].links().position(|link| link == (from, to));
                if let Some(place) = found {
                    arrow.get_or_insert_with(|| pieces[at].arrows[place].clone());
                    let rest = pieces[at].cut(place);
                    pieces.insert(at + 1, rest);
                    self.touched.insert(line);
                }
                at += 1;
            }
        }
        let mut at = 0;
        while at < self.new_chains.len() {
            let found = self.new_chains[at]
                .links()
                .position(|link| link == (from, to));
            if let Some(place) = found {
                arrow.get_or_insert_with(|| self.new_chains[at].arrows[place].clone());
                let rest = self.new_chains[at].cut(place);
                self.new_chains.insert(at + 1, rest);
            }
            at += 1;
        }
        arrow
    }

    pub(super) fn require_link(&self, from: &str, to: &str) -> Result<(), EditError> {
        if self.connected(from, to) {
            return Ok(());
        }
        Err(error(
            "E_EDIT_NOT_CONNECTED",
            format!("`{from}` is not connected to `{to}`"),
            [("from", from), ("to", to)],
        ))
    }

    pub(super) fn remove_from_chains(&mut self, id: &str, heal: bool) {
        // What to heal: each arrow in, each arrow out.
        let mut into: Vec<(String, String)> = Vec::new();
        let mut out: Vec<(String, String)> = Vec::new();
        for piece in self.pieces() {
            for (at, (from, to)) in piece.links().enumerate() {
                if to == id {
                    into.push((from.to_owned(), piece.arrows[at].clone()));
                } else if from == id {
                    out.push((to.to_owned(), piece.arrows[at].clone()));
                }
            }
        }
        let lines: Vec<usize> = self.chains.keys().copied().collect();
        for line in lines {
            let mut index = 0;
            while let Some(piece) = self.chains.get(&line).and_then(|pieces| pieces.get(index)) {
                let Some(at) = piece.nodes.iter().position(|node| node == id) else {
                    index += 1;
                    continue;
                };
                let pair = (at > 0)
                    .then(|| {
                        piece
                            .nodes
                            .get(at + 1)
                            .map(|to| (piece.nodes[at - 1].clone(), to.clone()))
                    })
                    .flatten()
                    .filter(|(from, to)| heal && from != to && !self.connected(from, to));
                self.touched.insert(line);
                let Some(pieces) = self.chains.get_mut(&line) else {
                    break;
                };
                let piece = &mut pieces[index];
                if pair.is_some() {
                    piece.nodes.remove(at);
                    let after = piece.arrows.remove(at);
                    let before = &mut piece.arrows[at - 1];
                    *before = healed(before, &after);
                } else {
                    // The start up to the id's predecessor, and the rest from its successor.
                    let rest = if at + 1 < piece.nodes.len() {
                        piece.cut(at)
                    } else {
                        Piece::default()
                    };
                    piece.nodes.pop();
                    piece.arrows.pop();
                    pieces.insert(index + 1, rest);
                    index += 1;
                }
            }
        }
        let mut index = 0;
        while index < self.new_chains.len() {
            let piece = &mut self.new_chains[index];
            match piece.nodes.iter().position(|node| node == id) {
                None => index += 1,
                Some(at) => {
                    let rest = if at + 1 < piece.nodes.len() {
                        piece.cut(at)
                    } else {
                        Piece::default()
                    };
                    piece.nodes.pop();
                    piece.arrows.pop();
                    self.new_chains.insert(index + 1, rest);
                }
            }
        }
        if heal {
            for (from, before) in &into {
                for (to, after) in &out {
                    if from != to && from != id && to != id && !self.connected(from, to) {
                        self.add_link(from, to, healed(before, after));
                    }
                }
            }
        }
    }

    pub(super) fn set_intent(
        &mut self,
        from: &str,
        to: &str,
        intent: Option<LaneIntent>,
    ) -> Result<(), EditError> {
        self.require_link(from, to)?;
        let text = arrow_text(intent);
        for line in &self.document.lines {
            if let Statement::Chain(chain) = &line.statement {
                for (a, arrow, b) in chain.links() {
                    if a.text == from && b.text == to {
                        self.inner.extend(difference(
                            arrow.span.of(self.document.text),
                            text.trim(),
                            arrow.span.start as usize,
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn reconnect(
        &mut self,
        from: &str,
        to: &str,
        new_from: &str,
        new_to: &str,
    ) -> Result<(), EditError> {
        self.require_link(from, to)?;
        if (from, to) == (new_from, new_to) {
            return Ok(());
        }
        self.may_connect(new_from, new_to)?;
        if to == new_to {
            self.take_rank(Rank {
                old: from,
                to,
                new: new_from,
            });
        }
        for (&line, pieces) in self.chains.iter_mut() {
            for piece in pieces {
                let Some(at) = piece.links().position(|link| link == (from, to)) else {
                    continue;
                };
                let free_start = at == 0 || from == new_from;
                let free_end = at + 2 == piece.nodes.len() || to == new_to;
                if free_start && free_end {
                    piece.nodes[at] = new_from.to_owned();
                    piece.nodes[at + 1] = new_to.to_owned();
                    self.touched.insert(line);
                    self.remove_link(from, to);
                    return Ok(());
                }
            }
        }
        let arrow = self
            .remove_link(from, to)
            .unwrap_or_else(|| arrow_text(None));
        self.add_link(new_from, new_to, spaced(&arrow));
        Ok(())
    }
}
