//! Elements that a side gave another id: the other texts follow, so that all three call an element by
//! one id, and what else was done to it is merged as ever.
//!
//! What a rename is, says the semantic diff: a removed and an added element with the same key and the
//! same neighbours (docs/spec/diff.md).

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use byteor_pipeline_spec::{
    ChangeSubject, DiffOf, DiffView, ExecutionTarget, OnFull, ViewElement, ViewLink, ViewValue,
    is_id, renamed_ids,
};

use super::answer::{MergeConflict, MergeConflictKind, MergeRename, MergeRenamedBy};
use super::decide::{Clash, Decisions, Pick};
use super::pairing::{BASE, OURS, THEIRS};
use super::rows::{Instead, Parsed};
use crate::words::is_reserved;
use crate::{Document, Line, MergeChoice, Name, PLAN_MAX_BYTES, Span, Statement};

/// Three texts that call each element by one id.
pub(super) struct Followed {
    /// The lines of each text that have other ids.
    pub(super) lines: [Vec<Anew>; 3],
    /// What was renamed.
    pub(super) renames: Vec<MergeRename>,
    /// Elements that both renamed, each differently.
    pub(super) conflicts: Vec<MergeConflict>,
}

/// A line with other ids.
pub(super) struct Anew {
    at: usize,
    span: Span,
    line: String,
}

impl Anew {
    /// The line, in the place of that of the text.
    pub(super) fn instead(&self) -> Instead<'_> {
        let Self { at, span, line } = self;
        Instead {
            at: *at,
            span: *span,
            line,
        }
    }
}

/// Ids before, and after.
type Ids = BTreeMap<String, String>;

/// Finds the renames of both sides, and writes them into the lines of the texts that don't have them.
///
/// A rename that can't be followed, because another text uses the id after for something else, is
/// left alone: a removal and an addition.
pub(super) fn follow(parsed: &[Parsed<'_>; 3], choices: &[MergeChoice]) -> Option<Followed> {
    // What stands past the limit isn't read, and can't be written anew.
    if parsed.iter().any(|one| one.text.len() > PLAN_MAX_BYTES) {
        return None;
    }
    let documents = parsed.each_ref().map(|one| &one.document);
    let ids = documents.map(declared);
    let [ours, theirs] = [OURS, THEIRS].map(|side| {
        // What was renamed is gone, and something came.
        let mut some = HashSet::new();
        let mut only = |here: usize, there: usize| {
            let before = some.len();
            for id in &ids[here] {
                if !ids[there].contains(id) {
                    some.insert(*id);
                }
            }
            some.len() > before
        };
        if only(BASE, side) & only(side, BASE) {
            of_side(documents[BASE], documents[side], &some)
        } else {
            Ids::new()
        }
    });
    if ours.is_empty() && theirs.is_empty() {
        return None;
    }
    let used = [BASE, OURS, THEIRS].map(|side| used(documents[side]));
    let mut decisions = Decisions::new(choices, &[]);
    let mut renames = Vec::new();
    let mut maps: [Ids; 3] = Default::default();
    for (before, after) in ours.iter() {
        let Some(other) = theirs.get(before) else {
            continue;
        };
        if other == after {
            maps[BASE].insert(before.clone(), after.clone());
            renames.push(rename(before, after, MergeRenamedBy::Both));
        } else if !used[THEIRS].contains(after.as_str()) && !used[OURS].contains(other.as_str()) {
            let taken = |id: &str| {
                let known = [before, after, other].into_iter().any(|name| name == id);
                let other = |rename: &MergeRename| rename.after == id;
                !known && used.iter().any(|used| used.contains(id)) || renames.iter().any(other)
            };
            let id = settle(before, [after, other], &taken, &mut decisions);
            for (map, name) in maps.iter_mut().zip([before, after, other]) {
                if *name != id {
                    map.insert(name.clone(), id.clone());
                }
            }
            if *before != id {
                renames.push(rename(before, &id, MergeRenamedBy::Both));
            }
        }
    }
    let alone = [
        (&ours, &theirs, THEIRS, MergeRenamedBy::Ours),
        (&theirs, &ours, OURS, MergeRenamedBy::Theirs),
    ];
    for (here, there, other, by) in alone {
        for (before, after) in here.iter() {
            if !there.contains_key(before) && !used[other].contains(after.as_str()) {
                maps[BASE].insert(before.clone(), after.clone());
                maps[other].insert(before.clone(), after.clone());
                renames.push(rename(before, after, by));
            }
        }
    }
    let mut lines: [Vec<Anew>; 3] = Default::default();
    for (side, map) in maps.iter().enumerate() {
        if !map.is_empty() {
            lines[side] = lines_anew(documents[side], map)?;
        }
    }
    Some(Followed {
        lines,
        renames,
        conflicts: decisions.conflicts,
    })
}

fn rename(before: &str, after: &str, by: MergeRenamedBy) -> MergeRename {
    MergeRename {
        before: before.to_owned(),
        after: after.to_owned(),
        by,
    }
}

/// The id of an element that both renamed: what was chosen, or what ours says.
fn settle(
    before: &str,
    [ours, theirs]: [&String; 2],
    taken: &dyn Fn(&str) -> bool,
    decisions: &mut Decisions<'_>,
) -> String {
    let pick = decisions.clash(Clash {
        id: ["renamed/", before].concat(),
        kind: MergeConflictKind::Renamed,
        element: before,
        message: format!("Both renamed `{before}`, each differently"),
        says: [
            Some(before.to_owned()),
            Some(ours.clone()),
            Some(theirs.clone()),
        ],
        more: Vec::new(),
    });
    match pick {
        Pick::Side(BASE) => before.to_owned(),
        Pick::Side(THEIRS) => theirs.clone(),
        Pick::Text(text) => {
            if is_id(&text) && !is_reserved(&text) && !taken(&text) {
                return text;
            }
            // Another id than that is to be chosen.
            if let Some(conflict) = decisions.conflicts.last_mut() {
                conflict.chosen = None;
                conflict.reopened = true;
            }
            ours.clone()
        }
        _ => ours.clone(),
    }
}

/// The ids that a side renamed; `some` are those that only one of both declares.
fn of_side(base: &Document<'_>, side: &Document<'_>, some: &HashSet<&str>) -> Ids {
    let mut ids = Ids::new();
    for (before, after) in renamed_ids(&view(base, some), &view(side, some)) {
        if [before, after]
            .iter()
            .all(|id| is_id(id) && !is_reserved(id))
        {
            ids.insert(before.to_owned(), after.to_owned());
        }
    }
    ids
}

/// What renames are found by: elements with their keys, who is connected, and what settings speak of.
/// Of elements and connections only those of some ids: no others are asked for where renames are found.
fn view<'d>(document: &'d Document<'d>, some: &HashSet<&str>) -> DiffView<'d> {
    let mut view = DiffView {
        of: DiffOf::Plan,
        target: ExecutionTarget::LaneGraph,
        hash: None,
        metadata: Vec::new(),
        settings: Vec::new(),
        on_full: OnFull::Block,
        elements: Vec::new(),
        links: Vec::new(),
        inserted: Vec::new(),
    };
    let mut push = |subject: ChangeSubject, id: &'d str, key: &'d str| {
        if !some.contains(id) {
            return;
        }
        let key = Cow::Borrowed(key);
        view.elements.push(ViewElement {
            subject,
            id,
            key,
            place: None,
        });
    };
    for line in &document.lines {
        match &line.statement {
            Statement::Boundary { kind, id: Some(id) } => {
                push(ChangeSubject::Boundary, id.text, kind.name());
            }
            Statement::Stage { id: Some(id), key } => {
                let key = key.as_ref().map_or("", |key| &key.text);
                push(ChangeSubject::Stage, id.text, key);
            }
            Statement::Chain(chain) => {
                let near = |name: &Name<'_>| some.contains(name.text);
                let links = chain.links().filter(|(from, _, to)| near(from) || near(to));
                view.links.extend(links.map(|(from, _, to)| ViewLink {
                    from: from.text,
                    to: to.text,
                    lane: None,
                    place: None,
                }));
            }
            Statement::Block { settings, .. } => {
                for setting in settings {
                    for id in setting.ids(document.text) {
                        view.settings.push(ViewValue::new("", id.text));
                    }
                }
            }
            _ => {}
        }
    }
    view
}

/// The ids that a text declares.
fn declared<'t>(document: &Document<'t>) -> HashSet<&'t str> {
    let mut ids = HashSet::new();
    for line in &document.lines {
        if let Statement::Boundary { id: Some(id), .. } | Statement::Stage { id: Some(id), .. } =
            &line.statement
        {
            ids.insert(id.text);
        }
    }
    ids
}

