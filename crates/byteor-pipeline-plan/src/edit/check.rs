//! What an operation refuses, whatever the document says.

use byteor_pipeline_spec::{KEY_MAX, id_problem};

use crate::EditError;
use crate::words::is_reserved;

pub(super) fn error<const N: usize>(
    code: &'static str,
    message: impl Into<String>,
    args: [(&'static str, &str); N],
) -> EditError {
    EditError {
        code,
        message: message.into(),
        args: args
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
    }
}

pub(super) fn check_id(id: &str) -> Result<(), EditError> {
    let problem =
        id_problem(id).or_else(|| is_reserved(id).then_some("it is a word of the language"));
    match problem {
        None => Ok(()),
        Some(problem) => {
            let shown: String = id.chars().take(40).collect();
            Err(error(
                "E_EDIT_ID_INVALID",
                format!("`{shown}` is no id: {problem}"),
                [("id", &shown), ("problem", problem)],
            ))
        }
    }
}

pub(super) fn id_taken(id: &str) -> EditError {
    error(
        "E_EDIT_ID_TAKEN",
        format!("`{id}` is taken; choose another id"),
        [("id", id)],
    )
}

pub(super) fn check_key(key: &str) -> Result<(), EditError> {
    if key.is_empty() || key.len() > KEY_MAX || key.chars().any(char::is_control) {
        return Err(error(
            "E_EDIT_KEY",
            format!(
                "A stage key has 1 to {KEY_MAX} characters in one line, without control characters"
            ),
            [],
        ));
    }
    Ok(())
}
