//! A line as far as it is typed. The parser stops at the first problem of a line; what may come next
//! has to be found in half a line too.

use byteor_pipeline_plan::Span;

/// A part of a line that may be a chain.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// An id, or what stands in the place of one.
    Word(Span),
    /// An arrow, with what stands between its brackets.
    Arrow {
        span: Span,
        inner: Option<Span>,
        /// Whether it has its end.
        closed: bool,
    },
}

impl Part {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Word(span) | Self::Arrow { span, .. } => *span,
        }
    }
}

/// The parts of a chain, finished or not. `start` is the line's place in the text; a comment ends it.
pub(crate) fn chain_parts(line: &str, start: u32) -> Vec<Part> {
    let bytes = line.as_bytes();
    let span = |from: usize, to: usize| Span {
        start: start + from as u32,
        end: start + to as u32,
    };
    let mut parts = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &line[at..];
        if matches!(bytes[at], b' ' | b'\t') {
            at += 1;
        } else if bytes[at] == b'#' {
            break;
        } else if rest.starts_with("->") {
            parts.push(Part::Arrow {
                span: span(at, at + 2),
                inner: None,
                closed: true,
            });
            at += 2;
        } else if rest.starts_with("-[") {
            let close = rest.find("]->");
            // Without an end, the brackets hold what could be an intent: words up to a bracket or arrow.
            let open_end = || {
                let stop = rest[2..]
                    .find([']', '-', '#'])
                    .map_or(rest.len(), |at| at + 2);
                rest[..stop].trim_end_matches([' ', '\t']).len().max(2)
            };
            let (inner_end, end, closed) = match close {
                Some(close) => (close, close + 3, true),
                None => {
                    let stop = open_end();
                    let bracket = usize::from(rest[stop..].starts_with(']'));
                    (stop, stop + bracket, false)
                }
            };
            parts.push(Part::Arrow {
                span: span(at, at + end),
                inner: Some(span(at + 2, at + inner_end)),
                closed,
            });
            at += end;
        } else {
            let mut end = rest.len();
            for (place, c) in rest.char_indices() {
                let arrow = c == '-' && matches!(rest.as_bytes().get(place + 1), Some(b'>' | b'['));
                if arrow || matches!(c, ' ' | '\t' | '#') {
                    end = place;
                    break;
                }
            }
            parts.push(Part::Word(span(at, at + end)));
            at += end;
        }
    }
    parts
}

/// Whether a comment starts before byte `to` of a line: at a `#` at the start or after a space, that
/// doesn't stand in quotes.
pub(crate) fn in_comment(line: &str, to: usize) -> bool {
    let bytes = line.as_bytes();
    let mut quoted = false;
    for at in 0..to.min(bytes.len()) {
        match bytes[at] {
            b'"' => quoted = !quoted,
            b'#' if !quoted && (at == 0 || matches!(bytes[at - 1], b' ' | b'\t')) => return true,
            _ => {}
        }
    }
    false
}
