//! The semantic diff: what changes for the records, by id (docs/spec/diff.md).
//!
//! One comparison serves specs and plans: each side is a [`DiffView`] of elements, links and
//! settings. `diff(a, b)` mirrors `diff(b, a)`, and the work grows with the text, not with the
//! number of pairs.

mod anchor;
mod changes;
mod codes;
mod consequences;
mod inserted;
mod model;
mod pairing;
mod renames;
mod rising;
mod spec_view;
mod text;
mod union;
mod union_model;
mod view;
mod whole;

pub use anchor::{AnchorFate, FollowedAnchor, follow};
pub use codes::ConsequenceCode;
pub use model::{
    ChangeClass, ChangeSeverity, ChangeSubject, Consequence, ConsequenceKind, DiffCounts, DiffOf,
    FieldChange, SemanticChange, SemanticDiff, StageEffect,
};
pub use spec_view::inserted_roles;
pub use union_model::{
    MovedElement, UnionConnection, UnionElement, UnionGraph, UnionRole, UnionSide,
};
pub use view::{DiffView, InsertedRole, LinkLane, Place, ViewElement, ViewLink, ViewValue};

use std::borrow::Cow;

use changes::Entry;
use pairing::Pairing;
use view::{Names, Side};

use crate::{PipelineSpecV1, canonical, spec_hash};

/// Compares two specs. `effect` tells what a stage key does, so that changes can name their
/// consequences; pass `&|_| None` without a catalogue. Of more changes than `limit`, the rest is
/// counted and not listed.
pub fn diff(
    before: &PipelineSpecV1,
    after: &PipelineSpecV1,
    effect: &dyn Fn(&str) -> Option<StageEffect>,
    limit: Option<usize>,
) -> SemanticDiff {
    let hashes = (spec_hash(before), spec_hash(after));
    diff_hashed((before, hashes.0), (after, hashes.1), effect, limit)
}

/// Compares two specs whose hashes are known: of a large spec, the hash is most of the work. See
/// [`diff`].
pub fn diff_hashed(
    before: (&PipelineSpecV1, String),
    after: (&PipelineSpecV1, String),
    effect: &dyn Fn(&str) -> Option<StageEffect>,
    limit: Option<usize>,
) -> SemanticDiff {
    let specs = (canonical::in_order(before.0), canonical::in_order(after.0));
    compare(
        &DiffView::of_spec(&specs.0, before.1),
        &DiffView::of_spec(&specs.1, after.1),
        effect,
        limit,
    )
}

/// Compares two views of the same kind. See [`diff`].
pub fn compare(
    before: &DiffView<'_>,
    after: &DiffView<'_>,
    effect: &dyn Fn(&str) -> Option<StageEffect>,
    limit: Option<usize>,
) -> SemanticDiff {
    let (before_hash, after_hash) = (before.hash.clone(), after.hash.clone());
    let of = after.of;
    let (before, after) = comparable(before, after);
    let pairing = Pairing::new(&before, &after, effect);
    let mut entries: Vec<Entry> = Vec::new();
    changes::named_values(&pairing, &mut entries);
    changes::elements(&pairing, &mut entries);
    changes::connections(&pairing, &mut entries);
    changes::in_order(&mut entries);
    inserted::inserted(&pairing, &mut entries);
    let needs = whole::needs(&pairing, &mut entries);
    whole::fan_out(&pairing, &mut entries);
    if entries.is_empty() && of == DiffOf::Spec && before_hash != after_hash {
        entries.push(whole::lanes_only());
    }
    whole::finish(&mut entries);

    let mut counts = DiffCounts::default();
    for entry in &entries {
        counts.count(entry.change.class);
    }
    let total = entries.len();
    let shown = total.min(limit.unwrap_or(total));
    let mut diff = SemanticDiff {
        v: model::VERSION,
        of,
        equal: total == 0,
        counts,
        total: total as u32,
        shown: shown as u32,
        hidden: (total - shown) as u32,
        changes: Vec::with_capacity(shown),
        moved: union::moved(&pairing, &entries),
        union: union::union(&pairing),
        before_hash,
        after_hash,
        capabilities_needed: needs.capabilities.1,
        capabilities_unneeded: needs.capabilities.0,
        config_required: needs.config.1,
        config_unused: needs.config.0,
        text: String::new(),
    };
    for entry in entries.into_iter().take(shown) {
        diff.changes.push(entry.change);
    }
    diff.text = text::text(&diff);
    diff
}

/// The ids before and after of the elements that have another id: those that a diff calls renamed.
pub fn renamed_ids<'v>(
    before: &'v DiffView<'_>,
    after: &'v DiffView<'_>,
) -> Vec<(&'v str, &'v str)> {
    let names = Names::new([before, after]);
    let (old, new) = (Side::new(before, &names), Side::new(after, &names));
    let renames = renames::renames(&old, &new, &names);
    let mut ids = Vec::new();
    for (before, after) in renames.pairs() {
        ids.push((names.id(before), names.id(after)));
    }
    ids
}

/// What of two views can be compared. Between the specs of different targets that is only the
/// stages and how they follow each other: the lanes of the one have nothing to stand against, nor
/// have settings but the target itself.
fn comparable<'v, 's>(
    before: &'v DiffView<'s>,
    after: &'v DiffView<'s>,
) -> (Cow<'v, DiffView<'s>>, Cow<'v, DiffView<'s>>)
where
    DiffView<'s>: Clone,
{
    if after.of == DiffOf::Plan || before.target == after.target {
        return (Cow::Borrowed(before), Cow::Borrowed(after));
    }
    let stages = |view: &DiffView<'s>| {
        let mut view = view.clone();
        view.settings.retain(|value| value.name == "target");
        let mut endpoints: Vec<&str> = view
            .elements
            .iter()
            .filter(|element| element.subject != ChangeSubject::Stage)
            .map(|element| element.id)
            .collect();
        endpoints.sort();
        view.links.retain(|link| {
            endpoints.binary_search(&link.from).is_err()
                && endpoints.binary_search(&link.to).is_err()
        });
        for link in &mut view.links {
            link.lane = None;
        }
        view.elements
            .retain(|element| element.subject == ChangeSubject::Stage);
        view.inserted.clear();
        Cow::Owned(view)
    };
    (stages(before), stages(after))
}
