use super::*;

fn part(reads: &[usize], writes: &[usize]) -> Part {
    Part {
        reads: reads.to_vec(),
        writes: writes.to_vec(),
        many: false,
    }
}

fn lanes<const N: usize>(capacity: u64) -> [Between; N] {
    [Between {
        capacity,
        private: true,
        loses: false,
    }; N]
}

/// in 0 → a → 1 → b → 2 and c → 3; merge of both → 4 → out; lane 1 has two readers.
fn diamond() -> [Part; 5] {
    [
        part(&[0], &[1]),
        part(&[1], &[2]),
        part(&[1], &[3]),
        part(&[2, 3], &[4]),
        part(&[4], &[]),
    ]
}

#[test]
fn on_one_thread_everything_behind_an_ingress_is_one_group() {
    let plan = plan(&diamond(), &lanes::<5>(1), 1, true);
    assert_eq!(plan.direct, [false, true, true, true, true]);
    let all = Joined {
        parts: vec![0, 1, 2, 3, 4],
        ..Joined::default()
    };
    assert_eq!(plan.threads, [[all]]);
}

/// The diamond without its first part: an ingress writes the lane with two readers.
#[test]
fn a_queue_with_several_readers_on_one_thread_is_read_once() {
    let parts = &diamond()[1..];
    let one = plan(parts, &lanes::<5>(8), 1, true);
    assert_eq!(one.direct, [false, false, true, true, true]);
    assert_eq!(one.shared, [false, true, false, false, false]);
    let all = Joined {
        parts: vec![0, 1, 2, 3],
        shared: Some(1),
        exits: Vec::new(),
    };
    assert_eq!(one.threads, [[all]]);
    // Not where they are apart, nor where one may lose what another gets.
    assert_eq!(plan(parts, &lanes::<5>(8), 4, true).shared, [false; 5]);
    let mut journal = lanes::<5>(8);
    journal[1].loses = true;
    assert_eq!(plan(parts, &journal, 1, true).shared, [false; 5]);
    // Nor where one of them keeps what finds no room.
    let mut split = parts.to_vec();
    split[0].many = true;
    assert!(!plan(&split, &lanes::<5>(8), 2, true).shared[1]);
    assert!(plan(&split, &lanes::<5>(8), 1, true).shared[1]);
}

#[test]
fn with_a_thread_for_each_nothing_is_joined_and_each_needs_room_for_one() {
    let plan = plan(&diamond(), &lanes::<5>(1), 9, true);
    assert_eq!(plan.direct, [false; 5]);
    assert_eq!(plan.threads.len(), 5);
    for (at, groups) in plan.threads.iter().enumerate() {
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].parts, [plan.order[at]]);
        let rooms = groups[0].exits.iter().map(|exit| exit.room);
        assert!(rooms.eq(diamond()[at].writes.iter().map(|_| 1)));
    }
}

#[test]
fn what_comes_twice_needs_room_for_two_or_begins_a_group() {
    // Two threads: the merge writes to an egress on the other one.
    let mut parts = diamond().to_vec();
    parts.extend([part(&[5], &[6]), part(&[6], &[7]), part(&[7], &[8])]);
    parts.push(part(&[8], &[]));
    parts[4] = part(&[4], &[5]);
    for (capacity, joined) in [(2, true), (1, false)] {
        let plan = plan(&parts, &lanes::<9>(capacity), 2, true);
        let first = &plan.threads[0][0];
        let last_of_first = plan.threads[0].last().unwrap();
        assert_eq!(first.parts.contains(&4), joined, "{plan:?}");
        let room = if joined { 2 } else { 1 };
        let exits = &last_of_first.exits;
        assert!(exits.iter().any(|exit| exit.room == room), "{plan:?}");
    }
}

#[test]
fn a_merge_of_two_groups_begins_one_and_so_does_who_reads_a_lane_that_others_see() {
    let merge = [
        part(&[0], &[2]),
        part(&[1], &[3]),
        part(&[2, 3], &[4]),
        part(&[4], &[]),
    ];
    let merged = plan(&merge, &lanes::<5>(8), 1, true);
    assert_eq!(merged.direct, [false, false, false, false, true]);
    assert_eq!(merged.threads[0].len(), 3);
    let mut seen = lanes::<5>(8);
    seen[4].private = false;
    assert!(!plan(&merge, &seen, 1, true).direct[4]);
}

#[test]
fn a_stage_that_gives_several_keeps_them_itself_where_a_full_lane_blocks() {
    let split = |at: usize| {
        let mut parts = vec![part(&[0], &[1]), part(&[1], &[2]), part(&[2], &[])];
        parts[at].many = true;
        parts
    };
    // In front of a queue it is the first of its group, and has no exit that needs room.
    let blocks = plan(&split(1), &lanes::<3>(8), 2, true);
    assert_eq!(blocks.threads[0].len(), 2, "{blocks:?}");
    assert_eq!(blocks.threads[0][1].exits, []);
    assert_eq!(
        plan(&split(1), &lanes::<3>(8), 2, false).threads[0].len(),
        1
    );
    // Where no queue follows, all may be one.
    assert_eq!(plan(&split(0), &lanes::<3>(8), 1, true).threads[0].len(), 1);
}

#[test]
fn a_long_row_is_cut_before_its_calls_get_too_deep() {
    let parts: Vec<Part> = (0..100).map(|n| part(&[n], &[n + 1])).collect();
    let lanes = vec![lanes::<1>(8)[0]; 101];
    let plan = plan(&parts, &lanes, 1, true);
    let lens = plan.threads[0].iter().map(|group| group.parts.len());
    assert_eq!(lens.max(), Some(DEEPEST + 1));
    assert_eq!(plan.threads[0].len(), 4);
}
