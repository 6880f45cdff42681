//! The settings of a block that aren't given yet, and what they may be.

use byteor_pipeline_plan::Statement;
use byteor_pipeline_spec::ExecutionTarget;

use super::item::{CompletionItem, CompletionKind, CompletionList};
use super::statement::id_item;
use super::{Cursor, is_id_char};
use crate::settings::{SETTINGS, setting};

/// What a setting sets: its name, and of a `merge` its element.
type Subject<'s> = (&'s str, Option<&'s str>);

pub(super) fn in_block(
    cursor: &Cursor<'_, '_>,
    target: ExecutionTarget,
    rest: &str,
) -> Option<CompletionList> {
    let Some(open) = rest.find('{') else {
        if !rest.trim().is_empty() || !cursor.after().trim().is_empty() {
            return None;
        }
        let insert = if rest.is_empty() { " { $0 }" } else { "{ $0 }" };
        let item = CompletionItem::new(CompletionKind::Setting, "{ … }", insert)
            .detail("settings, separated by ;")
            .snippet()
            .again();
        return Some(cursor.list(cursor.at, |_| false, vec![item]));
    };
    let inner = &rest[open + 1..];
    if inner.contains('}') {
        return None;
    }
    let segment = inner.rsplit(';').next().unwrap_or(inner);
    let words = segment.trim_start_matches([' ', '\t']);
    let start = cursor.at - words.len() as u32;
    let glued = words.len() == segment.len() && segment.is_empty();
    // The settings that the block gives, but for the one under the cursor.
    let line = cursor.view.document.lines.get(cursor.number)?;
    let given: Vec<Subject<'_>> = match &line.statement {
        Statement::Block { settings, .. } => settings
            .iter()
            .filter(|setting| !(setting.span.start <= cursor.at && start <= setting.span.start))
            .map(|setting| setting.subject())
            .collect(),
        _ => Vec::new(),
    };
    let left = |name: &str| !given.iter().any(|given| given.0 == name);
    let Some((name, value)) = words.split_once([' ', '\t']) else {
        // In front of a value that is there, the name alone is wanted.
        let behind = cursor.after().trim_start_matches(is_id_char);
        let value = behind.trim_start_matches([' ', '\t']);
        let valued = value.len() < behind.len() && value.starts_with(is_id_char);
        let lead = if glued { " " } else { "" };
        let tail = if valued { "" } else { " " };
        let items = SETTINGS
            .iter()
            .filter(|info| info.target == target && (info.repeats || left(info.name)))
            .map(|info| {
                let insert = [lead, info.name, tail].concat();
                let item = CompletionItem::new(CompletionKind::Setting, info.name, &insert)
                    .detail(info.form)
                    .docs(docs(info));
                if valued { item } else { item.again() }
            })
            .collect();
        return Some(cursor.list(start, is_id_char, items));
    };
    let info = setting(target, name)?;
    let value = value.trim_start_matches([' ', '\t']);
    if info.name == "merge" {
        return Some(merge(cursor, value, &given));
    }
    let start = cursor.at - value.len() as u32;
    let words = value.trim_end_matches([' ', '\t']);
    if words.len() < value.len() && info.values.iter().any(|known| known.value == words) {
        // The value is whole: what may come is the next setting.
        let more = SETTINGS
            .iter()
            .any(|other| other.target == target && other.name != name && left(other.name));
        let next = CompletionItem::new(CompletionKind::Setting, ";", "; ")
            .detail("another setting")
            .again();
        let items = if more { vec![next] } else { Vec::new() };
        return Some(cursor.list(cursor.at, |_| false, items));
    }
    let items = info
        .values
        .iter()
        .map(|known| {
            let default = known.value == info.default;
            CompletionItem::new(CompletionKind::Value, known.value, known.value)
                .detail(if default { "the default" } else { "" })
                .docs(known.doc.to_owned())
        })
        .collect();
    Some(cursor.list(start, |c| is_id_char(c) || c == ' ', items))
}

/// `merge POLICY`, or `merge ID POLICY [ID…]`: elements that take records from several others, then
/// the policy, and for priorities what the element takes records from.
fn merge(cursor: &Cursor<'_, '_>, value: &str, given: &[Subject<'_>]) -> CompletionList {
    let view = cursor.view;
    let mut words: Vec<&str> = value.split_ascii_whitespace().collect();
    let last = if value.ends_with([' ', '\t']) {
        ""
    } else {
        words.pop().unwrap_or("")
    };
    let mut inputs: Vec<Vec<usize>> = vec![Vec::new(); view.elements.len()];
    view.links(|_, from, _, to| {
        if let (Some(from), Some(to)) = (view.number(from.text), view.number(to.text))
            && !inputs[to].contains(&from)
        {
            inputs[to].push(from);
        }
    });
    let policies = || {
        [
            ("round_robin", "one record from each in turn", ""),
            ("priority", "the most urgent that has one", " "),
        ]
        .map(|(name, detail, tail)| {
            let tail = if words.is_empty() { "" } else { tail };
            let item = CompletionItem::new(CompletionKind::Value, name, &[name, tail].concat())
                .detail(detail);
            if tail.is_empty() { item } else { item.again() }
        })
    };
    let items = match words.as_slice() {
        [] => {
            let mut items = Vec::from(policies());
            for (at, element) in view.elements.iter().enumerate() {
                if inputs[at].len() > 1
                    && !given.iter().any(|subject| subject.1 == Some(element.id))
                {
                    let insert = [element.id, " "].concat();
                    items.push(id_item(cursor, at, &insert).again());
                }
            }
            items
        }
        [id] if view.number(id).is_some() => Vec::from(policies()),
        [id, "priority", listed @ ..] => view
            .number(id)
            .map_or(&[][..], |at| &inputs[at])
            .iter()
            .filter(|&&from| !listed.contains(&view.elements[from].id))
            .map(|&from| id_item(cursor, from, view.elements[from].id))
            .collect(),
        _ => Vec::new(),
    };
    cursor.list(cursor.at - last.len() as u32, is_id_char, items)
}

/// What a setting means, and its default.
pub(crate) fn docs(info: &crate::settings::SettingInfo) -> String {
    [info.doc, "\n\nDefault: ", info.default, "."].concat()
}
