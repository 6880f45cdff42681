//! Lines that are known by what they are about: names, stages, boundaries, settings.

use std::collections::{BTreeMap, BTreeSet};

use byteor_pipeline_spec::{ExecutionTarget, is_id};

use super::answer::{MergeConflictKind, MergeRename, MergeRenamedBy};
use super::decide::{Clash, Decisions, Pick};
use super::links::{Fate, Links};
use super::pairing::{BASE, Node, OURS, THEIRS};
use super::rows::{Row, Rows, SettingText, Subject};
use crate::format::{block_text, with_comment};

/// What is to be known about elements.
pub(super) struct Elements<'t> {
    /// The ids that each text declares.
    pub(super) declared: [BTreeSet<&'t str>; 3],
    /// The elements that a side connected.
    pub(super) touched: [BTreeSet<&'t str>; 3],
    /// The connections of those that one side removed, a line each.
    pub(super) connections: [BTreeMap<&'t str, Vec<String>>; 3],
    /// What a side put in the place of those that it removed.
    pub(super) heals: [BTreeMap<&'t str, Vec<u32>>; 3],
    /// What becomes of those that are quarrelled about.
    pub(super) fates: BTreeMap<&'t str, Fate>,
    /// The elements that each side gave another id.
    renamed: [BTreeSet<String>; 3],
    /// Those of which both sides' are kept: theirs gets another id.
    pub(super) doubled: Vec<&'t str>,
}

/// A line that is known by what it is about.
struct Line<'t> {
    name: &'t str,
    /// The name, and which of several it is.
    place: String,
    /// Whether connections belong to it.
    element: bool,
}

impl<'t> Elements<'t> {
    pub(super) fn new(texts: &[Rows<'t>; 3], links: &Links<'t>, renames: &[MergeRename]) -> Self {
        let mut declared: [BTreeSet<&'t str>; 3] = Default::default();
        for (side, text) in texts.iter().enumerate() {
            for row in &text.rows {
                if let Subject::Element(id) = row.subject {
                    declared[side].insert(id);
                }
            }
        }
        // The elements of base that each side removed, and those that any did.
        let mut removed: [BTreeSet<&'t str>; 3] = Default::default();
        for row in &texts[BASE].rows {
            if let Subject::Element(id) = row.subject {
                for side in [OURS, THEIRS] {
                    if !declared[side].contains(id) {
                        removed[side].insert(id);
                        removed[BASE].insert(id);
                    }
                }
            }
        }
        let mut connections = [BASE, OURS, THEIRS].map(|side| links.texts_of(side, &removed[BASE]));
        let heals = [
            BTreeMap::new(),
            links.heals(OURS, &removed[OURS]),
            links.heals(THEIRS, &removed[THEIRS]),
        ];
        for side in [OURS, THEIRS] {
            for (id, list) in heals[side].iter() {
                for &at in list {
                    let text = links.list[at as usize].text(side);
                    connections[side].entry(*id).or_default().extend(text);
                }
            }
        }
        let mut renamed: [BTreeSet<String>; 3] = Default::default();
        for rename in renames {
            let side = match rename.by {
                MergeRenamedBy::Ours => OURS,
                MergeRenamedBy::Theirs => THEIRS,
                MergeRenamedBy::Both => continue,
            };
            renamed[side].insert(rename.after.clone());
        }
        Self {
            heals,
            renamed,
            touched: [BTreeSet::new(), links.touched(OURS), links.touched(THEIRS)],
            declared,
            connections,
            fates: BTreeMap::new(),
            doubled: Vec::new(),
        }
    }

    /// The text of a line after the merge: one or more lines, or nothing.
    pub(super) fn line(
        &mut self,
        node: &Node,
        texts: &[Rows<'t>; 3],
        decisions: &mut Decisions<'_>,
    ) -> Option<String> {
        let mut rows: [Option<&Row<'t>>; 3] = [None; 3];
        for (side, text) in texts.iter().enumerate() {
            rows[side] = node.rows[side].map(|row| &text.rows[row as usize]);
        }
        let row = rows[node.side()]?;
        let subject = row.subject.clone();
        let name: &'t str = match subject {
            Subject::Element(id) => id,
            Subject::Pipeline => "pipeline",
            Subject::Block(target, _) => target.name(),
            _ => "description",
        };
        let known_as = match subject {
            Subject::Element(id) => decisions.known_as(id),
            _ => name,
        };
        let place = match row.time {
            1 => known_as.to_owned(),
            time => format!("{known_as}/{time}"),
        };
        // Connections belong to the first declaration of their element.
        let element = row.time == 1 && matches!(subject, Subject::Element(_));
        let line = Line {
            name,
            place,
            element,
        };
        let [base, ours, theirs] = &rows;
        let raws = [base, ours, theirs].map(|row| row.map(|row| row.raw));
        // One side removed it.
        if base.is_some() && (ours.is_none() || theirs.is_none()) {
            return self.removed(&line, &rows, decisions);
        }
        if let Some(side) = Decisions::simple([&raws[BASE], &raws[OURS], &raws[THEIRS]]) {
            if side == THEIRS {
                decisions.came(name, base.is_some(), theirs.is_some());
            }
            return raws[side].map(str::to_owned);
        }
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            // Added by one side, which `simple` knows.
            return None;
        };
        let body = match (base.map(|row| &row.subject), &ours.subject, &theirs.subject) {
            (
                None | Some(Subject::Block(_, Some(_))),
                Subject::Block(target, Some(ours)),
                Subject::Block(_, Some(theirs)),
            ) => {
                let base = match base.map(|row| &row.subject) {
                    Some(Subject::Block(_, Some(base))) => &base[..],
                    _ => &[],
                };
                let list = settings(*target, row.time, [base, ours, theirs], decisions);
                Some(block_text(*target, &list))
            }
            _ => self.body(&line, *base, ours, theirs, decisions),
        }?;
        let comment = comment(&line, [*base, Some(ours), Some(theirs)], decisions);
        let carriage = ours.raw.ends_with('\r') && theirs.raw.ends_with('\r');
        let end = if carriage { "\r" } else { "" };
        if body.contains('\n') {
            return Some(body);
        }
        Some(with_comment(body, &comment) + end)
    }

    fn removed(
        &mut self,
        line: &Line<'t>,
        rows: &[Option<&Row<'t>>; 3],
        decisions: &mut Decisions<'_>,
    ) -> Option<String> {
        let (name, element) = (line.name, line.element);
        let side = if rows[OURS].is_some() { OURS } else { THEIRS };
        let (Some(base), Some(row)) = (rows[BASE], rows[side]) else {
            // Both removed it.
            return None;
        };
        let changed =
            row.raw != base.raw && (row.comment != base.comment || row.body() != base.body());
        let connected = element && self.touched[side].contains(name);
        let renamed = element && self.renamed[side].contains(name);
        if !changed && !connected && !renamed {
            if side == OURS {
                decisions.came(name, true, false);
            }
            return None;
        }
        let text = |side: usize| {
            let row = rows[side].map(|row| with_comment(row.body(), row.comment));
            let connections = self.connections[side].get(name).filter(|_| element);
            let lines: Vec<String> = row
                .into_iter()
                .chain(connections.into_iter().flatten().cloned())
                .collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        };
        let pick = decisions.clash(Clash {
            id: format!("removed/{}", line.place),
            kind: MergeConflictKind::Removed,
            element: name,
            message: format!(
                "`{name}` was removed on one side and {} on the other",
                match (changed, renamed) {
                    (true, _) => "changed",
                    (_, true) => "renamed",
                    _ => "connected",
                }
            ),
            says: [text(BASE), text(OURS), text(THEIRS)],
            more: Vec::new(),
        });
        if element {
            let fate = match &pick {
                Pick::Side(side) => Fate::Side(*side),
                Pick::More(_) | Pick::Text(_) => Fate::Gone,
            };
            self.fates.insert(name, fate);
        }
        match pick {
            Pick::Side(side) => rows[side].map(|row| row.raw.to_owned()),
            Pick::Text(text) => Some(text).filter(|text| !text.is_empty()),
            Pick::More(_) => None,
        }
    }

    fn body(
        &mut self,
        line: &Line<'t>,
        base: Option<&Row<'t>>,
        ours: &Row<'t>,
        theirs: &Row<'t>,
        decisions: &mut Decisions<'_>,
    ) -> Option<String> {
        let (name, element) = (line.name, line.element);
        let says = [base.map(Row::body), Some(ours.body()), Some(theirs.body())];
        if let Some(side) = Decisions::simple([&says[BASE], &says[OURS], &says[THEIRS]]) {
            if side == THEIRS {
                decisions.came(name, true, true);
            }
            return says[side].clone();
        }
        let added = base.is_none();
        let mut more = Vec::new();
        // An id that isn't one can't be numbered.
        if added && element && is_id(name) {
            more.push(("both", format!("{}\n{}", ours.body(), theirs.body())));
        }
        let pick = decisions.clash(Clash {
            id: format!("{}/{}", if added { "added" } else { "changed" }, line.place),
            kind: if added {
                MergeConflictKind::Added
            } else {
                MergeConflictKind::Changed
            },
            element: name,
            message: if added {
                format!("Both added `{name}`, each with another statement")
            } else {
                format!("Both changed `{name}`, each differently")
            },
            says: says.clone(),
            more,
        });
        match pick {
            Pick::Side(side) => {
                if element && says[side].is_none() {
                    self.fates.insert(name, Fate::Side(side));
                }
                says[side].clone()
            }
            Pick::More(_) => {
                self.doubled.push(name);
                says[OURS].clone()
            }
            Pick::Text(text) => {
                let text = Some(text).filter(|text| !text.is_empty());
                if element && text.is_none() {
                    self.fates.insert(name, Fate::Gone);
                }
                text
            }
        }
    }
}

fn comment(line: &Line<'_>, rows: [Option<&Row<'_>>; 3], decisions: &mut Decisions<'_>) -> String {
    let says = rows.map(|row| {
        row.map(|row| row.comment.to_owned())
            .filter(|comment| !comment.is_empty())
    });
    if let Some(side) = Decisions::simple([&says[BASE], &says[OURS], &says[THEIRS]]) {
        if side == THEIRS {
            decisions.came("comment", says[BASE].is_some(), says[THEIRS].is_some());
        }
        return says[side].clone().unwrap_or_default();
    }
    let mut more = Vec::new();
    if let [_, Some(ours), Some(theirs)] = &says {
        let (first, second) = if ours <= theirs {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        more.push(("both", format!("{first} {second}")));
    }
    let both = more.first().map(|(_, text)| text.clone());
    let pick = decisions.clash(Clash {
        id: format!("comment/{}", line.place),
        kind: MergeConflictKind::Comment,
        element: line.name,
        message: format!(
            "Both changed the comment beside `{}`, each differently",
            line.name
        ),
        says: says.clone(),
        more,
    });
    match pick {
        Pick::Side(side) => says[side].clone(),
        Pick::More(_) => both,
        Pick::Text(text) if text.is_empty() || text.starts_with('#') => Some(text),
        Pick::Text(text) => Some(format!("# {text}")),
    }
    .unwrap_or_default()
}

/// The settings of a block: those of base in their order, then the others by name.
fn settings(
    target: ExecutionTarget,
    time: u32,
    blocks: [&[SettingText]; 3],
    decisions: &mut Decisions<'_>,
) -> Vec<String> {
    // Settings whose name may stand several times are told apart by the word behind it.
    let mut repeated: BTreeSet<&str> = BTreeSet::new();
    for block in blocks {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for setting in block {
            if !seen.insert(&setting.name) {
                repeated.insert(&setting.name);
            }
        }
    }
    let mut places: BTreeMap<String, u32> = BTreeMap::new();
    let mut list: Vec<(String, [Option<String>; 3])> = Vec::new();
    let mut known = 0;
    let mut times: Vec<[u32; 3]> = Vec::new();
    for (side, block) in blocks.into_iter().enumerate() {
        for setting in block {
            let mut key = setting.name.clone();
            if repeated.contains(key.as_str())
                && let Some(word) = &setting.word
            {
                key = format!("{key} {word}");
            }
            let mut place = |key: &str, list: &mut Vec<_>, times: &mut Vec<_>| {
                let next = list.len() as u32;
                let at = *places.entry(key.to_owned()).or_insert(next);
                if at == next {
                    list.push((key.to_owned(), [None, None, None]));
                    times.push([0; 3]);
                }
                at as usize
            };
            let mut at = place(&key, &mut list, &mut times);
            times[at][side] += 1;
            // The same setting twice in one block is refused, but not lost.
            if times[at][side] > 1 {
                let numbered = format!("{key} ({})", times[at][side]);
                at = place(&numbered, &mut list, &mut times);
            }
            list[at].1[side] = Some(setting.text.clone());
        }
        if side == BASE {
            known = list.len();
        }
    }
    let mut added = list.split_off(known);
    added.sort_by(|(a, _), (b, _)| a.cmp(b));
    list.append(&mut added);
    let mut out = Vec::new();
    for (key, says) in list {
        let element = format!("{} {key}", target.name());
        if let Some(side) = Decisions::simple([&says[BASE], &says[OURS], &says[THEIRS]]) {
            if side == THEIRS {
                decisions.came(&element, says[BASE].is_some(), says[THEIRS].is_some());
            }
            out.extend(says[side].clone());
            continue;
        }
        let pick = decisions.clash(Clash {
            id: match time {
                1 => format!("setting/{element}"),
                time => format!("setting/{element}/{time}"),
            },
            kind: MergeConflictKind::Setting,
            element: &element,
            message: format!("Both changed the setting `{element}`, each differently"),
            says: says.clone(),
            more: Vec::new(),
        });
        match pick {
            Pick::Side(side) => out.extend(says[side].clone()),
            Pick::Text(text) => out.extend(Some(text).filter(|text| !text.is_empty())),
            Pick::More(_) => {}
        }
    }
    out
}
