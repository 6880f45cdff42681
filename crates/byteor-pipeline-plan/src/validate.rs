//! `validate_plan_v2`: structure first, then the rules of the target.

use std::collections::HashMap;

mod boundaries;
mod connections;
mod elements;
mod header;
mod key_fixes;
mod lanes;
mod merge;
mod order;
mod ring;
mod ring_settings;
mod settings;
mod syntax_fixes;
mod ways;

use std::cell::{Cell, OnceCell};

use byteor_pipeline_catalogue::StageClass;
use byteor_pipeline_spec::ExecutionTarget;

use crate::edit::{self, Excerpts, batch, cut_link};
use crate::plan::{LaneGraphPlan, PipelinePlanV2};
use crate::{Diagnostics, Document, EditOperation, LaneIntent, Name, Span, TextEdit};

/// Checks a document for a target. The block of the other target is checked for its form alone, by
/// the parser. The plan is there when nothing is an error, `diagnostics` from
/// before included.
pub fn validate_plan_v2<'d>(
    document: &'d Document<'_>,
    target: ExecutionTarget,
    diagnostics: &mut Diagnostics,
) -> Option<PipelinePlanV2<'d>> {
    let mut check = Check::new(document, diagnostics);
    check.structure();
    let plan = match target {
        ExecutionTarget::SingleRing => check.single_ring().map(PipelinePlanV2::SingleRing),
        ExecutionTarget::LaneGraph => check.lane_graph(false).map(PipelinePlanV2::LaneGraph),
    };
    if diagnostics.has_errors() { None } else { plan }
}

/// The lane graph that a document draws, whatever else is wrong with it: what can be read of it, each
/// connection once. No plan to run, but enough to say what lowering inserts while one is being made.
pub fn sketch_lane_graph<'d>(document: &'d Document<'_>) -> Option<LaneGraphPlan<'d>> {
    let mut diagnostics = Diagnostics::default();
    let mut check = Check::new(document, &mut diagnostics);
    check.structure();
    check.lane_graph(true)
}

/// The most comparisons of unknown ids with declared ones in one check. Without a limit, the time of
/// a long plan full of mistakes would grow with the square of its length; with it, the first
/// unknown ids of such a plan are told what they may mean.
const NEAR_MAX: usize = 1 << 17;

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
    /// What fixes are worked out on; there from the first one on.
    excerpts: OnceCell<Excerpts<'d, 't>>,
    name: Option<&'t str>,
    description: Option<String>,
    elements: Vec<Element<'d>>,
    by_id: HashMap<&'d str, u32>,
    /// The declared element of each id of the document, by the ids' numbers.
    declared: Vec<Option<usize>>,
    /// The declared ids that others may be meant for, and how many comparisons with them are left.
    near_ids: OnceCell<Vec<&'d str>>,
    near_left: Cell<usize>,
    links: Vec<Link>,
    /// Elements that get records from, or give them to, an id that isn't declared: their other
    /// side is unknown, so nothing is said of it. By element.
    fed_by_unknown: Vec<bool>,
    feeds_unknown: Vec<bool>,
    /// Unknown ids that are probably meant to be the boundaries that are missing.
    likely_ingress: Option<&'d str>,
    likely_egress: Option<&'d str>,
    /// Ids that can't be ids; no fix writes one anywhere else.
    bad_ids: Vec<&'d str>,
    /// Whether lines end as another system ends them: that is put right before edits add or remove
    /// any.
    foreign_lines: bool,
}

impl<'d, 't, 'o> Check<'d, 't, 'o> {
    fn new(document: &'d Document<'t>, out: &'o mut Diagnostics) -> Self {
        Self {
            document,
            out,
            excerpts: OnceCell::new(),
            name: None,
            description: None,
            elements: Vec::new(),
            by_id: HashMap::new(),
            declared: vec![None; document.ids],
            near_ids: OnceCell::new(),
            near_left: Cell::new(NEAR_MAX),
            links: Vec::new(),
            fed_by_unknown: Vec::new(),
            feeds_unknown: Vec::new(),
            likely_ingress: None,
            likely_egress: None,
            bad_ids: Vec::new(),
            foreign_lines: false,
        }
    }

    /// Edits of a quick fix; none are worked out once nobody will see them.
    fn fix(&self, operation: EditOperation) -> Option<Vec<TextEdit>> {
        if self.out.full() || !self.may_write(&operation) {
            return None;
        }
        match self.excerpts().edits(std::slice::from_ref(&operation)) {
            Ok(edits) => edits,
            Err(_) => edit::fix(self.document, &operation),
        }
    }

    fn excerpts(&self) -> &Excerpts<'d, 't> {
        self.excerpts.get_or_init(|| Excerpts::new(self.document))
    }

    /// Edits that remove the connection at a place of a chain, and no other between its ids.
    fn cut_fix(&self, line: usize, place: usize) -> Option<Vec<TextEdit>> {
        if self.out.full() || self.foreign_lines {
            return None;
        }
        self.excerpts()
            .cut_link(line, place)
            .unwrap_or_else(|_| Some(cut_link(self.document, line, place)))
    }

    fn fixes(&self, operations: &[EditOperation]) -> Option<Vec<TextEdit>> {
        if self.out.full() || !operations.iter().all(|operation| self.may_write(operation)) {
            return None;
        }
        match self.excerpts().edits(operations) {
            Ok(edits) => Some(self.excerpts().as_one(&edits?)),
            Err(_) => batch(self.document.text, operations),
        }
    }

    /// Whether no broken line end and no id that can't be one would be written once more.
    fn may_write(&self, operation: &EditOperation) -> bool {
        use EditOperation::{Connect, InsertOnConnection, Reconnect, Remove};
        let good = |id: &str| !self.bad_ids.contains(&id);
        !self.foreign_lines
            && match operation {
                Connect { from, to, .. } | InsertOnConnection { from, to, .. } => {
                    good(from) && good(to)
                }
                Reconnect {
                    from,
                    to,
                    new_from,
                    new_to,
                } => [Some(from), Some(to), new_from.as_ref(), new_to.as_ref()]
                    .into_iter()
                    .flatten()
                    .all(|id| good(id)),
                // Neighbours are connected.
                Remove { heal: true, .. } => self.bad_ids.is_empty(),
                _ => true,
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

    /// The element that a name of a declaration or a chain names, where it is declared.
    fn element(&self, name: &Name<'_>) -> Option<usize> {
        self.declared[name.at()]
    }

    fn id(&self, at: usize) -> &'d str {
        self.elements[at].id
    }

    fn structure(&mut self) {
        self.header();
        self.declarations();
        self.syntax_fixes();
        self.connections();
        self.boundaries();
    }
}
