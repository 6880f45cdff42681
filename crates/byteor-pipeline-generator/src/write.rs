//! A graph as a document: ids, keys, comments, settings.

use crate::shapes::{Element, FIXED_LINES, Graph};
use crate::{LargePlan, Random, Shape};

/// Words that ids are made of, so that their lengths differ as a person's do.
const WORDS: [&str; 12] = [
    "parse",
    "mask",
    "quiet",
    "orders",
    "keep",
    "trim_lines",
    "level",
    "mail",
    "json",
    "only_new",
    "a",
    "shorten_everything",
];

/// Keys of stages that may write; `#` stands for a number.
const KEYS: [&str; 8] = [
    "identity",
    "keep:^\\{",
    "\"drop:level=debug #\"",
    "\"replace:[^ ]+@[^ ]+=***\"",
    "\"replace:[a-z]+#@[a-z.]+=***\"",
    "keep:status=#[0-9]{2}",
    "\"drop:^ *$\"",
    "\"replace:\\\"\"user\\\"\":\\\"\"[^\\\"\"]*\\\"\"=u#\"",
];

const COMMENTS: [&str; 6] = [
    "# What comes in is one JSON record a line.",
    "# Masking first: nothing behind this may see an address.",
    "# Прежде чем менять, спросите дежурного.",
    "#",
    "# 2026-11: kept for the audit, see the ticket",
    "# stage unused keep:^old$",
];

/// What no plan may say, for a line that is to be broken.
const BROKEN: [&str; 8] = [
    "stage",
    "stage Upper keep:x",
    "stage twice keep:(",
    "stage twice \"drop:unfinished",
    "nowhere -> neither",
    "in -[sequenced_slots 5000]-> nowhere",
    "what is this",
    "lane_graph { on_full maybe",
];

/// What a purpose draws its numbers for; see [`Random::new`].
mod purpose {
    pub const IDS: u64 = 1;
    pub const KEYS: u64 = 2;
    pub const INTENTS: u64 = 3;
    pub const COMMENTS: u64 = 4;
    pub const BROKEN: u64 = 5;
    /// And the variant's number.
    pub const EDITS: u64 = 16;
}

/// The document, of exactly `lines` lines.
pub fn document(plan: LargePlan, lines: usize, graph: &Graph) -> String {
    let ids = ids(plan, graph.stages);
    let stages = stages(plan, graph, &ids);
    let connections = connections(plan, graph, &ids);
    let used = FIXED_LINES + stages.len() + connections.len();
    let mut fill = lines.saturating_sub(used);
    let mut random = Random::new(plan.seed, purpose::COMMENTS);
    // Comments stand among the stages and the connections, in proportion.
    let every = ((stages.len() + connections.len()) / (fill + 1)).max(1);
    let mut out: Vec<String> = Vec::with_capacity(lines);
    out.push("pipeline large".into());
    out.push(String::new());
    out.push("ingress in".into());
    let mut at = 0;
    let mut push = |out: &mut Vec<String>, line: String| {
        at += 1;
        if fill > 0 && at % every == 0 {
            fill -= 1;
            out.push(random.pick(&COMMENTS).to_string());
        }
        out.push(line);
    };
    stages.into_iter().for_each(|line| push(&mut out, line));
    out.push("egress out".into());
    out.push(String::new());
    connections
        .into_iter()
        .for_each(|line| push(&mut out, line));
    for _ in 0..fill {
        let comment = random.pick(&COMMENTS);
        out.push(if random.once_in(4) { "" } else { comment }.to_string());
    }
    out.push(String::new());
    out.push(settings(plan.shape).into());
    if plan.shape == Shape::Broken {
        let mut random = Random::new(plan.seed, purpose::BROKEN);
        for line in out.iter_mut().skip(3) {
            if random.once_in(10) {
                *line = random.pick(&BROKEN).to_string();
            }
        }
    }
    out.join("\n") + "\n"
}

fn settings(shape: Shape) -> &'static str {
    if shape.fits_a_ring() {
        "single_ring { ordering per_key; shards 4; shard_key 0 8 }"
    } else {
        "lane_graph { on_full block }"
    }
}

fn ids(plan: LargePlan, count: usize) -> Vec<String> {
    let mut random = Random::new(plan.seed, purpose::IDS);
    let mut edits = edits(plan);
    (0..count)
        .map(|at| {
            let word = random.pick(&WORDS);
            let renamed = edits.as_mut().is_some_and(|edits| edits.once_in(100));
            if renamed {
                format!("{word}_{at}_{}", plan.variant)
            } else {
                format!("{word}_{at}")
            }
        })
        .collect()
}

fn stages(plan: LargePlan, graph: &Graph, ids: &[String]) -> Vec<String> {
    let mut random = Random::new(plan.seed, purpose::KEYS);
    let mut edits = edits(plan);
    ids.iter()
        .zip(&graph.reads_only)
        .map(|(id, reads_only)| {
            let mut key = (random.pick(&KEYS), random.below(10));
            if let Some(edits) = &mut edits
                && edits.once_in(20)
            {
                key = (edits.pick(&KEYS), edits.below(10));
            }
            let key = if *reads_only {
                "identity".to_owned()
            } else {
                key.0.replace('#', &key.1.to_string())
            };
            let comment = if random.once_in(16) {
                " # see above"
            } else {
                ""
            };
            format!("stage {id} {key}{comment}")
        })
        .collect()
}

fn connections(plan: LargePlan, graph: &Graph, ids: &[String]) -> Vec<String> {
    let mut random = Random::new(plan.seed, purpose::INTENTS);
    let mut edits = edits(plan);
    let mut arrow = || {
        let mut intent = random.below(48);
        if let Some(edits) = &mut edits
            && edits.once_in(30)
        {
            intent = edits.below(4);
        }
        match intent {
            0 => "-[journal]->",
            1 => "-[sequenced_slots 64]->",
            2 => "-[sequenced_slots]->",
            _ => "->",
        }
    };
    let name = |element: &Element| match element {
        Element::Ingress => "in",
        Element::Stage(at) => &ids[*at],
        Element::Egress => "out",
    };
    // Connections of one element with the same intent share a lane, and a fan-out is to be several:
    // intents stand in chains alone.
    let plain = !matches!(plan.shape, Shape::Chain | Shape::Broken);
    graph
        .chains
        .iter()
        .map(|chain| {
            let mut line = name(&chain[0]).to_owned();
            for element in &chain[1..] {
                line.push(' ');
                line.push_str(if plain { "->" } else { arrow() });
                line.push(' ');
                line.push_str(name(element));
            }
            line
        })
        .collect()
}

/// What decides the edits of a variant.
fn edits(plan: LargePlan) -> Option<Random> {
    (plan.variant > 0).then(|| Random::new(plan.seed, purpose::EDITS + plan.variant))
}
