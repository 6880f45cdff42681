//! The describe text: what a spec does, in sentences, as a careful engineer would sum it up.
//! Golden-tested in the Markdown cases.

mod after_kill;
mod graph;
mod ring;

pub use after_kill::sentences as promise_sentences;

use crate::{PipelineSpecV1, StageEffect, StageOp};

/// Asks the catalogue about a stage key; `None` for one that it doesn't know.
type AskEffect<'f> = &'f dyn Fn(&str) -> Option<StageEffect>;

/// The describe text of a spec. Any spec has one, valid or not.
pub fn describe(spec: &PipelineSpecV1, effect: &dyn Fn(&str) -> Option<StageEffect>) -> String {
    let spec = crate::canonical::in_order(spec);
    let mut out = Text::default();
    match &*spec {
        PipelineSpecV1::SingleRing(ring) => ring::describe(&mut out, ring, effect),
        PipelineSpecV1::LaneGraph(graph) => graph::describe(&mut out, graph, effect),
    }
    after_kill::describe(&mut out, &spec, effect);
    out.0
}

/// More names than this are counted, not named.
const NAMED: usize = 8;

/// The text as it grows. Formatting machinery would be most of its code in WebAssembly.
#[derive(Default)]
struct Text(String);

impl Text {
    fn add(&mut self, parts: &[&str]) {
        for part in parts {
            self.0.push_str(part);
        }
    }

    /// A heading, with an empty line before it.
    fn head(&mut self, text: &str) {
        self.add(&["\n", text, "\n"]);
    }

    /// A line of a list.
    fn item(&mut self, parts: &[&str]) {
        self.add(&["- "]);
        self.add(parts);
        self.add(&["\n"]);
    }
}

fn plural(count: usize, one: &str) -> String {
    let number = count.to_string();
    if count == 1 {
        [&number, " ", one].concat()
    } else {
        [&number, " ", one, "s"].concat()
    }
}

/// Names in a sentence: `a`, `b` and `c`; of many, the first ones and how many more.
fn names(list: &[&str]) -> String {
    let mut text = String::new();
    for (at, name) in list.iter().enumerate() {
        if at == NAMED && list.len() > NAMED + 1 {
            let more = (list.len() - at).to_string();
            text.push_str(" and ");
            text.push_str(&more);
            text.push_str(" more");
            break;
        }
        if at > 0 {
            text.push_str(if at + 1 == list.len() { " and " } else { ", " });
        }
        text.push('`');
        text.push_str(name);
        text.push('`');
    }
    text
}

/// What is known of each stage.
struct Stages<'s> {
    list: Vec<(&'s str, Option<StageEffect>)>,
}

impl<'s> Stages<'s> {
    fn new(effect: AskEffect<'_>, stages: impl Iterator<Item = (&'s str, &'s StageOp)>) -> Self {
        Self {
            list: stages.map(|(id, op)| (id, effect(op.key()))).collect(),
        }
    }

    fn effect(&self, at: usize) -> Option<&StageEffect> {
        self.list.get(at).and_then(|(_, effect)| effect.as_ref())
    }

    /// The stages of which something is true.
    fn those(&self, fits: fn(&StageEffect) -> bool) -> Vec<&'s str> {
        self.list
            .iter()
            .filter(|(_, effect)| effect.as_ref().is_some_and(fits))
            .map(|(id, _)| *id)
            .collect()
    }

    /// "`parse` keeps what matches `x` (`keep:x`)."
    fn does(&self, out: &mut Text, at: usize, op: &StageOp) {
        let id = self.list[at].0;
        match self.effect(at) {
            Some(effect) => out.add(&["`", id, "` ", &effect.does, " (`", op.key(), "`)."]),
            None => out.add(&[
                "`",
                id,
                "` runs `",
                op.key(),
                "`, which this catalogue doesn't know.",
            ]),
        }
    }

    /// What may drop records, and what may give more or larger ones. What stages remember, each of
    /// `shards` remembers on its own.
    fn records(&self, out: &mut Text, shards: u32) {
        out.head("Which records go through");
        let filters = self.those(|effect| effect.filters && !effect.remembers());
        let stateful = self.those(StageEffect::remembers);
        let many = self.those(|effect| effect.many);
        let unknown: Vec<&str> = self
            .list
            .iter()
            .filter(|(_, effect)| effect.is_none())
            .map(|(id, _)| *id)
            .collect();
        if filters.is_empty() && stateful.is_empty() && unknown.is_empty() {
            out.item(&["All: no stage drops records."]);
        }
        if !filters.is_empty() {
            let drop = if filters.len() == 1 {
                " drops"
            } else {
                " drop"
            };
            out.item(&[
                &names(&filters),
                drop,
                " records; later stages never see them, and they are counted.",
            ]);
        }
        if !stateful.is_empty() {
            let (verb, they) = if stateful.len() == 1 {
                (" decides", "it remembers")
            } else {
                (" decide", "they remember")
            };
            let bytes = |(_, effect): &(_, Option<StageEffect>)| {
                effect
                    .as_ref()
                    .map_or(0, |effect| u64::from(effect.state_bytes))
            };
            let bytes: u64 = self.list.iter().map(bytes).sum();
            out.item(&[
                &names(&stateful),
                verb,
                " by the records before, and may drop some; what ",
                they,
                ", at most ",
                &bytes.to_string(),
                " bytes",
                if shards > 1 { " for each shard" } else { "" },
                ", is saved with the pipeline's progress.",
            ]);
        }
        if !many.is_empty() {
            let give = if many.len() == 1 { " gives" } else { " give" };
            out.item(&[
                &names(&many),
                give,
                " none, one or several records for one.",
            ]);
        }
        if !unknown.is_empty() {
            out.item(&[
                "What ",
                &names(&unknown),
                " may do to records is unknown here.",
            ]);
        }
        if !self.those(|effect| effect.rewrites).is_empty() {
            out.item(&["A record that outgrows its slot is rejected and counted, and the pipeline goes on."]);
        }
    }

    /// What the spec may do outside, and what it needs for that.
    fn effects(&self, out: &mut Text) {
        out.head("What it may do outside");
        let mut quiet = true;
        for (id, effect) in &self.list {
            match effect {
                Some(StageEffect {
                    capability: Some(capability),
                    does,
                    ..
                }) => {
                    quiet = false;
                    out.item(&[
                        "`",
                        id,
                        "` ",
                        does,
                        "; a credential must grant `",
                        capability,
                        "`.",
                    ]);
                }
                Some(_) => {}
                None => {
                    quiet = false;
                    out.item(&[
                        "What `",
                        id,
                        "` may do is unknown here; a credential must grant the name of its family.",
                    ]);
                }
            }
        }
        if quiet {
            out.item(&["Nothing: each stage only works on the record that it is given."]);
        }
        for (id, effect) in &self.list {
            for field in effect.iter().flat_map(|effect| &effect.config_fields) {
                out.item(&[
                    "`",
                    id,
                    "` needs the field `",
                    field,
                    "` of the config bundle.",
                ]);
            }
        }
    }
}
