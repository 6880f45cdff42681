//! Sorting and ordered collections that stay small in WebAssembly.
//!
//! The standard sort is compiled once for each type that it sorts, and collecting into an ordered
//! map sorts too; over the compiler that was a sixth of the package. Here one sort, of indices,
//! serves all types, and maps are filled entry by entry.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

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

/// Collecting into ordered maps and sets.
pub trait CollectOrdered: Iterator + Sized {
    /// Into a map; of several values for a key, the last one stays.
    fn collect_map<K: Ord, V>(self) -> BTreeMap<K, V>
    where
        Self: Iterator<Item = (K, V)>,
    {
        let mut map = BTreeMap::new();
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
