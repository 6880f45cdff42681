//! How records stand in a piece that came or goes over the network.

use std::ops::Range;

use crate::framing::Framing;

/// One of the ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The whole piece is one record.
    Whole,
    /// Each line is one; a line feed at the very end begins no other.
    Lines,
    /// The whole piece is something that can't be a record, which is kept aside.
    Aside,
    /// Before each stands its length, four bytes, the greatest first.
    Prefixed,
}

impl Cut {
    /// How many records stand in `piece`; nothing where it is broken.
    pub fn count(self, piece: &[u8]) -> Option<u64> {
        match self {
            Self::Whole | Self::Aside => Some(1),
            Self::Lines => {
                let ends = memchr::memchr_iter(b'\n', piece).count() as u64;
                let open = piece.last().is_some_and(|last| *last != b'\n');
                Some(ends + u64::from(open))
            }
            Self::Prefixed => {
                let (mut at, mut count) = (0, 0);
                while at < piece.len() {
                    at = self.next(piece, at)?.1;
                    count += 1;
                }
                Some(count)
            }
        }
    }

    /// The longest record in `piece`.
    pub fn longest(self, piece: &[u8]) -> usize {
        let (mut at, mut longest) = (0, 0);
        while let Some((record, next)) = self.next(piece, at) {
            longest = longest.max(record.len());
            at = next;
        }
        longest
    }

    /// The record that begins at `at`, and where the next one does. Nothing at the end, and where it
    /// is broken.
    pub fn next(self, piece: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
        let rest = piece.get(at..)?;
        match self {
            // The end of a whole piece is behind it, so that an empty one is a record too.
            Self::Whole | Self::Aside => Some((0..piece.len(), piece.len() + 1)),
            Self::Lines if rest.is_empty() => None,
            Self::Lines => Some(match memchr::memchr(b'\n', rest) {
                Some(end) => (at..at + end, at + end + 1),
                None => (at..piece.len(), piece.len()),
            }),
            Self::Prefixed => {
                let (len, rest) = rest.split_first_chunk::<4>()?;
                let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
                let begin = at + 4;
                (len <= rest.len()).then(|| (begin..begin + len, begin + len))
            }
        }
    }

    /// Adds `record` to `piece`.
    pub fn add(self, record: &[u8], piece: &mut Vec<u8>) {
        match self {
            Self::Whole | Self::Aside => piece.extend_from_slice(record),
            Self::Lines => Framing::Lines.add(record, piece),
            Self::Prefixed => Framing::Prefixed.add(record, piece),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(cut: Cut, piece: &[u8]) -> Vec<Vec<u8>> {
        let (mut at, mut found) = (0, Vec::new());
        while let Some((record, next)) = cut.next(piece, at) {
            found.push(piece[record].to_vec());
            at = next;
        }
        found
    }

    #[test]
    fn broken_and_odd_pieces_are_counted_as_they_are_cut() {
        for (cut, piece, count) in [
            (Cut::Whole, &b""[..], Some(1)),
            (Cut::Lines, b"", Some(0)),
            (Cut::Lines, b"\n", Some(1)),
            (Cut::Lines, b"a\n\nb", Some(3)),
            (Cut::Prefixed, b"", Some(0)),
            (Cut::Prefixed, &[0, 0, 0, 0], Some(1)),
            (Cut::Prefixed, &[0, 0, 0, 1], None),
            (Cut::Prefixed, &[0, 0, 0], None),
            (Cut::Prefixed, &[255, 255, 255, 255, 1], None),
        ] {
            assert_eq!(cut.count(piece), count, "{cut:?} {piece:?}");
            if let Some(count) = count {
                assert_eq!(all(cut, piece).len() as u64, count, "{cut:?} {piece:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_joined_is_cut_the_same(records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..20)) {
            for cut in [Cut::Lines, Cut::Prefixed] {
                let fits = |record: &&Vec<u8>| cut == Cut::Prefixed || !record.contains(&b'\n');
                let records: Vec<_> = records.iter().filter(fits).cloned().collect();
                let mut piece = Vec::new();
                records.iter().for_each(|record| cut.add(record, &mut piece));
                prop_assert_eq!(cut.count(&piece), Some(records.len() as u64));
                prop_assert_eq!(cut.longest(&piece), records.iter().map(Vec::len).max().unwrap_or(0));
                prop_assert_eq!(all(cut, &piece), records);
            }
        }

        #[test]
        fn any_bytes_are_cut_or_refused(piece in proptest::collection::vec(any::<u8>(), 0..64)) {
            for cut in [Cut::Whole, Cut::Lines, Cut::Prefixed] {
                if let Some(count) = cut.count(&piece) {
                    prop_assert_eq!(all(cut, &piece).len() as u64, count);
                }
            }
        }
    }
}
