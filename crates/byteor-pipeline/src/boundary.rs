//! The operations as the WebAssembly boundary needs them: offsets in UTF-16 units.

use byteor_pipeline_plan::{
    Diagnostic, EditAnswer, EditError, MergeAnswer, Offsets, PlanGraph, edit, format, merge,
};

use crate::CompileParts;
use crate::api::{
    ApiError, Compilation, EditRequest, ForeseeRequest, Foreseen, Formatted, Lowering,
    MergeRequest, PlanSource, Validation,
};

/// Offsets of a graph and of lists of diagnostics, from bytes to UTF-16 units.
fn translate(text: &str, graph: Option<&mut PlanGraph>, lists: &mut [&mut [Diagnostic]]) {
    // In an ASCII text both units are the same; often there is nothing to translate.
    if (graph.is_none() && lists.iter().all(|list| list.is_empty())) || text.is_ascii() {
        return;
    }
    let offsets = Offsets::new(text);
    if let Some(graph) = graph {
        graph.utf16(&offsets);
    }
    for diagnostic in lists.iter_mut().flat_map(|list| list.iter_mut()) {
        diagnostic.utf16(&offsets);
    }
}

/// `compile` with offsets in UTF-16 units.
pub fn compile_utf16(source: &PlanSource) -> Compilation {
    let mut answer = crate::compile::summarize(&source.text, source.target);
    translate_compilation(&source.text, &mut answer);
    answer
}

/// [`compile_utf16`], with hash and map left to the caller.
pub fn compile_parts_utf16(source: &PlanSource) -> (Compilation, Option<CompileParts>) {
    let (mut answer, parts) = crate::compile::summarize_parts(&source.text, source.target);
    translate_compilation(&source.text, &mut answer);
    (answer, parts)
}

fn translate_compilation(text: &str, answer: &mut Compilation) {
    let actions = match &mut answer.report {
        Some(report) => &mut report.actions[..],
        None => &mut [],
    };
    translate(
        text,
        Some(&mut answer.graph),
        &mut [&mut answer.diagnostics, actions],
    );
}

/// `validate` with offsets in UTF-16 units.
pub fn validate_utf16(source: &PlanSource) -> Validation {
    let mut answer = crate::validate(&source.text, source.target);
    translate(
        &source.text,
        Some(&mut answer.graph),
        &mut [&mut answer.diagnostics],
    );
    answer
}

/// `lower` with offsets in UTF-16 units.
pub fn lower_utf16(source: &PlanSource) -> Lowering {
    let mut answer = crate::lower_text(&source.text, source.target);
    let actions = match &mut answer.report {
        Some(report) => &mut report.actions[..],
        None => &mut [],
    };
    translate(&source.text, None, &mut [&mut answer.diagnostics, actions]);
    answer
}

/// `edit` with offsets in UTF-16 units.
pub fn edit_utf16(request: &EditRequest) -> Result<EditAnswer, ApiError> {
    let mut answer = edit(&request.text, &request.operation).map_err(edit_error)?;
    Offsets::new(&request.text).utf16_edits(&mut answer.edits);
    Ok(answer)
}

/// An operation that can't be done, as the boundary says it.
pub(crate) fn edit_error(error: EditError) -> ApiError {
    let mut answer = ApiError::new(error.code, error.message);
    for (name, value) in error.args {
        answer = answer.arg(name, value);
    }
    answer
}

/// `foresee` with offsets in UTF-16 units of the text that the operations lead to.
pub fn foresee_utf16(request: &ForeseeRequest) -> Result<Foreseen, ApiError> {
    let mut answer = crate::foresee(request)?;
    translate(&answer.text, None, &mut [&mut answer.problems]);
    Ok(answer)
}

/// `format` with offsets in UTF-16 units.
pub fn format_utf16(text: &str) -> Formatted {
    let (after, mut edits) = format(text);
    Offsets::new(text).utf16_edits(&mut edits);
    Formatted { text: after, edits }
}

/// `merge` with offsets in UTF-16 units of ours.
pub fn merge_utf16(request: &MergeRequest) -> MergeAnswer {
    let mut answer = merge(
        &request.base,
        &request.ours,
        &request.theirs,
        &request.choices,
    );
    Offsets::new(&request.ours).utf16_edits(&mut answer.edits);
    answer
}
