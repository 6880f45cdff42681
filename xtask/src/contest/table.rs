//! The table of a contest: medians, ratios, processor time.

use std::fmt::Write;

use super::entrant::Sample;
use super::{Contest, Shown};

/// The middle one; nothing of nothing.
pub fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// The median of one figure of all samples of an entrant in a contest.
pub fn of_entrant(
    samples: &[Sample],
    contest: &str,
    entrant: &str,
    figure: impl Fn(&Sample) -> f64,
) -> Option<f64> {
    let own = samples
        .iter()
        .filter(|sample| sample.contest == contest && sample.entrant == entrant);
    median(own.map(figure))
}

/// All contests as Markdown.
pub fn of(contests: &[Contest], samples: &[Sample], rounds: u32) -> String {
    let mut text = format!(
        "# The contest\n\n\
         Made by `cargo xtask contest`: ours and others at the same work, in turns, {rounds} rounds, \
         medians; the raw samples are in `samples.jsonl`.\n\
         A ratio is ours by theirs, so above 1 we are ahead; in round trips theirs by ours.\n\
         Each sample had a raw ping-pong of one cache line between two processes beside it: \
         median of their p50 {}, fastest {}, slowest {}.\n",
        nanos(median(samples.iter().map(|sample| sample.beside[0]))),
        nanos(
            samples
                .iter()
                .map(|sample| sample.beside[0])
                .reduce(f64::min)
        ),
        nanos(
            samples
                .iter()
                .map(|sample| sample.beside[0])
                .reduce(f64::max)
        ),
    );
    for contest in contests {
        let name = contest.name();
        let _ = write!(text, "\n## {name}\n\nAim: {}.\n\n", contest.aim);
        text += &match contest.shown {
            Shown::Trips => trips(contest, samples),
            Shown::Rate => rates(contest, samples),
            Shown::Figure(_, what) => figures(contest, samples, what),
        };
        let _ = writeln!(text, "\n![{name}]({}.svg)", name.replace('/', "-"));
    }
    text
}

fn rates(contest: &Contest, samples: &[Sample]) -> String {
    let name = contest.name();
    let mut text = "| | million a second | ours by it | processor seconds a million |\n\
                    | --- | ---: | ---: | ---: |\n"
        .to_owned();
    let ours = of_entrant(samples, &name, "IndexBus", |sample| sample.ops_per_s);
    for entrant in contest.entrants.iter().map(|entrant| entrant.name()) {
        let Some(rate) = of_entrant(samples, &name, entrant, |sample| sample.ops_per_s) else {
            let _ = writeln!(text, "| {entrant} | did not run | | |");
            continue;
        };
        let cpu = of_entrant(samples, &name, entrant, |sample| sample.cpu_s_per_million);
        let _ = writeln!(
            text,
            "| {entrant} | {:.2} | {} | {:.3} |",
            rate / 1e6,
            ours.map_or(String::new(), |ours| format!("{:.2}", ours / rate)),
            cpu.unwrap_or_default(),
        );
    }
    text
}

fn trips(contest: &Contest, samples: &[Sample]) -> String {
    let name = contest.name();
    let mut text =
        "| | p50 | p90 | p99 | p99.9 | it by ours, p50 | p50 by the ping-pong beside it |\n\
                    | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
            .to_owned();
    let at = |entrant: &str, n: usize| {
        of_entrant(samples, &name, entrant, |sample| {
            sample.trips.map_or(f64::NAN, |trips| trips[n])
        })
    };
    let ours = at("IndexBus", 0);
    for entrant in contest.entrants.iter().map(|entrant| entrant.name()) {
        let Some(p50) = at(entrant, 0) else {
            let _ = writeln!(text, "| {entrant} | did not run | | | | | |");
            continue;
        };
        let raw = of_entrant(samples, &name, entrant, |sample| {
            sample
                .trips
                .map_or(f64::NAN, |trips| trips[0] / sample.beside[0])
        });
        let _ = writeln!(
            text,
            "| {entrant} | {} | {} | {} | {} | {} | {:.2} |",
            nanos(Some(p50)),
            nanos(at(entrant, 1)),
            nanos(at(entrant, 2)),
            nanos(at(entrant, 3)),
            ours.map_or(String::new(), |ours| format!("{:.2}", p50 / ours)),
            raw.unwrap_or(f64::NAN),
        );
    }
    text
}

fn figures(contest: &Contest, samples: &[Sample], what: &str) -> String {
    let name = contest.name();
    let mut text = format!("| | {what} |\n| --- | ---: |\n");
    for entrant in contest.entrants.iter().map(|entrant| entrant.name()) {
        let figure = |sample: &Sample| sample.figure.unwrap_or(f64::NAN);
        let _ = match of_entrant(samples, &name, entrant, figure) {
            Some(median) => writeln!(text, "| {entrant} | {median:.2} |"),
            None => writeln!(text, "| {entrant} | did not run |"),
        };
    }
    text
}

fn nanos(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.0} ns"))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn a_median_is_one_of_the_values() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), Some(2.0));
        assert_eq!(median(std::iter::empty()), None);
    }
}
