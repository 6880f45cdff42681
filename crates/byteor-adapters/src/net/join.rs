//! Sources and sinks on the network, opened where the checkpoint ends.

use crate::error::AdapterError;
use crate::file_to_file::FileToFile;
use crate::join::{FromWhere, Mark, ToWhere};
use crate::net::intake::{Intake, intake};
use crate::net::outlet::{NetMark, NetSink, Outlet, outlet};
use crate::net::source::{NetKept, NetPlace, NetSource};
use crate::prepared::Notice;
use crate::saver::Acknowledge;
use crate::sink::Sink;

/// Something on the network that records come from. `start` is given the reactor's end.
pub struct FromNet<S> {
    /// The kind of adapter.
    pub kind: &'static str,
    /// Which of several boundaries of a graph it is for.
    pub boundary: Option<String>,
    /// The most bytes that are in memory.
    pub bound: usize,
    /// Starts the task.
    pub start: S,
}

impl<S: FnOnce(Intake) -> Result<(), AdapterError>> FromWhere for FromNet<S> {
    type Source = NetSource;

    const KNOWS_PLACE: bool = false;

    fn is(&self, known: &NetKept) -> bool {
        known.kind == self.kind
    }

    fn open(
        self,
        known: Option<&NetKept>,
        common: &FileToFile,
        _: &mut Vec<Notice>,
    ) -> Result<(NetSource, bool, Acknowledge<NetPlace>), AdapterError> {
        let place = NetPlace {
            kind: self.kind,
            number: known.map_or(0, |known| known.number),
            spot: known.and_then(|known| known.spot.clone()),
        };
        let boundary = self.boundary.clone();
        let (given, taken, saved) = intake(place.number, self.bound, place.spot.clone(), boundary);
        (self.start)(given).map_err(|error| error.at_boundary(self.boundary.as_deref()))?;
        let source = NetSource::new(taken, place, common.max_record);
        let acknowledge = move |kept: &NetKept| saved.up_to(kept.number);
        Ok((source, false, Box::new(acknowledge)))
    }
}

/// Which pipeline the numbers of records are of, where a run that goes on behind the checkpoint has the
/// same records under the same numbers as the one before.
fn same_records(common: &FileToFile) -> Option<u64> {
    let hash = common.spec_hash.strip_prefix("sha256:");
    let begin = hash.and_then(|hash| hash.get(..16)).unwrap_or("0");
    let spec = u64::from_str_radix(begin, 16).ok()?;
    common
        .resumes
        .then_some(spec ^ (common.max_record as u64).rotate_left(32))
}

/// Something on the network that records go to. `start` is given the reactor's end, and where the
/// records' numbers go on.
pub struct ToNet<S> {
    /// The kind of adapter.
    pub kind: &'static str,
    /// Which of several boundaries of a graph it is for.
    pub boundary: Option<String>,
    /// The most bytes that are in memory, beside the message that is on its way.
    pub bound: usize,
    /// Starts the task.
    pub start: S,
}

impl<S: FnOnce(Outlet, &NetMark) -> Result<(), AdapterError>> ToWhere for ToNet<S> {
    type Sink = NetSink;

    const KNOWS_PLACE: bool = false;

    fn is(&self, known: &NetMark) -> bool {
        known.kind == self.kind
    }

    fn open(
        self,
        known: Option<&NetMark>,
        common: &FileToFile,
    ) -> Result<(NetSink, <NetSink as Sink>::Durable), AdapterError> {
        let mark = NetMark::from(self.kind, known, same_records(common));
        let (reactor, sink, durable) = outlet(mark.clone(), self.bound, self.boundary.clone());
        (self.start)(reactor, &mark)
            .map_err(|error| error.at_boundary(self.boundary.as_deref()))?;
        Ok((sink, durable))
    }
}

/// What goes to `to`, which `decides` whether what a run prepared a checkpoint of came to be.
pub struct Decided<T, D> {
    /// Where records go.
    pub to: T,
    /// Asked with the checkpoint's mark.
    pub decides: D,
}

impl<T: ToWhere, D: Fn(&Mark<T>) -> Result<bool, AdapterError>> ToWhere for Decided<T, D> {
    type Sink = T::Sink;

    const KNOWS_PLACE: bool = T::KNOWS_PLACE;

    fn is(&self, known: &Mark<T>) -> bool {
        self.to.is(known)
    }

    fn open(
        self,
        known: Option<&Mark<T>>,
        common: &FileToFile,
    ) -> Result<(T::Sink, <T::Sink as Sink>::Durable), AdapterError> {
        self.to.open(known, common)
    }

    fn decide(&self, mark: &Mark<T>, _: &FileToFile) -> Result<bool, AdapterError> {
        (self.decides)(mark)
    }
}
