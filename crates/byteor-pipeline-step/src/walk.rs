//! One run, forth and back.

use crate::breakpoint::Breakpoint;
use crate::error::StepError;
use crate::step::{Step, StepKind};
use crate::stepper::Stepper;

/// How many steps lie between two saved states at first.
const EVERY: u64 = 1_024;
/// In place of a mark before the first one of a record.
const NONE: u32 = u32::MAX;

/// How much a walk may keep.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most steps that it takes; each is kept in 12 bytes.
    pub steps: u64,
    /// The most bytes of saved states.
    pub state_bytes: usize,
}

impl Default for Limits {
    /// Together at most 256 MiB, with what a list that grows leaves free.
    fn default() -> Self {
        Self {
            steps: 8 << 20,
            state_bytes: 64 << 20,
        }
    }
}

/// What is kept of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The record's number, or 0.
    pub record: u32,
    /// Index of the mark before it that is about the same record.
    earlier: u32,
    /// Index of the node.
    pub node: u16,
    /// What happened.
    pub kind: StepKind,
}

/// How a walk went on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Went {
    /// How many steps it took.
    pub steps: u64,
    /// It stands before this step, because the breakpoint with this index stops there.
    pub stopped: Option<(u64, usize)>,
}

/// A step, and its record as the node took it and as it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The step.
    pub step: Step,
    /// What the node took.
    pub before: Option<Vec<u8>>,
    /// What left the node.
    pub after: Option<Vec<u8>>,
}

/// A stepper that goes back as well as forth.
///
/// Going back is a saved state and some steps forward. States are saved as the walk comes to new
/// steps; when they get too many, every other one is given up, so the walk can always go back to its
/// start, and takes longer for it. What each step was about stays, 12 bytes a step.
pub struct Walk {
    stepper: Stepper,
    /// By step, from 1.
    marks: Vec<Mark>,
    /// For each record, the index of its newest mark.
    newest: Vec<u32>,
    /// The first is that before the first step.
    states: Vec<(u64, Vec<u8>)>,
    state_bytes: usize,
    every: u64,
    limits: Limits,
    breakpoints: Vec<Breakpoint>,
    /// The step that a breakpoint stopped before: going on passes it.
    passed: Option<u64>,
    ended: bool,
    failure: Option<StepError>,
}

impl Walk {
    /// A walk of a stepper that took no step and was fed all its input.
    pub fn new(stepper: Stepper, limits: Limits) -> Result<Self, StepError> {
        if stepper.nodes().len() > usize::from(u16::MAX)
            || stepper.fed_count() >= u64::from(NONE)
            || limits.steps >= u64::from(NONE)
        {
            let message = "a walk has at most 65535 nodes, and less than 2^32 records and steps";
            return Err(StepError::new("E_STEP_OPTIONS", message));
        }
        let state = stepper.save()?;
        Ok(Self {
            marks: Vec::new(),
            newest: vec![NONE; stepper.fed_count() as usize],
            state_bytes: state.len(),
            states: vec![(stepper.steps(), state)],
            every: EVERY,
            limits,
            breakpoints: Vec::new(),
            passed: None,
            ended: false,
            failure: None,
            stepper,
        })
    }

