//! What there is to say about a place: documentation, inferred lanes, what lowering makes of it.

mod lowering;

use byteor_pipeline_catalogue::{StageFamily, parse_key};
use byteor_pipeline_plan::{Arrow, Key, LaneIntent, Name, Setting, Span, Statement, read_intent};
use byteor_pipeline_spec::{ExecutionTarget, LaneKind};
use serde::Serialize;

use crate::grammar::parts_of_key;
use crate::settings::setting as setting_info;
use crate::spot::{Spot, spot};
use crate::view::{ElementKind, View, inside};
use crate::wording::{class, code, lane, statement, target as target_title};

/// What there is to say about a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Hover {
    /// What it is about.
    pub span: Span,
    /// Markdown.
    pub markdown: String,
}

/// Markdown in paragraphs.
#[derive(Default)]
struct Text(String);

impl Text {
    fn paragraph(&mut self, parts: &[&str]) {
        if !self.0.is_empty() {
            self.0.push_str("\n\n");
        }
        self.add(parts);
    }

    fn item(&mut self, parts: &[&str]) {
        self.0
            .push_str(if self.0.is_empty() { "- " } else { "\n- " });
        self.add(parts);
    }

    fn add(&mut self, parts: &[&str]) {
        for part in parts {
            self.0.push_str(part);
        }
    }
}

/// What there is to say about what stands at `offset`; nothing for comments and broken words.
pub fn hover(text: &str, target: ExecutionTarget, offset: u32) -> Option<Hover> {
    let mut view = View::new(text, target);
    let offset = inside(text, offset);
    let mut out = Text::default();
    let (span, element) = match spot(&view, offset)? {
        Spot::Keyword { word, span } => {
            let info = statement(word)?;
            out.paragraph(&["`", info.form, "`"]);
            out.paragraph(&[info.doc]);
            (span, None)
        }
        Spot::PipelineName(name) => {
            out.paragraph(&["**pipeline** ", &code(name.text)]);
            out.paragraph(&["The name doesn't change the spec hash."]);
            (name.span, None)
        }
        Spot::Id(name) => {
            element(&view, name, &mut out);
            let known = view.number(name.text).is_some();
            (name.span, known.then(|| name.text.to_owned()))
        }
        Spot::Key { id, key } => {
            let span = stage_key(key, offset, &mut out)?;
            (span, Some(id.text.to_owned()))
        }
        Spot::Arrow { from, arrow, to } => {
            connection(&view, from, arrow, to, &mut out);
            (arrow.span, Some([from.text, "->", to.text].concat()))
        }
        Spot::Setting {
            target,
            setting,
            in_value,
        } => {
            block_setting(target, setting, in_value, &mut out)?;
            (setting.span, None)
        }
    };
    if let Some(element) = element {
        lowering::describe(&mut view, &element, &mut out);
    }
    Some(Hover {
        span,
        markdown: out.0,
    })
}

/// A family's documentation.
pub(crate) fn family_docs(family: &StageFamily) -> String {
    let mut out = Text::default();
    about_family(family, &mut out);
    out.0
}

fn about_family(family: &StageFamily, out: &mut Text) {
    out.paragraph(&["**", family.title, "** `", family.key_grammar, "`"]);
    out.paragraph(&[family.docs]);
    for (at, example) in family.examples.iter().enumerate() {
        if at == 0 {
            out.paragraph(&[]);
            out.add(&["- ", &code(example.key), " ", example.does]);
        } else {
            out.item(&[&code(example.key), " ", example.does]);
        }
    }
    class_of(family, out);
}

fn class_of(family: &StageFamily, out: &mut Text) {
    out.paragraph(&[
        "Class *",
        family.class.name(),
        "*: ",
        class(family.class),
        ".",
    ]);
    match family.capability {
        Some(capability) => out.add(&[" Needs the capability ", &code(capability), "."]),
        None => out.add(&[" Needs no capability."]),
    }
    if !family.runs {
        out.add(&[" This build can't run it yet."]);
    }
}

/// An element where its id stands: what it is, and the lanes in and out.
fn element(view: &View<'_>, name: Name<'_>, out: &mut Text) {
    let Some(found) = view.element(name.text) else {
        out.paragraph(&[&code(name.text), " is declared nowhere in this plan."]);
        return;
    };
    out.paragraph(&["**", found.kind.word(), "** ", &code(found.id)]);
    if found.kind == ElementKind::Stage {
        let Some(key) = view.key(found) else {
            out.paragraph(&["It has no key yet."]);
            return;
        };
        out.add(&[" ", &code(&key.text)]);
        if let Ok(parsed) = parse_key(&key.text) {
            out.paragraph(&["It ", &parsed.does(), "."]);
        }
        if let Some(family) = parts_of_key(&key.text).family {
            class_of(family, out);
        }
    } else if let Some(info) = statement(found.kind.word()) {
        out.paragraph(&[info.doc]);
    }
    let mut ins = Vec::new();
    let mut outs = Vec::new();
    view.links(|_, from, arrow, to| {
        if to.text == found.id && ins.len() < 5 {
            ins.push([code(from.text), way(view, from, arrow, to)].concat());
        }
        if from.text == found.id && outs.len() < 5 {
            outs.push([code(to.text), way(view, from, arrow, to)].concat());
        }
    });
    let both = [
        ("From ", ins, ElementKind::Ingress),
        ("To ", outs, ElementKind::Egress),
    ];
    let mut shown = false;
    for (word, list, never) in both {
        if found.kind == never {
            continue;
        }
        let list = if list.is_empty() {
            "nothing".to_owned()
        } else {
            list.join(", ")
        };
        if shown {
            out.item(&[word, &list]);
        } else {
            out.paragraph(&["- ", word, &list]);
        }
        shown = true;
    }
}

