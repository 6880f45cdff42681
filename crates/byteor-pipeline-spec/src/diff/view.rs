//! What a diff compares: elements, links and settings, of a spec or of a plan.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::model::{ChangeSubject, DiffOf};
use crate::{ExecutionTarget, OnFull};

/// One side of a diff. Lists may have any order; of several entries with one name the first counts.
#[derive(Clone, Debug)]
pub struct DiffView<'s> {
    /// Whether it is a view of a spec or of a plan.
    pub of: DiffOf,
    /// The execution target.
    pub target: ExecutionTarget,
    /// The spec hash, where there is a spec.
    pub hash: Option<String>,
    /// Name and description.
    pub metadata: Vec<ViewValue>,
    /// The settings by KV name, defaults included.
    pub settings: Vec<ViewValue>,
    /// What full lanes do.
    pub on_full: OnFull,
    /// Boundaries or endpoints, stages, and roles that the author wrote.
    pub elements: Vec<ViewElement<'s>>,
    /// Who gets records from whom, through whatever roles lowering inserted.
    pub links: Vec<ViewLink<'s>>,
    /// The roles that lowering inserted.
    pub inserted: Vec<InsertedRole>,
}

/// Where something stands in the text of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The offset of its first byte.
    pub offset: u32,
    /// Its line, from 1.
    pub line: u32,
}

/// A name with a value: metadata or a setting.
#[derive(Clone, Debug)]
pub struct ViewValue {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// Where a text says it; nothing for defaults and specs.
    pub place: Option<Place>,
}

impl ViewValue {
    /// A value that no text says.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            place: None,
        }
    }
}

/// An element of one side.
#[derive(Clone, Debug)]
pub struct ViewElement<'s> {
    /// What it is.
    pub subject: ChangeSubject,
    /// Its id, unique over all elements.
    pub id: &'s str,
    /// What it does: a stage key, the kind of a boundary, the work of a role.
    pub key: Cow<'s, str>,
    /// Where a text declares it; nothing for specs.
    pub place: Option<Place>,
}

/// A link of one side.
#[derive(Clone, Debug)]
pub struct ViewLink<'s> {
    /// Where records come from.
    pub from: &'s str,
    /// Where they go.
    pub to: &'s str,
    /// The lanes between.
    pub lane: Option<LinkLane>,
    /// Where a text says it; nothing for specs.
    pub place: Option<Place>,
}

/// The lanes of a link.
#[derive(Clone, Debug)]
pub struct LinkLane {
    /// Their kinds with settings, as a plan writes them.
    pub text: Cow<'static, str>,
    /// The smallest capacity that was asked for.
    pub capacity: Option<u32>,
    /// Whether the link itself says so. Lanes of two links that don't are never compared: a setting
    /// differs then.
    pub stated: bool,
}

/// A role that lowering inserted.
#[derive(Clone, Debug)]
pub struct InsertedRole {
    /// Its id: `kind.ID`, or `bridge.FROM.TO`.
    pub id: String,
    /// Its kind: `bridge`, `router` or `merge`.
    pub kind: &'static str,
    /// What it does, as [`InsertedWork::does`](crate::InsertedWork::does) says it.
    pub does: String,
    /// The policy of a merge.
    pub policy: Option<&'static str>,
    /// Whom a merge prefers, by the ids of the elements, where its policy has an order.
    pub order: Vec<String>,
}

pub(super) const NONE: u32 = u32::MAX;

/// The ids of both sides, each with a number. The numbers have the order of the ids.
pub(super) struct Names<'v> {
    ids: Vec<&'v str>,
    numbers: BTreeMap<&'v str, u32>,
}

impl<'v> Names<'v> {
    pub(super) fn new(views: [&'v DiffView<'_>; 2]) -> Self {
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        let mut ids: Vec<&str> = Vec::new();
        let mut add = |id: &'v str| {
            let known = numbers.len();
            numbers.entry(id).or_insert(0);
            if numbers.len() > known {
                ids.push(id);
            }
        };
        for view in views {
            for element in &view.elements {
                add(element.id);
            }
            for link in &view.links {
                add(link.from);
                add(link.to);
            }
        }
        ids.sort();
        for (at, id) in ids.iter().enumerate() {
            numbers.insert(id, at as u32);
        }
        Self { ids, numbers }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn id(&self, name: u32) -> &'v str {
        self.ids.get(name as usize).copied().unwrap_or("")
    }

    /// The id of a connection.
    pub(super) fn pair(&self, from: u32, to: u32) -> String {
        [self.id(from), "->", self.id(to)].concat()
    }

    pub(super) fn find(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }
}

