//! Sorting and ordered collections that stay small in WebAssembly.
//!
//! The standard sort is compiled once for each type that it sorts, and collecting into an ordered
//! map sorts too; over the compiler that was a sixth of the package. Here one sort, of indices,
//! serves all types, and maps are filled entry by entry.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// Sorts a list, stably. Most lists of a compile are in order already; they cost one pass.
pub fn sort_list<T>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    if let Some(order) = sorted_indices(list.len(), &|a, b| compare(&list[a], &list[b])) {
        arrange(order, &mut |a, b| list.swap(a, b));
    }
}

/// Sorts a list by texts, stably. See [`text_order`].
pub fn sort_by_text<T>(list: &mut [T], text: impl Fn(&T) -> &str) {
    let mut texts = Vec::with_capacity(list.len());
    for entry in list.iter() {
        texts.push(text(entry));
    }
    if let Some(order) = text_order(&texts) {
        arrange(order, &mut |a, b| list.swap(a, b));
    }
}

/// The numbers of texts in the order of the texts; `None` where it is theirs already.
///
/// The first sixteen bytes of each are one number: most texts differ in them, and numbers are
/// compared at once.
pub fn text_order(texts: &[&str]) -> Option<Vec<usize>> {
    let mut starts = Vec::with_capacity(texts.len());
    for text in texts {
        // A shorter text comes before its continuations.
        let mut start = [0; 16];
        let length = text.len().min(16);
        start[..length].copy_from_slice(&text.as_bytes()[..length]);
        starts.push(u128::from_be_bytes(start));
    }
    sorted_indices(texts.len(), &|a, b| {
        starts[a]
            .cmp(&starts[b])
            .then_with(|| texts[a].cmp(texts[b]))
    })
}

/// The numbers of entries in the order that `compare` gives; `None` where it is theirs already.
fn sorted_indices(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Option<Vec<usize>> {
    if (1..count).all(|at| compare(at - 1, at) != Ordering::Greater) {
        return None;
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| compare(a, b));
    Some(order)
}

/// Brings each entry to its place: the one that `order` has there. Goes once round each cycle.
fn arrange(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut order[at], at);
            if from == start {
                break;
            }
            swap(at, from);
            at = from;
        }
    }
}

/// The hash of a key: a multiplication for each eight bytes. Nothing that is seen depends on it.
fn hash_of<Q: Hash + ?Sized>(key: &Q) -> u32 {
    let mut hasher = Multiplying(0);
    key.hash(&mut hasher);
    (hasher.0 >> 32) as u32
}

struct Multiplying(u64);

impl Multiplying {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Multiplying {
    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((word, tail)) = rest.split_first_chunk::<8>() {
            self.add(u64::from_le_bytes(*word));
            rest = tail;
        }
        if !rest.is_empty() {
            let mut word = rest.len() as u64;
            for &byte in rest {
                word = word << 8 | u64::from(byte);
            }
            self.add(word);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(u64::from(byte));
    }

