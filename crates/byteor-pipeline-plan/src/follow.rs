//! Where a line of one text stands in another.

use std::collections::{BTreeMap, HashMap};

use byteor_pipeline_spec::ExecutionTarget;

use crate::merge::align::{NONE, align};
use crate::{Diagnostics, Document, Line, Statement, parse};

/// What a line is known by, where it says something about the plan.
#[derive(PartialEq, Eq, Hash)]
enum About<'t> {
    Pipeline,
    Description,
    Element(&'t str),
    Block(ExecutionTarget),
}

/// For each line of `before`, counted from 0, the line of `after` that is about the same.
///
/// A line follows its text, if that stands between the same lines as before. One that declares
/// something else now follows what it declares, through `renamed` ids; one with connections the line
/// that has most of them.
pub fn follow_lines<'t>(
    before: &'t str,
    after: &'t str,
    renamed: &[(&'t str, &'t str)],
) -> Vec<Option<u32>> {
    let [old, new] = [before, after].map(|text| parse(text, &mut Diagnostics::default()));
    let renamed: BTreeMap<&'t str, &'t str> = renamed.iter().copied().collect();
    let mapped = |id: &'t str| renamed.get(id).copied().unwrap_or(id);
    let mut declared: HashMap<About<'_>, u32> = HashMap::new();
    let mut connected: HashMap<(&str, &str), u32> = HashMap::new();
    for (at, line) in new.lines.iter().enumerate() {
        if let Some(about) = about(line) {
            declared.entry(about).or_insert(at as u32);
        }
        for pair in pairs(line) {
            connected.entry(pair).or_insert(at as u32);
        }
    }
    let texts = texts(&old, &new);
    let by_text = |at: usize| texts.get(at).copied().filter(|line| *line != NONE);
    let follow = |(at, line): (usize, &Line<'t>)| match about(line) {
        _ if by_text(at).is_some() => by_text(at),
        Some(About::Element(id)) => declared.get(&About::Element(mapped(id))).copied(),
        Some(about) => declared.get(&about).copied(),
        None if matches!(line.statement, Statement::Chain(_)) => {
            let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
            for (from, to) in pairs(line) {
                if let Some(line) = connected.get(&(mapped(from), mapped(to))) {
                    *counts.entry(*line).or_default() += 1;
                }
            }
            // Of lines with equally many the first.
            let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
            most.map(|(line, _)| line)
        }
        None => None,
    };
    old.lines.iter().enumerate().map(follow).collect()
}

fn about<'t>(line: &Line<'t>) -> Option<About<'t>> {
    match &line.statement {
        Statement::Pipeline { .. } => Some(About::Pipeline),
        Statement::Description { .. } => Some(About::Description),
        Statement::Boundary { id: Some(id), .. } | Statement::Stage { id: Some(id), .. } => {
            Some(About::Element(id.text))
        }
        Statement::Block { target, .. } => Some(About::Block(*target)),
        _ => None,
    }
}

/// The connections of a line.
fn pairs<'l, 't>(line: &'l Line<'t>) -> impl Iterator<Item = (&'t str, &'t str)> + 'l {
    let chain = match &line.statement {
        Statement::Chain(chain) => Some(chain),
        _ => None,
    };
    let links = chain.into_iter().flat_map(|chain| chain.links());
    links.map(|(from, _, to)| (from.text, to.text))
}

/// The partners of lines by their text alone.
fn texts(old: &Document<'_>, new: &Document<'_>) -> Vec<u32> {
    let mut tokens: HashMap<&str, u32> = HashMap::new();
    let [a, b] = [old, new].map(|document| {
        let mut list = Vec::with_capacity(document.lines.len());
        for line in &document.lines {
            let next = tokens.len() as u32;
            list.push(
                *tokens
                    .entry(line.span.of(document.text).trim())
                    .or_insert(next),
            );
        }
        list
    });
    align(&a, &b)
}
