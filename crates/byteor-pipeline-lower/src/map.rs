//! Where each part of a spec comes from, and what each element of a plan became.

use serde::Serialize;

/// A part of a spec: a stage of a ring, a dependency, a lane, an endpoint or a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MapPart {
    /// Its id in the spec; of a dependency, the id of the stage that is waited for.
    pub id: String,
    /// What it is, where that isn't the usual: the kind of a lane that isn't `events`, and
    /// `bridge`, `router` or `merge` for a role that lowering inserted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "string"))]
    pub kind: Option<&'static str>,
    /// The elements of the plan that it comes from: ids of stages and boundaries, and `a->b` for
    /// connections. At least one.
    pub elements: Vec<String>,
}

/// A list of a spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MapList {
    /// The KV path of the list; a dot and a place in `parts` make the path of a part.
    pub path: String,
    /// The parts, in the order of the spec.
    pub parts: Vec<MapPart>,
}

/// Which elements of a plan each part of its spec comes from.
///
/// Kept in one direction only, so that the two can't disagree: [`ElementMap::paths`] reads it the
/// other way. A connection leads to everything that its records pass between its two ends, inserted
/// roles and their lanes included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ElementMap {
    /// The lists of the spec. Empty where the caller asked for no map.
    pub lists: Vec<MapList>,
}

impl ElementMap {
    /// The part at a KV path, for example `lane_graph.roles.3`.
    pub fn part(&self, path: &str) -> Option<&MapPart> {
        let (list, place) = path.rsplit_once('.')?;
        let list = self.lists.iter().find(|known| known.path == list)?;
        list.parts.get(place.parse::<usize>().ok()?)
    }

    /// The KV paths of the parts that an element became, in the order of the spec.
    pub fn paths(&self, element: &str) -> Vec<String> {
        self.lists
            .iter()
            .flat_map(|list| {
                list.parts
                    .iter()
                    .enumerate()
                    .filter(|(_, part)| part.elements.iter().any(|id| id == element))
                    .map(|(at, _)| format!("{}.{at}", list.path))
            })
            .collect()
    }
}
