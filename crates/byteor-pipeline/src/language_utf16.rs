//! The language functions as the WebAssembly boundary needs them: offsets in UTF-16 units.

use byteor_pipeline_language as language;
use byteor_pipeline_plan::{Offsets, Span, TextEdit};

pub use byteor_pipeline_language::{folding, semantic_tokens};

use crate::api::{PlaceRequest, RangeRequest};

/// The byte offset of a request, and how to turn the answer's offsets back.
struct Place<'t> {
    offsets: Offsets<'t>,
    at: u32,
}

impl<'t> Place<'t> {
    fn of(request: &'t PlaceRequest) -> Self {
        let offsets = Offsets::new(&request.text);
        Self {
            at: offsets.byte(request.offset),
            offsets,
        }
    }
}

/// `complete` with offsets in UTF-16 units.
pub fn complete_utf16(request: &PlaceRequest) -> language::CompletionList {
    let place = Place::of(request);
    let mut list = language::complete(&request.text, request.target, place.at);
    list.span = place.offsets.utf16_span(list.span);
    list.overwrite_end = place.offsets.utf16(list.overwrite_end);
    list
}

/// `hover` with offsets in UTF-16 units.
pub fn hover_utf16(request: &PlaceRequest) -> Option<language::Hover> {
    let place = Place::of(request);
    let mut hover = language::hover(&request.text, request.target, place.at)?;
    hover.span = place.offsets.utf16_span(hover.span);
    Some(hover)
}

/// `signature_help` with the offset in UTF-16 units.
pub fn signature_help_utf16(request: &PlaceRequest) -> Option<language::SignatureHelp> {
    language::signature_help(&request.text, request.target, Place::of(request).at)
}

/// `definition` with offsets in UTF-16 units.
pub fn definition_utf16(request: &PlaceRequest) -> Option<Span> {
    let place = Place::of(request);
    language::definition(&request.text, request.target, place.at)
        .map(|span| place.offsets.utf16_span(span))
}

/// `references` with offsets in UTF-16 units.
pub fn references_utf16(request: &PlaceRequest) -> Vec<language::Reference> {
    let place = Place::of(request);
    let mut references = language::references(&request.text, request.target, place.at);
    for reference in &mut references {
        reference.span = place.offsets.utf16_span(reference.span);
    }
    references
}

/// `prepare_rename` with offsets in UTF-16 units.
pub fn prepare_rename_utf16(request: &PlaceRequest) -> Option<language::RenamePlace> {
    let place = Place::of(request);
    let mut rename = language::prepare_rename(&request.text, request.target, place.at)?;
    rename.span = place.offsets.utf16_span(rename.span);
    Some(rename)
}

/// `outline` with offsets in UTF-16 units.
pub fn outline_utf16(text: &str) -> Vec<language::OutlineItem> {
    let mut items = language::outline(text);
    let offsets = Offsets::new(text);
    for item in &mut items {
        item.span = offsets.utf16_span(item.span);
        item.name_span = offsets.utf16_span(item.name_span);
    }
    items
}

/// `code_actions` with offsets in UTF-16 units.
pub fn code_actions_utf16(request: &RangeRequest) -> Vec<language::CodeAction> {
    let offsets = Offsets::new(&request.text);
    let span = bytes(&offsets, request);
    let mut actions = language::code_actions(&request.text, request.target, span);
    for action in &mut actions {
        offsets.utf16_edits(&mut action.edits);
    }
    actions
}

/// `format_range` with offsets in UTF-16 units.
pub fn format_range_utf16(request: &RangeRequest) -> Vec<TextEdit> {
    let offsets = Offsets::new(&request.text);
    let mut edits = language::format_range(&request.text, bytes(&offsets, request));
    offsets.utf16_edits(&mut edits);
    edits
}

fn bytes(offsets: &Offsets<'_>, request: &RangeRequest) -> Span {
    Span {
        start: offsets.byte(request.start),
        end: offsets.byte(request.end),
    }
}
