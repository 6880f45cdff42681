//! Both sides as one graph, and what only moved.

use serde::{Deserialize, Serialize};

use super::model::{ChangeSubject, words};

/// An element whose only change is its place in the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MovedElement {
    /// Where it is: as that of a change.
    pub anchor: String,
    /// What it is.
    pub subject: ChangeSubject,
    /// Its id after; `a->b` for a connection.
    pub id: String,
    /// Its id before, where an element that it connects was renamed.
    pub before_id: Option<String>,
    /// Its line in the text before, from 1.
    pub before_line: u32,
    /// Its line in the text after.
    pub after_line: u32,
}

words! {
    /// Which plans have an element.
    UnionSide {
        /// Both.
        Both = "both",
        /// Only the one before.
        Before = "before",
        /// Only the one after.
        After = "after",
    }
}

/// An element of either plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UnionElement {
    /// Where it is, and no other element: as that of a change.
    pub anchor: String,
    /// What it is.
    pub subject: ChangeSubject,
    /// Its id after, or before where it was removed.
    pub id: String,
    /// Its id before, where that was another one.
    pub before_id: Option<String>,
    /// What it does: a stage key, the kind of a boundary, the work of a role; that after, or before
    /// where it was removed.
    pub key: String,
    /// What it did before, where that was something else.
    pub before_key: Option<String>,
    /// Who has it.
    pub side: UnionSide,
    /// Its line in the text before, from 1; null where it isn't there, and for specs.
    pub before_line: Option<u32>,
    /// Its line in the text after.
    pub after_line: Option<u32>,
}

/// A connection of either plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UnionConnection {
    /// Where it is: as that of a change.
    pub anchor: String,
    /// The anchor of the element that records come from.
    pub from: String,
    /// The anchor of the element that they go to.
    pub to: String,
    /// Who has it.
    pub side: UnionSide,
    /// Its lanes before, as a plan writes them; null where there were none.
    pub before: Option<String>,
    /// Its lanes after; null where there are none.
    pub after: Option<String>,
    /// Its line in the text before, from 1; null where it isn't there, and for specs.
    pub before_line: Option<u32>,
    /// Its line in the text after.
    pub after_line: Option<u32>,
}

/// A role that lowering inserts into the spec of either plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UnionRole {
    /// Its id after, or before where it is no longer inserted.
    pub id: String,
    /// Its id before, where that was another one.
    pub before_id: Option<String>,
    /// `bridge`, `router` or `merge`.
    #[cfg_attr(feature = "ts", ts(type = "\"bridge\" | \"router\" | \"merge\""))]
    pub kind: &'static str,
    /// Who has it.
    pub side: UnionSide,
    /// The anchors of the elements that it stands at.
    pub at: Vec<String>,
    /// Whether both have it, and it does something else.
    pub reworked: bool,
    /// Why it is there: one sentence.
    pub text: String,
}

/// Both plans as one graph, for a picture in which what stayed keeps its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UnionGraph {
    /// The elements, in an order that is the same from either direction: what stayed stands as in
    /// the texts, what only one has between the same neighbours as there.
    pub elements: Vec<UnionElement>,
    /// The connections between them, in their order.
    pub connections: Vec<UnionConnection>,
    /// What lowering inserts, by id.
    pub inserted: Vec<UnionRole>,
}
