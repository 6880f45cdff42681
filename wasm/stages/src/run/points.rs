//! Places to stop at.

use byteor_json::{ApiError, Request, objects, parse};
use byteor_pipeline_step::{BreakAt, Breakpoint};

use crate::Here;
use crate::records::refused;

/// A place to stop at.
struct Point {
    lane: bool,
    index: u32,
    condition: Vec<String>,
}

/// Breakpoints.
struct Points {
    points: Vec<Point>,
}

objects! {
    closed Point(f) {
        Point {
            lane: f.take("lane")?,
            index: f.take("index")?,
            condition: f.take("condition")?,
        }
    }
    closed Points(f) { Points { points: f.take("points")? } }
}

/// The breakpoints of a JSON text; one that can't be is an error with its index in the argument
/// `breakpoint`.
pub(super) fn breakpoints(json: &str) -> Result<Vec<Breakpoint>, ApiError> {
    let points = Points::read(parse(json)?, "breakpoints")?.points;
    let mut breakpoints = Vec::with_capacity(points.len());
    for (index, point) in points.into_iter().enumerate() {
        let at = match point.lane {
            true => BreakAt::Lane(point.index),
            false => BreakAt::Node(point.index),
        };
        let breakpoint = Breakpoint::new(at, &point.condition);
        breakpoints.push(breakpoint.map_err(|e| refused(&e).arg("breakpoint", index.to_string()))?);
    }
    Ok(breakpoints)
}
