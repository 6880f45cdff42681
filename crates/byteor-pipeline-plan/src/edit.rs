//! Edit operations: a gesture in, minimal text edits out.
//!
//! Lines that an operation doesn't speak of keep their bytes, comments stay with their line, and a
//! document with errors elsewhere can be edited. TypeScript never assembles plan text.

use byteor_pipeline_spec::{CollectOrdered, OrderedMap, sort_list};
use std::collections::{BTreeMap, BTreeSet};

use byteor_pipeline_spec::{EndpointKind, ExecutionTarget, KEY_MAX, id_problem};

use crate::syntax::{DESCRIPTION_MAX, PLAN_MAX_BYTES, key_text, quote};
use crate::words::{free_id, id_from, is_reserved};
use crate::{
    Diagnostics, Document, EditAnswer, EditError, EditOperation, LaneIntent, Line, Span, Statement,
    TextEdit, apply_edits, difference, parse,
};

/// Applies an operation to a text. Nothing is changed where it can't be done.
pub fn edit(text: &str, operation: &EditOperation) -> Result<EditAnswer, EditError> {
    let document = parse(text, &mut Diagnostics::default());
    edit_document(&document, operation)
}

/// Applies an operation to a parsed document.
pub fn edit_document(
    document: &Document<'_>,
    operation: &EditOperation,
) -> Result<EditAnswer, EditError> {
    if document.text.len() >= PLAN_MAX_BYTES {
        return Err(error(
            "E_EDIT_TOO_LONG",
            "The document is too long to be edited; shorten it",
            [],
        ));
    }
    let mut session = Session::new(document);
    session.run(operation)?;
    Ok(session.finish())
}

