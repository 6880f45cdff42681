//! What can be done at a place: the quick fixes of diagnostics, and refactorings.

use byteor_pipeline_plan::{
    Arrow, Chain, Diagnostic, EditOperation, Key, LaneIntent, Name, Span, Statement, TextEdit,
    difference, edit, free_id, key_text, quote,
};
use byteor_pipeline_spec::{ExecutionTarget, is_id};
use serde::Serialize;

use crate::hover::{boundary_lane, lane_of};
use crate::navigation;
use crate::spot::{Spot, spot};
use crate::view::{ElementKind, View, inside};

/// What kind of action it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CodeActionKind {
    /// A way out of a diagnostic.
    QuickFix,
    /// Another way to write or build it.
    Refactor,
}

/// Something that can be done at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CodeAction {
    /// What it does, as on a button.
    pub title: String,
    /// What kind it is.
    pub kind: CodeActionKind,
    /// The diagnostic that it is a way out of.
    pub code: Option<String>,
    /// Whether it is the first way out of that.
    pub preferred: bool,
    /// The edits, all of them or none. Empty where the target changes.
    pub edits: Vec<TextEdit>,
    /// The target that the plan is to be compiled for instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub target: Option<ExecutionTarget>,
}

/// What can be done where `span` stands: fixes of the diagnostics that it touches, by place, and
/// then refactorings at its start.
pub fn code_actions(text: &str, target: ExecutionTarget, span: Span) -> Vec<CodeAction> {
    let view = View::new(text, target);
    let start = inside(text, span.start);
    let end = inside(text, span.end).max(start);
    let mut refactorings = Vec::new();
    if let Some(spot) = spot(&view, start) {
        refactor(&view, start, spot, &mut refactorings);
    }
    let mut actions = Vec::new();
    for diagnostic in view.diagnose().1 {
        if diagnostic.span.start <= end && start <= diagnostic.span.end {
            fixes(diagnostic, &mut actions);
        }
    }
    actions.append(&mut refactorings);
    actions
}

fn fixes(diagnostic: Diagnostic, actions: &mut Vec<CodeAction>) {
    for (at, fix) in diagnostic.fixes.into_iter().enumerate() {
        actions.push(CodeAction {
            title: fix.title,
            kind: CodeActionKind::QuickFix,
            code: Some(diagnostic.code.clone()),
            preferred: at == 0,
            edits: fix.edits,
            target: fix.target,
        });
    }
}

fn push(actions: &mut Vec<CodeAction>, title: String, edits: Option<Vec<TextEdit>>) {
    if let Some(edits) = edits.filter(|edits| !edits.is_empty()) {
        actions.push(CodeAction {
            title,
            kind: CodeActionKind::Refactor,
            code: None,
            preferred: false,
            edits,
            target: None,
        });
    }
}

/// The edits of several operations in turn; nothing where one can't be done.
fn batch(text: &str, operations: &[EditOperation]) -> Option<Vec<TextEdit>> {
    if let [operation] = operations {
        return edit(text, operation).ok().map(|answer| answer.edits);
    }
    let mut after = text.to_owned();
    for operation in operations {
        after = edit(&after, operation).ok()?.text;
    }
    Some(difference(text, &after, 0).into_iter().collect())
}

fn refactor(view: &View<'_>, at: u32, spot: Spot<'_, '_>, actions: &mut Vec<CodeAction>) {
    let chain = view.line(at).and_then(|line| match &line.statement {
        Statement::Chain(chain) if !line.broken => Some((line, chain)),
        _ => None,
    });
    match spot {
        Spot::Id(name) => {
            if view.number(name.text).is_none() {
                declare_all(view, actions);
            }
            if let Some((line, chain)) = chain
                && let Some(place) = chain.nodes.iter().position(|node| node.span == name.span)
            {
                split(view, line.body, chain, place, actions);
                join(view, at, chain, place, actions);
            }
        }
        Spot::Key { key, .. } => quotes(key, actions),
        Spot::Arrow { from, arrow, to } => {
            on_connection(view, from, arrow, to, actions);
            if let Some((line, chain)) = chain
                && let Some(place) = chain.arrows.iter().position(|one| one.span == arrow.span)
            {
                split(view, line.body, chain, place.max(1), actions);
            }
        }
        _ => {}
    }
}

/// Declares every id that connections name and nothing declares, where there are several.
fn declare_all(view: &View<'_>, actions: &mut Vec<CodeAction>) {
    let mut missing: Vec<&str> = Vec::new();
    navigation::names(view, |name, _| {
        if view.number(name.text).is_none()
            && is_id(name.text)
            && !byteor_pipeline_plan::is_reserved(name.text)
            && !missing.contains(&name.text)
            && missing.len() < 50
        {
            missing.push(name.text);
        }
    });
    if missing.len() < 2 {
        return;
    }
    let operations: Vec<EditOperation> = missing
        .iter()
        .map(|id| EditOperation::AddStage {
            key: "identity".to_owned(),
            id: Some((*id).to_owned()),
            after: None,
        })
        .collect();
    let title = ["Add the ", &missing.len().to_string(), " missing stages"].concat();
    push(actions, title, batch(view.text, &operations));
}

