//! `codegen`: the index of all codes, made of their paragraphs.

use std::path::Path;

use crate::rules::{Page, read};

/// The index, from the root of the project.
const INDEX: &str = "docs/spec/diagnostics.md";

const HEAD: &str = "\
# Diagnostics and error codes

<!-- Generated from docs/spec/rules by `cargo run -p xtask -- codegen`. Don't edit. -->

Every message of the compiler has a stable code, arguments, a place, a wording and a way out.
Each code has a paragraph, with a bad and a good example, in [rules](rules/README.md); the page shows them at `/rules`.
The first letter says how bad it is: `E` keeps the plan from giving a spec, `W` warns, `H` hints, `A` names an action of lowering.
A diagnostic carries `{code, severity, phase, args, message, help, span, range, elements, fixes}`; the fixes are text edits, all of one or none, or another target, where only that helps and the text may stay (five stages are too many for a ring and not for a lane graph).
An operation that gives no value answers with `{code, message, args}` in the envelope `{\"ok\":false,\"error\":…}`; one that does with `{\"ok\":true,\"value\":…}`.

At most 500 diagnostics are given, and a last one that counts the others (`E_MORE`, `H_MORE`).
";

/// The text of the index.
fn index(pages: &[Page]) -> String {
    let mut out = HEAD.to_owned();
    for page in pages {
        out.push_str(&format!(
            "\n## {}\n\n| code | rule | arguments | says |\n| --- | --- | --- | --- |\n",
            page.title
        ));
        for paragraph in &page.paragraphs {
            let arguments: Vec<&str> = paragraph
                .arguments
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            out.push_str(&format!(
                "| [`{}`](rules/{}.md#{}) | {} | {} | {} |\n",
                paragraph.code,
                page.name,
                paragraph.code.to_lowercase(),
                paragraph.rule,
                arguments.join(", "),
                paragraph.says
            ));
        }
    }
    out
}

/// Writes the index under `root`, or with `check` says whether it is up to date.
pub fn run(root: &Path, check: bool) -> Result<(), String> {
    let path = root.join(INDEX);
    let wanted = index(&read(root)?);
    if std::fs::read_to_string(&path).is_ok_and(|current| current == wanted) {
        println!("{INDEX} is up to date");
        return Ok(());
    }
    if check {
        return Err(format!(
            "{INDEX} is stale: run `cargo run -p xtask -- codegen`"
        ));
    }
    std::fs::write(&path, wanted).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{INDEX} written");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_index_of_the_codes_is_up_to_date() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        super::run(&root, true).unwrap();
    }
}
