//! Both sides as one graph, in an order that keeps what stayed in its place; and what only moved.

use std::collections::BTreeSet;

use super::anchor::anchor;
use super::changes::Entry;
use super::model::{ChangeSubject, DiffOf};
use super::pairing::{Facing, Pairing};
use super::union_model::{MovedElement, UnionConnection, UnionElement, UnionGraph, UnionSide};
use super::view::{Link, NONE, Place};
use super::{inserted, rising};

/// An element of the union: its numbers before and after; [`NONE`] for what a side hasn't.
#[derive(Clone, Copy)]
struct Member {
    before: u32,
    after: u32,
}

/// A connection of the union.
struct Wire {
    from: u32,
    to: u32,
    before: Option<Link>,
    after: Option<Link>,
}

/// The union of both sides.
pub(super) fn union(pairing: &Pairing<'_, '_>) -> UnionGraph {
    let members = members(pairing);
    let mut graph = UnionGraph::default();
    // Where the element of a number stands, for each side.
    let mut places = [
        vec![NONE; pairing.names.len()],
        vec![NONE; pairing.names.len()],
    ];
    for (at, member) in members.iter().enumerate() {
        for (places, name) in places.iter_mut().zip([member.before, member.after]) {
            if let Some(place) = places.get_mut(name as usize) {
                *place = at as u32;
            }
        }
        graph.elements.extend(element(pairing, *member));
    }
    for wire in wires(pairing, &places) {
        graph
            .connections
            .push(connection(pairing, &graph.elements, wire));
    }
    graph.inserted = inserted::union_roles(pairing);
    graph
}

fn element(pairing: &Pairing<'_, '_>, member: Member) -> Option<UnionElement> {
    let old = pairing.old.element(member.before);
    let new = pairing.new.element(member.after);
    let shown = new.or(old)?;
    let before_id = old.map(|old| old.id).filter(|id| *id != shown.id);
    let before_key = old.map(|old| &old.key).filter(|key| **key != shown.key);
    Some(UnionElement {
        anchor: anchor(shown.subject, shown.id),
        subject: shown.subject,
        id: shown.id.to_owned(),
        before_id: before_id.map(str::to_owned),
        key: shown.key.to_string(),
        before_key: before_key.map(|key| key.to_string()),
        side: side(old.is_some(), new.is_some()),
        before_line: line(old.and_then(|old| old.place)),
        after_line: line(new.and_then(|new| new.place)),
    })
}

fn connection(pairing: &Pairing<'_, '_>, elements: &[UnionElement], wire: Wire) -> UnionConnection {
    let end = |at: u32| elements[at as usize].anchor.clone();
    let lane = |facing: Facing, link: Option<Link>| {
        let lane = pairing.side(facing).lane(link?)?;
        Some(lane.text.to_string())
    };
    let stands = |facing: Facing, link: Option<Link>| {
        line(link.and_then(|link| pairing.side(facing).link_place(link)))
    };
    let shown = wire.after.or(wire.before);
    let id = shown.map_or(String::new(), |link| pairing.names.pair(link.from, link.to));
    UnionConnection {
        anchor: anchor(ChangeSubject::Connection, &id),
        from: end(wire.from),
        to: end(wire.to),
        side: side(wire.before.is_some(), wire.after.is_some()),
        before: lane(Facing::Before, wire.before),
        after: lane(Facing::After, wire.after),
        before_line: stands(Facing::Before, wire.before),
        after_line: stands(Facing::After, wire.after),
    }
}

fn side(before: bool, after: bool) -> UnionSide {
    match (before, after) {
        (true, true) => UnionSide::Both,
        (true, false) => UnionSide::Before,
        _ => UnionSide::After,
    }
}

fn line(place: Option<Place>) -> Option<u32> {
    place.map(|place| place.line)
}

