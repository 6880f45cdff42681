//! The longest part of two orders that both share, the same from either direction.

/// A place in each of two orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) before: u32,
    pub(super) after: u32,
}

impl Point {
    fn is_under(self, other: Self) -> bool {
        self.before < other.before && self.after < other.after
    }
}

/// Which of the points, given in the order before, keep their order: as many as can.
///
/// Where there is a choice, names decide, so that turning the two orders about changes nothing: how
/// many points can stand under one is the same from either side, and so is who has the least name of
/// those that may come next.
pub(super) fn rising<N: Ord>(points: &[Point], name: &dyn Fn(&Point) -> N) -> Vec<bool> {
    // The levels: each point stands on one of the level below. In a level, places before rise and
    // places after fall.
    let mut levels: Vec<Vec<u32>> = Vec::new();
    let mut ends: Vec<u32> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let level = ends.partition_point(|end| *end < point.after);
        match ends.get_mut(level) {
            Some(end) => *end = point.after,
            None => ends.push(point.after),
        }
        match levels.get_mut(level) {
            Some(list) => list.push(at as u32),
            None => levels.push(vec![at as u32]),
        }
    }
    let mut kept = vec![false; points.len()];
    let mut above: Option<Point> = None;
    for level in levels.iter().rev() {
        let fits = level
            .iter()
            .copied()
            .filter(|&at| above.is_none_or(|above| points[at as usize].is_under(above)));
        let Some(at) = fits.min_by_key(|&at| name(&points[at as usize])) else {
            continue;
        };
        kept[at as usize] = true;
        above = Some(points[at as usize]);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kept ones of an order of names, both ways round.
    fn kept(after: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let points: Vec<Point> = (0..after.len() as u32)
            .map(|name| Point {
                before: name,
                after: after.iter().position(|other| *other == name).unwrap() as u32,
            })
            .collect();
        let mut turned: Vec<(u32, Point)> = points
            .iter()
            .map(|point| {
                let turned = Point {
                    before: point.after,
                    after: point.before,
                };
                (point.before, turned)
            })
            .collect();
        turned.sort_by_key(|(_, point)| point.before);
        let there = rising(&points, &|point| point.before);
        let list: Vec<Point> = turned.iter().map(|(_, point)| *point).collect();
        let back = rising(&list, &|point| point.after);
        let names = |kept: &[bool], name: &dyn Fn(usize) -> u32| {
            let mut names: Vec<u32> = (0..kept.len()).filter(|at| kept[*at]).map(name).collect();
            names.sort_unstable();
            names
        };
        (
            names(&there, &|at| at as u32),
            names(&back, &|at| turned[at].0),
        )
    }

    #[test]
    fn as_many_as_can_keep_their_order_from_either_side() {
        for (after, wanted) in [
            (vec![], vec![]),
            (vec![0, 1, 2], vec![0, 1, 2]),
            (vec![2, 0, 1], vec![0, 1]),
            (vec![1, 0], vec![0]),
            (vec![1, 0, 3, 2], vec![0, 2]),
            (vec![3, 2, 1, 0], vec![0]),
            (vec![4, 0, 3, 1, 2], vec![0, 1, 2]),
        ] {
            assert_eq!(kept(&after), (wanted.clone(), wanted), "{after:?}");
        }
    }

    #[test]
    fn every_order_of_six_has_the_same_kept_ones_turned_about() {
        fn all(rest: &[u32], made: &mut Vec<u32>) {
            if rest.is_empty() {
                let (there, back) = kept(made);
                assert_eq!(there, back, "{made:?}");
                let place = |name: u32| made.iter().position(|other| *other == name);
                assert!(there.windows(2).all(|pair| place(pair[0]) < place(pair[1])));
            }
            for (at, name) in rest.iter().enumerate() {
                let mut rest = rest.to_vec();
                rest.remove(at);
                made.push(*name);
                all(&rest, made);
                made.pop();
            }
        }
        all(&[0, 1, 2, 3, 4, 5], &mut Vec::new());
    }
}
