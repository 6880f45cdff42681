//! The SingleRing executor: over memory and over shared memory, with every kind of workers.

mod failures;
mod hostile;
mod killed;
mod records;
mod refusals;
mod saving;
mod shards;
mod states;
mod support;
mod workers;