/// The elements of both sides, in the order of the union.
fn members(pairing: &Pairing<'_, '_>) -> Vec<Member> {
    // The order of each side: that of its text, or that of its view.
    let order = |facing: Facing| {
        let side = pairing.side(facing);
        let mut names: Vec<u32> = (0..pairing.names.len() as u32)
            .filter(|name| side.element(*name).is_some())
            .collect();
        names.sort_by_key(|&name| (side.element(name).and_then(|one| one.place), side.at(name)));
        names
    };
    let (before, after) = (order(Facing::Before), order(Facing::After));
    let mut ranks = vec![NONE; pairing.names.len()];
    for (rank, name) in after.iter().enumerate() {
        ranks[*name as usize] = rank as u32;
    }
    // What both have, by its places there.
    let mut common: Vec<rising::Point> = Vec::new();
    for (rank, &name) in before.iter().enumerate() {
        if pairing.stays(Facing::Before, name) {
            common.push(rising::Point {
                before: rank as u32,
                after: ranks[pairing.renames.after(name) as usize],
            });
        }
    }
    let name_of = |point: &rising::Point| {
        let (old, new) = (before[point.before as usize], after[point.after as usize]);
        (old.min(new), old.max(new))
    };
    let kept = rising::rising(&common, &name_of);
    let mut gaps = Gaps::new(&common, &kept);
    for (at, point) in common.iter().enumerate() {
        let member = Member {
            before: before[point.before as usize],
            after: after[point.after as usize],
        };
        if kept[at] {
            gaps.kept.push(member);
        } else {
            let gap = gaps.before(point.before).min(gaps.after(point.after));
            gaps.moved[gap].push(member);
        }
    }
    for (rank, &name) in before.iter().enumerate() {
        if !pairing.stays(Facing::Before, name) {
            let gap = gaps.before(rank as u32);
            let after = NONE;
            gaps.only_before[gap].push(Member {
                before: name,
                after,
            });
        }
    }
    for (rank, &name) in after.iter().enumerate() {
        if !pairing.stays(Facing::After, name) {
            let gap = gaps.after(rank as u32);
            let before = NONE;
            gaps.only_after[gap].push(Member {
                before,
                after: name,
            });
        }
    }
    gaps.in_order(&|member: &Member| match (member.before, member.after) {
        (NONE, name) | (name, NONE) => (name, name),
        (before, after) => (before.min(after), before.max(after)),
    })
}

/// What stands between the elements that keep their places.
struct Gaps {
    /// The places of the kept, in each side's order.
    places: [Vec<u32>; 2],
    kept: Vec<Member>,
    /// For each gap, what both have in another order.
    moved: Vec<Vec<Member>>,
    only_before: Vec<Vec<Member>>,
    only_after: Vec<Vec<Member>>,
}

impl Gaps {
    fn new(common: &[rising::Point], kept: &[bool]) -> Self {
        let mut places = [Vec::new(), Vec::new()];
        for (point, _) in common.iter().zip(kept).filter(|(_, kept)| **kept) {
            places[0].push(point.before);
            places[1].push(point.after);
        }
        let gaps = vec![Vec::new(); places[0].len() + 1];
        Self {
            places,
            kept: Vec::new(),
            moved: gaps.clone(),
            only_before: gaps.clone(),
            only_after: gaps,
        }
    }

    /// The gap of a place before: how many of the kept stand in front of it.
    fn before(&self, place: u32) -> usize {
        self.places[0].partition_point(|kept| *kept < place)
    }

    fn after(&self, place: u32) -> usize {
        self.places[1].partition_point(|kept| *kept < place)
    }

    /// All of them. Nothing here depends on which side is before, so that both directions agree.
    fn in_order(mut self, name: &dyn Fn(&Member) -> (u32, u32)) -> Vec<Member> {
        let mut all = Vec::new();
        for gap in 0..self.moved.len() {
            let mut lists = [
                std::mem::take(&mut self.only_before[gap]),
                std::mem::take(&mut self.only_after[gap]),
            ];
            lists.sort_by_key(|list| list.first().map(name));
            all.extend(lists.into_iter().flatten());
            self.moved[gap].sort_by_key(name);
            all.append(&mut self.moved[gap]);
            all.extend(self.kept.get(gap));
        }
        all
    }
}

