//! The journal over a file.

use std::path::Path;

use indexbus::raw::View;
use indexbus::{
    JournalPublisher, JournalSubscribers, attach_journal_layout4, init_journal_memory,
    split_journal, validate_journal_layout4,
};
use indexbus_abi::{INDEXBUS_CAP_SUPPORTS_JOURNAL, INDEXBUS_REGION_KIND_JOURNAL, JournalLayout4};

use crate::open::Kind;
use crate::owners::{End, Ends};
use crate::{Error, Mapping, OpenOptions};

/// How to open a journal: as every region.
pub type JournalOpenOptions = OpenOptions;

/// A journal of three segments and four subscribers: owns the mapping, holds no references into it.
///
/// ```
/// use indexbus::{JournalRead, Start};
/// use indexbus_transport_shm::JournalRegion4;
///
/// # let dir = tempfile::tempdir()?;
/// let mut region = JournalRegion4::open_path(dir.path().join("journal"))?;
/// let (mut publisher, subscribers) = region.split()?;
/// publisher.append(b"one")?;
/// publisher.append(b"two")?;
/// let mut follower = subscribers.subscribe(Start::Oldest)?;
/// let mut into = [0; 1024];
/// let mut records = 0;
/// while let Some(read) = follower.try_recv_into(&mut into)? {
///     match read {
///         JournalRead::Record { len, .. } => records += usize::from(len == 3),
///         JournalRead::Overrun { .. } => {} // it goes on at the oldest whole record
///     }
/// }
/// assert_eq!(records, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JournalRegion4 {
    mapping: Mapping,
    /// The publisher, if this value lent it; held until it is dropped.
    held: Ends,
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
        Ok(Self {
            mapping,
            held: Ends::default(),
        })
    }

    /// The publisher, which this value holds from now on: as long as it lives nobody else gets it
    /// this way, in no process (`Taken`). A crash lets it go.
    pub fn publisher(&mut self) -> Result<JournalPublisher<'_>, Error> {
        self.held.take(self.mapping.path(), End::Publisher)?;
        self.ends().map(|(publisher, _)| publisher)
    }

    /// Where subscribers come from; at most four at a time, of all processes.
    pub fn subscribers(&self) -> Result<JournalSubscribers<'_>, Error> {
        self.ends().map(|(_, subscribers)| subscribers)
    }

    /// The publisher and where subscribers come from. Of all processes one uses the publisher; that
    /// it is one is the caller's to see to, or that of [`JournalRegion4::publisher`].
    pub fn split(&mut self) -> Result<(JournalPublisher<'_>, JournalSubscribers<'_>), Error> {
        self.ends()
    }

    fn ends(&self) -> Result<(JournalPublisher<'_>, JournalSubscribers<'_>), Error> {
        attach_journal_layout4(View::of(&self.mapping))
            .and_then(split_journal)
            .map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
