//! Stages that give several records for one, or look at records before.

use std::collections::{HashSet, VecDeque};

use byteor_pipeline_catalogue::{FieldPath, KeyProblem, field_paths};
use byteor_pipeline_kernel::{Emit, Outcome, Output, Stage, StageFailure};
use sha2::{Digest, Sha256};

use crate::json::{find, said};
use crate::state::{OVERHEAD, Sealed, failure};

type Answer = Result<Outcome, StageFailure>;

pub(crate) struct Split {
    delimiter: memchr::memmem::Finder<'static>,
}

impl Split {
    pub(crate) fn new(delimiter: &[u8]) -> Self {
        Self {
            delimiter: memchr::memmem::Finder::new(delimiter).into_owned(),
        }
    }
}

impl Stage for Split {
    fn process(&mut self, _: &[u8], _: &mut Output<'_>) -> Answer {
        Err(StageFailure {
            code: "E_STAGE_MANY",
            message: "the stage gives several records for one; only a LaneGraph can run it",
        })
    }

    fn gives_many(&self) -> bool {
        true
    }

    fn expand(&mut self, record: &[u8], emit: &mut Emit<'_>) -> Result<(), StageFailure> {
        let mut start = 0;
        for at in self.delimiter.find_iter(record) {
            emit(&record[start..at])?;
            start = at + self.delimiter.needle().len();
        }
        emit(&record[start..])
    }
}

pub(crate) struct Sample {
    every: u64,
    /// Records since the last that stayed, itself included; `every` before the first.
    since: u64,
    sealed: Sealed,
}

impl Sample {
    pub(crate) fn new(key: &str, every: u32) -> Self {
        Self {
            every: u64::from(every),
            since: u64::from(every),
            sealed: Sealed::new(key),
        }
    }
}

impl Stage for Sample {
    fn process(&mut self, _: &[u8], _: &mut Output<'_>) -> Answer {
        if self.since >= self.every {
            self.since = 1;
            return Ok(Outcome::Forward);
        }
        self.since += 1;
        Ok(Outcome::Drop)
    }

    fn state_limit(&self) -> usize {
        OVERHEAD + 8
    }

    fn save(&self, put: &mut dyn FnMut(&[u8])) {
        self.sealed.save(&[&self.since.to_le_bytes()], put);
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StageFailure> {
        let bytes = self.sealed.open(state)?;
        let bytes = bytes
            .try_into()
            .map_err(|_| failure("the saved count has another length"))?;
        let since = u64::from_le_bytes(bytes);
        if !(1..=self.every).contains(&since) {
            return Err(failure("the saved count is none of this stage"));
        }
        self.since = since;
        Ok(())
    }
}

/// What is remembered of a record.
type Mark = [u8; 16];

pub(crate) struct Dedupe {
    window: usize,
    field: Option<FieldPath>,
    /// The records that passed, oldest first.
    passed: VecDeque<Mark>,
    known: HashSet<Mark>,
    sealed: Sealed,
}

impl Dedupe {
    pub(crate) fn new(key: &str, window: u32, field: Option<&str>) -> Result<Self, KeyProblem> {
        let window = window as usize;
        let field = match field {
            Some(text) => Some(field_paths(text)?.swap_remove(0)),
            None => None,
        };
        // All memory is taken here, none while records flow.
        Ok(Self {
            window,
            field,
            passed: VecDeque::with_capacity(window),
            known: HashSet::with_capacity(2 * window),
            sealed: Sealed::new(key),
        })
    }

    /// What the record is compared by; nothing where it lacks the field.
    fn mark(&self, record: &[u8]) -> Option<Mark> {
        let hash = match &self.field {
            None => Sha256::digest(record),
            Some(path) => {
                let value = find(record, path).ok().flatten()?;
                Sha256::digest(said(value)?.as_bytes())
            }
        };
        hash[..16].try_into().ok()
    }
}

impl Stage for Dedupe {
    fn process(&mut self, record: &[u8], _: &mut Output<'_>) -> Answer {
        let Some(mark) = self.mark(record) else {
            return Ok(Outcome::Forward);
        };
        if self.known.contains(&mark) {
            return Ok(Outcome::Drop);
        }
        if self.passed.len() == self.window
            && let Some(oldest) = self.passed.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.passed.push_back(mark);
        self.known.insert(mark);
        Ok(Outcome::Forward)
    }

    fn state_limit(&self) -> usize {
        OVERHEAD + self.window * size_of::<Mark>()
    }

    fn save(&self, put: &mut dyn FnMut(&[u8])) {
        let (front, back) = self.passed.as_slices();
        let pieces = [front.as_flattened(), back.as_flattened()];
        self.sealed.save(&pieces, put);
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StageFailure> {
        let (marks, rest) = self.sealed.open(state)?.as_chunks::<16>();
        let known: HashSet<Mark> = marks.iter().copied().collect();
        if !rest.is_empty() || marks.len() > self.window || known.len() != marks.len() {
            return Err(failure("the saved window is none of this stage"));
        }
        self.passed.clear();
        self.passed.extend(marks);
        self.known.clear();
        self.known.extend(known);
        Ok(())
    }
}
