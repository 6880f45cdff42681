//! The journal over a file.

use std::path::Path;

use indexbus::raw::View;
use indexbus::{
    JournalPublisher, JournalSubscribers, attach_journal_layout4, init_journal_memory,
    split_journal, validate_journal_layout4,
};
use indexbus_abi::{INDEXBUS_CAP_SUPPORTS_JOURNAL, INDEXBUS_REGION_KIND_JOURNAL, JournalLayout4};

use crate::open::Kind;
use crate::{Error, Mapping, OpenOptions};

/// How to open a journal: as every region.
pub type JournalOpenOptions = OpenOptions;

/// A journal of three segments and four subscribers: owns the mapping, holds no references into it.
#[derive(Debug)]
pub struct JournalRegion4 {
    mapping: Mapping,
}

impl JournalRegion4 {
    /// Opens the region at `path`, and creates it if it is missing.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path.as_ref(), JournalOpenOptions::default())
    }

    /// As [`JournalRegion4::open_path`], with options. One that nobody uses yet is checked as a whole with
    /// [`Attach::Fresh`](crate::Attach::Fresh).
    pub fn open_with(path: &Path, options: JournalOpenOptions) -> Result<Self, Error> {
        let kind = Kind {
            bytes: size_of::<JournalLayout4>(),
            header: Some((INDEXBUS_REGION_KIND_JOURNAL, INDEXBUS_CAP_SUPPORTS_JOURNAL)),
            queues: 0,
            init: init_journal_memory,
            attach: |view| attach_journal_layout4(view).map(drop),
            validate: |view| validate_journal_layout4(view).map(drop),
        };
        let mapping = kind.open(path, options)?;
        Ok(Self { mapping })
    }

    /// The publisher, of which one process uses one, and where subscribers come from.
    pub fn split(&mut self) -> Result<(JournalPublisher<'_>, JournalSubscribers<'_>), Error> {
        attach_journal_layout4(View::of(&self.mapping))
            .and_then(split_journal)
            .map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
