//! What a diff is: changes with their consequences, and the counts of them.

use serde::{Deserialize, Serialize};

use super::codes::ConsequenceCode;
use super::union_model::{MovedElement, UnionGraph};
use crate::sentence::SentencePart;

/// The version of the JSON form.
pub(super) const VERSION: u32 = 1;

/// An enum with a name for each value, in text and JSON.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in text and JSON.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// What happened to an element.
    ChangeClass {
        /// It is only on the side after.
        Added = "added",
        /// It is only on the side before.
        Removed = "removed",
        /// The same id does something else.
        Changed = "changed",
        /// The same work with the same neighbours, under another id.
        Renamed = "renamed",
        /// It stayed, and gets its records from somewhere else.
        Rewired = "rewired",
    }
}

words! {
    /// What kind of element changed. Changes stand in this order.
    ChangeSubject {
        /// The name or the description of a pipeline, which no spec has.
        Metadata = "metadata",
        /// A setting of the target, or the target itself.
        Setting = "setting",
        /// A boundary of a plan.
        Boundary = "boundary",
        /// An ingress or egress of a lane graph.
        Endpoint = "endpoint",
        /// A stage.
        Stage = "stage",
        /// A bridge, router or merge.
        Role = "role",
        /// A connection between two elements.
        Connection = "connection",
        /// The lanes themselves.
        Lane = "lane",
    }
}

words! {
    /// What a consequence is about.
    ConsequenceKind {
        /// What comes out for a record.
        Output = "output",
        /// The order of records, or of the work on them.
        Ordering = "ordering",
        /// How many records a lane holds.
        Capacity = "capacity",
        /// What a full lane does to its writer and to new records.
        Backpressure = "backpressure",
        /// How many elements get each record.
        FanOut = "fan_out",
        /// A capability that a credential must grant now, or no longer.
        Capability = "capability",
        /// A field that the config bundle must set now, or that nothing uses any more.
        Config = "config",
        /// What a stage remembers of records before.
        Memory = "memory",
        /// Records that go somewhere outside the pipeline.
        SideEffect = "side_effect",
        /// A role that lowering inserts or no longer inserts.
        Lowering = "lowering",
        /// The spec hash changes, the work doesn't.
        Identity = "identity",
        /// Nothing changes for the target.
        Unused = "unused",
    }
}

words! {
    /// How much somebody who overlooks a change loses by it. A greater one is worse.
    ChangeSeverity {
        /// No record notices.
        Info = "info",
        /// Other records come out, in another order or at another pace.
        Caution = "caution",
        /// Records can be lost or leave the pipeline, or it needs a right that it hadn't.
        Risk = "risk",
    }
}

/// What follows from a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Consequence {
    /// What it says. The values of `parts`, in their order, are its arguments.
    pub code: ConsequenceCode,
    /// What it is about.
    pub kind: ConsequenceKind,
    /// How much it matters.
    pub severity: ChangeSeverity,
    /// One sentence, with keys' values in backticks.
    pub text: String,
    /// The same sentence, in which values stand apart.
    pub parts: Vec<SentencePart>,
}

/// One field of a changed element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FieldChange {
    /// Name of the field.
    pub name: String,
    /// Value before; null where there was none.
    pub before: Option<String>,
    /// Value after; null where there is none.
    pub after: Option<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SemanticChange {
    /// What happened.
    pub class: ChangeClass,
    /// To what kind of element.
    pub subject: ChangeSubject,
    /// Where it is: `KIND:ID`, by the id after, or before where it was removed. Several changes of
    /// one element share it.
    pub anchor: String,
    /// 32 hex digits over all that the change says, also what fields only count. With the anchor it
    /// tells whether somebody saw exactly this before.
    pub digest: String,
    /// Its id after, or before where it was removed; `a->b` for a connection, the KV name for a
    /// setting.
    pub id: String,
    /// Its id before, where that was another one.
    pub before_id: Option<String>,
    /// Its line in the text before, from 1; null where it isn't there, and for specs.
    pub before_line: Option<u32>,
    /// Its line in the text after.
    pub after_line: Option<u32>,
    /// The highest severity of its consequences.
    pub severity: ChangeSeverity,
    /// The fields that differ.
    pub fields: Vec<FieldChange>,
    /// What follows from it, where that is known.
    pub consequences: Vec<Consequence>,
}