/// The elements and the connections among them, as text for the clipboard.
pub fn extract(text: &str, ids: &[String]) -> String {
    let document = parse(text, &mut Diagnostics::default());
    let wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect_set();
    let mut declarations = Vec::new();
    let mut chains = Vec::new();
    for line in &document.lines {
        match &line.statement {
            Statement::Boundary { id: Some(id), .. } | Statement::Stage { id: Some(id), .. }
                if wanted.contains(id.text) =>
            {
                declarations.push(line_text(line, line.body.of(text), text));
            }
            Statement::Chain(chain) => {
                let mut piece = Piece::default();
                let flush = |piece: &mut Piece, chains: &mut Vec<String>| {
                    if piece.nodes.len() > 1 {
                        chains.push(piece.text());
                    }
                    *piece = Piece::default();
                };
                for (from, arrow, to) in chain.links() {
                    if wanted.contains(from.text) && wanted.contains(to.text) {
                        if piece.nodes.is_empty() {
                            piece.nodes.push(from.text.to_owned());
                        }
                        piece.arrows.push(arrow_text(arrow.intent));
                        piece.nodes.push(to.text.to_owned());
                    } else {
                        flush(&mut piece, &mut chains);
                    }
                }
                flush(&mut piece, &mut chains);
            }
            _ => {}
        }
    }
    let mut out = String::new();
    for line in &declarations {
        out.push_str(line);
        out.push('\n');
    }
    if !declarations.is_empty() && !chains.is_empty() {
        out.push('\n');
    }
    for line in &chains {
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Edits that lead to the text after several operations in turn; `None` where one can't be done.
pub(crate) fn batch(text: &str, operations: &[EditOperation]) -> Option<Vec<TextEdit>> {
    let mut after = text.to_owned();
    for operation in operations {
        after = edit(&after, operation).ok()?.text;
    }
    Some(difference(text, &after, 0).into_iter().collect())
}

/// Edits that remove one connection of one chain, and leave others between the same ids alone.
pub(crate) fn cut_link(document: &Document<'_>, line: usize, place: usize) -> Vec<TextEdit> {
    let mut session = Session::new(document);
    if let Some(pieces) = session.chains.get_mut(&line)
        && let Some(piece) = pieces.first_mut()
        && place < piece.arrows.len()
    {
        let rest = piece.cut(place);
        pieces.push(rest);
        session.touched.insert(line);
    }
    session.finish().edits
}

fn line_text(line: &Line<'_>, body: &str, text: &str) -> String {
    match line.comment {
        Some(comment) => format!("{body} {}", comment.of(text)),
        None => body.to_owned(),
    }
}

/// An arrow as the formatter writes it, with its spaces.
pub(crate) fn arrow_text(intent: Option<LaneIntent>) -> String {
    match intent {
        None => " -> ".to_owned(),
        Some(intent) => format!(" -[{}]-> ", intent.text()),
    }
}

fn error<const N: usize>(
    code: &'static str,
    message: impl Into<String>,
    args: [(&'static str, &str); N],
) -> EditError {
    EditError {
        code,
        message: message.into(),
        args: args
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
    }
}

/// A part of a chain: ids, and the text between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Piece {
    nodes: Vec<String>,
    arrows: Vec<String>,
}

impl Piece {
    fn text(&self) -> String {
        let mut out = String::new();
        for (at, node) in self.nodes.iter().enumerate() {
            if at > 0 {
                out.push_str(&self.arrows[at - 1]);
            }
            out.push_str(node);
        }
        out
    }

    fn links(&self) -> impl Iterator<Item = (&str, &str)> {
        self.nodes
            .windows(2)
            .map(|pair| (pair[0].as_str(), pair[1].as_str()))
    }

    /// Cuts the connection after node `at`: this piece ends there, the answer is the rest.
    fn cut(&mut self, at: usize) -> Self {
        let nodes = self.nodes.split_off(at + 1);
        let mut arrows = self.arrows.split_off(at);
        arrows.remove(0);
        Self { nodes, arrows }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ingress,
    Egress,
    Stage,
}

enum Change {
    Body(String),
    Delete,
}

struct Session<'d, 't> {
    document: &'d Document<'t>,
    /// Id → kind and line, of the first declaration.
    elements: OrderedMap<&'t str, (Kind, usize)>,
    /// Chain lines as pieces.
    chains: OrderedMap<usize, Vec<Piece>>,
    /// Those of them that were touched.
    touched: BTreeSet<usize>,
    changes: OrderedMap<usize, Change>,
    /// New lines, by the line that they precede.
    before: BTreeMap<usize, Vec<String>>,
    /// New chains, in order.
    new_chains: Vec<Piece>,
    /// Edits inside lines, for operations that change nothing else.
    inner: Vec<TextEdit>,
    created: Vec<String>,
}

impl<'d, 't> Session<'d, 't> {
    fn new(document: &'d Document<'t>) -> Self {
        let mut elements = OrderedMap::new();
        let mut chains = OrderedMap::new();
        for (at, line) in document.lines.iter().enumerate() {
            let (id, kind) = match &line.statement {
                Statement::Boundary {
                    kind: EndpointKind::Ingress,
                    id,
                } => (id, Kind::Ingress),
                Statement::Boundary {
                    kind: EndpointKind::Egress,
                    id,
                } => (id, Kind::Egress),
                Statement::Stage { id, .. } => (id, Kind::Stage),
                Statement::Chain(chain) => {
                    let between = |(a, b): (&crate::Name<'_>, &crate::Name<'_>)| {
                        Span {
                            start: a.span.end,
                            end: b.span.start,
                        }
                        .of(document.text)
                        .to_owned()
                    };
                    let pairs = chain.nodes.iter().zip(chain.nodes.iter().skip(1));
                    chains.insert(
                        at,
                        vec![Piece {
                            nodes: chain
                                .nodes
                                .iter()
                                .map(|name| name.text.to_owned())
                                .collect(),
                            arrows: pairs.map(between).collect(),
                        }],
                    );
                    continue;
                }
                _ => continue,
            };
            if let Some(id) = id {
                elements.or_insert(id.text, (kind, at));
            }
        }
        Self {
            document,
            elements,
            chains,
            touched: BTreeSet::new(),
            changes: OrderedMap::new(),
            before: BTreeMap::new(),
            new_chains: Vec::new(),
            inner: Vec::new(),
            created: Vec::new(),
        }
    }

    // ---- what is there

    fn exists(&self, id: &str) -> bool {
        self.elements.contains_key(id) || self.created.iter().any(|new| new == id)
    }

    fn taken(&self, id: &str) -> bool {
        self.exists(id) || self.mentioned(id)
    }

    fn mentioned(&self, id: &str) -> bool {
        self.chains
            .values()
            .flatten()
            .any(|piece| piece.nodes.iter().any(|node| node == id))
    }

    fn require(&self, id: &str) -> Result<(), EditError> {
        if self.exists(id) {
            return Ok(());
        }
        Err(error(
            "E_EDIT_UNKNOWN_ID",
            format!("There is no `{id}` in the plan"),
            [("id", id)],
        ))
    }

    fn kind(&self, id: &str) -> Option<Kind> {
        self.elements.get(id).map(|(kind, _)| *kind)
    }

    fn new_id(&self, wanted: Option<&str>, base: &str) -> Result<String, EditError> {
        let Some(id) = wanted else {
            return Ok(free_id(&id_from(base), |id| self.taken(id)));
        };
        check_id(id)?;
        if self.exists(id) {
            return Err(id_taken(id));
        }
        Ok(id.to_owned())
    }

    fn connected(&self, from: &str, to: &str) -> bool {
        self.pieces()
            .any(|piece| piece.links().any(|link| link == (from, to)))
    }

    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.chains.values().flatten().chain(&self.new_chains)
    }

    fn may_connect(&self, from: &str, to: &str) -> Result<(), EditError> {
        self.require(from)?;
        self.require(to)?;
        let args = [("from", from), ("to", to)];
        if from == to {
            return Err(error(
                "E_EDIT_SELF",
                format!("`{from}` can't be connected to itself; add a stage between"),
                args,
            ));
        }
        if self.kind(from) == Some(Kind::Egress) {
            return Err(error(
                "E_EDIT_FROM_EGRESS",
                format!("Records leave at the egress `{from}`; nothing comes after it"),
                args,
            ));
        }
        if self.kind(to) == Some(Kind::Ingress) {
            return Err(error(
                "E_EDIT_INTO_INGRESS",
                format!("Records come in at the ingress `{to}`; nothing comes before it"),
                args,
            ));
        }
        if self.connected(from, to) {
            return Err(error(
                "E_EDIT_CONNECTED",
                format!("`{from}` is connected to `{to}` already"),
                args,
            ));
        }
        Ok(())
    }

    // ---- places for new lines

    fn last_line(&self, wanted: impl Fn(&Statement<'_>) -> bool) -> Option<usize> {
        self.document
            .lines
            .iter()
            .rposition(|line| wanted(&line.statement))
    }

    /// Adds a line after line `at`.
    fn insert_after(&mut self, at: usize, text: String) {
        self.before.entry(at + 1).or_default().push(text);
    }

    /// After the last line that holds anything.
    fn end(&self) -> Option<usize> {
        self.document
            .lines
            .iter()
            .rposition(|line| line.span.start < line.span.end)
    }

    /// Adds a line in a section of its own: after line `at`, with a blank line between.
    fn insert_section(&mut self, at: Option<usize>, text: String) {
        match at {
            None => self.before.entry(0).or_default().push(text),
            Some(at) => {
                let list = self.before.entry(at + 1).or_default();
                if list.is_empty() {
                    list.push(String::new());
                }
                list.push(text);
                let next = self.document.lines.get(at + 1);
                if next.is_some_and(|next| next.span.start < next.span.end)
                    && let Some(list) = self.before.get_mut(&(at + 1))
                {
                    list.push(String::new());
                }
            }
        }
    }

    fn insert_declaration(&mut self, text: String, kind: Kind, after: Option<usize>) {
        if let Some(at) = after {
            return self.insert_after(at, text);
        }
        let ingress = |statement: &Statement<'_>| {
            matches!(
                statement,
                Statement::Boundary {
                    kind: EndpointKind::Ingress,
                    ..
                }
            )
        };
        let stage = |statement: &Statement<'_>| matches!(statement, Statement::Stage { .. });
        let any = |statement: &Statement<'_>| {
            matches!(
                statement,
                Statement::Stage { .. } | Statement::Boundary { .. }
            )
        };
        let place = match kind {
            Kind::Ingress => self.last_line(ingress),
            Kind::Stage => self.last_line(stage).or_else(|| self.last_line(ingress)),
            Kind::Egress => self.last_line(any),
        };
        if let Some(at) = place {
            return self.insert_after(at, text);
        }
        // An ingress, or a stage where there is only an egress, comes before what is there.
        if let Some(first) = self
            .document
            .lines
            .iter()
            .position(|line| any(&line.statement))
        {
            self.before.entry(first).or_default().push(text);
            return;
        }
        let header = self.last_line(|statement| {
            matches!(
                statement,
                Statement::Pipeline { .. } | Statement::Description { .. }
            )
        });
        let already = header.is_some_and(|at| self.before.contains_key(&(at + 1)));
        match header {
            Some(at) if already => self.insert_after(at, text),
            Some(at) => self.insert_section(Some(at), text),
            None => {
                let first = self
                    .document
                    .lines
                    .iter()
                    .position(|line| line.body.start < line.body.end);
                match first {
                    Some(first) => self.before.entry(first).or_default().push(text),
                    None => {
                        let at = self.end().map_or(0, |at| at + 1);
                        self.before.entry(at).or_default().push(text);
                    }
                }
            }
        }
    }

    // ---- chains

    /// Connects two ids: at the end of a chain that ends with the one, at the start of one that
    /// starts with the other, or in a line of its own.
    fn add_link(&mut self, from: &str, to: &str, arrow: String) {
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
    fn remove_link(&mut self, from: &str, to: &str) -> Option<String> {
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

    fn require_link(&self, from: &str, to: &str) -> Result<(), EditError> {
        if self.connected(from, to) {
            return Ok(());
        }
        Err(error(
            "E_EDIT_NOT_CONNECTED",
            format!("`{from}` is not connected to `{to}`"),
            [("from", from), ("to", to)],
        ))
    }

    // ---- operations

    fn run(&mut self, operation: &EditOperation) -> Result<(), EditError> {
        match operation {
            EditOperation::AddStage { key, id, after } => {
                self.add_stage(key, id.as_deref(), after.as_deref())
            }
            EditOperation::AddBoundary { kind, id } => {
                let (word, base, kind) = match kind {
                    EndpointKind::Ingress => ("ingress", "in", Kind::Ingress),
                    EndpointKind::Egress => ("egress", "out", Kind::Egress),
                };
                let id = self.new_id(id.as_deref(), base)?;
                self.insert_declaration(format!("{word} {id}"), kind, None);
                self.created.push(id);
                Ok(())
            }
            EditOperation::Connect { from, to, intent } => {
                self.may_connect(from, to)?;
                self.add_link(from, to, arrow_text(*intent));
                Ok(())
            }
            EditOperation::Disconnect { from, to } => {
                self.require_link(from, to)?;
                self.remove_link(from, to);
                Ok(())
            }
            EditOperation::InsertOnConnection { from, to, key, id } => {
                self.insert_on_connection(from, to, key, id.as_deref())
            }
            EditOperation::Remove { ids, heal } => self.remove(ids, *heal),
            EditOperation::Rename { id, to } => self.rename(id, to),
            EditOperation::SetKey { id, key } => self.set_key(id, key),
            EditOperation::SetIntent { from, to, intent } => self.set_intent(from, to, *intent),
            EditOperation::Reconnect {
                from,
                to,
                new_from,
                new_to,
            } => {
                let new_from = new_from.as_deref().unwrap_or(from);
                let new_to = new_to.as_deref().unwrap_or(to);
                self.reconnect(from, to, new_from, new_to)
            }
            EditOperation::Paste { text, after } => self.paste(text, after.as_deref()),
            EditOperation::Duplicate { ids } => self.duplicate(ids),
            EditOperation::SetName { name } => self.set_name(name),
            EditOperation::SetDescription { description } => {
                self.set_description(description.as_deref().unwrap_or(""))
            }
            EditOperation::SetSetting {
                target,
                name,
                value,
            } => self.set_setting(*target, name, value.as_deref().unwrap_or("")),
        }
    }

    fn add_stage(
        &mut self,
        key: &str,
        id: Option<&str>,
        after: Option<&str>,
    ) -> Result<(), EditError> {
        check_key(key)?;
        let id = self.new_id(id, key.split(':').next().unwrap_or("stage"))?;
        let text = format!("stage {id} {}", key_text(key));
        match after {
            None => {
                self.insert_declaration(text, Kind::Stage, None);
                self.created.push(id);
            }
            Some(after) => {
                self.require(after)?;
                let line = self.elements.get(after).map(|(_, line)| *line);
                self.created.push(id.clone());
                self.may_connect(after, &id)?;
                self.insert_declaration(text, Kind::Stage, line);
                self.add_link(after, &id, arrow_text(None));
            }
        }
        Ok(())
    }

    fn insert_on_connection(
        &mut self,
        from: &str,
        to: &str,
        key: &str,
        id: Option<&str>,
    ) -> Result<(), EditError> {
        self.require_link(from, to)?;
        check_key(key)?;
        let id = self.new_id(id, key.split(':').next().unwrap_or("stage"))?;
        let line = match self.elements.get(from) {
            Some((Kind::Stage | Kind::Ingress, line)) => Some(*line),
            _ => None,
        };
        self.insert_declaration(format!("stage {id} {}", key_text(key)), Kind::Stage, line);
        for (&line, pieces) in self.chains.iter_mut() {
            for piece in pieces {
                let found = piece.links().position(|link| link == (from, to));
                if let Some(at) = found {
                    piece.nodes.insert(at + 1, id.clone());
                    piece.arrows.insert(at + 1, " -> ".to_owned());
                    self.touched.insert(line);
                    self.created.push(id);
                    // The same connection in another line would go around the stage.
                    self.remove_link(from, to);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn remove(&mut self, ids: &[String], heal: bool) -> Result<(), EditError> {
        for id in ids {
            if !self.taken(id) {
                self.require(id)?;
            }
        }
        for id in ids {
            for (at, line) in self.document.lines.iter().enumerate() {
                if let Statement::Boundary { id: Some(name), .. }
                | Statement::Stage { id: Some(name), .. } = &line.statement
                    && name.text == id
                {
                    self.changes.insert(at, Change::Delete);
                }
            }
            self.remove_from_chains(id, heal);
        }
        Ok(())
    }

    fn remove_from_chains(&mut self, id: &str, heal: bool) {
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

    fn rename(&mut self, id: &str, to: &str) -> Result<(), EditError> {
        if !self.taken(id) {
            self.require(id)?;
        }
        check_id(to)?;
        if id == to {
            return Ok(());
        }
        if self.exists(to) {
            return Err(id_taken(to));
        }
        for line in &self.document.lines {
            let mut push = |span: Span| {
                self.inner.push(TextEdit {
                    start: span.start,
                    end: span.end,
                    text: to.to_owned(),
                });
            };
            match &line.statement {
                Statement::Boundary { id: Some(name), .. }
                | Statement::Stage { id: Some(name), .. }
                    if name.text == id =>
                {
                    push(name.span);
                }
                Statement::Chain(chain) => {
                    for name in chain.nodes.iter().filter(|name| name.text == id) {
                        push(name.span);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn set_key(&mut self, id: &str, key: &str) -> Result<(), EditError> {
        self.require(id)?;
        check_key(key)?;
        let line = match self.elements.get(id) {
            Some((Kind::Stage, line)) => &self.document.lines[*line],
            _ => {
                return Err(error(
                    "E_EDIT_NOT_A_STAGE",
                    format!("`{id}` is a boundary and has no key"),
                    [("id", id)],
                ));
            }
        };
        let text = key_text(key);
        if let Statement::Stage {
            id: Some(name),
            key: now,
        } = &line.statement
        {
            let edit = match now {
                Some(now) if now.text == key && !now.broken => None,
                Some(now) => difference(
                    now.span.of(self.document.text),
                    &text,
                    now.span.start as usize,
                ),
                None => {
                    let at = name.span.end as usize;
                    Some(TextEdit::new(at, at, format!(" {text}")))
                }
            };
            self.inner.extend(edit);
        }
        Ok(())
    }

    fn set_intent(
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

    fn reconnect(
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

    fn paste(&mut self, text: &str, after: Option<&str>) -> Result<(), EditError> {
        if let Some(after) = after {
            self.require(after)?;
        }
        let after = after
            .and_then(|id| self.elements.get(id))
            .map(|(_, line)| *line);
        let text = text.replace("\r\n", "\n");
        self.paste_at(text.trim_start_matches('\u{feff}'), after)
    }

    fn paste_at(&mut self, text: &str, after: Option<usize>) -> Result<(), EditError> {
        if text.len() + self.document.text.len() >= PLAN_MAX_BYTES {
            return Err(error(
                "E_EDIT_TOO_LONG",
                "The text is too long to be pasted",
                [],
            ));
        }
        let mut diagnostics = Diagnostics::default();
        let fragment = parse(text, &mut diagnostics);
        if diagnostics.has_errors() {
            let first = diagnostics
                .finish(text)
                .into_iter()
                .find(crate::Diagnostic::is_error);
            let (line, why) = first.map_or((0, String::new()), |first| {
                (first.range.start_line, first.message)
            });
            return Err(error(
                "E_EDIT_PASTE",
                format!("The text is no part of a plan: in its line {line}, {why}"),
                [("line", &line.to_string()), ("reason", &why)],
            ));
        }
        // New ids first, so that connections know them.
        let mut used: BTreeSet<String> = self
            .elements
            .keys()
            .map(|id| (*id).to_owned())
            .collect_set();
        used.extend(self.pieces().flat_map(|piece| piece.nodes.iter().cloned()));
        let declared: BTreeSet<&str> = fragment.lines.iter().filter_map(declared_id).collect_set();
        let mut names: OrderedMap<&str, String> = OrderedMap::new();
        for id in fragment.lines.iter().filter_map(declared_id) {
            if names.contains_key(id) {
                continue;
            }
            let new = if used.contains(id) {
                free_id(id, |id| used.contains(id) || declared.contains(id))
            } else {
                id.to_owned()
            };
            used.insert(new.clone());
            self.created.push(new.clone());
            names.insert(id, new);
        }
        let mut pending: Vec<String> = Vec::new();
        let mut stages = Vec::new();
        let mut chains = Vec::new();
        for line in &fragment.lines {
            let mut comment = |list: &mut Vec<String>, body: String| {
                list.append(&mut pending);
                list.push(match line.comment {
                    Some(comment) => format!("{body} {}", comment.of(text)),
                    None => body,
                });
            };
            match &line.statement {
                Statement::Nothing => match line.comment {
                    Some(comment) => pending.push(comment.of(text).to_owned()),
                    None => pending.clear(),
                },
                Statement::Boundary { kind, id: Some(id) } => {
                    let id = names.get(id.text).map_or(id.text, String::as_str);
                    comment(&mut stages, format!("{} {id}", kind.name()));
                }
                Statement::Stage {
                    id: Some(id),
                    key: Some(key),
                } => {
                    let id = names.get(id.text).map_or(id.text, String::as_str);
                    comment(&mut stages, format!("stage {id} {}", key.span.of(text)));
                }
                Statement::Chain(chain) => {
                    let mut piece = Piece::default();
                    for (at, name) in chain.nodes.iter().enumerate() {
                        if at > 0 {
                            piece.arrows.push(arrow_text(chain.arrows[at - 1].intent));
                        }
                        let new = names.get(name.text).map_or(name.text, String::as_str);
                        piece.nodes.push(new.to_owned());
                    }
                    if piece.links().any(|(from, to)| !self.connected(from, to)) {
                        comment(&mut chains, piece.text());
                    } else {
                        pending.clear();
                    }
                }
                _ => pending.clear(),
            }
        }
        if stages.is_empty() && chains.is_empty() {
            return Err(error(
                "E_EDIT_PASTE_EMPTY",
                "There is no stage, boundary or connection in the text",
                [],
            ));
        }
        if !stages.is_empty() {
            self.insert_declaration(stages.join("\n"), Kind::Stage, after);
        }
        if !chains.is_empty() {
            self.insert_chain_lines(chains.join("\n"));
        }
        Ok(())
    }

    fn duplicate(&mut self, ids: &[String]) -> Result<(), EditError> {
        let mut last = None;
        for id in ids {
            self.require(id)?;
            last = last.max(self.elements.get(id.as_str()).map(|(_, line)| *line));
        }
        if ids.is_empty() {
            return Err(error(
                "E_EDIT_PASTE_EMPTY",
                "Nothing is selected to be duplicated",
                [],
            ));
        }
        let fragment = extract(self.document.text, ids);
        self.paste_at(&fragment, last)
    }

    fn set_name(&mut self, name: &str) -> Result<(), EditError> {
        check_id(name)?;
        let at = self
            .document
            .lines
            .iter()
            .position(|line| matches!(line.statement, Statement::Pipeline { .. }));
        match at {
            Some(at) => {
                self.changes
                    .insert(at, Change::Body(format!("pipeline {name}")));
            }
            None => {
                let list = self.before.entry(0).or_default();
                list.push(format!("pipeline {name}"));
                let next = self.document.lines.first();
                let header = next.is_some_and(|line| {
                    line.span.start == line.span.end
                        || matches!(line.statement, Statement::Description { .. })
                });
                if !header {
                    list.push(String::new());
                }
            }
        }
        Ok(())
    }

    fn set_description(&mut self, description: &str) -> Result<(), EditError> {
        if description.chars().any(char::is_control) {
            return Err(error(
                "E_EDIT_TEXT",
                "A description is one line without control characters",
                [],
            ));
        }
        if description.len() > DESCRIPTION_MAX {
            return Err(error(
                "E_EDIT_TEXT",
                format!("A description has at most {DESCRIPTION_MAX} bytes"),
                [],
            ));
        }
        let at = self
            .document
            .lines
            .iter()
            .position(|line| matches!(line.statement, Statement::Description { .. }));
        match (at, description) {
            (Some(at), "") => {
                self.changes.insert(at, Change::Delete);
            }
            (None, "") => {}
            (Some(at), text) => {
                self.changes
                    .insert(at, Change::Body(format!("description {}", quote(text))));
            }
            (None, text) => {
                let line = format!("description {}", quote(text));
                let pipeline =
                    self.last_line(|statement| matches!(statement, Statement::Pipeline { .. }));
                match pipeline {
                    Some(at) => self.insert_after(at, line),
                    None => self.before.entry(0).or_default().push(line),
                }
            }
        }
        Ok(())
    }

    fn set_setting(
        &mut self,
        target: ExecutionTarget,
        name: &str,
        value: &str,
    ) -> Result<(), EditError> {
        let word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        if !word(name) || !value.split_terminator(' ').all(word) {
            return Err(error(
                "E_EDIT_SETTING",
                "A setting is made of words of a to z, 0 to 9 and _",
                [("name", name)],
            ));
        }
        let place = self
            .document
            .lines
            .iter()
            .enumerate()
            .find_map(|(at, line)| match &line.statement {
                Statement::Block {
                    target: other,
                    settings,
                } if *other == target => Some((at, line, settings)),
                _ => None,
            });
        let setting = if value.is_empty() {
            None
        } else {
            Some(format!("{name} {value}"))
        };
        let Some((at, line, settings)) = place else {
            if let Some(setting) = setting {
                let text = format!("{} {{ {setting} }}", target.name());
                match self.last_line(|statement| matches!(statement, Statement::Block { .. })) {
                    Some(at) => self.insert_after(at, text),
                    None => self.insert_section(self.end(), text),
                }
            }
            return Ok(());
        };
        if line.broken {
            return Err(error(
                "E_EDIT_BROKEN_LINE",
                format!("Line {} has an error; correct it first", at + 1),
                [("line", &(at + 1).to_string())],
            ));
        }
        if let (Some(now), Some(_)) = (
            settings.iter().find(|setting| setting.name.text == name),
            &setting,
        ) {
            let text = format!("{name} {value}");
            self.inner.extend(difference(
                now.span.of(self.document.text),
                &text,
                now.span.start as usize,
            ));
            return Ok(());
        }
        let mut list: Vec<&str> = settings
            .iter()
            .filter(|setting| setting.name.text != name)
            .map(|setting| setting.span.of(self.document.text))
            .collect();
        if list.len() == settings.len() && setting.is_none() {
            return Ok(());
        }
        list.extend(setting.as_deref());
        let change = if list.is_empty() {
            Change::Delete
        } else {
            Change::Body(format!("{} {{ {} }}", target.name(), list.join("; ")))
        };
        self.changes.insert(at, change);
        Ok(())
    }

    // ---- the answer

    fn insert_chain_lines(&mut self, text: String) {
        let chain = |statement: &Statement<'_>| matches!(statement, Statement::Chain(_));
        if let Some(at) = self.last_line(chain) {
            return self.insert_after(at, text);
        }
        let declaration = self.last_line(|statement| {
            matches!(
                statement,
                Statement::Stage { .. } | Statement::Boundary { .. }
            )
        });
        self.insert_section(declaration.or_else(|| self.end()), text);
    }

    fn finish(mut self) -> EditAnswer {
        let text = self.document.text;
        if !self.inner.is_empty() {
            sort_list(&mut self.inner, |a, b| {
                (a.start, a.end).cmp(&(b.start, b.end))
            });
            return EditAnswer {
                text: apply_edits(text, &self.inner),
                edits: self.inner,
                created: self.created,
            };
        }
        let new_chains: Vec<String> = std::mem::take(&mut self.new_chains)
            .iter()
            .filter(|piece| piece.nodes.len() > 1)
            .map(Piece::text)
            .collect();
        if !new_chains.is_empty() {
            self.insert_chain_lines(new_chains.join("\n"));
        }
        for &at in &self.touched {
            let line = &self.document.lines[at];
            let body = line.body.of(text);
            let Statement::Chain(chain) = &line.statement else {
                continue;
            };
            let first = chain
                .nodes
                .first()
                .map_or(line.body.start, |name| name.span.start);
            let last = chain
                .nodes
                .last()
                .map_or(line.body.end, |name| name.span.end);
            // What stands around the ids of a broken line stays.
            let head = Span {
                start: line.body.start,
                end: first,
            }
            .of(text);
            let tail = Span {
                start: last,
                end: line.body.end,
            }
            .of(text);
            let indent = Span {
                start: line.span.start,
                end: line.body.start,
            }
            .of(text);
            let separator = format!("\n{indent}");
            let pieces: Vec<String> = self
                .chains
                .get(&at)
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .filter(|piece| piece.nodes.len() > 1)
                .map(Piece::text)
                .collect();
            let change = if pieces.is_empty() {
                Change::Delete
            } else {
                Change::Body(format!("{head}{}{tail}", pieces.join(&separator)))
            };
            if matches!(&change, Change::Body(new) if new == body) {
                continue;
            }
            self.changes.insert(at, change);
        }
        self.assemble()
    }

    /// The new text, line by line, and the edits that lead there.
    fn assemble(mut self) -> EditAnswer {
        let text = self.document.text;
        let lines = &self.document.lines;
        let mut out: Vec<String> = Vec::new();
        let mut edits: Vec<TextEdit> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let start = line.span.start as usize;
            if let Some(new) = self.before.remove(&at) {
                let new = new.join("\n");
                edits.push(TextEdit::new(start, start, format!("{new}\n")));
                out.push(new);
            }
            match self.changes.get(&at) {
                None => out.push(line.span.of(text).to_owned()),
                Some(Change::Body(body)) => {
                    edits.extend(difference(
                        line.body.of(text),
                        body,
                        line.body.start as usize,
                    ));
                    let head = Span {
                        start: line.span.start,
                        end: line.body.start,
                    }
                    .of(text);
                    let tail = Span {
                        start: line.body.end,
                        end: line.span.end,
                    }
                    .of(text);
                    out.push(format!("{head}{body}{tail}"));
                }
                Some(Change::Delete) => {
                    let chain = matches!(line.statement, Statement::Chain(_));
                    match line.comment {
                        // A comment beside connections may speak of more than those that go.
                        Some(comment) if chain => {
                            edits.push(TextEdit::new(
                                line.body.start as usize,
                                comment.start as usize,
                                "",
                            ));
                            let head = Span {
                                start: line.span.start,
                                end: line.body.start,
                            }
                            .of(text);
                            out.push(format!("{head}{}", comment.of(text)));
                        }
                        _ => match lines.get(at + 1) {
                            Some(next) => {
                                edits.push(TextEdit::new(start, next.span.start as usize, ""));
                            }
                            None => edits.push(TextEdit::new(
                                start.saturating_sub(1),
                                line.span.end as usize,
                                "",
                            )),
                        },
                    }
                }
            }
        }
        for (_, new) in std::mem::take(&mut self.before) {
            let new = new.join("\n");
            edits.push(TextEdit::new(text.len(), text.len(), format!("\n{new}")));
            out.push(new);
        }
        let after = out.join("\n");
        sort_list(&mut edits, |a, b| (a.start, a.end).cmp(&(b.start, b.end)));
        let apart = edits.windows(2).all(|pair| pair[0].end <= pair[1].start);
        if !apart || apply_edits(text, &edits) != after {
            // Neighbouring changes at the end of the document meet in one line feed.
            edits = difference(text, &after, 0).into_iter().collect();
        }
        EditAnswer {
            text: after,
            edits,
            created: self.created,
        }
    }
}

fn declared_id<'t>(line: &Line<'t>) -> Option<&'t str> {
    match &line.statement {
        Statement::Boundary { id: Some(id), .. } | Statement::Stage { id: Some(id), .. } => {
            Some(id.text)
        }
        _ => None,
    }
}

/// The arrow of a healed connection: the one that says something; of two, the later.
fn healed(before: &str, after: &str) -> String {
    spaced(if after.contains('[') || !before.contains('[') {
        after
    } else {
        before
    })
}

/// An arrow with a space on each side.
fn spaced(arrow: &str) -> String {
    format!(" {} ", arrow.trim())
}

fn check_id(id: &str) -> Result<(), EditError> {
    let problem =
        id_problem(id).or_else(|| is_reserved(id).then_some("it is a word of the language"));
    match problem {
        None => Ok(()),
        Some(problem) => {
            let shown: String = id.chars().take(40).collect();
            Err(error(
                "E_EDIT_ID_INVALID",
                format!("`{shown}` is no id: {problem}"),
                [("id", &shown), ("problem", problem)],
            ))
        }
    }
}

fn id_taken(id: &str) -> EditError {
    error(
        "E_EDIT_ID_TAKEN",
        format!("`{id}` is taken; choose another id"),
        [("id", id)],
    )
}

fn check_key(key: &str) -> Result<(), EditError> {
    if key.is_empty() || key.len() > KEY_MAX || key.chars().any(char::is_control) {
        return Err(error(
            "E_EDIT_KEY",
            format!(
                "A stage key has 1 to {KEY_MAX} characters in one line, without control characters"
            ),
            [],
        ));
    }
    Ok(())
}
