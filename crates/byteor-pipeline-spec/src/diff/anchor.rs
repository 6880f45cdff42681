//! Anchors: where a change or a comment is, in a word that a later version can be asked for.

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
    let followed = |anchor: &String| FollowedAnchor::new(anchor, followed(&pairing, anchor));
    anchors.iter().map(followed).collect()
}

fn followed(pairing: &Pairing<'_, '_>, anchor_before: &str) -> Option<String> {
    let (kind, id) = anchor_before.split_once(':')?;
    let subject = ChangeSubject::from_name(kind)?;
    match subject {
        ChangeSubject::Boundary | ChangeSubject::Stage | ChangeSubject::Role => {
            let Some(name) = pairing.names.find(id) else {
                return inserted(pairing, subject, id);
            };
            let element = pairing.old.element(name)?;
            let same = anchor(element.subject, id) == anchor_before;
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
        ChangeSubject::Setting | ChangeSubject::Metadata => {
            let values = |view: &DiffView<'_>, name: &str| {
                let values = view.settings.iter().chain(&view.metadata);
                values.into_iter().any(|value| value.name == name)
            };
            let name = match subject {
                ChangeSubject::Setting => pairing.text_after(id),
                _ => id.to_owned(),
            };
            (values(pairing.old.view, id) && values(pairing.new.view, &name))
                .then(|| anchor(subject, &name))
        }
        ChangeSubject::Endpoint | ChangeSubject::Lane => None,
    }
}

/// A role that lowering inserted, by the ids that its own is made of.
fn inserted(pairing: &Pairing<'_, '_>, subject: ChangeSubject, id: &str) -> Option<String> {
    let now = pairing.text_after(id);
    let has = |view: &DiffView<'_>, id: &str| view.inserted.iter().any(|role| role.id == id);
    (subject == ChangeSubject::Role && has(pairing.old.view, id) && has(pairing.new.view, &now))
        .then(|| anchor(subject, &now))
}