/// The ids that a text uses in any way.
fn used<'t>(document: &Document<'t>) -> HashSet<&'t str> {
    let mut ids = HashSet::new();
    for line in &document.lines {
        each_id(line, document.text, &mut |name| {
            ids.insert(name.text);
        });
    }
    ids
}

/// Calls `each` with every id of an element in a line of `text`, by place.
fn each_id<'t>(line: &Line<'t>, text: &'t str, each: &mut dyn FnMut(Name<'t>)) {
    match &line.statement {
        Statement::Boundary { id: Some(id), .. } | Statement::Stage { id: Some(id), .. } => {
            each(*id);
        }
        Statement::Chain(chain) => chain.nodes.iter().for_each(|name| each(*name)),
        Statement::Block { settings, .. } => {
            for setting in settings {
                setting.ids(text).into_iter().for_each(&mut *each);
            }
        }
        _ => {}
    }
}

/// The lines of a text that have other ids; nothing where the text would be too long to be read.
fn lines_anew(document: &Document<'_>, ids: &Ids) -> Option<Vec<Anew>> {
    let text = document.text;
    let mut anew = Vec::new();
    let mut length = text.len();
    for (at, line) in document.lines.iter().enumerate() {
        let start = line.span.start as usize;
        let mut done = start;
        let mut other = String::new();
        each_id(line, text, &mut |name| {
            if let Some(id) = ids.get(name.text) {
                other.push_str(&text[done..name.span.start as usize]);
                other.push_str(id);
                done = name.span.end as usize;
            }
        });
        if done == start {
            continue;
        }
        let mut end = line.span.end as usize;
        end += usize::from(text[end..].starts_with('\n'));
        other.push_str(&text[done..end]);
        length = length + other.len() - (end - start);
        anew.push(Anew {
            at,
            span: Span::new(start, end),
            line: other,
        });
    }
    (length <= PLAN_MAX_BYTES).then_some(anew)
}
