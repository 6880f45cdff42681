//! Stage keys: families with their parameters to fill in, examples, and values of a parameter.

use byteor_pipeline_catalogue::{StageFamily, families};
use byteor_pipeline_plan::{key_text, quote, target_runs};

use super::Cursor;
use super::item::{CompletionItem, CompletionKind, CompletionList, escaped};
use crate::grammar::parts_of_key;
use crate::hover::family_docs;
use crate::wording::target;

/// How the key stands in the text.
struct Token<'l> {
    /// The key up to the cursor, without quotes.
    typed: &'l str,
    /// Where it starts, behind the opening quote.
    start: u32,
    quoted: bool,
    /// Whether the quotes are closed behind the cursor.
    closed: bool,
}

impl Token<'_> {
    /// A key as it is to be put here, snippet places and all; `text` says what it is without them.
    fn insert(&self, text: &str, snippet: Option<&str>) -> String {
        let body = snippet.unwrap_or(text);
        if self.quoted {
            let end = if self.closed { "" } else { "\"" };
            return [&body.replace('"', "\"\""), end].concat();
        }
        if key_text(text) == text {
            body.to_owned()
        } else {
            quote(body)
        }
    }
}

pub(super) fn in_key(
    cursor: &Cursor<'_, '_>,
    id: &str,
    typed: &str,
    start: u32,
) -> Option<CompletionList> {
    let quoted = typed.starts_with('"');
    let after = cursor.after();
    let token = Token {
        typed: if quoted { &typed[1..] } else { typed },
        start: start + u32::from(quoted),
        quoted,
        closed: quoted && after.contains('"'),
    };
    // Behind a closing quote, or behind a bare key and a space, nothing more belongs to the key.
    let ended = if quoted {
        token.typed.replace("\"\"", "").contains('"')
    } else {
        typed.contains([' ', '\t'])
    };
    if ended {
        return None;
    }
    let items = match token.typed.split_once(':') {
        None => family_items(cursor, id, &token),
        Some((name, _)) => key_items(name, &token),
    };
    let end = |c: char| {
        if quoted {
            c != '"'
        } else {
            !matches!(c, ' ' | '\t')
        }
    };
    let mut list = cursor.list(token.start, end, items);
    if !quoted && after.starts_with('"') {
        // In front of a key in quotes: that is what an item overwrites.
        list.overwrite_end = cursor.at + quoted_length(after) as u32;
    }
    Some(list)
}

/// The length of the quoted text that `text` starts with, with its quotes.
fn quoted_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Every family, its template's parameters as places to fill in. The family that the id speaks of
/// comes first, those that the target or this build can't run come last.
fn family_items(cursor: &Cursor<'_, '_>, id: &str, token: &Token<'_>) -> Vec<CompletionItem> {
    let view = cursor.view;
    let mut ranked: Vec<(u8, CompletionItem)> = Vec::new();
    for family in families() {
        let runs = target_runs(view.target, family.class);
        let mut detail = family.title.to_owned();
        if !runs {
            detail.push_str(" · not in ");
            detail.push_str(target(view.target));
        } else if !family.runs {
            detail.push_str(" · can't run yet");
        }
        let (snippet, plain) = snippet_of(family);
        let insert = token.insert(family.template, (!plain).then_some(snippet.as_str()));
        let mut item = CompletionItem::new(CompletionKind::Family, family.key_grammar, &insert)
            .detail(&detail)
            .docs(family_docs(family))
            .filter(family.name);
        if !plain {
            item = item.snippet();
        }
        let rank = match (runs, family.runs) {
            (true, true) if id.starts_with(family.name) => 0,
            (true, true) => 1,
            (true, false) => 2,
            (false, _) => 3,
        };
        ranked.push((rank, item));
    }
    ranked.sort_by_key(|one| one.0);
    ranked.into_iter().map(|(_, item)| item).collect()
}

/// The template as a snippet, and whether it has no places.
fn snippet_of(family: &StageFamily) -> (String, bool) {
    let parts = parts_of_key(family.template);
    let mut out = String::new();
    let mut at = 0;
    for (place, &(start, end)) in parts.parameters.iter().enumerate() {
        out.push_str(&escaped(&family.template[at..start]));
        out.push_str("${");
        out.push_str(&(place + 1).to_string());
        out.push(':');
        out.push_str(&escaped(&family.template[start..end]));
        out.push('}');
        at = end;
    }
    out.push_str(&escaped(&family.template[at..]));
    (out, parts.parameters.is_empty())
}

/// What the parameter under the cursor may be, where that is a choice, and examples of the family.
fn key_items(name: &str, token: &Token<'_>) -> Vec<CompletionItem> {
    let Some(family) = byteor_pipeline_catalogue::family(name) else {
        return Vec::new();
    };
    let mut items = Vec::new();
    let parts = parts_of_key(token.typed);
    if let Some(at) = parts.parameters.len().checked_sub(1)
        && let Some(parameter) = family.parameters.get(at)
    {
        let before = &token.typed[..parts.parameters[at].0];
        for choice in parameter.choices {
            let key = [before, choice].concat();
            let mut item =
                CompletionItem::new(CompletionKind::Parameter, choice, &token.insert(&key, None))
                    .docs(parameter.doc.to_owned())
                    .filter(&key);
            if parameter.default == Some(*choice) {
                item = item.detail("the default");
            }
            items.push(item);
        }
    }
    items.extend(family.examples.iter().map(|example| {
        // What is typed counts as it stands, doubled quotes included.
        let filter = if token.quoted {
            example.key.replace('"', "\"\"")
        } else {
            example.key.to_owned()
        };
        CompletionItem::new(
            CompletionKind::Key,
            example.key,
            &token.insert(example.key, None),
        )
        .detail(example.does)
        .filter(&filter)
    }));
    items
}
