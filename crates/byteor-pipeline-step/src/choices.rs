//! What a run chose where a spec leaves it open, to be read off its steps and given to another run.

mod text;

use std::collections::BTreeMap;

use crate::step::{NO_LANE, Step, StepKind};
use crate::stepper::Stepper;

/// One record that a full lane did not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Discard {
    /// Which write to the lane it was, from 0.
    pub write: u64,
    /// Bit n is set where the lane's reader n doesn't get the record.
    pub missed: u8,
}

/// All choices of a run. With them, what each lane and egress carries is decided, whatever the
/// schedule: a run with them drops and loses what they say, and nothing else.
///
/// A router gives each record to all of its lanes and a fanout to all of its readers, so which
/// reader got a record is said by what was discarded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// For each merge, by id, the inputs that it took from, in order, by their place in its list.
    /// Behind the last one its policy decides.
    pub merges: BTreeMap<String, Vec<u32>>,
    /// For each lane, by id, what it did not take because it was full, in order.
    pub discards: BTreeMap<String, Vec<Discard>>,
    /// For each journal, by id, and each of its readers, the records that were overwritten before
    /// the reader came there: which write each was, from 0, in order.
    pub losses: BTreeMap<String, Vec<Vec<u64>>>,
}

impl Choices {
    /// Adds those of a run that went on where this one's ended.
    pub fn extend(&mut self, next: Self) {
        for (id, inputs) in next.merges {
            self.merges.entry(id).or_default().extend(inputs);
        }
        for (id, discards) in next.discards {
            self.discards.entry(id).or_default().extend(discards);
        }
        for (id, readers) in next.losses {
            let known = self.losses.entry(id).or_default();
            known.resize(known.len().max(readers.len()), Vec::new());
            for (known, losses) in known.iter_mut().zip(readers) {
                known.extend(losses);
            }
        }
    }

    /// Whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        self.merges.is_empty() && self.discards.is_empty() && self.losses.is_empty()
    }

    /// Every choice as bytes, unambiguously: what a saved state is bound to.
    pub(crate) fn digest_into(&self, put: &mut dyn FnMut(&[u8])) {
        let mut number = |number: u64| put(&number.to_le_bytes());
        let text = |text: &str, number: &mut dyn FnMut(u64)| {
            number(text.len() as u64);
            text.bytes().for_each(|byte| number(u64::from(byte)));
        };
        number(self.merges.len() as u64);
        for (id, inputs) in &self.merges {
            text(id, &mut number);
            number(inputs.len() as u64);
            inputs.iter().for_each(|input| number(u64::from(*input)));
        }
        number(self.discards.len() as u64);
        for (id, discards) in &self.discards {
            text(id, &mut number);
            number(discards.len() as u64);
            for discard in discards {
                number(discard.write);
                number(u64::from(discard.missed));
            }
        }
        number(self.losses.len() as u64);
        for (id, readers) in &self.losses {
            text(id, &mut number);
            number(readers.len() as u64);
            for losses in readers {
                number(losses.len() as u64);
                losses.iter().for_each(|write| number(*write));
            }
        }
    }
}

/// Reads the choices of a run off its steps. It has to see all of them, from the first.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    choices: Choices,
    /// Writes to each lane so far.
    writes: BTreeMap<u32, u64>,
    /// Records that each reader of a lane read or lost so far.
    read: BTreeMap<(u32, u32), u64>,
}

impl Recorder {
    /// Takes a step of `stepper` in.
    pub fn saw(&mut self, stepper: &Stepper, step: &Step) {
        if step.from != NO_LANE {
            self.took(stepper, step);
        }
        if step.lane != NO_LANE && step.kind != StepKind::Blocked {
            let Some(lane) = stepper.lane(step.lane as usize) else {
                return;
            };
            let writes = self.writes.entry(step.lane).or_default();
            if step.kind == StepKind::Discarded {
                let discards = self.choices.discards.entry(lane.id().to_owned());
                discards.or_default().push(Discard {
                    write: *writes,
                    missed: step.missed,
                });
            }
            *writes += 1;
        }
    }

    fn took(&mut self, stepper: &Stepper, step: &Step) {
        let (Some(node), Some(lane)) = (
            stepper.node(step.node as usize),
            stepper.lane(step.from as usize),
        ) else {
            return;
        };
        let read = self.read.entry((step.from, step.node)).or_default();
        if step.kind == StepKind::Lost {
            let readers = self
                .choices
                .losses
                .entry(lane.id().to_owned())
                .or_insert_with(|| vec![Vec::new(); lane.readers()]);
            readers[usize::from(step.reader)].push(*read);
        } else if let Some(input) = node.merge_input(step.from) {
            let inputs = self.choices.merges.entry(node.id().to_owned());
            inputs.or_default().push(input);
        }
        *read += 1;
    }

    /// What the run chose so far.
    pub fn choices(&self) -> &Choices {
        &self.choices
    }
}
