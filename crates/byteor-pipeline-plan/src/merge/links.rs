//! Connections of three texts, and what becomes of each.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::answer::MergeConflictKind;
use super::decide::{Clash, Decisions, Pick};
use super::pairing::{BASE, OURS, THEIRS};
use super::rows::{Rows, Subject};

/// How many stages one insertion may put on a connection to be seen as one.
const PATH_MAX: usize = 64;
/// How many ways away from an element are looked at for one.
const WAYS_MAX: usize = 16;

/// An arrow as the formatter writes it.
type Arrow = Cow<'static, str>;

/// A connection; the second between the same two elements is another one.
pub(super) struct Link<'t> {
    pub(super) from: &'t str,
    pub(super) to: &'t str,
    /// 0, or which of several between the same two it is, from 2 on.
    number: u32,
    /// The first of those.
    pub(super) first: u32,
    /// The arrow in each of the texts.
    says: [Option<Arrow>; 3],
    /// How often it stands in each.
    times: [u32; 3],
    /// The arrow after the merge.
    pub(super) merged: Option<Arrow>,
}

impl Link<'_> {
    fn name(&self) -> String {
        format!("{}->{}", self.from, self.to)
    }

    /// The connection in a line of its own, as one of the texts has it.
    pub(super) fn text(&self, side: usize) -> Option<String> {
        let arrow = self.says[side].as_deref()?;
        Some(format!("{}{arrow}{}", self.from, self.to))
    }
}

/// What is kept of an element that one side removed, or that neither is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// What one of the three texts has.
    Side(usize),
    /// Nothing: the author's own text stands for it.
    Gone,
}

/// The connections of three texts.
pub(super) struct Links<'t> {
    pub(super) list: Vec<Link<'t>>,
    /// By the ends, and a number from the second on.
    pub(super) names: BTreeMap<(&'t str, &'t str, u32), u32>,
    /// For each row of each text, its connections.
    pub(super) of_row: [Vec<Vec<u32>>; 3],
    /// Connections that belong together although they share no line.
    pub(super) together: Vec<(u32, u32)>,
    /// The author's own text in the place of a connection.
    pub(super) own: Vec<(u32, String)>,
}

/// What a side did to a connection of base.
#[derive(PartialEq, Eq)]
enum Deed {
    Nothing,
    Arrow,
    Removed,
    /// Put stages between: the connections that stand for it.
    Path(Vec<u32>),
}

impl<'t> Links<'t> {
    pub(super) fn new(texts: &[Rows<'t>; 3]) -> Self {
        let mut links = Self {
            list: Vec::new(),
            names: BTreeMap::new(),
            of_row: Default::default(),
            together: Vec::new(),
            own: Vec::new(),
        };
        for side in [BASE, OURS, THEIRS] {
            for row in &texts[side].rows {
                let mut here = Vec::new();
                if let Subject::Chain(hops) = &row.subject {
                    for hop in hops {
                        let at = links.place(side, hop.from, hop.to);
                        links.list[at as usize].says[side] = Some(hop.arrow.clone());
                        here.push(at);
                    }
                }
                links.of_row[side].push(here);
            }
        }
        links
    }

    fn place(&mut self, side: usize, from: &'t str, to: &'t str) -> u32 {
        let first = self.entry(from, to, 0);
        let times = &mut self.list[first as usize].times[side];
        *times += 1;
        match *times {
            1 => first,
            time => {
                let at = self.entry(from, to, time);
                self.list[at as usize].first = first;
                self.together.push((first, at));
                at
            }
        }
    }

    fn entry(&mut self, from: &'t str, to: &'t str, number: u32) -> u32 {
        let next = self.list.len() as u32;
        let at = *self.names.entry((from, to, number)).or_insert(next);
        if at == next {
            self.list.push(Link {
                from,
                to,
                number,
                first: at,
                says: [None, None, None],
                times: [0; 3],
                merged: None,
            });
        }
        at
    }

    /// The elements that a side connected, or gave a connection another intent.
    pub(super) fn touched(&self, side: usize) -> BTreeSet<&'t str> {
        self.list
            .iter()
            .filter(|link| link.says[side].is_some() && link.says[side] != link.says[BASE])
            .flat_map(|link| [link.from, link.to])
            .collect()
    }

