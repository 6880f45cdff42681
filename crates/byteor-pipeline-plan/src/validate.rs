//! `validate_plan_v2`: structure first, then the rules of the target.

use byteor_pipeline_spec::{CollectOrdered, OrderedMap, sort_list};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use byteor_pipeline_catalogue::{StageClass, parse_key};
use byteor_pipeline_spec::{
    EndpointKind, ExecutionTarget, FANOUT_MAX_CONSUMERS, JOURNAL_MAX_READERS, LaneKind, MAX_SHARDS,
    OnFull, Ordering, Producer, SEQUENCED_SLOTS_MAX_CAPACITY, SEQUENCED_SLOTS_MAX_READERS,
    SEQUENCED_SLOTS_V1_GATING, Scheduling, ShardKey,
};

use crate::edit::{batch, cut_link, edit_document};
use crate::plan::{
    LaneGraphPlan, PipelinePlanV2, PlanEdge, PlanLink, RingPlanStage, SingleRingPlan,
};
use crate::syntax::read_intent;
use crate::words::{free_id, nearest};
use crate::{
    Diagnostic, Diagnostics, Document, EditOperation, LaneIntent, Name, Phase, Setting, Span,
    Statement, TextEdit,
};

/// Checks a document for a target. The block of the other target is checked for its form alone, by
/// the parser. The plan is there when nothing is an error, `diagnostics` from
/// before included.
pub fn validate_plan_v2(
    document: &Document<'_>,
    target: ExecutionTarget,
    diagnostics: &mut Diagnostics,
) -> Option<PipelinePlanV2> {
    let mut check = Check::new(document, diagnostics);
    check.structure();
    let plan = match target {
        ExecutionTarget::SingleRing => check.single_ring().map(PipelinePlanV2::SingleRing),
        ExecutionTarget::LaneGraph => check.lane_graph().map(PipelinePlanV2::LaneGraph),
    };
    if diagnostics.has_errors() { None } else { plan }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ingress,
    Egress,
    Stage,
}

/// A declared element.
struct Element<'t> {
    id: &'t str,
    kind: Kind,
    /// The id in its declaration.
    span: Span,
    key: &'t str,
    class: Option<StageClass>,
}

/// A connection between declared elements.
#[derive(Clone, Copy)]
struct Link {
    from: usize,
    to: usize,
    intent: Option<LaneIntent>,
    span: Span,
    arrow: Span,
}

struct Check<'d, 't, 'o> {
    document: &'d Document<'t>,
    out: &'o mut Diagnostics,
    name: Option<&'t str>,
    description: Option<String>,
    elements: Vec<Element<'d>>,
    by_id: OrderedMap<&'d str, usize>,
    links: Vec<Link>,
    /// Elements that get records from, or give them to, an id that isn't declared: their other
    /// side is unknown, so nothing is said of it.
    fed_by_unknown: BTreeSet<usize>,
    feeds_unknown: BTreeSet<usize>,
    /// Unknown ids that are probably meant to be the boundaries that are missing.
    likely_ingress: Option<&'d str>,
    likely_egress: Option<&'d str>,
}

fn insert_line(document: &Document<'_>, operation: EditOperation) -> Option<Vec<TextEdit>> {
    edit_document(document, &operation)
        .ok()
        .map(|answer| answer.edits)
}

impl<'d, 't, 'o> Check<'d, 't, 'o> {
    fn new(document: &'d Document<'t>, out: &'o mut Diagnostics) -> Self {
        Self {
            document,
            out,
            name: None,
            description: None,
            elements: Vec::new(),
            by_id: OrderedMap::new(),
            links: Vec::new(),
            fed_by_unknown: BTreeSet::new(),
            feeds_unknown: BTreeSet::new(),
            likely_ingress: None,
            likely_egress: None,
        }
    }

    /// Edits of a quick fix; none are worked out once nobody will see them.
    fn fix(&self, operation: EditOperation) -> Option<Vec<TextEdit>> {
        if self.out.full() {
            None
        } else {
            insert_line(self.document, operation)
        }
    }

    fn fixes(&self, operations: &[EditOperation]) -> Option<Vec<TextEdit>> {
        if self.out.full() {
            None
        } else {
            batch(self.document.text, operations)
        }
    }

    fn end(&self) -> Span {
        let end = self.document.text.trim_end().len();
        Span::new(end, end)
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (usize, &Element<'d>)> {
        self.elements
            .iter()
            .enumerate()
            .filter(move |(_, element)| element.kind == kind)
    }

    fn id(&self, at: usize) -> &'d str {
        self.elements[at].id
    }

    // ---- structure

    fn structure(&mut self) {
        self.header();
        self.declarations();
        self.connections();
        self.boundaries();
    }

    fn header(&mut self) {
        let document = self.document;
        let mut seen: OrderedMap<&'static str, u32> = OrderedMap::new();
        for (at, line) in document.lines.iter().enumerate() {
            let word = match &line.statement {
                Statement::Pipeline { name } => {
                    if self.name.is_none() {
                        self.name = name.as_ref().map(|name| name.text);
                    }
                    "pipeline"
                }
                Statement::Description { text } => {
                    if self.description.is_none() {
                        self.description = text.as_ref().map(|text| text.text.to_string());
                    }
                    "description"
                }
                Statement::Block { target, .. } => target.name(),
                _ => continue,
            };
            let number = at as u32 + 1;
            let first = *seen.or_insert(word, number);
            if first != number {
                let next = document
                    .lines
                    .get(at + 1)
                    .map_or(line.span.end, |next| next.span.start);
                let edit = TextEdit {
                    start: line.span.start,
                    end: next,
                    text: String::new(),
                };
                self.out.push(
                    Diagnostic::new(
                        "E_PLAN_DUPLICATE_STATEMENT",
                        Phase::Structural,
                        line.body,
                        format!("`{word}` stands in line {first} already"),
                    )
                    .arg("statement", word)
                    .arg("first_line", first.to_string())
                    .help("Keep one of them")
                    .fix("Remove this line", Some(vec![edit])),
                );
            }
        }
        if !seen.contains_key("pipeline") {
            let fix = self.fix(EditOperation::SetName {
                name: "untitled".to_owned(),
            });
            self.out.push(
                Diagnostic::new(
                    "E_PLAN_NO_NAME",
                    Phase::Structural,
                    Span::new(0, 0),
                    "The pipeline has no name",
                )
                .help("Add a line `pipeline NAME`")
                .fix("Add `pipeline untitled`", fix),
            );
        }
    }

