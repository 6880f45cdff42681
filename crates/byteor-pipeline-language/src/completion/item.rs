//! What completion answers.

use byteor_pipeline_plan::Span;
use serde::Serialize;

/// The most items of one answer.
pub const COMPLETION_MAX: usize = 200;

/// What an item stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CompletionKind {
    /// A word that starts a statement.
    Statement,
    /// Several lines at once.
    Plan,
    /// The id of a boundary or stage.
    Id,
    /// An id that isn't declared yet.
    NewId,
    /// An arrow, with or without a lane intent.
    Arrow,
    /// A lane intent.
    Intent,
    /// A family of the stage catalogue.
    Family,
    /// A whole stage key.
    Key,
    /// A value of a parameter of a key.
    Parameter,
    /// The name of a setting.
    Setting,
    /// The value of a setting.
    Value,
}

/// One thing that may stand at the place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CompletionItem {
    /// What is shown.
    pub label: String,
    /// What it stands for.
    pub kind: CompletionKind,
    /// A few words beside the label.
    pub detail: String,
    /// Documentation, Markdown; empty where the detail says it all.
    pub docs: String,
    /// What is put in the place of the list's span.
    pub insert: String,
    /// Whether `insert` is a snippet: `${1:text}` is a place to fill in, `$0` where the cursor
    /// ends, and a backslash stands before a `$`, `}` or `\` that means itself.
    pub snippet: bool,
    /// What the typed text is compared with; empty for the label.
    pub filter: String,
    /// Whether the next thing can be completed at once.
    pub again: bool,
}

impl CompletionItem {
    pub(crate) fn new(kind: CompletionKind, label: &str, insert: &str) -> Self {
        Self {
            label: label.to_owned(),
            kind,
            detail: String::new(),
            docs: String::new(),
            insert: insert.to_owned(),
            snippet: false,
            filter: String::new(),
            again: false,
        }
    }

    pub(crate) fn detail(mut self, detail: &str) -> Self {
        detail.clone_into(&mut self.detail);
        self
    }

    pub(crate) fn docs(mut self, docs: String) -> Self {
        self.docs = docs;
        self
    }

    pub(crate) fn snippet(mut self) -> Self {
        self.snippet = true;
        self
    }

    pub(crate) fn filter(mut self, filter: &str) -> Self {
        filter.clone_into(&mut self.filter);
        self
    }

    pub(crate) fn again(mut self) -> Self {
        self.again = true;
        self
    }
}

/// What may stand at a place, the likeliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CompletionList {
    /// What an item replaces: from the start of the word under the cursor to the cursor.
    pub span: Span,
    /// Where the word under the cursor ends: up to there where the author wants to overwrite it.
    pub overwrite_end: u32,
    /// Whether there are more than could be given; asking again with more typed gives others.
    pub incomplete: bool,
    /// The items, in the order in which they are to be shown.
    pub items: Vec<CompletionItem>,
}

/// Text as it stands in a snippet.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '$' | '}' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