/// Writes the rest of a chain from its node `place` on in a line of its own.
fn split(
    view: &View<'_>,
    body: Span,
    chain: &Chain<'_>,
    place: usize,
    actions: &mut Vec<CodeAction>,
) {
    if place == 0 || place + 1 >= chain.nodes.len() {
        return;
    }
    let node = chain.nodes[place];
    let line_start = view
        .line(body.start)
        .map_or(body.start, |line| line.span.start);
    let indent = Span {
        start: line_start,
        end: body.start,
    }
    .of(view.text);
    let edit = TextEdit {
        start: node.span.end,
        end: node.span.end,
        text: ["\n", indent, node.text].concat(),
    };
    let title = ["Split the chain at `", node.text, "`"].concat();
    push(actions, title, Some(vec![edit]));
}

/// Goes on with the chain of the next line, where that starts with this one's last id.
fn join(view: &View<'_>, at: u32, chain: &Chain<'_>, place: usize, actions: &mut Vec<CodeAction>) {
    let number = view.line_number(at);
    let lines = &view.document.lines;
    let (Some(line), Some(next)) = (lines.get(number), lines.get(number + 1)) else {
        return;
    };
    let Statement::Chain(other) = &next.statement else {
        return;
    };
    if line.comment.is_some() || next.broken || place + 1 != chain.nodes.len() {
        return;
    }
    if let (Some(last), Some(first)) = (chain.nodes.last(), other.nodes.first())
        && last.text == first.text
        && other.nodes.len() > 1
    {
        let edit = TextEdit {
            start: last.span.end,
            end: first.span.end,
            text: String::new(),
        };
        push(
            actions,
            "Join with the chain of the next line".to_owned(),
            Some(vec![edit]),
        );
    }
}

fn quotes(key: &Key<'_>, actions: &mut Vec<CodeAction>) {
    if key.broken || key.text.is_empty() {
        return;
    }
    let bare = key_text(&key.text);
    let (title, text) = if !key.quoted {
        ("Put the key in quotes", quote(&key.text))
    } else if bare == key.text {
        ("Remove the quotes around the key", bare)
    } else {
        return;
    };
    let edit = TextEdit {
        start: key.span.start,
        end: key.span.end,
        text,
    };
    push(actions, title.to_owned(), Some(vec![edit]));
}

fn on_connection(
    view: &View<'_>,
    from: Name<'_>,
    arrow: Arrow,
    to: Name<'_>,
    actions: &mut Vec<CodeAction>,
) {
    let (Some(a), Some(b)) = (view.number(from.text), view.number(to.text)) else {
        return;
    };
    let ids = || (from.text.to_owned(), to.text.to_owned());
    let link = ["`", from.text, " -> ", to.text, "`"].concat();
    let mut next = vec![Vec::new(); view.elements.len()];
    view.links(|_, from, _, to| {
        if let (Some(from), Some(to)) = (view.number(from.text), view.number(to.text)) {
            next[from].push(to);
        }
    });
    if crate::completion::reach(b, &next)[a] {
        let (from, to) = ids();
        push(
            actions,
            ["Break the cycle here: remove ", &link].concat(),
            batch(view.text, &[EditOperation::Disconnect { from, to }]),
        );
    }
    let (from_id, to_id) = ids();
    push(
        actions,
        ["Insert identity into ", &link].concat(),
        batch(
            view.text,
            &[EditOperation::InsertOnConnection {
                from: from_id,
                to: to_id,
                key: "identity".to_owned(),
                id: None,
            }],
        ),
    );
    if view.target == ExecutionTarget::SingleRing {
        return;
    }
    bridge(view, from, arrow, to, actions);
    if arrow.intent.is_none() {
        let (intent, _) = lane_of(view, from, &arrow, to);
        let text = ["-[", &intent.text(), "]->"].concat();
        let title = ["State the lane: `", &text, "`"].concat();
        let edit = TextEdit {
            start: arrow.span.start,
            end: arrow.span.end,
            text,
        };
        push(actions, title, Some(vec![edit]));
    }
}

/// Where a boundary's lane is of another kind than its connection's, lowering puts a bridge between
/// the two. An identity stage between them, with both intents written, is the same in the open.
fn bridge(
    view: &View<'_>,
    from: Name<'_>,
    arrow: Arrow,
    to: Name<'_>,
    actions: &mut Vec<CodeAction>,
) {
    let Some(intent) = arrow.intent else { return };
    let kind = |id: &str| view.element(id).map(|found| found.kind);
    let (before, after): (LaneIntent, LaneIntent) = if kind(from.text) == Some(ElementKind::Ingress)
        && let Some(lane) = boundary_lane(view, "ingress")
        && lane.kind != intent.kind
    {
        (lane, intent)
    } else if kind(to.text) == Some(ElementKind::Egress)
        && let Some(lane) = boundary_lane(view, "egress")
        && lane.kind != intent.kind
    {
        (intent, lane)
    } else {
        return;
    };
    let base: String = ["bridge_", from.text, "_", to.text]
        .concat()
        .chars()
        .take(48)
        .collect();
    let id = free_id(&base, |id| view.number(id).is_some());
    let set = |from: &str, to: &str, intent| EditOperation::SetIntent {
        from: from.to_owned(),
        to: to.to_owned(),
        intent: Some(intent),
    };
    let operations = [
        EditOperation::InsertOnConnection {
            from: from.text.to_owned(),
            to: to.text.to_owned(),
            key: "identity".to_owned(),
            id: Some(id.clone()),
        },
        set(from.text, &id, before),
        set(&id, to.text, after),
    ];
    let title = ["Insert the bridge explicitly, as the stage `", &id, "`"].concat();
    push(actions, title, batch(view.text, &operations));
}
