//! What a merge answers, and what is chosen about its conflicts.

use serde::{Deserialize, Serialize};

use crate::TextEdit;

/// What a merge makes of three texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MergeAnswer {
    /// The merged text. A conflict without a choice stands in it as ours has it.
    pub text: String,
    /// The edits that lead from ours to it.
    pub edits: Vec<TextEdit>,
    /// What both changed, each differently, by id.
    pub conflicts: Vec<MergeConflict>,
    /// How many of them nothing is chosen for.
    pub open: u32,
    /// What theirs brought in, without conflicts.
    pub incoming: Vec<MergeIncoming>,
    /// The elements that have another id now, wherever they were spoken of.
    pub renames: Vec<MergeRename>,
}

/// An element that was given another id, which the other text follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MergeRename {
    /// Its id in base.
    pub before: String,
    /// Its id now.
    pub after: String,
    /// Who renamed it.
    pub by: MergeRenamedBy,
}

/// Who renamed an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum MergeRenamedBy {
    /// Ours alone.
    Ours,
    /// Theirs alone.
    Theirs,
    /// Both; where each has another id, that is a conflict too.
    Both,
}

/// Something that ours and theirs changed differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MergeConflict {
    /// Names it; the same for the same thing in a later merge.
    pub id: String,
    /// What it is about.
    pub kind: MergeConflictKind,
    /// The stage, boundary, connection (`a->b`) or setting.
    pub element: String,
    /// What happened.
    pub message: String,
    /// What base says; null where it says nothing.
    pub base: Option<String>,
    /// What ours says; null where it was removed.
    pub ours: Option<String>,
    /// What theirs says; null where it was removed.
    pub theirs: Option<String>,
    /// What can be chosen.
    pub resolutions: Vec<MergeResolution>,
    /// The name of what was chosen, or `text`; null while nothing is.
    pub chosen: Option<String>,
    /// Whether something was chosen, but for another text of ours or theirs.
    pub reopened: bool,
}

/// What a conflict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum MergeConflictKind {
    /// Both changed a statement.
    Changed,
    /// Both added one of the same id.
    Added,
    /// One removed what the other changed, renamed or connected.
    Removed,
    /// Both renamed an element, each differently.
    Renamed,
    /// Both changed a setting.
    Setting,
    /// Both changed a connection.
    Connection,
    /// Both changed the comment of a statement.
    Comment,
}

/// A way out of a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MergeResolution {
    /// `ours`, `theirs`, `base`, or a way to keep both.
    pub name: String,
    /// What stands there then; null where nothing does.
    pub text: Option<String>,
}

/// What was chosen about a conflict. It holds while ours and theirs say what they said then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(optional_fields = nullable))]
pub struct MergeChoice {
    /// The conflict.
    pub id: String,
    /// The name of a resolution, or `text`.
    pub resolution: String,
    /// With `text`: what is to stand there.
    #[serde(default)]
    pub text: Option<String>,
    /// What ours said.
    #[serde(default)]
    pub ours: Option<String>,
    /// What theirs said.
    #[serde(default)]
    pub theirs: Option<String>,
}

/// Something that theirs changed and ours didn't.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MergeIncoming {
    /// What was done to it.
    pub change: MergeChange,
    /// The stage, boundary, connection (`a->b`) or setting, or `pipeline`, `description`,
    /// `comment`; both ids of what was renamed (`a → b`).
    pub element: String,
}

/// What was done to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum MergeChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
    /// It has another id.
    Renamed,
}
