//! What an editor of plans asks about a place of a document.
//!
//! Every function takes the text and answers for it alone: nothing is kept between calls, so an
//! answer belongs to the document version that was asked about. No function fails or panics on any
//! text and any offset; where there is nothing to say, the answer is empty. Offsets are bytes; one
//! inside a character counts as its start. Shapes and limits: docs/spec/language-service.md.

mod actions;
mod completion;
mod folding;
mod grammar;
mod hover;
mod navigation;
mod outline;
mod pasted;
mod settings;
mod signature;
mod spot;
mod tokens;
mod view;
mod wording;

pub use actions::{CodeAction, CodeActionKind, code_actions};
pub use completion::{COMPLETION_MAX, CompletionItem, CompletionKind, CompletionList, complete};
pub use folding::{FoldingKind, FoldingRange, folding};
pub use hover::{Hover, hover};
pub use navigation::{
    Reference, RenamePlace, RenameSubject, definition, prepare_rename, references,
};
pub use outline::{OutlineItem, OutlineKind, outline};
pub use pasted::format_range;
pub use signature::{SignatureHelp, SignatureParameter, signature_help};
pub use tokens::{TOKEN_MODIFIERS, TOKEN_TYPES, semantic_tokens};
