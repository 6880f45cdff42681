//! What lowering would insert into a plan that is still being made.

use byteor_pipeline_plan::{Diagnostics, parse, sketch_lane_graph};
use byteor_pipeline_spec::ExecutionTarget;
use serde::Serialize;

use crate::graph;
use crate::lower::LowerOptions;

/// A bridge, router or merge, and why it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ForeseenRole {
    /// Its id in the spec.
    pub id: String,
    /// `bridge`, `router` or `merge`.
    #[cfg_attr(feature = "ts", ts(type = "\"bridge\" | \"router\" | \"merge\""))]
    pub kind: &'static str,
    /// The elements of the plan that it stands at: its stage or boundary, and connections.
    pub elements: Vec<String>,
    /// What it does, in few words: "copies each record to 3 lanes".
    pub does: String,
    /// What it does, and why it has to be there.
    pub reason: String,
}

/// The roles that lowering inserts, or would, were the text without errors; by id. A ring has none.
pub fn foreseen_roles(text: &str, target: ExecutionTarget) -> Vec<ForeseenRole> {
    if target == ExecutionTarget::SingleRing {
        return Vec::new();
    }
    let document = parse(text, &mut Diagnostics::default());
    let Some(plan) = sketch_lane_graph(&document) else {
        return Vec::new();
    };
    let options = LowerOptions {
        map: false,
        actions: true,
    };
    let roles = graph::lower(&plan, options).actions.into_iter();
    let mut roles: Vec<ForeseenRole> = roles
        .filter_map(|action| {
            let kind = match action.code {
                "A_BRIDGE_INSERTED" => "bridge",
                "A_ROUTER_PLACED" => "router",
                "A_MERGE_ADDED" => "merge",
                _ => return None,
            };
            Some(ForeseenRole {
                id: action.args.get("role")?.to_owned(),
                kind,
                does: action.args.get("does")?.to_owned(),
                elements: action.elements,
                reason: action.message,
            })
        })
        .collect();
    roles.sort_by(|a, b| a.id.cmp(&b.id));
    roles
}