/// The connections of both sides whose ends there are, by the places of these.
fn wires(pairing: &Pairing<'_, '_>, places: &[Vec<u32>; 2]) -> Vec<Wire> {
    let mut wires = Vec::new();
    for (facing, places) in [Facing::Before, Facing::After].into_iter().zip(places) {
        for &link in pairing.side(facing).links() {
            let (from, to) = (places[link.from as usize], places[link.to as usize]);
            if from == NONE || to == NONE {
                continue;
            }
            let stays = pairing.stays(facing, link.from) && pairing.stays(facing, link.to);
            let other = pairing.other(facing).link(
                pairing.across(facing, link.from),
                pairing.across(facing, link.to),
            );
            let other = other.filter(|_| stays);
            let (before, after) = match facing {
                Facing::Before => (Some(link), other),
                Facing::After if other.is_some() => continue,
                Facing::After => (None, Some(link)),
            };
            wires.push(Wire {
                from,
                to,
                before,
                after,
            });
        }
    }
    wires.sort_by_key(|wire| (wire.from, wire.to));
    wires
}

/// What stands elsewhere in the text and has no other change. Of what stayed as it is, as much as
/// can stays in its order, and the rest moved.
pub(super) fn moved(pairing: &Pairing<'_, '_>, entries: &[Entry]) -> Vec<MovedElement> {
    if pairing.new.view.of == DiffOf::Spec {
        return Vec::new();
    }
    let changed: BTreeSet<&str> = entries
        .iter()
        .map(|entry| entry.change.anchor.as_str())
        .collect();
    let mut same: Vec<(Place, Place, MovedElement)> = Vec::new();
    let mut push = |subject, ids: (&str, &str), places: (Option<Place>, Option<Place>)| {
        let anchor = anchor(subject, ids.1);
        if let (Some(before), Some(after)) = places
            && !changed.contains(anchor.as_str())
        {
            let moved = MovedElement {
                anchor,
                subject,
                id: ids.1.to_owned(),
                before_id: (ids.0 != ids.1).then(|| ids.0.to_owned()),
                before_line: before.line,
                after_line: after.line,
            };
            same.push((before, after, moved));
        }
    };
    for name in 0..pairing.names.len() as u32 {
        let after = pairing.renames.after(name);
        if pairing.stays(Facing::Before, name)
            && let (Some(old), Some(new)) = (pairing.old.element(name), pairing.new.element(after))
        {
            push(new.subject, (old.id, new.id), (old.place, new.place));
        }
    }
    for &link in pairing.old.links() {
        let (from, to) = (
            pairing.renames.after(link.from),
            pairing.renames.after(link.to),
        );
        if let Some(other) = pairing.new.link(from, to) {
            let ids = (
                pairing.names.pair(link.from, link.to),
                pairing.names.pair(from, to),
            );
            let places = (pairing.old.link_place(link), pairing.new.link_place(other));
            push(ChangeSubject::Connection, (&ids.0, &ids.1), places);
        }
    }
    same.sort_by_key(|(before, ..)| *before);
    let mut ends: Vec<Place> = same.iter().map(|(_, after, _)| *after).collect();
    ends.sort();
    let mut points = Vec::with_capacity(same.len());
    for (at, (_, after, _)) in same.iter().enumerate() {
        points.push(rising::Point {
            before: at as u32,
            after: ends.partition_point(|end| end < after) as u32,
        });
    }
    let name_of = |point: &rising::Point| {
        let moved = &same[point.before as usize].2;
        let (new, old) = (&moved.id, moved.before_id.as_ref().unwrap_or(&moved.id));
        (moved.subject, old.min(new), old.max(new))
    };
    let kept = rising::rising(&points, &name_of);
    let mut at = 0;
    same.retain(|_| {
        at += 1;
        !kept[at - 1]
    });
    let mut moved: Vec<MovedElement> = same.into_iter().map(|(.., moved)| moved).collect();
    moved.sort_by(|a, b| (a.subject, &a.id).cmp(&(b.subject, &b.id)));
    moved
}
