//! What came out of two runs over the same records, held against each other.

/// How an output differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differs {
    /// Another record came out in its place.
    Other,
    /// It came out before only.
    Missing,
    /// It came out after only.
    Extra,
    /// The same records came out of each record that came in, in another order.
    Order,
}

/// The first output that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How.
    pub differs: Differs,
    /// The number of the record that came in, from 1.
    pub record: u32,
    /// Its place among the outputs before.
    pub before: Option<usize>,
    /// Its place among the outputs after.
    pub after: Option<usize>,
}

/// What left through one way out, in order: the records, and the number of the record that came in
/// and that each comes from.
#[derive(Clone, Copy, Debug)]
pub struct Outputs<'o, R> {
    /// What left.
    pub records: &'o [R],
    /// As long as `records`.
    pub numbers: &'o [u32],
}

impl<R> Outputs<'_, R> {
    /// The places by the number of the record that came in; each number's in order.
    fn by_number(&self) -> Vec<(u32, usize)> {
        let numbers = self.numbers.iter().take(self.records.len()).copied();
        let mut places: Vec<(u32, usize)> = numbers.zip(0..).collect();
        places.sort_unstable();
        places
    }
}

/// How many of the records that came in come out otherwise, and the first of them; where all come out
/// the same, the first place where their order differs.
///
/// Outputs are compared record by record that came in, so that one which is missing doesn't put all
/// others off by one, and a graph whose lanes are emptied in turn isn't another for it.
pub fn compare_outputs<R: PartialEq>(
    before: Outputs<'_, R>,
    after: Outputs<'_, R>,
) -> (u32, Option<Difference>) {
    let (old, new) = (before.by_number(), after.by_number());
    let (mut count, mut first) = (0, None);
    let (mut a, mut b) = (&old[..], &new[..]);
    while let Some(record) = [a.first(), b.first()]
        .into_iter()
        .flatten()
        .map(|(number, _)| *number)
        .min()
    {
        let group = |list: &mut &[(u32, usize)]| -> Vec<usize> {
            let end = list.iter().take_while(|(number, _)| *number == record);
            let (head, rest) = list.split_at(end.count());
            *list = rest;
            head.iter().map(|(_, place)| *place).collect()
        };
        let (left, right) = (group(&mut a), group(&mut b));
        let same = |at: &usize| match (left.get(*at), right.get(*at)) {
            (Some(one), Some(other)) => before.records[*one] == after.records[*other],
            _ => false,
        };
        let Some(at) = (0..left.len().max(right.len())).find(|at| !same(at)) else {
            continue;
        };
        count += 1;
        let places = (left.get(at).copied(), right.get(at).copied());
        first.get_or_insert(Difference {
            differs: match places {
                (Some(_), None) => Differs::Missing,
                (None, _) => Differs::Extra,
                _ => Differs::Other,
            },
            record,
            before: places.0,
            after: places.1,
        });
    }
    let order = || {
        let same = |at: &usize| {
            before.numbers[*at] == after.numbers[*at] && before.records[*at] == after.records[*at]
        };
        let at = (0..before.records.len()).find(|at| !same(at))?;
        Some(Difference {
            differs: Differs::Order,
            record: before.numbers[at],
            before: Some(at),
            after: Some(at),
        })
    };
    (count, first.or_else(order))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Outputs as `1a` for a record `a` out of the first that came in.
    fn compared(before: &str, after: &str) -> (u32, Option<Difference>) {
        let read = |text: &str| -> (Vec<String>, Vec<u32>) {
            let word = |word: &str| (word[1..].to_owned(), word[..1].parse::<u32>().unwrap());
            text.split_whitespace().map(word).unzip()
        };
        let (old, new) = (read(before), read(after));
        let outputs = |side| {
            let (records, numbers): &(Vec<String>, Vec<u32>) = side;
            Outputs { records, numbers }
        };
        compare_outputs(outputs(&old), outputs(&new))
    }

    fn first(before: &str, after: &str) -> (u32, Differs, u32, Option<usize>, Option<usize>) {
        let (count, first) = compared(before, after);
        let first = first.unwrap();
        (
            count,
            first.differs,
            first.record,
            first.before,
            first.after,
        )
    }

    #[test]
    fn the_first_that_differs_is_told_by_the_record_that_came_in() {
        assert_eq!(compared("", ""), (0, None));
        assert_eq!(compared("1a 2b", "1a 2b"), (0, None));
        assert_eq!(
            first("1a 2b 3c", "1a 2x 3y"),
            (2, Differs::Other, 2, Some(1), Some(1))
        );
        // One that is missing puts nothing else off.
        assert_eq!(
            first("1a 2b 3c 4d", "1a 3c 4d"),
            (1, Differs::Missing, 2, Some(1), None)
        );
        assert_eq!(
            first("2b", "1a 2b 3c"),
            (2, Differs::Extra, 1, None, Some(0))
        );
        // Of a record that is split, the first part.
        assert_eq!(
            first("1a 1b", "1a 1c"),
            (1, Differs::Other, 1, Some(1), Some(1))
        );
        assert_eq!(first("1a", "1a 1b"), (1, Differs::Extra, 1, None, Some(1)));
        assert_eq!(
            first("1a 2b", "2b 1a"),
            (0, Differs::Order, 1, Some(0), Some(0))
        );
        // The number decides, not where it came out.
        assert_eq!(
            first("3c 1a 2b", "1x 2b 3d"),
            (2, Differs::Other, 1, Some(1), Some(0))
        );
    }
}
