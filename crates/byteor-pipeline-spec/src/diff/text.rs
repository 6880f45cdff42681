//! The diff as text: symbols, groups, counts.

use super::model::{ChangeClass, ChangeSubject, SemanticDiff};

/// The symbol of a class, which says it where there is no colour.
fn symbol(class: ChangeClass) -> &'static str {
    match class {
        ChangeClass::Added => "+",
        ChangeClass::Removed => "-",
        ChangeClass::Changed => "~",
        ChangeClass::Renamed => "→",
        ChangeClass::Rewired => "⇄",
    }
}

fn heading(subject: ChangeSubject) -> &'static str {
    match subject {
        ChangeSubject::Metadata => "Metadata",
        ChangeSubject::Setting => "Settings",
        ChangeSubject::Boundary => "Boundaries",
        ChangeSubject::Endpoint => "Endpoints",
        ChangeSubject::Stage => "Stages",
        ChangeSubject::Role => "Roles",
        ChangeSubject::Connection => "Connections",
        ChangeSubject::Lane => "Lanes",
    }
}

/// Appends a value. Plans with errors may hold anything: what could move a terminal's cursor is
/// written as an escape.
fn value(out: &mut String, text: &str) {
    for letter in text.chars() {
        if letter.is_control()
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            out.extend(letter.escape_default());
        } else {
            out.push(letter);
        }
    }
}

/// The text of a diff, as the command line prints it and reviews quote it.
pub(super) fn text(diff: &SemanticDiff) -> String {
    let mut out = String::new();
    if diff.equal {
        out.push_str("No difference.\n");
        return out;
    }
    let mut group = None;
    for change in &diff.changes {
        if group != Some(change.subject) {
            group = Some(change.subject);
            out.push_str(heading(change.subject));
            out.push('\n');
        }
        out.push_str("  ");
        out.push_str(symbol(change.class));
        out.push(' ');
        if change.class == ChangeClass::Renamed
            && let Some(before) = &change.before_id
        {
            value(&mut out, before);
            out.push_str(" → ");
        }
        value(&mut out, &change.id);
        out.push(' ');
        out.push_str(change.class.name());
        out.push('\n');
        for field in &change.fields {
            if change.class == ChangeClass::Renamed {
                continue;
            }
            out.push_str("      ");
            out.push_str(&field.name);
            out.push_str(": ");
            match (&field.before, &field.after) {
                (Some(before), Some(after)) => {
                    value(&mut out, before);
                    out.push_str(" → ");
                    value(&mut out, after);
                }
                (Some(only), None) if change.class == ChangeClass::Removed => value(&mut out, only),
                (None, Some(only)) if change.class == ChangeClass::Added => value(&mut out, only),
                (before, after) => {
                    value(&mut out, before.as_deref().unwrap_or("nothing"));
                    out.push_str(" → ");
                    value(&mut out, after.as_deref().unwrap_or("nothing"));
                }
            }
            out.push('\n');
        }
        for consequence in &change.consequences {
            out.push_str("      ⇒ ");
            value(&mut out, &consequence.text);
            out.push('\n');
        }
    }
    if group.is_some() {
        out.push('\n');
    }
    counts(&mut out, diff);
    out
}

fn counts(out: &mut String, diff: &SemanticDiff) {
    let mut first = true;
    for &class in ChangeClass::ALL {
        let count = diff.counts.of(class);
        if count > 0 {
            if !first {
                out.push_str(", ");
            }
            first = false;
            out.push_str(&count.to_string());
            out.push(' ');
            out.push_str(class.name());
        }
    }
    if diff.hidden > 0 {
        out.push_str("; ");
        out.push_str(&diff.shown.to_string());
        out.push_str(" shown, ");
        out.push_str(&diff.hidden.to_string());
        out.push_str(" hidden");
    }
    out.push_str(".\n");
}
