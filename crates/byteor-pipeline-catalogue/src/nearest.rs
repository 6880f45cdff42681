//! Near misses: the word that somebody may have meant.

/// The candidate nearest to `word`, if one is near.
pub fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Rows, nearest};

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

    #[test]
    fn a_word_is_near_by_the_shorter_of_the_two() {
        let words = ["keep", "drop", "replace", "dedupe"];
        assert_eq!(nearest("kep", words.into_iter()), Some("keep"));
        assert_eq!(nearest("dedup", words.into_iter()), Some("dedupe"));
        assert_eq!(nearest("repace", words.into_iter()), Some("replace"));
        // Three letters may differ in one from another word, and no more.
        assert_eq!(nearest("kip", words.into_iter()), None);
        assert_eq!(nearest("", words.into_iter()), None);
    }
}
