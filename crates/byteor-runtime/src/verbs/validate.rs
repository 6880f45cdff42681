//! `validate`: every rule of plans and specs.

use byteor_pipeline::Severity;

use super::FileArgs;
use super::files::{FileAnswer, each, show};
use crate::checked::Checked;
use crate::failure::{Exit, Failure};
use crate::output::print;
use crate::source::Kind;

pub(super) fn run(args: &FileArgs) -> Result<Exit, Failure> {
    let reading = &args.reading;
    each(&args.paths(), args.kind(), reading.json, |_, source| {
        let checked = Checked::new(source, reading.target)?;
        let ok = checked.ok();
        let canonical = checked.spec_kv.as_ref().map(|kv| *kv == source.text);
        let canonical = canonical.filter(|_| source.kind == Kind::Spec);
        if !reading.json {
            show(source, &checked.diagnostics, Severity::Hint);
            let name = &source.name;
            if ok && canonical == Some(false) {
                eprintln!(
                    "{name}: warning[E_SPEC_NOT_CANONICAL]: this is not the canonical text of what \
                     it says, and `run` refuses it\n  help: lower the plan again, or use `fmt`"
                );
            }
            match &checked.spec_hash {
                Some(hash) if ok => print(&format!("{name}: valid, {hash}\n"))?,
                _ => print(&format!("{name}: not valid, {}\n", errors(&checked)))?,
            }
        }
        Ok(FileAnswer::of(source, checked, ok).with("canonical", canonical))
    })
}

fn errors(checked: &Checked) -> String {
    match checked.errors() {
        1 => "1 error".to_owned(),
        count => format!("{count} errors"),
    }
}
