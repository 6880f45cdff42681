//! Three-way merge of plan texts, by id (docs/spec/merge.md).
//!
//! What one side changed is taken. What both changed differently is a conflict, with what each
//! says. No line that a side added or changed is lost: it stands in the text or in a conflict.

pub(crate) mod align;
mod answer;
mod chains;
mod decide;
mod edits;
mod links;
mod pairing;
mod renames;
mod rows;
mod statements;

pub use answer::{
    MergeAnswer, MergeChange, MergeChoice, MergeConflict, MergeConflictKind, MergeIncoming,
    MergeRename, MergeRenamedBy, MergeResolution,
};

use crate::EditOperation;
use crate::edit::edit;
use crate::words::free_id;
use chains::Clusters;
use decide::Decisions;
use links::Links;
use pairing::{BASE, OURS, Pairing, THEIRS};
use rows::{Parsed, Rows, Subject, Tokens, parsed, read, written};
use statements::Elements;

/// Merges what `ours` and `theirs` made of `base`.
///
/// It is a function of the texts and of what was chosen: when theirs changes again, merge again
/// with the same base and the same choices. A choice holds while both sides say what they said
/// then; the others come back as conflicts.
pub fn merge(base: &str, ours: &str, theirs: &str, choices: &[MergeChoice]) -> MergeAnswer {
    let texts = [base, ours, theirs].map(parsed);
    let Some(followed) = renames::follow(&texts, choices) else {
        let mut answer = merge_parsed(texts, choices, &[]);
        answer.edits = edits::line_edits(ours, &answer.text);
        return answer;
    };
    let mut texts = texts;
    for (text, lines) in texts.iter_mut().zip(&followed.lines) {
        text.instead = lines.iter().map(renames::Anew::instead).collect();
    }
    let mut answer = merge_parsed(texts, choices, &followed.renames);
    answer.edits = edits::line_edits(ours, &answer.text);
    let open = followed.conflicts.iter();
    answer.open += open.filter(|conflict| conflict.chosen.is_none()).count() as u32;
    answer.conflicts.extend(followed.conflicts);
    answer.conflicts.sort_by(|a, b| a.id.cmp(&b.id));
    for rename in &followed.renames {
        if rename.by == MergeRenamedBy::Theirs {
            answer.incoming.push(MergeIncoming {
                change: MergeChange::Renamed,
                element: [&rename.before, " → ", &rename.after].concat(),
            });
        }
    }
    answer.renames = followed.renames;
    answer
}

