//! What can be folded: the sections of a document, and runs of comments.

use byteor_pipeline_plan::{Diagnostics, Document, Statement, parse};
use serde::Serialize;

/// What a folding range holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FoldingKind {
    /// Header, elements, connections or settings.
    Section,
    /// Lines of comment that follow each other.
    Comment,
}

/// Lines that can be folded to the first of them. Ranges are nested or apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FoldingRange {
    /// The first line, from 1.
    pub start_line: u32,
    /// The last line, from 1; after the first.
    pub end_line: u32,
    /// What they hold.
    pub kind: FoldingKind,
}

/// The sections that the formatter sets apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Header,
    Elements,
    Connections,
    Settings,
}

fn section(statement: &Statement<'_>) -> Option<Section> {
    match statement {
        Statement::Nothing | Statement::Unknown => None,
        Statement::Pipeline { .. } | Statement::Description { .. } => Some(Section::Header),
        Statement::Boundary { .. } | Statement::Stage { .. } => Some(Section::Elements),
        Statement::Chain(_) => Some(Section::Connections),
        Statement::Block { .. } => Some(Section::Settings),
    }
}

/// What can be folded, by first line. A section goes from its first statement to its last one.
pub fn folding(text: &str) -> Vec<FoldingRange> {
    folding_of(&parse(text, &mut Diagnostics::default()))
}

fn folding_of(document: &Document<'_>) -> Vec<FoldingRange> {
    let mut ranges: Vec<FoldingRange> = Vec::new();
    // The place of the open section's range, which is kept only when it gets a second line.
    let mut open: Option<(Section, FoldingRange)> = None;
    let mut comments: Option<FoldingRange> = None;
    let close = |range: Option<FoldingRange>, ranges: &mut Vec<FoldingRange>| {
        ranges.extend(range.filter(|range| range.end_line > range.start_line));
    };
    for (at, line) in document.lines.iter().enumerate() {
        let number = at as u32 + 1;
        let alone = matches!(line.statement, Statement::Nothing) && line.comment.is_some();
        if alone {
            comments
                .get_or_insert(FoldingRange {
                    start_line: number,
                    end_line: number,
                    kind: FoldingKind::Comment,
                })
                .end_line = number;
        } else {
            close(comments.take(), &mut ranges);
        }
        let Some(here) = section(&line.statement) else {
            continue;
        };
        match &mut open {
            Some((section, range)) if *section == here => range.end_line = number,
            _ => {
                close(open.take().map(|(_, range)| range), &mut ranges);
                open = Some((
                    here,
                    FoldingRange {
                        start_line: number,
                        end_line: number,
                        kind: FoldingKind::Section,
                    },
                ));
            }
        }
    }
    close(comments, &mut ranges);
    close(open.map(|(_, range)| range), &mut ranges);
    ranges.sort_by(|a, b| (a.start_line, b.end_line).cmp(&(b.start_line, a.end_line)));
    ranges
}
