//! The work that everybody does: what a message holds, what of it is looked at, and the check.

use std::time::Duration;

/// Messages that a ring holds.
pub const CAPACITY: usize = 1024;

#[derive(Clone, Debug)]
pub struct Work {
    pub peer: String,
    pub what: String,
    /// Bytes of a message, at least 8.
    pub size: usize,
    /// Messages published at once.
    pub batch: usize,
    pub n: u64,
    /// Whether each payload is read whole; otherwise its first 8 bytes.
    pub touch: bool,
    /// `receiver` for the second process of a run.
    pub role: String,
    /// What names the run for its second process.
    pub run: String,
    /// What the run is called in what it prints.
    pub name: String,
}

pub enum Outcome {
    Time(Duration),
    /// Nanoseconds of each round trip.
    Trips(Vec<u64>),
}

impl Work {
    pub fn from_args(args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut work = Self {
            peer: String::new(),
            what: String::new(),
            size: 32,
            batch: 1,
            n: 1_000_000,
            touch: true,
            role: String::new(),
            run: format!("byteor-contest-{}", std::process::id()),
            name: String::new(),
        };
        for arg in args {
            let (key, value) = arg
                .split_once('=')
                .ok_or(format!("`{arg}` is no key=value"))?;
            let number = || value.parse::<u64>().map_err(|e| format!("{key}: {e}"));
            match key {
                "peer" => work.peer = value.into(),
                "what" => work.what = value.into(),
                "size" => work.size = number()? as usize,
                "batch" => work.batch = number()? as usize,
                "n" => work.n = number()?,
                "work" => {
                    work.touch = match value {
                        "touch" => true,
                        "nt" => false,
                        other => return Err(format!("work is touch or nt, not {other}")),
                    }
                }
                "role" => work.role = value.into(),
                "run" => work.run = value.into(),
                "name" => work.name = value.into(),
                _ => return Err(format!("unknown key `{key}`")),
            }
        }
        if work.size < 8 || work.batch == 0 || work.n == 0 {
            return Err("size is at least 8, batch and n at least 1".into());
        }
        Ok(work)
    }

    pub fn line(&self, outcome: &Outcome) -> String {
        let head = format!(
            r#""name":"{}","peer":"{}","msgs":{}"#,
            self.name, self.peer, self.n
        );
        match outcome {
            Outcome::Time(time) => {
                let seconds = time.as_secs_f64();
                let ops = self.n as f64 / seconds;
                format!(r#"{{{head},"seconds":{seconds:.6},"ops_per_s":{ops:.0}}}"#)
            }
            Outcome::Trips(trips) => {
                let mut trips = trips.clone();
                trips.sort_unstable();
                let at = |q: f64| trips[((trips.len() - 1) as f64 * q) as usize];
                let seconds = trips.iter().sum::<u64>() as f64 / 1e9;
                format!(
                    r#"{{{head},"seconds":{seconds:.6},"ops_per_s":{:.0},"p50_ns":{},"p90_ns":{},"p99_ns":{},"p999_ns":{}}}"#,
                    self.n as f64 / seconds,
                    at(0.5),
                    at(0.9),
                    at(0.99),
                    at(0.999)
                )
            }
        }
    }
}

/// A message before its number is in it.
pub fn blank<const S: usize>() -> [u8; S] {
    std::array::from_fn(|at| at as u8)
}

/// Writes the number into a message.
#[inline]
pub fn number<const S: usize>(message: &mut [u8; S], n: u64) {
    message[..8].copy_from_slice(&n.to_le_bytes());
}

/// What a receiver adds up.
pub struct Seen {
    touch: bool,
    count: u64,
    sum: u64,
}

impl Seen {
    pub fn new(touch: bool) -> Self {
        Self {
            touch,
            count: 0,
            sum: 0,
        }
    }

    #[inline]
    pub fn look(&mut self, message: &[u8]) {
        let (words, _) = message.as_chunks::<8>();
        let sum = if self.touch {
            words.iter().fold(0u64, |sum, word| {
                sum.wrapping_add(u64::from_le_bytes(*word))
            })
        } else {
            u64::from_le_bytes(words[0])
        };
        self.sum = self.sum.wrapping_add(sum);
        self.count += 1;
    }

    pub fn sum(&self) -> u64 {
        self.sum
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// Ends the program where something is missing, doubled or torn.
    pub fn check<const S: usize>(&self, n: u64) {
        let mut rest = Self::new(self.touch);
        let mut message = blank::<S>();
        number(&mut message, 0);
        rest.look(&message);
        let numbers = (u128::from(n) * u128::from(n - 1) / 2) as u64;
        let expected = rest.sum.wrapping_mul(n).wrapping_add(numbers);
        assert!(
            self.count == n && self.sum == expected,
            "received something else"
        );
    }
}

/// Calls `$body` with the size of a message as a constant.
#[macro_export]
macro_rules! sized {
    ($size:expr, $function:ident ( $($arg:expr),* )) => {
        match $size {
            8 => $function::<8>($($arg),*),
            32 => $function::<32>($($arg),*),
            64 => $function::<64>($($arg),*),
            256 => $function::<256>($($arg),*),
            1024 => $function::<1024>($($arg),*),
            other => panic!("messages have 8, 32, 64, 256 or 1024 bytes, not {other}"),
        }
    };
}