/// How many changes of each class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DiffCounts {
    /// Elements only on the side after.
    pub added: u32,
    /// Elements only on the side before.
    pub removed: u32,
    /// Elements that do something else.
    pub changed: u32,
    /// Elements under another id.
    pub renamed: u32,
    /// Elements with other inputs.
    pub rewired: u32,
}

impl DiffCounts {
    /// How many changes of one class.
    pub fn of(&self, class: ChangeClass) -> u32 {
        match class {
            ChangeClass::Added => self.added,
            ChangeClass::Removed => self.removed,
            ChangeClass::Changed => self.changed,
            ChangeClass::Renamed => self.renamed,
            ChangeClass::Rewired => self.rewired,
        }
    }

    pub(super) fn count(&mut self, class: ChangeClass) {
        *match class {
            ChangeClass::Added => &mut self.added,
            ChangeClass::Removed => &mut self.removed,
            ChangeClass::Changed => &mut self.changed,
            ChangeClass::Renamed => &mut self.renamed,
            ChangeClass::Rewired => &mut self.rewired,
        } += 1;
    }
}

words! {
    /// What a diff compares.
    DiffOf {
        /// Two specs.
        Spec = "spec",
        /// Two plans, as far as they could be read.
        Plan = "plan",
    }
}

/// The semantic diff of two specs or two plans (docs/spec/diff.md).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SemanticDiff {
    /// 1
    pub v: u32,
    /// What was compared.
    pub of: DiffOf,
    /// Whether nothing changed.
    pub equal: bool,
    /// How many changes of each class, hidden ones too.
    pub counts: DiffCounts,
    /// How many changes there are.
    pub total: u32,
    /// How many of them stand in `changes`.
    pub shown: u32,
    /// How many of them the limit left out.
    pub hidden: u32,
    /// The changes, by subject, id and class.
    pub changes: Vec<SemanticChange>,
    /// Elements whose only change is their place in the text, by subject and id. They are no
    /// changes, and never counted.
    pub moved: Vec<MovedElement>,
    /// Both as one graph.
    pub union: UnionGraph,
    /// Spec hash before; null where a plan has errors.
    pub before_hash: Option<String>,
    /// Spec hash after; null where a plan has errors.
    pub after_hash: Option<String>,
    /// Capabilities that a credential must grant now and hadn't to before, sorted.
    pub capabilities_needed: Vec<String>,
    /// Capabilities that a credential had to grant and needs no longer, sorted.
    pub capabilities_unneeded: Vec<String>,
    /// Config bundle fields that something uses now and nothing did before, sorted.
    pub config_required: Vec<String>,
    /// Config bundle fields that nothing uses any more, sorted.
    pub config_unused: Vec<String>,
    /// The diff as text.
    pub text: String,
}

/// What a stage key does to records, as the catalogue tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageEffect {
    /// A phrase in the third person: "drops the records that match `x`".
    pub does: String,
    /// The same phrase, in which values stand apart.
    pub parts: Vec<SentencePart>,
    /// Whether it may drop records.
    pub filters: bool,
    /// Whether it may change records, or give several for one.
    pub rewrites: bool,
    /// Whether it may give several records for one.
    pub many: bool,
    /// The most bytes that it remembers of records before; 0 where what it does depends on the record
    /// alone.
    pub state_bytes: u32,
    /// The capability it needs.
    pub capability: Option<&'static str>,
    /// Where outside the pipeline records go: a host.
    pub outside: Option<String>,
    /// The config bundle fields it needs.
    pub config_fields: Vec<String>,
    /// The parameters of the key, in its order.
    pub parameters: Vec<(&'static str, String)>,
}

impl StageEffect {
    /// Whether what it does depends on records before.
    pub fn remembers(&self) -> bool {
        self.state_bytes > 0
    }
}

pub(super) use words;
