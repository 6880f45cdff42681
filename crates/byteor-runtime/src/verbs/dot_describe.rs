//! `describe` and `dot`: a spec in words, and as a graph.

use serde_json::json;

use super::SpecArgs;
use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};
use crate::spec_file::{SpecFile, spec_path};

pub(super) fn describe(args: SpecArgs) -> Result<Exit, Failure> {
    answer(args, "text", byteor_pipeline::describe)
}

pub(super) fn dot(args: SpecArgs) -> Result<Exit, Failure> {
    answer(args, "dot", byteor_pipeline_spec::dot)
}

fn answer(
    args: SpecArgs,
    field: &str,
    write: fn(&byteor_pipeline_spec::PipelineSpecV1) -> String,
) -> Result<Exit, Failure> {
    let file = SpecFile::read(&spec_path(args.spec))?;
    file.require_valid()?;
    let text = write(&file.spec);
    if args.json {
        print_json(&json!({ "ok": true, field: text, "spec_hash": file.hash }))?;
    } else {
        print(&text)?;
    }
    Ok(Exit::Done)
}
