//! The boundaries of a graph, opened where the checkpoint ends and joined.

use std::path::{Path, PathBuf};

use byteor_pipeline_exec::lane_graph::{GraphCounts, RoleCounts};

use super::kept::{EgressAt, GraphDurable, GraphInput, GraphOutput, IngressAt};
use super::run::{Pieces, Prepared};
use crate::account::Account;
use crate::checkpoint::{Checkpoint, FileOutput};
use crate::egress::{OwnFile, Purpose};
use crate::error::AdapterError;
use crate::file_to_file::FileToFile;
use crate::held::{ANEW_HELP, undecided};
use crate::join::{FromWhere, Kept, Mark, ToWhere, apart, cut_back, nothing_refused, own_file};
use crate::roots::Roots;
use crate::saver::Saver;
use crate::sink::Sink;
use crate::source::Source;
use crate::states::Carried;

/// A graph with a source for each ingress and a sink for each egress.
pub struct BoundariesOfGraph<F, T> {
    /// What all of them have in common; its own input and output paths aren't used, and its stages are
    /// the roles.
    pub common: FileToFile,
    /// The source of each ingress, by its id.
    pub from: Vec<(String, F)>,
    /// The sink of each egress, by its id.
    pub to: Vec<(String, T)>,
    /// Where choices are recorded, if they are.
    pub choices: Option<PathBuf>,
}

impl<F: FromWhere, T: ToWhere> BoundariesOfGraph<F, T> {
    /// Takes the checkpoint for this process, and opens everything where the last one ended. Nothing is
    /// read or written yet but for what is cut back, and the checkpoint stays as it is.
    pub fn prepare(self) -> Result<Prepared<F::Source, T::Sink>, AdapterError> {
        let Self {
            common,
            from,
            to,
            choices,
        } = self;
        let (wait, disk) = (common.lock_wait, common.disk.clone());
        let decide = |prepared: &GraphOutput<Mark<T>>| match (&to[..], &prepared.egresses[..]) {
            ([(_, to)], [egress]) => to.decide(&egress.at, &common),
            _ => Err(undecided(&common.checkpoint)),
        };
        let account: Account<GraphInput<Kept<F>>, GraphOutput<Mark<T>>> =
            Account::open_deciding(&common.checkpoint, wait, disk.clone(), decide)?;
        let known = account.known();
        let wiring = common.wiring();
        let mut notices = Vec::new();

        let (mut sources, mut acknowledges) = (Vec::new(), Vec::new());
        let (mut truncations, mut all_known) = (0, true);
        let sides = from.len();
        for (id, from) in from {
            let before = known.and_then(|known| {
                let several = sides > 1 || known.input.0.len() > 1;
                let mut inputs = known.input.0.iter();
                let is = |input: &&IngressAt<Kept<F>>| {
                    from.is(&input.at) && (F::KNOWS_PLACE || !several || input.id == id)
                };
                inputs.find(is).map(|input| &input.at)
            });
            all_known &= before.is_some();
            let (source, truncated, acknowledge) = from.open(before, &common, &mut notices)?;
            truncations += u64::from(truncated);
            sources.push((id, source));
            acknowledges.push(acknowledge);
        }
        let carried = Carried::from(known, all_known, &wiring)?;

        let (mut sinks, mut durables) = (Vec::new(), Vec::new());
        let outputs = known.map_or(&[][..], |known| &known.output.egresses);
        let (only, several) = (to.len() == 1, to.len() > 1 || outputs.len() > 1);
        let mut left: Vec<_> = outputs.iter().collect();
        for (id, to) in to {
            let is = |egress: &&EgressAt<Mark<T>>| {
                to.is(&egress.at) && (T::KNOWS_PLACE || !several || egress.id == id)
            };
            // What its other end refused last is known to the one before.
            let first = outputs
                .first()
                .filter(|_| only && (T::KNOWS_PLACE || !several));
            let before = outputs.iter().find(is).or(first);
            left.retain(|egress| before.is_none_or(|before| before.id != egress.id));
            let before = before.map(|egress| &egress.at);
            let (sink, durable) = to.open(before, &common)?;
            sinks.push((id, sink));
            durables.push(durable);
        }
        nothing_refused(left.iter().map(|egress| &egress.at), &common.checkpoint)?;
        let before = known.map(|known| &known.reject);
        let mut reject = own_file(&common, &common.reject, Purpose::Reject, before)?;
        let mut record = None;
        if let Some(path) = &choices {
            let before = known.and_then(|known| known.output.choices.as_ref());
            recorded_from_the_start(known, before, path)?;
            let before = before.filter(|before| before.path == *path);
            let before = before.map(|before| &before.file);
            // Named by whoever started this, as the checkpoint is: not by the config.
            let roots = Roots::Unrestricted;
            let what = (Purpose::Choices, common.framing_of(Purpose::Choices));
            record = Some(OwnFile::open(&roots, path, what, before, wait)?);
        }
        let read: Vec<_> = sources
            .iter()
            .map(|(_, source)| source.identity())
            .collect();
        let written = sinks.iter().map(|(_, sink)| sink.identity());
        let written = written.chain([&reject].into_iter().chain(&record).map(Sink::identity));
        apart(&read, &written.collect::<Vec<_>>())?;
        // Only now that everything is known to be ours is anything changed.
        let mut cut = reject.cut()?;
        for (_, sink) in &mut sinks {
            cut += sink.cut()?;
        }
        if let Some(record) = &mut record {
            cut += record.cut()?;
        }
        notices.extend(cut_back(cut));

        let sync = |file: &OwnFile| file.sync_handle(&Roots::Unrestricted, &disk);
        let output = GraphDurable {
            sinks: durables,
            choices: record.as_ref().map(sync),
        };
        let (mut totals, since, _) = account.counters(&wiring.spec_hash, 0);
        totals.truncations += truncations;
        let same = known.filter(|known| known.spec_hash == wiring.spec_hash);
        let counts = same.map_or_else(GraphCounts::default, |known| {
            counts(known, wiring.stages.iter().map(|role| role.id.as_str()))
        });
        let saver = Saver {
            since,
            spec_hash: wiring.spec_hash.clone(),
            stages: wiring.stages.clone(),
            acknowledge: Box::new(move |kept: &GraphInput<Kept<F>>| {
                for (acknowledge, ingress) in acknowledges.iter_mut().zip(&kept.0) {
                    acknowledge(&ingress.at);
                }
            }),
            last: None,
            file: account.file,
            disk: account.disk,
            output,
            reject: reject.sync_handle(&common.roots, &disk),
        };
        Ok(Prepared::new(Pieces {
            wiring,
            sources,
            sinks,
            reject,
            choices: record,
            saver,
            counts,
            totals,
            carried,
            notices,
        }))
    }
}

