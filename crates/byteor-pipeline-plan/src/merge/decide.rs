//! One thing in three texts: what it says after the merge, or a conflict.

use std::collections::BTreeMap;

use super::answer::{
    MergeChange, MergeChoice, MergeConflict, MergeConflictKind, MergeIncoming, MergeRename,
    MergeRenamedBy, MergeResolution,
};
use super::pairing::{BASE, OURS, THEIRS};

/// Collects what is decided.
pub(super) struct Decisions<'c> {
    /// By the conflict; the newest counts.
    choices: BTreeMap<&'c str, &'c MergeChoice>,
    /// The ids in base of what both renamed, by the ids that it has now.
    before: BTreeMap<&'c str, &'c str>,
    pub(super) conflicts: Vec<MergeConflict>,
    pub(super) incoming: Vec<MergeIncoming>,
}

/// What was chosen about a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    /// What one of the three texts says.
    Side(usize),
    /// A resolution of its own, by its number.
    More(usize),
    /// A text of the author's.
    Text(String),
}

/// A conflict before it is chosen about.
pub(super) struct Clash<'t> {
    pub(super) id: String,
    pub(super) kind: MergeConflictKind,
    pub(super) element: &'t str,
    pub(super) message: String,
    /// What the three texts say.
    pub(super) says: [Option<String>; 3],
    /// Further resolutions: name and text.
    pub(super) more: Vec<(&'static str, String)>,
}

impl<'c> Decisions<'c> {
    pub(super) fn new(choices: &'c [MergeChoice], renames: &'c [MergeRename]) -> Self {
        let both = |rename: &&MergeRename| rename.by == MergeRenamedBy::Both;
        Self {
            before: renames
                .iter()
                .filter(both)
                .map(|rename| (rename.after.as_str(), rename.before.as_str()))
                .collect(),
            choices: choices
                .iter()
                .map(|choice| (choice.id.as_str(), choice))
                .collect(),
            conflicts: Vec::new(),
            incoming: Vec::new(),
        }
    }

    /// What conflicts call an element by: its id in base where both renamed it. That stays the same
    /// whichever id is chosen for it, so what was chosen about it holds.
    pub(super) fn known_as<'i>(&self, id: &'i str) -> &'i str
    where
        'c: 'i,
    {
        self.before.get(id).copied().unwrap_or(id)
    }

    /// The side whose word holds where at most one of the two changed it.
    pub(super) fn simple<T: PartialEq>(says: [&T; 3]) -> Option<usize> {
        if says[OURS] == says[THEIRS] || says[THEIRS] == says[BASE] {
            Some(OURS)
        } else if says[OURS] == says[BASE] {
            Some(THEIRS)
        } else {
            None
        }
    }

    /// Notes what theirs brought.
    pub(super) fn came(&mut self, element: &str, base: bool, theirs: bool) {
        let change = match (base, theirs) {
            (false, true) => MergeChange::Added,
            (true, false) => MergeChange::Removed,
            _ => MergeChange::Changed,
        };
        self.incoming.push(MergeIncoming {
            change,
            element: element.to_owned(),
        });
    }

    /// Records a conflict and answers what was chosen about it; ours where nothing was.
    pub(super) fn clash(&mut self, clash: Clash<'_>) -> Pick {
        let Clash {
            id,
            kind,
            element,
            message,
            says,
            more,
        } = clash;
        let mut pick = None;
        let mut chosen = None;
        let mut reopened = false;
        if let Some(choice) = self.choices.get(id.as_str()) {
            pick = match choice.resolution.as_str() {
                "base" => Some(Pick::Side(BASE)),
                "ours" => Some(Pick::Side(OURS)),
                "theirs" => Some(Pick::Side(THEIRS)),
                "text" => Some(Pick::Text(choice.text.clone().unwrap_or_default())),
                name => more
                    .iter()
                    .position(|(other, _)| *other == name)
                    .map(Pick::More),
            };
            if choice.ours != says[OURS] || choice.theirs != says[THEIRS] {
                pick = None;
            }
            reopened = pick.is_none();
            chosen = pick.is_some().then(|| choice.resolution.clone());
        }
        let resolution = |name: &str, text: Option<String>| MergeResolution {
            name: name.to_owned(),
            text,
        };
        let mut resolutions = vec![
            resolution("ours", says[OURS].clone()),
            resolution("theirs", says[THEIRS].clone()),
        ];
        for (name, text) in more {
            resolutions.push(resolution(name, Some(text)));
        }
        resolutions.push(resolution("base", says[BASE].clone()));
        let [base, ours, theirs] = says;
        self.conflicts.push(MergeConflict {
            id,
            kind,
            element: element.to_owned(),
            message,
            base,
            ours,
            theirs,
            resolutions,
            chosen,
            reopened,
        });
        pick.unwrap_or(Pick::Side(OURS))
    }
}
