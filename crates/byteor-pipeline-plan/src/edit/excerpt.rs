//! The lines of a document that an operation could read or change.
//!
//! A quick fix is an edit, and a broken document has one for each of its problems. Were each worked
//! out on the whole document, the time would grow with the square of its length.

use std::collections::HashMap;

use byteor_pipeline_spec::EndpointKind;

use super::session::Session;
use crate::{Document, EditOperation, Statement, TextEdit, apply_edits, difference};

/// Which lines name which ids, and the lines that decide where new ones go.
pub(crate) struct Excerpts<'d, 't> {
    document: &'d Document<'t>,
    mentions: HashMap<&'d str, Vec<usize>>,
    /// The first and the last line of each kind of statement, each with the line behind it, in
    /// order.
    landmarks: Vec<usize>,
}

impl<'d, 't> Excerpts<'d, 't> {
    /// Reads a document once, for any number of operations.
    pub(crate) fn new(document: &'d Document<'t>) -> Self {
        let mut mentions: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut ends = [None; KINDS];
        let mut end = 0;
        for (at, line) in document.lines.iter().enumerate() {
            let mut mention = |id: &'d str| {
                let lines = mentions.entry(id).or_default();
                if lines.last() != Some(&at) {
                    lines.push(at);
                }
            };
            let kind = match &line.statement {
                Statement::Nothing => 0,
                Statement::Unknown => 1,
                Statement::Pipeline { .. } | Statement::Description { .. } => 2,
                Statement::Boundary { kind, id } => {
                    if let Some(id) = id {
                        mention(id.text);
                    }
                    match kind {
                        EndpointKind::Ingress => 3,
                        EndpointKind::Egress => 4,
                    }
                }
                Statement::Stage { id, .. } => {
                    if let Some(id) = id {
                        mention(id.text);
                    }
                    5
                }
                Statement::Chain(chain) => {
                    for name in &chain.nodes {
                        mention(name.text);
                    }
                    6
                }
                Statement::Block { settings, .. } => {
                    for setting in settings {
                        for name in setting.ids(document.text) {
                            mention(name.text);
                        }
                    }
                    7
                }
            };
            let (_, last) = ends[kind].get_or_insert((at, at));
            *last = at;
            if line.span.start < line.span.end {
                end = at;
            }
        }
        let mut landmarks = vec![end];
        for (first, last) in ends.into_iter().flatten() {
            landmarks.extend([first, last]);
        }
        let mut excerpts = Self {
            document,
            mentions,
            landmarks: Vec::new(),
        };
        excerpts.landmarks = excerpts.with(&landmarks);
        excerpts
    }

    /// The landmarks with further lines, in order.
    fn with(&self, further: &[usize]) -> Vec<usize> {
        let mut lines = self.landmarks.clone();
        for &at in further {
            // A line that goes, or comes, ends where the next one starts.
            for at in at..(at + 2).min(self.document.lines.len()) {
                if let Err(place) = lines.binary_search(&at) {
                    lines.insert(place, at);
                }
            }
        }
        lines
    }

    /// Edits of operations in turn; none where one can't be done.
    pub(crate) fn edits(
        &self,
        operations: &[EditOperation],
    ) -> Result<Option<Vec<TextEdit>>, Whole> {
        let mut lines = Vec::new();
        for operation in operations {
            for id in ids(operation).ok_or(Whole)? {
                if let Some(of_id) = self.mentions.get(id) {
                    lines.extend(of_id);
                }
            }
        }
        self.run(&lines, |session| {
            operations
                .iter()
                .all(|operation| session.run_fix(operation).is_some_and(|done| done.is_ok()))
        })
    }

    /// Edits that remove one connection of one chain, and leave others between the same ids alone.
    pub(crate) fn cut_link(
        &self,
        line: usize,
        place: usize,
    ) -> Result<Option<Vec<TextEdit>>, Whole> {
        let start = self.document.lines[line].span.start;
        self.run(&[line], |session| {
            let at = session
                .document
                .lines
                .iter()
                .position(|line| line.span.start == start);
            at.is_some_and(|at| {
                session.cut_link(at, place);
                true
            })
        })
    }

    /// The edits of an operation on these lines and the landmarks; none where it can't be done.
    fn run(
        &self,
        lines: &[usize],
        work: impl FnOnce(&mut Session<'_, 't>) -> bool,
    ) -> Result<Option<Vec<TextEdit>>, Whole> {
        let lines = self.with(lines);
        let excerpt = Document {
            text: self.document.text,
            lines: lines
                .iter()
                .map(|&at| self.document.lines[at].clone())
                .collect(),
            ids: self.document.ids,
            keys: self.document.keys,
        };
        let mut session = Session::new(&excerpt);
        if !work(&mut session) {
            return Ok(None);
        }
        session.edits().map(Some).ok_or(Whole)
    }

    /// One edit in the place of several: what differs between the text before and after them.
    pub(crate) fn as_one(&self, edits: &[TextEdit]) -> Vec<TextEdit> {
        let (Some(first), Some(last)) = (edits.first(), edits.last()) else {
            return Vec::new();
        };
        let text = self.document.text;
        let (start, end) = (first.start as usize, last.end as usize);
        // What is the same may go on behind the last edit; mostly it ends within a line.
        let mut more = 64;
        loop {
            let mut to = (end + more).min(text.len());
            while !text.is_char_boundary(to) {
                to += 1;
            }
            let before = &text[start..to];
            let mut local: Vec<TextEdit> = edits.to_vec();
            for edit in &mut local {
                edit.start -= first.start;
                edit.end -= first.start;
            }
            let after = apply_edits(before, &local);
            let found = difference(before, &after, start);
            let least = before.len().min(after.len());
            match &found {
                Some(edit) if to < text.len() && edit.start as usize - start >= least => more *= 2,
                _ => return found.into_iter().collect(),
            }
        }
    }
}

/// The number of kinds of statements that have landmarks.
const KINDS: usize = 8;

/// An operation needs the whole document.
pub(crate) struct Whole;

/// The ids whose lines an operation reads or changes; `None` where others may matter too.
fn ids(operation: &EditOperation) -> Option<Vec<&str>> {
    use EditOperation::{AddBoundary, AddStage, Connect, Disconnect, Reconnect, Remove, SetIntent};
    Some(match operation {
        AddStage {
            id: Some(id),
            after: None,
            ..
        }
        | AddBoundary { id: Some(id), .. } => vec![id],
        Connect { from, to, .. } | Disconnect { from, to } | SetIntent { from, to, .. } => {
            vec![from, to]
        }
        Reconnect {
            from,
            to,
            new_from,
            new_to,
        } => [Some(from), Some(to), new_from.as_ref(), new_to.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect(),
        // One that heals connects neighbours, which other lines may name.
        Remove { ids, heal: false } => ids.iter().map(String::as_str).collect(),
        _ => return None,
    })
}