    fn declarations(&mut self) {
        let document = self.document;
        for line in &document.lines {
            let (id, kind, key) = match &line.statement {
                Statement::Boundary {
                    kind: EndpointKind::Ingress,
                    id,
                } => (id, Kind::Ingress, None),
                Statement::Boundary {
                    kind: EndpointKind::Egress,
                    id,
                } => (id, Kind::Egress, None),
                Statement::Stage { id, key } => (id, Kind::Stage, key.as_ref()),
                _ => continue,
            };
            let Some(id) = id else { continue };
            if let Some(&first) = self.by_id.get(id.text) {
                let first_line = self.line_of(self.elements[first].span);
                let new = free_id(id.text, |id| self.by_id.contains_key(id));
                let edit = TextEdit {
                    start: id.span.start,
                    end: id.span.end,
                    text: new.clone(),
                };
                self.out.push(
                    Diagnostic::new(
                        "E_PLAN_DUPLICATE_ID",
                        Phase::Structural,
                        id.span,
                        format!("`{}` is declared in line {first_line} already", id.text),
                    )
                    .arg("id", id.text)
                    .arg("first_line", first_line.to_string())
                    .help("Ids are unique over stages and boundaries; choose another")
                    .element(id.text)
                    .fix(format!("Rename to `{new}`"), Some(vec![edit])),
                );
                continue;
            }
            let mut class = None;
            let mut text = "";
            if let Some(key) = key {
                text = key.text.as_ref();
                if !key.broken {
                    match parse_key(&key.text) {
                        Ok(parsed) => class = Some(parsed.family.class),
                        Err(problem) => self.key_problem(id, key, &problem),
                    }
                }
            }
            self.by_id.insert(id.text, self.elements.len());
            self.elements.push(Element {
                id: id.text,
                kind,
                span: id.span,
                key: text,
                class,
            });
        }
    }

    fn key_problem(
        &mut self,
        id: &Name<'_>,
        key: &crate::Key<'_>,
        problem: &byteor_pipeline_catalogue::KeyProblem,
    ) {
        let mut span = key.part(problem.start, problem.end);
        if span.start >= span.end {
            span = key.span;
        }
        let mut diagnostic = Diagnostic::new(
            problem.code,
            Phase::Structural,
            span,
            problem.message.clone(),
        )
        .help(problem.help.clone())
        .element(id.text)
        .arg("id", id.text);
        for (name, value) in &problem.args {
            diagnostic = diagnostic.arg(name, value.clone());
        }
        if let Some(near) = problem.suggestion {
            diagnostic = diagnostic.fix(
                format!("Change to `{near}`"),
                Some(vec![TextEdit {
                    start: span.start,
                    end: span.end,
                    text: near.to_owned(),
                }]),
            );
        }
        if problem.code == "E_KEY_PARAMETER" && key.text.starts_with("identity") {
            let fix = self.fix(EditOperation::SetKey {
                id: id.text.to_owned(),
                key: "identity".to_owned(),
            });
            diagnostic = diagnostic.fix("Change to `identity`", fix);
        }
        self.out.push(diagnostic);
    }

    fn line_of(&self, span: Span) -> usize {
        self.document
            .lines
            .partition_point(|line| line.span.start <= span.start)
    }

    fn connections(&mut self) {
        let document = self.document;
        let mut seen: OrderedMap<(&str, &str), u32> = OrderedMap::new();
        // Unknown ids, with whether each stands only before, or only after, others.
        let mut sides: OrderedMap<&str, (bool, bool)> = OrderedMap::new();
        for line in &document.lines {
            let Statement::Chain(chain) = &line.statement else {
                continue;
            };
            for (from, _, to) in chain.links() {
                if !self.by_id.contains_key(from.text) {
                    sides.or_default(from.text).0 = true;
                }
                if !self.by_id.contains_key(to.text) {
                    sides.or_default(to.text).1 = true;
                }
            }
        }
        let valid = |id: &&str| byteor_pipeline_spec::is_id(id) && !crate::is_reserved(id);
        let only = |side: (bool, bool)| {
            let mut ids = sides
                .iter()
                .filter(move |(_, other)| **other == side)
                .map(|(id, _)| *id);
            ids.find(valid)
        };
        if self.of_kind(Kind::Ingress).next().is_none() {
            self.likely_ingress = only((true, false));
        }
        if self.of_kind(Kind::Egress).next().is_none() {
            self.likely_egress = only((false, true));
        }
        let mut unknown: BTreeSet<&str> = BTreeSet::new();
        for (number, line) in document.lines.iter().enumerate() {
            let Statement::Chain(chain) = &line.statement else {
                continue;
            };
            for name in &chain.nodes {
                if !self.by_id.contains_key(name.text) && unknown.insert(name.text) {
                    self.unknown_id(name);
                }
            }
            for (place, (from, arrow, to)) in chain.links().enumerate() {
                let span = Span {
                    start: from.span.start,
                    end: to.span.end,
                };
                let first = *seen.or_insert((from.text, to.text), number as u32 + 1);
                let pair = || format!("{}->{}", from.text, to.text);
                let (a, b) = (self.by_id.get(from.text), self.by_id.get(to.text));
                let (Some(&a), Some(&b)) = (a, b) else {
                    self.feeds_unknown.extend(a);
                    self.fed_by_unknown.extend(b);
                    continue;
                };
                let remove = || EditOperation::Disconnect {
                    from: from.text.to_owned(),
                    to: to.text.to_owned(),
                };
                if a == b {
                    let fix = self.fix(remove());
                    self.out.push(
                        Diagnostic::new(
                            "E_PLAN_SELF_CONNECTION",
                            Phase::Structural,
                            span,
                            format!("`{}` is connected to itself", from.text),
                        )
                        .arg("id", from.text)
                        .help("Records can't run in a circle; remove the connection")
                        .element(pair())
                        .fix("Remove the connection", fix),
                    );
                    continue;
                }
                if self.elements[a].kind == Kind::Egress {
                    let fix = self.fix(remove());
                    self.out.push(
                        Diagnostic::new(
                            "E_PLAN_FROM_EGRESS",
                            Phase::Structural,
                            span,
                            format!("Nothing comes after the egress `{}`", from.text),
                        )
                        .arg("id", from.text)
                        .help("Records leave at an egress; connect a stage instead")
                        .element(pair())
                        .fix("Remove the connection", fix),
                    );
                    continue;
                }
                if self.elements[b].kind == Kind::Ingress {
                    let fix = self.fix(remove());
                    self.out.push(
                        Diagnostic::new(
                            "E_PLAN_INTO_INGRESS",
                            Phase::Structural,
                            span,
                            format!("Nothing comes before the ingress `{}`", to.text),
                        )
                        .arg("id", to.text)
                        .help("Records come in at an ingress; connect a stage instead")
                        .element(pair())
                        .fix("Remove the connection", fix),
                    );
                    continue;
                }
                if first != number as u32 + 1
                    || self
                        .links
                        .last()
                        .is_some_and(|link| link.from == a && link.to == b && link.span != span)
                {
                    let fix = (!self.out.full()).then(|| cut_link(document, number, place));
                    self.out.push(
                        Diagnostic::new(
                            "E_PLAN_DUPLICATE_CONNECTION",
                            Phase::Structural,
                            span,
                            format!(
                                "`{}` is connected to `{}` in line {first} already",
                                from.text, to.text
                            ),
                        )
                        .arg("from", from.text)
                        .arg("to", to.text)
                        .arg("first_line", first.to_string())
                        .help("Remove one of the two")
                        .element(pair())
                        .fix("Remove this one", fix),
                    );
                    continue;
                }
                self.links.push(Link {
                    from: a,
                    to: b,
                    intent: arrow.intent,
                    span,
                    arrow: arrow.span,
                });
            }
        }
    }

