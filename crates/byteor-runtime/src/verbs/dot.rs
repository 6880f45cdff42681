//! `dot`: the topology of a plan or a spec, for Graphviz.

use byteor_pipeline::Severity;

use super::FileArgs;
use super::files::{FileAnswer, each, print_one_of, show};
use crate::checked::Checked;
use crate::failure::{Exit, Failure};

/// Several graphs in one stream are what Graphviz reads as well, each with its file in a comment.
pub(super) fn run(args: &FileArgs) -> Result<Exit, Failure> {
    let (paths, reading) = (args.paths(), &args.reading);
    each(&paths, args.kind(), reading.json, |_, source| {
        let checked = Checked::new(source, reading.target)?;
        let dot = checked.spec.as_ref().map(byteor_pipeline::dot);
        if !reading.json {
            show(source, &checked.diagnostics, Severity::Error);
            if let Some(dot) = &dot {
                print_one_of(paths.len(), &format!("// {}", source.name), dot)?;
            }
        }
        let ok = dot.is_some();
        Ok(FileAnswer::of(source, checked, ok).with("dot", dot))
    })
}
