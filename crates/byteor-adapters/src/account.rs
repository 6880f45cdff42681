//! What the run before left, held for this one: the third of an adapter loop's three pieces, beside
//! [`Source`](crate::source::Source) and [`Sink`](crate::sink::Sink).

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::checkpoint::{Checkpoint, Section, StageTotals, Totals};
use crate::disk::Disk;
use crate::error::AdapterError;
use crate::held::{CheckpointFile, undecided};

/// The checkpoint's file, held, and what stands in it. Source and sink are opened with its sections,
/// and go on where it ends.
pub struct Account<I, O> {
    pub(crate) file: CheckpointFile,
    pub(crate) disk: Disk,
    known: Option<Checkpoint<I, O>>,
}

impl<I: Section, O: Section> Account<I, O> {
    /// Takes the checkpoint at `path` for this process alone, waiting up to `wait`, and reads it.
    pub fn open(path: &Path, wait: Duration, disk: Disk) -> Result<Self, AdapterError> {
        let undecided = || undecided(path);
        Self::open_deciding(path, wait, disk, |_| Err(undecided()))
    }

    /// The same where a sink can say whether what a run prepared came to be: `decide` is asked with its
    /// mark.
    pub(crate) fn open_deciding(
        path: &Path,
        wait: Duration,
        disk: Disk,
        decide: impl FnOnce(&O) -> Result<bool, AdapterError>,
    ) -> Result<Self, AdapterError> {
        let file = CheckpointFile::hold(path, wait)?;
        if file.is_prepared() {
            let prepared: Option<Checkpoint<I, O>> = file.prepared()?;
            let prepared = prepared.ok_or_else(|| undecided(path))?;
            match decide(&prepared.output)? {
                true => file.adopt(&disk)?,
                false => file.discard(&disk)?,
            }
        }
        let known = file.read()?;
        Ok(Self { file, disk, known })
    }

    /// What the run before left, if there was one.
    pub fn known(&self) -> Option<&Checkpoint<I, O>> {
        self.known.as_ref()
    }

    /// The same account of one source and one sink, as `pick` finds them in what is known. Where it
    /// finds none, nothing is known.
    pub(crate) fn narrowed<J: Section, P: Section>(
        self,
        pick: impl FnOnce(&Checkpoint<I, O>) -> Option<(J, P)>,
    ) -> Account<J, P> {
        let known = self.known.and_then(|known| {
            let (input, output) = pick(&known)?;
            Some(Checkpoint {
                input,
                output,
                reject: known.reject,
                totals: known.totals,
                since: known.since,
                spec_hash: known.spec_hash,
                stages: known.stages,
                states: known.states,
            })
        });
        Account {
            file: self.file,
            disk: self.disk,
            known,
        }
    }

    /// The counters to go on from: totals, since when they count, and those of the stages where it is
    /// the same spec.
    pub(crate) fn counters(
        &self,
        spec_hash: &str,
        stages: usize,
    ) -> (Totals, Option<u64>, Vec<StageTotals>) {
        let none = vec![StageTotals::default(); stages];
        let Some(known) = &self.known else {
            return (Totals::default(), Some(now()), none);
        };
        let same = known.spec_hash == spec_hash && known.stages.len() == stages;
        let stages = if same { known.stages.clone() } else { none };
        (known.totals.clone(), known.since, stages)
    }
}

/// Milliseconds since 1970; 0 on a clock before that.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
