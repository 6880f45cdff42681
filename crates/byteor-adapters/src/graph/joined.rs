//! Boundaries of a graph of which some are on the network, joined as [`super::FilesOfGraph`] joins files.

use std::path::PathBuf;

use byteor_pipeline_exec::lane_graph::GraphCounts;

use super::files::{counts, recorded_from_the_start};
use super::kept::{GraphDurable, GraphInput, GraphOutput};
use super::run::{Pieces, Prepared};
use crate::account::Account;
use crate::egress::{OwnFile, Purpose};
use crate::error::AdapterError;
use crate::file_to_file::{FileToFile, cut_back};
use crate::held::undecided;
use crate::net::join::{FromWhere, Kept, Mark, ToWhere, own_file};
use crate::roots::Roots;
use crate::saver::Saver;
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
        for (id, from) in from {
            let before = known.and_then(|known| {
                let mut inputs = known.input.0.iter().map(|input| &input.at);
                inputs.find(|at| from.is(at))
            });
            all_known &= before.is_some();
            let (source, truncated, acknowledge) = from.open(before, &common, &mut notices)?;
            truncations += u64::from(truncated);
            sources.push((id, source));
            acknowledges.push(acknowledge);
        }
        let carried = Carried::from(known, all_known, &wiring)?;

        let (mut sinks, mut durables, mut cut) = (Vec::new(), Vec::new(), 0);
        let only = to.len() == 1;
        for (id, to) in to {
            let before = known.and_then(|known| {
                let outputs = known.output.egresses.iter().map(|egress| &egress.at);
                let same = outputs.clone().find(|at| to.is(at));
                // What its other end refused last is known to the one before.
                same.or(outputs.clone().next().filter(|_| only))
            });
            let (sink, durable, was_cut) = to.open(before, &common)?;
            cut += was_cut;
            sinks.push((id, sink));
            durables.push(durable);
        }
        let before = known.map(|known| &known.reject);
        let (reject, was_cut) = own_file(&common, &common.reject, Purpose::Reject, before)?;
        cut += was_cut;
        let mut record = None;
        if let Some(path) = &choices {
            let before = known.and_then(|known| known.output.choices.as_ref());
            recorded_from_the_start(known, before, path)?;
            let before = before.filter(|before| before.path == *path);
            let before = before.map(|before| &before.file);
            // Named by whoever started this, as the checkpoint is: not by the config.
            let roots = Roots::Unrestricted;
            let mut file = OwnFile::open(&roots, path, Purpose::Choices, before, wait)?;
            cut += file.cut()?;
            record = Some(file);
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
