//! Which elements have another id: a removed and an added one with the same key and the same
//! neighbours, up to renames.
//!
//! The renames of a diff are pairs that agree with each other: a pair stands only if all neighbours
//! of the one are, by id or by another pair that stands, the neighbours of the other. Candidates
//! are found by a hash of key and surroundings, so that the work grows with the links, not with the
//! number of possible pairs; what was found is then checked exactly.

use super::view::{Link, NONE, Names, Side};

/// How far the hash looks. Elements that differ only further away are told apart by going from one
/// pair to the next.
const ROUNDS: usize = 4;

fn mix(value: u64) -> u64 {
    // The finalizer of SplitMix64: each bit of the input reaches each bit of the output.
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn hash(text: &str) -> u64 {
    // FNV-1a.
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The numbers of the ids after, by those before; [`NONE`] where nothing was renamed.
pub(super) struct Renames {
    after: Vec<u32>,
}

impl Renames {
    /// The number of an id after, for one before.
    pub(super) fn after(&self, before: u32) -> u32 {
        match self.after.get(before as usize) {
            Some(&after) if after != NONE => after,
            _ => before,
        }
    }

    /// Every pair, by id before.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        self.after
            .iter()
            .enumerate()
            .filter(|(_, after)| **after != NONE)
            .map(|(before, after)| (before as u32, *after))
    }
}

/// The hash of an element's key and surroundings, and its number.
type Coloured = (u64, u32);

/// The candidates of one side.
struct Candidates<'c, 'v, 's> {
    side: &'c Side<'v, 's>,
    /// Ids that only this side uses.
    open: Vec<bool>,
    colours: Vec<u64>,
    /// The id of the other side.
    partner: Vec<u32>,
}

impl<'c, 'v, 's> Candidates<'c, 'v, 's> {
    fn new(side: &'c Side<'v, 's>, other: &Side<'_, '_>, names: &Names<'_>) -> Self {
        let count = names.len();
        let mut open = vec![false; count];
        let mut colours = Vec::with_capacity(count);
        for name in 0..count as u32 {
            let colour = match side.element(name) {
                Some(element) if !other.mentions(name) => {
                    open[name as usize] = true;
                    mix(hash(&element.key) ^ ((element.subject as u64) << 56))
                }
                // By the id, not by its number: what else the views have makes no difference.
                _ => mix(hash(names.id(name)) | 1 << 63),
            };
            colours.push(colour);
        }
        let mut this = Self {
            side,
            open,
            colours,
            partner: vec![NONE; count],
        };
        for _ in 0..ROUNDS {
            this.refine();
        }
        this
    }

    fn refine(&mut self) {
        let mut next = self.colours.clone();
        for (at, colour) in next.iter_mut().enumerate() {
            if self.open[at] {
                let name = at as u32;
                let mut sum = *colour;
                // Sums, because neighbours have no order.
                for link in self.side.inputs(name) {
                    sum = sum.wrapping_add(mix(self.colours[link.from as usize] ^ 1));
                }
                for link in self.side.outputs(name) {
                    sum = sum.wrapping_add(mix(self.colours[link.to as usize] ^ 2));
                }
                *colour = mix(sum);
            }
        }
        self.colours = next;
    }

    fn free(&self, name: u32) -> bool {
        self.open[name as usize] && self.partner[name as usize] == NONE
    }

    /// Those of a list that have no partner yet, as `(colour, id)` in order.
    fn sorted(&self, names: &mut dyn Iterator<Item = u32>) -> Vec<Coloured> {
        let mut list: Vec<Coloured> = Vec::new();
        for name in names {
            if self.free(name) {
                list.push((self.colours[name as usize], name));
            }
        }
        list.sort();
        list
    }
}

/// The part of a sorted list that has the colour of its entry `at`.
fn same_colour(list: &[Coloured], at: usize) -> &[Coloured] {
    let rest = &list[at..];
    let end = rest.iter().take_while(|entry| entry.0 == rest[0].0).count();
    &rest[..end]
}

/// Calls `each` with the entries of each colour that both lists have.
fn common(before: &[Coloured], after: &[Coloured], each: &mut dyn FnMut(&[Coloured], &[Coloured])) {
    let (mut a, mut b) = (0, 0);
    while a < before.len() && b < after.len() {
        let (left, right) = (same_colour(before, a), same_colour(after, b));
        if left[0].0 == right[0].0 {
            each(left, right);
        }
        if left[0].0 <= right[0].0 {
            a += left.len();
        }
        if right[0].0 <= left[0].0 {
            b += right.len();
        }
    }
}

