//! How often the control plane is called.

use std::time::Duration;

use crate::instant::now_millis;

/// How long to wait after the key was refused.
pub const KEY_REFUSED_WAIT: Duration = Duration::from_secs(60);

/// The least time from one heartbeat to one that is sent before it is time. The server counts 600
/// calls of an agent a minute: half of them are left for what isn't a heartbeat.
pub const SOON: Duration = Duration::from_millis(200);

/// The heartbeat interval that is honoured.
pub fn interval(millis: u64) -> Duration {
    Duration::from_millis(millis.clamp(100, 60_000))
}

/// The wait after `failures` failures in a row: 1 s, 2 s, 4 s, up to 30 s, shortened by up to a
/// half by `random`, so that agents don't come back all at once.
pub fn back_off(failures: u32, random: u64) -> Duration {
    let full = 1000_u64 << failures.saturating_sub(1).min(5);
    let full = full.min(30_000);
    Duration::from_millis(full - random % (full / 2))
}

/// A little randomness, from the clock and the process: enough to spread agents out.
pub fn jitter() -> u64 {
    let mixed = now_millis() ^ (u64::from(std::process::id()) << 20);
    mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 17
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_half_a_minute_and_never_drops_below_half() {
        for (failures, full) in [
            (1, 1000),
            (2, 2000),
            (3, 4000),
            (5, 16_000),
            (6, 30_000),
            (99, 30_000),
        ] {
            assert_eq!(back_off(failures, 0), Duration::from_millis(full));
            for random in 0..full {
                assert!(back_off(failures, random) > Duration::from_millis(full / 2));
            }
        }
    }

    #[test]
    fn a_silly_interval_is_bounded() {
        assert_eq!(interval(0), Duration::from_millis(100));
        assert_eq!(interval(u64::MAX), Duration::from_secs(60));
    }
}
