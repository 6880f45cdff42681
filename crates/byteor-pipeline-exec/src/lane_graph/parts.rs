//! A spec as a plan looks at it.

use std::collections::{HashMap, VecDeque};

use byteor_pipeline_kernel::Stage;
use byteor_pipeline_spec::{Channel, EndpointKind, LaneGraphSpec, RoleWork};

use super::options::{LanesIn, Options};
use super::plan::{Between, Part};
use super::regions::capacity;

/// How many read a lane, and which number the first of them has among all readers.
#[derive(Clone, Copy, Default)]
pub(super) struct Readers {
    pub count: usize,
    pub first: usize,
}

/// The roles and egresses as a plan looks at them: roles first, as in the spec.
pub(super) fn parts(
    spec: &LaneGraphSpec,
    stages: &VecDeque<Box<dyn Stage>>,
    places: &HashMap<&str, usize>,
) -> Vec<Part> {
    let lanes = |ids: &[String]| -> Vec<usize> {
        let ids = ids.iter();
        ids.filter_map(|id| places.get(id.as_str()).copied())
            .collect()
    };
    let mut stages = stages.iter();
    let mut many = |work: &RoleWork| {
        matches!(work, RoleWork::Stage { .. })
            && stages.next().is_some_and(|stage| stage.gives_many())
    };
    let roles = spec.roles.iter().map(|role| Part {
        reads: lanes(role.work.rx()),
        writes: lanes(role.work.tx()),
        many: many(&role.work),
    });
    let mut parts: Vec<Part> = roles.collect();
    let egresses = spec.endpoints.iter();
    let egresses = egresses.filter(|endpoint| endpoint.kind == EndpointKind::Egress);
    parts.extend(egresses.map(|endpoint| Part {
        reads: lanes(std::slice::from_ref(&endpoint.lane)),
        ..Part::default()
    }));
    parts
}

/// The lanes as a plan looks at them. A journal in a file is there to be read by others, too.
pub(super) fn between(spec: &LaneGraphSpec, options: &Options) -> Vec<Between> {
    let lanes = spec.lanes.iter();
    lanes
        .map(|lane| Between {
            capacity: records_in(lane.channel, options),
            private: lane.channel != Channel::Journal || options.lanes == LanesIn::Memory,
            loses: lane.channel == Channel::Journal,
        })
        .collect()
}

/// Records that a lane holds for each reader; of a journal's, only the bytes are bounded.
pub(super) fn records_in(channel: Channel, options: &Options) -> u64 {
    match channel {
        Channel::Journal => u64::MAX,
        channel => u64::from(capacity(channel, options)),
    }
}

pub(super) fn places(spec: &LaneGraphSpec) -> HashMap<&str, usize> {
    let lanes = spec.lanes.iter().enumerate();
    lanes
        .map(|(place, lane)| (lane.id.as_str(), place))
        .collect()
}

pub(super) fn readers(spec: &LaneGraphSpec, parts: &[Part]) -> Vec<Readers> {
    let mut readers = vec![Readers::default(); spec.lanes.len()];
    for lane in parts.iter().flat_map(|part| &part.reads) {
        readers[*lane].count += 1;
    }
    let mut first = 0;
    for readers in &mut readers {
        readers.first = first;
        first += readers.count;
    }
    readers
}
