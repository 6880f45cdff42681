//! Connections: the ids that may legally stand at a place of a chain, arrows, lane intents.

use byteor_pipeline_plan::{LaneIntent, Span};
use byteor_pipeline_spec::{ExecutionTarget, LaneKind};

use super::item::{CompletionItem, CompletionKind, CompletionList};
use super::scan::{Part, chain_parts};
use super::statement::id_item;
use super::{Cursor, is_id_char};
use crate::view::{ElementKind, View};
use crate::wording::lane;

/// Whether the word under the cursor, the first of its line, stands in front of an arrow.
pub(super) fn follows_arrow(cursor: &Cursor<'_, '_>) -> bool {
    let rest = cursor
        .after()
        .trim_start_matches(is_id_char)
        .trim_start_matches([' ', '\t']);
    rest.starts_with("->") || rest.starts_with("-[")
}

pub(super) fn in_chain(cursor: &Cursor<'_, '_>) -> Option<CompletionList> {
    let parts = chain_parts(cursor.line, cursor.start);
    let at = cursor.at;
    // The first part that ends at or behind the cursor, and whether the cursor is in it.
    let next = parts.partition_point(|part| part.span().end < at);
    let here = parts.get(next).filter(|part| part.span().start <= at);
    match here {
        Some(Part::Arrow {
            inner: Some(inner), ..
        }) if inner.start <= at && at <= inner.end => Some(intents(cursor, *inner)),
        Some(Part::Arrow {
            span, closed: true, ..
        }) if at == span.end => match parts.get(next + 1) {
            // `a ->|b`: the word behind it is the one that is changed.
            Some(Part::Word(word)) if word.start == at => {
                nodes(cursor, &parts, next + 1, Some(*word))
            }
            _ => nodes(cursor, &parts, next + 1, None),
        },
        // `a |-> b`: nothing fits between them.
        Some(Part::Arrow { span, .. }) if at > span.start => None,
        Some(Part::Word(word)) => {
            let behind_word = next > 0 && matches!(parts[next - 1], Part::Word(_));
            if behind_word && word.start < at {
                return arrows(cursor, &parts[..next], word.start);
            }
            nodes(cursor, &parts, next, Some(*word))
        }
        _ => match next.checked_sub(1).map(|before| parts[before]) {
            // In front of the line's first arrow.
            None => matches!(parts.first(), Some(Part::Arrow { .. }))
                .then(|| nodes(cursor, &parts, 0, None))
                .flatten(),
            Some(Part::Word(_)) => {
                if here.is_some() {
                    return None;
                }
                arrows(cursor, &parts[..next], at)
            }
            Some(Part::Arrow {
                inner: Some(inner),
                closed: false,
                span,
            }) => {
                // `-[sequenced_slots |`: the brackets are still open.
                (span.end == inner.end).then(|| intents(cursor, Span { end: at, ..inner }))
            }
            Some(Part::Arrow { closed: false, .. }) => None,
            Some(Part::Arrow { .. }) => nodes(cursor, &parts, next, None),
        },
    }
}

/// The arrows behind the last of `parts`, which is a word.
fn arrows(cursor: &Cursor<'_, '_>, parts: &[Part], start: u32) -> Option<CompletionList> {
    let view = cursor.view;
    let writer = parts.last()?.span().of(view.text);
    if view.element(writer)?.kind == ElementKind::Egress {
        return None;
    }
    let ring = view.target == ExecutionTarget::SingleRing;
    let mut items = vec![
        CompletionItem::new(CompletionKind::Arrow, "->", "-> ")
            .detail(if ring {
                "a dependency"
            } else {
                "a lane of events, or what the block says"
            })
            .again(),
    ];
    for &name in LaneKind::NAMES {
        let Some(kind) = LaneKind::from_name(name) else {
            continue;
        };
        let number = if kind == LaneKind::SequencedSlots {
            " 64"
        } else {
            ""
        };
        let arrow = ["-[", name, number, "]->"].concat();
        items.push(
            CompletionItem::new(CompletionKind::Arrow, &arrow, &[&arrow, " "].concat())
                .detail(if ring {
                    "SingleRing has no lanes"
                } else {
                    "with a lane intent"
                })
                .docs(lane(kind).to_owned())
                .again(),
        );
    }
    Some(cursor.list(start, |c| matches!(c, '-' | '>'), items))
}

