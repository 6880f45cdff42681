//! Snapshots of a LaneGraph, by its own process or from outside.

use std::path::Path;

use byteor_pipeline_kernel::{GraphRegion, Ordering};
use byteor_pipeline_snapshot::{
    Counters, EndpointSnapshot, LaneGraphSnapshot, LaneReaderSnapshot, LaneSnapshot, RoleSnapshot,
    SnapshotVersion,
};
use byteor_transport_shm::{
    COUNTERS_FILE, EndpointNumbers, Error, GraphWords, LaneNumbers, read_graph_words,
};

use crate::snapshot::tuning;

fn graph(words: GraphWords) -> LaneGraphSnapshot {
    let mut counters = Counters::default();
    // Wrapping, as all counters of regions are; a hostile file may hold anything.
    let add = |to: &mut u64, number: u64| *to = to.wrapping_add(number);
    for EndpointNumbers { ingress, counts } in &words.endpoints {
        let [records, bytes, rejected] = *counts;
        if *ingress {
            add(&mut counters.records_in, records);
            add(&mut counters.bytes_in, bytes);
        } else {
            add(&mut counters.records_out, records);
            add(&mut counters.bytes_out, bytes);
        }
        add(&mut counters.rejected, rejected);
    }
    for [_, dropped, rejected] in &words.roles {
        add(&mut counters.dropped, *dropped);
        add(&mut counters.rejected, *rejected);
    }
    let lanes = words.lanes.iter().zip(0..).map(|(lane, index)| {
        // What was read is looked at before what was given, so a lane may have been emptied in between.
        let most = match lane.capacity {
            0 => u64::MAX,
            capacity => u64::from(capacity),
        };
        let readers: Vec<LaneReaderSnapshot> = lane
            .readers
            .iter()
            .map(|[given, read, lost]| LaneReaderSnapshot {
                read: *read,
                lag: given.saturating_sub(*read).saturating_sub(*lost).min(most),
                lost: *lost,
            })
            .collect();
        LaneSnapshot {
            index,
            id: None,
            kind: None,
            capacity: lane.capacity,
            published: lane.published,
            depth: readers.iter().map(|reader| reader.lag).max().unwrap_or(0),
            dropped: lane.discarded,
            readers,
        }
    });
    let roles = words.roles.iter().zip(0..);
    let endpoints = words.endpoints.iter().zip(0..);
    let endpoints = endpoints
        .map(|(EndpointNumbers { ingress, counts }, index)| {
            let [records, bytes, rejected] = *counts;
            EndpointSnapshot {
                index,
                id: None,
                ingress: *ingress,
                records,
                bytes,
                rejected,
            }
        })
        .collect();
    LaneGraphSnapshot {
        v: SnapshotVersion,
        counters,
        lanes: lanes.collect(),
        roles: roles
            .map(|([processed, dropped, rejected], index)| RoleSnapshot {
                index,
                id: None,
                state: None,
                processed: *processed,
                dropped: *dropped,
                rejected: *rejected,
            })
            .collect(),
        endpoints,
        tuning: tuning(words.tuning),
        generation: words.generation,
    }
}

/// Reads a snapshot of the run whose folder is `folder`, from any process that may read it, also
/// when the run is over or was killed.
///
/// The files are hostile input and are read, not mapped. Numbers of a running pipeline are each
/// exact, and together from about the same moment. Doesn't wait: `NotInitialized` means try again.
pub fn snapshot_graph_folder(folder: &Path) -> Result<LaneGraphSnapshot, Error> {
    read_graph_words(&folder.join(COUNTERS_FILE)).map(graph)
}

/// Takes a snapshot of a run of one's own.
pub fn snapshot_graph(region: &GraphRegion) -> LaneGraphSnapshot {
    let cells = region.cells();
    let order = Ordering::Acquire;
    // Whoever comes later in the flow first, as when reading from outside.
    let endpoints = (0..cells.endpoints)
        .map(|at| {
            let words = region.endpoint(at);
            EndpointNumbers {
                ingress: words.is_ingress(),
                counts: [
                    words.records.load(order),
                    words.bytes.load(order),
                    words.rejected.load(order),
                ],
            }
        })
        .collect();
    let roles = (0..cells.roles)
        .map(|at| {
            let words = region.role(at);
            [
                words.processed.load(order),
                words.dropped.load(order),
                words.rejected.load(order),
            ]
        })
        .collect();
    let readers: Vec<[u64; 2]> = (0..cells.readers)
        .map(|at| {
            let words = region.reader(at);
            [words.read.load(order), words.lost.load(order)]
        })
        .collect();
    let mut readers = readers.into_iter();
    let lanes = (0..cells.lanes)
        .map(|at| {
            let words = region.lane(at);
            let of_lane = readers.by_ref().take(words.readers());
            LaneNumbers {
                readers: of_lane
                    .zip(0..)
                    .map(|([read, lost], reader)| [words.given.at(reader).load(order), read, lost])
                    .collect(),
                capacity: words.capacity(),
                published: words.published.load(order),
                discarded: words.discarded.load(order),
            }
        })
        .collect();
    graph(GraphWords {
        generation: region.generation(),
        tuning: region.tuning(),
        lanes,
        roles,
        endpoints,
    })
}
