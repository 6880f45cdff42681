//! What is checked of a graph before anything is made: its size, its sinks, its stages and their states.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use byteor_abi::LANE_GRAPH_PARTS_MAX;
use byteor_pipeline_kernel::{STATE_BYTES_MAX, Stage};
use byteor_pipeline_spec::{EndpointKind, LaneGraphSpec, RoleWork, StageOp};

use super::build::Sinks;
use crate::error::ExecError;
use crate::resolver::StageResolver;

pub(super) fn supported(spec: &LaneGraphSpec) -> Result<(), ExecError> {
    let parts = spec.lanes.len().max(spec.roles.len());
    if parts > LANE_GRAPH_PARTS_MAX || spec.endpoints.len() > LANE_GRAPH_PARTS_MAX {
        return Err(ExecError::Unsupported {
            path: "lane_graph".to_owned(),
            message: format!(
                "this executor runs up to {LANE_GRAPH_PARTS_MAX} lanes, roles and endpoints"
            ),
        });
    }
    Ok(())
}

pub(super) fn sinks_fit(spec: &LaneGraphSpec, sinks: &Sinks) -> Result<(), ExecError> {
    let egress = |id: &str| {
        let mut endpoints = spec.endpoints.iter();
        endpoints.any(|one| one.kind == EndpointKind::Egress && one.id == id)
    };
    if let Some(id) = sinks.keys().find(|id| !egress(id)) {
        return Err(ExecError::Egress {
            id: id.clone(),
            message: "the graph has no such egress",
        });
    }
    for endpoint in &spec.endpoints {
        if endpoint.kind == EndpointKind::Egress && !sinks.contains_key(&endpoint.id) {
            return Err(ExecError::Egress {
                id: endpoint.id.clone(),
                message: "nothing takes what leaves there; give it a sink",
            });
        }
    }
    Ok(())
}

/// The stages, in the order of the roles, each with the state that it goes on from.
pub(super) fn resolve(
    spec: &LaneGraphSpec,
    resolver: &dyn StageResolver,
    states: &BTreeMap<String, Arc<[u8]>>,
) -> Result<VecDeque<Box<dyn Stage>>, ExecError> {
    let roles = spec.roles.iter().enumerate();
    let stages = roles.filter_map(|(at, role)| match &role.work {
        RoleWork::Stage { op, .. } => Some((at, &role.id, op)),
        _ => None,
    });
    stages
        .map(|(at, id, op): (usize, &String, &StageOp)| {
            let resolved = resolver.resolve(id, op.key());
            let mut stage = resolved.map_err(|source| ExecError::Unresolved {
                stage_id: id.clone(),
                key: op.key().to_owned(),
                source,
            })?;
            if stage.state_limit() > STATE_BYTES_MAX {
                return Err(ExecError::Unsupported {
                    path: format!("lane_graph.roles.{at}.key"),
                    message: format!(
                        "stage `{id}` may remember {} bytes, and a checkpoint keeps \
                         {STATE_BYTES_MAX} of a stage",
                        stage.state_limit()
                    ),
                });
            }
            if let Some(state) = states.get(id) {
                let restored = stage.restore(state);
                restored.map_err(|source| ExecError::State {
                    stage_id: id.clone(),
                    source,
                })?;
            }
            Ok(stage)
        })
        .collect()
}
