//! From the text of a plan to what the macro embeds, or to what it says of its errors.

use std::fmt::Write as _;
use std::path::PathBuf;

use byteor_pipeline_lower::{LowerOptions, build};
use byteor_pipeline_plan::{Diagnostic, Span, marked_line};
use byteor_pipeline_spec::{ExecutionTarget, decode_kv_v1};

/// A plan, and where it begins.
pub struct Source<'t> {
    /// The file in which it stands.
    pub name: String,
    /// The plan.
    pub text: &'t str,
    /// The line of its first character there, from 1.
    pub line: usize,
    /// The column of its first character there, from 1.
    pub column: usize,
}

/// A plan without errors.
pub struct Compiled<'t> {
    /// What it was lowered to.
    pub target: ExecutionTarget,
    /// The plan.
    pub text: &'t str,
    /// Its canonical KV text.
    pub spec_kv: String,
    /// The hash of that text.
    pub spec_hash: String,
}

/// Compiles a plan, or says what is wrong with it: one message an error, by place.
pub fn compile<'t>(
    target: ExecutionTarget,
    source: &Source<'t>,
) -> Result<Compiled<'t>, Vec<String>> {
    let (_, diagnostics, built) = build(source.text, target, LowerOptions::spec_only());
    let Some(built) = built else {
        return Err(messages(target, source, &diagnostics));
    };
    // `EmbeddedPlan::spec` relies on it at run time.
    match decode_kv_v1(&built.spec_kv) {
        Ok(spec) if spec == built.spec => Ok(Compiled {
            target,
            text: source.text,
            spec_hash: built.spec_hash(),
            spec_kv: built.spec_kv,
        }),
        _ => Err(vec![
            "the KV text of this plan's spec doesn't give the spec again\n  \
             help: this is a defect of the compiler that is worth a report"
                .to_owned(),
        ]),
    }
}

/// What is wrong with a plan, by place.
///
/// A plan inside a Rust source is compiled again at its place there, behind as many empty lines and
/// spaces: then the lines that messages speak of are those of the source, too.
fn messages(
    target: ExecutionTarget,
    source: &Source<'_>,
    diagnostics: &[Diagnostic],
) -> Vec<String> {
    let mut placed = "\n".repeat(source.line - 1);
    placed.push_str(&" ".repeat(source.column - 1));
    let before = placed.len();
    placed.push_str(source.text);
    let (_, at_place, built) = build(&placed, target, LowerOptions::spec_only());
    // Both say the same, unless only the longer text is longer than a plan may be.
    let same = built.is_none() && at_place.len() == diagnostics.len();
    let (list, before) = if same {
        (at_place.as_slice(), before)
    } else {
        (diagnostics, 0)
    };
    list.iter()
        .filter(|diagnostic| diagnostic.is_error())
        .map(|diagnostic| message(diagnostic, source, before))
        .collect()
}

/// An error of a plan, in the form of the Rust compiler. The plan's text begins at `before` of the
/// text that the diagnostic is about.
fn message(diagnostic: &Diagnostic, source: &Source<'_>, before: usize) -> String {
    let (line, column) = (diagnostic.range.start_line, diagnostic.range.start_column);
    let inside = |offset: u32| (offset as usize).saturating_sub(before);
    let span = Span::new(inside(diagnostic.span.start), inside(diagnostic.span.end));
    let mut out = format!("{}: {}", diagnostic.code, diagnostic.message);
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let _ = write!(out, "\n{margin}--> {}:{line}:{column}", source.name);
    if let Some(marked) = marked_line(source.text, span) {
        let _ = write!(out, "\n{margin} |\n{number} | {}", marked.line);
        if marked.marked > 0 {
            let _ = write!(
                out,
                "\n{margin} | {}{}",
                " ".repeat(marked.before),
                "^".repeat(marked.marked)
            );
        }
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(out, "\n{margin} = help: {help}");
    }
    // The page of every install, and docs/spec/rules, have the paragraph about it.
    let _ = write!(
        out,
        "\n{margin} = rule: /rules#{}",
        diagnostic.code.to_lowercase()
    );
    out
}

/// The absolute path of a plan, and its text.
pub fn read(path: &str) -> Result<(String, String), String> {
    const HELP: &str = "the path is relative to the folder of this crate's Cargo.toml";
    // Cargo sets it for each crate that it compiles.
    let folder = std::env::var("CARGO_MANIFEST_DIR").map_err(|_| {
        "CARGO_MANIFEST_DIR isn't set, so nobody knows where the plan is\n  \
         help: build with cargo, or set it to the folder that the path starts from"
            .to_owned()
    })?;
    let path = PathBuf::from(folder).join(path);
    let shown = path.display();
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("can't read the plan {shown}: {error}\n  help: {HELP}"))?;
    let name = path
        .to_str()
        .ok_or_else(|| format!("the path {shown} is not UTF-8"))?;
    Ok((name.to_owned(), text))
}

#[cfg(test)]
mod tests {
    use byteor_pipeline_spec::ExecutionTarget;

    use super::{Source, compile, read};

    fn errors(text: &str, line: usize, column: usize) -> Vec<String> {
        let source = Source {
            name: "src/main.rs".to_owned(),
            text,
            line,
            column,
        };
        compile(ExecutionTarget::SingleRing, &source)
            .err()
            .unwrap_or_default()
    }

    #[test]
    fn an_error_says_code_place_excerpt_and_help() {
        let found = errors(
            "\n  pipeline p\n  ingress in\n  stage a keep:(\n  egress out\n  in -> a -> out\n",
            40,
            12,
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("\n  --> src/main.rs:43:16\n   |\n43 |   stage a keep:(\n   |"),
            "{}",
            found[0]
        );
        assert!(found[0].starts_with("E_"), "{}", found[0]);
        assert!(found[0].contains("\n   = help: "), "{}", found[0]);
    }

    #[test]
    fn each_error_is_said_and_the_first_line_counts_from_the_literal() {
        let found = errors(
            "pipeline P\ningress in\nstage é keep:a\negress out\n",
            7,
            20,
        );
        assert!(found.len() >= 2, "{found:?}");
        assert!(found[0].contains("--> src/main.rs:7:29\n"), "{}", found[0]);
        assert!(
            found
                .iter()
                .any(|one| one.contains("--> src/main.rs:9:7\n")),
            "{found:?}"
        );
    }

    #[test]
    fn lines_in_messages_are_those_of_the_source() {
        let text = "\n pipeline p\n ingress in\n stage in identity\n egress out\n in -> out\n";
        let found = errors(text, 100, 30);
        let twice = found
            .iter()
            .find(|one| one.starts_with("E_PLAN_DUPLICATE_ID"))
            .unwrap();
        assert!(twice.contains("in line 102 already\n"), "{twice}");
        assert!(twice.contains("--> src/main.rs:103:8\n"), "{twice}");
        assert!(twice.contains("\n103 |  stage in identity\n"), "{twice}");
    }

    #[test]
    fn a_file_that_is_not_there_is_named_with_where_the_path_starts() {
        let (path, text) = read("../../docs/examples/plans/orders.plan").unwrap();
        assert!(path.ends_with("/docs/examples/plans/orders.plan"), "{path}");
        assert!(text.contains("pipeline orders"));
        let problem = read("no.plan").unwrap_err();
        assert!(
            problem.contains("byteor-pipeline-macros/no.plan: "),
            "{problem}"
        );
        assert!(problem.contains("help: the path is relative"), "{problem}");
        assert!(read("src").is_err());
    }
}
