//! How long a proof goes on, where it begins, and what it did.
//!
//! By itself a test does as many rounds as it says, the same each time. `cargo xtask deep` gives it
//! time instead, and the number of the first round that nobody did yet; what was done is counted in a
//! file, round by round, so that a proof that is stopped keeps its count.

mod dying;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

pub use dying::until_it_ends_itself;

/// How long each test goes on, in seconds.
pub const SECONDS: &str = "INDEXBUS_PROOF_SECONDS";
/// The number of the first round.
pub const FROM: &str = "INDEXBUS_PROOF_FROM";
/// The file that counts are appended to: `COUNT UNIT` a line.
pub const LOG: &str = "INDEXBUS_PROOF_LOG";
/// The folder where a proof may leave how far it came.
pub const FOLDER: &str = "INDEXBUS_PROOF_FOLDER";

/// # Panics
/// If the variable is there and says something else.
fn told<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    match text.parse() {
        Ok(value) => Some(value),
        Err(_) => panic!("{name} is `{text}`"),
    }
}

/// How long a proof is given, where it is given time.
///
/// # Panics
/// If the variable says something else than seconds.
#[must_use]
pub fn given() -> Option<Duration> {
    told(SECONDS).map(Duration::from_secs_f64)
}

/// How long a proof goes on that always goes by time: `usual`, or what it is given.
#[must_use]
pub fn time(usual: Duration) -> Duration {
    given().unwrap_or(usual)
}

/// The number of the first round; 0 where nobody says.
///
/// # Panics
/// If the variable says something else than a number.
#[must_use]
pub fn from() -> u64 {
    told(FROM).unwrap_or(0)
}

/// Where a proof may leave how far it came; nowhere by itself.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    told(FOLDER)
}

/// Counts what was done, in `unit`s such as `kills`.
///
/// # Panics
/// If the file can't be written to.
pub fn did(unit: &str, count: u64) {
    let Some(path) = told::<PathBuf>(LOG) else {
        return;
    };
    let log = OpenOptions::new().create(true).append(true).open(&path);
    // One write, as several processes append.
    let written = log.and_then(|mut log| log.write_all(format!("{count} {unit}\n").as_bytes()));
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// What [`say`] says begins with this.
pub const SAYS: &str = "proof: ";

/// Says figures that can't be counted, such as times, on a line of its own, for `cargo xtask deep` to print.
pub fn say(text: &str) {
    println!("{SAYS}{text}");
}

/// The numbers of the rounds to do, each counted as done when the next one is asked for: `usual` of
/// them, or as many as the time allows, but one.
#[must_use]
pub fn rounds(unit: &'static str, usual: u64) -> Rounds {
    let next = from();
    let end = match given() {
        Some(time) => End::Time(Instant::now() + time),
        None => End::Number(next.saturating_add(usual)),
    };
    Rounds {
        unit,
        next,
        end,
        under_way: false,
    }
}

/// See [`rounds`].
#[derive(Debug)]
pub struct Rounds {
    unit: &'static str,
    next: u64,
    end: End,
    under_way: bool,
}

impl Rounds {
    /// For a test that asks for rounds at most `calls` times: each gets its part of the time.
    #[must_use]
    pub fn shared_by(mut self, calls: u32) -> Self {
        if let Some(time) = given() {
            self.end = End::Time(Instant::now() + time / calls);
        }
        self
    }
}

#[derive(Clone, Copy, Debug)]
enum End {
    Number(u64),
    Time(Instant),
}

impl Iterator for Rounds {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let over = match self.end {
            End::Number(number) => self.next >= number,
            End::Time(time) => self.under_way && Instant::now() >= time,
        };
        if self.under_way {
            did(self.unit, 1);
        }
        self.under_way = !over;
        let number = self.next;
        self.next = number.wrapping_add(1);
        (!over).then_some(number)
    }
}

/// A number that follows from `round` and looks like chance: the same for the same.
#[must_use]
pub const fn scattered(round: u64) -> u64 {
    // The finalizer of SplitMix64.
    let mut x = round.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_itself_a_proof_does_what_it_says_from_the_first_round_on() {
        assert!(rounds("rounds", 3).eq([0, 1, 2]));
        assert_eq!(rounds("rounds", 0).count(), 0);
        assert_eq!(time(Duration::from_secs(2)), Duration::from_secs(2));
        assert_eq!(folder(), None);
    }

    /// This test once more, in a process that is given time.
    #[test]
    fn a_proof_that_is_given_time_goes_on_where_it_was_and_counts() {
        if given().is_some() {
            let mut numbers = rounds("rounds", 3);
            assert_eq!(numbers.next(), Some(41));
            assert!(numbers.all(|number| number > 41));
            did("more", 7);
            return;
        }
        let log = std::env::temp_dir().join(format!("indexbus-proof-{}", std::process::id()));
        let ended = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "tests::a_proof_that_is_given_time_goes_on_where_it_was_and_counts",
            ])
            .envs([(SECONDS, "0.05"), (FROM, "41")])
            .env(LOG, &log)
            .output()
            .unwrap();
        assert!(ended.status.success(), "{ended:?}");
        let counted = std::fs::read_to_string(&log).unwrap();
        std::fs::remove_file(&log).unwrap();
        assert!(
            counted.starts_with("1 rounds\n") && counted.ends_with("7 more\n"),
            "{counted}"
        );
    }

    #[test]
    fn numbers_of_chance_differ() {
        let seen: std::collections::BTreeSet<u64> = (0..1000).map(scattered).collect();
        assert_eq!(seen.len(), 1000);
    }
}
