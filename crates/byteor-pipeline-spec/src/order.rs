//! Sorting and ordered collections that stay small in WebAssembly.
//!
//! The standard sort is compiled once for each type that it sorts, and collecting into an ordered
//! map sorts too; over the compiler that was a sixth of the package. Here one sort, of indices,
//! serves all types, and maps are filled entry by entry.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Sorts a list, stably. Most lists of a compile are in order already; they cost one pass.
pub fn sort_list<T>(list: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    if list
        .windows(2)
        .all(|pair| compare(&pair[0], &pair[1]) != Ordering::Greater)
    {
        return;
    }
    let order = sorted_indices(list.len(), &|a, b| compare(&list[a], &list[b]));
    let mut old: Vec<Option<T>> = list.drain(..).map(Some).collect();
    list.extend(order.into_iter().filter_map(|at| old[at].take()));
}

fn sorted_indices(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| compare(a, b));
    order
}

/// The shape of an ordered map: a balanced tree (Andersson's) of entry numbers, apart from the
/// entries. It is compiled once for all maps, where the standard one is compiled for each pair of
/// types, which was a fifth of the package.
#[derive(Clone, Debug, Default)]
struct Tree {
    root: u32,
    /// Number 0 is no node; entry `n` has node `n + 1`.
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    left: u32,
    right: u32,
    level: u8,
}

impl Tree {
    /// The entry that `compare` calls equal; it says how the wanted key stands to an entry's.
    fn find(&self, compare: &dyn Fn(usize) -> Ordering) -> Option<usize> {
        let mut at = self.root;
        while at != 0 {
            let entry = at as usize - 1;
            at = match compare(entry) {
                Ordering::Equal => return Some(entry),
                Ordering::Less => self.nodes[at as usize].left,
                Ordering::Greater => self.nodes[at as usize].right,
            };
        }
        None
    }

    /// Adds the next entry, which no other is equal to.
    fn add(&mut self, compare: &dyn Fn(usize) -> Ordering) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let new = self.nodes.len() as u32;
        self.nodes.push(Node {
            left: 0,
            right: 0,
            level: 1,
        });
        self.root = self.under(self.root, new, compare);
    }

    fn under(&mut self, top: u32, new: u32, compare: &dyn Fn(usize) -> Ordering) -> u32 {
        if top == 0 {
            return new;
        }
        let at = top as usize;
        if compare(at - 1) == Ordering::Less {
            self.nodes[at].left = self.under(self.nodes[at].left, new, compare);
        } else {
            self.nodes[at].right = self.under(self.nodes[at].right, new, compare);
        }
        let top = self.skew(top);
        self.split(top)
    }

    fn node(&self, at: u32) -> Node {
        self.nodes[at as usize]
    }

    fn skew(&mut self, top: u32) -> u32 {
        let left = self.node(top).left;
        if left == 0 || self.node(left).level != self.node(top).level {
            return top;
        }
        self.nodes[top as usize].left = self.node(left).right;
        self.nodes[left as usize].right = top;
        left
    }

    fn split(&mut self, top: u32) -> u32 {
        let right = self.node(top).right;
        let far = self.node(right).right;
        if right == 0 || far == 0 || self.node(far).level != self.node(top).level {
            return top;
        }
        self.nodes[top as usize].right = self.node(right).left;
        self.nodes[right as usize].left = top;
        self.nodes[right as usize].level += 1;
        right
    }

    /// All entries in order.
    fn order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut open = Vec::new();
        let mut at = self.root;
        loop {
            while at != 0 {
                open.push(at);
                at = self.node(at).left;
            }
            let Some(top) = open.pop() else { return order };
            order.push(top as usize - 1);
            at = self.node(top).right;
        }
    }
}

/// A map in the order of its keys, that only grows. Small code, whatever its types; going through
/// it takes one pass over all of it even for the first entry.
#[derive(Clone, Debug)]
pub struct OrderedMap<K, V> {
    tree: Tree,
    entries: Vec<(K, V)>,
}

impl<K, V> Default for OrderedMap<K, V> {
    fn default() -> Self {
        Self {
            tree: Tree::default(),
            entries: Vec::new(),
        }
    }
}

impl<K: Ord, V> OrderedMap<K, V> {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        self.tree.find(&|at| key.cmp(self.entries[at].0.borrow()))
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.place(key).map(|at| &self.entries[at].1)
    }

    /// The value of a key, to change it.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.place(key).map(|at| &mut self.entries[at].1)
    }

    /// Whether there is a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_some()
    }

    /// Sets the value of a key, and gives the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Some(at) => Some(std::mem::replace(&mut self.entries[at].1, value)),
            None => {
                self.add(key, value);
                None
            }
        }
    }

    fn add(&mut self, key: K, value: V) -> usize {
        self.tree.add(&|at| key.cmp(&self.entries[at].0));
        self.entries.push((key, value));
        self.entries.len() - 1
    }

    /// The value of a key; `value` becomes it where there is none.
    pub fn or_insert(&mut self, key: K, value: V) -> &mut V {
        let at = match self.place(&key) {
            Some(at) => at,
            None => self.add(key, value),
        };
        &mut self.entries[at].1
    }

    /// The value of a key; the default becomes it where there is none.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = match self.place(&key) {
            Some(at) => at,
            None => self.add(key, V::default()),
        };
        &mut self.entries[at].1
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.tree
            .order()
            .into_iter()
            .map(|at| (&self.entries[at].0, &self.entries[at].1))
    }

    /// The entries in the order in which they came, with values to change.
    pub fn iter_mut(&mut self) -> EntriesMut<'_, K, V> {
        // A function pointer, so that the type has a name, and dropping it nothing to do.
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

type EntriesMut<'m, K, V> =
    std::iter::Map<std::slice::IterMut<'m, (K, V)>, fn(&mut (K, V)) -> (&K, &mut V)>;

/// Collecting into ordered maps and sets.
pub trait CollectOrdered: Iterator + Sized {
    /// Into a map; of several values for a key, the last one stays.
    fn collect_map<K: Ord, V>(self) -> OrderedMap<K, V>
    where
        Self: Iterator<Item = (K, V)>,
    {
        let mut map = OrderedMap::new();
        for (key, value) in self {
            map.insert(key, value);
        }
        map
    }

    /// Into a set.
    fn collect_set(self) -> BTreeSet<Self::Item>
    where
        Self::Item: Ord,
    {
        let mut set = BTreeSet::new();
        for item in self {
            set.insert(item);
        }
        set
    }
}

impl<I: Iterator> CollectOrdered for I {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn an_ordered_map_is_what_the_standard_one_is_and_stays_flat() {
        // Upwards, downwards, and all over the place.
        let orders: [fn(u32) -> u32; 3] =
            [|n| n, |n| 4000 - n, |n| n.wrapping_mul(2_654_435_761) % 997];
        for key in orders {
            let mut map = OrderedMap::new();
            let mut standard = BTreeMap::new();
            for n in 0..4000 {
                assert_eq!(map.insert(key(n), n), standard.insert(key(n), n));
            }
            assert!(map.iter().eq(standard.iter()));
            for n in 0..5000 {
                assert_eq!(map.get(&n), standard.get(&n));
            }
            assert_eq!(map.len(), standard.len());
            assert!(map.tree.node(map.tree.root).level <= 12);
        }
    }
}
