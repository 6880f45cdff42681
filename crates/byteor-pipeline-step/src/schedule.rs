//! Which node has the next step.

/// The order of turns. In every round each node has one turn, so no node that can go on is left out
/// for longer than a round. With seed 0 the turns are in the order of the nodes, and a turn is one
/// step; any other seed shuffles each round, and gives each turn 1, 2, 4, 8 or 16 steps.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    seed: u64,
    order: Vec<u32>,
    place: Place,
}

/// Where a schedule is; with the seed, all there is to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub round: u64,
    pub at: u64,
    /// Steps that are left of the turn, at least 1.
    pub left: u64,
}

impl Schedule {
    pub(crate) fn new(seed: u64, nodes: usize) -> Self {
        let mut schedule = Self {
            seed,
            order: (0..nodes as u32).collect(),
            place: Place {
                round: 0,
                at: 0,
                left: 1,
            },
        };
        schedule.begin_round();
        schedule.begin_turn();
        schedule
    }

    /// The next node that can take a step; nothing where none can, and then the place is kept.
    pub(crate) fn next(&mut self, mut can: impl FnMut(usize) -> bool) -> Option<usize> {
        let before = self.place;
        // The rest of this round and a whole one.
        for _ in 0..2 * self.order.len() {
            let node = self.order[self.place.at as usize] as usize;
            if can(node) {
                self.place.left -= 1;
                if self.place.left == 0 {
                    self.end_turn();
                }
                return Some(node);
            }
            self.end_turn();
        }
        self.go_to(before);
        None
    }

    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Whether a schedule of this seed can be there.
    pub(crate) fn has(&self, place: Place) -> bool {
        (place.at as usize) < self.order.len() && {
            let mut there = self.clone();
            there.go_to(place);
            (1..=there.burst()).contains(&place.left)
        }
    }

    pub(crate) fn go_to(&mut self, place: Place) {
        let shuffled = self.seed != 0 && self.place.round != place.round;
        self.place = place;
        if shuffled {
            self.begin_round();
        }
    }

    fn end_turn(&mut self) {
        self.place.at += 1;
        if self.place.at as usize == self.order.len() {
            self.place.at = 0;
            self.place.round = self.place.round.wrapping_add(1);
            self.begin_round();
        }
        self.begin_turn();
    }

    fn begin_round(&mut self) {
        if self.seed == 0 {
            return;
        }
        // From the start each time: a round's order is decided by seed and round alone.
        for (at, node) in self.order.iter_mut().enumerate() {
            *node = at as u32;
        }
        for at in (1..self.order.len()).rev() {
            let other = self.number(at as u64) % (at as u64 + 1);
            self.order.swap(at, other as usize);
        }
    }

    fn begin_turn(&mut self) {
        self.place.left = self.burst();
    }

    fn burst(&self) -> u64 {
        match self.seed {
            0 => 1,
            _ => 1 << (self.number(self.place.at ^ 1 << 32) % 5),
        }
    }

    /// splitmix64 over seed, round and what the number is for.
    fn number(&self, purpose: u64) -> u64 {
        let mut z = self
            .seed
            .wrapping_add(self.place.round.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .wrapping_add(purpose.wrapping_mul(0xd134_2543_de82_ef95));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_0_goes_round_in_order() {
        let mut schedule = Schedule::new(0, 3);
        let turns: Vec<_> = (0..7).filter_map(|_| schedule.next(|_| true)).collect();
        assert_eq!(turns, [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn every_seed_gives_each_node_a_turn_in_every_round() {
        for seed in 0..200 {
            let mut schedule = Schedule::new(seed, 5);
            for round in 0..20 {
                let mut seen = [false; 5];
                while schedule.place.round == round {
                    seen[schedule.next(|_| true).unwrap()] = true;
                }
                assert_eq!(seen, [true; 5], "seed {seed}, round {round}");
            }
        }
    }

    #[test]
    fn asking_while_nothing_can_go_on_changes_nothing() {
        for seed in 0..50 {
            let mut schedule = Schedule::new(seed, 4);
            for _ in 0..seed {
                schedule.next(|node| node != 1);
            }
            let (place, order) = (schedule.place, schedule.order.clone());
            assert_eq!(schedule.next(|_| false), None);
            assert_eq!((schedule.place, schedule.order), (place, order));
        }
    }

    #[test]
    fn the_one_node_that_can_go_on_is_found_from_everywhere() {
        for seed in 0..50 {
            for only in 0..4 {
                let mut schedule = Schedule::new(seed, 4);
                for _ in 0..9 {
                    schedule.next(|_| true);
                    assert_eq!(schedule.next(|node| node == only), Some(only));
                }
            }
        }
    }
}
