//! `describe`: what a plan or a spec does, in words.

use byteor_pipeline::Severity;

use super::FileArgs;
use super::files::{FileAnswer, each, print_one_of, show};
use crate::checked::Checked;
use crate::failure::{Exit, Failure};
use crate::output::no_json;

pub(super) fn run(args: &FileArgs) -> Result<Exit, Failure> {
    let (paths, reading) = (args.paths(), &args.reading);
    each(&paths, args.kind(), reading.json, |_, source| {
        let checked = Checked::new(source, reading.target)?;
        let text = checked.spec.as_ref().map(byteor_pipeline::describe);
        if !reading.json {
            show(source, &checked.diagnostics, Severity::Error);
            if let Some(text) = &text {
                print_one_of(paths.len(), &format!("# {}\n", source.name), text)?;
            }
        }
        let ok = text.is_some();
        let promise = checked.spec.as_ref().map(byteor_pipeline::promise);
        let promise = serde_json::to_value(promise).map_err(|error| no_json(&error))?;
        Ok(FileAnswer::of(source, checked, ok)
            .with("text", text)
            .with("promise", promise))
    })
}