/// A record of choices that lacks the first ones can't be played back.
fn recorded_from_the_start<I, O>(
    known: Option<&Checkpoint<I, O>>,
    before: Option<&FileOutput>,
    path: &Path,
) -> Result<(), AdapterError> {
    let here = before.is_some_and(|before| before.path == path);
    match known {
        Some(known) if known.totals.records_in > 0 && !here => Err(AdapterError::new(
            "E_CHOICES_GAP",
            format!(
                "the runs before this one didn't record their choices in {}",
                path.display()
            ),
            ANEW_HELP,
        )),
        _ => Ok(()),
    }
}

/// What the same spec counted.
fn counts<'r, I, O>(
    known: &Checkpoint<GraphInput<I>, GraphOutput<O>>,
    roles: impl Iterator<Item = &'r str>,
) -> GraphCounts {
    let ingresses = known.input.0.iter().map(|one| (one.id.clone(), one.counts));
    let egresses = known.output.egresses.iter();
    let egresses = egresses.map(|one| (one.id.clone(), one.counts));
    let roles = roles.zip(&known.stages).map(|(id, stage)| {
        let counts = RoleCounts {
            processed: stage.processed,
            dropped: stage.dropped,
            rejected: stage.rejected,
        };
        (id.to_owned(), counts)
    });
    GraphCounts {
        endpoints: ingresses.chain(egresses).collect(),
        roles: roles.collect(),
        lanes: known.output.lanes.iter().cloned().collect(),
    }
}
