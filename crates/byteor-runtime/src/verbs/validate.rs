//! `validate`: the form and every rule of a spec.

use byteor_pipeline::describe;
use serde_json::json;

use super::SpecArgs;
use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};
use crate::spec_file::{SpecFile, spec_path};

pub(super) fn run(args: SpecArgs) -> Result<Exit, Failure> {
    let file = SpecFile::read(&spec_path(args.spec))?;
    file.require_valid()?;
    if args.json {
        print_json(&json!({
            "ok": true,
            "description": describe(&file.spec),
            "spec_hash": file.hash,
            "canonical": file.canonical,
        }))?;
    } else {
        print(&format!("valid {}\n", file.hash))?;
        if !file.canonical {
            eprintln!(
                "warning[E_SPEC_NOT_CANONICAL]: {} is not the canonical text of what it says; \
                 `run` refuses it",
                file.path.display()
            );
        }
    }
    Ok(Exit::Done)
}
