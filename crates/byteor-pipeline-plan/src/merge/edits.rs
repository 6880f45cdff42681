//! Edits from one text to another, line by line.

use std::collections::HashMap;

use super::align::{NONE, align};
use crate::{TextEdit, difference};

/// Edits that leave lines alone which stand in both texts, in the same order.
pub(super) fn line_edits(before: &str, after: &str) -> Vec<TextEdit> {
    let (old, new): (Vec<&str>, Vec<&str>) = (
        before.split_inclusive('\n').collect(),
        after.split_inclusive('\n').collect(),
    );
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for (lines, list) in [(&old, &mut a), (&new, &mut b)] {
        for line in lines {
            let next = numbers.len() as u32;
            list.push(*numbers.entry(line).or_insert(next));
        }
    }
    let pairs = align(&a, &b);
    let mut edits = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    let (mut byte_old, mut byte_new) = (0, 0);
    while at_old < old.len() || at_new < new.len() {
        let end_old = (at_old..old.len())
            .find(|&at| pairs[at] != NONE)
            .unwrap_or(old.len());
        let end_new = pairs.get(end_old).map_or(new.len(), |&at| at as usize);
        let length = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
        let gone = byte_old + length(&old[at_old..end_old]);
        let come = byte_new + length(&new[at_new..end_new]);
        edits.extend(difference(
            &before[byte_old..gone],
            &after[byte_new..come],
            byte_old,
        ));
        let kept = old.get(end_old).map_or(0, |line| line.len());
        (byte_old, byte_new) = (gone + kept, come + kept);
        (at_old, at_new) = (end_old + 1, end_new + 1);
    }
    edits
}
