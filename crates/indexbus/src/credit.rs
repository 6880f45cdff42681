//! Credits: how far a consumer may fall behind before a router passes it over.
//!
//! The router's own, from the depth of a consumer's queue as it sees it; best effort, and for work
//! queues only.

/// What happens where a consumer is without credit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CreditPolicy {
    /// Where no consumer has credit, the message is dropped.
    Drop,
    /// Where no consumer has credit, the router waits and takes nothing from its source.
    #[default]
    Park,
    /// As `Park`; and a consumer that stays without credit for a while is ignored until it caught
    /// up. Without a clock (`std`) as `Park`.
    Detach,
}

/// Credits of a router (fields and defaults ours: IB-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditConfig {
    /// Messages that may wait for a consumer; 0 acts as 1.
    pub credit_max: u32,
    /// What happens without credit.
    pub policy: CreditPolicy,
    /// `Detach`: microseconds without credit before a consumer is ignored.
    pub detach_after_us: u64,
    /// `Detach`: messages that may still wait when a consumer is back; below `credit_max`.
    pub reattach_depth: u32,
}

impl CreditConfig {
    /// Time without credit before a consumer is detached, in microseconds, unless said otherwise.
    pub const DETACH_AFTER_US: u64 = 10_000;

    /// With the defaults: detached after 10 ms, back at half of the credit.
    pub const fn new(credit_max: u32, policy: CreditPolicy) -> Self {
        Self {
            credit_max,
            policy,
            detach_after_us: Self::DETACH_AFTER_US,
            reattach_depth: credit_max / 2,
        }
    }
}

/// What a router saw of the credits of `N` consumers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditStats<const N: usize> {
    /// Messages that wait, when it last looked.
    pub depth: [u64; N],
    /// Times it was passed over for lack of credit.
    pub passed_over: [u64; N],
    /// Times it was detached.
    pub detaches: [u64; N],
    /// Whether it is detached now.
    pub detached: [bool; N],
}

impl<const N: usize> Default for CreditStats<N> {
    fn default() -> Self {
        Self {
            depth: [0; N],
            passed_over: [0; N],
            detaches: [0; N],
            detached: [false; N],
        }
    }
}

/// The credits of `N` consumers, as one router keeps them.
#[derive(Clone, Copy, Debug)]
pub struct Credits<const N: usize> {
    config: CreditConfig,
    stats: CreditStats<N>,
    /// Since when a consumer is without credit, in microseconds.
    without_since: [Option<u64>; N],
    now_us: Option<u64>,
}

impl<const N: usize> Credits<N> {
    /// All consumers are attached.
    pub fn new(config: CreditConfig) -> Self {
        Self {
            config,
            stats: CreditStats::default(),
            without_since: [None; N],
            now_us: None,
        }
    }

    /// What happens without credit.
    pub fn policy(&self) -> CreditPolicy {
        self.config.policy
    }

    /// What was seen so far.
    pub fn stats(&self) -> &CreditStats<N> {
        &self.stats
    }

    /// The time of the looks that follow, in microseconds since some moment; `None` without a clock.
    pub fn at(&mut self, now_us: Option<u64>) {
        self.now_us = now_us;
    }

    /// Whether `consumer`, for which `depth` messages wait, may get one.
    pub fn look(&mut self, consumer: usize, depth: u64) -> bool {
        let stats = &mut self.stats;
        let max = u64::from(self.config.credit_max.max(1));
        stats.depth[consumer] = depth;
        let back = u64::from(self.config.reattach_depth).min(max - 1);
        let has_credit = depth < max && (!stats.detached[consumer] || depth <= back);
        if has_credit {
            stats.detached[consumer] = false;
            self.without_since[consumer] = None;
            return true;
        }
        stats.passed_over[consumer] += 1;
        if let (CreditPolicy::Detach, Some(now)) = (self.config.policy, self.now_us)
            && !stats.detached[consumer]
        {
            let since = *self.without_since[consumer].get_or_insert(now);
            if now.saturating_sub(since) >= self.config.detach_after_us {
                stats.detached[consumer] = true;
                stats.detaches[consumer] += 1;
            }
        }
        false
    }
}
