//! A thread and the roles that it takes turns with.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use byteor_pipeline_kernel::{Wait, WaitStep, WaitStrategy};

use super::group::Group;
use super::shared::{Shared, Why};

/// Records that a group takes in a turn, so that those beside and behind it get theirs.
const BATCH: usize = 64;
/// Rounds between two looks at whether the lanes' memory is still whole; a sleep counts as many.
const CHECK_EVERY: u32 = 4096;
const ROUNDS_OF_A_SLEEP: u32 = 64;
/// Spins between two calls of an idle sink, where the wait strategy never yields.
const SPINS_PER_IDLE: u32 = 4096;

pub(super) struct Worker {
    pub shared: Arc<Shared>,
    /// Which thread it is: its wake word.
    pub number: usize,
    /// In the order that records flow.
    pub groups: Vec<Group>,
}

impl Worker {
    /// Runs until all its nodes ended or the pipeline stops. Whatever fails stops all.
    pub(super) fn run(mut self) {
        self.work();
        for node in self.groups.iter_mut().flat_map(|group| &mut group.nodes) {
            let finished = catch_unwind(AssertUnwindSafe(|| node.finish(&self.shared)));
            match finished {
                Ok(Ok(())) => {}
                Ok(Err(why)) => self.shared.fail(&node.name, 0, why),
                Err(panic) => self.shared.fail(&node.name, 0, Why::panic(&*panic)),
            }
            node.tell_choices(&self.shared);
        }
    }

    fn work(&mut self) {
        let shared = Arc::clone(&self.shared);
        let mut wait = shared.wait.strategy();
        let (mut rounds, mut spins) = (0, 0);
        loop {
            let (mut worked, mut left) = (false, false);
            for group in &mut self.groups {
                if group.ended() {
                    continue;
                }
                left = true;
                let went = catch_unwind(AssertUnwindSafe(|| group.turn(BATCH, &shared)));
                let why = match went {
                    Ok(Ok(did)) => {
                        worked |= did;
                        continue;
                    }
                    Ok(Err(why)) => why,
                    Err(panic) => {
                        group.settle(&shared);
                        Why::panic(&*panic)
                    }
                };
                let (node, record) = group.working();
                return shared.fail(&node.name, record, why);
            }
            if !left || shared.stopped() {
                return;
            }
            rounds += 1;
            if rounds >= CHECK_EVERY {
                rounds = 0;
                if let Err(error) = shared.check()
                    && let Some(group) = self.groups.first()
                {
                    return shared.fail(&group.working().0.name, 0, error.into());
                }
            }
            if worked {
                wait.reset();
                spins = 0;
                continue;
            }
            match self.wait(&mut wait) {
                WaitStep::Spun => spins += 1,
                WaitStep::Yielded => spins = SPINS_PER_IDLE,
                WaitStep::Slept => {
                    spins = SPINS_PER_IDLE;
                    rounds += ROUNDS_OF_A_SLEEP;
                }
            }
            if spins >= SPINS_PER_IDLE {
                spins = 0;
                let nodes = self.groups.iter_mut().flat_map(|group| &mut group.nodes);
                nodes.for_each(super::node::Node::wake);
            }
        }
    }

    fn wait(&self, wait: &mut Wait) -> WaitStep {
        let Some(wakes) = &self.shared.lanes.wakes else {
            return wait.wait();
        };
        wait.wait_on(wakes.worker(self.number), &mut || {
            self.shared.stopped() || self.groups.iter().any(Group::ready)
        })
    }
}
