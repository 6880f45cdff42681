//! `diff`: what changes for the records from one spec to another.

use std::path::PathBuf;

use clap::Args;

use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};
use crate::spec_file::SpecFile;

/// Two specs.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The spec before.
    #[arg(long, value_name = "PATH")]
    pub before: PathBuf,
    /// The spec after.
    #[arg(long, value_name = "PATH")]
    pub after: PathBuf,
    /// Answer as one JSON object on standard output, failures too.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(args: DiffArgs) -> Result<Exit, Failure> {
    // 1 says "different", so a file that is no spec must end in another code.
    let read = |path: &PathBuf| {
        let file = SpecFile::read(path);
        file.and_then(|file| file.require_valid().map(|()| file))
            .map_err(|failure| Failure {
                exit: Exit::Input,
                ..failure
            })
    };
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    let diff = byteor_pipeline::diff_specs(&before.spec, &after.spec);
    if args.json {
        print_json(&diff)?;
    } else {
        print(&format!(
            "before {}\nafter  {}\n{}",
            diff.before_hash, diff.after_hash, diff.text
        ))?;
    }
    Ok(if diff.equal { Exit::Done } else { Exit::No })
}