/// A link by the numbers of its ends; `at` is its place in the view.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) at: u32,
}

/// One side, by the numbers of its ids.
pub(super) struct Side<'v, 's> {
    pub(super) view: &'v DiffView<'s>,
    /// The element of an id, by its place in the view.
    element: Vec<u32>,
    /// Ids that a setting speaks of.
    in_settings: Vec<bool>,
    /// The links by `to`, then `from`, each pair once, and where those of an id start.
    by_to: Vec<Link>,
    to_start: Vec<u32>,
    by_from: Vec<Link>,
    from_start: Vec<u32>,
}

impl<'v, 's> Side<'v, 's> {
    pub(super) fn new(view: &'v DiffView<'s>, names: &Names<'_>) -> Self {
        let mut element = vec![NONE; names.len()];
        for (at, entry) in view.elements.iter().enumerate() {
            if let Some(name) = names.find(entry.id)
                && element[name as usize] == NONE
            {
                element[name as usize] = at as u32;
            }
        }
        let mut in_settings = vec![false; names.len()];
        for ViewValue { name, value, .. } in &view.settings {
            for word in name.split(' ').skip(1).chain(value.split(' ')) {
                if let Some(name) = names.find(word) {
                    in_settings[name as usize] = true;
                }
            }
        }
        let mut by_to: Vec<Link> = Vec::with_capacity(view.links.len());
        for (at, link) in view.links.iter().enumerate() {
            if let (Some(from), Some(to)) = (names.find(link.from), names.find(link.to)) {
                let at = at as u32;
                by_to.push(Link { from, to, at });
            }
        }
        by_to.sort_by_key(|one| (one.to, one.from));
        by_to.dedup_by_key(|link| (link.to, link.from));
        let mut by_from = by_to.clone();
        by_from.sort_by_key(|one| (one.from, one.to));
        let starts = |links: &[Link], end: &dyn Fn(&Link) -> u32| {
            let mut starts = vec![0u32; names.len() + 1];
            for link in links {
                starts[end(link) as usize + 1] += 1;
            }
            for at in 1..starts.len() {
                starts[at] += starts[at - 1];
            }
            starts
        };
        Self {
            to_start: starts(&by_to, &|link| link.to),
            from_start: starts(&by_from, &|link| link.from),
            view,
            element,
            in_settings,
            by_to,
            by_from,
        }
    }

    /// The element of an id.
    pub(super) fn element(&self, name: u32) -> Option<&'v ViewElement<'s>> {
        self.view
            .elements
            .get(*self.element.get(name as usize)? as usize)
    }

    /// Where the element of an id stands in the view.
    pub(super) fn at(&self, name: u32) -> u32 {
        self.element.get(name as usize).copied().unwrap_or(NONE)
    }

    /// The links that lead to an id.
    pub(super) fn inputs(&self, name: u32) -> &[Link] {
        range(&self.by_to, &self.to_start, name)
    }

    /// The links that lead from an id.
    pub(super) fn outputs(&self, name: u32) -> &[Link] {
        range(&self.by_from, &self.from_start, name)
    }

    /// Every link, by `to`.
    pub(super) fn links(&self) -> &[Link] {
        &self.by_to
    }

    /// Whether the side has a use of the id, be it that nothing has it.
    pub(super) fn mentions(&self, name: u32) -> bool {
        self.element(name).is_some()
            || self.in_settings.get(name as usize) == Some(&true)
            || !self.inputs(name).is_empty()
            || !self.outputs(name).is_empty()
    }

    /// The link from one id to another.
    pub(super) fn link(&self, from: u32, to: u32) -> Option<Link> {
        let links = self.inputs(to);
        links
            .binary_search_by(|link| link.from.cmp(&from))
            .ok()
            .map(|at| links[at])
    }

    /// The lanes of a link.
    pub(super) fn lane(&self, link: Link) -> Option<&'v LinkLane> {
        self.view.links.get(link.at as usize)?.lane.as_ref()
    }

    /// Where a text says a link.
    pub(super) fn link_place(&self, link: Link) -> Option<Place> {
        self.view.links.get(link.at as usize)?.place
    }
}

fn range<'l>(links: &'l [Link], starts: &[u32], name: u32) -> &'l [Link] {
    let name = name as usize;
    match (starts.get(name), starts.get(name + 1)) {
        (Some(&start), Some(&end)) => &links[start as usize..end as usize],
        _ => &[],
    }
}
