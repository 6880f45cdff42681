//! Opening a region: create it, or attach to the one that is there.

use std::path::Path;
use std::time::{Duration, Instant};

use indexbus::WakeSection;
use indexbus::raw::View;

use crate::{Attach, Error, Mapping, OpenOptions};

/// What a kind of region needs to be opened.
pub(crate) struct Kind {
    /// Bytes of its layout.
    pub bytes: usize,
    /// Region kind and capabilities, where the region says in `initialized` that it can be used;
    /// state regions don't.
    pub header: Option<(u16, u32)>,
    /// Queues that get a wake section, where one is asked for.
    pub queues: usize,
    /// Writes a fresh one.
    pub init: fn(View<'_>) -> Result<(), indexbus::Error>,
    /// Looks at the header and the bounds.
    pub attach: fn(View<'_>) -> Result<(), indexbus::Error>,
    /// Looks at all of it.
    pub validate: fn(View<'_>) -> Result<(), indexbus::Error>,
}

impl Kind {
    /// Another opener may create the file at the same time: one creates, the other waits.
    pub fn open(&self, path: &Path, options: OpenOptions) -> Result<Mapping, Error> {
        if options.create {
            let queues = if options.blocking { self.queues } else { 0 };
            let bytes = self.bytes + WakeSection::bytes_of(queues);
            match Mapping::create_for(path, bytes, options.access) {
                Ok(mapping) => {
                    (self.init)(View::of(&mapping)).map_err(|e| Error::layout(path, e))?;
                    return Ok(mapping);
                }
                Err(Error::Exists { .. }) => {}
                Err(e) => return Err(e),
            }
        }
        let deadline = Instant::now() + options.init_timeout;
        let mapping = Mapping::open_for(path, self.bytes, deadline, options.access)?;
        if let Some((kind, capabilities)) = self.header {
            mapping.wait_initialized(kind, capabilities, self.bytes, deadline)?;
        }
        let view = View::of(&mapping);
        loop {
            match (self.attach)(view) {
                Ok(()) => break,
                Err(indexbus::Error::NotInitialized) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(e) => return Err(Error::layout(path, e)),
            }
        }
        if options.attach == Attach::Fresh {
            (self.validate)(view).map_err(|e| Error::layout(path, e))?;
        }
        Ok(mapping)
    }
}