    /// The same input through another stepper, fresh and fed the same: as far as the other's keys
    /// can't have changed anything, the steps stay what they were. The walk stands at the last
    /// state before them, and at its start where more than keys changed.
    pub fn again(self, mut stepper: Stepper) -> Result<Self, StepError> {
        let limits = self.limits;
        let keys = |of: &Stepper| -> Vec<Option<String>> {
            let nodes = of.nodes();
            nodes
                .iter()
                .map(|node| node.key().map(str::to_owned))
                .collect()
        };
        let (here, there) = (keys(&stepper), keys(&self.stepper));
        // Going past a record, or missing it, is nothing that a key decides.
        let other = |mark: &Mark| {
            let node = usize::from(mark.node);
            here.get(node) != there.get(node)
                && !matches!(mark.kind, StepKind::Skipped | StepKind::Lost)
        };
        let same = self.marks.iter().take_while(|mark| !other(mark)).count() as u64;
        let mut states = Vec::new();
        for (at, state) in self.states.iter().filter(|(at, _)| *at <= same) {
            // Saved anew, as a state of the other stepper.
            match stepper.restore_before(state, &self.stepper) {
                Ok(()) => states.push((*at, stepper.save()?)),
                Err(_) => break,
            }
        }
        let Some(&(at, _)) = states.last() else {
            return Self::new(stepper, limits);
        };
        let mut marks = self.marks;
        marks.truncate(at as usize);
        let mut newest = vec![NONE; stepper.fed_count() as usize];
        for (index, mark) in marks.iter().enumerate() {
            if mark.record > 0 {
                newest[mark.record as usize - 1] = index as u32;
            }
        }
        Ok(Self {
            state_bytes: states.iter().map(|(_, state)| state.len()).sum(),
            every: self.every,
            marks,
            newest,
            states,
            limits,
            breakpoints: Vec::new(),
            passed: None,
            ended: false,
            failure: None,
            stepper,
        })
    }

    /// How many steps the walk is from its start.
    pub fn at(&self) -> u64 {
        self.stepper.steps()
    }

    /// How many steps it ever was from its start.
    pub fn reached(&self) -> u64 {
        self.marks.len() as u64
    }

    /// Whether nothing comes after [`reached`](Self::reached): the input is through, or a stage failed.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// What ended it, where that was a failure.
    pub fn failure(&self) -> Option<&StepError> {
        self.failure.as_ref()
    }

    /// Whether it may take no more steps, though more could be taken.
    pub fn spent(&self) -> bool {
        !self.ended && self.reached() >= self.limits.steps
    }

    /// The stepper where it stands.
    pub fn stepper(&self) -> &Stepper {
        &self.stepper
    }

    /// Bytes that are kept to go back, and how many steps lie between two saved states.
    pub fn history(&self) -> (usize, u64) {
        let kept = std::mem::size_of_val(&*self.marks) + std::mem::size_of_val(&*self.newest);
        (kept + self.state_bytes, self.every)
    }

    /// Stops at these from now on.
    pub fn set_breakpoints(&mut self, breakpoints: Vec<Breakpoint>) {
        self.breakpoints = breakpoints;
        self.passed = None;
    }

    /// Goes on by at most `most` steps, or to a breakpoint, and stands before the step that it stops
    /// at. Going on from there passes it. Hands out each step that wasn't taken before, with its
    /// record as it left.
    pub fn forward(
        &mut self,
        most: u64,
        take: &mut dyn FnMut(&Step, Option<&[u8]>),
    ) -> Result<Went, StepError> {
        for done in 0..most {
            let number = self.at() + 1;
            let new = number > self.reached();
            if new && (self.ended || number > self.limits.steps) {
                return Ok(Went {
                    steps: done,
                    stopped: None,
                });
            }
            let step = match self.stepper.step() {
                Ok(Some(step)) => step,
                Ok(None) => {
                    self.ended = true;
                    return Ok(Went {
                        steps: done,
                        stopped: None,
                    });
                }
                Err(failure) => {
                    self.ended = true;
                    self.failure = Some(failure);
                    // Where it stood before: a stepper that failed goes on only from a state.
                    self.back_to(number - 1)?;
                    return Ok(Went {
                        steps: done,
                        stopped: None,
                    });
                }
            };
            if new {
                self.mark(&step);
                take(&step, self.stepper.after());
                if number.is_multiple_of(self.every) {
                    self.keep_state()?;
                }
            }
            if self.passed == Some(number) || self.breakpoints.is_empty() {
                continue;
            }
            let (before, after) = (self.stepper.before(), self.stepper.after());
            let mut breakpoints = self.breakpoints.iter_mut();
            if let Some(at) = breakpoints.position(|point| point.stops(&step, before, after)) {
                self.back_to(number - 1)?;
                self.passed = Some(number);
                return Ok(Went {
                    steps: done,
                    stopped: Some((number, at)),
                });
            }
        }
        Ok(Went {
            steps: most,
            stopped: None,
        })
    }

