//! Folding: sections and comments.

mod common;

use byteor_pipeline_language::{FoldingKind, folding};
use common::ORDERS;

#[test]
fn sections_of_more_than_one_line_fold() {
    let ranges: Vec<_> = folding(ORDERS)
        .iter()
        .map(|range| (range.start_line, range.end_line, range.kind))
        .collect();
    assert_eq!(
        ranges,
        [
            (2, 3, FoldingKind::Section),
            (5, 9, FoldingKind::Section),
            (13, 14, FoldingKind::Section)
        ]
    );
}

#[test]
fn comments_that_follow_each_other_fold_inside_their_section() {
    let text = "# one\n# two\n\nstage a identity\n# three\n# four\nstage b identity\n# alone\n";
    let ranges: Vec<_> = folding(text)
        .iter()
        .map(|range| (range.start_line, range.end_line, range.kind))
        .collect();
    assert_eq!(
        ranges,
        [
            (1, 2, FoldingKind::Comment),
            (4, 7, FoldingKind::Section),
            (5, 6, FoldingKind::Comment)
        ]
    );
}