/// The lane intents between brackets.
fn intents(cursor: &Cursor<'_, '_>, inner: Span) -> CompletionList {
    let text = cursor.view.text;
    let before = Span {
        end: cursor.at,
        ..inner
    }
    .of(text);
    let start = cursor.at - before.trim_start_matches([' ', '\t']).len() as u32;
    // An arrow without its end gets one.
    let rest = Span {
        start: cursor.at,
        end: cursor.start + cursor.line.len() as u32,
    }
    .of(text);
    let tail = if rest
        .trim_start_matches(|c| is_id_char(c) || c == ' ')
        .starts_with(']')
    {
        ""
    } else {
        "]-> "
    };
    let mut items = Vec::new();
    for &name in LaneKind::NAMES {
        let Some(kind) = LaneKind::from_name(name) else {
            continue;
        };
        let numbers: &[&str] = match kind {
            LaneKind::SequencedSlots => &[" 64", " 256", " 1024"],
            _ => &[""],
        };
        for number in numbers {
            let label = [name, number].concat();
            let mut item = CompletionItem::new(
                CompletionKind::Intent,
                &label,
                &[label.as_str(), tail].concat(),
            )
            .detail(
                if LaneIntent::of(kind) == LaneIntent::of(LaneKind::Events) {
                    "the default"
                } else {
                    "lane intent"
                },
            )
            .docs(lane(kind).to_owned());
            if !tail.is_empty() {
                item = item.again();
            }
            items.push(item);
        }
    }
    cursor.list(start, |c| is_id_char(c) || c == ' ', items)
}

/// The connections of the text by element numbers, but for those of one word of the cursor's line,
/// which is being written.
struct Links {
    forward: Vec<Vec<usize>>,
    backward: Vec<Vec<usize>>,
}

impl Links {
    fn new(cursor: &Cursor<'_, '_>, parts: &[Part], edited: Option<Span>) -> Self {
        let view = cursor.view;
        let mut links = Self {
            forward: vec![Vec::new(); view.elements.len()],
            backward: vec![Vec::new(); view.elements.len()],
        };
        view.links(|line, from, _, to| {
            if line != cursor.number {
                links.add(view, from.text, to.text);
            }
        });
        for three in parts.windows(3) {
            if let [Part::Word(from), Part::Arrow { .. }, Part::Word(to)] = three
                && edited != Some(*from)
                && edited != Some(*to)
            {
                links.add(view, from.of(view.text), to.of(view.text));
            }
        }
        links
    }

    fn add(&mut self, view: &View<'_>, from: &str, to: &str) {
        if let (Some(from), Some(to)) = (view.number(from), view.number(to)) {
            self.forward[from].push(to);
            self.backward[to].push(from);
        }
    }
}

/// Everything that can be reached from an element, itself included.
pub(crate) fn reach(from: usize, next: &[Vec<usize>]) -> Vec<bool> {
    let mut seen = vec![false; next.len()];
    let mut open = vec![from];
    seen[from] = true;
    while let Some(at) = open.pop() {
        for &to in &next[at] {
            if !seen[to] {
                seen[to] = true;
                open.push(to);
            }
        }
    }
    seen
}

