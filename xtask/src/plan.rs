//! A large plan on standard output, for benches and for trying things.

use std::io::Write as _;

use byteor_pipeline_generator::{LINES_MIN, LargePlan, Shape};

/// The most lines that are written; the plan language takes fewer.
const LINES_MAX: usize = 1_000_000;

/// Writes the plan that the options ask for.
pub fn run(options: &[&str]) -> Result<(), String> {
    let plan = read(options)?;
    std::io::stdout()
        .write_all(plan.text().as_bytes())
        .map_err(|error| format!("the plan can't be written: {error}"))
}

fn read(options: &[&str]) -> Result<LargePlan, String> {
    let mut plan = LargePlan::new(Shape::Chain, 1_000);
    for pair in options.chunks(2) {
        let [name, value] = pair else {
            return Err(format!("{} needs a value", pair[0]));
        };
        let number = || {
            value
                .parse::<u64>()
                .map_err(|_| format!("{name} needs a number, not {value}"))
        };
        match *name {
            "--shape" => {
                plan.shape = Shape::from_name(value).ok_or_else(|| {
                    let names = Shape::ALL.map(Shape::name).join(", ");
                    format!("there is no shape {value}; there are {names}")
                })?;
            }
            "--lines" => plan.lines = number()? as usize,
            "--seed" => plan.seed = number()?,
            "--variant" => plan.variant = number()?,
            _ => return Err(format!("plan has no option {name}")),
        }
    }
    if !(LINES_MIN..=LINES_MAX).contains(&plan.lines) {
        return Err(format!("--lines takes {LINES_MIN} to {LINES_MAX}"));
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_wrong_ones_refused() {
        let plan = read(&["--lines", "20", "--shape", "fan", "--seed", "7"]).unwrap();
        assert_eq!((plan.lines, plan.seed), (20, 7));
        assert_eq!(plan.shape, Shape::Fan);
        for wrong in [
            &["--lines"][..],
            &["--lines", "9"],
            &["--lines", "x"],
            &["--shape", "round"],
            &["--colour", "1"],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