/// Finds the renames between two sides.
pub(super) fn renames(before: &Side<'_, '_>, after: &Side<'_, '_>, names: &Names<'_>) -> Renames {
    let count = names.len();
    let mut old = Candidates::new(before, after, names);
    let mut new = Candidates::new(after, before, names);
    if !old.open.contains(&true) || !new.open.contains(&true) {
        return Renames {
            after: vec![NONE; count],
        };
    }
    let lists = [&old, &new].map(|side| side.sorted(&mut (0..count as u32)));
    // Pairs whose neighbours are still to be looked at. First what stayed, and what is unique.
    let mut queue: Vec<(u32, u32)> = Vec::new();
    for name in 0..count as u32 {
        if before.mentions(name) && after.mentions(name) {
            queue.push((name, name));
        }
    }
    common(&lists[0], &lists[1], &mut |left, right| {
        if left.len() == 1 && right.len() == 1 {
            pair(&mut old, &mut new, left[0].1, right[0].1, &mut queue);
        }
    });
    spread(&mut old, &mut new, &mut queue);
    // What is left has twins: the first of each colour, and from there on again.
    let mut twins: Vec<(u32, u32)> = Vec::new();
    common(&lists[0], &lists[1], &mut |left, right| {
        let (mut a, mut b) = (left.iter(), right.iter());
        loop {
            let one = a.by_ref().map(|entry| entry.1).find(|name| old.free(*name));
            let other = b.by_ref().map(|entry| entry.1).find(|name| new.free(*name));
            let (Some(one), Some(other)) = (one, other) else {
                break;
            };
            pair(&mut old, &mut new, one, other, &mut twins);
            spread(&mut old, &mut new, &mut twins);
        }
    });
    drop_wrong(&mut old, &mut new);
    Renames { after: old.partner }
}

fn pair(
    old: &mut Candidates<'_, '_, '_>,
    new: &mut Candidates<'_, '_, '_>,
    before: u32,
    after: u32,
    queue: &mut Vec<(u32, u32)>,
) {
    old.partner[before as usize] = after;
    new.partner[after as usize] = before;
    queue.push((before, after));
}

/// From each pair, pairs the neighbours that are the only ones with their colour.
fn spread(
    old: &mut Candidates<'_, '_, '_>,
    new: &mut Candidates<'_, '_, '_>,
    queue: &mut Vec<(u32, u32)>,
) {
    while let Some((before, after)) = queue.pop() {
        for inputs in [true, false] {
            let near = |side: &Candidates<'_, '_, '_>, name: u32| {
                if inputs {
                    side.sorted(&mut side.side.inputs(name).iter().map(|link| link.from))
                } else {
                    side.sorted(&mut side.side.outputs(name).iter().map(|link| link.to))
                }
            };
            let left = near(old, before);
            if left.is_empty() {
                continue;
            }
            let right = near(new, after);
            common(&left, &right, &mut |left, right| {
                if left.len() == 1 && right.len() == 1 {
                    pair(old, new, left[0].1, right[0].1, queue);
                }
            });
        }
    }
}

/// Takes away the pairs that aren't what they should be, and those that lean on them.
fn drop_wrong(old: &mut Candidates<'_, '_, '_>, new: &mut Candidates<'_, '_, '_>) {
    let mut wrong: Vec<u32> = Vec::new();
    for before in 0..old.partner.len() as u32 {
        let after = old.partner[before as usize];
        if after != NONE && !same(old, new, before, after) {
            wrong.push(before);
        }
    }
    while let Some(before) = wrong.pop() {
        let after = std::mem::replace(&mut old.partner[before as usize], NONE);
        if after == NONE {
            continue;
        }
        new.partner[after as usize] = NONE;
        let side = old.side;
        wrong.extend(side.inputs(before).iter().map(|link| link.from));
        wrong.extend(side.outputs(before).iter().map(|link| link.to));
    }
}

fn same(
    old: &Candidates<'_, '_, '_>,
    new: &Candidates<'_, '_, '_>,
    before: u32,
    after: u32,
) -> bool {
    let (Some(one), Some(other)) = (old.side.element(before), new.side.element(after)) else {
        return false;
    };
    let mapped = |links: &[Link], end: &dyn Fn(&Link) -> u32| {
        let mut names: Vec<u32> = Vec::with_capacity(links.len());
        for link in links {
            let name = end(link);
            names.push(match old.partner[name as usize] {
                NONE => name,
                partner => partner,
            });
        }
        names.sort();
        names
    };
    let from = |link: &Link| link.from;
    let to = |link: &Link| link.to;
    one.subject == other.subject
        && one.key == other.key
        && mapped(old.side.inputs(before), &from)
            .iter()
            .copied()
            .eq(new.side.inputs(after).iter().map(from))
        && mapped(old.side.outputs(before), &to).iter().copied().eq(new
            .side
            .outputs(after)
            .iter()
            .map(to))
}