    fn write_u32(&mut self, number: u32) {
        self.add(u64::from(number));
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Where the entries of a map are found: by their hashes in an open table; from the first sign of
/// keys that were made to collide, in a tree. It is compiled once for all maps, where a standard map
/// is compiled for each pair of types, which was a fifth of the package.
#[derive(Clone, Debug, Default)]
struct Index {
    /// The hash of each entry.
    hashes: Vec<u32>,
    /// Entry `n` is number `n + 1`, 0 is nothing. At most half full, a power of two long, and empty
    /// while the entries are few enough to look at each.
    slots: Vec<u32>,
    tree: Option<Tree>,
}

/// How many entries a map finds by looking at each.
const FEW: usize = 8;
/// How many slots that are taken in a row are no accident.
const RUN_MAX: usize = 256;

impl Index {
    /// The entry of that hash that `compare` calls equal; it says how the wanted key stands to an
    /// entry's.
    fn find(&self, hash: u32, compare: &dyn Fn(usize) -> Ordering) -> Option<usize> {
        if let Some(tree) = &self.tree {
            return tree.find(compare);
        }
        let same = |at: usize| compare(at) == Ordering::Equal;
        if self.slots.is_empty() {
            let mut hashes = self.hashes.iter().enumerate();
            return hashes
                .find(|&(at, &other)| other == hash && same(at))
                .map(|(at, _)| at);
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let entry = (self.slots[slot] as usize).checked_sub(1)?;
            if self.hashes[entry] == hash && same(entry) {
                return Some(entry);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Adds the next entry, which no other is equal to; `compare` says how entries stand.
    fn add(&mut self, hash: u32, compare: &dyn Fn(usize, usize) -> Ordering) {
        let new = self.hashes.len();
        self.hashes.push(hash);
        if let Some(tree) = &mut self.tree {
            tree.add(&|at| compare(new, at));
        } else if !self.place_last() {
            let mut tree = Tree::default();
            for entry in 0..=new {
                tree.add(&|at| compare(entry, at));
            }
            self.tree = Some(tree);
        }
    }

    /// Finds a slot for the last entry; `false` when its hash collides with too many others.
    fn place_last(&mut self) -> bool {
        let count = self.hashes.len();
        if count <= FEW {
            return true;
        }
        if self.slots.len() < 2 * count {
            self.slots = vec![0; 4 * count.next_power_of_two()];
            (0..count).all(|entry| self.place(entry))
        } else {
            self.place(count - 1)
        }
    }

    fn place(&mut self, entry: usize) -> bool {
        let mask = self.slots.len() - 1;
        let mut slot = self.hashes[entry] as usize & mask;
        for _ in 0..RUN_MAX {
            if self.slots[slot] == 0 {
                self.slots[slot] = entry as u32 + 1;
                return true;
            }
            slot = (slot + 1) & mask;
        }
        false
    }
}

/// A balanced tree (Andersson's) of entry numbers, apart from the entries.
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
}

/// A map in the order of its keys, that only grows. Small code, whatever its types. A key is found
/// in constant time, by its hash; going through the map sorts it first.
#[derive(Clone, Debug)]
pub struct OrderedMap<K, V> {
    index: Index,
    entries: Vec<(K, V)>,
}

impl<K, V> Default for OrderedMap<K, V> {
    fn default() -> Self {
        Self {
            index: Index::default(),
            entries: Vec::new(),
        }
    }
}

impl<K: Ord + Hash, V> OrderedMap<K, V> {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    fn place<Q: Ord + Hash + ?Sized>(&self, hash: u32, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        self.index
            .find(hash, &|at| key.cmp(self.entries[at].0.borrow()))
    }

    /// The value of a key.
    pub fn get<Q: Ord + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.place(hash_of(key), key).map(|at| &self.entries[at].1)
    }

    /// The value of a key, to change it.
    pub fn get_mut<Q: Ord + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.place(hash_of(key), key)
            .map(|at| &mut self.entries[at].1)
    }

    /// Whether there is a key.
    pub fn contains_key<Q: Ord + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(hash_of(key), key).is_some()
    }

    /// Sets the value of a key, and gives the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let hash = hash_of(&key);
        match self.place(hash, &key) {
            Some(at) => Some(std::mem::replace(&mut self.entries[at].1, value)),
            None => {
                self.add(hash, key, value);
                None
            }
        }
    }

    fn add(&mut self, hash: u32, key: K, value: V) -> usize {
        self.entries.push((key, value));
        let entries = &self.entries;
        self.index
            .add(hash, &|a, b| entries[a].0.cmp(&entries[b].0));
        self.entries.len() - 1
    }

    /// The value of a key; `value` becomes it where there is none.
    pub fn or_insert(&mut self, key: K, value: V) -> &mut V {
        self.or_insert_with(key, || value)
    }

    /// The value of a key; what `value` gives becomes it where there is none.
    pub fn or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        let hash = hash_of(&key);
        let at = match self.place(hash, &key) {
            Some(at) => at,
            None => self.add(hash, key, value()),
        };
        &mut self.entries[at].1
    }

