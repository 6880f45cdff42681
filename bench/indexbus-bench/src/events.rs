//! The events lane of IndexBus, one producer and one consumer.

use indexbus::{Error, SpscReceiver, SpscSender};

use indexbus_abi::EventsClass;

use crate::lane::{Receiver, Sender};
use crate::options::{Options, Work};

impl Sender for SpscSender<'_> {
    #[inline]
    fn put(&mut self, message: &[u8]) -> Result<bool, String> {
        match SpscSender::put(self, message) {
            Ok(()) => Ok(true),
            Err(Error::Full) => Ok(false),
            Err(e) => Err(e.to_string()),
        }
    }

    #[inline]
    fn flush(&mut self) {
        SpscSender::flush(self);
    }
}

/// A receiver, and how much of each message it copies.
pub struct Events<'m> {
    lane: SpscReceiver<'m>,
    work: Work,
    into: [u8; 4096],
}

impl<'m> Events<'m> {
    pub fn new(lane: SpscReceiver<'m>, work: Work) -> Self {
        let into = [0; 4096];
        Self { lane, work, into }
    }
}

impl Receiver for Events<'_> {
    #[inline]
    fn drain(&mut self, limit: usize, take: &mut impl FnMut(&[u8])) -> Result<usize, String> {
        let mut copied = Ok(());
        let drained = match self.work {
            Work::Touch => self.lane.drain(limit, &mut self.into, take),
            Work::Header => self.lane.drain_in_place(limit, |payload| {
                let mut header = [0; 8];
                match payload.copy_start_into(&mut header) {
                    Ok(_) => take(&header),
                    Err(e) => copied = Err(e),
                }
            }),
        };
        copied.and(drained).map_err(|e| e.to_string())
    }
}

/// The smallest class of line-aligned slots that holds `size` bytes, or the one that is named.
pub fn class(options: &Options) -> Result<EventsClass, String> {
    let fits = |class: &EventsClass| class.payload_bytes() >= options.size;
    let class = match options.class.as_str() {
        "auto" => EventsClass::ALL.into_iter().skip(1).find(fits),
        name => EventsClass::ALL
            .into_iter()
            .filter(fits)
            .find(|class| name_of(*class) == name),
    };
    class.ok_or_else(|| {
        format!(
            "class={}: it has no room for {} bytes",
            options.class, options.size
        )
    })
}

/// `v1`, or the payload's bytes.
pub fn name_of(class: EventsClass) -> &'static str {
    match class {
        EventsClass::V1 => "v1",
        EventsClass::B64 => "64",
        EventsClass::B256 => "256",
        EventsClass::B1024 => "1024",
        EventsClass::B4096 => "4096",
    }
}
