//! What the reading side knows of records on their way, and what the producing side asks of it where
//! both are of one cluster: a transaction that has records come to be says how far their source is read.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use super::client::{Client, Position};
use crate::delivery::relock;

/// A partition of this member.
pub(super) struct Owned {
    /// Which time it is that this member has it.
    pub turn: u64,
    /// Everything in front of this record lasts, and was read by this member; nothing before
    /// anything does.
    pub done: Option<i64>,
    /// Where the group's position is.
    pub committed: Option<i64>,
    /// Where nothing more was found, once: what is in front of it was read, or is no record, as the end of a
    /// transaction isn't.
    pub end: Option<i64>,
}

/// What is to be committed once records last.
pub(super) struct Owed {
    /// The last record's number in the loop; those of the others are in front of it.
    pub number: u64,
    pub partition: i32,
    pub turn: u64,
    /// Of each, the number in the partition of the record behind it.
    pub nexts: Vec<i64>,
}

impl Owed {
    /// Number in the partition of the record behind all of them.
    pub fn next(&self) -> Option<i64> {
        self.nexts.last().copied()
    }

    /// The same behind those of them that are in front of record `number` or are it; nothing where none is.
    fn next_up_to(&self, number: u64) -> Option<i64> {
        let first = (self.number + 1).saturating_sub(self.nexts.len() as u64);
        let count = (number.min(self.number) + 1).checked_sub(first)?;
        let last = usize::try_from(count.checked_sub(1)?).ok()?;
        self.nexts.get(last).copied()
    }
}

/// The partitions of a member, and the records of them that don't last yet, oldest first.
#[derive(Default)]
pub(super) struct Ledger {
    pub owned: BTreeMap<i32, Owned>,
    pub owed: VecDeque<Owed>,
    pub turns: u64,
}

impl Ledger {
    /// Notes that everything up to record `saved` lasts.
    pub fn note(&mut self, saved: u64) {
        while let Some(owed) = self.owed.pop_front_if(|owed| owed.number <= saved) {
            if let Some(owned) = self.owned.get_mut(&owed.partition)
                && owned.turn == owed.turn
            {
                owned.done = owed.next();
            }
        }
    }

    /// In front of what everything of a partition lasts, or is no record.
    pub fn reached(&self, partition: i32) -> Option<i64> {
        let owned = self.owned.get(&partition)?;
        let open = self.owed.iter().any(|owed| owed.partition == partition);
        let end = owned.end.filter(|_| !open);
        owned.done.max(end).filter(|_| owned.done.is_some())
    }

    /// Positions that last and that the group doesn't know.
    pub fn news(&self, of: impl Fn(i32) -> bool) -> Vec<Position> {
        let owned = self.owned.iter().filter(|(partition, _)| of(**partition));
        let news = owned.filter(|(_, owned)| owned.done.is_some() && owned.done != owned.committed);
        news.map(|(partition, owned)| Position::new(*partition, owned.done))
            .collect()
    }

    /// Whether a record is of a partition that is still this member's, as it was when it was read.
    pub fn is_ours(&self, owed: &Owed) -> bool {
        let owned = self.owned.get(&owed.partition);
        owned.is_some_and(|owned| owned.turn == owed.turn)
    }

    /// Where the group is to be once everything up to record `number` lasts; or a partition of one of
    /// those records that isn't this member's any more.
    pub fn behind(&self, number: u64) -> Result<Vec<Position>, i32> {
        let mut next = BTreeMap::new();
        let owed = self.owed.iter();
        let some = owed.map_while(|owed| Some((owed, owed.next_up_to(number)?)));
        for (owed, behind) in some {
            if !self.is_ours(owed) {
                return Err(owed.partition);
            }
            next.insert(owed.partition, behind);
        }
        let positions = next.into_iter();
        Ok(positions
            .map(|(partition, next)| Position::new(partition, Some(next)))
            .collect())
    }
}

/// A source and a sink of one cluster, each of which has a copy.
#[derive(Clone, Default)]
pub struct Together(Arc<Shared>);

