//! The words of the grammar, and near misses.

use byteor_pipeline_catalogue::StageClass;
use byteor_pipeline_spec::ExecutionTarget;

/// The words of the grammar. They are reserved and can't be ids.
pub const RESERVED: [&str; 11] = [
    "pipeline",
    "description",
    "ingress",
    "egress",
    "stage",
    "single_ring",
    "lane_graph",
    "events",
    "journal",
    "sequenced_slots",
    "fanout_broadcast",
];

/// The words that start a statement.
pub(crate) const STATEMENTS: [&str; 7] = [
    "pipeline",
    "description",
    "ingress",
    "egress",
    "stage",
    "single_ring",
    "lane_graph",
];

/// The settings of a target's block, by name. The language service tells of the same ones.
pub fn setting_names(target: ExecutionTarget) -> &'static [&'static str] {
    match target {
        ExecutionTarget::SingleRing => {
            &["ordering", "shards", "shard_key", "producer", "scheduling"]
        }
        ExecutionTarget::LaneGraph => &["on_full", "ingress", "egress", "merge"],
    }
}

/// Whether a target runs stages of a class. Each record of a ring has one slot, so what gives several
/// records for one has no place there.
pub fn target_runs(target: ExecutionTarget, class: StageClass) -> bool {
    target == ExecutionTarget::LaneGraph || class != StageClass::Many
}

/// Whether `word` is a word of the grammar.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// The candidate nearest to `word`, if one is near.
pub(crate) fn nearest<'c>(
    word: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    let rows = Rows::new(word.as_bytes());
    candidates
        .filter_map(|near| {
            let most = 1 + near.len().min(word.len()) / 4;
            // Lengths alone may already tell.
            if near.len().abs_diff(word.len()) > most {
                return None;
            }
            let distance = rows.distance(near.as_bytes());
            (distance <= most).then_some((distance, near))
        })
        .min()
        .map(|(_, near)| near)
}

/// The longest part of a word that is compared.
const COMPARED: usize = 64;

/// A word that many others are compared with: for each byte the places where the word has it, as
/// bits.
struct Rows {
    places: [u64; 256],
    length: usize,
}

impl Rows {
    fn new(word: &[u8]) -> Self {
        let word = &word[..word.len().min(COMPARED)];
        let mut places = [0; 256];
        for (at, &byte) in word.iter().enumerate() {
            places[usize::from(byte)] |= 1 << at;
        }
        Self {
            places,
            length: word.len(),
        }
    }

    /// Edit distance to another word, where a swap of neighbours costs two; long words are cut.
    ///
    /// Myers' bit-parallel algorithm: two sets of bits say where a column of the table of distances
    /// goes up, and where down, so that a whole column takes a handful of steps.
    fn distance(&self, other: &[u8]) -> usize {
        let other = &other[..other.len().min(COMPARED)];
        let Some(last) = self.length.checked_sub(1) else {
            return other.len();
        };
        let (mut up, mut down) = (u64::MAX, 0u64);
        let mut distance = self.length;
        for &byte in other {
            let same = self.places[usize::from(byte)];
            let steady = same | down;
            let level = ((same & up).wrapping_add(up) ^ up) | same;
            let right_up = down | !(level | up);
            let right_down = up & level;
            distance += (right_up >> last & 1) as usize;
            distance -= (right_down >> last & 1) as usize;
            let right_up = right_up << 1 | 1;
            up = right_down << 1 | !(steady | right_up);
            down = right_up & steady;
        }
        distance
    }
}

/// `base`, or `base_2`, `base_3` and so on: the first that `taken` and the grammar leave free.
pub fn free_id(base: &str, taken: impl Fn(&str) -> bool) -> String {
    let free = |id: &str| !taken(id) && !is_reserved(id);
    if free(base) {
        return base.to_owned();
    }
    // `mask_2` counts on to `mask_3`.
    let stem = match base.rsplit_once('_') {
        Some((stem, number)) if !stem.is_empty() && number.parse::<u32>().is_ok() => stem,
        _ => base,
    };
    let room = byteor_pipeline_spec::ID_MAX - 11;
    let stem = &stem[..stem.len().min(room)];
    (2u64..)
        .map(|number| format!("{stem}_{number}"))
        .find(|id| free(id))
        .unwrap_or_default()
}

/// An id made of any text.
pub(crate) fn id_from(text: &str) -> String {
    let mut id = String::new();
    for c in text.chars().take(byteor_pipeline_spec::ID_MAX - 11) {
        match c {
            'a'..='z' | '0'..='9' | '_' => id.push(c),
            'A'..='Z' => id.push(c.to_ascii_lowercase()),
            _ => id.push('_'),
        }
    }
    if !id.starts_with(|c: char| c.is_ascii_lowercase()) {
        id = format!("s_{}", id.trim_start_matches('_'));
    }
    while id.ends_with('_') && id.len() > 1 {
        id.pop();
    }
    id
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Rows;

    /// The table, row by row.
    fn distance(a: &[u8], b: &[u8]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut corner = row[0];
            row[0] = i + 1;
            for (j, y) in b.iter().enumerate() {
                let replaced = corner + usize::from(x != y);
                corner = row[j + 1];
                row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn the_distance_of_two_words_is_that_of_the_table(a in "[a-c_]{0,64}", b in "[a-c_]{0,64}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            prop_assert_eq!(Rows::new(a).distance(b), distance(a, b));
        }
    }

    #[test]
    fn of_a_long_word_the_start_is_compared() {
        let (long, other) = ([b'a'; 80], [b'a'; 70]);
        assert_eq!(Rows::new(&long).distance(&other), 0);
        assert_eq!(Rows::new(b"").distance(b"abc"), 3);
        assert_eq!(Rows::new(b"abc").distance(b""), 3);
    }
}
