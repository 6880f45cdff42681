//! What may come next after an element: stages to add, and elements to connect to.

use byteor_pipeline_catalogue::{StageClass, all_rules, family};
use byteor_pipeline_lower::{ForeseenRole, foreseen_roles};
use byteor_pipeline_plan::{EditOperation, edit};
use byteor_pipeline_spec::ExecutionTarget;
use serde::Serialize;

use crate::completion::reach;
use crate::view::{ElementKind, View};

/// The most elements that are offered, each with what connecting to it would insert.
const ELEMENTS_MAX: usize = 6;

/// What often comes first, after an ingress or where nothing is known.
const FIRST: &[&str] = &["keep", "json_require", "drop", "replace"];

/// What may come after an element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Suggestions {
    /// Names of families that often stand there, the likeliest first.
    pub families: Vec<&'static str>,
    /// Elements that it could lead to: those that nothing feeds first, then by the order of the text
    /// from the element on.
    pub elements: Vec<SuggestedElement>,
}

/// An element that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SuggestedElement {
    /// Its id.
    pub id: String,
    /// Bridges, routers and merges that a connection to it would need, and that aren't there.
    pub inserted: Vec<ForeseenRole>,
}

/// What may come after an element; nothing after an egress, or an id that nothing declares.
pub fn suggest_next(text: &str, target: ExecutionTarget, after: &str) -> Suggestions {
    let view = View::new(text, target);
    let mut suggestions = Suggestions {
        families: Vec::new(),
        elements: Vec::new(),
    };
    let Some(at) = view.number(after) else {
        return suggestions;
    };
    if view.elements[at].kind == ElementKind::Egress {
        return suggestions;
    }
    suggestions.families = families(&view, at);
    let before = foreseen_roles(text, target);
    for id in elements(&view, at).into_iter().take(ELEMENTS_MAX) {
        let connect = EditOperation::Connect {
            from: after.to_owned(),
            to: id.to_owned(),
            intent: None,
        };
        if let Ok(answer) = edit(text, &connect) {
            let mut inserted = foreseen_roles(&answer.text, target);
            inserted.retain(|role| !before.iter().any(|old| old.id == role.id));
            suggestions.elements.push(SuggestedElement {
                id: id.to_owned(),
                inserted,
            });
        }
    }
    suggestions
}

fn families(view: &View<'_>, at: usize) -> Vec<&'static str> {
    let key = view.key(&view.elements[at]);
    let name = key.map_or("", |key| key.text.split(':').next().unwrap_or(""));
    let often = family(name).map_or(FIRST, |family| family.often_next);
    let runs = |name: &&&str| {
        let rules = all_rules().iter().find(|rules| rules.name == **name);
        view.target == ExecutionTarget::LaneGraph
            || rules.is_some_and(|rules| rules.class != StageClass::Many)
    };
    often.iter().filter(runs).copied().collect()
}

fn elements<'t>(view: &View<'t>, at: usize) -> Vec<&'t str> {
    let count = view.elements.len();
    let mut forward = vec![Vec::new(); count];
    let mut backward = vec![Vec::new(); count];
    view.links(|_, from, _, to| {
        if let (Some(from), Some(to)) = (view.number(from.text), view.number(to.text)) {
            forward[from].push(to);
            backward[to].push(from);
        }
    });
    let upstream = reach(at, &backward);
    let from_ingress = view.elements[at].kind == ElementKind::Ingress;
    let mut ranked: Vec<((bool, usize), &str)> = Vec::new();
    for (other, element) in view.elements.iter().enumerate() {
        let legal = match element.kind {
            ElementKind::Ingress => false,
            ElementKind::Egress => !from_ingress,
            ElementKind::Stage => true,
        };
        if legal && !upstream[other] && !forward[at].contains(&other) {
            let behind = (other + count - at) % count;
            ranked.push(((!backward[other].is_empty(), behind), element.id));
        }
    }
    ranked.sort_unstable_by_key(|one| one.0);
    ranked.into_iter().map(|(_, id)| id).collect()
}
