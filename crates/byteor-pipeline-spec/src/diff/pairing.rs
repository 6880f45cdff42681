//! Both sides of a diff, with who is who on the other one.

use super::StageEffect;
use super::model::{ChangeSubject, DiffOf};
use super::renames::{Renames, renames};
use super::view::{DiffView, LinkLane, NONE, Names, Side};
use crate::ExecutionTarget;

/// More names than these in one field are counted instead.
const NAMES_IN_FIELD: usize = 12;

/// How many elements are looked at to see whether one stands between others.
const BETWEEN: usize = 32;

/// Both sides. Numbers of ids are the same on both, but for renames.
pub(super) struct Pairing<'v, 's> {
    pub(super) names: Names<'v>,
    pub(super) old: Side<'v, 's>,
    pub(super) new: Side<'v, 's>,
    pub(super) renames: Renames,
    back: Vec<u32>,
    pub(super) effect: &'v dyn Fn(&str) -> Option<StageEffect>,
}

/// One of the two directions in which both sides can be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Facing {
    /// From before.
    Before,
    /// From after.
    After,
}

/// The inputs of an element that stayed, by the numbers of the side that has them.
#[derive(Default)]
pub(super) struct Rewiring {
    /// Only before.
    pub(super) lost: Vec<u32>,
    /// Only after.
    pub(super) gained: Vec<u32>,
}

impl<'v, 's> Pairing<'v, 's> {
    pub(super) fn new(
        before: &'v DiffView<'s>,
        after: &'v DiffView<'s>,
        effect: &'v dyn Fn(&str) -> Option<StageEffect>,
    ) -> Self {
        let names = Names::new([before, after]);
        let (old, new) = (Side::new(before, &names), Side::new(after, &names));
        let renames = renames(&old, &new, &names);
        let mut back = vec![NONE; names.len()];
        for (before, after) in renames.pairs() {
            back[after as usize] = before;
        }
        Self {
            names,
            old,
            new,
            renames,
            back,
            effect,
        }
    }

    pub(super) fn side(&self, facing: Facing) -> &Side<'v, 's> {
        match facing {
            Facing::Before => &self.old,
            Facing::After => &self.new,
        }
    }

    pub(super) fn other(&self, facing: Facing) -> &Side<'v, 's> {
        match facing {
            Facing::Before => &self.new,
            Facing::After => &self.old,
        }
    }

    /// Whether elements without inputs read the input: in the ring of a spec, which has no
    /// boundaries, and in a graph that is compared with one.
    pub(super) fn has_bare_inputs(&self) -> bool {
        [&self.old, &self.new].into_iter().any(|side| {
            side.view.of == DiffOf::Spec && side.view.target == ExecutionTarget::SingleRing
        })
    }

    /// The number on the other side.
    pub(super) fn across(&self, facing: Facing, name: u32) -> u32 {
        match facing {
            Facing::Before => self.renames.after(name),
            Facing::After => match self.back.get(name as usize) {
                Some(&before) if before != NONE => before,
                _ => name,
            },
        }
    }

    /// The number after, whichever side a number is of.
    pub(super) fn after_name(&self, facing: Facing, name: u32) -> u32 {
        match facing {
            Facing::Before => self.renames.after(name),
            Facing::After => name,
        }
    }

    /// A text made of ids of the side before, as it would be after.
    pub(super) fn text_after(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for part in text.split_inclusive([' ', '.']) {
            let word = part.trim_end_matches([' ', '.']);
            out.push_str(match self.names.find(word) {
                Some(name) => self.names.id(self.renames.after(name)),
                None => word,
            });
            out.push_str(&part[word.len()..]);
        }
        out
    }

    /// Whether the element of an id stands on the other side too, maybe renamed.
    pub(super) fn stays(&self, facing: Facing, name: u32) -> bool {
        match (
            self.side(facing).element(name),
            self.other(facing).element(self.across(facing, name)),
        ) {
            (Some(one), Some(other)) => one.subject == other.subject,
            _ => false,
        }
    }

    /// Which inputs an element lost and gained, up to renames.
    pub(super) fn rewiring(&self, before: u32, after: u32) -> Rewiring {
        let mut rewiring = Rewiring::default();
        for link in self.old.inputs(before) {
            if self
                .new
                .link(self.renames.after(link.from), after)
                .is_none()
            {
                rewiring.lost.push(link.from);
            }
        }
        for link in self.new.inputs(after) {
            let from = self.across(Facing::After, link.from);
            if self.old.link(from, before).is_none() {
                rewiring.gained.push(link.from);
            }
        }
        rewiring
    }

    /// What a stage key does; nothing for other elements.
    pub(super) fn effect_of(&self, facing: Facing, name: u32) -> Option<StageEffect> {
        let element = self.side(facing).element(name)?;
        match element.subject {
            ChangeSubject::Stage => (self.effect)(&element.key),
            _ => None,
        }
    }

    /// Whether `wanted` stands before one of `starts`, with only elements between that the other
    /// side hasn't. Also yes where that can't be said without looking far.
    pub(super) fn is_behind_new(&self, facing: Facing, starts: &[u32], wanted: u32) -> bool {
        let side = self.side(facing);
        let mut open: Vec<u32> = starts.to_vec();
        let mut seen = 0;
        while let Some(name) = open.pop() {
            if name == wanted {
                return true;
            }
            if self.stays(facing, name) {
                continue;
            }
            for link in side.inputs(name) {
                seen += 1;
                if seen > BETWEEN {
                    return true;
                }
                open.push(link.from);
            }
        }
        false
    }

    /// Names for a field, with `more` that aren't listed; [`None`] where there is none.
    pub(super) fn list(&self, names: &[(u32, Option<&LinkLane>)], more: usize) -> Option<String> {
        let mut text = String::new();
        for (name, lane) in names.iter().take(NAMES_IN_FIELD) {
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(self.names.id(*name));
            if let Some(lane) = lane
                && lane.stated
                && lane.text != "events"
            {
                text.push_str(" (");
                text.push_str(&lane.text);
                text.push(')');
            }
        }
        let more = more + names.len().saturating_sub(NAMES_IN_FIELD);
        if more > 0 {
            if !text.is_empty() {
                text.push_str(" and ");
            }
            text.push_str(&more.to_string());
            text.push_str(" more");
        }
        (!text.is_empty()).then_some(text)
    }

    /// Names with their lanes, all of them.
    pub(super) fn texts<'l>(
        &self,
        names: impl IntoIterator<Item = (u32, Option<&'l LinkLane>)>,
    ) -> Vec<String> {
        let text = |(name, lane): (u32, Option<&LinkLane>)| {
            let lane = lane.map_or("", |lane| &lane.text);
            [self.names.id(name), " ", lane].concat()
        };
        names.into_iter().map(text).collect()
    }

    /// Whether a list of that many inputs is told by what differs.
    pub(super) fn is_long(count: usize) -> bool {
        count > NAMES_IN_FIELD
    }
}
