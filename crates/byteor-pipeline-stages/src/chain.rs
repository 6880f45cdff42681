//! Stages one after the other over sample records: what tests, cases and the page's try-out run.

use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};

use crate::build::{BuildError, Secrets, build_with};

/// Why a chain stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainError {
    /// A key gives no stage.
    Build {
        /// Index of the stage.
        stage: usize,
        /// What is wrong.
        error: BuildError,
    },
    /// A stage failed.
    Failed {
        /// Index of the stage.
        stage: usize,
        /// How it failed.
        failure: StageFailure,
    },
    /// More records came out than were asked for at most.
    TooMany,
}

/// What became of a record, or of one that it was split into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It came out, with these bytes.
    Out(Vec<u8>),
    /// The stage with this index dropped it.
    Dropped(usize),
    /// The stage with this index rejected it.
    Rejected {
        /// Index of the stage.
        stage: usize,
        /// The record as it reached that stage.
        record: Vec<u8>,
        /// Length of the result that was larger than a record may be; 0 where the stage could not
        /// do its work on the record.
        len: usize,
    },
}

/// Stages one after the other, with room for one record.
pub struct Chain {
    stages: Vec<Box<dyn Stage>>,
    buffer: Vec<u8>,
}

impl Chain {
    /// The stages of `keys`; a record may have at most `record_bytes`.
    pub fn new<K: AsRef<str>>(
        keys: &[K],
        secrets: &dyn Secrets,
        record_bytes: usize,
    ) -> Result<Self, ChainError> {
        let mut stages = Vec::with_capacity(keys.len());
        for (stage, key) in keys.iter().enumerate() {
            stages.push(
                build_with(key.as_ref(), secrets)
                    .map_err(|error| ChainError::Build { stage, error })?,
            );
        }
        Ok(Self {
            stages,
            buffer: vec![0; record_bytes],
        })
    }

    /// The stages, to look at or to restore.
    pub fn stages(&mut self) -> &mut [Box<dyn Stage>] {
        &mut self.stages
    }

    /// Sends `record` through all stages, and hands what becomes of it to `take`, in order.
    pub fn run(
        &mut self,
        record: &[u8],
        take: &mut dyn FnMut(Fate) -> Result<(), ChainError>,
    ) -> Result<(), ChainError> {
        self.watch(usize::MAX, record, &mut |_, fate| take(fate))
    }

    /// The same, with the record as it reached the stage `watched`; nothing where it didn't.
    pub fn watch(
        &mut self,
        watched: usize,
        record: &[u8],
        take: &mut Take<'_>,
    ) -> Result<(), ChainError> {
        self.go(0, watched, record.to_vec(), None, take)
    }

    fn go(
        &mut self,
        first: usize,
        watched: usize,
        mut record: Vec<u8>,
        arrived: Option<&[u8]>,
        take: &mut Take<'_>,
    ) -> Result<(), ChainError> {
        let mut kept = arrived.map(<[u8]>::to_vec);
        for stage in first..self.stages.len() {
            if stage == watched {
                kept = Some(record.clone());
            }
            let arrived = kept.as_deref();
            let failed = |failure| ChainError::Failed { stage, failure };
            if self.stages[stage].gives_many() {
                let mut parts = Vec::new();
                let part = &mut |part: &[u8]| {
                    parts.push(part.to_vec());
                    Ok(())
                };
                self.stages[stage].expand(&record, part).map_err(failed)?;
                for part in parts {
                    self.go(stage + 1, watched, part, arrived, take)?;
                }
                return Ok(());
            }
            let mut output = Output::new(&mut self.buffer);
            let outcome = self.stages[stage]
                .process(&record, &mut output)
                .map_err(failed)?;
            let rejected = |record, len| Fate::Rejected { stage, record, len };
            match outcome {
                Outcome::Forward => {}
                Outcome::Rewrite => record = output.written().to_vec(),
                Outcome::Drop => return take(arrived, Fate::Dropped(stage)),
                Outcome::TooLarge { len } => return take(arrived, rejected(record, len)),
                Outcome::Reject => return take(arrived, rejected(record, 0)),
            }
        }
        take(kept.as_deref(), Fate::Out(record))
    }
}

/// Takes what became of a record, with the record as it reached the stage that is watched.
pub type Take<'t> = dyn FnMut(Option<&[u8]>, Fate) -> Result<(), ChainError> + 't;