/// The ids that may stand at part `place` of the chain: where the cursor is in a word, that word.
fn nodes(
    cursor: &Cursor<'_, '_>,
    parts: &[Part],
    place: usize,
    word: Option<Span>,
) -> Option<CompletionList> {
    let view = cursor.view;
    let name = |part: Option<&Part>| match part {
        Some(Part::Word(span)) => view.number(span.of(view.text)),
        _ => None,
    };
    let behind_arrow = place > 0 && matches!(parts[place - 1], Part::Arrow { .. });
    let before = if behind_arrow {
        name(place.checked_sub(2).and_then(|at| parts.get(at)))
    } else {
        None
    };
    let next = place + usize::from(word.is_some());
    let after = match parts.get(next) {
        Some(Part::Arrow { .. }) => name(parts.get(next + 1)),
        part => name(part),
    };
    // `a -> | b`: what is written here goes in between, and gets an arrow of its own.
    let between = matches!(parts.get(next), Some(Part::Word(_)));
    let first = !behind_arrow;
    let last = parts.get(next).is_none();
    let links = Links::new(cursor, parts, word);
    let upstream = before.map(|before| reach(before, &links.backward));
    let downstream = after.map(|after| reach(after, &links.forward));
    let kind = |at: usize| view.elements[at].kind;
    let through = |from: Option<usize>, to: usize| {
        from.is_some_and(|from| kind(from) == ElementKind::Ingress)
            && kind(to) == ElementKind::Egress
    };
    let start = word.map_or(cursor.at, |word| word.start);
    let glued = behind_arrow && parts[place - 1].span().end == start;
    let mut ranked: Vec<((u8, usize), CompletionItem)> = Vec::new();
    let count = view.elements.len();
    let from = before.map_or(0, |before| before + 1);
    for at in 0..count {
        let legal = (first || kind(at) != ElementKind::Ingress)
            && (last || kind(at) != ElementKind::Egress)
            && (!first || kind(at) != ElementKind::Egress)
            && !through(before, at)
            && !after.is_some_and(|after| through(Some(at), after))
            && upstream.as_ref().is_none_or(|seen| !seen[at])
            && downstream.as_ref().is_none_or(|seen| !seen[at])
            && before.is_none_or(|before| !links.forward[before].contains(&at))
            && after.is_none_or(|after| !links.forward[at].contains(&after));
        if !legal {
            continue;
        }
        let alone = links.forward[at].is_empty() && links.backward[at].is_empty();
        let open = if first {
            links.forward[at].is_empty()
        } else {
            links.backward[at].is_empty()
        };
        let egress = u8::from(kind(at) == ElementKind::Egress);
        let rank = match (alone, open) {
            (true, _) => 0,
            (_, true) => 2,
            _ => 4,
        } + egress;
        let id = view.elements[at].id;
        let lead = if glued { " " } else { "" };
        let tail = if between { " ->" } else { "" };
        let insert = [lead, id, tail].concat();
        // What is declared behind the element before comes first.
        ranked.push((
            (rank, (at + count - from) % count),
            id_item(cursor, at, &insert),
        ));
    }
    ranked.sort_by_key(|one| one.0);
    let items = ranked.into_iter().map(|(_, item)| item).collect();
    Some(cursor.list(start, is_id_char, items))
}

/// The ids that a new chain may start with, and whether nothing follows them yet: those first.
pub(super) fn starts(cursor: &Cursor<'_, '_>) -> Vec<(CompletionItem, bool)> {
    let view = cursor.view;
    let links = Links::new(cursor, &[], None);
    let mut ranked: Vec<((bool, usize), CompletionItem)> = Vec::new();
    for (at, element) in view.elements.iter().enumerate() {
        // The line of the cursor may declare something that is about to be replaced.
        if element.kind == ElementKind::Egress || element.line == cursor.number {
            continue;
        }
        let item = id_item(cursor, at, &[element.id, " "].concat()).again();
        ranked.push(((!links.forward[at].is_empty(), at), item));
    }
    ranked.sort_by_key(|one| one.0);
    ranked
        .into_iter()
        .map(|((connected, _), item)| (item, !connected))
        .collect()
}
