//! A thread and the roles that it takes turns with.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use byteor_pipeline_kernel::{WaitStep, WaitStrategy};

use super::node::Node;
use super::shared::{Shared, Why};

/// Records that a node takes in a turn, so that those beside and behind it get theirs.
const BATCH: usize = 64;
/// Rounds between two looks at whether the lanes' memory is still whole.
const CHECK_EVERY: u32 = 4096;
/// Spins between two calls of an idle sink, where the wait strategy never yields.
const SPINS_PER_IDLE: u32 = 4096;

pub(super) struct Worker {
    pub shared: Arc<Shared>,
    /// In the order that records flow.
    pub nodes: Vec<Node>,
}

impl Worker {
    /// Runs until all its nodes ended or the pipeline stops. Whatever fails stops all.
    pub(super) fn run(mut self) {
        self.work();
        for node in &mut self.nodes {
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
        let shared = &self.shared;
        let mut wait = shared.wait.strategy();
        let (mut rounds, mut spins) = (0, 0);
        loop {
            let (mut worked, mut left) = (false, false);
            for node in &mut self.nodes {
                if node.ended() {
                    continue;
                }
                left = true;
                match catch_unwind(AssertUnwindSafe(|| node.turn(BATCH, shared))) {
                    Ok(Ok(did)) => worked |= did,
                    Ok(Err(why)) => return shared.fail(&node.name, node.record(), why),
                    Err(panic) => {
                        node.settle(shared);
                        return shared.fail(&node.name, node.record(), Why::panic(&*panic));
                    }
                }
            }
            if !left || shared.stopped() {
                return;
            }
            rounds += 1;
            if rounds >= CHECK_EVERY {
                rounds = 0;
                if let Err(error) = shared.check()
                    && let Some(node) = self.nodes.first()
                {
                    return shared.fail(&node.name, 0, error.into());
                }
            }
            if worked {
                wait.reset();
                spins = 0;
                continue;
            }
            match wait.wait() {
                WaitStep::Spun => spins += 1,
                WaitStep::Yielded | WaitStep::Slept => spins = SPINS_PER_IDLE,
            }
            if spins >= SPINS_PER_IDLE {
                spins = 0;
                self.nodes.iter_mut().for_each(Node::wake);
            }
        }
    }
}
