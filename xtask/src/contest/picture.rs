//! A contest as a picture: a bar for each median, a dot for each sample.

use std::fmt::Write;

use super::entrant::Sample;
use super::table::of_entrant;
use super::{Contest, Shown};

const LEFT: f64 = 130.0;
const WIDTH: f64 = 560.0;
const ROW: f64 = 26.0;

/// What a bar is as long as.
fn figure(sample: &Sample) -> f64 {
    match (sample.trips, sample.figure) {
        (Some(trips), _) => trips[0],
        (None, Some(figure)) => figure,
        (None, None) => sample.ops_per_s / 1e6,
    }
}

/// The picture, readable on light and dark pages.
pub fn of(contest: &Contest, samples: &[Sample]) -> String {
    let name = contest.name();
    let own = || samples.iter().filter(|sample| sample.contest == name);
    let most = own().map(figure).reduce(f64::max).unwrap_or(1.0);
    let place = |value: f64| LEFT + value / most * (WIDTH - 70.0);
    let unit = match contest.shown {
        Shown::Trips => "nanoseconds, p50; less is better",
        Shown::Rate => "million messages a second; more is better",
        Shown::Figure(_, what) => what,
    };
    let height = 34.0 + ROW * contest.entrants.len() as f64;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {height}" font-family="sans-serif" font-size="12" fill="#777">
<title>{name}</title>
<text x="8" y="18" font-weight="bold">{name}</text>
<text x="{LEFT}" y="18">{unit}</text>
"##,
        LEFT + WIDTH
    );
    for (at, entrant) in contest
        .entrants
        .iter()
        .map(|entrant| entrant.name())
        .enumerate()
    {
        let y = 30.0 + ROW * at as f64;
        let Some(median) = of_entrant(samples, &name, entrant, figure) else {
            continue;
        };
        let fill = if entrant.starts_with("IndexBus") {
            "#3b82f6"
        } else {
            "#9ca3af"
        };
        let _ = write!(
            svg,
            r##"<text x="{}" y="{}" text-anchor="end">{entrant}</text>
<rect x="{LEFT}" y="{}" width="{:.1}" height="14" rx="2" fill="{fill}"/>
<text x="{:.1}" y="{}">{median:.2}</text>
"##,
            LEFT - 8.0,
            y + 11.0,
            y,
            place(median) - LEFT,
            place(most) + 8.0,
            y + 11.0
        );
        for sample in own().filter(|sample| sample.entrant == entrant) {
            let _ = writeln!(
                svg,
                r##"<circle cx="{:.1}" cy="{}" r="1.8" fill="#111" fill-opacity="0.35" stroke="#fff" stroke-opacity="0.35"/>"##,
                place(figure(sample)),
                y + 7.0
            );
        }
    }
    svg + "</svg>\n"
}