/// Merges three texts that call each element by one id. What is to be edited is for the caller to say,
/// who has the text that it stands in.
fn merge_parsed(
    texts: [Parsed<'_>; 3],
    choices: &[MergeChoice],
    renames: &[MergeRename],
) -> MergeAnswer {
    let said = texts.each_ref().map(|one| (one.text, one.instead.clone()));
    let mut settled: Vec<MergeConflict> = Vec::new();
    // The texts as they are written, once one of theirs was given another id.
    let mut anew: Option<[String; 3]> = None;
    let mut choices = choices.to_vec();
    let mut first = Some(texts);
    // Each turn gives one more of theirs another id; mostly there is one turn.
    loop {
        let texts = first.take().unwrap_or_else(|| {
            let text = |side: usize| anew.as_ref().map_or("", |texts| &texts[side]);
            [BASE, OURS, THEIRS].map(|side| parsed(text(side)))
        });
        let (text, mut decisions, doubled) = merge_once(texts, &choices, renames);
        if let Some(id) = doubled {
            let name = format!("added/{id}");
            let texts = anew.get_or_insert_with(|| {
                said.each_ref()
                    .map(|(text, instead)| written(text, instead))
            });
            match with_another_id(&id, &texts[OURS], &texts[THEIRS]) {
                Some(next) => {
                    let this = |conflict: &MergeConflict| conflict.id == name;
                    settled.extend(decisions.conflicts.into_iter().filter(this));
                    texts[THEIRS] = next;
                }
                // In a document that is too long to be edited the conflict stays open.
                None => choices.retain(|choice| choice.id != name),
            }
            continue;
        }
        decisions.conflicts.append(&mut settled);
        decisions.conflicts.sort_by(|a, b| a.id.cmp(&b.id));
        let open = decisions.conflicts.iter();
        return MergeAnswer {
            edits: Vec::new(),
            open: open.filter(|conflict| conflict.chosen.is_none()).count() as u32,
            conflicts: decisions.conflicts,
            incoming: decisions.incoming,
            renames: Vec::new(),
            text,
        };
    }
}

/// Theirs, with another id in the place of one that both added.
fn with_another_id(id: &str, ours: &str, theirs: &str) -> Option<String> {
    let taken = |other: &str| [ours, theirs].iter().any(|text| text.contains(other));
    let operation = EditOperation::Rename {
        id: id.to_owned(),
        to: free_id(id, taken),
    };
    edit(theirs, &operation).ok().map(|answer| answer.text)
}

/// The merged text, what was decided, and an element of which both sides' are to be kept.
fn merge_once<'c>(
    texts: [Parsed<'_>; 3],
    choices: &'c [MergeChoice],
    renames: &'c [MergeRename],
) -> (String, Decisions<'c>, Option<String>) {
    let mut tokens = Tokens::default();
    let texts = texts.map(|text| read(text, &mut tokens));
    let pairing = Pairing::new(&texts);
    let mut links = Links::new(&texts);
    let mut decisions = Decisions::new(choices, renames);
    let mut elements = Elements::new(&texts, &links, renames);

    // What each line says, if it stands anywhere.
    let mut lines: Vec<Option<String>> = Vec::with_capacity(pairing.nodes.len());
    for node in &pairing.nodes {
        let side = node.side();
        let row = node.rows[side].map(|row| &texts[side].rows[row as usize]);
        lines.push(match row {
            Some(row) if row.subject.is_keyed() => elements.line(node, &texts, &mut decisions),
            Some(row) => {
                let [base, ours, theirs] = node.rows.map(|row| row.is_some());
                if matches!(row.subject, Subject::Text) && base == ours && ours != theirs {
                    decisions.came("comment", base, theirs);
                }
                (!base || (ours && theirs)).then(|| row.raw.to_owned())
            }
            None => None,
        });
    }
    links.decide(
        &elements.fates,
        &elements.declared,
        &elements.heals,
        &mut decisions,
    );
    let present: Vec<bool> = lines.iter().map(Option::is_some).collect();
    let clusters = Clusters::new(&texts, &pairing, &links, &present);
    let stands = |node: usize| {
        present[node]
            || clusters.is_anew(node)
                && pairing.nodes[node].rows[OURS..].iter().any(Option::is_some)
    };
    let order = pairing.order(&texts, &stands);
    let anew = clusters.lines(&texts, &pairing, &links, &order);

    let mut out: Vec<&str> = Vec::with_capacity(order.len());
    for &node in &order {
        if clusters.is_anew(node) {
            out.extend(anew.get(&node).into_iter().flatten().map(String::as_str));
        } else {
            out.extend(lines[node].as_deref());
        }
    }
    let text = join(&texts, &out);
    (
        text,
        decisions,
        elements.doubled.first().map(|id| (*id).to_owned()),
    )
}

/// Lines as a text, with what stands around them in two of the three texts.
fn join(texts: &[Rows<'_>; 3], lines: &[&str]) -> String {
    let of = |side: Option<usize>| &texts[side.unwrap_or(OURS)];
    let head = of(Decisions::simple([
        &texts[BASE].head,
        &texts[OURS].head,
        &texts[THEIRS].head,
    ]));
    let ended = of(Decisions::simple([
        &texts[BASE].ended,
        &texts[OURS].ended,
        &texts[THEIRS].ended,
    ]));
    let mut text = head.head.to_owned();
    text.push_str(&lines.join("\n"));
    if ended.ended && !lines.is_empty() {
        text.push('\n');
    } else if text.ends_with('\r') {
        // A carriage return without its line feed is no line end.
        let bare = |side: usize| {
            let last = texts[side].rows.last();
            !texts[side].ended && last.is_some_and(|row| row.raw.ends_with('\r'))
        };
        if !bare(OURS) && !bare(THEIRS) {
            text.pop();
        }
    }
    text
}
