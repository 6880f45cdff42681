//! Who sleeps on which word of a fanout region.

use indexbus_abi::SharedFanoutLayout;

use crate::Error;
use crate::raw::View;
use crate::wait::WakeSection;

/// Wake sections of a region: of the two sources, then of each consumer.
pub(super) const fn queues<const N: usize>() -> usize {
    2 + N
}

/// The wake words of a region. The router sleeps on one word at a time, so that all consumers wake
/// the same one: the producers' word of the first consumer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wakes<'m, const N: usize> {
    pub spsc: WakeSection<'m>,
    pub mpsc: WakeSection<'m>,
    pub consumers: [WakeSection<'m>; N],
}

impl<'m, const N: usize> Wakes<'m, N> {
    /// `IncompatibleLayout` where the region was created without.
    pub fn attach(view: View<'m>) -> Result<Self, Error> {
        let bytes = size_of::<SharedFanoutLayout<N>>();
        let section = |n| WakeSection::attach(view, bytes, n);
        let first = section(2)?;
        let mut consumers = [first; N];
        for (n, consumer) in consumers.iter_mut().enumerate().skip(1) {
            *consumer = section(2 + n)?;
        }
        Ok(Self {
            spsc: section(0)?,
            mpsc: section(1)?,
            consumers,
        })
    }
}