/// How records get over a connection, behind the name of its other end.
fn way(view: &View<'_>, from: Name<'_>, arrow: &Arrow, to: Name<'_>) -> String {
    if view.target == ExecutionTarget::SingleRing {
        return String::new();
    }
    let (intent, _) = lane_of(view, from, arrow, to);
    [" over *", &intent.text(), "*"].concat()
}

/// The lane intent of a connection, and who says so.
pub(crate) fn lane_of(
    view: &View<'_>,
    from: Name<'_>,
    arrow: &Arrow,
    to: Name<'_>,
) -> (LaneIntent, &'static str) {
    if let Some(intent) = arrow.intent {
        return (intent, "the connection says so");
    }
    let kind = |id: &str| view.element(id).map(|found| found.kind);
    let policy = if kind(from.text) == Some(ElementKind::Ingress) {
        boundary_lane(view, "ingress").map(|lane| (lane, "the setting `ingress` says so"))
    } else if kind(to.text) == Some(ElementKind::Egress) {
        boundary_lane(view, "egress").map(|lane| (lane, "the setting `egress` says so"))
    } else {
        None
    };
    policy.unwrap_or((LaneIntent::of(LaneKind::Events), "the default"))
}

/// The lane that the block gives to every ingress or egress.
pub(crate) fn boundary_lane(view: &View<'_>, name: &str) -> Option<LaneIntent> {
    view.document.lines.iter().find_map(|line| {
        let Statement::Block {
            target: ExecutionTarget::LaneGraph,
            settings,
        } = &line.statement
        else {
            return None;
        };
        let setting = settings.iter().find(|setting| setting.name.text == name)?;
        read_intent(&setting.value).ok()
    })
}

fn connection(view: &View<'_>, from: Name<'_>, arrow: Arrow, to: Name<'_>, out: &mut Text) {
    out.paragraph(&[
        "**connection** ",
        &code(&[from.text, " -> ", to.text].concat()),
    ]);
    if view.target == ExecutionTarget::SingleRing {
        let stages = [from, to].iter().all(|name| {
            view.element(name.text)
                .is_some_and(|found| found.kind == ElementKind::Stage)
        });
        if stages {
            out.paragraph(&[
                &code(to.text),
                " waits for ",
                &code(from.text),
                " with each record.",
            ]);
        }
        if arrow.intent.is_some() {
            out.paragraph(&["SingleRing has no lanes: the intent stays for LaneGraph."]);
        }
        return;
    }
    let (intent, who) = lane_of(view, from, &arrow, to);
    out.paragraph(&["Lane of *", &intent.text(), "*: ", who, "."]);
    out.paragraph(&[lane(intent.kind)]);
}

/// A stage key: its family, and the parameter under the offset.
fn stage_key(key: &Key<'_>, offset: u32, out: &mut Text) -> Option<Span> {
    let parts = parts_of_key(&key.text);
    let Some(family) = parts.family else {
        let name = key.text.get(..parts.name.1)?;
        out.paragraph(&["There is no stage family ", &code(name), "."]);
        return Some(key.part(0, parts.name.1));
    };
    for (at, &(start, end)) in parts.parameters.iter().enumerate() {
        let span = key.part(start, end);
        if span.start <= offset && offset <= span.end && start < end {
            let parameter = &family.parameters[at];
            out.paragraph(&["**", parameter.name, "** of `", family.key_grammar, "`"]);
            out.paragraph(&[parameter.doc]);
            if let Ok(parsed) = parse_key(&key.text) {
                out.paragraph(&["The stage ", &parsed.does(), "."]);
            }
            return Some(span);
        }
    }
    about_family(family, out);
    Some(key.part(0, parts.name.1))
}

fn block_setting(
    target: ExecutionTarget,
    found: &Setting<'_>,
    in_value: bool,
    out: &mut Text,
) -> Option<()> {
    let info = setting_info(target, found.name.text)?;
    out.paragraph(&["**", target_title(target), "** `", info.form, "`"]);
    out.paragraph(&[info.doc]);
    let value = info.values.iter().find(|known| known.value == found.value);
    if let Some(value) = value
        && in_value
    {
        out.paragraph(&["`", value.value, "`: ", value.doc]);
    } else if in_value && let Ok(intent) = read_intent(&found.value) {
        out.paragraph(&[&code(&intent.text()), ": ", lane(intent.kind)]);
    }
    out.paragraph(&["Default: ", info.default, "."]);
    Some(())
}
