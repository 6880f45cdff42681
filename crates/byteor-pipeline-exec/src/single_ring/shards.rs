//! Several rings side by side, split by shard key.

use std::sync::Arc;
use std::time::{Duration, Instant};

use byteor_pipeline_backings_shm::{Counters, SingleRingSnapshot};
use byteor_pipeline_kernel::SlotsBacking;
use byteor_pipeline_spec::ShardKey;

use super::options::Base;
use super::producer::{Producer, PublishError};
use super::running::Running;
use super::states::StateSnapshot;
use super::workers::AppliedWorkers;
use crate::error::{ExecError, Failure};
use crate::sink::RecordSink;

/// What one shard runs over.
pub struct Shard {
    /// A fresh region of its own.
    pub region: Box<dyn SlotsBacking>,
    /// Takes what leaves this shard, in order.
    pub sink: Box<dyn RecordSink>,
    /// What this shard goes on from.
    pub base: Base,
}

/// Rings that were started together, one for each shard. Dropping it stops them and joins their
/// threads.
#[derive(Debug)]
pub struct RunningShards {
    /// By shard.
    rings: Vec<Running>,
    key: Option<ShardKey>,
}

impl RunningShards {
    pub(crate) fn new(rings: Vec<Running>, key: Option<ShardKey>) -> Self {
        Self { rings, key }
    }

    /// The one producer, of all shards. Handed out once.
    pub fn producer(&mut self) -> Result<ShardedProducer, ExecError> {
        let rings = self.rings.iter_mut().map(Running::producer);
        Ok(ShardedProducer {
            rings: rings.collect::<Result<_, _>>()?,
            key: self.key,
        })
    }

    /// Which threads run the stages, alike for each shard.
    pub fn workers(&self) -> &AppliedWorkers {
        self.rings[0].workers()
    }

    /// As [`Running::drain`], for all shards together.
    pub fn drain(&self, timeout: Duration) -> Result<(), ExecError> {
        let until = Instant::now() + timeout;
        let left = || until.saturating_duration_since(Instant::now());
        self.rings.iter().try_for_each(|ring| ring.drain(left()))
    }

    /// How many there are.
    pub fn shards(&self) -> usize {
        self.rings.len()
    }

    /// Cursor, gating and counters as of now, of all shards together.
    pub fn snapshot(&self) -> SingleRingSnapshot {
        // A valid spec has at least one shard, and a run as many rings.
        let first = self.rings[0].snapshot();
        let others = self.rings[1..].iter().map(Running::snapshot);
        others.fold(first, |all, ring| all.and(&ring))
    }

    /// Cursor, gating and counters as of now, by shard.
    pub fn snapshots(&self) -> Vec<SingleRingSnapshot> {
        self.rings.iter().map(Running::snapshot).collect()
    }

    /// What the stages of `shard` remember; see [`Running::states`]. Each shard's snapshot is after a
    /// record of its own.
    pub fn states(&self, shard: u32) -> Option<Arc<StateSnapshot>> {
        self.rings.get(shard as usize)?.states()
    }

    /// The first failure, if there is one; then all shards stop by themselves.
    pub fn failed(&self) -> Option<Failure> {
        self.rings.first().and_then(Running::failed)
    }

    /// Whether the pipeline stopped or is about to.
    pub fn stopped(&self) -> bool {
        self.rings.first().is_some_and(Running::stopped)
    }

    /// As [`Running::stop_and_join`], for all shards; the totals are by shard.
    pub fn stop_and_join(&mut self) -> Result<Vec<Counters>, ExecError> {
        // All of them are joined, whichever failed. They share the failure, so the last answer
        // tells of a panic in any.
        let ended: Vec<_> = self.rings.iter_mut().map(Running::stop_and_join).collect();
        match self.failed() {
            Some(failure) => Err(ExecError::Failed(failure)),
            None => ended.into_iter().collect(),
        }
    }
}

/// Publishes each record into the ring of its shard: FNV-1a with 64 bits over the bytes of the
/// spec's shard key, as far as the record has them, modulo the shards ([`ShardKey::shard_of`]).
/// Records with one key stay in order; those of different shards have none.
#[derive(Debug)]
pub struct ShardedProducer {
    /// By shard.
    rings: Vec<Producer>,
    key: Option<ShardKey>,
}

impl ShardedProducer {
    /// Most bytes of a record.
    pub fn max_record_bytes(&self) -> usize {
        let each = self.rings.iter().map(Producer::max_record_bytes);
        each.min().unwrap_or(0)
    }

    /// Which shard `record` goes to.
    #[inline]
    pub fn shard_of(&self, record: &[u8]) -> u32 {
        let shards = self.rings.len() as u32;
        if shards == 1 {
            return 0;
        }
        let shard = self.key.and_then(|key| key.shard_of(record, shards));
        shard.unwrap_or(0)
    }

    /// Puts one record at the next sequence of its shard, not yet visible. Returns shard and
    /// sequence. Errors are those of [`Producer::try_append`], of that shard.
    pub fn try_append(&mut self, record: &[u8]) -> Result<(u32, u64), PublishError> {
        self.with_shard_of(record, |ring| ring.try_append(record))
    }

    /// As [`ShardedProducer::try_append`], but waits while the record's shard is full.
    pub fn append(&mut self, record: &[u8]) -> Result<(u32, u64), PublishError> {
        self.with_shard_of(record, |ring| ring.append(record))
    }

    /// As [`ShardedProducer::try_append`], but `Full` makes nothing visible; see
    /// [`Producer::append_if_room`].
    #[inline]
    pub fn append_if_room(&mut self, record: &[u8]) -> Result<(u32, u64), PublishError> {
        self.with_shard_of(record, |ring| ring.append_if_room(record))
    }

    #[inline]
    fn with_shard_of(
        &mut self,
        record: &[u8],
        append: impl FnOnce(&mut Producer) -> Result<u64, PublishError>,
    ) -> Result<(u32, u64), PublishError> {
        let shard = self.shard_of(record);
        // A run has a ring for each number that the hash gives.
        let ring = self.rings.get_mut(shard as usize);
        let sequence = append(ring.ok_or(PublishError::Stopped)?)?;
        Ok((shard, sequence))
    }

    /// Makes all appended records of all shards visible.
    pub fn flush(&mut self) {
        for ring in &mut self.rings {
            ring.flush();
        }
    }

    /// Asks each shard for a snapshot of what its stages remember after the last record that was
    /// appended to it; see [`Producer::snapshot_states`]. Returns how many were asked.
    pub fn snapshot_states(&mut self) -> usize {
        let asked = self.rings.iter_mut().map(Producer::snapshot_states);
        asked.filter(|asked| *asked).count()
    }

    /// Counts a record of `len` bytes that the ingress refused, in the first shard: it has no shard,
    /// and totals are those of all.
    pub fn count_ingress_reject(&mut self, len: usize) {
        if let Some(first) = self.rings.first_mut() {
            first.count_ingress_reject(len);
        }
    }

    /// Highest sequence that was appended to `shard`, visible or not.
    pub fn appended(&self, shard: u32) -> Option<u64> {
        self.rings.get(shard as usize).map(Producer::appended)
    }
}
