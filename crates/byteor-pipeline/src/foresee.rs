//! What gestures would do, before they are made.

use byteor_pipeline_lower::{ForeseenRole, LowerOptions, build, foreseen_roles};
use byteor_pipeline_plan::{Diagnostic, Severity, edit};
use byteor_pipeline_spec::ExecutionTarget;

use crate::api::{ApiError, ForeseeRequest, Foreseen};
use crate::boundary::edit_error;

/// What some edit operations in turn would do to a plan: the text that they lead to, what lowering
/// would insert then and doesn't now, and what would be wrong that isn't. Nothing is changed.
pub fn foresee(request: &ForeseeRequest) -> Result<Foreseen, ApiError> {
    let target = request.target;
    let mut text = request.text.clone();
    let mut created = Vec::new();
    for operation in &request.operations {
        let answer = edit(&text, operation).map_err(edit_error)?;
        text = answer.text;
        created.extend(answer.created);
    }
    let before = foreseen_roles(&request.text, target);
    let after = foreseen_roles(&text, target);
    let without = |roles: &[ForeseenRole], others: &[ForeseenRole]| -> Vec<ForeseenRole> {
        let new = |role: &&ForeseenRole| !others.iter().any(|other| other.id == role.id);
        roles.iter().filter(new).cloned().collect()
    };
    let changed = after
        .iter()
        .filter(|role| {
            let old = before.iter().find(|old| old.id == role.id);
            old.is_some_and(|old| old.elements != role.elements)
        })
        .cloned()
        .collect();
    Ok(Foreseen {
        inserted: without(&after, &before),
        removed: without(&before, &after),
        changed,
        problems: new_problems(&request.text, &text, target),
        created,
        text,
    })
}

/// What is wrong with a text and wasn't with the one before, by code and message.
fn new_problems(before: &str, after: &str, target: ExecutionTarget) -> Vec<Diagnostic> {
    let problems = |text: &str| {
        let (_, mut list, _) = build(text, target, LowerOptions::spec_only());
        list.retain(|one| one.severity != Severity::Hint);
        list
    };
    let old = problems(before);
    let mut new = problems(after);
    new.retain(|one| {
        !old.iter()
            .any(|other| other.code == one.code && other.message == one.message)
    });
    new
}