    fn unknown_id(&mut self, name: &Name<'_>) {
        let near = nearest(name.text, self.by_id.keys().copied());
        let mut diagnostic = Diagnostic::new(
            "E_PLAN_UNKNOWN_ID",
            Phase::Structural,
            name.span,
            format!("There is no stage or boundary `{}`", name.text),
        )
        .arg("id", name.text)
        .element(name.text)
        .help(match near {
            Some(near) => format!(
                "Did you mean `{near}`? Or declare it: `stage {} KEY`",
                name.text
            ),
            None => format!("Declare it: `stage {} KEY`", name.text),
        });
        if let Some(near) = near {
            diagnostic = diagnostic.fix(
                format!("Change to `{near}`"),
                Some(vec![TextEdit {
                    start: name.span.start,
                    end: name.span.end,
                    text: near.to_owned(),
                }]),
            );
        }
        for (likely, kind) in [
            (self.likely_ingress, EndpointKind::Ingress),
            (self.likely_egress, EndpointKind::Egress),
        ] {
            if likely == Some(name.text) {
                let fix = self.fix(EditOperation::AddBoundary {
                    kind,
                    id: Some(name.text.to_owned()),
                });
                let title = format!("Declare the {} `{}`", kind.name(), name.text);
                diagnostic = diagnostic.fix(title, fix);
            }
        }
        let fix = self.fix(EditOperation::AddStage {
            key: "identity".to_owned(),
            id: Some(name.text.to_owned()),
            after: None,
        });
        self.out
            .push(diagnostic.fix(format!("Declare the stage `{}`", name.text), fix));
    }

    fn boundaries(&mut self) {
        for (kind, edge, code, word) in [
            (
                Kind::Ingress,
                EndpointKind::Ingress,
                "E_PLAN_NO_INGRESS",
                "ingress",
            ),
            (
                Kind::Egress,
                EndpointKind::Egress,
                "E_PLAN_NO_EGRESS",
                "egress",
            ),
        ] {
            if self.of_kind(kind).next().is_none() {
                let (base, likely) = if kind == Kind::Ingress {
                    ("in", self.likely_ingress)
                } else {
                    ("out", self.likely_egress)
                };
                let id = match likely {
                    Some(id) => id.to_owned(),
                    None => free_id(base, |id| self.by_id.contains_key(id)),
                };
                let fix = self.fix(EditOperation::AddBoundary {
                    kind: edge,
                    id: Some(id.clone()),
                });
                self.out.push(
                    Diagnostic::new(
                        code,
                        Phase::Structural,
                        self.end(),
                        format!("The plan has no {word}"),
                    )
                    .help(if kind == Kind::Ingress {
                        "Say where records come in: `ingress ID`"
                    } else {
                        "Say where records leave: `egress ID`"
                    })
                    .fix(format!("Add `{word} {id}`"), fix),
                );
            }
        }
        // A connection past all stages is the shortest plan that does nothing.
        for at in 0..self.links.len() {
            let link = self.links[at];
            if self.elements[link.from].kind == Kind::Ingress
                && self.elements[link.to].kind == Kind::Egress
            {
                let (from, to) = (self.id(link.from).to_owned(), self.id(link.to).to_owned());
                let insert = self.fix(EditOperation::InsertOnConnection {
                    from: from.clone(),
                    to: to.clone(),
                    key: "identity".to_owned(),
                    id: None,
                });
                let remove = self.fix(EditOperation::Disconnect {
                    from: from.clone(),
                    to: to.clone(),
                });
                self.out.push(
                    Diagnostic::new(
                        "E_PLAN_NO_STAGE_BETWEEN",
                        Phase::Structural,
                        link.span,
                        format!("No stage stands between `{from}` and `{to}`"),
                    )
                    .arg("from", from.clone())
                    .arg("to", to.clone())
                    .help("An ingress connects to stages, and stages to an egress")
                    .element(format!("{from}->{to}"))
                    .fix("Insert identity", insert)
                    .fix("Remove the connection", remove),
                );
            }
        }
        if self.of_kind(Kind::Stage).next().is_none()
            && !self.links.iter().any(|link| {
                self.elements[link.from].kind == Kind::Ingress
                    && self.elements[link.to].kind == Kind::Egress
            })
        {
            let mut operations = vec![EditOperation::AddStage {
                key: "identity".to_owned(),
                id: Some("identity".to_owned()),
                after: None,
            }];
            let ingress = self
                .of_kind(Kind::Ingress)
                .next()
                .map(|(_, element)| element.id);
            let egress = self
                .of_kind(Kind::Egress)
                .next()
                .map(|(_, element)| element.id);
            if let (Some(ingress), Some(egress)) = (ingress, egress) {
                operations.push(EditOperation::Connect {
                    from: ingress.to_owned(),
                    to: "identity".to_owned(),
                    intent: None,
                });
                operations.push(EditOperation::Connect {
                    from: "identity".to_owned(),
                    to: egress.to_owned(),
                    intent: None,
                });
            }
            let fix = self.fixes(&operations);
            self.out.push(
                Diagnostic::new(
                    "E_PLAN_NO_STAGE",
                    Phase::Structural,
                    self.end(),
                    "The plan has no stage",
                )
                .help("Add a stage, for example `stage copy identity`")
                .fix("Insert identity", fix),
            );
        }
    }

    // ---- the graph

    fn followers(&self) -> Vec<Vec<usize>> {
        let mut followers = vec![Vec::new(); self.elements.len()];
        for link in &self.links {
            followers[link.from].push(link.to);
        }
        followers
    }

    fn reach(&self, starts: impl Iterator<Item = usize>, next: &[Vec<usize>]) -> Vec<bool> {
        let mut seen = vec![false; self.elements.len()];
        let mut open: Vec<usize> = starts.collect();
        for &at in &open {
            seen[at] = true;
        }
        while let Some(at) = open.pop() {
            for &to in &next[at] {
                if !seen[to] {
                    seen[to] = true;
                    open.push(to);
                }
            }
        }
        seen
    }

