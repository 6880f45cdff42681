//! The state stream over a file.

use std::path::Path;

use indexbus::raw::View;
use indexbus::{
    StateLayoutCell, StatePublisher, StateReader, init_state_memory, split_state,
    validate_state_layout,
};
use indexbus_abi::StateLayout;

use crate::open::Kind;
use crate::owners::{End, Ends};
use crate::{Error, Mapping, OpenOptions};

/// A state region of values up to `MAX` bytes: owns the mapping, holds no references into it.
///
/// ```
/// use indexbus::Sample;
/// use indexbus_transport_shm::StateRegion;
///
/// # let dir = tempfile::tempdir()?;
/// let mut region = StateRegion::<256>::open_path(dir.path().join("state"))?;
/// let (mut publisher, reader) = region.split()?;
/// publisher.publish(b"older")?;
/// publisher.publish(b"newest")?;
/// let mut into = [0; 256];
/// match reader.sample_into(&mut into)? {
///     Sample::Value { len, .. } => assert_eq!(&into[..len], b"newest"),
///     Sample::Unset | Sample::Unsettled { .. } => {} // nothing yet, or being written: sample again
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StateRegion<const MAX: usize = 256> {
    mapping: Mapping,
    /// The publisher, if this value lent it; held until it is dropped.
    ends: Ends,
}

impl<const MAX: usize> StateRegion<MAX> {
    /// Opens the region at `path`, and creates it if it is missing.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path.as_ref(), OpenOptions::default())
    }

    /// As [`StateRegion::open_path`], with options. Both ways of attaching look at the same: a value
    /// is checked by each sample.
    pub fn open_with(path: &Path, options: OpenOptions) -> Result<Self, Error> {
        let kind = Kind {
            bytes: size_of::<StateLayout<MAX>>(),
            header: None,
            queues: 0,
            init: init_state_memory::<MAX>,
            attach: |view| validate_state_layout::<MAX>(view).map(drop),
            validate: |view| validate_state_layout::<MAX>(view).map(drop),
        };
        let mapping = kind.open(path, options)?;
        Ok(Self {
            mapping,
            ends: Ends::default(),
        })
    }

    /// The publisher, which this value holds from now on: as long as it lives nobody else gets it
    /// this way, in no process (`Taken`). A crash lets it go.
    pub fn publisher(&mut self) -> Result<StatePublisher<'_, MAX>, Error> {
        self.ends.take(self.mapping.path(), End::Publisher)?;
        self.cell().map(|cell| split_state(cell).0)
    }

    /// A reader, of which there may be any number.
    pub fn reader(&self) -> Result<StateReader<'_, MAX>, Error> {
        self.cell().map(|cell| split_state(cell).1)
    }

    /// The publisher and a reader. Of all processes one uses the publisher; that it is one is the
    /// caller's to see to, or that of [`StateRegion::publisher`].
    pub fn split(&mut self) -> Result<(StatePublisher<'_, MAX>, StateReader<'_, MAX>), Error> {
        self.cell().map(split_state)
    }

    fn cell(&self) -> Result<StateLayoutCell<'_, MAX>, Error> {
        validate_state_layout(View::of(&self.mapping))
            .map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
