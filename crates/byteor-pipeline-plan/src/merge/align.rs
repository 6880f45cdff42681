//! Alignment of two sequences of tokens: which stand in both, in the same order.

/// No partner.
pub(crate) const NONE: u32 = u32::MAX;
/// How often what stands between partners is looked at again.
const DEPTH_MAX: u8 = 6;

/// For each place of `a`, its partner in `b`, or `NONE`. Partners rise.
///
/// Tokens that stand once on both sides come first, since they tell most (patience); what is left
/// between them is paired by occurrence. The time is that of a few sorts, whatever the texts are.
pub(crate) fn align(a: &[u32], b: &[u32]) -> Vec<u32> {
    let tokens = a.iter().chain(b).copied().max().map_or(0, |most| most + 1) as usize;
    let mut table = Table {
        first: vec![NONE; tokens],
        next: vec![NONE; b.len()],
        times: vec![0; tokens],
    };
    let mut pairs = vec![NONE; a.len()];
    let mut work = vec![(0, a.len(), 0, b.len(), 0u8)];
    while let Some((mut a0, mut a1, mut b0, mut b1, depth)) = work.pop() {
        while a0 < a1 && b0 < b1 && a[a0] == b[b0] {
            pairs[a0] = b0 as u32;
            a0 += 1;
            b0 += 1;
        }
        while a0 < a1 && b0 < b1 && a[a1 - 1] == b[b1 - 1] {
            a1 -= 1;
            b1 -= 1;
            pairs[a1] = b1 as u32;
        }
        if a0 == a1 || b0 == b1 {
            continue;
        }
        let found = rising(&table.pairs(a, b, (a0, a1, b0, b1), depth == 0));
        if found.is_empty() && depth > 0 {
            continue;
        }
        let (mut from_a, mut from_b) = (a0, b0);
        for (at, partner) in found {
            pairs[at as usize] = partner;
            if depth < DEPTH_MAX {
                work.push((from_a, at as usize, from_b, partner as usize, depth + 1));
            }
            (from_a, from_b) = (at as usize + 1, partner as usize + 1);
        }
        if depth < DEPTH_MAX {
            work.push((from_a, a1, from_b, b1, depth + 1));
        }
    }
    pairs
}

/// Where tokens stand in a part of `b`; emptied after each use.
struct Table {
    first: Vec<u32>,
    next: Vec<u32>,
    /// How often in `a`, in the low half, and in `b`, in the high one.
    times: Vec<u64>,
}

impl Table {
    /// Places of equal tokens, by the place in `a`: the first with the first, and so on.
    fn pairs(
        &mut self,
        a: &[u32],
        b: &[u32],
        (a0, a1, b0, b1): (usize, usize, usize, usize),
        once: bool,
    ) -> Vec<(u32, u32)> {
        for &token in &a[a0..a1] {
            self.times[token as usize] += 1;
        }
        for at in (b0..b1).rev() {
            let token = b[at] as usize;
            self.times[token] += 1 << 32;
            self.next[at] = self.first[token];
            self.first[token] = at as u32;
        }
        let mut found = Vec::new();
        for (at, &token) in a.iter().enumerate().take(a1).skip(a0) {
            let token = token as usize;
            let partner = self.first[token];
            if partner != NONE && (!once || self.times[token] == 1 << 32 | 1) {
                found.push((at as u32, partner));
                self.first[token] = self.next[partner as usize];
            }
        }
        for &token in a[a0..a1].iter().chain(&b[b0..b1]) {
            self.times[token as usize] = 0;
            self.first[token as usize] = NONE;
        }
        found
    }
}

/// The longest part of pairs, which rise in the first, that rises in the second too.
fn rising(pairs: &[(u32, u32)]) -> Vec<(u32, u32)> {
    // For each length, the pair with the smallest end; and for each pair, the one before it.
    let mut ends: Vec<u32> = Vec::new();
    let mut before = vec![NONE; pairs.len()];
    for (at, &(_, value)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end as usize].1 < value);
        if length > 0 {
            before[at] = ends[length - 1];
        }
        match ends.get_mut(length) {
            Some(end) => *end = at as u32,
            None => ends.push(at as u32),
        }
    }
    let mut found = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied().unwrap_or(NONE);
    while at != NONE {
        found.push(pairs[at as usize]);
        at = before[at as usize];
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(a: &[u32], b: &[u32]) -> String {
        align(a, b)
            .iter()
            .map(|&at| {
                if at == NONE {
                    "-".to_owned()
                } else {
                    at.to_string()
                }
            })
            .collect()
    }

    #[test]
    fn partners_rise_and_are_equal() {
        assert_eq!(text(&[], &[1]), "");
        assert_eq!(text(&[1, 2, 3], &[1, 2, 3]), "012");
        assert_eq!(text(&[1, 2, 3], &[1, 9, 3]), "0-2");
        assert_eq!(text(&[1, 0, 2, 0, 3], &[0, 1, 0, 2, 0, 3]), "12345");
        assert_eq!(text(&[1, 2, 3, 4], &[4, 1, 2, 3]), "123-");
        assert_eq!(text(&[0, 0, 0], &[0, 0]), "01-");
    }

    #[test]
    fn long_sequences_without_any_order_end_soon() {
        let a: Vec<u32> = (0..20_000u32)
            .map(|n| n.wrapping_mul(2_654_435_761) % 7)
            .collect();
        let b: Vec<u32> = (0..20_000u32).map(|n| n.wrapping_mul(40_503) % 7).collect();
        let found = align(&a, &b);
        let mut last = None;
        for (at, &partner) in found.iter().enumerate().filter(|(_, at)| **at != NONE) {
            assert_eq!(a[at], b[partner as usize]);
            assert!(last < Some(partner));
            last = Some(partner);
        }
    }
}