    /// Goes to a step that the walk came to before; a later one is the last of those.
    pub fn go_to(&mut self, step: u64) -> Result<(), StepError> {
        self.passed = None;
        let step = step.min(self.reached());
        let behind = self.states.partition_point(|(at, _)| *at < step);
        let nearest = behind
            .checked_sub(1)
            .map_or(0, |index| self.states[index].0);
        if step == self.at() {
            return Ok(());
        }
        if step < self.at() || nearest > self.at() {
            return self.back_to(step);
        }
        self.over(step)
    }

    /// A step that was taken, with its bytes. The walk stays where it is.
    pub fn look(&mut self, step: u64) -> Result<Option<Look>, StepError> {
        if step == 0 || step > self.reached() {
            return Ok(None);
        }
        let (here, passed) = (self.at(), self.passed);
        // The step itself has to be taken again: its bytes are known right after it only.
        self.go_to(step - 1)?;
        let taken = self.stepper.step()?;
        let copy = |record: Option<&[u8]>| record.map(<[u8]>::to_vec);
        let look = taken.map(|step| Look {
            step,
            before: copy(self.stepper.before()),
            after: copy(self.stepper.after()),
        });
        self.go_to(here)?;
        self.passed = passed;
        Ok(look)
    }

    /// What each step up to the last that was ever taken was about.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The steps that were about a record up to where the walk stands, newest first.
    pub fn steps_of(&self, record: u64) -> impl Iterator<Item = (u64, Mark)> + '_ {
        let index = record
            .checked_sub(1)
            .and_then(|at| self.newest.get(at as usize));
        let mut index = index.copied().unwrap_or(NONE);
        let at = self.at();
        std::iter::from_fn(move || {
            loop {
                let mark = *self.marks.get(index as usize)?;
                let step = u64::from(index) + 1;
                index = mark.earlier;
                if step <= at {
                    return Some((step, mark));
                }
            }
        })
    }

    fn mark(&mut self, step: &Step) {
        let index = self.marks.len() as u32;
        let earlier = match step.record.checked_sub(1) {
            Some(record) => std::mem::replace(&mut self.newest[record as usize], index),
            None => NONE,
        };
        self.marks.push(Mark {
            record: step.record as u32,
            earlier,
            node: step.node as u16,
            kind: step.kind,
        });
    }

    fn keep_state(&mut self) -> Result<(), StepError> {
        let state = self.stepper.save()?;
        self.state_bytes += state.len();
        self.states.push((self.at(), state));
        while self.state_bytes > self.limits.state_bytes && self.states.len() > 1 {
            self.every *= 2;
            let every = self.every;
            self.states.retain(|(at, _)| at.is_multiple_of(every));
            self.state_bytes = self.states.iter().map(|(_, state)| state.len()).sum();
        }
        Ok(())
    }

    /// From the nearest state before a step, so that the step itself is taken again.
    fn back_to(&mut self, step: u64) -> Result<(), StepError> {
        let behind = self.states.partition_point(|(at, _)| *at < step);
        let (_, state) = &self.states[behind.saturating_sub(1)];
        self.stepper.restore(state)?;
        self.over(step)
    }

    fn over(&mut self, step: u64) -> Result<(), StepError> {
        let most = step - self.at();
        self.stepper.run(most, &mut |_, _| {})?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_takes_twelve_bytes() {
        assert_eq!(std::mem::size_of::<Mark>(), 12);
        let limits = Limits::default();
        // A list that grew by doubling, and the one that it was copied from, are there at once.
        let marks = limits.steps as usize * 12 * 3 / 2;
        assert!(marks + limits.state_bytes <= 256 << 20);
    }
}
