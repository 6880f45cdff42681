//! A single ring, or one for each shard, between its two adapters.

use std::path::{Path, PathBuf};

use byteor_adapters::prepared::Prepared;
use byteor_adapters::sink::Sink;
use byteor_adapters::source::Source;
use byteor_pipeline_exec::{SHARD_FILE, ShmSequencedSlots, SingleRing, create_run_folder};
use byteor_pipeline_spec::SingleRingSpec;
use byteor_runtime::failure::{Exit, Failure};
use byteor_runtime::lane_folder::LaneFolder;
use byteor_runtime::lane_path::{LaneFile, default_lane_path};
use byteor_runtime::single_process::ring_failure;

use crate::events::{Begun, Events};
use crate::{Approved, wiring};

pub(crate) fn run(approved: &Approved, spec: &SingleRingSpec) -> Result<(), Failure> {
    if wiring::is_on_network(&approved.bundle) {
        return over_network(approved, spec);
    }
    between(
        approved,
        spec,
        approved.files.clone().prepare()?,
        &mut || {},
    )
}

#[cfg(feature = "net")]
use crate::network::run as over_network;

/// Where no adapter of the build is on the network.
#[cfg(not(feature = "net"))]
fn over_network(approved: &Approved, _: &SingleRingSpec) -> Result<(), Failure> {
    Err(wiring::first_left_out(&approved.bundle))
}

/// Runs between a source and a sink that are prepared; `end` ends what works for them, and may still
/// say something of the run.
pub(crate) fn between<S: Source, K: Sink + 'static>(
    approved: &Approved,
    spec: &SingleRingSpec,
    prepared: Prepared<S, K>,
    end: &mut dyn FnMut(),
) -> Result<(), Failure> {
    let events: Events = approved.events;
    approved.tell(prepared.notices());
    // The checkpoint is held from here on, and with it the region's name: declared before the
    // region, and so let go after it, or the next run's region would be removed by us.
    let _held = prepared.held();
    let place = Place::claim(approved, spec)?;
    let class = wiring::slot_class(&approved.bundle)?;
    let tuning = wiring::tuning(&approved.bundle);
    let shards = prepared.shards(|shard| {
        let region = ShmSequencedSlots::recreate(&place.region(shard), class);
        region.map_err(|error| {
            let help = "name another place with --lane-path=PATH, with room for the region";
            Failure::new(Exit::Failed, error.code(), error.to_string(), help)
        })
    })?;
    let stages = |_: &str, key: &str| approved.secrets.stage(key);
    let ring = SingleRing::start_shards(spec, shards, &stages, tuning).map_err(ring_failure)?;
    let generation = ring.snapshot().generation;
    let ready = prepared.begin(ring)?;
    approved.tell(ready.notices());
    events.started(&Begun {
        lane_path: &place.path().to_string_lossy(),
        spec_hash: &approved.checked.spec_hash,
        generation,
        grounds: &approved.grounds,
        totals: ready.totals(),
        since: ready.since(),
        before: None,
        workers: ready.workers(),
        wait: tuning.wait,
    });
    let ran = ready.run(&approved.stop, &mut |notice| events.notice(&notice));
    end();
    events.stopped(&ran?);
    Ok(())
}

/// Where the regions of a run stand: a file, or one for each shard in a folder.
enum Place {
    One(LaneFile),
    Several(LaneFolder),
}

impl Place {
    fn claim(approved: &Approved, spec: &SingleRingSpec) -> Result<Self, Failure> {
        let path = |kind| {
            let asked = approved.lane_path.clone();
            asked.unwrap_or_else(|| default_lane_path(&approved.files.checkpoint, kind))
        };
        if spec.shards == 1 {
            return LaneFile::claim(&path("ring")).map(Self::One);
        }
        let folder = LaneFolder::claim(&path("shards"))?;
        create_run_folder(folder.path()).map_err(|error| {
            let help = "name another place with --lane-path=PATH";
            Failure::new(Exit::Failed, error.code(), error.to_string(), help)
        })?;
        Ok(Self::Several(folder))
    }

    fn path(&self) -> &Path {
        match self {
            Self::One(file) => file.path(),
            Self::Several(folder) => folder.path(),
        }
    }

    fn region(&self, shard: u32) -> PathBuf {
        match self {
            Self::One(file) => file.path().to_path_buf(),
            Self::Several(folder) => folder.path().join(format!("{SHARD_FILE}{shard}")),
        }
    }
}