    /// All elements in topological order, ties decided by id; `None` with a diagnostic where there
    /// is a cycle.
    fn order(&mut self) -> Option<Vec<usize>> {
        let followers = self.followers();
        let mut waiting = vec![0usize; self.elements.len()];
        for link in &self.links {
            waiting[link.to] += 1;
        }
        let mut ready: BinaryHeap<Reverse<(&str, usize)>> = (0..self.elements.len())
            .filter(|&at| waiting[at] == 0)
            .map(|at| Reverse((self.id(at), at)))
            .collect();
        let mut order = Vec::with_capacity(self.elements.len());
        while let Some(Reverse((_, at))) = ready.pop() {
            order.push(at);
            for &to in &followers[at] {
                waiting[to] -= 1;
                if waiting[to] == 0 {
                    ready.push(Reverse((self.id(to), to)));
                }
            }
        }
        if order.len() == self.elements.len() {
            return Some(order);
        }
        self.cycle(&waiting);
        None
    }

    /// Reports one cycle among the elements that still wait.
    fn cycle(&mut self, waiting: &[usize]) {
        // Walk backwards: each element that waits has a predecessor that waits.
        let mut before = vec![None; self.elements.len()];
        for (at, link) in self.links.iter().enumerate() {
            if waiting[link.from] > 0 && waiting[link.to] > 0 && before[link.to].is_none() {
                before[link.to] = Some(at);
            }
        }
        let Some(mut at) = (0..self.elements.len()).find(|&at| waiting[at] > 0) else {
            return;
        };
        let mut seen = vec![false; self.elements.len()];
        while !seen[at] {
            seen[at] = true;
            match before[at] {
                Some(link) => at = self.links[link].from,
                None => return,
            }
        }
        let start = at;
        let mut path = vec![start];
        let mut last = None;
        loop {
            let Some(link) = before[at] else { return };
            last = last.max(Some(link));
            at = self.links[link].from;
            if at == start {
                break;
            }
            path.push(at);
        }
        path.reverse();
        let Some(link) = last.map(|at| self.links[at]) else {
            return;
        };
        let names: Vec<&str> = path.iter().map(|&at| self.id(at)).collect();
        let circle = format!("{} -> {}", names.join(" -> "), names[0]);
        let (from, to) = (self.id(link.from), self.id(link.to));
        let fix = self.fix(EditOperation::Disconnect {
            from: from.to_owned(),
            to: to.to_owned(),
        });
        let mut diagnostic = Diagnostic::new(
            "E_PLAN_CYCLE",
            Phase::Semantic,
            link.span,
            format!("Records would run in a circle: {circle}"),
        )
        .arg("cycle", circle)
        .help("Remove one of these connections")
        .fix(format!("Remove `{from} -> {to}`"), fix);
        diagnostic.elements = names.iter().map(|name| (*name).to_owned()).collect();
        diagnostic.elements.push(format!("{from}->{to}"));
        self.out.push(diagnostic);
    }

    /// Every stage is on a way from an ingress to an egress; every boundary is connected.
    fn ways(&mut self) {
        let followers = self.followers();
        let mut leaders = vec![Vec::new(); self.elements.len()];
        for link in &self.links {
            leaders[link.to].push(link.from);
        }
        let starts: Vec<usize> = self.of_kind(Kind::Ingress).map(|(at, _)| at).collect();
        let ends: Vec<usize> = self.of_kind(Kind::Egress).map(|(at, _)| at).collect();
        if starts.is_empty() || ends.is_empty() {
            return;
        }
        let from_ingress = self.reach(
            starts.iter().chain(&self.fed_by_unknown).copied(),
            &followers,
        );
        let to_egress = self.reach(ends.iter().chain(&self.feeds_unknown).copied(), &leaders);
        for at in 0..self.elements.len() {
            let (id, span, kind) = (
                self.elements[at].id.to_owned(),
                self.elements[at].span,
                self.elements[at].kind,
            );
            let alone = followers[at].is_empty()
                && leaders[at].is_empty()
                && !self.fed_by_unknown.contains(&at)
                && !self.feeds_unknown.contains(&at);
            match kind {
                Kind::Ingress | Kind::Egress => {
                    if alone && self.of_kind(Kind::Stage).next().is_some() {
                        let word = if kind == Kind::Ingress {
                            "ingress"
                        } else {
                            "egress"
                        };
                        // The first stage whose side towards the boundary is free.
                        let free = if kind == Kind::Ingress {
                            &leaders
                        } else {
                            &followers
                        };
                        let stage = self
                            .of_kind(Kind::Stage)
                            .find(|(stage, _)| free[*stage].is_empty())
                            .or_else(|| self.of_kind(Kind::Stage).next())
                            .map_or("", |(_, element)| element.id);
                        let (from, to) = match kind {
                            Kind::Ingress => (id.as_str(), stage),
                            _ => (stage, id.as_str()),
                        };
                        let connect = self.fix(EditOperation::Connect {
                            from: from.to_owned(),
                            to: to.to_owned(),
                            intent: None,
                        });
                        let title = format!("Connect `{from} -> {to}`");
                        let remove = self.fix(EditOperation::Remove {
                            ids: vec![id.clone()],
                            heal: false,
                        });
                        self.out.push(
                            Diagnostic::new(
                                "E_PLAN_UNCONNECTED",
                                Phase::Semantic,
                                span,
                                format!("The {word} `{id}` isn't connected"),
                            )
                            .arg("id", id.clone())
                            .help(if kind == Kind::Ingress {
                                format!("Connect it to a stage: `{id} -> STAGE`")
                            } else {
                                format!("Connect a stage to it: `STAGE -> {id}`")
                            })
                            .element(id.clone())
                            .fix(title, connect)
                            .fix("Remove it", remove),
                        );
                    }
                    continue;
                }
                Kind::Stage => {}
            }
            let remove = |heal: bool| EditOperation::Remove {
                ids: vec![id.clone()],
                heal,
            };
            let connect = |from: &str, to: &str| EditOperation::Connect {
                from: from.to_owned(),
                to: to.to_owned(),
                intent: None,
            };
            if alone {
                // In front of the egress, where exactly one stage feeds it.
                let egress = ends[0];
                let put = match leaders[egress].as_slice() {
                    [last] => self.fixes(&[
                        EditOperation::Reconnect {
                            from: self.id(*last).to_owned(),
                            to: self.id(egress).to_owned(),
                            new_from: None,
                            new_to: Some(id.clone()),
                        },
                        connect(&id, self.id(egress)),
                    ]),
                    [] => self.fixes(&[
                        connect(self.id(starts[0]), &id),
                        connect(&id, self.id(egress)),
                    ]),
                    _ => None,
                };
                let title = format!("Put it in front of `{}`", self.id(egress));
                let remove = self.fix(remove(false));
                self.out.push(
                    Diagnostic::new(
                        "E_PLAN_UNCONNECTED",
                        Phase::Semantic,
                        span,
                        format!("Stage `{id}` isn't connected"),
                    )
                    .arg("id", id.clone())
                    .help("Connect it, or remove it")
                    .element(id)
                    .fix(title, put)
                    .fix("Remove it", remove),
                );
                continue;
            }
            if !from_ingress[at] {
                // Only where the trouble starts: a stage fed by another such stage isn't named.
                if leaders[at].is_empty() {
                    let first = self.id(starts[0]).to_owned();
                    let put = self.fix(connect(&first, &id));
                    let remove = self.fix(remove(false));
                    self.out.push(
                        Diagnostic::new(
                            "E_PLAN_UNREACHABLE",
                            Phase::Semantic,
                            span,
                            format!("No record reaches stage `{id}`"),
                        )
                        .arg("id", id.clone())
                        .help(format!(
                            "Connect it to what comes before: `{first} -> {id}`"
                        ))
                        .element(id.clone())
                        .fix(format!("Connect `{first} -> {id}`"), put)
                        .fix("Remove it", remove),
                    );
                }
            }
            if !to_egress[at] && followers[at].is_empty() {
                let last = self.id(ends[0]).to_owned();
                let put = self.fix(connect(&id, &last));
                let remove = self.fix(remove(false));
                self.out.push(
                    Diagnostic::new(
                        "E_PLAN_DEAD_END",
                        Phase::Semantic,
                        span,
                        format!("The records of stage `{id}` lead nowhere"),
                    )
                    .arg("id", id.clone())
                    .help(format!("Connect it to what comes after: `{id} -> {last}`"))
                    .element(id)
                    .fix(format!("Connect `{} -> {last}`", self.id(at)), put)
                    .fix("Remove it", remove),
                );
            }
        }
    }