#[derive(Default)]
struct Shared {
    ledger: Mutex<Ledger>,
    member: OnceLock<Arc<Client>>,
    hurry: AtomicBool,
    /// A sink commits the positions; the source doesn't.
    by_sink: AtomicBool,
}

impl Together {
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        relock(&self.0.ledger)
    }

    /// From now on a sink commits the positions.
    pub fn taken_by_sink(&self) {
        self.0.by_sink.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_by_sink(&self) -> bool {
        self.0.by_sink.load(Ordering::Relaxed)
    }

    /// The member that reads.
    pub(super) fn set_member(&self, client: &Arc<Client>) {
        // Each source is opened once.
        let _ = self.0.member.set(Arc::clone(client));
    }

    pub(super) fn member(&self) -> Option<&Client> {
        self.0.member.get().map(|client| &**client)
    }

    /// Somebody waits until what was read lasts: the next transaction is to end at once.
    pub(super) fn hurry(&self, hurry: bool) {
        self.0.hurry.store(hurry, Ordering::Relaxed);
    }

    pub(super) fn hurries(&self) -> bool {
        self.0.hurry.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        for (partition, turn) in [(0, 1), (1, 2)] {
            let (done, committed) = (Some(10), Some(10));
            ledger.owned.insert(
                partition,
                Owned {
                    turn,
                    done,
                    committed,
                    end: None,
                },
            );
        }
        // Records 1 and 2 of partition 0, 3 of partition 1, 4 and 5 of 0 again, with a gap.
        let owed = [
            (2, 0, 1, vec![11, 12]),
            (3, 1, 2, vec![11]),
            (5, 0, 1, vec![13, 17]),
        ];
        for (number, partition, turn, nexts) in owed {
            ledger.owed.push_back(Owed {
                number,
                partition,
                turn,
                nexts,
            });
        }
        ledger
    }

    #[test]
    fn a_transaction_says_of_each_partition_where_its_last_record_is() {
        let ledger = ledger();
        let at = |partition, offset| Position::new(partition, Some(offset));
        assert_eq!(ledger.behind(0), Ok(vec![]));
        // Also in the middle of records that came at once.
        assert_eq!(ledger.behind(1), Ok(vec![at(0, 11)]));
        assert_eq!(ledger.behind(2), Ok(vec![at(0, 12)]));
        assert_eq!(ledger.behind(3), Ok(vec![at(0, 12), at(1, 11)]));
        assert_eq!(ledger.behind(4), Ok(vec![at(0, 13), at(1, 11)]));
        assert_eq!(ledger.behind(5), Ok(vec![at(0, 17), at(1, 11)]));
        assert_eq!(ledger.behind(9), Ok(vec![at(0, 17), at(1, 11)]));
    }

    #[test]
    fn what_is_no_record_is_reached_once_all_in_front_of_it_lasts() {
        let mut ledger = ledger();
        ledger.owned.get_mut(&0).unwrap().end = Some(18);
        assert_eq!(ledger.reached(0), Some(10));
        ledger.note(2);
        assert_eq!(ledger.reached(0), Some(12));
        ledger.note(5);
        // Behind record 16 stands the end of its transaction.
        assert_eq!((ledger.reached(0), ledger.reached(1)), (Some(18), Some(11)));
        assert_eq!(ledger.reached(2), None);
        ledger.owned.get_mut(&0).unwrap().done = Some(20);
        assert_eq!(ledger.reached(0), Some(20));
    }

    #[test]
    fn records_of_a_partition_that_went_or_came_back_are_in_no_transaction() {
        let mut went = ledger();
        went.owned.remove(&1);
        assert_eq!(went.behind(2), Ok(vec![Position::new(0, Some(12))]));
        assert_eq!(went.behind(3), Err(1));
        let mut came_back = ledger();
        came_back.owned.get_mut(&0).unwrap().turn = 3;
        assert_eq!(came_back.behind(5), Err(0));
        // What is noted of an earlier time is nothing that this one has done.
        came_back.note(5);
        assert_eq!(came_back.owned[&0].done, Some(10));
        assert_eq!(came_back.news(|_| true), [Position::new(1, Some(11))]);
    }
}