    /// The value of a key; the default becomes it where there is none.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.or_insert_with(key, V::default)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let compare = |a: usize, b: usize| self.entries[a].0.cmp(&self.entries[b].0);
        let count = self.entries.len();
        sorted_indices(count, &compare)
            .unwrap_or_else(|| (0..count).collect())
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

/// A set in order that only grows; with the code of the maps, where a standard set would bring its own
/// tree for each type.
#[derive(Debug)]
pub struct OrderedSet<K>(OrderedMap<K, ()>);

impl<K> Default for OrderedSet<K> {
    fn default() -> Self {
        Self(OrderedMap::default())
    }
}

impl<K: Ord + Hash> OrderedSet<K> {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member; whether it wasn't there.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// Whether there is such a member.
    pub fn contains<Q: Ord + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Ord + Hash> Extend<K> for OrderedSet<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        for key in keys {
            self.insert(key);
        }
    }
}

type EntriesMut<'m, K, V> =
    std::iter::Map<std::slice::IterMut<'m, (K, V)>, fn(&mut (K, V)) -> (&K, &mut V)>;

/// Collecting into ordered maps and sets.
pub trait CollectOrdered: Iterator + Sized {
    /// Into a map; of several values for a key, the last one stays.
    fn collect_map<K: Ord + Hash, V>(self) -> OrderedMap<K, V>
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
    fn collect_set(self) -> OrderedSet<Self::Item>
    where
        Self::Item: Ord + Hash,
    {
        let mut set = OrderedSet::new();
        set.extend(self);
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
            assert!(map.index.tree.is_none());
        }
    }

    #[test]
    fn a_list_is_sorted_as_the_standard_sort_does_it() {
        for count in 0..200u32 {
            // Few different keys, so that equal ones show whether they keep their order.
            let mut list: Vec<(u32, u32)> = (0..count)
                .map(|n| (n.wrapping_mul(2_654_435_761) >> 28, n))
                .collect();
            let mut standard = list.clone();
            standard.sort_by_key(|entry| entry.0);
            sort_list(&mut list, |a, b| a.0.cmp(&b.0));
            assert_eq!(list, standard);
        }
    }

    #[test]
    fn texts_are_sorted_as_the_standard_sort_does_it() {
        let mut texts: Vec<String> = (0..400u32)
            .map(|n| {
                "a.b_\0é".repeat(6)[..(n % 37) as usize / 7 * 7].to_owned() + &(n % 11).to_string()
            })
            .collect();
        texts.extend(
            [
                "",
                "\0",
                "0123456789abcdef",
                "0123456789abcdef\0",
                "0123456789abcde",
            ]
            .map(str::to_owned),
        );
        let mut standard = texts.clone();
        standard.sort();
        sort_by_text(&mut texts, |text| text);
        assert_eq!(texts, standard);
        assert_eq!(text_order(&["", "a", "a", "b"]), None);
    }

    /// A key that collides with all others.
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Colliding(u32);

    impl Hash for Colliding {
        fn hash<H: Hasher>(&self, state: &mut H) {
            state.write_u8(0);
        }
    }

    #[test]
    fn keys_made_to_collide_stay_flat_too() {
        let mut map = OrderedMap::new();
        for n in 0..20_000u32 {
            assert_eq!(map.insert(Colliding(n ^ 0x1555), n), None);
        }
        for n in 0..20_000u32 {
            assert_eq!(map.get(&Colliding(n ^ 0x1555)), Some(&n));
            assert_eq!(map.get(&Colliding(n + 0x10_0000)), None);
        }
        assert!(map.keys().is_sorted());
        let tree = map.index.tree.expect("collisions make a tree");
        assert!(tree.node(tree.root).level <= 15);
    }

    #[test]
    fn texts_that_differ_in_little_have_hashes_of_their_own() {
        let mut map = OrderedMap::new();
        for n in 0..50_000u32 {
            for prefix in ["mask_", "a", "in.mask_stage_", ""] {
                map.insert(format!("{prefix}{n}"), n);
            }
        }
        assert!(map.index.tree.is_none());
    }
}
