//! The line of JSON.

use std::fmt::{self, Write as _};

/// What a run gave.
pub struct Report {
    fields: Vec<(&'static str, String)>,
}

impl Report {
    /// `msgs` messages, or round trips, in `seconds`.
    pub fn new(name: &str, msgs: u64, seconds: f64) -> Self {
        let per_second = msgs as f64 / seconds;
        Self {
            fields: vec![
                ("name", format!("\"{name}\"")),
                ("msgs", msgs.to_string()),
                ("seconds", format!("{seconds:.6}")),
                ("ops_per_s", format!("{per_second:.0}")),
            ],
        }
    }

    /// Adds a number.
    pub fn number(mut self, name: &'static str, value: f64) -> Self {
        let value = if value.fract() == 0.0 {
            format!("{value:.0}")
        } else {
            format!("{value:.4}")
        };
        self.fields.push((name, value));
        self
    }

    /// Adds a word of ours, which needs no escapes.
    pub fn word(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, format!("\"{value}\"")));
        self
    }

    /// Adds the percentiles of `nanos`, which it sorts.
    pub fn percentiles(mut self, nanos: &mut [u32]) -> Self {
        nanos.sort_unstable();
        let last = nanos.len().saturating_sub(1);
        for (name, share) in [
            ("p50_ns", 0.5),
            ("p90_ns", 0.9),
            ("p99_ns", 0.99),
            ("p999_ns", 0.999),
        ] {
            let at = (nanos.len() as f64 * share) as usize;
            let value = nanos.get(at.min(last)).copied().unwrap_or(0);
            self = self.number(name, f64::from(value));
        }
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (n, (name, value)) in self.fields.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}\"{name}\": {value}")?;
        }
        f.write_char('}')
    }
}