    // ---- single ring

    fn single_ring(&mut self) -> Option<SingleRingPlan> {
        for (kind, word) in [(Kind::Ingress, "ingress"), (Kind::Egress, "egress")] {
            let more: Vec<usize> = self.of_kind(kind).skip(1).map(|(at, _)| at).collect();
            for at in more {
                let (id, span) = (self.id(at).to_owned(), self.elements[at].span);
                let fix = self.fix(EditOperation::Remove {
                    ids: vec![id.clone()],
                    heal: false,
                });
                self.out.push(
                    Diagnostic::new(
                        if kind == Kind::Ingress {
                            "E_RING_INGRESS"
                        } else {
                            "E_RING_EGRESS"
                        },
                        Phase::Semantic,
                        span,
                        format!("A single ring has exactly one {word}; `{id}` is another"),
                    )
                    .arg("id", id.clone())
                    .help("Remove it, or choose the target lane_graph")
                    .element(id)
                    .fix("Remove it", fix),
                );
            }
        }
        let stages: Vec<usize> = self.of_kind(Kind::Stage).map(|(at, _)| at).collect();
        if let Some(&fifth) = stages.get(SEQUENCED_SLOTS_V1_GATING) {
            let (id, span) = (self.id(fifth).to_owned(), self.elements[fifth].span);
            let fix = self.fix(EditOperation::Remove {
                ids: vec![id.clone()],
                heal: true,
            });
            self.out.push(
                Diagnostic::new(
                    "E_RING_STAGES",
                    Phase::Semantic,
                    span,
                    format!(
                        "A single ring runs at most {SEQUENCED_SLOTS_V1_GATING} stages, and this plan has {}",
                        stages.len()
                    ),
                )
                .arg("count", stages.len().to_string())
                .arg("limit", SEQUENCED_SLOTS_V1_GATING.to_string())
                .help("Join stages into one, or choose the target lane_graph, which has no such limit")
                .element(id.clone())
                .fix(format!("Remove `{id}` and close the gap"), fix),
            );
        }
        for at in 0..self.links.len() {
            let link = self.links[at];
            if let Some(intent) = link.intent {
                let (from, to) = (self.id(link.from).to_owned(), self.id(link.to).to_owned());
                self.out.push(
                    Diagnostic::new(
                        "H_INTENT_UNUSED",
                        Phase::Semantic,
                        link.arrow,
                        format!(
                            "A single ring has no lanes, so `{}` has no effect",
                            intent.text()
                        ),
                    )
                    .arg("intent", intent.text())
                    .help("It stays in the text for the target lane_graph")
                    .element(format!("{from}->{to}")),
                );
            }
        }
        let order = self.order();
        self.ways();
        self.release();
        if let Some(order) = &order
            && stages.len() <= SEQUENCED_SLOTS_V1_GATING
        {
            self.unordered(order);
        }
        for &at in &stages {
            let class = self.elements[at].class;
            if let Some(class @ (StageClass::Many | StageClass::Stateful)) = class {
                let (id, span) = (self.id(at).to_owned(), self.elements[at].span);
                self.out.push(
                    Diagnostic::new(
                        "E_RING_CLASS",
                        Phase::Semantic,
                        span,
                        format!("A single ring can't run a stage of the class {}", class.name()),
                    )
                    .arg("class", class.name())
                    .help("Each record of a ring has one slot that its stages share; choose another stage")
                    .element(id),
                );
            }
        }
        let settings = self.ring_settings();
        let order = order?;
        let ingress = self.of_kind(Kind::Ingress).next()?.1.id.to_owned();
        let egress = self.of_kind(Kind::Egress).next()?.1.id.to_owned();
        let mut depends_on: OrderedMap<usize, Vec<String>> = OrderedMap::new();
        for link in &self.links {
            if self.elements[link.from].kind == Kind::Stage {
                depends_on
                    .or_default(link.to)
                    .push(self.id(link.from).to_owned());
            }
        }
        Some(SingleRingPlan {
            name: self.name.unwrap_or("").to_owned(),
            description: self.description.clone(),
            ingress,
            egress,
            stages: order
                .into_iter()
                .filter(|&at| self.elements[at].kind == Kind::Stage)
                .map(|at| {
                    let mut depends_on = depends_on
                        .get_mut(&at)
                        .map(std::mem::take)
                        .unwrap_or_default();
                    sort_list(&mut depends_on, |a, b| a.cmp(b));
                    RingPlanStage {
                        id: self.id(at).to_owned(),
                        key: self.elements[at].key.to_owned(),
                        depends_on,
                    }
                })
                .collect(),
            shards: settings.shards,
            producer: settings.producer,
            scheduling: settings.scheduling,
            ordering: settings.ordering,
            shard_key: settings.shard_key,
        })
    }

