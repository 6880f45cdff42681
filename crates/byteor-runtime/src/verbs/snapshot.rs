//! `snapshot`: the live state of a ring or a graph, read from outside.

use std::fmt::Write;
use std::path::PathBuf;

use byteor_pipeline_backings_shm::{
    LaneGraphSnapshot, SingleRingSnapshot, Snapshot, snapshot_graph_folder, snapshot_path,
};
use byteor_pipeline_exec::lane_graph::COUNTERS_FILE;
use clap::Args;
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::lane_path::Holder;
use crate::output::{print, print_json};

/// A region, or the folder of a graph's regions.
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// The region's file, or the folder of a lane graph's lanes or of a ring's shards, as `run` names
    /// it when it starts.
    #[arg(long, value_name = "PATH")]
    pub lane_path: PathBuf,
    /// Answer as one JSON object on standard output, failures too.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(args: SnapshotArgs) -> Result<Exit, Failure> {
    let path = &args.lane_path;
    let snapshot = if path.join(COUNTERS_FILE).exists() {
        snapshot_graph_folder(path).map(Snapshot::from)
    } else {
        snapshot_path(path).map(Snapshot::from)
    };
    let snapshot = snapshot.map_err(|error| {
        Failure::new(
            Exit::Input,
            error.code(),
            format!("{}: {error}", args.lane_path.display()),
            "name the region of a running pipeline; `run` says which it is when it starts",
        )
    })?;
    let holder = Holder::of(&args.lane_path);
    if args.json {
        print_json(&Answer {
            held: match holder {
                Holder::Nobody => Some(false),
                Holder::Run(_) => Some(true),
                Holder::Unknown => None,
            },
            held_by: match holder {
                Holder::Run(id) => id,
                _ => None,
            },
            snapshot,
        })?;
    } else {
        print(&format!("{}{}", says(holder), table(&snapshot)))?;
    }
    Ok(Exit::Done)
}

/// The snapshot, and whether it is of something that lives.
#[derive(Serialize)]
struct Answer {
    /// Null where this user can't ask.
    held: Option<bool>,
    held_by: Option<u32>,
    #[serde(flatten)]
    snapshot: Snapshot,
}

fn says(holder: Holder) -> String {
    match holder {
        Holder::Nobody => "left behind: no run that lives has it\n".to_owned(),
        Holder::Run(Some(id)) => format!("of the run of process {id}\n"),
        Holder::Run(None) | Holder::Unknown => String::new(),
    }
}

fn table(snapshot: &Snapshot) -> String {
    match snapshot {
        Snapshot::SingleRing(ring) => ring_table(ring),
        Snapshot::LaneGraph(graph) => graph_table(graph),
    }
}

/// Lanes and roles by their place in the spec; `lag` of a lane is that of each reader.
fn graph_table(snapshot: &LaneGraphSnapshot) -> String {
    let counters = &snapshot.counters;
    let mut text = format!(
        "lane graph of {} lanes and {} roles\n\
         in {} ({} bytes), out {} ({} bytes), dropped {}, rejected {}\n\
         lane    capacity  published  depth  dropped  lag\n",
        snapshot.lanes.len(),
        snapshot.roles.len(),
        counters.records_in,
        counters.bytes_in,
        counters.records_out,
        counters.bytes_out,
        counters.dropped,
        counters.rejected,
    );
    // Writing to a String can't fail.
    for lane in &snapshot.lanes {
        let lags: Vec<String> = lane.readers.iter().map(|one| one.lag.to_string()).collect();
        let _ = writeln!(
            text,
            "{:<6}{:>10}{:>11}{:>7}{:>9}  {}",
            lane.index,
            lane.capacity,
            lane.published,
            lane.depth,
            lane.dropped,
            lags.join(" ")
        );
    }
    text.push_str("role   processed  dropped  rejected\n");
    for role in &snapshot.roles {
        let _ = writeln!(
            text,
            "{:<6}{:>10}{:>9}{:>10}",
            role.index, role.processed, role.dropped, role.rejected
        );
    }
    text
}

fn ring_table(snapshot: &SingleRingSnapshot) -> String {
    let counters = &snapshot.counters;
    let mut text = format!(
        "single ring of {} records of {} bytes, cursor {}\n\
         in {} ({} bytes), out {} ({} bytes), dropped {}, rejected {}\n\
         stage     gating  lag  processed  dropped  rejected\n",
        snapshot.capacity,
        snapshot.slot_bytes,
        snapshot.cursor,
        counters.records_in,
        counters.bytes_in,
        counters.records_out,
        counters.bytes_out,
        counters.dropped,
        counters.rejected,
    );
    for stage in &snapshot.stages {
        // Writing to a String can't fail.
        let _ = writeln!(
            text,
            "{:<6}{:>10}{:>5}{:>11}{:>9}{:>10}",
            stage.index, stage.gating, stage.lag, stage.processed, stage.dropped, stage.rejected
        );
    }
    text
}
