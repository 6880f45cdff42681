//! Diagnostics for people: place, excerpt of the source with a caret, help, and where the rule
//! stands. Colours are for terminals only, and for nobody who set NO_COLOR (no-color.org).

use std::fmt::Write as _;
use std::io::IsTerminal;

use byteor_pipeline::{Diagnostic, Severity, marked_line};

/// Whether what goes to this stream may have colours.
pub fn colours(stream: &impl IsTerminal) -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !plain
}

/// A diagnostic of a text, which was read from `name`.
pub fn excerpt(name: &str, text: &str, diagnostic: &Diagnostic, colours: bool) -> String {
    let paint = |colour: &str, text: &str| {
        if colours {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let (word, colour) = match diagnostic.severity {
        Severity::Error => ("error", "1;31"),
        Severity::Warning => ("warning", "1;33"),
        Severity::Hint => ("hint", "1;36"),
    };
    let range = diagnostic.range;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{name}:{}:{}: {}: {}",
        range.start_line,
        range.start_column,
        paint(colour, &format!("{word}[{}]", diagnostic.code)),
        paint("1", &diagnostic.message)
    );
    if let Some(marked) = marked_line(text, diagnostic.span) {
        let number = range.start_line.to_string();
        let bar = paint("34", &format!("{} |", " ".repeat(number.len())));
        let _ = writeln!(out, "{bar}");
        let _ = writeln!(
            out,
            "{} {}",
            paint("34", &format!("{number} |")),
            marked.line
        );
        if marked.marked > 0 {
            let _ = writeln!(
                out,
                "{bar} {}{}",
                " ".repeat(marked.before),
                paint(colour, &"^".repeat(marked.marked))
            );
        }
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "  help: {help}");
    }
    // The page of every install, and docs/spec/rules, have the paragraph about it.
    let _ = writeln!(out, "  rule: /rules#{}", diagnostic.code.to_lowercase());
    out
}

#[cfg(test)]
mod tests {
    use byteor_pipeline::{ExecutionTarget, compile};

    use super::excerpt;

    #[test]
    fn the_caret_stands_under_what_is_wrong() {
        let text = "pipeline p\ningress in\nstage é keep:^(\negress out\n";
        let diagnostics = compile(text, ExecutionTarget::SingleRing).diagnostics;
        let id = diagnostics
            .iter()
            .find(|one| one.code == "E_SYNTAX_ID")
            .unwrap();
        let shown = excerpt("a.plan", text, id, false);
        assert!(
            shown.starts_with("a.plan:3:7: error[E_SYNTAX_ID]: "),
            "{shown}"
        );
        assert!(
            shown.contains("\n  |\n3 | stage é keep:^(\n  |       ^\n  help: "),
            "{shown}"
        );
        assert!(shown.ends_with("  rule: /rules#e_syntax_id\n"), "{shown}");
        assert!(excerpt("a.plan", text, id, true).contains("\u{1b}[1;31m^\u{1b}[0m"));
    }
}
