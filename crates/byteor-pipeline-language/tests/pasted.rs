//! Formatting of a range.

mod common;

use byteor_pipeline_language::format_range;
use byteor_pipeline_plan::{Span, apply_edits};

/// Formats what stands between the two marks.
fn formatted(fixture: &str) -> String {
    let start = fixture.find("$0").unwrap();
    let text = fixture.replacen("$0", "", 1);
    let end = text.find("$0").unwrap();
    let text = text.replacen("$0", "", 1);
    let edits = format_range(&text, Span::new(start, end));
    apply_edits(&text, &edits)
}

#[test]
fn only_lines_of_the_range_change() {
    assert_eq!(
        formatted(
            "stage  a   identity\n$0stage  b   identity\nstage c    identity\n$0stage   d identity\n"
        ),
        "stage  a   identity\nstage b identity\nstage c identity\nstage   d identity\n"
    );
}

#[test]
fn a_part_of_a_line_means_the_line() {
    assert_eq!(
        formatted("stage  a   identity\nstage  b  $0 iden$0tity\n"),
        "stage  a   identity\nstage b identity\n"
    );
}

#[test]
fn blank_lines_around_stay_and_sections_inside_are_set_apart() {
    assert_eq!(
        formatted("\n\n$0\n\nstage  a  identity\na ->   b\n\n\n$0\nstage   x y\n"),
        "\n\n\n\nstage a identity\n\na -> b\n\n\n\nstage   x y\n"
    );
    assert_eq!(formatted("a\n$0\n\n$0b"), "a\n\n\nb");
}
