//! Anchors: where a change or a comment is, in a word that a later version can be asked for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::model::{ChangeSubject, words};
use super::pairing::{Facing, Pairing};
use super::view::DiffView;

/// The anchor of what has this id. A boundary of a plan and the endpoint that it becomes are one.
pub(super) fn anchor(subject: ChangeSubject, id: &str) -> String {
    let kind = match subject {
        ChangeSubject::Endpoint => ChangeSubject::Boundary,
        other => other,
    };
    [kind.name(), ":", id].concat()
}

words! {
    /// What became of an anchor.
    AnchorFate {
        /// It is the same there.
        Same = "same",
        /// It has another id, or stands in another line.
        Moved = "moved",
        /// Nothing there is it.
        Gone = "gone",
    }
}

/// An anchor of one version, in another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FollowedAnchor {
    /// The anchor that was asked for.
    pub anchor: String,
    /// What it is in the other version; null where it is gone.
    pub now: Option<String>,
    /// What became of it.
    pub fate: AnchorFate,
}

impl FollowedAnchor {
    /// What became of an anchor that is this one now.
    pub fn new(anchor: &str, now: Option<String>) -> Self {
        let fate = match &now {
            Some(now) if now == anchor => AnchorFate::Same,
            Some(_) => AnchorFate::Moved,
            None => AnchorFate::Gone,
        };
        Self {
            anchor: anchor.to_owned(),
            now,
            fate,
        }
    }
}

/// Finds anchors of the version before in the one after: elements and connections through renames,
/// settings and metadata by name. What is no anchor is gone.
pub fn follow(
    before: &DiffView<'_>,
    after: &DiffView<'_>,
    anchors: &[String],
) -> Vec<FollowedAnchor> {
    let pairing = Pairing::new(before, after, &|_| None);
    let names = [named(before), named(after)];
    let now = |anchor: &String| FollowedAnchor::new(anchor, followed(&pairing, &names, anchor));
    anchors.iter().map(now).collect()
}

/// What a view has by name alone: metadata, settings and inserted roles, by subject.
fn named<'v>(view: &'v DiffView<'_>) -> BTreeSet<(ChangeSubject, &'v str)> {
    let metadata = view
        .metadata
        .iter()
        .map(|one| (ChangeSubject::Metadata, one.name.as_str()));
    let settings = view
        .settings
        .iter()
        .map(|one| (ChangeSubject::Setting, one.name.as_str()));
    let inserted = view
        .inserted
        .iter()
        .map(|role| (ChangeSubject::Role, role.id.as_str()));
    metadata.chain(settings).chain(inserted).collect()
}

fn followed(
    pairing: &Pairing<'_, '_>,
    names: &[BTreeSet<(ChangeSubject, &str)>; 2],
    before: &str,
) -> Option<String> {
    let (kind, id) = before.split_once(':')?;
    let subject = ChangeSubject::from_name(kind)?;
    let by_name = |now: &str| {
        let both = names[0].contains(&(subject, id)) && names[1].contains(&(subject, now));
        both.then(|| anchor(subject, now))
    };
    match subject {
        ChangeSubject::Boundary | ChangeSubject::Stage | ChangeSubject::Role => {
            let Some(name) = pairing.names.find(id) else {
                // A role that lowering inserted is named from ids.
                return by_name(&pairing.text_after(id));
            };
            let same = anchor(pairing.old.element(name)?.subject, id) == before;
            (same && pairing.stays(Facing::Before, name))
                .then(|| anchor(subject, pairing.names.id(pairing.renames.after(name))))
        }
        ChangeSubject::Connection => {
            let (from, to) = id.split_once("->")?;
            let (from, to) = (pairing.names.find(from)?, pairing.names.find(to)?);
            pairing.old.link(from, to)?;
            let (from, to) = (pairing.renames.after(from), pairing.renames.after(to));
            pairing.new.link(from, to)?;
            Some(anchor(subject, &pairing.names.pair(from, to)))
        }
        ChangeSubject::Setting => by_name(&pairing.text_after(id)),
        ChangeSubject::Metadata => by_name(id),
        ChangeSubject::Endpoint | ChangeSubject::Lane => None,
    }
}
