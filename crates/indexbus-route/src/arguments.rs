//! The command line of `indexbus-router`.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, ValueEnum};
use indexbus::WaitKind;
use indexbus_route::{
    BackpressurePolicy, CreditConfig, CreditPolicy, RouterLoopConfig, RouterMode, RouterSource,
};

/// Routes the messages of a fanout region, and prints what happens once an interval. Stops on
/// SIGTERM or SIGINT.
#[derive(Debug, Parser)]
#[command(name = "indexbus-router", version)]
pub struct Arguments {
    #[command(flatten)]
    region: Region,
    /// Create the region for this many consumers (1 to 4) if it is missing.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4))]
    pub consumers: Option<u32>,
    /// Milliseconds between two lines.
    #[arg(long, default_value_t = 1000)]
    pub interval_ms: u64,
    /// Which source is routed.
    #[arg(long, value_enum, default_value = "spsc")]
    source: Source,
    /// Who gets a message.
    #[arg(long, value_enum, default_value = "broadcast")]
    mode: Mode,
    /// What happens where all consumers of a work queue are full.
    #[arg(long, value_enum, default_value = "spin-then-block")]
    policy: Policy,
    /// Messages that may wait for a consumer of a work queue; no credits unless given.
    #[arg(long)]
    credit_max: Option<u32>,
    /// What happens to a consumer without credit.
    #[arg(long, value_enum, default_value = "park")]
    credit_policy: Credit,
    /// Most messages before the consumers see them.
    #[arg(long, default_value_t = 256)]
    batch_max: u32,
    /// How to wait: spin or backoff.
    #[arg(long, default_value = "backoff", value_parser = wait_kind)]
    pub wait: WaitKind,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Region {
    /// Name of the region: the file of this name in /dev/shm.
    #[arg(long)]
    name: Option<String>,
    /// Path of the region.
    #[arg(long)]
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Source {
    Spsc,
    Mpsc,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    Broadcast,
    WorkQueue,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Policy {
    Drop,
    SpinThenBlock,
    Block,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Credit {
    Drop,
    Park,
    Detach,
}

fn wait_kind(name: &str) -> Result<WaitKind, String> {
    WaitKind::from_name(name).ok_or_else(|| format!("no wait strategy is called {name}"))
}

impl Arguments {
    /// The region's file.
    pub fn path(&self) -> Result<PathBuf, String> {
        match (&self.region.file, &self.region.name) {
            (Some(file), _) => Ok(file.clone()),
            (None, Some(name)) if !name.contains('/') && !name.starts_with('.') => {
                Ok(Path::new("/dev/shm").join(name))
            }
            _ => Err("E_ROUTER_NAME a name has no `/` and no dot at its start; give --file".into()),
        }
    }

    /// How the loop goes.
    pub fn config(&self) -> RouterLoopConfig {
        let credit = self.credit_max.map(|max| {
            let policy = match self.credit_policy {
                Credit::Drop => CreditPolicy::Drop,
                Credit::Park => CreditPolicy::Park,
                Credit::Detach => CreditPolicy::Detach,
            };
            CreditConfig::new(max, policy)
        });
        RouterLoopConfig {
            source: match self.source {
                Source::Spsc => RouterSource::Spsc,
                Source::Mpsc => RouterSource::Mpsc,
            },
            mode: match self.mode {
                Mode::Broadcast => RouterMode::Broadcast,
                Mode::WorkQueue => RouterMode::WorkQueue,
            },
            policy: match self.policy {
                Policy::Drop => BackpressurePolicy::Drop,
                Policy::SpinThenBlock => BackpressurePolicy::SpinThenBlock,
                Policy::Block => BackpressurePolicy::Block,
            },
            credit,
            batch_max: self.batch_max,
            ..RouterLoopConfig::default()
        }
    }
}