    /// Exactly one stage connects to the egress.
    fn release(&mut self) {
        let Some((egress, _)) = self.of_kind(Kind::Egress).next() else {
            return;
        };
        let releasing: Vec<Link> = self
            .links
            .iter()
            .filter(|link| link.to == egress && self.elements[link.from].kind == Kind::Stage)
            .copied()
            .collect();
        let Some(last) = releasing.last() else { return };
        let out = self.id(egress).to_owned();
        for link in releasing.iter().take(releasing.len() - 1) {
            let (id, through) = (self.id(link.from).to_owned(), self.id(last.from).to_owned());
            // One of them comes last, and the others before it: as they do already, or from now.
            let followers = self.followers();
            let disconnect = |from: &str| EditOperation::Disconnect {
                from: from.to_owned(),
                to: out.clone(),
            };
            let (title, operation) =
                if self.reach(std::iter::once(link.from), &followers)[last.from] {
                    (format!("Remove `{id} -> {out}`"), disconnect(&id))
                } else if self.reach(std::iter::once(last.from), &followers)[link.from] {
                    (format!("Remove `{through} -> {out}`"), disconnect(&through))
                } else {
                    let reconnect = EditOperation::Reconnect {
                        from: id.clone(),
                        to: out.clone(),
                        new_from: None,
                        new_to: Some(through.clone()),
                    };
                    (format!("Connect `{id} -> {through}` instead"), reconnect)
                };
            let fix = self.fix(operation);
            self.out.push(
                Diagnostic::new(
                    "E_RING_RELEASE",
                    Phase::Semantic,
                    link.span,
                    format!("`{id}` and `{through}` both connect to `{out}`"),
                )
                .arg("first", id.clone())
                .arg("last", through.clone())
                .arg("egress", out.clone())
                .help("In a single ring, one stage comes last and releases each record once")
                .element(id.clone())
                .element(through.clone())
                .element(format!("{id}->{out}"))
                .fix(title, fix),
            );
        }
    }

    /// Two stages that no dependency orders must both only read. Also names connections that
    /// others imply.
    fn unordered(&mut self, order: &[usize]) {
        // For each element the elements before it, as bits; there are few stages.
        let place: OrderedMap<usize, u32> = order
            .iter()
            .filter(|&&at| self.elements[at].kind == Kind::Stage)
            .enumerate()
            .map(|(bit, &at)| (at, bit as u32))
            .collect_map();
        let mut before: OrderedMap<usize, u32> = OrderedMap::new();
        for &at in order {
            if !place.contains_key(&at) {
                continue;
            }
            let mut bits = 0;
            for link in self.links.iter().filter(|link| link.to == at) {
                if let Some(bit) = place.get(&link.from) {
                    bits |= 1 << bit | before.get(&link.from).copied().unwrap_or(0);
                }
            }
            before.insert(at, bits);
        }
        let bits = |at: usize| before.get(&at).copied().unwrap_or(0);
        let bit = |at: usize| place.get(&at).copied().unwrap_or(0);
        let stages: Vec<usize> = place.keys().copied().collect();
        for (index, &a) in stages.iter().enumerate() {
            for &b in &stages[index + 1..] {
                let ordered = bits(a) & (1 << bit(b)) != 0 || bits(b) & (1 << bit(a)) != 0;
                let (Some(class_a), Some(class_b)) =
                    (self.elements[a].class, self.elements[b].class)
                else {
                    continue;
                };
                let reads = class_a == StageClass::Reads && class_b == StageClass::Reads;
                // What isn't connected at all is reported as that.
                let connected = |at: usize| {
                    self.links.iter().any(|link| link.to == at)
                        && self.links.iter().any(|link| link.from == at)
                };
                if ordered || reads || !connected(a) || !connected(b) {
                    continue;
                }
                let (first, second) = (self.id(a).to_owned(), self.id(b).to_owned());
                let (culprit, class) = if class_a == StageClass::Reads {
                    (second.clone(), class_b)
                } else {
                    (first.clone(), class_a)
                };
                let does = match class {
                    StageClass::Filters => "drops records",
                    StageClass::Rewrites => "rewrites records",
                    _ => "does more than read",
                };
                let span = self.elements[b].span;
                let forward = self.fix(EditOperation::Connect {
                    from: first.clone(),
                    to: second.clone(),
                    intent: None,
                });
                let backward = self.fix(EditOperation::Connect {
                    from: second.clone(),
                    to: first.clone(),
                    intent: None,
                });
                self.out.push(
                    Diagnostic::new(
                        "E_RING_UNORDERED",
                        Phase::Semantic,
                        span,
                        format!("No connection orders `{first}` and `{second}`, and `{culprit}` {does}"),
                    )
                    .arg("first", first.clone())
                    .arg("second", second.clone())
                    .arg("class", class.name())
                    .help("The stages of a ring share one slot for each record; side by side, stages may only read")
                    .element(first.clone())
                    .element(second.clone())
                    .fix(format!("Run `{first}` before `{second}`"), forward)
                    .fix(format!("Run `{second}` before `{first}`"), backward),
                );
            }
        }
        for at in 0..self.links.len() {
            let link = self.links[at];
            if !place.contains_key(&link.to) {
                continue;
            }
            let implied = match self.elements[link.from].kind {
                // A stage that waits for another gets no record from the ingress itself.
                Kind::Ingress => bits(link.to) != 0,
                _ => self.links.iter().any(|other| {
                    other.to == link.to
                        && other.from != link.from
                        && place.get(&link.from).is_some_and(|bit| {
                            before
                                .get(&other.from)
                                .is_some_and(|bits| bits & (1 << bit) != 0)
                        })
                }),
            };
            if implied {
                let (from, to) = (self.id(link.from).to_owned(), self.id(link.to).to_owned());
                let fix = self.fix(EditOperation::Disconnect {
                    from: from.clone(),
                    to: to.clone(),
                });
                self.out.push(
                    Diagnostic::new(
                        "H_RING_IMPLIED",
                        Phase::Semantic,
                        link.span,
                        format!("Other connections imply that `{to}` comes after `{from}`"),
                    )
                    .arg("from", from.clone())
                    .arg("to", to.clone())
                    .help("It changes nothing for the records")
                    .element(format!("{from}->{to}"))
                    .fix("Remove the connection", fix),
                );
            }
        }
    }

    // ---- settings

    fn settings(&mut self, target: ExecutionTarget, names: &[&str]) -> Vec<&'d Setting<'t>> {
        let document = self.document;
        let mut list: Vec<&Setting<'_>> = Vec::new();
        let block = document
            .lines
            .iter()
            .find_map(|line| match &line.statement {
                Statement::Block {
                    target: other,
                    settings,
                } if *other == target => Some(settings),
                _ => None,
            });
        for setting in block.into_iter().flatten() {
            let name = setting.name.text;
            if !names.contains(&name) {
                let near = nearest(name, names.iter().copied());
                let mut diagnostic = Diagnostic::new(
                    "E_SETTING_UNKNOWN",
                    Phase::Structural,
                    setting.name.span,
                    format!("`{}` has no setting `{name}`", target.name()),
                )
                .arg("setting", name)
                .arg("target", target.name())
                .help(format!("The settings are {}", names.join(", ")));
                if let Some(near) = near {
                    diagnostic = diagnostic.fix(
                        format!("Change to `{near}`"),
                        Some(vec![TextEdit {
                            start: setting.name.span.start,
                            end: setting.name.span.end,
                            text: near.to_owned(),
                        }]),
                    );
                }
                self.out.push(diagnostic);
            } else if list.iter().any(|other| other.name.text == name) {
                self.out.push(
                    Diagnostic::new(
                        "E_SETTING_DUPLICATE",
                        Phase::Structural,
                        setting.span,
                        format!("The setting `{name}` is given twice"),
                    )
                    .arg("setting", name)
                    .help("Keep one of them"),
                );
            } else {
                list.push(setting);
            }
        }
        list
    }

