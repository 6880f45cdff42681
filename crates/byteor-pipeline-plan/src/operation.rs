//! The edit operations that views of a plan speak in.

use byteor_pipeline_spec::{EndpointKind, ExecutionTarget};
use serde::{Deserialize, Serialize};

use crate::LaneIntent;

/// One gesture. The compiler turns it into minimal text edits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(optional_fields = nullable))]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum EditOperation {
    /// Adds a stage. With `after`, its line follows the line of that element, and that element is
    /// connected to it.
    AddStage {
        /// The stage key.
        key: String,
        /// The id; one is made from the key's family where there is none.
        #[serde(default)]
        id: Option<String>,
        /// The element to add it after.
        #[serde(default)]
        after: Option<String>,
    },
    /// Adds a boundary.
    AddBoundary {
        /// Which edge.
        kind: EndpointKind,
        /// The id; `in` or `out`, with a number where that is taken, where there is none.
        #[serde(default)]
        id: Option<String>,
    },
    /// Connects two elements.
    Connect {
        /// Where records come from.
        from: String,
        /// Where they go.
        to: String,
        /// The lane intent; events where there is none.
        #[serde(default)]
        intent: Option<LaneIntent>,
    },
    /// Removes a connection.
    Disconnect {
        /// Where records came from.
        from: String,
        /// Where they went.
        to: String,
    },
    /// Adds a stage in the middle of a connection, which keeps its intent before the stage.
    InsertOnConnection {
        /// Where records come from.
        from: String,
        /// Where they go.
        to: String,
        /// The stage key.
        key: String,
        /// The id; one is made where there is none.
        #[serde(default)]
        id: Option<String>,
    },
    /// Adds a stage between an element and all that it leads to. Where that is one, its connection
    /// keeps its intent before the stage; several keep theirs behind it.
    InsertAfter {
        /// The element.
        after: String,
        /// The stage key.
        key: String,
        /// The id; one is made where there is none.
        #[serde(default)]
        id: Option<String>,
    },
    /// Moves a stage to the middle of a connection, which keeps its intent before the stage. What
    /// stood before the stage is connected to what stood after it.
    MoveOnto {
        /// The stage.
        id: String,
        /// Where records come from.
        from: String,
        /// Where they go.
        to: String,
    },
    /// Lets two stages take each other's place: connections and settings stay, and lead to the other.
    Swap {
        /// One stage.
        a: String,
        /// The other.
        b: String,
    },
    /// Removes stages and boundaries with their connections.
    Remove {
        /// What goes.
        ids: Vec<String>,
        /// Whether what stood before each is connected to what stood after it.
        heal: bool,
    },
    /// Gives an element another id, in all lines.
    Rename {
        /// The id now.
        id: String,
        /// The id then.
        to: String,
    },
    /// Gives a stage another key.
    SetKey {
        /// The stage.
        id: String,
        /// The key.
        key: String,
    },
    /// Sets the lane intent of a connection.
    SetIntent {
        /// Where records come from.
        from: String,
        /// Where they go.
        to: String,
        /// The intent; null for the default.
        #[serde(default)]
        intent: Option<LaneIntent>,
    },
    /// Moves one or both ends of a connection, which keeps its intent.
    Reconnect {
        /// Where records come from now.
        from: String,
        /// Where they go now.
        to: String,
        /// Where they come from then; as now where there is none.
        #[serde(default)]
        new_from: Option<String>,
        /// Where they go then; as now where there is none.
        #[serde(default)]
        new_to: Option<String>,
    },
    /// Adds the stages, boundaries and connections of a fragment, with new ids where theirs are
    /// taken.
    Paste {
        /// The fragment, as `extract` gives it, or any text in the plan language.
        text: String,
        /// The element whose line the stages follow.
        #[serde(default)]
        after: Option<String>,
    },
    /// Adds a copy of elements and of the connections among them.
    Duplicate {
        /// What is copied.
        ids: Vec<String>,
    },
    /// Names the pipeline.
    SetName {
        /// The name.
        name: String,
    },
    /// Describes the pipeline.
    SetDescription {
        /// The description; null or empty removes it.
        #[serde(default)]
        description: Option<String>,
    },
    /// Sets a setting of a target's block.
    SetSetting {
        /// The target.
        target: ExecutionTarget,
        /// The name of the setting.
        name: String,
        /// Its words; null or empty removes it.
        #[serde(default)]
        value: Option<String>,
    },
}

/// What an operation does to a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EditAnswer {
    /// The text after it.
    pub text: String,
    /// The minimal edits that lead there.
    pub edits: Vec<crate::TextEdit>,
    /// Ids of the elements that it brought into being.
    pub created: Vec<String>,
}

/// Why an operation can't be done. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditError {
    /// Stable code, `E_EDIT_…`.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// Named parts of the message.
    pub args: byteor_json::Args,
}

impl std::fmt::Display for EditError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for EditError {}
