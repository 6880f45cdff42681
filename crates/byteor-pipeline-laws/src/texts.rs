//! Laws about places and edits that several targets share.

use byteor_pipeline::TextEdit;
use byteor_pipeline::plan::Span;

/// Whether the span stands in the text, on character boundaries.
pub fn in_text(text: &str, span: Span) -> bool {
    let (start, end) = (span.start as usize, span.end as usize);
    start <= end && text.is_char_boundary(start) && text.is_char_boundary(end)
}

/// Whether the edits are sorted, don't overlap, and stand in the text on character boundaries.
pub fn edits_fit(text: &str, edits: &[TextEdit]) -> bool {
    let mut at = 0;
    edits.iter().all(|edit| {
        let fits = at <= edit.start
            && in_text(
                text,
                Span {
                    start: edit.start,
                    end: edit.end,
                },
            );
        at = edit.end;
        fits
    })
}