    fn bad_value(&mut self, setting: &Setting<'_>, expected: &str, names: &[&str]) {
        let span = if setting.value.is_empty() {
            setting.name.span
        } else {
            setting.value_span
        };
        let near = nearest(&setting.value, names.iter().copied());
        let mut diagnostic = Diagnostic::new(
            "E_SETTING_VALUE",
            Phase::Structural,
            span,
            if setting.value.is_empty() {
                format!("`{}` has no value", setting.name.text)
            } else {
                format!("`{}` can't be `{}`", setting.name.text, setting.value)
            },
        )
        .arg("setting", setting.name.text)
        .arg("value", setting.value.clone())
        .arg("expected", expected)
        .help(format!("It is {expected}"));
        let choices: Vec<&str> = match near {
            Some(near) => vec![near],
            None if names.len() <= 2 => names.to_vec(),
            None => Vec::new(),
        };
        for choice in choices {
            let edit = if setting.value.is_empty() {
                TextEdit::new(span.end as usize, span.end as usize, format!(" {choice}"))
            } else {
                TextEdit {
                    start: span.start,
                    end: span.end,
                    text: choice.to_owned(),
                }
            };
            diagnostic = diagnostic.fix(format!("Change to `{choice}`"), Some(vec![edit]));
        }
        self.out.push(diagnostic);
    }

    fn choice<T>(
        &mut self,
        setting: &Setting<'_>,
        names: &[&str],
        from: impl Fn(&str) -> Option<T>,
        default: T,
    ) -> T {
        match from(&setting.value) {
            Some(value) => value,
            None => {
                self.bad_value(setting, &names.join(" or "), names);
                default
            }
        }
    }

    fn ring_settings(&mut self) -> RingSettings {
        let mut ring = RingSettings {
            shards: 1,
            producer: Producer::Single,
            scheduling: Scheduling::Dedicated,
            ordering: Ordering::Strict,
            shard_key: None,
        };
        let list = self.settings(
            ExecutionTarget::SingleRing,
            &["ordering", "shards", "shard_key", "producer", "scheduling"],
        );
        let mut places: OrderedMap<&str, Span> = OrderedMap::new();
        for setting in list {
            places.insert(setting.name.text, setting.span);
            match setting.name.text {
                "ordering" => {
                    ring.ordering = self.choice(
                        setting,
                        Ordering::NAMES,
                        Ordering::from_name,
                        Ordering::Strict,
                    );
                }
                "producer" => {
                    ring.producer = self.choice(
                        setting,
                        Producer::NAMES,
                        Producer::from_name,
                        Producer::Single,
                    );
                }
                "scheduling" => {
                    ring.scheduling = self.choice(
                        setting,
                        Scheduling::NAMES,
                        Scheduling::from_name,
                        Scheduling::Dedicated,
                    );
                }
                "shards" => match decimal(&setting.value) {
                    Some(shards) if (1..=MAX_SHARDS).contains(&shards) => ring.shards = shards,
                    _ => self.bad_value(setting, &format!("a number from 1 to {MAX_SHARDS}"), &[]),
                },
                _ => {
                    let numbers: Vec<Option<u32>> = setting.value.split(' ').map(decimal).collect();
                    match numbers.as_slice() {
                        [Some(offset), Some(length)]
                            if *length > 0 && offset.checked_add(*length).is_some() =>
                        {
                            ring.shard_key = Some(ShardKey {
                                offset: *offset,
                                length: *length,
                            });
                        }
                        _ => self.bad_value(
                            setting,
                            "an offset and a length in bytes, for example `shard_key 0 8`",
                            &[],
                        ),
                    }
                }
            }
        }
        let at = |name: &str| places.get(name).copied();
        if ring.producer != Producer::Single {
            self.ring_rule(
                at("producer").unwrap_or_default(),
                "E_RING_PRODUCER",
                "Only `producer single` can run",
                &[("producer", "single")],
            );
        }
        if ring.scheduling != Scheduling::Dedicated {
            self.ring_rule(
                at("scheduling").unwrap_or_default(),
                "E_RING_SCHEDULING",
                "Only `scheduling dedicated` can run",
                &[("scheduling", "dedicated")],
            );
        }
        if ring.ordering == Ordering::Strict && ring.shards > 1 {
            let span = at("shards").unwrap_or_default();
            self.ring_rule(
                span,
                "E_RING_ORDERING",
                "Strict order needs one shard; several need `ordering per_key` and a `shard_key`",
                &[("shards", "1")],
            );
        } else if ring.ordering == Ordering::Strict && ring.shard_key.is_some() {
            let span = at("shard_key").unwrap_or_default();
            self.ring_rule(
                span,
                "E_RING_SHARD_KEY",
                "A shard key has no meaning under strict order",
                &[("shard_key", "")],
            );
        } else if ring.ordering == Ordering::PerKey && at("shard_key").is_none() {
            let span = at("ordering").unwrap_or_default();
            self.ring_rule(
                span,
                "E_RING_SHARD_KEY",
                "`ordering per_key` needs a `shard_key`: an offset and a length in bytes",
                &[("shard_key", "0 8")],
            );
        }
        ring
    }

    fn ring_rule(&mut self, span: Span, code: &'static str, message: &str, set: &[(&str, &str)]) {
        let mut diagnostic = Diagnostic::new(code, Phase::Semantic, span, message)
            .help("Change the setting in the block `single_ring`");
        for (name, value) in set {
            let fix = self.fix(EditOperation::SetSetting {
                target: ExecutionTarget::SingleRing,
                name: (*name).to_owned(),
                value: Some((*value).to_owned()),
            });
            let title = if value.is_empty() {
                format!("Remove `{name}`")
            } else {
                format!("Set `{name} {value}`")
            };
            diagnostic = diagnostic.fix(title, fix);
        }
        self.out.push(diagnostic);
    }

    // ---- lane graph

