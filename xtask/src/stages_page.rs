//! The page of the stage catalogue, `docs/spec/stages.md`.

use std::fmt::Write as _;

use byteor_pipeline_catalogue::{ParameterKind, StageFamily, StageParameter, families};

/// Where the page stands, from the root of the project.
pub const FILE: &str = "docs/spec/stages.md";

const HEAD: &str = "\
<!-- Generated from crates/byteor-pipeline-catalogue by `cargo run -p xtask -- codegen`. Don't edit. -->

# Stages

What a stage key can say, and what it does to records.
The contract behind it, the grammar of keys, fields and patterns: [stage-contract.md](stage-contract.md).
Each family has cases with input and output, which run natively and in WebAssembly: `crates/byteor-pipeline-stages/tests/cases`.

Records in the examples have escapes: `\\n`, `\\t`, `\\r`, `\\\\`, and `\\xNN` for other bytes outside printable ASCII; `(empty)` is a record without bytes.
";

/// The text of the page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n| key | class | what it does |\n| --- | --- | --- |\n");
    for family in families() {
        let grammar = family.key_grammar.replace('|', "\\|");
        let _ = writeln!(
            page,
            "| [`{grammar}`](#{}) | {} | {} |",
            family.name,
            family.class.name(),
            family.summary
        );
    }
    let mut group = "";
    for family in families() {
        if family.group != group {
            group = family.group;
            let _ = write!(page, "\n## {group}\n");
        }
        write_family(&mut page, family);
    }
    page
}

fn write_family(page: &mut String, family: &StageFamily) {
    let _ = write!(
        page,
        "\n### {}\n\n{}: `{}`\n\n",
        family.name, family.title, family.key_grammar
    );
    // One sentence a line, for clean diffs.
    let _ = writeln!(page, "{}\n", family.docs.replace(". ", ".\n"));
    let _ = writeln!(page, "- class: `{}`", family.class.name());
    if let Some(capability) = family.capability {
        let _ = writeln!(page, "- needs the capability `{capability}`");
    }
    if !family.runs {
        let _ = writeln!(page, "- this build validates it, and can't run it yet");
    }
    let _ = writeln!(page, "- cost: {}", family.cost.trim_end_matches('.'));
    if !family.parameters.is_empty() {
        page.push_str("\n| parameter | what it is | meaning |\n| --- | --- | --- |\n");
        for parameter in family.parameters {
            let _ = writeln!(
                page,
                "| {} | {} | {} |",
                parameter.name,
                kind(parameter),
                parameter.doc.replace('|', "\\|")
            );
        }
    }
    for example in family.examples {
        let _ = write!(
            page,
            "\n`{}` {}:\n\n```\n{}→\n{}```\n",
            example.key,
            example.does,
            records(example.input),
            records(example.output)
        );
    }
}

fn kind(parameter: &StageParameter) -> String {
    let mut text = match parameter.kind {
        ParameterKind::Regex => "regular expression over bytes".to_owned(),
        ParameterKind::Text => "literal text".to_owned(),
        ParameterKind::Url => "http or https address".to_owned(),
        ParameterKind::Field => "path of a field".to_owned(),
        ParameterKind::Fields => "paths of fields, with commas between".to_owned(),
        ParameterKind::FieldName => "name of a field".to_owned(),
        ParameterKind::Integer => format!("number from {} to {}", parameter.min, parameter.max),
        ParameterKind::Choice => format!("`{}`", parameter.choices.join("`, `")),
        ParameterKind::Secret => "name of a secret".to_owned(),
        ParameterKind::Delimiter => "bytes, with escapes".to_owned(),
    };
    if parameter.may_be_empty {
        text.push_str(", may be empty");
    }
    if parameter.optional {
        text.push_str(match parameter.default {
            Some(_) => ", may be left out: then ",
            None => ", may be left out",
        });
    }
    if let Some(default) = parameter.default {
        let _ = write!(text, "`{default}`");
    }
    text
}

fn records(records: &[&str]) -> String {
    let mut text = String::new();
    for record in records {
        text.push_str(if record.is_empty() { "(empty)" } else { record });
        text.push('\n');
    }
    text
}