    /// The connections of some elements in one of the texts, a line each, in its order.
    pub(super) fn texts_of(
        &self,
        side: usize,
        wanted: &BTreeSet<&str>,
    ) -> BTreeMap<&'t str, Vec<String>> {
        let mut found: BTreeMap<&'t str, Vec<String>> = BTreeMap::new();
        if wanted.is_empty() {
            return found;
        }
        for &at in self.of_row[side].iter().flatten() {
            let link = &self.list[at as usize];
            for id in [link.from, link.to] {
                if wanted.contains(id)
                    && let Some(text) = link.text(side)
                {
                    found.entry(id).or_default().push(text);
                }
            }
        }
        found
    }

    /// Decides about every connection.
    pub(super) fn decide(
        &mut self,
        fates: &BTreeMap<&'t str, Fate>,
        declared: &[BTreeSet<&'t str>; 3],
        heals: &[BTreeMap<&'t str, Vec<u32>>; 3],
        decisions: &mut Decisions<'_>,
    ) {
        let order: Vec<u32> = self.names.values().copied().collect();
        for &at in &order {
            let at = at as usize;
            let merged = self.plain(at, fates);
            self.list[at].merged = merged;
        }
        let added = [OURS, THEIRS].map(|side| self.added_from(side));
        for &at in &order {
            let link = &self.list[at as usize];
            let [base, ours, theirs] = &link.says;
            if base.is_none() && (ours.is_none() || theirs.is_none())
                || fates.contains_key(link.from)
                || fates.contains_key(link.to)
            {
                continue;
            }
            let deeds = [OURS, THEIRS].map(|side| self.deed(at, side, &added[side - 1], declared));
            self.settle(at, deeds, decisions);
        }
        for side in [OURS, THEIRS] {
            self.unheal(side, &heals[side], fates, declared);
        }
        for &at in &order {
            let link = &self.list[at as usize];
            let [base, ours, theirs] = &link.says;
            if ours == base && theirs != base && link.merged == *theirs {
                decisions.came(&link.name(), base.is_some(), theirs.is_some());
            }
        }
    }

    /// What a connection says where nobody quarrels about it.
    fn plain(&self, at: usize, fates: &BTreeMap<&'t str, Fate>) -> Option<Arrow> {
        let link = &self.list[at];
        let mut chosen: Option<Option<Arrow>> = None;
        for id in [link.from, link.to] {
            if let Some(fate) = fates.get(id) {
                let says = match fate {
                    Fate::Side(side) => link.says[*side].clone(),
                    Fate::Gone => None,
                };
                chosen = Some(match chosen {
                    Some(None) => None,
                    _ => says,
                });
            }
        }
        if let Some(says) = chosen {
            return says;
        }
        let [base, ours, theirs] = &link.says;
        let side = Decisions::simple([base, ours, theirs]).unwrap_or(OURS);
        link.says[side].clone()
    }

    /// For each element, the connections away from it that a side added.
    fn added_from(&self, side: usize) -> BTreeMap<&'t str, Vec<u32>> {
        let mut map: BTreeMap<&'t str, Vec<u32>> = BTreeMap::new();
        for (at, link) in self.list.iter().enumerate() {
            if link.says[side].is_some() && link.says[BASE].is_none() {
                map.entry(link.from).or_default().push(at as u32);
            }
        }
        map
    }

    fn deed(
        &self,
        at: u32,
        side: usize,
        added: &BTreeMap<&'t str, Vec<u32>>,
        declared: &[BTreeSet<&'t str>; 3],
    ) -> Deed {
        let link = &self.list[at as usize];
        if link.says[side] == link.says[BASE] {
            return Deed::Nothing;
        }
        if link.says[side].is_some() {
            return Deed::Arrow;
        }
        let new = |id: &str| declared[side].contains(id) && !declared[BASE].contains(id);
        let ways = added.get(link.from).map_or(&[][..], Vec::as_slice);
        for &way in ways.iter().take(WAYS_MAX) {
            let mut path = vec![way];
            let mut here = self.list[way as usize].to;
            while path.len() <= PATH_MAX && here != link.to && new(here) {
                match added.get(here).map(Vec::as_slice) {
                    Some([next]) => {
                        path.push(*next);
                        here = self.list[*next as usize].to;
                    }
                    _ => break,
                }
            }
            if here == link.to && path.len() > 1 {
                return Deed::Path(path);
            }
        }
        Deed::Removed
    }

    /// Two sides did different things to one connection: a conflict.
    fn settle(&mut self, at: u32, deeds: [Deed; 2], decisions: &mut Decisions<'_>) {
        let link = &self.list[at as usize];
        let quarrel = match &deeds {
            [Deed::Nothing, _] | [_, Deed::Nothing] | [Deed::Removed, Deed::Removed] => false,
            [Deed::Arrow, Deed::Arrow] => link.says[OURS] != link.says[THEIRS],
            [Deed::Path(ours), Deed::Path(theirs)] => {
                self.path_text(OURS, ours) != self.path_text(THEIRS, theirs)
            }
            _ => true,
        };
        if !quarrel {
            return;
        }
        let says = |side: usize| match &deeds[side - 1] {
            Deed::Path(path) => self.path_text(side, path),
            _ => link.text(side),
        };
        let (name, number, ends) = (link.name(), link.number, [link.from, link.to]);
        let says = [link.text(BASE), says(OURS), says(THEIRS)];
        let [ours, theirs] = &deeds;
        // A path in front of or behind the other one, or the intent on the first part of the path.
        let mut ways: Vec<(&'static str, Vec<(u32, Arrow)>)> = Vec::new();
        match (ours, theirs) {
            (Deed::Path(ours), Deed::Path(theirs)) => {
                let both = [(OURS, ours.clone()), (THEIRS, theirs.clone())];
                let names = ["ours_then_theirs", "theirs_then_ours"];
                for (name, [first, second]) in names
                    .into_iter()
                    .zip([both.clone(), [both[1].clone(), both[0].clone()]])
                {
                    ways.extend(self.in_a_row(first, second).map(|way| (name, way)));
                }
            }
            (Deed::Path(path), Deed::Arrow) => ways.push((
                "both",
                self.with_arrow(OURS, path, link.says[THEIRS].clone()),
            )),
            (Deed::Arrow, Deed::Path(path)) => ways.push((
                "both",
                self.with_arrow(THEIRS, path, link.says[OURS].clone()),
            )),
            _ => {}
        }
        let more = ways
            .iter()
            .map(|(name, way)| (*name, self.way_text(way)))
            .collect();
        let [from, to] = ends.map(|id| decisions.known_as(id));
        let known_as = format!("{from}->{to}");
        let id = match number {
            0 => format!("connection/{known_as}"),
            number => format!("connection/{known_as}/{number}"),
        };
        let pick = decisions.clash(Clash {
            id,
            kind: MergeConflictKind::Connection,
            element: &name,
            message: format!("Both changed the connection `{name}`, each differently"),
            says,
            more,
        });
        for (index, deed) in deeds.iter().enumerate() {
            if let Deed::Path(path) = deed {
                let side = index + 1;
                for &part in path {
                    self.together.push((at, part));
                    self.list[part as usize].merged = match pick {
                        Pick::Side(chosen) if chosen == side => {
                            self.list[part as usize].says[side].clone()
                        }
                        _ => None,
                    };
                }
            }
        }
        self.list[at as usize].merged = None;
        match pick {
            Pick::Side(side) => {
                self.list[at as usize].merged = self.list[at as usize].says[side].clone();
            }
            Pick::More(number) => {
                for (part, arrow) in ways.swap_remove(number).1 {
                    self.together.push((at, part));
                    self.list[part as usize].merged = Some(arrow);
                }
            }
            Pick::Text(text) => self.own.push((at, text)),
        }
    }

    fn path_text(&self, side: usize, path: &[u32]) -> Option<String> {
        let parts: Vec<(u32, Arrow)> = path
            .iter()
            .filter_map(|&part| Some((part, self.list[part as usize].says[side].clone()?)))
            .collect();
        Some(self.way_text(&parts))
    }

    fn way_text(&self, way: &[(u32, Arrow)]) -> String {
        let mut text = String::new();
        for (part, arrow) in way {
            let link = &self.list[*part as usize];
            if text.is_empty() {
                text.push_str(link.from);
            }
            text.push_str(arrow);
            text.push_str(link.to);
        }
        text
    }

    fn with_arrow(&self, side: usize, path: &[u32], arrow: Option<Arrow>) -> Vec<(u32, Arrow)> {
        let mut arrow = arrow;
        path.iter()
            .filter_map(|&part| {
                let own = self.list[part as usize].says[side].clone();
                Some((part, arrow.take().or(own)?))
            })
            .collect()
    }

    /// The stages of one path, then those of another. Nothing where they share a stage.
    fn in_a_row(
        &mut self,
        (first_side, first): (usize, Vec<u32>),
        (second_side, second): (usize, Vec<u32>),
    ) -> Option<Vec<(u32, Arrow)>> {
        let (last, start) = (first.last()?, second.first()?);
        let stages: BTreeSet<&str> = first
            .iter()
            .map(|&part| self.list[part as usize].to)
            .collect();
        let (from, to) = (
            self.list[*last as usize].from,
            self.list[*start as usize].to,
        );
        let inner = &second[..second.len() - 1];
        if inner
            .iter()
            .any(|&part| stages.contains(self.list[part as usize].to))
        {
            return None;
        }
        // Intents stand in front of their stage.
        let arrow = self.list[*start as usize].says[second_side].clone()?;
        let between = self.entry(from, to, 0);
        let mut way = self.with_arrow(first_side, &first[..first.len() - 1], None);
        way.push((between, arrow));
        way.extend(self.with_arrow(second_side, &second[1..], None));
        Some(way)
    }

    /// For each element that a side removed, the connections that it put in its place: from what
    /// stood before it to what stood after it.
    pub(super) fn heals(
        &self,
        side: usize,
        removed: &BTreeSet<&'t str>,
    ) -> BTreeMap<&'t str, Vec<u32>> {
        let mut heals: BTreeMap<&'t str, Vec<u32>> = BTreeMap::new();
        if removed.is_empty() {
            return heals;
        }
        let removed = |id: &str| removed.contains(id);
        let mut away: BTreeMap<&'t str, Vec<&'t str>> = BTreeMap::new();
        for link in &self.list {
            if link.says[BASE].is_some() && (removed(link.to) || removed(link.from)) {
                away.entry(link.from).or_default().push(link.to);
            }
        }
        for &at in self.of_row[side].iter().flatten() {
            let link = &self.list[at as usize];
            if link.says[BASE].is_some() {
                continue;
            }
            // Removed elements that can be reached from its start, and of those the ones from
            // which its end can be reached.
            let mut reached: Vec<(&'t str, usize)> = Vec::new();
            let mut work: Vec<(&'t str, usize)> = vec![(link.from, usize::MAX)];
            let mut through: BTreeSet<&'t str> = BTreeSet::new();
            while let Some((here, place)) = work.pop() {
                for &next in away.get(here).map_or(&[][..], Vec::as_slice) {
                    if next == link.to {
                        let mut back = place;
                        while let Some((id, before)) = reached.get(back) {
                            through.insert(id);
                            back = *before;
                        }
                    } else if removed(next)
                        && reached.len() < PATH_MAX
                        && reached.iter().all(|(known, _)| *known != next)
                    {
                        work.push((next, reached.len()));
                        reached.push((next, place));
                    }
                }
            }
            for id in through.iter() {
                heals.entry(*id).or_default().push(at);
            }
        }
        heals
    }

    /// Where a removed element stays after all, what was to heal the gap would lead around it.
    fn unheal(
        &mut self,
        side: usize,
        heals: &BTreeMap<&'t str, Vec<u32>>,
        fates: &BTreeMap<&'t str, Fate>,
        declared: &[BTreeSet<&'t str>; 3],
    ) {
        let other = OURS + THEIRS - side;
        for (id, list) in heals.iter() {
            let stays = matches!(
                fates.get(id),
                Some(Fate::Side(chosen)) if declared[*chosen].contains(id)
            );
            for &at in list.iter().filter(|_| stays) {
                let link = &mut self.list[at as usize];
                if link.says[other].is_none() {
                    link.merged = None;
                }
            }
        }
    }
}