    fn lane_graph(&mut self) -> Option<LaneGraphPlan> {
        let order = self.order();
        self.ways();
        let mut on_full = OnFull::Block;
        let mut ingress_lane = None;
        let mut egress_lane = None;
        let list = self.settings(
            ExecutionTarget::LaneGraph,
            &["on_full", "ingress", "egress"],
        );
        for setting in list {
            match setting.name.text {
                "on_full" => {
                    on_full =
                        self.choice(setting, OnFull::NAMES, OnFull::from_name, OnFull::Block);
                }
                name => match read_intent(&setting.value) {
                    Ok(intent) => {
                        self.intent_rules(setting.value_span, intent, name);
                        if name == "ingress" {
                            ingress_lane = Some(intent);
                        } else {
                            egress_lane = Some(intent);
                        }
                    }
                    Err(_) => self.bad_value(
                        setting,
                        "a lane kind: events, journal, sequenced_slots with a capacity, or fanout_broadcast",
                        LaneKind::NAMES,
                    ),
                },
            }
        }
        for at in 0..self.links.len() {
            let link = self.links[at];
            if let Some(intent) = link.intent {
                let id = format!("{}->{}", self.id(link.from), self.id(link.to));
                self.intent_rules(link.arrow, intent, &id);
            }
        }
        self.shared_lanes(ingress_lane, egress_lane);
        order?;
        let mut boundaries: Vec<PlanEdge> = self
            .elements
            .iter()
            .filter(|element| element.kind != Kind::Stage)
            .map(|element| PlanEdge {
                id: element.id.to_owned(),
                kind: if element.kind == Kind::Ingress {
                    EndpointKind::Ingress
                } else {
                    EndpointKind::Egress
                },
            })
            .collect();
        sort_list(&mut boundaries, |a, b| a.id.cmp(&b.id));
        let mut stages: Vec<(String, String)> = self
            .of_kind(Kind::Stage)
            .map(|(_, element)| (element.id.to_owned(), element.key.to_owned()))
            .collect();
        sort_list(&mut stages, |a, b| a.cmp(b));
        let mut connections: Vec<PlanLink> = self
            .links
            .iter()
            .map(|link| PlanLink {
                from: self.id(link.from).to_owned(),
                to: self.id(link.to).to_owned(),
                intent: link.intent,
            })
            .collect();
        sort_list(&mut connections, |a, b| {
            (&a.from, &a.to).cmp(&(&b.from, &b.to))
        });
        Some(LaneGraphPlan {
            name: self.name.unwrap_or("").to_owned(),
            description: self.description.clone(),
            boundaries,
            stages,
            connections,
            ingress_lane,
            egress_lane,
            on_full,
        })
    }

    fn intent_rules(&mut self, span: Span, intent: LaneIntent, element: &str) {
        let (code, value, limit, what) = match (intent.kind, intent.capacity, intent.consumers) {
            (LaneKind::SequencedSlots, Some(capacity), _)
                if capacity == 0 || capacity > SEQUENCED_SLOTS_MAX_CAPACITY =>
            {
                (
                    "E_LANE_CAPACITY",
                    capacity,
                    SEQUENCED_SLOTS_MAX_CAPACITY,
                    "entries",
                )
            }
            (LaneKind::FanoutBroadcast, _, Some(consumers))
                if consumers == 0 || consumers > FANOUT_MAX_CONSUMERS =>
            {
                (
                    "E_LANE_CONSUMERS",
                    consumers,
                    FANOUT_MAX_CONSUMERS,
                    "consumers",
                )
            }
            _ => return,
        };
        self.out.push(
            Diagnostic::new(
                code,
                Phase::Semantic,
                span,
                format!(
                    "A lane of kind {} has 1 to {limit} {what}, not {value}",
                    intent.kind.name()
                ),
            )
            .arg("value", value.to_string())
            .arg("limit", limit.to_string())
            .help("Change the number")
            .element(element),
        );
    }

    /// Connections of one writer that share a lane agree in its settings, and the lane can have
    /// that many readers.
    fn shared_lanes(&mut self, ingress: Option<LaneIntent>, egress: Option<LaneIntent>) {
        let mut lanes: OrderedMap<(usize, LaneKind), Vec<Link>> = OrderedMap::new();
        for link in &self.links {
            let policy = if self.elements[link.from].kind == Kind::Ingress {
                ingress
            } else if self.elements[link.to].kind == Kind::Egress {
                egress
            } else {
                None
            };
            if let Some(intent) = link.intent.or(policy)
                && intent.kind != LaneKind::Events
            {
                let link = Link {
                    intent: Some(intent),
                    ..*link
                };
                lanes.or_default((link.from, intent.kind)).push(link);
            }
        }
        for (&(writer, kind), links) in lanes.iter() {
            let writer = self.id(writer).to_owned();
            let Some(first) = links.first().and_then(|link| link.intent) else {
                continue;
            };
            for link in &links[1..] {
                if let Some(intent) = link.intent
                    && intent != first
                {
                    let to = self.id(link.to).to_owned();
                    let fix = self.fix(EditOperation::SetIntent {
                        from: writer.clone(),
                        to: to.clone(),
                        intent: Some(first),
                    });
                    self.out.push(
                        Diagnostic::new(
                            "E_LANE_DISAGREE",
                            Phase::Semantic,
                            link.arrow,
                            format!(
                                "The connections of `{writer}` with {} share one lane, but say `{}` and `{}`",
                                kind.name(),
                                first.text(),
                                intent.text()
                            ),
                        )
                        .arg("writer", writer.clone())
                        .arg("first", first.text())
                        .arg("second", intent.text())
                        .help("Give all of them the same setting")
                        .element(format!("{writer}->{to}"))
                        .fix(format!("Change to `{}`", first.text()), fix),
                    );
                }
            }
            let readers = links.len() as u32;
            let limit = match kind {
                LaneKind::Events => u32::MAX,
                LaneKind::Journal => JOURNAL_MAX_READERS,
                LaneKind::SequencedSlots => SEQUENCED_SLOTS_MAX_READERS,
                LaneKind::FanoutBroadcast => FANOUT_MAX_CONSUMERS,
            };
            if readers > limit {
                let link = links[limit as usize];
                let to = self.id(link.to).to_owned();
                self.out.push(
                    Diagnostic::new(
                        "E_LANE_READERS",
                        Phase::Semantic,
                        link.arrow,
                        format!(
                            "A lane of kind {} has at most {limit} readers, and this one has {readers}",
                            kind.name()
                        ),
                    )
                    .arg("readers", readers.to_string())
                    .arg("limit", limit.to_string())
                    .help("Put a stage between, which feeds a lane of its own")
                    .element(format!("{writer}->{to}")),
                );
            } else if let Some(consumers) = first.consumers
                && consumers != readers
            {
                let link = links[0];
                let to = self.id(link.to).to_owned();
                let operations: Vec<EditOperation> = links
                    .iter()
                    .map(|link| EditOperation::SetIntent {
                        from: writer.clone(),
                        to: self.id(link.to).to_owned(),
                        intent: Some(LaneIntent::of(kind)),
                    })
                    .collect();
                let fix = self.fixes(&operations);
                self.out.push(
                    Diagnostic::new(
                        "E_LANE_CONSUMERS",
                        Phase::Semantic,
                        link.arrow,
                        format!("The lane says {consumers} consumers, and {readers} read it"),
                    )
                    .arg("value", consumers.to_string())
                    .arg("readers", readers.to_string())
                    .help("Leave the number out; it follows from the connections")
                    .element(format!("{writer}->{to}"))
                    .fix("Leave the number out", fix),
                );
            }
        }
    }
}

struct RingSettings {
    shards: u32,
    producer: Producer,
    scheduling: Scheduling,
    ordering: Ordering,
    shard_key: Option<ShardKey>,
}

fn decimal(text: &str) -> Option<u32> {
    let plain = !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}
